"""Rows of norms, and of sums of products over named axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, result_dtype
from symdiff.ops.array_reduce import keywords, spread_over
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_types import as_array, dims_of, parts, reduced
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


# -- other norms of vectors ------------------------------------------------------------------------


def _spell_p_norm(stmt: Stmt) -> str:
    words = keywords(stmt)
    return f"np.linalg.norm(x, {stmt.attrs['ord']!r}{', ' + words if words else ''})"


def _weights(ctx: Any, stmt: Stmt) -> Value:
    """``sign(x)*(abs(x)/out)**(p - 1)``: of size 1 at any scale, and 0 at the origin."""
    b, x = ctx.b, ctx.value(stmt.args[0])
    ratio = b.op("safe_ratio", b.op("abs", x), spread_over(b, stmt, ctx.value(stmt.result)))
    power = b.op("pow", ratio, b.const(stmt.attrs["ord"] - 1))
    return b.mul(b.op("sign", x), power)  # type: ignore[no-any-return]


def _vjp_p_norm(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.b.mul(spread_over(ctx.b, stmt, g), _weights(ctx, stmt)))


def _jvp_p_norm(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, attrs = ctx.b, {k: stmt.attrs[k] for k in ("axes", "keepdims")}
    return b.op("sum", b.mul(_weights(ctx, stmt), t), **attrs)  # type: ignore[no-any-return]


op("p_norm", "x", infer=_norm, spell=_spell_p_norm, sizes=_norm_size, vjp=_vjp_p_norm,
   jvp=_jvp_p_norm, cost=9000, note="norm' = 0 at 0")


def p_norm(b: Builder, x: Value, order: float, attrs: Attrs) -> Value:
    return b.op("p_norm", x, ord=order, **attrs)


def _rank(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    if t.rank < 2:
        raise TypeError("a matrix is needed here")
    return (array_of("int", t.dims[:-2]),)


op("matrix_rank", "x", numpy="np.linalg.matrix_rank(x)", infer=_rank, partials=("0",),
   tags="data", cost=30000, python=("numpy.linalg.matrix_rank",),
   sizes=lambda b, s, k: size_along(b, s.args[0], k))


# -- sums over named axes --------------------------------------------------------------------------


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
