"""Discovery over arrays: for each part that reduces an array, a compact proved derivative.

The path is that of ``discover``: reduction regions of the primal, their vector-Jacobian product by
reverse mode, a search for one of fewer passes over the array, its proof, and a judgement of both by
the sound oracle at points of the core and the tails.  A derivative that is shorter is taken only if
it loses no more digits, and has a value wherever that by rules has one.
"""

from __future__ import annotations

import functools
import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.autodiff import activity
from symdiff.discovery.array_candidates import Compact, compact
from symdiff.discovery.array_reading import ONE
from symdiff.discovery.array_regions import ReductionRegion, reduction_regions, replaced
from symdiff.discovery.array_rows import Node, size_name
from symdiff.discovery.array_unrolled import NotUnrolled, unrolled
from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.core import Graph, Value
from symdiff.ir.types import ArrayType
from symdiff.passes.accumulate import accumulate
from symdiff.passes.contract import contract
from symdiff.passes.dce import dce
from symdiff.passes.expand import expand
from symdiff.passes.facts import decide
from symdiff.passes.inplace import inplace
from symdiff.passes.parts import take_parts
from symdiff.passes.strength import reduce_strength
from symdiff.report.accuracy import Accuracy, Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.subject import Subject

JUDGED = 20  # candidates
ROUNDING, DIGIT = 16 * 2.0**-52, 10.0
SIZE, OTHERS = 4, 2  # along the axis of the sums, along another one
STEPS = 20_000
# around which numbers, and how far from them, the entry is judged
PLACES = ((0.0, 1.0), (0.0, 1.0), (2.0, 1.0), (0.0, 30.0), (0.0, 300.0), (1.0, 1e-6), (0.0, 1e-6))
SPECIAL = (
    (0.0, 0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0, 1.0),
    (710.0, -710.0, 0.0, 746.0),
    (1e4, -1e4, 1e5, 1.0),
    (1e160, 1.0, -1e160, 0.0),
    (1e-200, -1e-200, 0.0, 1e-200),
    (math.inf, 1.0, 0.0, 2.0),
    (-math.inf, 1.0, 0.0, 2.0),
    (math.nan, 1.0, 0.0, 2.0),
)
Array = Any


@dataclass(slots=True)
class ArrayForm:
    """One way to compute a vector-Jacobian product beyond the forward values: how often it goes
    over the array, ns per element, how it fared against the oracle, how it is known to be right,
    and the source of value and pullback."""

    title: str
    passes: int
    cost: float
    seen: Accuracy
    proof: str
    source: str
    gate: Callable[..., Any] = field(repr=False)  # (inputs, ct) -> (value, (partial,))
    node: Node | None = field(default=None, repr=False)  # of the region's row; None: by rules
    extends: bool = True  # a value wherever the derivative by rules has one, NaN for NaN

    def as_good_as(self, other: ArrayForm) -> bool:
        """Whether it has no more bad points and loses not a digit more, above 16 ulp."""
        allowed = max(ROUNDING, DIGIT * other.seen.worst)
        return self.extends and self.seen.bad <= other.seen.bad and self.seen.worst <= allowed

    def pullback(self) -> str:
        """The statements of the pullback."""
        lines = self.source.split("def pullback", 1)[1].splitlines()[1:]
        body = itertools.takewhile(lambda line: line.startswith(" " * 8) or not line, lines)
        return "\n".join(line[8:] for line in body)


@dataclass(slots=True)
class ArrayDiscovery:
    """What was found for one reduction region: the derivative by rules first, then the one of
    fewest passes that is as good, and that of fewest passes where it is another one."""

    line: int | None
    operations: int
    entry: str
    forms: list[ArrayForm]
    milliseconds: float  # for the search and the proofs
    found: ReductionRegion = field(repr=False)

    @property
    def best(self) -> ArrayForm:
        """The form to use."""
        rules, *found = self.forms
        return next((form for form in found if form.as_good_as(rules)), rules)


