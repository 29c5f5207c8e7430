"""Functions of ``scipy.special``, first and second order, on arrays and on floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import symdiff
from symdiff.errors import NoDerivative
from symdiff.ops.table import OPS
from tests.arrays import differences

ANYWHERE = np.array([-1.3, -0.4, 0.6, 1.7])
POSITIVE = np.array([0.4, 0.9, 1.3, 2.2])
UNIT = np.array([0.15, 0.35, 0.6, 0.85])
_ANYWHERE = "erf erfc erfcx erfi dawsn ndtr log_ndtr cosm1 exprel j0 j1 i0 i1 i0e i1e expit expm1"
_POSITIVE = ("gamma gammaln loggamma digamma psi entr y0 y1 k0 k1 k0e k1e expi exp1 spence log1p exp2"
             " cbrt")
_UNIT = "erfinv erfcinv ndtri logit ellipk ellipe"
OF_ONE = {
    **dict.fromkeys([*_ANYWHERE.split(" "), "log_expit"], ANYWHERE),
    **dict.fromkeys(_POSITIVE.split(" "), POSITIVE),
    **dict.fromkeys(_UNIT.split(" "), UNIT),
}
_TWO = "beta betaln xlogy xlog1py rel_entr kl_div pseudo_huber huber boxcox boxcox1p"
OF_TWO = _TWO.split(" ")
SHAPES: dict[str, tuple[float, ...]] = {  # arguments that have no derivative
    "polygamma": (2,), "jv": (1.5,), "yv": (1.5,), "iv": (1.5,), "kv": (1.5,), "gammainc": (1.5,),
    "gammaincc": (1.5,), "gammaincinv": (1.5,), "gammainccinv": (1.5,), "stdtr": (2.5,),
    "stdtrit": (2.5,), "betainc": (1.5, 2.5), "betaincinv": (1.5, 2.5),
}
ONCE = ("exprel", "boxcox", "boxcox1p", "ellipk", "ellipe")


_HALF = {"inv_boxcox", "inv_boxcox1p"}  # by their first argument
_INNER = {"elliprd", "exprel_slope", "numpy_i0"}  # in derivatives of others, and np.i0
FUNCTIONS = {*OF_ONE, *OF_TWO, *SHAPES, *_HALF, "multigammaln"}
ROWS = {*OF_ONE, *OF_TWO, *SHAPES, *_HALF, *_INNER}


def test_every_row_is_here() -> None:
    rows = {s.name for s in OPS if any(d.startswith("scipy.special.") for d in s.python)}
    assert {r for r in rows if "array" in OPS[r].tags} <= ROWS


def check(f: Callable[..., Any], args: tuple[Any, ...], second: bool) -> None:
    wrt = tuple(range(len(args)))
    expected = differences.jacobian(f, args, wrt).ravel()
    g = symdiff.grad(f, wrt)
    np.testing.assert_allclose(differences.flat(g(*args)), expected, rtol=2e-7, atol=1e-8)
    v = tuple(0.1 + 0.2 * np.abs(x) if isinstance(x, np.ndarray) else 0.3 for x in args)
    if not second:
        with pytest.raises(NoDerivative):
            symdiff.hvp(f, wrt)(*args, v)
        return

    def along(t: float) -> np.ndarray:
        return differences.flat(g(*[x + t * d for x, d in zip(args, v, strict=True)]))

    h = 1e-4
    a, b = ((along(s) - along(-s)) / (2 * s) for s in (h, h / 2))
    found = differences.flat(symdiff.hvp(f, wrt)(*args, v))
    np.testing.assert_allclose(found, (4 * b - a) / 3, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", OF_ONE)
def test_functions_of_one_argument(name: str) -> None:
    function = getattr(special, name)

    def program(x, a):
        return np.sum(function(x) * x) + function(a) * a

    check(program, (OF_ONE[name], float(OF_ONE[name][1])), name not in ONCE)


@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two_arguments(name: str) -> None:
    function = getattr(special, name)

    def program(x, y):
        return np.sum(function(x, y) * x)

    check(program, (POSITIVE[:3, None], POSITIVE[::-1] + 0.05), name not in ONCE)


@pytest.mark.parametrize("name", SHAPES)
def test_functions_with_fixed_shapes(name: str) -> None:
    function, shapes = getattr(special, name), SHAPES[name]

    def program(x):
        return np.sum(function(*shapes, x) * x)

    inverse = name.endswith("inv") or name in ("betainc", "stdtrit")
    check(program, (UNIT if inverse else POSITIVE,), True)

    def by_shape(s):
        return np.sum(function(s, *shapes[1:], UNIT))

    with pytest.raises(NoDerivative):
        symdiff.grad(by_shape)(2.0)


@pytest.mark.parametrize("name", sorted(_HALF))
def test_inverse_transformations(name: str) -> None:
    function = getattr(special, name)
    check(lambda x: np.sum(function(x, 1.5) * x), (POSITIVE,), True)
    with pytest.raises(NoDerivative):
        symdiff.grad(lambda s: np.sum(function(POSITIVE, s)))(1.5)


def test_multivariate_gamma_and_i0() -> None:
    check(lambda x: np.sum(special.multigammaln(x + 3, 3)) + np.sum(np.i0(x)), (POSITIVE,), True)


def test_single_precision_is_kept() -> None:
    x = POSITIVE.astype(np.float32)
    found = symdiff.grad(lambda x: np.sum(special.erf(x) * special.gammaln(x) * special.i0(x)))(x)
    assert found.dtype == np.float32
