"""Derivatives of a function of floats that cannot run in high precision: extrapolated central
differences with an error estimate, and a test whether the point is regular at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Flat = Callable[[Sequence[float]], list[float]]

_STEPS = 14
_WIDEST = 0.03  # the first step, relative to the argument
FINE = 3e-5  # the same for what oscillates
_SHRINK = 2.0
_NEAR = (1e-6, 1e-7)  # steps of their own, at which a jump that the ladder steps over shows


@dataclass(frozen=True)
class Estimate:
    """A partial derivative; ``regular`` is False at kinks, jumps, poles and where noise rules."""

    value: float
    error: float
    unit: float  # the result per the argument's size: what a change of order one would be
    regular: bool

    def agrees(self, found: float) -> bool:
        tolerance = 1e-4 * abs(self.value) + 10.0 * self.error + 1e-7 * self.unit
        return math.isfinite(found) and abs(found - self.value) <= tolerance


def column(
    flat: Flat,
    start: Sequence[float],
    k: int,
    here: Sequence[float],
    widest: float = _WIDEST,
) -> list[Estimate]:
    """The partials of every result with respect to the k-th leaf; steps from ``widest`` down."""
    size = abs(start[k]) or 1.0
    lines = _lines(flat, start, k, size, len(here), widest)
    unit = max(map(abs, here)) / size
    return [
        _estimate([(h, up[r], down[r]) for h, up, down in lines], here[r], unit)
        for r in range(len(here))
    ]


def scattered(
    flat: Flat, start: Sequence[float], k: int, here: Sequence[float], r: int
) -> bool:
    """Whether differences of a result do not settle while the step shrinks, as those of a smooth
    function do: its value has lost its digits, so that they tell nothing of its derivative.

    A step of 1e-5 is far above what rounding does to a value that is right to its last digits."""
    size = abs(start[k]) or 1.0
    lines = _lines(flat, start, k, size, len(here), 2e-3)
    slopes = [(up[r] - down[r]) / (2.0 * h) for h, up, down in lines if h >= 1e-5 * size]
    if len(slopes) < 4:
        return False
    middle = sorted(slopes)[len(slopes) // 2]
    unit = max(map(abs, here)) / size
    return max(abs(s - middle) for s in slopes) > 0.02 * abs(middle) + 1e-9 * unit


def _lines(
    flat: Flat, start: Sequence[float], k: int, size: float, count: int, widest: float
) -> list[tuple[float, list[float], list[float]]]:
    """(step, results above, results below) for a ladder of steps; those that fail are left out."""
    lines = []
    ladder = [widest / _SHRINK**j for j in range(_STEPS)]
    for relative in (*ladder, *_NEAR):
        h = relative * size
        up, down = list(start), list(start)
        up[k], down[k] = start[k] + h, start[k] - h
        h = 0.5 * (up[k] - down[k])
        try:
            above, below = flat(up), flat(down)
        except Exception:  # outside the domain, by whatever it raises
            continue
        if len(above) == len(below) == count:
            lines.append((h, above, below))
    return lines


def _estimate(line: list[tuple[float, float, float]], here: float, unit: float) -> Estimate:
    if len(line) < 5 or not all(math.isfinite(u) and math.isfinite(d) for _, u, d in line):
        return Estimate(0.0, math.inf, unit, False)
    ladder, near = line[: -len(_NEAR)], line[-len(_NEAR) :]
    value, error = _extrapolated(ladder)
    steady = error <= 1e-3 * abs(value) + 1e-6 * unit
    regular = steady and not _kinked(ladder, here)
    return Estimate(value, error, unit, regular and all(_near(value, *n, unit) for n in near))


def _near(value: float, h: float, up: float, down: float, unit: float) -> bool:
    """Whether the difference of a tiny step is what was extrapolated, but for rounding."""
    noise = 1e-13 * (abs(up) + abs(down)) / h
    return abs((up - down) / (2.0 * h) - value) <= 0.01 * abs(value) + noise + 1e-6 * unit


def _extrapolated(line: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Richardson's table over the steps; the entry that changes least is the answer."""
    best, error = math.nan, math.inf
    row: list[float] = []
    for h, up, down in line:
        new = [(up - down) / (2.0 * h)]
        factor = _SHRINK**2
        for old in row:
            new.append((new[-1] * factor - old) / (factor - 1.0))
            change = max(abs(new[-1] - new[-2]), abs(new[-1] - old))
            if change < error:
                best, error = new[-1], change
            factor *= _SHRINK**2
        row = new
    return best, error


def _kinked(line: list[tuple[float, float, float]], here: float) -> bool:
    """Whether the one-sided differences stay apart while the step shrinks."""
    gaps = []
    for h, up, down in line[-6:]:
        right, left = (up - here) / h, (here - down) / h
        noise = 1e-13 * (abs(up) + abs(here) + abs(down)) / h
        gaps.append((max(0.0, abs(right - left) - noise), abs(right) + abs(left) + noise))
    (first, _), (last, scale) = gaps[0], gaps[-1]
    return last > 1e-3 * scale and last > 0.2 * first
