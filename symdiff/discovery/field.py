"""A field of rational functions over generators that stand for functions: exp, log, roots, ....

A *form* is a fraction of two polynomials with exact rational coefficients.  A generator stands for
an input, for ``exp`` of a monomial, for a root or a logarithm, or for any function of a form that
nothing is known of; equal arguments give equal generators, since arguments are brought to lowest
terms first.  Relations between generators (``s**2 = u`` for a square root, ``s**2 + c**2 = 1``)
reduce a polynomial; one that reduces to 0 is 0 wherever all its generators are defined.

The arithmetic of polynomials is SymPy's (sparse, over QQ).  What is here decides only which
generators there are and what is known of them.  The approach is that of the structure theorems of
R. H. Risch, *Algebraic properties of the elementary functions of analysis* (Amer. J. Math. 101,
1979), without the test for independence: a proof that is found holds, not every one is found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symdiff.discovery.budget import clock

LARGEST = 4000  # terms of a polynomial
Poly = Any  # a SymPy PolyElement


class OutOfBudget(Exception):
    """The forms became too large, or the time was spent: nothing is proved."""


class Refine(Exception):
    """A finer grain is needed: ``exp(x/2)`` was met where generators stand for ``exp(x)``."""

    def __init__(self, kind: str, grain: int) -> None:
        super().__init__(kind, grain)
        self.kind, self.grain = kind, grain


@dataclass(frozen=True, slots=True)
class Form:
    """``num/den``."""

    num: Poly
    den: Poly


@dataclass(frozen=True, slots=True)
class Relation:
    """``generator**degree`` equals ``value``."""

    generator: int
    degree: int
    value: Form


class Field:
    """The generators of one proof and what is known of them."""

    def __init__(self, size: int, deadline: float) -> None:
        from sympy.polys.domains import QQ
        from sympy.polys.rings import ring

        self.ring, *gens = ring([f"g{k}" for k in range(size)], QQ)
        self.gens: list[Poly] = gens
        self.deadline = deadline
        self.number: dict[Hashable, int] = {}
        self.meaning: list[tuple[Any, ...]] = []  # the key of each generator
        self.relations: list[Relation] = []
        self.positive: set[int] = set()
        self.one = self.ring.one
        self.zero = Form(self.ring.zero, self.one)
        self.unit = Form(self.one, self.one)

    # -- generators --------------------------------------------------------------------------------

    def generator(self, key: tuple[Any, ...], positive: bool = False) -> int:
        """The number of the generator with this meaning; made if it is new."""
        found = self.number.get(key)
        if found is None:
            found = len(self.number)
            if found >= len(self.gens):
                raise OutOfBudget("too many generators")
            self.number[key] = found
            self.meaning.append(key)
            if positive:
                self.positive.add(found)
        return found

    def known(self, key: tuple[Any, ...]) -> bool:
        return key in self.number

    def of(self, number: int, exponent: int = 1) -> Form:
        """A power of a generator."""
        power = self.gens[number] ** abs(exponent)
        return Form(power, self.one) if exponent >= 0 else Form(self.one, power)

    def relate(self, number: int, degree: int, value: Form) -> None:
        self.relations.append(Relation(number, degree, value))

    # -- arithmetic --------------------------------------------------------------------------------

    def constant(self, value: Fraction | int) -> Form:
        q = Fraction(value)
        return Form(self.ring(q.numerator), self.ring(q.denominator))

    def _checked(self, num: Poly, den: Poly) -> Form:
        if clock() > self.deadline:
            raise OutOfBudget("out of time")
        if len(num) + len(den) > 60:
            num, den = num.cancel(den)
        if len(num) + len(den) > LARGEST:
            raise OutOfBudget("too many terms")
        return Form(num, den)

    def add(self, a: Form, b: Form) -> Form:
        if a.den == b.den:
            return self._checked(a.num + b.num, a.den)
        return self._checked(a.num * b.den + b.num * a.den, a.den * b.den)

    def neg(self, a: Form) -> Form:
        return Form(-a.num, a.den)

    def sub(self, a: Form, b: Form) -> Form:
        return self.add(a, self.neg(b))

    def mul(self, a: Form, b: Form) -> Form:
        if max(len(a.num) * len(b.num), len(a.den) * len(b.den)) > 16 * LARGEST:
            raise OutOfBudget("a large product")
        return self._checked(a.num * b.num, a.den * b.den)

    def div(self, a: Form, b: Form) -> Form:
        if not self.reduced(b).num:
            raise ZeroDivisionError("a form that is 0 everywhere is divided by")
        return self._checked(a.num * b.den, a.den * b.num)

    def power(self, a: Form, n: int) -> Form:
        if n < 0:
            a, n = self.div(self.unit, a), -n
        if n > 32 or any(math.comb(len(p) + n - 1, n) > LARGEST for p in (a.num, a.den)):
            raise OutOfBudget("a large power")
        return self._checked(a.num**n, a.den**n)

    # -- normal form -------------------------------------------------------------------------------

    def reduced(self, a: Form) -> Form:
        """The form with every relation applied, the newest generators first."""
        for relation in reversed(self.relations):
            num = self._apply(relation, a.num)
            den = self._apply(relation, a.den)
            if num is None and den is None:
                continue
            top = num if num is not None else Form(a.num, self.one)
            bottom = den if den is not None else Form(a.den, self.one)
            a = self._checked(top.num * bottom.den, top.den * bottom.num)
        return a

    def _apply(self, relation: Relation, p: Poly) -> Form | None:
        """A polynomial with the powers of one generator replaced; None where there are none."""
        k, degree = relation.generator, relation.degree
        if all(monomial[k] < degree for monomial in p.monoms()):
            return None
        parts: dict[int, Poly] = {}
        for monomial, coefficient in p.terms():
            times, rest = divmod(monomial[k], degree)
            lower = (*monomial[:k], rest, *monomial[k + 1 :])
            term = self.ring({lower: coefficient})
            parts[times] = parts.get(times, self.ring.zero) + term
        total = self.zero
        for times, part in parts.items():
            value = relation.value
            total = self.add(total, self._checked(part * value.num**times, value.den**times))
        return total

    def canonical(self, a: Form) -> Form:
        """Lowest terms, the denominator monic: equal forms are equal objects from here on."""
        a = self.reduced(a)
        num, den = a.num.cancel(a.den)
        lead = den.LC
        return Form(num.quo_ground(lead), den.quo_ground(lead)) if lead != 1 else Form(num, den)

    def is_zero(self, a: Form) -> bool:
        return not self.reduced(a).num

    def rational(self, a: Form) -> Fraction | None:
        """The form as a number, if it is one."""
        a = self.canonical(a)
        if not a.num:
            return Fraction(0)
        if a.num.is_ground and a.den.is_ground:
            q = a.num.LC / a.den.LC
            return Fraction(int(q.numerator), int(q.denominator))
        return None

    def monomials(self, a: Form) -> list[tuple[Fraction, tuple[int, ...]]] | None:
        """A canonical form as a sum of rational multiples of monomials (exponents may be
        negative); None where the denominator is no monomial."""
        if len(a.den) != 1:
            return None
        (below,) = a.den.monoms()
        return [
            (
                Fraction(int(c.numerator), int(c.denominator)),
                tuple(i - j for i, j in zip(m, below, strict=True)),
            )
            for m, c in a.num.terms()
        ]

    def monomial(self, exponents: tuple[int, ...]) -> Form:
        """A product of powers of generators."""
        up = tuple(max(e, 0) for e in exponents)
        down = tuple(max(-e, 0) for e in exponents)
        return Form(self.ring({up: 1}), self.ring({down: 1}))


Rule = Callable[..., Form]
