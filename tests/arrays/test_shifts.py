"""The shift of a softmax is no part of its derivative, and only where no result depends on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff
from tests.arrays import differences

X = np.random.default_rng(4).normal(size=(3, 4))
W = np.random.default_rng(5).normal(size=(3, 4))


def log_softmax(x: np.ndarray) -> Any:
    a = x - x.max(axis=1, keepdims=True)
    return np.sum(W * (a - np.log(np.sum(np.exp(a), axis=1, keepdims=True))))


def log_of_sum(x: np.ndarray) -> Any:
    m = x.max(axis=1)
    return np.sum(W[:, 0] * (np.log(np.sum(np.exp(x - m[:, None]), axis=1)) + m))


def log_of_sum_kept(x: np.ndarray) -> Any:
    m = x.max(axis=0, keepdims=True)
    return np.sum(W[0] * (np.log(np.sum(np.exp(x - m), axis=0, keepdims=True)) + m) ** 2)


def softmax(x: np.ndarray) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.sum(W * (e / e.sum(axis=1, keepdims=True)))


def squeezed(x: np.ndarray) -> Any:
    m = x.max(axis=1, keepdims=True)
    return np.sum(W[:, 1] * (np.log(np.exp(x - m).sum(axis=1)) + m[:, 0]))


def other_sum(x: np.ndarray) -> Any:
    """The shift is that of rows, the sum over columns."""
    m = x.max(axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=0)) * W[0])


def read_elsewhere(x: np.ndarray) -> Any:
    a = x - x.max(axis=1, keepdims=True)
    return np.sum(W * (a - np.log(np.sum(np.exp(a), axis=1, keepdims=True)))) + np.sum(a * a)


def sum_read_elsewhere(x: np.ndarray) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    s = e.sum(axis=1, keepdims=True)
    return np.sum(W * (e / s)) + np.sum(s)


def not_added(x: np.ndarray) -> Any:
    m = x.max(axis=1)
    return np.sum(np.log(np.sum(np.exp(x - m[:, None]), axis=1)) * W[:, 2])


def another_added(x: np.ndarray) -> Any:
    m = x.max(axis=1)
    return np.sum(np.log(np.sum(np.exp(x - m[:, None]), axis=1)) + x.min(axis=1))


def twice_added(x: np.ndarray) -> Any:
    m = x.max(axis=1)
    t = np.log(np.sum(np.exp(x - m[:, None]), axis=1))
    return np.sum((t + m) * (t - m))


FREE = [log_softmax, log_of_sum, log_of_sum_kept, softmax, squeezed]
BOUND = [other_sum, read_elsewhere, sum_read_elsewhere, not_added, another_added, twice_added]


@pytest.mark.parametrize("f", FREE + BOUND)
@pytest.mark.parametrize("granularity", ["fine", "auto"])
def test_gradients(f: Callable[..., Any], granularity: str) -> None:
    g = symdiff.grad(f, granularity=granularity)
    assert np.allclose(g(X), differences.jacobian(f, (X,), (0,)).reshape(X.shape), atol=1e-8)
    h = symdiff.hessian(f, granularity=granularity)(X).reshape(X.size, X.size)
    assert np.allclose(h, differences.jacobian(g, (X,), (0,)), atol=1e-6)
    assert symdiff.value_and_grad(f, granularity=granularity)(X)[0] == f(X)


@pytest.mark.parametrize("f", FREE)
def test_a_shift_is_free(f: Callable[..., Any]) -> None:
    g = symdiff.grad(f)
    g(X)
    assert "==" not in g.source, g.source  # no ties are looked for


@pytest.mark.parametrize("f", BOUND)
def test_others_are_differentiated(f: Callable[..., Any]) -> None:
    g = symdiff.grad(f)
    g(X)
    assert "==" in g.source, g.source