def discover_arrays(subject: Subject) -> list[ArrayDiscovery]:
    """The reduction regions of a function, each with its derivative by rules and the best one
    found."""
    primal = subject.primal()
    return [_discovery(found) for found in reduction_regions(primal, active_in(subject, primal))]


def active_in(subject: Subject, primal: Graph) -> set[Value]:
    """The values that depend on what is differentiated."""
    return activity.varied(primal, [primal.inputs[k] for k in subject.input_positions()])


def _discovery(found: ReductionRegion) -> ArrayDiscovery:
    region = found.region
    span = region.stmts[-1].origin.span
    layout = Layout(found)
    points = _points(layout)
    cost, rounds = found.row.priced(found.row.wanted)
    rules = _form("by rules", rounds, cost, "", found.rules, layout, points)
    start = time.perf_counter()
    candidates = list(itertools.islice(compact(found.row), JUDGED))
    spent = (time.perf_counter() - start) * 1e3
    line = None if span is None else span.line
    operations = sum(s.op.name != "const" for s in region.stmts)
    made = ArrayDiscovery(line, operations, found.graph.params[0].name, [rules], spent, found)
    forms = []
    for c in candidates:
        graph = replaced(found, c.node)
        form = _form("found", c.passes, c.cost, _said(found, c), graph, layout, points)
        form.node, form.extends = c.node, _extends(layout, rules, form)
        forms.append(form)
    if forms:
        shortest = min(forms, key=lambda f: f.passes)
        good = [form for form in forms if form.as_good_as(rules)]
        made.forms += good[:1]
        if shortest not in good[:1]:
            shortest.title = "shortest"
            made.forms.append(shortest)
    return made


def _said(found: ReductionRegion, candidate: Compact) -> str:
    """How it is known to be right."""
    names = [_name(found, node) for node in candidate.proof.nonzero]
    return "proved" + (f" where {' and '.join(names)} is not 0" if names else "")


def _name(found: ReductionRegion, node: Node) -> str:
    hints = [v.hint for v, n in found.reading.nodes.items() if n is node and v.hint]
    return next(iter(hints), f"a {node.op}" if node.args else "an input")


def _points(layout: Layout) -> list[Point]:
    try:
        return list(layout.points())
    except NotUnrolled:
        return []


def _form(
    title: str,
    rounds: int,
    cost: float,
    proof: str,
    graph: Graph,
    layout: Layout,
    points: Sequence[Point],
) -> ArrayForm:
    low = lowered(graph)
    split = len(low.inputs) - 1
    source = emit(inplace(accumulate(low, split), split), name="gate", split=split).text
    gate = link(emit(inplace(accumulate(low)), name="gate").text, "gate")
    return ArrayForm(title, rounds, cost, _accuracy(gate, layout, points), proof, source, gate)


def lowered(graph: Graph) -> Graph:
    """Only what NumPy has, as the driver lowers it."""
    return dce(decide(dce(take_parts(contract(reduce_strength(expand(graph)))))))


# -- the judgement ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """Arguments of a gate, and the sound derivative of each of its rows."""

    inputs: Sequence[Any]
    judges: Sequence[Judge]


