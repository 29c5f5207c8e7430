"""An infinite tangent that meets a partial of exactly zero contributes nothing, as in reverse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import symdiff


def power(x: float) -> float:
    return x * x**0.5


def root(x: float) -> float:
    return x * math.sqrt(x)


def beside(x: float, y: float) -> float:
    return math.sin(x) * math.sqrt(y) + y * y


def branched(x: float) -> float:
    r = math.sqrt(x) if x < 1.0 else 2.0 * x
    return x * r


def never(x: float, y: float) -> float:
    return math.sqrt(1.0 + x * x) * y


def alone(x: float) -> float:
    return math.sqrt(x) + x


@pytest.mark.parametrize("granularity", ["fine", "auto"])
@pytest.mark.parametrize(
    ("f", "at"), [(power, (0.0,)), (root, (0.0,)), (beside, (0.0, 0.0)), (branched, (0.0,))]
)
def test_forward_mode_agrees_with_reverse(
    f: Callable[..., float], at: tuple[float, ...], granularity: str
) -> None:
    n = tuple(range(len(at)))
    grads = symdiff.grad(f, n, granularity=granularity)(*at)
    for k in n:
        direction = tuple(float(j == k) for j in n)
        _, tangent = symdiff.jvp(f, at, direction)
        assert tangent == grads[k] == 0.0


def test_what_is_infinite_stays_so() -> None:
    assert symdiff.jvp(alone, (0.0,), (1.0,)) == (0.0, math.inf)
    assert symdiff.jvp(alone, (0.0,), (0.0,)) == (0.0, 0.0)


def test_elsewhere_nothing_changes() -> None:
    value, tangent = symdiff.jvp(beside, (0.7, 0.3), (1.0, 2.0))
    expected = math.cos(0.7) * math.sqrt(0.3) + 2.0 * (math.sin(0.7) * 0.5 / math.sqrt(0.3) + 0.6)
    assert value == beside(0.7, 0.3) and tangent == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("transform", [symdiff.hessian, symdiff.hvp])
def test_no_clutter_where_the_root_cannot_be_zero(transform: Any) -> None:
    text = transform(never, (0, 1)).source
    assert "if" not in text.partition('"""\n')[2]
