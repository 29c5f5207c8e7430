"""Operators of the user's classes: ``__add__`` and its like, looked up by the static class as
Python does it, the reflected one included."""

from __future__ import annotations

import ast
import enum
import operator
from collections.abc import Callable
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import generated
from symdiff.frontend.branches import every
from symdiff.frontend.classes import call_special, class_of, function
from symdiff.frontend.context import Lowering
from symdiff.frontend.optional import narrowed, present
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Obj,
    Optional,
    Yielded,
    describe,
    pack,
)
from symdiff.ir.core import Value

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "__neg__",
    ast.UAdd: "__pos__",
    ast.Invert: "__invert__",
}
COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("__lt__", "__gt__"),
    ast.LtE: ("__le__", "__ge__"),
    ast.Gt: ("__gt__", "__lt__"),
    ast.GtE: ("__ge__", "__le__"),
    ast.Eq: ("__eq__", "__eq__"),
    ast.NotEq: ("__ne__", "__ne__"),
}
NOT_IMPLEMENTED = Const(NotImplemented)


def number(lo: Lowering, x: Abstract) -> Abstract:
    """A member of an enum of numbers as the number."""
    if isinstance(x, Const) and isinstance(x.value, enum.Enum):
        for plain in (int, float):
            if isinstance(x.value, plain):
                return lo.builder.const(plain(x.value))
    return x


def binary(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op right`` where one of them is of a user's class; None where no class defines it."""
    name = BINARY[type(op)]
    flags = _flags(op, left, right)
    if flags is not None:
        return flags
    return _first(lo, left, right, (f"__{name}__", f"__r{name}__"), node, same_class=False)


def _flags(op: ast.operator, left: Abstract, right: Abstract) -> Abstract | None:
    """Members of one ``enum.Flag``: all is known."""
    if isinstance(left, Const) and isinstance(right, Const):
        a, b = left.value, right.value
        if isinstance(a, enum.Flag) and type(a) is type(b):
            combine: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
                ast.BitAnd: operator.and_,
                ast.BitOr: operator.or_,
                ast.BitXor: operator.xor,
            }
            return Const(combine[type(op)](a, b)) if type(op) in combine else None
    return None


