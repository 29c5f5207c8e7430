"""Reductions with a kept derivative as one operation each, while the function is differentiated.

``recognised`` puts an operation in the place of each region whose shape the shelf has
(``array_shelf``); reverse mode takes its partial from there, and ``dissolved`` puts the region's
own statements back, which share what they have in common with the partial.  Nothing else ever meets
such an operation.  Only where a region stands outside of loops and branches: there its forward
values are at hand in the reverse code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from typing import Any

from symdiff.discovery.array_candidates import Row
from symdiff.discovery.array_reading import Labels, NotARow, Reading, axes_of, input_name
from symdiff.discovery.array_regions import completed, read_regions
from symdiff.discovery.array_rows import Pool
from symdiff.discovery.array_shelf import SHELF
from symdiff.discovery.array_text import Naming, NoText
from symdiff.discovery.regions import Region
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Stmt, Value
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.text import to_text
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import Cloner, rebuild
from symdiff.ops.array_types import dims_of
from symdiff.ops.declare import op
from symdiff.records import dataclass, field

TAG = "reduction"


def recognised(graph: Graph, active: Set[Value]) -> Graph:
    """The graph with regions of kept shapes as operations; itself where there are none."""

    def read(region: Region) -> tuple[Stmt, OpSpec, Region]:
        last = region.exit.stmt
        if last is None or last.block is not graph.body or any(s.raises for s in region.stmts):
            raise NotARow("in a loop or a branch, or where an error is raised")
        spec = _operation(region)
        if spec is None:
            raise NotARow("no derivative of it is kept")
        return last, spec, region

    found = {last: (spec, region) for last, spec, region in read_regions(graph, active, read)}
    if not found:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt not in found:
            return None
        spec, region = found[stmt]
        args = cloner.all((region.entry, *region.outside))
        hint = stmt.result.hint
        return (cloner.builder.op(spec.name, *args, hint=hint, type=stmt.result.type),)

    return rebuild(graph, rewrite)


def dissolved(graph: Graph) -> Graph:
    """The graph with the statements of each region in the place of its operation."""
    if not any(TAG in s.op.tags for s in graph.body.stmts):
        return graph
    return rebuild(graph, _dissolve)


def _dissolve(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    kept = _KEPT.get(stmt.op.name)
    if kept is None:
        return None
    (value,) = _inlined(cloner.builder, kept.graph, cloner.all(stmt.args))
    if stmt.result.hint and not value.hint and not value.is_const():
        value.hint = stmt.result.hint
    return (value,)


# -- one operation ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """What an operation stands for, and its derivative as a text of its row's names (``literal``
    ones or not)."""

    graph: Graph
    axes: tuple[int, ...]
    labels: Labels  # of the value
    text: str
    literal: bool
    made: dict[bool, Graph] = field(default_factory=dict)

    def pulled(self, alike: bool) -> Graph:
        """``(entry, outside..., cotangent) -> (value, partial)``, with a cotangent for each element
        of the value or one, ``alike`` for all."""
        if alike not in self.made:
            labels = () if alike else self.labels
            work = rebuild(self.graph)
            value = work.outputs[0]
            type_ = FLOAT if alike else value.type
            work.params.append(Param("ct", type_))
            work.body.add_param(type_, "ct")
            work.body.yields = [value, value]
            pool = Pool()
            pool.axes = self.axes
            node = _naming(self.graph, pool, self.literal, labels).node(self.text)
            self.made[alike] = completed(work, pool, labels, node)
        return self.made[alike]


_KEPT: dict[str, Kept] = {}


def _naming(graph: Graph, pool: Pool, literal: bool, labels: Labels | None = None) -> Naming:
    """The names of a region's row; ``labels`` of a cotangent that is not shaped as the value."""
    reading = Reading(pool, graph)
    value = reading.node(graph.outputs[0])
    entry = reading.nodes[graph.inputs[0]]
    labels = reading.label(graph.outputs[0]) if labels is None else labels
    has_index = any(k in pool.axes for k in labels)
    cotangent = pool.input(input_name(len(graph.inputs)), has_index)
    return Naming(Row(pool, entry, value, cotangent, value), literal)


def _operation(region: Region) -> OpSpec | None:
    """The operation of a region; None where no derivative of its shape is kept."""
    graph = region.graph()
    pool = Pool()
    pool.axes = axes_of(graph)
    labels = Reading(pool, graph).label(graph.outputs[0])
    for literal in (True, False):
        try:
            text = SHELF.derivative(_naming(graph, pool, literal), region)
            if text is not None:
                return _declared(Kept(graph, pool.axes, labels, text, literal))
        except NoText:
            continue
    return None


def _declared(kept: Kept) -> OpSpec:
    """The row of an operation."""
    made = kept.pulled(alike=False)
    name = f"{TAG}_{hashlib.sha256(to_text(made).encode()).hexdigest()[:16]}"
    if name not in OPS:
        _KEPT[name] = kept
        op(name, "*xs", infer=lambda types, attrs: (attrs["type"],), vjp=_vjp, tags=TAG, cost=5000)
    return OPS[name]


def _vjp(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The kept derivative, of the forward values."""
    args = [ctx.value(a) for a in stmt.args]
    alike = not dims_of(g.type) and bool(dims_of(stmt.result.type))
    made = _KEPT[stmt.op.name].pulled(alike)
    _, partial = _inlined(ctx.b, made, [*args, g if alike else ctx.dense(g, stmt.result)])
    ctx.add(stmt.args[0], partial)


def _inlined(b: Builder, graph: Graph, args: Sequence[Value]) -> list[Value]:
    """The outputs of a graph on these inputs."""
    cloner = Cloner(b)
    cloner.env.update(zip(graph.inputs, args, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    return cloner.all(graph.outputs)
