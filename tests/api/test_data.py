"""Labels, counts and masks among the primals of ``jvp`` and ``vjp``: they are data."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff

X = np.array([0.3, -1.2, 0.7, 2.0])
LABELS = np.array([0, 2, 2, 3])


def chosen(x, labels):
    return x[labels] ** 2


def counted(x, labels):
    return np.bincount(labels, weights=x)


def masked(x, keep):
    return np.sum(x[keep] ** 2)


def scaled(x, n):
    return np.sum(x * n)


@pytest.mark.parametrize("f", [chosen, counted])
def test_ints_that_index_are_data(f):
    out, pull = symdiff.vjp(f, X, LABELS)
    np.testing.assert_array_equal(out, f(X, LABELS))
    dx, dlabels = pull(np.arange(1.0, len(out) + 1))
    jacobian = symdiff.jacobian(f)(X, LABELS)
    np.testing.assert_allclose(dx, np.arange(1.0, len(out) + 1) @ jacobian)
    np.testing.assert_array_equal(dlabels, np.zeros(4))
    _, dot = symdiff.jvp(f, (X, LABELS), (X, np.zeros(4)))
    np.testing.assert_allclose(dot, jacobian @ X)


def test_a_mask_is_data():
    keep = np.array([True, False, True, False])
    out, pull = symdiff.vjp(masked, X, keep)
    assert out == masked(X, keep)
    dx, dkeep = pull(1.0)
    np.testing.assert_allclose(dx, [0.6, 0.0, 1.4, 0.0])
    np.testing.assert_array_equal(dkeep, np.zeros(4))


def test_ints_that_are_multiplied_count_as_floats():
    _, pull = symdiff.vjp(scaled, X, LABELS)
    dx, dn = pull(1.0)
    np.testing.assert_allclose(dx, LABELS)
    np.testing.assert_allclose(dn, X)


def test_a_tangent_of_data_must_be_zero():
    with pytest.raises(symdiff.ArgumentError, match=r"primals\[1\] is data"):
        symdiff.jvp(chosen, (X, LABELS), (X, np.ones(4)))


def test_masks_alone_are_refused():
    with pytest.raises(symdiff.ArgumentError, match="all arguments are arrays of bools"):
        symdiff.vjp(lambda keep: 1.0, np.array([True]))


def test_a_refusal_that_has_another_reason_comes_through():
    def f(x, labels):
        return np.histogram2d(x, x)[0][labels]

    with pytest.raises(symdiff.SymdiffError, match="histogram2d"):
        symdiff.vjp(f, X, LABELS)
