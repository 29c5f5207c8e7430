"""``try``: which path runs, what a handler sees, what stays out, and the graph's own meaning."""

import copy
import math

import pytest

import symdiff
from symdiff.ir.interp import run
from symdiff.options import GRANULARITIES
from tests.corpus import CASES
from tests.ir.test_corpus_text import stages


class Own(ArithmeticError):
    pass


def quotient(x, y):
    try:
        return x / y
    except ZeroDivisionError:
        return 7.0 * x


def test_the_path_that_ran_is_differentiated_at_the_very_point():
    assert symdiff.grad(quotient, (0, 1))(3.0, 0.0) == (7.0, 0.0)
    assert symdiff.grad(quotient, (0, 1))(3.0, 2.0) == (0.5, -0.75)


def power(x, p):
    try:
        return x**p
    except ZeroDivisionError:
        return 5.0 * x + p


def test_a_power_raises_what_python_raises():
    assert symdiff.grad(power, (0, 1))(0.0, -1.5) == (5.0, 1.0)


def infinite(x):
    try:
        return math.sin(x)
    except ValueError:
        return 3.0 * x


def test_a_total_function_may_fail_at_infinity():
    assert symdiff.grad(infinite)(math.inf) == 3.0


def uncaught(x):
    try:
        return math.log(x)
    except ZeroDivisionError:
        return 0.0


def test_what_no_clause_is_for_comes_through():
    with pytest.raises(ValueError):
        symdiff.grad(uncaught)(-1.0)


def test_a_clause_that_is_for_nothing_leaves_no_try():
    derivative = symdiff.grad(uncaught)
    assert derivative(2.0) == 0.5
    assert "try:" not in str(derivative.source)


def inactive(x):
    try:
        y = x * x + 1.0
    except Exception:
        y = 0.0
    return y


def test_a_body_that_cannot_raise_needs_no_try():
    derivative = symdiff.grad(inactive)
    assert derivative(2.0) == 4.0
    assert "try:" not in str(derivative.source)


def tangent_fails(x):
    """The root is fine at 0, its derivative is not: that is no failure of the function."""
    try:
        y = math.sqrt(x * x)
        z = 1.0 / (y + 1.0)
    except ZeroDivisionError:
        z = 100.0 * x
    return z


def test_a_derivative_that_fails_is_not_handled():
    _, tangent = symdiff.jvp(tangent_fails, (2.0,), (1.0,))
    assert tangent == pytest.approx(-1 / 9)
    assert symdiff.hessian(tangent_fails)(2.0) == pytest.approx(2 / 27)


def saturating(z):
    try:
        return 1.0 / (1.0 + math.exp(-z))
    except OverflowError:
        return -z


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_no_gate_swallows_an_overflow(granularity):
    assert symdiff.value_and_grad(saturating, granularity=granularity)(-1000.0) == (1000.0, -1.0)


def again(x):
    try:
        return math.log(x)
    except ValueError as err:
        raise Own(f"no logarithm of {x}") from err


def test_exceptions_are_chained_as_by_the_user():
    with pytest.raises(Own, match=r"no logarithm of -1\.0") as info:
        symdiff.grad(again)(-1.0)
    assert isinstance(info.value.__cause__, ValueError)


def gone(x):
    s = x
    try:
        s = s * x
        s = s * math.log(x)
    except ValueError:
        if s > 10.0:
            raise
        s = s * 2.0
    return s


def two_things(x, xs):
    try:
        xs = [x * x, xs.pop(), math.log(x)]
    except ValueError:
        return xs[0]
    return xs[1]


def iterable(x, n):
    s = x
    try:
        s = s * x
        for _ in range(int(n / x)):
            s = s * x
    except ZeroDivisionError:
        s = s + 1.0
    return s


def failing_finally(x, n):
    for _ in range(n):
        try:
            if x > 1.0:
                continue
        except ValueError:
            x = 2.0
        finally:
            x = math.log(x)
    return x


REFUSALS = [
    (gone, (1.0,), "this exception cannot be raised again here", "raise"),
    (two_things, (1.0, [1.0]), "'xs' changes in this statement before it may raise", "xs = ["),
    (iterable, (1.0, 2.0), "what the loop runs over may raise inside a try", "int(n / x)"),
    (failing_finally, (1.0, 2), "this finally may raise inside a try", "x = math.log(x)"),
]


@pytest.mark.parametrize(("f", "args", "what", "where"), REFUSALS)
def test_refusals(f, args, what, where):
    with pytest.raises(symdiff.SourceError) as info:
        symdiff.grad(f)(*args)
    message = str(info.value)
    assert what in message
    assert where in message
    assert "hint: " in message


def bases(x, k):
    try:
        return [x, 2.0 * x][k] * x
    except LookupError:
        return 9.0 * x


def test_a_base_class_catches():
    assert symdiff.grad(bases)(1.5, 1) == 6.0
    assert symdiff.grad(bases)(1.5, 4) == 9.0


def test_without_a_module():
    """What an import raises is decided when the function is compiled."""

    def f(x):
        try:
            from math import no_such_function as g
        except ImportError:
            return 2.0 * x
        return g(x)

    assert symdiff.grad(f)(1.0) == 2.0


CASES_OF_TRY = [c for c in CASES if c.name.startswith("tries.")]


@pytest.mark.parametrize("case", CASES_OF_TRY, ids=lambda c: c.f.__name__)
def test_the_graph_means_the_same(case):
    """The interpreter of graphs goes the ways that Python goes."""
    graphs = stages(case)
    for point in case.points:
        expected = case.f(*copy.deepcopy(point))
        for stage in ("lower", "simplify", "fuse"):
            (value,) = run(graphs[stage], *copy.deepcopy(point))
            assert value == pytest.approx(expected)
