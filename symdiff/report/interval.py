"""Numbers for the oracle: an interval that surely holds the real value, the float that the program
computes beside it, and a tape.

Arithmetic is ``mpmath.iv``'s, rounded outward, so that an enclosure is a proof: a wrong digit can
only show as a wide interval, never as a wrong number.  Functions that ``mpmath.iv`` lacks are
monotone between their singularities and are evaluated at the end points with 40 extra bits.
Comparisons follow the float where there is one, because the derivative asked for is that of the
branch that the program takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symdiff.ops.table import OPS

Interval = Any  # mpmath's interval type has no stubs
Partials = Sequence[Any]  # intervals or ints; None where the derivative is infinite
Rule = Callable[..., tuple[Interval, Partials]]  # (tape, operands) -> value, derivative per operand


class Undecided(Exception):
    """An interval is too wide to tell which way the program goes; more digits are needed."""


class OutOfDomain(Exception):
    """The program has no value here: a domain error, or an exception of its own."""


class Unresolved(Exception):
    """No precision within reach gives the answer."""


class OutOfSteps(Unresolved):
    """What may be done at one point was not enough."""


class Purse:
    """How much work may still be done: elementary steps, dearer with their precision.

    A budget in steps and not in seconds, so that a report comes out the same on a slow day; and a
    program that does not terminate at a sampled point is found out here, before it is run.
    """

    def __init__(self, steps: int) -> None:
        self.left = float(steps)

    def spend(self, bits: int) -> None:
        self.left -= 1 + bits / 1000
        if self.left < 0:
            raise OutOfSteps("the point takes too many steps")


class Num:
    """A real number of the program: ``v`` encloses it, ``f`` is its float (None once an overflow or
    NaN spoiled it)."""

    __slots__ = ("at", "f", "tape", "v")

    def __init__(self, tape: Tape, f: float | None, v: Interval, at: int = -1) -> None:
        self.tape = tape
        self.f = f if f is not None and math.isfinite(f) else None
        self.v = v
        self.at = at

    def __add__(self, other: Any) -> Num:
        return self.tape.call("add", self, other)

    def __radd__(self, other: Any) -> Num:
        return self.tape.call("add", other, self)

    def __mul__(self, other: Any) -> Num:
        return self.tape.call("mul", self, other)

    def __rmul__(self, other: Any) -> Num:
        return self.tape.call("mul", other, self)

    def __eq__(self, other: object) -> bool:
        return self.tape.sign(self, other) == 0

    def __hash__(self) -> int:
        return id(self)

    def __deepcopy__(self, memo: Any) -> Num:
        return self


class Tape:
    """The elementary steps of one run at one precision: (source, partial) pairs per step."""

    def __init__(
        self, bits: int, rules: Mapping[str, Rule], contexts: tuple[Any, Any], purse: Purse
    ) -> None:
        self.iv, self.mp = contexts
        self.purse = purse
        self.iv.prec, self.mp.prec = bits, bits + 40
        self.bits = bits
        self.rules = rules
        self.links: list[tuple[tuple[int, Any], ...]] = []
        self.enclosed = True

    # -- making numbers ----------------------------------------------------------------------------

    def source(self, x: float) -> Num:
        self.links.append(())
        return Num(self, float(x), self.iv.mpf(x), len(self.links) - 1)

    def lift(self, x: Any) -> Num:
        """A constant as a number without a derivative."""
        if isinstance(x, Num):
            return x
        if isinstance(x, float) and not math.isfinite(x):
            raise Unresolved("a constant of the program is not finite")
        return Num(self, _float(x), self.iv.mpf(int(x) if isinstance(x, bool) else x))

    def step(self, f: float | None, v: Interval, args: Sequence[Num], partials: Partials) -> Num:
        """The result of an elementary step with these derivatives."""
        links = tuple((a.at, p) for a, p in zip(args, partials, strict=True) if a.at >= 0)
        links = tuple((at, p) for at, p in links if not (isinstance(p, int) and p == 0))
        if not links:
            return Num(self, f, v)
        self.links.append(links)
        return Num(self, f, v, len(self.links) - 1)

    def call(self, name: str, *args: Any) -> Num:
        """An elementary operation applied to numbers."""
        self.purse.spend(self.bits)
        nums = [self.lift(a) for a in args]
        v, partials = self.rules[name](self, *nums)
        return self.step(float_of(name, nums), v, nums, partials)

    # -- deciding ----------------------------------------------------------------------------------

    def sign(self, x: Any, y: Any) -> int:
        """-1, 0 or 1: the sign of ``x - y`` as the program sees it."""
        p, q = self.lift(x), self.lift(y)
        if p.f is not None and q.f is not None:
            return (p.f > q.f) - (p.f < q.f)
        return self.sure_sign(p.v - q.v)

    def sure_sign(self, v: Interval) -> int:
        """The sign of an enclosed number."""
        low, high = self.ends(v)
        if low > 0 or high < 0:
            return 1 if low > 0 else -1
        if low == high == 0:
            return 0
        raise Undecided

    def ends(self, v: Interval) -> tuple[Any, Any]:
        low, high = v._mpi_
        return self.mp.make_mpf(low), self.mp.make_mpf(high)

    def whole(self, x: Num, rounding: Callable[[Any], int]) -> int:
        """``rounding(x)`` (floor, trunc, round) as the program computes it."""
        if x.f is not None:
            return rounding(x.f)
        low, high = (rounding(_fraction(e)) for e in self.ends(x.v))
        if low != high:
            raise Undecided
        return low

    def monotone(self, f: Callable[[Any], Any], v: Interval) -> Interval:
        """The image of an interval under a monotone function that is known for points only."""
        ends = [f(e) for e in self.ends(v)]
        slack = self.mp.mpf(2) ** -(self.bits + 8)
        low, high = min(ends), max(ends)
        return self.iv.mpf([low - abs(low) * slack, high + abs(high) * slack])

    # -- the derivative ----------------------------------------------------------------------------

    def reverse(self, out: Num) -> tuple[list[Any], list[float]]:
        """Per step: the derivative of ``out`` with respect to it (None: infinite), and the sum of
        its terms' sizes."""
        count = len(self.links)
        cots: list[Any] = [0] * count
        sizes = [0.0] * count
        if out.at < 0:
            return cots, sizes
        cots[out.at], sizes[out.at] = self.iv.mpf(1), 1.0
        for at in range(out.at, -1, -1):
            g = cots[at]
            if g is not None and (isinstance(g, int) or self._is_zero(g)):
                continue
            for source, partial in self.links[at]:
                if g is None or partial is None or cots[source] is None:
                    cots[source] = None
                    continue
                cots[source] = cots[source] + g * partial
                size = self._size(partial)
                sizes[source] += sizes[at] * size if size else 0.0
        return cots, sizes

    def _is_zero(self, v: Interval) -> bool:
        low, high = self.ends(v)
        return bool(low == high == 0)

    def _size(self, partial: Any) -> float:
        if isinstance(partial, int):
            return float(abs(partial))
        low, high = self.ends(partial)
        try:
            return float(max(abs(low), abs(high)))
        except OverflowError:
            return math.inf


def _float(x: Any) -> float | None:
    try:
        return float(x)
    except OverflowError:
        return None


def _fraction(x: Any) -> Fraction:
    man, exp = x.man_exp
    return Fraction(int(man)) * Fraction(2) ** int(exp)


def float_of(name: str, nums: Sequence[Num]) -> float | None:
    """What the program itself computes in this step, or None where it overflows or raises."""
    floats = [n.f for n in nums]
    if any(f is None for f in floats):
        return None
    evaluate = OPS[name].evaluate
    assert evaluate is not None
    try:
        return _float(evaluate(*floats))
    except (OverflowError, ValueError, ZeroDivisionError, TypeError):
        return None
