"""The derivative oracle: no rule of calculus, only the function itself at 50 to 80 digits.

A function's own code object runs again with other globals: `math` and `float` are replaced by
stand-ins that take :class:`Real`, a number that wraps an mpmath float and offers *no*
``__float__``, so that nothing can round it behind our back: what does not know it raises
``TypeError``.  Branches and loops run as in the primal.  Partials are central differences with
steps so small (1e-20) that their error is far below a double's, taken at two precisions and two
steps that must agree, after the one-sided differences were seen to agree (otherwise the point is a
:class:`Kink`).  A function that cannot run so (a class with methods that call `math`, say) falls
back to Ridders' extrapolation in floats, whose own error estimate is returned with it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from tests.reals import OracleError, Real, high_precision, raw

Function = Callable[..., Any]


TINY = mpmath.mpf("1e-30")  # what both precisions call zero


class Kink(OracleError):
    """The one-sided differences disagree: the point is on a kink, a tie or a jump."""


# -- structures ------------------------------------------------------------------------------------
# ----------------


def is_namedtuple(x: object) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def is_object(x: object) -> bool:
    """An instance of a class of the tests' own (none of them has slots where it is an argument)."""
    return type(x).__module__.startswith("tests.") and not isinstance(x, (Real, enum.Enum))


def leaves(x: Any) -> Iterator[Any]:
    """The numbers of a structure, in order; flags, text and None are not leaves."""
    if isinstance(x, (list, tuple)):
        for e in x:
            yield from leaves(e)
    elif isinstance(x, dict):
        for e in x.values():
            yield from leaves(e)
    elif isinstance(x, (int, float, Real)):
        if not isinstance(x, bool):
            yield x
    elif is_object(x):
        for e in vars(x).values():
            yield from leaves(e)


def rebuild(x: Any, new: Iterator[Any]) -> Any:
    """The same structure with its leaves taken from ``new``."""
    if is_namedtuple(x):
        return type(x)(*(rebuild(e, new) for e in x))
    if isinstance(x, (list, tuple)):
        return type(x)(rebuild(e, new) for e in x)
    if isinstance(x, dict):
        return {k: rebuild(e, new) for k, e in x.items()}
    if is_object(x):
        made = object.__new__(type(x))
        vars(made).update({k: rebuild(e, new) for k, e in vars(x).items()})
        return made
    return next(new) if isinstance(x, (int, float, Real)) and not isinstance(x, bool) else x


# -- differences -----------------------------------------------------------------------------------
# --------------------


@dataclass(frozen=True)
class Derivative:
    """A matrix of derivatives (a row per result leaf) and the relative accuracy that the oracle
    vouches for.
    """

    rows: list[list[float]]
    accuracy: float
    value: Any


def _flat_function(f: Function, args: Sequence[Any], wrt: Sequence[int]) -> Function:
    """``f`` from the differentiated leaves to the result's leaves."""

    def call(xs: Sequence[Any]) -> list[Any]:
        new = iter(xs)
        full = [rebuild(a, leaves(a)) for a in args]
        for k in wrt:
            full[k] = rebuild(args[k], new)
        return list(leaves(f(*full)))

    return call


def _at(flat: Function, xs: Sequence[Any], steps: dict[int, Any]) -> list[Any]:
    moved = [Real(x + steps[k]) if k in steps else Real(x) for k, x in enumerate(xs)]
    out = [raw(y) for y in flat(moved)]
    if any(y is NotImplemented for y in out):
        raise OracleError("a result is not a number")
    return out


def _first(flat: Function, start: Sequence[float], digits: int, step: str) -> list[list[Any]]:
    """Columns of first partials; raises Kink where left and right disagree."""
    with mpmath.workdps(digits):
        h = mpmath.mpf(step)
        xs = [mpmath.mpf(x) for x in start]
        here = _at(flat, xs, {})
        columns = []
        for k in range(len(xs)):
            up, down = _at(flat, xs, {k: h}), _at(flat, xs, {k: -h})
            if not len(up) == len(down) == len(here):
                raise Kink(f"the result's structure changes at leaf {k}")
            column = []
            for u, c, d in zip(up, here, down, strict=True):
                left, right = (c - d) / h, (u - c) / h
                if abs(left - right) > mpmath.mpf("1e-6") * (1 + abs(left) + abs(right)):
                    raise Kink(
                        f"one-sided derivatives at leaf {k}: "
                        f"{mpmath.nstr(left, 8)}, {mpmath.nstr(right, 8)}"
                    )
                column.append((u - d) / (2 * h))
            columns.append(column)
        return columns


