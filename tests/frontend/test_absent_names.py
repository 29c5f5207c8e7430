"""Handlers for names and modules that are not there: what is lowered has them, so that these never
run, and may hold what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff


def distance(x):
    try:
        if (np.asarray(x) < 0).any():
            raise ValueError("negative")
    except NameError:
        if x < 0:  # the truth of an array
            raise ValueError("negative") from None
    return np.sum(x**2)


def raised_here(x):
    try:
        if x > 1.0:
            raise NameError("large")
    except NameError:
        return x**3
    return x**2


def test_a_handler_that_never_runs_is_left_out():
    np.testing.assert_allclose(symdiff.grad(distance)(np.array([1.0, 2.0])), [2.0, 4.0])
    with pytest.raises(ValueError, match="negative"):
        symdiff.grad(distance)(np.array([1.0, -2.0]))


def test_one_that_is_raised_is_kept():
    assert symdiff.grad(raised_here)(2.0) == 12.0
    assert symdiff.grad(raised_here)(0.5) == 1.0
