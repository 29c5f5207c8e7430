"""The domain rule: a gate has a value wherever its form has one.

A proof says that two functions are equal where both are defined.  That a replacement is defined at
all where the form is, is asked at the points where floats end: zeros, the least numbers, overflows
of an exponential and of a square, infinities; and a NaN has to stay one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from symdiff.discovery.rules import by_rules
from symdiff.ir.core import Graph
from symdiff.ir.interp import PrimalError, run
from symdiff.library.entries import form_graph

_SIZES = (0.0, 1e-300, 1e-160, 1e-8, 1.0, 709.0, 711.0, 746.0, 1e160, 1e300, math.inf)
SPECIAL = tuple(s * x for x in _SIZES for s in (1.0, -1.0))
BESIDE = (0.5, 2.0)  # what the other parameters are: on either side of 1
EXTREME = tuple(s * x for x in (0.0, 1e-300, 1e160) for s in (1.0, -1.0))  # two at once


class Domain:
    """Where a derivative by rules has values, and which."""

    def __init__(self, rules: Graph, size: int) -> None:
        found = ((point, _values(rules, point)) for point in _points(size))
        self.wanted = [(point, values) for point, values in found if values is not None]

    def lost(self, graph: Graph, outputs: slice = slice(None)) -> int:
        """At how many special points the rules give a number that the graph does not."""
        return sum(not _holds(graph, point, wanted, outputs) for point, wanted in self.wanted)


def _points(size: int) -> Iterator[list[float]]:
    """Each parameter in turn (infinities of the first only), and two at once."""
    for beside in BESIDE[: 1 if size == 1 else 2]:
        for k in range(size):
            for x in SPECIAL:
                if k == 0 or math.isfinite(x):
                    yield [x if j == k else beside for j in range(size)]
    for pair in itertools.combinations(range(size), 2):
        for extreme in itertools.product(EXTREME, repeat=2):
            at = dict(zip(pair, extreme, strict=True))
            yield [at.get(j, BESIDE[0]) for j in range(size)]


def extends(graph: Graph, form: str, params: Sequence[str]) -> bool:
    """Finite where the derivative by rules of the form is, equal to it at 0, NaN for NaN."""
    size = len(params)
    nan = run(graph, math.nan, *[0.5] * (size - 1))
    domain = Domain(by_rules(form_graph(form, params), range(size)), size)
    return all(map(math.isnan, nan[:2])) and not domain.lost(graph)


def _values(graph: Graph, point: Sequence[float]) -> Sequence[float] | None:
    try:
        return run(graph, *point)
    except (ArithmeticError, ValueError, PrimalError):
        return None


def _holds(graph: Graph, point: list[float], wanted: Sequence[float], outputs: slice) -> bool:
    if not any(map(math.isfinite, wanted)):
        return True
    values = _values(graph, point)
    if values is None:  # an error of one output is one of all
        return False
    close = set(point) - {*BESIDE} == {0.0}  # a branch at 0 is proved beside 0
    return all(
        math.isfinite(b) and (not close or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9))
        for a, b in zip(wanted[outputs], values[outputs], strict=True)
        if math.isfinite(a)
    )
