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
from pathlib import PurePath
from typing import Any

from symdiff.options import GRANULARITIES
from symdiff.report.accuracy import Judge
from symdiff.report.comparison import Comparison, bytes_text, headline, reasons, remarks, table
from symdiff.report.drawing import Drawing
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.oracle import STEPS
from symdiff.report.runs import TooLong
from symdiff.report.subject import Subject
from symdiff.report.svg import STYLE, to_svg
from symdiff.report.unfold import Unfolded, unfold
from symdiff.report.values import numbers

SWEEP = tuple(
    s * m * 10.0**e for e in range(-3, 3) for m in (1.0, 2.0, 4.0, 7.0) for s in (1.0, -1.0)
)
FLOOR = 1e-17
SWEPT = STEPS // 60  # steps of the oracle at each point of a plot
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
        f'<ul class="remarks">{"".join(f"<li>{escape(r)}</li>" for r in remarks(comparison))}</ul>',
        *_reasons(comparison),
        *_plots(comparison, subject, values),
        "<h2>Sources</h2>",
        _sources(comparison, subject),
    ]
    return _document(f"{comparison.name}: granularities compared", body, drawings)


def graph_page(subject: Subject, values: Sequence[Any], granularity: str) -> str:
    """A page with the graph at one granularity alone."""
    name = subject.captured.name
    try:
        drawings = {granularity: unfold(subject, values, granularity)}
    except TooLong:
        drawings = {}
    where = f"{PurePath(subject.captured.file).name}:{subject.captured.line}"
    body = [
        f"<h1>{escape(name)}</h1>",
        f'<p class="where">{escape(f"{name} ({where}) at {subject.place(values)}")}</p>',
        *_levels(drawings, name),
    ]
    return _document(f"{name}: computational graph", body, drawings)


def _document(title: str, body: Sequence[str], drawings: Mapping[str, Unfolded]) -> str:
    data = json.dumps(_data(drawings)).replace("</", "<\\/")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_asset('page.css')}{STYLE}</style></head><body>",
            *body,
            f'<script type="application/json" id="data">{data}</script>',
            f"<script>{_asset('page.js')}</script>",
            "</body></html>\n",
        ]
    )


def _asset(name: str) -> str:
    return files("symdiff.report").joinpath("assets", name).read_text(encoding="utf-8")


# -- the graph -------------------------------------------------------------------------------------


def _drawings(subject: Subject, values: Sequence[Any]) -> dict[str, Unfolded]:
    """The drawings per granularity; equal ones once, under the first name."""
    made: dict[str, Unfolded] = {}
    if subject.outcome(subject.primal_function, values)[1] is not None:
        return made
    for granularity in GRANULARITIES:
        try:
            drawing = unfold(subject, values, granularity)
        except TooLong:
            break
        if drawing not in made.values():
            made[granularity] = drawing
    return made


def _levels(drawings: Mapping[str, Unfolded], name: str) -> list[str]:
    if not drawings:
        return [
            "<p>The function raises at this point, or executes too much for a picture: there is no "
            "graph to draw.</p>"
        ]
    tabs = "".join(
        f'<button role="tab" aria-selected="false" aria-controls="level-{g}" id="tab-{g}" '
        f'data-level="{g}">{g}</button>'
        for g in drawings
    )
    walk = "".join(
        f'<button data-walk="{by}">{text}</button>'
        for by, text in (("start", "start"), ("-1", "back"), ("1", "next step"))
    )
    opens = any(len(d.pages) > 1 for d in drawings.values())
    hint = " What is inside of a loop, a branch or a call opens at its node." if opens else ""
    parts = [
        "<h2>The computational graph</h2>",
        f'<p class="where">Forward value above each wire, gradient of the result below it.{hint}'
        "</p>",
        f'<div class="tabs" role="tablist" aria-label="granularity">{tabs}</div>',
    ]
    for g, drawing in drawings.items():
        parts.append(
            f'<section class="level" role="tabpanel" id="level-{g}" data-level="{g}" '
            f'aria-labelledby="tab-{g}"><h3 class="printed">{g}</h3>{_page(g, drawing, 0, name)}'
            f'<div class="step" aria-live="polite"></div><div class="tabs walk">{walk}</div>'
            "</section>"
        )
    return parts


def _page(g: str, d: Unfolded, k: int, name: str) -> str:
    """The picture of one block, and under it, closed, what is inside of its regions."""
    page = d.pages[k]
    title = f"{name}, {g}" if k == 0 else page.drawing.title
    picture = to_svg(page.drawing, title, alone=False, mark=f"{g}-{k}-")
    inner = "".join(
        _inside(g, d, j, name)
        for j, other in enumerate(d.pages)
        if other.parent is not None and other.parent[0] == k
    )
    frame = f'<div class="frame" tabindex="0" data-page="{k}" aria-label="{escape(title)}">'
    return f"{frame}{picture}</div>{inner}"


