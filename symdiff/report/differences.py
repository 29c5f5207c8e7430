"""Differences of the function itself, extrapolated: a derivative that owes nothing to any reading
of its source.

It is good to nine digits where the function is smooth, and says how good it is.  (C. J. F. Ridders,
*Accurate computation of F'(x) and F'(x) F''(x)*, 1982.)
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.ndarrays import is_ndarray
from symdiff.report.subject import Subject
from symdiff.report.values import combined, count, mapped, numbers

_SURE = 1e-7  # differences whose own error estimate is below this may accuse

Point = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Slope:
    """An extrapolated difference, its own error estimate, and whether the sides differ."""

    value: float
    error: float
    kink: bool
    floor: float  # what the rounding of the function itself may amount to

    @property
    def smooth(self) -> bool:
        return not self.kink and self.error <= _SURE * (1.0 + abs(self.value))


def line_of(subject: Subject, values: Point, k: int) -> Callable[[float], float]:
    """The function along its ``k``-th differentiated number, from the point."""
    selected = subject.selected(values)
    ends = list(itertools.accumulate(count(tree, value) for _, tree, value in selected))
    which = bisect.bisect_right(ends, k)
    path, value = subject.wrt[which], selected[which][2]
    at = k - (ends[which - 1] if which else 0)
    start = float(value.flat[at]) if is_ndarray(value) else numbers(value)[at]
    return lambda t: called(subject, values, path, lambda v: replaced(v, at, start + t))


def called(
    subject: Subject, values: Point, path: Sequence[int], change: Callable[[Any], Any]
) -> float:
    """The function where one argument is changed; arrays are doubles, for the differences' sake."""
    new = [_doubles(v) for v in values]
    first, *rest = path
    if rest:
        inner = list(new[first])
        inner[rest[0]] = change(inner[rest[0]])
        new[first] = tuple(inner)
    else:
        new[first] = change(new[first])
    return combined(subject.call(subject.primal_function, new))


def _doubles(value: Any) -> Any:
    if is_ndarray(value):
        return value.astype("f8") if value.dtype.kind == "f" and value.itemsize < 8 else value
    if type(value) in (list, tuple):
        return type(value)(map(_doubles, value))
    return {k: _doubles(v) for k, v in value.items()} if type(value) is dict else value


def renumbered(value: Any, new: Sequence[float]) -> Any:
    """The structure with all its numbers replaced, in order."""
    left = iter(new)
    return mapped(value, lambda _: next(left))


def replaced(value: Any, at: int, x: float) -> Any:
    """The structure with its ``at``-th number replaced."""
    if is_ndarray(value):
        made = value.copy()
        made.flat[at] = x
        return made
    counter = iter(range(10**9))
    return mapped(value, lambda old: x if next(counter) == at else old)


def differences(line: Callable[[float], float]) -> Slope:
    """Ridders' method: central differences with shrinking steps, extrapolated; the least estimated
    error wins."""
    try:
        here = line(0.0)
        size = abs(here) + abs(line(1e-3)) + abs(line(-1e-3))
        value, error = _ridders(line, 0.01)
        step = 1e-6
        right, left = (line(step) - here) / step, (here - line(-step)) / step
    except Exception:  # of the user's function: it has no value on one side
        return Slope(math.nan, math.inf, False, 0.0)
    apart = abs(right - left)
    # a step function in disguise may look smooth over the wide steps: the narrow ones must agree
    apart = max(apart, abs(right - value), abs(left - value))
    kink = not apart <= 1e-3 * (1.0 + abs(right) + abs(left))
    return Slope(value, error, kink, 1e-9 * (1.0 + size))


def _ridders(line: Callable[[float], float], h: float) -> tuple[float, float]:
    table = [(line(h) - line(-h)) / (2 * h)]
    best, error = table[0], math.inf
    for _ in range(10):
        h /= 1.4
        new = [(line(h) - line(-h)) / (2 * h)]
        factor = 1.96
        for j, old in enumerate(table):
            new.append((new[j] * factor - old) / (factor - 1.0))
            factor *= 1.96
            guess = max(abs(new[j + 1] - new[j]), abs(new[j + 1] - old))
            if guess <= error:
                best, error = new[j + 1], guess
        table = new
    return best, error
