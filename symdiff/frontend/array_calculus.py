"""NumPy functions of sampled functions and of polynomials: differences, sums, convolutions."""

from __future__ import annotations

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import ArrayCall, function, rank_of
from symdiff.frontend.array_sorting import as_array
from symdiff.frontend.formulas_numpy import weighted_covariance
from symdiff.frontend.formulas_places import end_slopes, extended_diff
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Struct, pack
from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ops.array_build import flipped_along
from symdiff.ops.array_shapes import expand, size_along
from symdiff.ops.array_types import dims_of, dtype_of


def part(b: Builder, x: Value, axis: int, start: int | None, stop: int | None) -> Value:
    """``x[start:stop]`` along an axis."""
    bounds = [b.const(k) for k in (start, stop) if k is not None]
    flags = f"s{int(start is not None)}{int(stop is not None)}0"
    return b.op("index", x, *bounds, spec=(*[":"] * axis, flags))


def _steps(b: Builder, x: Value, axis: int) -> Value:
    return b.sub(part(b, x, axis, 1, None), part(b, x, axis, None, -1))


@function("diff", "a | n axis prepend append")
def diff(call: ArrayCall) -> Abstract:
    if call.has("prepend") or call.has("append"):
        b = call.lo.builder
        given = [call["a"], call.given.get("n", b.const(1)), call.given.get("axis", b.const(-1)),
                 *(call.given.get(key, NONE_CONST) for key in ("prepend", "append"))]
        return call.lo.call(Const(extended_diff), given, call.node)
    x = as_array(call, "a")
    axis = call.axes(len(dims_of(x.type)))[-1:] if call.has("axis") else ()
    for _ in range(call.static("n", 1)):
        x = _steps(call.lo.builder, x, axis[0] if axis else len(dims_of(x.type)) - 1)
    return call.fresh(x)


# -- integrals -------------------------------------------------------------------------------------


@function("trapezoid trapz", "y | x dx axis")
def trapezoid(call: ArrayCall) -> Abstract:
    b, y = call.lo.builder, as_array(call, "y")
    rank = len(dims_of(y.type))
    axis = call.axes(rank)[0] if call.has("axis") else rank - 1
    if call.has("x"):
        x = as_array(call, "x")
        if len(dims_of(x.type)) == 1:
            steps = expand(b, _steps(b, x, 0), [k for k in range(rank) if k != axis])
        else:
            steps = _steps(b, x, axis)
    else:
        steps = call.value("dx") if call.has("dx") else b.const(1.0)
    both = b.add(part(b, y, axis, 1, None), part(b, y, axis, None, -1))
    means = b.div(b.mul(steps, both), b.const(2.0))
    return call.op("sum", means, axes=(axis,), keepdims=False)


# -- derivatives -----------------------------------------------------------------------------------


