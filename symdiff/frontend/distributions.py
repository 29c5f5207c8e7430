"""The distributions of ``scipy.stats``: densities and probabilities in terms of known functions.

A call of ``norm.logpdf(x, loc, scale)`` follows the functions below in the place of SciPy's, whose
own go through checks and masks that no derivative passes. Each family gives what it has of its
standard form: ``log`` (of the density), ``below`` and ``above`` (probabilities), ``log_below`` and
``log_above``, ``quantile``. What is missing is made of the others. Formulas are SciPy's own.

Only who uses ``scipy.stats`` loads this module.
"""

from __future__ import annotations

import ast
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from symdiff.errors import UnsupportedCall
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Partial, pack
from symdiff.ir.core import Value

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

# -- any family ------------------------------------------------------------------------------------


def standard(x: Any, loc: Any, scale: Any) -> Any:
    if loc is not None:
        x = x - loc
    return x if scale is None else x / scale


def log_density(log: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    value = log(standard(x, loc, scale), *shapes)
    return value if scale is None else value - np.log(scale)


def density(log: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    value = np.exp(log(standard(x, loc, scale), *shapes))
    return value if scale is None else value / scale


def probability(below: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    return below(standard(x, loc, scale), *shapes)


def complement(below: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    return 1.0 - below(standard(x, loc, scale), *shapes)


def log_probability(below: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    return np.log(below(standard(x, loc, scale), *shapes))


def log_complement(below: Any, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    return np.log1p(-below(standard(x, loc, scale), *shapes))


def point(quantile: Any, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    x = quantile(q, *shapes)
    if scale is not None:
        x = x * scale
    return x if loc is None else x + loc


def point_above(quantile: Any, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
    return point(quantile, 1.0 - q, shapes, loc, scale)


# -- parameters that no distribution has: nan, in the value and in every derivative ----------------


def positive(p: Any) -> Any:
    return p * np.where(p > 0, 1.0, np.nan)


def not_negative(p: Any) -> Any:
    return p * np.where(p >= 0, 1.0, np.nan)


def between_0_and_1(p: Any) -> Any:
    return p * np.where((p >= 0) & (p <= 1), 1.0, np.nan)


CHECKS: dict[str, Callable[..., Any]] = {
    "p": between_0_and_1, "q": between_0_and_1, "mu": not_negative, "n": not_negative,
}  # fmt: skip


# per method of SciPy's: what is asked of a family, in order, and how it is used
WAYS: dict[str, tuple[tuple[str, Callable[..., Any]], ...]] = {
    "logpdf": (("log", log_density),),
    "pdf": (("log", density),),
    "logpmf": (("log", log_density),),
    "pmf": (("log", density),),
    "cdf": (("below", probability),),
    "sf": (("above", probability), ("below", complement)),
    "logcdf": (("log_below", probability), ("below", log_probability)),
    "logsf": (("log_above", probability), ("above", log_probability), ("below", log_complement)),
    "ppf": (("quantile", point),),
    "isf": (("quantile_above", point), ("quantile", point_above)),
}


# -- continuous families ---------------------------------------------------------------------------


def norm_log(z): return -0.5 * z**2 - 0.9189385332046727
def norm_below(z): return special.ndtr(z)
def norm_above(z): return special.ndtr(-z)
def norm_log_below(z): return special.log_ndtr(z)
def norm_log_above(z): return special.log_ndtr(-z)
def norm_quantile(q): return special.ndtri(q)
def norm_quantile_above(q): return -special.ndtri(q)


def lognorm_log(z, s):
    return np.where(z > 0, norm_log(np.log(z) / s) - np.log(s * z), -np.inf)


def lognorm_below(z, s): return np.where(z > 0, special.ndtr(np.log(z) / s), 0.0)
def lognorm_above(z, s): return np.where(z > 0, special.ndtr(-np.log(z) / s), 1.0)
def lognorm_quantile(q, s): return np.exp(s * special.ndtri(q))


def expon_log(z): return np.where(z >= 0, -z, -np.inf)
def expon_below(z): return np.where(z > 0, -np.expm1(-z), 0.0)
def expon_above(z): return np.where(z > 0, np.exp(-z), 1.0)
def expon_log_above(z): return np.where(z > 0, -z, 0.0)
def expon_quantile(q): return -np.log1p(-q)
def expon_quantile_above(q): return -np.log(q)


def gamma_log(z, a):
    return np.where(z >= 0, special.xlogy(a - 1.0, z) - z - special.gammaln(a), -np.inf)


def gamma_below(z, a): return np.where(z > 0, special.gammainc(a, z), 0.0)
def gamma_above(z, a): return np.where(z > 0, special.gammaincc(a, z), 1.0)
def gamma_quantile(q, a): return special.gammaincinv(a, q)


def chi2_log(z, df): return gamma_log(0.5 * z, 0.5 * df) - 0.6931471805599453
def chi2_below(z, df): return gamma_below(0.5 * z, 0.5 * df)
def chi2_above(z, df): return gamma_above(0.5 * z, 0.5 * df)
def chi2_quantile(q, df): return 2.0 * special.gammaincinv(0.5 * df, q)


def beta_log(z, a, b):
    value = special.xlog1py(b - 1.0, -z) + special.xlogy(a - 1.0, z) - special.betaln(a, b)
    return np.where((z >= 0) & (z <= 1), value, -np.inf)


def beta_below(z, a, b): return special.betainc(a, b, np.clip(z, 0.0, 1.0))
def beta_quantile(q, a, b): return special.betaincinv(a, b, q)


def t_log(z, df):
    whole = special.gammaln(0.5 * (df + 1.0)) - special.gammaln(0.5 * df)
    return whole - 0.5 * np.log(df * np.pi) - 0.5 * (df + 1.0) * np.log1p(z**2 / df)


def t_below(z, df): return special.stdtr(df, z)
def t_above(z, df): return special.stdtr(df, -z)
def t_quantile(q, df): return special.stdtrit(df, q)


def cauchy_log(z): return -np.log1p(z**2) - 1.1447298858494002
def cauchy_below(z): return 0.5 + np.arctan(z) / np.pi
def cauchy_above(z): return 0.5 - np.arctan(z) / np.pi
def cauchy_quantile(q): return np.tan(np.pi * (q - 0.5))


def laplace_log(z): return -np.abs(z) - 0.6931471805599453


def laplace_below(z):
    return np.where(z > 0, 1.0 - 0.5 * np.exp(-z), 0.5 * np.exp(z))


def laplace_above(z): return laplace_below(-z)


def laplace_quantile(q):
    return np.where(q > 0.5, -np.log(2.0 * (1.0 - q)), np.log(2.0 * q))


def logistic_log(z):
    t = np.exp(-np.abs(z))
    return -np.abs(z) - 2.0 * np.log1p(t)


def logistic_below(z): return special.expit(z)
def logistic_above(z): return special.expit(-z)
def logistic_log_below(z): return special.log_expit(z)
def logistic_log_above(z): return special.log_expit(-z)
def logistic_quantile(q): return special.logit(q)


def gumbel_r_log(z): return -z - np.exp(-z)
def gumbel_r_below(z): return np.exp(-np.exp(-z))
def gumbel_r_above(z): return -np.expm1(-np.exp(-z))
def gumbel_r_log_below(z): return -np.exp(-z)
def gumbel_r_quantile(q): return -np.log(-np.log(q))


def uniform_log(z): return np.where((z >= 0) & (z <= 1), 0.0 * z, -np.inf)
def uniform_below(z): return np.clip(z, 0.0, 1.0)
def uniform_quantile(q): return q


def weibull_min_log(z, c):
    return np.where(z >= 0, np.log(c) + special.xlogy(c - 1.0, z) - z**c, -np.inf)


def weibull_min_below(z, c): return np.where(z > 0, -np.expm1(-(z**c)), 0.0)
def weibull_min_above(z, c): return np.where(z > 0, np.exp(-(z**c)), 1.0)
def weibull_min_quantile(q, c): return (-np.log1p(-q)) ** (1.0 / c)


def pareto_log(z, b): return np.where(z >= 1, np.log(b) - (b + 1.0) * np.log(z), -np.inf)
def pareto_below(z, b): return np.where(z > 1, 1.0 - z ** (-b), 0.0)
def pareto_above(z, b): return np.where(z > 1, z ** (-b), 1.0)
def pareto_quantile(q, b): return (1.0 - q) ** (-1.0 / b)


# -- discrete families: k is data, and what is no whole number or lies outside has no probability --


def whole(inside: Any, k: Any, value: Any) -> Any:
    return np.where(inside & (k == np.floor(k)), value, -np.inf)


def poisson_log(k, mu):
    return whole(k >= 0, k, special.xlogy(k, mu) - special.gammaln(k + 1.0) - mu)


def poisson_below(k, mu):
    return np.where(k >= 0, special.gammaincc(np.maximum(np.floor(k), 0.0) + 1.0, mu), 0.0)


def poisson_above(k, mu):
    return np.where(k >= 0, special.gammainc(np.maximum(np.floor(k), 0.0) + 1.0, mu), 1.0)


def binom_log(k, n, p):
    ways = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    value = ways + special.xlogy(k, p) + special.xlog1py(n - k, -p)
    return whole((k >= 0) & (k <= n), k, value)


def binom_below(k, n, p):
    j = np.clip(np.floor(k), 0.0, n)
    value = np.where(k >= n, 1.0, special.betainc(n - j, j + 1.0, 1.0 - p))
    return np.where(k >= 0, value, 0.0)


def nbinom_log(k, n, p):
    ways = special.gammaln(n + k) - special.gammaln(k + 1.0) - special.gammaln(n)
    return whole(k >= 0, k, ways + n * np.log(p) + special.xlog1py(k, -p))


def bernoulli_log(k, p):
    return whole((k >= 0) & (k <= 1), k, special.xlogy(k, p) + special.xlog1py(1.0 - k, -p))


def geom_log(k, p): return whole(k >= 1, k, special.xlog1py(k - 1.0, -p) + np.log(p))


# -- several dimensions ----------------------------------------------------------------------------


def multivariate_normal_logpdf(x, mean, cov):
    d = x - mean
    square = (d * np.linalg.solve(cov, d.T).T).sum(axis=-1)
    return -0.5 * (square + np.linalg.slogdet(cov)[1]) - 0.9189385332046727 * mean.size


def multivariate_normal_pdf(x, mean, cov):
    return np.exp(multivariate_normal_logpdf(x, mean, cov))


# -- calls -----------------------------------------------------------------------------------------


def owner(f: Any) -> str:
    """The distribution that a callable is, or is a method of; "" for others."""
    holder = getattr(f, "__self__", f)
    stats = sys.modules.get("scipy.stats")
    name = getattr(holder, "name", None) or type(holder).__name__.removesuffix("_gen")
    known = stats is not None and isinstance(name, str) and getattr(stats, name, None) is holder
    return name if known else ""


def frozen(f: Any) -> Any:
    """The object of ``norm(0, 2)`` that a callable is a method of, made outside the function."""
    holder = getattr(f, "__self__", None)
    kinds = ("rv_continuous_frozen", "rv_discrete_frozen")
    return holder if type(holder).__name__ in kinds else None


def call(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract | None:
    """A call of a distribution or of a method of one; None if it is neither."""
    holder = args[0].value if args and isinstance(args[0], Const) else None
    if isinstance(f, types.FunctionType) and getattr(holder, f.__name__, None) is not None:
        made = f.__name__ in ("__call__", "freeze")
        f, args = holder if made else getattr(holder, f.__name__), args[1:]  # as its class has it
    held = frozen(f)
    if held is not None:  # which holds a copy of the distribution
        dist = getattr(sys.modules["scipy.stats"], held.dist.name, held.dist)
        fixed = _named(dist, [_fixed(lo, a) for a in held.args])
        fixed |= {k: _fixed(lo, v) for k, v in held.kwds.items()}
        return call(lo, getattr(dist, f.__name__), args, {**fixed, **kwargs}, node)
    name = owner(f)
    if not name:
        return None
    if not hasattr(f, "__self__"):  # norm(mu, sigma): its methods have these arguments
        return Partial(Const(f), (), tuple({**_named(f, args), **kwargs}.items()))
    complete = globals().get(f"{name}_{f.__name__}")
    if complete is not None:
        found = {**dict(zip(SEVERAL, args, strict=False)), **kwargs}
        if set(found) != set(SEVERAL):
            lo.fail(UnsupportedCall, node, f"{name}.{f.__name__}() is called with other arguments",
                    "", f"pass {', '.join(SEVERAL)}")
        return lo.call(Const(complete), [found[key] for key in SEVERAL], node)
    return _standardised(lo, f, name, args, kwargs, node)


def method(made: Partial, name: str) -> Abstract | None:
    """``norm(mu, sigma).logpdf``."""
    func = made.func.value if isinstance(made.func, Const) else None
    if name not in WAYS or not owner(func) or hasattr(func, "__self__"):
        return None
    return Partial(Const(getattr(func, name)), made.args, made.kwargs)


def _fixed(lo: Lowering, value: Any) -> Abstract:
    return lo.builder.const(value if isinstance(value, int) else float(value))


def _named(dist: Any, args: list[Abstract]) -> dict[str, Abstract]:
    """Positional parameters of a distribution by name."""
    return dict(zip(_parameters(dist), args, strict=False))


SEVERAL = ("x", "mean", "cov")  # the arguments of the normal distribution of several dimensions


def _parameters(dist: Any) -> list[str]:
    if owner(dist) == "multivariate_normal":
        return list(SEVERAL[1:])
    shapes = [s.strip() for s in (getattr(dist, "shapes", None) or "").split(",") if s.strip()]
    return [*shapes, "loc", "scale"]


def _checked(
    lo: Lowering, name: str, x: Abstract, node: ast.AST, *, logarithm: bool = False
) -> Abstract:
    """A parameter, or nan where no distribution has it; what is surely right goes as it is.

    An exponential may underflow to 0, of which the ``logarithm`` makes nan by itself.
    """
    if isinstance(x, Value):
        most = 1 if CHECKS.get(name) is between_0_and_1 else math.inf
        if (x.is_const() and 0 < x.constant < most) or (x.op == "exp" and logarithm):
            return x
    return lo.call(Const(CHECKS.get(name, positive)), [x], node)


def _standardised(
    lo: Lowering,
    f: Any,
    name: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    parameters = _parameters(f.__self__)
    found = {**_named(f.__self__, args[1:]), **kwargs}
    subject = args[0] if args else None
    for key in ("x", "k", "q"):
        subject = found.pop(key) if key in found and subject is None else subject
    missing = [p for p in parameters[:-2] if p not in found]
    if subject is None or missing or set(found) - set(parameters):
        lo.fail(UnsupportedCall, node, f"{name}.{f.__name__}() is called with other arguments", "",
                f"pass x, {', '.join(parameters)}")
    for part, way in WAYS.get(f.__name__, ()):
        formula = globals().get(f"{name}_{part}")
        if formula is not None:
            shapes = pack([_checked(lo, p, found[p], node) for p in parameters[:-2]])
            placed = [found.get("loc", NONE_CONST), found.get("scale", NONE_CONST)]
            if "scale" in found:
                logarithm = way is log_density
                placed[1] = _checked(lo, "scale", found["scale"], node, logarithm=logarithm)
            if part.startswith("quantile"):
                subject = _checked(lo, "q", subject, node)
            return lo.call(Const(way), [Const(formula), subject, shapes, *placed], node)
    lo.fail(UnsupportedCall, node, f"{name}.{f.__name__}() is not supported",
            "its formula is not known", "write it by functions of scipy.special")
