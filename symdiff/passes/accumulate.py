"""Sums added to in place: ``dW += t`` for ``dW = dW + t``; temporaries where they end.

In: a graph before ``inplace``. Out: the same with ``update`` for the elementwise operations whose
first operand is what a loop carries and whose result it carries on, and for sums of cotangents that
grow under one name; where the result has the shape and dtype of that operand, and only where no
copy is needed for it, so that the old array is nobody's any more.

An array without a name that is read more than once, the last time by an elementwise operation, has
a line of its own as it is: the result takes its place (``t /= 1.0 + u``) instead of new memory,
which at some thousand elements takes as long as the operation.  What nothing else reads is left
nested: NumPy sees for itself that such an operand may be written to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import is_memory
from symdiff.ir.walk import Cloner, blocks, like, statements
from symdiff.ops.array_index import SIGNS
from symdiff.ops.array_types import dims_of
from symdiff.ops.attempt import protected_statements
from symdiff.passes.ownership import Ownership, is_view
from symdiff.passes.regions import carry

UNNAMED = ("", "t")  # what gates call their exponential


def accumulate(graph: Graph, split: int | None = None) -> Graph:
    """The graph with ``update`` where a loop's array may change in place."""
    order = statements(graph.body)
    found = {s: 0 for s in order if _grows(s)}
    for loop in order:
        if loop.op.region and loop.op.name != "if":
            found.update(_sums(loop))
    for stmt in protected_statements(graph):
        found.pop(stmt, None)
    found = _reuses(graph, order) | found
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
    kept = {s: slot for s, slot in found.items() if s not in dear}
    return _updating(graph, kept)[0] if kept else graph


def _grows(stmt: Stmt) -> bool:
    """Whether a cotangent is added to under its own name."""
    if stmt.op.name not in ("add", "sub") or stmt.origin.role == "primal":
        return False
    if not is_memory(stmt.results[0].type):
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


def _sums(loop: Stmt) -> dict[Stmt, int]:
    """The operations that make what a loop carries on out of what it carries, and which operand
    that is."""
    found = {}
    for k in range(loop.attrs["carries"]):
        _, params, again, _ = carry(loop, k)
        stmt = again.stmt
        if stmt is None or stmt.block is not loop.blocks[-1] or stmt.op.name not in SIGNS:
            continue
        slot = _slot(stmt, params[-1]) if is_memory(again.type) else None
        if slot is not None:
            found[stmt] = slot
    return found


def _slot(stmt: Stmt, old: Value) -> int | None:
    """Which operand an array is, if it is the first (or the operation commutes) and the only."""
    x, y = stmt.args
    if old.type != stmt.result.type or x is y:
        return None
    if x is old:
        return 0
    return 1 if y is old and stmt.op.name in ("add", "mul") else None


def _reuses(graph: Graph, order: Sequence[Stmt]) -> dict[Stmt, int]:
    """The operations that are the last to read a temporary, and which operand that is."""
    if not any(s.on_arrays for s in order):
        return {}
    users = _users(graph, order)
    found: dict[Stmt, int] = {}
    for stmt in order:
        if stmt.op.name not in SIGNS or not stmt.results:
            continue
        result = stmt.result
        handed_back = stmt.block is graph.body and all(u is None for u in users.get(result, ()))
        for x in stmt.args:
            slot = _slot(stmt, x)
            if slot is None or (result.hint and not (handed_back and x.stmt in found)):
                continue  # a name is worth more than an array, but at a chain's end
            if _ends(x, stmt, users.get(x, []), found):
                found[stmt] = slot
                break
    return found


def _users(graph: Graph, order: Sequence[Stmt]) -> dict[Value, list[Stmt | None]]:
    """Who reads each value, in order; None for the end of a block."""
    found: dict[Value, list[Stmt | None]] = {}
    for stmt in order:
        for a in stmt.args:
            found.setdefault(a, []).append(stmt)
    for block in blocks(graph.body):
        for v in block.yields:
            found.setdefault(v, []).append(None)
    return found


def _ends(
    x: Value, stmt: Stmt, users: Sequence[Stmt | None], found: Mapping[Stmt, int]
) -> bool:
    """Whether an array that has a line and no name of its own is read here for the last time, and
    never as a view."""
    made = x.stmt
    if made is None or x.hint not in UNNAMED or not _is_temporary(made, x):
        return False
    if users[-1] is not stmt or (len(users) == 1 and made not in found):
        return False
    return all(
        u is not None and u.block is made.block and not u.op.region and not is_view(u)
        and is_memory(u.results[0].type)
        for u in users
    )


def _is_temporary(made: Stmt, x: Value) -> bool:
    """Whether an elementwise operation makes it, with as many elements as operands say."""
    dims = dims_of(x.type)
    plain = made.op.partials and not made.op.region and not made.op.effect
    return bool(plain and dims and "?" not in dims and not is_view(made))


def _updating(graph: Graph, chosen: Mapping[Stmt, int]) -> tuple[Graph, dict[Stmt, Stmt]]:
    new = like(graph)
    made: dict[Stmt, Stmt] = {}

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt not in chosen:
            return None
        x, y = stmt.args if chosen[stmt] == 0 else stmt.args[::-1]
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
