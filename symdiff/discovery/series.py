"""Power series at a removable singularity: ``sin(x)/x`` near 0.

A form ``n(x)/x**m`` whose numerator vanishes to that order has a value at 0 and loses its digits
near it.  Inside of a radius its power series computes value and slope, outside the form itself.
The coefficients are exact rationals.  What is cut off is bounded by the *majorant* of the
numerator (every coefficient by its absolute value: ``sinh`` for ``sin``), whose value less its own
partial sum is the largest that the rest can be anywhere in the disc; it has to be less than half a
unit in the last place of the result (a classical argument: Cauchy's method of majorants).  A
quotient is a series too: ``1/(1 - h)`` has the majorant ``1/(1 - H)`` as far as H is below 1.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import factorial

from symdiff.discovery.proof import equal, proved
from symdiff.discovery.rules import by_rules
from symdiff.discovery.spelling import (
    Formulas,
    NoFormula,
    chosen,
    formulas,
    inlined,
    substituted,
)
from symdiff.ir.interp import run
from symdiff.library.entries import form_graph
from symdiff.ops.formula import parse
from symdiff.ops.gates import with_lets

TERMS = 40  # of a numerator that are computed
MOST = 26  # the largest degree that is emitted
RADII = (Fraction(2), Fraction(1), Fraction(1, 2), Fraction(1, 4))
ROUNDING = Fraction(1, 2**54)
PROOF = "exact power series, remainder by its majorant; outside: "


class NoSeries(ValueError):
    """The form is made of something whose series is not known here."""


@dataclass(frozen=True, slots=True)
class Series:
    """``x**-order * sum(terms[k] * x**k)``; ``bounds`` are those of a majorant, whose sums at the
    radii of interest are ``totals`` (None where it has none)."""

    order: int
    terms: tuple[Fraction, ...]
    bounds: tuple[Fraction, ...]
    totals: tuple[Fraction | None, ...]
    known: int = TERMS  # how many of the terms are exact

    def rest(self, at: int) -> Fraction | None:
        """The most that the terms left out can be at a radius, without the factor x**-order."""
        total, radius = self.totals[at], _AT[at]
        if total is None:
            return None
        return total - sum((c * radius**k for k, c in enumerate(self.bounds)), _ZERO)


_ZERO = Fraction(0)
_AT = (*RADII, *(2 * r for r in RADII))


def _entire(sign: Callable[[int], int]) -> Series:
    """``sum(sign(k)*x**k/k!)``; the signs repeat after four."""
    terms = tuple(Fraction(sign(k % 4), factorial(k)) for k in range(TERMS))
    bounds = tuple(map(abs, terms))
    totals = []
    for r in _AT:
        inside = sum((c * r**k for k, c in enumerate(bounds)), _ZERO)
        totals.append(inside + r**TERMS / factorial(TERMS) / (1 - r / (TERMS + 1)))
    return Series(0, terms, bounds, tuple(totals))


_FUNCTIONS = {
    "exp": lambda k: 1,
    "sin": lambda k: (0, 1, 0, -1)[k],
    "cos": lambda k: (1, 0, -1, 0)[k],
    "sinh": lambda k: k % 2,
    "cosh": lambda k: 1 - k % 2,
}


def _monomial(coefficient: Fraction, power: int) -> Series:
    terms = tuple(coefficient if k == power else _ZERO for k in range(TERMS))
    bounds = tuple(map(abs, terms))
    return Series(0, terms, bounds, tuple(abs(coefficient) * r**power for r in _AT))


def _product(x: Sequence[Fraction], y: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple(
        sum((x[j] * y[k - j] for j in range(k + 1) if x[j] and y[k - j]), _ZERO)
        for k in range(TERMS)
    )


def _each(
    f: Callable[[Fraction, Fraction], Fraction], a: Series, b: Series
) -> tuple[Fraction | None, ...]:
    """Of the sums at the radii, where both majorants have one."""
    return tuple(
        None if x is None or y is None else f(x, y) for x, y in zip(a.totals, b.totals, strict=True)
    )


def _times(a: Series, b: Series) -> Series:
    return Series(
        a.order + b.order,
        _product(a.terms, b.terms),
        _product(a.bounds, b.bounds),
        _each(Fraction.__mul__, a, b),
        min(a.known, b.known),
    )


def _plus(a: Series, b: Series, sign: int) -> Series:
    if a.order < b.order:
        a = _times(a, _monomial(Fraction(1), b.order - a.order))
    elif b.order < a.order:
        b = _times(b, _monomial(Fraction(1), a.order - b.order))
    return Series(
        max(a.order, b.order),
        tuple(x + sign * y for x, y in zip(a.terms, b.terms, strict=True)),
        tuple(x + y for x, y in zip(a.bounds, b.bounds, strict=True)),
        _each(Fraction.__add__, a, b),
        min(a.known, b.known),
    )


def _over(a: Series, b: Series) -> Series:
    """``a*x**(o - j)/(c*(1 - h))`` where b is ``x**-o*c*x**j*(1 - h)``."""
    j = next((k for k, c in enumerate(b.terms) if c), None)
    if j is None or j >= b.known:
        raise NoSeries("the denominator is 0, or not known to which order")
    made = _times(a, _reciprocal(_from(b, j), j))
    order = a.order + j - b.order
    if order >= 0:
        return replace(made, order=order)
    return replace(_times(made, _monomial(Fraction(1), -order)), order=0)


def _from(b: Series, j: int) -> Series:
    """The same, its majorant without what it has before the first term."""
    totals = [
        None if t is None else t - sum((c * r**k for k, c in enumerate(b.bounds[:j])), _ZERO)
        for t, r in zip(b.totals, _AT, strict=True)
    ]
    return replace(b, bounds=(*(_ZERO,) * j, *b.bounds[j:]), totals=tuple(totals))


def _reciprocal(b: Series, j: int) -> Series:
    """``1/(c*(1 - h))``, by the recurrence ``r = 1 + h*r``; its majorant likewise by that of h.

    The last j terms of b are unknown to h, so that the last ones here are not exact; by how much
    is in what the sums of the majorant have beyond its terms."""
    c = b.terms[j]
    h = [-t / c for t in b.terms[j + 1 :]]
    bound = [t / abs(c) for t in b.bounds[j + 1 :]]
    last = TERMS - j
    terms, bounds = [1 / c], [1 / abs(c)]
    for k in range(1, TERMS):
        reach = range(1, min(k, last - 1) + 1)
        terms.append(sum((h[i - 1] * terms[k - i] for i in reach), _ZERO))
        bounds.append(sum((bound[i - 1] * bounds[k - i] for i in reach), _ZERO))
    totals: list[Fraction | None] = []
    for total, radius in zip(b.totals, _AT, strict=True):
        inside = None if total is None else total / (abs(c) * radius**j) - b.bounds[j] / abs(c)
        totals.append(None if inside is None or inside >= 1 else 1 / abs(c) / (1 - inside))
    return Series(0, tuple(terms), tuple(bounds), tuple(totals), b.known - j)


_ARITHMETIC: dict[type[ast.operator], Callable[[Series, Series], Series]] = {
    ast.Add: lambda a, b: _plus(a, b, 1),
    ast.Sub: lambda a, b: _plus(a, b, -1),
    ast.Mult: _times,
    ast.Div: _over,
}


def series(node: ast.expr, x: str) -> Series:
    """The series of a formula of one variable."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return _monomial(Fraction(repr(value)), 0)
        case ast.Name(id=name) if name == x:
            return _monomial(Fraction(1), 1)
        case ast.UnaryOp(ast.USub(), operand):
            return _times(_monomial(Fraction(-1), 0), series(operand, x))
        case ast.BinOp(left, ast.Pow(), ast.Constant(value=int() as n)) if 0 < n <= 6:
            base = made = series(left, x)
            for _ in range(n - 1):
                made = _times(made, base)
            return made
        case ast.BinOp(left, op, right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](series(left, x), series(right, x))
        case ast.Call(ast.Name(id="tanh"), [ast.Name(id=name)]) if name == x:
            return _over(_entire(_FUNCTIONS["sinh"]), _entire(_FUNCTIONS["cosh"]))
        case ast.Call(ast.Name(id="expm1"), [ast.Name(id=name)]) if name == x:
            return _plus(_entire(_FUNCTIONS["exp"]), _monomial(Fraction(1), 0), -1)
        case ast.Call(ast.Name(id=name), [ast.Name(id=inner)]) if inner == x and name in _FUNCTIONS:
            return _entire(_FUNCTIONS[name])
    raise NoSeries(ast.unparse(node))


