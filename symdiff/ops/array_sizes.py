"""Sizes that a loop does not change: those of arrays that it writes to, or makes anew alike.

A size folds to one of the earliest array that has it; at a loop's head that ends, since the body
may carry any array on. Here the body is finished, and it is asked: if what is carried on has the
sizes of what came in, as far as sizes are known from sizes, then they are those from before the
loop, inside it and behind it.
"""

from __future__ import annotations

from collections.abc import Hashable

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ops.array_shapes import size_along
from symdiff.ops.array_types import dims_of

_DEEPEST = 40  # ints that one size is computed from

Place = tuple[int, int]  # a carry and an axis of it


class LoopSizes:
    """Where sizes come from; a loop is looked at once, so it must be finished."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.still: dict[Stmt, set[Place]] = {}
        self.open: list[Stmt] = []  # loops that are being looked at

    def source(self, v: Value, axis: int) -> Value:
        """The earliest array that has the size of ``v`` along ``axis``, if ``v`` is carried."""
        while True:
            found = _carry(v)
            if found is None:
                return v
            loop, k = found
            if (k, axis) not in self._unchanged(loop):
                return v
            v = _init(loop, k)

    def settled(self, size: Value) -> Value:
        """The same int, from the earliest arrays; made in the builder's current block."""
        stmt = size.stmt
        if stmt is None or size.is_const() or stmt.op.region or stmt.op.effect:
            return size
        if stmt.op.name == "shape_of":
            array, axis = stmt.args[0], stmt.attrs["axis"]
            source = self.source(array, axis)
            return size if source is array else self.settled(size_along(self.b, source, axis))
        args = [self.settled(a) for a in stmt.args]
        if all(new is old for new, old in zip(args, stmt.args, strict=True)):
            return size
        return self.b.op(stmt.op.name, *args, **stmt.attrs)

    def _unchanged(self, loop: Stmt) -> set[Place]:
        known = self.still.get(loop)
        if known is not None:
            return known
        self.still[loop] = places = {
            (k, axis)
            for k in range(loop.attrs["carries"])
            for axis in range(len(dims_of(_init(loop, k).type)))
        }  # all, until the body says otherwise
        self.open.append(loop)
        changed = True
        while changed:
            changed = False
            for k, axis in sorted(places):
                again = loop.blocks[-1].yields[k + bool(loop.attrs["exits"])]
                if not dims_of(again.type) or self._key(again, axis) != self._key(
                    _init(loop, k), axis
                ):
                    places.discard((k, axis))
                    changed = True
                    for other in [s for s in self.still if s not in self.open]:
                        del self.still[other]  # it may have relied on what was assumed here
        self.open.pop()
        return places

    def _key(self, v: Value, axis: int) -> Hashable:
        with self.b.into(Block(v.block)):
            return self._of(size_along(self.b, v, axis), _DEEPEST)

    def _of(self, size: Value, depth: int) -> Hashable:
        """What a size is computed from; equal for equal sizes."""
        stmt = size.stmt
        if size.is_const():
            return int(size.constant)
        if stmt is None or depth == 0 or stmt.op.region:
            return id(size)
        if stmt.op.name != "shape_of":
            if not stmt.args or stmt.op.effect:
                return id(size)
            parts = tuple(self._of(a, depth // 2) for a in stmt.args)
            return (stmt.op.name, *parts, *sorted(stmt.attrs.items()))
        array, axis = stmt.args[0], stmt.attrs["axis"]
        source = self.source(array, axis)
        if source is array:
            return id(array), axis
        return self._key(source, axis)


def _carry(v: Value) -> tuple[Stmt, int] | None:
    """The loop that carries ``v`` (as a parameter or a result), and which carry it is."""
    stmt = v.stmt
    if stmt is not None:
        loop = stmt.op.name in ("for", "while") and v.index < stmt.attrs["carries"]
        return (stmt, v.index) if loop else None
    owner = v.block.owner
    if owner is None or owner.op.name not in ("for", "while"):
        return None
    k = v.index - (1 if owner.op.name == "for" else 0)
    return (owner, k) if 0 <= k < owner.attrs["carries"] else None


def _init(loop: Stmt, k: int) -> Value:
    return loop.args[k + (3 if loop.op.name == "for" else 0)]
