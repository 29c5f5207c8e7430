"""Displays of tuples, lists and dicts, subscripts, attributes, and functions as values."""

from __future__ import annotations

import ast
from typing import NoReturn

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import classes, heap, iterate, names, objects
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.expressions import add_sequences
from symdiff.frontend.values import (
    Abstract,
    BoundMethod,
    Const,
    Generator,
    Obj,
    Ref,
    Struct,
    Super,
    describe,
    pack,
)
from symdiff.ir.core import Value


@expression(ast.Tuple)
def tuple_display(lo: Lowering, node: ast.Tuple) -> Abstract:
    return pack(elements(lo, node.elts))


@expression(ast.List)
def list_display(lo: Lowering, node: ast.List) -> Abstract:
    if any(isinstance(e, ast.Starred) for e in node.elts):
        return _starred_list(lo, node)
    return heap.make_list(lo, [lo.expr(e) for e in node.elts], node)


def _starred_list(lo: Lowering, node: ast.List) -> Abstract:
    """``[a, *xs, b]``: pieces that are joined."""
    parts: list[Ref] = []
    run: list[Abstract] = []
    for e in node.elts:
        if not isinstance(e, ast.Starred):
            run.append(lo.expr(e))
            continue
        x = lo.expr(e.value)
        if isinstance(x, (Struct, Obj)):
            run.extend(iterate.static_items(lo, x, e))
            continue
        if run:
            parts.append(heap.make_list(lo, run, node))
            run = []
        parts.append(iterate.to_list(lo, x, e))
    if run or not parts:
        parts.append(heap.make_list(lo, run, node))
    made = heap.shallow(lo, heap.read(lo, parts[0], node), parts[0])
    for part in parts[1:]:
        joined = add_sequences(lo, made, part, node)
        assert isinstance(joined, Ref)
        made = joined
    return made


def elements(lo: Lowering, nodes: list[ast.expr]) -> list[Abstract]:
    """Evaluate expressions, of which starred ones give several values."""
    found: list[Abstract] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            found.extend(iterate.static_items(lo, iterate.taken(lo.expr(node.value)), node))
        else:
            found.append(lo.expr(node))
    return found


@expression(ast.Dict)
def dict_display(lo: Lowering, node: ast.Dict) -> Abstract:
    keys: list[object] = []
    items: list[Abstract] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            inner = objects.structure(lo, lo.expr(value_node), value_node)
            if not isinstance(inner, Struct) or inner.kind != "dict":
                lo.fail(
                    UnsupportedSyntax,
                    value_node,
                    "** of something that is not a known dict",
                    "",
                    "pass the keyword arguments by name",
                )
            new = list(zip(inner.keys, inner.items, strict=True))
        else:
            new = [(static_key(lo, lo.expr(key_node), key_node), lo.expr(value_node))]
        for key, item in new:
            if key in keys:
                items[keys.index(key)] = item
            else:
                keys.append(key)
                items.append(item)
    return lo.new_object(Struct("dict", tuple(keys), tuple(items)))


