"""A comparison of granularities as data, as a table, as remarks, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from symdiff.ndarrays import is_ndarray
from symdiff.report.measure import Counts
from symdiff.report.rewrites import ROWS, Recognised, Rewrite
from symdiff.report.values import shown

LARGEST = 1000  # numbers of an array that JSON gets


@dataclass(frozen=True, slots=True)
class Region:
    """How a gradient fared over a part of the floats: the largest and the median error of its
    partials, in units of the last place; ``bad`` points are those at which it raised or was no
    number."""

    points: int
    bad: int
    max_ulp: float
    median_ulp: float


@dataclass(frozen=True, slots=True)
class Column:
    """One granularity."""

    granularity: str
    counts: Counts
    kept_bytes: int | None  # of saved values and tapes at the point; None where it cannot be told
    peak_bytes: int | None  # of a call, beyond its arguments; None where it raises
    ns: float
    ratio: float
    points: int
    bad: int
    error: float
    worst_at: str
    core: Region
    tails: Region
    gates: tuple[Recognised, ...]
    rewrites: tuple[Rewrite, ...]
    compile_ms: float
    recognise_ms: float
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A function at every granularity; ``str()`` is the report as plain text, ``to_json()`` the
    same for programs."""

    name: str
    file: str
    line: int
    mode: str
    point: Mapping[str, Any]
    raised: str  # what the function raises at the point
    primal_ns: float
    primal_peak_bytes: int | None
    unresolved: int
    reference: tuple[str, ...]  # what judged the errors
    columns: tuple[Column, ...]

    def column(self, granularity: str) -> Column:
        return next(c for c in self.columns if c.granularity == granularity)

    def to_json(self) -> str:
        """The report as JSON; ``symdiff/report/README.md`` says what is in it."""
        return json.dumps(plain(asdict(self)), indent=2)

    def __str__(self) -> str:
        (_, heading), *rows = table(self)
        lines = [headline(self), *aligned([["", *heading], *([n, *cells] for n, cells in rows)])]
        return "\n".join([*lines, *remarks(self), *(why for r in reasons(self) for why in r)])


def headline(c: Comparison) -> str:
    """What is compared, and at which point."""
    at = ", ".join(f"{n}={shown(v)}" for n, v in c.point.items())
    return f"{c.name} ({PurePath(c.file).name}:{c.line}) at {at}"


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

    def per_region(label: str, pick: Callable[[Column], Region]) -> list[tuple[str, list[str]]]:
        return [
            row(f"{label}: points", lambda col: pick(col).points),
            row("  bad points", lambda col: pick(col).bad if pick(col).points else "-"),
            row("  largest ulp", lambda col: _ulp(pick(col).max_ulp)),
            row("  median ulp", lambda col: _ulp(pick(col).median_ulp)),
        ]

    return [
        row("", lambda col: col.granularity),
        row("gates", lambda col: col.counts.gates),
        row("distinct shapes", lambda col: col.counts.shapes),
        row("edges", lambda col: col.counts.edges),
        *per_class("forward operations", lambda n: n.forward),
        *per_class("backward operations", lambda n: n.backward),
        row("saved values", lambda col: col.counts.saved),
        row("tapes", lambda col: col.counts.tapes),
        row("saved and taped B", lambda col: bytes_text(col.kept_bytes)),
        row("peak memory B", lambda col: bytes_text(col.peak_bytes)),
        row("ns per call", lambda col: _ns(col.ns)),
        row("ratio to primal", lambda col: _ratio(col.ratio)),
        row("points judged", lambda col: col.points),
        row("bad points", lambda col: col.bad if col.points else "-"),
        row("largest rel. error", lambda col: f"{col.error:.1e}" if col.points else "-"),
        *per_region("core", lambda col: col.core),
        *per_region("tails", lambda col: col.tails),
        row("compiled in ms", lambda col: f"{col.compile_ms:.1f}"),
        row("  gates found in ms", lambda col: f"{col.recognise_ms:.1f}"),
    ]


