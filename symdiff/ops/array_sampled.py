"""Rows of sampled functions and of polynomials: convolutions, differences, polynomials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, is_array, result_dtype
from symdiff.ops.array_shapes import operand_size, size_along
from symdiff.ops.array_systems import floating
from symdiff.ops.array_types import as_array, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


# -- convolution -----------------------------------------------------------------------------------


def _convolved(types: Types, attrs: Attrs) -> Types:
    for t in types:
        if as_array(t).rank != 1:
            raise TypeError("arrays of one dimension are convolved")
    return (array_of(result_dtype(types), "?"),)


def _spell_convolve(stmt: Stmt) -> str:
    mode = stmt.attrs["mode"]
    return f"np.convolve(x, y{'' if mode == 'full' else f', {mode!r}'})"


def _whole(ctx: Any, stmt: Stmt, g: Value) -> Value:
    """The cotangent of the full convolution, of which ``same`` and ``valid`` are the middle."""
    mode, b = stmt.attrs["mode"], ctx.b
    g = ctx.dense(g, stmt.result)
    if mode == "full":
        return g
    n, m = (ctx.size(x, 0) for x in stmt.args)
    total = b.sub(b.add(n, m), b.const(1))
    start = b.sub(b.op("min", n, m), b.const(1))
    if mode == "same":
        start = b.op("floordiv", start, b.const(2))
    stop = b.add(start, size_along(b, g, 0))
    zeros = b.op("full", b.const(0.0), total, dtype=as_array(g.type).dtype, dims="?")
    return b.op("set_index", zeros, g, start, stop, spec=("s110",))  # type: ignore[no-any-return]


def _vjp_convolve(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Correlations: convolutions with the other, turned round."""
    b, whole = ctx.b, _whole(ctx, stmt, g)
    x, y = stmt.args
    for mine, other in ((x, y), (y, x)):
        if ctx.wants(mine):
            turned = b.op("index", ctx.value(other), b.const(-1), spec=("s001",))
            found = b.op("convolve", whole, turned, mode="valid")
            ctx.add(mine, b.coerce(found, array_of(as_array(found.type).dtype, dims_of(mine.type))))