def static_key(lo: Lowering, x: Abstract, node: ast.AST) -> object:
    """A dict key: text or a number known while compiling."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    lo.fail(
        UnsupportedSyntax,
        node,
        "a key that depends on data is not supported",
        "which entry is meant is not known",
        "use a list indexed by an int",
    )


@expression(ast.Subscript)
def subscript(lo: Lowering, node: ast.Subscript) -> Abstract:
    return get(lo, lo.expr(node.value), node.slice, node)


def get(lo: Lowering, owner: Abstract, index: ast.expr, node: ast.AST) -> Abstract:
    """``owner[index]``."""
    if isinstance(owner, Ref):
        if isinstance(index, ast.Slice):
            bounds, present = slice_bounds(lo, index)
            value = lo.builder.op("slice", heap.read(lo, owner, node), *bounds, present=present)
            return heap.shallow(lo, value, owner)
        return heap.item(lo, owner, heap.as_index(lo, lo.expr(index), index), node)
    if classes.function(owner, "__getitem__") is not None:
        found = classes.call_special(lo, owner, "__getitem__", [lo.expr(index)], node)
        assert found is not None
        return found
    if isinstance(owner, Obj):
        key = static_key(lo, lo.expr(index), index)
        item = objects.load(lo, owner, key, node)
        return item if item is not None else no_item(lo, owner, key, node)
    if isinstance(owner, Struct):
        return _get_struct(lo, owner, index, node)
    if isinstance(owner, Const) and isinstance(owner.value, str):
        return _get_text(lo, owner.value, index, node)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(owner)} cannot be indexed",
        "",
        "only lists, tuples and dicts have elements",
    )


def _get_struct(lo: Lowering, owner: Struct, index: ast.expr, node: ast.AST) -> Abstract:
    if isinstance(index, ast.Slice):
        bounds, present = slice_bounds(lo, index)
        if not all(b.is_const() for b in bounds):
            lo.fail(
                TypeMismatch,
                node,
                "a slice of a tuple needs constant bounds",
                "its length would not be known",
                "write the bounds as literals, or use a list",
            )
        given = iter(bounds)
        start, stop, step = (next(given).constant if p == "1" else None for p in present)
        return pack(owner.items[slice(start, stop, step)])
    x = lo.expr(index)
    if owner.kind in ("tuple", "namedtuple"):
        at = heap.as_index(lo, x, index)
        if at.is_const():
            if not -len(owner.items) <= at.constant < len(owner.items):
                lo.fail_as(
                    "IndexError",
                    lambda: lo.fail(
                        TypeMismatch,
                        node,
                        f"the tuple has {len(owner.items)} elements",
                        f"[{at.constant}] is not one",
                        "use an index that exists",
                    ),
                )
            position: int = at.constant
            return owner.items[position]
        return heap.item(lo, heap.make_list(lo, list(owner.items), node), at, node)
    key = static_key(lo, x, index)
    found = owner.get(key)
    return found if found is not None else no_item(lo, owner, key, node)


def no_item(lo: Lowering, owner: Abstract, key: object, node: ast.AST) -> NoReturn:
    lo.fail_as(
        "KeyError",
        lambda: lo.fail(
            TypeMismatch,
            node,
            f"the {describe(owner)} has no key {key!r}",
            "",
            "use one of its keys; they are fixed by the argument's structure",
        ),
    )


def _get_text(lo: Lowering, owner: str, index: ast.expr, node: ast.AST) -> Abstract:
    """A character, or a part, of text that is known."""
    if isinstance(index, ast.Slice):
        bounds, present = slice_bounds(lo, index)
    else:
        bounds, present = [heap.as_index(lo, lo.expr(index), index)], ""
    if not all(b.is_const() for b in bounds):
        lo.fail(
            TypeMismatch,
            node,
            "which part of the text is meant depends on values",
            "text is computed while the function is compiled",
            "use a list of numbers",
        )
    given = iter(b.constant for b in bounds)
    if present:
        return Const(owner[slice(*(next(given) if p == "1" else None for p in present))])
    k = next(given)
    if not -len(owner) <= k < len(owner):
        lo.fail(
            TypeMismatch,
            node,
            f"{owner!r:.40} has {len(owner)} characters",
            f"[{k}] is not one",
            "use an index that exists",
        )
    return Const(owner[k])


def slice_bounds(lo: Lowering, node: ast.Slice) -> tuple[list[Value], str]:
    """The bounds that are written, and which those are (``"110"``: start and stop)."""
    parts = [None if n is None else lo.expr(n) for n in (node.lower, node.upper, node.step)]
    given = [None if isinstance(p, Const) and p.value is None else p for p in parts]
    bounds = [heap.as_index(lo, p, node) for p in given if p is not None]
    return bounds, "".join("0" if p is None else "1" for p in given)


@expression(ast.Attribute)
def attribute(lo: Lowering, node: ast.Attribute) -> Abstract:
    return attribute_of(lo, lo.expr(node.value), node.attr, node)


def attribute_of(lo: Lowering, owner: Abstract, attr: str, node: ast.AST) -> Abstract:
    """``owner.attr``."""
    attr = classes.mangled(lo, attr)
    on_class = isinstance(owner, Const) and isinstance(owner.value, type)
    if on_class or isinstance(owner, Super) or classes.class_of(owner) is not None:
        return classes.attribute(lo, owner, attr, node)
    if isinstance(owner, (Obj, Struct)):
        return BoundMethod(owner, attr)
    if isinstance(owner, Const):
        return names.attribute(lo, owner, attr, node)
    if isinstance(owner, (Ref, Value)):
        return BoundMethod(owner, attr)
    lo.fail(
        UnsupportedSyntax,
        node,
        f"attribute '{attr}' of a {describe(owner)} is not supported",
        "",
        "read the attribute before the function is called",
    )


@expression(ast.NamedExpr)
def walrus(lo: Lowering, node: ast.NamedExpr) -> Abstract:
    value = lo.expr(node.value)
    names.bind(lo, node.target.id, value)
    return value


@expression(ast.Lambda)
def closure(lo: Lowering, node: ast.Lambda) -> Abstract:
    return names.make_closure(lo, node, "<lambda>")


@expression(ast.GeneratorExp)
def generator(lo: Lowering, node: ast.GeneratorExp) -> Abstract:
    return Generator(node, lo.scope)


@expression(ast.Starred)
def starred(lo: Lowering, node: ast.Starred) -> Abstract:
    lo.fail(
        UnsupportedSyntax,
        node,
        "a starred expression is not supported here",
        "",
        "write the elements out",
    )
