"""Reduction regions: parts of a function over arrays with one active array as input.

They are found as regions of numbers are (``regions``), among the operations that rows know, and
have a reduction in them.  ``reduction_row`` reads one together with its derivative by rules;
``replaced`` puts a found derivative in the place of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from symdiff.autodiff import transform
from symdiff.autodiff.residual import NO_RECOMPUTE
from symdiff.discovery.array_candidates import Row
from symdiff.discovery.array_reading import (
    ONE,
    Labels,
    NotARow,
    Reading,
    axes_of,
    elementwise,
    is_plain,
    reads,
    reduces,
)
from symdiff.discovery.array_rows import Node, Pool, order
from symdiff.discovery.regions import Kind, Region, regions
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Stmt, Value
from symdiff.ir.types import FLOAT, ArrayType, Type
from symdiff.ir.walk import Cloner, like, rebuild
from symdiff.passes.dce import dce

HIGHEST = 2  # rank of an entry
ROUNDS = 40  # in which regions are tried again without a statement
SMALL = 64  # whole numbers up to this are part of a shape
T = TypeVar("T")


def _is_float(t: Type) -> bool:
    return t is FLOAT or (isinstance(t, ArrayType) and t.dtype == "f64")


@dataclass(frozen=True, slots=True)
class ReductionRegion:
    """A region as a function, its derivative by rules as ``(inputs, ct) -> (value, partial)``, and
    both as a row."""

    region: Region
    graph: Graph
    rules: Graph
    row: Row
    reading: Reading


def reduction_regions(graph: Graph, active: Set[Value]) -> list[ReductionRegion]:
    """The largest regions that reduce an active array and read as rows, in program order."""
    return read_regions(graph, active, reduction_row)


def read_regions(graph: Graph, active: Set[Value], read: Callable[[Region], T]) -> list[T]:
    """What is read of the regions that reduce an active array; where one is no row, of what is
    left of it without the statement that cannot be read."""
    refused: set[Stmt] = set()
    found: list[T] = []
    for _ in range(ROUNDS):
        found = []
        failed: set[Stmt] = set()
        for region in regions(graph, active, _kind(refused)):
            if not _reduces(region):
                continue
            try:
                found.append(read(region))
            except NotARow as err:
                failed.add(_failing(region, err))
        if not failed:
            break
        refused |= failed
    return found


def _failing(region: Region, err: NotARow) -> Stmt:
    """The statement that is no part of a row; the last one, where that is not known."""
    stmts = [s for s in region.stmts if s.op.name != "const"]
    return stmts[-1 if err.at is None else min(err.at, len(stmts) - 1)]


def _kind(refused: Set[Stmt]) -> Kind:
    return Kind(
        is_plain,
        _is_float,
        lambda stmt: reads(stmt) and stmt not in refused,
        lambda stmt: elementwise(stmt.op.name),
    )


def _reduces(region: Region) -> bool:
    entry = region.entry.type
    return (
        isinstance(entry, ArrayType)
        and entry.dtype == "f64"
        and 0 < entry.rank <= HIGHEST
        and any(reduces(stmt) for stmt in region.stmts)
    )


def reduction_row(region: Region) -> ReductionRegion:
    """A region with its derivative by rules, read as a row."""
    return derived(region, region.graph())


def derived(region: Region, graph: Graph) -> ReductionRegion:
    """The same for a graph of the region."""
    rules = by_rules(graph)
    pool = Pool()
    pool.axes = axes_of(graph)
    primal = Reading(pool, graph)
    try:
        reading = Reading(pool, rules, {rules.inputs[-1]: primal.label(graph.outputs[0])})
    except NotARow as err:
        raise NotARow(f"its derivative: {err}") from err
    value, partial = rules.outputs
    entry, cotangent = (reading.nodes[v] for v in (rules.inputs[0], rules.inputs[-1]))
    row = Row(pool, entry, reading.node(value), cotangent, reading.node(partial))
    if not row.wanted.varies:
        raise NotARow("one number for all indices")
    return ReductionRegion(region, graph, rules, row, reading)


def lifted(graph: Graph) -> Graph:
    """The same with a parameter for each constant that is no whole number: what is proved of it
    holds for any."""
    made = like(graph)
    cloner = Cloner(Builder(made))
    for stmt in graph.body.stmts:
        if stmt.op.name == "const" and not is_whole(stmt.attrs["value"]):
            name = f"c{len(made.params)}_"
            made.params.append(Param(name, FLOAT))
            cloner.env[stmt.result] = made.body.add_param(FLOAT, name)
    cloner.env.update(zip(graph.inputs, made.inputs, strict=False))
    for stmt in graph.body.stmts:
        if stmt.op.name != "const":
            cloner.stmt(stmt)
    made.body.yields = cloner.all(graph.outputs)
    return made


def is_whole(value: object) -> bool:
    """Whether a constant is part of a row's shape."""
    return isinstance(value, (int, float)) and float(value).is_integer() and abs(value) <= SMALL


