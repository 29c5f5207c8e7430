"""Folds of sums and differences (see :mod:`fold`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import FLOAT, INT, is_array
from symdiff.ops.multiples import like_terms
from symdiff.ops.operands import (
    alike,
    bare,
    exactly,
    is_neg,
    numbers,
    operand_of,
    plain_scalars,
    real,
    two_floats,
)

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


def add(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    plain = two_floats(x, y)
    if not plain:
        x, y = plain_scalars(b, *alike(b, x, y))
    if numbers(x, y):
        return b.const(x.constant + y.constant)
    if not plain:
        if b.relaxed and x.type == y.type and is_array(x.type):
            found = _sum_of_arrays(b, x, y)
            if found is not None:
                return found
        if x.type is y.type is INT:
            return _add_ints(b, x, y)
    if b.relaxed:
        x, y = bare(b, x, y)
        if plain or real(x, y):
            found = _add_relaxed(b, x, y)
            if found is not None:
                return found
    return b.op("add", x, y) if (x, y) != args else None


def _add_relaxed(b: Builder, x: Value, y: Value) -> Value | None:
    if x.op == "const" and x.is_const(0):
        return b.to_float(y)
    if y.op == "const" and y.is_const(0):
        return b.to_float(x)
    if y.op == "neg":
        return b.sub(x, operand_of(y))
    if x.op == "neg":
        return b.sub(y, operand_of(x))
    return like_terms(b, x, y, 1.0)


def _sum_of_arrays(b: Builder, x: Value, y: Value) -> Value | None:
    """Zeros are nothing in a sum, and two halves of a choice are one."""
    if _is_zeros(x) or _is_zeros(y):
        return y if _is_zeros(x) else x
    if x.op == "where" and y.op == "where":
        return _one_choice(b, x, y) or _one_choice(b, y, x)
    return None


def _one_choice(b: Builder, x: Value, y: Value) -> Value | None:
    """``where(c, u, 0) + where(c, 0, v)`` is ``where(c, u, v)``."""
    assert x.stmt is not None and y.stmt is not None
    (c, u, no), (other, yes, v) = x.stmt.args, y.stmt.args
    return b.op("where", c, u, v) if c is other and no.is_const(0) and yes.is_const(0) else None


def _is_zeros(x: Value) -> bool:
    """Whether it is an array of zeros, which a sum with one of the same shape can do without."""
    if x.op == "zeros_like":
        return True
    if x.op not in ("full", "full_like") or x.stmt is None:
        return False
    return x.stmt.args[0 if x.op == "full" else 1].is_const(0)


def _add_ints(b: Builder, x: Value, y: Value) -> Value | None:
    """Sums of ints, which are exact in any form."""
    for zero, other in ((x, y), (y, x)):
        if zero.is_const(0):
            return other
    if is_neg(y):
        return b.sub(x, operand_of(y))
    if is_neg(x):
        return b.sub(y, operand_of(x))
    if y.is_const() and x.op == "sub" and x.stmt is not None and x.stmt.args[1].is_const():
        n, less = x.stmt.args  # (n - 1) + 1
        more = y.constant - less.constant
        return b.sub(n, b.const(-more)) if more < 0 else b.add(n, b.const(more))
    return b.op("add", y, x) if b.relaxed and x.is_const() and not y.is_const() else None


def sub(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    plain = two_floats(x, y)
    if not plain:
        x, y = plain_scalars(b, *alike(b, x, y))
    if numbers(x, y):
        return b.const(x.constant - y.constant)
    if y.op == "const" and x.type is FLOAT and exactly(y, "0.0"):
        return x
    if x.type is y.type is INT:
        return x if y.is_const(0) else b.add(x, operand_of(y)) if is_neg(y) else None
    if not b.relaxed:
        return b.op("sub", x, y) if (x, y) != args else None
    x, y = bare(b, x, y)
    if plain or real(x, y):
        if x.op == "const" and x.is_const(0):
            return b.neg(b.to_float(y))
        if y.op == "const" and y.is_const(0):
            return b.to_float(x)
        if y.op == "neg":
            return b.add(x, operand_of(y))
        like = like_terms(b, x, y, -1.0)
        if like is not None:
            return like
    return b.op("sub", x, y) if (x, y) != args else None
