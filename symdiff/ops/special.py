"""Rows of the ``math`` module, and the functions that its derivatives need but it lacks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import BOOL, FLOAT, INT, Type, array_of, is_array, tuple_of
from symdiff.ops import bounds, fold_products
from symdiff.ops.array_types import dims_of
from symdiff.ops.declare import integer, op, real
from symdiff.ops.polygamma import INLINE_FUNCTIONS

__all__ = ["INLINE_FUNCTIONS"]

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]

_DOMAIN = "math domain error"
_UNIT = (-0.9, 0.9)
_POSITIVE = (0.1, 4.0)


# NumPy's names
_SAME = frozenset((
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan",
    "sinh", "cosh", "tanh", "fabs", "floor", "ceil", "trunc", "isnan", "isinf", "isfinite",
))
_SCIPY = {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "gammaln"}
_ALSO_SCIPY = ("expm1", "log1p", "exp2", "cbrt")  # NumPy's under another name
_UFUNCS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
           "acosh": "arccosh", "atanh": "arctanh"}


def _unary(name: str, partial: str, image: str, cost: float, raises: str = "", **more: Any) -> None:
    """A function of one float that ``math`` has under the row's own name."""
    checks = ((raises, "ValueError", _DOMAIN),) if raises else ()
    if "low" in more:
        more["domain"] = {"x": (more.pop("low"), more.pop("high"))}
    ufunc = _UFUNCS.get(name, name if name in _SAME else "")
    names = [f"math.{name}", *([f"numpy.{ufunc}"] if ufunc else ())]
    spelled = f"np.{ufunc}(x)" if ufunc else ""
    if name in _SCIPY:
        spelled = f"special.{_SCIPY[name]}(x)"
        names.append(f"scipy.special.{_SCIPY[name]}")
    elif name in _ALSO_SCIPY:
        names.append(f"scipy.special.{name}")
    op(name, "x", emit=f"math.{name}(x)", numpy=spelled, partials=(partial,), image=image,
       cost=cost, raises=checks, python=tuple(names), **{"total": not checks, **more})


# -- exponentials and logarithms (an overflow is an OverflowError, so these are not total) ---------

_unary("exp", "out", "exp(x)", 15, total=False, errors="OverflowError", bounds=bounds.exp)
_unary("exp2", "0.6931471805599453*out", "2**x", 20, total=False,
       errors="OverflowError", bounds=bounds.within(0, math.inf))
_unary("expm1", "exp(x)", "exp(x) - 1", 30, total=False, errors="OverflowError",
       bounds=bounds.within(-1, math.inf))
_unary("log", "1/x", "log(x)", 54, "x <= 0", low=0.1, high=4.0)
_unary("log2", "1.4426950408889634/x", "log(x)/log(2)", 50, "x <= 0", low=0.1, high=4.0)
_unary("log10", "0.4342944819032518/x", "log(x)/log(10)", 50, "x <= 0", low=0.1, high=4.0)
_unary("log1p", "1/(1 + x)", "log(1 + x)", 30, "x <= -1", low=-0.9, high=4.0)

# -- roots: an infinite partial at 0, where a cotangent of exactly zero gives zero -----------------

_unary("sqrt", "0.5/out if out != 0 else inf", "sqrt(x)", 11, "x < 0", low=0.1, high=4.0,
       tags="guarded", bounds=bounds.sqrt)
_unary("cbrt", "1/(3*out*out) if out != 0 else inf", "sign(x)*Abs(x)**Rational(1, 3)", 25,
       bounds=bounds.quadrant)

# -- trigonometry ----------------------------------------------------------------------------------

_unary("sin", "cos(x)", "sin(x)", 22, bounds=bounds.within(-1, 1), errors="ValueError")
_unary("cos", "-sin(x)", "cos(x)", 22, bounds=bounds.within(-1, 1), errors="ValueError")
_unary("tan", "1 + out*out", "tan(x)", 30, low=-1.4, high=1.4, errors="ValueError")
_unary("asin", "1/sqrt((1 - x)*(1 + x)) if (1 - x)*(1 + x) != 0 else inf", "asin(x)", 20,
       "abs(x) > 1",
       low=-0.9, high=0.9, tags="guarded", bounds=bounds.quadrant)
_unary("acos", "-1/sqrt((1 - x)*(1 + x)) if (1 - x)*(1 + x) != 0 else -inf", "acos(x)", 20,
       "abs(x) > 1",
       low=-0.9, high=0.9, tags="guarded", bounds=bounds.within(0, 3.2))
