"""Rows of decompositions: eigenvalues, singular values, QR.

NumPy returns several arrays at once. Here one row makes the tuple, which itself has no derivative,
and a row per *part* takes an array out of it: ``eigh_values(x, parts)``. It has ``x`` as an operand
too, through which derivatives flow, so that its rules speak of the parts only. After
differentiation a part becomes an element of the tuple (``passes.parts``), and both are printed as
``w, v = np.linalg.eigh(x)``.

Where eigenvalues (or singular values) coincide, their vectors have no derivative: it comes out as
nan or inf. That of the values is right there as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, tuple_of
from symdiff.ops.array_build import eye
from symdiff.ops.array_linear import flipped, matmul
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_systems import (
    NOT_READ,
    SINGULAR,
    floating,
    matrix,
    symmetric,
    triangle,
)
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]
Rule = Callable[..., Any]


def parts_row(
    name: str, params: str, names: str, spell: Rule, infer: Rule, **more: Any
) -> None:
    """The row that makes the tuple; ``names`` are those of its elements."""
    op(name, params, spell=spell, infer=infer, partials=("0",), tags="data", cost=30000,
       total=False, errors=SINGULAR, parts=tuple(names.split()), **more)


def part_row(name: str, params: str, index: int, **more: Any) -> None:
    """The row of one part; its last operand is the tuple."""

    def infer(types: Types, attrs: Attrs) -> Types:
        return (types[-1].elems[index],)  # type: ignore[attr-defined]

    op(name, f"{params} parts", numpy=f"parts[{index}]", infer=infer, part=index, cost=1000,
       **more)


def sibling(ctx: Any, stmt: Stmt, name: str) -> Value:
    """Another part of the same tuple, for a rule."""
    *given, parts = stmt.args
    return ctx.value(ctx.before(stmt, name, *given, parts, **stmt.attrs))  # type: ignore[no-any-return]


def as_columns(b: Builder, w: Value) -> Value:
    """Numbers, one per column of a matrix: ``x * as_columns(w)`` scales the columns of ``x``."""
    rank = len(dims_of(w.type))
    return expand(b, w, [rank - 1]) if rank > 1 else w


def as_rows(b: Builder, w: Value) -> Value:
    """Numbers, one per row of a matrix."""
    rank = len(dims_of(w.type))
    return expand(b, w, [rank]) if rank else w


def gaps(ctx: Any, w: Value, squares: bool) -> Value:
    """``1/(w_j - w_i)``, or of the squares, with zeros on the diagonal."""
    b = ctx.b
    across, down = as_columns(b, w), as_rows(b, w)
    gap = b.sub(across, down)
    if squares:
        gap = b.mul(gap, b.add(across, down))
    n = size_along(b, w, len(dims_of(w.type)) - 1)
    one = eye(b, n, n, dtype=dtype_of(w.type))
    return b.sub(b.div(b.const(1.0), b.add(gap, one)), one)  # type: ignore[no-any-return]


# -- eigenvalues of symmetric matrices -------------------------------------------------------------


def _eigh(types: Types, attrs: Attrs) -> Types:
    dtype, dims = floating(types[0]), matrix(types[0])
    return (tuple_of(array_of(dtype, dims[:-1]), array_of(dtype, dims)),)


def _spell_eigh(stmt: Stmt) -> str:
    if stmt.attrs["scipy"]:
        return "eigh(x)" if stmt.attrs["lower"] else "eigh(x, lower=False)"
    return "np.linalg.eigh(x)" if stmt.attrs["lower"] else "np.linalg.eigh(x, UPLO='U')"


def _vjp_values(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, v = ctx.b, sibling(ctx, stmt, "eigh_vectors")
    g = ctx.dense(g, stmt.result) if dims_of(g.type) else g
    moved = matmul(b, b.mul(v, as_columns(b, g)), flipped(b, v))
    # what the triangle that is not read would get goes to the one that is
    row, k = ("tril", -1) if stmt.attrs["lower"] else ("triu", 1)
    ctx.add(stmt.args[0], b.add(b.op(row, moved, k=0), b.op(row, moved, k=k)))


def _turned(ctx: Any, stmt: Stmt, t: Value) -> Value:
    """The tangent of the matrix in the basis of its eigenvectors."""
    b, v = ctx.b, sibling(ctx, stmt, "eigh_vectors")
    dx = symmetric(b, ctx.dense(stmt.args[0], t), stmt.attrs["lower"])
    return matmul(b, matmul(b, flipped(b, v), dx), v)


def _jvp_values(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    b, v = ctx.b, sibling(ctx, stmt, "eigh_vectors")
    dx = symmetric(b, ctx.dense(stmt.args[0], t), stmt.attrs["lower"])
    rank = len(dims_of(v.type))
    return b.op("sum", b.mul(v, matmul(b, dx, v)), axes=(rank - 2,), keepdims=False)  # type: ignore[no-any-return]


def _vjp_vectors(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Giles, Collected matrix derivative results (2008), 3.1, for symmetric matrices."""
    b, v = ctx.b, ctx.value(stmt.result)
    inverse = gaps(ctx, sibling(ctx, stmt, "eigh_values"), squares=False)
    inner = b.mul(inverse, matmul(b, flipped(b, v), ctx.dense(g, stmt.result)))
    moved = matmul(b, matmul(b, v, inner), flipped(b, v))
    ctx.add(stmt.args[0], triangle(b, b.add(moved, flipped(b, moved)), stmt.attrs["lower"]))


