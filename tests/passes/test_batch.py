"""Sums of products of a loop as one product behind it: the same numbers for any number of steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from tests.arrays import fuzz_recurrent


def rnn(W, U, b, xs):
    h = np.zeros((xs.shape[1], U.shape[0]))
    for x in xs:
        h = np.tanh(x @ W + h @ U + b)
    return np.sum(h*h)


def vectors(W, U, b, xs):
    h = np.zeros(U.shape[0])
    for x in xs[:, 0]:
        h = np.tanh(x @ W + U @ h + b)
    return np.sum(h*h)


def columns(W, U, b, xs):
    """``U`` from the left: what its factors are is put side by side."""
    h = np.zeros((U.shape[0], xs.shape[1]))
    for t in range(len(xs)):
        h = np.sin(U @ h - (xs[t] @ W).T) + b[:, None]
    return np.sum(h*h)


def twice(W, U, b, xs):
    """One matrix in two places of an iteration, and behind the loop as well."""
    h = np.zeros((xs.shape[1], U.shape[0])) + 0.1
    for t in range(len(xs)):
        h = np.tanh(h @ U - np.sin(h @ U) @ U.T + xs[t] @ W) + b
    return np.sum(h @ U)


def two_layers(W, U, b, xs):
    h = np.zeros((xs.shape[1], U.shape[0]))
    g = h
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ W + h @ U + b)
        g = np.tanh(h @ U + g @ U.T - b)
    return np.sum(g*h)


def epochs(W, U, b, xs):
    """A loop in a loop: the inner one goes on with what the outer one carries."""
    total = 0.0
    h = np.zeros((xs.shape[1], U.shape[0]))
    for k in range(2):
        for t in range(k, len(xs)):
            h = np.tanh(xs[t] @ W + h @ U + b)
        total += np.sum(h*h)*(k + 1)
    return total


def branching(W, U, b, xs):
    """Products of some iterations only."""
    h = np.zeros((xs.shape[1], U.shape[0]))
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ W + h @ U + b) if t % 2 == 0 else np.sin(h @ U)
    return np.sum(h*h)


def until(W, U, b, xs):
    h = np.zeros((xs.shape[1], U.shape[0]))
    t = 0
    while t < len(xs) and np.sum(h) < 5.0:
        h = np.tanh(xs[t] @ W + h @ U + b)
        t += 1
    return np.sum(h*h)


def in_place(W, U, b, xs):
    """What is kept is written to in the next iteration."""
    h = np.zeros((xs.shape[1], U.shape[0]))
    for t in range(len(xs)):
        z = h @ U
        h[:] = np.tanh(xs[t] @ W + z)
        h += b
    return np.sum(h*h)


def outputs(W, U, b, xs):
    """A loss in each iteration."""
    h = np.zeros((xs.shape[1], U.shape[0]))
    loss = 0.0
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ W + h @ U + b)
        y = h @ W.T
        loss += np.mean((y - xs[t])**2)
    return loss


PROGRAMS = [rnn, vectors, columns, twice, two_layers, epochs, branching, until, in_place, outputs]


def arguments(steps: int, batch: int = 3) -> tuple[Any, ...]:
    rng = np.random.default_rng(5)
    W, U = 0.4*rng.normal(size=(4, 5)), 0.3*rng.normal(size=(5, 5))
    return W, U, 0.1*rng.normal(size=5), rng.normal(size=(steps, batch, 4))


def flat(result: Any) -> np.ndarray:
    if isinstance(result, tuple):
        return np.concatenate([flat(r) for r in result])
    return np.ravel(np.asarray(result, float))


@pytest.mark.parametrize("steps", [0, 1, 4])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_the_sum_is_the_same(f, steps) -> None:
    args = arguments(steps)
    plain = symdiff.grad(f, (0, 1, 2, 3), strict=True)
    ours = symdiff.grad(f, (0, 1, 2, 3))
    for a, b in zip(ours(*args), plain(*args), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("f", [rnn, vectors, twice, epochs, in_place], ids=lambda f: f.__name__)
def test_second_derivatives_and_pullbacks(f) -> None:
    args = arguments(3)
    v = tuple(np.cos(np.arange(a.size)).reshape(a.shape) for a in args[:3])
    h = symdiff.hvp(f, (0, 1, 2))(*args, v)
    exact = symdiff.hvp(f, (0, 1, 2), strict=True)(*args, v)
    np.testing.assert_allclose(flat(h), flat(exact), rtol=1e-9, atol=1e-12)
    _, pullback = symdiff.vjp(f, *args)
    for _ in range(2):  # it may be called again
        np.testing.assert_allclose(
            flat(pullback(1.0)), flat(symdiff.grad(f, (0, 1, 2, 3), strict=True)(*args)),
            rtol=1e-10, atol=1e-13,
        )


@pytest.mark.parametrize("f", [rnn, vectors, columns, twice, two_layers, outputs])
def test_nothing_is_added_to_a_matrix_in_the_loop(f) -> None:
    derivative = symdiff.grad(f, (0, 1))
    derivative(*arguments(2))
    assert "np.concatenate(" in derivative.source or "np.array(" in derivative.source
    assert "dW +=" not in derivative.source and "dU +=" not in derivative.source


def test_float32_stays_float32() -> None:
    args = tuple(a.astype(np.float32) for a in arguments(3))
    for g in symdiff.grad(rnn, (0, 1, 2))(*args):
        assert g.dtype == np.float32


@pytest.mark.parametrize("seed", [4, 7])
def test_random_cells(seed) -> None:
    assert fuzz_recurrent.check(seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 300))
def test_more_random_cells(seed) -> None:
    fuzz_recurrent.check(seed)
