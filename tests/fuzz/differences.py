"""Derivatives of a function by differences of its own floats: good to some seven digits, in
microseconds.

Richardson's extrapolation of central differences at three steps gives two estimates.  Where they
disagree (a kink or a jump within a step, too much rounding) nothing is said: the point is
:class:`Doubtful`, and the oracle of high precision has to decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

STEP = 2e-3  # of first differences
WIDE = 2e-2  # of second ones
FIRST = 1e-7  # the relative difference of two estimates that is taken for agreement
SECOND = 1e-5


class Doubtful(Exception):
    """Differences of floats do not tell the derivative here."""


class Differences:
    """The derivatives of ``f`` at a point."""

    def __init__(self, f: Callable[..., float], point: Sequence[float], value: float) -> None:
        self.f = f
        self.point = point
        self.value = self._number(value)
        self.axes = [[float(i == k) for i in range(len(point))] for k in range(len(point))]

    @staticmethod
    def _number(value: Any) -> float:
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Doubtful(f"{value!r}")
        return float(value)

    def _at(self, t: float, along: Sequence[float]) -> float:
        try:
            value = self.f(*(x + t * d for x, d in zip(self.point, along, strict=True)))
        except (ArithmeticError, ValueError, LookupError, NameError, TypeError) as error:
            raise Doubtful(f"{error!r} nearby") from None
        return self._number(value)

    def _first(self, along: Sequence[float]) -> float:
        def quotient(h: float) -> float:
            up, down = self._at(h, along), self._at(-h, along)
            bend = abs(up - 2.0 * self.value + down)
            if bend > 1e-2 * (h + abs(up - down)):  # it should be of the order of h*h
                raise Doubtful("a kink or a jump")
            return (up - down) / (2.0 * h)

        return self._extrapolated(quotient, STEP, FIRST)

    def _second(self, along: Sequence[float]) -> float:
        def quotient(h: float) -> float:
            return (self._at(h, along) - 2.0 * self.value + self._at(-h, along)) / (h * h)

        return self._extrapolated(quotient, WIDE, SECOND)

    def _extrapolated(self, quotient: Callable[[float], float], h: float, rtol: float) -> float:
        wide, middle, narrow = quotient(h), quotient(h / 2), quotient(h / 4)
        first, second = (4.0 * middle - wide) / 3.0, (4.0 * narrow - middle) / 3.0
        if abs(second - first) > rtol * (1e-2 + abs(second) + 1e-3 * abs(self.value)):
            raise Doubtful(f"estimates {first} and {second}")
        return second

    def gradient(self) -> list[float]:
        return [self._first(axis) for axis in self.axes]

    def along(self, direction: Sequence[float]) -> float:
        """The first derivative in one direction."""
        return self._first(direction)

    def hessian_along(self, direction: Sequence[float]) -> list[float]:
        """The Hessian times a vector, by the polarisation identity."""
        return [self._mixed(direction, axis) for axis in self.axes]

    def hessian(self) -> list[list[float]]:
        n = len(self.point)
        rows = [[0.0] * n for _ in range(n)]
        for k in range(n):
            rows[k][k] = self._second(self.axes[k])
        for i, j in combinations(range(n), 2):
            rows[i][j] = rows[j][i] = self._mixed(self.axes[i], self.axes[j])
        return rows

    def second(self, k: int) -> float:
        return self._second(self.axes[k])

    def _mixed(self, a: Sequence[float], b: Sequence[float]) -> float:
        plus = self._second([x + y for x, y in zip(a, b, strict=True)])
        minus = self._second([x - y for x, y in zip(a, b, strict=True)])
        return (plus - minus) / 4.0
