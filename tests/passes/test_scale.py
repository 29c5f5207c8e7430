"""Constants of one product become one, and nothing of the user's own arithmetic moves."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

import symdiff


def half_angle(x: float) -> float:
    return math.sin(x / 2.0) ** 2


def inverse_root(x: float) -> float:
    return 1.0 / math.sqrt(1.0 + x * x)


def users_own(x: float) -> float:
    return math.exp(2.0 * x / 2.0)


def thirds(x: float) -> float:
    return (x / 3.0) ** 3 / 7.0


def body(f: Callable[[float], float]) -> str:
    return symdiff.grad(f, granularity="fused").source.partition('"""\n')[2]


def test_powers_of_two_cancel() -> None:
    text = body(half_angle)
    assert "2.0*" not in text and text.count("/2.0") == 1  # the angle itself
    assert symdiff.grad(half_angle)(0.7) == math.sin(0.35) * math.cos(0.35)


def test_a_sign_comes_to_the_front() -> None:
    text = body(inverse_root)
    assert "0.5" not in text and "2.0" not in text


def test_the_users_constants_stay() -> None:
    assert "2.0*x/2.0" in body(users_own)


@pytest.mark.parametrize("x", [0.3, -2.0, 1e100])
def test_inexact_constants_are_not_joined(x: float) -> None:
    assert symdiff.grad(thirds)(x) == pytest.approx(x * x / 63.0, rel=4e-16)