def _second(flat: Function, start: Sequence[float], digits: int, step: str) -> list[list[Any]]:
    """The Hessian of a scalar function by second differences."""
    with mpmath.workdps(digits):
        h = mpmath.mpf(step)
        xs = [mpmath.mpf(x) for x in start]
        (here,) = _at(flat, xs, {})
        n = len(xs)
        rows = [[mpmath.mpf(0)] * n for _ in range(n)]
        for i in range(n):
            up, down = _at(flat, xs, {i: h})[0], _at(flat, xs, {i: -h})[0]
            rows[i][i] = (up - 2 * here + down) / h**2
            for j in range(i):
                corners = [
                    _at(flat, xs, {i: a * h, j: b * h})[0]
                    for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
                ]
                rows[i][j] = rows[j][i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (
                    4 * h**2
                )
        return rows


def _agree(a: list[list[Any]], b: list[list[Any]], what: str) -> None:
    scale = max((abs(x) for row in b for x in row), default=mpmath.mpf(0))
    for row, other in zip(a, b, strict=True):
        for x, y in zip(row, other, strict=True):
            if (
                abs(x - y)
                > mpmath.mpf("1e-13") * abs(y) + mpmath.mpf("1e-15") * min(1, scale) + TINY
            ):
                raise OracleError(
                    f"{what}: two precisions disagree, "
                    f"{mpmath.nstr(x, 17)} and {mpmath.nstr(y, 17)}"
                )


def _check_value(flat: Function, f: Function, args: Sequence[Any], start: Sequence[float]) -> Any:
    """The float primal, after the high-precision run was seen to give the same."""
    value = f(*(rebuild(a, leaves(a)) for a in args))
    with mpmath.workdps(40):
        high = [float(y) for y in _at(flat, [mpmath.mpf(x) for x in start], {})]
    low = [float(y) for y in leaves(value)]
    if len(low) != len(high) or not all(
        math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-9) for a, b in zip(low, high, strict=True)
    ):
        raise OracleError(f"the function takes another path in high precision: {low} and {high}")
    return value


def differentiable(args: Sequence[Any]) -> tuple[int, ...]:
    """The arguments that hold a float."""
    return tuple(k for k, a in enumerate(args) if any(isinstance(x, float) for x in leaves(a)))


def jacobian(f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None) -> Derivative:
    """All first partials of ``f`` at ``args``: a row per result leaf, a column per leaf of the
    arguments ``wrt``.
    """
    wrt = differentiable(args) if wrt is None else [k % len(args) for k in wrt]
    start = [float(x) for k in wrt for x in leaves(args[k])]
    flat = _flat_function(high_precision(f), args, wrt)
    try:
        value = _check_value(flat, f, args, start)
    except (TypeError, AttributeError):
        return _in_floats(
            _flat_function(f, args, wrt), start, f(*(rebuild(a, leaves(a)) for a in args))
        )
    columns = _first(flat, start, 70, "1e-25")
    _agree(_first(flat, start, 50, "1e-18"), columns, "first derivative")
    count = len(list(leaves(value)))
    return Derivative([[float(c[r]) for c in columns] for r in range(count)], 1e-14, value)


def gradient(f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None) -> list[float]:
    """The first partials of a scalar function, one per leaf."""
    found = jacobian(f, args, wrt)
    if len(found.rows) != 1:
        raise OracleError(f"{len(found.rows)} results, not one")
    return found.rows[0]


def hessian(
    f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None
) -> list[list[float]]:
    """All second partials of a scalar function; refuses kinks of the function and of its first
    derivative.
    """
    wrt = differentiable(args) if wrt is None else [k % len(args) for k in wrt]
    start = [float(x) for k in wrt for x in leaves(args[k])]
    flat = _flat_function(high_precision(f), args, wrt)
    _check_value(flat, f, args, start)
    _first(flat, start, 50, "1e-18")
    rows = _second(flat, start, 100, "1e-20")
    _agree(_second(flat, start, 80, "1e-16"), rows, "second derivative")
    return [[float(x) for x in row] for row in rows]


def _in_floats(flat: Function, start: Sequence[float], value: Any) -> Derivative:
    """Ridders' method in doubles: the extrapolated difference with the least estimated error."""
    rows: list[list[float]] = [[] for _ in leaves(value)]
    worst = 0.0
    for k in range(len(start)):
        for r, row in enumerate(rows):

            def line(t: float, k: int = k, r: int = r) -> float:
                return float(flat([x + t if i == k else x for i, x in enumerate(start)])[r])

            best, error = _ridders(line, 0.02 * (1.0 + abs(start[k])))
            if error > 1e-6 * (1.0 + abs(best)):
                raise OracleError(
                    f"float differences do not converge at leaf {k}: error {error:.1e}"
                )
            row.append(best)
            worst = max(worst, error)
    return Derivative(rows, max(1e-7, 10.0 * worst), value)


def _ridders(line: Callable[[float], float], h: float) -> tuple[float, float]:
    table = [(line(h) - line(-h)) / (2 * h)]
    best, error = table[0], math.inf
    for _ in range(12):
        h /= 1.4
        new = [(line(h) - line(-h)) / (2 * h)]
        factor = 1.96
        for j, old in enumerate(table):
            new.append((new[j] * factor - old) / (factor - 1.0))
            factor *= 1.96
            guess = max(abs(new[j + 1] - new[j]), abs(new[j + 1] - old))
            if guess <= error:
                best, error = new[j + 1], guess
        table = new
    return best, error
