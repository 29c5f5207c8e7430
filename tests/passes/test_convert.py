"""Floats made of NumPy scalars behind a loop, not in it."""

from __future__ import annotations

import numpy as np

import symdiff


def weighted(w: float, xs: np.ndarray) -> float:
    total = 0.0
    for row in xs:
        total += np.tanh(w * row.sum())
    return total


def nested(w: float, xs: np.ndarray) -> float:
    total = 0.0
    for i in range(len(xs)):
        for j in range(i):
            total += np.sin(w * xs[i].sum()) * xs[j].sum()
        total += w * xs[i].max()
    return total


def recurrent(w: float, xs: np.ndarray) -> float:
    for row in xs:
        w = w * row.sum() + 1.0
    return w


def _slope(f, w, xs, h=1e-6):
    return (f(w + h, xs) - f(w - h, xs)) / (2 * h)


def _checked(f) -> str:
    gradient = symdiff.grad(f)
    xs = np.linspace(-0.5, 0.7, 6).reshape(3, 2)
    found = gradient(0.3, xs)
    assert type(found) is float and abs(found - _slope(f, 0.3, xs)) < 1e-8
    assert type(gradient(0.3, xs[:0])) is float  # the loop does not run
    return gradient.source


def test_a_sum_becomes_a_float_behind_its_loop() -> None:
    source = _checked(weighted)
    assert source.count("float(") == 1 and "return float(dw)" in source


def test_so_does_the_sum_of_a_loop_within() -> None:
    source = _checked(nested)
    assert source.count("float(") == 1 and "return float(dw)" in source


def test_what_a_loop_multiplies_stays_a_float() -> None:
    assert "float(" in _checked(recurrent)
