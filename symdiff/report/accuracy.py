"""How far a gradient is from the sound reference.

The error is relative to the reference.  What a change of the arguments by a few units in the last
place explains is not the gradient's fault (a zero crossing, the sine of a large number), so there
the error is counted in such units; and a derivative that is zero identically is compared with the
size of the terms that cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.ir.core import Graph
from symdiff.ir.types import is_differentiable
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.oracle import INFINITE, STEPS, UNRESOLVED, Partial, Reference, reference

EPS = 2.0**-52
_SUSPECT = 1e-12
_ILL = 1e-6
_ULPS = 8.0
TINY = 2.0**-1022  # below, floats have fewer digits: errors are counted in units of the smallest


@dataclass(slots=True)
class Accuracy:
    """Of a set of points: how many were judged, the largest error, and at how many the gradient was
    no number or raised."""

    points: int = 0
    bad: int = 0
    worst: float = 0.0
    where: str = ""


def scale_of(found: float, partial: Partial, nearby: Callable[[], Partial | None]) -> float:
    """What an error of ``found`` is to be divided by."""
    true = partial.value
    if found == true:
        return 1.0
    if true != 0 and abs(found - true) <= _SUSPECT * abs(true):
        return abs(true)
    other = nearby()
    change = abs(other.value - true) if other is not None and math.isfinite(other.value) else 0.0
    if change > _ILL * abs(true) or abs(found - true) <= _ULPS * change:
        return max(abs(true), change / EPS)
    return abs(true) if true != 0 else partial.size or 1.0


def error_of(found: float, partial: Partial, nearby: Callable[[], Partial | None]) -> float:
    """The (conditioned) relative error of one partial; infinity for a NaN or a wrong infinity."""
    if partial.status == INFINITE:
        return 0.0 if math.isinf(found) else math.inf
    if found == partial.value:
        return 0.0
    if not math.isfinite(found) or not math.isfinite(partial.value):
        return math.inf
    return abs(found - partial.value) / max(scale_of(found, partial, nearby), TINY)


class Judge:
    """The reference at one point, and on demand at its neighbour."""

    how = "interval arithmetic of growing precision"

    def __init__(
        self, graph: Graph, leaves: Sequence[Any], wrt: Sequence[int], steps: int = STEPS
    ) -> None:
        self.graph = graph
        self.leaves = leaves
        self.wrt = wrt
        self.steps = steps
        self.here: Reference = reference(graph, leaves, wrt, steps=steps)
        self._near: Reference | None = None
        self._asked = False

    def errors(self, found: Sequence[float]) -> list[float]:
        """One error per partial; NaN where the reference is unresolved."""
        partials = self.here.partials
        if len(found) != len(partials):
            raise ValueError(f"{len(found)} partials where {len(partials)} are expected")
        return [
            math.nan if p.status == UNRESOLVED else error_of(x, p, lambda k=k: self.nearby(k))  # type: ignore[misc]
            for k, (x, p) in enumerate(zip(found, partials, strict=True))
        ]

    def partial(self, k: int) -> Partial | None:
        """The reference of one partial, if there is one."""
        found = self.here.partials[k]
        return None if found.status == UNRESOLVED else found

    def error(self, output: int, found: float) -> float:
        """The error of the value (0) or of a partial (1, 2, ...) alone."""
        if output:
            p = self.here.partials[output - 1]
            return error_of(found, p, lambda: self.nearby(output - 1))
        true = self.here.value
        if found == true:
            return 0.0
        scale = max(abs(true), TINY) if true else 1.0
        return abs(found - true) / scale if math.isfinite(found) else math.inf

    def nearby(self, k: int) -> Partial | None:
        """The same partial one unit in the last place of every argument away."""
        if not self._asked:
            self._asked = True
            types = [v.type for v in self.graph.inputs]
            leaves = [
                _next(x) if is_differentiable(t) else x
                for x, t in zip(self.leaves, types, strict=True)
            ]
            try:
                self._near = reference(self.graph, leaves, self.wrt, steps=self.steps)
            except (OutOfDomain, Unresolved):
                self._near = None
        return None if self._near is None else self._near.partials[k]


def _next(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(map(_next, x))
    return math.nextafter(x, math.inf) if isinstance(x, float) else x
