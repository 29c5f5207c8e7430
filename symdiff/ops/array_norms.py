"""Rows of norms, sums of products over named axes, and linear systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, result_dtype
from symdiff.ops.array_linear import flipped, matmul
from symdiff.ops.array_reduce import keywords, spread_over
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_types import as_array, dims_of, dtype_of, reduced
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


# -- the Euclidean norm ----------------------------------------------------------------------------


def _norm(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    dtype = "f32" if t.dtype == "f32" else "f64"
    return (array_of(dtype, reduced(t.dims, attrs["axes"], attrs["keepdims"])),)


def _spell_norm(stmt: Stmt) -> str:
    words = keywords(stmt)
    return f"np.linalg.norm(x{', ' + words if words else ''})"


def _norm_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    axes = stmt.attrs["axes"]
    if stmt.attrs["keepdims"]:
        return size_along(b, stmt.args[0], axis)
    kept = [k for k in range(len(dims_of(stmt.args[0].type))) if k not in axes]
    return size_along(b, stmt.args[0], kept[axis])


def _vjp_norm(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The unit vector times g; 0 at 0."""
    b, x = ctx.b, ctx.value(stmt.args[0])
    scale = b.op("safe_ratio", g, ctx.value(stmt.result))
    ctx.add(stmt.args[0], b.mul(spread_over(b, stmt, scale), x))


