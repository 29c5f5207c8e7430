"""The gradient check: symdiff's derivative, or a hand-written one, against one that owes nothing to
rules.

The reference is the interval oracle on the function's own arithmetic.  Beside it the function
itself is run in floats and its differences are extrapolated (Ridders); where both are sure of
themselves and disagree, the front end has misread the function, and the check fails.  A function
that cannot be captured, or that computes with arrays, is checked against the differences alone; of
an argument with many numbers some are checked one by one, and all along a random direction.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.errors import SymdiffError
from symdiff.report.accuracy import Judge
from symdiff.report.differences import (
    Slope,
    called,
    differences,
    line_of,
    renumbered,
    replaced,
)
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.judges import Bench, Sampled
from symdiff.report.oracle import INFINITE
from symdiff.report.points import sample
from symdiff.report.precise import Exhausted, Imprecise
from symdiff.report.subject import Subject, subject_of_call
from symdiff.report.values import count, named, numbers, shown
from symdiff.signature import tree_of

DIGITS = 6.0
MOST_DIGITS = 16.0
DIFFERENCES = "differences"
_TRUSTED = 1e-5  # relative error up to which differences alone can be a reference
_POINTS = 3
_TRIES = 60
_SURE = 1e-7  # differences whose own error estimate is below this may accuse
_APART = 1e-4
_EACH = 30  # numbers of an argument up to which each is checked
_SOME = 6  # else so many, and a direction

Point = Sequence[Any]
Gradients = Callable[[Point], Any]  # of bound values


@dataclass(frozen=True, slots=True)
class Row:
    """One partial at one point; ``digits`` agree; ``note`` says what is out of the ordinary."""

    argument: str
    found: float
    reference: float
    digits: float
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PointCheck:
    """All partials at one point."""

    point: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient check; ``str()`` is the report, ``wrong`` the partials that fail."""

    name: str
    tolerance: float
    points: tuple[PointCheck, ...]

    @property
    def wrong(self) -> tuple[Row, ...]:
        return tuple(r for p in self.points for r in p.rows if not r.digits >= self.tolerance)

    @property
    def passed(self) -> bool:
        return bool(self.points) and all(p.rows for p in self.points) and not self.wrong

    def __str__(self) -> str:
        lines = []
        for p in self.points:
            lines.append(f"{self.name} at {p.point}")
            for r in p.rows:
                verdict = "ok" if r.digits >= self.tolerance else "WRONG"
                lines.append(
                    f"  d/d{r.argument}: {r.found!r}, reference {r.reference!r} ({r.how}), "
                    f"{digits_text(r)} digits {verdict}" + (f" ({r.note})" if r.note else "")
                )
        lines.append(self.verdict)
        return "\n".join(lines)

    @property
    def verdict(self) -> str:
        if not self.points:
            return "no point of the function's domain was found"
        if not all(p.rows for p in self.points):
            return "nothing was checked: there is no number to differentiate"
        wrong = sorted({r.argument for r in self.wrong})
        if not wrong:
            return f"all partials agree in at least {self.tolerance:g} digits"
        unsure = sorted(
            {r.argument for r in self.wrong if r.how == DIFFERENCES and r.digits != r.digits}
        )
        if unsure == wrong:
            return f"not verified: d/d{', d/d'.join(unsure)}"
        return f"wrong: d/d{', d/d'.join(wrong)}"


def digits_text(row: Row) -> str:
    return "no" if row.digits != row.digits else f"{row.digits:.1f}"


class NoPoint(SymdiffError):
    """No point was found at which the function has a value."""


class WrongCount(SymdiffError, ValueError):
    """A hand-written derivative returns more or fewer numbers than are differentiated."""

    def __init__(self, found: int, wanted: Sequence[str]) -> None:
        names = ", ".join(wanted[:6]) + (", ..." if len(wanted) > 6 else "")
        super().__init__(
            f"{found} partials for {len(wanted)} differentiated numbers ({names})\n"
            "    hint: return one gradient per differentiated argument, or choose fewer of them"
        )


# -- symdiff's own gradient ---


def check(
    subject: Subject,
    values: Point | None = None,
    *,
    granularity: str = "auto",
    tolerance: float = DIGITS,
) -> Check:
    """symdiff's gradient of a subject at a point, or at several that are drawn from its domain."""
    function = subject.derivative(granularity)
    return _checked(subject, lambda point: subject.call(function, point)[1], values, tolerance)


