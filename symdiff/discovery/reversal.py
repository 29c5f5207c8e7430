"""Rational functions at large arguments: ``x**4/(x**4 + k)`` in terms of ``1/x``.

A power overflows long before the quotient that it is in leaves the numbers.  Outside of the unit
interval numerator and denominator are divided by the same power of x, which is algebra: the two
polynomials are read backwards, in ``r = 1/x``, whose powers vanish where those of x overflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from symdiff.discovery.budget import clock
from symdiff.discovery.field import Form, OutOfBudget, Refine
from symdiff.discovery.functions import Lattice
from symdiff.discovery.normal import Evaluation
from symdiff.discovery.spelling import Formulas
from symdiff.ir.core import Graph

SECONDS = 0.5
GENERATORS = 12
DEGREE = 2  # from here on a power overflows that a quotient does not


def reversed_outside(rules: Graph, params: Sequence[str]) -> Formulas | None:
    """The outputs of ``(x, ...) -> (value, partials...)`` in ``1/x`` where x is greater than 1 in
    size, as they are elsewhere; None where they are not rational, or x has no power."""
    import sympy.polys.rings  # noqa: F401  its import is no part of the budget

    field = Lattice(GENERATORS, clock() + SECONDS, {"exp": 1, "angle": 1})
    evaluation = Evaluation(field)
    try:
        forms = [field.canonical(evaluation.value(v)) for v in rules.outputs]
    except (OutOfBudget, Refine, ZeroDivisionError):
        return None
    numbers = {field.number.get(("input", id(v))): n for v, n in
               zip(rules.inputs, params, strict=True)}  # fmt: skip
    if any(kind != "input" for kind, *_ in field.meaning):
        return None
    x = params[0]
    at = field.number[("input", id(rules.inputs[0]))]
    if max(_degree(p, at) for f in forms for p in (f.num, f.den)) < DEGREE:
        return None
    names = {k: n for k, n in numbers.items() if k is not None and k != at}
    outside, inside = _Written("r", names, at, True), _Written("w", names, at, False)
    far = f"abs({x}) > 1"
    # on arrays both are computed: neither divides by 0 nor overflows where it is not used
    lets = {"u": f"{x} if {far} else 1", "r": "1/u", "w": f"1 if {far} else {x}"}
    if any(n in params for n in lets):
        return None
    texts = [f"({outside.quotient(f)}) if {far} else ({inside.quotient(f)})" for f in forms]
    return Formulas(lets, texts)


def _degree(p: Any, at: int) -> int:
    return max((m[at] for m in p.monoms()), default=0)


class _Written:
    """Quotients of polynomials as text: nested in x or, read backwards, in 1/x, which is called
    ``name``; the coefficients are over the other parameters."""

    def __init__(self, name: str, others: Mapping[int, str], at: int, backwards: bool) -> None:
        self.name, self.others, self.at, self.backwards = name, others, at, backwards

    def quotient(self, form: Form) -> str:
        if not form.num:
            return "0"
        content, over = self.product(form.num)
        divisor, under = self.product(form.den)
        power = _degree(form.den, self.at) - _degree(form.num, self.at)
        if not self.backwards:
            power = 0
        front = self.powers(max(power, 0))
        number = content / divisor
        if number != 1 or not (front or over):
            front.insert(0, _number(number))
        under += self.powers(-power)
        above = front + over
        below = [f"({u})" if "*" in u else u for u in under]
        if len(above) > 1 and below:  # a product, or a square below, overflows where this does not
            above[-1] = f"({above[-1]}/{below.pop(0)})"
        return "/".join(["*".join(above), *below])

    def product(self, p: Any) -> tuple[Fraction, list[str]]:
        """A number and factors; the power of x that says most has no other number."""
        content, factors = p.factor_list()
        number = _fraction(content)
        parts: list[str] = []
        for factor, times in factors:
            degree = _degree(factor, self.at)
            alone = [(m, c) for m, c in factor.terms() if m[self.at] == degree == sum(m)]
            if alone:
                factor = factor.quo_ground(alone[0][1])
                number *= _fraction(alone[0][1]) ** times
            text = self.polynomial(factor)
            parts += [text] * times if text != "1" else []
        return number, parts

    def polynomial(self, p: Any) -> str:
        degree = _degree(p, self.at)
        by_power: dict[int, list[str]] = {}
        for monomial, c in p.terms():
            q = _fraction(c)
            others = [n for k, n in self.others.items() for _ in range(monomial[k])]
            factors = [*([_number(q)] if q != 1 or not others else []), *others]
            power = degree - monomial[self.at] if self.backwards else monomial[self.at]
            by_power.setdefault(power, []).append("*".join(factors))
        text, last = "", 0
        for power in sorted(by_power, reverse=True):
            steps = self.powers(last - power)
            own = " + ".join(by_power[power])
            text = f"{own} + {_product(steps, text)}" if text else own
            last = power
        return _product(self.powers(last), text) if last else _tight(text)

    def powers(self, n: int) -> list[str]:
        """Products of what is multiplied out later, so that the squares are shared."""
        whole = [f"{self.name}**4"] * (max(n, 0) // 4)
        rest = max(n, 0) % 4
        return whole + ([f"{self.name}**{rest}" if rest > 1 else self.name] if rest else [])


def _product(steps: Sequence[str], text: str) -> str:
    return "*".join(steps if text == "1" else [*steps, _tight(text)])


def _tight(text: str) -> str:
    return f"({text})" if " " in text else text


def _fraction(c: Any) -> Fraction:
    return Fraction(int(c.numerator), int(c.denominator))


def _number(q: Fraction) -> str:
    text = repr(float(q)).removesuffix(".0")
    return f"({text})" if q < 0 else text
