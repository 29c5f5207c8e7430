"""Globals, closures, lambdas, nested functions, helpers here and in another module."""

import functools
import math

from tests.corpus import elsewhere
from tests.corpus.elsewhere import horner, square
from tests.corpus.registry import at

RATE = 0.75
TABLE = [0.5, 1.5, 2.5]
LIMITS = (0.0, 2.0)


@at((1.5,))
def reads_global(x):
    return x * RATE + RATE**2 * x * x


@at((1.5,))
def reads_global_list(x):
    s = 0.0
    for c in TABLE:
        s = s * x + c
    return s * TABLE[1] + LIMITS[1] * x


def _linear(x, a=2.0, b=1.0):
    return a * x + b


def _norm(*xs):
    return math.sqrt(sum(x * x for x in xs))


def _both(x, y):
    return x * y, x + y


def _early(x):
    if x < 0:
        return -x
    for i in range(3):
        x = x * 1.5
        if x > 3.0:
            return x * i
    return x


@at((1.5,))
def calls_helper(x):
    return _linear(x) + _linear(x, 3.0) * _linear(x, b=x)


@at((1.5, 2.5))
def calls_varargs_helper(x, y):
    return _norm(x, y) + _norm(x, y, x * y)


@at((1.5, 2.5))
def calls_tuple_helper(x, y):
    p, s = _both(x, y)
    q, _ = _both(p, s)
    return q - p


@at((1.5,), (0.5,), (-0.5,))
def calls_early_return_helper(x):
    return _early(x) * _early(x + 0.2)


@at((1.5,))
def helper_in_loop(x):
    s = 0.0
    for i in range(4):
        s += _early(x * 0.4 * i) * _linear(s, 0.3)
    return s


@at((1.5,))
def helper_of_other_module(x):
    return square(x) + elsewhere.cube(x) * horner([1.0, x, 2.0], x)


@at((1.5,))
def lambda_inside(x):
    f = lambda t: t * t + x  # noqa: E731
    return f(x) * f(2.0)


@at((1.5,))
def nested_function(x):
    def inner(t, k=2):
        return t**k * x

    return inner(x) + inner(x * 0.5, 3)


@at((1.5,))
def nested_function_sees_later_value(x):
    a = x

    def inner(t):
        return t * a

    first = inner(2.0)
    a = x * x
    return first + inner(3.0)


@at((1.5,))
def nonlocal_write(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * total + v

    add(x)
    add(x * x)
    return total


@at((1.5,))
def function_argument(x):
    def twice(f, v):
        return f(f(v))

    return twice(math.sin, x) + twice(lambda t: t * t, x)


@at((1.5,))
def function_chosen_by_branch(x):
    f = math.sin if x > 0 else math.cos
    return f(x) * 2.0


@at((1.5,))
def mutual_helpers(x):
    return elsewhere.outer(x) * 2.0


def _factory(scale):
    def f(x):
        return scale * math.sin(x) * x

    return f


def _closure_over_function(g, k):
    def h(x):
        return g(x) * k + g(k)

    return h


at((1.5,))(_factory(3.0))
at((1.5,))(_closure_over_function(square, 2.0))
at((1.5,))(lambda x: x * math.exp(-x))


@at((1.5, 2.0))
def partial_application(x, y):
    f = functools.partial(_linear, x, b=y)
    return f() * f(a=3.0)


@at((0.5,))
def helper_rebinds_its_argument(x):
    y = elsewhere.rebinds(x)
    return x * y


@at((0.5, 3))
def bounded_recursion(x, n):
    return elsewhere.power(x, n)


@at(([0.5, 1.5],))
def helper_writes_into_list(xs):
    v = [x * 2.0 for x in xs]
    elsewhere.scale_in_place(v, 3.0)
    return v[0] * v[1]
