"""Array arguments: what is taken and refused, dtypes, layouts, signatures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import symdiff
from symdiff.errors import AliasError, ArgumentError, UnsupportedCall


def squares(x):
    return np.sum(x**2)


def shifted(X, b):
    return np.sum((X + b) ** 2)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((0, 3)),
        np.ones((1, 1)),
        np.arange(12.0).reshape(3, 4)[::2, ::-1],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4.0).astype(">f8"),
        np.array(2.0),
    ],
    ids=["empty", "size 1", "strided", "Fortran", "big-endian", "0-d"],
)
def test_layouts(x):
    x.setflags(write=False)
    found = symdiff.grad(squares)(x)
    assert found.shape == x.shape
    np.testing.assert_array_equal(found, 2 * x)


def test_float32_stays_float32():
    X, b = np.ones((3, 2), np.float32), np.ones(2, np.float32)
    value, grads = symdiff.value_and_grad(shifted, (0, 1))(X, b)
    assert value.dtype == np.float32
    assert [g.dtype for g in grads] == [np.float32, np.float32]


def test_integers_count_as_float64():
    found = symdiff.grad(squares)(np.array([1, 2, 3]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [2.0, 4.0, 6.0])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([True]), "cannot be differentiated"),
        (np.array([1j]), "x is an array of complex128, which is not supported"),
        (np.array([None]), "x is an array of object, which is not supported"),
        (np.ma.array([1.0]), "x is a MaskedArray, a subclass of numpy.ndarray"),
    ],
)
def test_refused_by_name(x, message):
    with pytest.raises(ArgumentError, match=message):
        symdiff.grad(squares)(x)


def test_one_function_serves_all_sizes_but_not_all_broadcasts():
    g = symdiff.grad(shifted, (0, 1))
    for n in (2, 3, 5):
        dX, db = g(np.ones((n, 4)), np.ones(4))
        np.testing.assert_array_equal(dX, np.full((n, 4), 4.0))
        np.testing.assert_array_equal(db, np.full(4, 4.0 * n))
    assert "1 signature" in repr(g)
    _, db = g(np.ones((3, 4)), np.ones(1))
    np.testing.assert_array_equal(db, [48.0])
    dX, _ = g(np.ones((1, 4)), np.ones(4))
    np.testing.assert_array_equal(dX, np.full((1, 4), 4.0))
    assert "3 signatures" in repr(g)


def test_a_gradient_is_no_argument():
    w = np.arange(3.0)
    dx = symdiff.grad(lambda x, w: np.sum(x * w))(np.ones(3), w)
    assert not np.shares_memory(dx, w)
    dx[0] = 9.0
    assert w[0] == 0.0


def test_nearest_operation_is_named():
    def f(x):
        return np.arctanh2(x)

    with pytest.raises(Exception, match="arctanh2"):
        symdiff.grad(f)(np.ones(2))

    def g(x):
        return np.histogram2d(x, x)[0].sum()

    with pytest.raises(UnsupportedCall, match="no row of the table"):
        symdiff.grad(g)(np.ones(2))


def test_a_write_to_what_may_be_a_view_is_refused():
    def f(x):
        y = x.reshape(-1)
        y[0] = 1.0
        return np.sum(x)

    with pytest.raises(AliasError, match=r"may be a view of 'x'"):
        symdiff.grad(f)(np.ones((2, 2)))


def test_a_write_to_one_of_two_is_refused():
    def f(x, c):
        a, b = x * 1.0, x * 2.0
        d = a if c > 0 else b
        d[0] = 1.0
        return np.sum(a) + np.sum(b) + np.sum(d)

    with pytest.raises(AliasError, match="depends on the path"):
        symdiff.grad(f)(np.ones(2), 1.0)


def test_overlapping_arguments_are_refused_where_one_is_written():
    def f(x, y):
        x[0] = 1.0
        return np.sum(x * y)

    x = np.ones(4)
    with pytest.raises(ArgumentError, match="writes to its arguments"):
        symdiff.grad(f, (0, 1))(x[:3], x[1:])
    symdiff.grad(f, (0, 1))(x[::2], x[1::2])


@pytest.mark.parametrize(("f", "shape"), [("vector", (3, 2)), ("number", (2,))])
def test_jacobian_nests_shapes(f, shape):
    A = np.arange(6.0).reshape(3, 2)

    def vector(x):
        return A @ x

    def number(x):
        return np.sum(A @ x)

    J = symdiff.jacobian({"vector": vector, "number": number}[f])(np.ones(2))
    assert J.shape == shape
    np.testing.assert_allclose(J, A if f == "vector" else A.sum(axis=0))


def test_hessian_of_two_arguments_nests():
    def f(x, W):
        return np.sum((W @ x) ** 2)

    x, W = np.array([1.0, 2.0]), np.arange(6.0).reshape(3, 2)
    (Hxx, HxW), (HWx, HWW) = symdiff.hessian(f, (0, 1))(x, W)
    assert (Hxx.shape, HxW.shape) == ((2, 2), (2, 3, 2))
    assert (HWx.shape, HWW.shape) == ((3, 2, 2), (3, 2, 3, 2))
    np.testing.assert_allclose(Hxx, 2 * W.T @ W)
    np.testing.assert_allclose(HxW, np.moveaxis(HWx, 2, 0))


def test_the_branch_not_taken_puts_no_nan():
    def root(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0))

    def sinc(x):
        return np.sum(np.where(x != 0, np.sin(x) / x, 1))

    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(symdiff.grad(root)(x), [0.0, 0.25])
    with np.errstate(all="ignore"):
        assert np.isfinite(symdiff.grad(sinc)(x)).all()
        assert symdiff.grad(sinc)(x)[0] == 0.0


def test_importing_symdiff_loads_no_numpy():
    code = "import sys, symdiff; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
