"""Folds of products, quotients, signs and powers (see :mod:`fold`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Value
from symdiff.ir.types import FLOAT, INT, is_array, is_differentiable
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.ops.multiples import coefficient
from symdiff.ops.operands import (
    alike,
    bare,
    exactly,
    floating,
    ints,
    is_neg,
    known_scalar,
    numbers,
    operand_of,
    plain,
    plain_scalars,
    real,
    two_floats,
)

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


# What a product can be simplified by.
_FACTORS = ("const", "neg", "float", "scalar", "div", "expand_dims")


def mul(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    if x.op not in _FACTORS and y.op not in _FACTORS:
        return None
    if not two_floats(x, y):
        x, y = plain_scalars(b, *alike(b, x, y))
    if numbers(x, y):
        return b.const(x.constant * y.constant)
    other = _times_one(b, x, y) if x.op == "const" or y.op == "const" else None
    if other is not None:
        return other
    x, y = bare(b, x, y)
    if b.relaxed and real(x, y):
        if y.is_const() and not x.is_const():
            x, y = y, x  # 2.0*x, as one writes it
        folded = _mul_sign(b, x, y)
        if folded is not None:
            return folded
        if plain(x):
            scaled = _scale(b, x.constant, y)
            if scaled is not None:
                return scaled
        cancelled = _cancelled(b, x, y) or _cancelled(b, y, x)
        if cancelled is not None:
            return cancelled
    return b.op("mul", x, y) if (x, y) != args else None


def _times_one(b: Builder, x: Value, y: Value) -> Value | None:
    """The other factor of a product with one, exactly."""
    for one, other in ((x, y), (y, x)):
        if one.op != "const":
            continue
        if exactly(one, "1.0") and other.type == FLOAT:
            return other
        if x.type == y.type == INT and one.is_const(1):
            return other
        if x.type == y.type == INT and one.is_const(-1):
            return b.neg(other)
    return None


def _scale(b: Builder, c: float, y: Value) -> Value | None:
    """``c*(d*u)`` is ``(c*d)*u``, also where ``d*u`` is the first factor of a product."""
    if known_scalar(y) and plain(operand_of(y)):
        return b.op("scalar", b.const(c * operand_of(y).constant), dtype=dtype_of(y.type))
    d, u = coefficient(y)
    if u is not y:
        return b.mul(b.const(c * d), u)
    if y.op == "expand_dims" and y.stmt is not None:
        d, u = coefficient(y.stmt.args[0])
        if u is not y.stmt.args[0]:
            return b.mul(b.const(c * d), b.op("expand_dims", u, **y.stmt.attrs))
    if _is_share(y) and y.block is b.block:
        assert y.stmt is not None
        return b.div(b.const(c * y.stmt.args[0].constant), y.stmt.args[1])
    if y.op == "mul" and y.stmt is not None:
        first, second = y.stmt.args
        d, u = coefficient(first)
        if u is not first:
            return b.mul(b.mul(b.const(c * d), u), second)
        if _is_share(first) and first.block is b.block:
            return b.mul(b.mul(b.const(c), first), second)
    return None


def _is_share(v: Value) -> bool:
    """Whether it is a constant by a number of elements: ``2.0/n``, as one writes a mean."""
    return (
        v.op == "div" and v.stmt is not None and plain(v.stmt.args[0]) and _is_count(v.stmt.args[1])
    )


def _is_count(v: Value) -> bool:
    """Whether an int is a size, or a product of sizes."""
    if v.op in ("shape_of", "size", "len"):
        return True
    return v.op == "mul" and v.stmt is not None and all(map(_is_count, v.stmt.args))


def _cancelled(b: Builder, x: Value, y: Value) -> Value | None:
    """A product with a quotient, of which something cancels: ``a/(c*v)*c``, ``1.0/n*v``."""
    if x.op == "expand_dims" and x.stmt is not None and dims_of(y.type):
        inner = x.stmt.args[0]
        share = inner.stmt is not None and inner.op == "div" and exactly(inner.stmt.args[0], "1.0")
        if share and inner.stmt.origin.role != "primal":  # type: ignore[union-attr]
            total = inner.stmt.args[1]  # type: ignore[union-attr]
            return b.div(y, b.op("expand_dims", total, **x.stmt.attrs))
    if x.op != "div" or x.stmt is None:
        return None
    above, below = x.stmt.args
    ours = x.block is b.block and x.stmt.origin.role != "primal" and not dims_of(x.type)
    if ours and exactly(above, "1.0") and (_is_count(below) or dims_of(y.type)):
        return b.div(y, below)
    if below.op == "mul" and below.stmt is not None and _is_nonzero(y):
        for one, other in (below.stmt.args, below.stmt.args[::-1]):
            if one is y:
                return b.div(above, other)
    return None


def _is_nonzero(v: Value) -> bool:
    """Whether it is made of constants other than zero: ``2.0*math.pi``."""
    if v.op == "const":
        return is_finite_const(v) and v.constant != 0
    return v.op == "mul" and v.stmt is not None and all(map(_is_nonzero, v.stmt.args))


def _mul_sign(b: Builder, x: Value, y: Value) -> Value | None:
    """Factors of one and signs: a product's sign stands before it."""
    for one, other in ((x, y), (y, x)):
        if one.op not in ("const", "neg"):
            continue
        if one.is_const(0) and other.type == FLOAT and plain(one):
            return b.const(0.0)
        if one.is_const(1):
            return b.to_float(other)
        if one.is_const(-1):
            return b.neg(b.to_float(other))
        if one.op == "neg":
            inner = operand_of(one)
            return b.neg(b.mul(inner, other) if one is x else b.mul(other, inner))
        if plain(one) and one.constant < 0:
            return b.neg(b.mul(b.const(-one.constant), other))
    return None