_unary("atan", "1/(1 + x*x)", "atan(x)", 22, bounds=bounds.within(-1.6, 1.6))
op("atan2", "y x", emit="math.atan2(y, x)", numpy="np.arctan2(y, x)", image="atan2(y, x)",
   cost=40, python=("math.atan2", "numpy.arctan2"),
   partials=("x/hypot(x, y)/hypot(x, y) if hypot(x, y) != 0 else 0",
             "-y/hypot(x, y)/hypot(x, y) if hypot(x, y) != 0 else 0"),
   note="the derivative of atan2 at the origin is taken as 0")

# -- hyperbolic functions --------------------------------------------------------------------------

# 1 - out*out would lose every digit in the tails; cosh would overflow there.
_TANH = "(lambda t: 4*t/((1 + t)*(1 + t)))(exp(2*x if x < 0 else -2*x))"

_unary("sinh", "cosh(x)", "sinh(x)", 25, total=False, errors="OverflowError",
       bounds=bounds.quadrant)
_unary("cosh", "sinh(x)", "cosh(x)", 25, total=False, errors="OverflowError",
       bounds=bounds.within(1, math.inf))
# On arrays the square of the result, as everybody writes it: nothing but the result is kept.
_unary("tanh", _TANH, "tanh(x)", 23, array_partials=("1 - out*out",), words=("1 - out*out",),
       bounds=bounds.within(-1, 1))
_unary("asinh", "1/hypot(1, x)", "asinh(x)", 35, bounds=bounds.quadrant)
_unary("acosh", "1/(sqrt(x - 1)*sqrt(x + 1)) if x != 1 else inf", "acosh(x)", 35, "x < 1", low=1.1,
       high=5.0, bounds=bounds.within(0, math.inf))
_unary("atanh", "1/((1 - x)*(1 + x))", "atanh(x)", 30, "abs(x) >= 1", low=-0.9, high=0.9)

# -- lengths ---------------------------------------------------------------------------------------

op("hypot", "*xs", emit="math.hypot(*xs)", numpy="np.hypot(*xs)",
   partials=("x/out if out != 0 else 0",), array_partials=("safe_ratio(x, out)",)*2, cost=35,
   image="sqrt(x**2 + rest**2)", bounds=bounds.length, python=("math.hypot", "numpy.hypot"),
   note="hypot'(0) = 0")
op("degrees", "x", emit="math.degrees(x)", numpy="np.degrees(x)", partials=("57.29577951308232",),
   image="180*x/pi",
   cost=15,
   python=("math.degrees", "numpy.degrees", "numpy.rad2deg"))
op("radians", "x", emit="math.radians(x)", numpy="np.radians(x)",
   partials=("0.017453292519943295",), image="pi*x/180",
   cost=15,
   python=("math.radians", "numpy.radians", "numpy.deg2rad"))

# -- error and gamma functions ---------------------------------------------------------------------

_unary("erf", "1.1283791670955126*exp(-(x*x))", "erf(x)", 30, bounds=bounds.within(-1, 1))
_unary("erfc", "-1.1283791670955126*exp(-(x*x))", "erfc(x)", 30, bounds=bounds.within(0, 2))
_POLE = "x <= 0 and x == floor(x)"
_unary("gamma", "out*digamma(x)", "gamma(x)", 60, _POLE, low=0.2, high=5.0)
_unary("lgamma", "digamma(x)", "loggamma(x)", 50, _POLE, low=0.2, high=5.0)

# -- signs, remainders, parts ----------------------------------------------------------------------

_unary("fabs", "1 if x > 0 else (-1 if x < 0 else 0)", "Abs(x)", 15, note="abs'(0) = 0",
       bounds=bounds.absolute)
op("copysign", "x y", emit="math.copysign(x, y)", numpy="np.copysign(x, y)", cost=25,
   python=("math.copysign", "numpy.copysign"),
   partials=("copysign(1, out*x) if x != 0 else 0", "0"), image="Abs(x)*sign(y)")
op("fmod", "x y", emit="math.fmod(x, y)", numpy="np.fmod(x, y)", partials=("1", "(out - x)/y"),
   cost=25, total=False,
   raises=(("y == 0", "ValueError", _DOMAIN),), domain={"y": _POSITIVE}, python=("math.fmod",
   "numpy.fmod"),
   image="x - y*sign(x/y)*floor(Abs(x/y))")
op("remainder", "x y", emit="math.remainder(x, y)", partials=("1", "(out - x)/y"), cost=25,
   total=False,
   raises=(("y == 0", "ValueError", _DOMAIN),), domain={"y": _POSITIVE}, python=("math.remainder",),
   image="x - y*floor(x/y + Rational(1, 2))")
def _fma(x: float, y: float, z: float) -> float:
    """``math.fma`` where it exists (3.13); exact integers stand in for it in the interpreter only.
    """
    fma = getattr(math, "fma", None)
    if fma is not None:
        return float(fma(x, y, z))
    (a, b), (c, d), (e, f) = (float(v).as_integer_ratio() for v in (x, y, z))
    return (a * c * f + e * b * d) / (b * d * f)


