"""Rows of the parts of floating-point numbers, and of bits and divisors of ints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of
from symdiff.ops.array_shapes import operand_size
from symdiff.ops.array_types import dims_of, elementwise
from symdiff.ops.declare import op, real

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]

_STEPS = "piecewise constant: derivative 0 by mathematics"

op("nextafter", "x y", numpy="np.nextafter(x, y)", infer=real, partials=("1", "0"), cost=3000,
   python=("numpy.nextafter",), note="the next number moves with the number")
op("spacing", "x", numpy="np.spacing(x)", infer=real, partials=("0",), tags="data", cost=3000,
   python=("numpy.spacing",), note=_STEPS)


# -- mantissa and exponent -------------------------------------------------------------------------


def _exponent(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", dims_of(types[0])),)


def _scaled(types: Types, attrs: Attrs) -> Types:
    found = elementwise((types[1],))
    if found.dtype not in ("int", "bool"):
        raise TypeError(f"a power of two is told by ints, not by a {types[1]}")
    return (array_of(elementwise((types[0],), "float").dtype, elementwise(types).dims),)


def _vjp_scaled(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, n = stmt.args
    if ctx.wants(x):
        ctx.add(x, ctx.undo(stmt, 0, ctx.b.op("array_ldexp", g, ctx.value(n))))


def _jvp_scaled(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    return None if t is None else ctx.b.op("array_ldexp", t, ctx.value(stmt.args[1]))


op("array_exponent", "x", numpy="np.frexp(x)[1]", infer=_exponent, partials=("0",), tags="data",
   sizes=operand_size(0), cost=5000, note=_STEPS)
op("array_ldexp", "x n", numpy="np.ldexp(x, n)", infer=_scaled, vjp=_vjp_scaled, jvp=_jvp_scaled,
   cost=5000)


# -- divisors --------------------------------------------------------------------------------------


def _ints(types: Types, attrs: Attrs) -> Types:
    found = elementwise(types)
    if found.dtype != "int":
        raise TypeError(f"ints are needed here, not a {found}")
    return (found,)


for _name in ("gcd", "lcm"):
    op(f"array_{_name}", "x y", numpy=f"np.{_name}(x, y)", infer=_ints, partials=("0", "0"),
       tags="data", cost=5000)
