"""Common factors come out of sums of derivative code, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff


def twice(x: float) -> float:
    s = math.sin(x)
    return s * s * x + s * x


def ring(x: float, y: float, z: float) -> float:
    return math.exp(x * y + y * z + z * x)


def users_own(x: float, y: float, z: float) -> float:
    return math.exp(x * y + x * z)


def decay(x: float) -> float:
    for _ in range(3):
        x = x + 0.3 * math.sin(x)
    return x


def cancels(x: float, y: float) -> float:
    return x * y - x + x * 1.0


def body(f: Callable[..., float], *argnums: int) -> str:
    return symdiff.grad(f, argnums or 0).source.partition('"""\n')[2]


def test_an_adjoint_is_multiplied_once() -> None:
    assert "dx *= 1.0 + 0.3*math.cos(x)" in body(decay)


def test_products_with_two_readers_vanish_together() -> None:
    text = body(ring, 0, 1, 2)
    assert text.count("*") == 3 + 3  # of the function, and one for each partial


def test_a_product_that_stays_is_not_taken_apart() -> None:
    text = body(twice)
    assert text.count("math.sin") == 1
    expected = 2 * math.sin(0.7) * math.cos(0.7) * 0.7 + math.sin(0.7) ** 2
    expected += math.cos(0.7) * 0.7 + math.sin(0.7)
    assert symdiff.grad(twice)(0.7) == pytest.approx(expected, rel=1e-15)


def test_the_users_sums_stay() -> None:
    assert "x*y + x*z" in body(users_own, 0)


def test_terms_that_cancel_leave_no_zero() -> None:
    assert "0.0" not in body(cancels, 0, 1)


@pytest.mark.parametrize(
    ("f", "args"),
    [(ring, (0.3, -0.7, 1.1)), (users_own, (0.3, 0.4, -2.0)), (cancels, (1.5, -0.5))],
)
def test_the_numbers_are_those_of_fine_code(f: Callable[..., float], args: Any) -> None:
    n = tuple(range(len(args)))
    ours = symdiff.grad(f, n)(*args)
    eps = 1e-6
    for k in n:
        up = [a + eps * (j == k) for j, a in enumerate(args)]
        down = [a - eps * (j == k) for j, a in enumerate(args)]
        assert ours[k] == pytest.approx((f(*up) - f(*down)) / (2 * eps), rel=1e-7)


def cubed(x):
    return (np.tanh(x + 0.1 * x**3) * x).sum()


def test_no_product_is_made_that_overflows_beside_a_zero() -> None:
    """``dx + 0.3*dx*x*x`` is 0 where dx is; ``dx*(1 + 0.3*x*x)`` is no number at 1e200."""
    with np.errstate(all="ignore"):
        found = symdiff.grad(cubed)(np.array([1e200, -1e200, 0.5]))
    assert found[:2] == pytest.approx([1.0, -1.0]) and math.isfinite(found[2])
