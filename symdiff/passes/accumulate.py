"""Sums added to in place: ``dW += t`` for ``dW = dW + t``.

In: a graph before ``inplace``. Out: the same with ``update`` for the elementwise operations whose
first operand is what a loop carries and whose result it carries on, and for sums of cotangents that
grow under one name; where the result has the shape and dtype of that operand, and only where no
copy is needed for it, so that the old array is nobody's any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import is_memory
from symdiff.ir.walk import Cloner, like, statements
from symdiff.ops.array_index import SIGNS
from symdiff.ops.attempt import protected_statements
from symdiff.passes.ownership import Ownership
from symdiff.passes.regions import carry


def accumulate(graph: Graph, split: int | None = None) -> Graph:
    """The graph with ``update`` where a loop's array may change in place."""
    order = statements(graph.body)
    found = {s for s in order if s.op.name in SIGNS and is_memory(s.results[0].type) and _grows(s)}
    for loop in order:
        if loop.op.region and loop.op.name != "if":
            found.update(_sums(loop))
    found -= protected_statements(graph)
    if not found:
        return graph
    new, made = _updating(graph, found)
    analysis = Ownership(new, split)
    analysis.solve()
    copied = analysis.copies()
    loops = {loop for loop, slot in copied if loop.op.region}
    dear = {s for s, update in made.items() if (update, 0) in copied or _within(update, loops)}
    if analysis.parts:  # what is read and kept would be copied for a write
        dear |= {s for s in found if _grows(s)}
    if not dear:
        return new
    kept = found - dear
    return _updating(graph, kept)[0] if kept else graph


def _grows(stmt: Stmt) -> bool:
    """Whether a cotangent is added to under its own name."""
    if stmt.op.name not in ("add", "sub") or stmt.origin.role == "primal":
        return False
    x, result = stmt.args[0], stmt.result
    return bool(result.hint) and x.hint == result.hint and is_memory(x.type) and (
        x.type == result.type and x is not stmt.args[1]
    )


def _within(update: Stmt, loops: set[Stmt]) -> bool:
    """Whether the copy that a loop starts from would be for this update."""
    return any(
        carry(loop, k)[1][-1] is update.args[0]
        for loop in loops
        for k in range(loop.attrs["carries"])
    )


def _sums(loop: Stmt) -> list[Stmt]:
    """The operations that make what a loop carries on out of what it carries."""
    found = []
    for k in range(loop.attrs["carries"]):
        _, params, again, _ = carry(loop, k)
        stmt = again.stmt
        if stmt is None or stmt.block is not loop.blocks[-1] or stmt.op.name not in SIGNS:
            continue
        if is_memory(again.type) and _first(stmt, params[-1]) is not None:
            found.append(stmt)
    return found


def _first(stmt: Stmt, param: Value) -> Value | None:
    """The other operand, if the carried array is the first (or the operation commutes)."""
    x, y = stmt.args
    if x.type == stmt.result.type and x is param and y is not param:
        return y
    swapped = y is param and x is not param and y.type == stmt.result.type
    return x if swapped and stmt.op.name in ("add", "mul") else None


def _updating(graph: Graph, chosen: set[Stmt]) -> tuple[Graph, dict[Stmt, Stmt]]:
    new = like(graph)
    made: dict[Stmt, Stmt] = {}

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt not in chosen:
            return None
        x, y = stmt.args
        if not _grows(stmt) and x not in stmt.block.params:
            x, y = y, x
        b = cloner.builder
        value = b.op("update", cloner[x], cloner[y], hint=stmt.result.hint, how=stmt.op.name)
        assert value.stmt is not None
        made[stmt] = value.stmt
        return (value,)

    cloner = Cloner(Builder(new), rewrite)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new, made
