"""Rows of reductions: sums, means, extrema along axes.

``axes`` are counted from the front and sorted, ``keepdims`` as NumPy's. A cotangent is spread over
the axes that went by broadcasting, which costs nothing: ``g`` for a sum over everything,
``g[:, None]`` for one over the last axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import INT, ArrayType, Type, array_of
from symdiff.ops.array_shapes import operand_size, size_along, spread
from symdiff.ops.array_types import as_array, dims_of, reduced
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


def reduce_type(kind: str) -> Any:
    """Type rule: ``kind`` is the result's dtype by the operand's."""

    def infer(types: Types, attrs: Attrs) -> Types:
        t = as_array(types[0])
        dtype = t.dtype
        if kind == "float" and dtype in ("int", "bool"):
            dtype = "f64"
        elif kind == "sum" and dtype == "bool":
            dtype = "int"
        elif kind in ("int", "bool"):
            dtype = kind
        return (array_of(dtype, reduced(t.dims, attrs["axes"], attrs["keepdims"])),)

    return infer


def keywords(stmt: Stmt) -> str:
    """``axis=0, keepdims=True`` as far as it must be said."""
    axes, rank = stmt.attrs["axes"], len(dims_of(stmt.args[0].type))
    words = []
    if len(axes) != rank:
        words.append(f"axis={axes[0] if len(axes) == 1 else axes}")
    if stmt.attrs["keepdims"]:
        words.append("keepdims=True")
    return ", ".join(words)


def method_text(name: str) -> Any:
    """``x.sum(axis=0)``; of a number, which may be Python's own, ``np.sum(x)``."""

    def spell(stmt: Stmt) -> str:
        if not dims_of(stmt.args[0].type):
            return f"np.{name}(x)"
        return f"x.{name}({keywords(stmt)})"

    return spell


def reduced_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    axes = stmt.attrs["axes"]
    if stmt.attrs["keepdims"]:
        return size_along(b, stmt.args[0], axis)
    kept = [k for k in range(len(dims_of(stmt.args[0].type))) if k not in axes]
    return size_along(b, stmt.args[0], kept[axis])


def spread_over(b: Builder, stmt: Stmt, g: Value) -> Value:
    """The cotangent (or value) of a reduction, so that it broadcasts against the operand."""
    if stmt.attrs["keepdims"]:
        return g
    return spread(b, g, len(dims_of(stmt.args[0].type)), stmt.attrs["axes"])


def count(ctx: Any, stmt: Stmt) -> Value:
    """How many elements one result comes from."""
    sizes = [ctx.size(stmt.args[0], k) for k in stmt.attrs["axes"]]
    total = sizes[0] if sizes else ctx.b.const(1)
    for size in sizes[1:]:
        total = ctx.b.mul(total, size)
    return total  # type: ignore[no-any-return]


def reduce_tangent(ctx: Any, stmt: Stmt, name: str, t: Value) -> Value:
    """The reduction ``name`` of a dense tangent."""
    return ctx.b.op(name, ctx.dense(stmt.args[0], t), **stmt.attrs)  # type: ignore[no-any-return]


# -- sums and means --------------------------------------------------------------------------------


def fold_none(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    """Over no axis there is nothing to do, but for the dtype."""
    (x,) = args
    floats = isinstance(x.type, ArrayType) and x.type.dtype in ("f64", "f32")
    return x if not attrs["axes"] and floats else None


def _vjp_sum(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], spread_over(ctx.b, stmt, g))


def _jvp_linear(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    return None if t is None else reduce_tangent(ctx, stmt, stmt.op.name, t)


def _vjp_mean(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], spread_over(ctx.b, stmt, ctx.b.div(g, count(ctx, stmt))))


