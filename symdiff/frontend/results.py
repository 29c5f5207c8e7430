"""Structures and the numbers in them: what a function takes apart to return it, and what is put
together from a derivative's outputs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap, list_parts, objects, storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.names import can_change
from symdiff.frontend.optional import present
from symdiff.frontend.values import (
    Abstract,
    Array,
    Const,
    Obj,
    Optional,
    Ref,
    Struct,
    describe,
    is_complex,
)
from symdiff.ir.core import Value
from symdiff.ir.types import FLOAT, UNKNOWN, ListType, Node, Static, Tree, Type, is_memory


def flatten(lo: Lowering, x: Abstract, out: list[Value], node: ast.AST, whose: str) -> Tree:
    """The structure of a value; its numbers and lists go to ``out``."""
    if isinstance(x, Optional):
        x = present(lo, x, "None is no number that could be differentiated")
    x = objects.structure(lo, x, node)
    if isinstance(x, Value):
        out.append(x)
        return x.type
    if isinstance(x, Array):
        out.append(storage.read(lo, x, node))
        return out[-1].type
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        if is_memory(heap.list_type(lo, x).elem):
            known = _arrays(lo, value, node, whose)
            out.extend(known)
            if known:
                return Node("list", tuple(range(len(known))), tuple(v.type for v in known))
        value = heap.retype(lo.builder, value, _settled(value.type))
        out.append(value)
        return value.type
    if is_complex(x):
        lo.fail(
            TypeMismatch,
            node,
            f"{whose} a complex number",
            "derivatives are those of real functions",
            "return the real and the imaginary part: z.real, z.imag",
        )
    if isinstance(x, Struct):
        parts = tuple(flatten(lo, i, out, node, whose) for i in x.items)
        return Node(x.kind, x.keys, parts, x.cls)
    if isinstance(x, Const) and (x.value is None or isinstance(x.value, str)):
        return Static(x.value)
    lo.fail(
        TypeMismatch,
        node,
        f"{whose} a {describe(x)}",
        "only numbers and structures of them are",
        "return a number, or a list, tuple or dict of numbers",
    )


def _arrays(lo: Lowering, xs: Value, node: ast.AST, whose: str) -> list[Value]:
    """The members of a list of arrays, where they are known one by one: each has its own shape."""
    known = list_parts.parts(lo.builder, xs)
    if known is None and lo.open_still and not lo.known_ints:
        lo.fail(
            TypeMismatch,
            node,
            f"{whose} a list of arrays whose number is not known",
            "each array of a result has a shape of its own",
            "return one array: np.array([...])",
        )
    return known or []


def _settled(t: Type) -> Type:
    """An empty list that is returned counts as one of floats."""
    if isinstance(t, ListType):
        return ListType("list", _settled(t.elem))
    return FLOAT if t == UNKNOWN else t


def structured(lo: Lowering, tree: Tree, leaf: Callable[[Type, str], Value], name: str) -> Abstract:
    """A value of a structure; ``leaf`` gives each of its numbers and lists."""
    if isinstance(tree, Static):
        return Const(tree.value)
    if isinstance(tree, Node):
        parts = tuple(
            structured(lo, c, leaf, f"{name}_{k}" if name else "")
            for k, c in zip(tree.keys, tree.children, strict=True)
        )
        struct = Struct(tree.kind, tree.keys, parts, tree.cls)
        return lo.new_object(struct, name) if can_change(tree.kind, tree.cls) else struct
    value = leaf(tree, name)
    return lo.new_cell(value, name) if isinstance(tree, ListType) else heap.unbox(lo, value, name)


def put_together(lo: Lowering, tree: Tree, values: Iterator[Value]) -> Abstract:
    """The structure with these numbers and lists in it."""
    return structured(lo, tree, lambda _, __: next(values), "")


def private(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """The value as a function sees it that may not change it: lists and objects are copies."""
    if isinstance(x, Ref):
        return lo.new_cell(heap.read(lo, x, node), x.cell.name)
    if isinstance(x, Array):
        return storage.fresh(lo, storage.read(lo, x, node), x.cell.name)
    if isinstance(x, Obj):
        held = private(lo, objects.contents(lo, x), node)
        assert isinstance(held, Struct)
        return lo.new_object(held, x.cell.name)
    if isinstance(x, Struct):
        return Struct(x.kind, x.keys, tuple(private(lo, i, node) for i in x.items), x.cls)
    return x
