"""Annotations of arrays: the source before the first call, and calls that decide for themselves."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest
from numpy.typing import NDArray

from symdiff import grad
from symdiff.annotations import annotated, is_fixed, is_open_array
from symdiff.errors import ArgumentError
from symdiff.ir.types import FLOAT, Node, array_of, list_of

Matrix = Annotated[np.ndarray, "f64[n,m]"]


def postponed(w: "f64[d]", X: Matrix) -> float:  # type: ignore[name-defined] # noqa: F821, UP037
    return np.sum(np.tanh(X @ w))  # type: ignore[no-any-return]


def open_(w: NDArray[np.float64]) -> float:
    return np.sum(w * w)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("hint", "tree"),
    [
        ("f64[n,1]", array_of("f64", "n1")),
        ("'f32[k]'", array_of("f32", "n")),
        (Matrix, array_of("f64", "nn")),
        (np.ndarray[tuple[int, int], np.dtype[np.float32]], array_of("f32", "nn")),
        (list[Matrix], list_of(array_of("f64", "nn"))),
        (tuple[Matrix, float], Node("tuple", (0, 1), (array_of("f64", "nn"), FLOAT))),
        (Annotated[float, "a unit"], FLOAT),
        (np.ndarray, None),
        (NDArray[np.float64], None),
        ("Matrix", None),
        ("float", None),  # a name is looked up before, a string says nothing here
    ],
)
def test_annotations(hint: object, tree: object) -> None:
    assert annotated(hint) == tree


def test_arrays_are_hints_and_numbers_are_fixed() -> None:
    assert is_fixed(list_of(FLOAT)) and not is_fixed(list_of(array_of("f64", "n")))
    assert is_open_array(np.ndarray) and is_open_array("npt.NDArray[np.float64]")
    assert not is_open_array(Matrix) and not is_open_array(float)


def test_source_before_the_first_call() -> None:
    g = grad(postponed)
    assert "X.T @" in g.source
    w, X = np.array([0.3]), np.array([[1.0], [2.0]])  # sizes of 1: another signature
    assert np.allclose(g(w, X), X.T @ (1 - np.tanh(X @ w) ** 2))
    assert np.allclose(grad(postponed)(np.float32([1, 2]), np.float32([[1, 2]])),  # type: ignore[arg-type]
                       np.float32([1, 2]) * (1 - np.tanh(5.0) ** 2), atol=1e-6)


def test_an_open_annotation_needs_a_call() -> None:
    g = grad(open_)
    with pytest.raises(ArgumentError, match=r"does not say its dtype and number of dimensions"):
        _ = g.source
    assert np.array_equal(g(np.array([1.0, 2.0])), [2.0, 4.0])
    assert "return 2.0*w" in g.source
