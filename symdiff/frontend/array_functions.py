"""NumPy's reductions, products and shape functions: how each is lowered to rows."""

from __future__ import annotations

from typing import Any

from symdiff.frontend import arrays, storage
from symdiff.frontend.array_calls import (
    FUNCTIONS,
    UNKNOWN,
    ArrayCall,
    Handler,
    apply_row,
    function,
    numpy_scalar,
    rank_of,
    sequence,
    static_value,
)
from symdiff.frontend.formulas_numpy import contracted, spread_where
from symdiff.frontend.values import NONE_CONST, Abstract, Array, Const, Ref, Struct, pack
from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import expand, letters, reshape, size_along, transpose
from symdiff.ops.array_types import dims_of, dtype_of

# -- reductions ------------------------------------------------------------------------------------


_OF_ONE = ("sum", "mean", "prod", "amax", "amin", "array_any", "array_all")


def _of_one(call: ArrayCall, row: str, x: Value) -> Value:
    """A reduction of a NumPy scalar, which may be a Python number when the program runs."""
    b, dtype = call.lo.builder, dtype_of(x.type)
    if row.startswith("array_"):
        return x if dtype == "bool" else b.op("ne", x, b.const(0))
    return b.op("astype", x, dtype={"bool": "int", "int": "f64"}[dtype]) if (
        (row == "mean" and dtype == "int") or (row in ("sum", "prod") and dtype == "bool")) else x


def _reduction(row: str) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        x = call.value("a")
        axes = call.axes(len(dims_of(x.type)))
        x = numpy_scalar(call.lo, x)
        if not dims_of(x.type) and row in _OF_ONE:
            return call.fresh(_of_one(call, row, x))
        return call.op(row, x, axes=axes, keepdims=bool(call.static("keepdims", False)))

    return lower


_AXES = "a | axis dtype out keepdims"
for _name in ("sum", "mean", "prod"):
    function(_name, _AXES, method=_name)(_reduction(_name))
for _name in ("max", "min"):
    function(f"{_name} a{_name}", "a | axis out keepdims", method=_name)(_reduction(f"a{_name}"))
for _name in ("argmax", "argmin", "any", "all"):
    function(_name, "a | axis out keepdims", method=_name)(_reduction(f"array_{_name}"))
function("count_nonzero", "a | axis keepdims")(_reduction("array_count_nonzero"))


def _spread(row: str) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        if call.has("where"):
            b = call.lo.builder
            options = [call.given.get(key, default) for key, default in (
                ("axis", NONE_CONST), ("ddof", b.const(0)), ("keepdims", b.const(False)))]
            given = [call["a"], call["where"], *options]
            found = call.lo.call(Const(spread_where), given, call.node)
            return found if row == "var" else call.fresh(
                b.op("sqrt", arrays.value_of(call.lo, found, call.node)))
        x = numpy_scalar(call.lo, call.value("a"))
        return call.op(
            row,
            x,
            axes=call.axes(len(dims_of(x.type))),
            keepdims=bool(call.static("keepdims", False)),
            ddof=call.static("ddof", 0),
        )

    return lower


for _name in ("var", "std"):
    function(_name, "a | axis dtype out ddof keepdims where", method=_name)(_spread(_name))


@function("ptp", "a | axis out keepdims")
def peak_to_peak(call: ArrayCall) -> Abstract:
    x = numpy_scalar(call.lo, call.value("a"))
    attrs: dict[str, Any] = {
        "axes": call.axes(len(dims_of(x.type))),
        "keepdims": bool(call.static("keepdims", False)),
    }
    b = call.lo.builder
    return call.fresh(b.sub(b.op("amax", x, **attrs), b.op("amin", x, **attrs)))


# -- elementwise, with forms of their own ----------------------------------------------------------


@function("where", "condition | x y")
def where(call: ArrayCall) -> Abstract:
    lo = call.lo
    if not (call.has("x") and call.has("y")):
        call.given = {"a": call["condition"]}
        return FUNCTIONS["numpy.nonzero"].handler(call)
    cond = call.value("condition")
    if getattr(cond.type, "dtype", cond.type.name) != "bool":
        cond = lo.builder.op("ne", cond, lo.builder.const(0))
    x, y = (numpy_scalar(lo, call.value(k)) if not dims_of(cond.type) else call.value(k)
            for k in ("x", "y"))
    return call.op("where", numpy_scalar(lo, cond), x, y)


@function("clip", "a | a_min a_max out min max", method="clip")
def clip(call: ArrayCall) -> Abstract:
    lo, x = call.lo, call.value("a")
    for key, row in (("a_min", "max"), ("min", "max"), ("a_max", "min"), ("max", "min")):
        if call.has(key):
            x = apply_row(lo, row, [x, call.value(key)])
    return call.fresh(x)


