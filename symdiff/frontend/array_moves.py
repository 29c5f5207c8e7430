"""NumPy functions that move elements: flips, repetitions, diagonals, running sums."""

from __future__ import annotations

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import ArrayCall, function, numpy_scalar, rank_of
from symdiff.frontend.array_functions import may_share, sizes_of
from symdiff.frontend.array_makers import at_least
from symdiff.frontend.values import Abstract, Array
from symdiff.ops.array_shapes import broadcast_to, expand, reshape, size_along
from symdiff.ops.array_types import dims_of

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
    shift = arrays.as_int(call.lo, call.value("shift"))
    rank, axis = len(dims_of(x.type)), call.static("axis")
    if not rank:
        return call.fail("np.roll() of a number is not supported", "", "pass an array")  # type: ignore[no-any-return]
    b = call.lo.builder
    if axis is None and rank > 1:
        flat = b.op("roll", reshape(b, x, [b.const(-1)]), shift, axis=0)
        return call.fresh(reshape(b, flat, [size_along(b, x, k) for k in range(rank)]))
    return call.op("roll", x, shift, axis=(axis or 0) % rank)


@function("repeat", "a repeats | axis", method="repeat")
def repeat(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("a"))
    times = arrays.as_int(call.lo, call.value("repeats"))
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
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


@function("diagonal", "a | offset", method="diagonal")
def diagonal(call: ArrayCall) -> Abstract:
    line = call.lo.builder.op("diagonal", call.value("a"), k=call.static("offset", 0))
    return may_share(call, call["a"], line)


@function("trace", "a | offset", method="trace")
def trace(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    line = b.op("diagonal", call.value("a"), k=call.static("offset", 0))
    return call.op("sum", line, axes=(0,), keepdims=False)


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


@function("atleast_1d", "a")
def atleast_1d(call: ArrayCall) -> Abstract:
    x = call["a"]
    if isinstance(x, Array):
        return x
    return call.fresh(expand(call.lo.builder, numpy_scalar(call.lo, call.value("a")), [0]))


@function("atleast_2d", "a")
def atleast_2d(call: ArrayCall) -> Abstract:
    missing = 2 - rank_of(call, "a")
    if missing <= 0:
        return call["a"]
    x = call["a"] if isinstance(call["a"], Array) else numpy_scalar(call.lo, call.value("a"))
    return arrays.viewed(call.lo, x, "expand_dims", axes=tuple(range(missing)))


@function("take", "a indices | axis", method="take")
def take(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("a")
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    at = call.value("indices")
    at = arrays.as_int(call.lo, at) if not dims_of(at.type) else at
    spec = (*[":"] * (axis % len(dims_of(x.type))), "a" if dims_of(at.type) else "i")
    return call.op("index", x, at, spec=spec)
