"""NumPy functions that move elements: flips, repetitions, diagonals, running sums."""

from __future__ import annotations

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import ArrayCall, function, numpy_scalar, rank_of
from symdiff.frontend.array_functions import may_share, sizes_of
from symdiff.frontend.array_makers import array_of_any, at_least
from symdiff.frontend.values import Abstract, Array, Ref, Struct, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import broadcast_to, expand, reshape, size_along, transpose
from symdiff.ops.array_types import dims_of


def as_array(call: ArrayCall, key: str) -> Value:
    """An argument that may be a list of numbers, as an array; a number stays one."""
    if isinstance(call[key], (Ref, Struct)):
        found = array_of_any(call, call[key])
        return found
    return call.value(key)


# -- rearranging -----------------------------------------------------------------------------------


@function("flip", "m | axis")
def flip(call: ArrayCall) -> Abstract:
    x = call["m"]
    b = call.lo.builder
    for axis in call.axes(rank_of(call, "m")):
        x = arrays.viewed(call.lo, x, "index", (b.const(-1),), spec=(*[":"] * axis, "s001"))
    return x


@function("flipud", "m")
def flipud(call: ArrayCall) -> Abstract:
    return arrays.viewed(call.lo, call["m"], "index", (call.lo.builder.const(-1),), spec=("s001",))


@function("fliplr", "m")
def fliplr(call: ArrayCall) -> Abstract:
    one = (call.lo.builder.const(-1),)
    return arrays.viewed(call.lo, call["m"], "index", one, spec=(":", "s001"))


@function("roll", "a shift | axis")
def roll(call: ArrayCall) -> Abstract:
    x = call.value("a")
    b = call.lo.builder
    rank, axis = len(dims_of(x.type)), call.static("axis")
    if not rank:
        return call.fail("np.roll() of a number is not supported", "", "pass an array")  # type: ignore[no-any-return]
    if isinstance(axis, tuple):
        shifts = sizes_of(call, call["shift"])
        for s, a in zip(shifts * (len(axis) if len(shifts) == 1 else 1), axis, strict=True):
            x = b.op("roll", x, s, axis=a % rank)
        return call.fresh(x)
    shift = arrays.as_int(call.lo, call.value("shift"))
    if axis is None and rank > 1:
        flat = b.op("roll", reshape(b, x, [b.const(-1)]), shift, axis=0)
        return call.fresh(reshape(b, flat, [size_along(b, x, k) for k in range(rank)]))
    return call.op("roll", x, shift, axis=(axis or 0) % rank)


@function("repeat", "a repeats | axis", method="repeat")
def repeat(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("a"))
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    repeats = as_array(call, "repeats")
    if dims_of(repeats.type):
        axis %= len(dims_of(x.type))
        place = b.op("arange", b.const(0), size_along(b, x, axis), b.const(1))
        return call.op("index", x, b.op("repeated", place, repeats), spec=(*[":"] * axis, "a"))
    times = arrays.as_int(call.lo, repeats)
    rank = len(dims_of(x.type))
    axis %= rank
    sizes = [size_along(b, x, k) for k in range(rank)]
    wider = [*sizes[: axis + 1], times, *sizes[axis + 1 :]]
    wide = broadcast_to(b, expand(b, x, [axis + 1]), wider)
    sizes[axis] = b.mul(sizes[axis], times)
    return call.fresh(reshape(b, wide, sizes))


@function("tile", "A reps")
def tile(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("A"))
    times = sizes_of(call, call["reps"])
    rank = max(len(dims_of(x.type)), len(times))
    x = at_least(call, [x], rank)[0] if dims_of(x.type) else reshape(b, x, [b.const(1)] * rank)
    times = [b.const(1)] * (rank - len(times)) + times
    sizes = [size_along(b, x, k) for k in range(rank)]
    wide = expand(b, x, range(0, 2 * rank, 2))
    both = [v for pair in zip(times, sizes, strict=True) for v in pair]
    tiled = broadcast_to(b, wide, both)
    return call.fresh(reshape(b, tiled, [b.mul(t, n) for t, n in zip(times, sizes, strict=True)]))


@function("diag", "v | k")
def diag(call: ArrayCall) -> Abstract:
    x, k = call.value("v"), call.static("k", 0)
    return call.op("diag" if len(dims_of(x.type)) == 1 else "diagonal", x, k=k)


