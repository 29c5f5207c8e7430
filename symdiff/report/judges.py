"""Who judges a gradient at a point: the interval oracle; many digits where there are arrays, of
which it has no intervals; differences of the function itself where there is nothing better.

All answer :meth:`errors`: one error per differentiated number, NaN where nothing is known of it.
Of many numbers some are judged, the same at every granularity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

from symdiff.ir.types import is_differentiable
from symdiff.ndarrays import is_ndarray, numpy
from symdiff.report.accuracy import Judge, error_of
from symdiff.report.differences import differences, line_of
from symdiff.report.interval import OutOfDomain, OutOfSteps, Unresolved
from symdiff.report.oracle import STEPS, Partial
from symdiff.report.precise import Exhausted, Imprecise, Place, derivatives, places, size_of
from symdiff.report.subject import Subject
from symdiff.report.values import count

SOME = 8  # numbers that are judged where there are more
OPERATIONS = 60_000  # with many digits, in one report: about a second
DIGITS = "differences with 60 digits"
FLOATS = "differences in floats"
EVALUATIONS = 27 * SOME  # of the function by which one point is judged in floats
FLOATING = 50_000_000  # numbers of arguments that it is evaluated on, in one report
GOOD = 1e-6  # relative error up to which differences in floats can judge


class Referee(Protocol):
    """What can tell the errors of a gradient at one point."""

    how: str

    def errors(self, found: Sequence[float]) -> list[float]: ...


class Sampled:
    """Some numbers, by differences with sixty digits."""

    how = DIGITS

    def __init__(
        self, bench: Bench, leaves: Sequence[Any], which: Sequence[int] | None = None
    ) -> None:
        self.bench = bench
        self.leaves = leaves
        if 2 * sum(map(size_of, leaves)) > bench.left:
            raise Exhausted
        every = [(w, at) for w in bench.wrt for at in places(leaves[w])]
        self.chosen = chosen(len(every)) if which is None else list(which)
        self.places: list[Place] = [every[k] for k in self.chosen]
        self.partials = bench.precisely(leaves, self.places)
        self._near: dict[int, float] = {}

    def errors(self, found: Sequence[float]) -> list[float]:
        made = [math.nan] * len(found)
        for j, k in enumerate(self.chosen):
            true = self.partials[j]
            if true == true:
                made[k] = error_of(found[k], Partial(true, DIGITS), lambda j=j: self.nearby(j))  # type: ignore[misc]
        return made

    def partial(self, k: int) -> Partial | None:
        """The reference of one partial, if there is one."""
        true = self.partials[self.chosen.index(k)] if k in self.chosen else math.nan
        return Partial(true, DIGITS) if true == true else None

    def nearby(self, j: int) -> Partial | None:
        """The derivative one unit in the last place of every argument away."""
        if j not in self._near:
            types = [v.type for v in self.bench.graph.inputs]
            moved = [
                _next(x) if is_differentiable(t) else x
                for x, t in zip(self.leaves, types, strict=True)
            ]
            try:
                (self._near[j],) = self.bench.precisely(moved, [self.places[j]])
            except (Imprecise, Exhausted):
                self._near[j] = math.nan
        near = self._near[j]
        return None if near != near else Partial(near, DIGITS)


class Differenced:
    """Some numbers, by extrapolated differences of the user's function in floats: errors below
    what these are good to count as none."""

    how = FLOATS

    def __init__(self, subject: Subject, values: Sequence[Any]) -> None:
        size = size_at(subject, values)
        self.known = {k: differences(line_of(subject, values, k)) for k in chosen(size)}

    def errors(self, found: Sequence[float]) -> list[float]:
        made = [math.nan] * len(found)
        for k, slope in self.known.items():
            scale = max(abs(slope.value), slope.floor, 1e-300)
            unsure = 10 * slope.error + slope.floor
            if not slope.kink and unsure <= GOOD * scale + slope.floor:
                apart = abs(found[k] - slope.value)
                made[k] = math.inf if apart != apart else max(0.0, apart - unsure) / scale
        return made


def size_at(subject: Subject, values: Sequence[Any]) -> int:
    """How many numbers are differentiated."""
    return sum(count(tree, value) for _, tree, value in subject.selected(values))


def chosen(size: int) -> list[int]:
    """The numbers to judge of so many: all, or some spread evenly."""
    if size <= SOME:
        return list(range(size))
    return sorted({j * (size - 1) // (SOME - 1) for j in range(SOME)})


class Bench:
    """The referees for one function, with what they may spend together."""

    def __init__(self, subject: Subject, points: int) -> None:
        self.subject = subject
        self.graph = subject.primal()
        self.wrt = subject.input_positions()
        self.base = subject.compiled("fine")
        self.steps = STEPS // points
        self.left = OPERATIONS
        self.floats = FLOATING

    def precisely(self, leaves: Sequence[Any], where: Sequence[Place]) -> list[float]:
        try:
            found, self.left = derivatives(self.graph, leaves, where, self.left)
        except Exhausted:
            self.left = 0
            raise
        return found

    def referee(self, values: Sequence[Any]) -> Referee:
        """Who judges at these bound values.

        Raises OutOfDomain where the function has no value, Unresolved where nobody can tell.
        """
        leaves = self.subject.inputs(self.base, values)
        if not self.subject.on_arrays():
            try:
                return Judge(self.graph, leaves, self.wrt, self.steps)
            except OutOfSteps:
                raise
            except Unresolved:  # there may be no intervals of an operation
                try:
                    return Sampled(self, leaves)
                except (Imprecise, Exhausted):
                    pass
                raise
        _, raised = self.subject.outcome(self.subject.primal_function, values)
        if raised is not None:
            raise OutOfDomain(f"{type(raised).__name__}: {raised}")
        try:
            return Sampled(self, leaves)
        except (Imprecise, Exhausted):
            self.floats -= EVALUATIONS * size_at(self.subject, values)
            if self.floats < 0:
                raise Unresolved("the arrays are too large for another point") from None
            return Differenced(self.subject, values)


def _next(x: Any) -> Any:
    if is_ndarray(x):
        return numpy().nextafter(x, math.inf) if x.dtype.kind == "f" else x
    if isinstance(x, (list, tuple)):
        return type(x)(map(_next, x))
    return math.nextafter(x, math.inf) if isinstance(x, float) else x


