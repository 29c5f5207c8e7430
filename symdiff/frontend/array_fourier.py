"""``numpy.fft``, and the functions of real and complex arrays that go with it."""

from __future__ import annotations

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import FUNCTIONS, ArrayCall, function, numpy_scalar
from symdiff.frontend.complexes import as_parts, complex_of, stretched
from symdiff.frontend.values import Abstract
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import letters, size_along
from symdiff.ops.array_types import dims_of, dtype_of, normal_axes
from symdiff.records import replace

# -- parts -----------------------------------------------------------------------------------------


@function("real", "val")
def real(call: ArrayCall) -> Abstract:
    return call["val"]


@function("imag", "val")
def imag(call: ArrayCall) -> Abstract:
    x = numpy_scalar(call.lo, call.value("val"))
    b = call.lo.builder
    return call.op("full_like", x, b.const(0.0)) if dims_of(x.type) else call.fresh(
        b.op("mul", x, b.const(0.0)))


@function("conj conjugate", "x")
def conj(call: ArrayCall) -> Abstract:
    return call.fresh(call.value("x"))


@function("numpy.ndarray.conj", "x", method="conj conjugate")
def conj_method(call: ArrayCall) -> Abstract:
    return call["x"]  # of a real array NumPy's method gives the array itself


@function("angle", "z")
def angle(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("z"))
    return call.op("atan2", b.const(0.0), x)


# -- transforms ------------------------------------------------------------------------------------


def _norm(call: ArrayCall) -> str:
    found = call.static("norm") or "backward"
    if found not in ("backward", "ortho", "forward"):
        call.fail(f"np.{call.name}() with norm={found!r}", "there is no such one")
    return str(found)


def _fitted(call: ArrayCall, x: Value, axis: int, n: Value) -> Value:
    """``x`` cut off or filled up with zeros to ``n`` elements along an axis."""
    b = call.lo.builder
    size = size_along(b, x, axis)
    if n is size or (n.is_const() and size.is_const() and n.constant == size.constant):
        return x
    lead = [":"] * axis
    sizes = [size_along(b, x, k) for k in range(len(dims_of(x.type)))]
    sizes[axis] = n
    zeros = b.op("full", b.const(0.0), *sizes, dtype=dtype_of(x.type), dims=letters(sizes))
    kept = b.op("index", x, n, spec=(*lead, "s010"))
    return b.op("set_index", zeros, kept, b.op("min", n, size), spec=(*lead, "s010"))


def _given(call: ArrayCall, axis: int, size: Value | None) -> Value:
    """A complex or real argument as one graph value, of a size along an axis."""
    b, (re, im) = call.lo.builder, as_parts(call, "a")
    if im.is_const(0):
        x = numpy_scalar(call.lo, re)
        x = x if dtype_of(x.type) in ("f64", "f32") else b.op("astype", x, dtype="f64")
        return x if size is None else _fitted(call, x, axis, size)
    if size is not None:
        re, im = (_fitted(call, p, axis, size) for p in stretched(call.lo, (re, im)))
    return b.op("complex", re, im)


def _rank(call: ArrayCall) -> int:
    return max(len(dims_of(p.type)) for p in as_parts(call, "a"))


def _size(call: ArrayCall, key: str = "n") -> Value | None:
    return arrays.as_int(call.lo, call.value(key)) if call.has(key) else None


def _complex(call: ArrayCall, z: Value) -> Abstract:
    b = call.lo.builder
    return complex_of(call.lo, b.op("real_of", z), b.op("imag_of", z))


def _axis(call: ArrayCall) -> int:
    return normal_axes(call.static("axis", -1), _rank(call))[0]


for _name in ("fft", "ifft"):

    @function(f"numpy.fft.{_name}", "a | n axis norm")
    def fft(call: ArrayCall) -> Abstract:
        axis = _axis(call)
        z = _given(call, axis, _size(call))
        return _complex(call, call.lo.builder.op("fft", z, axes=(axis,), norm=_norm(call),
                                                 inverse=call.name == "fft.ifft"))


