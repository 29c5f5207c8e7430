"""``==`` of what is no number: containers element by element, other things by what they are.

Python's containers are equal only to those of their own kind, a named tuple to a tuple, a set to a
view of keys. Where it is not known what a value is, or how two are compared, there is no answer
that could be relied on: refused."""

from __future__ import annotations

import ast
import collections
from collections.abc import Callable
from typing import NoReturn

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap, mixed_lists, objects, text
from symdiff.frontend.branches import every
from symdiff.frontend.context import Lowering
from symdiff.frontend.operators import RELATION
from symdiff.frontend.values import (
    Abstract,
    Const,
    Obj,
    Range,
    Ref,
    Struct,
    View,
    builtin_class,
    describe,
    is_function,
)
from symdiff.ir.core import Value
from symdiff.ir.types import STR


def equal(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    """``left == right``, where neither is of a class that says what that means."""
    if isinstance(left, Const) and isinstance(right, Const):
        return lo.builder.const(bool(left.value == right.value))
    left, right = (_written_out(lo, x) for x in (left, right))
    one, other = _family(left), _family(right)
    if one is None or other is None or one is object or other is object:
        _unknown(lo, left, right, node)
    if one != other:
        return lo.builder.const(False)
    if one in _COMPARED and not any(isinstance(x, Const) and one != "text" for x in (left, right)):
        return _COMPARED[one](lo, left, right, node)
    if left == right:
        return lo.builder.const(True)
    _unknown(lo, left, right, node)


def _written_out(lo: Lowering, x: Abstract) -> Abstract:
    """A tuple that is known as a whole, element by element."""
    known = isinstance(x, Const) and type(x.value) is tuple
    return text.known(lo, x.value) if known else x  # type: ignore[union-attr]


def _family(x: Abstract) -> object:
    """What a value can only be equal to its like of; None where that is not known."""
    if isinstance(x, Value):
        return "text" if x.type == STR else "number"
    if isinstance(x, Ref):
        return builtin_class(x) or list
    if isinstance(x, Struct) and x.kind in ("tuple", "namedtuple"):
        return tuple
    if isinstance(x, (Struct, Obj)):
        if x.cls is not None:
            return x.cls
        return {"list": list, "dict": dict, "set": set, "complex": "number"}.get(x.kind)
    if isinstance(x, View):
        return set if x.part == "keys" else x.part
    if isinstance(x, Range):
        return range
    if is_function(x):
        return "function"
    if isinstance(x, Const):
        return "text" if isinstance(x.value, str) else type(x.value)
    return None


def _unknown(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> NoReturn:
    lo.fail(
        TypeMismatch,
        node,
        f"whether a {describe(left)} is equal to a {describe(right)} is not known",
        "only numbers, text, lists, tuples, dicts and sets are compared as a whole",
        "compare what they hold",
    )


def _same(lo: Lowering, x: Abstract, y: Abstract, node: ast.AST) -> Callable[[], Value]:
    return lambda: RELATION[0](lo, ast.Eq(), x, y, node)


# -- containers ------------------------------------------------------------------------------------


def _text(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    a, b = (lo.builder.const(x.value) if isinstance(x, Const) else x for x in (left, right))
    assert isinstance(a, Value) and isinstance(b, Value)
    return lo.builder.op("eq", a, b)


def _tuples(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    assert isinstance(left, Struct) and isinstance(right, Struct)
    if len(left.items) != len(right.items):
        return lo.builder.const(False)
    pairs = zip(left.items, right.items, strict=True)
    return every(lo, [_same(lo, x, y, node) for x, y in pairs], node)


def _lists(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    b = lo.builder
    if isinstance(left, Ref) and isinstance(right, Ref):
        return b.op("list_eq", heap.read(lo, left, node), heap.read(lo, right, node))
    if isinstance(left, Ref):
        left, right = right, left
    assert isinstance(left, Obj)
    items = mixed_lists.items_of(lo, left, node)
    if isinstance(right, Obj):
        others = mixed_lists.items_of(lo, right, node)
        if len(items) != len(others):
            return b.const(False)
        return every(lo, [_same(lo, *p, node) for p in zip(items, others, strict=True)], node)
    assert isinstance(right, Ref)
    whole, row = heap.read(lo, right, node), right
    tests = [lambda: b.op("eq", b.op("len", whole), b.const(len(items)))]
    tests += [
        lambda x=x, k=k: _same(lo, x, heap.item(lo, row, b.const(k), node), node)()  # type: ignore[misc]
        for k, x in enumerate(items)
    ]
    return every(lo, tests, node)


def _dicts(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    assert isinstance(left, Obj) and isinstance(right, Obj)
    a, b = (objects.known(lo, x, node) for x in (left, right))
    if object in (left.cell.cls, right.cell.cls):
        _unknown(lo, left, right, node)
    keys = list(dict.fromkeys((*a.keys, *b.keys)))
    counts = left.cell.cls is right.cell.cls is collections.Counter
    if not counts and (len(a.keys) != len(keys) or len(b.keys) != len(keys)):
        return lo.builder.const(False)
    ordered = left.cell.cls is right.cell.cls is collections.OrderedDict
    if ordered and any(x != y for x, y in zip(a.keys, b.keys, strict=True)):
        return lo.builder.const(False)
    zero = lo.builder.const(0)
    pairs = [[zero if x is None else x for x in (a.get(k), b.get(k))] for k in keys]
    return every(lo, [_same(lo, x, y, node) for x, y in pairs], node)


def _ranges(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    found: list[range] = []
    for x in (left, right):
        assert isinstance(x, Range)
        ends = (x.start, x.stop, x.step)
        if not all(v.is_const() for v in ends):
            _unknown(lo, left, right, node)
        found.append(range(*(v.constant for v in ends)))
    return lo.builder.const(found[0] == found[1])


Comparison = Callable[[Lowering, Abstract, Abstract, ast.AST], Value]
_COMPARED: dict[object, Comparison] = {
    "text": _text,
    tuple: _tuples,
    list: _lists,
    collections.deque: _lists,
    dict: _dicts,
    range: _ranges,
}
