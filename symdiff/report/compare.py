"""The granularities side by side: what each counts, costs, saves and gets right.

``compare(f, *args)`` compiles the function at every granularity, counts on the graphs, measures the
calls, and holds every gradient against the sound oracle at the given point and over a sample of the
core and the tails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from symdiff.ir.core import Graph
from symdiff.ir.opspec import OPS
from symdiff.ir.walk import statements
from symdiff.options import GRANULARITIES
from symdiff.passes.dce import dce
from symdiff.report.accuracy import Accuracy, Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.measure import Counts, counts, nanoseconds
from symdiff.report.oracle import STEPS, UNRESOLVED
from symdiff.report.points import sample
from symdiff.report.subject import Subject, subject_of_call
from symdiff.report.values import numbers, silence

POINTS = 24


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that was recognised, and the line it was written on."""

    name: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One granularity."""

    granularity: str
    counts: Counts
    ns: float
    ratio: float
    points: int
    bad: int
    error: float
    worst_at: str
    gates: tuple[Gate, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A function at every granularity; ``str()`` is the report as plain text."""

    name: str
    file: str
    line: int
    mode: str
    point: Mapping[str, Any]
    primal_ns: float
    unresolved: int
    columns: tuple[Column, ...]

    def column(self, granularity: str) -> Column:
        return next(c for c in self.columns if c.granularity == granularity)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=repr)

    def __str__(self) -> str:
        place = f"{PurePath(self.file).name}:{self.line}"
        head = f"{self.name} ({place}), {self.mode}, primal {self.primal_ns:.0f} ns"
        rows = [[label, *cells] for label, cells in table(self)]
        widths = [max(len(r[k]) for r in rows) for k in range(len(rows[0]))]
        lines = [
            "  ".join(
                [
                    r[0].ljust(widths[0]),
                    *(c.rjust(w) for c, w in zip(r[1:], widths[1:], strict=True)),
                ]
            )
            for r in rows
        ]
        return "\n".join([head, *(line.rstrip() for line in lines), *remarks(self)])


def compare(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    points: int = POINTS,
    **kwargs: Any,
) -> Comparison:
    """Compare the granularities of ``f`` at a point; ``argnums`` None is every argument that holds
    a float."""
    subject, values = subject_of_call(f, args, kwargs, argnums)
    return comparison(subject, values, points)


def comparison(
    subject: Subject, values: Sequence[Any], points: int = POINTS, mode: str = "value_and_grad"
) -> Comparison:
    """The comparison of a subject at bound values."""
    compiled = {g: subject.compile(mode, g) for g in GRANULARITIES}
    functions = {g: c.link() for g, c in compiled.items()}
    accuracy, unresolved = judged(subject, functions, values, points)
    working = [g for g in GRANULARITIES if _works(subject, functions[g], values)]
    primal_works = _works(subject, subject.primal_function, values)
    timed = [subject.primal_function] * primal_works + [functions[g] for g in working]
    with silence():
        times = nanoseconds(timed, *subject.spread(values)) if timed else []
    primal_ns = times.pop(0) if primal_works else float("nan")
    ns = dict(zip(working, times, strict=True))
    columns = []
    for g in GRANULARITIES:
        took, seen = ns.get(g, float("nan")), accuracy[g]
        columns.append(
            Column(
                g,
                counts(compiled[g].stages),
                took,
                took / primal_ns,
                seen.points,
                seen.bad,
                seen.worst,
                seen.where,
                recognised(compiled[g].stages),
                compiled[g].text,
            )
        )
    point = subject.open_values(values)
    captured = subject.captured
    return Comparison(
        captured.name,
        captured.file,
        captured.line,
        mode,
        point,
        primal_ns,
        unresolved,
        tuple(columns),
    )


def _works(subject: Subject, function: Callable[..., Any], values: Sequence[Any]) -> bool:
    return subject.outcome(function, values)[1] is None


def recognised(stages: Mapping[str, Graph]) -> tuple[Gate, ...]:
    """The gates of the fused primal, each with its line."""
    if "fuse" not in stages:
        return ()
    found: dict[tuple[int, str], Gate] = {}
    for stmt in statements(dce(stages["fuse"]).body):
        name = stmt.origin.rule or (stmt.op.name if "gate" in stmt.op.tags else "")
        if name in OPS and stmt.origin.role == "primal":
            line = stmt.origin.span.line if stmt.origin.span is not None else None
            found.setdefault((line or 0, name), Gate(name, line))
    return tuple(found[key] for key in sorted(found))


