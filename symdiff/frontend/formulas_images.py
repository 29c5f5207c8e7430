"""Filters of ``scipy.ndimage`` in terms of NumPy's functions: padded lines, weighted and summed."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

# what is beyond the edges, by SciPy's names and by NumPy's
EDGES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "nearest": "edge",
    "mirror": "reflect",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}


def kept(found: Any, output: Any) -> Any:
    """The result, in the array that is given for it."""
    if output is None:
        return found
    if isinstance(output, np.ndarray):
        output[...] = found
        return output
    return found.astype(output)


def widened(x: Any, before: Any, after: Any, mode: Any, cval: Any) -> Any:
    """Along the first axis."""
    widths: Any = ((before, after),) + ((0, 0),) * (x.ndim - 1)
    if EDGES[mode] == "constant":
        return np.pad(x, widths, constant_values=cval)
    edge: Any = EDGES[mode]
    return np.pad(x, widths, mode=edge)


def weighted(x: Any, weights: Any, axis: Any, mode: Any, cval: Any, origin: Any) -> Any:
    weights = np.asarray(weights)
    line = np.moveaxis(np.asarray(x), axis, 0)
    size = len(weights)
    before = size // 2 + origin
    wide = widened(line, before, size - 1 - before, mode, cval)
    found = weights[0] * wide[: len(line)]
    for k in range(1, size):
        found = found + weights[k] * wide[k : k + len(line)]
    return np.moveaxis(found, 0, axis)


@formula("scipy.ndimage.correlate1d")
def correlate1d(
    input: Any, weights: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:
    return kept(weighted(input, weights, axis, mode, cval, origin), output)


@formula("scipy.ndimage.convolve1d")
def convolve1d(
    input: Any, weights: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:
    weights = np.asarray(weights)[::-1]
    origin = -origin - 1 if len(weights) % 2 == 0 else -origin
    return kept(weighted(input, weights, axis, mode, cval, origin), output)


def over_window(x: Any, weights: Any, mode: Any, cval: Any, shift: Any) -> Any:
    """The same of one or two dimensions; ``shift`` is where the middle of an even side lies."""
    x, weights = np.asarray(x), np.asarray(weights)
    if x.ndim == 1:
        back = shift if len(weights) % 2 == 0 else 0
        return weighted(x, weights, 0, mode, cval, back)
    m, n = weights.shape
    tall = m // 2 + (shift if m % 2 == 0 else 0)
    wide = n // 2 + (shift if n % 2 == 0 else 0)
    padded = widened(x, tall, m - 1 - tall, mode, cval)
    padded = widened(padded.T, wide, n - 1 - wide, mode, cval).T
    found = np.zeros(x.shape)
    for i in range(m):
        for j in range(n):
            found = found + weights[i, j] * padded[i : i + x.shape[0], j : j + x.shape[1]]
    return found


@formula("scipy.ndimage.correlate")
def correlate(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    return kept(over_window(input, weights, mode, cval, 0), output)


@formula("scipy.ndimage.convolve")
def convolve(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    weights = np.asarray(weights)
    turned = weights[::-1] if weights.ndim == 1 else weights[::-1, ::-1]
    return kept(over_window(input, turned, mode, cval, -1), output)


def derived(x: Any, axis: Any, smooth: Any, mode: Any, cval: Any) -> Any:
    """A difference along one axis, smoothed along the others."""
    x = np.asarray(x)
    found = weighted(x, [-1.0, 0.0, 1.0], axis, mode, cval, 0)
    for k in range(x.ndim):
        if k != axis % x.ndim:
            found = weighted(found, smooth, k, mode, cval, 0)
    return found


@formula("scipy.ndimage.sobel")
def sobel(
    input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    return kept(derived(input, axis, [1.0, 2.0, 1.0], mode, cval), output)


@formula("scipy.ndimage.prewitt")
def prewitt(
    input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    return kept(derived(input, axis, [1.0, 1.0, 1.0], mode, cval), output)


@formula("scipy.ndimage.laplace")
def laplace(input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0) -> Any:
    x = np.asarray(input)
    found = weighted(x, [1.0, -2.0, 1.0], 0, mode, cval, 0)
    for k in range(1, x.ndim):
        found = found + weighted(x, [1.0, -2.0, 1.0], k, mode, cval, 0)
    return kept(found, output)


def gaussian_weights(sigma: Any, order: Any, radius: Any) -> Any:
    """Those of SciPy: a derivative of the bell curve is a polynomial times it."""
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 / (sigma * sigma) * x**2)
    bell = bell / np.sum(bell)
    if order == 0:
        return bell
    factor = -x / (sigma * sigma)
    if order == 1:
        return factor * bell
    if order == 2:
        return (factor**2 - 1.0 / (sigma * sigma)) * bell
    raise NotImplementedError("an order above 2")


@formula("scipy.ndimage.gaussian_filter1d")
def gaussian_filter1d(
    input: Any, sigma: Any, axis: Any = -1, order: Any = 0, output: Any = None,
    mode: Any = "reflect", cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None,
) -> Any:
    far = int(truncate * float(sigma) + 0.5) if radius is None else radius
    weights = gaussian_weights(sigma, order, far)[::-1]
    return kept(weighted(input, weights, axis, mode, cval, 0), output)


@formula("scipy.ndimage.gaussian_filter")
def gaussian_filter(
    input: Any, sigma: Any, order: Any = 0, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, truncate: Any = 4.0,
) -> Any:
    """One axis after the other; a width of 0 leaves its axis as it is."""
    found = np.asarray(input)
    for k in range(found.ndim):
        s: Any = sigma if np.isscalar(sigma) else sigma[k]
        if s > 1e-15:
            o = order if np.isscalar(order) else order[k]
            found = gaussian_filter1d(found, s, k, o, None, mode, cval, truncate)
    return kept(found, output)


@formula("scipy.ndimage.gaussian_laplace")
def gaussian_laplace(
    input: Any, sigma: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    x = np.asarray(input)
    total = np.zeros(x.shape)
    for k in range(x.ndim):
        order = [2 if j == k else 0 for j in range(x.ndim)]
        total = total + gaussian_filter(x, sigma, order, None, mode, cval)
    return kept(total, output)


@formula("scipy.ndimage.uniform_filter1d")
def uniform_filter1d(
    input: Any, size: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:
    return kept(weighted(input, np.ones(size) / size, axis, mode, cval, origin), output)


@formula("scipy.ndimage.uniform_filter")
def uniform_filter(
    input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    found = np.asarray(input)
    for k in range(found.ndim):
        s = size if np.isscalar(size) else size[k]
        found = uniform_filter1d(found, s, k, None, mode, cval)
    return kept(found, output)


@formula("scipy.ndimage.generate_binary_structure")
def generate_binary_structure(rank: Any, connectivity: Any) -> Any:
    """Where at most so many coordinates differ from the middle."""
    if rank < 1:
        return np.array(True)
    far = np.abs(np.indices((3,) * rank) - 1)
    return np.sum(far, axis=0) <= max(connectivity, 1)
