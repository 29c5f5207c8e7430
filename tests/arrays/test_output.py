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


def eliminated(A, b):
    """Elimination and back substitution, in place."""
    A, b = A.copy(), b.copy()
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            f = A[i, k] / A[k, k]
            A[i, k:] -= f * A[k, k:]
            b[i] -= f * b[k]
    x = np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


def test_no_loop_copies_a_whole_array_to_write_an_element() -> None:
    """Zeros are made for each who writes to them, and a tape holds parts of several arrays."""
    gradient = symdiff.grad(eliminated, (0, 1))
    A, b = np.eye(4) + 0.1 * np.arange(16.0).reshape(4, 4), np.arange(1.0, 5.0)
    dA, db = gradient(A, b)
    x = np.linalg.solve(A, b)
    u = np.linalg.solve(A.T, 2 * x)
    assert np.allclose(db, u) and np.allclose(dA, -np.outer(u, x))
    loops = gradient.source[gradient.source.index("for k") :]
    assert loops.count(".copy()") == 2 and "x[t" in loops  # of a row and of a part of x


def smoothed(x, a):
    y = np.zeros(len(x))
    y[0] = x[0]
    for t in range(1, len(x)):
        y[t] = a * x[t] + (1 - a) * y[t - 1]
    e = x[1:] - y[:-1]
    return np.sum(e**2)


def test_a_slice_of_what_a_loop_wrote_is_as_long_as_one_from_before() -> None:
    gradient = symdiff.grad(smoothed, (0, 1))
    x, h = np.linspace(1.0, 2.0, 5) ** 2, 1e-6
    dx, da = gradient(x, 0.3)
    assert abs(da - (smoothed(x, 0.3 + h) - smoothed(x, 0.3 - h)) / (2 * h)) < 1e-7
    bumps = h * np.eye(5)
    assert np.allclose(dx, [(smoothed(x + e, 0.3) - smoothed(x - e, 0.3)) / (2 * h) for e in bumps])
    assert "unbroadcast" not in gradient.source


def scaled_rows(A):
    for k in range(len(A)):
        A[k] = A[k] / (1.0 + A[k, k])
    return np.sum(A**3)


def test_what_is_set_to_zero_and_added_to_is_set() -> None:
    gradient = symdiff.grad(scaled_rows)
    A = np.arange(1.0, 10.0).reshape(3, 3)
    found, h = gradient(A), 1e-6
    for at in np.ndindex(3, 3):
        bump = np.zeros((3, 3))
        bump[at] = h
        slope = (scaled_rows(A + bump) - scaled_rows(A - bump)) / (2 * h)
        assert abs(found[at] - slope) < 1e-6
    assert "= 0.0" not in gradient.source


def turned(W, X, Y):
    return np.sum((X @ W - (Y @ W).T @ Y) ** 2) - np.sum(np.sin(X @ -W))


def test_signs_and_transposes_of_products_are_those_of_operands() -> None:
    gradient = symdiff.grad(turned)
    rng = np.random.default_rng(3)
    W, X, Y = rng.normal(size=(3, 3, 3))
    found, h = gradient(W, X, Y), 1e-6
    for at in np.ndindex(3, 3):
        bump = np.zeros((3, 3))
        bump[at] = h
        slope = (turned(W + bump, X, Y) - turned(W - bump, X, Y)) / (2 * h)
        assert abs(found[at] - slope) < 1e-5
    assert "dW -= Y.T @ (Y @ " in gradient.source


def varied(image, weight):
    dx = image[:, 1:] - image[:, :-1]
    return weight * np.sum(np.sqrt(dx**2 + 1e-6)) + (weight - 1) * np.sum(np.sqrt(image))


def test_a_root_of_what_is_positive_needs_no_guard() -> None:
    gradient = symdiff.grad(varied, (0, 1))
    image = np.array([[1.0, 2.0, 2.0], [0.5, 1.0, 3.0]])
    found, _ = gradient(image, 1.0)
    d = image[:, 1:] - image[:, :-1]
    g = d / np.sqrt(d**2 + 1e-6)  # the other root may be zero: its guard stays
    expected = np.zeros_like(image)
    expected[:, 1:] += g
    expected[:, :-1] -= g
    assert np.allclose(found, expected)
    assert gradient.source.count("np.where(") == 1


def filtered(kernel, image, rows):
    out = np.zeros((3, image.shape[1] - 1))
    for i in range(2):
        for j in range(2):
            out += kernel[i, j] * image[i : i + rows, j : image.shape[1] - 1 + j]
    return np.sum(np.tanh(out))


@pytest.mark.parametrize("rows", [3, 1])  # one row is added to all
def test_all_elements_of_a_product_are_summed_once(rows) -> None:
    gradient = symdiff.grad(filtered)
    rng = np.random.default_rng(4)
    kernel, image = rng.normal(size=(2, 2)), rng.normal(size=(4, 5))
    found = gradient(kernel, image, rows)
    for at in np.ndindex(2, 2):
        bump = np.zeros((2, 2))
        bump[at] = 1e-6
        up, down = filtered(kernel + bump, image, rows), filtered(kernel - bump, image, rows)
        assert abs(found[at] - (up - down) / 2e-6) < 1e-7
    assert "unbroadcast" not in gradient.source


def gelu(x):
    return np.sum(0.5*x*(1 + np.tanh(0.7978845608028654*(x + 0.044715*x**3))))


def test_a_gate_of_arrays_costs_one_exponential() -> None:
    """A choice of two quotients is a quotient of a choice, which is a maximum; a positive factor
    comes out of an absolute value.  A common factor that is 0 far out stays in the terms where what
    would be left overflows there."""
    for level in ("auto", "whole"):
        gradient = symdiff.grad(gelu, granularity=level)
        found = gradient(np.array([-8.0, -0.5, 0.0, 0.5, 8.0]))
        assert np.allclose(found[1:], [0.13263, 0.5, 0.86737, 1.0], atol=1e-5)
        assert gradient.source.count("np.exp(") == 1 and "np.tanh(" not in gradient.source
        assert "np.where" not in gradient.source and "np.maximum(t, u > 0.0)" in gradient.source
        assert "*np.abs(u))" in gradient.source
        with np.errstate(all="ignore"):
            assert gradient(np.array([1e200, -1e200])).tolist() == [1.0, 0.0]


def test_tiles_are_written_to_memory_that_nobody_filled() -> None:
    gradient = symdiff.grad(gelu, granularity="whole")
    gradient(np.ones(3))
    assert "dx = np.empty_like(x)" in gradient.source
