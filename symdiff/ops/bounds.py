"""What is known of a number without running anything: an interval, and two marks.

A row's ``bounds`` maps the bounds of its operands to those of its result.  All statements are
about the *float* result, and hold unless it is NaN: rounding to nearest is monotone, so that the
rounded sum of two lower bounds is a lower bound of the rounded sum (Higham, *Accuracy and
Stability of Numerical Algorithms*, 2nd ed., section 2.1).  A product of numbers other than zero
may underflow, so ``nonzero`` does not pass through ``x*y``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Number = float | int


class Bounds(NamedTuple):
    """The value is NaN, or lies in [low, high] (closed), and is not 0 if ``nonzero``.

    ``ordered``: it is not NaN."""

    low: Number = -math.inf
    high: Number = math.inf
    nonzero: bool = False
    ordered: bool = False

    @property
    def excludes_zero(self) -> bool:
        return self.nonzero or self.low > 0 or self.high < 0

    def meet(self, other: Bounds) -> Bounds:
        """Both hold."""
        return Bounds(
            max(self.low, other.low),
            min(self.high, other.high),
            self.nonzero or other.nonzero,
            self.ordered or other.ordered,
        )

    def join(self, other: Bounds) -> Bounds:
        """One of the two holds."""
        return Bounds(
            min(self.low, other.low),
            max(self.high, other.high),
            self.excludes_zero and other.excludes_zero,
            self.ordered and other.ordered,
        )


TOP = Bounds()
Rule = Callable[..., Bounds]


def exactly(value: Number) -> Bounds:
    """A constant."""
    if value != value:
        return TOP
    return Bounds(value, value, value != 0, True)


def within(low: Number, high: Number) -> Rule:
    """A function whose values lie in a fixed interval."""
    known = Bounds(low, high)

    def rule(*operands: Bounds) -> Bounds:
        return known

    return rule


def _times(a: Number, b: Number) -> Number:
    """A corner of a product; 0*inf is NaN, which no bound speaks of, so 0 is the limit."""
    return 0.0 if a == 0 or b == 0 else a * b


def add(x: Bounds, y: Bounds) -> Bounds:
    low, high = x.low + y.low, x.high + y.high
    return Bounds(low if low == low else -math.inf, high if high == high else math.inf)


def neg(x: Bounds) -> Bounds:
    return Bounds(-x.high, -x.low, x.nonzero, x.ordered)


def sub(x: Bounds, y: Bounds) -> Bounds:
    return add(x, neg(y))


def mul(x: Bounds, y: Bounds) -> Bounds:
    if x is TOP and y is TOP:
        return TOP
    corners = [_times(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    return Bounds(min(corners), max(corners))


def div(x: Bounds, y: Bounds) -> Bounds:
    """Only the sign: a quotient by a number of known sign."""
    if y.low >= 0 or y.high <= 0:
        sign = 1 if y.low >= 0 else -1
        low, high = (x.low, x.high) if sign > 0 else (-x.high, -x.low)
        return Bounds(0.0 if low >= 0 else -math.inf, 0.0 if high <= 0 else math.inf)
    return TOP


def absolute(x: Bounds) -> Bounds:
    if x.low >= 0:
        return x
    if x.high <= 0:
        return neg(x)
    return Bounds(0, max(-x.low, x.high), x.nonzero, x.ordered)


def sqrt(x: Bounds) -> Bounds:
    """Correctly rounded, hence monotone; the root of the least float is far from underflow."""
    low = max(x.low, 0.0)
    return Bounds(math.sqrt(low), math.sqrt(max(x.high, 0.0)), x.excludes_zero)


def exp(x: Bounds) -> Bounds:
    """Underflows to 0 below about -745; a library's exp is off by an ulp at most."""
    if x.low < -700.0:
        return Bounds(0.0, math.inf)
    low = 1.0 if x.low == 0 else math.exp(min(x.low, 700.0)) * (1.0 - 1e-15)
    return Bounds(low, math.inf)


def power(x: Bounds, p: Bounds) -> Bounds:
    """An even power, and any power of what is not negative, is not negative."""
    even = p.low == p.high and p.low == p.low // 1 and p.low % 2 == 0
    return Bounds(0, math.inf) if even or x.low >= 0 else TOP


def larger(x: Bounds, y: Bounds) -> Bounds:
    """``y if y > x else x``: the first where the second is NaN."""
    return Bounds(max(x.low, y.low) if y.ordered else x.low, max(x.high, y.high))


def smaller(x: Bounds, y: Bounds) -> Bounds:
    """``y if y < x else x``: the first where the second is NaN."""
    return Bounds(min(x.low, y.low), min(x.high, y.high) if y.ordered else x.high)


def length(*xs: Bounds) -> Bounds:
    """A Euclidean norm."""
    return Bounds(0.0, math.inf, any(x.excludes_zero for x in xs))


def same(x: Bounds) -> Bounds:
    return x


def quadrant(x: Bounds) -> Bounds:
    """An odd increasing function without overflow: it keeps the sign."""
    return Bounds(0.0 if x.low >= 0 else -math.inf, 0.0 if x.high <= 0 else math.inf)