def div(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    if not two_floats(x, y):
        x, y = plain_scalars(b, *alike(b, x, y))
    if y.op == "const" and x.type is FLOAT and exactly(y, "1.0"):
        return x
    if b.relaxed:
        if x.op == "const" and plain(x) and x.constant == 0 and y.type is FLOAT:
            return b.const(0.0)
        if x.op == "float" and operand_of(x).type is INT and floating(y):
            return b.op("div", operand_of(x), y)
        if x.op == "neg" and (x.type is FLOAT or floating(x)):
            return b.neg(b.div(operand_of(x), y))
        if y.op != "const":
            return b.op("div", x, y) if (x, y) != args else None
        if plain(y) and x.op == "mul" and y.constant != 0 and plain(x.stmt.args[0]):  # type: ignore[union-attr]
            scale = x.stmt.args[0].constant / y.constant  # type: ignore[union-attr]
            if scale * y.constant == x.stmt.args[0].constant:  # type: ignore[union-attr]
                return b.mul(b.const(scale), x.stmt.args[1])  # type: ignore[union-attr]
        if plain(x) and plain(y) and y.constant != 0:
            return b.const(x.constant / y.constant)
    return b.op("div", x, y) if (x, y) != args else None


def neg(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.is_const() and not x.stmt.attrs["spelling"] and x.type in (INT, FLOAT):  # type: ignore[union-attr]
        return b.const(-x.constant)
    if is_neg(x) and operand_of(x).type == x.type:
        return operand_of(x)
    if not b.relaxed or x.stmt is None:
        return None
    if x.op == "sub" and (x.type == FLOAT or is_array(x.type)):
        return b.sub(x.stmt.args[1], x.stmt.args[0])
    return None


def pow_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, p = args
    if is_array(x.type):
        return _pow_of_array(b, x, p)
    if x.type == FLOAT and p.is_const() and not p.stmt.attrs["spelling"]:  # type: ignore[union-attr]
        n = p.constant
        if isinstance(n, float) and n.is_integer() and abs(n) < 2**31:
            # the same power; an integer exponent takes negative bases
            return b.op("pow", x, b.const(int(n)))
        if n == 1:
            return x
        if n == 0:
            return b.const(1.0)
        if b.relaxed and n in (2, 3):
            return b.mul(x, x) if n == 2 else b.mul(b.mul(x, x), x)
    if ints(x, p) and 0 <= p.constant <= 64 and abs(x.constant) <= 64:
        return b.const(x.constant**p.constant)
    return None


def _pow_of_array(b: Builder, x: Value, p: Value) -> Value | None:
    """A whole power is that of an int; a first one is the array itself."""
    if not is_differentiable(x.type) or not p.is_const():
        return None
    n = p.constant
    if isinstance(n, float) and n.is_integer() and abs(n) < 2**31:
        return b.op("pow", x, b.const(int(n)))
    return x if n == 1 and b.relaxed else None


def inf_times(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (g,) = args
    if g.is_const() and isinstance(g.constant, float):
        if g.constant == 0:
            return b.const(0.0)
        sign = "" if g.constant > 0 else "-"
        return b.const(float("inf") if not sign else float("-inf"), f"{sign}math.inf")
    return None
