"""NumPy functions that make arrays, or join them."""

from __future__ import annotations

from symdiff.frontend import arrays, heap
from symdiff.frontend.array_calls import (
    FUNCTIONS,
    ArrayCall,
    Handler,
    bound,
    function,
    numpy_scalar,
    sequence,
)
from symdiff.frontend.array_functions import dtype_named, sizes_of
from symdiff.frontend.values import Abstract, Array, Ref, Struct
from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import ArrayType
from symdiff.ops.array_build import eye as eye_row
from symdiff.ops.array_shapes import broadcast_to, expand, full, reshape, size_along, transpose
from symdiff.ops.array_types import dims_of, dtype_of, normal_axes

# -- constructors ----------------------------------------------------------------------------------


def _dtype(call: ArrayCall, default: str) -> str:
    return dtype_named(call, call["dtype"]) if call.has("dtype") else default


def _filled(value: float) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        b = call.lo.builder
        sizes = sizes_of(call, call["shape"])
        return call.fresh(full(b, b.const(value), sizes, _dtype(call, "f64")))

    return lower


for _name, _value in (("zeros", 0.0), ("ones", 1.0), ("empty", 0.0)):
    function(_name, "shape | dtype order")(_filled(_value))


@function("full", "shape fill_value | dtype order")
def full_function(call: ArrayCall) -> Abstract:
    x = call.value("fill_value")
    b, sizes = call.lo.builder, sizes_of(call, call["shape"])
    dtype = _dtype(call, dtype_of(x.type))
    if dims_of(x.type):
        return call.fresh(broadcast_to(b, x, sizes))
    return call.fresh(full(b, x, sizes, dtype))


def _filled_like(value: float | None) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        b = call.lo.builder
        x = call.value("a")
        given = b.const(value) if value is not None else call.value("fill_value")
        dtype = _dtype(call, dtype_of(x.type))
        if not dims_of(x.type):
            return call.fresh(numpy_scalar(call.lo, given))
        if dtype == dtype_of(x.type):
            return call.op("full_like", x, given)
        sizes = [size_along(b, x, k) for k in range(len(dims_of(x.type)))]
        return call.fresh(full(b, given, sizes, dtype))

    return lower


for _name, _value in (("zeros_like", 0.0), ("ones_like", 1.0), ("empty_like", 0.0)):
    function(_name, "a | dtype order")(_filled_like(_value))
function("full_like", "a fill_value | dtype order")(_filled_like(None))


@function("eye", "N | M k dtype")
def eye(call: ArrayCall) -> Abstract:
    n = arrays.as_int(call.lo, call.value("N"))
    m = arrays.as_int(call.lo, call.value("M")) if call.has("M") else n
    return call.fresh(eye_row(call.lo.builder, n, m, call.static("k", 0), _dtype(call, "f64")))


@function("identity", "n | dtype")
def identity(call: ArrayCall) -> Abstract:
    n = arrays.as_int(call.lo, call.value("n"))
    return call.fresh(eye_row(call.lo.builder, n, n, dtype=_dtype(call, "f64")))


