"""Rows of pseudoinverses and least squares, and of the logarithm of the determinant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, tuple_of
from symdiff.ops.array_decompositions import part_row, parts_row, row_size
from symdiff.ops.array_linear import flipped, matmul
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_systems import SINGULAR, column, contraction, floating, matrix, number_of
from symdiff.ops.array_types import as_array, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


# -- pseudoinverses and least squares --------------------------------------------------------------


def _pinv(types: Types, attrs: Attrs) -> Types:
    dims = matrix(types[0])
    return (array_of(floating(types[0]), dims[:-2] + dims[-1] + dims[-2]),)


def _pinv_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    rank = len(dims_of(stmt.result.type))
    return size_along(b, stmt.args[0], axis if axis < rank - 2 else 2 * rank - 3 - axis)


def _vjp_pinv(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Golub and Pereyra, The differentiation of pseudo-inverses (1973), eq. 4.12, of fixed rank."""
    b, x, p = ctx.b, ctx.value(stmt.args[0]), ctx.value(stmt.result)
    g, back = ctx.dense(g, stmt.result), flipped(b, p)
    up = flipped(b, g)
    direct = matmul(b, matmul(b, back, g), back)
    right = matmul(b, b.sub(up, matmul(b, x, matmul(b, p, up))), matmul(b, p, back))
    left = matmul(b, matmul(b, back, p), b.sub(up, matmul(b, matmul(b, up, p), x)))
    ctx.add(stmt.args[0], b.sub(b.add(right, left), direct))


def _jvp_pinv(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x, p = ctx.b, ctx.value(stmt.args[0]), ctx.value(stmt.result)
    dx = ctx.dense(stmt.args[0], t)
    back, up = flipped(b, p), flipped(b, dx)
    direct = matmul(b, matmul(b, p, dx), p)
    right = matmul(b, matmul(b, p, back), b.sub(up, matmul(b, matmul(b, up, x), p)))
    left = matmul(b, b.sub(up, matmul(b, p, matmul(b, x, up))), matmul(b, back, p))
    return b.sub(b.add(right, left), direct)  # type: ignore[no-any-return]


def _spell_pinv(stmt: Stmt) -> str:
    rcond = stmt.attrs["rcond"]
    return "np.linalg.pinv(x)" if rcond is None else f"np.linalg.pinv(x, rcond={rcond!r})"


op("pinv", "x", spell=_spell_pinv, infer=_pinv, sizes=_pinv_size, vjp=_vjp_pinv, jvp=_jvp_pinv,
   cost=60000, total=False, errors=SINGULAR, python=("numpy.linalg.pinv",),
   note="where the rank does not change")


def _lstsq(types: Types, attrs: Attrs) -> Types:
    left, right = matrix(types[0]), as_array(types[1]).dims
    if len(left) != 2 or not 1 <= len(right) <= 2:
        raise TypeError("least squares take one matrix, and a vector or a matrix")
    dtype = floating(*types)
    more = right[1:]
    return (tuple_of(array_of(dtype, left[1] + more), array_of(dtype, "?"),
                     array_of("int", ""), array_of(dtype, "?")),)


def _least(ctx: Any, a: Value, y: Value, attrs: Attrs) -> Value:
    b = ctx.b
    return b.op("lstsq_x", a, y, b.op("lstsq", a, y, **attrs), **attrs)  # type: ignore[no-any-return]


def _outer(b: Builder, x: Value, y: Value) -> Value:
    """The sum of the outer products of the columns of two matrices, or that of two vectors."""
    if len(dims_of(x.type)) == 1:
        return b.mul(expand(b, x, [1]), y)
    return matmul(b, x, flipped(b, y))


def _vjp_lstsq(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``pinv(a) @ y`` by the formula of Golub and Pereyra, each product with a pseudoinverse as a
    least squares problem of the same tolerance.
    """
    b, (a, y, _), attrs = ctx.b, stmt.args, stmt.attrs
    x, at, g = ctx.value(stmt.result), ctx.value(a), ctx.dense(g, stmt.result)
    back = flipped(b, at)
    dy = _least(ctx, back, g, attrs)
    if ctx.wants(a):
        rest = b.sub(ctx.value(y), matmul(b, at, x))
        direct = _outer(b, rest, _least(ctx, at, dy, attrs))
        null = _outer(b, _least(ctx, back, x, attrs), b.sub(g, matmul(b, back, dy)))
        ctx.add(a, b.sub(b.add(direct, null), _outer(b, dy, x)))
    if ctx.wants(y):
        ctx.add(y, dy)


def _jvp_lstsq(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (a, y, _), attrs = ctx.b, stmt.args, stmt.attrs
    da, dy = tangents[:2]
    if da is None and dy is None:
        return None
    at, x = ctx.value(a), ctx.value(stmt.result)
    right = None if dy is None else ctx.dense(y, dy)
    if da is None:
        return _least(ctx, at, right, attrs)  # type: ignore[arg-type]
    dx, back = ctx.dense(a, da), flipped(b, at)
    moved = matmul(b, dx, x)
    right = b.neg(moved) if right is None else b.sub(right, moved)
    rest = b.sub(ctx.value(y), matmul(b, at, x))
    up = flipped(b, dx)
    inner = _least(ctx, back, matmul(b, up, rest), attrs)
    turned = matmul(b, up, _least(ctx, back, x, attrs))
    null = b.sub(turned, _least(ctx, at, matmul(b, at, turned), attrs))
    return b.add(_least(ctx, at, b.add(right, inner), attrs), null)  # type: ignore[no-any-return]


def _lstsq_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[axis], 1)


parts_row("lstsq", "a y", "x residuals rank s",
          lambda s: f"np.linalg.lstsq(a, y, rcond={s.attrs['rcond']!r})", _lstsq)
part_row("lstsq_x", "a y", 0, sizes=_lstsq_size, vjp=_vjp_lstsq, jvp=_jvp_lstsq,
         python=("numpy.linalg.lstsq",),
         note="where the rank does not change")
part_row("lstsq_residuals", "a y", 1)  # empty where the rank is not full: no derivative
part_row("lstsq_rank", "a y", 2, partials=("0",))


# -- the logarithm of the determinant --------------------------------------------------------------


def _slogdet(types: Types, attrs: Attrs) -> Types:
    (number,) = number_of(types, attrs)
    return (tuple_of(number, number),)


def _vjp_log(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, x = ctx.b, stmt.args[0]
    ctx.add(x, b.mul(column(b, g), flipped(b, b.op("inv", ctx.value(x)))))


def _jvp_log(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, x = tangents[0], stmt.args[0]
    if t is None:
        return None
    b = ctx.b
    return contraction(b, flipped(b, b.op("inv", ctx.value(x))), ctx.dense(x, t))


parts_row("slogdet", "x", "sign logdet", lambda stmt: "np.linalg.slogdet(x)", _slogdet)
part_row("slogdet_sign", "x", 0, sizes=row_size, partials=("0",))
part_row("slogdet_log", "x", 1, sizes=row_size, vjp=_vjp_log, jvp=_jvp_log,
         python=("numpy.linalg.slogdet",))
