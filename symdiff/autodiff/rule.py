"""What the structured rules of the rows see of a reversal, and how little that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from symdiff.autodiff import cotangent
from symdiff.autodiff.residual import Context
from symdiff.ir.core import Block, Stmt, Value

if TYPE_CHECKING:
    from symdiff.autodiff.reverse import Reverse


class Rule:
    """What a structured rule sees: the builder, forward values, and where to put cotangents."""

    def __init__(self, reverse: Reverse, ctx: Context) -> None:
        self._reverse = reverse
        self._ctx = ctx
        self.b = reverse.b

    def value(self, v: Value) -> Value:
        return self._reverse.residuals.value(v, self._ctx)

    def before(self, stmt: Stmt, name: str, *args: Value, **attrs: Any) -> Value:
        """A forward value made for the rule's sake, in front of ``stmt``."""
        with self.b.origin(stmt.origin.with_role("tape")):
            return self.b.before(stmt, stmt.block, name, *args, **attrs)

    def wants(self, v: Value) -> bool:
        return v in self._reverse.active

    def size(self, v: Value, axis: int) -> Value:
        """The size of a forward array along an axis; the array itself is not kept for it."""
        return self._reverse.residuals.size(v, axis, self._ctx)

    def dense(self, g: Value, v: Value) -> Value:
        """The cotangent ``g`` of ``v`` in the shape of ``v``."""
        return self._reverse.dense(self._ctx, v, g)

    def undo(self, stmt: Stmt, k: int, term: Value) -> Value:
        """``term`` with the broadcasting of operand ``k`` undone."""
        return cotangent.undo(self.b, term, stmt, k, self.size)

    def undo_batch(self, v: Value, term: Value) -> Value:
        """``term`` summed over the leading axes that several matrices added to ``v``."""
        return cotangent.undo_batch(self.b, term, v, self.size)

    def total(self, g: Value, v: Value) -> Value:
        """The sum of all elements of the cotangent ``g`` of ``v``."""
        return cotangent.total(self.b, g, v, self.size)

    def add(self, v: Value, g: Value) -> None:
        self._reverse.add(self._ctx, v, g)

    def add_index(self, v: Value, g: Value, at: Sequence[Value], spec: tuple[str, ...]) -> None:
        """Add ``g`` to a part of the cotangent of the array ``v``."""
        self._reverse.add_index(self._ctx, v, g, at, spec)

    def undo_write(self, stmt: Stmt, part: Value, slot: Callable[[int], Value | None]) -> Value:
        """The cotangent of what a write spread over a part of an array.

        ``slot`` makes the size of that part along an axis, where it is known.
        """
        v, settled = stmt.args[1], self._reverse.residuals.sizes.settled

        def fills(axis: int, along: int) -> bool:
            with self.b.into(Block(stmt.block)):  # asked where the write stands, and not kept
                place = slot(along)
                mine = settled(self.b.op("shape_of", v, axis=axis))
                return place is not None and mine is settled(place)

        return cotangent.undo_write(self.b, part, v, self.size, fills)

    def add_at(self, v: Value, path: Sequence[Value], g: Value) -> None:
        self._reverse.add_at(self._ctx, v, path, g)
