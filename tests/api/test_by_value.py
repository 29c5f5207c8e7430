"""Ints and flags that a signature has by value, because their use fixes a rank or a text."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from symdiff.errors import TypeMismatch, UnsupportedCall
from tests.arrays import differences

X = np.array([[0.3, 1.2, -0.7], [1.1, 0.4, 0.9]])


def spread(x, axis, order, keep):
    return np.sum(np.sum(np.diff(x, order, axis=axis), axis=axis, keepdims=keep) ** 2)


@pytest.mark.parametrize("rest", [(0, 1, True), (1, 2, False), (-1, 1, True), (1, 1, False)])
def test_an_axis_an_order_a_flag(rest):
    expected = differences.jacobian(spread, (X, *rest), (0,)).reshape(X.shape)
    gradient = symdiff.grad(spread)
    for _ in range(2):
        np.testing.assert_allclose(gradient(X, *rest), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(symdiff.grad(spread)(X, 0, 1, True),
                               differences.jacobian(spread, (X, 0, 1, True), (0,)).reshape(X.shape))
    assert "only." in gradient.source


def test_true_is_not_one():
    def f(x, n):
        return np.sum(x, axis=n) if isinstance(n, bool) else np.sum(x**2, axis=n)

    found = symdiff.jacobian(f)(X[0], 0)
    np.testing.assert_allclose(found, 2 * X[0])
    with pytest.raises((TypeMismatch, UnsupportedCall, TypeError)):
        symdiff.jacobian(f)(X[0], True)  # NumPy: an axis is no bool


def test_ints_that_are_data_stay_data():
    def f(x, n):
        total = 0.0
        for _ in range(n):
            total = total + np.sum(x**2)
        return total

    gradient = symdiff.grad(f)
    for n in (1, 2, 5):
        np.testing.assert_allclose(gradient(X, n), 2 * n * X)
    assert "only." not in gradient.source


def test_a_refusal_that_values_do_not_help_is_the_first_one():
    def f(x, n):
        return np.sum(x, axis=int(x[0, 0] + n))

    with pytest.raises(UnsupportedCall, match="axis that depends on data"):
        symdiff.grad(f)(X, 1)
