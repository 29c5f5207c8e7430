"""Sets of known elements: an object whose keys they are.

The order of a set is no part of its value, and for text differs from run to run: what a set is
summed, sorted or searched by is right in any order, a loop over it is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend import iterate, objects
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import COMBINE, COMPARISONS
from symdiff.frontend.values import Abstract, Const, Obj, Struct, View, pack
from symdiff.ir.core import Value


def key_of(lo: Lowering, x: Abstract, node: ast.AST) -> Any:
    """An element, which must be known."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    if isinstance(x, Struct) and x.kind == "tuple":
        return tuple(key_of(lo, i, node) for i in x.items)
    lo.fail(
        UnsupportedSyntax,
        node,
        "an element of a set depends on data",
        "whether it is equal to another one is not known",
        "use a list",
    )


def contents(lo: Lowering, keys: Iterable[Any]) -> Struct:
    found = tuple(dict.fromkeys(keys))
    return Struct("set", found, tuple(iterate.constant(lo, k) for k in found))


def keys_of(lo: Lowering, x: Abstract, node: ast.AST) -> list[Any]:
    """The elements of a set, or of another iterable."""
    if isinstance(x, View) and x.part == "keys":
        x = x.owner
    if isinstance(x, Obj) and x.kind in ("set", "dict"):
        return list(objects.known(lo, x, node).keys)
    return [key_of(lo, i, node) for i in iterate.static_items(lo, x, node)]


def in_any_order(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """A set for what does not depend on its order; anything else as it is."""
    if isinstance(x, Obj) and x.kind == "set":
        return pack([iterate.constant(lo, k) for k in keys_of(lo, x, node)])
    return x


Pick = Callable[[list[Any], list[Any]], list[Any]]
COMBINED: dict[str, Pick] = {
    "union": lambda a, b: [*a, *b],
    "intersection": lambda a, b: [k for k in a if k in b],
    "difference": lambda a, b: [k for k in a if k not in b],
    "symmetric_difference": lambda a, b: [
        *(k for k in a if k not in b),
        *(k for k in b if k not in a),
    ],
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.BitOr: "union",
    ast.BitAnd: "intersection",
    ast.Sub: "difference",
    ast.BitXor: "symmetric_difference",
}
ORDER: dict[type[ast.cmpop], Callable[[frozenset[Any], frozenset[Any]], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def is_set(x: Abstract) -> bool:
    """A set, or the keys of a dict, which are like one."""
    if isinstance(x, View):
        return x.part == "keys"
    return isinstance(x, Obj) and x.kind == "set"


def combined(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op right`` of two sets."""
    if not (is_set(left) and is_set(right)) or type(op) not in OPERATORS:
        return None
    pick = COMBINED[OPERATORS[type(op)]]
    made = lo.new_object(contents(lo, pick(keys_of(lo, left, node), keys_of(lo, right, node))))
    made.cell.cls = left.cell.cls if isinstance(left, Obj) else None
    return made


def compared(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Value | None:
    """``left op right`` of two sets."""
    if not (is_set(left) and is_set(right)) or type(op) not in ORDER:
        return None
    a, b = (frozenset(keys_of(lo, x, node)) for x in (left, right))
    return lo.builder.const(ORDER[type(op)](a, b))


COMBINE.append(combined)
COMPARISONS.append(compared)
