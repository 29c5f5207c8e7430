"""A drawing as SVG: nodes, wires, the value above a wire and the gradient below it.

Colours and fonts are classes, so that one picture serves light and dark pages and print; a picture
that stands alone brings their style along.
"""

from __future__ import annotations

import itertools
from html import escape

from symdiff.report.drawing import RADIUS, Drawing, Spot, Wire

STYLE = """
.wire { fill: none; stroke: #8a8f98; stroke-width: 1.3; }
.spot rect { fill: #fff; stroke: #3d4450; stroke-width: 1.3; }
.spot.constant rect { fill: none; stroke-dasharray: 2 3; }
.spot.outer rect, .spot.output rect { fill: none; stroke-dasharray: 5 3; }
.spot.gate rect { fill: #fff3d6; stroke: #a86b00; stroke-width: 2; }
.spot.region rect { fill: #e9eefb; stroke: #3b5fb0; }
.spot text { font: 13px ui-monospace, monospace; fill: #1b1f27; text-anchor: middle; }
.spot .name { font-weight: 600; }
.spot .value, .spot .gradient { font-size: 11px; text-anchor: start; }
.spot .value { fill: #0a7d33; }
.spot .gradient { fill: #c01c28; }
@media (prefers-color-scheme: dark) {
  .spot rect { fill: #1d2129; stroke: #b9c0cc; }
  .spot.gate rect { fill: #3a2f14; stroke: #e2a93b; }
  .spot.region rect { fill: #1f2a44; stroke: #8fb0ff; }
  .spot text { fill: #e8eaef; }
  .spot .value { fill: #57d98a; }
  .spot .gradient { fill: #ff7b82; }
}
@media print {
  .spot rect { fill: #fff; stroke: #3d4450; }
  .spot.gate rect { fill: #fff3d6; stroke: #a86b00; }
  .spot.region rect { fill: #e9eefb; stroke: #3b5fb0; }
  .spot text { fill: #1b1f27; }
  .spot .value { fill: #0a7d33; }
  .spot .gradient { fill: #c01c28; }
}
"""


def to_svg(drawing: Drawing, title: str, *, alone: bool = True, mark: str = "") -> str:
    """The picture; ``alone`` with its style, ``mark`` a prefix that keeps the ids of several
    pictures on one page apart."""
    size = f'viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} width="{drawing.width:.0f}" '
        f'height="{drawing.height:.0f}" role="{"img" if alone else "group"}" '
        f'aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    if alone:
        parts.append(f"<style>{STYLE}</style>")
    parts += [_wire(drawing, wire, mark) for wire in drawing.wires]
    parts += [_spot(s, mark, s.number in drawing.inside and not alone) for s in drawing.spots]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _wire(drawing: Drawing, wire: Wire, mark: str) -> str:
    """A wire: straight past the numbers that stand on it, then to where it goes."""
    a, b = drawing.spots[wire.source], drawing.spots[wire.target]
    straight = 6.8 * max(len(a.value), len(a.gradient)) + 6 if a.value or a.gradient else 0.0
    start = a.x + a.half + straight
    points = [(start, a.y), *wire.bends, (b.x - b.half, b.y)]
    path = f"M{a.x + a.half:.1f} {a.y:.1f} H{start:.1f}"
    for (x, y), (end, level) in itertools.pairwise(points):
        bend = (end - x) / 2
        path += f" C{x + bend:.1f} {y:.1f} {end - bend:.1f} {level:.1f} {end:.1f} {level:.1f}"
    return f'<path class="wire" id="{mark}w{a.number}-{b.number}" d="{path}"/>'


def _spot(spot: Spot, mark: str, opens: bool) -> str:
    half = spot.half
    x, y = spot.x, spot.y
    where = f"line {spot.line}" if spot.line is not None else spot.kind
    name = f"{spot.name}: " if spot.name and spot.kind != "input" else ""
    hint = f"{name}{spot.label}, {where}"
    role = (
        f' tabindex="0" role="button" aria-expanded="false" data-opens="{mark}n{spot.number}"'
        if opens
        else ""
    )
    rounded = 6 if spot.kind in ("input", "outer", "output") else RADIUS
    lines = [
        f'<g class="spot {spot.kind}" id="{mark}n{spot.number}"{role}>'
        f"<title>{escape(hint)}</title>",
        f'<rect x="{x - half:.1f}" y="{y - RADIUS:.1f}" width="{2 * half:.1f}" '
        f'height="{2 * RADIUS:.1f}" rx="{rounded:.0f}"/>',
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}"{_bold(spot)}>{escape(spot.label)}</text>',
    ]
    for kind, text, down in (("value", spot.value, -6), ("gradient", spot.gradient, 15)):
        lines.append(
            f'<text class="{kind}" x="{x + half + 4:.1f}" y="{y + down:.1f}">{escape(text)}</text>'
        )
    lines.append("</g>")
    return "".join(lines)


def _bold(spot: Spot) -> str:
    return ' class="name"' if spot.kind == "input" else ""


def to_dot(drawing: Drawing, title: str) -> str:
    """The graph in the language of Graphviz, for whoever wants another layout."""
    lines = [f"digraph {quoted(title)} {{", "  rankdir=LR;", '  node [fontname="monospace"];']
    for s in drawing.spots:
        shape = "box" if s.kind == "input" else "plaintext" if s.kind == "constant" else "ellipse"
        text = "\\n".join(filter(None, (s.label, s.value, s.gradient)))
        lines.append(f"  n{s.number} [shape={shape}, label={quoted(text)}];")
    lines += [f"  n{w.source} -> n{w.target};" for w in drawing.wires]
    return "\n".join([*lines, "}"]) + "\n"


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
