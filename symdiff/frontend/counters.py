"""``collections.Counter``: a dict with known keys whose items are counts, a missing one zero.

Counts may be any numbers. Where an operator keeps positive counts only and a count is data, the key
is there if the count is positive, as it is where a path puts a key into a dict."""

from __future__ import annotations

import ast
import collections
from collections.abc import Callable
from typing import Any

from symdiff.errors import UnsupportedCall
from symdiff.frontend import dict_contents, iterate, library, objects
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering
from symdiff.frontend.displays import present_or, static_key
from symdiff.frontend.expressions import COMBINE, operate, relation
from symdiff.frontend.values import NONE_CONST, Abstract, Maybe, Obj, Struct, View, pack
from symdiff.ir.core import Value

Counts = dict[Any, Abstract]


def is_counter(x: Abstract) -> bool:
    return isinstance(x, Obj) and x.cell.cls is collections.Counter


@builtin(collections.Counter)
def made(lo: Lowering, call: Call) -> Abstract:
    """How often each known element occurs."""
    call.only(lo, 0, 1, *call.kwargs)
    obj = lo.new_object(Struct("dict", (), ()))
    obj.cell.cls = collections.Counter
    counter = Obj(obj.cell, obj.kind, obj.cls, lo.builder.const(0))
    _tally(lo, counter, call, ast.Add())
    return counter


def _tally(lo: Lowering, c: Obj, call: Call, op: ast.operator) -> None:
    """Add to the counts, or take from them."""
    for key, count in [*_given(lo, call), *call.kwargs.items()]:
        known = objects.contents(lo, c).get(key)
        if known is None and isinstance(op, ast.Add):
            new = count
        else:
            new = operate(lo, op, _count(lo, known, call.node), count, call.node)
        objects.store(lo, c, key, new, call.node)


def _given(lo: Lowering, call: Call) -> list[tuple[Any, Abstract]]:
    """Elements and their counts, of a dict or of an iterable of elements."""
    if not call.args:
        return []
    x = call.args[0]
    if isinstance(x, Obj) and x.kind == "dict":
        return dict_contents.pairs(lo, x, call.node)
    if not iterate.is_known(lo, iterate.settled(lo, x, call.node), call.node):
        lo.fail(
            UnsupportedCall,
            call.node,
            "Counter() of data is not supported",
            "its keys would be values, which are not known",
            "count with sum(x == v for x in xs), or use a list indexed by an int",
        )
    one = lo.builder.const(1)
    items = iterate.static_items(lo, x, call.node)
    return [(static_key(lo, item, call.node), one) for item in items]


def _count(lo: Lowering, item: Abstract | None, node: ast.AST) -> Abstract:
    zero = lo.builder.const(0)
    if item is None:
        return zero
    return present_or(lo, item, zero, node) if isinstance(item, Maybe) else item


def _counts(lo: Lowering, c: Obj, node: ast.AST) -> Counts:
    held = objects.contents(lo, c)
    return {k: _count(lo, i, node) for k, i in zip(held.keys, held.items, strict=True)}


# -- methods ---------------------------------------------------------------------------------------


def method(lo: Lowering, c: Obj, name: str, call: Call) -> Abstract | None:
    """The methods that a dict does not have, or that do something else there; None for others."""
    if name in ("update", "subtract"):
        call.only(lo, 0, 1, *call.kwargs)
        _tally(lo, c, call, ast.Add() if name == "update" else ast.Sub())
        return NONE_CONST
    if name == "total":
        call.only(lo, 0, 0)
        return library.follow(lo, library.summed, [View(c, "values")], call.node)
    if name == "most_common":
        call.only(lo, 0, 1)
        how_many = call.args[0] if call.args else NONE_CONST
        return library.follow(lo, library.most_common, [View(c, "items"), how_many], call.node)
    if name == "elements":
        call.only(lo, 0, 0)
        return iterate.stream(lo, pack(_elements(lo, c, call.node)))
    return None


def _elements(lo: Lowering, c: Obj, node: ast.AST) -> list[Abstract]:
    found: list[Abstract] = []
    for key, count in _counts(lo, c, node).items():
        if not isinstance(count, Value) or not count.is_const():
            lo.fail(
                UnsupportedCall,
                node,
                "elements() of a Counter whose counts depend on data is not supported",
                "how many elements there are is not known",
                "loop over its items",
            )
        found += [iterate.constant(lo, key)] * count.constant
    return found


# -- operators -------------------------------------------------------------------------------------


def combined(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op right`` of two counters, of which positive counts are kept."""
    if not (is_counter(left) and is_counter(right)) or type(op) not in OPERATORS:
        return None
    assert isinstance(left, Obj) and isinstance(right, Obj)
    a, b = _counts(lo, left, node), _counts(lo, right, node)
    zero = lo.builder.const(0)
    keys = [k for k in a if k in b] if isinstance(op, ast.BitAnd) else dict.fromkeys((*a, *b))
    held = Struct("dict", (), ())
    for key in keys:
        count = OPERATORS[type(op)](lo, a.get(key, zero), b.get(key, zero), node)
        positive = relation(lo, ast.Gt(), count, zero, node)
        if not positive.is_const():
            held = held.put(key, Maybe(count, positive))
        elif positive.constant:
            held = held.put(key, count)
    return objects.like(lo, left, held)


Operator = Callable[[Lowering, Abstract, Abstract, ast.AST], Abstract]
OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: lambda lo, x, y, node: operate(lo, ast.Add(), x, y, node),
    ast.Sub: lambda lo, x, y, node: operate(lo, ast.Sub(), x, y, node),
    ast.BitOr: lambda lo, x, y, node: library.follow(lo, library.larger, [x, y], node),
    ast.BitAnd: lambda lo, x, y, node: library.follow(lo, library.smaller, [x, y], node),
}
COMBINE.insert(0, combined)  # before the dicts' own