def by_rules(graph: Graph) -> Graph:
    """The value and the vector-Jacobian product by the first input, by reverse mode alone."""
    wrt = transform.locate(graph, [(0,)], True)
    derived = transform.vjp(graph, wrt, NO_RECOMPUTE)
    return dce(derived.graph, derived.checks)


# -- back to a graph -------------------------------------------------------------------------------


def replaced(found: ReductionRegion, node: Node) -> Graph:
    """The graph by rules with a derivative in the place of its own."""
    labels = found.reading.label(found.rules.inputs[-1])
    return completed(rebuild(found.rules), found.row.pool, labels, node)


def completed(work: Graph, pool: Pool, cotangent: Labels, node: Node) -> Graph:
    """A graph ``(inputs, ct) -> (value, something)`` with a derivative as its last output."""
    reading = Reading(pool, work, {work.inputs[-1]: cotangent})
    here: dict[Node, Value] = {}
    for value in (*work.inputs, *(s.result for s in work.body.stmts if s.results)):
        if value in reading.nodes:
            here.setdefault(reading.nodes[value], value)
    builder = Builder(work, relaxed=True)
    last = work.outputs[-1].stmt
    builder.current = (last.origin if last is not None else builder.current).with_role("adjoint")
    work.body.yields[-1] = _Building(builder, reading, here).value(node)
    return dce(work)


class _Building:
    """Rows as values: sums keep their dimensions where broadcasting needs them, what lost some gets
    them back where it meets what has them."""

    def __init__(self, builder: Builder, reading: Reading, here: Mapping[Node, Value]) -> None:
        self.b = builder
        self.axes = reading.pool.axes
        self.rank = reading.rank
        self.values = dict(here)
        self.labels: dict[Value, Labels] = dict(reading.labels)

    def value(self, root: Node) -> Value:
        for node in self._missing(root):
            made, labels = self._made(node)
            self.values[node], self.labels[made] = made, labels
        return self.values[root]

    def _missing(self, root: Node) -> Iterator[Node]:
        known = set(self.values)
        work, needed = [root], set()
        while work:
            node = work.pop()
            if node not in known and node not in needed:
                needed.add(node)
                work += node.args
        return (n for n in order([root]) if n in needed)

    def _made(self, node: Node) -> tuple[Value, Labels]:
        b = self.b
        if node.op == "const":
            return b.const(node.data), ()
        if node.op == "size":
            return self._size(node.data), ()
        if node.op == "sum":
            return self._sum(self.values[node.args[0]])
        if node.op == "picked":
            return self._picked(*(self.values[a] for a in node.args))
        operands = [self._spread(self.values[a]) for a in node.args]
        parts = [self.labels[v] for v in operands]
        longest = max(parts, key=len, default=())
        joined = tuple(
            min((p[k] for p in parts if len(p) >= -k), default=ONE) for k in range(-len(longest), 0)
        )
        return b.op(node.op, *operands), joined

    def _size(self, axis: int) -> Value:
        entry = self.b.graph.inputs[0]
        return self.b.op("shape_of", entry, axis=axis + self.rank)

    def _sum(self, x: Value) -> tuple[Value, Labels]:
        labels = self.labels[x]
        axes = tuple(k for k, label in enumerate(labels) if label in self.axes)
        left = tuple(label for label in labels if label not in self.axes)
        keeps = left != tuple(range(-len(left), 0))  # else broadcasting aligns what is left
        if keeps:
            left = tuple(ONE if k in axes else label for k, label in enumerate(labels))
        return self.b.op("sum", x, axes=axes, keepdims=keeps), left

    def _picked(self, x: Value, by: Value) -> tuple[Value, Labels]:
        """``x`` at the first place where ``by`` is largest, along the axis of the sums."""
        b, labels = self.b, self.labels[x]
        if labels != self.labels[by] or len(self.axes) != 1 or len(labels) != self.rank:
            raise NotARow("elements that are picked in other shapes")
        axis = labels.index(self.axes[0])
        at = b.op("array_argmax", by, axes=(axis,), keepdims=len(labels) > 1)
        if len(labels) == 1:
            return b.op("index", x, b.op("int", at), spec=("i",)), ()
        places = b.op("arange", b.const(0), b.op("shape_of", x, axis=1 - axis), b.const(1))
        other = b.op("expand_dims", places, axes=(1,)) if axis else places
        made = b.op("index", x, *((other, at) if axis else (at, other)), spec=("a", "a"))
        return made, tuple(ONE if k == axis else label for k, label in enumerate(labels))

    def _spread(self, x: Value) -> Value:
        """With a dimension of size 1 for each axis that it lost before one that it has."""
        labels = self.labels[x]
        held = [label for label in labels if label != ONE]
        if not held or len(labels) == self.rank or held == list(range(-len(labels), 0)):
            return x
        kept = [k for k in labels if k != ONE]
        if len(kept) != len(labels):
            raise NotARow("a shape that is not the entry's")
        wide = range(kept[0], 0)
        axes = tuple(k for k, label in enumerate(wide) if label not in kept)
        made = self.b.op("expand_dims", x, axes=axes)
        self.labels[made] = tuple(ONE if label not in kept else label for label in wide)
        return made
