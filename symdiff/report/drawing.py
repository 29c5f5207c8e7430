"""The computational graph laid out to be drawn: places, wires, numbers.

As the textbooks draw it: inputs on the left, the result on the right, the forward value above each
wire, the gradient below.  A loop, a branch or a call is one node, and what is inside of it is a
drawing of its own (``unfold``), with the numbers of every run.  Layers are longest paths from the
inputs; within a layer nodes are ordered by the mean place of their neighbours (K. Sugiyama, S.
Tagawa, M. Toda, *Methods for visual understanding of hierarchical system structures*, 1981).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import free_values
from symdiff.ndarrays import is_ndarray
from symdiff.ops.gates import GATES
from symdiff.report.expressions import expression
from symdiff.report.trace import Trace

SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−1·", "pow": "xʸ",  # noqa: RUF001
           "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠", "matmul": "@"}
SWEEPS = 6
HEIGHT = 84
RADIUS = 19.0
MARGIN = 26.0
BEND = 46.0  # of a wire between two layers, beside the numbers on it
_LETTER, _SMALL = 8.8, 6.8
_LONGEST = 18  # letters of a label
_SKIPPED = ("const", "undef", "attempt", "settled")


@dataclass(slots=True)
class Spot:
    """A node: an input, a constant, an operation, a gate, a region, what is read from outside, what
    a block yields."""

    number: int
    label: str
    kind: str  # input, constant, operation, gate, region, outer, output
    value: str
    gradient: str
    line: int | None
    name: str
    x: float = 0.0
    y: float = 0.0

    @property
    def half(self) -> float:
        """Half the width of its box."""
        return max(RADIUS, _LETTER / 2 * len(self.label) + 9)


@dataclass(slots=True)
class Wire:
    """From a node to one that reads it; ``bends`` are points in the layers between."""

    source: int
    target: int
    bends: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class Drawing:
    """Everything that a picture of one block needs; sizes are in pixels.

    ``of`` is the value at each spot, ``inside`` the blocks of the regions among them.
    """

    title: str = ""
    spots: list[Spot] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    of: list[Value] = field(default_factory=list, compare=False)
    inside: dict[int, list[tuple[str, Block]]] = field(default_factory=dict, compare=False)
    width: float = 0.0
    height: float = 0.0


def draw(trace: Trace) -> Drawing:
    """The drawing of a traced graph."""
    made = drawn(trace.graph, trace.graph.body, trace.graph.name)
    for spot, value in zip(made.spots, made.of, strict=True):
        node = trace.nodes.get(value)
        if node is not None:
            fill(spot, node.value, node.gradient)
    placed(made, [s.value for s in made.spots], [s.gradient for s in made.spots])
    return made


def fill(spot: Spot, value: Any, gradient: Any) -> None:
    """Put the numbers of a run on a spot."""
    spot.value = "" if spot.kind == "constant" else number(value)
    spot.gradient = number(gradient) if gradient is not None else ""


def drawn(graph: Graph, block: Block, title: str, yields: Sequence[str] = ()) -> Drawing:
    """A block without numbers and places; ``yields`` are the labels of what it hands on."""
    return _Made(graph, block, title, yields).drawing


class _Made:
    def __init__(self, graph: Graph, block: Block, title: str, yields: Sequence[str]) -> None:
        self.graph = graph
        self.inner = block is not graph.body
        self.drawing = Drawing(title)
        self.number: dict[Value, int] = {}
        for k, value in enumerate(block.params):
            self._spot(value, value.hint or f"in {k + 1}", "input")
        for stmt in block.stmts:
            if stmt.results and stmt.op.name not in _SKIPPED:
                self._statement(stmt)
        for label, value in zip(yields, block.yields, strict=False):
            self._output(label, value)

    def _statement(self, stmt: Stmt) -> None:
        name = stmt.op.name
        region = stmt.op.region or name == "call"
        kind = "region" if region else "gate" if name in GATES else "operation"
        label = stmt.attrs["callee"] if name == "call" else SYMBOLS.get(name, name)
        known = dict(self.number)
        here = self._spot(stmt.results[0], label, kind)
        self.number.update(dict.fromkeys(stmt.results, here))
        if region:
            self.drawing.inside[here] = list(_blocks(self.graph, stmt))
        reads = list(free_values(stmt)) if region else list(stmt.args)
        for arg in dict.fromkeys(reads):
            if not (region and arg.is_const()) and arg.op not in ("undef", "attempt"):
                self._wire(arg, here, known)

    def _wire(self, arg: Value, target: int, known: dict[Value, int]) -> None:
        if arg.is_const():  # each reader has a constant of its own
            source = self._spot(arg, number(arg.constant), "constant")
        elif arg in known:
            source = known[arg]
        elif self.inner:
            source = self.number[arg] = self._spot(arg, expression(arg), "outer")
        else:
            return
        if source != target:
            self.drawing.wires.append(Wire(source, target))

    def _output(self, label: str, value: Value) -> None:
        here = self._spot(value, label, "output", remember=False)
        self._wire(value, here, self.number)

    def _spot(self, value: Value, label: str, kind: str, *, remember: bool = True) -> int:
        here = len(self.drawing.spots)
        if remember:
            self.number[value] = here
        span = value.stmt.origin.span if value.stmt is not None and kind != "constant" else None
        if len(label) > _LONGEST:
            label = label[: _LONGEST - 1] + "…"
        line = None if span is None else span.line
        self.drawing.spots.append(Spot(here, label, kind, "", "", line, value.hint))
        self.drawing.of.append(value)
        return here


def _blocks(graph: Graph, stmt: Stmt) -> list[tuple[str, Block]]:
    """The blocks of a region, by what they are."""
    match stmt.op.name:
        case "call":
            return [("body", graph.callees[stmt.attrs["callee"]].body)]
        case "if":
            names = ("body", "handler") if stmt.attrs.get("style") == "try" else ("then", "else")
            return list(zip(names, stmt.blocks, strict=False))
        case "while":
            return list(zip(("condition", "body"), stmt.blocks, strict=False))
    return [("body", stmt.blocks[-1])]


def outputs_of(stmt: Stmt, part: str) -> list[str]:
    """The labels of what a region's block hands on."""
    if part == "condition":
        return ["go on"]
    if stmt.op.name in ("for", "while"):
        carries = [f"next {r.hint}".rstrip() for r in stmt.results[: stmt.attrs["carries"]]]
        return ["stop"] * bool(stmt.attrs["exits"]) + carries + ["append"] * stmt.attrs["collects"]
    return [r.hint or "result" for r in stmt.results]


