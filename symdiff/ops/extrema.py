"""Rows over many operands or a list: extrema, products, distances.

At a tie of n the tied operands get 1/n each. Products are differentiated by prefixes and suffixes,
so that zeros among the factors are no special case. The reverse and forward rules are built as
loops of the graph, like any user's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import BOOL, FLOAT, INT, ListType, Type, is_scalar
from symdiff.ops.declare import arithmetic, op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


def _element(t: Type) -> Type:
    if not isinstance(t, ListType) or not is_scalar(t.elem):
        raise TypeError(f"a list of numbers is needed here, not a {t}")
    return INT if t.elem == BOOL else t.elem


def _reduce(types: Types, attrs: Attrs) -> Types:
    return (_element(types[0]),)


def numbers_to_float(types: Types, attrs: Attrs) -> Types:
    """Lists of numbers in, a float out."""
    for t in types:
        _element(t)
    return (FLOAT,)


def _dot(types: Types, attrs: Attrs) -> Types:
    return (FLOAT if FLOAT in map(_element, types) else INT,)


def _count(types: Types, attrs: Attrs) -> Types:
    _element(types[0])
    return (INT,)


# -- loops -----------------------------------------------------------------------------------------


def collect(b: Builder, size: Value, item: Callable[[Value], Value]) -> Value:
    """``[item(i) for i in range(size)]``."""
    with b.into(b.new_block()) as body:
        index = body.add_param(INT, "i")
        body.yields = [item(index)]
    return b.for_stmt((b.const(0), size, b.const(1)), (), body, collects=1).results[0]


def total(b: Builder, size: Value, item: Callable[[Value], Value]) -> Value:
    """``sum(item(i) for i in range(size))``."""
    with b.into(b.new_block()) as body:
        index = body.add_param(INT, "i")
        acc = body.add_param(FLOAT, "total")
        body.yields = [b.add(acc, item(index))]
    return b.for_stmt((b.const(0), size, b.const(1)), (b.const(0.0),), body,
                      hints=("total",)).results[0]


def dot(b: Builder, xs: Value, ys: Value) -> Value:
    """``sum(x*y for x, y in zip(xs, ys))``."""
    return total(b, b.op("len", xs), lambda i: b.mul(b.getitem(xs, i), b.getitem(ys, i)))


# -- extrema ---------------------------------------------------------------------------------------


def _ties(b: Builder, xs: Sequence[Value], best: Value) -> Value:
    """How many of the operands are the extremum."""
    count = b.op("eq", xs[0], best)
    for x in xs[1:]:
        count = b.add(count, b.op("eq", x, best))
    return count


def _share(b: Builder, x: Value, best: Value, g: Value, count: Value) -> Value:
    """``g/count`` where x is the extremum; the division is inside, as a NaN ties with nothing."""
    return b.select(b.op("eq", x, best), lambda: b.div(g, count), lambda: b.const(0.0))


def _vjp_many(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs = [ctx.value(x) for x in stmt.args]
    best = ctx.value(stmt.result)
    count = _ties(ctx.b, xs, best)
    for arg, x in zip(stmt.args, xs, strict=True):
        if ctx.wants(arg):
            ctx.add(arg, _share(ctx.b, x, best, g, count))


def _jvp_many(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    xs = [ctx.value(x) for x in stmt.args]
    best = ctx.value(stmt.result)
    count = _ties(ctx.b, xs, best)
    result: Value | None = None
    for x, t in zip(xs, tangents, strict=True):
        if t is not None:
            term = _share(ctx.b, x, best, t, count)
            result = term if result is None else ctx.b.add(result, term)
    return result


def _vjp_list(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    xs, best = ctx.value(stmt.args[0]), ctx.value(stmt.result)
    count = b.op("count", xs, best)

    def item(i: Value) -> Value:
        return _share(b, b.getitem(xs, i), best, g, count)

    ctx.add(stmt.args[0], collect(b, b.op("len", xs), item))


def _jvp_list(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (dxs,) = ctx.b, tangents
    if dxs is None:
        return None
    xs, best = ctx.value(stmt.args[0]), ctx.value(stmt.result)
    count = b.op("count", xs, best)
    return total(b, b.op("len", xs), lambda i: _share(b, b.getitem(xs, i), best, b.getitem(dxs, i),
                                                      count))


for _name in ("max", "min"):
    op(f"{_name}_n", "*xs", emit=f"{_name}(*xs)", infer=arithmetic, vjp=_vjp_many, jvp=_jvp_many,
       cost=100,
       image=f"{_name.title()}(*xs)", note="at a tie the weights are even")
    op(f"{_name}_list", "xs", emit=f"{_name}(xs)", infer=_reduce, vjp=_vjp_list, jvp=_jvp_list,
       cost=100,
       total=False, errors="ValueError", note="at a tie the weights are even")
op("count", "xs v", emit="xs.count(v)", infer=_count, partials=("0",), cost=60, tags="data")


# -- products --------------------------------------------------------------------------------------


def _prefixes(b: Builder, xs: Value, size: Value) -> Value:
    """The product of the factors before each."""
    with b.into(b.new_block()) as body:
        i = body.add_param(INT, "i")
        left = body.add_param(FLOAT, "left")
        body.yields = [b.mul(left, b.getitem(xs, i)), left]
    return b.for_stmt(
        (b.const(0), size, b.const(1)), (b.const(1.0),), body, collects=1, hints=("left", "lefts")
    ).results[1]


def _vjp_prod(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    xs = ctx.value(stmt.args[0])
    size = b.op("len", xs)
    lefts = _prefixes(b, xs, size)
    with b.into(b.new_block()) as body:
        i = body.add_param(INT, "i")
        right = body.add_param(FLOAT, "right")
        body.yields = [b.mul(right, b.getitem(xs, i)), b.mul(b.getitem(lefts, i), right)]
    backwards = (b.sub(size, b.const(1)), b.const(-1), b.const(-1))
    loop = b.for_stmt(backwards, (g,), body, collects=1, hints=("right",))
    ctx.add(stmt.args[0], b.op("slice", loop.results[1], b.const(-1), present="001"))


def _jvp_prod(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    """Product and tangent side by side: (p, dp) -> (p*x, dp*x + p*dx)."""
    b, (dxs,) = ctx.b, tangents
    if dxs is None:
        return None
    xs = ctx.value(stmt.args[0])
    with b.into(b.new_block()) as body:
        i = body.add_param(INT, "i")
        p, dp = body.add_param(FLOAT, "p"), body.add_param(FLOAT, "dp")
        x = b.getitem(xs, i)
        body.yields = [b.mul(p, x), b.add(b.mul(dp, x), b.mul(p, b.getitem(dxs, i)))]
    bounds = (b.const(0), b.op("len", xs), b.const(1))
    loop = b.for_stmt(bounds, (b.const(1.0), b.const(0.0)), body, hints=("p", "dp"))
    return loop.results[1]  # type: ignore[no-any-return]


op("prod_list", "xs", emit="math.prod(xs)", infer=_reduce, vjp=_vjp_prod, jvp=_jvp_prod, cost=80,
   python=("math.prod",))


# -- two lists -------------------------------------------------------------------------------------


def _vjp_dot(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    p, q = (ctx.value(x) for x in stmt.args)
    for arg, other in zip(stmt.args, (q, p), strict=True):
        if ctx.wants(arg):
            ctx.add(arg, _times(b, other, g))


def _times(b: Builder, xs: Value, g: Value) -> Value:
    """``[g*x for x in xs]``."""
    return collect(b, b.op("len", xs), lambda i: b.mul(g, b.getitem(xs, i)))


def _jvp_dot(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    p, q = (ctx.value(x) for x in stmt.args)
    result: Value | None = None
    for t, other in zip(tangents, (q, p), strict=True):
        if t is not None:
            term = ctx.b.op("sumprod", t, other)
            result = term if result is None else ctx.b.add(result, term)
    return result


Item = Callable[[Value], Value]


def _unit(b: Builder, p: Value, q: Value, g: Item, out: Value) -> Item:
    """``g(i)*(p[i] - q[i])/out``: components of the unit vector, zero at zero distance."""

    def item(i: Value) -> Value:
        def component() -> Value:
            return b.mul(g(i), b.div(b.sub(b.getitem(p, i), b.getitem(q, i)), out))

        return b.select(b.op("ne", out, b.const(0.0)), component, lambda: b.const(0.0))

    return item


def _vjp_dist(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, out = ctx.b, ctx.value(stmt.result)
    p, q = (ctx.value(x) for x in stmt.args)
    for arg, (one, other) in zip(stmt.args, ((p, q), (q, p)), strict=True):
        if ctx.wants(arg):
            ctx.add(arg, collect(b, b.op("len", p), _unit(b, one, other, lambda i: g, out)))


def _jvp_dist(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, out = ctx.b, ctx.value(stmt.result)
    p, q = (ctx.value(x) for x in stmt.args)
    result: Value | None = None
    for t, (one, other) in zip(tangents, ((p, q), (q, p)), strict=True):
        if t is not None:
            term = total(b, b.op("len", p), _unit(b, one, other, partial(b.getitem, t), out))
            result = term if result is None else b.add(result, term)
    return result


def _sumprod(p: Sequence[float], q: Sequence[float]) -> float:
    """``math.sumprod`` where it exists (3.12); the plain sum is a substitute for the interpreter
    only.
    """
    exact = getattr(math, "sumprod", None)
    return exact(p, q) if exact else sum(x * y for x, y in zip(p, q, strict=True))


op("sumprod", "p q", emit="math.sumprod(p, q)", evaluate=_sumprod, infer=_dot, vjp=_vjp_dot,
   jvp=_jvp_dot,
   cost=120, total=False, python=("math.sumprod",))
op("dist", "p q", emit="math.dist(p, q)", infer=numbers_to_float, vjp=_vjp_dist, jvp=_jvp_dist,
   cost=80,
   total=False, python=("math.dist",), note="dist' = 0 at zero distance")
