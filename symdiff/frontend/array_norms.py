"""Norms of vectors and matrices, condition numbers and ranks."""

from __future__ import annotations

import math
from typing import Any

from symdiff.frontend.array_calls import ArrayCall, function, numpy_scalar
from symdiff.frontend.array_linalg import OPTIONS, matrix, singular_values
from symdiff.frontend.values import Abstract
from symdiff.ir.core import Value
from symdiff.ops.array_norms import p_norm
from symdiff.ops.array_shapes import expand, reshape
from symdiff.ops.array_types import dims_of, dtype_of


@function("numpy.linalg.norm scipy.linalg.norm", f"x | ord axis keepdims {OPTIONS}")
def norm(call: ArrayCall) -> Abstract:
    x = numpy_scalar(call.lo, call.value("x"))
    rank = len(dims_of(x.type))
    order, axis = call.static("ord"), call.static("axis")
    keep = bool(call.static("keepdims", False))
    axes = call.axes(rank)
    if order is None or (axis is None and order == 2 and rank == 1):
        return call.op("norm", x, axes=axes, keepdims=keep)
    if len(axes) == 1:
        return _vector_norm(call, x, order, axes, keep)
    if len(axes) == 2:
        pair = axes if axis is None else tuple(a % rank for a in axis)
        return call.fresh(_matrix_norm(call, x, order, pair, keep))
    return call.fail(f"{call.name}() with ord={order!r} of {rank} dimensions", "",  # type: ignore[no-any-return]
                     "name one or two axes")


def _vector_norm(
    call: ArrayCall, x: Value, order: Any, axes: tuple[int, ...], keep: bool
) -> Abstract:
    b = call.lo.builder
    attrs: dict[str, Any] = {"axes": axes, "keepdims": keep}
    if isinstance(order, str):
        return call.fail(f"{call.name}() with ord={order!r} is for matrices", "",  # type: ignore[no-any-return]
                         "use a number")
    if order == 2:
        return call.op("norm", x, **attrs)
    if order in (math.inf, -math.inf):
        return call.op("amax" if order > 0 else "amin", b.op("abs", x), **attrs)
    if order == 0:
        count = b.op("sum", b.op("ne", x, b.const(0)), **attrs)
        return call.op("astype", count, dtype="f32" if dtype_of(x.type) == "f32" else "f64")
    if order == 1:
        return call.op("sum", b.op("abs", x), **attrs)
    return call.fresh(p_norm(b, x, order, attrs))


def _matrix_norm(
    call: ArrayCall, x: Value, order: Any, pair: tuple[int, ...], keep: bool
) -> Value:
    """Of the matrices along two axes: rows along the first, columns along the second."""
    b, (rows, columns) = call.lo.builder, pair
    axes = tuple(sorted(pair))
    if order == "fro":
        return b.op("norm", x, axes=axes, keepdims=keep)
    if order in (1, -1, math.inf, -math.inf):
        first, second = (rows, columns) if abs(order) == 1 else (columns, rows)
        sums = b.op("sum", b.op("abs", x), axes=(first,), keepdims=True)
        found = b.op("amax" if order > 0 else "amin", sums, axes=(second,), keepdims=True)
    elif order in (2, -2, "nuc"):
        rank = len(dims_of(x.type))
        moved = (*(k for k in range(rank) if k not in pair), rows, columns)
        s = singular_values(call, b.op("transpose", x, axes=moved))
        row = {2: "amax", -2: "amin", "nuc": "sum"}[order]
        found = expand(b, b.op(row, s, axes=(rank - 2,), keepdims=False), axes)
    else:
        return call.fail(f"{call.name}() with ord={order!r} is not a norm of matrices", "",  # type: ignore[no-any-return]
                         "use 1, 2, inf, 'fro' or 'nuc'")
    return found if keep else b.op("squeeze", found, axes=axes)


@function("numpy.linalg.cond", "x | p")
def cond(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, matrix(call, "x")
    order = call.static("p")
    rank = len(dims_of(x.type))
    if order in (None, 2, -2):
        s = singular_values(call, x)
        most, least = (b.op(row, s, axes=(rank - 2,), keepdims=False) for row in ("amax", "amin"))
        return call.fresh(b.div(most, least) if order != -2 else b.div(least, most))
    pair = (rank - 2, rank - 1)
    norms = [_matrix_norm(call, y, order, pair, False) for y in (x, b.op("inv", x))]
    return call.fresh(b.mul(*norms))


@function("numpy.linalg.matrix_rank", "A | tol hermitian rtol")
def matrix_rank(call: ArrayCall) -> Abstract:
    if call.has("tol") or call.has("rtol") or call.static("hermitian", False):
        return call.fail(f"{call.name}() with a tolerance is not supported", "",  # type: ignore[no-any-return]
                         "leave it out")
    return call.op("matrix_rank", matrix(call, "A"))


# -- the array API's names -------------------------------------------------------------------------


@function("numpy.linalg.vector_norm", "x | axis keepdims ord")
def vector_norm(call: ArrayCall) -> Abstract:
    """Along one axis, or of all elements as one vector."""
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("x"))
    rank, keep = len(dims_of(x.type)), bool(call.static("keepdims", False))
    axes, order = call.axes(rank), call.static("ord", 2)
    if len(axes) == 1:
        return _vector_norm(call, x, order, axes, keep)
    if order == 2:
        return call.op("norm", x, axes=axes, keepdims=keep)
    if len(axes) < rank or keep:
        return call.fail(f"np.{call.name}() along several axes with ord={order!r}", "",  # type: ignore[no-any-return]
                         "reshape the axes to one")
    return _vector_norm(call, reshape(b, x, [b.const(-1)]), order, (0,), False)


@function("numpy.linalg.matrix_norm", "x | keepdims ord")
def matrix_norm(call: ArrayCall) -> Abstract:
    x = matrix(call, "x")
    rank = len(dims_of(x.type))
    return call.fresh(_matrix_norm(call, x, call.static("ord", "fro"), (rank - 2, rank - 1),
                                   bool(call.static("keepdims", False))))
