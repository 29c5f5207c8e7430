"""What callers may rely on about numbers: one test per sentence of the contract that scalars can
exercise, each with the sentence it holds."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import symdiff
from symdiff import grad, value_and_grad
from symdiff.options import GRANULARITIES
from tests.oracle import leaves

INF = math.inf
ALL = pytest.mark.parametrize("granularity", GRANULARITIES)


@ALL
@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: x if x > 0 else 0.0, 0.0, 0.0),
        (lambda x: x if x >= 0 else 0.0, 0.0, 1.0),
        (lambda x: 2.0 * x if x < 1.0 else 5.0 * x, 1.0, 5.0),
        (lambda x: x * x if x == 2.0 else x, 2.0, 4.0),
    ],
)
def test_on_a_guards_boundary_the_branch_taken_holds(f, x, expected, granularity) -> None:
    """On a guard's boundary the derivative of the branch that the primal takes holds"""
    assert grad(f, granularity=granularity)(x) == expected


@ALL
@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (lambda x, y: max(x, y), (1.0, 1.0), (0.5, 0.5)),
        (lambda x, y: min(x, y), (1.0, 1.0), (0.5, 0.5)),
        (lambda x, y, z: max(x, y, z), (1.0, 1.0, 1.0), (1 / 3, 1 / 3, 1 / 3)),
        (lambda x, y: max(x, y, 1.0), (1.0, 0.0), (0.5, 0.0)),
        (lambda x: max(0.0, x), (0.0,), (0.5,)),
        (lambda xs: max(xs), ([2.0, 5.0, 5.0],), ([0.0, 0.5, 0.5],)),
        (lambda xs: min(v for v in xs), ([2.0, 5.0, 2.0],), ([0.5, 0.0, 0.5],)),
    ],
)
def test_weights_of_ties_sum_to_one(f, args, expected, granularity) -> None:
    """Ties of `max`/`min`: weights sum to one, evenly over the tied, the same at every
    granularity"""
    assert grad(f, tuple(range(len(args))), granularity=granularity)(*args) == expected


@ALL
def test_the_derivatives_of_abs_sign_and_floor(granularity: str) -> None:
    """`abs'(0) = 0`, `sign' = floor' = 0`"""
    assert grad(lambda x: abs(x) + math.fabs(x), granularity=granularity)(0.0) == 0.0
    steps = grad(
        lambda x: math.floor(x) + math.ceil(x) + math.trunc(x) + round(x) + math.copysign(1.0, x),
        granularity=granularity,
    )
    assert [steps(v) for v in (-1.0, 0.0, 0.3, 2.0)] == [0.0] * 4


@ALL
@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (lambda x: math.sqrt(x) * 0.0, (0.0,), (0.0,)),
        (lambda x: math.sqrt(x) * x, (0.0,), (0.0,)),
        (lambda x, y: 3.0 * y + math.sqrt(x) ** 2 * 0.0, (0.0, 1.0), (0.0, 3.0)),
        (lambda x: math.sqrt(x) if x > 0.0 else 5.0 * x, (0.0,), (5.0,)),
        (lambda x, y: math.atan2(x, y) * 0.0, (0.0, 0.0), (0.0, 0.0)),
        (lambda x: x**0.5 * 0.0, (0.0,), (0.0,)),
    ],
)
def test_an_exact_zero_cotangent_contributes_zero(f, args, expected, granularity) -> None:
    """Where a cotangent is exactly zero its contribution is zero, even if the partial is
    infinite"""
    assert grad(f, tuple(range(len(args))), granularity=granularity)(*args) == expected


@ALL
@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (lambda x: x**2.0, (0.0,), (0.0,)),
        (lambda x: x**1.0, (0.0,), (1.0,)),
        (lambda x: x**0, (0.0,), (0.0,)),
        (lambda x: x**3, (-2.0,), (12.0,)),
        (lambda x: (-2.0) ** 3 * x, (1.0,), (-8.0,)),
        (lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0)),
        (lambda x, y: math.pow(x, y), (0.0, 1.0), (1.0, 0.0)),
        (lambda x, n: x**n, (-2.0, 3), (12.0,)),
        (lambda xs: math.prod(xs), ([0.0, 2.0, 3.0],), ([6.0, 0.0, 0.0],)),
        (lambda xs: math.prod(xs), ([0.0, 0.0, 3.0],), ([0.0, 0.0, 0.0],)),
        (lambda x, y: math.hypot(x, y), (0.0, 0.0), (0.0, 0.0)),
        (lambda x, y: math.hypot(x, y), (3e200, 4e200), (0.6, 0.8)),
        (lambda x, y: math.hypot(x, y), (3e-200, 4e-200), (0.6, 0.8)),
        (lambda x, y: math.dist([x, y], [1.0, 2.0]), (1.0, 2.0), (0.0, 0.0)),
    ],
)
def test_rules_hold_where_textbook_formulas_divide_by_zero(f, args, expected, granularity) -> None:
    """powers at zero base or constant exponent, products with zeros, norms at zero and at any
    scale"""
    argnums = tuple(range(len(expected)))
    found = grad(f, argnums, granularity=granularity)(*args)
    assert list(leaves(found)) == pytest.approx(list(leaves(expected)), rel=1e-15)