def _line(call: ArrayCall) -> Value:
    """The diagonals of two axes, as a last axis."""
    b, x, k = call.lo.builder, call.value("a"), call.static("offset", 0)
    rank = len(dims_of(x.type))
    if rank < 2:
        call.fail("a diagonal needs two dimensions", f"this is a {x.type}", "np.diag makes one")
    i, j = call.static("axis1", 0) % rank, call.static("axis2", 1) % rank
    if i == j:
        call.fail(f"{call.name}() with axis1 and axis2 the same", "", "name two axes")
    if rank == 2:
        return b.op("diagonal", x if i < j else transpose(b, x, (1, 0)), k=k)
    rest = [a for a in range(rank) if a not in (i, j)]
    x = transpose(b, x, (i, j, *rest))
    rows, columns = size_along(b, x, 0), size_along(b, x, 1)
    count = b.op("min", b.add(rows, b.const(min(k, 0))), b.sub(columns, b.const(max(k, 0))))
    place = b.op("arange", b.const(0), count, b.const(1))
    at = [b.add(place, b.const(d)) if d else place for d in (max(-k, 0), max(k, 0))]
    line = b.op("index", x, *at, spec=("a", "a"))
    return transpose(b, line, (*range(1, rank - 1), 0))


@function("diagonal", "a | offset axis1 axis2", method="diagonal")
def diagonal(call: ArrayCall) -> Abstract:
    return may_share(call, call["a"], _line(call))


@function("trace", "a | offset axis1 axis2 dtype out", method="trace")
def trace(call: ArrayCall) -> Abstract:
    line = _line(call)
    return call.op("sum", line, axes=(len(dims_of(line.type)) - 1,), keepdims=False)


for _name in ("triu", "tril"):

    @function(_name, "m | k")
    def triangle(call: ArrayCall) -> Abstract:
        return call.op(call.name, call.value("m"), k=call.static("k", 0))


for _name in ("cumsum", "cumprod"):

    @function(_name, "a | axis dtype", method=_name)
    def running(call: ArrayCall) -> Abstract:
        b, x = call.lo.builder, numpy_scalar(call.lo, call.value("a"))
        axis = call.static("axis")
        if axis is None:
            x, axis = reshape(b, x, [b.const(-1)]), 0
        return call.op(call.name.removeprefix("."), x, axis=axis % len(dims_of(x.type)))


def _at_least(call: ArrayCall, x: Abstract, rank: int) -> Abstract:
    """As NumPy does it: in three dimensions a row is (1, n, 1), a matrix (m, n, 1)."""
    if isinstance(x, (Ref, Struct)):
        x = call.fresh(array_of_any(call, x))
    value = arrays.value_of(call.lo, x, call.node, f"{call.name}()")
    have = len(dims_of(value.type))
    if have >= rank:
        return x
    axes: tuple[int, ...] = tuple(range(rank - have))
    if rank == 3 and have:
        axes = (0, 2) if have == 1 else (2,)
    if not isinstance(x, Array):
        return call.fresh(expand(call.lo.builder, numpy_scalar(call.lo, value), axes))
    return arrays.viewed(call.lo, x, "expand_dims", axes=axes)


for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):

    @function(_name, "*xs")
    def at_least_of(call: ArrayCall) -> Abstract:
        rank = int(call.name[-2])
        found = [_at_least(call, x, rank) for x in call.rest]
        return found[0] if len(found) == 1 else pack(found)


def _within(call: ArrayCall, at: Value, n: Value) -> Value:
    """Indices outside are refused by NumPy, unless told to wrap round or to stop at the ends."""
    b, mode = call.lo.builder, call.static("mode", "raise")
    if mode == "wrap":
        return b.op("mod", at, n)
    if mode == "clip":
        return b.op("min", b.op("max", at, b.const(0)), b.sub(n, b.const(1)))
    return at


@function("take", "a indices | axis out mode", method="take")
def take(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("a")
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    at = _within(call, as_array(call, "indices"),
                 size_along(b, x, axis % len(dims_of(x.type))))
    at = arrays.as_int(call.lo, at) if not dims_of(at.type) else at
    spec = (*[":"] * (axis % len(dims_of(x.type))), "a" if dims_of(at.type) else "i")
    return call.op("index", x, at, spec=spec)
