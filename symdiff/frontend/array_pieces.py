"""NumPy functions that cut arrays into pieces, or put pieces around and beside them."""

from __future__ import annotations

import itertools

from symdiff.frontend import arrays, library
from symdiff.frontend.array_calls import (
    ArrayCall,
    Handler,
    function,
    numpy_scalar,
    rank_of,
    sequence,
)
from symdiff.frontend.array_functions import may_share, sizes_of
from symdiff.frontend.array_makers import array_of_any, at_least, members
from symdiff.frontend.array_moves import as_array
from symdiff.frontend.formulas_places import inserted
from symdiff.frontend.values import NONE_CONST, Abstract, Array, Const, Obj, Ref, Struct, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import broadcast_to, expand, full, reshape, size_along
from symdiff.ops.array_types import dims_of, dtype_of

# -- pieces ----------------------------------------------------------------------------------------


def piece(
    call: ArrayCall, x: Abstract, axis: int, start: Value | None, stop: Value | None
) -> Abstract:
    """``x[start:stop]`` along an axis, as a view."""
    bounds = tuple(v for v in (start, stop) if v is not None)
    if not bounds:
        return x
    flags = f"s{int(start is not None)}{int(stop is not None)}0"
    return arrays.viewed(call.lo, x, "index", bounds, spec=(*[":"] * axis, flags))


def _pieces(call: ArrayCall, x: Abstract, axis: int, equal: bool) -> Abstract:
    b = call.lo.builder
    value = arrays.value_of(call.lo, x, call.node)
    axis %= len(dims_of(value.type))
    parts = call["indices_or_sections"]
    ends: list[Value] = []
    if isinstance(parts, (Struct, Ref, Obj)):
        ends = [call.lo.number(i, call.node, "an index must be an int")
                for i in sequence(call.lo, parts, call.node, f"{call.name}()")]
    else:
        count = call.static("indices_or_sections")
        n = size_along(b, value, axis)
        step = b.op("floordiv", n, b.const(count))
        if equal:
            library.follow(call.lo, library.divided_evenly, [n, b.const(count)], call.node)
            ends = [b.mul(step, b.const(k)) for k in range(1, count)]
        else:  # the first pieces have one more
            more = b.op("mod", n, b.const(count))
            ends = [b.add(b.mul(step, b.const(k)), b.op("min", more, b.const(k)))
                    for k in range(1, count)]
    pairs = itertools.pairwise([None, *ends, None])
    return pack([piece(call, x, axis, start, stop) for start, stop in pairs])


def _split(axis: int | None, equal: bool = True) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        along = axis
        if axis is None:
            along = call.static("axis", 0)
        elif axis == 1 and rank_of(call, "ary") == 1:
            along = 0
        assert along is not None
        return _pieces(call, call["ary"], along, equal)

    return lower


function("split", "ary indices_or_sections | axis")(_split(None))
function("array_split", "ary indices_or_sections | axis")(_split(None, equal=False))
function("vsplit", "ary indices_or_sections")(_split(0))
function("hsplit", "ary indices_or_sections")(_split(1))
function("dsplit", "ary indices_or_sections")(_split(2))


