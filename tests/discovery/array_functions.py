"""Functions over arrays whose short derivative is known by hand and named nowhere in the code, as
users write them, with the types of their arguments; the first one is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from symdiff.notation import type_of
from symdiff.report.subject import Subject, subject

Array = Any


class Problem(NamedTuple):
    """``by_hand`` is the vector-Jacobian product as textbooks have it; ``passes`` the number of
    times that it goes over the row, its sums counted with their products."""

    name: str
    f: Callable[..., Any]
    args: tuple[str, ...]
    by_hand: Callable[..., Any]
    passes: int


def subject_of(problem: Problem) -> Subject:
    """The problem's function, its first argument differentiated."""
    named = {name: type_of(text) for name, text in (t.split("=") for t in problem.args)}
    return subject(problem.f, named, [next(iter(named))])


def softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_by_hand(x: Array, g: Array) -> Array:
    s = softmax(x)
    return s * (g - np.sum(g * s, axis=-1, keepdims=True))


def log_softmax(x: Array) -> Array:
    z = x - np.max(x)
    return z - np.log(np.sum(np.exp(z)))


def l2_normalised(x: Array) -> Array:
    return x / np.sqrt(np.sum(x * x))


def l2_by_hand(x: Array, g: Array) -> Array:
    r = np.sqrt(np.sum(x * x))
    y = x / r
    return (g - y * np.sum(g * y)) / r


def layer_norm(x: Array) -> Array:
    d = x - np.mean(x, axis=1, keepdims=True)
    return d / np.sqrt(np.mean(d * d, axis=1, keepdims=True) + 1e-5)


def normalised_by_hand(x: Array, g: Array, axis: int) -> Array:
    d = x - x.mean(axis=axis, keepdims=True)
    sd = np.sqrt((d * d).mean(axis=axis, keepdims=True) + 1e-5)
    y = d / sd
    mean = g.mean(axis=axis, keepdims=True)
    return (g - mean - y * (g * y).mean(axis=axis, keepdims=True)) / sd


def rms_norm(x: Array) -> Array:
    return x / np.sqrt(np.mean(x * x) + 1e-6)


def rms_by_hand(x: Array, g: Array) -> Array:
    r = np.sqrt(np.mean(x * x) + 1e-6)
    y = x / r
    return (g - y * np.mean(g * y)) / r


def centred(x: Array) -> Array:
    return x - np.mean(x)


def to_one(x: Array) -> Array:
    return x / np.sum(x)


def softmax_at(x: Array, T: float) -> Array:
    z = x / T
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def softmax_at_by_hand(x: Array, T: float, g: Array) -> Array:
    s = softmax_at(x, T)
    return s * (g - np.sum(g * s)) / T


def cross_entropy(x: Array, y: Array) -> Array:
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return -np.sum(y * np.log(p))


def logsumexp(x: Array) -> Array:
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def cosine(x: Array, y: Array) -> Array:
    return x @ y / (np.sqrt(x @ x) * np.linalg.norm(y))


def cosine_by_hand(x: Array, y: Array, g: float) -> Array:
    nx, ny = np.linalg.norm(x), np.linalg.norm(y)
    return g / (nx * ny) * y - g * (x @ y) / (nx * ny) / (x @ x) * x


def batch_norm(x: Array) -> Array:
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


ROW = ("x=f64[n]",)
ROWS = ("x=f64[n,m]",)
LABELLED = ("x=f64[n]", "y=f64[n]")

PROBLEMS = [
    Problem("softmax", softmax, ROWS, softmax_by_hand, 4),
    Problem(
        "log-softmax", log_softmax, ROW, lambda x, g: g - np.exp(log_softmax(x)) * np.sum(g), 3
    ),
    Problem("L2 norm", l2_normalised, ROW, l2_by_hand, 5),
    Problem("LayerNorm", layer_norm, ROWS, lambda x, g: normalised_by_hand(x, g, 1), 7),
    Problem("RMSNorm", rms_norm, ROW, rms_by_hand, 5),
    Problem("centring", centred, ROW, lambda x, g: g - np.mean(g), 2),
    Problem("x/sum(x)", to_one, ROW, lambda x, g: (g - np.sum(g * x) / np.sum(x)) / np.sum(x), 4),
    Problem("softmax(x/T)", softmax_at, ("x=f64[n]", "T=float"), softmax_at_by_hand, 5),
    Problem(
        "cross entropy",
        cross_entropy,
        LABELLED,
        lambda x, y, g: g * (softmax(x) * np.sum(y) - y),
        4,
    ),
    Problem("logsumexp", logsumexp, ROW, lambda x, g: g * softmax(x), 1),
    Problem("cosine", cosine, LABELLED, cosine_by_hand, 3),
    Problem("batch norm", batch_norm, ROWS, lambda x, g: normalised_by_hand(x, g, 0), 7),
]
