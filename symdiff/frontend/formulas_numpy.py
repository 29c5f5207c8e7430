"""Functions of NumPy's in terms of others: elementwise ones, statistics, products.

What they do is what NumPy's documentation says; a parameter that one lacks is refused at the call.
Statements that come from them have the place of the call."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

# -- elementwise -----------------------------------------------------------------------------------


@formula("unwrap")
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 6.283185307179586) -> Any:
    """Whole periods are added, which is a step: the derivative is that of ``p``."""
    p = np.moveaxis(np.asarray(p), axis, -1)
    steps = np.diff(p)
    half = period / 2
    turned = np.mod(steps + half, period) - half
    turned = np.where((turned == -half) & (steps > 0), half, turned)
    least = half if discont is None else max(discont, half)
    moved = np.where(np.abs(steps) < least, 0.0, np.round((turned - steps) / period)) * period
    whole = np.concatenate([np.zeros_like(p[..., :1]), np.cumsum(moved, axis=-1)], axis=-1)
    return np.moveaxis(p + whole, -1, axis)


@formula("round around", method="round")
def round(a: Any, decimals: Any = 0) -> Any:
    """A step: its derivative is zero."""
    a = np.asarray(a)
    if decimals == 0:
        return np.rint(a)
    scale = 10.0 ** abs(decimals)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


@formula("fix")
def fix(x: Any) -> Any:
    return np.trunc(np.asarray(x))


@formula("array_equal")
def array_equal(a1: Any, a2: Any) -> Any:
    a1, a2 = np.asarray(a1), np.asarray(a2)
    if a1.ndim != a2.ndim or a1.shape != a2.shape:
        return False
    return np.all(a1 == a2)


@formula("allclose")
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)
    return np.all(near | (a == b))


def close(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    found = ((np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)) | (a == b)
    return found | (np.isnan(a) & np.isnan(b)) if equal_nan else found


@formula("real_if_close")
def real_if_close(a: Any, tol: Any = 100) -> Any:
    return np.asarray(a)


@formula("ediff1d")
def ediff1d(ary: Any) -> Any:
    return np.diff(np.ravel(ary))


# -- ufuncs over an axis, element after element ----------------------------------------------------


def folded(ufunc: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    x = np.moveaxis(np.asarray(x), axis, 0)
    total = x[0]
    for k in range(1, len(x)):
        total = ufunc(total, x[k])
    return np.expand_dims(total, axis) if keepdims else total


def running(ufunc: Any, x: Any, axis: Any) -> Any:
    x = np.moveaxis(np.asarray(x), axis, 0)
    out = np.zeros_like(x)
    if len(x) > 0:
        out[0] = x[0]
    for k in range(1, len(x)):
        out[k] = ufunc(out[k - 1], x[k])
    return np.moveaxis(out, 0, axis)


def folded_parts(ufunc: Any, x: Any, starts: Any, axis: Any) -> Any:
    """``reduceat``: from each start to the next; a start that is not before the next, itself."""
    x = np.moveaxis(np.asarray(x), axis, 0)
    starts = np.asarray(starts)
    out = x[starts]
    for k in range(len(starts)):
        stop = starts[k + 1] if k + 1 < len(starts) else len(x)
        for j in range(starts[k] + 1, stop):
            out[k] = ufunc(out[k], x[j])
    return np.moveaxis(out, 0, axis)


# -- statistics ------------------------------------------------------------------------------------


@formula("nancumsum")
def nancumsum(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis)


@formula("nancumprod")
def nancumprod(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.cumprod(np.where(np.isnan(a), 1.0, a), axis=axis)


@formula("nanargmax")
def nanargmax(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.argmax(np.where(np.isnan(a), -np.inf, a), axis=axis)


@formula("nanargmin")
def nanargmin(a: Any, axis: Any = None) -> Any:
    a = np.asarray(a)
    return np.argmin(np.where(np.isnan(a), np.inf, a), axis=axis)


@formula("nanquantile")
def nanquantile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """Between the two elements around the place; nan is sorted to the end."""
    a = np.asarray(a)
    if axis is None:
        found = quantile_without_nan(a.ravel(), q, 0)
        return np.reshape(found, (1,) * a.ndim) if keepdims else found[0]
    found = quantile_without_nan(a, q, axis)
    return found if keepdims else np.squeeze(found, axis)


def quantile_without_nan(a: Any, q: Any, axis: Any) -> Any:
    ordered = np.sort(a, axis=axis)
    count = np.sum(~np.isnan(a), axis=axis, keepdims=True)
    place = np.maximum(q * (count - 1), 0.0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below = np.take_along_axis(ordered, low, axis)
    above = np.take_along_axis(ordered, high, axis)
    return below + (place - low) * (above - below)


@formula("nanpercentile")
def nanpercentile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return nanquantile(a, q / 100.0, axis, keepdims=keepdims)


@formula("nanmedian")
def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return nanquantile(a, 0.5, axis, keepdims=keepdims)


def spread_where(a: Any, where: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """The variance of the elements where something holds."""
    a = np.asarray(a)
    where = np.broadcast_to(where, a.shape)
    count = np.sum(where, axis=axis, keepdims=True)
    mean = np.sum(np.where(where, a, 0.0), axis=axis, keepdims=True) / count
    squares = np.where(where, a - mean, 0.0) ** 2
    return np.sum(squares, axis=axis, keepdims=keepdims) / (
        np.sum(where, axis=axis, keepdims=keepdims) - ddof
    )


def weighted_covariance(rows: Any, ddof: Any, fweights: Any, aweights: Any) -> Any:
    """Of variables in rows whose observations count more than once, or more or less."""
    w = np.ones(rows.shape[1])
    if fweights is not None:
        w = w * np.asarray(fweights)
    if aweights is not None:
        w = w * np.asarray(aweights)
    total = np.sum(w)
    centred = rows - ((rows * w).sum(axis=1) / total)[:, None]
    freedom = total
    if ddof != 0:
        more = 1.0 if aweights is None else np.sum(w * np.asarray(aweights)) / total
        freedom = total - ddof * more
    return centred @ (centred * w).T / freedom


# -- products --------------------------------------------------------------------------------------


def contracted(a: Any, b: Any, axis: Any) -> Any:
    """The last axis of the first with an axis of the second, as ``dot`` and ``inner`` do."""
    return np.tensordot(a, b, ((-1,), (axis,)))


@formula("vecdot numpy.linalg.vecdot")
def vecdot(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.sum(np.asarray(x1) * np.asarray(x2), axis=axis)


@formula("matvec")
def matvec(x1: Any, x2: Any) -> Any:
    return (np.asarray(x1) @ np.asarray(x2)[..., None])[..., 0]


@formula("vecmat")
def vecmat(x1: Any, x2: Any) -> Any:
    return (np.asarray(x1)[..., None, :] @ np.asarray(x2))[..., 0, :]


@formula("numpy.linalg.outer")
def outer(x1: Any, x2: Any) -> Any:
    return np.outer(x1, x2)


@formula("numpy.linalg.cross")
def cross(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


@formula("numpy.linalg.diagonal")
def diagonal(x: Any, *, offset: Any = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


@formula("numpy.linalg.trace")
def trace(x: Any, *, offset: Any = 0) -> Any:
    return np.trace(x, offset, -2, -1)


@formula("numpy.linalg.matmul")
def matmul(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2)


@formula("matrix_transpose numpy.linalg.matrix_transpose")
def matrix_transpose(x: Any) -> Any:
    return np.swapaxes(np.asarray(x), -2, -1)


@formula("numpy.linalg.tensordot")
def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes)


@formula("numpy.linalg.tensorsolve")
def tensorsolve(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    found = np.linalg.solve(np.reshape(a, (b.size, b.size)), b.ravel())
    return np.reshape(found, a.shape[b.ndim :])


@formula("numpy.linalg.tensorinv")
def tensorinv(a: Any, ind: Any = 2) -> Any:
    a = np.asarray(a)
    size = 1
    for n in a.shape[:ind]:
        size = size * n
    return np.reshape(np.linalg.inv(np.reshape(a, (size, size))), a.shape[ind:] + a.shape[:ind])


# -- transforms of several axes --------------------------------------------------------------------


@formula("numpy.fft.rfftn scipy.fft.rfftn")
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The real transform along the last axis, then complex ones."""
    axes = tuple(range(a.ndim)) if axes is None else tuple(axes)
    found = np.fft.rfft(a, None if s is None else s[-1], axes[-1], norm)
    for k in range(len(axes) - 1):
        found = np.fft.fft(found, None if s is None else s[k], axes[k], norm)
    return found