def _checked(
    subject: Subject, gradient: Gradients, values: Point | None, tolerance: float
) -> Check:
    name = subject.captured.name
    if values is not None:
        _, raised = subject.outcome(subject.primal_function, values)
        if raised is not None:
            raise NoPoint(
                f"{name} has no value at {subject.place(values)}: {raised}\n"
                f"    it raises {type(raised).__name__}\n"
                "    hint: choose a point at which it has a value"
            )
        judge = _judge(subject, values)
        return Check(name, tolerance, (_at(subject, gradient, values, judge),))
    found: list[PointCheck] = []
    reason = ""
    for point in sample(subject.params, None, _TRIES, tails=False, written=subject.sizes):
        try:
            judge = _judge(subject, point)  # first: it knows when a program does not terminate
            if judge is None and not subject.on_arrays():
                raise NoPoint("the reference is not resolved")
        except NoPoint as err:
            reason = reason or str(err)
            continue
        _, raised = subject.outcome(subject.primal_function, point)
        if raised is not None:
            reason = reason or f"{type(raised).__name__}: {raised}"
            continue
        found.append(_at(subject, gradient, point, judge))
        if len(found) == _POINTS:
            break
    if not found:
        raise NoPoint(
            f"no point of the domain of {name} was found among {_TRIES} ({reason})\n"
            "    hint: give one with --at"
        )
    return Check(name, tolerance, tuple(found))


def _judge(subject: Subject, values: Point) -> Judge | Sampled | None:
    """The reference at a point; None where it cannot tell."""
    if subject.on_arrays():
        bench = Bench(subject, 1)
        _, raised = subject.outcome(subject.primal_function, values)
        if raised is not None:
            return None
        try:
            which, _ = _chosen(subject, values)
            return Sampled(bench, subject.inputs(bench.base, values), which)
        except (Imprecise, Exhausted):
            return None
    base = subject.compiled("fine")
    try:
        return Judge(subject.primal(), subject.inputs(base, values), subject.input_positions())
    except OutOfDomain as err:
        raise NoPoint(
            f"{subject.captured.name} has no value at {subject.place(values)}: {err}"
        ) from None
    except Unresolved:
        return None


def _at(
    subject: Subject, gradient: Gradients, values: Point, judge: Judge | Sampled | None
) -> PointCheck:
    elements = subject.elements(values)
    raised = ""
    try:
        found = numbers(gradient(values))
    except Exception as err:  # a derivative raises what its function raises
        found, raised = [math.nan] * len(elements), f"{type(err).__name__}: {err}"
    if len(found) != len(elements):
        raise WrongCount(len(found), [name for name, _ in elements])
    errors = judge.errors(found) if judge is not None else [math.nan] * len(found)
    rows = []
    chosen, many = _chosen(subject, values)
    for k in chosen:
        line = line_of(subject, values, k)
        rows.append(_row(elements[k][0], found[k], errors[k], judge, k, line, raised))
    for which, part in many:
        rows.append(_direction(subject, values, which, found[part], raised))
    return PointCheck(subject.place(values), tuple(rows))


