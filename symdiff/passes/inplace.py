"""The last pass: where an operation on a list may write into its operand, and copies where it may
not.

``set_at``, ``append`` and their like are values; after this pass each may be emitted
destructively, because its first operand is memory that the function owns and that nobody reads
afterwards.  Where that cannot be shown a ``list_copy`` stands before it; where a loop writes to
what it carries, the copy stands before the loop.  Ownership is worked out in :mod:`ownership`.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.walk import Cloner, like
from symdiff.passes.ownership import Ownership, has_list

AGAIN = ("make_list", "list_fill")  # cheaper to make anew than to copy


def inplace(graph: Graph, split: int | None = None, *, copy_all: bool = False) -> Graph:
    """The graph with copies where in-place operations need them.

    ``split`` counts the inputs of the value: statements that depend on later ones form a pullback
    that may run many times and writes
    to nothing made outside it.  ``copy_all`` copies before every in-place operation (the plain
    meaning, for tests).
    """
    analysis = Ownership(graph, split)
    if not analysis.writes:
        return graph
    if copy_all:
        copies = {(stmt, 0) for stmt in analysis.writes}
    else:
        analysis.solve()
        copies = analysis.copies()
    return _rewritten(graph, copies) if copies else graph


# -- the new graph -------------------------------------------------------------------------------


def _rewritten(graph: Graph, copies: set[tuple[Stmt, int]]) -> Graph:
    new = like(graph)
    places: dict[Stmt, list[int]] = {}
    for stmt, slot in copies:
        places.setdefault(stmt, []).append(slot)
    for slots in places.values():
        slots.sort()

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        slots = places.get(stmt)
        if slots is None:
            return None
        for slot in slots:
            original = cloner[stmt.args[slot]]
            copied[stmt, slot] = _copied(cloner.builder, original, stmt)
        args = [copied.get((stmt, k)) or cloner[a] for k, a in enumerate(stmt.args)]
        builder = cloner.builder
        if not stmt.op.region:
            result = builder.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
            return (result,)
        children = [cloner.block(child) for child in stmt.blocks]
        types, hints = [r.type for r in stmt.results], [r.hint for r in stmt.results]
        return builder.region(stmt.op.name, args, stmt.attrs, children, types, hints).results

    copied: dict[tuple[Stmt, int], Value] = {}
    cloner = Cloner(Builder(new), rewrite)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new


def _copied(builder: Builder, value: Value, user: Stmt) -> Value:
    """A copy that is never shared with another: each is memory of its own."""
    made = value.stmt
    if made is not None and made.op.name in AGAIN and not any(has_list(a.type) for a in made.args):
        again = builder._append(made.op, made.args, made.attrs, ())
    else:
        again = builder._append(OPS["list_copy"], (value,), {}, ())
    again.result.hint = user.results[0].hint if not user.op.region else value.hint
    return again.result