@function("gradient", "f | s0 s1 s2 axis edge_order")
def gradient(call: ArrayCall) -> Abstract:
    f = as_array(call, "f")
    rank = len(dims_of(f.type))
    axes = call.axes(rank)
    given = [as_array(call, key) for key in ("s0", "s1", "s2") if call.has(key)]
    if len(given) not in (0, 1, len(axes)) or (len(given) == 1 < len(axes)
                                               and dims_of(given[0].type)):
        return call.fail("np.gradient() needs one spacing, or one per axis")  # type: ignore[no-any-return]
    if not given:
        given = [call.lo.builder.const(1.0)]
    spacings = given * len(axes) if len(given) == 1 else given
    order = call.static("edge_order", 1)
    found = [call.fresh(_slopes(call, f, axis, h, order))
             for axis, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else pack(found)


def _slopes(call: ArrayCall, f: Value, axis: int, h: Value, order: int) -> Value:
    """Central differences, at the ends one-sided ones of the given order; of evenly spaced points
    those of unit distance, divided.
    """
    b = call.lo.builder
    if dims_of(h.type):
        ends = None
        if order != 1:
            made = call.lo.call(Const(end_slopes), [f, h, b.const(axis)], call.node)
            assert isinstance(made, Struct)
            ends = [arrays.value_of(call.lo, x, call.node) for x in made.items]
        return _uneven(b, f, axis, h, ends)
    found = b.op("gradient", f, axis=axis, order=order)
    return found if h.is_const(1.0) else b.div(found, h)


def _uneven(b: Builder, f: Value, axis: int, x: Value, ends: list[Value] | None) -> Value:
    """Second order between points of any distance."""
    rank = len(dims_of(f.type))
    others = [k for k in range(rank) if k != axis]
    steps = expand(b, _steps(b, x, 0), others)
    before, after = part(b, steps, axis, None, -1), part(b, steps, axis, 1, None)
    slopes = b.div(_steps(b, f, axis), steps)
    low, high = part(b, slopes, axis, None, -1), part(b, slopes, axis, 1, None)
    middle = b.div(b.add(b.mul(after, low), b.mul(before, high)), b.add(before, after))
    if ends is None:
        ends = [part(b, slopes, axis, *cut) for cut in ((None, 1), (-1, None))]
    return b.op("concatenate", ends[0], middle, ends[1], axis=axis)


# -- convolutions ----------------------------------------------------------------------------------

_MODES = {0: "valid", 1: "same", 2: "full"}


def _mode(call: ArrayCall, default: str) -> str:
    given = call.static("mode", default)
    found = _MODES.get(given, given)
    if found not in _MODES.values():
        call.fail(f"np.{call.name}() with mode={given!r} is not supported", "",
                  "use 'full', 'same' or 'valid'")
    return str(found)


def _line(call: ArrayCall, key: str) -> Value:
    x = as_array(call, key)
    if len(dims_of(x.type)) != 1:
        call.fail(f"np.{call.name}() is of arrays of one dimension", "", "loop over the rows")
    return x


@function("convolve", "a v | mode")
def convolve(call: ArrayCall) -> Abstract:
    return call.op("convolve", _line(call, "a"), _line(call, "v"), mode=_mode(call, "full"))


@function("correlate", "a v | mode")
def correlate(call: ArrayCall) -> Abstract:
    """The convolution with the second one turned round."""
    b, x, y = call.lo.builder, _line(call, "a"), _line(call, "v")
    return call.op("convolve", x, flipped_along(b, y, 0), mode=_mode(call, "valid"))


# -- polynomials -----------------------------------------------------------------------------------


@function("polyval", "p x")
def polyval(call: ArrayCall) -> Abstract:
    return call.op("polyval", as_array(call, "p"), as_array(call, "x"))


@function("polyfit", "x y deg | rcond full w cov")
def polyfit(call: ArrayCall) -> Abstract:
    return call.fail("np.polyfit() is not supported", "it scales the problem on the way",  # type: ignore[no-any-return]
                     "write np.linalg.lstsq(np.vander(x, deg + 1), y, rcond=None)[0]")


@function("vander", "x | N increasing")
def vander(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, _line(call, "x")
    n = arrays.as_int(call.lo, call.value("N")) if call.has("N") else size_along(b, x, 0)
    one = b.const(1)
    if call.static("increasing", False):
        powers = b.op("arange", b.const(0), n, one)
    else:
        powers = b.op("arange", b.sub(n, one), b.const(-1), b.const(-1))
    return call.op("pow", expand(b, x, [1]), powers)


# -- statistics of several variables ---------------------------------------------------------------


def _covariance(call: ArrayCall, key: str) -> Value:
    b, x = call.lo.builder, as_array(call, key)
    rank = len(dims_of(x.type))
    if rank > 2 or (rank == 0):
        call.fail(f"np.{call.name}() of {rank} dimensions", "", "pass a matrix")
    by_rows = bool(call.static("rowvar", True))
    parts = [_variables(b, x, by_rows)]
    if call.has("y"):
        parts.append(_variables(b, as_array(call, "y"), by_rows))
    rows = parts[0] if len(parts) == 1 else b.op("concatenate", *parts, axis=0)
    ddof = call.static("ddof")
    if ddof is None:
        ddof = 0 if call.static("bias", False) else 1
    if call.has("fweights") or call.has("aweights"):
        given = [rows, b.const(ddof), *(call.given.get(key, NONE_CONST)
                                        for key in ("fweights", "aweights"))]
        made = call.lo.call(Const(weighted_covariance), given, call.node)
        return arrays.value_of(call.lo, made, call.node)
    centred = b.sub(rows, b.op("mean", rows, axes=(1,), keepdims=True))
    count = size_along(b, rows, 1)
    count = b.sub(count, b.const(ddof)) if ddof else count
    return b.div(b.op("matmul", centred, b.op("transpose", centred, axes=(1, 0))), count)


def _variables(b: Builder, x: Value, by_rows: bool) -> Value:
    """A row per variable."""
    if len(dims_of(x.type)) == 1:
        return expand(b, x, [0])
    return x if by_rows else b.op("transpose", x, axes=(1, 0))


def _single(call: ArrayCall, key: str) -> bool:
    return rank_of(call, key) == 1 and not call.has("y")


@function("cov", "m | y rowvar bias ddof fweights aweights")
def cov(call: ArrayCall) -> Abstract:
    found = _covariance(call, "m")
    if _single(call, "m"):
        found = call.lo.builder.op("index", found, *[call.lo.builder.const(0)] * 2,
                                   spec=("i", "i"))
    return call.fresh(found)


@function("corrcoef", "x | y rowvar")
def corrcoef(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    c = _covariance(call, "x")
    if _single(call, "x"):
        return call.fresh(b.div(b.op("index", c, b.const(0), b.const(0), spec=("i", "i")),
                                b.op("index", c, b.const(0), b.const(0), spec=("i", "i"))))
    width = b.op("sqrt", b.op("diagonal", c, k=0))
    return call.fresh(b.div(b.div(c, expand(b, width, [1])), width))


# -- reductions that leave out nan -----------------------------------------------------------------


def _without_nan(call: ArrayCall, fill: float) -> tuple[Value, Value]:
    """(the array with nan replaced, where it is a number)."""
    b, x = call.lo.builder, as_array(call, "a")
    if dtype_of(x.type) not in ("f64", "f32"):
        x = b.op("astype", x, dtype="f64")
    gone = b.op("isnan", x)
    return b.op("where", gone, b.const(fill), x), b.op("not", gone)


def _reduced(call: ArrayCall, row: str, x: Value) -> Value:
    return call.lo.builder.op(row, x, axes=call.axes(len(dims_of(x.type))),
                              keepdims=bool(call.static("keepdims", False)))


for _name, _row, _fill in (("nansum", "sum", 0.0), ("nanprod", "prod", 1.0)):

    @function(_name, "a | axis dtype out keepdims")
    def nan_total(call: ArrayCall, row: str = _row, fill: float = _fill) -> Abstract:
        return call.fresh(_reduced(call, row, _without_nan(call, fill)[0]))


for _name, _row in (("nanmax", "amax"), ("nanmin", "amin")):

    @function(_name, "a | axis out keepdims")
    def nan_extremum(call: ArrayCall, row: str = _row) -> Abstract:
        """nan where there is no number at all."""
        b = call.lo.builder
        x, numbers = _without_nan(call, float("-inf") if row == "amax" else float("inf"))
        some = _reduced(call, "array_any", numbers)
        return call.fresh(b.op("where", some, _reduced(call, row, x), b.const(float("nan"))))


@function("nanmean", "a | axis dtype out keepdims")
def nanmean(call: ArrayCall) -> Abstract:
    x, numbers = _without_nan(call, 0.0)
    total, count = _reduced(call, "sum", x), _reduced(call, "sum", numbers)
    return call.fresh(call.lo.builder.div(total, count))


def _nan_variance(call: ArrayCall) -> Value:
    b = call.lo.builder
    x, numbers = _without_nan(call, 0.0)
    axes = call.axes(len(dims_of(x.type)))
    count = b.op("sum", numbers, axes=axes, keepdims=True)
    mean = b.div(b.op("sum", x, axes=axes, keepdims=True), count)
    centred = b.op("where", numbers, b.sub(x, mean), b.const(0.0))
    total = _reduced(call, "sum", b.op("pow", centred, b.const(2)))
    freedom = b.sub(_reduced(call, "sum", numbers), b.const(call.static("ddof", 0)))
    return b.div(total, freedom)


@function("nanvar", "a | axis dtype out ddof keepdims")
def nanvar(call: ArrayCall) -> Abstract:
    return call.fresh(_nan_variance(call))


@function("nanstd", "a | axis dtype out ddof keepdims")
def nanstd(call: ArrayCall) -> Abstract:
    return call.fresh(call.lo.builder.op("sqrt", _nan_variance(call)))
