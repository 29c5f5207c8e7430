"""Builtins that make or read sequences: ``len``, ``range``, ``zip``, ``list`` and their like."""

from __future__ import annotations

import ast
import math

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import heap, iterate, text
from symdiff.frontend.builtin_calls import Call, builtin, call_row
from symdiff.frontend.comprehension import collect
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import operate
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Enumerate,
    Generator,
    Obj,
    Range,
    Ref,
    Reversed,
    Struct,
    Zip,
    describe,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.opspec import OPS


@builtin(len)
def length(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if isinstance(x, Ref):
        return lo.builder.op("len", heap.read(lo, x, call.node))
    if isinstance(x, (Struct, Obj)):
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
    )


@builtin(range)
def ranged(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 3)
    b = lo.builder
    v = [heap.as_index(lo, x, call.node) for x in call.args]
    if len(v) == 1:
        return Range(b.const(0), v[0], b.const(1))
    return Range(v[0], v[1], v[2] if len(v) == 3 else b.const(1))


@builtin(zip)
def zipped(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 99, "strict")
    strict = call.kwargs.get("strict")
    parts = tuple(_stream(lo, x, call) for x in call.args)
    return Zip(parts, isinstance(strict, Value) and strict.is_const(True))


def _stream(lo: Lowering, x: Abstract, call: Call) -> Abstract:
    if isinstance(x, Generator):
        return iterate.to_list(lo, x, call.node)
    return x


@builtin(enumerate)
def enumerated(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "start")
    start = call.args[1] if len(call.args) > 1 else call.kwargs.get("start", lo.builder.const(0))
    return Enumerate(_stream(lo, call.args[0], call), heap.as_index(lo, start, call.node))


@builtin(reversed)
def backwards(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return Reversed(_stream(lo, call.args[0], call))


@builtin(list)
def listed(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    return (
        iterate.to_list(lo, call.args[0], call.node)
        if call.args
        else heap.make_list(lo, [], call.node)
    )


@builtin(tuple)
def tupled(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    if not call.args:
        return pack([])
    x = call.args[0]
    if isinstance(x, Generator):
        x = collect(lo, x.node, x.node.elt)
    return pack(iterate.static_items(lo, x, call.node))


@builtin(dict)
def dicted(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 0, *call.kwargs)
    return lo.new_object(Struct("dict", tuple(call.kwargs), tuple(call.kwargs.values())))


@builtin(print)
def printed(lo: Lowering, call: Call) -> Abstract:
    return NONE_CONST


@builtin(str, repr, format)
def text_of(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0 if call.name == "str" else 1, 2 if call.name == "format" else 1)
    return text.called(lo, call.name, call.args, call.node)


@builtin(
    sorted,
    map,
    filter,
    next,
    set,
    frozenset,
    input,
    open,
    eval,
    exec,
    vars,
)
def refused(lo: Lowering, call: Call) -> Abstract:
    hints = {
        "sorted": "sort before the function is called",
        "map": "use a comprehension",
        "filter": "use a comprehension",
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
