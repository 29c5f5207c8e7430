"""Rows of products along axes: of all elements, of all others, and running ones.

No rule divides by an element, so that zeros among them are no case: the derivative of a running
product is a linear recurrence, ``y[k] = c[k] + a[k]*y[k - 1]``, and that of a recurrence is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of
from symdiff.ops.array_build import flipped_along
from symdiff.ops.array_reduce import (
    fold_none,
    method_text,
    reduce_type,
    reduced_size,
    spread_over,
)
from symdiff.ops.array_shapes import (
    inverse,
    operand_size,
    reshape,
    size_along,
    transpose,
)
from symdiff.ops.array_types import as_array, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


# -- running products ------------------------------------------------------------------------------


def _running(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    return (array_of("int" if t.dtype == "bool" else t.dtype, t.dims),)


def _spell_cumprod(stmt: Stmt) -> str:
    one = len(dims_of(stmt.args[0].type)) == 1
    return "x.cumprod()" if one else f"x.cumprod(axis={stmt.attrs['axis']})"


def later(b: Builder, y: Value, axis: int, first: float) -> Value:
    """``y`` moved on by one place along an axis, with a number in the first."""
    lead = [":"] * axis
    earlier = b.op("index", y, b.const(-1), spec=(*lead, "s010"))
    start = b.op("full_like", y, b.const(first))
    return b.op("set_index", start, earlier, b.const(1), spec=(*lead, "s100"))


def _vjp_cumprod(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (x,), axis = ctx.b, stmt.args, stmt.attrs["axis"]
    back = b.op("recurrence_back", ctx.dense(g, stmt.result), ctx.value(x), axis=axis)
    ctx.add(x, b.mul(back, later(b, ctx.value(stmt.result), axis, 1.0)))


def _jvp_cumprod(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,), axis = tangents, stmt.args, stmt.attrs["axis"]
    if t is None:
        return None
    b = ctx.b
    start = b.mul(later(b, ctx.value(stmt.result), axis, 1.0), ctx.dense(x, t))
    return b.op("recurrence", start, ctx.value(x), axis=axis)  # type: ignore[no-any-return]


op("cumprod", "x", infer=_running, spell=_spell_cumprod, sizes=operand_size(0), vjp=_vjp_cumprod,
   jvp=_jvp_cumprod, cost=1500, python=("numpy.cumprod",))


# -- recurrences -----------------------------------------------------------------------------------


def _same(types: Types, attrs: Attrs) -> Types:
    return (as_array(types[0]),)


def _vjp_recurrence(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The recurrence in the other direction; ``da[k] = u[k]*y[k - 1]``."""
    b, (c, a), axis = ctx.b, stmt.args, stmt.attrs["axis"]
    forward = stmt.op.name == "recurrence"
    other = "recurrence_back" if forward else "recurrence"
    back = b.op(other, ctx.dense(g, stmt.result), ctx.value(a), axis=axis)
    ctx.add(c, back)
    if ctx.wants(a):
        y = ctx.value(stmt.result)
        pair = (back, later(b, y, axis, 0.0)) if forward else (later(b, back, axis, 0.0), y)
        ctx.add(a, b.mul(*pair))


def _jvp_recurrence(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (c, a), axis = ctx.b, stmt.args, stmt.attrs["axis"]
    dc, da = tangents
    if dc is None and da is None:
        return None
    start = None if dc is None else ctx.dense(c, dc)
    if da is not None:
        y, da = ctx.value(stmt.result), ctx.dense(a, da)
        if stmt.op.name == "recurrence":
            term = b.mul(da, later(b, y, axis, 0.0))
        else:  # y[k] = c[k] + a[k + 1]*y[k + 1]
            term = flipped_along(b, later(b, flipped_along(b, b.mul(da, y), axis), axis, 0.0), axis)
        start = term if start is None else b.add(start, term)
    return b.op(stmt.op.name, start, ctx.value(a), axis=axis)  # type: ignore[no-any-return]


for _name in ("recurrence", "recurrence_back"):
    op(_name, "c a", infer=_same, sizes=operand_size(0), vjp=_vjp_recurrence, jvp=_jvp_recurrence,
       spell=lambda s: f"{s.op.name}(c, a, {s.attrs['axis']})", cost=9000)


# -- products of all -------------------------------------------------------------------------------


def _vjp_prod(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The product of the others: of those before and those after."""
    b, x = ctx.b, ctx.value(stmt.args[0])
    others = b.op("others_product", x, axes=stmt.attrs["axes"])
    ctx.add(stmt.args[0], b.mul(spread_over(b, stmt, g), others))


def _jvp_prod(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x = ctx.b, ctx.value(stmt.args[0])
    return b.op("sum", b.mul(b.op("others_product", x, axes=stmt.attrs["axes"]), t), **stmt.attrs)  # type: ignore[no-any-return]


op("prod", "x", infer=reduce_type("sum"), spell=method_text("prod"), sizes=reduced_size,
   fold=fold_none, vjp=_vjp_prod, jvp=_jvp_prod, cost=2000, python=("numpy.prod",))


def _others_moved(ctx: Any, stmt: Stmt, t: Value) -> Value:
    """The derivative along ``t``, with the axes as one, by products before and after."""
    b, x, axes = ctx.b, ctx.value(stmt.args[0]), stmt.attrs["axes"]
    rank = len(dims_of(x.type))
    order = (*(k for k in range(rank) if k not in axes), *axes)
    moved = transpose(b, x, order)
    flat = [size_along(b, moved, k) for k in range(rank - len(axes))]
    last = len(flat)
    total = size_along(b, moved, last)  # -1 would not do for an array without elements
    for k in range(last + 1, rank):
        total = b.mul(total, size_along(b, moved, k))
    rows, along = (transpose(b, v, order) for v in (x, t))
    if len(axes) > 1:
        rows, along = (reshape(b, v, [*flat, total]) for v in (rows, along))
    before, d_before = _products_before(b, rows, along, last)
    back = _products_before(b, flipped_along(b, rows, last), flipped_along(b, along, last), last)
    after, d_after = (flipped_along(b, v, last) for v in back)
    found = b.add(b.mul(d_before, after), b.mul(before, d_after))
    if len(axes) > 1:
        found = reshape(b, found, [size_along(b, moved, k) for k in range(rank)])
    return transpose(b, found, inverse(order))


def _products_before(b: Builder, x: Value, t: Value, axis: int) -> tuple[Value, Value]:
    """The products of the elements before each, and their derivative along ``t``."""
    before = later(b, b.op("cumprod", x, axis=axis), axis, 1.0)
    moved = b.op("recurrence", b.mul(before, t), x, axis=axis)
    return before, later(b, moved, axis, 0.0)


def _vjp_others(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Second derivatives of a product are symmetric: both modes are one function."""
    found = _others_moved(ctx, stmt, ctx.dense(g, stmt.result))
    ctx.add(stmt.args[0], ctx.b.coerce(found, stmt.result.type))


def _jvp_others(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    if t is None:
        return None
    found = _others_moved(ctx, stmt, ctx.dense(x, t))
    return ctx.b.coerce(found, stmt.result.type)  # type: ignore[no-any-return]


op("others_product", "x", infer=lambda t, a: (t[0],), cost=9000, sizes=operand_size(0),
   spell=lambda s: f"others_product(x, {s.attrs['axes']})", vjp=_vjp_others, jvp=_jvp_others)
