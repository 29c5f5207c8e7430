"""What the builder folds while it builds.

Exact folds (no bit of any result changes) apply everywhere; the algebraic ones only where
``builder.relaxed`` says that the code is ours: adjoint and tangent code, in which nobody counts
on ``0.0 + x`` keeping the sign of a zero.

Here are conversions and comparisons; sums, products and lists have files of their own.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, FLOAT, INT
from symdiff.ops.operands import (
    alike,
    ints,
    operand_of,
    plain,
)

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


def float_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == FLOAT:
        return x
    return b.const(float(x.constant)) if ints(x) else None


def int_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == INT:
        return x
    return b.const(int(x.constant)) if ints(x) else None


def pos(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    return x if x.type in (INT, FLOAT) else None


def bool_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == BOOL:
        return x
    return b.const(bool(x.constant)) if x.is_const() else None


def not_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.is_const():
        return b.const(not x.constant)
    return operand_of(x) if x.op == "not" else None


def floor_div(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    return b.const(x.constant // y.constant) if ints(x, y) and y.constant else None


def remainder(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    return b.const(x.constant % y.constant) if ints(x, y) and y.constant else None


def comparison(name: str) -> Any:
    """Fold a comparison of two int constants, and of a float with an int literal to floats."""
    decide = getattr(operator, name)

    def fold(b: Builder, args: Args, attrs: Attrs) -> Value | None:
        if all(a.is_const() for a in args) and len({a.type for a in args}) == 1:
            return b.const(bool(decide(args[0].constant, args[1].constant)))
        x, y = args
        if x.type in (INT, FLOAT, BOOL) and y.type in (INT, FLOAT, BOOL):
            x, y = _whole(b, *alike(b, x, y))
        return b.op(name, x, y) if (x, y) != args else None

    return fold


def _whole(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """A whole float literal beside an int is an int: Python compares the two exactly."""
    if x.type == INT and plain(y) and y.type == FLOAT and y.constant.is_integer():
        return x, b.const(int(y.constant))
    if y.type == INT and plain(x) and x.type == FLOAT and x.constant.is_integer():
        return b.const(int(x.constant)), y
    return x, y
