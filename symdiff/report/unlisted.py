"""Operations without an interval version: their SymPy image, run in plain high precision.

The value is taken at the middle of each operand's interval, the derivatives are central
differences, both at two precisions and with two step sizes, and all must agree.  That is evidence,
not an enclosure, and the result is marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from symdiff.ir.opspec import OpSpec
from symdiff.report.interval import Num, Tape, Unresolved, float_of

_AGREE = 30  # decimal digits in which the two runs agree


@lru_cache(maxsize=64)
def _function(spec: OpSpec) -> Callable[..., Any]:
    import sympy

    names = {p: sympy.Symbol(p, real=True) for p in spec.params}
    return sympy.lambdify(list(names.values()), sympy.sympify(spec.image, locals=names), "mpmath")  # type: ignore[no-any-return]


def by_image(tape: Tape, spec: OpSpec, args: Sequence[Num]) -> Num:
    """A step of the tape for an operation that only its image describes."""
    if not spec.image or spec.starred or len(spec.params) != len(args):
        raise Unresolved(f"{spec.name} has no interval version")
    f = _function(spec)
    middle = [_at_full_precision(tape, a) for a in args]
    slack = tape.mp.mpf(10) ** -_AGREE

    def widened(value: Any) -> Any:
        return tape.iv.mpf(
            [value - abs(value) * slack - slack**4, value + abs(value) * slack + slack**4]
        )

    value = _agreed(tape, spec, lambda h: f(*middle))
    partials = [
        0 if arg.at < 0 else widened(_agreed(tape, spec, partial(_slope, f, middle, k)))
        for k, arg in enumerate(args)
    ]
    tape.enclosed = False
    return tape.step(float_of(spec.name, args), widened(value), args, partials)


def _at_full_precision(tape: Tape, x: Num) -> Any:
    """The middle of an operand's interval, as a number of the context that the image runs in."""
    import mpmath

    with mpmath.workprec(tape.mp.prec + 2):
        return mpmath.mpf(sum(tape.ends(x.v)) / 2)


def _slope(f: Callable[..., Any], at: Sequence[Any], k: int, h: Any) -> Any:
    up, down = list(at), list(at)
    up[k], down[k] = at[k] + h, at[k] - h
    return (f(*up) - f(*down)) / (2 * h)


def _agreed(tape: Tape, spec: OpSpec, compute: Callable[[Any], Any]) -> Any:
    """A number that two precisions and two steps agree on."""
    import mpmath

    found = []
    for digits, step in ((120, "1e-40"), (180, "1e-50")):
        with mpmath.workdps(digits):
            found.append(tape.mp.mpf(compute(mpmath.mpf(step))))
    first, second = found
    if abs(first - second) > abs(second) * tape.mp.mpf(10) ** -_AGREE:
        raise Unresolved(f"{spec.name}: two precisions disagree")
    return second