@function("arange", "start | stop step dtype")
def arange(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    bounds = [call.value(k) for k in ("start", "stop", "step") if call.has(k)]
    if len(bounds) == 1:
        bounds = [b.const(0), bounds[0]]
    if len(bounds) == 2:
        bounds.append(b.const(1))
    return call.op("arange", *bounds)


@function("linspace", "start stop | num endpoint")
def linspace(call: ArrayCall) -> Abstract:
    """Active ends move the points with them."""
    lo, b = call.lo, call.lo.builder
    if call.static("endpoint", True) is not True:
        return call.fail("np.linspace() with endpoint=False is not supported", "",  # type: ignore[no-any-return]
                         "write start + (stop - start)*np.arange(n)/n")
    num = arrays.as_int(lo, call.value("num")) if call.has("num") else b.const(50)
    start, stop = call.value("start"), call.value("stop")
    if dims_of(start.type) or dims_of(stop.type):
        return call.fail("np.linspace() between arrays is not supported", "", "use broadcasting")  # type: ignore[no-any-return]
    dims = "n" if num.is_const() and num.constant > 1 else "?"
    return call.fresh(evenly(b, start, stop, num, dims))


def evenly(b: Builder, start: Value, stop: Value, num: Value, dims: str) -> Value:
    """Evenly spaced points, which move with the ends."""
    if start.is_const() and stop.is_const():
        return b.op("linspace", start, stop, num, dims=dims)
    unit = b.op("linspace", b.const(0.0), b.const(1.0), num, dims=dims)
    return b.add(start, b.mul(b.sub(stop, start), unit))


def literal(call: ArrayCall, x: Abstract, dtype: str | None) -> Value | None:
    """A nested list or tuple of numbers as an array; None where arrays are in it."""
    numbers: list[Value] = []
    shape: list[int] = []

    def walk(item: Abstract, depth: int) -> bool:
        if isinstance(item, (Struct, Ref)):
            inner = sequence(call.lo, item, call.node, f"{call.name}()")
            if len(shape) == depth:
                shape.append(len(inner))
            if shape[depth] != len(inner):
                call.fail("rows of an array have one length")
            return all(walk(i, depth + 1) for i in inner)
        if isinstance(item, Value) and not dims_of(item.type):
            numbers.append(item)
            return True
        return False

    if not walk(x, 0):
        return None
    if not numbers:
        return full(call.lo.builder, call.lo.builder.const(0.0),
                    [call.lo.builder.const(n) for n in shape], dtype or "f64")
    return call.lo.builder.op("array", *numbers, shape=tuple(shape), dtype=dtype)


def _known_length(call: ArrayCall, x: Ref) -> bool:
    return not x.path and call.lo.state.heap.values[x.cell].op == "make_list"


@function("numpy.ndarray.tolist", "a", method="tolist")
def tolist(call: ArrayCall) -> Abstract:
    x = call.value("a")
    if not dims_of(x.type):
        return arrays.number(call.lo, x) if isinstance(x.type, ArrayType) else x
    return call.lo.new_cell(call.lo.builder.op("to_list", x))


@function("array asarray asanyarray ascontiguousarray asfarray", "object | dtype copy order")
def array(call: ArrayCall) -> Abstract:
    x = call["object"]
    dtype = dtype_named(call, call["dtype"]) if call.has("dtype") else None
    if isinstance(x, Ref) and not _known_length(call, x):
        return call.op("from_list", heap.read(call.lo, x, call.node), dtype=dtype)
    if isinstance(x, (Struct, Ref)):
        found = literal(call, x, dtype)
        if found is None:
            items = sequence(call.lo, x, call.node, f"{call.name}()")
            values = [arrays.value_of(call.lo, i, call.node) for i in items]
            found = call.lo.builder.op("stack", *values, axis=0)
            if dtype is not None:
                found = call.lo.builder.op("astype", found, dtype=dtype)
        return call.fresh(found)
    value = numpy_scalar(call.lo, call.value("object"))
    if dtype is not None and dtype != dtype_of(value.type):
        return call.op("astype", value, dtype=dtype)
    if call.name == "array" or not isinstance(x, Array):
        return call.fresh(value)
    return x  # asarray of an array is the array itself


# -- joining ---------------------------------------------------------------------------------------


def members(call: ArrayCall, key: str) -> list[Value]:
    items = sequence(call.lo, call[key], call.node, f"{call.name}()")
    made = FUNCTIONS["numpy.array"]
    items = [
        bound(call.lo, made, [i], {}, call.node) if isinstance(i, (Ref, Struct)) else i
        for i in items
    ]
    return [numpy_scalar(call.lo, arrays.value_of(call.lo, i, call.node)) for i in items]


def at_least(call: ArrayCall, values: list[Value], rank: int) -> list[Value]:
    b = call.lo.builder
    return [
        expand(b, v, range(rank - len(dims_of(v.type)))) if len(dims_of(v.type)) < rank else v
        for v in values
    ]


def _concatenated(call: ArrayCall, values: list[Value], axis: int) -> Abstract:
    (axis,) = normal_axes(axis, len(dims_of(values[0].type)))
    return call.op("concatenate", *values, axis=axis)


@function("concatenate", "arrays | axis")
def concatenate(call: ArrayCall) -> Abstract:
    return _concatenated(call, members(call, "arrays"), call.static("axis", 0))


@function("stack", "arrays | axis")
def stack(call: ArrayCall) -> Abstract:
    whole = call["arrays"]
    if isinstance(whole, Ref) and not _known_length(call, whole):
        made = call.lo.builder.op("from_list", heap.read(call.lo, whole, call.node), dtype=None)
        axis = call.static("axis", 0) % len(dims_of(made.type))
        axes = [*range(1, axis + 1), 0, *range(axis + 1, len(dims_of(made.type)))]
        return call.fresh(transpose(call.lo.builder, made, tuple(axes)) if axis else made)
    values = members(call, "arrays")
    rank = len(dims_of(values[0].type)) + 1
    if rank == 1:
        return call.op("array", *values, shape=(len(values),), dtype=None)
    return call.op("stack", *values, axis=call.static("axis", 0) % rank)


@function("hstack", "tup")
def hstack(call: ArrayCall) -> Abstract:
    values = at_least(call, members(call, "tup"), 1)
    return _concatenated(call, values, 0 if len(dims_of(values[0].type)) == 1 else 1)


@function("vstack", "tup")
def vstack(call: ArrayCall) -> Abstract:
    return _concatenated(call, at_least(call, members(call, "tup"), 2), 0)


@function("column_stack", "tup")
def column_stack(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    columns = [expand(b, v, [1]) if len(dims_of(v.type)) == 1 else v for v in members(call, "tup")]
    return _concatenated(call, columns, 1)


@function("append", "arr values | axis")
def append(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    values = [numpy_scalar(call.lo, call.value(k)) for k in ("arr", "values")]
    axis = call.static("axis")
    if axis is None:
        values = [reshape(b, v, [b.const(-1)]) if len(dims_of(v.type)) != 1 else v for v in values]
        return _concatenated(call, values, 0)
    return _concatenated(call, values, axis)
