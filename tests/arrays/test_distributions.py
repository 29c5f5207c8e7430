"""``scipy.stats``: values as SciPy has them, and their derivatives."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest
from scipy import stats

import symdiff

SHAPES = {
    "norm": "", "lognorm": "0.7, ", "expon": "", "gamma": "2.3, ", "chi2": "3.0, ",
    "beta": "1.5, 2.2, ", "t": "3.5, ", "cauchy": "", "laplace": "", "logistic": "",
    "gumbel_r": "", "uniform": "", "weibull_min": "1.7, ", "pareto": "1.3, ",
}  # fmt: skip
METHODS = ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf", "ppf", "isf")
X = np.array([0.3, 0.55, 0.8])
WEIGHTS = np.array([1.0, 2.0, 3.0])


def program(text: str) -> Any:
    """A function of ``x`` and ``a`` from the text of its value."""
    name = f"<distribution {text}>"
    source = f"def f(x, a):\n    return ({text}*WEIGHTS).sum()\n"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {"stats": stats, "np": np, "WEIGHTS": WEIGHTS}
    exec(compile(source, name, "exec"), space)
    return space["f"]


def differences(f: Any, x: np.ndarray, a: float) -> tuple[np.ndarray, float]:
    h = 1e-5
    by_x = [(f(x + h * e, a) - f(x - h * e, a)) / (2 * h) for e in np.eye(len(x))]
    return np.array(by_x), (f(x, a + h) - f(x, a - h)) / (2 * h)


def holds(text: str, x: np.ndarray = X, a: float = 1.3) -> None:
    f = program(text)
    value, (by_x, by_a) = symdiff.value_and_grad(f, (0, 1))(x, a)
    assert value == pytest.approx(f(x, a), rel=1e-12)
    wanted_x, wanted_a = differences(f, x, a)
    np.testing.assert_allclose(by_x, wanted_x, rtol=1e-5, atol=1e-7)
    assert by_a == pytest.approx(wanted_a, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("family", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_continuous(family: str, method: str) -> None:
    loc = -2.0 if family == "pareto" else 0.1
    holds(f"stats.{family}.{method}(x, {SHAPES[family]}{loc}, a)")


@pytest.mark.parametrize("text", [
    "stats.poisson.logpmf(np.array([0, 2, 5]), a + x)",
    "stats.poisson.cdf(np.array([0, 2, 5]), a + x)",
    "stats.poisson.sf(np.array([0, 2, 5]), a + x)",
    "stats.binom.logpmf(np.array([0, 2, 10]), 10, 0.3*a + 0.1*x)",
    "stats.binom.cdf(np.array([0, 2, 10]), 10, 0.3*a + 0.1*x)",
    "stats.nbinom.pmf(np.array([0, 2, 5]), 4, 0.3*a + 0.1*x)",
    "stats.bernoulli.logpmf(np.array([0, 1, 1]), 0.3*a + 0.1*x)",
    "stats.geom.logpmf(np.array([1, 2, 5]), 0.3*a + 0.1*x)",
])  # fmt: skip
def test_discrete(text: str) -> None:
    holds(text)


@pytest.mark.parametrize("text", [
    "stats.norm.logpdf(x)",
    "a*stats.norm.logpdf(x, scale=a)",
    "stats.norm(0.2, a).logpdf(x)",
    "stats.norm(loc=a).cdf(x)",
    "stats.gamma(1.5, scale=a).logsf(x)",
    "stats.t(5.0, scale=a).pdf(x)",
    "a*stats.expon.pdf(x - 0.5)",
    "a*stats.uniform.cdf(2*x)",
])  # fmt: skip
def test_ways_of_calling(text: str) -> None:
    holds(text if "a" in text.replace("stats", "").replace("scale", "") else f"a*{text}")


def test_several_dimensions() -> None:
    spread = "np.diag(a + x) + 0.1*np.ones((3, 3))"
    holds(f"stats.multivariate_normal.logpdf(np.array([0.1, 0.2, 0.9]), x, {spread})")
    points = "np.array([[0.1, 0.2, 0.9], [0, 0, 0], [1, 0, 1]])"
    holds(f"stats.multivariate_normal.pdf({points}, x, {spread})")


@pytest.mark.parametrize("text", [
    "stats.norm.cdf(x, 0.0, a)", "stats.norm.pdf(x, 0.0, a)", "stats.norm.logpdf(x, 0.0, a)",
    "stats.gamma.logpdf(x, a)", "stats.t.cdf(x, 3.0, a, 1.0)*stats.beta.pdf(x, a, 2.0)",
    "stats.binom.logpmf(2, 5, 1.0 - a)", "stats.poisson.pmf(2, a)", "stats.expon.ppf(x + a - 1.0)",
])  # fmt: skip
def test_parameters_that_no_distribution_has_give_nan(text: str) -> None:
    f = program(text)
    value, (_, by_a) = symdiff.value_and_grad(f, (0, 1))(X, -0.7)
    assert np.isnan(f(X, -0.7)) and np.isnan(value) and np.isnan(by_a)


@pytest.mark.parametrize("text", [
    "stats.poisson.logpmf(1.5, p)", "stats.poisson.cdf(-2, p)", "stats.bernoulli.logpmf(2, p)",
    "stats.geom.logpmf(0, p)", "stats.binom.logpmf(6, 5, p)", "stats.binom.cdf(-1, 5, p)",
    "stats.nbinom.logpmf(-1, 3, p)",
])  # fmt: skip
def test_what_is_no_count_has_no_probability(text: str) -> None:
    name = f"<count {text}>"
    source = f"def f(p):\n    return {text}\n"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {"stats": stats}
    exec(compile(source, name, "exec"), space)
    value, by_p = symdiff.value_and_grad(space["f"])(0.4)
    assert value == space["f"](0.4)
    assert by_p == 0.0


def named(x, c):
    return stats.multivariate_normal.logpdf(X, cov=c, mean=x)


def test_parameters_of_several_dimensions_by_name() -> None:
    c = np.diag(X) + 0.1
    value = symdiff.value_and_grad(named)(np.zeros(3), c)[0]
    assert value == pytest.approx(named(np.zeros(3), c), rel=1e-12)


FROZEN = stats.norm(0.5, 2.0)


def held(x):
    return FROZEN.logpdf(x) + FROZEN.cdf(x)


def test_a_distribution_that_was_made_outside() -> None:
    h = 1e-6
    assert symdiff.grad(held)(0.3) == pytest.approx((held(0.3 + h) - held(0.3 - h)) / (2 * h))


def drawn(x):
    return stats.norm.rvs(x)


def test_what_has_no_formula_is_refused() -> None:
    with pytest.raises(symdiff.UnsupportedCall, match=r"norm.rvs\(\)"):
        symdiff.grad(drawn)(1.0)


def densities(x, special):
    return stats.norm.cdf(x) * special


def test_a_parameter_may_have_the_name_of_the_module() -> None:
    gradient = symdiff.grad(densities, (0, 1))
    assert gradient(0.0, 2.0) == pytest.approx((2.0 * 0.3989422804014327, 0.5))
