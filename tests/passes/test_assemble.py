"""Displays for cotangents that are written element by element."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff


def unpacked(p):
    a, b, c = p
    return a * b + a * c * c


def rows(m):
    (a, b), (c, d) = m
    return a * d - b * c


def skipping(p):
    a, _, c = p
    return a * a + c


def checked(p):
    if len(p) != 2:
        raise ValueError("two are needed")
    return p[0] * p[-1] * p[0]


def one_branch(p, x):
    if x > 0:
        a, b = p
        return a * b * x
    return p[0] * p[2] * x


def any_length(p):
    return p[0] * p[1]


def twice(p):
    total = 0.0
    for k in range(3):
        a, b = p
        total += a * b * k
    return total


def test_lists_of_known_length_are_written_out() -> None:
    gradient = symdiff.grad(unpacked)
    assert gradient([2.0, 3.0, 4.0]) == [19.0, 2.0, 16.0]
    assert "a, b, c = p" in gradient.source
    assert "[0.0]*" not in gradient.source
    with pytest.raises(ValueError, match="unpack"):
        gradient([1.0, 2.0])


def test_arrays_of_known_length_are_written_out() -> None:
    gradient = symdiff.grad(unpacked)
    found = gradient(np.array([2.0, 3.0, 4.0], np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == [19.0, 2.0, 16.0]
    assert "zeros" not in gradient.source
    with pytest.raises(ValueError, match="unpack"):
        gradient(np.ones(4, np.float32))


def test_arrays_of_rows_are_written_out() -> None:
    gradient = symdiff.grad(rows)
    assert gradient(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[4.0, -3.0], [-2.0, 1.0]]
    assert "zeros" not in gradient.source
    assert symdiff.hessian(rows)(np.eye(2)).shape == (2, 2, 2, 2)


def test_elements_that_nobody_reads_are_zero() -> None:
    assert symdiff.grad(skipping)([2.0, 5.0, 1.0]) == [4.0, 0.0, 1.0]
    assert symdiff.grad(skipping)(np.array([2.0, 5.0, 1.0])).tolist() == [4.0, 0.0, 1.0]


def test_a_check_of_the_users_own_and_an_index_from_the_end() -> None:
    assert symdiff.grad(checked)([2.0, 3.0]) == [12.0, 4.0]
    with pytest.raises(ValueError, match="two are needed"):
        symdiff.grad(checked)([2.0, 3.0, 4.0])


@pytest.mark.parametrize("kind", [list, np.array])
def test_what_is_checked_in_one_branch_is_not_known_in_another(kind) -> None:
    gradient = symdiff.grad(one_branch)
    assert list(gradient(kind([2.0, 3.0]), 1.5)) == [4.5, 3.0]
    assert list(gradient(kind([2.0, 3.0, 4.0]), -1.0)) == [-4.0, 0.0, -2.0]


def test_without_a_check_the_length_is_that_of_the_argument() -> None:
    assert symdiff.grad(any_length)([2.0, 3.0, 4.0]) == [3.0, 2.0, 0.0]


@pytest.mark.parametrize("kind", [list, np.array])
def test_a_check_in_a_loop(kind) -> None:
    assert list(symdiff.grad(twice)(kind([2.0, 5.0]))) == [15.0, 6.0]
