"""Sums of products as matrix products: the same numbers, from BLAS."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff


def pairs(x):
    d = x[:, None, :] - x[None, :, :]
    return np.sum(1 / (1 + np.sum(d**2, axis=2)))


def quadratic(A, x, y):
    return np.sum(np.einsum("kij,nkj->nki", A, np.sin(x[:, None, :] - y)) ** 3)


def weighted(w, x):
    return np.sum(np.tanh((w[:, None] * x).sum(axis=0)))


def squared_rows(x, y):
    return np.sum(np.sqrt(1 + (x * y).sum(axis=1)))


def one_row_more(w, x):
    """The product is read twice: it stays."""
    p = w[:, None] * x
    return np.sum(np.tanh(p.sum(axis=0))) + np.sum(np.cos(p))


def stretched(w, x):
    """``x`` may have one row, which broadcasts: that is no product of matrices."""
    return np.sum(np.sin((w[:, None] * x[:2]).sum(axis=0)))


RNG = np.random.default_rng(5)
CASES = [
    (pairs, (RNG.normal(size=(5, 3)),), "einsum('ijk,ijk->ij', d, d)"),
    (quadratic, (RNG.normal(size=(2, 3, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(2, 3))),
     " @ "),
    (weighted, (RNG.normal(size=4), RNG.normal(size=(4, 3))), "w @ x"),
    (squared_rows, (RNG.random((4, 3)), RNG.random((4, 3))), "einsum('ij,ij->i', x, y)"),
    (one_row_more, (RNG.normal(size=4), RNG.normal(size=(4, 3))), "sum(axis=0)"),
    (stretched, (RNG.normal(size=2), RNG.normal(size=(4, 3))), "sum(axis=0)"),
]


@pytest.mark.parametrize(("f", "args", "text"), CASES, ids=[c[0].__name__ for c in CASES])
def test_sums_of_products(f, args, text) -> None:
    argnums = tuple(range(len(args)))
    gradient = symdiff.grad(f, argnums)
    found = gradient(*args)
    for k, one in enumerate(args):
        for at in np.ndindex(one.shape):
            bump = np.zeros_like(one)
            bump[at] = 1e-6
            up, down = ([*args[:k], one + s * bump, *args[k + 1 :]] for s in (1, -1))
            assert abs(found[k][at] - (f(*up) - f(*down)) / 2e-6) < 1e-6
    assert text in gradient.source
    exact = symdiff.grad(f, argnums, strict=True)
    assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(found, exact(*args), strict=True))
    assert "'ij" not in exact.source  # added as it is written


def test_what_only_one_row_of_is_given_broadcasts() -> None:
    gradient = symdiff.grad(stretched, (0, 1))
    dw, dx = gradient(np.array([1.0, 2.0]), np.array([[0.5, -1.0]]))
    c = np.cos(3.0 * np.array([0.5, -1.0]))
    assert np.allclose(dw, [c @ [0.5, -1.0]] * 2) and np.allclose(dx, [3.0 * c])
