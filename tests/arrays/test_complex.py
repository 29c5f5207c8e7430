"""Complex numbers where they are refused: what goes in and what comes out is real."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from symdiff.errors import SymdiffError


def returned(x):
    return np.fft.fft(x)


def compared(x):
    return 1.0 if 1j * x.sum() == 0 else 2.0


def as_a_condition(x):
    return 1.0 if 1j * x[0] else 2.0


def in_an_array(x):
    return np.sum(np.array([1j * x[0]]).real)


def iterated(x):
    total = 0.0
    for v in np.fft.fft(x):
        total += abs(v)
    return total


def of_another_function(x):
    return np.sum(np.sqrt(np.fft.fft(x)).real)


def collected(x):
    zs = []
    for v in x:
        zs.append(1j * v)
    return abs(zs[0])


def of_different_parts(x):
    z = 1j * x
    z = z + x if x[0] > 0 else z * z
    return np.sum(np.abs(z))


def written_to_where_it_is_zero(x):
    z = 1j * x
    r = z.real
    r[0] = 1.0
    return np.sum(z.real)


def ordered(x):
    return max(1j * x[0], 2j * x[1]).imag


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (returned, "returns a complex number"),
        (compared, "complex numbers are not compared"),
        (as_a_condition, "complex numbers are not compared"),
        (in_an_array, "needs an array or a number"),
        (iterated, "complex cannot be iterated over"),
        (of_another_function, r"sqrt\(\) of complex numbers is not supported"),
        (collected, "a complex cannot be an element"),
        (of_different_parts, "has both parts on one path only"),
        (written_to_where_it_is_zero, "a part of a complex array, which is 0 here"),
        (ordered, "complex"),
    ],
)
def test_refused(f, message):
    with pytest.raises(SymdiffError, match=message):
        symdiff.grad(f)(np.array([1.0, 2.0, 3.0]))


def test_the_text_has_transforms_and_no_pairs():
    def power(x):
        return np.sum(np.abs(np.fft.rfft(x)) ** 2)

    text = symdiff.grad(power)
    text(np.array([1.0, 2.0, 4.0, 3.0]))
    assert text.source.count("np.fft.rfft(x)") == 1
    assert text.source.count("np.fft.ifft(") == 1
