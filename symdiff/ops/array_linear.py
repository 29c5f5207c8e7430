"""Rows of products of arrays: ``@`` in every combination of ranks, and outer products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, result_dtype
from symdiff.ops.array_shapes import (
    elementwise_size,
    expand,
    full_rank,
    size_along,
    transpose,
)
from symdiff.ops.array_types import as_array, broadcast, contracted, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


def _matmul(types: Types, attrs: Attrs) -> Types:
    return (array_of(result_dtype(types), contracted(dims_of(types[0]), dims_of(types[1]))),)


def _sizes(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    x, y = stmt.args
    left, right = len(dims_of(x.type)), len(dims_of(y.type))
    rank = len(dims_of(stmt.result.type))
    if right > 1 and axis == rank - 1:
        return size_along(b, y, right - 1)
    if left > 1 and axis == rank - (2 if right > 1 else 1):
        return size_along(b, x, left - 2)
    if left > 2 and right <= 2:
        return size_along(b, x, axis)
    return size_along(b, y, axis) if left <= 2 else None


def _fold_matmul(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    """A sign stands before a product, whose operand need not be negated for it."""
    x, y = args
    if not b.relaxed or "neg" not in (x.op, y.op):
        return None
    signs = [v.stmt is not None and v.op == "neg" for v in args]
    x, y = (v.stmt.args[0] if s else v for v, s in zip(args, signs, strict=True))  # type: ignore[union-attr]
    product = matmul(b, x, y)
    return product if all(signs) else b.neg(product)


def flipped(b: Builder, x: Value) -> Value:
    """The last two axes exchanged."""
    rank = len(dims_of(x.type))
    return transpose(b, x, (*range(rank - 2), rank - 1, rank - 2))


def matmul(b: Builder, x: Value, y: Value) -> Value:
    return b.op("matmul", x, y)


def outer(b: Builder, x: Value, y: Value) -> Value:
    """``x`` as a column times ``y`` as a row (the last axes of each)."""
    return b.mul(expand(b, x, [len(dims_of(x.type))]), y)


def _vjp_matmul(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (x, y) = ctx.b, stmt.args
    ranks = len(dims_of(x.type)), len(dims_of(y.type))
    if not dims_of(g.type) and ranks in ((2, 2), (2, 1), (1, 2)):
        _sum_of_product(ctx, stmt, g)
        return
    if ranks != (1, 1):
        g = ctx.dense(g, stmt.result)
    if ctx.wants(x):
        ctx.add(x, ctx.undo_batch(x, _left(b, g, ctx.value(y), ranks)))
    if ctx.wants(y):
        ctx.add(y, ctx.undo_batch(y, _right(b, g, ctx.value(x), ranks)))


def _left(b: Builder, g: Value, y: Value, ranks: tuple[int, int]) -> Value:
    """The cotangent of the left factor."""
    match ranks:
        case (1, 1):
            return b.mul(g, y)
        case (1, 2):
            return matmul(b, y, g)
        case (1, _):  # (n) @ (..., n, m): one vector for all
            return b.op("sum", matmul(b, y, expand(b, g, [ranks[1] - 1])), axes=(ranks[1] - 1,),
                        keepdims=False)
        case (_, 1):
            return outer(b, g, y)
    return matmul(b, g, flipped(b, y))


def _right(b: Builder, g: Value, x: Value, ranks: tuple[int, int]) -> Value:
    """The cotangent of the right factor."""
    match ranks:
        case (1, 1):
            return b.mul(g, x)
        case (1, 2):
            return outer(b, x, g)
        case (1, _):
            return b.mul(expand(b, x, [1]), expand(b, g, [ranks[1] - 2]))
        case (2, 1):
            return matmul(b, flipped(b, x), g)
        case (_, 1):  # (..., n, m) @ (m): summed over all leading axes
            axes = tuple(range(ranks[0] - 1))
            return b.op("sum", b.mul(x, expand(b, g, [ranks[0] - 1])), axes=axes, keepdims=False)
    return matmul(b, flipped(b, x), g)


def _sum_of_product(ctx: Any, stmt: Stmt, g: Value) -> None:
    """All elements of the product have one cotangent: sums of rows and columns are enough."""
    b, (x, y) = ctx.b, stmt.args
    left, right = len(dims_of(x.type)), len(dims_of(y.type))
    if ctx.wants(x):
        rows = ctx.value(y)
        if right == 2:
            rows = b.op("sum", rows, axes=(1,), keepdims=False)
        ctx.add(x, b.mul(g, rows))
    if ctx.wants(y):
        columns = ctx.value(x)
        if left == 2:
            columns = b.op("sum", columns, axes=(0,), keepdims=False)
        ctx.add(y, b.mul(g, expand(b, columns, [1]) if right == 2 else columns))


def _jvp_matmul(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (x, y) = ctx.b, stmt.args
    dx, dy = tangents
    result: Value | None = None
    if dx is not None:
        result = matmul(b, ctx.dense(x, dx), ctx.value(y))
    if dy is not None:
        term = matmul(b, ctx.value(x), ctx.dense(y, dy))
        result = term if result is None else b.add(result, term)
    return result


op("matmul", "x y", numpy="x @ y", infer=_matmul, fold=_fold_matmul, sizes=_sizes,
   vjp=_vjp_matmul, jvp=_jvp_matmul, cost=5000, python=("numpy.matmul", "operator.matmul"))

__all__ = ["full_rank", "matmul", "outer"]


# -- the cross product of three components ---------------------------------------------------------


def _cross(types: Types, attrs: Attrs) -> Types:
    for t in types:
        if not as_array(t).dims:
            raise TypeError("a cross product needs vectors")
    return (array_of(result_dtype(types), broadcast(map(dims_of, types))),)


def _vjp_cross(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``g . (dx x y)`` is ``(y x g) . dx``, and ``g . (x x dy)`` is ``(g x x) . dy``."""
    x, y = stmt.args
    g = ctx.dense(g, stmt.result)
    if ctx.wants(x):
        ctx.add(x, ctx.undo(stmt, 0, ctx.b.op("cross", ctx.value(y), g)))
    if ctx.wants(y):
        ctx.add(y, ctx.undo(stmt, 1, ctx.b.op("cross", g, ctx.value(x))))


def _jvp_cross(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (x, y), (dx, dy) = stmt.args, tangents
    terms = []
    if dx is not None:
        terms.append(ctx.b.op("cross", ctx.dense(x, dx), ctx.value(y)))
    if dy is not None:
        terms.append(ctx.b.op("cross", ctx.value(x), ctx.dense(y, dy)))
    return ctx.b.add(*terms) if len(terms) == 2 else terms[0] if terms else None


op("cross", "x y", infer=_cross, numpy="np.cross(x, y)", vjp=_vjp_cross, jvp=_jvp_cross,
   sizes=lambda b, s, k: elementwise_size(b, s, k - len(dims_of(s.result.type))), fresh=True,
   cost=20000, total=False, python=("numpy.cross",))
