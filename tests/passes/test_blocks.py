"""Elementwise chains in blocks: the same numbers, and memory for one block."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import symdiff
from symdiff.passes.blocks import SIZE
from tests.arrays import fuzz_blocks


def silu(x):
    return np.sum(x / (1 + np.exp(-x)))


def logistic(w, X, y):
    p = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def rows(X, a, b):
    """Two dimensions, a row and a number that are broadcast, sums of what is made."""
    p = 1 / (1 + np.exp(-X * a))
    return np.sum(np.log(p + b**2) * np.tanh(X))


def normalised(x, t):
    """A sum in the middle: what is before it and what is after are two loops."""
    e = np.exp(np.sin(x) * np.cos(x) * t)
    p = e / e.sum()
    return np.sum(np.sqrt(p * p + 1e-3) * np.tanh(p + t))


def several(x):
    """A mean, whose number of elements is that of the whole."""
    y = np.tanh(np.log1p(np.exp(x)) * x)
    return y.mean() + (y * y).mean()


def short(x):
    return np.sum(2.0 * x)


RNG = np.random.default_rng(7)
N = 2 * SIZE + 1  # the last block has one element
CASES = [
    (silu, (RNG.normal(size=N),), True),
    (silu, (RNG.normal(size=5),), True),
    (silu, (np.zeros(0),), True),
    (silu, (np.asfortranarray(RNG.normal(size=(300, 90)))[::2],), True),
    (logistic, (RNG.normal(size=3), RNG.normal(size=(N, 3)), np.ones(N)), True),
    (rows, (RNG.normal(size=(500, 70)), RNG.normal(size=70), 0.3), True),
    (rows, (RNG.normal(size=(3, 2 * SIZE)), RNG.normal(size=2 * SIZE), 0.3), True),
    (rows, (np.zeros((4, 0)), np.zeros(0), 0.3), True),
    (normalised, (RNG.normal(size=N), RNG.normal(size=N)), True),
    (several, (RNG.normal(size=N),), True),
    (several, (RNG.normal(size=(40, 50, 60)).astype(np.float32),), True),
    (short, (RNG.normal(size=N),), False),
]


def flat(found) -> np.ndarray:
    parts = found if isinstance(found, tuple) else (found,)
    return np.concatenate([np.ravel(p) for p in parts])


@pytest.mark.parametrize(("f", "args", "loops"), CASES)
@pytest.mark.parametrize("transform", [symdiff.grad, symdiff.value_and_grad])
def test_the_numbers_are_those_of_whole_arrays(f, args, loops, transform) -> None:
    argnums = tuple(range(len(args)))
    whole, blocks = transform(f, argnums), transform(f, argnums, target="blocks")
    a, b = whole(*args), blocks(*args)
    if transform is symdiff.value_and_grad:
        assert np.isclose(a[0], b[0], rtol=1e-6)
        a, b = a[1], b[1]
    assert [np.shape(x) for x in a] == [np.shape(x) for x in b]
    assert [getattr(x, "dtype", float) for x in a] == [getattr(x, "dtype", float) for x in b]
    single = any(getattr(x, "dtype", None) == np.float32 for x in args)
    assert np.allclose(flat(a), flat(b), rtol=1e-5 if single else 1e-13, atol=1e-16)
    assert ("for k in range(0" in blocks.source) is loops, blocks.source
    assert "for k in range(0" not in whole.source


def test_a_block_takes_the_memory_of_a_block() -> None:
    x = RNG.normal(size=200_000)

    def peak(gradient) -> int:
        gradient(x)
        tracemalloc.start()
        gradient(x)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found - x.nbytes  # the result

    whole = peak(symdiff.grad(silu))
    assert peak(symdiff.grad(silu, target="blocks")) < whole / 3


def product(x, y):
    return np.sum(np.sin(x * y) * np.exp(x) * np.tanh(y))


def test_operands_of_different_shapes_raise_before_a_block_could_fit() -> None:
    gradient = symdiff.grad(product, (0, 1), target="blocks")
    assert len(gradient(np.ones(3), np.ones(3))) == 2
    with pytest.raises(ValueError, match="different shapes"):
        gradient(np.ones(SIZE + 1), np.ones(2 * SIZE))


def test_derivatives_of_derivatives_run_in_blocks() -> None:
    x, v = RNG.normal(size=100), RNG.normal(size=100)
    exact = symdiff.hvp(silu)(x, v)
    blocks = symdiff.hvp(silu, target="blocks")
    assert np.allclose(blocks(x, v), exact, rtol=1e-12)
    assert "for k in range(0" in blocks.source


def test_random_programs_give_the_same_numbers_in_blocks() -> None:
    assert fuzz_blocks.main(12, 0) >= 10
