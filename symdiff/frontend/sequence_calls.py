"""Builtins that make or read sequences: ``len``, ``range``, ``zip``, ``list`` and their like."""

from __future__ import annotations

import ast
import math

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import arrays, complexes, heap, iterate, library, mixed_lists, slices, text
from symdiff.frontend.builtin_calls import Call, builtin, call_row
from symdiff.frontend.comprehension import collect
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import operate
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Deferred,
    Enumerate,
    Generator,
    Obj,
    Range,
    Ref,
    Reversed,
    Spread,
    Stream,
    Struct,
    View,
    Zip,
    describe,
    is_complex,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.opspec import OPS


@builtin(len)
def length(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if is_complex(x):
        x = complexes.larger(lo, x, call.node)
    if arrays.is_array(x):
        return arrays.length(lo, x, call.node)
    if isinstance(x, Ref):
        return lo.builder.op("len", heap.read(lo, x, call.node))
    if isinstance(x, (Struct, Obj, View)):
        return lo.builder.const(len(iterate.static_items(lo, x, call.node)))
    if isinstance(x, Const) and isinstance(x.value, (str, tuple)):
        return lo.builder.const(len(x.value))
    if isinstance(x, Range):
        return iterate.range_length(lo, x)
    lo.fail(
        TypeMismatch,
        call.node,
        f"a {describe(x)} has no length",
        "",
        "len() is for lists, tuples, dicts and text",
        raises="TypeError" if isinstance(x, Value) or x == NONE_CONST else "",
    )


@builtin(range)
def ranged(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 3)
    b = lo.builder
    v = [heap.as_index(lo, x, call.node) for x in call.args]
    if len(v) == 1:
        return Range(b.const(0), v[0], b.const(1))
    return Range(v[0], v[1], v[2] if len(v) == 3 else b.const(1))


@builtin(slice)
def sliced(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 3)
    return slices.made(call.args)


@builtin(zip)
def zipped(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 999, "strict")
    if not call.args:
        return iterate.stream(lo, pack([]))
    if len(call.args) == 1 and isinstance(call.args[0], Spread):
        rows = call.args[0].items

        def columns() -> Abstract:
            return library.follow(lo, library.transposed, [rows], call.node)

        return iterate.stream(lo, Deferred((rows,), False, columns))
    strict = call.kwargs.get("strict")
    checked = isinstance(strict, Value) and strict.is_const(True)
    return iterate.stream(lo, Zip(tuple(call.args), checked))


@builtin(enumerate)
def enumerated(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "start")
    start = call.args[1] if len(call.args) > 1 else call.kwargs.get("start", lo.builder.const(0))
    return iterate.stream(lo, Enumerate(call.args[0], heap.as_index(lo, start, call.node)))


@builtin(reversed)
def backwards(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if isinstance(x, (Stream, Value)):
        lo.fail(
            TypeMismatch,
            call.node,
            f"this {describe(x)} cannot be reversed",
            "it has no last element to begin with",
            "make a list of it first: reversed(list(...))",
        )
    return iterate.stream(lo, Reversed(x))


@builtin(list)
def listed(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    if not call.args:
        return heap.make_list(lo, [], call.node)
    x = iterate.opened(lo, call.args[0], call.node)
    if isinstance(x, Generator):
        return collect(lo, x.node, x.scope, x.first)
    x = iterate.settled(lo, x, call.node)
    if iterate.is_static(x) and not iterate.stages(x)[1]:
        return mixed_lists.make(lo, iterate.static_items(lo, x, call.node), call.node)
    return iterate.to_list(lo, x, call.node)


@builtin(tuple)
def tupled(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    if not call.args:
        return pack([])
    x = iterate.opened(lo, call.args[0], call.node)
    if isinstance(x, Generator):
        x = iterate.GATHER[0](lo, x)
    return pack(iterate.static_items(lo, x, call.node))


@builtin(print)
def printed(lo: Lowering, call: Call) -> Abstract:
    return NONE_CONST


@builtin(str, repr, format)
def text_of(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0 if call.name == "str" else 1, 2 if call.name == "format" else 1)
    return text.called(lo, call.name, call.args, call.node)


@builtin(
    input,
    open,
    eval,
    exec,
    vars,
)
def refused(lo: Lowering, call: Call) -> Abstract:
    hints = {
        "open": "read the file before the function is called",
    }
    lo.fail(
        UnsupportedCall,
        call.node,
        f"{call.name}() is not supported",
        "it has no rule",
        hints.get(call.name, ""),
    )


@builtin(math.log)
def logarithm(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    if len(call.args) == 1:
        return call_row(lo, "log", call)
    x, base = (lo.builder.op("log", lo.number(a, call.node)) for a in call.args)
    return lo.builder.op("div", x, base)


@builtin(math.hypot)
def hypotenuse(lo: Lowering, call: Call) -> Abstract:
    """``math.hypot``; of a list of any length it is the distance from the origin."""
    if len(call.args) == 1 and isinstance(call.args[0], Spread):
        b = lo.builder
        xs = heap.read(lo, call.args[0].items, call.node)
        return b.op("dist", xs, b.op("list_fill", b.op("len", xs), b.const(0.0)))
    return call_row(lo, "hypot", call)


@builtin(math.dist)
def distance(lo: Lowering, call: Call) -> Abstract:
    """``math.dist`` of two points of known length; a row where they are lists."""
    call.only(lo, 2, 2)
    p, q = call.args
    if (
        isinstance(p, Struct)
        and isinstance(q, Struct)
        and len(p.items) == len(q.items)
        and "hypot" in OPS
    ):
        parts = [
            lo.number(operate(lo, ast.Sub(), x, y, call.node), call.node)
            for x, y in zip(p.items, q.items, strict=True)
        ]
        return lo.builder.op("hypot", *parts)
    return call_row(lo, "dist", call)