def _jvp_norm(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x = ctx.b, ctx.value(stmt.args[0])
    return b.op("safe_ratio", b.op("sum", b.mul(x, t), **stmt.attrs), ctx.value(stmt.result))  # type: ignore[no-any-return]


op("norm", "x", infer=_norm, spell=_spell_norm, sizes=_norm_size, vjp=_vjp_norm, jvp=_jvp_norm,
   cost=2500, note="norm' = 0 at 0", python=("numpy.linalg.norm",))


# -- sums over named axes --------------------------------------------------------------------------


def parts(spec: str) -> tuple[list[str], str]:
    """The letters of the operands and of the result of ``ij,jk->ik``."""
    left, _, right = spec.partition("->")
    return left.split(","), right


def _einsum(types: Types, attrs: Attrs) -> Types:
    terms, out = parts(attrs["spec"])
    known: dict[str, str] = {}
    for term, t in zip(terms, types, strict=True):
        dims = as_array(t).dims
        if len(dims) != len(term):
            raise TypeError(f"'{term}' names {len(term)} axes of an array that has {len(dims)}")
        for letter, d in zip(term, dims, strict=True):
            old = known.get(letter, d)
            if {old, d} & {"1"} and old != d:
                raise TypeError(f"axis '{letter}' is 1 in one operand of an einsum only")
            known[letter] = "n" if "n" in (old, d) else old
    return (array_of(result_dtype(types), "".join(known[letter] for letter in out)),)


def _spell_einsum(stmt: Stmt) -> str:
    names = ", ".join(f"_{k}" for k in range(len(stmt.args)))
    return f"np.einsum({stmt.attrs['spec']!r}, {names})"


def _einsum_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    terms, out = parts(stmt.attrs["spec"])
    for term, x in zip(terms, stmt.args, strict=True):
        if out[axis] in term:
            return size_along(b, x, term.index(out[axis]))
    return None


def _vjp_einsum(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The same sum with the result in the operand's place; axes that only the operand has, and
    that were summed, get the same cotangent all along: they broadcast.
    """
    b = ctx.b
    terms, out = parts(stmt.attrs["spec"])
    g = ctx.dense(g, stmt.result)
    for k, x in enumerate(stmt.args):
        if not ctx.wants(x):
            continue
        others = [(t, ctx.value(v)) for j, (t, v) in enumerate(zip(terms, stmt.args, strict=True))
                  if j != k]
        seen = {*out, *(letter for t, _ in others for letter in t)}
        kept = "".join(letter for letter in terms[k] if letter in seen)
        names = ",".join([out, *(t for t, _ in others)])
        if dims_of(g.type) or not out:
            operands = [v for _, v in others]
            if out:
                term = b.op("einsum", g, *operands, spec=f"{names}->{kept}")
            elif operands:
                inner = b.op("einsum", *operands, spec=f"{names[1:]}->{kept}")
                term = b.mul(g, inner)
            else:
                term = g
        axes = [i for i, letter in enumerate(terms[k]) if letter not in seen]
        ctx.add(x, expand(b, term, axes) if kept else term)


def _jvp_einsum(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, result = ctx.b, None
    for k, t in enumerate(tangents):
        if t is None:
            continue
        operands = [ctx.value(x) for x in stmt.args]
        operands[k] = ctx.dense(stmt.args[k], t)
        term = b.op("einsum", *operands, **stmt.attrs)
        result = term if result is None else b.add(result, term)
    return result


op("einsum", "*xs", infer=_einsum, spell=_spell_einsum, sizes=_einsum_size, vjp=_vjp_einsum,
   jvp=_jvp_einsum, cost=9000, python=("numpy.einsum",))


# -- linear systems --------------------------------------------------------------------------------


def _square(t: Type) -> str:
    dims = as_array(t).dims
    if len(dims) < 2:
        raise TypeError("a matrix is needed here")
    return dims


def _inverse(types: Types, attrs: Attrs) -> Types:
    return (array_of("f32" if dtype_of(types[0]) == "f32" else "f64", _square(types[0])),)


def _first_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[0], axis)


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


op("inv", "x", numpy="np.linalg.inv(x)", infer=_inverse, sizes=_first_size, vjp=_vjp_inv,
   jvp=_jvp_inv, cost=9000, total=False, python=("numpy.linalg.inv",))


def _solved(types: Types, attrs: Attrs) -> Types:
    left, right = _square(types[0]), as_array(types[1]).dims
    if len(left) != 2 or len(right) > 2:
        raise TypeError("one system is solved at a time: a matrix, and a vector or a matrix")
    return (array_of("f32" if result_dtype(types) == "f32" else "f64", right),)


def _vjp_solve(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``dy = solve(A.T, g)``, ``dA = -dy x.T``."""
    b, (a, y) = ctx.b, stmt.args
    dy = b.op("solve", flipped(b, ctx.value(a)), ctx.dense(g, stmt.result))
    if ctx.wants(a):
        x = ctx.value(stmt.result)
        if len(dims_of(y.type)) == 1:
            ctx.add(a, b.neg(b.mul(expand(b, dy, [1]), x)))
        else:
            ctx.add(a, b.neg(matmul(b, dy, flipped(b, x))))
    if ctx.wants(y):
        ctx.add(y, dy)


def _jvp_solve(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (a, y) = ctx.b, stmt.args
    da, dy = tangents
    right: Value | None = None if dy is None else ctx.dense(y, dy)
    if da is not None:
        moved = matmul(b, ctx.dense(a, da), ctx.value(stmt.result))
        right = b.neg(moved) if right is None else b.sub(right, moved)
    return None if right is None else b.op("solve", ctx.value(a), right)


op("solve", "a y", numpy="np.linalg.solve(a, y)", infer=_solved, vjp=_vjp_solve, jvp=_jvp_solve,
   sizes=lambda b, s, k: size_along(b, s.args[1], k), cost=9000, total=False,
   python=("numpy.linalg.solve",))


def _number_of(types: Types, attrs: Attrs) -> Types:
    dims = _square(types[0])
    return (array_of("f32" if dtype_of(types[0]) == "f32" else "f64", dims[:-2]),)


def _vjp_logdet(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, x = ctx.b, stmt.args[0]
    back = flipped(b, b.op("inv", ctx.value(x)))
    ctx.add(x, b.mul(_column(b, g), back))


def _column(b: Builder, g: Value) -> Value:
    """One number per matrix, to be multiplied with matrices."""
    rank = len(dims_of(g.type))
    return expand(b, g, [rank, rank + 1]) if rank else g


def _jvp_logdet(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x = ctx.b, stmt.args[0]
    rank = len(dims_of(x.type))
    moved = b.mul(flipped(b, b.op("inv", ctx.value(x))), ctx.dense(x, t))
    return b.op("sum", moved, axes=(rank - 2, rank - 1), keepdims=False)  # type: ignore[no-any-return]


def _batch_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[0], axis)


op("logabsdet", "x", numpy="np.linalg.slogdet(x)[1]", infer=_number_of, sizes=_batch_size,
   vjp=_vjp_logdet, jvp=_jvp_logdet, cost=9000)
op("signdet", "x", numpy="np.linalg.slogdet(x)[0]", infer=_number_of, sizes=_batch_size,
   partials=("0",), tags="data", cost=9000)


def _vjp_det(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The cofactors, which singular matrices have as well."""
    b, x = ctx.b, stmt.args[0]
    ctx.add(x, b.mul(_column(b, g), b.op("cofactors", ctx.value(x))))


def _jvp_det(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x = ctx.b, stmt.args[0]
    rank = len(dims_of(x.type))
    moved = b.mul(b.op("cofactors", ctx.value(x)), ctx.dense(x, t))
    return b.op("sum", moved, axes=(rank - 2, rank - 1), keepdims=False)  # type: ignore[no-any-return]


op("det", "x", numpy="np.linalg.det(x)", infer=_number_of, sizes=_batch_size, vjp=_vjp_det,
   jvp=_jvp_det, cost=9000, python=("numpy.linalg.det",))
op("cofactors", "x", numpy="cofactors(x)", infer=_inverse, sizes=_first_size, cost=20000)


# -- Cholesky --------------------------------------------------------------------------------------


def _half(b: Builder, x: Value) -> Value:
    """The lower triangle with the diagonal halved."""
    return b.sub(b.op("tril", x, k=0), b.mul(b.const(0.5), b.op("diag", b.op("diagonal", x, k=0),
                                                                k=0)))


def _vjp_cholesky(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Murray, Differentiation of the Cholesky decomposition (2016), eq. 10, made symmetric."""
    b, low = ctx.b, ctx.value(stmt.result)
    up = flipped(b, low)
    middle = _half(b, matmul(b, up, b.op("tril", ctx.dense(g, stmt.result), k=0)))
    inner = flipped(b, b.op("solve", up, middle))
    s = flipped(b, b.op("solve", up, inner))
    ctx.add(stmt.args[0], b.mul(b.const(0.5), b.add(s, flipped(b, s))))


def _jvp_cholesky(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, low, x = ctx.b, ctx.value(stmt.result), stmt.args[0]
    dx = ctx.dense(x, t)
    dx = b.mul(b.const(0.5), b.add(dx, flipped(b, dx)))
    inner = flipped(b, b.op("solve", low, flipped(b, b.op("solve", low, dx))))
    return matmul(b, low, _half(b, inner))


op("cholesky", "x", numpy="np.linalg.cholesky(x)", infer=_inverse, sizes=_first_size,
   vjp=_vjp_cholesky, jvp=_jvp_cholesky, cost=9000, total=False,
   python=("numpy.linalg.cholesky",), note="of the symmetric part")