def _fold_sum(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    """In code of ours: the sign of a sum stands before it, and no view is made to be summed."""
    found = fold_none(b, args, attrs)
    (x,) = args
    if found is not None or not b.relaxed or x.stmt is None:
        return found
    if x.op == "neg":
        return b.neg(b.op("sum", *x.stmt.args, **attrs))
    if x.op == "transpose" and not attrs["keepdims"]:
        order = x.stmt.attrs["axes"]
        kept = [axis for k, axis in enumerate(order) if k not in attrs["axes"]]
        if kept == sorted(kept):
            axes = tuple(sorted(order[k] for k in attrs["axes"]))
            return b.op("sum", *x.stmt.args, axes=axes, keepdims=False)
    if len(attrs["axes"]) == len(dims_of(x.type)) and not attrs["keepdims"]:
        return _sum_of_all(b, x.stmt)
    return None


def _sum_of_all(b: Builder, stmt: Stmt) -> Value | None:
    """All elements are summed anyway, so that none of them need be summed before: neither those of
    ``unbroadcast(g, s)``, nor those of its product with an array of just that shape.
    """
    if stmt.op.name == "unbroadcast":
        found = stmt.args[0]
    elif stmt.op.name == "mul":
        first, second = stmt.args
        whole = _spread(b, first, second)
        other = None if whole is not None else _spread(b, second, first)
        if whole is None and other is None:
            return None
        found = b.mul(whole or first, other or second)
    else:
        return None
    axes = tuple(range(len(dims_of(found.type))))
    return b.op("sum", found, axes=axes, keepdims=False)


def _spread(b: Builder, x: Value, y: Value) -> Value | None:
    """What ``x`` is a partial sum of, if that has the shape of ``y``."""
    if x.op != "unbroadcast" or x.stmt is None:
        return None
    g, *sizes = x.stmt.args
    if len(dims_of(y.type)) != len(sizes) or len(dims_of(g.type)) != len(sizes):
        return None
    same = all(b.op("shape_of", y, axis=k) is size for k, size in enumerate(sizes))
    return g if same else None


op("sum", "x", infer=reduce_type("sum"), spell=method_text("sum"), fold=_fold_sum,
   sizes=reduced_size, vjp=_vjp_sum, jvp=_jvp_linear, cost=1500, python=("numpy.sum",))
op("mean", "x", infer=reduce_type("float"), spell=method_text("mean"), sizes=reduced_size,
   fold=fold_none, vjp=_vjp_mean, jvp=_jvp_linear, cost=3000, python=("numpy.mean",))


# -- extrema ---------------------------------------------------------------------------------------


def _vjp_extremum(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, x = ctx.b, ctx.value(stmt.args[0])
    hits = b.op("eq", x, spread_over(b, stmt, ctx.value(stmt.result)))
    ties = spread_over(b, stmt, b.op("sum", hits, **stmt.attrs))
    share = b.div(spread_over(b, stmt, g), ties)
    ctx.add(stmt.args[0], b.op("where", hits, share, b.const(0.0)))


def _jvp_extremum(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, x = ctx.b, ctx.value(stmt.args[0])
    hits = b.op("eq", x, spread_over(b, stmt, ctx.value(stmt.result)))
    total = b.op("sum", b.op("where", hits, t, b.const(0.0)), **stmt.attrs)
    return b.div(total, b.op("sum", hits, **stmt.attrs))  # type: ignore[no-any-return]


for _name in ("max", "min"):
    op(f"a{_name}", "x", infer=reduce_type(""), spell=method_text(_name), sizes=reduced_size,
       fold=fold_none,
       vjp=_vjp_extremum, jvp=_jvp_extremum, cost=1500, note="at a tie the weights are even",
       python=(f"numpy.{_name}", f"numpy.a{_name}"))


# -- spread ----------------------------------------------------------------------------------------


def _spell_var(name: str) -> Any:
    def spell(stmt: Stmt) -> str:
        words = [w for w in (keywords(stmt),) if w]
        if stmt.attrs["ddof"]:
            words.append(f"ddof={stmt.attrs['ddof']}")
        if not dims_of(stmt.args[0].type):
            return f"np.{name}({', '.join(['x', *words])})"
        return f"x.{name}({', '.join(words)})"

    return spell


def _centred(ctx: Any, stmt: Stmt) -> Value:
    b, x = ctx.b, ctx.value(stmt.args[0])
    axes = stmt.attrs["axes"]
    leading = axes == tuple(range(len(axes)))  # x.mean(axis=0) broadcasts as it is
    return b.sub(x, b.op("mean", x, axes=axes, keepdims=not leading))  # type: ignore[no-any-return]


def _freedom(ctx: Any, stmt: Stmt) -> Value:
    n = count(ctx, stmt)
    ddof = stmt.attrs["ddof"]
    return ctx.b.sub(n, ctx.b.const(ddof)) if ddof else n


def _vjp_var(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    scale = b.div(b.mul(b.const(2.0), g), _freedom(ctx, stmt))
    ctx.add(stmt.args[0], b.mul(spread_over(b, stmt, scale), _centred(ctx, stmt)))


def _jvp_var(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, attrs = ctx.b, {k: stmt.attrs[k] for k in ("axes", "keepdims")}
    total = b.op("sum", b.mul(_centred(ctx, stmt), t), **attrs)
    return b.div(b.mul(b.const(2.0), total), _freedom(ctx, stmt))  # type: ignore[no-any-return]


def _vjp_std(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    below = b.mul(_freedom(ctx, stmt), ctx.value(stmt.result))
    scale = b.op("safe_ratio", g, below)
    ctx.add(stmt.args[0], b.mul(spread_over(b, stmt, scale), _centred(ctx, stmt)))


def _jvp_std(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    b, attrs = ctx.b, {k: stmt.attrs[k] for k in ("axes", "keepdims")}
    total = b.op("sum", b.mul(_centred(ctx, stmt), t), **attrs)
    return b.op("safe_ratio", total, b.mul(_freedom(ctx, stmt), ctx.value(stmt.result)))  # type: ignore[no-any-return]


op("var", "x", infer=reduce_type("float"), spell=_spell_var("var"), sizes=reduced_size,
   vjp=_vjp_var, jvp=_jvp_var, cost=6000, python=("numpy.var",))
op("std", "x", infer=reduce_type("float"), spell=_spell_var("std"), sizes=reduced_size,
   vjp=_vjp_std, jvp=_jvp_std, cost=6000, python=("numpy.std",),
   note="std' = 0 where all are equal")


# -- what is known of shapes at run time only ------------------------------------------------------


def _unbroadcast(types: Types, attrs: Attrs) -> Types:
    return (array_of(as_array(types[0]).dtype, attrs["dims"]),)


def _unbroadcast_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return stmt.args[axis + 1]


def _spell_unbroadcast(stmt: Stmt) -> str:
    names = ", ".join(f"_{k + 1}" for k in range(len(stmt.args) - 1))
    return f"unbroadcast(x, ({names}{',' if len(stmt.args) == 2 else ''}))"


def _vjp_unbroadcast(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], g)


def _jvp_unbroadcast(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    x, *sizes = stmt.args
    return ctx.b.op("unbroadcast", ctx.dense(x, t), *map(ctx.value, sizes), **stmt.attrs)  # type: ignore[no-any-return]


op("unbroadcast", "x *sizes", infer=_unbroadcast, spell=_spell_unbroadcast,
   sizes=_unbroadcast_size, vjp=_vjp_unbroadcast, jvp=_jvp_unbroadcast, cost=4000, tags="view")


def _jvp_unbroadcast_like(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, (x, like) = tangents[0], stmt.args
    return None if t is None else ctx.b.op("unbroadcast_like", ctx.dense(x, t), ctx.value(like))


op("unbroadcast_like", "x like", spell=lambda s: "unbroadcast(x, like.shape)", shape_uses="like",
   infer=lambda t, a: (array_of(as_array(t[0]).dtype, as_array(t[1]).dims),),
   sizes=operand_size(1), vjp=_vjp_unbroadcast, jvp=_jvp_unbroadcast_like, cost=4000, tags="view")


# -- as data ---------------------------------------------------------------------------------------

for _name, _kind in (("argmax", "int"), ("argmin", "int"), ("any", "bool"), ("all", "bool"),
                     ("count_nonzero", "int")):
    _text = method_text(_name)
    if _name == "count_nonzero":
        def _text(stmt: Stmt) -> str:
            words = keywords(stmt)
            return f"np.count_nonzero(x{', ' if words else ''}{words})"
    op(f"array_{_name}", "x", infer=reduce_type(_kind), spell=_text, sizes=reduced_size,
       partials=("0",), tags="data", cost=1500, python=(f"numpy.{_name}",))

__all__ = ["INT", "count", "keywords", "spread_over"]
