"""Rows of square matrices: inverses, linear systems, determinants, Cholesky factors.

All take stacks of matrices, as NumPy does: the last two axes are the matrix. The rules are made of
rows, so that a second derivative needs none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, result_dtype
from symdiff.ops.array_linear import flipped, matmul
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_types import as_array, broadcast, dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]

SINGULAR = "np.linalg.LinAlgError"
NOT_READ = "a triangle that is not read has derivative 0"


def matrix(t: Type) -> str:
    """The dimensions of one matrix, or of a stack of them."""
    dims = as_array(t).dims
    if len(dims) < 2:
        raise TypeError("a matrix is needed here")
    return dims


def floating(*types: Type) -> str:
    """The dtype in which NumPy's linear algebra computes."""
    return "f32" if result_dtype(types) == "f32" else "f64"


def like_matrix(types: Types, attrs: Attrs) -> Types:
    return (array_of(floating(types[0]), matrix(types[0])),)


def first_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[0], axis)


def column(b: Builder, g: Value) -> Value:
    """One number per matrix, to be multiplied with matrices."""
    rank = len(dims_of(g.type))
    return expand(b, g, [rank, rank + 1]) if rank else g


def contraction(b: Builder, x: Value, y: Value) -> Value:
    """The sum of the products of two matrices' elements; one number per matrix of a stack."""
    rank = len(dims_of(x.type))
    return b.op("sum", b.mul(x, y), axes=(rank - 2, rank - 1), keepdims=False)


# -- inverses and systems --------------------------------------------------------------------------


