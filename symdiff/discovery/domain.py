"""The domain rule: a gate has a value wherever its form has one.

A proof says that two functions are equal where both are defined.  That a replacement is defined at
all where the form is, is asked at the points where floats end: zeros, the least numbers, overflows
of an exponential and of a square, infinities; and a NaN has to stay one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from symdiff.discovery.rules import by_rules
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.library.entries import form_graph

_SIZES = (0.0, 1e-300, 1e-160, 1e-8, 1.0, 709.0, 711.0, 746.0, 1e160, 1e300, math.inf)
SPECIAL = tuple(s * x for x in _SIZES for s in (1.0, -1.0))


def extends(graph: Graph, form: str, params: Sequence[str]) -> bool:
    """Finite where the derivative by rules of the form is, equal to it at 0, NaN for NaN."""
    size = len(params)
    rules = by_rules(form_graph(form, params), range(size))
    nan = run(graph, math.nan, *[0.5] * (size - 1))
    return all(map(math.isnan, nan[:2])) and not lost(graph, rules, size, slice(None))


def lost(graph: Graph, rules: Graph, size: int, outputs: slice) -> int:
    """At how many special points of each parameter (infinities of the first only) the rules give
    a number that the graph does not."""
    return sum(
        not _as_finite(graph, rules, [x if j == k else 0.5 for j in range(size)], outputs)
        for k in range(size)
        for x in SPECIAL
        if k == 0 or math.isfinite(x)
    )


def _as_finite(graph: Graph, rules: Graph, point: list[float], outputs: slice) -> bool:
    try:
        wanted = run(rules, *point)[outputs]
    except (ArithmeticError, ValueError):
        return True
    try:
        found = run(graph, *point)[outputs]
    except (ArithmeticError, ValueError):
        return False
    close = 0.0 in point  # a branch at 0 is proved beside 0
    return all(
        math.isfinite(b) and (not close or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9))
        for a, b in zip(wanted, found, strict=True)
        if math.isfinite(a)
    )