@formula("numpy.fft.irfftn scipy.fft.irfftn")
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The inverse: complex transforms, then the real one along the last axis."""
    axes = tuple(range(a.ndim)) if axes is None else tuple(axes)
    for k in range(len(axes) - 1):
        a = np.fft.ifft(a, None if s is None else s[k], axes[k], norm)
    return np.fft.irfft(a, None if s is None else s[-1], axes[-1], norm)


# -- a function along an axis ----------------------------------------------------------------------


@formula("apply_along_axis")
def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = np.moveaxis(np.asarray(arr), axis, -1)
    lines = np.reshape(arr, (-1, arr.shape[-1]))
    found = np.array([func1d(line, *args, **kwargs) for line in lines])
    shape = arr.shape[:-1]
    if found.ndim == 1:
        return np.reshape(found, shape)
    return np.moveaxis(np.reshape(found, shape + found.shape[1:]), -1, axis)


def vectorized(f: Any, *xs: Any) -> Any:
    """A function of numbers at the elements of arrays that broadcast."""
    wide = np.broadcast_arrays(*xs)
    found = np.array([f(*each) for each in zip(*[x.ravel() for x in wide], strict=True)])
    return np.reshape(found, wide[0].shape)


@formula("apply_over_axes")
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    a = np.asarray(a)
    for axis in tuple(axes) if isinstance(axes, (list, tuple)) else (axes,):
        found = func(a, axis)
        a = found if found.ndim == a.ndim else np.expand_dims(found, axis)
    return a
