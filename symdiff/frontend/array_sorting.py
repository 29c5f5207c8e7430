"""NumPy functions that sort, search and count."""

from __future__ import annotations

from typing import Any

from symdiff.frontend import arrays, storage
from symdiff.frontend.array_calls import (
    UNKNOWN,
    ArrayCall,
    function,
    numpy_scalar,
    sequence,
    static_value,
)
from symdiff.frontend.array_makers import array as made_array
from symdiff.frontend.array_makers import evenly
from symdiff.frontend.formulas_places import per_width, periodic
from symdiff.frontend.values import NONE_CONST, Abstract, Array, Const, Ref, Struct, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import reshape, size_along
from symdiff.ops.array_sort import sort as sorted_value
from symdiff.ops.array_types import dims_of, dtype_of


def as_array(call: ArrayCall, key: str) -> Value:
    """An argument as an array: a list of numbers becomes one."""
    x = call[key]
    if isinstance(x, (Ref, Struct)):
        x = made_array(ArrayCall(call.lo, "array", call.node, {"object": x}))
        return arrays.value_of(call.lo, x, call.node)
    return numpy_scalar(call.lo, call.value(key))


# -- sorting ---------------------------------------------------------------------------------------


def _along(call: ArrayCall) -> tuple[Value, int]:
    """The array and the axis; without one the array is flattened."""
    b, x = call.lo.builder, as_array(call, "a")
    axis = call.static("axis", -1)
    if axis is None or not dims_of(x.type):
        return reshape(b, x, [b.const(-1)]), 0
    return x, call.axes(len(dims_of(x.type)))[0] if call.has("axis") else len(dims_of(x.type)) - 1


@function("sort", "a | axis kind order stable")
def sort(call: ArrayCall) -> Abstract:
    x, axis = _along(call)
    return call.fresh(sorted_value(call.lo.builder, x, axis))


def _in_place(call: ArrayCall) -> Array:
    x = call["a"]
    if not isinstance(x, Array):
        call.fail(f"{call.name}() of a NumPy scalar", "it has no elements to move",
                  "make it an array of one dimension")
    assert isinstance(x, Array)
    return x


@function("numpy.ndarray.sort", "a | axis kind order stable", method="sort")
def sort_in_place(call: ArrayCall) -> Abstract:
    x = _in_place(call)
    value, axis = _along(call)
    storage.write(call.lo, x, sorted_value(call.lo.builder, value, axis), call.node)
    return NONE_CONST


@function("argsort", "a | axis kind order stable", method="argsort")
def argsort(call: ArrayCall) -> Abstract:
    x, axis = _along(call)
    kind = "stable" if call.static("stable") else call.static("kind")
    attrs = {"kind": kind} if kind else {}
    return call.op("array_argsort", x, axis=axis, **attrs)


def _places(call: ArrayCall) -> Any:
    kth = call.static("kth")
    if not isinstance(kth, (int, tuple)):
        call.fail(f"{call.name}() needs a literal place", "", "write the number")
    return list(kth) if isinstance(kth, tuple) else kth


@function("argpartition", "a kth | axis", method="argpartition")
def argpartition(call: ArrayCall) -> Abstract:
    x, axis = _along(call)
    return call.op("argpartition", x, kth=_places(call), axis=axis)


@function("partition", "a kth | axis")
def partition(call: ArrayCall) -> Abstract:
    x, axis = _along(call)
    return call.op("partition", x, kth=_places(call), axis=axis)


@function("numpy.ndarray.partition", "a kth | axis", method="partition")
def partition_in_place(call: ArrayCall) -> Abstract:
    x = _in_place(call)
    value, axis = _along(call)
    changed = call.lo.builder.op("partition", value, kth=_places(call), axis=axis)
    storage.write(call.lo, x, changed, call.node)
    return NONE_CONST


# -- quantiles -------------------------------------------------------------------------------------


def _quantile(call: ArrayCall, q: Value, middle: bool) -> Abstract:
    x = as_array(call, "a")
    if not dims_of(x.type):
        return call.fresh(x)
    return call.op("quantile", x, q, middle=middle, axes=call.axes(len(dims_of(x.type))),
                   keepdims=bool(call.static("keepdims", False)))


@function("median", "a | axis out overwrite_input keepdims")
def median(call: ArrayCall) -> Abstract:
    return _quantile(call, call.lo.builder.const(0.5), True)


def _quantiles(call: ArrayCall, scale: float) -> Abstract:
    if call.static("method", "linear") != "linear" or call.static("interpolation") not in (
        None, "linear"
    ):
        return call.fail(f"np.{call.name}() with method= is not supported", "",  # type: ignore[no-any-return]
                         "use the linear one")
    b, x = call.lo.builder, call["q"]
    if isinstance(x, (Struct, Ref)):
        given = static_value(x, call.lo)
        if given is UNKNOWN:
            return call.fail(f"np.{call.name}() at places that depend on data", "",  # type: ignore[no-any-return]
                             "call it once for each place")
        found = [_quantile(call, b.const(float(q) / scale), False) for q in given]
        values = [arrays.value_of(call.lo, f, call.node) for f in found]
        if not dims_of(values[0].type):
            return call.op("array", *values, shape=(len(values),), dtype=None)
        return call.op("stack", *values, axis=0)
    q = call.value("q")
    if dims_of(q.type):
        return call.fail(f"np.{call.name}() at an array of places is not supported", "",  # type: ignore[no-any-return]
                         "write them as a list of numbers")
    return _quantile(call, q if scale == 1.0 else b.div(q, b.const(scale)), False)


