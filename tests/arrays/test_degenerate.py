"""Linear algebra where textbook formulas divide by zero: what holds, and what is nan."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from tests.arrays.rows import program


def test_equal_eigenvalues_in_a_symmetric_function_of_them():
    def spread(X):
        w = np.linalg.eigvalsh(X)
        return np.sum(w**2) + np.prod(w)

    # of tr(X^2) + det(X) at 2*I, all of it for the triangle that is read
    np.testing.assert_allclose(symdiff.grad(spread)(2 * np.eye(3)), 8 * np.eye(3), atol=1e-14)


def test_equal_singular_values():
    def nuclear(X):
        return np.linalg.norm(X, "nuc")

    np.testing.assert_allclose(symdiff.grad(nuclear)(3 * np.eye(2)), np.eye(2), atol=1e-14)


def test_vectors_of_equal_eigenvalues_have_no_derivative():
    def first(X):
        return np.linalg.eigh(X)[1][0, 0]

    with np.errstate(all="ignore"):
        assert not np.isfinite(symdiff.grad(first)(np.eye(2))).all()


@pytest.mark.parametrize("order", ["None", "1", "2", "3", "np.inf"])
def test_norms_at_zero(order):
    f = program(f"np.linalg.norm(x, {order})", 1)
    for x in (np.zeros(3), np.zeros(1)):
        assert np.isfinite(symdiff.grad(f)(x, 1.0)).all()
    np.testing.assert_array_equal(symdiff.grad(f)(np.array([0.0, 0.0, -2.0]), 1.0), [0, 0, -1])


def test_the_determinant_of_a_singular_matrix_has_cofactors():
    x = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(symdiff.grad(np_det)(x), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-14)
    H = symdiff.hessian(np_det)(x).reshape(4, 4)
    np.testing.assert_allclose(H, np.fliplr(np.diag([1.0, -1.0, -1.0, 1.0])), atol=1e-14)


def np_det(X):
    return np.linalg.det(X)


def test_least_squares_of_a_matrix_of_lower_rank():
    """Of least norm, in directions that keep the rank: scaling the matrix scales the solution."""

    def solution(s, A, y):
        return np.sum(np.linalg.lstsq(s * A, y, rcond=None)[0])

    A = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 0.5])
    y = np.array([1.0, 0.0, 2.0])
    expected = -np.sum(np.linalg.lstsq(A, y, rcond=None)[0])
    assert symdiff.grad(solution)(1.0, A, y) == pytest.approx(expected, rel=1e-10)


def test_running_extremes_share_ties_evenly():
    def f(x):
        return np.maximum.accumulate(x) @ np.array([1.0, 10.0, 100.0, 1000.0, 1e4])

    x = np.array([2.0, 2.0, 1.0, 2.0, 3.0])
    share = 1000.0 / 3
    expected = [1 + 5 + 50 + share, 5 + 50 + share, 0.0, share, 1e4]
    np.testing.assert_allclose(symdiff.grad(f)(x), expected)
    for k in range(5):
        _, dot = symdiff.jvp(f, (x,), (np.eye(5)[k],))
        assert dot == pytest.approx(expected[k])
    np.testing.assert_array_equal(symdiff.hessian(f)(x), np.zeros((5, 5)))

    def columns(x):
        return np.sum(np.minimum.accumulate(x, axis=1) * np.arange(6.0).reshape(2, 3))

    m = np.array([[1.0, 1.0, 0.0], [5.0, 6.0, 5.0]])
    np.testing.assert_allclose(symdiff.grad(columns)(m), [[0.5, 0.5, 2.0], [9.5, 0.0, 2.5]])
