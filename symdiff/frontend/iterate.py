"""Iterables: ranges, lists, tuples and what zip, enumerate and reversed make of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import heap, objects, operators
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import (
    Abstract,
    Const,
    Enumerate,
    Generator,
    Obj,
    Range,
    Ref,
    Reversed,
    Struct,
    Yielded,
    Zip,
    describe,
    pack,
)
from symdiff.ir.core import Value

Get = Callable[[Value], Abstract]


@dataclass(slots=True)
class Plan:
    """A loop over ints: its bounds and the element that an index stands for."""

    start: Value
    stop: Value
    step: Value
    element: Get
    ran: bool = False  # known to run at least once


def taken(x: Abstract) -> Abstract:
    """The values of a generator, for a consumer that takes them all at once."""
    return x.items if isinstance(x, Yielded) else x


def is_static(x: Abstract) -> bool:
    """Whether all elements are known one by one, so that a loop over them unrolls."""
    if isinstance(x, (Struct, Obj)) or (isinstance(x, Yielded) and isinstance(x.items, Struct)):
        return True
    if isinstance(x, Zip):
        return bool(x.parts) and all(map(is_static, x.parts))
    if isinstance(x, (Enumerate, Reversed)):
        return is_static(x.part)
    return isinstance(x, Const) and isinstance(x.value, (str, tuple))


def static_items(lo: Lowering, x: Abstract, node: ast.AST) -> list[Abstract]:
    """The elements of an iterable of known length."""
    x = objects.structure(lo, operators.iterated(lo, x, node), node)
    if isinstance(x, Struct):
        if x.kind == "dict":
            return [constant(lo, k) for k in x.keys]
        if x.kind == "record":
            lo.fail(
                TypeMismatch,
                node,
                f"a {describe(x)} cannot be iterated over",
                "",
                "loop over a range, a list or a tuple",
            )
        return list(x.items)
    if isinstance(x, Zip):
        columns = [static_items(lo, p, node) for p in x.parts]
        if x.strict and len({len(c) for c in columns}) > 1:
            lo.fail(
                TypeMismatch,
                node,
                "zip(strict=True) of different lengths",
                "",
                "pass sequences of one length",
            )
        return [pack(row) for row in zip(*columns, strict=False)]
    if isinstance(x, Enumerate):
        b = lo.builder
        return [
            pack([b.op("add", x.start, b.const(k)), e])
            for k, e in enumerate(static_items(lo, x.part, node))
        ]
    if isinstance(x, Reversed):
        return static_items(lo, x.part, node)[::-1]
    if isinstance(x, Range) and all(v.is_const() for v in (x.start, x.stop, x.step)):
        return [
            lo.builder.const(k) for k in range(x.start.constant, x.stop.constant, x.step.constant)
        ]
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        if value.op == "make_list" and value.stmt is not None:
            b = lo.builder
            return [heap.item(lo, x, b.const(k), node) for k in range(len(value.stmt.args))]
    if isinstance(x, Const) and isinstance(x.value, (str, tuple)):
        return [constant(lo, c) for c in x.value]
    lo.fail(
        TypeMismatch,
        node,
        f"the number of elements of this {describe(x)} is not known",
        "it must be fixed where values are passed or unpacked one by one",
        "use a loop, or pass the list itself",
    )


def constant(lo: Lowering, key: object) -> Abstract:
    """A number or text known while compiling."""
    return lo.builder.const(key) if isinstance(key, (bool, int, float)) else Const(key)


def plan(lo: Lowering, x: Abstract, node: ast.AST) -> Plan:
    """How a loop runs over ``x``."""
    b = lo.builder
    x = operators.iterated(lo, x, node)
    if isinstance(x, Range):
        return Plan(x.start, x.stop, x.step, lambda i: i, _runs(x))
    if isinstance(x, Reversed) and isinstance(x.part, Range):
        r = flip(lo, x.part)
        return Plan(r.start, r.stop, r.step, lambda i: i, _runs(r))
    if isinstance(x, Reversed):
        length, get = indexable(lo, x.part, node)
        start = b.op("sub", length, b.const(1))
        return Plan(start, b.const(-1), b.const(-1), get, length.is_const() and length.constant > 0)
    if isinstance(x, Enumerate) and isinstance(x.part, Range):
        r, first = x.part, x.start
        if r.start.is_const(0) and r.step.is_const(1):
            return Plan(
                r.start, r.stop, r.step, lambda i: pack([b.op("add", first, i), i]), _runs(r)
            )
    length, get = indexable(lo, x, node)
    return Plan(b.const(0), length, b.const(1), get, length.is_const() and length.constant > 0)


def _runs(r: Range) -> bool:
    bounds = (r.start, r.stop, r.step)
    return all(v.is_const() for v in bounds) and len(range(*(v.constant for v in bounds))) > 0


def flip(lo: Lowering, r: Range) -> Range:
    """``reversed(range(...))`` as a range."""
    b = lo.builder
    if r.step.is_const(1):
        one = b.const(1)
        return Range(b.op("sub", r.stop, one), b.op("sub", r.start, one), b.const(-1))
    last = b.op("sub", range_length(lo, r), b.const(1))
    start = b.op("add", r.start, b.op("mul", last, r.step))
    return Range(start, b.op("sub", r.start, r.step), b.op("neg", r.step))


def range_length(lo: Lowering, r: Range) -> Value:
    """``len(range(...))``."""
    b = lo.builder
    span = b.op("sub", r.stop, r.start)
    if r.step.is_const(-1):
        span = b.op("neg", span)
    elif not r.step.is_const(1):
        span = b.op("neg", b.op("floordiv", b.op("neg", span), r.step))
    if span.is_const():
        return b.const(max(0, span.constant))
    if span.op == "len":
        return span
    return b.op("max", span, b.const(0))


def indexable(lo: Lowering, x: Abstract, node: ast.AST) -> tuple[Value, Get]:
    """The length, and the element at an index that counts from 0."""
    b = lo.builder
    if isinstance(x, Ref):
        return b.op("len", heap.read(lo, x, node)), lambda i: heap.item(lo, x, i, node)
    if isinstance(x, Range):

        def at(i: Value) -> Value:
            return b.op("add", x.start, i if x.step.is_const(1) else b.op("mul", i, x.step))

        return range_length(lo, x), (lambda i: i) if x.start.is_const(0) and x.step.is_const(
            1
        ) else at
    if isinstance(x, Zip):
        return _zip(lo, x, node)
    if isinstance(x, Enumerate):
        length, get = indexable(lo, x.part, node)
        return length, lambda i: pack(
            [b.op("add", x.start, i) if not x.start.is_const(0) else i, get(i)]
        )
    if isinstance(x, Reversed):
        length, get = indexable(lo, x.part, node)
        return length, lambda i: get(b.op("sub", b.op("sub", length, b.const(1)), i))
    if isinstance(x, (Struct, Obj)):
        made = heap.make_list(lo, static_items(lo, x, node), node)
        return indexable(lo, made, node)
    if isinstance(x, Value):
        lo.fail(
            TypeMismatch,
            node,
            f"a {x.type} cannot be iterated over",
            "",
            "loop over range(n) or a list",
        )
    lo.fail(
        UnsupportedSyntax,
        node,
        f"iterating over a {describe(x)} is not supported",
        "",
        "loop over a range, a list, a tuple or a dict",
    )


def _zip(lo: Lowering, x: Zip, node: ast.AST) -> tuple[Value, Get]:
    b = lo.builder
    columns = [indexable(lo, p, node) for p in x.parts]
    length = columns[0][0]
    for other, _ in columns[1:]:
        if other is length:
            continue
        if x.strict:
            _check_same(lo, length, other)
        elif length.is_const() and other.is_const():
            length = b.const(min(length.constant, other.constant))
        else:
            length = b.op("min", length, other)
    return length, lambda i: pack([get(i) for _, get in columns])


def _check_same(lo: Lowering, a: Value, b_: Value) -> None:
    """zip(strict=True): Python raises at the end of the shorter one; so does the derivative, at the
    start."""
    b = lo.builder
    differs = b.op("ne", a, b_)

    def fails() -> list[Value]:
        b.op("raise", template="ValueError('zip() arguments differ in length')")
        return []

    if differs.is_const():
        if differs.constant:
            fails()
        return
    b.if_(differs, fails, lambda: [], style="stmt")


def sources(x: Abstract) -> list[Ref]:
    """The lists that a loop over ``x`` reads while it runs."""
    if isinstance(x, Ref):
        return [x]
    if isinstance(x, Zip):
        return [r for p in x.parts for r in sources(p)]
    if isinstance(x, (Enumerate, Reversed)):
        return sources(x.part)
    return []


def to_list(lo: Lowering, x: Abstract, node: ast.AST) -> Ref:
    """``list(x)``."""
    x = operators.iterated(lo, x, node)
    if isinstance(x, Ref):
        return heap.shallow(lo, heap.read(lo, x, node), x)
    if is_static(x):
        return heap.make_list(lo, static_items(lo, x, node), node)
    if isinstance(x, Generator):
        return COLLECT[0](lo, x.node, x.node.elt)
    return RUN[0](lo, x, node)


# filled by the modules of comprehensions and of loops, which need this one
RUN: list[Callable[[Lowering, Abstract, ast.AST], Ref]] = []
COLLECT: list[Callable[[Lowering, ast.GeneratorExp | ast.ListComp, ast.expr], Ref]] = []