def _vjp_inv(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    back = flipped(b, ctx.value(stmt.result))
    g = ctx.dense(g, stmt.result)
    ctx.add(stmt.args[0], b.neg(matmul(b, matmul(b, back, g), back)))


def _jvp_inv(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, out = ctx.b, ctx.value(stmt.result)
    return b.neg(matmul(b, matmul(b, out, ctx.dense(stmt.args[0], t)), out))  # type: ignore[no-any-return]


op("inv", "x", numpy="np.linalg.inv(x)", infer=like_matrix, sizes=first_size, vjp=_vjp_inv,
   jvp=_jvp_inv, cost=9000, total=False, python=("numpy.linalg.inv", "scipy.linalg.inv"))


def is_vector(stmt: Stmt) -> bool:
    """Whether the right side of a system is one vector."""
    return len(dims_of(stmt.args[1].type)) == 1


def solved(types: Types, attrs: Attrs) -> Types:
    """A system's solution: a vector, or matrices of the stack that both sides broadcast to."""
    left, right = matrix(types[0]), as_array(types[1]).dims
    batch = left[:-2] if len(right) == 1 else broadcast((left[:-2], right[:-2]))
    return (array_of(floating(*types), batch + right[-2:]),)


def solved_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    left, right = (len(dims_of(a.type)) for a in stmt.args)
    rank = len(dims_of(stmt.result.type))
    if axis >= rank - min(right, 2):
        return size_along(b, stmt.args[1], axis - rank + right)
    if right <= 2:
        return size_along(b, stmt.args[0], axis)
    return size_along(b, stmt.args[1], axis) if left == 2 else None


def systems(name: str, transposed: Any) -> tuple[Any, Any]:
    """Reverse and forward rules of a row that solves ``a x = y``.

    ``dy`` solves the transposed system, ``dA = -dy x.T``; ``transposed`` are the attributes of the
    row that solves it by ``flipped(a)``, and ``part`` of them which part of ``a`` is read.
    """

    def backward(ctx: Any, stmt: Stmt, g: Value) -> None:
        b, (a, y) = ctx.b, stmt.args
        back = flipped(b, ctx.value(a))
        g = ctx.dense(g, stmt.result)
        lone = is_vector(stmt)
        if lone and len(dims_of(a.type)) > 2:  # a vector for every matrix of the stack
            rank = len(dims_of(g.type))
            dy = b.op("squeeze", b.op(name, back, expand(b, g, [rank]), **transposed(stmt.attrs)),
                      axes=(rank,))
        else:
            dy = b.op(name, back, g, **transposed(stmt.attrs))
        if ctx.wants(a):
            x = ctx.value(stmt.result)
            if lone:
                term = b.neg(b.mul(expand(b, dy, [len(dims_of(dy.type))]), _row(b, x)))
            else:
                term = b.neg(matmul(b, dy, flipped(b, x)))
            ctx.add(a, ctx.undo_batch(a, read_part(b, term, stmt.attrs)))
        if ctx.wants(y):
            if lone and len(dims_of(a.type)) > 2:
                dy = b.op("sum", dy, axes=tuple(range(len(dims_of(dy.type)) - 1)), keepdims=False)
            ctx.add(y, dy if lone else ctx.undo_batch(y, dy))

    def forward(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
        b, (a, y) = ctx.b, stmt.args
        da, dy = tangents
        right: Value | None = None if dy is None else ctx.dense(y, dy)
        lone = is_vector(stmt) and len(dims_of(a.type)) > 2
        if right is not None and lone:
            right = expand(b, right, [1])
        if da is not None:
            x = ctx.value(stmt.result)
            x = expand(b, x, [len(dims_of(x.type))]) if lone else x
            moved = matmul(b, read_part(b, ctx.dense(a, da), stmt.attrs), x)
            right = b.neg(moved) if right is None else b.sub(right, moved)
        if right is None:
            return None
        found = b.op(name, ctx.value(a), right, **stmt.attrs)
        if lone:
            found = b.op("squeeze", found, axes=(len(dims_of(found.type)) - 1,))
        return found  # type: ignore[no-any-return]

    return backward, forward


def _row(b: Builder, x: Value) -> Value:
    """A vector as the row that a column is multiplied with."""
    rank = len(dims_of(x.type))
    return expand(b, x, [rank - 1]) if rank > 1 else x


def read_part(b: Builder, term: Value, attrs: Attrs) -> Value:
    """What of a matrix a row reads: all, or a triangle, with or without its diagonal."""
    if "lower" not in attrs:
        return term
    inside = 1 if attrs["unit"] else 0
    name, k = ("tril", -inside) if attrs["lower"] else ("triu", inside)
    return b.op(name, term, k=k)


_vjp_solve, _jvp_solve = systems("solve", lambda attrs: {})
op("solve", "a y", numpy="np.linalg.solve(a, y)", infer=solved, vjp=_vjp_solve, jvp=_jvp_solve,
   sizes=solved_size, cost=9000, total=False, python=("numpy.linalg.solve", "scipy.linalg.solve"))


def _spell_triangular(stmt: Stmt) -> str:
    words = [f", {word}=True" for word, key in (("lower", "lower"), ("unit_diagonal", "unit"))
             if stmt.attrs[key]]
    return f"solve_triangular(a, y{''.join(words)})"


_vjp_triangular, _jvp_triangular = systems(
    "solve_triangular", lambda attrs: {**attrs, "lower": not attrs["lower"]}
)
op("solve_triangular", "a y", spell=_spell_triangular, infer=solved, vjp=_vjp_triangular,
   jvp=_jvp_triangular, sizes=solved_size, cost=9000, total=False,
   python=("scipy.linalg.solve_triangular",), note=NOT_READ)


# -- determinants ----------------------------------------------------------------------------------


def number_of(types: Types, attrs: Attrs) -> Types:
    """One number per matrix."""
    return (array_of(floating(types[0]), matrix(types[0])[:-2]),)


def _vjp_det(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The cofactors, which singular matrices have as well."""
    b, x = ctx.b, stmt.args[0]
    ctx.add(x, b.mul(column(b, g), b.op("cofactors", ctx.value(x))))


def _jvp_det(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    x = stmt.args[0]
    return contraction(ctx.b, ctx.b.op("cofactors", ctx.value(x)), ctx.dense(x, t))


def _vjp_cofactors(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Second derivatives of the determinant are symmetric: both modes are one function."""
    (x,) = stmt.args
    ctx.add(x, ctx.b.op("cofactors_dot", ctx.value(x), ctx.dense(g, stmt.result)))


def _jvp_cofactors(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    return None if t is None else ctx.b.op("cofactors_dot", ctx.value(x), ctx.dense(x, t))


op("det", "x", numpy="np.linalg.det(x)", infer=number_of, sizes=first_size, vjp=_vjp_det,
   jvp=_jvp_det, cost=9000, python=("numpy.linalg.det", "scipy.linalg.det"))
op("cofactors", "x", numpy="cofactors(x)", infer=like_matrix, sizes=first_size, cost=20000,
   vjp=_vjp_cofactors, jvp=_jvp_cofactors)
# Third derivatives of a determinant have no rule: asking for one is an error.
op("cofactors_dot", "x t", numpy="cofactors_dot(x, t)", infer=like_matrix, sizes=first_size,
   cost=40000)


# -- Cholesky --------------------------------------------------------------------------------------


def triangle(b: Builder, s: Value, lower: bool = True) -> Value:
    """The lower (or upper) triangle of ``s`` with its diagonal halved."""
    row, k = ("tril", -1) if lower else ("triu", 1)
    both = b.add(b.op(row, s, k=0), b.op(row, s, k=k))
    return b.mul(b.const(0.5), both)


def symmetric(b: Builder, x: Value, lower: bool = True) -> Value:
    """The symmetric matrix that NumPy reads from one triangle of ``x``."""
    half = triangle(b, x, lower)
    return b.add(half, flipped(b, half))


def _vjp_cholesky(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Murray, Differentiation of the Cholesky decomposition (2016), eq. 9 and 10."""
    b, low = ctx.b, ctx.value(stmt.result)
    up = flipped(b, low)
    middle = triangle(b, matmul(b, up, ctx.dense(g, stmt.result)))
    inner = flipped(b, b.op("solve", up, middle))
    s = b.op("solve", up, inner)
    ctx.add(stmt.args[0], triangle(b, b.add(s, flipped(b, s))))


def _jvp_cholesky(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, low, x = ctx.b, ctx.value(stmt.result), stmt.args[0]
    inner = flipped(b, b.op("solve", low, symmetric(b, ctx.dense(x, t))))
    return matmul(b, low, triangle(b, b.op("solve", low, inner)))


op("cholesky", "x", numpy="np.linalg.cholesky(x)", infer=like_matrix, sizes=first_size,
   vjp=_vjp_cholesky, jvp=_jvp_cholesky, cost=9000, total=False,
   python=("numpy.linalg.cholesky", "scipy.linalg.cholesky"),
   note=NOT_READ)


# -- the exponential -------------------------------------------------------------------------------


def _vjp_expm(ctx: Any, stmt: Stmt, g: Value) -> None:
    (x,) = stmt.args
    back = flipped(ctx.b, ctx.value(x))
    ctx.add(x, ctx.b.op(f"{stmt.op.name}_frechet", back, ctx.dense(g, stmt.result)))


def _jvp_expm(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    if t is None:
        return None
    row = f"{stmt.op.name}_frechet"
    return ctx.b.op(row, ctx.value(x), ctx.dense(x, t))  # type: ignore[no-any-return]


def _blocks(b: Builder, x: Value, e: Value, zero: Value) -> Value:
    """``[[x, e], [0, x]]``, whose exponential has the derivative along ``e`` as a corner.

    Higham, Functions of Matrices (2008), Theorem 3.6.
    """
    rows = [b.op("concatenate", *pair, axis=1) for pair in ((x, e), (zero, x))]
    return b.op("concatenate", *rows, axis=0)


def _corner(b: Builder, whole: Value, n: Value, spec: tuple[str, str]) -> Value:
    return b.op("index", whole, *[n] * sum(s.count("1") for s in spec), spec=spec)


TOP, BOTTOM = "s010", "s100"


def _vjp_frechet(ctx: Any, stmt: Stmt, g: Value) -> None:
    """As the corner of the exponential of a matrix of four blocks, so that it can be repeated."""
    b, (x, e) = ctx.b, stmt.args
    g, n = ctx.dense(g, stmt.result), ctx.size(x, 0)
    zero = b.op("full_like", g, b.const(0.0))
    at = flipped(b, _blocks(b, ctx.value(x), ctx.value(e), zero))
    corner = b.op("concatenate", b.op("concatenate", zero, g, axis=1),
                  b.op("concatenate", zero, zero, axis=1), axis=0)
    found = b.op(stmt.op.name, at, corner)
    if ctx.wants(x):
        diagonal = [_corner(b, found, n, (part, part)) for part in (TOP, BOTTOM)]
        ctx.add(x, b.coerce(b.add(*diagonal), stmt.result.type))
    if ctx.wants(e):
        ctx.add(e, b.coerce(_corner(b, found, n, (TOP, BOTTOM)), stmt.result.type))


def _jvp_frechet(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (x, e) = ctx.b, stmt.args
    if all(t is None for t in tangents):
        return None
    at, along = ctx.value(x), ctx.value(e)
    zero = b.op("full_like", at, b.const(0.0))
    moved = _blocks(b, ctx.dense(x, tangents[0]), ctx.dense(e, tangents[1]), zero)
    found = b.op(stmt.op.name, _blocks(b, at, along, zero), moved)
    corner = _corner(b, found, ctx.size(x, 0), (TOP, BOTTOM))
    return b.coerce(corner, stmt.result.type)  # type: ignore[no-any-return]


op("expm", "x", numpy="expm(x)", infer=like_matrix, sizes=first_size, vjp=_vjp_expm,
   jvp=_jvp_expm, cost=60000, python=("scipy.linalg.expm",))


def _spell_frechet(stmt: Stmt) -> str:
    """SciPy computes it in float64 always."""
    call = "expm_frechet(x, e, compute_expm=False)"
    return f"{call}.astype(np.float32)" if dtype_of(stmt.result.type) == "f32" else call


op("expm_frechet", "x e", spell=_spell_frechet, infer=like_matrix,
   sizes=first_size, vjp=_vjp_frechet, jvp=_jvp_frechet, cost=120000)

# The logarithm and the root are those of SciPy where they are real; a complex one raises.
for _name in ("logm", "sqrtm"):
    op(_name, "x", numpy=f"as_real({_name}(x))", infer=like_matrix, sizes=first_size,
       vjp=_vjp_expm, jvp=_jvp_expm, cost=90000, total=False, python=(f"scipy.linalg.{_name}",))
    op(f"{_name}_frechet", "x e", infer=like_matrix, sizes=first_size, vjp=_vjp_frechet,
       jvp=_jvp_frechet, cost=300000, numpy=f"as_real({_name}(np.block([[x, e], "
       "[np.zeros_like(x), x]])))[:len(x), len(x):]")
