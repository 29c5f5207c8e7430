"""``sorted``, ``max``, ``min`` and ``list.sort``: which element stands where is data; the elements
are differentiated at their places.

The order comes from the primal's values by Python's own stable sort, so that tied elements keep
their order and each derivative goes where its value went."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap, iterate, loop_statements
from symdiff.frontend.assign import joined
from symdiff.frontend.branches import branch
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import relation, truth
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Range,
    Ref,
    Spread,
    Struct,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import is_number

UNROLLED = 4  # so many candidates with a key are compared one by one


@builtin(max, min)
def extremum(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 999, "default", "key")
    key = call.kwargs.get("key", NONE_CONST)
    default = call.kwargs.get("default")
    spread = call.args[-1]
    if isinstance(spread, Spread):
        before = [pack(call.args[:-1])] if call.args[1:] else []
        made = joined(lo, [*before, spread.items], call.node)
        return _best_of_list(lo, made, key, call)
    if len(call.args) > 1:
        return _best(lo, list(call.args), key, call)
    x = call.args[0]
    if iterate.is_static(x):
        items = iterate.static_items(lo, x, call.node)
        if not items and default is not None:
            return default
        return _best(lo, items, key, call)
    xs = x if isinstance(x, Ref) else iterate.to_list(lo, x, call.node)
    value = heap.read(lo, xs, call.node)

    def found() -> Abstract:
        return _best_of_list(lo, xs, key, call)

    if default is None:
        return found()
    nonempty = lo.builder.op("ne", lo.builder.op("len", value), lo.builder.const(0))
    if nonempty.is_const():
        return found() if nonempty.constant else default
    return branch(lo, nonempty, found, lambda: default, call.node)


def _best_of_list(lo: Lowering, xs: Ref, key: Abstract, call: Call) -> Abstract:
    value = heap.read(lo, xs, call.node)
    if key == NONE_CONST and heap.holds_numbers(lo, xs):
        return lo.builder.op(f"{call.name}_list", value)
    keys = _keys(lo, xs, key, call.node)
    at = lo.builder.op(f"arg{call.name}", keys)
    return heap.item(lo, xs, at, call.node)


def _best(lo: Lowering, items: list[Abstract], key: Abstract, call: Call) -> Abstract:
    """The extremum of values that are known one by one."""
    if not items:
        lo.fail(
            TypeMismatch,
            call.node,
            f"{call.name}() of nothing",
            "",
            "pass at least one value, or default=",
        )
    if len(items) == 1:
        return items[0]
    numbers = all(isinstance(x, Value) and is_number(x.type) for x in items)
    if key == NONE_CONST and numbers:
        values = [lo.number(x, call.node) for x in items]
        return lo.builder.op(call.name if len(values) == 2 else f"{call.name}_n", *values)
    if numbers and len(items) > UNROLLED:
        return _best_of_list(lo, heap.make_list(lo, items, call.node), key, call)
    best, best_key = items[0], _key(lo, key, items[0], call.node)
    op = ast.Gt() if call.name == "max" else ast.Lt()
    for item in items[1:]:
        mine = _key(lo, key, item, call.node)
        better = relation(lo, op, mine, best_key, call.node)
        both = _either(lo, better, pack([item, mine]), pack([best, best_key]), call.node)
        assert isinstance(both, Struct)
        best, best_key = both.items
    return best


def _either(lo: Lowering, cond: Value, yes: Abstract, no: Abstract, node: ast.AST) -> Abstract:
    if cond.is_const():
        return yes if cond.constant else no
    return branch(lo, cond, lambda: yes, lambda: no, node)


def _key(lo: Lowering, key: Abstract, x: Abstract, node: ast.AST) -> Abstract:
    return x if key == NONE_CONST else lo.call(key, [x], node)


def _keys(lo: Lowering, xs: Ref, key: Abstract, node: ast.AST) -> Value:
    """The list of what elements are ordered by."""
    if key == NONE_CONST:
        return heap.read(lo, xs, node)
    made = loop_statements.collect_plan(lo, xs, node, lambda x: _key(lo, key, x, node))
    return heap.read(lo, made, node)


# -- sorting ---------------------------------------------------------------------------------------


@builtin(sorted)
def sorted_list(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1, "key", "reverse")
    x = call.args[0]
    key = call.kwargs.get("key", NONE_CONST)
    down = _reversed(lo, call)
    if iterate.is_static(x):
        items = iterate.static_items(lo, x, call.node)
        known = [_static(_key(lo, key, item, call.node)) for item in items]
        if all(k is not None for k in known):
            keys: list[Any] = [k[0] for k in known if k is not None]
            order = sorted(range(len(items)), key=keys.__getitem__, reverse=down)
            return pack([items[k] for k in order])
        x = heap.make_list(lo, items, call.node)
    xs = iterate.to_list(lo, x, call.node)
    return lo.new_cell(arranged(lo, xs, key, down, call.node))


def _reversed(lo: Lowering, call: Call) -> bool:
    cond = truth(lo, call.kwargs.get("reverse", lo.builder.const(False)), call.node)
    if not cond.is_const():
        lo.fail(
            TypeMismatch,
            call.node,
            f"whether {call.name}() goes up or down depends on data",
            "",
            "write reverse=True or reverse=False, with an if around it",
        )
    return bool(cond.constant)


def _static(x: Abstract) -> tuple[object] | None:
    """A key that is known, in a box."""
    if isinstance(x, Const) and isinstance(x.value, str):
        return (x.value,)
    if isinstance(x, Value) and x.is_const():
        return (x.constant,)
    if isinstance(x, Struct) and x.kind == "tuple":
        parts = [_static(i) for i in x.items]
        return None if None in parts else (tuple(p[0] for p in parts if p is not None),)
    return None


def arranged(lo: Lowering, xs: Ref, key: Abstract, down: bool, node: ast.AST) -> Value:
    """The list's elements in order."""
    b = lo.builder
    value = heap.read(lo, xs, node)
    order = b.op("argsort_down" if down else "argsort", _keys(lo, xs, key, node))
    every = Range(b.const(0), b.op("len", order), b.const(1))

    def element(k: Abstract) -> Abstract:
        assert isinstance(k, Value)
        return heap.item(lo, xs, b.getitem(order, k), node)

    made = loop_statements.collect_plan(lo, every, node, element)
    heap.shares_rows(lo, xs, "its rows are also in the sorted list")
    found = heap.read(lo, made, node)
    return found if found.type == value.type else heap.retype(b, found, value.type)


def sort(lo: Lowering, xs: Ref, kwargs: dict[str, Abstract], node: ast.AST) -> Abstract:
    """``xs.sort()``."""
    call = Call([xs], kwargs, node, "sort")
    call.only(lo, 1, 1, "key", "reverse")
    down = _reversed(lo, call)
    shared = xs.cell in lo.state.heap.inner
    value = arranged(lo, xs, kwargs.get("key", NONE_CONST), down, node)
    if not shared:  # each row has one place again, another one
        lo.state.heap.inner.pop(xs.cell, None)
    heap.replace_list(lo, xs, value, node)
    return NONE_CONST
