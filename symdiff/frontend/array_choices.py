"""NumPy functions that choose among values by conditions, or apply a function to elements."""

from __future__ import annotations

import ast
import sys

from symdiff.frontend import arrays, library, storage
from symdiff.frontend.array_calls import (
    EACH,
    ArrayCall,
    Handler,
    apply_row,
    function,
    numpy_scalar,
    sequence,
    static_value,
)
from symdiff.frontend.array_makers import array_of_any
from symdiff.frontend.array_moves import as_array
from symdiff.frontend.formulas_numpy import close, vectorized
from symdiff.frontend.values import Abstract, Array, Const, Partial, Ref, Struct, pack
from symdiff.ir.core import Value
from symdiff.ir.types import is_number
from symdiff.ops.array_shapes import size_along
from symdiff.ops.array_types import dims_of


def _values(call: ArrayCall, key: str) -> list[Value]:
    items = sequence(call.lo, call[key], call.node, f"{call.name}()")
    return [array_of_any(call, i) for i in items]


@function("select", "condlist choicelist | default")
def select(call: ArrayCall) -> Abstract:
    """The first condition that holds decides."""
    b = call.lo.builder
    conditions, choices = _values(call, "condlist"), _values(call, "choicelist")
    if len(conditions) != len(choices):
        call.fail("np.select() needs as many choices as conditions")
    result = numpy_scalar(call.lo, call.value("default") if call.has("default") else b.const(0))
    for c, x in reversed(list(zip(conditions, choices, strict=True))):
        result = b.op("where", c, x, result)
    return call.fresh(result)


@function("choose", "a choices", method="choose")
def choose(call: ArrayCall) -> Abstract:
    b, choices = call.lo.builder, _values(call, "choices")
    given = call.fresh(as_array(call, "a"))
    library.follow(call.lo, library.chosen, [given, b.const(len(choices))], call.node)
    places = arrays.value_of(call.lo, given, call.node)
    result = choices[-1]
    for k in reversed(range(len(choices) - 1)):
        result = b.op("where", b.op("eq", places, b.const(k)), choices[k], result)
    return call.fresh(result)


@function("piecewise", "x condlist funclist")
def piecewise(call: ArrayCall) -> Abstract:
    """A function sees the elements for which its condition holds; the last that holds decides."""
    lo, b = call.lo, call.lo.builder
    x = array_of_any(call, call["x"])
    if not dims_of(x.type):
        return call.fail("np.piecewise() of a number is not supported", "", "write an if")  # type: ignore[no-any-return]
    conditions = call["condlist"]
    many = isinstance(conditions, (Struct, Ref))
    masks = _values(call, "condlist") if many else [call.value("condlist")]
    functions = sequence(lo, call["funclist"], call.node, "np.piecewise()")
    if len(functions) == len(masks) + 1:
        some = masks[0]
        for m in masks[1:]:
            some = b.op("or_", some, m)
        masks.append(b.op("not", some))
    if len(functions) != len(masks):
        return call.fail("np.piecewise() needs a function for every condition")  # type: ignore[no-any-return]
    result = b.op("full_like", x, b.const(0.0))
    for mask, f in zip(masks, functions, strict=True):
        part = f
        if not isinstance(f, Value):
            part = lo.call(f, [call.fresh(b.op("index", x, mask, spec=("m",)))], call.node)
        new = arrays.value_of(lo, part, call.node, "np.piecewise()")
        result = b.op("set_index", result, storage.fitted(lo, x, new, call.node), mask,
                      spec=("m",))
    return call.fresh(result)


@function("vectorize", "pyfunc | otypes doc excluded cache signature")
def vectorize(call: ArrayCall) -> Abstract:
    return Partial(Const(sys.modules["numpy"].vectorize.__call__), (call["pyfunc"],), ())


@function(EACH, "f x | x1 x2 x3 x4 x5 x6")
def elementwise(call: ArrayCall) -> Abstract:
    lo, b = call.lo, call.lo.builder
    if call.has("x1"):
        return lo.call(Const(vectorized), list(call.given.values()), call.node)
    x = array_of_any(call, call["x"])
    if not dims_of(x.type):
        return lo.call(call["f"], [x], call.node)
    flat = b.op("reshape", x, b.const(-1), dims="?") if len(dims_of(x.type)) > 1 else x
    made = library.follow(lo, library.each, [call["f"], lo.new_cell(b.op("to_list", flat))],
                          call.node)
    found = array_of_any(call, made)
    if len(dims_of(x.type)) > 1:
        sizes = [size_along(b, x, k) for k in range(len(dims_of(x.type)))]
        found = b.op("reshape", found, *sizes, dims=dims_of(x.type))
    return call.fresh(found)


# -- parts of numbers ------------------------------------------------------------------------------


@function("divmod", "x1 x2")
def quotient_and_rest(call: ArrayCall) -> Abstract:
    pair = [call.value("x1"), call.value("x2")]
    return pack([call.fresh(apply_row(call.lo, row, pair)) for row in ("floordiv", "mod")])