class Layout:
    """How the rows of a region lie in its arrays."""

    def __init__(self, found: ReductionRegion) -> None:
        self.found = found
        self.inner = found.row.pool.axes
        rank = found.reading.rank
        self.outer = next((k for k in range(-rank, 0) if k not in self.inner), None)
        self.rows = 1 if self.outer is None else OTHERS
        self.values = found.rules.inputs
        self.nodes = [found.reading.nodes[v] for v in self.values]
        self.sizes = {size_name(k): self._size(k) for k in range(-rank, 0)}

    def _size(self, label: int) -> int:
        if label == ONE:
            return 1
        return SIZE if label == self.inner[0] else 1 if label in self.inner else OTHERS

    def spread(self, value: Value, rows: Sequence[Sequence[float]]) -> Any:
        """An argument with these numbers in its rows."""
        import numpy as np

        if not isinstance(value.type, ArrayType):
            return float(rows[0][0])
        labels = self.found.reading.labels[value]
        made = np.empty([self._size(label) for label in labels])
        for place in np.ndindex(made.shape):
            where = dict(zip(labels, place, strict=True))
            row = rows[where.get(self.outer, 0) if self.outer is not None else 0]
            made[place] = row[where.get(self.inner[0], 0)]
        return made if made.shape else np.float64(made)

    def row(self, value: Value, data: Any, at: int) -> list[float]:
        """The numbers of one row of an argument, or of the partial by the first one."""
        import numpy as np

        labels = self.found.reading.labels[value]
        if self.outer in labels:
            data = np.take(data, at, axis=labels.index(self.outer))
        return [float(x) for x in np.reshape(data, -1)]

    def arguments(self, seed: int, entry: Callable[[random.Random], Sequence[float]]) -> list[Any]:
        """The entry's rows as given, positive numbers for what is inactive, any for cotangents."""
        rng = random.Random(seed)
        made = []
        for k, value in enumerate(self.values):
            own = entry if k == 0 else _cotangent if k == len(self.values) - 1 else _inactive
            made.append(self.spread(value, [own(rng) for _ in range(self.rows)]))
        return made

    def points(self) -> Iterator[Point]:
        """Points where the oracle has a derivative of every row."""
        scalar = unrolled(self.found.row, self.nodes, SIZE, self.sizes)
        for seed, (middle, width) in enumerate(PLACES):
            made = self.arguments(seed, functools.partial(_around, middle=middle, width=width))
            try:
                yield Point(made, [self._judge(scalar, made, at) for at in range(self.rows)])
            except (OutOfDomain, Unresolved):
                continue

    def _judge(self, scalar: Graph, inputs: Sequence[Any], at: int) -> Judge:
        pairs = zip(self.values, inputs, strict=True)
        numbers = [x for value, data in pairs for x in self.row(value, data, at)]
        return Judge(scalar, numbers, range(SIZE), STEPS)


def _around(rng: random.Random, middle: float, width: float) -> list[float]:
    return [middle + width * rng.gauss(0.0, 1.0) for _ in range(SIZE)]


def _given(rng: random.Random, row: Sequence[float]) -> Sequence[float]:
    return row


def _inactive(rng: random.Random) -> list[float]:
    return [rng.uniform(0.2, 1.0) for _ in range(SIZE)]


def _cotangent(rng: random.Random) -> list[float]:
    return [rng.uniform(-1.0, 1.0) for _ in range(SIZE)]


def _called(gate: Callable[..., Any], inputs: Sequence[Any]) -> tuple[Any, Any]:
    """Value and partial; infinities and NaNs come without a warning."""
    import numpy as np

    with np.errstate(all="ignore"):
        value, (partial,) = gate(*(np.copy(x) if np.ndim(x) else x for x in inputs))
    return value, partial


def _accuracy(gate: Callable[..., Any], layout: Layout, points: Sequence[Point]) -> Accuracy:
    seen = Accuracy()
    for point in points:
        _, partial = _called(gate, point.inputs)
        for at, judge in enumerate(point.judges):
            seen.points += 1
            error = max(judge.errors(layout.row(layout.values[0], partial, at)))
            if not error < math.inf:
                seen.bad += 1
            elif error > seen.worst:
                seen.worst, seen.where = error, repr(point.inputs[0])
    return seen


def _extends(layout: Layout, rules: ArrayForm, form: ArrayForm) -> bool:
    """Whether a form has a value wherever the derivative by rules has one, and NaN for NaN."""
    import numpy as np

    for special in SPECIAL:
        made = layout.arguments(0, functools.partial(_given, row=special))
        wanted, found = _called(rules.gate, made)[1], _called(form.gate, made)[1]
        if np.any(np.isfinite(wanted) & ~np.isfinite(found)):
            return False
        if np.isnan(special).any() and np.any(np.isnan(wanted) & ~np.isnan(found)):
            return False
    return True
