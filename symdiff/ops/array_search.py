"""Rows of searching and counting, mostly data: places, counts, histograms, interpolation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.errors import NoDerivative
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, tuple_of
from symdiff.ops.array_decompositions import parts_row
from symdiff.ops.array_shapes import operand_size, size_along
from symdiff.ops.array_types import as_array, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]


# -- places ----------------------------------------------------------------------------------------


def _places(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", dims_of(types[1])),)


def _spell_search(stmt: Stmt) -> str:
    side = ", side='right'" if stmt.attrs["right"] else ""
    return f"np.searchsorted(a, v{side})"


op("searchsorted", "a v", infer=_places, spell=_spell_search, sizes=operand_size(1),
   partials=("0", "0"), tags="data", cost=3000, python=("numpy.searchsorted",))


def _digits(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", dims_of(types[0])),)


op("digitize", "x bins", infer=_digits, sizes=operand_size(0), partials=("0", "0"), tags="data",
   spell=lambda s: f"np.digitize(x, bins{', right=True' if s.attrs['right'] else ''})", cost=3000,
   python=("numpy.digitize",))
op("unique", "x", infer=lambda t, a: (array_of(as_array(t[0]).dtype, "?"),), cost=9000,
   spell=lambda s: "np.unique(x)", tags="data", python=("numpy.unique",))


# -- counts ----------------------------------------------------------------------------------------


def _least(stmt: Stmt) -> str:
    least = stmt.attrs["minlength"]
    return f", minlength={least}" if least else ""


def _counted(dtype: str) -> Any:
    def infer(types: Types, attrs: Attrs) -> Types:
        if as_array(types[0]).dtype not in ("int", "bool"):
            raise TypeError(f"ints are counted, not a {types[0]}")
        return (array_of(dtype, "?"),)

    return infer


op("bincount", "x", infer=_counted("int"), partials=("0",), tags="data",
   spell=lambda s: f"np.bincount(x{_least(s)})", cost=3000, python=("numpy.bincount",))


def _vjp_weights(ctx: Any, stmt: Stmt, g: Value) -> None:
    at, w = stmt.args
    if ctx.wants(w):
        part = ctx.b.op("index", ctx.dense(g, stmt.result), ctx.value(at), spec=("a",))
        ctx.add(w, part)


def _jvp_weights(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, (at, w) = tangents[1], stmt.args
    if t is None:
        return None
    return ctx.b.op("weighted_bincount", ctx.value(at), ctx.dense(w, t), **stmt.attrs)  # type: ignore[no-any-return]


op("weighted_bincount", "x w", infer=_counted("f64"), vjp=_vjp_weights,
   jvp=_jvp_weights, spell=lambda s: f"np.bincount(x, w{_least(s)})", cost=3000)


def _histogram(types: Types, attrs: Attrs) -> Types:
    counts = "f64" if attrs["weights"] else "int"
    bins = attrs["bins"]
    many = "?" if bins is None else "1" if bins == 1 else "n"
    edges = as_array(types[1]).dims if bins is None else "n"
    return (tuple_of(array_of(counts, many), array_of("f64", edges)),)


def _spell_histogram(stmt: Stmt) -> str:
    words, k = [], 1
    if stmt.attrs["bins"] is None:
        words.append(f"bins=_{k}")
        k += 1
    elif stmt.attrs["bins"] != 10:
        words.append(f"bins={stmt.attrs['bins']}")
    if stmt.attrs["range"]:
        words.append(f"range=(_{k}, _{k + 1})")
        k += 2
    if stmt.attrs["weights"]:
        words.append(f"weights=_{k}")
    return f"np.histogram({', '.join(['_0', *words])})"


def _vjp_histogram(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Each weight is counted in one bin, the last of which has its right edge as well."""
    if not stmt.attrs["weights"]:
        return
    b, (x, *_, w, parts) = ctx.b, stmt.args
    if not ctx.wants(w):
        return
    at, inside = _bins(ctx, stmt, ctx.value(x), ctx.value(parts))
    term = b.op("index", ctx.dense(g, stmt.result), at, spec=("a",))
    ctx.add(w, b.op("where", inside, term, b.const(0.0)))


def _bins(ctx: Any, stmt: Stmt, x: Value, parts: Value) -> tuple[Value, Value]:
    b = ctx.b
    edges = b.op("tuple_get", parts, index=1)
    last = b.sub(size_along(b, edges, 0), b.const(2))
    at = b.sub(b.op("searchsorted", edges, x, right=True), b.const(1))
    at = b.op("max", b.op("min", at, last), b.const(0))
    end = b.op("index", edges, b.const(-1), spec=("i",))
    start = b.op("index", edges, b.const(0), spec=("i",))
    return at, b.op("and_", b.op("ge", x, start), b.op("le", x, end))


