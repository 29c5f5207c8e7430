"""The computational graph laid out to be drawn: places, wires, numbers, the backward pass in steps.

As the textbooks draw it: inputs on the left, the result on the right, the forward value above each
wire, the gradient below.  A loop or a branch is one node.  Layers are longest paths from the
inputs; within a layer nodes are ordered by the mean place of their neighbours (K. Sugiyama, S.
Tagawa, M. Toda, *Methods for visual understanding of hierarchical system structures*, 1981).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import FLOAT
from symdiff.ndarrays import is_ndarray
from symdiff.ops.gates import GATES, evaluate_formula
from symdiff.report.trace import Trace

SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−1·", "pow": "xʸ"}  # noqa: RUF001
SWEEPS = 6
WIDTH, HEIGHT = 132, 84


@dataclass(slots=True)
class Spot:
    """A node: an input, a constant, an operation, a region."""

    number: int
    label: str
    kind: str  # input, constant, operation, gate, region
    value: str
    gradient: str
    line: int | None
    name: str
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Wire:
    """From a node to one that reads it; ``bends`` are points in the layers between."""

    source: int
    target: int
    bends: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """One multiplication of the backward pass: ``upstream * local`` flows from ``node`` to
    ``into``."""

    node: int
    into: int
    upstream: str
    local: str
    product: str
    rule: str


@dataclass(slots=True)
class Drawing:
    """Everything that a picture of one graph needs; sizes are in pixels."""

    spots: list[Spot] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def draw(trace: Trace) -> Drawing:
    """The drawing of a traced graph."""
    made = _Made(trace)
    _place(made.drawing)
    return made.drawing


class _Made:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.graph: Graph = trace.graph
        self.drawing = Drawing()
        self.number: dict[Value, int] = {}
        for value in self.graph.inputs:
            self._spot(value, value.hint, "input")
        for stmt in self.graph.body.stmts:
            if stmt.results and not stmt.op.name.startswith(("const", "undef")):
                self._statement(stmt)
        self._steps()

    def _statement(self, stmt: Stmt) -> None:
        name = stmt.op.name
        kind = "region" if stmt.op.region else "gate" if name in GATES else "operation"
        label = SYMBOLS.get(name, name)
        sources = _outer_args(stmt)
        if stmt.op.region:
            self._spot(stmt.results[0], label, kind)
            for result in stmt.results[1:]:
                self.number[result] = self.number[stmt.results[0]]
        else:
            self._spot(stmt.result, label, kind)
        target = self.number[stmt.results[0]]
        for arg in dict.fromkeys(sources):
            if arg.is_const() or arg not in self.number:  # each reader has a constant of its own
                self._spot(arg, "", "constant")
            if self.number[arg] != target:
                self.drawing.wires.append(Wire(self.number[arg], target))

    def _spot(self, value: Value, label: str, kind: str) -> None:
        self.number[value] = len(self.drawing.spots)
        node = self.trace.nodes.get(value)
        shown = number(value.constant) if value.is_const() else number(node.value if node else None)
        gradient = number(node.gradient) if node is not None else ""
        span = value.stmt.origin.span if value.stmt is not None and kind != "constant" else None
        self.drawing.spots.append(
            Spot(
                self.number[value],
                label or shown,
                kind,
                "" if kind == "constant" else shown,
                gradient,
                None if span is None else span.line,
                value.hint,
            )
        )

    def _steps(self) -> None:
        """The backward pass over the plain statements, from the result to the inputs."""
        nodes = self.trace.nodes
        for stmt in reversed(self.graph.body.stmts):
            node = nodes.get(stmt.result) if len(stmt.results) == 1 else None
            if stmt.op.region or node is None or not isinstance(node.gradient, float):
                continue
            for k, arg in enumerate(stmt.args):
                known = nodes.get(arg)
                if known is None or not isinstance(known.gradient, float):
                    continue
                local = local_partial(
                    stmt, k, [_data(self.trace, a) for a in stmt.args], node.value
                )
                if local is None:
                    continue
                self.drawing.steps.append(
                    Step(
                        self.number[stmt.result],
                        self.number[arg],
                        number(node.gradient),
                        number(local),
                        number(node.gradient * local),
                        stmt.op.partials_of(stmt)[k] or "",
                    )
                )


def _data(trace: Trace, v: Value) -> Any:
    return v.constant if v.is_const() else trace.nodes[v].value


def _outer_args(stmt: Stmt) -> list[Value]:
    """What a statement reads, a region's inner reads of outer values included."""
    if not stmt.op.region:
        return list(stmt.args)
    from_outside = list(stmt.args)
    work = list(stmt.blocks)
    while work:
        block = work.pop()
        for inner in block.stmts:
            from_outside += [a for a in inner.args if a.block is stmt.block and not a.is_const()]
            work.extend(inner.blocks)
        from_outside += [v for v in block.yields if v.block is stmt.block and not v.is_const()]
    return [a for a in from_outside if not (a.is_const() and stmt.op.region)]


def local_partial(stmt: Stmt, k: int, args: Sequence[Any], out: Any) -> float | None:
    """The number d out/d operand k, from the row's formula; None where it has none."""
    formulas = stmt.op.partials_of(stmt)
    if k >= len(formulas) or formulas[k] is None or stmt.args[k].type != FLOAT:
        return None
    names = dict(zip(stmt.op.params, args, strict=False))
    if stmt.op.starred:
        names = {"x": args[k]}
    try:
        return float(evaluate_formula(str(formulas[k]), {**names, "out": out}))
    except (ArithmeticError, ValueError, NameError):
        return None


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


def _place(d: Drawing) -> None:
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
    for column, layer in enumerate(layers):
        for k, n in enumerate(layer):
            y = 60 + (k + (tallest - len(layer)) / 2) * HEIGHT
            places[n] = (70.0 + column * WIDTH, y)
    for spot in d.spots:
        spot.x, spot.y = places[spot.number]
    for wire, chain in zip(d.wires, chains, strict=True):
        wire.bends = [places[n] for n in chain[1:-1]]
    d.width = 140 + max(len(layers) - 1, 0) * WIDTH
    d.height = 110 + (tallest - 1) * HEIGHT


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
        if d.spots[wire.source].kind == "constant":
            depth[wire.source] = depth[wire.target] - 1
    return depth
