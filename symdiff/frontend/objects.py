"""Objects on the abstract heap: dicts and instances, whose keys are known and whose items change.

An object is an :class:`Obj`; what it holds is a :class:`Struct` in the heap of the current state,
so that a write is one entry of a dict replaced and a branch works on a copy. Which object a name
means is known on the straight line; where two paths disagree, :mod:`merge` makes a new object of
both and :mod:`partition` marks the cells that must not be written to any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

from symdiff.errors import AliasError, TypeMismatch
from symdiff.frontend.context import Heap, Lowering
from symdiff.frontend.optional import narrowed, present
from symdiff.frontend.values import (
    Abstract,
    Array,
    BoundMethod,
    Cell,
    Clash,
    Closure,
    Generator,
    Maybe,
    Obj,
    Optional,
    Ref,
    Struct,
    Transform,
    describe,
    parts,
)
from symdiff.ir.core import Value

COPY_HINT = "write to each of them under its own name, or to a copy"


def named(obj: Obj) -> str:
    return f"'{obj.cell.name}'" if obj.cell.name else f"this {describe(obj)}"


def contents(lo: Lowering, obj: Obj) -> Struct:
    """What the object holds, items that may be missing included."""
    return lo.state.heap.objects[obj.cell]


def known(lo: Lowering, obj: Obj, node: ast.AST) -> Struct:
    """What the object holds, where it must be known which keys it has."""
    held = contents(lo, obj)
    why = lo.state.heap.unordered.get(obj.cell)
    if why is not None and len(held.keys) > 1:
        lo.fail(
            TypeMismatch,
            node,
            f"the order of the keys of {named(obj)} depends on the path taken",
            why,
            "give the key a value before the branches, or read items by their keys",
        )
    for key, item in zip(held.keys, held.items, strict=True):
        if isinstance(item, Maybe):
            if item.bound.is_const(True):
                held = held.put(key, item.value)
                continue
            if obj.kind == "list":
                lo.fail(
                    TypeMismatch,
                    node,
                    f"how many elements {named(obj)} has depends on the path taken",
                    "they have no common type, so that their number must be known",
                    "append on every path, or keep one type of element per list",
                )
            lo.fail(
                TypeMismatch,
                node,
                f"whether {named(obj)} has {key!r} depends on the path taken",
                "its keys must be known here",
                f"give {key!r} a value before the branches",
            )
        usable(lo, item, node)
    return held


def like(lo: Lowering, obj: Obj, held: Struct) -> Obj:
    """A new object of the kind of ``obj``."""
    made = lo.new_object(held)
    made.cell.cls = obj.cell.cls
    return Obj(made.cell, made.kind, made.cls, obj.factory)


def structure(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """An object as what it holds now; anything else as it is."""
    if isinstance(x, Optional):
        x = present(lo, x)
    return known(lo, x, node) if isinstance(x, Obj) else x


def usable(lo: Lowering, item: Abstract, node: ast.AST) -> Abstract:
    if isinstance(item, Clash):
        lo.fail(
            TypeMismatch, node, item.why, "the paths join before it is read here", "use two names"
        )
    return narrowed(lo.state.facts, item)


# -- reading and writing ---------------------------------------------------------------------------


def load(lo: Lowering, obj: Obj, key: Any, node: ast.AST) -> Abstract | None:
    """The item under a key, or None; where a path may have left it out, the check that Python
    makes."""
    item = contents(lo, obj).get(key)
    if isinstance(item, Maybe):
        item = certain(lo, item, missing(obj, key))
        lo.state.heap.objects[obj.cell] = contents(lo, obj).put(key, item)
    return None if item is None else usable(lo, item, node)


def missing(obj: Obj, key: Any) -> str:
    """The exception of a read where there is nothing."""
    if obj.cls is None:
        return f"KeyError({key!r})"
    message = f"{obj.cls.__name__!r} object has no attribute {key!r}"
    return f"AttributeError({message!r})"


def certain(lo: Lowering, x: Maybe, exception: str) -> Abstract:
    """The value; raises where it is not bound."""
    b = lo.builder
    if x.bound.is_const(True):
        return x.value

    def fails() -> list[Value]:
        b.op("raise", template=exception)
        return []

    absent = b.op("not", x.bound)
    if not absent.is_const():
        b.if_(absent, fails, lambda: [], style="stmt")
    elif absent.constant:
        fails()
    return x.value


def store(lo: Lowering, obj: Obj, key: Any, x: Abstract, node: ast.AST) -> None:
    """Put an item under a key, new or not."""
    label(part(obj.cell.name, key), x, lo.state.heap)
    held = contents(lo, obj)
    old = held.get(key)
    if obj.kind == "dict" and isinstance(old, Maybe):
        held = _placed(lo, obj, key, old.bound)
    replace(lo, obj, held.put(key, x), node)


def _placed(lo: Lowering, obj: Obj, key: Any, bound: Value) -> Struct:
    """What a dict holds before a write to a key that only some paths have put there: on the others
    the key comes last."""
    held = contents(lo, obj)
    if bound.is_const(False):
        return held.without(key)
    behind = held.items[held.keys.index(key) + 1 :]
    together = all(isinstance(i, Maybe) and i.bound is bound for i in behind)
    if not bound.is_const(True) and not together:
        why = f"{key!r} keeps its place where it is there, and comes last where it is not"
        lo.state.heap.unordered[obj.cell] = why
    return held


def delete(lo: Lowering, obj: Obj, key: Any, node: ast.AST) -> None:
    """Take a key away; it is there."""
    load(lo, obj, key, node)
    replace(lo, obj, contents(lo, obj).without(key), node)


def replace(lo: Lowering, obj: Obj, new: Struct, node: ast.AST) -> None:
    """The object's whole contents change."""
    check_writable(lo, obj, node)
    lo.state.heap.objects[obj.cell] = new


