"""Functions of SciPy's in terms of NumPy's: see ``formulas_numpy``. SciPy is not needed here."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

# -- scipy.linalg ----------------------------------------------------------------------------------


@formula("scipy.linalg.toeplitz")
def toeplitz(c: Any, r: Any = None) -> Any:
    c = np.ravel(c)
    r = c if r is None else np.ravel(r)
    line = np.concatenate([c[::-1], r[1:]])
    return line[np.arange(len(c) - 1, -1, -1)[:, None] + np.arange(len(r))]


@formula("scipy.linalg.hankel")
def hankel(c: Any, r: Any = None) -> Any:
    c = np.ravel(c)
    r = np.zeros_like(c) if r is None else np.ravel(r)
    line = np.concatenate([c, r[1:]])
    return line[np.arange(len(c))[:, None] + np.arange(len(r))]


@formula("scipy.linalg.circulant")
def circulant(c: Any) -> Any:
    c = np.asarray(c)
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


@formula("scipy.linalg.companion")
def companion(a: Any) -> Any:
    a = np.asarray(a)
    n = len(a) - 1
    found = np.eye(n, k=-1)
    found[0] = -a[1:] / a[0]
    return found


@formula("scipy.linalg.khatri_rao")
def khatri_rao(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    return np.reshape(a[:, None, :] * b[None, :, :], (len(a) * len(b), a.shape[1]))


# -- scipy.signal ----------------------------------------------------------------------------------


@formula("scipy.signal.convolve scipy.signal.fftconvolve scipy.signal.oaconvolve")
def convolve(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """In one dimension; ``same`` is of the size of the first, cut from the middle."""
    in1, in2 = np.asarray(in1), np.asarray(in2)
    if in1.ndim == 2 and in2.ndim == 2:
        return convolve2d(in1, in2, mode)
    whole = np.convolve(in1, in2, "valid" if mode == "valid" else "full")
    if mode != "same":
        return whole
    start = (len(in2) - 1) // 2
    return whole[start : start + len(in1)]


@formula("scipy.signal.correlate")
def correlate(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    in2 = np.asarray(in2)
    return convolve(in1, in2[::-1, ::-1] if in2.ndim == 2 else in2[::-1], mode)


@formula("scipy.signal.convolve2d")
def convolve2d(in1: Any, in2: Any, mode: Any = "full") -> Any:
    """A shifted copy of the first for every element of the second."""
    in1, in2 = np.asarray(in1), np.asarray(in2)
    (m, n), (p, q) = in1.shape, in2.shape
    whole = np.zeros((m + p - 1, n + q - 1))
    for i in range(p):
        for j in range(q):
            whole[i : i + m, j : j + n] += in2[i, j] * in1
    if mode == "full":
        return whole
    if mode == "same":
        top, left = (p - 1) // 2, (q - 1) // 2
        return whole[top : top + m, left : left + n]
    inside = m >= p and n >= q
    return whole[p - 1 : m, q - 1 : n] if inside else whole[m - 1 : p, n - 1 : q]


@formula("scipy.signal.lfilter")
def lfilter(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """``a[0]*y[n]`` is the sum of ``b[k]*x[n - k]`` less ``a[k]*y[n - k]`` for ``k`` from 1."""
    if zi is not None:
        return from_state(b, a, x, axis, zi)
    b, a = np.atleast_1d(b) / np.atleast_1d(a)[0], np.atleast_1d(a) / np.atleast_1d(a)[0]
    x = np.moveaxis(np.asarray(x), axis, 0)
    y = np.zeros(x.shape)
    for n in range(len(x)):
        total = b[0] * x[n]
        for k in range(1, min(n, len(b) - 1) + 1):
            total = total + b[k] * x[n - k]
        for k in range(1, min(n, len(a) - 1) + 1):
            total = total - a[k] * y[n - k]
        y[n] = total
    return np.moveaxis(y, 0, axis)


def from_state(b: Any, a: Any, x: Any, axis: Any, zi: Any) -> Any:
    """The same from a state of delays on, which is handed on (the transposed direct form II)."""
    b, a = np.atleast_1d(b) / np.atleast_1d(a)[0], np.atleast_1d(a) / np.atleast_1d(a)[0]
    many = max(len(a), len(b))
    b = np.concatenate([b, np.zeros(many - len(b))])
    a = np.concatenate([a, np.zeros(many - len(a))])
    x = np.moveaxis(np.asarray(x), axis, -1)
    z = np.moveaxis(np.asarray(zi), axis, -1)
    y = np.zeros(x.shape)
    for n in range(x.shape[-1]):
        y[..., n] = b[0] * x[..., n] + z[..., 0]
        rest = np.concatenate([z[..., 1:], np.zeros_like(z[..., :1])], axis=-1)
        z = rest + b[1:] * x[..., n, None] - a[1:] * y[..., n, None]
    return np.moveaxis(y, -1, axis), np.moveaxis(z, -1, axis)


@formula("scipy.signal.detrend")
def detrend(data: Any, axis: Any = -1, type: Any = "linear") -> Any:
    """Less the line of least squares, or the mean."""
    data = np.asarray(data)
    if type == "constant":
        return data - np.mean(data, axis=axis, keepdims=True)
    data = np.moveaxis(data, axis, -1)
    t = np.arange(data.shape[-1]) - 0.5 * (data.shape[-1] - 1)
    level = np.mean(data, axis=-1, keepdims=True)
    slope = np.sum(data * t, axis=-1, keepdims=True) / np.sum(t * t)
    return np.moveaxis(data - level - slope * t, -1, axis)


# -- scipy.spatial.distance ------------------------------------------------------------------------


def distances(steps: Any, left: Any, right: Any, metric: Any, p: Any) -> Any:
    """Of differences along a last axis; some are of the vectors themselves."""
    if metric in ("euclidean", "euclid", "eu", "e"):
        return np.linalg.norm(steps, axis=-1)
    if metric in ("sqeuclidean", "sqe", "sqeuclid"):
        return np.sum(steps**2, axis=-1)
    if metric in ("cityblock", "manhattan", "cb", "c"):
        return np.sum(np.abs(steps), axis=-1)
    if metric in ("chebyshev", "chebychev", "ch"):
        return np.max(np.abs(steps), axis=-1)
    if metric in ("minkowski", "mi", "m", "pnorm"):
        return np.sum(np.abs(steps) ** p, axis=-1) ** (1.0 / p)
    if metric in ("correlation", "co"):
        left = left - np.mean(left, axis=-1, keepdims=True)
        right = right - np.mean(right, axis=-1, keepdims=True)
    elif metric not in ("cosine", "cos"):
        raise NotImplementedError("a metric that has no formula here")
    both = np.linalg.norm(left, axis=-1) * np.linalg.norm(right, axis=-1)
    return 1.0 - np.sum(left * right, axis=-1) / both


@formula("scipy.spatial.distance.cdist")
def cdist(XA: Any, XB: Any, metric: Any = "euclidean", *, p: Any = 2) -> Any:
    left, right = np.asarray(XA)[:, None, :], np.asarray(XB)[None, :, :]
    return distances(left - right, left, right, metric, p)


@formula("scipy.spatial.distance.pdist")
def pdist(X: Any, metric: Any = "euclidean", *, p: Any = 2) -> Any:
    """Of all pairs, in the order of the upper triangle."""
    X = np.asarray(X)
    rows, columns = np.triu_indices(len(X), 1)
    left, right = X[rows], X[columns]
    return distances(left - right, left, right, metric, p)


@formula("scipy.spatial.distance.squareform")
def squareform(X: Any, force: Any = "no", checks: Any = True) -> Any:
    """The symmetric matrix of a vector of pairs, or the vector of a matrix."""
    X = np.asarray(X)
    if X.ndim == 2:
        rows, columns = np.triu_indices(len(X), 1)
        return X[rows, columns]
    n = round((1 + (1 + 8 * len(X)) ** 0.5) / 2)
    rows, columns = np.triu_indices(n, 1)
    whole = np.zeros((n, n))
    whole[rows, columns] = X
    return whole + whole.T
