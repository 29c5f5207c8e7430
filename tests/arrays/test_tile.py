"""Elementwise parts in tiles, at ``granularity="whole"``: the same numbers, in less memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff.passes.tile import ELEMENTS
from tests.arrays import fuzz_tiles


def gelu(x):
    return np.sum(0.5*x*(1.0 + np.tanh(np.sqrt(2.0/np.pi)*(x + 0.044715*x**3))))


def two_arrays(x, y):
    return np.sum(np.exp(-x*x)*np.sin(y)/(1.0 + np.tanh(x*y)**2))


def normal_shape(x):
    return np.sum(np.exp(-0.5*x*x)*np.sin(x)/(1.0 + np.tanh(x)**2))


def normalised(X, scale, shift):
    """Rows are normalised: sums along the second axis stay inside a tile."""
    m = X.mean(axis=1, keepdims=True)
    v = ((X - m)**2).mean(axis=1, keepdims=True)
    return np.sum(np.tanh((X - m)/np.sqrt(v + 1e-5)*scale + shift)**2)


def summed_between(x):
    """The second half needs a sum over all elements of the first."""
    s = np.sum(np.log1p(x*x))
    return np.sum(np.tanh(s*x)*np.exp(-x*x)/(1.0 + x*x + np.cos(x)**2))


def column(X, y):
    """A column beside a matrix is walked along with it, a row is not."""
    Z = np.tanh(X*y[:, None] + X[0])
    return np.sum(Z*np.exp(-X*X)/(1.0 + Z*Z))


def flat(result: Any) -> np.ndarray:
    if isinstance(result, tuple):
        return np.concatenate([flat(r) for r in result])
    return np.ravel(np.asarray(result, float))


VECTORS = [0, 1, 5, ELEMENTS - 1, ELEMENTS, ELEMENTS + 1, 20000]
MATRICES = [(0, 3), (3, 0), (1, 5), (3, 7), (8193, 2), (3, 9000), (100, 1000)]


def draw(shape: Any, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


CASES: list[tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = [
    *((gelu, (draw(n, 1),)) for n in VECTORS),
    *((two_arrays, (draw(n, 1), draw(n, 2))) for n in VECTORS),
    *((summed_between, (draw(n, 1),)) for n in VECTORS),
    *((normalised, (draw(s, 1), draw(s[1], 2), draw(s[1], 3))) for s in MATRICES if s[1]),
    *((column, (draw(s, 1), draw(s[0], 2))) for s in MATRICES if s[0]),
]


@pytest.mark.parametrize(
    ("f", "args"), CASES, ids=lambda x: getattr(x, "__name__", None) or str(x[0].shape)
)
@pytest.mark.parametrize("mode", ["value_and_grad", "hvp"])
def test_tiles_change_no_result(f, args, mode) -> None:
    argnums = tuple(range(len(args)))
    transform = getattr(symdiff, mode)
    given = (*args, tuple(draw(a.shape, 9) for a in args)) if mode == "hvp" else args
    plain = flat(transform(f, argnums, granularity="auto")(*given))
    tiled = flat(transform(f, argnums, granularity="whole")(*given))
    scale = np.max(np.abs(plain), initial=1.0)  # sums are added up in another order
    assert np.allclose(tiled, plain, rtol=1e-12, atol=1e-13*scale)


@pytest.mark.parametrize("f", [gelu, normalised])
def test_long_parts_are_tiled_at_whole_only(f) -> None:
    args = (draw(7, 1),) if f is gelu else (draw((3, 7), 1), draw(7, 2), draw(7, 3))
    for granularity in ("fine", "fused", "auto", "whole"):
        g = symdiff.grad(f, granularity=granularity)
        g(*args)
        assert ("for k in range(0, len(" in g.source) == (granularity == "whole"), g.source


def test_single_precision_stays() -> None:
    x = draw(ELEMENTS + 3, 1).astype(np.float32)
    value, dx = symdiff.value_and_grad(normal_shape, granularity="whole")(x)
    exact = symdiff.grad(normal_shape)(x.astype(float))
    assert dx.dtype == np.float32
    assert np.asarray(value).dtype == np.float32
    assert np.allclose(dx, exact, rtol=1e-4, atol=1e-5)


def test_short_parts_are_left_alone() -> None:
    g = symdiff.grad(lambda x: np.sum(np.sin(x)*x), granularity="whole")
    g(draw(5, 1))
    assert "for " not in g.source


def test_intermediates_stay_small() -> None:
    x = draw(400_000, 1)
    g = symdiff.grad(gelu, granularity="whole")
    g(x[:2])
    g(x)
    tracemalloc.start()
    try:
        g(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.3*x.nbytes  # the result, and tiles


@pytest.mark.parametrize(
    "sizes", [(5, 6), (6, 5), (ELEMENTS, ELEMENTS + 1), (2*ELEMENTS, ELEMENTS)]
)
def test_arrays_that_do_not_fit_are_refused_as_numpy_does(sizes) -> None:
    g = symdiff.grad(two_arrays, (0, 1), granularity="whole")
    g(draw(3, 1), draw(3, 2))
    with pytest.raises(ValueError, match="broadcast"):
        g(*(draw(n, 1) for n in sizes))


def test_random_programs_give_the_same_numbers_in_tiles() -> None:
    assert fuzz_tiles.main(10, 0) >= 7


def of_two_lengths(x, r):
    """What is made of ``r`` alone has another number of rows."""
    a = np.tanh(x) * np.sin(x) + 1 / (1 + np.exp(-x * x))
    return np.sum(np.exp(-a * a) * np.cos(a)) + np.sum(x * r) + np.sum(np.sin(r) * np.cos(r))


def test_rows_of_another_array_are_not_those_of_this_one() -> None:
    rng = np.random.default_rng(3)
    x, r = rng.normal(size=(5000, 3)), rng.normal(size=3)
    gradient = symdiff.grad(of_two_lengths, (0, 1), granularity="whole")
    for a, b in zip(gradient(x, r), symdiff.grad(of_two_lengths, (0, 1))(x, r), strict=True):
        assert np.allclose(a, b, rtol=1e-12)
    assert " in range(0, " in gradient.source
