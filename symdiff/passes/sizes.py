"""Sizes of arrays that loops carry, read from before the loop: no reason to keep anything.

In: any graph. Out: the same, ``shape_of`` of what a loop carries being ``shape_of`` of what it
started from wherever the loop does not change it, so that later code sees equal sizes to be equal,
and a tape of sizes is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, like, statements
from symdiff.ops.array_sizes import LoopSizes


def settle_sizes(graph: Graph) -> Graph:
    """The graph with sizes of carried arrays taken from where they are known first."""
    asked = [s for s in statements(graph.body) if s.op.name == "shape_of"]
    sizes = LoopSizes(Builder(graph))
    moved = {}
    for stmt in asked:
        source = sizes.source(stmt.args[0], stmt.attrs["axis"])
        if source is not stmt.args[0]:
            moved[stmt] = source
    if not moved:
        return graph
    new = like(graph)

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        source = moved.get(stmt)
        if source is None:
            return None
        return (cloner.builder.op("shape_of", cloner[source], axis=stmt.attrs["axis"]),)

    cloner = Cloner(Builder(new), rewrite)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new