# -- the patch -------------------------------------------------------------------------------------


def patched(form: str, x: str, outside: Formulas | None = None) -> Iterator[tuple[Formulas, str]]:
    """Value and slope by the series inside of a radius, by ``outside`` (by rules, where nothing is
    given) elsewhere, and how it is proved."""
    try:
        made = series(parse(form), x)
        rules = outside or formulas(by_rules(form_graph(form, [x])), [x])
    except (NoSeries, NoFormula):
        return
    m = made.order
    if any(made.terms[:m]) or _is_defined(form, x):
        return
    texts = [with_lets(f, rules.lets) for f in rules.outputs]
    if outside is None:
        texts[0] = form
    how = proved(form, [x], {}, texts)
    if not how:
        return
    for at, radius in enumerate(RADII):
        inside = [_polynomial(made, at, x, slope) for slope in (False, True)]
        if all(inside):
            bound = _number(radius)
            near = f"abs({x}) < {bound}"
            # on arrays both are computed: neither overflows, nor divides by 0, where it is not used
            lets = {"u": f"{x} if {near} else {bound}", "q": "u*u"}
            lets["v"] = f"{bound} if {near} else {x}"
            outputs = [
                f"({substituted(i, {x: 'u'})}) if {near} else ({substituted(o, {x: 'v'})})"
                for i, o in zip(inside, texts, strict=True)
            ]
            yield Formulas(lets, outputs), PROOF + how


