"""What a condition and its body both compute is carried by the loop, and computed as often."""

from __future__ import annotations

import math
from typing import Any

import pytest

import symdiff


def root(a: float) -> float:
    x = 1.0
    while abs(x * x * x - a) > 1e-12:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


def never_entered(a: float) -> float:
    x = a
    while math.sqrt(x) * x > 1e6:
        x = x / (math.sqrt(x) * x)
    return x * x


def with_a_break(a: float) -> float:
    x = 1.0
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2.0 * x)
        if x > 1e6:
            break
    return x


def cheap(n: float) -> float:
    k, s = 0.0, 0.0
    while k + 1.0 < n:
        s = s + math.sin(n) * (k + 1.0)
        k = k + 1.0
    return s


def first_part_elsewhere(a: float) -> float:
    x, s = 1.0, 0.0
    while abs(x * x - a) > 1e-12:
        s = s + x * x
        x = x - (x * x - a) / (2.0 * x)
    return x + s


def source(f: Any) -> str:
    return symdiff.grad(f).source


def test_computed_before_and_at_the_end() -> None:
    text = source(root)
    assert text.count("x*x*x - a") == 1 and "= 1.0 - a" in text
    assert symdiff.grad(root)(2.0) == pytest.approx(2.0 ** (-2 / 3) / 3, rel=1e-9)


def test_a_loop_that_is_not_entered() -> None:
    assert symdiff.grad(never_entered)(3.0) == 6.0
    with pytest.raises(ValueError, match="domain"):
        symdiff.grad(never_entered)(-1.0)


def test_after_a_break_no_condition_is_evaluated() -> None:
    assert source(with_a_break).count("x*x - a") == 2
    assert symdiff.grad(with_a_break)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-9)


def test_one_cheap_operation_is_not_worth_a_name() -> None:
    assert "while k + 1.0 < n" in source(cheap)


def test_what_others_read_is_still_computed() -> None:
    assert symdiff.grad(first_part_elsewhere)(2.0) == pytest.approx(
        (first_part_elsewhere(2.0 + 1e-5) - first_part_elsewhere(2.0 - 1e-5)) / 2e-5, rel=1e-6
    )