# -- accuracy ---


def judged(
    subject: Subject,
    functions: Mapping[str, Callable[..., Any]],
    values: Sequence[Any],
    points: int,
) -> tuple[dict[str, Accuracy], int]:
    """Each function against the oracle over a sample; how many points it could not resolve."""
    graph, wrt = subject.primal(), subject.input_positions()
    base = subject.compile("value_and_grad", "fine")
    accuracy = {g: Accuracy() for g in functions}
    unresolved = 0
    if subject.on_arrays():
        return accuracy, unresolved
    for point in sample(subject.params, values, points):
        try:
            judge = Judge(graph, subject.inputs(base, point), wrt, STEPS // POINTS)
        except OutOfDomain:
            continue
        except Unresolved:
            unresolved += 1
            continue
        unresolved += any(p.status == UNRESOLVED for p in judge.here.partials)
        names = [name for name, _ in subject.elements(point)]
        for g, function in functions.items():
            _judge_one(accuracy[g], judge, subject, function, point, names)
    return accuracy, unresolved


def _judge_one(
    seen: Accuracy,
    judge: Judge,
    subject: Subject,
    function: Callable[..., Any],
    point: Sequence[Any],
    names: Sequence[str],
) -> None:
    seen.points += 1
    try:
        _, gradients = subject.call(function, point)
    except (ArithmeticError, ValueError):
        seen.bad += 1
        return
    errors = judge.errors(numbers(gradients))
    if any(e == float("inf") for e in errors):
        seen.bad += 1
    for name, error in zip(names, errors, strict=True):
        if seen.worst < error < float("inf"):
            seen.worst = error
            at = ", ".join(f"{n}={v!r}" for (n, _), v in zip(subject.params, point, strict=True))
            seen.where = f"d/d{name} at {at}"


# -- words ---


def table(c: Comparison) -> list[tuple[str, list[str]]]:
    """The rows of the report: a label and one cell per granularity; the first is the heading."""
    cols = c.columns

    def row(label: str, cell: Callable[[Column], Any]) -> tuple[str, list[str]]:
        return label, [str(cell(col)) for col in cols]

    def per_class(
        label: str, pick: Callable[[Counts], Mapping[str, int]]
    ) -> list[tuple[str, list[str]]]:
        rows = [row(label, lambda col: sum(pick(col.counts).values()))]
        names = list(pick(cols[0].counts))
        return rows + [row(f"  {name}", lambda col, n=name: pick(col.counts)[n]) for name in names]  # type: ignore[misc]

    return [
        row("", lambda col: col.granularity),
        row("gates", lambda col: col.counts.gates),
        row("distinct shapes", lambda col: col.counts.shapes),
        row("edges", lambda col: col.counts.edges),
        *per_class("forward operations", lambda n: n.forward),
        *per_class("backward operations", lambda n: n.backward),
        row("saved values", lambda col: col.counts.saved),
        row("tapes", lambda col: col.counts.tapes),
        row("ns per call", lambda col: _ns(col.ns)),
        row("ratio to primal", lambda col: _ratio(col.ratio)),
        row("points judged", lambda col: col.points),
        row("bad points", lambda col: col.bad if col.points else "-"),
        row("largest rel. error", lambda col: f"{col.error:.1e}" if col.points else "-"),
    ]


def _ns(x: float) -> str:
    return "raises" if x != x else f"{x:.0f}"


def _ratio(x: float) -> str:
    return "-" if x != x else f"{x:.2f}"


def remarks(c: Comparison) -> list[str]:
    """What the table does not hold: gates by line, where the worst error is, what the oracle left
    open."""
    lines = []
    auto = next((col for col in c.columns if col.gates), None)
    if auto is None:
        lines.append("no gates recognised")
    else:
        lines += [f"gate {g.name}, line {g.line}" for g in auto.gates]
    lines += [
        f"worst of {col.granularity}: {col.worst_at}" for col in c.columns if col.error > 1e-9
    ]
    if not any(col.points for col in c.columns) and not c.unresolved:
        lines.append("no point was judged: the oracle has no arrays; symdiff check does it")
    if c.unresolved:
        lines.append(f"the oracle left {c.unresolved} points unresolved")
    return lines