def _jvp_vectors(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    b = ctx.b
    inverse = gaps(ctx, sibling(ctx, stmt, "eigh_values"), squares=False)
    return matmul(b, ctx.value(stmt.result), b.mul(inverse, _turned(ctx, stmt, t)))


def row_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[0], axis)


parts_row("eigh", "x", "w v", _spell_eigh, _eigh, note=NOT_READ)
part_row("eigh_values", "x", 0, sizes=row_size, vjp=_vjp_values, jvp=_jvp_values,
         python=("numpy.linalg.eigvalsh", "scipy.linalg.eigvalsh"))
part_row("eigh_vectors", "x", 1, sizes=row_size, vjp=_vjp_vectors, jvp=_jvp_vectors,
         note="nan or inf where eigenvalues coincide",
         python=("numpy.linalg.eigh", "scipy.linalg.eigh"))


# -- singular values -------------------------------------------------------------------------------


def _shorter(dims: str) -> tuple[str, str, str, str]:
    """What is known of the stack, of rows and columns, and of the lesser of the two."""
    rows, columns = dims[-2], dims[-1]
    less = "1" if "1" in (rows, columns) else "n" if rows == columns == "n" else "?"
    return dims[:-2], rows, columns, less


def _svd(types: Types, attrs: Attrs) -> Types:
    dtype, dims = floating(types[0]), matrix(types[0])
    batch, rows, columns, less = _shorter(dims)
    left, right = (rows, columns) if attrs["full"] else (less, less)
    return (tuple_of(array_of(dtype, batch + rows + left), array_of(dtype, batch + less),
                     array_of(dtype, batch + right + columns)),)


def _spell_svd(stmt: Stmt) -> str:
    function = "svd" if stmt.attrs["scipy"] else "np.linalg.svd"
    return f"{function}(x{'' if stmt.attrs['full'] else ', full_matrices=False'})"


def _batch_size(last: int | None) -> Rule:
    """Sizes of a part: those of ``x`` along the stack and one more axis, the other is min(m, n)."""

    def sizes(b: Builder, stmt: Stmt, axis: int) -> Value | None:
        rank = len(dims_of(stmt.args[0].type))
        known = axis < rank - 2 or (last is not None and axis == rank + last)
        return size_along(b, stmt.args[0], axis) if known else None

    return sizes


def _vectors(ctx: Any, stmt: Stmt) -> tuple[Value, Value]:
    """The singular vectors, as many as there are singular values."""
    if stmt.attrs["full"]:
        u, _, v, _ = _full_svd(ctx, stmt)
        return u, v
    return sibling(ctx, stmt, "svd_u"), sibling(ctx, stmt, "svd_v")


