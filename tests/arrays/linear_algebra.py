"""Programs of ``numpy.linalg`` and ``scipy.linalg``: several parts of a decomposition, stacks of
matrices, factors in loops.

Signs of eigenvectors may jump: what is summed does not depend on them."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from tests.arrays.programs import PROGRAMS, at, normal, rng

__all__ = ["PROGRAMS", "definite"]


def definite(*shape: int) -> np.ndarray:
    """Symmetric positive matrices with distinct eigenvalues."""
    x = rng.normal(size=shape)
    return x @ x.swapaxes(-1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))


@at(definite(3, 3))
def eigenvalues_and_vectors(X):
    w, v = np.linalg.eigh(X)
    return np.sum(w**2) + np.sum(v[:, 0] ** 4 * w)


@at(definite(2, 3, 3))
def eigenvalues_of_stacks_upper(X):
    w, v = np.linalg.eigh(X, UPLO="U")
    return np.sum(w**2 * v[..., 0] ** 2) + np.sum(np.linalg.eigvalsh(X[0]) ** 3)


@at(normal(4, 3))
def singular_vectors_tall(X):
    u, s, vh = np.linalg.svd(X, full_matrices=False)
    return np.sum((u * s) @ vh * X) + np.sum(u**4) + np.sum(vh**4) + np.sum(s**3)


@at(normal(2, 3, 4))
def singular_vectors_wide_stacks(X):
    u, s, vh = np.linalg.svd(X, full_matrices=False)
    values = np.linalg.svd(X, compute_uv=False)
    return np.sum(u**4) + np.sum(vh**4) + np.sum(values**2 * s)


@at(normal(4, 3))
def qr_tall(X):
    q, r = np.linalg.qr(X)
    return np.sum(q**4) + np.sum(r**2 * np.arange(9.0).reshape(3, 3))


@at(normal(3, 5))
def qr_wide(X):
    q, r = np.linalg.qr(X)
    return np.sum(q**4) + np.sum(r**4) + np.sum(np.linalg.qr(X, mode="r") ** 2)


@at(normal(4, 3), normal(3, 4))
def pseudoinverses(X, Y):
    return np.sum(np.linalg.pinv(X) ** 2) + np.sum(np.linalg.pinv(Y) ** 3)


@at(normal(4, 3), normal(4), normal(4, 2))
def least_squares_tall(A, y, Y):
    x, _, rank, s = np.linalg.lstsq(A, y, rcond=None)
    X = np.linalg.lstsq(A, Y, rcond=None)[0]
    return rank * np.sum(x**2) + np.sum(s**2) + np.sum(X**3)


@at(normal(3, 4), normal(3), normal(3, 2))
def least_squares_wide(A, y, Y):
    x = np.linalg.lstsq(A, y, rcond=None)[0]
    return np.sum(x**3) + np.sum(np.linalg.lstsq(A, Y, rcond=1e-12)[0] ** 2)


@at(definite(2, 3, 3), normal(3), normal(2, 3, 2))
def systems_in_stacks(A, y, Y):
    solved = np.sum(np.linalg.solve(A, y) ** 2) + np.sum(np.linalg.solve(A, Y) ** 3)
    return solved + np.sum(np.linalg.solve(A[0], Y) ** 2)


@at(definite(2, 3, 3))
def determinants_in_stacks(X):
    sign, log = np.linalg.slogdet(X)
    inverse = np.linalg.inv(X)
    return np.sum(sign * log**2) + np.sum(np.linalg.det(X)) + np.sum(inverse**2)


@at(definite(2, 3, 3))
def factors_in_stacks(X):
    weights = np.arange(9.0).reshape(3, 3)
    return np.sum(np.linalg.cholesky(X) ** 2 * weights) + np.sum(linalg.cholesky(X[0]) ** 3)


@at(definite(3, 3), normal(3), normal(3, 2))
def triangular_systems(A, y, Y):
    low = linalg.solve_triangular(A, y, lower=True)
    unit = linalg.solve_triangular(A, Y, trans=1, unit_diagonal=True)
    return np.sum(low**2) + np.sum(unit**3)


@at(definite(3, 3), normal(3))
def gaussian_log_density(S, y):
    factor = linalg.cho_factor(S, lower=True)
    return -0.5 * y @ linalg.cho_solve(factor, y) - np.sum(np.log(np.diag(factor[0])))


@at(normal(3, 3))
def exponential(X):
    return np.sum(linalg.expm(0.3 * X) ** 2)


@at(definite(3, 3), normal(2, 2), 0.7)
def blocks_on_a_diagonal(A, B, c):
    return np.sum(linalg.block_diag(A, B, c) @ linalg.block_diag(c, B, A) ** 2)


@at(definite(3, 3), normal(3))
def scipy_names(A, y):
    solved = np.sum(linalg.solve(A, y) ** 2) + np.sum(linalg.inv(A) ** 2)
    w, v = linalg.eigh(A, lower=False)
    return solved + linalg.det(A) + np.sum(w * v[0] ** 2) + np.sum(linalg.svdvals(A) ** 3)


@at(normal(3, 4))
def matrix_norms(X):
    orders = np.linalg.norm(X, 1) + np.linalg.norm(X, np.inf) + np.linalg.norm(X, "nuc") ** 2
    return orders + np.linalg.norm(X, 2) * np.linalg.norm(X, -2) + np.linalg.cond(X)


@at(normal(3, 2, 4))
def norms_along_axes(X):
    pair = np.linalg.norm(X, "nuc", axis=(2, 0), keepdims=True)
    return np.sum(pair * X) + np.sum(np.linalg.norm(X, 3, axis=1) ** 2)


@at(definite(3, 3) / 5, normal(3, 2))
def powers_of_matrices(X, Y):
    up = np.sum(np.linalg.matrix_power(X, 5)) + np.sum(np.linalg.matrix_power(X, -2) ** 2)
    return up + np.sum(np.linalg.multi_dot([X, X, Y, Y[0]]) ** 2)


@at(definite(3, 3), normal(3))
def decompositions_in_a_loop(A, x):
    for _ in range(3):
        w, v = np.linalg.eigh(A)
        x = np.tanh(v @ ((v.T @ x) / w))
        A = A + np.outer(x, x)
    return np.sum(x**2) + np.sum(w)


@at(definite(3, 3), normal(3))
def decomposition_that_is_written_to(A, x):
    q, r = np.linalg.qr(A)
    q[:, 0] = x
    r *= 2.0
    return np.sum((q @ r) ** 2) + np.sum(r**2)


@at(np.ones((3, 3)))
def second_order_at_a_singular_matrix(X):
    return np.linalg.det(X) + np.sum(X) ** 2


@at(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 3.0]]))
def products_with_zeros(X):
    running = np.cumprod(X, axis=0) * X + np.cumprod(X, axis=1)
    return np.sum(np.prod(X, axis=1) ** 2) + np.prod(X + 1) + np.sum(running**2)
