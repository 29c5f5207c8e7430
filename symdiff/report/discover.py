"""Discovery: for each part of a function that can be one gate, a shorter proved derivative.

The path: regions of the primal, their derivative by reverse mode, a search for a cheaper expression
over the forward values, a proof that both are equal, and a judgement of both by the sound oracle
over the core and the tails.  A shorter derivative that loses digits is not better: forms are ranked
by bad points, then by the decade of their worst error, then by cost.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.autodiff import activity, transform
from symdiff.autodiff.residual import NO_RECOMPUTE
from symdiff.discovery.normal import proves
from symdiff.discovery.regions import Region, regions
from symdiff.discovery.synthesis import Term, search
from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.ir.opspec import OPS
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import rebuild
from symdiff.passes.dce import dce
from symdiff.passes.facts import decide
from symdiff.passes.inplace import inplace
from symdiff.passes.strength import reduce_strength
from symdiff.report.accuracy import Accuracy, Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.points import sample
from symdiff.report.subject import Subject

POINTS = 8  # of a fingerprint
JUDGED = 32
STEPS = 6000
RANGES = ((-2.0, 2.0), (0.3, 1.6), (0.05, 0.9), (1.1, 3.0))
CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Form:
    """One way to compute a local derivative (by rules, or found and proved equal to that): its
    cost in ns beyond the forward values, how it fared against the oracle, and its source."""

    title: str
    cost: float
    seen: Accuracy
    source: str


@dataclass(slots=True)
class Discovery:
    """What was found for one region: the derivative by rules first, then what was found."""

    line: int | None
    operations: int
    entry: str
    forms: list[Form] = field(default_factory=list)
    milliseconds: float = 0.0  # for the search and the proof, without the judgement

    @property
    def best(self) -> Form:
        """The form to use."""
        return min(self.forms, key=_rank)


def _rank(form: Form) -> tuple[int, int, float]:
    error = form.seen.worst
    return form.seen.bad, max(0, math.ceil(math.log10(max(error, 1e-15) / 1e-15))), form.cost


def discover(subject: Subject) -> list[Discovery]:
    """The regions of a function, each with its derivative by rules and the best one found."""
    primal = subject.primal()
    sources = [primal.inputs[k] for k in subject.input_positions()]
    active = activity.varied(primal, sources)
    return [_discovery(r) for r in regions(primal, active)]


def _discovery(region: Region) -> Discovery:
    span = region.stmts[-1].origin.span
    graph = region.graph()
    active = sum(s.origin.role == "primal" for s in region.stmts)
    made = Discovery(None if span is None else span.line, active, graph.params[0].name)
    start = time.perf_counter()
    rules = _derivative(graph)
    found = _found(rules)
    made.milliseconds = (time.perf_counter() - start) * 1e3
    judges = _judges(graph)
    made.forms.append(_form("by rules", rules, judges))
    if found is not None:
        made.forms.append(_form("found", found, judges))
    return made


def _found(rules: Graph) -> Graph | None:
    """The derivative's cheapest expression over forward values that is proved to be equal."""
    limit = _cost(rules)
    for term in _shorter(rules, limit):
        work = rebuild(rules)
        made = _built(work, term)
        if proves(work.outputs[1], made):
            work.body.yields = [work.outputs[0], made]
            return work
    return None


def _derivative(graph: Graph) -> Graph:
    """``(x, ...) -> (value, derivative)`` of a region, by reverse mode alone."""
    wrt = transform.locate(graph, [(0,)], True)
    derived = transform.gradient(graph, wrt, NO_RECOMPUTE, value=True)
    return dce(decide(dce(reduce_strength(dce(derived.graph, derived.checks)))))


# -- the search ------------------------------------------------------------------------------------


def _forward(graph: Graph) -> list[Value]:
    """What the value is made of, the inputs first."""
    needed: set[Value] = set()
    work = [graph.outputs[0]]
    while work:
        value = work.pop()
        if value not in needed and not value.is_const():
            needed.add(value)
            work.extend(value.stmt.args if value.stmt is not None else ())
    made = [s.result for s in graph.body.stmts if s.results and s.result in needed]
    return [*graph.inputs, *made]


