"""Polynomials of NumPy's in terms of other functions: see ``formulas_numpy``.

The series of ``numpy.polynomial`` are summed by their recurrences (Clenshaw), as NumPy does."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"


@formula("polyadd")
def polyadd(a1: Any, a2: Any) -> Any:
    """Coefficients from the highest power down: the shorter one gets zeros in front."""
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a1), len(a2))
    return np.pad(a1, (n - len(a1), 0)) + np.pad(a2, (n - len(a2), 0))


@formula("polysub")
def polysub(a1: Any, a2: Any) -> Any:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a1), len(a2))
    return np.pad(a1, (n - len(a1), 0)) - np.pad(a2, (n - len(a2), 0))


@formula("polymul")
def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


@formula("polyder")
def polyder(p: Any, m: Any = 1) -> Any:
    p = np.asarray(p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@formula("polyint")
def polyint(p: Any, m: Any = 1) -> Any:
    p = np.asarray(p)
    for _ in range(m):
        p = np.append(p / np.arange(len(p), 0, -1), 0.0)
    return p


@formula("poly")
def poly(seq_of_zeros: Any) -> Any:
    """The product of ``x - z``; of a matrix its characteristic polynomial, which has no row."""
    zeros = np.asarray(seq_of_zeros)
    if zeros.ndim != 1:
        raise ValueError("the zeros of a polynomial are an array of one dimension")
    found = np.ones(1)
    for z in zeros:
        found = np.append(found, 0.0) - np.append(0.0, z * found)
    return found


@formula("polyfit")
def polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None) -> Any:
    """Least squares of columns scaled to one length; what is cut off is as ``lstsq`` has it."""
    x, y = np.asarray(x) + 0.0, np.asarray(y) + 0.0
    lhs = np.vander(x, deg + 1)
    if w is not None:
        lhs = lhs * np.asarray(w)[:, None]
        y = np.asarray(w) * y if y.ndim == 1 else np.asarray(w)[:, None] * y
    scale = np.sqrt((lhs * lhs).sum(axis=0))
    found, rest, rank, values = np.linalg.lstsq(lhs / scale, y, rcond)
    found = (found.T / scale).T
    cut = len(x) * 2.220446049250313e-16 if rcond is None else rcond
    return (found, rest, rank, values, cut) if full else found


@formula("numpy.polynomial.polynomial.polyval")
def horner(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    total = c[-1] + x * 0
    for k in range(2, len(c) + 1):
        total = c[-k] + total * x
    return total


@formula("numpy.polynomial.chebyshev.chebval")
def chebval(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    one, two = x * 0, x * 0
    for k in range(len(c) - 1, 0, -1):
        one, two = c[k] + 2.0 * x * one - two, one
    return c[0] + x * one - two


@formula("numpy.polynomial.legendre.legval")
def legval(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    one, two = x * 0, x * 0
    for k in range(len(c) - 1, 0, -1):
        one, two = c[k] + (2 * k + 1) / (k + 1) * x * one - (k + 1) / (k + 2) * two, one
    return c[0] + x * one - 0.5 * two


@formula("numpy.polynomial.hermite.hermval")
def hermval(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    one, two = x * 0, x * 0
    for k in range(len(c) - 1, 0, -1):
        one, two = c[k] + 2.0 * x * one - 2.0 * (k + 1) * two, one
    return c[0] + 2.0 * x * one - 2.0 * two


@formula("numpy.polynomial.hermite_e.hermeval")
def hermeval(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    one, two = x * 0, x * 0
    for k in range(len(c) - 1, 0, -1):
        one, two = c[k] + x * one - (k + 1) * two, one
    return c[0] + x * one - two


@formula("numpy.polynomial.laguerre.lagval")
def lagval(x: Any, c: Any) -> Any:
    x, c = np.asarray(x), np.asarray(c)
    one, two = x * 0, x * 0
    for k in range(len(c) - 1, 0, -1):
        one, two = c[k] + (2 * k + 1 - x) / (k + 1) * one - (k + 1) / (k + 2) * two, one
    return c[0] + (1.0 - x) * one - 0.5 * two