def _vjp_singular(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (u, v) = ctx.b, _vectors(ctx, stmt)
    g = ctx.dense(g, stmt.result) if dims_of(g.type) else g
    ctx.add(stmt.args[0], matmul(b, b.mul(u, as_columns(b, g)), v))


def _jvp_singular(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    b, (u, v) = ctx.b, _vectors(ctx, stmt)
    moved = matmul(b, ctx.dense(stmt.args[0], t), flipped(b, v))
    rank = len(dims_of(u.type))
    return b.op("sum", b.mul(u, moved), axes=(rank - 2,), keepdims=False)  # type: ignore[no-any-return]


def _vjp_left(ctx: Any, stmt: Stmt, g: Value) -> None:
    u = ctx.value(stmt.result)
    s, v = sibling(ctx, stmt, "svd_values"), sibling(ctx, stmt, "svd_v")
    ctx.add(stmt.args[0], _from_left(ctx, u, s, v, ctx.dense(g, stmt.result)))


def _from_left(ctx: Any, u: Value, s: Value, v: Value, g: Value) -> Value:
    """Townsend, Differentiating the singular value decomposition (2016), eq. 30."""
    b, across = ctx.b, as_columns(ctx.b, s)
    c = matmul(b, flipped(b, u), g)
    twisted = b.mul(gaps(ctx, s, squares=True), b.sub(c, flipped(b, c)))
    inner = b.sub(b.mul(twisted, across), b.div(c, across))
    return matmul(b, b.add(matmul(b, u, inner), b.div(g, across)), v)


def _vjp_right(ctx: Any, stmt: Stmt, g: Value) -> None:
    v = ctx.value(stmt.result)
    s, u = sibling(ctx, stmt, "svd_values"), sibling(ctx, stmt, "svd_u")
    ctx.add(stmt.args[0], _from_right(ctx, u, s, v, ctx.dense(g, stmt.result)))


def _from_right(ctx: Any, u: Value, s: Value, v: Value, g: Value) -> Value:
    """As that of the left vectors, transposed."""
    b, down = ctx.b, as_rows(ctx.b, s)
    c = matmul(b, g, flipped(b, v))
    twisted = b.mul(gaps(ctx, s, squares=True), b.sub(flipped(b, c), c))
    inner = b.sub(b.mul(down, twisted), b.div(c, down))
    return matmul(b, u, b.add(matmul(b, inner, v), b.div(g, down)))


def _turned_svd(ctx: Any, stmt: Stmt, t: Value) -> tuple[Value, Value, Value, Value, Value]:
    """(u, s, v, dx, u.T dx v)."""
    b = ctx.b
    u, s, v = (ctx.value(stmt.result) if stmt.op.name == name else sibling(ctx, stmt, name)
               for name in ("svd_u", "svd_values", "svd_v"))
    dx = ctx.dense(stmt.args[0], t)
    return u, s, v, dx, matmul(b, matmul(b, flipped(b, u), dx), flipped(b, v))


def _jvp_left(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    return None if t is None else _left_tangent(ctx, *_turned_svd(ctx, stmt, t))


def _left_tangent(ctx: Any, u: Value, s: Value, v: Value, dx: Value, p: Value) -> Value:
    b = ctx.b
    across, down = as_columns(b, s), as_rows(b, s)
    both = b.add(b.mul(p, across), b.mul(down, flipped(b, p)))
    inner = b.sub(b.mul(gaps(ctx, s, squares=True), both), b.div(p, across))
    return b.add(matmul(b, u, inner), b.div(matmul(b, dx, flipped(b, v)), across))  # type: ignore[no-any-return]


def _jvp_right(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    return None if t is None else _right_tangent(ctx, *_turned_svd(ctx, stmt, t))


def _right_tangent(ctx: Any, u: Value, s: Value, v: Value, dx: Value, p: Value) -> Value:
    b = ctx.b
    across, down = as_columns(b, s), as_rows(b, s)
    both = b.add(b.mul(down, p), b.mul(flipped(b, p), across))
    inner = b.add(b.mul(gaps(ctx, s, squares=True), both), b.div(p, down))
    return b.sub(b.div(matmul(b, flipped(b, u), dx), down), matmul(b, inner, v))  # type: ignore[no-any-return]


_COINCIDE = "nan or inf where singular values coincide or are 0"
parts_row("svd", "x", "u s vh", _spell_svd, _svd)
part_row("svd_u", "x", 0, sizes=_batch_size(-2), vjp=_vjp_left, jvp=_jvp_left, note=_COINCIDE,
         python=("numpy.linalg.svd", "scipy.linalg.svd"))
part_row("svd_values", "x", 1, sizes=_batch_size(None), vjp=_vjp_singular, jvp=_jvp_singular,
         python=("numpy.linalg.svdvals", "scipy.linalg.svdvals"))
part_row("svd_v", "x", 2, sizes=_batch_size(-1), vjp=_vjp_right, jvp=_jvp_right, note=_COINCIDE)


# Of the vectors that only make a square matrix full nothing but their space is determined: where a
# result depends on one of them, the derivative is nan.


def _cut(b: Builder, x: Value, axis: int, size: Value, rest: bool = False) -> Value:
    """The first vectors along one of the last two axes, or the rest of them."""
    spec = [":"] * len(dims_of(x.type))
    spec[axis] = "s100" if rest else "s010"
    return b.op("index", x, size, spec=tuple(spec))


def _full_svd(ctx: Any, stmt: Stmt) -> tuple[Value, Value, Value, Value]:
    """(u, s, v, how many) of the reduced decomposition, cut out of the full one."""
    b = ctx.b
    u, s, v = (ctx.value(stmt.result) if stmt.op.name == name else sibling(ctx, stmt, name)
               for name in ("full_u", "svd_values", "full_v"))
    many = size_along(b, s, len(dims_of(s.type)) - 1)
    return _cut(b, u, -1, many), s, _cut(b, v, -2, many), many


def _vjp_full(axis: int, rule: Rule) -> Rule:
    def vjp(ctx: Any, stmt: Stmt, g: Value) -> None:
        b, g = ctx.b, ctx.dense(g, stmt.result)
        u, s, v, many = _full_svd(ctx, stmt)
        rest = _cut(b, g, axis, many, rest=True)
        rank = len(dims_of(g.type))
        needed = b.op("array_any", b.op("ne", rest, b.const(0.0)), axes=(rank - 2, rank - 1),
                      keepdims=True)
        lost = b.op("where", needed, b.const(float("nan")), b.const(0.0))
        ctx.add(stmt.args[0], b.add(rule(ctx, u, s, v, _cut(b, g, axis, many)), lost))

    return vjp


def _jvp_full(axis: int, rule: Rule) -> Rule:
    def jvp(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
        t = tangents[0]
        if t is None:
            return None
        b, whole = ctx.b, ctx.value(stmt.result)
        u, s, v, many = _full_svd(ctx, stmt)
        dx = ctx.dense(stmt.args[0], t)
        moved = rule(ctx, u, s, v, dx, matmul(b, matmul(b, flipped(b, u), dx), flipped(b, v)))
        rest = b.op("full_like", _cut(b, whole, axis, many, rest=True), b.const(float("nan")))
        rank = len(dims_of(whole.type))
        return b.op("concatenate", moved, rest, axis=rank + axis)  # type: ignore[no-any-return]

    return jvp


_UNDETERMINED = f"{_COINCIDE}, and where a vector is used that only makes the matrix square"
part_row("full_u", "x", 0, sizes=_batch_size(-2), note=_UNDETERMINED,
         vjp=_vjp_full(-1, _from_left), jvp=_jvp_full(-1, _left_tangent))
part_row("full_v", "x", 2, sizes=_batch_size(-1), note=_UNDETERMINED,
         vjp=_vjp_full(-2, _from_right), jvp=_jvp_full(-2, _right_tangent))


# -- QR --------------------------------------------------------------------------------------------


def _qr(types: Types, attrs: Attrs) -> Types:
    dtype, dims = floating(types[0]), matrix(types[0])
    batch, rows, columns, less = _shorter(dims)
    q, r = array_of(dtype, batch + rows + less), array_of(dtype, batch + less + columns)
    return (tuple_of(q, r),)


def _square_part(ctx: Any, r: Value) -> tuple[Value, Value]:
    """The first columns of ``r``, as many as it has rows (a matrix may be wider than high)."""
    b, rank = ctx.b, len(dims_of(r.type))
    k = size_along(b, r, rank - 2)
    return b.op("index", r, k, spec=(*[":"] * (rank - 1), "s010")), k


def _add_first(ctx: Any, stmt: Stmt, w: Value, r: Value) -> None:
    """``w r^-T`` into the first columns of the operand's cotangent."""
    b, rank = ctx.b, len(dims_of(r.type))
    square, k = _square_part(ctx, r)
    moved = flipped(b, b.op("solve", square, flipped(b, w)))
    ctx.add_index(stmt.args[0], moved, [k], (*[":"] * (rank - 1), "s010"))


def _vjp_q(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``dq = w - q (p - low(p) + low(p).T)`` with ``w = dx r^-1`` and ``p = q.T w``, reversed."""
    b, q = ctx.b, ctx.value(stmt.result)
    g = ctx.dense(g, stmt.result)
    c = matmul(b, flipped(b, q), g)
    both = b.add(b.op("triu", c, k=0), flipped(b, b.op("triu", c, k=1)))
    _add_first(ctx, stmt, b.sub(g, matmul(b, q, both)), sibling(ctx, stmt, "qr_r"))


def _vjp_r(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``r = q.T x``: what it gives to ``x`` itself, and what through ``q``."""
    b, r = ctx.b, ctx.value(stmt.result)
    q, g = sibling(ctx, stmt, "qr_q"), ctx.dense(g, stmt.result)
    ctx.add(stmt.args[0], matmul(b, q, g))
    c = matmul(b, r, flipped(b, g))
    skew = b.sub(b.op("tril", c, k=-1), flipped(b, b.op("triu", c, k=1)))
    _add_first(ctx, stmt, matmul(b, q, skew), r)


def _tangent_of_q(ctx: Any, stmt: Stmt, q: Value, r: Value, t: Value) -> Value:
    b, rank = ctx.b, len(dims_of(r.type))
    square, k = _square_part(ctx, r)
    dx = b.op("index", ctx.dense(stmt.args[0], t), k, spec=(*[":"] * (rank - 1), "s010"))
    w = flipped(b, b.op("solve", flipped(b, square), flipped(b, dx)))
    p = matmul(b, flipped(b, q), w)
    low = b.op("tril", p, k=-1)
    return b.sub(w, matmul(b, q, b.add(b.op("triu", p, k=0), flipped(b, low))))  # type: ignore[no-any-return]


def _jvp_q(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    return _tangent_of_q(ctx, stmt, ctx.value(stmt.result), sibling(ctx, stmt, "qr_r"), t)


def _jvp_r(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    b, q, x = ctx.b, sibling(ctx, stmt, "qr_q"), stmt.args[0]
    dq = _tangent_of_q(ctx, stmt, q, ctx.value(stmt.result), t)
    return b.add(matmul(b, flipped(b, dq), ctx.value(x)),  # type: ignore[no-any-return]
                 matmul(b, flipped(b, q), ctx.dense(x, t)))


_SINGULAR_QR = "an error where the first columns are linearly dependent"
parts_row("qr", "x", "q r", lambda stmt: "np.linalg.qr(x)", _qr)
part_row("qr_q", "x", 0, sizes=_batch_size(-2), vjp=_vjp_q, jvp=_jvp_q, note=_SINGULAR_QR,
         python=("numpy.linalg.qr",))
part_row("qr_r", "x", 1, sizes=_batch_size(-1), vjp=_vjp_r, jvp=_jvp_r, note=_SINGULAR_QR)