@function("quantile", "a q | axis out overwrite_input method keepdims")
def quantile(call: ArrayCall) -> Abstract:
    return _quantiles(call, 1.0)


@function("percentile", "a q | axis out overwrite_input method keepdims")
def percentile(call: ArrayCall) -> Abstract:
    return _quantiles(call, 100.0)


# -- searching and counting ------------------------------------------------------------------------


@function("searchsorted", "a v | side sorter", method="searchsorted")
def searchsorted(call: ArrayCall) -> Abstract:
    if call.has("sorter"):
        return call.fail("np.searchsorted() with sorter= is not supported", "", "sort the array")  # type: ignore[no-any-return]
    return call.op("searchsorted", as_array(call, "a"), as_array(call, "v"),
                   right=call.static("side", "left") == "right")


@function("digitize", "x bins | right")
def digitize(call: ArrayCall) -> Abstract:
    return call.op("digitize", as_array(call, "x"), as_array(call, "bins"),
                   right=bool(call.static("right", False)))


_UNIQUE = ("index", "inverse", "counts")


@function("unique", "ar | return_index return_inverse return_counts")
def unique(call: ArrayCall) -> Abstract:
    """Of floats the elements where each value stands first, which have a derivative."""
    b, x = call.lo.builder, as_array(call, "ar")
    flat = reshape(b, x, [b.const(-1)])
    if dtype_of(x.type) in ("f64", "f32"):
        first = b.op("unique_places", flat, what="index")
        found = [call.op("index", flat, first, spec=("a",))]
    else:
        found = [call.op("unique", flat)]
    for what in _UNIQUE:
        if call.static(f"return_{what}", False):
            at = b.op("unique_places", flat, what=what)
            if what == "inverse" and len(dims_of(x.type)) > 1:  # NumPy 2
                at = reshape(b, at, [size_along(b, x, k) for k in range(len(dims_of(x.type)))])
            found.append(call.fresh(at))
    return found[0] if len(found) == 1 else pack(found)


@function("lexsort", "keys")
def lexsort(call: ArrayCall) -> Abstract:
    keys = sequence(call.lo, call["keys"], call.node, "np.lexsort()")
    return call.op("lexsort", *[arrays.value_of(call.lo, k, call.node) for k in keys])


@function("bincount", "x | weights minlength")
def bincount(call: ArrayCall) -> Abstract:
    least = call.static("minlength", 0)
    if call.has("weights"):
        return call.op("weighted_bincount", call.value("x"), as_array(call, "weights"),
                       minlength=least)
    return call.op("bincount", call.value("x"), minlength=least)


@function("histogram", "a | bins range density weights")
def histogram(call: ArrayCall) -> Abstract:
    if call.static("density", None):
        plain = ArrayCall(call.lo, call.name, call.node,
                          {k: v for k, v in call.given.items() if k != "density"})
        found = histogram(plain)
        assert isinstance(found, Struct)
        return call.lo.call(Const(per_width), list(found.items), call.node)
    b, x = call.lo.builder, as_array(call, "a")
    x = reshape(b, x, [b.const(-1)])
    bins = static_value(call["bins"], call.lo) if call.has("bins") else 10
    operands = [x]
    if not isinstance(bins, int):
        if isinstance(call["bins"], Const):
            return call.fail(f"np.histogram() with bins={bins!r} is not supported", "",  # type: ignore[no-any-return]
                             "give a number or the edges")
        operands.append(as_array(call, "bins"))
        bins = None
    ends = _ends(call)
    operands += ends
    if call.has("weights"):
        w = as_array(call, "weights")
        w = b.op("astype", w, dtype="f64") if dtype_of(w.type) in ("int", "bool") else w
        operands.append(reshape(b, w, [b.const(-1)]))
    attrs = {"bins": bins, "range": bool(ends), "weights": call.has("weights")}
    made = b.op("histogram", *operands, **attrs)  # type: ignore[arg-type]
    counts = call.op("histogram_counts", *operands, made, **attrs)
    if bins is None:
        edges = call.fresh(operands[1])
    elif ends:
        first, last = ends
        edges = call.fresh(evenly(b, first, last, b.const(bins + 1), "n"))
    else:  # between the least and the greatest: that has no derivative here
        edges = call.op("histogram_edges", *operands, made, **attrs)
    return pack([counts, edges])


def _ends(call: ArrayCall) -> list[Value]:
    if not call.has("range"):
        return []
    given = call["range"]
    if not isinstance(given, Struct) or len(given.items) != 2:
        call.fail("np.histogram() needs a range of two numbers", "", "write range=(a, b)")
    assert isinstance(given, Struct)
    return [call.lo.number(x, call.node, "an end must be a number") for x in given.items]


@function("interp", "x xp fp | left right period")
def interp(call: ArrayCall) -> Abstract:
    if call.has("period"):
        given = [call[key] for key in ("x", "xp", "fp", "period")]
        return call.lo.call(Const(periodic), given, call.node)
    b = call.lo.builder
    x, xp, fp = as_array(call, "x"), as_array(call, "xp"), as_array(call, "fp")
    found = b.op("interp", x, xp, fp)
    for key, row, place in (("left", "lt", 0), ("right", "gt", -1)):
        if call.has(key):
            end = b.op("index", xp, b.const(place), spec=("i",))
            found = b.op("where", b.op(row, x, end), call.value(key), found)
    return call.fresh(found)
