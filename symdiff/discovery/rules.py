"""The derivative by rules of a gate's graph: what a search starts from and has to improve."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.autodiff import transform
from symdiff.autodiff.residual import NO_RECOMPUTE
from symdiff.ir.core import Graph
from symdiff.passes.branches import merge_branches
from symdiff.passes.dce import dce
from symdiff.passes.expand import expand
from symdiff.passes.factor import factor
from symdiff.passes.facts import decide
from symdiff.passes.fuse import fuse
from symdiff.passes.strength import reduce_strength


def by_rules(graph: Graph, wrt: Sequence[int] = (0,)) -> Graph:
    """``(x, ...) -> (value, partials...)`` by reverse mode alone, operation by operation."""
    places = transform.locate(graph, [(k,) for k in wrt], len(wrt) == 1)
    derived = transform.gradient(graph, places, NO_RECOMPUTE, value=True)
    return dce(decide(dce(reduce_strength(dce(derived.graph, derived.checks)))))


def as_written(graph: Graph, wrt: Sequence[int], level: str) -> Graph:
    """The same as the driver makes it at a granularity: what a gate is compared with."""
    places = transform.locate(graph, [(k,) for k in wrt], len(wrt) == 1)
    primal = dce(fuse(graph)) if level == "fused" else graph
    derived = transform.gradient(primal, places, value=True)
    return lowered(factor(dce(derived.graph, derived.checks)))


def lowered(graph: Graph) -> Graph:
    """Gates expanded, branches on one condition merged, as in what is emitted."""
    graph = dce(reduce_strength(expand(graph)))
    return dce(decide(dce(merge_branches(graph))))
