"""The stable form of a gate: searched on each half-line over exponentials that cannot overflow.

What users write overflows on one side of 0 or loses its digits there.  On the half-line where
``u >= 0``, value and slope of anything made of ``exp(k*u)`` are rational in ``t = exp(-k*u)``, with
``1 + t``, ``1 - t*t``, ``log1p(t)`` and ``expm1(-k*u)`` as the parts that keep their digits.  Each
side is searched for both, each candidate proved, and the caller, who can judge digits, picks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from symdiff.discovery.candidates import Leaf, branches, built, fingerprints, operation_costs
from symdiff.discovery.normal import proves
from symdiff.discovery.synthesis import Term, search
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import like, rebuild, statements

SIDES = (1, -1)
LIMIT = 70.0
TRIED = 6


class Choice(NamedTuple):
    """For one side of 0: what computes the value, and what the slope."""

    value: Term
    slope: Term


@dataclass(frozen=True, slots=True)
class Half:
    """A candidate on one side: a graph with one output, the term, and which output it is for."""

    graph: Graph
    term: Term
    side: int
    output: int


Score = Callable[[Half], tuple[float, ...]]


def halves(rules: Graph, score: Score) -> Graph | None:
    """``(x, ...) -> (value, slope)`` by a branch on the sign of x, the best-scored terms on each
    side; None where a side has no proved candidate."""
    rates = _rates(rules)
    if branches(rules) or not rates:
        return None
    chosen: dict[int, Choice] = {}
    for side in SIDES:
        best = []
        for output in (0, 1):
            found = _candidates(rules, rates, side, output)
            if not found:
                return None
            best.append(min(found, key=score).term)
        chosen[side] = Choice(*best)
    return _joined(rules, rates, chosen)


def _rates(graph: Graph) -> list[float]:
    """The least k of the ``exp(k*x)`` (and of what is made of them) in the graph."""
    x = graph.inputs[0]
    found = set()
    for stmt in statements(graph.body):
        if stmt.op.name in ("exp", "expm1", "tanh", "sinh", "cosh"):
            rate = _multiple(stmt.args[0], x)
            if rate:
                found.add(abs(rate) * (2 if stmt.op.name == "tanh" else 1))
    return sorted(found)[:1]


def _multiple(v: Value, x: Value) -> float:
    """k where v is ``k*x``, otherwise 0."""
    if v is x:
        return 1.0
    if v.stmt is not None and v.op == "neg":
        return -_multiple(v.stmt.args[0], x)
    if v.stmt is not None and v.op == "mul" and v.stmt.args[0].is_const():
        return float(v.stmt.args[0].constant) * _multiple(v.stmt.args[1], x)
    return 0.0


def _leaves(b: Builder, graph: Graph, rates: list[float], side: int) -> list[Leaf]:
    """What one side is made of: the entry, its decaying exponentials and their companions."""
    x, *others = graph.inputs
    made: list[Leaf] = [x, 1.0, 2.0, -1.0, *(v for v in others if v.type == FLOAT)]
    for rate in rates:
        fall = b.mul(b.const(-side * rate), x)
        t = b.op("exp", fall, hint="t")
        square = b.mul(t, t)
        made += [t, b.add(b.const(1.0), t), b.neg(b.op("expm1", fall)), b.op("log1p", t)]
        twice = b.mul(b.const(-2.0 * side * rate), x)
        made += [square, b.add(b.const(1.0), square), b.neg(b.op("expm1", twice))]
        made += [b.op("log1p", square), math.log(2.0)]
    return made


def _candidates(rules: Graph, rates: list[float], side: int, output: int) -> list[Half]:
    work = rebuild(rules)
    b = Builder(work, relaxed=True)
    leaves = _leaves(b, work, rates, side)
    ranges = tuple((side * low, side * high) for low, high in ((0.05, 0.9), (0.3, 1.6), (1.0, 3.0)))
    prints = fingerprints(work, [*leaves, work.outputs[output]], ranges)
    if prints is None:
        return []
    *rows, target = prints
    found = []
    for candidate in search(rows, target, operation_costs(), LIMIT, seconds=0.2, count=TRIED):
        made = built(work, candidate.term, leaves, b)
        if proves(work.outputs[output], made, [work.inputs[0]] if side > 0 else ()):
            found.append(
                Half(_alone(rules, rates, side, candidate.term), candidate.term, side, output)
            )
    return found


def _alone(rules: Graph, rates: list[float], side: int, term: Term) -> Graph:
    """A graph that computes nothing but the term."""
    made = like(rules)
    b = Builder(made, relaxed=True)
    made.body.yields = [built(made, term, _leaves(b, made, rates, side), b)]
    made.result = FLOAT
    return made


def _joined(rules: Graph, rates: list[float], chosen: dict[int, Choice]) -> Graph:
    made = like(rules)
    b = Builder(made, relaxed=True)
    origin = rules.outputs[0].stmt
    if origin is not None:  # no part of the user's own code: what is not read carries no check
        b.current = origin.origin.with_role("adjoint")

    def branch(side: int) -> Callable[[], list[Value]]:
        def build() -> list[Value]:
            leaves = _leaves(b, made, rates, side)
            return [built(made, term, leaves, b) for term in chosen[side]]

        return build

    cond = b.op("gt", made.inputs[0], b.const(0.0))
    hints = [v.hint for v in rules.outputs]
    made.body.yields = list(b.if_(cond, branch(1), branch(-1), hints, style="stmt"))
    return made
