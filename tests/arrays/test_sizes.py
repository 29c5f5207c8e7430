"""Programs that are compiled for the sizes of their arrays, because they are refused for all: the
text says so, another size gets another function, and loops that are written out see every write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff.errors import AliasError, SymdiffError
from tests.arrays import differences


def squeezed(x: Any) -> Any:
    return np.sum(np.squeeze(x[:, : x.shape[1] - 3]) ** 2)


def unpacked(x: Any) -> Any:
    low, high = (np.asarray(b) * 2 for b in x)
    return np.sum(low * high) * len(tuple(n for n in x.shape if n > 1))


def shaped(x: Any) -> Any:
    shape = list(x.shape)
    shape[-1] += 1
    wide = np.ones(tuple(shape))
    wide[..., :-1] = x
    return np.sum(wide**3 * np.arange(shape[-1]))


def by_slices(x: Any, axis: int) -> Any:
    after, before = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    after[axis], before[axis] = slice(1, None), slice(None, -1)
    return np.sum((x[tuple(after)] - x[tuple(before)]) ** 3)


X = np.arange(1.0, 13.0).reshape(3, 4) ** 1.5


@pytest.mark.parametrize(
    ("f", "args"),
    [(squeezed, (X,)), (squeezed, (X[:, [0, 1, 2, 3, 0]],)), (unpacked, (X[:2],)),
     (shaped, (X,)), (shaped, (X[0],)), (by_slices, (X, 0)), (by_slices, (X, 1))],
)  # fmt: skip
def test_gradients(f: Any, args: Any) -> None:
    expected = differences.jacobian(f, args, (0,)).reshape(args[0].shape)
    np.testing.assert_allclose(symdiff.grad(f)(*args), expected, rtol=1e-6, atol=1e-6)
    v = np.cos(np.arange(float(args[0].size))).reshape(args[0].shape)
    h, g = 1e-5, symdiff.grad(f)
    second = (g(args[0] + h * v, *args[1:]) - g(args[0] - h * v, *args[1:])) / (2 * h)
    np.testing.assert_allclose(symdiff.hvp(f)(*args, v), second, rtol=1e-5, atol=1e-5)


def test_each_size_has_its_function() -> None:
    g = symdiff.grad(squeezed)
    one = g(X)
    assert "For x of the sizes f64[3,4] only." in g.source
    g(np.ones((2, 5)))
    assert "f64[2,5]" in g.source
    np.testing.assert_array_equal(g(X), one)


def test_what_needs_no_size_serves_all() -> None:
    g = symdiff.grad(shaped)
    g(X)
    assert "of the sizes" not in g.source


def test_a_large_size_stays_open() -> None:
    g = symdiff.grad(lambda x: np.sum(np.squeeze(x[:, : len(x) - 99]) ** 2))
    with pytest.raises(SymdiffError, match="which dimensions are 1"):
        g(np.ones((100, 4)))


def written(xs: Any) -> Any:
    ys = [xs[0], xs[1], xs[2]]
    total = 0.0
    for k, y in enumerate(ys):
        ys[2] = y * 2.0
        total = total + np.sum(np.sum(xs.reshape((1,) * k + (3, 1)), axis=k)) * y
    return total


def test_a_list_that_changes_is_not_written_out() -> None:
    with pytest.raises((AliasError, SymdiffError)):
        symdiff.grad(written)(np.array([1.0, 2.0, 3.0]))


def caught(e: Any) -> Any:
    try:
        e[abs(e) < 1e-3] = 0.0
    except TypeError:
        if abs(e) < 1e-3:
            e = 0.0
    return np.sum(e**2)


def sure_to_raise(y: Any) -> Any:
    scale = 1.0
    try:
        if np.any(y > 3000):
            scale = 2.0
    except ValueError:
        if y > 3000:
            scale = 3.0
    return np.sum(y**2) * scale


@pytest.mark.parametrize("f", [caught, sure_to_raise])
def test_handlers_that_no_array_comes_to(f: Any) -> None:
    x = np.array([1.0, 2e-5, -3.0])
    g = symdiff.grad(f)
    np.testing.assert_array_equal(g(x), [2.0, 0.0 if f is caught else 4e-5, -6.0])


def full(x: Any) -> Any:
    u, s, v = np.linalg.svd(x)
    k = len(s)
    return np.sum(np.sin(u[:, :k] @ v[:k])[0]) + np.sum(s**3)


def beyond(x: Any) -> Any:
    u, _, v = np.linalg.svd(x)
    return u[0, -1] * v[-1, -1]


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (2, 4)])
def test_all_singular_vectors(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(3).normal(size=shape)
    expected = differences.jacobian(full, (x,), (0,)).reshape(shape)
    g = symdiff.grad(full)
    np.testing.assert_allclose(g(x), expected, rtol=1e-6, atol=1e-7)
    v = np.random.default_rng(4).normal(size=shape)
    second = (g(x + 1e-6 * v) - g(x - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(symdiff.hvp(full)(x, v), second, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(symdiff.jvp(full, (x,), (v,))[1], np.sum(g(x) * v), rtol=1e-8)


def test_a_vector_that_is_not_determined_has_no_derivative() -> None:
    x = np.random.default_rng(3).normal(size=(4, 3))
    assert np.isnan(symdiff.grad(beyond)(x)).all()
    square = x[:3]
    expected = differences.jacobian(beyond, (square,), (0,)).reshape(3, 3)
    np.testing.assert_allclose(symdiff.grad(beyond)(square), expected, rtol=1e-6, atol=1e-7)


RANGES = {np.float64: (2.0, 3.0), bool: (0.0, 1.0)}


def by_class(x: Any) -> Any:
    low, high = RANGES[x.dtype.type]
    return np.sum(x * low + high)


def test_dict_by_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    g = symdiff.grad(by_class)
    np.testing.assert_array_equal(g(np.ones(3)), [2.0] * 3)
    monkeypatch.setitem(RANGES, np.float64, (5.0, 3.0))
    np.testing.assert_array_equal(g(np.ones(3)), [5.0] * 3)


def members(x: Any) -> Any:
    return [np.sum(x, axis=k) ** 2 for k in range(x.ndim)]


def test_a_list_of_arrays_has_a_jacobian_each() -> None:
    rows, columns = symdiff.jacobian(members)(X)
    assert rows.shape == (4, 3, 4) and columns.shape == (3, 3, 4)
    np.testing.assert_allclose(rows[1, :, 1], 2 * X.sum(axis=0)[1] * np.ones(3))
    np.testing.assert_allclose(columns[2, 2], 2 * X.sum(axis=1)[2] * np.ones(4))
