"""Arrays of no dimension: masks on what may be a number, and whose array it is."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from symdiff.errors import AliasError, TypeMismatch


def gradient(f, *args):
    """The gradients, and those of differences; the value is checked."""
    value, found = symdiff.value_and_grad(f, tuple(range(len(args))))(*args)
    assert float(value) == pytest.approx(float(f(*args)), rel=1e-12)
    steps = [[x + h * (k == j) for k, x in enumerate(args)] for j in range(len(args))
             for h in (1e-6, -1e-6)]
    values = [float(f(*s)) for s in steps]
    wanted = [(a - b) / 2e-6 for a, b in zip(values[::2], values[1::2], strict=True)]
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    return found


def clipped(x, z):
    y = np.asarray(x)
    y[y < 0] = z * z
    return float(y * y)


def in_parts(x, z):
    m = np.asarray(x) > z
    w = np.empty(np.shape(x))
    u = np.sqrt(np.asarray(x) ** 2 + 1.0)
    w[m] = np.sin(u[m]) * z
    w[~m] = u[~m] ** 2
    w[~m] += z / u[~m]
    return w * 1.0


def negated(x, z):
    return np.where(~(np.asarray(x) > z), x, x * x * z)


def number_or_array(x, z):
    y = np.sin(x)
    try:
        y[x > z] = 0.0
    except TypeError:
        y = y * z if x > z else y
    return y * 1.0


@pytest.mark.parametrize("f", [clipped, in_parts, negated, number_or_array])
@pytest.mark.parametrize("args", [(1.5, 0.5), (-1.5, 0.5), (0.4, 0.5)])
def test_masks(f, args):
    gradient(f, *args)


def test_a_masked_write_at_second_order():
    f = symdiff.grad(clipped)
    assert symdiff.grad(lambda x, z: f(x, z))(1.5, 0.5) == 2.0
    assert symdiff.hessian(clipped, 1)(-1.5, 0.5) == pytest.approx(12 * 0.25)


def two_names(x):
    y = np.asarray(x)
    z = y
    z[y > 0] = 2.0
    return y * z


def kept_in_a_list(x):
    y = np.zeros(())
    kept = [y]
    y[x > 0] = x
    return y + kept[0]


def of_a_call(x):
    y = two(x)
    y[x > 0] = x
    return y * 1.0


def two(x):
    return np.asarray(x)


def in_a_loop(x):
    y = np.zeros(())
    for k in range(3):
        y[x > k] = y + x * k
    return y * 1.0


@pytest.mark.parametrize("f", [two_names, kept_in_a_list, of_a_call, in_a_loop])
def test_what_may_be_shared_is_refused(f):
    with pytest.raises(AliasError, match="an array of no dimensions is written to"):
        symdiff.grad(f)(1.5)


def number(x):
    y = np.sin(x)
    y[x > 0] = 0.0
    return y


def by_an_int(x):
    y = np.zeros(())
    y[0] = x
    return y * 1.0


def test_a_number_has_no_elements():
    for f in (number, by_an_int):
        with pytest.raises(TypeMismatch):
            symdiff.grad(f)(1.5)
