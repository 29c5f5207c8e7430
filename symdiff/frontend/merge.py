"""Joins: what a name holds after an ``if``, and at the head of a loop.

Two states are unified name by name into a *template* in which each number that differs is a hole;
the holes are what the region yields. Lists join by cells: the partition of names into cells must
agree on both sides, otherwise the lists concerned are frozen (they may be read, as values, but not
written to)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from symdiff.frontend.context import RETURN, Heap, Lowering, State
from symdiff.frontend.heap import fresh_version, read, retype
from symdiff.frontend.values import (
    UNBOUND,
    Abstract,
    Cell,
    Clash,
    Closure,
    Const,
    Hole,
    Maybe,
    Ref,
    Struct,
    Unbound,
    describe,
    refs,
)
from symdiff.ir.core import Block, Value
from symdiff.ir.types import FLOAT, ListType, TupleType, Type, join, list_of

Pair = tuple[Ref | None, Ref | None]


@dataclass(slots=True)
class Leaf:
    """One hole: its type and the value from each side (None: undefined there)."""

    type: Type
    left: Value | None
    right: Value | None
    hint: str = ""


@dataclass(slots=True)
class Side:
    """A state and the block in which its values can be made; None where the side is never left."""

    state: State
    block: Block


@dataclass(slots=True)
class Join:
    """The unification of two sides; ``forced`` names get holes even where both sides agree."""

    lo: Lowering
    left: Side | None
    right: Side | None
    node: ast.AST
    forced: frozenset[str] = frozenset()
    forced_cells: frozenset[Cell] = frozenset()
    live: frozenset[str] | None = None  # names that matter behind the join; None: all
    leaves: list[Leaf] = field(default_factory=list)
    pairs: dict[Pair, Cell] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)  # names of lists that got a cell of the join
    cell_holes: dict[Cell, Abstract] = field(default_factory=dict)
    reuse: list[Cell] = field(
        default_factory=list
    )  # joined cells of an earlier attempt at the same join

    # -- names -------------------------------------------------------------------------------------

    def unify(
        self, a: Abstract | None, b: Abstract | None, name: str, force: bool = False
    ) -> Abstract:
        """The template that stands for ``a`` on the left and ``b`` on the right (None: no value
        needed)."""
        if a is None and b is None:
            return UNBOUND
        if (
            (a is b or a == b)
            and a is not None
            and not (force and isinstance(a, (Value, Struct, Closure, Maybe)))
        ):
            return a
        if a is None or b is None:
            return self._one(a, b, name, force)
        a, b = self._number(a, b), self._number(b, a)
        if isinstance(a, Maybe) or isinstance(b, Maybe):
            return self._maybe(a, b, name, force)
        if isinstance(a, Value) and isinstance(b, Value):
            return self._leaf(a, b, name, force)
        if isinstance(a, Ref) and isinstance(b, Ref):
            return self._ref(a, b, name)
        if (
            isinstance(a, Struct)
            and isinstance(b, Struct)
            and (a.kind, a.keys, a.cls) == (b.kind, b.keys, b.cls)
        ):
            return self._struct(a, b, False, False, name)
        if isinstance(a, Closure) and a.same_code(b):
            return self._closure(a, b, False, False, name)
        return self._other(a, b, name)

    def _one(self, a: Abstract | None, b: Abstract | None, name: str, force: bool) -> Abstract:
        """The template where one side needs no value."""
        one = b if a is None else a
        assert one is not None
        if isinstance(one, Struct):
            return self._struct(one, one, a is None, b is None, name)
        if isinstance(one, Closure):
            return self._closure(one, one, a is None, b is None, name)
        if isinstance(one, Value):
            return self._leaf(a, b, name, force)  # type: ignore[arg-type]
        if isinstance(one, Ref):
            return self._ref(a, b, name)  # type: ignore[arg-type]
        if isinstance(one, Maybe):
            blank = (None if a is None else one.value, None if b is None else one.value)
            return self.unify(*blank, name, force)
        return one

    def _number(self, x: Abstract, other: Abstract) -> Abstract:
        """Text that differs between the sides becomes a graph value."""
        if isinstance(x, Const) and isinstance(x.value, str) and x != other:
            return self.lo.builder.const(x.value)
        return x

    def _other(self, a: Abstract, b: Abstract, name: str) -> Abstract:
        for x in (a, b):
            if isinstance(x, Clash):
                return x
        if isinstance(a, Unbound) or isinstance(b, Unbound):
            return Unbound(
                "it has no value on one of the paths that join at line "
                f"{getattr(self.node, 'lineno', 0)}"
            )
        subject = _subject(name)
        return Clash(f"{subject} is a {describe(a)} on one path and a {describe(b)} on another")

    def _maybe(self, a: Abstract, b: Abstract, name: str, force: bool) -> Abstract:
        const = self.lo.builder.const
        if isinstance(a, Unbound) and not isinstance(b, Unbound):
            a = Maybe(UNBOUND, const(False))
        if isinstance(b, Unbound) and not isinstance(a, Unbound):
            b = Maybe(UNBOUND, const(False))
        x, p = (a.value, a.bound) if isinstance(a, Maybe) else (a, const(True))
        y, q = (b.value, b.bound) if isinstance(b, Maybe) else (b, const(True))
        value = self.unify(
            None if isinstance(x, Unbound) else x,
            None if isinstance(y, Unbound) else y,
            name,
            force,
        )
        return Maybe(value, self._leaf(p, q, "", force))  # type: ignore[arg-type]

    def _struct(self, a: Struct, b: Struct, no_left: bool, no_right: bool, name: str) -> Struct:
        items = tuple(
            self.unify(None if no_left else x, None if no_right else y, name, name in self.forced)
            for x, y in zip(a.items, b.items, strict=True)
        )
        return Struct(a.kind, a.keys, items, a.cls)

    def _closure(self, a: Closure, b: Closure, no_left: bool, no_right: bool, name: str) -> Closure:
        defaults = {
            key: self.unify(
                None if no_left else x,
                None if no_right else b.defaults[key],
                key,
                name in self.forced,
            )
            for key, x in a.defaults.items()
        }
        return Closure(a.node, a.scope, a.name, defaults)

    def _leaf(self, a: Value | None, b: Value | None, name: str, force: bool) -> Abstract:
        one = a if a is not None else b
        assert one is not None
        if (a is None or b is None) and not force and self.lo.builder.block.sees(one):
            return one
        t = join(a.type, b.type) if a is not None and b is not None else one.type
        if t is None:
            assert a is not None and b is not None
            return Clash(f"{_subject(name)} is a {a.type} on one path and a {b.type} on another")
        hint = name if name.isidentifier() else ""
        self.leaves.append(Leaf(t, a, b, hint))
        return Hole(len(self.leaves) - 1)

    # -- lists -------------------------------------------------------------------------------------

    def _ref(self, a: Ref | None, b: Ref | None, name: str) -> Abstract:
        one = a if a is not None else b
        assert one is not None
        if a == b or ((a is None or b is None) and self._known(one)):
            return one
        self.joined.add(name)
        cell = self.pairs.get((a, b))
        if cell is None:
            cell = self.reuse.pop(0) if self.reuse else Cell(name if name.isidentifier() else "")
            self.pairs[a, b] = cell
        if any(x is not None and x.cell in self.lo.given for x in (a, b)):
            self.lo.given.add(cell)
        return Ref(cell)

    def _known(self, ref: Ref) -> bool:
        """Whether a list of one side exists outside the branches as well."""
        other = (
            self.left
            if self.right is None or ref.cell not in self.right.state.heap.values
            else self.right
        )
        both = [s for s in (self.left, self.right) if s is not None]
        shared = len(both) == 2 and all(ref.cell in s.state.heap.values for s in both)
        return other is not None and shared and all(self.lo.builder.block.sees(v) for v in ref.path)

    def _value(self, side: Side | None, ref: Ref | None) -> Value | None:
        if side is None or ref is None or side.state.dead:
            return None
        with self.lo.branch(side.state, side.block):
            return read(self.lo, ref, self.node)

    def heap(self, into: Heap) -> None:
        """Join the lists; ``into`` (the state before) gets the joined marks, and holes for what
        changed."""
        left = self.left.state.heap if self.left is not None and not self.left.state.dead else None
        right = (
            self.right.state.heap if self.right is not None and not self.right.state.dead else None
        )
        for cell in list(into.values):
            one = None if left is None else left.values.get(cell)
            two = None if right is None else right.values.get(cell)
            if one is None and two is None:
                continue
            force = cell in self.forced_cells
            if one is two and one is not None:
                into.values[cell] = one
            if one is not two or force:
                self._cell(cell, one, two, force)
        for (a, b), cell in self.pairs.items():
            self._cell(cell, self._value(self.left, a), self._value(self.right, b), True)
        _marks(into, left, right)
        self._partition(into)

    def _cell(self, cell: Cell, one: Value | None, two: Value | None, force: bool) -> None:
        self.cell_holes[cell] = self._leaf(one, two, cell.name, force)

    def _partition(self, into: Heap) -> None:
        """Freeze lists that are the same memory on one side only."""
        uses: dict[tuple[int, Cell], int] = {}
        for pair in self.pairs:
            for k, ref in enumerate(pair):
                if ref is not None:
                    uses[k, ref.cell] = uses.get((k, ref.cell), 0) + 1
        if not uses:
            return
        elsewhere = self._elsewhere({cell for _, cell in uses})
        for pair, cell in self.pairs.items():
            for k, (side, ref) in enumerate(zip((self.left, self.right), pair, strict=True)):
                if side is None or ref is None:
                    continue
                if ref.path or uses[k, ref.cell] > 1 or ref.cell in elsewhere:
                    _freeze(into, cell, ref, pair)
                _inherit(into, side.state.heap, ref.cell, cell)

    def _elsewhere(self, cells: set[Cell]) -> set[Cell]:
        """Which of the cells are also reached by a name that is not joined here."""
        found: set[Cell] = set()
        for scope in self.lo.suspended:
            for x in scope.vars.values():
                found |= {r.cell for r in refs(x)} & cells
        for side in (self.left, self.right):
            if side is None or side.state.dead:
                continue
            for name, x in side.state.vars.items():
                if name not in self.joined and (self.live is None or name in self.live):
                    found |= {r.cell for r in refs(x)} & cells
        return found

    # -- results -----------------------------------------------------------------------------------

    def fill(self, template: Abstract, values: Sequence[Value]) -> Abstract:
        """The template with the region's results in its holes."""
        if isinstance(template, Hole):
            return values[template.number]
        if isinstance(template, Struct):
            items = tuple(self.fill(i, values) for i in template.items)
            return Struct(template.kind, template.keys, items, template.cls)
        if isinstance(template, Closure):
            defaults = {key: self.fill(x, values) for key, x in template.defaults.items()}
            return Closure(template.node, template.scope, template.name, defaults)
        if isinstance(template, Maybe):
            bound = self.fill(template.bound, values)
            assert isinstance(bound, Value)
            return Maybe(self.fill(template.value, values), bound)
        return template

    def fill_heap(self, into: Heap, values: Sequence[Value]) -> None:
        for cell, template in self.cell_holes.items():
            filled = self.fill(template, values)
            if isinstance(filled, Value):
                into.values[cell] = filled
            else:
                assert isinstance(filled, Clash)
                into.values.setdefault(cell, self.lo.builder.undef(list_of(Type("unknown"))))
                into.stale[cell] = filled.why

    def yields(self, side: Side, which: str) -> list[Value]:
        """The values of one side for all holes, in their types."""
        b = self.lo.builder
        with b.into(side.block):
            return [
                _blank(self.lo, leaf.type, side.state.dead)
                if v is None
                else retype(b, v, leaf.type)
                for leaf in self.leaves
                for v in (getattr(leaf, which),)
            ]


