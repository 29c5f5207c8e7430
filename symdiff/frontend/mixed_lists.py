"""Lists whose elements have no common type: typed per position, with a known length.

Functions, dicts, objects and tuples of different shapes are kept in such a list. It is an object
on the abstract heap whose keys are the positions, so that a loop over it unrolls, and what changes
its length does so while lowering."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeGuard

from symdiff.errors import AliasError, TypeMismatch, UnsupportedSyntax
from symdiff.frontend import heap, objects, storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Array,
    Closure,
    Const,
    Maybe,
    Obj,
    Optional,
    Partial,
    Ref,
    Struct,
    builtin_class,
)
from symdiff.ir.core import Value
from symdiff.ir.types import NONE, STR, UNKNOWN, ListType, Type, join, tuple_of

_FILLED = 16  # so many elements of ``[x]*n`` are typed one by one


def element_type(lo: Lowering, x: Abstract) -> Type | None:
    """The type that a value has as an element of a list of one type; None where it cannot be."""
    if isinstance(x, Maybe):
        return element_type(lo, x.value)
    if isinstance(x, Value):
        return x.type
    if isinstance(x, Ref):  # what a deque keeps to is no part of a value of the graph
        return heap.list_type(lo, x) if builtin_class(x) is None else None
    if isinstance(x, Array):
        return storage.type_of(lo, x)
    if isinstance(x, Struct) and x.kind == "tuple":
        parts = [element_type(lo, i) for i in x.items]
        return None if None in parts else tuple_of(*(p for p in parts if p is not None))
    if isinstance(x, Const) and (x.value is None or isinstance(x.value, str)):
        return NONE if x.value is None else STR
    return None


def common_type(lo: Lowering, items: list[Abstract]) -> Type | None:
    """The type that all elements widen to, or None."""
    found: Type | None = UNKNOWN
    for x in items:
        t = element_type(lo, x)
        found = None if t is None or found is None else join(found, t)
    return found


def contents(items: list[Abstract]) -> Struct:
    return Struct("list", tuple(range(len(items))), tuple(items))


def make(lo: Lowering, items: list[Abstract], node: ast.AST) -> Ref | Obj:
    """A new list: of one type if the elements have one, else typed per position."""
    if common_type(lo, items) is not None:
        return heap.make_list(lo, items, node)
    return lo.new_object(contents(items))


def is_mixed(x: Abstract) -> TypeGuard[Obj]:
    return isinstance(x, Obj) and x.kind == "list"


def items_of(lo: Lowering, xs: Obj, node: ast.AST) -> list[Abstract]:
    """What the list holds now."""
    return list(objects.known(lo, xs, node).items)


def change(lo: Lowering, xs: Obj, items: list[Abstract], node: ast.AST) -> None:
    """The list's contents become others."""
    held = objects.contents(lo, xs)
    if len(items) != len(held.items) and xs.cell in lo.unrolling:
        lo.fail(
            AliasError,
            node,
            f"{objects.named(xs)} changes its length while a loop runs over it",
            "the loop would see the change",
            "loop over a copy, x[:]",
        )
    objects.replace(lo, xs, contents(items), node)


def place(lo: Lowering, xs: Obj, x: Abstract, node: ast.AST) -> int:
    """A position of the list, which must be known and exist."""
    size = len(objects.contents(lo, xs).items)
    at = heap.as_index(lo, x, node)
    if not at.is_const():
        lo.fail(
            UnsupportedSyntax,
            node,
            "an element of a list of different types is chosen by data",
            "which type it has is not known",
            "loop over the list, or keep numbers in a list of their own",
        )
    if not -size <= at.constant < size:
        lo.fail(
            TypeMismatch,
            node,
            f"the list has {size} elements",
            f"[{at.constant}] is not one",
            "use an index that exists",
        )
    return int(at.constant) % size


def store(lo: Lowering, xs: Obj, at: int, x: Abstract, node: ast.AST) -> None:
    """``xs[at] = x``."""
    objects.store(lo, xs, at, x, node)


# -- a list of one type that gets an element of another --------------------------------------------


def fits(lo: Lowering, xs: Ref, x: Abstract) -> bool:
    """Whether a list of one type can hold a value."""
    t = element_type(lo, x)
    return t is not None and join(heap.list_type(lo, xs).elem, t) is not None


def same(lo: Lowering, left: Ref, right: Ref) -> bool:
    """Whether two lists have a common type."""
    return join(heap.list_type(lo, left), heap.list_type(lo, right)) is not None


