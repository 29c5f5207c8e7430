"""The granularities side by side: what each counts, costs, saves and gets right, and why.

``compare(f, *args)`` compiles the function at every granularity, counts on the graphs, measures the
calls, and holds every gradient against a sound reference at the given point and over a sample of
the core and the tails.  A result that is no number is differentiated by its pullback, of its
numbers weighted by 1, 1/2, 1/3, ...
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff import driver
from symdiff.driver import Compiled
from symdiff.options import GRANULARITIES
from symdiff.report.accuracy import EPS
from symdiff.report.comparison import Column, Comparison, Region
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.judges import Bench
from symdiff.report.measure import counts, nanoseconds
from symdiff.report.memory import kept_bytes, peak_bytes
from symdiff.report.points import sampled
from symdiff.report.rewrites import recognised, rewrites
from symdiff.report.subject import Subject, subject_of_call
from symdiff.report.values import copied, cotangent, flatten, numbers, silence
from symdiff.signature import tree_of

POINTS = 24
AGAIN = 1.0  # seconds


def compare(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    points: int = POINTS,
    **kwargs: Any,
) -> Comparison:
    """Compare the granularities of ``f`` at a point; ``argnums`` None is every argument that holds
    a float.

    Raises :class:`symdiff.SymdiffError` for what cannot be differentiated.  The function may raise
    at the point: the report then says what, and has no times.

    >>> import symdiff
    >>> report = symdiff.compare(lambda x: x*x, 3.0, points=2)
    >>> [c.granularity for c in report.columns]
    ['fine', 'fused', 'whole', 'auto']
    """
    subject, values = subject_of_call(f, args, kwargs, argnums)
    return comparison(subject, values, points)


def comparison(subject: Subject, values: Sequence[Any], points: int = POINTS) -> Comparison:
    """The comparison of a subject at bound values."""
    compiled = {g: subject.compiled(g) for g in GRANULARITIES}
    functions = {g: subject.derivative(g) for g in GRANULARITIES}
    seen = judged(subject, functions, values, points)
    out, raised = subject.outcome(subject.primal_function, values)
    timed = {"": subject.primal_function, **functions} if raised is None else {}
    timed = {g: f for g, f in timed.items() if subject.outcome(f, values)[1] is None}
    times, peaks = _measured(subject, timed, values)
    primal_ns = times.get("", _NAN)
    columns = tuple(
        Column(
            g,
            counts(compiled[g].stages),
            None if raised else _kept(subject, compiled[g], values, out),
            peaks.get(g),
            times.get(g, _NAN),
            times.get(g, _NAN) / primal_ns,
            *seen.tallies[g].overall(),
            seen.tallies[g].region(False),
            seen.tallies[g].region(True),
            recognised(compiled[g].stages),
            rewrites(compiled[g].stages),
            *_milliseconds(subject, g),
            compiled[g].text,
        )
        for g in GRANULARITIES
    )
    captured = subject.captured
    return Comparison(
        captured.name,
        captured.file,
        captured.line,
        subject.mode,
        subject.open_values(values),
        f"{type(raised).__name__}: {raised}" if raised is not None else "",
        primal_ns,
        peaks.get(""),
        seen.unresolved,
        tuple(seen.references),
        columns,
    )


_NAN = float("nan")


def _measured(
    subject: Subject, functions: Mapping[str, Callable[..., Any]], values: Sequence[Any]
) -> tuple[dict[str, float], dict[str, int]]:
    """Nanoseconds per call and peak bytes of each function."""
    args, kwargs = subject.spread([copied(v) for v in values])
    with silence():
        peaks = {g: peak_bytes(f, args, kwargs) for g, f in functions.items()}
        times = nanoseconds(list(functions.values()), args, kwargs) if functions else []
    return dict(zip(functions, times, strict=True)), peaks


def _kept(
    subject: Subject, compiled: Compiled, values: Sequence[Any], out: Any
) -> int | None:
    leaves = subject.inputs(compiled, [copied(v) for v in values])
    if subject.mode == "vjp":
        leaves += flatten(tree_of(out, "the result"), cotangent(out))
    return kept_bytes(list(compiled.stages.values())[-1], leaves)


def _milliseconds(subject: Subject, granularity: str) -> tuple[float, float]:
    """How long the compilation took, and of that the recognition of gates; where it was short it is
    done once more, without what is loaded only once."""
    found = [subject.compiled(granularity)]
    if found[0].times["end"] - found[0].times["start"] < AGAIN:
        found.append(driver.compile(subject.captured, found[0].request))
    whole = min(c.times["end"] - c.times["start"] for c in found)
    gates = min(c.times.get("fuse", 0.0) - c.times["simplify"] for c in found)
    return whole * 1e3, max(gates, 0.0) * 1e3


# -- accuracy ---


@dataclass(slots=True)
class Tally:
    """The errors of one gradient, point by point."""

    found: list[tuple[bool, list[float], bool]] = field(default_factory=list)
    worst: float = 0.0
    where: str = ""

    def overall(self) -> tuple[int, int, float, str]:
        return len(self.found), sum(bad for *_, bad in self.found), self.worst, self.where

    def region(self, tails: bool) -> Region:
        mine = [(errors, bad) for far, errors, bad in self.found if far == tails]
        every = [e / EPS for errors, _ in mine for e in errors if e < _INF]
        return Region(
            len(mine),
            sum(bad for _, bad in mine),
            max(every, default=_NAN),
            statistics.median(every) if every else _NAN,
        )


_INF = float("inf")


@dataclass(slots=True)
class Judged:
    """A tally per granularity, who judged, and how many points nobody could."""

    tallies: dict[str, Tally]
    references: list[str]
    unresolved: int = 0


def judged(
    subject: Subject,
    functions: Mapping[str, Callable[..., Any]],
    values: Sequence[Any],
    points: int,
) -> Judged:
    """Each derivative against the reference over a sample."""
    bench = Bench(subject, POINTS)
    made = Judged({g: Tally() for g in functions}, [])
    for far, point in sampled(subject.params, values, points):
        try:
            referee = bench.referee(point)
        except OutOfDomain:
            continue
        except Unresolved:
            made.unresolved += 1
            continue
        errors = {g: _errors(subject, f, point, referee.errors) for g, f in functions.items()}
        if all(e != e for found, _ in errors.values() for e in found) and not any(
            bad for _, bad in errors.values()
        ):
            made.unresolved += 1
            continue
        if referee.how not in made.references:
            made.references.append(referee.how)
        for g, (found, bad) in errors.items():
            made.tallies[g].found.append((far, [e for e in found if e == e], bad))
            finite = [(e, k) for k, e in enumerate(found) if e < _INF]
            error, k = max(finite, default=(0.0, 0))
            if error > made.tallies[g].worst:
                made.tallies[g].worst = error
                name = subject.elements(point)[k][0]
                made.tallies[g].where = f"d/d{name} at {subject.place(point)}"
    return made


def _errors(
    subject: Subject,
    function: Callable[..., Any],
    point: Sequence[Any],
    errors: Callable[[Sequence[float]], list[float]],
) -> tuple[list[float], bool]:
    """The errors of the partials at a point, and whether it is a bad one."""
    found, raised = subject.outcome(function, point)
    if raised is not None:
        return [], True
    made = errors(numbers(found[1]))
    return made, _INF in made