def _jvp_histogram(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    if not stmt.attrs["weights"] or tangents[-2] is None:
        return None
    b, (x, *_, w, parts) = ctx.b, stmt.args
    at, inside = _bins(ctx, stmt, ctx.value(x), ctx.value(parts))
    moved = b.op("where", inside, ctx.dense(w, tangents[-2]), b.const(0.0))
    many = size_along(b, b.op("tuple_get", ctx.value(parts), index=0), 0)
    start = b.op("full", b.const(0.0), many, dtype="f64", dims=dims_of(stmt.result.type))
    return b.op("add_index", start, moved, at, spec=("a",))  # type: ignore[no-any-return]


def _vjp_edges(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Evenly between the least and the greatest of the data: that has no rule here."""
    if ctx.wants(stmt.args[0]):
        raise _no_rule(stmt)


def _jvp_edges(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    if tangents[0] is not None:
        raise _no_rule(stmt)
    return None


def _no_rule(stmt: Stmt) -> NoDerivative:
    return NoDerivative("the edges of np.histogram() have no derivative by the data", "",
                        "give the range, or the edges", stmt.origin.span)


def _part(index: int) -> Any:
    return lambda types, attrs: (types[-1].elems[index],)


parts_row("histogram", "*xs", "counts edges", _spell_histogram, _histogram)
op("histogram_counts", "*xs", spell=lambda s: f"_{len(s.args) - 1}[0]", part=0, cost=1000,
   infer=_part(0), vjp=_vjp_histogram, jvp=_jvp_histogram,
   python=("numpy.histogram",))
op("histogram_edges", "*xs", spell=lambda s: f"_{len(s.args) - 1}[1]", part=1, cost=1000,
   infer=_part(1), vjp=_vjp_edges, jvp=_jvp_edges)


# -- interpolation ---------------------------------------------------------------------------------


def _interp(types: Types, attrs: Attrs) -> Types:
    return (array_of("f64", dims_of(types[0])),)


class _Segment:
    """The segment that each ``x`` lies in: its ends, its slope, and how far in it (0 to 1)."""

    def __init__(self, ctx: Any, stmt: Stmt) -> None:
        b, (x, xp, fp) = ctx.b, stmt.args
        at, knots, values = ctx.value(x), ctx.value(xp), ctx.value(fp)
        self.b = b
        self.spec = ("a",) if dims_of(x.type) else ("i",)
        last = b.sub(ctx.size(xp, 0), b.const(2))
        found = b.sub(b.op("searchsorted", knots, at, right=True), b.const(1))
        found = b.op("max", b.op("min", found, last), b.const(0))
        self.low = found if dims_of(x.type) else b.op("int", found)
        self.high = b.add(self.low, b.const(1))
        x0, x1 = self.read(knots, self.low), self.read(knots, self.high)
        f0, f1 = self.read(values, self.low), self.read(values, self.high)
        width = b.sub(x1, x0)
        after, before = b.op("ge", at, self.end(knots, 0)), b.op("le", at, self.end(knots, -1))
        inside = b.op("and_", after, before)
        zero = b.const(0.0)
        self.slope = b.op("where", inside, b.op("safe_ratio", b.sub(f1, f0), width), zero)
        part = b.op("safe_ratio", b.sub(at, x0), width)
        self.part = b.op("min", b.op("max", part, zero), b.const(1.0))

    def read(self, v: Value, at: Value) -> Value:
        return self.b.op("index", v, at, spec=self.spec)  # type: ignore[no-any-return]

    def end(self, v: Value, k: int) -> Value:
        return self.b.op("index", v, self.b.const(k), spec=("i",))  # type: ignore[no-any-return]

    def shares(self, g: Value) -> tuple[tuple[Value, Value], tuple[Value, Value]]:
        """``g`` to the ends of the segments."""
        rest = self.b.sub(self.b.const(1.0), self.part)
        return (self.low, self.b.mul(g, rest)), (self.high, self.b.mul(g, self.part))


def _vjp_interp(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, (x, xp, fp) = ctx.b, stmt.args
    segment, g = _Segment(ctx, stmt), ctx.dense(g, stmt.result)
    by_place = b.mul(g, segment.slope)
    for v, term in ((fp, g), (xp, b.neg(by_place))):
        if ctx.wants(v):
            for at, part in segment.shares(term):
                ctx.add_index(v, part, [at], segment.spec)
    if ctx.wants(x):
        ctx.add(x, by_place)


def _jvp_interp(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, (_, xp, fp), (dx, dxp, dfp) = ctx.b, stmt.args, tangents
    if dx is None and dxp is None and dfp is None:
        return None
    segment = _Segment(ctx, stmt)

    def between(v: Value, t: Value) -> Value:
        dense = ctx.dense(v, t)
        low, high = segment.read(dense, segment.low), segment.read(dense, segment.high)
        return b.add(low, b.mul(segment.part, b.sub(high, low)))  # type: ignore[no-any-return]

    place: Value | None = None if dx is None else dx
    if dxp is not None:
        moved = between(xp, dxp)
        place = b.neg(moved) if place is None else b.sub(place, moved)
    result = None if place is None else b.mul(segment.slope, place)
    if dfp is not None:
        term = between(fp, dfp)
        result = term if result is None else b.add(result, term)
    return result


op("interp", "x xp fp", numpy="np.interp(x, xp, fp)", infer=_interp, sizes=operand_size(0),
   vjp=_vjp_interp, jvp=_jvp_interp, cost=9000, python=("numpy.interp",),
   note="at a knot of an interpolation the slope to its right holds")
