"""Joins: what a name holds after an ``if``, and at the head of a loop.

Two states are unified name by name into a *template* in which each number that differs is a hole;
the holes are what the region yields. Lists and objects join by cells: two that stand for one name
become a new one, and :mod:`partition` says which may be written to behind the join. What an object
holds is unified key by key, in the same way as names are."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Sequence
from typing import Any

from symdiff.frontend import restored, storage
from symdiff.frontend.classes import class_of
from symdiff.frontend.context import RAISED, RETURN, Heap, Lowering, Scope, State
from symdiff.frontend.heap import read, retype
from symdiff.frontend.liveness import function_reads
from symdiff.frontend.names import opened
from symdiff.frontend.objects import part
from symdiff.frontend.optional import narrowed
from symdiff.frontend.partition import Pair, Shared, freeze, join_marks
from symdiff.frontend.values import (
    NONE_CONST,
    UNBOUND,
    Abstract,
    Array,
    Cell,
    Choice,
    Clash,
    Closure,
    Const,
    Hole,
    Maybe,
    Method,
    Obj,
    Optional,
    Partial,
    Ref,
    Struct,
    Unbound,
    builtin_class,
    describe,
    is_function,
)
from symdiff.ir.core import Block, Value
from symdiff.ir.types import FLOAT, UNKNOWN, ArrayType, ListType, TupleType, Type, join, list_of
from symdiff.records import dataclass, field, replace
from symdiff.syntax import nodes

# numbers may be in them
FORCED = (Value, Struct, Closure, Maybe, Optional, Method, Partial, Choice)


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
    forced_places: frozenset[tuple[Cell, Any]] = frozenset()  # objects and keys of theirs
    leaves: list[Leaf] = field(default_factory=list)
    pairs: dict[Pair, Cell] = field(default_factory=dict)
    contents: dict[Cell, Struct] = field(default_factory=dict)  # templates of objects
    unordered: list[Cell] = field(default_factory=list)  # dicts whose keys have two orders
    cell_holes: dict[Cell, Abstract] = field(default_factory=dict)
    reuse: list[Cell] = field(
        default_factory=list
    )  # joined cells of an earlier attempt at the same join
    scopes: dict[tuple[Scope, Scope], Scope] = field(default_factory=dict)  # of functions
    filled: dict[tuple[Scope, tuple[Value, ...]], Scope] = field(default_factory=dict)
    cond: Value | None = None  # of an ``if``: what chooses between functions that differ
    either_none: bool = True  # whether None meets a value; else, their meeting is refused

    # -- names -------------------------------------------------------------------------------------

    def unify(
        self, a: Abstract | None, b: Abstract | None, name: str, force: bool = False
    ) -> Abstract:
        """The template that stands for ``a`` on the left and ``b`` on the right (None: no value
        needed)."""
        if a is None and b is None:
            return UNBOUND
        if a is not None and (a is b or a == b) and not (force and isinstance(a, FORCED)):
            return a
        if isinstance(a, Optional) or isinstance(b, Optional):
            one, other = self._narrowed(a, self.left), self._narrowed(b, self.right)
            if one is not a or other is not b:
                return self.unify(one, other, name, force)
        if a is None or b is None:
            return self._one(a, b, name, force)
        if NONE_CONST in (a, b) or isinstance(a, Optional) or isinstance(b, Optional):
            found = self._either_none(a, b, name, force)
            if found is not None:
                return found
        a, b = self._number(a, b), self._number(b, a)
        a, b = self._opened(a, b, self.left), self._opened(b, a, self.right)
        if name == RETURN:
            a, b = self._shorter(a, b), self._shorter(b, a)
        return self._both(a, b, name, force)

    def _both(self, a: Abstract, b: Abstract, name: str, force: bool) -> Abstract:
        """The template of two values that both matter."""
        if isinstance(a, Maybe) or isinstance(b, Maybe):
            return self._maybe(a, b, name, force)
        if isinstance(a, Value) and isinstance(b, Value):
            return self._leaf(a, b, name, force)
        if isinstance(a, (Ref, Array)) and type(a) is type(b):
            return self._ref(a, b, name)
        if isinstance(a, Obj) and isinstance(b, Obj) and a.alike(b):
            return self._obj(a, b, name)
        if isinstance(a, Array) or isinstance(b, Array):
            return self._number_or_array(a, b, name)
        if (
            isinstance(a, Struct)
            and isinstance(b, Struct)
            and (a.kind, a.keys, a.cls) == (b.kind, b.keys, b.cls)
        ):
            return self._struct(a, b, False, False, name, force)
        if is_function(a) and is_function(b):
            return self._function(a, b, name, force)
        return self._other(a, b, name)

    def _one(self, a: Abstract | None, b: Abstract | None, name: str, force: bool) -> Abstract:
        """The template where one side needs no value."""
        one = b if a is None else a
        assert one is not None
        if isinstance(one, Struct):
            return self._struct(one, one, a is None, b is None, name, force)
        if isinstance(one, Closure):
            return self._closure(one, one, a is None, b is None, force)
        if isinstance(one, Partial):
            return self._partial(a, b, name, force)  # type: ignore[arg-type]
        if isinstance(one, Choice):
            return self._choice(a, b, name, force)  # type: ignore[arg-type]
        if isinstance(one, Value):
            return self._leaf(a, b, name, force)  # type: ignore[arg-type]
        if isinstance(one, (Ref, Array)):
            return self._ref(a, b, name)  # type: ignore[arg-type]
        if isinstance(one, Obj):
            return self._obj(a, b, name)  # type: ignore[arg-type]
        if isinstance(one, Method):
            sides = (None if a is None else one.owner, None if b is None else one.owner)
            return Method(self.unify(*sides, name, force), one.func)
        if isinstance(one, Maybe):
            blank = (None if a is None else one.value, None if b is None else one.value)
            return self.unify(*blank, name, force)
        if isinstance(one, Optional):
            values = (None if a is None else one.value, None if b is None else one.value)
            flags = (None if a is None else one.there, None if b is None else one.there)
            value, there = self.unify(*values, name, force), self._leaf(*flags, "", force)
            return Optional(value, there, one.why)  # type: ignore[arg-type]
        return one

    def _narrowed(self, x: Abstract | None, side: Side | None) -> Abstract | None:
        return x if x is None or side is None else narrowed(side.state.facts, x)

    def _either_none(
        self, a: Abstract, b: Abstract, name: str, force: bool
    ) -> Abstract | None:
        """None on one path meets a value on the other; None where that is not so."""
        if any(isinstance(x, (Maybe, Unbound, Clash)) for x in (a, b)) or (
            not self.either_none and not isinstance(a, Optional) and not isinstance(b, Optional)
        ):
            return None
        (x, p), (y, q) = (_parts_of(self.lo, side) for side in (a, b))
        value = self.unify(x, y, name, force)
        if isinstance(value, Clash):
            return value
        why = next((x.why for x in (a, b) if isinstance(x, Optional)), "")
        if name == RETURN and not why:
            what = "None or fewer values" if isinstance(value, Struct) else "None"
            why = f"'{self.lo.scope.name}' returns {what} here, which has no derivative"
        return Optional(value, self._there(p, q, name, force), why)

    def _there(self, p: Value, q: Value, name: str, force: bool) -> Value:
        """Whether there is a value: the condition itself, where that decides."""
        cond = self.cond
        decides = p.is_const() and q.is_const() and p.constant != q.constant
        if decides and cond is not None and cond.op != "attempt":
            return cond if p.constant else self.lo.builder.op("not", cond)
        hint = f"{name}_set" if name.isidentifier() else ""
        return self._leaf(p, q, hint, force)  # type: ignore[return-value]

    def _shorter(self, x: Abstract, other: Abstract) -> Abstract:
        """A tuple, returned where another path returns a longer one (as that of the empty case), is
        no value to differentiate."""
        one = other.value if isinstance(other, (Maybe, Optional)) else other
        shorter = (
            isinstance(x, Struct)
            and isinstance(one, Struct)
            and x.kind == one.kind == "tuple"
            and x.cls is one.cls is None
            and len(x.keys) < len(one.keys)
        )
        return Maybe(UNBOUND, self.lo.builder.const(False)) if shorter else x

    def _number(self, x: Abstract, other: Abstract) -> Abstract:
        """Text that differs between the sides becomes a graph value."""
        if isinstance(x, Const) and isinstance(x.value, str) and x != other:
            return self.lo.builder.const(x.value)
        return x

    def _opened(self, x: Abstract, other: Abstract, side: Side | None) -> Abstract:
        """A captured object that meets another one of its class is what it holds."""
        if not isinstance(x, Const) or x == other or side is None or side.state.dead:
            return x
        cls = class_of(x)
        if cls is None or cls is not class_of(other) or issubclass(cls, enum.Enum):
            return x
        with self.lo.branch(side.state, side.block):
            return opened(self.lo, x.value, self.node)

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
        hint = f"{name}_bound" if name.isidentifier() else ""
        return Maybe(value, self._leaf(p, q, hint, force))  # type: ignore[arg-type]

    def _struct(
        self, a: Struct, b: Struct, no_left: bool, no_right: bool, name: str, force: bool
    ) -> Struct:
        items = tuple(
            self.unify(None if no_left else x, None if no_right else y, name, force)
            for x, y in zip(a.items, b.items, strict=True)
        )
        return Struct(a.kind, a.keys, items, a.cls)

    def _function(self, a: Abstract, b: Abstract, name: str, force: bool) -> Abstract:
        """One function that differs in what it holds, or one of two by the condition of an
        ``if``."""
        if isinstance(a, Method) and isinstance(b, Method) and a.func is b.func:
            return Method(self.unify(a.owner, b.owner, name, force), a.func)
        if isinstance(a, Closure) and (a.same_code(b) or self._same_factory(a, b)):
            assert isinstance(b, Closure)
            return self._closure(a, b, False, False, force)
        if isinstance(a, Partial) and isinstance(b, Partial) and a.alike(b):
            return self._partial(a, b, name, force)
        if self.cond is not None:
            yes, no = self._one(a, None, name, force), self._one(None, b, name, force)
            return Choice(self.cond, yes, no)
        if isinstance(a, Choice) and isinstance(b, Choice):
            parts = zip((a.cond, a.yes, a.no), (b.cond, b.yes, b.no), strict=True)
            return Choice(*(self.unify(x, y, name, force) for x, y in parts))
        return self._other(a, b, name)

    def _closure(
        self, a: Closure, b: Closure, no_left: bool, no_right: bool, force: bool
    ) -> Closure | Clash:
        defaults = {
            key: self.unify(
                None if no_left else x, None if no_right else b.defaults[key], key, force
            )
            for key, x in a.defaults.items()
        }
        reads = frozenset(function_reads(a.node))
        scope = self._scope(a.scope, b.scope, no_left, no_right, reads)
        if scope is not a.scope and self.cond is None:
            return Clash(f"'{a.name}' is a function that every iteration makes anew")
        return Closure(a.node, scope, a.name, defaults)

    def _finished(self, scope: Scope) -> bool:
        return scope is not self.lo.scope and scope not in self.lo.suspended

    def _same_factory(self, a: Closure, b: Abstract) -> bool:
        """Whether both were made by one ``def`` in calls that are over: they differ in what those
        calls left in their names."""
        return (
            isinstance(b, Closure)
            and a.node is b.node
            and a.defaults.keys() == b.defaults.keys()
            and self.cond is not None
            and self._finished(a.scope)
            and self._finished(b.scope)
            and not any(isinstance(n, ast.Nonlocal) for n in nodes(a.node))
        )

    def _scope(
        self, a: Scope, b: Scope, no_left: bool, no_right: bool, reads: frozenset[str]
    ) -> Scope:
        """The scope of a function that one side made, or both: what it reads there joins, too."""
        known = self.scopes.get((a, b))
        if known is not None:
            return known
        if not self._finished(a) or (a is b and not no_left and not no_right):
            return a
        made = Scope(a.name, a.file, a.globals, a.cells, a.parent, a.liveness, a.bound)
        self.scopes[a, b] = made
        for name in sorted(reads & a.vars.keys()):
            x, y = a.vars[name], b.vars.get(name, UNBOUND)
            made.vars[name] = self.unify(None if no_left else x, None if no_right else y, name)
        if a.parent is not None and b.parent is not None:
            made.parent = self._scope(a.parent, b.parent, no_left, no_right, reads)
        if a is b and made.parent is a.parent and all(made.vars[n] is a.vars[n] for n in made.vars):
            self.scopes[a, b] = a
            return a
        return made

    def _partial(
        self, a: Partial | None, b: Partial | None, name: str, force: bool
    ) -> Partial:
        one = a if a is not None else b
        assert one is not None

        def both(x: Abstract, y: Abstract) -> Abstract:
            left, right = x if a is not None else None, y if b is not None else None
            return self.unify(left, right, name, force)

        other = b if b is not None else one
        args = tuple(map(both, one.args, other.args))
        kwargs = tuple(
            (k, both(x, y)) for (k, x), (_, y) in zip(one.kwargs, other.kwargs, strict=True)
        )
        return Partial(both(one.func, other.func), args, kwargs)

    def _choice(self, a: Choice | None, b: Choice | None, name: str, force: bool) -> Choice:
        """A choice that only one side has."""
        one = a if a is not None else b
        assert one is not None

        def only(x: Abstract) -> Abstract:
            left, right = x if a is not None else None, x if b is not None else None
            return self.unify(left, right, name, force)

        return Choice(only(one.cond), only(one.yes), only(one.no))

    def _leaf(self, a: Value | None, b: Value | None, name: str, force: bool) -> Abstract:
        one = a if a is not None else b
        assert one is not None
        if (a is None or b is None) and not force and self.lo.builder.block.sees(one):
            return one
        t = join(a.type, b.type) if a is not None and b is not None else one.type
        if t is None:
            assert a is not None and b is not None
            return Clash(f"{_subject(name)} is a {a.type} on one path and a {b.type} on another")
        hint = name if name.isidentifier() else "clause" if name == RAISED else ""
        self.leaves.append(Leaf(t, a, b, hint))
        return Hole(len(self.leaves) - 1)

    # -- cells -------------------------------------------------------------------------------------

    def _number_or_array(self, a: Abstract, b: Abstract, name: str) -> Abstract:
        types = [
            storage.array_type_in(side.state.heap, x)
            if isinstance(x, Array) and side is not None
            else describe(x)
            for x, side in ((a, self.left), (b, self.right))
        ]
        return Clash(f"{_subject(name)} is a {types[0]} on one path and a {types[1]} on another")

    def _ref(self, a: Ref | Array | None, b: Ref | Array | None, name: str) -> Abstract:
        one = a if a is not None else b
        assert one is not None
        if a == b or ((a is None or b is None) and self._known(one)):
            return one
        return type(one)(self._joined((a, b), name))

    def _obj(self, a: Obj | None, b: Obj | None, name: str) -> Abstract:
        one = a if a is not None else b
        assert one is not None
        if a == b or ((a is None or b is None) and self._known(one)):
            return one
        return Obj(self._joined((a, b), name), one.kind, one.cls, one.factory)

    def _joined(self, pair: Pair, name: str) -> Cell:
        """The cell that stands for two."""
        cell = self.pairs.get(pair)
        if cell is None:
            cell = self.reuse.pop(0) if self.reuse else Cell(name if name.isidentifier() else "")
            self.pairs[pair] = cell
            limits = {x.cell.limit for x in pair if x is not None}
            cell.limit = limits.pop() if len(limits) == 1 else -1  # of one length or the other
            classes = {builtin_class(x) for x in pair if x is not None}
            cell.cls = classes.pop() if len(classes) == 1 else object
        if any(x is not None and x.cell in self.lo.given for x in pair):
            self.lo.given.add(cell)
        return cell

    def _known(self, x: Shared) -> bool:
        """Whether a list, an array or an object of one side exists outside the branches as well."""
        for side in (self.left, self.right):
            if side is None:
                return False
            if x.cell not in (
                side.state.heap.objects if isinstance(x, Obj) else side.state.heap.values
            ):
                return False
        return isinstance(x, Obj) or all(self.lo.builder.block.sees(v) for v in x.path)

    def _value(self, side: Side | None, ref: Shared | None) -> Value | None:
        if side is None or ref is None or isinstance(ref, Obj) or side.state.dead:
            return None
        with self.lo.branch(side.state, side.block):
            if isinstance(ref, Array):
                return storage.read(self.lo, ref, self.node)
            return read(self.lo, ref, self.node)

    def heap(self, into: Heap, roots: Iterable[Abstract]) -> None:
        """Join the cells; ``into`` (the state before) gets the joined marks, and holes for what
        changed. ``roots`` are the templates of what is live behind the join."""
        left = self.left.state.heap if self.left is not None and not self.left.state.dead else None
        right = (
            self.right.state.heap if self.right is not None and not self.right.state.dead else None
        )
        self._met(into, left, right)
        self._objects(into, left, right)
        for cell in self.unordered:
            into.unordered[cell] = "two paths have put them there in another order"
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
            if not isinstance(a, Obj) and not isinstance(b, Obj):
                self._cell(cell, self._value(self.left, a), self._value(self.right, b), True)
        join_marks(into, left, right, self.cond is not None)
        held = {**into.objects, **self.contents}
        freeze(self.lo, self.pairs, roots, held, into, (left, right))

    def _met(self, into: Heap, *sides: Heap | None) -> None:
        """Add what was captured and one side was the first to meet."""
        for heap in (into, *sides):
            if heap is not None:
                restored.complete(self.lo, heap.objects)
        for cell, held in self.lo.locked.items():
            for side in sides:
                if side is not None and isinstance(held, Value) and cell in side.values:
                    into.values[cell] = held
                elif side is not None and isinstance(held, Struct) and cell in side.objects:
                    into.objects.setdefault(cell, held)

    def _objects(self, into: Heap, left: Heap | None, right: Heap | None) -> None:
        """Templates for what objects hold: those of before, and those that stand for two."""
        forced: dict[Cell, set[Any]] = {}
        for cell, key in self.forced_places:
            forced.setdefault(cell, set()).add(key)
        for cell in into.objects:
            one = None if left is None else left.objects.get(cell)
            two = None if right is None else right.objects.get(cell)
            if one is not two or cell in forced:
                self._contents(cell, one, two, forced.get(cell, set()))
        done = 0
        while done < len(self.pairs):  # what an object holds may be two objects again
            (a, b), cell = list(self.pairs.items())[done]
            done += 1
            if isinstance(a, Obj) or isinstance(b, Obj):
                one = None if a is None or left is None else left.objects[a.cell]
                two = None if b is None or right is None else right.objects[b.cell]
                self._contents(cell, one, two, set())

    def _contents(self, cell: Cell, a: Struct | None, b: Struct | None, forced: set[Any]) -> None:
        """Unify what an object holds, key by key; ``forced`` keys get holes even where both sides
        agree."""
        one = a if a is not None else b
        if one is None:
            return
        keys = one.keys if b is None else _united(one.keys, b.keys)
        if keys is None:
            keys = tuple(dict.fromkeys((*one.keys, *b.keys)))  # type: ignore[union-attr]
            if one.kind == "dict":
                self.unordered.append(cell)
        items: list[Abstract] = []
        for key in keys:
            x, y = (None if side is None else side.get(key) for side in (a, b))
            hint = key if one.kind == "scope" else part(cell.name, key)
            if a is None or b is None or (x is not None and y is not None):
                items.append(self.unify(x, y, hint, key in forced))
            else:
                both = (UNBOUND if x is None else x, UNBOUND if y is None else y)
                items.append(self._maybe(*both, hint, key in forced))
        made = Struct(one.kind, keys, tuple(items), one.cls)
        self.contents[cell] = one if _same(made, one) else made

    def _cell(self, cell: Cell, one: Value | None, two: Value | None, force: bool) -> None:
        self.cell_holes[cell] = self._leaf(one, two, cell.name, force)

    # -- results -----------------------------------------------------------------------------------

    def fill(self, template: Abstract, values: Sequence[Value]) -> Abstract:
        """The template with the region's results in its holes."""
        if isinstance(template, Hole):
            return values[template.number]
        if isinstance(template, Struct):
            items = tuple(self.fill(i, values) for i in template.items)
            filled = Struct(template.kind, template.keys, items, template.cls)
            return template if _same(filled, template) else filled
        if isinstance(template, Method):
            return Method(self.fill(template.owner, values), template.func)
        if isinstance(template, Closure):
            defaults = {key: self.fill(x, values) for key, x in template.defaults.items()}
            scope = self._fill_scope(template.scope, values)
            return Closure(template.node, scope, template.name, defaults)
        if isinstance(template, Partial):
            args = tuple(self.fill(x, values) for x in template.args)
            kwargs = tuple((k, self.fill(x, values)) for k, x in template.kwargs)
            return Partial(self.fill(template.func, values), args, kwargs)
        if isinstance(template, Choice):
            return Choice(
                *(self.fill(x, values) for x in (template.cond, template.yes, template.no))
            )
        if isinstance(template, Optional):
            there = self.fill(template.there, values)
            assert isinstance(there, Value)
            return Optional(self.fill(template.value, values), there, template.why)
        if isinstance(template, Maybe):
            bound = self.fill(template.bound, values)
            assert isinstance(bound, Value)
            return Maybe(self.fill(template.value, values), bound)
        return template

    def _fill_scope(self, scope: Scope, values: Sequence[Value]) -> Scope:
        """A joined scope's names as values; a scope that was not joined stays itself."""
        if scope not in self.scopes.values() or not self._finished(scope):
            return scope
        done = self.filled.get((scope, tuple(values)))
        if done is None:
            done = replace(scope, vars={})
            self.filled[scope, tuple(values)] = done
            for name, x in scope.vars.items():
                done.vars[name] = self.fill(x, values)
            if scope.parent is not None:
                done.parent = self._fill_scope(scope.parent, values)
        return done

    def fill_heap(self, into: Heap, values: Sequence[Value]) -> None:
        for cell, held in self.contents.items():
            filled = self.fill(held, values)
            assert isinstance(filled, Struct)
            into.objects[cell] = filled
        for cell, template in self.cell_holes.items():
            filled = self.fill(template, values)
            if isinstance(filled, Value):
                into.values[cell] = filled
            else:
                assert isinstance(filled, Clash)
                into.values.setdefault(cell, self.lo.builder.undef(list_of(UNKNOWN)))
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


