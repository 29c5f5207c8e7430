"""Each elementary operation over intervals: its value and its derivatives, as mathematics has them.

They are written down here apart from the table of operations, because they are what the table is
checked against.  A singularity at exactly the operand is None for a partial and
:class:`OutOfDomain` for a value; an interval that only touches it asks for more digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symdiff.report.interval import Interval, Num, OutOfDomain, Rule, Tape, Undecided, Unresolved

RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    def keep(f: Rule) -> Rule:
        for name in names:
            RULES[name] = f
        return f

    return keep


def _nonzero(t: Tape, v: Interval) -> Interval:
    """A divisor; zero is a domain error."""
    if t.sure_sign(v) == 0:
        raise OutOfDomain("division by zero")
    return v


def _positive(t: Tape, v: Interval) -> Interval:
    if t.sure_sign(v) <= 0:
        raise OutOfDomain("math domain error")
    return v


def _ln(t: Tape, v: Interval) -> Interval:
    return t.iv.log(_positive(t, v))


def _root(t: Tape, v: Interval) -> Interval:
    low, high = t.ends(v)
    if high < 0:
        raise OutOfDomain("math domain error")
    if low < 0:
        raise Undecided
    return t.iv.sqrt(v)


def _over(t: Tape, top: Any, bottom: Interval) -> Any:
    """``top/bottom`` for a partial: None (infinite) where the divisor is exactly zero."""
    return None if t.sure_sign(bottom) == 0 else top / bottom


@rule("add")
def _add(t: Tape, x: Num, y: Num) -> Any:
    return x.v + y.v, (1, 1)


@rule("sub")
def _sub(t: Tape, x: Num, y: Num) -> Any:
    return x.v - y.v, (1, -1)


@rule("mul")
def _mul(t: Tape, x: Num, y: Num) -> Any:
    return x.v * y.v, (y.v, x.v)


@rule("div")
def _div(t: Tape, x: Num, y: Num) -> Any:
    out = x.v / _nonzero(t, y.v)
    return out, (1 / y.v, -out / y.v)


@rule("neg")
def _neg(t: Tape, x: Num) -> Any:
    return -x.v, (-1,)


@rule("pos", "float", "held")
def _same(t: Tape, x: Num) -> Any:
    return x.v, (1,)


@rule("fma")
def _fma(t: Tape, x: Num, y: Num, z: Num) -> Any:
    return x.v * y.v + z.v, (y.v, x.v, 1)


@rule("abs", "fabs")
def _abs(t: Tape, x: Num) -> Any:
    sign = t.sign(x, 0.0)
    return (abs(x.v) if sign == 0 else x.v * sign), (sign,)


@rule("copysign")
def _copysign(t: Tape, x: Num, y: Num) -> Any:
    sign = math.copysign(1.0, y.f) if y.f is not None else t.sure_sign(y.v)
    mine = t.sign(x, 0.0)
    return abs(x.v) * int(sign), (mine * int(sign), 0)


@rule("max")
def _max(t: Tape, x: Num, y: Num) -> Any:
    return _pick(t, x, y, t.sign(x, y))


@rule("min")
def _min(t: Tape, x: Num, y: Num) -> Any:
    return _pick(t, x, y, -t.sign(x, y))


def _pick(t: Tape, x: Num, y: Num, sign: int) -> Any:
    half = t.iv.mpf(0.5)
    return (y.v if sign < 0 else x.v), {1: (1, 0), 0: (half, half), -1: (0, 1)}[sign]


# -- powers and roots ---


@rule("pow", "fpow")
def _pow(t: Tape, x: Num, p: Num) -> Any:
    if p.at < 0 and p.f is not None and p.f.is_integer() and abs(p.f) < 2**20:
        return _integer_power(t, x, int(p.f))
    sign = t.sure_sign(x.v)
    if sign > 0:
        log = t.iv.log(x.v)
        out = t.iv.exp(p.v * log)
        return out, (p.v * t.iv.exp((p.v - 1) * log), out * log)
    if sign < 0:
        if p.f is None or not p.f.is_integer():
            raise OutOfDomain("a negative number to a fractional power")
        out, (dx, _) = _integer_power(t, x, int(p.f))
        return out, (dx, None)
    if t.sure_sign(p.v) < 0:
        raise OutOfDomain("zero to a negative power")
    flat = t.sure_sign(p.v) == 0
    above = t.sure_sign(p.v - 1)
    return t.iv.mpf(1 if flat else 0), (0 if flat or above > 0 else 1 if above == 0 else None, 0)


def _integer_power(t: Tape, x: Num, n: int) -> Any:
    if n < 0:
        _nonzero(t, x.v)
    if n == 0:
        return t.iv.mpf(1), (0, 0)
    lower = t.iv.mpf(1) if n == 1 else x.v ** (n - 1)
    return x.v**n, (n * lower, None)


@rule("sqrt")
def _sqrt(t: Tape, x: Num) -> Any:
    out = _root(t, x.v)
    return out, (_over(t, t.iv.mpf(0.5), out),)


@rule("cbrt")
def _cbrt(t: Tape, x: Num) -> Any:
    sign = t.sure_sign(x.v)
    if sign == 0:
        return x.v, (None,)
    out = sign * t.iv.exp(t.iv.log(abs(x.v)) / 3)
    return out, (1 / (3 * out**2),)


@rule("hypot")
def _hypot(t: Tape, *xs: Num) -> Any:
    out = _root(t, sum((x.v**2 for x in xs), t.iv.mpf(0)))
    if t.sure_sign(out) == 0:
        return out, tuple(0 for _ in xs)
    return out, tuple(x.v / out for x in xs)


# -- exponentials, logarithms, hyperbolic functions ---


def _unary(
    name: str, value: Callable[[Tape, Interval], Interval], partial: Callable[..., Any]
) -> None:
    """A function of one number: its value, and its derivative from the tape, the operand and the
    value."""

    def applied(t: Tape, x: Num) -> Any:
        out = value(t, x.v)
        return out, (partial(t, x.v, out),)

    RULES[name] = applied


def _ln2(t: Tape) -> Interval:
    return t.iv.log(t.iv.mpf(2))


def _ln10(t: Tape) -> Interval:
    return t.iv.log(t.iv.mpf(10))


def _cosh(t: Tape, x: Interval) -> Interval:
    return (t.iv.exp(x) + t.iv.exp(-x)) / 2


def _sinh(t: Tape, x: Interval) -> Interval:
    return (t.iv.exp(x) - t.iv.exp(-x)) / 2


def _acosh(t: Tape, x: Interval) -> Interval:
    if t.ends(x)[1] < 1:
        raise OutOfDomain("math domain error")
    return t.iv.log(x + _root(t, x * x - 1))


_unary("exp", lambda t, x: t.iv.exp(x), lambda t, x, out: out)
_unary("exp2", lambda t, x: t.iv.exp(x * _ln2(t)), lambda t, x, out: out * _ln2(t))
_unary("expm1", lambda t, x: t.iv.exp(x) - 1, lambda t, x, out: t.iv.exp(x))
_unary("log", _ln, lambda t, x, out: 1 / x)
_unary("log2", lambda t, x: _ln(t, x) / _ln2(t), lambda t, x, out: 1 / (x * _ln2(t)))
_unary("log10", lambda t, x: _ln(t, x) / _ln10(t), lambda t, x, out: 1 / (x * _ln10(t)))
_unary("log1p", lambda t, x: _ln(t, 1 + x), lambda t, x, out: 1 / (1 + x))
_unary("sinh", _sinh, lambda t, x, out: _cosh(t, x))
_unary("cosh", _cosh, lambda t, x, out: _sinh(t, x))
_unary("tanh", lambda t, x: 1 - 2 / (t.iv.exp(2 * x) + 1), lambda t, x, out: 1 / _cosh(t, x) ** 2)
_unary("asinh", lambda t, x: t.monotone(t.mp.asinh, x), lambda t, x, out: 1 / t.iv.sqrt(1 + x**2))
_unary("acosh", _acosh, lambda t, x, out: _over(t, t.iv.mpf(1), _root(t, x * x - 1)))
_unary(
    "atanh",
    lambda t, x: _ln(t, (1 + x) / _positive(t, 1 - x)) / 2,
    lambda t, x, out: 1 / (1 - x**2),
)

# -- trigonometry ---


def _inverse(t: Tape, f: Callable[[Any], Any], x: Interval) -> Interval:
    low, high = t.ends(x)
    if low > 1 or high < -1:
        raise OutOfDomain("math domain error")
    if low < -1 or high > 1:
        raise Undecided
    return t.monotone(f, x)


def _chord(t: Tape, x: Interval) -> Interval:
    return _root(t, (1 - x) * (1 + x))


_unary("sin", lambda t, x: t.iv.sin(x), lambda t, x, out: t.iv.cos(x))
_unary("cos", lambda t, x: t.iv.cos(x), lambda t, x, out: -t.iv.sin(x))
_unary("tan", lambda t, x: t.iv.sin(x) / _nonzero(t, t.iv.cos(x)), lambda t, x, out: 1 + out**2)
_unary(
    "asin",
    lambda t, x: _inverse(t, t.mp.asin, x),
    lambda t, x, out: _over(t, t.iv.mpf(1), _chord(t, x)),
)
_unary(
    "acos",
    lambda t, x: _inverse(t, t.mp.acos, x),
    lambda t, x, out: _over(t, t.iv.mpf(-1), _chord(t, x)),
)
_unary("atan", lambda t, x: t.monotone(t.mp.atan, x), lambda t, x, out: 1 / (1 + x**2))
_unary("degrees", lambda t, x: x * 180 / t.iv.pi, lambda t, x, out: 180 / t.iv.pi)
_unary("radians", lambda t, x: x * t.iv.pi / 180, lambda t, x, out: t.iv.pi / 180)


@rule("atan2")
def _atan2(t: Tape, y: Num, x: Num) -> Any:
    square = x.v**2 + y.v**2
    if t.sure_sign(square) == 0:
        return t.iv.mpf(0), (0, 0)
    partials = (x.v / square, -y.v / square)
    if t.ends(x.v)[0] > 0:
        return t.monotone(t.mp.atan, y.v / x.v), partials
    side = t.sure_sign(y.v)
    if side == 0:
        below = y.f is not None and math.copysign(1.0, y.f) < 0
        return (-1 if below else 1) * (t.iv.pi + 0), partials
    return side * (t.iv.pi / 2) - t.monotone(t.mp.atan, x.v / y.v), partials


# -- error and gamma functions ---


def _bell(t: Tape, x: Interval) -> Interval:
    return 2 / t.iv.sqrt(t.iv.pi + 0) * t.iv.exp(-(x**2))


def _off_poles(t: Tape, x: Interval) -> Interval:
    """An argument of the gamma function between two poles."""
    low, high = t.ends(x)
    if low == high and low <= 0 and low == t.mp.floor(low):
        raise OutOfDomain("math domain error")
    if low <= 0 and t.mp.floor(low) != t.mp.floor(high):
        raise Undecided
    return x


def _gamma(t: Tape, x: Interval) -> Interval:
    return t.iv.gamma(_off_poles(t, x))


def _lgamma(t: Tape, x: Interval) -> Interval:
    return t.iv.log(abs(_gamma(t, x)))


_unary("erf", lambda t, x: t.monotone(t.mp.erf, x), lambda t, x, out: _bell(t, x))
_unary("erfc", lambda t, x: t.monotone(t.mp.erfc, x), lambda t, x, out: -_bell(t, x))
_unary("gamma", _gamma, lambda t, x, out: out * t.monotone(t.mp.digamma, x))
_unary("lgamma", _lgamma, lambda t, x, out: t.monotone(t.mp.digamma, x))


# -- remainders: the quotient is a whole number that the program finds ---


def _remainder(t: Tape, x: Num, y: Num, quotient: Callable[[Fraction], int]) -> Any:
    _nonzero(t, y.v)
    if x.f is None or y.f is None:
        raise Unresolved("a remainder of a number beyond the floats")
    n = quotient(Fraction(x.f) / Fraction(y.f))
    return x.v - n * y.v, (1, -n)


RULES["mod"] = lambda t, x, y: _remainder(t, x, y, math.floor)
RULES["fmod"] = lambda t, x, y: _remainder(t, x, y, math.trunc)
RULES["remainder"] = lambda t, x, y: _remainder(t, x, y, round)
