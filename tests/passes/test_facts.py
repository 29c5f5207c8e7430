"""What is decided, and above all what is not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

import symdiff
from symdiff.ops import bounds
from symdiff.ops.bounds import TOP, Bounds
from symdiff.ops.table import OPS

POINTS = (0.0, -0.0, 5e-324, 1e-160, 0.5, 1.0, 3.0, 700.0, 1e160, 1e308, math.inf)
NUMBERS = tuple(sign * x for x in POINTS for sign in (1.0, -1.0))


def length_root(x: float, y: float) -> float:
    return math.sqrt(1.0 + x * x) * y


def divided_before(x: float, y: float) -> float:
    r = math.sqrt(x)
    return y / (y * r) + r


def branch_settles(x: float) -> float:
    if x < 0.0:
        return -x
    return math.log1p(x)


def positive(x: float) -> float:
    if x > 1.0:
        return abs(x - 1.0) * abs(x)
    return x


def by_exponential(x: float, y: float) -> float:
    return y / (1.0 + math.exp(x)) + math.sqrt(2.0 + math.cos(x))


@pytest.mark.parametrize(
    "f", [length_root, divided_before, branch_settles, by_exponential], ids=lambda f: f.__name__
)
def test_settled_guards_are_gone(f: Callable[..., float]) -> None:
    text = symdiff.grad(f, granularity="fine").source
    assert "inf" not in text and "raise" not in text and "!= 0" not in text


def test_in_the_branch_where_it_is_positive_abs_has_one_side() -> None:
    text = symdiff.grad(positive).source
    assert text.count(" if ") <= 2, text  # the user's own, and the sign of x - 1.0


def root(x: float) -> float:
    return math.sqrt(x)


def root_of_square(x: float, y: float) -> float:
    return math.sqrt(x * x) * y


def divided_in_a_branch(x: float, y: float) -> float:
    r = math.sqrt(x)
    if y > 0.0:
        r = y / r
    return r + math.sqrt(x)


def divided_in_a_loop(x: float, n: int) -> float:
    r = math.sqrt(x)
    total = r
    for _ in range(n):
        total += 1.0 / r
    return total


def underflow(x: float) -> float:
    return math.sqrt(math.exp(-x))


@pytest.mark.parametrize(
    "f",
    [root, root_of_square, divided_in_a_branch, divided_in_a_loop, underflow],
    ids=lambda f: f.__name__,
)
def test_open_guards_stay(f: Callable[..., float]) -> None:
    assert "inf" in symdiff.grad(f, granularity="fine").source


def test_at_the_guarded_point() -> None:
    assert symdiff.grad(root)(0.0) == math.inf
    assert symdiff.grad(divided_in_a_loop)(0.0, 0) == math.inf
    assert symdiff.grad(divided_in_a_branch)(0.0, -1.0) == math.inf


def not_a_number(x: float, y: float) -> float:
    if x < 0.0:
        return -x
    if x >= 0.0:
        return x * y
    return 7.0 * y


def test_a_failed_comparison_says_nothing_of_nan() -> None:
    assert symdiff.grad(not_a_number, 1)(math.nan, 2.0) == 7.0


def held(found: Bounds, value: float) -> bool:
    if value != value:
        return not found.ordered
    return found.low <= value <= found.high and not (found.nonzero and value == 0)


@pytest.mark.parametrize("spec", [s for s in OPS if s.bounds is not None], ids=lambda s: s.name)
def test_bounds_hold_for_every_row(spec: object) -> None:
    """Random boxes, and random numbers in them: the result never leaves its bounds."""
    rng = random.Random(spec.name)  # type: ignore[attr-defined]
    if spec.name == "len":  # type: ignore[attr-defined]
        return
    count = len(spec.params)  # type: ignore[attr-defined]
    evaluated = 0
    for _ in range(3000):
        boxes = []
        values = []
        for _ in range(count):
            ends = sorted(rng.choice(NUMBERS) * rng.choice((1.0, rng.random())) for _ in range(2))
            low, high = (ends[0], ends[1]) if rng.random() < 0.8 else (-math.inf, math.inf)
            inside = [v for v in (*NUMBERS, low, high, rng.uniform(-4, 4)) if low <= v <= high]
            value = rng.choice(inside)
            if rng.random() < 0.1:
                value = math.nan
            boxes.append(Bounds(low, high, value != 0 and rng.random() < 0.5, value == value))
            values.append(value)
        try:
            result = spec.evaluate(*values)  # type: ignore[attr-defined]
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        if isinstance(result, complex):
            continue
        evaluated += 1
        found = spec.bounds(*boxes)  # type: ignore[attr-defined]
        assert held(found, result), (spec, boxes, values, found, result)
    assert evaluated > 200


def test_meet_and_join() -> None:
    a, b = Bounds(0.0, 2.0, nonzero=True), Bounds(-1.0, 1.0, ordered=True)
    assert a.meet(b) == Bounds(0.0, 1.0, True, True)
    assert a.join(b) == Bounds(-1.0, 2.0)
    assert bounds.exactly(math.nan) == TOP
