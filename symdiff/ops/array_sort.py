"""Rows of sorting: permutations as data, what they permute, quantiles.

An array is sorted by an order, which is data: ``x[order]``. Reversed, that is the permutation back.
Among equal elements the order is an accident: the cotangents of a run of equal ones are shared
evenly, by ``share_ties``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of
from symdiff.ops.array_reduce import keywords, reduced_size
from symdiff.ops.array_shapes import (
    expand,
    inverse,
    operand_size,
    reshape,
    transpose,
)
from symdiff.ops.array_types import Axes, as_array, dims_of, reduced
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


def axis_text(stmt: Stmt) -> str:
    """``, axis=0`` where it is not the last."""
    axis = stmt.attrs["axis"]
    return "" if axis == len(dims_of(stmt.result.type)) - 1 else f", axis={axis}"


# -- orders ----------------------------------------------------------------------------------------


def _order(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", as_array(types[0]).dims),)


def _spell_argsort(stmt: Stmt) -> str:
    kind = stmt.attrs.get("kind")
    return f"np.argsort(x{axis_text(stmt)}{f', kind={kind!r}' if kind else ''})"


op("array_argsort", "x", infer=_order, spell=_spell_argsort, sizes=operand_size(0),
   partials=("0",), tags="data", cost=9000, python=("numpy.argsort",))
op("argpartition", "x", infer=_order, sizes=operand_size(0), partials=("0",), tags="data",
   spell=lambda s: f"np.argpartition(x, {s.attrs['kth']}{axis_text(s)})", cost=9000,
   python=("numpy.argpartition",))


# -- permutations ----------------------------------------------------------------------------------


def _same(types: Types, attrs: Attrs) -> Types:
    return (as_array(types[0]),)


def _spell_permuted(stmt: Stmt) -> str:
    if len(dims_of(stmt.result.type)) == 1:
        return "x[order]"
    return f"np.take_along_axis(x, order, {stmt.attrs['axis']})"


def back(b: Builder, g: Value, order: Value, axis: int) -> Value:
    """The permutation that undoes an order."""
    return b.op("permuted", g, b.op("array_argsort", order, axis=axis), axis=axis)


def _vjp_permuted(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, order = stmt.args
    if dims_of(g.type):
        g = back(ctx.b, ctx.dense(g, stmt.result), ctx.value(order), stmt.attrs["axis"])
    ctx.add(x, g)


def _jvp_permuted(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, (x, order) = tangents[0], stmt.args
    if t is None or not dims_of(t.type):
        return t
    return ctx.b.op("permuted", ctx.dense(x, t), ctx.value(order), **stmt.attrs)  # type: ignore[no-any-return]


op("permuted", "x order", infer=_same, spell=_spell_permuted, sizes=operand_size(0),
   vjp=_vjp_permuted, jvp=_jvp_permuted, cost=3000, python=("numpy.sort",))


# -- ties ------------------------------------------------------------------------------------------


def _shared(ctx: Any, stmt: Stmt, g: Value, y: Value) -> Value:
    if not dims_of(g.type):  # one number for all
        return g
    g = ctx.b.coerce(g, stmt.result.type)
    return ctx.b.op("share_ties", g, y, axis=stmt.attrs["axis"])  # type: ignore[no-any-return]


def _vjp_even(ctx: Any, stmt: Stmt, g: Value) -> None:
    g = ctx.dense(g, stmt.result) if dims_of(g.type) else g
    ctx.add(stmt.args[0], _shared(ctx, stmt, g, ctx.value(stmt.args[0])))


def _jvp_even(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    if t is None or not dims_of(t.type):
        return t
    return _shared(ctx, stmt, ctx.dense(x, t), ctx.value(x))


def _vjp_shares(ctx: Any, stmt: Stmt, c: Value) -> None:
    """Means over runs: the matrix is symmetric."""
    g, y = stmt.args
    ctx.add(g, _shared(ctx, stmt, ctx.dense(c, stmt.result), ctx.value(y)))


def _jvp_shares(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, (g, y) = tangents[0], stmt.args
    return None if t is None else _shared(ctx, stmt, ctx.dense(g, t), ctx.value(y))


# The elements of a sorted array themselves, whose derivatives are shared among equal ones.
op("even", "x", numpy="x", infer=_same, sizes=operand_size(0), vjp=_vjp_even, jvp=_jvp_even,
   cost=0, tags="view", note="at a tie the weights are even")
op("share_ties", "g y", infer=_same, sizes=operand_size(0), vjp=_vjp_shares, jvp=_jvp_shares,
   spell=lambda s: f"share_ties(g, y, {s.attrs['axis']})", cost=9000, shape_uses="y")


def sort(b: Builder, x: Value, axis: int) -> Value:
    order = b.op("array_argsort", x, axis=axis)
    return b.op("even", b.op("permuted", x, order, axis=axis), axis=axis)


# -- partitions ------------------------------------------------------------------------------------


def _vjp_partition(ctx: Any, stmt: Stmt, g: Value) -> None:
    """By the ranks of both: how NumPy arranges what lies between the places is not asked."""
    b, (x,), axis = ctx.b, stmt.args, stmt.attrs["axis"]
    if dims_of(g.type):
        y = ctx.value(stmt.result)
        ranks = b.op("array_argsort", y, axis=axis)
        g = b.op("permuted", ctx.dense(g, stmt.result), ranks, axis=axis)
        g = b.op("share_ties", g, b.op("permuted", y, ranks, axis=axis), axis=axis)
        g = back(b, g, b.op("array_argsort", ctx.value(x), axis=axis), axis)
    ctx.add(x, g)


def _jvp_partition(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,), axis = tangents, stmt.args, stmt.attrs["axis"]
    if t is None or not dims_of(t.type):
        return t
    b, at = ctx.b, ctx.value(x)
    order = b.op("array_argsort", at, axis=axis)
    t = b.op("permuted", ctx.dense(x, t), order, axis=axis)
    t = b.op("share_ties", t, b.op("permuted", at, order, axis=axis), axis=axis)
    return back(b, t, b.op("array_argsort", ctx.value(stmt.result), axis=axis), axis)


op("partition", "x", infer=_same, sizes=operand_size(0), vjp=_vjp_partition, jvp=_jvp_partition,
   spell=lambda s: f"np.partition(x, {s.attrs['kth']}{axis_text(s)})", cost=9000,
   python=("numpy.partition",), note="at a tie the weights are even")


# -- quantiles -------------------------------------------------------------------------------------


def _quantile(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    dtype = "f32" if t.dtype == "f32" and attrs["middle"] else "f64"
    return (array_of(dtype, reduced(t.dims, attrs["axes"], attrs["keepdims"])),)


def _spell_quantile(stmt: Stmt) -> str:
    words = keywords(stmt)
    more = f", {words}" if words else ""
    return f"np.median(x{more})" if stmt.attrs["middle"] else f"np.quantile(x, q{more})"


class _Sorted:
    """What a rule of quantiles needs: the array with its axes as the last one, sorted, the places
    of the two elements between which the quantile is, and their weights.
    """

    def __init__(self, ctx: Any, stmt: Stmt) -> None:
        b, (x, q), axes = ctx.b, stmt.args, stmt.attrs["axes"]
        self.ctx, self.stmt, self.rank = ctx, stmt, len(dims_of(x.type))
        self.order = (*(k for k in range(self.rank) if k not in axes), *axes)
        self.axis = self.rank - len(axes)
        self.sizes = [ctx.size(x, k) for k in self.order]
        self.count = self.sizes[self.axis]
        for size in self.sizes[self.axis + 1 :]:
            self.count = b.mul(self.count, size)
        rows = self.moved(ctx.value(x))
        self.places = b.op("array_argsort", rows, axis=self.axis)
        self.values = b.op("permuted", rows, self.places, axis=self.axis)
        last = b.sub(self.count, b.const(1))
        if stmt.attrs["middle"]:
            self.low = b.op("floordiv", last, b.const(2))
            self.high = b.op("floordiv", self.count, b.const(2))
            self.share = b.const(0.5)
        else:
            at = b.mul(ctx.value(q), last)
            self.low = b.op("int", at)
            self.high = b.op("min", b.add(self.low, b.const(1)), last)
            self.share = b.sub(at, self.low)

    def moved(self, x: Value) -> Value:
        """``x`` with the axes of the quantile as one, the last."""
        b = self.ctx.b
        x = transpose(b, x, self.order)
        if self.rank - self.axis == 1:
            return x
        return reshape(b, x, [*self.sizes[: self.axis], self.count])

    def back(self, x: Value) -> Value:
        b = self.ctx.b
        if self.rank - self.axis > 1:
            x = reshape(b, x, self.sizes)
        return transpose(b, x, inverse(self.order))

    def at(self, x: Value, place: Value) -> Value:
        return self.ctx.b.op("index", x, place, spec=(*[":"] * self.axis, "i"))  # type: ignore[no-any-return]

    def without(self, g: Value) -> Value:
        """A cotangent without the axes that were kept with size 1."""
        if self.stmt.attrs["keepdims"] and dims_of(g.type):
            return self.ctx.b.op("squeeze", g, axes=self.stmt.attrs["axes"])  # type: ignore[no-any-return]
        return g

    def kept(self, x: Value) -> Value:
        axes: Axes = self.stmt.attrs["axes"]
        return expand(self.ctx.b, x, axes) if self.stmt.attrs["keepdims"] else x

    def slope(self) -> Value:
        """The derivative by the quantile's place."""
        b = self.ctx.b
        gap = b.sub(self.at(self.values, self.high), self.at(self.values, self.low))
        return b.mul(gap, b.sub(self.count, b.const(1)))  # type: ignore[no-any-return]