def _cost(graph: Graph) -> float:
    """Nanoseconds of what the derivative needs beyond the forward values."""
    known = set(_forward(graph))
    total, work = 0.0, [graph.outputs[1]]
    while work:
        value = work.pop()
        if value in known or value.stmt is None or value.is_const():
            continue
        known.add(value)
        total += value.stmt.op.cost
        for child in value.stmt.blocks:
            total += sum(s.op.cost for s in child.stmts) / 2
            work.extend(a for s in child.stmts for a in s.args)
        work.extend(value.stmt.args)
    return total


def _shorter(graph: Graph, limit: float) -> list[Term]:
    """Expressions over the forward values that agree with the derivative at random points, each
    leaf a position in ``_leaves``."""
    if any(s.op.region for s in graph.body.stmts):
        return []
    leaves = _leaves(graph)
    prints = _fingerprints(graph, leaves)
    if prints is None:
        return []
    *rows, target = prints
    costs = {name: OPS[name].cost for name in ("add", "sub", "mul", "div")}
    return [f.term for f in search(rows, target, costs, limit - 0.5, count=CANDIDATES)]


def _leaves(graph: Graph) -> list[Value | float]:
    """The value, its entry, the other forward values, and small constants."""
    forward = _forward(graph)
    value = graph.outputs[0]
    order = [value, forward[0], *(v for v in reversed(forward[1:]) if v is not value)]
    return [*(v for v in order if v.type == FLOAT), 1.0, 2.0]


def _fingerprints(graph: Graph, leaves: Sequence[Value | float]) -> list[list[float]] | None:
    """Numbers of the leaves and of the derivative at points where all of them are finite."""
    rng = random.Random(len(leaves))
    columns: list[list[float]] = []
    for low, high in itertools.islice(itertools.cycle(RANGES), 40 * len(RANGES)):
        seen: dict[Value, Any] = {}
        point = [
            rng.uniform(low, high) if v.type == FLOAT else rng.randint(1, 4) for v in graph.inputs
        ]
        try:
            run(graph, *point, watch=seen.__setitem__)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        values = [x if isinstance(x, float) else seen[x] for x in (*leaves, graph.outputs[1])]
        if all(isinstance(x, float) and math.isfinite(x) for x in values):
            columns.append(values)
        if len(columns) == POINTS:
            return [list(row) for row in zip(*columns, strict=True)]
    return None


def _built(graph: Graph, term: Term) -> Value:
    """A term as values behind the graph's own (a copy whose leaves are numbered alike)."""
    leaves = _leaves(graph)
    b = Builder(graph, relaxed=True)
    b.current = graph.outputs[1].stmt.origin if graph.outputs[1].stmt else b.current

    def build(t: Term) -> Value:
        if t.op == "leaf":
            leaf = leaves[t.args[0]]
            return b.const(leaf) if isinstance(leaf, float) else leaf
        return b.op(t.op, *map(build, t.args))

    return build(term)


# -- the judgement ---------------------------------------------------------------------------------

Judges = list[tuple[list[float], Judge]]


def _judges(graph: Graph) -> Judges:
    """The sound derivative at points of the core and the tails."""
    params = [(p.name, p.tree) for p in graph.params]
    made: Judges = []
    for point in sample(params, None, JUDGED):
        try:
            made.append((point, Judge(graph, point, [0], STEPS)))
        except (OutOfDomain, Unresolved):
            continue
    return made


def _form(title: str, graph: Graph, judges: Judges) -> Form:
    cost = _cost(graph)
    final = inplace(dce(rebuild(graph)))
    text = emit(final, name="gate").text
    gate: Callable[..., Any] = link(text, "gate")
    seen = Accuracy()
    for point, judge in judges:
        seen.points += 1
        try:
            _, slope = gate(*point)
            (error,) = judge.errors([slope])
        except (ArithmeticError, ValueError):
            error = math.inf
        if error == math.inf:
            seen.bad += 1
        elif error > seen.worst:
            seen.worst, seen.where = error, repr(point)
    return Form(title, cost, seen, text)
