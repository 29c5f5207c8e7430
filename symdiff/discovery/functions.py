"""The functions that forms are made of: what is known of exp, log, roots, circular functions.

Each function of the table takes the :class:`~symdiff.discovery.field.Field` (with the grains of
its lattices) and forms, and gives a form.  Identities hold wherever both sides are defined;
whether a replacement may shrink a domain is decided elsewhere.  The generator for ``log(f)`` stands
for ``log(abs(f))``, so that a logarithm is the sum of those of the factors whatever their signs;
therefore ``exp(log(x*x)/2)`` is ``abs(x)``, and ``exp(log(x))`` is ``x`` only if x is positive.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from symdiff.discovery.field import Field, Form, OutOfBudget, Poly, Refine

Monomial = tuple[int, ...]
# grains to one: exponents of a generator may be large, multiples of an angle are expanded
FINEST = {"exp": 10**6, "angle": 64}


class Lattice(Field):
    """A field whose exponentials and angles are multiples of ``1/grain`` of a monomial, so that
    ``exp(x)`` is the square of ``exp(x/2)`` where both occur."""

    def __init__(self, size: int, deadline: float, grains: dict[str, int]) -> None:
        super().__init__(size, deadline)
        self.grains = grains

    def steps(self, kind: str, coefficient: Fraction) -> int:
        """A coefficient as a number of grains."""
        count = coefficient * self.grains[kind]
        if count.denominator != 1:
            grain = math.lcm(self.grains[kind], coefficient.denominator)
            if grain > FINEST[kind]:
                raise OutOfBudget("a fine lattice")
            raise Refine(kind, grain)
        return count.numerator

    def terms(self, a: Form) -> Iterator[tuple[Fraction, tuple[Any, ...], Form]]:
        """A canonical form as rational multiples: coefficient, key, and the form it multiplies."""
        split = self.monomials(a)
        if split is not None:
            for coefficient, exponents in split:
                yield coefficient, ("monomial", exponents), self.monomial(exponents)
            return
        lead = a.num.LC
        rest = Form(a.num.quo_ground(lead), a.den)
        q = Fraction(int(lead.numerator), int(lead.denominator))
        yield q, ("form", rest), rest


def exp(f: Lattice, a: Form) -> Form:
    result = f.unit
    for coefficient, key, base in f.terms(f.canonical(a)):
        inner = _logarithm_in(f, key)
        if inner is not None:
            result = f.mul(result, power(f, absolute(f, inner), coefficient))
            continue
        number = f.generator(("exp", key, base), positive=True)
        result = f.mul(result, f.of(number, f.steps("exp", coefficient)))
    return result


def _logarithm_in(f: Field, key: tuple[Any, ...]) -> Form | None:
    """The form z, where the key is the monomial ``log(abs(z))``."""
    if key[0] != "monomial":
        return None
    held = [(k, e) for k, e in enumerate(key[1]) if e]
    if len(held) == 1 and held[0][1] == 1 and f.meaning[held[0][0]][0] == "log":
        return f.meaning[held[0][0]][1]  # type: ignore[no-any-return]
    return None


def log(f: Lattice, a: Form) -> Form:
    a = f.canonical(a)
    return f.sub(_log(f, a.num), _log(f, a.den))


def _log(f: Lattice, p: Poly) -> Form:
    """Of a product, the sum over its factors."""
    if not p:
        raise ZeroDivisionError("the logarithm of 0")
    lowest = tuple(map(min, zip(*p.monoms(), strict=True)))
    p = p.quo(f.ring({lowest: 1}))
    total = f.zero
    for k, exponent in enumerate(lowest):
        if exponent:
            total = f.add(total, f.mul(f.constant(exponent), _log_generator(f, k)))
    content, factors = (p.LC, []) if p.is_ground else _factors(p)
    q = Fraction(int(content.numerator), int(content.denominator))
    for number, sign in ((abs(q.numerator), 1), (q.denominator, -1)):
        for prime, times in _primes(number):
            g = f.generator(("log", f.constant(prime)))
            total = f.add(total, f.mul(f.constant(sign * times), f.of(g)))
    for factor, times in factors:
        g = f.generator(("log", Form(factor, f.one)))
        total = f.add(total, f.mul(f.constant(times), f.of(g)))
    return total


def _log_generator(f: Lattice, k: int) -> Form:
    kind, *data = f.meaning[k]
    if kind == "exp":
        return f.div(data[1], f.constant(f.grains["exp"]))
    if kind == "root":
        degree, inner = data
        return f.div(log(f, inner), f.constant(degree))
    if kind == "abs":
        return log(f, data[0])
    return f.of(f.generator(("log", f.of(k))))


def _factors(p: Poly) -> tuple[Any, list[tuple[Poly, int]]]:
    """A polynomial as its content times primitive factors with a positive leading coefficient."""
    if len(p) > 24:
        lead = p.LC
        return lead, [(p.quo_ground(lead), 1)]
    used = sorted({k for m in p.monoms() for k, e in enumerate(m) if e})
    small = _ring_of(len(used))
    content, factors = small({tuple(m[k] for k in used): c for m, c in p.terms()}).factor_list()
    made = []
    for factor, times in factors:
        lead = factor.LC
        content *= lead**times
        terms = {_wide(m, used, p.ring.ngens): c / lead for m, c in factor.terms()}
        made.append((p.ring(terms), times))
    return content, made


@functools.cache
def _ring_of(size: int) -> Any:
    """Factoring among the variables that occur takes a part of the time."""
    from sympy.polys.domains import QQ
    from sympy.polys.rings import ring

    return ring([f"h{k}" for k in range(size)], QQ)[0]


def _wide(monomial: Monomial, places: list[int], size: int) -> Monomial:
    exponents = dict(zip(places, monomial, strict=True))
    return tuple(exponents.get(k, 0) for k in range(size))


def _primes(number: int) -> list[tuple[int, int]]:
    from sympy import factorint

    if number > 10**15:
        return [(number, 1)]
    return sorted(factorint(number).items())


def root(f: Lattice, a: Form, degree: int) -> Form:
    """The real root of what is not negative: positive generators leave it, squares leave it as
    absolute values."""
    a = f.canonical(a)
    result = f.unit
    rest = []
    for p, sign in ((a.num, 1), (a.den, -1)):
        if not p:
            return f.zero
        lowest = tuple(map(min, zip(*p.monoms(), strict=True)))
        kept = list(lowest)
        for k, exponent in enumerate(lowest):
            if exponent and f.meaning[k][0] == "exp":
                steps, odd = divmod(exponent, degree)
                if odd:
                    raise Refine("exp", f.grains["exp"] * degree)
                result = f.mul(result, f.of(k, sign * steps))
                kept[k] = 0
            elif exponent and k in f.positive:
                steps, kept[k] = divmod(exponent, degree)
                result = f.mul(result, f.of(k, sign * steps))
        p = p.quo(f.ring({lowest: 1})) * f.ring({tuple(kept): 1})
        rest.append(p)
    num, den = rest
    if degree == 2:
        (num, out), (den, under) = _square_out(f, num), _square_out(f, den)
        result = f.mul(result, f.div(out, under))
    inner = f.canonical(Form(num, den))
    exact = _exact_root(f.rational(inner), degree)
    if exact is not None:
        return f.mul(result, f.constant(exact))
    number = f.generator(("root", degree, inner), positive=True)
    if not any(r.generator == number for r in f.relations):
        f.relate(number, degree, inner)
    return f.mul(result, f.of(number))


def _square_out(f: Lattice, p: Poly) -> tuple[Poly, Form]:
    """A polynomial as ``rest * outside**2``; outside as an absolute value."""
    if p.is_ground or len(p) > 24:
        return p, f.unit
    content, factors = _factors(p)
    rest, outside = f.ring(content), f.unit
    for factor, times in factors:
        if times >= 2:
            magnitude = absolute(f, Form(factor, f.one))
            outside = f.mul(outside, f.power(magnitude, times // 2))
        if times % 2:
            rest *= factor
    return rest, outside


def _exact_root(q: Fraction | None, degree: int) -> Fraction | None:
    if q is None or q < 0:
        return None
    parts = []
    for n in (q.numerator, q.denominator):
        guess = round(n ** (1 / degree))
        if guess**degree != n:
            return None
        parts.append(guess)
    return Fraction(*parts)


def power(f: Lattice, a: Form, exponent: Fraction) -> Form:
    if exponent.denominator == 1:
        return f.power(a, exponent.numerator)
    return f.power(root(f, a, exponent.denominator), exponent.numerator)


def absolute(f: Lattice, a: Form) -> Form:
    a = f.canonical(a)
    if is_positive(f, a.num) and is_positive(f, a.den):
        return a
    if a.num and a.num.LC < 0:
        return absolute(f, f.neg(a))
    q = f.rational(a)
    if q is not None:
        return f.constant(abs(q))
    number = f.generator(("abs", a), positive=True)
    if not any(r.generator == number for r in f.relations):
        f.relate(number, 2, f.mul(a, a))
    return f.of(number)


def same_sign(f: Lattice, a: Form) -> None:
    """Of a quotient of two inputs that is known to be positive: ``abs(p)/abs(q)`` is ``p/q``."""
    a = f.canonical(a)
    if not all(len(p) == 1 and sum(p.monoms()[0]) == 1 for p in (a.num, a.den)):
        return
    top, bottom = Form(a.num, f.one), Form(a.den, f.one)
    over, under = absolute(f, top), absolute(f, bottom)
    held = [k for k, e in enumerate(over.num.monoms()[0]) if e]
    if f.meaning[held[0]][0] == "abs" and not any(
        r.generator == held[0] and r.degree == 1 for r in f.relations
    ):
        f.relate(held[0], 1, f.div(f.mul(top, under), bottom))


def is_positive(f: Field, p: Poly) -> bool:
    """A sum of positive multiples of products of what is positive."""
    return bool(p) and all(
        c > 0 and all(k in f.positive or e % 2 == 0 for k, e in enumerate(m)) for m, c in p.terms()
    )


def circular(f: Lattice, a: Form) -> tuple[Form, Form]:
    """Sine and cosine, by the addition theorem."""
    sine, cosine = f.zero, f.unit
    for coefficient, key, base in f.terms(f.canonical(a)):
        s, c = _multiple(f, f.steps("angle", coefficient), key, base)
        sine, cosine = (
            f.add(f.mul(sine, c), f.mul(cosine, s)),
            f.sub(f.mul(cosine, c), f.mul(sine, s)),
        )
    return sine, cosine


def _multiple(f: Lattice, n: int, key: tuple[Any, ...], base: Form) -> tuple[Form, Form]:
    """Sine and cosine of n grains of an angle."""
    if abs(n) > 16:
        raise OutOfBudget("a large multiple of an angle")
    new = not f.known(("sin", key, base))
    c1, s1 = f.generator(("cos", key, base)), f.generator(("sin", key, base))
    if new:
        cosine = f.of(c1)
        f.relate(s1, 2, f.sub(f.unit, f.mul(cosine, cosine)))
    sine, cosine = f.zero, f.unit
    for _ in range(abs(n)):
        sine, cosine = (
            f.add(f.mul(sine, f.of(c1)), f.mul(cosine, f.of(s1))),
            f.sub(f.mul(cosine, f.of(c1)), f.mul(sine, f.of(s1))),
        )
    return (sine if n >= 0 else f.neg(sine)), cosine


def odd(name: str) -> Callable[[Lattice, Form], Form]:
    """A function of which only ``f(-x) = -f(x)`` is known."""

    def rule(f: Lattice, a: Form) -> Form:
        a = f.canonical(a)
        if not a.num:
            return f.zero
        negative = a.num.LC < 0
        value = f.of(f.generator((name, f.neg(a) if negative else a)))
        return f.neg(value) if negative else value

    return rule


def _half(f: Lattice, a: Form, sign: int) -> Form:
    e = exp(f, a)
    other = f.div(f.unit, e)
    return f.div(f.add(e, other) if sign > 0 else f.sub(e, other), f.constant(2))


def _sign(f: Lattice, a: Form) -> Form:
    return f.div(a, absolute(f, a))


def _tan(f: Lattice, a: Form) -> Form:
    sine, cosine = circular(f, a)
    return f.div(sine, cosine)


def _tanh(f: Lattice, a: Form) -> Form:
    return f.div(_half(f, a, -1), _half(f, a, 1))


# mathematical names, as the rows' images write them
FUNCTIONS: dict[str, Callable[..., Form]] = {
    "exp": exp,
    "log": log,
    "sqrt": lambda f, a: root(f, a, 2),
    "hypot": lambda f, *xs: root(f, functools.reduce(f.add, [f.mul(x, x) for x in xs]), 2),
    "sin": lambda f, a: circular(f, a)[0],
    "cos": lambda f, a: circular(f, a)[1],
    "tan": _tan,
    "sinh": lambda f, a: _half(f, a, -1),
    "cosh": lambda f, a: _half(f, a, 1),
    "tanh": _tanh,
    "Abs": absolute,
    "sign": _sign,
    "erf": odd("erf"),
    "erfc": lambda f, a: f.sub(f.unit, odd("erf")(f, a)),
    "atan": odd("atan"),
    "asin": odd("asin"),
    "asinh": odd("asinh"),
    "atanh": odd("atanh"),
}
