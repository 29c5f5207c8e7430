"""The catalogue of reductions: functions as users write them, whose compact derivatives the package
keeps (``report.array_making``).

``TYPES`` are those of the arguments in the notation of the command line; the first one is
differentiated.  Which axis is reduced, and how means and norms are spelled, is no part of a shape,
nor is the value of a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any


def softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_unshifted(x: Array) -> Array:
    e = np.exp(x)
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_at(x: Array, T: float) -> Array:
    z = x / T
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_times(x: Array, beta: float) -> Array:
    z = beta * x
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def log_softmax(x: Array) -> Array:
    z = x - np.max(x, axis=1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))


def log_of_softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.log(e / np.sum(e, axis=1, keepdims=True))


def likelihoods(x: Array, y: Array) -> Array:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return y * np.log(e / np.sum(e, axis=1, keepdims=True))


def likelihoods_of_logs(x: Array, y: Array) -> Array:
    z = x - np.max(x, axis=1, keepdims=True)
    return y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))


def logsumexp(x: Array) -> Array:
    m = np.max(x, axis=1)
    return m + np.log(np.sum(np.exp(x - m[:, None]), axis=1))


def logsumexp_kept(x: Array) -> Array:
    m = np.max(x, axis=1, keepdims=True)
    return m + np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))


def cross_entropy(x: Array, y: Array) -> Array:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return -np.sum(y * np.log(e / np.sum(e, axis=1, keepdims=True)), axis=1)


def cross_entropy_of_logs(x: Array, y: Array) -> Array:
    z = x - np.max(x, axis=1, keepdims=True)
    return -np.sum(y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1)


def unit(x: Array) -> Array:
    return x / np.sqrt(np.sum(x * x, axis=1, keepdims=True))


def unit_above(x: Array, eps: float) -> Array:
    return x / np.sqrt(np.sum(x * x, axis=1, keepdims=True) + eps)


def rms_norm(x: Array, eps: float) -> Array:
    return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + eps)


def layer_norm(x: Array, eps: float) -> Array:
    d = x - np.mean(x, axis=1, keepdims=True)
    return d / np.sqrt(np.mean(d * d, axis=1, keepdims=True) + eps)


def standardised(x: Array) -> Array:
    d = x - np.mean(x, axis=1, keepdims=True)
    return d / np.sqrt(np.mean(d * d, axis=1, keepdims=True))


def to_one(x: Array) -> Array:
    return x / np.sum(x, axis=1, keepdims=True)


def cosine(x: Array, y: Array) -> Array:
    return x @ y / (np.sqrt(x @ x) * np.sqrt(y @ y))


_ROWS, _VECTOR = "f64[n,m]", "f64[n]"
TYPES: dict[Callable[..., Any], tuple[str, ...]] = {
    softmax: (_ROWS,),
    softmax_unshifted: (_ROWS,),
    softmax_at: (_ROWS, "float"),
    softmax_times: (_ROWS, "float"),
    log_softmax: (_ROWS,),
    log_of_softmax: (_ROWS,),
    likelihoods: (_ROWS, _ROWS),
    likelihoods_of_logs: (_ROWS, _ROWS),
    logsumexp: (_ROWS,),
    logsumexp_kept: (_ROWS,),
    cross_entropy: (_ROWS, _ROWS),
    cross_entropy_of_logs: (_ROWS, _ROWS),
    unit: (_ROWS,),
    unit_above: (_ROWS, "float"),
    rms_norm: (_ROWS, "float"),
    layer_norm: (_ROWS, "float"),
    standardised: (_ROWS,),
    to_one: (_ROWS,),
    cosine: (_VECTOR, _VECTOR),
}
