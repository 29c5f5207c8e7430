"""Forms that the code of libraries takes, each as small as it can be: text that is normalised,
tables that are built in loops, values that may be missing, sizes that are asked for."""

import bisect
import math
from collections.abc import Sequence

from tests.corpus.registry import at

NAN = float("nan")
TABLE = {"ISO 3310-1 R20/3": 0.125, "plain": 2.0}
ROWS = [[1.0, 2.0, 0.5], [0.25, 1.5, 3.0]]
ONE_OF_EACH = (2, 1)


def validated(method, methods, message):
    methods = tuple([str(m) for m in methods])
    lower = method.lower()
    if lower not in [m.lower() for m in methods]:
        raise ValueError(message.format(method, methods))
    return lower


@at((1.5, "Fairchild 2010"), (-0.5, "fairchild 2011"))
def a_method_by_its_name_in_any_case(x, method):
    found = validated(method, ("Fairchild 2010", "Fairchild 2011"), '"{0}" is none of {1}')
    return x * x if found == "fairchild 2010" else x**3


@at((1.5,), (-0.5,))
def text_keys_that_are_no_names(x):
    return TABLE["ISO 3310-1 R20/3"] * x * x + x * TABLE["plain"]


def solved(func, x0, args=(), kwargs={}, most=40):  # noqa: B006
    low, high = x0, 1.01 * x0
    before = func(low, *args, **kwargs)
    for _ in range(most):
        now = func(high, *args, **kwargs)
        if abs(now) < 1e-13 or now == before:
            break
        low, high, before = high, high - now * (high - low) / (now - before), now
    return high


@at((2.0, 3.0), (0.5, 1.5))
def keyword_arguments_by_default(x, a):
    root = solved(lambda y: y * y - x, 1.0)
    return root + solved(lambda y, a=1.0: a * y - x, 1.0, kwargs={"a": a})


def bounds(x):
    found = []
    k = 0
    while k < 3:
        c = k
        k += 1
        found.append({"slope": x * c + 1.0, "intercept": x + c})
    return found


@at((1.5,), (-0.25,))
def records_collected_in_a_while(x):
    least = math.inf
    for line in bounds(x):
        least = min(least, line["intercept"] * line["slope"])
    return least


def airmass(a, model):
    if a <= 0.0:
        return None
    if model == "plain":
        return 1.0 / math.sin(a)
    return 1.0 / (math.sin(a) + 0.15 * (a + 3.885) ** -1.253)


@at((0.5, "plain"), (1.25, "kasten"))
def none_where_there_is_no_answer(a, model):
    found = airmass(a, model)
    return found * a + a


def shape(a):
    if not isinstance(a, Sequence):
        return ()
    size = len(a)
    if not size:
        return (size,)
    first = shape(a[0])
    for k in range(1, size):
        if shape(a[k]) != first:
            raise ValueError("ragged")
    return (size, *first)


def product(a, b, dims):
    of_a = dims[0] if dims[0] >= 0 else len(shape(a))
    of_b = dims[1] if dims[1] >= 0 else len(shape(b))
    if of_a == 1 and of_b == 1:
        return sum(x * y for x, y in zip(a, b, strict=True))
    if of_a == 2 and of_b == 1:
        return [sum(x * y for x, y in zip(row, b, strict=True)) for row in a]
    raise ValueError("not supported")


@at(([0.5, 1.5, -2.0],), ([1.0, 0.25, 0.5],))
def shapes_are_found_by_recursion(v):
    p = product(ROWS, v, (-1, -1))
    return product(p, p, (-1, -1))


@at(([0.5, 1.5, -2.0],), ([1.0, 0.25, 0.5],))
def captured_ints_say_what_is_meant(v):
    p, q = product(ROWS, v, ONE_OF_EACH)
    return p * q


@at((1.5,), (-0.5,))
def identity_with_nan(x):
    return 0.0 if (x is NAN) or math.isnan(x) else x**3


@at((-1.0879, -0.8963, 1.7607), (0.5, 0.25, 1.0))
def a_test_inside_a_handler_inside_a_branch(x, y, z):
    u = max(math.sqrt(1.0 + x * x), x * y)
    w = math.tanh(math.cos(z))
    b = y * w * (u * y)
    if math.exp(-math.fabs(math.sin(3))) > math.cos(u):
        try:
            b, x = x, math.tanh(math.sin(x))
            z = math.tanh(math.log(u + y) / 3.0)
        except (ValueError, ArithmeticError):
            b = x if math.tanh(w) > math.sqrt(1.0 + b * b) else y * w
    return (w * b) ** 2


# -- functions that are written in C ---------------------------------------------------------------

KNOTS = [0.0, 0.5, 1.0, 2.0]


@at((0.75, [1.0, 3.0, 2.0, 0.5]), (-0.75, [1.0, 3.0, 2.0, 0.5]), (5.0, [1.0, 3.0, 2.0, 0.5]))
def interpolated_by_bisection(x, ys):
    i = max(0, min(len(KNOTS) - 2, bisect.bisect_right(KNOTS, x) - 1))
    t = (x - KNOTS[i]) / (KNOTS[i + 1] - KNOTS[i])
    return ys[i] * (1.0 - t) + ys[i + 1] * t


@at((0.75, 2.0))
def bisection_between_bounds_and_by_a_key(x, y):
    rows = [(0.0, y), (1.0, y * y), (2.0, x)]
    i = bisect.bisect_left(KNOTS, x, 1, len(KNOTS) - 1)
    j = bisect.bisect(rows, x, key=lambda row: row[0])
    return rows[j - 1][1] * (x - KNOTS[i - 1])


@at((1.5, 0.5, -0.25))
def kept_in_order(x, y, z):
    found = []
    for v in (x, y, z, x * y):
        bisect.insort(found, v)
    return found[0] + 2.0 * found[1] * found[2] + found[3] ** 2
