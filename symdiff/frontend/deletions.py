"""``del``: of names, of keys and attributes of objects, and of parts of lists."""

from __future__ import annotations

import ast
from typing import NoReturn

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import classes, heap, library, mixed_lists, names, objects, slices
from symdiff.frontend.context import Lowering, statement
from symdiff.frontend.displays import static_key
from symdiff.frontend.values import Abstract, Obj, Ref, describe, is_slice


@statement(ast.Delete)
def deleting(lo: Lowering, node: ast.Delete) -> None:
    for target in node.targets:
        delete(lo, target)


def delete(lo: Lowering, target: ast.expr) -> None:
    """``del target``."""
    if isinstance(target, ast.Name):
        lo.expr(ast.copy_location(ast.Name(target.id, ast.Load()), target))  # it must be bound
        names.unbind(lo, target.id, f"it was deleted in line {target.lineno}")
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            delete(lo, part)
    elif isinstance(target, ast.Subscript):
        _delete_item(lo, lo.expr(target.value), target)
    else:
        assert isinstance(target, ast.Attribute)
        owner = lo.expr(target.value)
        if not isinstance(owner, Obj) or owner.cls is None:
            _refuse(lo, owner, target)
        _delete_key(lo, owner, classes.mangled(lo, target.attr), target)


def _delete_item(lo: Lowering, owner: Abstract, target: ast.Subscript) -> None:
    if isinstance(owner, Obj):
        if owner.kind == "dict":
            _delete_key(lo, owner, static_key(lo, lo.expr(target.slice), target.slice), target)
            return
        if owner.kind == "list":
            at = mixed_lists.place(lo, owner, lo.expr(target.slice), target)
            items = mixed_lists.items_of(lo, owner, target)
            mixed_lists.change(lo, owner, [*items[:at], *items[at + 1 :]], target)
            return
        if classes.function(owner, "__delitem__") is not None:
            classes.call_special(lo, owner, "__delitem__", [lo.expr(target.slice)], target)
            return
    if not isinstance(owner, Ref):
        _refuse(lo, owner, target)
    x = lo.expr(target.slice)
    if not is_slice(x):
        _delete_element(lo, owner, x, target)
        return
    bounds, present = slices.bounds(lo, x, target.slice)
    if present[2] == "1":
        lo.fail(
            UnsupportedSyntax,
            target,
            "a slice with a step is deleted",
            "which elements stay is not a slice of the list",
            "build a new list of those that stay",
        )
    b = lo.builder
    whole = heap.read(lo, owner, target)
    empty = b.op("make_list", elem=heap.list_type(lo, owner).elem)
    heap.replace_list(lo, owner, b.op("set_slice", whole, empty, *bounds, present=present), target)


def _delete_element(lo: Lowering, owner: Ref, x: Abstract, target: ast.Subscript) -> None:
    index = heap.as_index(lo, x, target.slice)
    if index.is_const(-1):
        heap.pop_last(lo, owner, target)
        return
    size = lo.builder.op("len", heap.read(lo, owner, target))
    at = library.follow(lo, library.from_front, [index, size], target)
    heap.delete(lo, owner, heap.as_index(lo, at, target), target)


def _delete_key(lo: Lowering, owner: Obj, key: object, node: ast.AST) -> None:
    if objects.contents(lo, owner).get(key) is None:
        lo.fail(
            TypeMismatch,
            node,
            f"the {describe(owner)} has no {key!r}",
            "there is nothing to delete",
            "delete what is there, once",
        )
    objects.delete(lo, owner, key, node)


def _refuse(lo: Lowering, owner: Abstract, node: ast.AST) -> NoReturn:
    lo.fail(
        TypeMismatch,
        node,
        f"a part of a {describe(owner)} is deleted",
        "only lists, dicts and objects can change",
        "build a new value without it",
    )