def known_items(lo: Lowering, xs: Ref, node: ast.AST) -> list[Abstract] | None:
    """The elements of a list that was written out, one by one."""
    value = heap.read(lo, xs, node)
    stmt = value.stmt
    if stmt is None or value.op not in ("make_list", "list_fill"):
        return None
    size = lo.builder.op("len", value)
    if not size.is_const() or (value.op == "list_fill" and size.constant > _FILLED):
        return None
    return [heap.item(lo, xs, lo.builder.const(k), node) for k in range(size.constant)]


def loosened(lo: Lowering, xs: Ref, node: ast.AST) -> Obj | None:
    """The list as one that is typed per position, under all its names; None where its elements
    are not known one by one."""
    rows = isinstance(heap.list_type(lo, xs).elem, ListType)
    items = None if xs.path or rows else known_items(lo, xs, node)
    if items is None or xs.cell in lo.state.heap.frozen or xs.cell.limit is not None:
        return None
    obj = Obj(xs.cell, "list")
    swap = _Swap(xs, obj)
    if not swap.everywhere(lo):
        return None
    state = lo.state.heap
    del state.values[xs.cell]
    state.objects[xs.cell] = contents(items)
    return obj


class _Swap:
    """Every reference to a list becomes one to the object that takes its place."""

    def __init__(self, old: Ref, new: Obj) -> None:
        self.old, self.new = old, new

    def everywhere(self, lo: Lowering) -> bool:
        """Names of this function and what objects hold; False (and nothing is done) where
        something else refers to the list, a caller's name for instance."""
        state = lo.state
        new_vars = {n: self.one(x) for n, x in state.vars.items()}
        new_held = {c: self.one(s) for c, s in state.heap.objects.items()}
        around: list[Abstract] = []
        for scope in (*lo.suspended, lo.scope.parent):
            while scope is not None:
                around += scope.vars.values()
                scope = scope.parent
        rest = objects.reachable([*new_vars.values(), *new_held.values(), *around], new_held)  # type: ignore[arg-type]
        if any(x.cell is self.old.cell and isinstance(x, Ref) for x in rest):
            return False
        state.vars.update(new_vars)
        for cell, held in new_held.items():
            assert isinstance(held, Struct)
            state.heap.objects[cell] = held
        return True

    def one(self, x: Abstract) -> Abstract:
        if x == self.old:
            return self.new
        if isinstance(x, Struct):
            items = tuple(map(self.one, x.items))
            return x if items == x.items else Struct(x.kind, x.keys, items, x.cls)
        if isinstance(x, Closure) and x.defaults:
            return Closure(
                x.node, x.scope, x.name, {k: self.one(v) for k, v in x.defaults.items()}
            )
        if isinstance(x, Partial):
            kwargs = tuple((k, self.one(v)) for k, v in x.kwargs)
            return Partial(self.one(x.func), tuple(map(self.one, x.args)), kwargs)
        if isinstance(x, Optional):
            return Optional(self.one(x.value), x.there, x.why)
        return Maybe(self.one(x.value), x.bound) if isinstance(x, Maybe) else x


# -- methods ---------------------------------------------------------------------------------------

Method = Callable[[Lowering, Obj, list[Abstract], ast.AST], Abstract]


def _append(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    change(lo, xs, [*items_of(lo, xs, node), args[0]], node)
    return NONE_CONST


def _insert(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    items = items_of(lo, xs, node)
    at = heap.as_index(lo, args[0], node)
    if not at.is_const():
        place(lo, xs, args[0], node)
    items.insert(at.constant, args[1])
    change(lo, xs, items, node)
    return NONE_CONST


def _pop(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    items = items_of(lo, xs, node)
    at = place(lo, xs, args[0] if args else lo.builder.const(-1), node)
    gone = items.pop(at)
    change(lo, xs, items, node)
    return gone


def _pop_left(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    return _pop(lo, xs, [lo.builder.const(0)], node)


def _append_left(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    return _insert(lo, xs, [lo.builder.const(0), args[0]], node)


def _clear(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    change(lo, xs, [], node)
    return NONE_CONST


def _reverse(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    change(lo, xs, items_of(lo, xs, node)[::-1], node)
    return NONE_CONST


def _copy(lo: Lowering, xs: Obj, args: list[Abstract], node: ast.AST) -> Abstract:
    return lo.new_object(contents(items_of(lo, xs, node)))


METHODS: dict[str, tuple[Method, int, int]] = {
    "append": (_append, 1, 1),
    "appendleft": (_append_left, 1, 1),
    "insert": (_insert, 2, 2),
    "pop": (_pop, 0, 1),
    "popleft": (_pop_left, 0, 0),
    "clear": (_clear, 0, 0),
    "reverse": (_reverse, 0, 0),
    "copy": (_copy, 0, 0),
}
