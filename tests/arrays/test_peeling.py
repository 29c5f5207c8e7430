"""Loops whose first iteration makes an array of a number, or of None."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from symdiff.errors import TypeMismatch
from tests.arrays import differences

X = np.array([[0.3, 1.2, -0.7], [1.1, 0.4, 0.9]])
W = np.array([0.5, -1.0, 2.0])


def rows_summed(x, w):
    s = 0.0
    for row in x:
        s = s + row * w
    return s


def counted(x, w):
    s = 0
    for k in range(len(x)):
        s += x[k] * w
    return np.sum(s**2)


def nested(x, w):
    z = 1.0
    for row in x:
        for v in w:
            z = z * np.tanh(row + v)
    return z


def none_at_first(x, w):
    best = None
    for row in x:
        best = row * w if best is None else np.maximum(best, row)
    return best


def while_it_is_small(x, w):
    q = 0.0
    while np.sum(q) < 9.0:
        q = q + w * w + x[0] ** 2
    return q


def numbers_of_a_list(x, w):
    total = 0
    for a in [1.0, 2.0, w[0]]:
        total = total + a * x
    return total


PROGRAMS = (rows_summed, counted, nested, none_at_first, while_it_is_small, numbers_of_a_list)


@pytest.mark.parametrize("f", PROGRAMS)
def test_the_first_iteration_gives_the_type(f):
    expected = differences.jacobian(f, (X, W), (0, 1))
    out, pull = symdiff.vjp(f, X, W)
    np.testing.assert_allclose(out, f(X, W))
    weights = np.cos(np.arange(np.size(out)) + 1.0).reshape(np.shape(out))
    found = differences.flat(pull(weights if np.ndim(out) else 0.7))
    rows = weights.ravel() if np.ndim(out) else np.array([0.7])
    np.testing.assert_allclose(found, rows @ expected, rtol=1e-6, atol=1e-8)
    v = (0.1 * X + 0.2, W**2)
    _, dot = symdiff.jvp(f, (X, W), v)
    np.testing.assert_allclose(np.ravel(dot), expected @ differences.flat(v), rtol=1e-6, atol=1e-8)


def test_a_loop_that_does_not_run_raises():
    gradient = symdiff.grad(counted)
    gradient(X, W)
    with pytest.raises(TypeError, match=r"the loop in line \d+ of .* has to run"):
        gradient(X[:0], W)


def test_a_loop_that_is_left_in_the_middle_is_refused():
    def f(x):
        s = 0.0
        for row in x:
            if row[0] > 1:
                break
            s = s + row
        return np.sum(s)

    with pytest.raises(TypeMismatch, match="'s' is a float on one path"):
        symdiff.grad(f)(X)