def _jvp_convolve(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, result = ctx.b, None
    for k, t in enumerate(tangents):
        if t is not None:
            pair = [ctx.value(v) for v in stmt.args]
            pair[k] = ctx.dense(stmt.args[k], t)
            term = b.op("convolve", *pair, **stmt.attrs)
            result = term if result is None else b.add(result, term)
    return result


op("convolve", "x y", infer=_convolved, spell=_spell_convolve, vjp=_vjp_convolve,
   jvp=_jvp_convolve, cost=9000, python=("numpy.convolve",))


# -- polynomials -----------------------------------------------------------------------------------


def _polyval(types: Types, attrs: Attrs) -> Types:
    if as_array(types[0]).rank != 1:
        raise TypeError("the coefficients are an array of one dimension")
    return (array_of(floating(*types) if is_array(types[1]) else "f64", dims_of(types[1])),)


def _slopes(ctx: Any, p: Value) -> Value:
    """The coefficients of the derivative."""
    b, at = ctx.b, ctx.value(p)
    n = ctx.size(p, 0)
    powers = b.op("arange", b.sub(n, b.const(1)), b.const(0), b.const(-1))
    return b.mul(b.op("index", at, b.const(-1), spec=("s010",)), powers)  # type: ignore[no-any-return]


def _vjp_polyval(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (p, x) = ctx.b, stmt.args
    g = ctx.dense(g, stmt.result)
    if ctx.wants(x):
        ctx.add(x, b.mul(g, b.op("polyval", _slopes(ctx, p), ctx.value(x))))
    if ctx.wants(p):
        ctx.add(p, b.op("power_sums", ctx.value(x), g, ctx.size(p, 0), dims=dims_of(p.type)))


def _jvp_polyval(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (p, x), (dp, dx) = ctx.b, stmt.args, tangents
    result: Value | None = None
    if dp is not None:
        result = b.op("polyval", ctx.dense(p, dp), ctx.value(x))
    if dx is not None:
        term = b.mul(b.op("polyval", _slopes(ctx, p), ctx.value(x)), dx)
        result = term if result is None else b.add(result, term)
    return result


op("polyval", "p x", numpy="np.polyval(p, x)", infer=_polyval, sizes=operand_size(1),
   vjp=_vjp_polyval, jvp=_jvp_polyval, cost=9000, python=("numpy.polyval",))


def _sums(types: Types, attrs: Attrs) -> Types:
    return (array_of(floating(types[1]), attrs["dims"]),)


def _vjp_sums(ctx: Any, stmt: Stmt, c: Value) -> None:
    """``sum(c[k]*out[k])`` is the sum of ``g*polyval(c, x)``."""
    b, (x, g, n) = ctx.b, stmt.args
    c = ctx.dense(c, stmt.result)
    if ctx.wants(g):
        ctx.add(g, b.op("polyval", c, ctx.value(x)))
    if ctx.wants(x):
        powers = b.op("arange", b.sub(ctx.value(n), b.const(1)), b.const(0), b.const(-1))
        slopes = b.mul(b.op("index", c, b.const(-1), spec=("s010",)), powers)
        ctx.add(x, b.mul(ctx.value(g), b.op("polyval", slopes, ctx.value(x))))


def _jvp_sums(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (x, g, n), (dx, dg, _) = ctx.b, stmt.args, tangents
    result: Value | None = None
    at, size = ctx.value(x), ctx.value(n)
    if dg is not None:
        result = b.op("power_sums", at, ctx.dense(g, dg), size, **stmt.attrs)
    if dx is not None:
        less = b.sub(size, b.const(1))
        inner = b.op("power_sums", at, b.mul(ctx.value(g), ctx.dense(x, dx)), less, dims="?")
        powers = b.op("arange", less, b.const(0), b.const(-1))
        zeros = b.op("full", b.const(0.0), size, **{**stmt.attrs, "dtype": "f64"})
        term = b.op("set_index", zeros, b.mul(inner, powers), b.const(-1), spec=("s010",))
        result = term if result is None else b.add(result, term)
    return result


# The derivative of polyval by its coefficients: sums of powers of x, weighted by g.
op("power_sums", "x g n", numpy="power_sums(x, g, n)", infer=_sums, vjp=_vjp_sums, jvp=_jvp_sums,
   sizes=lambda b, s, k: s.args[2], cost=9000)


# -- differences -----------------------------------------------------------------------------------


def _sampled(types: Types, attrs: Attrs) -> Types:
    return (array_of(floating(types[0]), as_array(types[0]).dims),)


def _spell_gradient(stmt: Stmt) -> str:
    rank, axis, order = len(dims_of(stmt.result.type)), stmt.attrs["axis"], stmt.attrs["order"]
    words = [f"axis={axis}"]*(rank > 1) + [f"edge_order={order}"]*(order != 1)
    return f"np.gradient({', '.join(['x', *words])})"


def _vjp_gradient(ctx: Any, stmt: Stmt, g: Value) -> None:
    """A matrix and its transpose: each is the other's rule."""
    other = "gradient_adjoint" if stmt.op.name == "gradient" else "gradient"
    (x,) = stmt.args
    ctx.add(x, ctx.b.op(other, ctx.dense(g, stmt.result), **stmt.attrs))


def _jvp_gradient(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    return None if t is None else ctx.b.op(stmt.op.name, ctx.dense(x, t), **stmt.attrs)


op("gradient", "x", infer=_sampled, spell=_spell_gradient, sizes=operand_size(0),
   vjp=_vjp_gradient, jvp=_jvp_gradient, cost=9000, python=("numpy.gradient",))
op("gradient_adjoint", "x", infer=_sampled, sizes=operand_size(0), vjp=_vjp_gradient,
   jvp=_jvp_gradient, cost=9000,
   spell=lambda s: f"gradient_adjoint(x, {s.attrs['axis']}, {s.attrs['order']})")
