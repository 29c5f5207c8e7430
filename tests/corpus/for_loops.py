"""Loops over ranges, lists, tuples, zip, enumerate and reversed; carries, zero trips, nests."""

# ruff: noqa: B007

import math

from tests.corpus.registry import at


@at((1.1, 5), (1.1, 0), (1.1, 1))
def repeated_product(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@at((0.7,))
def accumulate_with_index(x):
    s = 0.0
    for i in range(5):
        s += i * x**i
    return s


@at((0.7, 1.3))
def two_carries(x, y):
    for _ in range(4):
        x = math.sin(x) + y * 0.5
        y = y * x
    return x + y


@at((0.7,))
def int_start_becomes_float(x):
    s = 0
    for i in range(3):
        s = s + x * i
    return s * s


@at((0.7, 2, 9, 3), (0.7, 9, 2, -2), (0.7, 5, 5, 1))
def range_with_step(x, a, b, c):
    s = 1.0
    for i in range(a, b, c):
        s = s * 0.5 + i * x
    return s


@at((0.7,))
def index_after_loop(x):
    s = 0.0
    for i in range(4):
        s += x * x
    return s * i


@at((0.7,))
def last_value_after_loop(x):
    y = x
    for i in range(4):
        t = y * (i + 1)
        y = math.cos(t)
    return t * y


@at((0.7, 0), (0.7, 3))
def value_after_loop_that_may_not_run(x, n):
    t = x * 2.0
    for i in range(n):
        t = math.sin(t) + i
    return t * x


@at((0.3, 0.9))
def nested(x, y):
    s = 0.0
    for i in range(3):
        for j in range(4):
            s += math.sin(x * i + y * j)
    return s


@at((0.3, 0.9))
def nested_with_carries_at_both_levels(x, y):
    s = 1.0
    for i in range(3):
        p = x + i
        for j in range(i + 1):
            p = p * y + s * 0.1
            s = s + math.tanh(p) * j
        s = s * 0.5 + p
    return s


@at((0.3,))
def triangular(x):
    s = 0.0
    for i in range(5):
        for j in range(i):
            for k in range(j, i):
                s += x ** (k + 1) * j
    return s


@at((0.3, 0.9))
def conditional_accumulator(x, y):
    even = 0.0
    odd = 1.0
    for i in range(7):
        if i % 2 == 0:
            even += x * odd
        else:
            odd *= y + even
    return even * odd


@at((0.3, 0.9))
def conditional_accumulator_nested(x, y):
    best = 0.0
    count = 0
    for i in range(4):
        for j in range(4):
            v = math.sin(x * i) * math.cos(y * j)
            if v > best:
                best = v * x
                count += 1
            elif i == j:
                best = best * 0.9 + y
    return best * count


@at((0.3, 0.9))
def swap_in_loop(x, y):
    for i in range(5):
        x, y = y * 0.9, x + 0.1 * y
        if i == 2:
            x, y = y, x
    return x * y


@at(([1.0, -2.0, 3.0],), ([4.0],), ([],), wrt=(0,))
def over_list(xs):
    s = 0.0
    for x in xs:
        s += x * x
    return s


@at(([1.0, -2.0, 3.0],))
def over_list_by_index(xs):
    s = 0.0
    for i in range(len(xs)):
        s += xs[i] * (i + 1) * xs[i - 1]
    return s


@at(([1.0, -2.0, 3.0], [0.5, 1.5, 2.5]))
def over_zip(xs, ys):
    s = 0.0
    for x, y in zip(xs, ys):  # noqa: B905
        s += x * y * y
    return s


@at(([1.0, -2.0, 3.0], [0.5, 1.5, 2.5]))
def over_zip_strict(xs, ys):
    s = 0.0
    for x, y in zip(xs, ys, strict=True):
        s = s * x + y
    return s


@at(([1.0, -2.0, 3.0],))
def over_enumerate(xs):
    s = 0.0
    for i, x in enumerate(xs):
        s += i * x * x
    for i, x in enumerate(xs, 5):
        s += i * x
    return s


@at(([1.0, -2.0, 3.0],))
def over_reversed(xs):
    s = 0.0
    for x in reversed(xs):
        s = s * 0.5 + x * x
    for i in reversed(range(len(xs))):
        s = s * xs[i] + 1.0
    return s


@at(([1.0, -2.0, 3.0], [0.5, 1.5, 2.5]))
def over_enumerate_zip(xs, ys):
    s = 0.0
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        s += (i + 1) * x * y
    return s


@at((0.5, 1.5))
def over_tuple(x, y):
    s = 0.0
    for v in (x, y, x * y, 2.0):
        s = s * v + v
    return s


@at((0.5,))
def over_constants(x):
    s = 0.0
    for c in [1.0, 0.5, 0.25]:
        s = s * x + c
    for k in (3, 2, 1):
        s = s * x + k
    return s


@at(([[1.0, 2.0], [3.0, 4.0, 5.0], []],))
def over_ragged_rows(rows):
    s = 0.0
    for row in rows:
        p = 1.0
        for v in row:
            p *= v
        s += p * p
    return s


@at((0.5,))
def loop_variable_overwritten(x):
    s = 0.0
    for i in range(4):
        i = i * x
        s += i * i
    return s


@at((0.5,))
def same_variable_in_two_loops(x):
    s = x
    for i in range(3):
        s = s * x + i
    for i in range(2):
        s = math.sin(s) * (i + 2)
    return s + i


@at((0.5,))
def shadowed_inner_index(x):
    s = 0.0
    for i in range(3):
        s += x * i
        for i in range(2):
            s = s * x + i
        s += i * x
    return s


@at((0.5,))
def invariant_inside(x):
    s = 0.0
    for i in range(4):
        k = math.exp(x) * 2.0
        s += k * i
    return s


@at((0.5, 4))
def bounds_from_arguments(x, n):
    s = 0.0
    for i in range(1, n):
        for j in range(i, n + 1):
            s += x / (i + j)
    return s * x


@at((0.5, 2.7))
def bounds_from_active_values(x, y):
    s = x
    for i in range(int(y * 2.0)):
        s = s * y - i
    return s


@at((0.5,))
def dead_loop(x):
    waste = 0.0
    for i in range(10):
        waste += x * i
    return x * x


@at((0.5,))
def carry_constant_until_set(x):
    last = 0.0
    for i in range(4):
        if i == 2:
            last = x * x
    return last * x


@at((0.5,))
def history_of_two(x):
    prev, cur = 1.0, x
    for n in range(2, 6):
        prev, cur = cur, ((2 * n - 1) * x * cur - (n - 1) * prev) / n
    return cur


@at((0.9, 1.1), (0.9, -1.1))
def loop_in_branch(x, y):
    if y > 0:
        for i in range(3):
            x = x * y + i
    else:
        for _ in range(2):
            x = math.sin(x)
    return x * y


@at((0.9, 1.1))
def branch_with_loop_in_loop(x, y):
    s = 0.0
    for i in range(4):
        if i % 2:
            for _ in range(i):
                s = s * 0.5 + x
        else:
            s += y
    return s * s


@at((1.7,))
def negative_exponent_in_loop(x):
    s = 0.0
    for k in range(-2, 3):
        s += x**k
    return s


@at(([0.1, 0.2, 0.3, 0.4],))
def neighbours(xs):
    s = 0.0
    for i in range(1, len(xs) - 1):
        s += (xs[i + 1] - 2.0 * xs[i] + xs[i - 1]) ** 2
    return s


@at(([0.1, 0.2, 0.3, 0.4],))
def pairwise_energy(xs):
    e = 0.0
    for i in range(len(xs)):
        for j in range(i):
            e += 1.0 / (0.01 + (xs[i] - xs[j]) ** 2)
    return e


@at(([(1.0, 2.0), (3.0, 4.0)],))
def over_list_of_tuples(pairs):
    s = 0.0
    for a, b in pairs:
        s += a * b * s + a
    return s


@at((0.2,))
def sign_alternates(x):
    sign = 1
    s = 0.0
    for k in range(6):
        s += sign * x**k / (k + 1)
        sign = -sign
    return s


@at((0.2, 1.3))
def type_of_carry_widens_in_the_middle(x, y):
    k = 1
    s = x
    for i in range(4):
        s += k * y
        if i == 1:
            k = k * y
    return s