def check_writable(lo: Lowering, obj: Obj, node: ast.AST) -> None:
    why = lo.state.heap.frozen.get(obj.cell)
    if why is not None:
        what = f"{named(obj)} is written to, but it may be shared"
        lo.fail(AliasError, node, what, why, COPY_HINT)
    lo.writes = lo.writes or obj.cell in lo.given


# -- names and reach -------------------------------------------------------------------------------


def label(name: str, x: Abstract, heap: Heap) -> None:
    """Name what has no name yet after where it is kept: ``body_x`` for ``body.x``."""
    if not name.isidentifier():
        return
    if isinstance(x, Value):
        if not x.hint and x.stmt is not None and x.op not in ("const", "undef"):
            x.hint = name
    elif isinstance(x, Ref):
        if x.path:
            return
        x.cell.name = x.cell.name or name
        value = heap.values.get(x.cell)
        if value is not None and value.stmt is not None and not value.hint and not value.is_const():
            value.hint = name
    elif isinstance(x, Array):
        if x.views:
            return
        x.cell.name = x.cell.name or name
        value = heap.values.get(x.cell)
        if value is not None and value.stmt is not None and not value.hint:
            value.hint = name
    elif isinstance(x, Obj) and not x.cell.name:
        x.cell.name = name
        held = heap.objects[x.cell]
        for key, item in zip(held.keys, held.items, strict=True):
            label(part(name, key), item, heap)


def part(name: str, key: Any) -> str:
    """The name of what is kept under a key: ``body_x`` for ``body.x`` and for a private
    ``body.__x``."""
    if not name:
        return ""
    private = re.fullmatch(r"_\w+?__(\w+)", str(key))
    text = private[1] if private else key.__name__ if isinstance(key, type) else str(key)
    return f"{name}_{re.sub(r'[^0-9A-Za-z_]+', '_', text).lstrip('_')}"


def reachable(
    roots: Iterable[Abstract],
    objects: dict[Cell, Struct],
    seen: set[int | Cell] | None = None,
) -> Iterator[Ref | Array | Obj]:
    """The lists, arrays and objects that can be reached from abstract values, through objects and
    closures."""
    seen = set() if seen is None else seen
    stack = list(roots)
    while stack:
        x = stack.pop()
        if isinstance(x, (Ref, Array)):
            yield x
        elif isinstance(x, Obj):
            if x.cell not in seen:
                seen.add(x.cell)
                yield x
                if x.cell in objects:
                    stack += objects[x.cell].items
        elif isinstance(x, (Closure, Generator)):
            if id(x.scope) not in seen:
                seen.add(id(x.scope))
                stack += x.scope.vars.values()
            stack += x.defaults.values() if isinstance(x, Closure) else [x.first]
        else:
            stack += _parts(x)


def _parts(x: Abstract) -> tuple[Abstract, ...]:
    """What a value directly consists of."""
    if isinstance(x, Struct):
        return x.items
    if isinstance(x, (Maybe, Optional)):
        return (x.value,)
    if isinstance(x, Transform):
        return (x.func,)
    return (x.owner,) if isinstance(x, BoundMethod) else parts(x)
