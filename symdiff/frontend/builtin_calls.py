"""Builtins and the functions of ``math``: one entry per callable."""

from __future__ import annotations

import ast
import builtins
import importlib
import math
from collections.abc import Callable
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import attempts, heap, iterate, storage
from symdiff.frontend.comprehension import each
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import operate, truth
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Ref,
    Stream,
    Struct,
    describe,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import INT, STR, UNKNOWN, ListType, is_memory
from symdiff.records import dataclass


@dataclass(slots=True)
class Call:
    """A call being lowered: evaluated arguments and the node for messages."""

    args: list[Abstract]
    kwargs: dict[str, Abstract]
    node: ast.AST
    name: str

    def only(self, lo: Lowering, least: int, most: int, *keywords: str) -> None:
        """Check the number of arguments and the keywords."""
        bad = [k for k in self.kwargs if k not in keywords]
        if bad:
            lo.fail(
                UnsupportedCall,
                self.node,
                f"{self.name}() with {bad[0]}= is not supported",
                "",
                "leave it out, or write the loop",
            )
        if not least <= len(self.args) <= most:
            lo.fail(
                TypeMismatch,
                self.node,
                f"{self.name}() takes another number of arguments",
                "",
                "call it as Python's documentation shows",
            )


Handler = Callable[[Lowering, Call], Abstract]
BUILTINS: dict[Any, Handler] = {}


def builtin(*functions: Any) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        for f in functions:
            BUILTINS[f] = handler
        return handler

    return register


_ROWS: dict[int, str] = {}


def row_of(f: Any) -> str | None:
    """The operation that a callable stands for, by identity (so aliases and ``from math import``
    work)."""
    if not _ROWS:
        for spec in OPS.loaded():  # those on arrays stand for no function of a number
            for dotted in spec.python:
                module, _, attr = dotted.rpartition(".")
                if module.startswith(("numpy", "scipy")):
                    continue  # theirs are called through frontend.arrays
                found = getattr(importlib.import_module(module) if module else builtins, attr, None)
                if found is not None:
                    _ROWS[id(found)] = spec.name
    return _ROWS.get(id(f))


def call_row(lo: Lowering, name: str, call: Call) -> Abstract:
    """A call that is one operation."""
    spec = OPS[name]
    call.only(lo, 0 if spec.starred else len(spec.params), 99 if spec.starred else len(spec.params))
    args: list[Value] = []
    for x in call.args:
        if isinstance(x, Stream):
            x = iterate.to_list(lo, x, call.node)
        if isinstance(x, Struct) and x.kind in ("tuple", "namedtuple"):
            x = heap.make_list(lo, list(x.items), call.node)
        args.append(heap.read(lo, x, call.node) if isinstance(x, Ref) else _plain(lo, x, call))
    value = lo.builder.op(name, *args)
    return lo.new_cell(value) if isinstance(value.type, ListType) else heap.unbox(lo, value)


def _plain(lo: Lowering, x: Abstract, call: Call) -> Value:
    if isinstance(x, Value) and x.type != STR:
        return x
    lo.none_used(f"{call.name}() needs a number", x)
    lo.fail(
        TypeMismatch,
        call.node,
        f"{call.name}() of a {describe(x)}",
        "a number is needed here",
        "pass a number, or take an element of it",
    )


@builtin(sum)
def summed(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "start")
    x = call.args[0]
    start: Abstract = (
        call.args[1] if len(call.args) > 1 else call.kwargs.get("start", lo.builder.const(0))
    )

    def add(a: Abstract, b: Abstract) -> Abstract:
        return operate(lo, ast.Add(), a, b, call.node)

    if iterate.is_generator(x) or (isinstance(x, Ref) and _holds_arrays(lo, x)):
        return _of_arrays(lo, x, call, start, add)
    if isinstance(x, Ref) and heap.list_type(lo, x).elem == UNKNOWN:
        return start  # nothing was ever put into it
    if isinstance(x, Ref) and isinstance(start, Value) and heap.holds_numbers(lo, x):
        total = lo.builder.op("sum_list", heap.read(lo, x, call.node))
        return total if start.is_const(0) and start.type == INT else add(start, total)
    if iterate.is_static(x):
        for item in iterate.static_items(lo, x, call.node):
            start = (
                item
                if _int_zero(start) and isinstance(item, Value) and item.type == INT
                else add(start, item)
            )
        return start
    return each(lo, x, call.node, start, add)


def _holds_arrays(lo: Lowering, xs: Ref) -> bool:
    return is_memory(heap.list_type(lo, xs).elem)