def number(x: Any) -> str:
    """A number in at most five digits, as it is written on a wire."""
    if isinstance(x, bool) or x is None:
        return "" if x is None else str(x)
    if isinstance(x, int):
        return str(x)
    if isinstance(x, float):
        return f"{x:.4g}" if math.isfinite(x) else str(x)
    if isinstance(x, (list, tuple)):
        return f"{len(x)} numbers"
    if is_ndarray(x):
        return f"array {x.shape}"
    return number(x.item()) if hasattr(x, "item") else ""


# -- places ----------------------------------------------------------------------------------------


def placed(d: Drawing, values: Sequence[str], gradients: Sequence[str]) -> None:
    """Give every spot its place; the longest value and gradient of each say how wide a layer is."""
    depth = _depths(d)
    layers: list[list[int]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for spot in d.spots:
        layers[depth[spot.number]].append(spot.number)
    chains = _chains(d, depth, layers)
    before: dict[int, list[int]] = {}
    behind: dict[int, list[int]] = {}
    for chain in chains:
        for one, other in itertools.pairwise(chain):
            before.setdefault(other, []).append(one)
            behind.setdefault(one, []).append(other)
    _order(layers, before, behind)
    tallest = max(map(len, layers), default=1)
    places: dict[int, tuple[float, float]] = {}
    left = MARGIN
    for layer in layers:
        mine = [d.spots[n] for n in layer if n < len(d.spots)]
        half = max((s.half for s in mine), default=0.0)
        told = max((_text(values[s.number], gradients[s.number]) for s in mine), default=0.0)
        for k, n in enumerate(layer):
            y = 44 + (k + (tallest - len(layer)) / 2) * HEIGHT
            places[n] = (left + half, y)
        left += 2 * half + told + BEND
    for spot in d.spots:
        spot.x, spot.y = places[spot.number]
    for wire, chain in zip(d.wires, chains, strict=True):
        wire.bends = [places[n] for n in chain[1:-1]]
    d.width = left - BEND + MARGIN
    d.height = 88 + (tallest - 1) * HEIGHT


def _text(value: str, gradient: str) -> float:
    """The room that the numbers on a wire need."""
    return _SMALL * max(len(value), len(gradient)) + 8


def _chains(d: Drawing, depth: dict[int, int], layers: list[list[int]]) -> list[list[int]]:
    """Each wire as a chain with a place of its own in every layer that it crosses."""
    following = len(d.spots)
    chains = []
    for wire in d.wires:
        chain = [wire.source]
        for layer in range(depth[wire.source] + 1, depth[wire.target]):
            chain.append(following)
            layers[layer].append(following)
            following += 1
        chains.append([*chain, wire.target])
    return chains


def _order(
    layers: list[list[int]], before: dict[int, list[int]], behind: dict[int, list[int]]
) -> None:
    """Sort each layer by the mean place of its neighbours, forth and back a few times."""
    rank = {n: k - (len(layer) - 1) / 2 for layer in layers for k, n in enumerate(layer)}
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else behind
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            mean = {n: _mean([rank[m] for m in neighbours.get(n, ())], rank[n]) for n in layer}
            layer.sort(key=mean.__getitem__)
            for k, n in enumerate(layer):
                rank[n] = k - (len(layer) - 1) / 2


def _mean(xs: list[float], otherwise: float) -> float:
    return sum(xs) / len(xs) if xs else otherwise


def _depths(d: Drawing) -> dict[int, int]:
    """Longest paths from the inputs; a constant stands right before its reader."""
    depth = dict.fromkeys((s.number for s in d.spots), 0)
    for _ in d.spots:
        changed = False
        for wire in d.wires:
            if depth[wire.target] <= depth[wire.source]:
                depth[wire.target] = depth[wire.source] + 1
                changed = True
        if not changed:
            break
    for wire in d.wires:
        if d.spots[wire.source].kind in ("constant", "outer"):
            readers = [depth[w.target] for w in d.wires if w.source == wire.source]
            depth[wire.source] = min(readers) - 1
    return depth
