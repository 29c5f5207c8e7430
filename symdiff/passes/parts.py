"""Parts of decompositions as elements of the tuples that NumPy returns.

A rule speaks of ``eigh_values(x, parts)``, through whose first operand derivatives flow; when
nothing is differentiated any more it is ``parts[0]``.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, operations, rebuild


def take_parts(graph: Graph) -> Graph:
    """The graph with every part read from its tuple."""
    if all(op.part is None for op in operations(graph)):
        return graph
    return rebuild(graph, _rewrite)


def _rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    if stmt.op.part is None:
        return None
    found = cloner.builder.op("tuple_get", cloner[stmt.args[-1]], index=stmt.op.part)
    if stmt.result.hint and not found.hint:
        found.hint = stmt.result.hint
    return (found,)