def _chosen(subject: Subject, values: Point) -> tuple[list[int], list[tuple[int, slice]]]:
    """Which numbers are checked one by one; the arguments that have more, with their numbers."""
    chosen: list[int] = []
    many: list[tuple[int, slice]] = []
    at = 0
    for which, (_, tree, value) in enumerate(subject.selected(values)):
        size = count(tree, value)
        if size <= _EACH:
            chosen += range(at, at + size)
        else:
            chosen += [at + j * (size - 1) // (_SOME - 1) for j in range(_SOME)]
            many.append((which, slice(at, at + size)))
        at += size
    return chosen, many


def _direction(
    subject: Subject, values: Point, which: int, found: Sequence[float], raised: str
) -> Row:
    """All numbers of an argument at once: the derivative along a random direction."""
    rng = random.Random(20)
    along = [rng.choice((-1.0, 1.0)) / math.sqrt(len(found)) for _ in found]
    name, _, start = subject.selected(values)[which]
    numbers_now = numbers(start)

    def line(t: float) -> float:
        moved = [x + t * d for x, d in zip(numbers_now, along, strict=True)]
        return called(subject, values, subject.wrt[which], lambda v: renumbered(v, moved))

    slope = math.fsum(g * d for g, d in zip(found, along, strict=True))
    return _by_differences(f"{name} (all, along a random direction)", slope, differences(line),
                           raised)


def _row(
    name: str,
    found: float,
    error: float,
    judge: Judge | Sampled | None,
    k: int,
    line: Callable[[float], float],
    raised: str,
) -> Row:
    slope = differences(line)
    partial = judge.partial(k) if judge is not None else None
    if partial is None:
        return _by_differences(name, found, slope, raised)
    if partial.status == INFINITE:
        good = math.isinf(found)
        return Row(
            name,
            found,
            math.inf,
            MOST_DIGITS if good else 0.0,
            "enclosed",
            raised or "infinite derivative",
        )
    digits = _digits(error)
    note = raised
    if (
        slope.smooth
        and abs(slope.value - partial.value)
        > _APART * (abs(partial.value) + abs(slope.value)) + slope.floor
    ):
        return Row(
            name,
            found,
            slope.value,
            0.0,
            DIFFERENCES,
            note or "the function itself differs from its graph",
        )
    if slope.kink and not raised:
        note = "a kink: one-sided derivatives differ"
    return Row(name, found, partial.value, digits, partial.status, note)


def _digits(error: float) -> float:
    if error != error or error == math.inf:
        return math.nan
    return MOST_DIGITS if error == 0 else max(0.0, min(MOST_DIGITS, -math.log10(error)))


def _by_differences(name: str, found: float, slope: Slope, raised: str) -> Row:
    scale = max(abs(slope.value), slope.floor)
    error = abs(found - slope.value) / scale if scale else float(found != 0)
    note = raised or (
        "a kink: one-sided derivatives differ" if slope.kink else f"known to {slope.error:.0e}"
    )
    known = not slope.kink and slope.error <= _TRUSTED * max(scale, 1.0)
    return Row(name, found, slope.value, _digits(error) if known else math.nan, DIFFERENCES, note)


# -- a hand-written gradient ---


def compare_gradient(
    f: Callable[..., Any],
    df: Callable[..., Any],
    args: Sequence[Any],
    *,
    argnums: int | Sequence[int] | None = None,
    tolerance: float = DIGITS,
) -> Check:
    """Check the hand-written derivative ``df`` of ``f`` at ``args``, partial by partial.

    ``df(*args)`` gives one gradient per differentiated argument (every argument that holds a float,
    or ``argnums``), in any structure with the right number of numbers.
    """
    try:
        subject, values = subject_of_call(f, args, argnums=argnums)
    except SymdiffError:
        return _uncaptured(f, df, args, argnums, tolerance)
    return against(subject, df, values, tolerance)


def against(
    subject: Subject, df: Callable[..., Any], values: Point | None, tolerance: float = DIGITS
) -> Check:
    """Check a hand-written derivative of a subject, which takes what the function takes."""
    return _checked(subject, lambda at: subject.call(df, at, fixed=False), values, tolerance)


def _uncaptured(
    f: Callable[..., Any],
    df: Callable[..., Any],
    args: Sequence[Any],
    argnums: int | Sequence[int] | None,
    tolerance: float,
) -> Check:
    nums = (
        [argnums]
        if isinstance(argnums, int)
        else list(range(len(args)) if argnums is None else argnums)
    )
    elements = [
        (k, item)
        for k in nums
        for item in named(tree_of(args[k], f"args[{k}]"), args[k], f"args[{k}]")
    ]
    found = numbers(df(*args))
    if len(found) != len(elements):
        raise WrongCount(len(found), [name for _, (name, _) in elements])
    rows = []
    for (k, (name, start)), x in zip(elements, found, strict=True):
        at = [n for j, (n, _) in elements if j == k].index(name)

        def line(t: float, k: int = k, at: int = at, start: float = start) -> float:
            new = list(args)
            new[k] = replaced(args[k], at, start + t)
            return float(f(*new))

        rows.append(_by_differences(name, x, differences(line), ""))
    point = ", ".join(f"args[{k}]={shown(a)}" for k, a in enumerate(args))
    return Check(getattr(f, "__name__", "f"), tolerance, (PointCheck(point, tuple(rows)),))