def _united(left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The keys of both in the order that they have on either side; None where there is no such."""
    for first, second in ((left, right), (right, left)):
        keys = tuple(dict.fromkeys((*first, *second)))
        if all([k for k in keys if k in side] == list(side) for side in (left, right)):
            return keys
    return None


def _parts_of(lo: Lowering, x: Abstract) -> tuple[Abstract | None, Value]:
    """A value that may be None: what it is where it is there, and whether it is."""
    if isinstance(x, Optional):
        return x.value, x.there
    return (None, lo.builder.const(False)) if x == NONE_CONST else (x, lo.builder.const(True))


def _same(a: Struct, b: Struct) -> bool:
    """Whether two hold the same items: then there is no need of another, as who watches an object
    would take it for a change."""
    return a.keys == b.keys and all(x is y for x, y in zip(a.items, b.items, strict=True))


def _blank(lo: Lowering, t: Type, dead: bool) -> Value:
    """What stands where a name has no value; only a float may stay undefined, as nothing ever
    converts it."""
    b = lo.builder
    if dead or t == FLOAT or isinstance(t, (TupleType, ArrayType)):
        return b.undef(t)
    return b.op("make_list", elem=t.elem) if isinstance(t, ListType) else b.zero(t)


def _subject(name: str) -> str:
    if name == RETURN:
        return "the result"
    return f"'{name}'" if name.isidentifier() else "this expression"