op("fma", "x y z", emit="math.fma(x, y, z)", evaluate=_fma, partials=("y", "x", "1"),
   image="x*y + z", cost=30,
   python=("math.fma",), total=False)

_STEPS = "piecewise constant: derivative 0 by mathematics"
for _name, _image in (("floor", "floor(x)"), ("ceil", "ceiling(x)"),
                      ("trunc", "sign(x)*floor(Abs(x))")):
    op(_name, "x", emit=f"math.{_name}(x)", numpy=f"np.{_name}(x)", infer=integer,
       partials=("0",), image=_image, cost=30,
       note=_STEPS, total=False, errors="ValueError OverflowError", tags="data",
       python=(f"math.{_name}", f"numpy.{_name}"))


def _pair(second: Type) -> Any:
    def infer(types: Types, attrs: Attrs) -> Types:
        real(types, attrs)
        return (tuple_of(FLOAT, second),)

    return infer


def _vjp_modf(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.b.op("tuple_get", g, index=0))


def _jvp_modf(ctx: Any, stmt: Stmt, tangents: list[Value | None]) -> Value | None:
    (t,) = tangents
    return None if t is None else ctx.b.op("make_tuple", t, ctx.b.const(0.0))


def _power_of_frexp(ctx: Any, stmt: Stmt) -> Value:
    exponent = ctx.b.op("tuple_get", ctx.value(stmt.result), index=1)
    return ctx.b.neg(exponent)  # type: ignore[no-any-return]


def _vjp_frexp(ctx: Any, stmt: Stmt, g: Value) -> None:
    part = ctx.b.op("tuple_get", g, index=0)
    ctx.add(stmt.args[0], ctx.b.op("ldexp", part, _power_of_frexp(ctx, stmt)))


def _jvp_frexp(ctx: Any, stmt: Stmt, tangents: list[Value | None]) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    mantissa = ctx.b.op("ldexp", t, _power_of_frexp(ctx, stmt))
    return ctx.b.op("make_tuple", mantissa, ctx.b.const(0))  # type: ignore[no-any-return]


def _vjp_ldexp(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.b.op("ldexp", g, ctx.value(stmt.args[1])))


def _jvp_ldexp(ctx: Any, stmt: Stmt, tangents: list[Value | None]) -> Value | None:
    t = tangents[0]
    return None if t is None else ctx.b.op("ldexp", t, ctx.value(stmt.args[1]))


op("modf", "x", emit="math.modf(x)", infer=_pair(FLOAT), vjp=_vjp_modf, jvp=_jvp_modf, cost=30,
   python=("math.modf",))
op("frexp", "x", emit="math.frexp(x)", infer=_pair(INT), vjp=_vjp_frexp, jvp=_jvp_frexp, cost=30,
   python=("math.frexp",))
op("ldexp", "x n", emit="math.ldexp(x, n)", vjp=_vjp_ldexp, jvp=_jvp_ldexp, cost=30, total=False,
   python=("math.ldexp",))


# -- data: no derivative, and none is missed -------------------------------------------------------


def _truth(types: Types, attrs: Attrs) -> Types:
    (found,) = real(types, attrs)
    return (array_of("bool", dims_of(found)) if is_array(found) else BOOL,)


for _name in ("isnan", "isinf", "isfinite"):
    op(_name, "x", emit=f"math.{_name}(x)", numpy=f"np.{_name}(x)", infer=_truth, partials=("0",),
   cost=15, tags="data",
       python=(f"math.{_name}", f"numpy.{_name}"))
op("isclose", "x y", emit="math.isclose(x, y)", infer=_truth, partials=("0",), cost=30, tags="data",
   python=("math.isclose",))
op("isclose_tol", "x y rel_tol abs_tol", infer=_truth, partials=("0",), cost=60, tags="data",
   emit="math.isclose(x, y, rel_tol=rel_tol, abs_tol=abs_tol)")


def _whole(types: Types, attrs: Attrs) -> Types:
    if any(t not in (INT, BOOL) for t in types):
        raise TypeError("an int is needed here")
    return (INT,)


for _name, _params in (("gcd", "*xs"), ("lcm", "*xs"), ("comb", "n k"), ("factorial", "n"),
                       ("perm", "n k"),
                       ("isqrt", "n")):
    op(_name, _params, emit=f"math.{_name}({', '.join(_params.split())})", infer=_whole,
       partials=("0",), cost=60,
       total=False, tags="data", python=(f"math.{_name}",))


# -- what only derivatives use ---------------------------------------------------------------------

# An infinite partial times a cotangent: a cotangent of exactly zero contributes zero.
op("inf_times", "g", emit="(g and g*math.inf)",
   numpy="np.where(g == 0, 0.0, np.copysign(np.inf, g))", partials=("inf",),
   fold=fold_products.inf_times, cost=12)