def _inside(g: str, d: Unfolded, k: int, name: str) -> str:
    page = d.pages[k]
    assert page.parent is not None
    spot = f"{g}-{page.parent[0]}-n{page.parent[1]}"
    title = escape(page.drawing.title)
    if not page.runs:
        return (
            f'<details class="inside" data-of="{spot}" id="{g}-{k}"><summary>{title}'
            '<span class="times">does not run here</span></summary></details>'
        )
    times = f"{len(page.runs)} times" if len(page.runs) > 1 else "once"
    buttons = (
        f'<div class="tabs runs"><button data-run="-1" aria-label="the run before">&#9664;</button>'
        f'<span class="run" aria-live="polite">{escape(page.runs[-1].label)}</span>'
        '<button data-run="1" aria-label="the next run">&#9654;</button></div>'
        if len(page.runs) > 1
        else ""
    )
    label = f'<span class="run">{escape(page.runs[-1].label)}</span>' if not buttons else ""
    return (
        f'<details class="inside" data-of="{spot}" id="{g}-{k}"><summary>{title}'
        f'<span class="times">runs {times}</span>{label}</summary>{buttons}'
        f"{_page(g, d, k, name)}</details>"
    )


def _data(drawings: Mapping[str, Unfolded]) -> dict[str, Any]:
    """What the page's script needs: the numbers of every run, and the steps."""
    return {
        g: {
            "runs": [
                [[r.label, r.values, r.gradients, r.ids, r.within] for r in p.runs]
                for p in d.pages
            ],
            "parents": [p.parent[0] if p.parent else -1 for p in d.pages],
            "titles": [p.drawing.title for p in d.pages],
            "steps": [
                {
                    "page": s.page,
                    "run": s.run,
                    "node": s.node,
                    "into": s.into,
                    "gate": d.pages[s.page].drawing.spots[s.node].label,
                    "wire": _named(d.pages[s.page].drawing, s.into),
                    "upstream": s.upstream,
                    "local": s.local,
                    "product": s.product,
                    "rule": s.rule,
                    "ids": s.ids,
                }
                for s in d.steps
            ],
        }
        for g, d in drawings.items()
    }


def _named(drawing: Drawing, number: int) -> str:
    spot = drawing.spots[number]
    return spot.name or spot.label


# -- numbers ---------------------------------------------------------------------------------------


def _table(c: Comparison) -> str:
    (_, heading), *rows = table(c)
    head = "<td></td>" + "".join(f'<th scope="col">{escape(h)}</th>' for h in heading)
    lines = []
    for label, cells in rows:
        bad = label.strip() == "bad points"
        shown = "".join(
            f'<td{" class=bad" if bad and x not in "0-" else ""}>{escape(x)}</td>' for x in cells
        )
        part = ' class="part"' if label.startswith(" ") else ""
        lines.append(f'<tr><th scope="row"{part}>{escape(label.strip())}</th>{shown}</tr>')
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


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
    times = [("primal", c.primal_ns, _whole(c.primal_ns))]
    times += [(col.granularity, col.ns, _whole(col.ns)) for col in c.columns]
    peaks = [("primal", c.primal_peak_bytes)]
    peaks += [(col.granularity, col.peak_bytes) for col in c.columns]
    parts = [
        "<h2>Time, memory and error</h2>",
        '<div class="plots">',
        _bars("nanoseconds per call", times),
        _bars("bytes in use during a call", [(n, _size(x), bytes_text(x)) for n, x in peaks]),
    ]
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
    unresolved = 0
    for x in sorted(SWEEP):
        point = [*values[:which], x, *values[which + 1 :]]
        try:
            judge = Judge(graph, subject.inputs(base, point), wrt, SWEPT)
        except OutOfDomain:
            continue
        except Unresolved:
            unresolved += 1
            if unresolved > 5:
                return None
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
        f'</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" '
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


def _whole(ns: float) -> str:
    return "raises" if ns != ns else f"{ns:.0f}"


def _size(x: int | None) -> float:
    return math.nan if x is None else float(x)


def _bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """A bar per name, as long as its number, with the number as it is written."""
    longest = max((x for _, x, _ in rows if x == x), default=0.0)
    scale = 260 / max(longest, 1.0)
    height = 26 * len(rows) + 6
    parts = [
        f'<figure class="plot"><figcaption>{title}</figcaption><svg viewBox="0 0 400 {height}" '
        f'width="400" height="{height}" role="img" aria-label="{title}">'
    ]
    for k, (label, x, text) in enumerate(rows):
        y = 26 * k + 4
        length = 0.0 if x != x else x * scale
        colour = f"var(--s{k - 1})" if k else "var(--soft)"
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
