"""NumPy functions that make arrays, or join them."""

from __future__ import annotations

import ast

from symdiff.frontend import arrays, heap, list_parts
from symdiff.frontend.array_calls import (
    ArrayCall,
    Handler,
    function,
    numpy_scalar,
    sequence,
    static_value,
)
from symdiff.frontend.array_functions import dtype_named, sizes_of
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Array, Obj, Ref, Struct, is_complex, pack
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


def arrays_of_ints(v: Value) -> bool:
    return dtype_of(v.type) in ("int", "bool")


def cast(call: ArrayCall, made: Value) -> Value:
    """In the dtype that the call names."""
    return call.lo.builder.op("astype", made, dtype=_dtype(call, dtype_of(made.type)))


@function("arange", "start | stop step dtype")
def arange(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    bounds = [call.value(k) for k in ("start", "stop", "step") if call.has(k)]
    if len(bounds) == 1:
        bounds = [b.const(0), bounds[0]]
    if len(bounds) == 2:
        bounds.append(b.const(1))
    if all(arrays_of_ints(v) for v in bounds) or all(v.is_const() for v in bounds):
        made = call.lo.builder.op("arange", *bounds)
    else:  # how many there are is data; where they are moves with the bounds
        start, stop, step = (b.op("float", v) for v in bounds)
        many = b.op("ceil", b.div(b.sub(stop, start), step))
        unit = b.op("arange", b.const(0), b.op("int", many), b.const(1))
        made = b.add(start, b.mul(step, unit))
    return call.fresh(cast(call, made))


def _points(call: ArrayCall) -> tuple[Value, Value, Value]:
    """(start, stop, the points between) of ``linspace``: active ends move the points with them."""
    lo, b = call.lo, call.lo.builder
    ends = bool(call.static("endpoint", True))
    num = arrays.as_int(lo, call.value("num")) if call.has("num") else b.const(50)
    start, stop = (array_of_any(call, call[k]) if isinstance(call[k], (Ref, Struct))
                   else call.value(k) for k in ("start", "stop"))
    dims = "n" if num.is_const() and num.constant > 1 else "?"
    if ends:
        return start, stop, evenly(b, start, stop, num, dims)
    unit = b.div(b.op("arange", b.const(0), num, b.const(1)), num)
    rank = max(len(dims_of(start.type)), len(dims_of(stop.type)))
    unit = expand(b, unit, range(1, rank + 1)) if rank else unit
    return start, stop, b.add(start, b.mul(b.sub(stop, start), unit))


def evenly(b: Builder, start: Value, stop: Value, num: Value, dims: str) -> Value:
    """Evenly spaced points, which move with the ends."""
    if start.is_const() and stop.is_const():
        return b.op("linspace", start, stop, num, dims=dims)
    unit = b.op("linspace", b.const(0.0), b.const(1.0), num, dims=dims)
    rank = max(len(dims_of(start.type)), len(dims_of(stop.type)))
    unit = expand(b, unit, range(1, rank + 1)) if rank else unit
    return b.add(start, b.mul(b.sub(stop, start), unit))


@function("linspace", "start stop | num endpoint retstep dtype")
def linspace(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    start, stop, points = _points(call)
    made = call.fresh(cast(call, points))
    if not call.static("retstep", False):
        return made
    num = size_along(b, points, 0)
    gaps = b.sub(num, b.const(1)) if call.static("endpoint", True) else num
    return pack([made, call.fresh(b.div(b.sub(stop, start), gaps))])


@function("logspace", "start stop | num endpoint base dtype")
def logspace(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    base = call.value("base") if call.has("base") else b.const(10.0)
    return call.fresh(cast(call, b.op("pow", base, _points(call)[2])))


@function("geomspace", "start stop | num endpoint dtype")
def geomspace(call: ArrayCall) -> Abstract:
    """``start*(stop/start)**unit``: of two negative ends as well."""
    b = call.lo.builder
    start, stop = call.value("start"), call.value("stop")
    call.given = {**call.given, "start": b.const(0.0), "stop": b.const(1.0)}
    unit = _points(call)[2]
    rank = max(len(dims_of(start.type)), len(dims_of(stop.type)))
    unit = expand(b, unit, range(1, rank + 1)) if rank else unit
    return call.fresh(cast(call, b.mul(start, b.op("pow", b.div(stop, start), unit))))


def literal(call: ArrayCall, x: Abstract, dtype: str | None) -> Value | None:
    """A nested list or tuple of numbers as an array; None where arrays are in it."""
    numbers: list[Value] = []
    shape: list[int] = []

    def walk(item: Abstract, depth: int) -> bool:
        if isinstance(item, (Struct, Ref)) and not is_complex(item):
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
    value = call.lo.state.heap.values[x.cell]
    return not x.path and list_parts.parts(call.lo.builder, value) is not None


@function("numpy.ndarray.tolist", "a", method="tolist")
def tolist(call: ArrayCall) -> Abstract:
    x = call.value("a")
    if not dims_of(x.type):
        return arrays.number(call.lo, x) if isinstance(x.type, ArrayType) else x
    return call.lo.new_cell(call.lo.builder.op("to_list", x))


def array_of_any(call: ArrayCall, x: Abstract, dtype: str | None = None) -> Value:
    """A number, an array, or a list or tuple of these, nested or not, as one array."""
    b = call.lo.builder
    if isinstance(x, Ref) and not _known_length(call, x):
        return b.op("from_list", heap.read(call.lo, x, call.node), dtype=dtype)
    listed = isinstance(x, (Struct, Ref)) or (isinstance(x, Obj) and x.kind == "list")
    if listed and not is_complex(x):
        found = literal(call, x, dtype)
        if found is None:
            items = sequence(call.lo, x, call.node, f"{call.name}()")
            found = stacked(call, [array_of_any(call, i) for i in items])
    else:
        found = numpy_scalar(call.lo, arrays.value_of(call.lo, x, call.node, f"{call.name}()"))
    return b.op("astype", found, dtype=dtype or dtype_of(found.type))


def of_list(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """The array that NumPy makes of a list or a tuple where it meets an array."""
    return array_of_any(ArrayCall(lo, "np.array", node, {}), x)


def stacked(call: ArrayCall, values: list[Value], axis: int = 0) -> Value:
    """Arrays of one shape along a new axis."""
    b = call.lo.builder
    rank = len(dims_of(values[0].type)) + 1
    if rank == 1:
        return b.op("array", *values, shape=(len(values),), dtype=None)
    return b.op("stack", *values, axis=axis % rank)


@function("array asarray asanyarray ascontiguousarray asfarray",
          "object | dtype copy order subok ndmin")
def array(call: ArrayCall) -> Abstract:
    least = call.given.pop("ndmin", None)
    if least is not None:
        made = arrays.value_of(call.lo, array(call), call.node)
        rank = static_value(least, call.lo)
        if not isinstance(rank, int):
            call.fail(f"{call.name}() with an ndmin that depends on data")
        return call.fresh(at_least(call, [made], rank)[0])
    x = call["object"]
    dtype = dtype_named(call, call["dtype"]) if call.has("dtype") else None
    if isinstance(x, (Struct, Ref, Obj)):
        return call.fresh(array_of_any(call, x, dtype))
    value = numpy_scalar(call.lo, call.value("object"))
    if dtype is not None and dtype != dtype_of(value.type):
        return call.op("astype", value, dtype=dtype)
    if call.name == "array" or not isinstance(x, Array):
        return call.fresh(value)
    return x  # asarray of an array is the array itself


# -- joining ---------------------------------------------------------------------------------------


def members(call: ArrayCall, key: str) -> list[Value]:
    items = sequence(call.lo, call[key], call.node, f"{call.name}()")
    return [array_of_any(call, i) for i in items]


def at_least(call: ArrayCall, values: list[Value], rank: int) -> list[Value]:
    b = call.lo.builder
    return [
        expand(b, v, range(rank - len(dims_of(v.type)))) if len(dims_of(v.type)) < rank else v
        for v in values
    ]


def _concatenated(call: ArrayCall, values: list[Value], axis: int) -> Abstract:
    (axis,) = normal_axes(axis, len(dims_of(values[0].type)))
    return call.op("concatenate", *values, axis=axis)


def _listed(call: ArrayCall, key: str) -> Value | None:
    """A list of arrays whose number is not known."""
    x = call[key]
    if not isinstance(x, Ref) or _known_length(call, x):
        return None
    value = heap.read(call.lo, x, call.node)
    elem = getattr(value.type, "elem", None)
    return value if isinstance(elem, ArrayType) and elem.dims else None


def _joined(call: ArrayCall, whole: Value, axis: int) -> Abstract:
    rank = len(whole.type.elem.dims)  # type: ignore[attr-defined]
    return call.op("concatenate_list", whole, axis=normal_axes(axis, rank)[0])


@function("concatenate", "arrays | axis")
def concatenate(call: ArrayCall) -> Abstract:
    whole = _listed(call, "arrays")
    if whole is not None and call.has("axis"):
        return _joined(call, whole, call.static("axis"))
    if whole is not None and "axis" not in call.given:
        return _joined(call, whole, 0)
    values, axis = members(call, "arrays"), call.static("axis", 0)
    if axis is None:
        b = call.lo.builder
        values, axis = [reshape(b, v, [b.const(-1)]) for v in values], 0
    return _concatenated(call, values, axis)


@function("stack", "arrays | axis")
def stack(call: ArrayCall) -> Abstract:
    whole = call["arrays"]
    if isinstance(whole, Ref) and not _known_length(call, whole):
        made = call.lo.builder.op("from_list", heap.read(call.lo, whole, call.node), dtype=None)
        axis = call.static("axis", 0) % len(dims_of(made.type))
        axes = [*range(1, axis + 1), 0, *range(axis + 1, len(dims_of(made.type)))]
        return call.fresh(transpose(call.lo.builder, made, tuple(axes)) if axis else made)
    return call.fresh(stacked(call, members(call, "arrays"), call.static("axis", 0)))


@function("hstack", "tup")
def hstack(call: ArrayCall) -> Abstract:
    whole = _listed(call, "tup")
    if whole is not None:
        return _joined(call, whole, int(len(whole.type.elem.dims) > 1))  # type: ignore[attr-defined]
    values = at_least(call, members(call, "tup"), 1)
    return _concatenated(call, values, 0 if len(dims_of(values[0].type)) == 1 else 1)


@function("vstack", "tup")
def vstack(call: ArrayCall) -> Abstract:
    whole = _listed(call, "tup")
    if whole is not None:
        if len(whole.type.elem.dims) == 1:  # type: ignore[attr-defined]
            return call.op("from_list", whole, dtype=None)
        return _joined(call, whole, 0)
    return _concatenated(call, at_least(call, members(call, "tup"), 2), 0)


@function("column_stack", "tup")
def column_stack(call: ArrayCall) -> Abstract:
    whole = _listed(call, "tup")
    if whole is not None:
        if len(whole.type.elem.dims) == 1:  # type: ignore[attr-defined]
            rows = call.lo.builder.op("from_list", whole, dtype=None)
            return call.fresh(transpose(call.lo.builder, rows, (1, 0)))
        return _joined(call, whole, 1)
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