def _vjp_quantile(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (x, q) = ctx.b, stmt.args
    parts = _Sorted(ctx, stmt)
    g = parts.without(ctx.dense(g, stmt.result))
    if ctx.wants(x):
        lead = (*[":"] * parts.axis, "i")
        low, high = b.mul(g, b.sub(b.const(1.0), parts.share)), b.mul(g, parts.share)
        found = b.op("full_like", parts.values, b.const(0.0))
        found = b.op("add_index", found, low, parts.low, spec=lead)
        found = b.op("add_index", found, high, parts.high, spec=lead)
        found = b.op("share_ties", found, parts.values, axis=parts.axis)
        found = parts.back(back(b, found, parts.places, parts.axis))
        ctx.add(x, b.coerce(found, as_array(x.type)))
    if ctx.wants(q):
        term = b.mul(g, parts.slope())
        axes = tuple(range(len(dims_of(term.type))))
        ctx.add(q, b.op("sum", term, axes=axes, keepdims=False) if axes else term)


def _jvp_quantile(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (x, _) = ctx.b, stmt.args
    dx, dq = tangents
    if dx is None and dq is None:
        return None
    parts, result = _Sorted(ctx, stmt), None
    if dx is not None:
        rows = parts.moved(ctx.dense(x, dx))
        rows = b.op("permuted", rows, parts.places, axis=parts.axis)
        rows = b.op("share_ties", rows, parts.values, axis=parts.axis)
        low = b.mul(parts.at(rows, parts.low), b.sub(b.const(1.0), parts.share))
        result = b.add(low, b.mul(parts.at(rows, parts.high), parts.share))
    if dq is not None:
        term = b.mul(parts.slope(), dq)
        result = term if result is None else b.add(result, term)
    return parts.kept(result)  # type: ignore[arg-type]


op("quantile", "x q", infer=_quantile, spell=_spell_quantile, sizes=reduced_size,
   vjp=_vjp_quantile, jvp=_jvp_quantile, cost=20000, note="at a tie the weights are even",
   python=("numpy.quantile", "numpy.percentile", "numpy.median"))


def _axis_word(stmt: Stmt) -> str:
    return f", axis={stmt.attrs['axis']}" if stmt.attrs["axis"] else ""


# -- running extremes ------------------------------------------------------------------------------


def _vjp_running(ctx: Any, stmt: Stmt, g: Value) -> None:
    (x,) = stmt.args
    given = ctx.dense(g, stmt.result), ctx.value(x), ctx.value(stmt.result)
    ctx.add(x, ctx.b.op("running_shares", *given, axis=stmt.attrs["axis"]))


def _jvp_running(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,), (x,) = tangents, stmt.args
    if t is None:
        return None
    given = ctx.dense(x, t), ctx.value(x), ctx.value(stmt.result)
    return ctx.b.op("running_means", *given, axis=stmt.attrs["axis"])  # type: ignore[no-any-return]


def _linear_in_first(transpose: str) -> dict[str, Any]:
    """Rules of a map that is linear in its first operand; the others decide where, by steps."""

    def vjp(ctx: Any, stmt: Stmt, g: Value) -> None:
        t, *rest = stmt.args
        if ctx.wants(t):
            given = ctx.dense(g, stmt.result), *map(ctx.value, rest)
            ctx.add(t, ctx.b.op(transpose, *given, **stmt.attrs))

    def jvp(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
        t, *rest = stmt.args
        if tangents[0] is None:
            return None
        given = ctx.dense(t, tangents[0]), *map(ctx.value, rest)
        return ctx.b.op(stmt.op.name, *given, **stmt.attrs)  # type: ignore[no-any-return]

    return {"vjp": vjp, "jvp": jvp}


op("running_extreme", "x", infer=lambda types, attrs: (as_array(types[0]),), cost=3000,
   spell=lambda s: f"np.{s.attrs['best']}.accumulate(x{_axis_word(s)})", sizes=operand_size(0),
   vjp=_vjp_running, jvp=_jvp_running, note="at a tie the weights are even")
for _name, _transpose in (("running_means", "running_shares"),
                          ("running_shares", "running_means")):
    op(_name, "t x run", infer=lambda types, attrs: (as_array(types[0]),), sizes=operand_size(0),
       spell=lambda s: f"{s.op.name}(t, x, run, {s.attrs['axis']})", fresh=True, cost=90000,
       **_linear_in_first(_transpose))
