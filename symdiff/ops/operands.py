"""What the folds ask of operands: constants, signs, plain numbers among arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, FLOAT, INT, is_array, is_differentiable
from symdiff.ops.array_types import dtype_of

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


def ints(*values: Value) -> bool:
    return all(v.type in (INT, BOOL) and v.is_const() and abs(v.constant) < 2**53 for v in values)


def numbers(x: Value, y: Value) -> bool:
    """Two constants of one type: Python would compute the same, bit for bit."""
    if x.op != "const" or y.op != "const":
        return False
    return ints(x, y) or (x.type == y.type == FLOAT and plain(x) and plain(y))


def plain(value: Value) -> bool:
    """A finite constant without a spelling of its own (``math.pi`` keeps its name)."""
    if value.op != "const":
        return False
    return is_finite_const(value) and not value.stmt.attrs["spelling"]  # type: ignore[union-attr]


def two_floats(x: Value, y: Value) -> bool:
    """The plain case, which most statements of most programs are."""
    return x.type is FLOAT and y.type is FLOAT


def alike(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """An int literal beside a float operand is the float it would become (exact below 2**53)."""
    if x.type is y.type:
        return x, y
    if x.type == FLOAT and y.type != FLOAT and ints(y):
        return x, b.const(float(y.constant))
    if y.type == FLOAT and x.type != FLOAT and ints(x):
        return b.const(float(x.constant)), y
    return x, y


def exactly(value: Value, text: str) -> bool:
    """Whether this is the float constant that ``text`` spells (``0.0`` is not ``-0.0``)."""
    return value.op == "const" and value.type == FLOAT and repr(value.constant) == text


def is_neg(v: Value) -> bool:
    return v.op == "neg"


def operand_of(v: Value) -> Value:
    assert v.stmt is not None
    return v.stmt.args[0]


def real(x: Value, y: Value) -> bool:
    """Whether floats are added or multiplied, be it in arrays."""
    return FLOAT in (x.type, y.type) or floating(x) or floating(y)


def floating(x: Value) -> bool:
    return is_array(x.type) and is_differentiable(x.type)


def plain_scalars(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """A NumPy scalar of known value beside an array of its dtype is a number: ``1.0``."""
    if not b.relaxed:
        return x, y
    if known_scalar(x) and is_array(y.type) and dtype_of(x.type) == dtype_of(y.type):
        return operand_of(x), y
    if known_scalar(y) and is_array(x.type) and dtype_of(x.type) == dtype_of(y.type):
        return x, operand_of(y)
    return x, y


def known_scalar(x: Value) -> bool:
    return x.op == "scalar" and operand_of(x).is_const() and operand_of(x).type == FLOAT


def bare(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """``float(i)`` beside a float is what ``i`` becomes there by itself."""
    if (x.op == "float" or y.op == "float") and b.relaxed and two_floats(x, y):
        if x.op == "float" and operand_of(x).type == INT and y.op != "float":
            return operand_of(x), y
        if y.op == "float" and operand_of(y).type == INT and x.op != "float":
            return x, operand_of(y)
    return x, y
