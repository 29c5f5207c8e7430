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
from symdiff.ir.types import ListType, is_memory
from symdiff.ir.walk import Cloner, like, operations, statements
from symdiff.passes.ownership import Ownership, has_list, is_view

DEEP = ("list_copy", "zeros_like", "add_lists", "widen", "fold_repeat")  # new at every depth
VIEWS = ("getitem", "tuple_get", "tape_get", "call", "pack_tape")  # may be what they read
AGAIN = ("make_list", "list_fill", "full")  # cheaper to make anew than to copy
ALIKE = ("full_like", "zeros_like")  # those too, if it is arrays: of the operand only the shape


def inplace(
    graph: Graph, split: int | None = None, *, copy_all: bool = False, results: bool = True
) -> Graph:
    """The graph with copies where in-place operations need them.

    ``split`` counts the inputs of the value: statements that depend on later ones form a pullback
    that may run many times and writes
    to nothing made outside it.  ``copy_all`` copies before every in-place operation (the plain
    meaning, for tests).  ``results`` are copied where they are not memory of their own; those of a
    callee need not be, since its caller never writes to them.
    """
    new = _written(graph, split, copy_all)
    return _owned(new) if results else new


def _written(graph: Graph, split: int | None, copy_all: bool) -> Graph:
    if not any("inplace" in op.tags for op in operations(graph)):
        return graph
    shared = _shared(graph)
    if shared:
        graph = _rewritten(graph, shared, set())
    analysis = Ownership(graph, split)
    if copy_all:
        copies = {(stmt, 0) for stmt in analysis.writes}
    else:
        analysis.solve()
        copies = analysis.copies()
    parts = analysis.parts
    return _rewritten(graph, copies, parts) if copies or parts else graph


def _shared(graph: Graph) -> set[tuple[Stmt, int]]:
    """Operands that are written to, or carried by a loop, and that others are too: each but the
    first shall be made anew, which costs what a copy would, and is nobody else's memory.
    """
    found: set[tuple[Stmt, int]] = set()
    taken: set[Value] = set()
    for stmt in statements(graph.body):
        looped = stmt.op.name in ("for", "while")
        if not looped and "inplace" not in stmt.op.tags:
            continue
        for slot, arg in enumerate(stmt.args if looped else stmt.args[:1]):
            if arg.stmt is None or not is_memory(arg.type) or not _is_made(arg.stmt):
                continue
            if arg in taken:
                found.add((stmt, slot))
            taken.add(arg)
    return found


# -- results -------------------------------------------------------------------------------------


def _owned(graph: Graph) -> Graph:
    """Results that are memory of their own: a caller who changes one changes no other, and no
    argument.
    """
    builder = Builder(graph)
    given: set[Value] = set(graph.inputs)
    for k, v in enumerate(graph.outputs):
        if not has_list(v.type):
            continue
        sources = _sources(v, {})
        if not sources.isdisjoint(given):
            graph.body.yields[k] = _copied(builder, v, None)
        given |= sources
    return graph


def _sources(v: Value, known: dict[Value, set[Value]]) -> set[Value]:
    """The values whose memory ``v`` may be."""
    found = known.get(v)
    if found is not None:
        return found
    stmt = v.stmt
    known[v] = found = {v}
    if stmt is None:
        return found
    if not stmt.op.region:
        parts = _parts(stmt, v)
    elif stmt.op.name == "if":
        parts = [b.yields[v.index] for b in stmt.blocks]
    else:
        carries, body = stmt.attrs["carries"], stmt.blocks[-1]
        parts = [body.yields[v.index + bool(stmt.attrs["exits"])]]
        if v.index < carries:
            parts.append(stmt.args[len(stmt.args) - carries + v.index])
            known[body.params[len(body.params) - carries + v.index]] = found
    for part in parts:
        if has_list(part.type):
            found |= _sources(part, known)
    return found


def _parts(stmt: Stmt, v: Value) -> list[Value]:
    """The operands that the result, or a row of it, may be."""
    if stmt.op.name in DEEP or stmt.op.parts:
        return []
    if is_memory(v.type):
        return list(stmt.args[:1]) if is_view(stmt) else []
    if stmt.op.name in VIEWS or "inplace" in stmt.op.tags:
        return list(stmt.args)
    nested = not isinstance(v.type, ListType) or has_list(v.type.elem)
    return list(stmt.args) if nested else []


# -- the new graph -------------------------------------------------------------------------------


def _rewritten(graph: Graph, copies: set[tuple[Stmt, int]], parts: set[Stmt]) -> Graph:
    """The graph with operands copied, and parts of arrays that are read before a write."""
    new = like(graph)
    places: dict[Stmt, list[int]] = {}
    for stmt, slot in copies:
        places.setdefault(stmt, []).append(slot)
    for slots in places.values():
        slots.sort()

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt in parts:
            read = cloner.plain(stmt, cloner.all(stmt.args))
            return (_copied(cloner.builder, read, None),)
        if stmt in alone:
            again = cloner.builder._append(stmt.op, tuple(cloner.all(stmt.args)), stmt.attrs, ())
            again.result.hint = stmt.result.hint
            return again.results
        slots = places.get(stmt)
        if slots is None:
            return None
        for slot in slots:
            original = cloner[stmt.args[slot]]
            copied[stmt, slot] = _copied(cloner.builder, original, stmt, slot)
        args = [copied.get((stmt, k)) or cloner[a] for k, a in enumerate(stmt.args)]
        builder = cloner.builder
        if not stmt.op.region:
            result = builder.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
            return (result,)
        children = [cloner.block(child) for child in stmt.blocks]
        types, hints = [r.type for r in stmt.results], [r.hint for r in stmt.results]
        return builder.region(stmt.op.name, args, stmt.attrs, children, types, hints).results

    copied: dict[tuple[Stmt, int], Value] = {}
    alone = {s for s in statements(graph.body) if not s.op.region and s.results and _is_made(s)
             and is_memory(s.result.type)}  # those that are equal stay apart
    cloner = Cloner(Builder(new), rewrite)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new


def _is_made(made: Stmt) -> bool:
    """Whether the same can be made again where it is to be copied."""
    if made.op.name in ALIKE:
        return is_memory(made.result.type)
    return made.op.name in AGAIN and not any(has_list(a.type) for a in made.args)


def _copied(builder: Builder, value: Value, user: Stmt | None, slot: int = 0) -> Value:
    """A copy that is never shared with another: each is memory of its own."""
    made = value.stmt
    if made is not None and _is_made(made):
        again = builder._append(made.op, made.args, made.attrs, ())
    else:
        again = builder._append(OPS["list_copy"], (value,), {}, ())
    again.result.hint = value.hint
    if user is not None:  # called as what is written, or carried
        k = slot - (3 if user.op.name == "for" else 0) if user.op.region else 0
        again.result.hint = user.results[k].hint or (value.hint if user.op.region else "")
    return again.result
