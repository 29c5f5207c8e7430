"""Kinks and ties: the branch that the primal takes holds; ties share evenly; abs' (0) is 0."""

import math

from tests.corpus.registry import at


@at((0.0,), second=False, expect=[[0.0]])
def relu_by_ternary_at_zero(x):
    return x if x > 0 else 0.0


@at((0.0,), second=False, expect=[[1.0]])
def relu_with_closed_guard_at_zero(x):
    return x if x >= 0 else 0.0


@at((0.0,), second=False, expect=[[0.0]])
def absolute_at_zero(x):
    return abs(x)


@at((0.0,), second=False, expect=[[0.0]])
def fabs_at_zero(x):
    return math.fabs(x)


@at((1.0, 1.0), second=False, expect=[[0.5, 0.5]])
def max_tie(x, y):
    return max(x, y)


@at((1.0, 1.0), second=False, expect=[[0.5, 0.5]])
def min_tie(x, y):
    return min(x, y)


@at((1.0, 1.0, 1.0), second=False, expect=[[1 / 3, 1 / 3, 1 / 3]])
def max_tie_of_three(x, y, z):
    return max(x, y, z)


@at(([2.0, 5.0, 5.0, 1.0],), second=False, expect=[[0.0, 0.5, 0.5, 0.0]])
def max_tie_in_list(xs):
    return max(xs)


@at((0.0,), second=False, expect=[[0.5]])
def max_with_constant_tie(x):
    return max(x, 0.0)


@at((2.0,), (1.0,), second=False, expect=[[0.0], [0.0]])
def jumps_are_flat(x):
    return math.floor(x) + round(x) + int(x) + (x > 1.0) + 0.0


@at((0.0, 1.0), second=False, expect=[[0.0, 3.0]])
def short_circuit_guards_division(x, y):
    if x != 0.0 and y / x > 0.1:
        return y / x
    return y * 3.0


@at((0.0,), second=False, expect=[[2.0]])
def guarded_log_at_zero(x):
    y = 0.0
    if x > 0:
        y = math.log(x) * x
    return y + 2.0 * x


@at((1.0, 2.0), second=False, expect=[[4.0, 1.0]])
def equality_branch(x, y):
    if x == 1.0:
        return 4.0 * x + y
    return x


@at((0.0,), second=False, expect=[[0.0]])
def square_of_absolute(x):
    return abs(x) * abs(x)


@at((0.0, 2.0), (0.0, 1.0), wrt=(0,), second=False, expect=[[0.0], [1.0]])
def zero_to_a_power(x, y):
    return x**y


@at((0.0, 0.0), second=False, expect=[[0.0, 0.0]])
def hypot_at_origin(x, y):
    return math.hypot(x, y)
