"""What the generated text leaves out, because it is known while compiling."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from tests.arrays import programs


@pytest.mark.parametrize("f", [programs.stencil_in_a_loop, programs.masked_writes])
def test_what_is_as_long_as_the_place_it_is_written_to_is_not_summed(f) -> None:
    gradient = symdiff.grad(f)
    gradient(np.linspace(-1.0, 1.0, 6))
    assert "unbroadcast" not in gradient.source


def test_memory_that_a_view_was_not_taken_of_is_written_in_place() -> None:
    gradient = symdiff.grad(programs.stencil_in_a_loop)
    gradient(np.linspace(-1.0, 1.0, 6))
    _, backward = gradient.source.split("reversed(")
    assert backward.count(".copy()") == 1


def labelled(X, y):
    return -X[np.arange(len(y)), y].mean()


def test_no_element_is_met_twice_where_one_index_counts() -> None:
    gradient = symdiff.grad(labelled)
    found = gradient(np.ones((3, 2)), np.array([1, 0, 1]))
    assert np.array_equal(found, np.array([[0, 1], [1, 0], [0, 1]]) / -3)
    assert "np.add.at" not in gradient.source
    assert "dX[np.arange(t), y] = -1.0/t" in gradient.source


def repeated(x, at):
    return (x[at] ** 2).sum()


def test_elements_that_are_met_twice_are_added_up() -> None:
    gradient = symdiff.grad(repeated)
    found = gradient(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 2]))
    assert np.array_equal(found, [0.0, 8.0, 6.0])
    assert "np.add.at" in gradient.source


def crossed(x, y):
    return np.cross(x, y).sum()


def test_a_cross_product_is_of_three_components() -> None:
    with pytest.raises(ValueError, match="three components"):
        symdiff.grad(crossed)(np.ones(2), np.ones(2))
    assert symdiff.grad(crossed)(np.ones(3), np.arange(3.0)).tolist() == [-1.0, 2.0, -1.0]
