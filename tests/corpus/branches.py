"""if/elif/else, ternaries, boolean operators and their short circuits."""

# ruff: noqa: SIM108

import math

from tests.corpus.registry import at


@at((1.5,), (-1.5,))
def if_else(x):
    if x > 0:
        y = x * x
    else:
        y = -3.0 * x
    return y + x


@at((1.5,), (-1.5,))
def if_without_else(x):
    y = x
    if x > 0:
        y = y * x * x
    return y + 1.0


@at((0.5,), (1.5,), (2.5,), (9.0,))
def elif_chain(x):
    if x < 1.0:
        y = x
    elif x < 2.0:
        y = x * x
    elif x < 3.0:
        y = x**3
    else:
        y = math.log(x)
    return y * 2.0


@at((0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5))
def nested_ifs(x, y):
    r = x + y
    if x > 0:
        if y > 0:
            r = r * x
        else:
            r = r - y * y
        r = r * 2.0
    elif y > 0:
        r = x * y
    return r * r


@at((0.5,), (-0.5,))
def early_return(x):
    if x > 0:
        return x * x
    return math.exp(x)


@at((0.5, 1.0), (-0.5, 1.0), (-0.5, -1.0))
def several_returns(x, y):
    if x > 0:
        return x * y
    z = x - y
    if y > 0:
        z = z * z
        if z > 100.0:
            return z
        z += x
    else:
        return y
    return z * y


@at((0.5,), (-0.5,))
def ternary(x):
    return (x * x if x > 0 else -x) * (2.0 if x < 0.25 else x)


@at((0.5, 2.0), (-0.5, 2.0), (3.0, -1.0))
def nested_ternary(x, y):
    return x * y if x > y else (x + y if y > 1 else x - y) if x < 0 else y / (x + 1.0)


@at((0.5,), (1.5,), (2.5,))
def chained_comparison(x):
    if 1.0 < x <= 2.0:
        return x * x
    return x if 0 <= x < 1 < 2 else 3.0 * x


@at((0.5, 0.5), (-0.5, 0.5), (0.5, -0.5))
def boolean_operators(x, y):
    if x > 0 and y > 0:
        return x * y
    if x < 0 or not y > 0:
        return x - y
    return x


@at((2.0, 1.0), (-2.0, 1.0))
def short_circuit_guards_division(x, y):
    if x != 0.0 and y / x > 0.1:
        return y / x
    return y * 3.0


@at((2.0,), (-1.0,))
def guarded_log(x):
    y = 0.0
    if x > 0:
        y = math.log(x) * x
    return y + 2.0 * x


@at((2.0,), (-1.0,))
def guarded_sqrt_ternary(x):
    return math.sqrt(x) if x > 0 else 0.0


@at((2.0, 3.0), (0.5, 3.0))
def or_value(x, y):
    z = (x > 1.0 and y) or x
    return z * z + x


@at((0.7, True), (0.7, False))
def flag_argument(x, positive):
    return x * x if positive else -x


@at((0.7, "square"), (0.7, "cube"))
def text_argument(x, mode):
    if mode == "square":
        return x * x
    elif mode == "cube":
        return x**3
    raise ValueError(mode)


@at((0.7, None), (0.7, 2.5))
def none_argument(x, scale):
    if scale is None:
        return x * x
    return x * scale


@at((0.7, 1), (0.7, 2), (0.7, 3))
def int_dispatch(x, n):
    if n == 1:
        return x
    if n == 2:
        return x * x
    return x**n


@at((1.5, 2.5), (2.5, 1.5))
def branch_swaps(x, y):
    if x > y:
        x, y = y, x
    return y * y - x


@at((1.5,), (-1.5,))
def branch_defines_several(x):
    if x > 0:
        a, b, c = x, x * x, 1.0
    else:
        a, b, c = 2.0, x, x * x
    return a * b + c


@at((1.5,), (-1.5,))
def branch_with_pass(x):
    if x > 0:
        pass
    else:
        x = x * x
    return x * 3.0


@at((0.3,), (-0.3,))
def same_code_in_both_branches(x):
    if x > 0:
        y = math.sin(x) * x
    else:
        y = math.sin(x) * 2.0
    return y + math.sin(x)


@at((0.4,), (0.6,), (-0.4,))
def condition_on_intermediate(x):
    y = math.sin(3.0 * x)
    z = y * y
    if z > 0.9:
        return z
    if y < 0:
        y = y * z
    return y + z


@at((1.5,), (-1.5,))
def bool_variable(x):
    positive = x > 0
    large = abs(x) > 1.0
    both = positive and large
    y = x
    if both:
        y = y * x
    if not positive:
        y = y * y
    return y


@at((1.2, 0.3), (-1.2, 0.3))
def constant_in_one_branch(x, y):
    z = x * y if x > 0 else 5.0
    return z * z


@at((1.2,), (0.2,))
def truthiness_of_number(x):
    n = int(x)
    return x * x if n else x


@at((0.5, 1.5), (1.5, 0.5))
def match_free_dispatch(x, y):
    return (x if x < y else y) * (x * y if x * y < 1 else 1.0)
