"""Discovery: for each part of a function that can be one gate, a shorter proved derivative.

The path: regions of the primal, their derivative by reverse mode, a search for a cheaper expression
over the forward values, a proof that both are equal, and a judgement of both by the sound oracle
over the core and the tails.  A shorter derivative that loses digits is not better: forms are ranked
by bad points, then by the decade of their worst error, then by cost.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.autodiff import activity
from symdiff.discovery import candidates
from symdiff.discovery.halves import Half, halves
from symdiff.discovery.regions import Region, regions
from symdiff.discovery.rules import by_rules
from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.ir.walk import rebuild
from symdiff.library.entries import ROUNDING, computing
from symdiff.passes.branches import merge_branches
from symdiff.passes.dce import dce
from symdiff.passes.inplace import inplace
from symdiff.report.accuracy import Accuracy, Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.points import sample
from symdiff.report.subject import Subject

JUDGED = 32
STEPS = 6000
NEAR = (1e-3, -1e-3, 1e-7, -1e-7)  # where a difference of nearly equal numbers shows
LOST = 1e-14  # an error from which a stabler form is looked for
SPECIAL = (
    *(
        s * x
        for x in (0.0, 1e-300, 1e-8, 1.0, 36.0, 709.0, 711.0, 746.0, 1e160)
        for s in (1.0, -1.0)
    ),
    math.inf,
    -math.inf,
)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to compute a local derivative (by rules, or found and proved equal to that): its
    cost in ns beyond the forward values, how it fared against the oracle, and its source."""

    title: str
    cost: float
    seen: Accuracy
    source: str
    gate: Callable[..., Any] = field(repr=False)


@dataclass(slots=True)
class Discovery:
    """What was found for one region: the derivative by rules first, then what was found."""

    line: int | None
    operations: int
    entry: str
    forms: list[Form] = field(default_factory=list)
    milliseconds: float = 0.0  # for the search and the proof, without the judgement
    graph: Graph | None = field(default=None, repr=False)  # the region as a function

    @property
    def best(self) -> Form:
        """The form to use."""
        return min(self.forms, key=_rank)


def _rank(form: Form) -> tuple[int, int, float]:
    return form.seen.bad, _decade(form.seen.worst), form.cost


def _decade(error: float) -> int:
    """The decade of an error above rounding."""
    return max(0, math.ceil(math.log10(max(error, ROUNDING) / ROUNDING)))


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
    made = Discovery(None if span is None else span.line, active, graph.params[0].name, graph=graph)
    start = time.perf_counter()
    rules = by_rules(graph)
    judges = _judges(graph)
    found = candidates.shorter(graph, lambda g, k: scored(g, k, judges))
    made.milliseconds = (time.perf_counter() - start) * 1e3
    made.forms.append(_form("by rules", rules, judges))
    if found is not None:
        made.forms.append(_form("found", found, judges))
    if made.best.seen.bad or made.best.seen.worst > LOST:
        stable = halves(rules, lambda half: score_half(half, judges))
        if stable is not None:
            names = [p.name for p in graph.params]
            made_of = computing(names, stable.lets, stable.outputs)
            form = _form("by halves", merge_branches(made_of), judges)
            if _extends(form, made.forms[0], len(graph.inputs)):
                made.forms.append(form)
    return made


# -- the judgement ---------------------------------------------------------------------------------

Judges = Sequence[tuple[list[float], Judge]]


def _judges(graph: Graph) -> Judges:
    """The sound derivative at points of the core, the tails and near 0."""
    params = [(p.name, p.tree) for p in graph.params]
    points = sample(params, None, JUDGED - len(NEAR))
    points += [[x, *points[k][1:]] for k, x in enumerate(NEAR)]
    made: list[tuple[list[float], Judge]] = []
    for point in points:
        try:
            made.append((point, Judge(graph, point, [0], STEPS)))
        except (OutOfDomain, Unresolved):
            continue
    return made


def _linked(graph: Graph) -> tuple[str, Callable[..., Any]]:
    text = emit(inplace(dce(rebuild(graph))), name="gate").text
    return text, link(text, "gate")


def _form(title: str, graph: Graph, judges: Judges) -> Form:
    graph = dce(graph)
    text, gate = _linked(graph)
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
    return Form(title, candidates.slope_cost(graph), seen, text, gate)


def score_half(half: Half, judges: Judges) -> tuple[float, ...]:
    """A candidate on its side of 0: bad points, decade of the worst error, cost."""
    mine = [(point, judge) for point, judge in judges if point[0] * half.side > 0]
    return scored(half.graph, half.output, mine, 0)


def scored(graph: Graph, output: int, judges: Judges, at: int | None = None) -> tuple[float, ...]:
    """One output of a graph (at another place in it, where ``at`` says so)."""
    bad, worst = 0, 0.0
    for point, judge in judges:
        try:
            found = run(graph, *point)[output if at is None else at]
        except (ArithmeticError, ValueError):
            bad += 1
            continue
        error = judge.error(output, found)
        bad += not error < math.inf
        worst = max(worst, error if error < math.inf else 0.0)
    return bad, _decade(worst), sum(s.op.cost for s in graph.body.stmts)


def _extends(form: Form, rules: Form, inputs: int) -> bool:
    """Whether a form has a value wherever the derivative by rules has one, and NaN for NaN."""
    others = (0.5,) * (inputs - 1)
    if not all(map(math.isnan, form.gate(math.nan, *others))):
        return False
    for x in SPECIAL:
        try:
            wanted = rules.gate(x, *others)
        except (ArithmeticError, ValueError):
            continue
        try:
            found = form.gate(x, *others)
        except (ArithmeticError, ValueError):
            return False
        if any(
            math.isfinite(a) and not math.isfinite(b) for a, b in zip(wanted, found, strict=True)
        ):
            return False
    return True