def in_place(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op= right`` where the class of ``left`` says how."""
    found = call_special(lo, left, f"__i{BINARY[type(op)]}__", [right], node)
    return None if found == NOT_IMPLEMENTED else found


def unary(lo: Lowering, op: ast.unaryop, x: Abstract, node: ast.AST) -> Abstract | None:
    """``-x`` and its like."""
    return call_special(lo, x, UNARY[type(op)], [], node) if type(op) in UNARY else None


def _first(
    lo: Lowering,
    left: Abstract,
    right: Abstract,
    methods: tuple[str, str],
    node: ast.AST,
    *,
    same_class: bool,
) -> Abstract | None:
    """The first of the two methods that has an answer; a subclass on the right comes first."""
    a, b = class_of(left), class_of(right)
    tries = [(left, methods[0], right)]
    if a is not b or same_class:
        tries.append((right, methods[1], left))
    if a is not None and b is not None and a is not b and issubclass(b, a):
        tries.reverse()
    for owner, name, other in tries:
        found = call_special(lo, owner, name, [other], node)
        if found is not None and found != NOT_IMPLEMENTED:
            return found
    return None


# -- values that may be None -----------------------------------------------------------------------


def both_present(
    lo: Lowering, sign: str, left: Abstract, right: Abstract
) -> tuple[Abstract, Abstract]:
    """The operands, where neither may be None."""
    if not isinstance(left, Optional) and not isinstance(right, Optional):
        return left, right
    text = f"unsupported operand type for {sign}: 'NoneType'"
    return present(lo, left, text), present(lo, right, text)


def with_none(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Value:
    """A comparison of what may be None: by ``is`` and ``==`` None takes part."""
    left, right = (narrowed(lo.state.facts, x) for x in (left, right))
    if not isinstance(left, Optional) and not isinstance(right, Optional):
        return RELATION[0](lo, op, left, right, node)
    if isinstance(op, (ast.IsNot, ast.NotEq, ast.NotIn)):
        positive = {ast.IsNot: ast.Is, ast.NotEq: ast.Eq, ast.NotIn: ast.In}[type(op)]()
        return lo.builder.op("not", with_none(lo, positive, left, right, node))
    if isinstance(op, (ast.Is, ast.Eq)):
        return _same_or_none(lo, op, left, right, node)
    if isinstance(op, ast.In) and isinstance(left, Optional):
        lo.fail(
            TypeMismatch,
            node,
            "what is looked for may be None",
            "None is searched in another way than a value",
            "test it for None first",
        )
    return RELATION[0](lo, op, *both_present(lo, "a comparison", left, right), node)


def _same_or_none(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Value:
    one, other = (left, right) if isinstance(left, Optional) else (right, left)
    assert isinstance(one, Optional)
    if other == NONE_CONST:
        return lo.builder.op("not", one.there)
    if isinstance(other, Optional):
        lo.fail(
            TypeMismatch,
            node,
            "two values that may be None are compared",
            "they are equal where both are None, too",
            "test them for None first",
        )
    value, there = one.value, one.there
    return every(lo, [lambda: there, lambda: RELATION[0](lo, op, value, other, node)], node)


# -- comparisons -----------------------------------------------------------------------------------


def compare(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op right`` by the methods of a class; None where no class defines it."""
    if class_of(left) is None and class_of(right) is None:
        return None
    found = _first(lo, left, right, COMPARE[type(op)], node, same_class=True)
    if found is not None or not isinstance(op, (ast.Eq, ast.NotEq)):
        return found
    if isinstance(op, ast.NotEq):  # the opposite of __eq__, where there is no __ne__
        same = compare(lo, ast.Eq(), left, right, node)
        return lo.builder.op("not", same) if isinstance(same, Value) else None
    if not (isinstance(left, Obj) or isinstance(right, Obj)):
        return None
    return lo.builder.const(same_object(lo, left, right, node))


def same_object(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> bool:
    """``left is right`` of two objects."""
    if not isinstance(left, Obj) or not isinstance(right, Obj):
        if class_of(left) is not class_of(right):
            return False
        pair = [x for x in (left, right) if isinstance(x, Obj)]  # the other one is captured
        if not any(x.cell in lo.state.heap.frozen for x in pair):
            return False
    elif left.cell is right.cell:
        return True
    for x in (left, right):
        if not isinstance(x, Obj):
            continue
        why = lo.state.heap.frozen.get(x.cell)
        if why is not None:
            what = f"whether this is the same {describe(x)} is not known"
            lo.fail(TypeMismatch, node, what, why, "compare what they hold")
    return False


def fields_in_order(
    lo: Lowering, base: type, method: str, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """What a dataclass's own comparison does: the fields, as tuples, of two of one class."""
    if class_of(left) is not class_of(right):
        return NOT_IMPLEMENTED
    parts = [generated.compared(lo, base, x, node) for x in (left, right)]
    op: ast.cmpop = ast.Eq() if method == "__eq__" else generated.ORDER[method]()
    return RELATION[0](lo, op, parts[0], parts[1], node)


# filled by the module of expressions, which needs this one
RELATION: list[Callable[[Lowering, ast.cmpop, Abstract, Abstract, ast.AST], Value]] = []


# -- containers ------------------------------------------------------------------------------------


def iterated(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """What a loop over ``x`` runs over: what its ``__iter__`` gives, or its elements by index."""
    found = iterator(lo, x, node)
    return found.items if isinstance(found, Yielded) else found


def iterator(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """The same, where it matters that a generator gives the elements."""
    x = present(lo, x, "'NoneType' object is not iterable")
    if isinstance(x, Const) and isinstance(x.value, enum.EnumMeta):
        return pack(list(map(Const, x.value)))
    if class_of(x) is None:
        return x
    found = call_special(lo, x, "__iter__", [], node)
    if found is not None:
        return found
    if function(x, "__getitem__") is None or function(x, "__len__") is None:
        return x
    count = call_special(lo, x, "__len__", [], node)
    if not isinstance(count, Value) or not count.is_const():
        lo.fail(
            TypeMismatch,
            node,
            f"how many elements a {describe(x)} has is not known",
            "it is iterated over by __len__ and __getitem__",
            "give the class an __iter__ that returns iter(...) of a list",
        )
    items = [
        call_special(lo, x, "__getitem__", [lo.builder.const(k)], node)
        for k in range(count.constant)
    ]
    return pack([i for i in items if i is not None])