def _of_arrays(
    lo: Lowering, x: Abstract, call: Call, start: Abstract,
    add: Callable[[Abstract, Abstract], Abstract],
) -> Abstract:
    """A sum of what may be arrays: from the number 0 on, it would change its type on the way."""
    try:
        with attempts.undone(lo, TypeMismatch):
            return each(lo, x, call.node, start, add)
    except TypeMismatch:
        xs = iterate.to_list(lo, x, call.node)
        if not _int_zero(start) or not _holds_arrays(lo, xs):
            raise
    b = lo.builder
    rows = b.op("from_list", heap.read(lo, xs, call.node), dtype=None)
    return storage.fresh(lo, b.op("sum", rows, axes=(0,), keepdims=False))


def _int_zero(x: Abstract) -> bool:
    return isinstance(x, Value) and x.is_const(0) and x.type == INT


@builtin(math.prod)
def product(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1, "start")
    x, start = call.args[0], call.kwargs.get("start", lo.builder.const(1))

    def times(a: Abstract, b: Abstract) -> Abstract:
        return operate(lo, ast.Mult(), a, b, call.node)

    if iterate.is_generator(x):
        x = iterate.to_list(lo, x, call.node)
    if iterate.is_static(x):
        for item in iterate.static_items(lo, x, call.node):
            start = (
                item
                if isinstance(start, Value) and start.is_const(1) and start.type == INT
                else times(start, item)
            )
        return start
    made = x if isinstance(x, Ref) else iterate.to_list(lo, x, call.node)
    value = lo.builder.op("prod_list", heap.read(lo, made, call.node))
    return (
        value
        if isinstance(start, Value) and start.is_const(1) and start.type == INT
        else times(start, value)
    )


@builtin(any, all)
def quantified(lo: Lowering, call: Call) -> Abstract:
    """The first element that decides ends the loop, as in Python: later ones may not even be
    defined."""
    call.only(lo, 1, 1)
    conj = call.name == "all"
    x = call.args[0]
    if isinstance(x, Ref) and heap.list_type(lo, x).elem == UNKNOWN:  # it is empty
        return lo.builder.const(conj)

    def step(_: Abstract, item: Abstract) -> Abstract:
        return truth(lo, item, call.node)

    def decided(found: Abstract) -> Value:
        assert isinstance(found, Value)
        return lo.builder.op("not", found) if conj else found

    return each(lo, call.args[0], call.node, lo.builder.const(conj), step, decided)


@builtin(math.isclose)
def is_close(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2, "rel_tol", "abs_tol")
    values = [_plain(lo, x, call) for x in call.args]
    if not call.kwargs:
        return lo.builder.op("isclose", *values)
    for name, default in (("rel_tol", 1e-9), ("abs_tol", 0.0)):
        values.append(_plain(lo, call.kwargs.get(name, lo.builder.const(default)), call))
    return lo.builder.op("isclose_tol", *values)


@builtin(pow)
def power(lo: Lowering, call: Call) -> Abstract:
    """``pow`` of two numbers, or of three ints, which is data."""
    call.only(lo, 2, 3, "base", "exp", "mod")
    given = [*call.args, *(call.kwargs[k] for k in ("base", "exp", "mod") if k in call.kwargs)]
    if len(given) == 3 and given[2] != NONE_CONST:
        base, exponent, modulus = (heap.as_index(lo, x, call.node) for x in given)
        return lo.builder.op("pow_mod", base, exponent, modulus)
    return operate(lo, ast.Pow(), given[0], given[1], call.node)


@builtin(round)
def rounded(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "ndigits")
    x = lo.number(call.args[0], call.node)
    digits = call.args[1] if len(call.args) > 1 else call.kwargs.get("ndigits", NONE_CONST)
    if isinstance(digits, Const) and digits.value is None:
        return lo.builder.op("round", x)
    return lo.builder.op("round_n", x, heap.as_index(lo, digits, call.node))


@builtin(divmod)
def div_mod(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    x, y = (lo.number(a, call.node) for a in call.args)
    return pack([lo.builder.op("floordiv", x, y), lo.builder.op("mod", x, y)])


@builtin(float, int, bool)
def converted(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    if not call.args:
        return lo.builder.const({"float": 0.0, "int": 0, "bool": False}[call.name])
    x = call.args[0]
    if call.name == "bool":
        return truth(lo, x, call.node)
    if isinstance(x, Const) and isinstance(x.value, str):
        try:
            return lo.builder.const(float(x.value) if call.name == "float" else int(x.value))
        except ValueError:
            lo.raises("ValueError")
            raise
    return lo.builder.op(call.name, _plain(lo, x, call))
