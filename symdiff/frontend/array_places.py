"""NumPy functions about places: where something holds, triangles, and writes at places."""

from __future__ import annotations

from symdiff.errors import TypeMismatch
from symdiff.frontend import arrays, storage
from symdiff.frontend.array_calls import ArrayCall, function, numpy_scalar, rank_of
from symdiff.frontend.array_moves import as_array
from symdiff.frontend.array_pieces import along_axis
from symdiff.frontend.values import NONE_CONST, Abstract, Array, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import reshape, size_along
from symdiff.ops.array_types import dims_of, dtype_of

# -- where something holds -------------------------------------------------------------------------


def places_where(call: ArrayCall, x: Value) -> list[Abstract]:
    """Index arrays, one per axis."""
    b, rank = call.lo.builder, len(dims_of(x.type))
    if not rank:
        call.fail(f"{call.name}() of a number", "it has no places", "write an if")
    mask = x if dtype_of(x.type) == "bool" else b.op("ne", x, b.const(0))
    return [call.fresh(b.op("nonzero", mask, axis=k)) for k in range(rank)]


@function("nonzero", "a", method="nonzero")
def nonzero(call: ArrayCall) -> Abstract:
    return pack(places_where(call, as_array(call, "a")))


@function("flatnonzero", "a")
def flatnonzero(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    return places_where(call, reshape(b, as_array(call, "a"), [b.const(-1)]))[0]


def _triangle(call: ArrayCall, n: Value, m: Value, name: str) -> Abstract:
    k = call.static("k", 0)
    b = call.lo.builder
    return pack([call.fresh(b.op("triangle_places", n, m, k=k, axis=axis, side=name))
                 for axis in (0, 1)])


for _name in ("tril", "triu"):

    @function(f"{_name}_indices", "n | k m")
    def triangle_indices(call: ArrayCall) -> Abstract:
        n = arrays.as_int(call.lo, call.value("n"))
        m = arrays.as_int(call.lo, call.value("m")) if call.has("m") else n
        return _triangle(call, n, m, call.name[:4])

    @function(f"{_name}_indices_from", "arr | k")
    def triangle_indices_from(call: ArrayCall) -> Abstract:
        x = call.value("arr")
        n, m = (size_along(call.lo.builder, x, k) for k in (0, 1))
        return _triangle(call, n, m, call.name[:4])


def _counted(call: ArrayCall, n: Value) -> Value:
    b = call.lo.builder
    return b.op("arange", b.const(0), n, b.const(1))


@function("diag_indices", "n | ndim")
def diag_indices(call: ArrayCall) -> Abstract:
    line = _counted(call, arrays.as_int(call.lo, call.value("n")))
    return pack([call.fresh(line) for _ in range(call.static("ndim", 2))])


@function("diag_indices_from", "arr")
def diag_indices_from(call: ArrayCall) -> Abstract:
    x = call.value("arr")
    line = _counted(call, size_along(call.lo.builder, x, 0))
    return pack([call.fresh(line) for _ in dims_of(x.type)])


# -- nodes of quadrature ---------------------------------------------------------------------------

for _name in ("legendre.leggauss", "hermite.hermgauss", "hermite_e.hermegauss",
              "laguerre.laggauss", "chebyshev.chebgauss"):

    @function(f"numpy.polynomial.{_name}", "deg")
    def nodes(call: ArrayCall) -> Abstract:
        b, n = call.lo.builder, arrays.as_int(call.lo, call.value("deg"))
        rule = call.name.removeprefix("polynomial.")
        pair = b.op("quadrature", n, rule=rule)
        return pack([call.op(f"quadrature_{part}", n, pair, rule=rule)
                     for part in ("points", "weights")])


# -- writes at places ------------------------------------------------------------------------------


def written(call: ArrayCall, key: str) -> Array:
    """The array that the call changes."""
    x = call[key]
    if isinstance(x, Array):
        return x
    call.lo.fail(TypeMismatch, call.node, f"{call.name}() changes an array", "this is none",
                 "pass an array")


@function("fill_diagonal", "a val | wrap")
def fill_diagonal(call: ArrayCall) -> Abstract:
    x, b = written(call, "a"), call.lo.builder
    value = call.value("a")
    if len(dims_of(value.type)) != 2 or call.static("wrap", False):
        return call.fail("np.fill_diagonal() is supported for matrices, without wrap")  # type: ignore[no-any-return]
    n, m = (size_along(b, value, k) for k in (0, 1))
    line = _counted(call, n if n is m else b.op("min", n, m))
    new = as_array(call, "val")
    if dims_of(new.type) not in ("", "1") and n is not m:
        return call.fail("np.fill_diagonal() of an array", "NumPy repeats or cuts it",  # type: ignore[no-any-return]
                         "index with np.arange(n), np.arange(n)")
    part = storage.view(x, "index", (line, line), spec=("a", "a"))
    storage.write(call.lo, part, new, call.node)
    return NONE_CONST


@function("numpy.ndarray.fill", "a value", method="fill")
def fill(call: ArrayCall) -> Abstract:
    storage.write(call.lo, written(call, "a"), call.value("value"), call.node)
    return NONE_CONST


@function("copyto", "dst src | where casting")
def copyto(call: ArrayCall) -> Abstract:
    x, new = written(call, "dst"), as_array(call, "src")
    if call.has("where"):
        new = call.lo.builder.op("where", call.value("where"), new, call.value("dst"))
    storage.write(call.lo, x, new, call.node)
    return NONE_CONST


def _put_where(call: ArrayCall, key: str, by_place: bool) -> Abstract:
    """``putmask`` takes the values of the same places, ``place`` one value only."""
    x, b = written(call, key), call.lo.builder
    mask, new = as_array(call, "mask"), as_array(call, "values")
    if dtype_of(mask.type) != "bool":
        mask = b.op("ne", mask, b.const(0))
    sizes = dims_of(new.type)
    whole = call.value(key)
    if sizes.strip("1") and not (by_place and len(sizes) == len(dims_of(whole.type))):
        return call.fail(f"{call.name}() with values that NumPy repeats is not supported", "",  # type: ignore[no-any-return]
                         "write x[mask] = values")
    if not dims_of(new.type):
        part = storage.view(x, "index", (mask,), spec=("m",))
        storage.write(call.lo, part, new, call.node)
    else:
        storage.write(call.lo, x, b.op("where", mask, new, whole), call.node)
    return NONE_CONST


@function("putmask", "a mask values")
def putmask(call: ArrayCall) -> Abstract:
    return _put_where(call, "a", True)


@function("numpy.place", "arr mask vals")
def place(call: ArrayCall) -> Abstract:
    call.given = {**call.given, "values": call.given["vals"]}
    return _put_where(call, "arr", False)


@function("put", "a ind v | mode", method="put")
def put(call: ArrayCall) -> Abstract:
    x, at = written(call, "a"), as_array(call, "ind")
    if call.static("mode", "raise") != "raise" or rank_of(call, "a") != 1:
        return call.fail("np.put() is supported for arrays of one dimension", "",  # type: ignore[no-any-return]
                         "write x[indices] = values")
    new = as_array(call, "v")
    spec, where = ("a",), at if dims_of(at.type) else arrays.as_int(call.lo, at)
    part = storage.view(x, "index", (where,), spec=spec if dims_of(at.type) else ("i",))
    storage.write(call.lo, part, new, call.node)
    return NONE_CONST


@function("put_along_axis", "arr indices values axis")
def put_along_axis(call: ArrayCall) -> Abstract:
    x, at, new = written(call, "arr"), as_array(call, "indices"), as_array(call, "values")
    whole = call.value("arr")
    places = tuple(along_axis(call, whole, at, call.static("axis")))
    part = storage.view(x, "index", places, spec=("a",) * len(places))
    storage.write(call.lo, part, new, call.node)
    return NONE_CONST


# -- elements --------------------------------------------------------------------------------------


@function("numpy.ndarray.item", "*xs", method="item")
def item(call: ArrayCall) -> Abstract:
    lo, b = call.lo, call.lo.builder
    x = arrays.value_of(lo, call.rest[0], call.node)
    at = [arrays.as_int(lo, arrays.value_of(lo, i, call.node)) for i in call.rest[1:]]
    if dims_of(x.type):
        if len(at) != len(dims_of(x.type)):
            x, at = reshape(b, x, [b.const(-1)]), at or [b.const(0)]
        x = b.op("index", x, *at, spec=("i",) * len(at))
    return arrays.number(lo, numpy_scalar(lo, x))
