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
def require(a: Any, dtype: Any = None) -> Any:
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