def _ulp(x: float) -> str:
    if x != x:
        return "-"
    if x < 100:
        return "0" if x < 0.005 else f"{x:.2g}"
    return f"{x:.0f}" if x < 1e5 else f"{x:.0e}".replace("e+", "e")


def bytes_text(x: int | None) -> str:
    """A size as it stands in a cell: ``880``, ``12.4k``."""
    if x is None:
        return "-"
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e4)):
        if x >= size:
            return f"{x / {'G': 1e9, 'M': 1e6, 'k': 1e3}[unit]:.1f}{unit}"
    return str(x)


def _ns(x: float) -> str:
    return "raises" if x != x else f"{x:.0f}"


def _ratio(x: float) -> str:
    return "-" if x != x else f"{x:.2f}"


def remarks(c: Comparison) -> list[str]:
    """What the table does not hold: gates by line, where the worst error is, who judged and what
    was left open, where gates come from."""
    lines = []
    if c.raised:
        lines.append(f"the function raises {c.raised}: no times and no graph at this point")
    if c.mode == "vjp":
        lines.append("the result is no number: its numbers are weighted by 1, 1/2, 1/3, ...")
    with_gates = next((col for col in c.columns if col.gates), None)
    if with_gates is None:
        lines.append("no gates recognised")
    else:
        lines += [f"gate {g.name}, line {g.line}" for g in with_gates.gates]
        lines.append(_discovery(c))
    worst: dict[str, list[str]] = {}
    for col in c.columns:
        if col.error > 1e-9:
            worst.setdefault(col.worst_at, []).append(col.granularity)
    lines += [f"worst of {' and '.join(names)}: {where}" for where, names in worst.items()]
    if c.reference:
        lines.append(f"errors are against {' and '.join(c.reference)}")
    elif not c.unresolved:
        lines.append("no point was judged: the function has no value at any of them")
    if c.unresolved:
        lines.append(f"the reference left {c.unresolved} points unresolved")
    return lines


def _discovery(c: Comparison) -> str:
    """What recognising the gates took, and where they are from."""
    found = {r.found for col in c.columns for r in col.rewrites}
    ms = max(col.recognise_ms for col in c.columns)
    from_where = " and ".join(sorted(found))
    cached = "nothing had to be searched" if found else ""
    return f"discovery: {ms:.1f} ms at most; {cached}: every gate is from a {from_where}"


def reasons(c: Comparison) -> list[list[str]]:
    """Each rewrite of any granularity, once: what was written, what became of it, what that gains,
    its proof."""
    known: dict[tuple[int | None, str], tuple[Rewrite, list[str]]] = {}
    for col in c.columns:
        for r in col.rewrites:
            known.setdefault((r.line, r.gate), (r, []))[1].append(col.granularity)
    return [list(_reason(r, names)) for r, names in known.values()]


def _reason(r: Rewrite, names: Sequence[str]) -> Iterator[str]:
    yield f"why {r.gate}{f', line {r.line}' if r.line else ''} ({', '.join(names)})"
    if r.before:
        yield f"  before: {r.before}"
    yield f"  after:  {r.after}"
    if r.value != r.after:
        yield f"  value:  {r.value}"
    for partial in r.partials:
        yield f"  slope:  {partial}"
    yield f"  gain:   {r.gain}"
    yield f"  proof:  {r.proof}"
    if r.found != ROWS:
        yield f"  from:   {r.found}"


def aligned(rows: Sequence[Sequence[str]], numbers: int = 1) -> list[str]:
    """Rows as lines of text with aligned columns."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(w) if k >= numbers else cell.ljust(w)
            for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def plain(x: Any) -> Any:
    """What JSON can hold: a number that is none is null, a large array its shape."""
    if isinstance(x, float):
        return x if math.isfinite(x) else None
    if isinstance(x, (str, int)) or x is None:
        return x
    if isinstance(x, Mapping):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if is_ndarray(x):
        small = x.size <= LARGEST
        return plain(x.tolist()) if small else {"shape": list(x.shape), "dtype": str(x.dtype)}
    return repr(x)