@function("delete", "arr obj | axis")
def delete(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("arr")
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    axis %= len(dims_of(x.type))
    at = as_array(call, "obj")
    n = size_along(b, x, axis)
    if not dims_of(at.type):
        place = _position(call, arrays.as_int(call.lo, at), n)
        before = b.op("index", x, place, spec=(*[":"] * axis, "s010"))
        after = b.op("index", x, b.add(place, b.const(1)), spec=(*[":"] * axis, "s100"))
        return call.op("concatenate", before, after, axis=axis)
    kept = full(b, b.const(True), [n], "bool")
    if dtype_of(at.type) == "bool":
        kept = b.op("not", at)
    else:
        kept = b.op("set_index", kept, b.const(False), at, spec=("a",))
    return call.op("index", x, kept, spec=(*[":"] * axis, "m"))


def _position(call: ArrayCall, at: Value, n: Value) -> Value:
    """An index counted from the front."""
    found = library.follow(call.lo, library.from_front, [at, n], call.node)
    assert isinstance(found, Value)
    return found


@function("insert", "arr obj values | axis")
def insert(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("arr"))
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    rank = len(dims_of(x.type))
    axis %= rank
    at, new = as_array(call, "obj"), as_array(call, "values")
    if dims_of(at.type):
        given = [call["arr"], call["obj"], call["values"], call.given.get("axis", NONE_CONST)]
        return call.lo.call(Const(inserted), given, call.node)
    n = size_along(b, x, axis)
    found = library.follow(call.lo, library.between, [arrays.as_int(call.lo, at), n], call.node)
    assert isinstance(found, Value)
    sizes = [size_along(b, x, k) for k in range(rank)]
    if rank == 1:
        new = reshape(b, numpy_scalar(call.lo, new), [b.const(-1)])
    else:
        if len(dims_of(new.type)) > rank - 1:
            return call.fail("np.insert() of several rows is not supported", "",  # type: ignore[no-any-return]
                             "concatenate the parts")
        rest = [s for k, s in enumerate(sizes) if k != axis]
        new = expand(b, broadcast_to(b, numpy_scalar(call.lo, new), rest), [axis])
    before = b.op("index", x, found, spec=(*[":"] * axis, "s010"))
    after = b.op("index", x, found, spec=(*[":"] * axis, "s100"))
    return call.op("concatenate", before, b.op("astype", new, dtype=dtype_of(x.type)), after,
                   axis=axis)


@function("unstack", "x | axis")
def unstack(call: ArrayCall) -> Abstract:
    """The array with that axis first: it is iterated, indexed and unpacked like the tuple."""
    x = call["x"]
    if not isinstance(x, Array):
        x = call.value("x")
    rank = rank_of(call, "x")
    axis = call.static("axis", 0) % rank
    order = (axis, *[k for k in range(rank) if k != axis])
    return arrays.transposed(call.lo, x, order)


# -- around ----------------------------------------------------------------------------------------


def _widths(call: ArrayCall, rank: int) -> list[tuple[Value, Value]]:
    """Before and after, per axis."""
    b, given = call.lo.builder, call["pad_width"]
    if isinstance(given, Value):
        return [(given, given)] * rank
    items = sequence(call.lo, given, call.node, "np.pad()")
    if all(isinstance(i, Value) for i in items):
        pair = sizes_of(call, given)
        return [(pair[0], pair[-1])] * rank
    pairs = [sizes_of(call, i) for i in items]
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank:
        call.fail(f"np.pad() names {len(pairs)} axes of an array that has {rank}")
    assert b is not None
    return [(p[0], p[-1]) for p in pairs]


@function("pad", "array pad_width | mode constant_values")
def pad(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("array")
    rank, mode = len(dims_of(x.type)), call.static("mode", "constant")
    widths = _widths(call, rank)
    if mode == "constant":
        return _framed(call, x, widths)
    if mode not in ("edge", "reflect", "wrap", "symmetric"):
        return call.fail(f"np.pad() with mode={mode!r} is not supported",  # type: ignore[no-any-return]
                         "what it adds is no choice among the elements",
                         "use 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'")
    for axis, (before, after) in enumerate(widths):
        if not (before.is_const(0) and after.is_const(0)):
            at = b.op("padded_places", size_along(b, x, axis), before, after, mode=mode)
            x = b.op("index", x, at, spec=(*[":"] * axis, "a"))
    return call.fresh(x)


def _framed(call: ArrayCall, x: Value, widths: list[tuple[Value, Value]]) -> Abstract:
    """In the middle of an array of one value."""
    b = call.lo.builder
    value = call.value("constant_values") if call.has("constant_values") else b.const(0.0)
    sizes, bounds, spec = [], [], []
    for axis, (before, after) in enumerate(widths):
        n = size_along(b, x, axis)
        sizes.append(b.add(n, b.add(before, after)))
        start = [] if before.is_const(0) else [before]
        stop = [] if after.is_const(0) else [b.add(before, n)]
        bounds += [*start, *stop]
        spec.append(f"s{len(start)}{len(stop)}0" if start or stop else ":")
    if dims_of(value.type):
        return call.fail("np.pad() with several constant_values is not supported", "",  # type: ignore[no-any-return]
                         "pad one side after the other")
    frame = full(b, value, sizes, dtype_of(x.type))
    return call.op("set_index", frame, x, *bounds, spec=tuple(spec))


# -- side by side ----------------------------------------------------------------------------------


@function("dstack", "tup")
def dstack(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    values = []
    for v in members(call, "tup"):
        rank = len(dims_of(v.type))
        axes: tuple[int, ...] = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}.get(rank, ())
        values.append(expand(b, v, axes) if axes else v)
    return call.op("concatenate", *values, axis=2)


def _depth(call: ArrayCall, x: Abstract) -> int:
    if isinstance(x, (Struct, Ref)) or (isinstance(x, Obj) and x.kind == "list"):
        return 1 + max(_depth(call, i) for i in sequence(call.lo, x, call.node, "np.block()"))
    return 0


@function("block", "arrays")
def block(call: ArrayCall) -> Abstract:
    b, depth = call.lo.builder, _depth(call, call["arrays"])

    def leaves(x: Abstract) -> list[Value]:
        if isinstance(x, (Struct, Ref, Obj)):
            items = sequence(call.lo, x, call.node, "np.block()")
            return [v for i in items for v in leaves(i)]
        return [array_of_any(call, x)]

    rank = max(depth, *(len(dims_of(v.type)) for v in leaves(call["arrays"])))

    def joined(x: Abstract, level: int) -> Value:
        if level == 0:
            return at_least(call, [array_of_any(call, x)], rank)[0]
        items = sequence(call.lo, x, call.node, "np.block()")
        values = [joined(i, level - 1) for i in items]
        return b.op("concatenate", *values, axis=rank - level) if len(values) > 1 else values[0]

    return call.fresh(joined(call["arrays"], depth))


# -- grids -----------------------------------------------------------------------------------------


@function("meshgrid", "*xs | indexing sparse copy")
def meshgrid(call: ArrayCall) -> Abstract:
    b, rank = call.lo.builder, len(call.rest)
    order = list(range(rank))
    if call.static("indexing", "xy") == "xy" and rank > 1:
        order[:2] = [1, 0]
    lines = [reshape(b, array_of_any(call, x), [b.const(-1)]) for x in call.rest]
    lengths = [size_along(b, v, 0) for v in lines]
    sizes = [lengths[order.index(axis)] for axis in range(rank)]
    found = []
    for v, at in zip(lines, order, strict=True):
        wide = expand(b, v, [k for k in range(rank) if k != at])
        found.append(wide if call.static("sparse", False) else broadcast_to(b, wide, sizes))
    return pack([call.fresh(v) for v in found])


@function("numpy.lib.stride_tricks.sliding_window_view", "x window_shape | axis")
def windows(call: ArrayCall) -> Abstract:
    """Every part of a length along axes, as last axes: a copy, where NumPy's is not written to."""
    b, x = call.lo.builder, as_array(call, "x")
    rank = len(dims_of(x.type))
    sizes = sizes_of(call, call["window_shape"])
    axes = call.static("axis")
    along = list(range(rank)) if axes is None else [
        a % rank for a in (axes if isinstance(axes, tuple) else (axes,))]
    if len(along) != len(sizes) or len(set(along)) != len(along):
        return call.fail("sliding_window_view() needs a length for each axis", "",  # type: ignore[no-any-return]
                         "name the axis")
    one, found = b.const(1), x
    for axis, size in zip(along, sizes, strict=True):
        starts = b.add(b.sub(size_along(b, x, axis), size), one)
        first = expand(b, b.op("arange", b.const(0), starts, one), [1])
        at = b.add(first, b.op("arange", b.const(0), size, one))
        found = b.op("index", found, at, spec=(*[":"] * axis, "a"))
        order = [k for k in range(len(dims_of(found.type))) if k != axis + 1]
        found = b.op("transpose", found, axes=(*order, axis + 1))
    return may_share(call, call["x"], found)


@function("ix_", "*xs")
def open_mesh(call: ArrayCall) -> Abstract:
    b, rank = call.lo.builder, len(call.rest)
    found = []
    for k, x in enumerate(call.rest):
        v = array_of_any(call, x)
        if dtype_of(v.type) == "bool":
            v = b.op("nonzero", v, axis=0)
        found.append(call.fresh(expand(b, v, [a for a in range(rank) if a != k])))
    return pack(found)


@function("broadcast_arrays", "*xs")
def broadcast_arrays(call: ArrayCall) -> Abstract:
    """Copies: a write into what NumPy gives here warns."""
    b = call.lo.builder
    values = [array_of_any(call, x) for x in call.rest]
    whole = values[0]
    for v in values[1:]:
        whole = b.add(whole, v)  # for its shape only
    sizes = [size_along(b, whole, k) for k in range(len(dims_of(whole.type)))]
    made = [call.fresh(broadcast_to(b, v, sizes) if sizes else v) for v in values]
    for x in made:
        if isinstance(x, Array):
            call.lo.state.heap.frozen[x.cell] = "np.broadcast_arrays gives views"
    return pack(made)


# -- turned and picked -----------------------------------------------------------------------------


@function("rot90", "m | k axes")
def rot90(call: ArrayCall) -> Abstract:
    x, b = call["m"], call.lo.builder
    rank = rank_of(call, "m")
    i, j = (a % rank for a in call.static("axes", (0, 1)))
    turns = call.static("k", 1) % 4
    swap = list(range(rank))
    swap[i], swap[j] = j, i

    def flipped(v: Abstract, axis: int) -> Abstract:
        return arrays.viewed(call.lo, v, "index", (b.const(-1),), spec=(*[":"] * axis, "s001"))

    if turns == 2:
        return flipped(flipped(x, i), j)
    if turns == 1:
        return arrays.transposed(call.lo, flipped(x, j), tuple(swap))
    return flipped(arrays.transposed(call.lo, x, tuple(swap)), j) if turns else x


@function("rollaxis", "a axis | start")
def rollaxis(call: ArrayCall) -> Abstract:
    rank = rank_of(call, "a")
    axis, start = call.static("axis") % rank, call.static("start", 0)
    start += rank if start < 0 else 0
    start -= axis < start
    order = [k for k in range(rank) if k != axis]
    order.insert(start, axis)
    return arrays.transposed(call.lo, call["a"], tuple(order))


@function("take_along_axis", "arr indices axis")
def take_along_axis(call: ArrayCall) -> Abstract:
    b, x, at = call.lo.builder, call.value("arr"), as_array(call, "indices")
    axis = call.static("axis")
    if axis is None:
        x, axis = reshape(b, x, [b.const(-1)]), 0
    return call.op("index", x, *along_axis(call, x, at, axis), spec=("a",) * len(dims_of(x.type)))


def along_axis(call: ArrayCall, x: Value, at: Value, axis: int) -> list[Value]:
    """Index arrays, one per axis, of which that of ``axis`` is given."""
    b, rank = call.lo.builder, len(dims_of(x.type))
    if len(dims_of(at.type)) != rank:
        call.fail(f"{call.name}(): the indices have {len(dims_of(at.type))} dimensions, the array "
                  f"{rank}")
    places = []
    for k in range(rank):
        count = b.op("arange", b.const(0), size_along(b, x, k), b.const(1))
        others = [a for a in range(rank) if a != k]
        places.append(at if k == axis % rank else expand(b, count, others))
    return places


@function("diagflat", "v | k")
def diagflat(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    line = reshape(b, as_array(call, "v"), [b.const(-1)])
    return call.op("diag", line, k=call.static("k", 0))


@function("tri", "N | M k dtype")
def triangle_of_ones(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    n = arrays.as_int(call.lo, call.value("N"))
    m = arrays.as_int(call.lo, call.value("M")) if call.has("M") else n
    ones = full(b, b.const(1.0), [n, m], "f64")
    return call.op("tril", ones, k=call.static("k", 0))


@function("unravel_index", "indices shape")
def unravel_index(call: ArrayCall) -> Abstract:
    b, at = call.lo.builder, as_array(call, "indices")
    found: list[Value] = []
    for size in reversed(sizes_of(call, call["shape"])):
        found.append(b.op("mod", at, size))
        at = b.op("floordiv", at, size)
    return pack([call.fresh(v) for v in reversed(found)])