@function("square", "x | out")
def square(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "pow", [call.value("x"), call.lo.builder.const(2)]))


@function("reciprocal", "x | out")
def reciprocal(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "div", [call.lo.builder.const(1.0), call.value("x")]))


@function("abs", "x | out")
def absolute(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "abs", [call.value("x")]))


@function("float_power", "x1 x2 | out")
def float_power(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    base = numpy_scalar(call.lo, call.value("x1"))
    base = base if dtype_of(base.type) == "f64" else b.op("astype", base, dtype="f64")
    return call.fresh(apply_row(call.lo, "pow", [base, call.value("x2")]))


# -- products --------------------------------------------------------------------------------------


@function("dot", "a b | out", method="dot")
def dot(call: ArrayCall) -> Abstract:
    x, y = call.value("a"), call.value("b")
    ranks = len(dims_of(x.type)), len(dims_of(y.type))
    if 0 in ranks:
        return call.fresh(apply_row(call.lo, "mul", [x, y]))
    if ranks[0] > 2 or ranks[1] > 2:
        return _contracted(call, -min(ranks[1], 2))
    return call.op("matmul", x, y)


def _contracted(call: ArrayCall, axis: int) -> Abstract:
    """Of more than two dimensions: the last axis of one with an axis of the other."""
    given = [call["a"], call["b"], call.lo.builder.const(axis)]
    return call.lo.call(Const(contracted), given, call.node)


@function("vdot", "a b")
def vdot(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    flat = [reshape(b, call.value(k), [b.const(-1)]) for k in ("a", "b")]
    return call.op("matmul", *flat)


@function("inner", "a b")
def inner(call: ArrayCall) -> Abstract:
    x, y = call.value("a"), call.value("b")
    ranks = len(dims_of(x.type)), len(dims_of(y.type))
    if 0 in ranks:
        return call.fresh(apply_row(call.lo, "mul", [x, y]))
    if ranks[1] > 2 or ranks[0] > 2:
        return _contracted(call, -1)
    if ranks[1] == 2:
        y = transpose(call.lo.builder, y, (1, 0))
    return call.op("matmul", x, y)


@function("outer", "a b | out")
def outer(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    x, y = (reshape(b, numpy_scalar(call.lo, call.value(k)), [b.const(-1)]) for k in ("a", "b"))
    return call.fresh(b.mul(b.op("expand_dims", x, axes=(1,)), y))


@function("kron", "a b")
def kron(call: ArrayCall) -> Abstract:
    """Every element of ``a`` times the whole of ``b``, in blocks."""
    b = call.lo.builder
    x, y = (numpy_scalar(call.lo, call.value(k)) for k in ("a", "b"))
    rank = max(len(dims_of(v.type)) for v in (x, y))
    x, y = (expand(b, v, range(rank - len(dims_of(v.type)))) for v in (x, y))
    sizes = [b.mul(size_along(b, x, k), size_along(b, y, k)) for k in range(rank)]
    blocks = b.mul(expand(b, x, range(1, 2 * rank, 2)), expand(b, y, range(0, 2 * rank, 2)))
    return call.fresh(reshape(b, blocks, sizes))


@function("cross", "a b | axisa axisb axisc axis")
def cross(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    axis = call.static("axis")
    given = {k: call.static(k, -1) if axis is None else axis for k in ("axisa", "axisb", "axisc")}
    x, y = (_axis_moved(b, numpy_scalar(call.lo, call.value(k)), given[f"axis{k}"], -1)
            for k in ("a", "b"))
    for v in (x, y):  # of two components NumPy makes a number, of others an error
        if dims_of(v.type):
            other = b.op("ne", size_along(b, v, len(dims_of(v.type)) - 1), b.const(3))
            if other.is_const(True):
                return call.fail("np.cross() of other than three components is not supported")  # type: ignore[no-any-return]
            if not other.is_const():
                b.if_(other, lambda: _three_components(b), lambda: [], style="stmt")
    return call.fresh(_axis_moved(b, b.op("cross", x, y), -1, given["axisc"]))


def _axis_moved(b: Builder, x: Value, source: int, target: int) -> Value:
    """``np.moveaxis`` of one axis."""
    rank = len(dims_of(x.type))
    if not rank or source % rank == target % rank:
        return x
    order = [k for k in range(rank) if k != source % rank]
    order.insert(target % rank, source % rank)
    return transpose(b, x, tuple(order))


def _three_components(b: Builder) -> list[Value]:
    b.op("raise", template="ValueError('np.cross: three components expected')")
    return []


# -- shapes ----------------------------------------------------------------------------------------


def sizes_of(call: ArrayCall, x: Abstract) -> list[Value]:
    """A shape argument: an int, or a tuple or list of ints."""
    items = [x]
    if isinstance(x, (Struct, Ref)):
        items = sequence(call.lo, x, call.node, f"{call.name}()")
    found = []
    for i in items:
        value = call.lo.number(i, call.node, "a size must be an int")
        if value.type.name == "float":
            return call.fail("a size must be an int", "this is a float", "write int(...)")  # type: ignore[no-any-return]
        found.append(value)
    return found


def may_share(call: ArrayCall, x: Abstract, made: Value) -> Abstract:
    """The result of what gives a view where NumPy can: reads are safe, writes to either are not."""
    result = storage.fresh(call.lo, made)
    if isinstance(x, Array) and isinstance(result, Array):
        why = f"{call.name}() may be a view of {storage.named(x.cell)}, or a copy"
        heap = call.lo.state.heap
        heap.frozen[result.cell] = why
        heap.frozen.setdefault(x.cell, f"a {call.name}() of it may be a view of it, or a copy")
    return result


def reshaped(call: ArrayCall, x: Abstract, sizes: list[Value]) -> Abstract:
    """Rows first, or columns first: the transpose of the reversed shape of the transpose."""
    b = call.lo.builder
    value = numpy_scalar(call.lo, arrays.value_of(call.lo, x, call.node))
    order = call.static("order", "C")
    if order not in ("C", "F", None):
        call.fail(f"{call.name}() with order={order!r} is not supported",
                  "it depends on how the array lies in memory", "say 'C' or 'F'")
    if order != "F":
        return may_share(call, x, reshape(b, value, sizes))
    rank = len(dims_of(value.type))
    turned = transpose(b, value, range(rank)[::-1]) if rank > 1 else value
    made = reshape(b, turned, sizes[::-1])
    made = transpose(b, made, range(len(sizes))[::-1]) if len(sizes) > 1 else made
    return may_share(call, x, made)


@function("reshape", "a shape | order")
def reshape_function(call: ArrayCall) -> Abstract:
    return reshaped(call, call["a"], sizes_of(call, call["shape"]))


@function("ravel", "a | order", method="ravel")
def ravel(call: ArrayCall) -> Abstract:
    return reshaped(call, call["a"], [call.lo.builder.const(-1)])


@function("numpy.ndarray.flatten", "a | order", method="flatten")
def flatten(call: ArrayCall) -> Abstract:
    value = arrays.value_of(call.lo, reshaped(call, call.value("a"), [call.lo.builder.const(-1)]),
                            call.node)
    return call.fresh(value)


@function("copy", "a | order", method="copy")
def copy(call: ArrayCall) -> Abstract:
    return call.fresh(call.value("a"))


@function("transpose", "a | axes")
def transpose_function(call: ArrayCall) -> Abstract:
    rank = rank_of(call, "a")
    axes = call.static("axes")
    order = tuple(range(rank))[::-1] if axes is None else tuple(a % rank for a in axes)
    return arrays.transposed(call.lo, call["a"], order)


@function("swapaxes", "a axis1 axis2", method="swapaxes")
def swapaxes(call: ArrayCall) -> Abstract:
    rank = rank_of(call, "a")
    order = list(range(rank))
    i, j = call.static("axis1") % rank, call.static("axis2") % rank
    order[i], order[j] = order[j], order[i]
    return arrays.transposed(call.lo, call["a"], tuple(order))


@function("moveaxis", "a source destination")
def moveaxis(call: ArrayCall) -> Abstract:
    rank = rank_of(call, "a")
    source, target = call.static("source"), call.static("destination")
    source = (source,) if isinstance(source, int) else source
    target = (target,) if isinstance(target, int) else target
    order = [k for k in range(rank) if k not in [s % rank for s in source]]
    for to, which in sorted((t % rank, s % rank) for s, t in zip(source, target, strict=True)):
        order.insert(to, which)
    return arrays.transposed(call.lo, call["a"], tuple(order))


@function("expand_dims", "a axis")
def expand_dims(call: ArrayCall) -> Abstract:
    axis = call.static("axis")
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = rank_of(call, "a") + len(given)
    return arrays.viewed(call.lo, _as_array(call, "a"), "expand_dims",
                         axes=tuple(sorted(a % rank for a in given)))


def _as_array(call: ArrayCall, key: str) -> Abstract:
    x = call[key]
    if isinstance(x, Array):
        return x
    return numpy_scalar(call.lo, call.value(key))


@function("squeeze", "a | axis", method="squeeze")
def squeeze(call: ArrayCall) -> Abstract:
    dims = dims_of(call.value("a").type)
    axis = call.static("axis")
    if axis is None:
        sizes = arrays.shape(call.lo, call["a"], call.node)
        if any(d == "?" and not n.is_const() for d, n in zip(dims, sizes, strict=True)):
            return call.fail("np.squeeze without an axis", "which dimensions are 1 is not known",  # type: ignore[no-any-return]
                             "name the axis")
        axes = tuple(k for k, n in enumerate(sizes) if n.is_const(1))
    else:
        axes = call.axes(len(dims))
    return arrays.viewed(call.lo, call["a"], "squeeze", axes=axes) if axes else call["a"]


@function("shape", "a")
def shape(call: ArrayCall) -> Abstract:
    return pack(list(arrays.shape(call.lo, call["a"], call.node)))


@function("size", "a | axis")
def size(call: ArrayCall) -> Abstract:
    axis = call.static("axis")
    if axis is None:
        return arrays.size(call.lo, call["a"], call.node)
    x = call.value("a")
    return size_along(call.lo.builder, x, axis % len(dims_of(x.type)))


@function("ndim", "a")
def ndim(call: ArrayCall) -> Abstract:
    return call.lo.builder.const(rank_of(call, "a"))


@function("broadcast_to", "array shape")
def broadcast_to(call: ArrayCall) -> Abstract:
    sizes = sizes_of(call, call["shape"])
    x = numpy_scalar(call.lo, call.value("array"))
    made = call.lo.builder.op("broadcast_to", x, *sizes, dims=letters(sizes))
    result = storage.fresh(call.lo, made)
    if isinstance(result, Array):
        call.lo.state.heap.frozen[result.cell] = "np.broadcast_to gives a view that is read-only"
        x_ = call["array"]
        if isinstance(x_, Array):
            call.lo.state.heap.frozen.setdefault(x_.cell, "np.broadcast_to made a view of it")
    return result


# -- methods with another form than the function's -------------------------------------------------


def _free(call: ArrayCall, skip: int) -> list[Abstract]:
    """Arguments that a method takes one by one, or as one tuple."""
    items = call.rest[skip:]
    if len(items) == 1 and isinstance(items[0], (Struct, Ref)):
        return sequence(call.lo, items[0], call.node, f"{call.name}()")
    return items


@function("numpy.ndarray.reshape", "*xs | order", method="reshape")
def reshape_method(call: ArrayCall) -> Abstract:
    sizes = [call.lo.number(i, call.node, "a size must be an int") for i in _free(call, 1)]
    return reshaped(call, call.rest[0], sizes)


@function("numpy.ndarray.transpose", "*xs", method="transpose")
def transpose_method(call: ArrayCall) -> Abstract:
    x = call.rest[0]
    rank = len(dims_of(arrays.type_of(call.lo, x, call.node)))
    axes = [static_value(i) for i in _free(call, 1)]
    if any(a is UNKNOWN for a in axes):
        return call.fail(".transpose() with axes that depend on data", "", "write them as literals")  # type: ignore[no-any-return]
    axes = [a for a in axes if a is not None]
    order = tuple(a % rank for a in axes) if axes else tuple(range(rank))[::-1]
    return arrays.transposed(call.lo, x, order)


@function("numpy.ndarray.astype", "a dtype | copy", method="astype")
def astype(call: ArrayCall) -> Abstract:
    return call.op("astype", call.value("a"), dtype=dtype_named(call, call["dtype"]))


def dtype_named(call: ArrayCall, x: Abstract) -> str:
    """The kind that a dtype argument names."""
    value = x.value if isinstance(x, Const) else x
    plain = {float: "f64", int: "int", bool: "bool"}
    if isinstance(value, type) and value in plain:
        return plain[value]
    name = value if isinstance(value, str) else getattr(value, "__name__", "")
    if not name:  # a dtype of NumPy's
        name = getattr(value, "name", "")
    kinds = {"float64": "f64", "float32": "f32", "int64": "int", "int32": "int", "bool": "bool",
             "bool_": "bool", "float": "f64", "int": "int", "f8": "f64", "f4": "f32", "d": "f64",
             "intp": "int", "double": "f64", "single": "f32", "i8": "int"}
    if name not in kinds:
        return call.fail(f"{call.name}() to {name or 'this dtype'} is not supported", "",  # type: ignore[no-any-return]
                         "use float64, float32, an int or bool")
    return kinds[name]
