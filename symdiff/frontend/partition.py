"""What a join does to cells: which of them must not be written to behind it.

At a join the *partition* of names (and of items of objects) into cells must agree on both sides,
not the cells: ``old, new = new, old`` then needs no special case. Where a list or an object is the
same memory on one side only, both it and what it was joined with are frozen: they may be read, as
values, but not written to."""

from __future__ import annotations

from collections.abc import Iterable

from symdiff.frontend.context import Heap, Lowering, Scope
from symdiff.frontend.heap import fresh_version
from symdiff.frontend.objects import reachable
from symdiff.frontend.values import USED, Abstract, Array, Cell, Obj, Ref, Struct

Shared = Ref | Array | Obj
Pair = tuple[Shared | None, Shared | None]


def freeze(
    lo: Lowering,
    pairs: dict[Pair, Cell],
    roots: Iterable[Abstract],
    objects: dict[Cell, Struct],
    into: Heap,
    sides: tuple[Heap | None, Heap | None],
) -> None:
    """Freeze what is the same memory on one side only. ``roots``: what the names hold behind the
    join; ``objects``: what the objects hold there."""
    uses: dict[tuple[int, Cell], int] = {}
    for pair in pairs:
        for k, ref in enumerate(pair):
            if ref is not None:
                uses[k, ref.cell] = uses.get((k, ref.cell), 0) + 1
    if not uses:
        return
    # a joined cell of an earlier attempt at a loop may be one of a pair: here it is the new one
    outside = {x.cell for x in reachable([*roots, *_around(lo)], objects)} - {*pairs.values()}
    for pair, cell in pairs.items():
        for k, (side, ref) in enumerate(zip(sides, pair, strict=True)):
            if side is None or ref is None:
                continue
            row = isinstance(ref, Ref) and bool(ref.path)
            row = row or (isinstance(ref, Array) and bool(ref.views))
            if row or uses[k, ref.cell] > 1 or ref.cell in outside:
                _freeze(into, cell, ref, pair)
            inherit(into, side, ref.cell, cell)


def _around(lo: Lowering) -> list[Abstract]:
    """What callers and enclosing functions hold."""
    found: list[Abstract] = []
    scopes: list[Scope | None] = [*lo.suspended, lo.scope.parent]
    for scope in scopes:
        while scope is not None:
            found += scope.vars.values()
            scope = scope.parent
    return found


def _freeze(into: Heap, cell: Cell, ref: Shared, pair: Pair) -> None:
    names = " or ".join(dict.fromkeys(_named(r.cell, r) for r in pair if r is not None))
    kind = _kind(ref)
    why = f"which {kind} it is, {names}, depends on the path taken"
    into.frozen[cell] = why
    if isinstance(ref, Ref) and ref.path:
        into.held[cell] = into.held.get(cell, frozenset()) | {ref.cell}
    else:
        into.frozen[ref.cell] = why


def _kind(x: Shared) -> str:
    return "list" if isinstance(x, Ref) else "array" if isinstance(x, Array) else "object"


def _named(cell: Cell, x: Shared) -> str:
    kind = "one" if isinstance(x, Obj) else _kind(x)
    return f"'{cell.name}'" if cell.name else f"another {kind}"


def inherit(into: Heap, source: Heap, old: Cell, new: Cell) -> None:
    """What was forbidden with one cell is forbidden with the cell that it becomes."""
    for target, marks in (
        (into.frozen, source.frozen),
        (into.inner, source.inner),
        (into.stale, source.stale),
        (into.unordered, source.unordered),
    ):
        if old in marks:
            target.setdefault(new, marks[old])
    if old in source.held:
        into.held[new] = into.held.get(new, frozenset()) | source.held[old]


def join_marks(into: Heap, left: Heap | None, right: Heap | None, closed: bool) -> None:
    """Marks of either side hold after the join; ``closed``: of an ``if``, not at a loop's head."""
    sides = [h for h in (left, right) if h is not None]
    for heap in sides:
        for cell in (*into.values, *into.objects):
            inherit(into, heap, cell, cell)
    streams = {s for h in sides for s in h.taken} if closed else set(into.taken)
    for stream in streams:
        counts = {h.taken[stream] for h in sides if stream in h.taken}
        into.taken[stream] = counts.pop() if len(counts) == 1 else USED
    for cell in into.values:
        versions = {h.version.get(cell, 0) for h in sides}
        if len(versions) > 1:
            into.version[cell] = fresh_version()
        elif versions != {0} and versions:
            into.version[cell] = versions.pop()