@function("modf", "x")
def modf(call: ArrayCall) -> Abstract:
    """The part behind the point, and the whole one; of an infinity nothing is behind."""
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("x"))
    whole = b.op("trunc", x)
    rest = b.op("where", b.op("isfinite", x), b.sub(x, whole), b.const(0.0))
    return pack([call.fresh(rest), call.fresh(whole)])


@function("frexp", "x")
def frexp(call: ArrayCall) -> Abstract:
    """A mantissa between 1/2 and 1 and the power of two that it is multiplied by."""
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("x"))
    exponent = b.op("array_exponent", x)
    mantissa = b.op("array_ldexp", x, b.neg(exponent))
    return pack([call.fresh(mantissa), call.fresh(exponent)])


@function("ldexp", "x1 x2")
def ldexp(call: ArrayCall) -> Abstract:
    x, n = (numpy_scalar(call.lo, as_array(call, key)) for key in ("x1", "x2"))
    return call.op("array_ldexp", x, n)


@function("nan_to_num", "x | copy nan posinf neginf")
def nan_to_num(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, as_array(call, "x"))
    if not call.static("copy", True):
        return call.fail("np.nan_to_num() with copy=False is not supported", "",  # type: ignore[no-any-return]
                         "write x[:] = np.nan_to_num(x)")
    found = b.op("nan_to_num", x)
    for key, row in (("posinf", "gt"), ("neginf", "lt")):
        if call.has(key):
            side = b.op("and_", b.op("isinf", x), b.op(row, x, b.const(0)))
            found = b.op("where", side, call.value(key), found)
    if call.has("nan"):
        found = b.op("where", b.op("isnan", x), call.value("nan"), found)
    return call.fresh(found)


for _name in ("gcd", "lcm"):

    @function(_name, "x1 x2")
    def divisor(call: ArrayCall) -> Abstract:
        pair = [numpy_scalar(call.lo, as_array(call, key)) for key in ("x1", "x2")]
        return call.op(f"array_{call.name}", *pair)


_BITS: dict[str, type[ast.operator]] = {
    "bitwise_and": ast.BitAnd, "bitwise_or": ast.BitOr, "bitwise_xor": ast.BitXor,
    "left_shift": ast.LShift, "right_shift": ast.RShift,
}  # fmt: skip
for _name in _BITS:

    @function(_name, "x1 x2")
    def bits(call: ArrayCall) -> Abstract:
        pair = [numpy_scalar(call.lo, as_array(call, key)) for key in ("x1", "x2")]
        return arrays.operate(call.lo, _BITS[call.name](), pair[0], pair[1], call.node)


@function("invert bitwise_not", "x")
def invert(call: ArrayCall) -> Abstract:
    return arrays.unary(call.lo, ast.Invert(), numpy_scalar(call.lo, as_array(call, "x")),
                        call.node)


@function("isclose", "a b | rtol atol equal_nan")
def isclose(call: ArrayCall) -> Abstract:
    """Data; of tolerances that are given what NumPy's documentation says."""
    if len(call.given) > 2:
        return call.lo.call(Const(close), [call["a"], call["b"]], call.node,
                            **{k: v for k, v in call.given.items() if k not in ("a", "b")})
    pair = [numpy_scalar(call.lo, array_of_any(call, call[key])) for key in ("a", "b")]
    return call.op("isclose_arrays", *pair)


# -- what a value is -------------------------------------------------------------------------------


@function("isscalar", "element")
def isscalar(call: ArrayCall) -> Abstract:
    x = call["element"]
    number = isinstance(x, Value) and (is_number(x.type) or not dims_of(x.type))
    text = isinstance(x, Const) and isinstance(x.value, str)
    return call.lo.builder.const(bool(number or text))


def _scalar(dtype: str) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        b = call.lo.builder
        x = array_of_any(call, call["x"]) if call.has("x") else b.const(0.0)
        return call.fresh(numpy_scalar(call.lo, b.op("astype", x, dtype=dtype)))

    return lower


for _name, _dtype in (("float64", "f64"), ("double", "f64"), ("float32", "f32"), ("int64", "int"),
                      ("int32", "int"), ("intp", "int"), ("bool_", "bool")):
    function(_name, "| x")(_scalar(_dtype))


@function("scipy.sparse.issparse scipy.sparse.isspmatrix", "x")
def issparse(call: ArrayCall) -> Abstract:
    return call.lo.builder.const(False)


@function("numpy.ma.isMaskedArray numpy.ma.isMA numpy.ma.is_masked", "x")
def is_masked(call: ArrayCall) -> Abstract:
    return call.lo.builder.const(False)


@function("iterable", "y")
def iterable(call: ArrayCall) -> Abstract:
    x = call["y"]
    if isinstance(x, Array):
        return call.lo.builder.const(True)
    known = static_value(x, call.lo)
    assert known is not None
    return call.lo.builder.const(isinstance(x, (Ref, Struct)))
