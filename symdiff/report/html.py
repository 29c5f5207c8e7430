"""The comparison as one page: the graph at each level, the backward pass step by step, errors,
times, and the sources side by side.

The page is one file without network access.  Text and pictures are there without JavaScript; that
adds the switch between levels, the walk and the highlighting.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from symdiff.errors import SymdiffError
from symdiff.options import GRANULARITIES
from symdiff.report.accuracy import Judge
from symdiff.report.comparison import Comparison, headline, reasons, remarks, table
from symdiff.report.drawing import Drawing, draw
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.oracle import STEPS
from symdiff.report.subject import Subject
from symdiff.report.svg import STYLE, to_svg
from symdiff.report.trace import trace
from symdiff.report.values import numbers

SWEEP = tuple(
    s * m * 10.0**e for e in range(-3, 3) for m in (1.0, 2.0, 4.0, 7.0) for s in (1.0, -1.0)
)
FLOOR = 1e-17
Curve = list[tuple[float, float]]  # x, error; infinity where there is no number


def page(comparison: Comparison, subject: Subject, values: Sequence[Any]) -> str:
    """The whole page for a comparison of ``subject`` at bound ``values``."""
    drawings = _drawings(subject, values)
    body = [
        f"<h1>{escape(comparison.name)}</h1>",
        f'<p class="where">{escape(headline(comparison))}</p>',
        *_levels(drawings, comparison.name),
        "<h2>In numbers</h2>",
        _table(comparison),
        *(f"<p>{escape(r)}</p>" for r in remarks(comparison)),
        *_reasons(comparison),
        *_plots(comparison, subject, values),
        "<h2>Sources</h2>",
        _sources(comparison, subject),
    ]
    steps = json.dumps(_steps(drawings)).replace("</", "<\\/")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(comparison.name)}: granularities compared</title>",
            f"<style>{_asset('page.css')}{STYLE}</style></head><body>",
            *body,
            f'<script type="application/json" id="steps">{steps}</script>',
            f"<script>{_asset('page.js')}</script>",
            "</body></html>\n",
        ]
    )


def _asset(name: str) -> str:
    return files("symdiff.report").joinpath("assets", name).read_text(encoding="utf-8")


# -- the graph -------------------------------------------------------------------------------------


def _drawings(subject: Subject, values: Sequence[Any]) -> dict[str, Drawing]:
    """A drawing per granularity; equal ones once, under the first name."""
    made: dict[str, Drawing] = {}
    for granularity in GRANULARITIES:
        try:
            drawing = draw(trace(subject, values, granularity))
        except (SymdiffError, ArithmeticError, ValueError, LookupError):
            continue  # the primal raises here, or has no scalar result: there is nothing to draw
        if drawing not in made.values():
            made[granularity] = drawing
    return made


def _levels(drawings: Mapping[str, Drawing], name: str) -> list[str]:
    if not drawings:
        return ["<p>The function has no value at this point, so there is no graph to draw.</p>"]
    tabs = "".join(
        f'<button role="tab" aria-selected="false" aria-controls="level-{g}" id="tab-{g}" '
        f'data-level="{g}">{g}</button>'
        for g in drawings
    )
    walk = "".join(
        f'<button data-walk="{by}">{text}</button>'
        for by, text in (("start", "start"), ("-1", "back"), ("1", "next step"))
    )
    parts = [
        "<h2>The computational graph</h2>",
        '<p class="where">Forward value above each wire, gradient of the result below it.</p>',
        f'<div class="tabs" role="tablist" aria-label="granularity">{tabs}</div>',
    ]
    for g, drawing in drawings.items():
        picture = to_svg(drawing, f"{name}, {g}", alone=False, mark=f"{g}-")
        parts.append(
            f'<section class="level" role="tabpanel" id="level-{g}" data-level="{g}" '
            f'aria-labelledby="tab-{g}"><div class="frame" tabindex="0">{picture}</div>'
            f'<div class="step" aria-live="polite"></div><div class="tabs">{walk}</div></section>'
        )
    return parts


def _steps(drawings: Mapping[str, Drawing]) -> dict[str, list[dict[str, Any]]]:
    def named(drawing: Drawing, number: int) -> str:
        spot = drawing.spots[number]
        return spot.name or spot.label

    return {
        g: [
            {
                "node": s.node,
                "into": s.into,
                "gate": d.spots[s.node].label,
                "wire": named(d, s.into),
                "upstream": s.upstream,
                "local": s.local,
                "product": s.product,
                "rule": s.rule,
            }
            for s in d.steps
        ]
        for g, d in drawings.items()
    }


# -- numbers ---------------------------------------------------------------------------------------


def _table(c: Comparison) -> str:
    (_, heading), *rows = table(c)
    head = "".join(f"<th>{escape(h)}</th>" for h in ("", *heading))
    lines = []
    for label, cells in rows:
        bad = label == "bad points"
        shown = "".join(
            f'<td class="bad">{escape(x)}</td>' if bad and x != "0" else f"<td>{escape(x)}</td>"
            for x in cells
        )
        lines.append(f"<tr><td>{escape(label)}</td>{shown}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _reasons(c: Comparison) -> list[str]:
    """Each rewrite: what was written, what became of it, why, and how it is proved."""
    parts = []
    for first, *rest in reasons(c):
        pairs = [line.strip().partition(":") for line in rest]
        told = "".join(
            f"<dt>{escape(k)}</dt><dd><code>{escape(v.strip())}</code></dd>" for k, _, v in pairs
        )
        parts.append(f'<div class="why"><h3>{escape(first)}</h3><dl>{told}</dl></div>')
    return ["<h2>Why</h2>", *parts] if parts else []


def _plots(c: Comparison, subject: Subject, values: Sequence[Any]) -> list[str]:
    found = _curves(subject, values)
    parts = ["<h2>Time and error</h2>", '<div class="plots">', _bars(c)]
    if found is not None:
        name, curves = found
        parts.append(_error_plot(name, curves))
    return [*parts, "</div>"]


def _curves(subject: Subject, values: Sequence[Any]) -> tuple[str, dict[str, Curve]] | None:
    """The largest error of the partials as the first float argument runs over the floats."""
    selected = [
        k for k, v in enumerate(values) if isinstance(v, float) and (k,) in set(subject.wrt)
    ]
    if not selected:
        return None
    which = selected[0]
    graph, wrt = subject.primal(), subject.input_positions()
    base = subject.compiled("fine")
    functions = {g: subject.derivative(g) for g in GRANULARITIES}
    curves: dict[str, Curve] = {g: [] for g in functions}
    for x in sorted(SWEEP):
        point = [*values[:which], x, *values[which + 1 :]]
        try:
            judge = Judge(graph, subject.inputs(base, point), wrt, STEPS // 24)
        except (OutOfDomain, Unresolved):
            continue
        for g, function in functions.items():
            curves[g].append((x, _error(subject, function, point, judge)))
    distinct: dict[str, Curve] = {}
    for g, curve in curves.items():
        if curve not in distinct.values():
            distinct[g] = curve
    return subject.params[which][0], distinct


def _error(subject: Subject, function: Any, point: Sequence[Any], judge: Judge) -> float:
    try:
        _, gradients = subject.call(function, point)
    except (ArithmeticError, ValueError):
        return math.inf
    errors = [e for e in judge.errors(numbers(gradients)) if e == e]
    return max(errors, default=0.0)


_WIDTH, _HEIGHT, _LEFT, _TOP = 560, 240, 52, 16


def _error_plot(name: str, curves: Mapping[str, Curve]) -> str:
    """Errors on a logarithmic scale over a symmetric logarithmic axis; a cross: no number."""

    def across(x: float) -> float:
        bent = math.copysign(math.log10(1 + abs(x) * 1e3), x) / math.log10(1 + 700e3)
        return _LEFT + (bent + 1) / 2 * (_WIDTH - _LEFT - 10)

    def down(error: float) -> float:
        digits = math.log10(min(max(error, FLOOR), 1.0)) / math.log10(FLOOR)
        return _TOP + digits * (_HEIGHT - _TOP - 28)

    parts = [f'<figure class="plot"><figcaption>largest relative error over {escape(name)}: ']
    parts += [
        f'<span class="key"><i style="background:var(--s{k})"></i>{escape(g)}</span>'
        for k, g in enumerate(curves)
    ]
    parts.append(
        f'</figcaption><svg width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="errors over {escape(name)}">'
    )
    for exponent in (0, -4, -8, -12, -16):
        y = down(10.0**exponent)
        parts.append(
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(f'<text x="4" y="{y + 4:.1f}">1e{exponent}</text>')
    for x in (-700.0, -1.0, 0.0, 1.0, 700.0):
        parts.append(f'<text x="{across(x) - 10:.1f}" y="{_HEIGHT - 8}">{x:g}</text>')
    for k, curve in enumerate(curves.values()):
        line = " ".join(f"{across(x):.1f},{down(e):.1f}" for x, e in curve if e < math.inf)
        parts.append(f'<polyline class="curve" style="stroke:var(--s{k})" points="{line}"/>')
        parts += [
            f'<text x="{across(x) - 4:.1f}" y="{_TOP - 4 + 10 * k}" '
            f'style="fill:var(--s{k})">&#215;</text>'
            for x, e in curve
            if e == math.inf
        ]
    return "".join([*parts, "</svg></figure>"])


def _bars(c: Comparison) -> str:
    longest = max((col.ns for col in c.columns if col.ns == col.ns), default=0.0)
    rows = [("primal", c.primal_ns, "var(--soft)")]
    rows += [(col.granularity, col.ns, f"var(--s{k})") for k, col in enumerate(c.columns)]
    scale = 260 / max(longest, c.primal_ns if c.primal_ns == c.primal_ns else 0.0, 1.0)
    parts = [
        '<figure class="plot"><figcaption>nanoseconds per call</figcaption>'
        f'<svg width="400" height="{26 * len(rows) + 6}" role="img" aria-label="times">'
    ]
    for k, (label, ns, colour) in enumerate(rows):
        y = 26 * k + 4
        length = 0.0 if ns != ns else ns * scale
        text = "raises" if ns != ns else f"{ns:.0f}"
        parts.append(
            f'<text x="0" y="{y + 13}">{escape(label)}</text>'
            f'<rect x="60" y="{y}" width="{length:.1f}" height="18" style="fill:{colour}"/>'
            f'<text x="{66 + length:.1f}" y="{y + 13}">{text}</text>'
        )
    return "".join([*parts, "</svg></figure>"])


# -- sources ---------------------------------------------------------------------------------------


def _sources(c: Comparison, subject: Subject) -> str:
    """The user's function and each distinct derivative; lines that stem from one line of the
    source carry its number."""
    parts = [_listing("the function", *_own_source(c, subject))]
    shown: dict[str, list[str]] = {}
    for column in c.columns:
        text = "\n".join(x for x in column.source.splitlines() if not x.startswith("# "))
        shown.setdefault(text.strip("\n"), []).append(column.granularity)
    for names in shown.values():
        compiled = subject.compile(c.mode, names[0])
        lines = compiled.text.splitlines()
        parts.append(_listing(" and ".join(names), lines, compiled.line_map))
    return f'<div class="sources">{"".join(parts)}</div>'


def _own_source(c: Comparison, subject: Subject) -> tuple[list[str], dict[int, int]]:
    try:
        lines, start = inspect.getsourcelines(subject.captured.func)
    except (OSError, TypeError):
        return ["(its source cannot be read any more)"], {}
    return [x.rstrip("\n") for x in lines], {k + 1: start + k for k in range(len(lines))}


def _listing(title: str, lines: Sequence[str], origin: Mapping[int, int]) -> str:
    shown = []
    for k, line in enumerate(lines, 1):
        source = origin.get(k)
        mark = "" if source is None else f' data-line="{source}" tabindex="0"'
        shown.append(f'<span class="l"{mark}>{escape(line)}</span>')
    return f'<div class="source"><h3>{escape(title)}</h3><pre>{"".join(shown)}</pre></div>'