@ALL
@pytest.mark.parametrize(
    ("f", "x", "error"),
    [
        (lambda x: math.log(x) * 0.0 + x, -1.0, ValueError),
        (lambda x: x + 0.0 * (1.0 / x), 0.0, ZeroDivisionError),
        (lambda x: math.sqrt(x), -1.0, ValueError),
        (lambda x: math.acos(x), 2.0, ValueError),
        (lambda x: x % (x - x), 1.0, ZeroDivisionError),
        (lambda x: math.gamma(x), -1.0, ValueError),
        (lambda x: x**-1, 0.0, ZeroDivisionError),
    ],
)
def test_domain_errors_come_through(f, x, error, granularity) -> None:
    """Domain errors of the function itself (`math.log(-1)`, division by zero) still come
    through."""
    with pytest.raises(error):
        f(x)
    with pytest.raises(error):
        grad(f, granularity=granularity)(x)


def dead_log(x):
    unused = math.log(x)  # noqa: F841
    return 2.0 * x


def dead_division_in_a_loop(x):
    y = 0.0
    for _ in range(2):
        y = 1.0 / x
    return 2.0 * x + 0.0 * y


@ALL
def test_domain_errors_of_values_that_the_gradient_does_not_need(granularity: str) -> None:
    """Domain errors of the function itself still come through (also of dead code)."""
    with pytest.raises(ValueError, match="math domain error"):
        grad(dead_log, granularity=granularity)(-1.0)
    with pytest.raises(ZeroDivisionError):
        grad(dead_division_in_a_loop, granularity=granularity)(0.0)
    assert grad(dead_log, granularity=granularity)(1.0) == 2.0


@pytest.mark.parametrize("granularity", ["fused", "whole", "auto"])
def test_an_overflow_in_an_intermediate_may_vanish(granularity: str) -> None:
    """What may vanish, by a proved rewrite, is an overflow or a loss in an *intermediate*"""
    sigmoid = value_and_grad(lambda x: 1 / (1 + math.exp(-x)), granularity=granularity)
    assert sigmoid(-1000.0) == (0.0, 0.0) and sigmoid(1000.0) == (1.0, 0.0)
    softplus = value_and_grad(lambda x: math.log(1 + math.exp(x)), granularity=granularity)
    assert softplus(1000.0) == (1000.0, 1.0)


def test_what_leaves_the_numbers_is_zero_or_refused() -> None:
    """`int()`, comparisons are zero by mathematics. An active value that leaves the numbers (text
    used as data ...) is refused there."""
    assert grad(lambda x: int(x) * 2.0 + (x > 1.0))(2.5) == 0.0
    with pytest.raises(symdiff.SymdiffError, match="hint:"):
        grad(lambda x: float(f"{x}"))(1.0)


@pytest.mark.parametrize("draw", [random.random, random.gauss, random.uniform])
def test_random_draws_are_refused(draw: Any) -> None:
    """`random` draws whose distribution depends on an active value are refused"""
    with pytest.raises(symdiff.UnsupportedCall):
        grad(lambda x: draw(x, 1.0))(1.0)


def test_granularities_agree() -> None:
    """All granularities give the same numbers to rounding wherever fine's intermediates are finite
    and accurate"""

    def f(x, y):
        z = 1 / (1 + math.exp(-x * y)) + math.log(1 + math.exp(y)) - math.log(1 / (1 + math.exp(x)))
        return math.sqrt(x * x + y * y) * z

    fine, *others = (grad(f, (0, 1), granularity=g)(0.3, -0.8) for g in GRANULARITIES)
    assert len(others) == 3
    assert all(found == pytest.approx(fine, rel=1e-14) for found in others)


def test_sharing_is_bit_exact_on_constants() -> None:
    """`-0.0` is not `0.0`, `1` is not `1.0`; nothing reassociates outside a proved rewrite"""

    def f(x):
        return math.atan2(0.0, -1.0 + 0.0 * x) + math.atan2(-0.0, -1.0 + 0.0 * x) + 1 // 2 + 1.0 / 2

    assert value_and_grad(f)(1.0)[0] == f(1.0)
    value, _ = value_and_grad(lambda x: (x + 1e20) - 1e20)(1.0)
    assert value == 0.0


@pytest.mark.parametrize("x", [INF, -INF, math.nan])
def test_values_that_are_not_finite_are_passed_on(x: float) -> None:
    """nothing reassociates: inf and nan take the primal's path"""
    value, gradient = value_and_grad(lambda v: max(v, 1.0) * 2.0 if v == v else 3.0 * v)(x)
    expected = {INF: (INF, 2.0), -INF: (2.0, 0.0)}.get(x)
    if expected is None:
        assert math.isnan(value) and gradient == 3.0
    else:
        assert (value, gradient) == expected