def _is_defined(form: str, x: str) -> bool:
    """Whether it has a value at 0 as it is written."""
    try:
        run(form_graph(form, [x]), 0.0)
    except (ArithmeticError, ValueError):
        return False
    return True


def certified(form: str, x: str, lets: Mapping[str, str], outputs: Sequence[str]) -> str:
    """How formulas are proved to be the series of a form within a radius, and it outside."""
    try:
        made = series(parse(form), x)
    except NoSeries:
        return ""
    texts = [inlined(f, lets) for f in outputs]
    for at, radius in enumerate(RADII):
        near = f"abs({x}) < {_number(radius)}"
        within, beyond = ([chosen(t, near, holds) for t in texts] for holds in (True, False))
        inside = [_polynomial(made, at, x, slope) for slope in (False, True)]
        if within == beyond or not all(inside) or len(inside) != len(outputs):
            continue
        wanted = [substituted(i, {"q": f"({x}*{x})"}) for i in inside]
        how = proved(form, [x], {}, beyond)
        if how and equal(wanted, within, [x]):
            return PROOF + how
    return ""


def _polynomial(made: Series, at: int, x: str, slope: bool) -> str:
    """The shortest partial sum that is the function, or its slope, to rounding; "" for none."""
    m, radius = made.order, RADII[at]
    left = made.rest(len(RADII) + at if slope else at)
    if left is None:
        return ""
    if slope:
        terms = [(k - m) * c for k, c in enumerate(made.terms)][m + 1 :]
        # k*(r/R)**k falls from the first k that is left out, R being twice the radius
        rest = left / (2 * radius) ** m * made.known / 2**made.known / radius
    else:
        terms, rest = list(made.terms[m:]), left / radius**m
    lowest = next((k for k, c in enumerate(terms) if c), None)
    if lowest is None:
        return ""
    sizes = [abs(c) * radius**k for k, c in enumerate(terms)]
    least = sizes[lowest] - sum(sizes[lowest + 1 :], _ZERO) - rest
    for last in range(lowest, min(MOST, made.known - m - 1)):
        if sum(sizes[last + 1 :], _ZERO) + rest <= ROUNDING * least:
            return _horner(terms[: last + 1], lowest, x)
    return ""


def _horner(terms: Sequence[Fraction], lowest: int, x: str) -> str:
    """Nested in ``q = x*x`` where every other term is 0, in x otherwise."""
    kept = list(terms[lowest:])
    step, by = (2, "q") if not any(kept[1::2]) else (1, x)
    kept = kept[::step]
    text = _number(kept[-1])
    for c in reversed(kept[:-1]):
        inner = f"({text})" if len(text) > 24 else text
        text = f"{by}*{inner}" if not c else f"{_number(c)} + {by}*{inner}"
    front = "*".join([x] * lowest)
    return f"{front}*({text})" if front else text


def _number(c: Fraction) -> str:
    text = repr(float(c)).removesuffix(".0")
    return f"({text})" if c < 0 else text
