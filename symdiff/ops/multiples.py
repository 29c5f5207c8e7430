"""Terms that are multiples of one value: ``3*t - t`` is ``2*t``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import FLOAT
from symdiff.ops.operands import (
    floating,
    operand_of,
    plain,
)

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


_MULTIPLES = ("mul", "neg")  # what may be a multiple of another value


def coefficient(v: Value) -> tuple[float, Value]:
    """``v`` as a constant times a value."""
    if v.op == "neg":
        c, u = coefficient(operand_of(v))
        return -c, u
    if v.op == "mul" and v.stmt is not None:
        first = v.stmt.args[0]
        if first.op == "const" and plain(first):
            return float(first.constant), v.stmt.args[1]
    return 1.0, v


def like_terms(b: Builder, x: Value, y: Value, sign: float) -> Value | None:
    """``t + t`` is ``2*t``; ``3*t - t`` likewise; ``(a - t) - t`` is ``a - 2*t``."""
    if x.op in ("add", "sub") and x.stmt is not None and y.op != "add":
        a, t = x.stmt.args
        inner = _like(b, t, y, sign if x.op == "add" else -sign)
        if inner is not None:
            return b.op(x.op, a, inner)
    return _like(b, x, y, sign)


def _like(b: Builder, x: Value, y: Value, sign: float) -> Value | None:
    """``x + sign*y`` as one product where both are multiples of the same product."""
    if x.type is not FLOAT or y.type is not FLOAT:
        if x.type != y.type or not floating(x):
            return None
    elif x is not y and x.op not in _MULTIPLES and y.op not in _MULTIPLES:
        return None
    (p, u), (q, v) = coefficient(x), coefficient(y)
    if u is not v:
        if x.op != "mul" or x.type is not FLOAT:
            return None
        p, us = _monomial(x)
        q, vs = _monomial(y)
        if not us or us[:1] == [x] or sorted(map(id, us)) != sorted(map(id, vs)):
            return None
        u = y if coefficient(y)[0] == q == 1.0 else _product(b, us)
    total = p + sign * q
    if total == 1.0 and x.type != FLOAT and u.type == x.type:
        return u
    return b.mul(b.const(total), u) if total not in (0.0, 1.0) else None


def _monomial(v: Value) -> tuple[float, list[Value]]:
    """A product as its constant and its other factors (at most eight)."""
    coefficient, rest = 1.0, [v]
    factors: list[Value] = []
    while rest:
        one = rest.pop()
        if one.op == "mul" and one.stmt is not None and len(factors) + len(rest) < 8:
            rest += one.stmt.args[::-1]
        elif one.op == "const" and plain(one):
            coefficient *= one.constant
        else:
            factors.append(one)
    return coefficient, factors


def _product(b: Builder, factors: list[Value]) -> Value:
    product = factors[0]
    for factor in factors[1:]:
        product = b.mul(product, factor)
    return product