for _name, _axes in (("fft2", (-2, -1)), ("ifft2", (-2, -1)), ("fftn", None), ("ifftn", None)):

    @function(f"numpy.fft.{_name}", "a | s axes norm")
    def fftn(call: ArrayCall, default: tuple[int, ...] | None = _axes) -> Abstract:
        if call.has("s"):
            return call.fail(f"np.{call.name}() with s= is not supported", "", "cut or pad first")  # type: ignore[no-any-return]
        axes = normal_axes(call.static("axes", default), _rank(call))
        return _complex(call, call.lo.builder.op(
            "fft", _given(call, axes[0], None), axes=axes, norm=_norm(call),
            inverse=call.name.startswith("fft.i")))


@function("numpy.fft.rfft", "a | n axis norm")
def rfft(call: ArrayCall) -> Abstract:
    axis = _axis(call)
    x = _given(call, axis, _size(call))
    return _complex(call, call.lo.builder.op("rfft", x, axis=axis, norm=_norm(call)))


@function("numpy.fft.irfft", "a | n axis norm")
def irfft(call: ArrayCall) -> Abstract:
    b, axis, n = call.lo.builder, _axis(call), _size(call)
    z = _given(call, axis, None)
    if n is None:
        n = b.mul(b.const(2), b.sub(size_along(b, z, axis), b.const(1)))
    return call.op("irfft", z, n, axis=axis, norm=_norm(call))


@function("numpy.fft.rfft2", "a | s axes norm")
def rfft2(call: ArrayCall) -> Abstract:
    """Of the real array along the last axis, of the result along the one before."""
    _plain(call)
    b, rank, norm = call.lo.builder, _rank(call), _norm(call)
    half = b.op("rfft", _given(call, rank - 1, None), axis=rank - 1, norm=norm)
    return _complex(call, b.op("fft", half, axes=(rank - 2,), norm=norm, inverse=False))


@function("numpy.fft.irfft2", "a | s axes norm")
def irfft2(call: ArrayCall) -> Abstract:
    _plain(call)
    b, rank, norm = call.lo.builder, _rank(call), _norm(call)
    z = b.op("fft", _given(call, rank - 2, None), axes=(rank - 2,), norm=norm, inverse=True)
    n = b.mul(b.const(2), b.sub(size_along(b, z, rank - 1), b.const(1)))
    return call.op("irfft", z, n, axis=rank - 1, norm=norm)


def _plain(call: ArrayCall) -> None:
    for key in ("s", "axes"):
        if call.has(key):
            call.fail(f"np.{call.name}() with {key}= is not supported", "",
                      "use the functions of one axis")


# -- shifts and frequencies ------------------------------------------------------------------------


for _name in ("fftshift", "ifftshift"):

    @function(f"numpy.fft.{_name}", "x | axes")
    def shift(call: ArrayCall) -> Abstract:
        b, x = call.lo.builder, call.value("x")
        for axis in call.axes(len(dims_of(x.type)), "axes"):
            size = size_along(b, x, axis)
            half = b.op("floordiv", size, b.const(2))
            by = half if call.name == "fft.fftshift" else b.neg(half)
            x = b.op("roll", x, by, axis=axis)
        return call.fresh(x)


for _name in ("fftfreq", "rfftfreq"):

    @function(f"numpy.fft.{_name}", "n | d")
    def frequencies(call: ArrayCall) -> Abstract:
        b = call.lo.builder
        n = arrays.as_int(call.lo, call.value("n"))
        d = call.value("d") if call.has("d") else b.const(1.0)
        row = call.name.removeprefix("fft.")
        if d.is_const():
            return call.op(row, n, d)
        return call.fresh(b.div(b.op(row, n, b.const(1.0)), d))


# -- scipy.fft -------------------------------------------------------------------------------------

for _dotted in [name for name in FUNCTIONS if name.startswith("numpy.fft.")]:
    _entry = FUNCTIONS[_dotted]
    _more = ("overwrite_x", "workers") if "norm" in _entry.parameters else ()
    FUNCTIONS[f"scipy.fft.{_dotted.rpartition('.')[2]}"] = replace(
        _entry, parameters=(*_entry.parameters, *_more)
    )