def _blank(lo: Lowering, t: Type, dead: bool) -> Value:
    """What stands where a name has no value; only a float may stay undefined, as nothing ever
    converts it."""
    b = lo.builder
    if dead or t == FLOAT or isinstance(t, TupleType):
        return b.undef(t)
    return b.op("make_list", elem=t.elem) if isinstance(t, ListType) else b.zero(t)


def _freeze(into: Heap, cell: Cell, ref: Ref, pair: Pair) -> None:
    names = " or ".join(dict.fromkeys(named_or(r.cell) for r in pair if r is not None))
    why = f"which list it is, {names}, depends on the path taken"
    into.frozen[cell] = why
    if ref.path:
        into.held[cell] = into.held.get(cell, frozenset()) | {ref.cell}
    else:
        into.frozen[ref.cell] = why


def _subject(name: str) -> str:
    if name == RETURN:
        return "the result"
    return f"'{name}'" if name.isidentifier() else "this expression"


def named_or(cell: Cell) -> str:
    return f"'{cell.name}'" if cell.name else "another list"


def _inherit(into: Heap, source: Heap, old: Cell, new: Cell) -> None:
    for target, marks in (
        (into.frozen, source.frozen),
        (into.inner, source.inner),
        (into.stale, source.stale),
    ):
        if old in marks:
            target.setdefault(new, marks[old])
    if old in source.held:
        into.held[new] = into.held.get(new, frozenset()) | source.held[old]


def _marks(into: Heap, left: Heap | None, right: Heap | None) -> None:
    """Marks of either side hold after the join."""
    sides = [h for h in (left, right) if h is not None]
    for heap in sides:
        for cell in into.values:
            _inherit(into, heap, cell, cell)
    for cell in into.values:
        versions = {h.version.get(cell, 0) for h in sides}
        if len(versions) > 1:
            into.version[cell] = fresh_version()
        elif versions != {0} and versions:
            into.version[cell] = versions.pop()
