"""Functions of NumPy's about places and shapes in terms of others: see ``formulas_numpy``."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"


@formula("argwhere")
def argwhere(a: Any) -> Any:
    return np.stack(np.nonzero(np.asarray(a)), axis=-1)


@formula("extract")
def extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.ravel(condition) != 0]


@formula("compress")
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """A condition that is shorter than the axis picks among the first."""
    a = np.asarray(a)
    at = np.flatnonzero(np.asarray(condition))
    return np.take(a, at, axis=axis)


@formula("", method="compress")
def compressed(a: Any, condition: Any, axis: Any = None) -> Any:
    return compress(condition, a, axis)


@formula("indices")
def indices(dimensions: Any) -> Any:
    lines = [np.arange(n) for n in dimensions]
    return np.stack(np.meshgrid(*lines, indexing="ij"))


@formula("fromfunction")
def fromfunction(function: Any, shape: Any) -> Any:
    lines = [np.arange(n) * 1.0 for n in shape]
    return function(*np.meshgrid(*lines, indexing="ij"))


@formula("fromiter")
def fromiter(iter: Any, dtype: Any) -> Any:
    return np.array(list(iter), dtype)


@formula("ravel_multi_index")
def ravel_multi_index(multi_index: Any, dims: Any) -> Any:
    at = 0
    for k, n in zip(tuple(multi_index), tuple(dims), strict=True):
        at = at * n + k
    return at


@formula("resize")
def resize(a: Any, new_shape: Any) -> Any:
    """The elements over and over."""
    a = np.ravel(a)
    size = 1
    for n in new_shape if isinstance(new_shape, (list, tuple)) else (new_shape,):
        size = size * n
    return np.reshape(a[np.arange(size) % a.size], new_shape)


@formula("row_stack")
def row_stack(tup: Any) -> Any:
    return np.vstack(tup)


@formula("require asfortranarray")
def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """How an array lies in memory changes no number."""
    return np.asarray(a) if dtype is None else np.asarray(a, dtype)


@formula("astype")
def astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


@formula("isin in1d")
def isin(element: Any, test_elements: Any, *, invert: Any = False) -> Any:
    element = np.asarray(element)
    found = (element[..., None] == np.asarray(test_elements).ravel()).any(axis=-1)
    return ~found if invert else found


@formula("cumulative_sum")
def cumulative_sum(x: Any, *, axis: Any = None, include_initial: Any = False) -> Any:
    found = np.cumsum(x, axis=axis)
    if not include_initial:
        return found
    first = np.take(np.zeros_like(found), np.arange(1) * 0, axis=0 if axis is None else axis)
    return np.concatenate([first, found], axis=0 if axis is None else axis)


@formula("cumulative_prod")
def cumulative_prod(x: Any, *, axis: Any = None, include_initial: Any = False) -> Any:
    found = np.cumprod(x, axis=axis)
    if not include_initial:
        return found
    first = np.take(np.ones_like(found), np.arange(1) * 0, axis=0 if axis is None else axis)
    return np.concatenate([first, found], axis=0 if axis is None else axis)


@formula("histogram_bin_edges")
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None) -> Any:
    return np.histogram(a, bins, range)[1]


def per_width(counts: Any, edges: Any) -> Any:
    """A histogram as a density."""
    return counts / np.diff(edges) / np.sum(counts), edges


def periodic(x: Any, xp: Any, fp: Any, period: Any) -> Any:
    """Interpolation between points that come again after each period."""
    xp = np.asarray(xp) % period
    order = np.argsort(xp)
    xp, fp = xp[order], np.asarray(fp)[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return np.interp(np.asarray(x) % period, xp, np.concatenate([fp[-1:], fp, fp[:1]]))


def inserted(arr: Any, at: Any, values: Any, axis: Any) -> Any:
    """Each place counts in the array as it was; values of one place keep their order."""
    arr = np.asarray(arr)
    if axis is None:
        arr = arr.ravel()
    axis = 0 if axis is None else axis
    n, at = arr.shape[axis], np.asarray(at)
    if at.dtype == bool:
        at = np.flatnonzero(at)
    if (at > n).any() or (at < -n).any():
        raise IndexError("index is out of bounds")
    many = len(at)
    order = np.argsort(np.where(at < 0, at + n, at), kind="stable")
    places = np.where(at < 0, at + n, at)
    places[order] += np.arange(many)
    kept = np.ones(n + many, bool)
    kept[places] = False
    source = np.cumsum(kept) - 1
    source[places] = n + np.arange(many)
    arr = np.moveaxis(arr, axis, 0)
    values = np.moveaxis(np.array(values, ndmin=arr.ndim), axis, 0)
    values = np.broadcast_to(values, (many, *arr.shape[1:]))
    return np.moveaxis(np.concatenate([arr, values])[source], 0, axis)


def extended_diff(a: Any, n: Any, axis: Any, prepend: Any, append: Any) -> Any:
    """Differences with values put before and behind."""
    a = np.moveaxis(np.asarray(a), axis, -1)
    if prepend is not None:
        a = np.concatenate([end(prepend, a, axis), a], axis=-1)
    if append is not None:
        a = np.concatenate([a, end(append, a, axis)], axis=-1)
    return np.moveaxis(np.diff(a, n), -1, axis)


def end(x: Any, a: Any, axis: Any) -> Any:
    x = np.asarray(x)
    return np.broadcast_to(x, (*a.shape[:-1], 1)) if x.ndim == 0 else np.moveaxis(x, axis, -1)


def end_slopes(f: Any, x: Any, axis: Any) -> Any:
    """Second-order slopes at the two ends of uneven points: those of the parabolas there."""
    f = np.moveaxis(f, axis, -1)
    h, k = x[1] - x[0], x[2] - x[1]
    first = (
        -(2 * h + k) / (h * (h + k)) * f[..., :1]
        + (h + k) / (h * k) * f[..., 1:2]
        - h / (k * (h + k)) * f[..., 2:3]
    )
    h, k = x[-2] - x[-3], x[-1] - x[-2]
    last = (
        k / (h * (h + k)) * f[..., -3:-2]
        - (h + k) / (h * k) * f[..., -2:-1]
        + (2 * k + h) / (k * (h + k)) * f[..., -1:]
    )
    return np.moveaxis(first, -1, axis), np.moveaxis(last, -1, axis)


# -- windows: formulas of NumPy's documentation ----------------------------------------------------


def symmetric(m: Any) -> Any:
    return np.arange(1 - m, m, 2)


@formula("hanning")
def hanning(M: Any) -> Any:
    return np.ones(M) if M == 1 else 0.5 + 0.5 * np.cos(np.pi * symmetric(M) / (M - 1))


@formula("hamming")
def hamming(M: Any) -> Any:
    return np.ones(M) if M == 1 else 0.54 + 0.46 * np.cos(np.pi * symmetric(M) / (M - 1))


@formula("blackman")
def blackman(M: Any) -> Any:
    if M == 1:
        return np.ones(M)
    n = np.pi * symmetric(M) / (M - 1)
    return 0.42 + 0.5 * np.cos(n) + 0.08 * np.cos(2.0 * n)


@formula("bartlett")
def bartlett(M: Any) -> Any:
    if M == 1:
        return np.ones(M)
    n = symmetric(M)
    return np.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1))


@formula("kaiser")
def kaiser(M: Any, beta: Any) -> Any:
    if M == 1:
        return np.ones(M)
    n = np.arange(0, M) * 1.0
    alpha = (M - 1) / 2.0
    inside = np.sqrt(np.maximum(1.0 - ((n - alpha) / alpha) ** 2.0, 0.0))
    return np.i0(beta * inside) / np.i0(beta)


# -- the array API standard's writes ------------------------------------------------


class At:
    """``at(x)[index].set(y)``: ``x`` with a part changed, in its place as NumPy's arrays are."""

    def __init__(self, x: Any, idx: Any = None) -> None:
        self.x = x
        self.idx = idx

    def __getitem__(self, idx: Any) -> At:
        return At(self.x, idx)

    def set(self, y: Any, copy: Any = None, xp: Any = None) -> Any:
        x = np.asarray(self.x)
        if x.ndim == 0:
            return np.where(self.idx, y, x)
        x[self.idx] = y
        return x

    def add(self, y: Any, copy: Any = None, xp: Any = None) -> Any:
        return self.set(np.asarray(self.x)[self.idx] + y)

    def subtract(self, y: Any, copy: Any = None, xp: Any = None) -> Any:
        return self.set(np.asarray(self.x)[self.idx] - y)

    def multiply(self, y: Any, copy: Any = None, xp: Any = None) -> Any:
        return self.set(np.asarray(self.x)[self.idx] * y)

    def divide(self, y: Any, copy: Any = None, xp: Any = None) -> Any:
        return self.set(np.asarray(self.x)[self.idx] / y)
