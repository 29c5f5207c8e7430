"""From a derivative's graph to shorter ones: what to search among, and what a search found.

The graph is that of a region with its derivative by rules, ``(x, ...) -> (value, slope)``, without
branches.  Candidates are proved before they are handed out.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from symdiff.discovery.proof import proves_on_sides
from symdiff.discovery.rules import by_rules
from symdiff.discovery.synthesis import Found, Term, search
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.ir.opspec import OPS
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import rebuild
from symdiff.passes.dce import dce

POINTS = 8  # of a fingerprint
RANGES = ((-2.0, 2.0), (0.3, 1.6), (0.05, 0.9), (1.1, 3.0))
CANDIDATES = 8
MANY = 200  # that a search is asked for
LONGER = 0.8  # seconds for a target without its constant
DEARER = 16.0  # nanoseconds that kept digits may cost
Leaf = Value | float
Range = tuple[float, float]


def operation_costs() -> Mapping[str, float]:
    return {name: OPS[name].cost for name in ("add", "sub", "mul", "div")}


def forward(graph: Graph) -> list[Value]:
    """What the value is made of, the inputs first."""
    needed = _made_of(graph.outputs[0])
    made = [s.result for s in graph.body.stmts if s.results and s.result in needed]
    return [*graph.inputs, *made]


def _made_of(value: Value) -> set[Value]:
    needed: set[Value] = set()
    work = [value]
    while work:
        value = work.pop()
        if value not in needed and not value.is_const():
            needed.add(value)
            work.extend(value.stmt.args if value.stmt is not None else ())
    return needed


def slope_cost(graph: Graph) -> float:
    """Nanoseconds of what the slope needs beyond the value's own parts; where both come from one
    branch, the mean of its sides."""
    value, slope = graph.outputs
    stmt = slope.stmt
    if stmt is not None and stmt.op.name == "if" and value.stmt is stmt:
        sides = [b.yields for b in stmt.blocks]
        return sum(_beyond(y[value.index], y[slope.index]) for y in sides) / 2
    return _beyond(value, slope)


def _beyond(value: Value, slope: Value) -> float:
    known = _made_of(value)
    total, work = 0.0, [slope]
    while work:
        one = work.pop()
        if one in known or one.stmt is None or one.is_const():
            continue
        known.add(one)
        total += one.stmt.op.cost
        for child in one.stmt.blocks:
            total += sum(s.op.cost for s in child.stmts) / 2
            work.extend(a for s in child.stmts for a in s.args)
        work.extend(one.stmt.args)
    return total


def branches(graph: Graph) -> bool:
    return any(s.op.region for s in graph.body.stmts)


Score = Callable[[Graph, int], tuple[float, ...]]


def shorter(form: Graph, score: Score, wrt: Sequence[int] = (0,)) -> Graph | None:
    """The value of a form and its partials, those cheaper for which cheaper expressions over the
    forward values are found and proved, the best-scored of them; None where there is none.

    ``score`` of a graph and the number of its output: equal functions may differ in where they
    have a value, and in digits.
    """
    rules = by_rules(form, wrt)
    if any(v.stmt is not None and v.stmt.op.region for v in forward(rules)):
        return None
    better = [_shorter(rules, k + 1, score) for k in range(len(wrt))]
    if not any(better):
        return None
    work = rebuild(rules)
    yields = list(work.outputs)
    for k, term in enumerate(better):
        if term is not None:
            yields[k + 1] = built(work, term, _leaves(work))
    work.body.yields = yields
    return dce(work)


def _shorter(rules: Graph, output: int, score: Score) -> Term | None:
    leaves = _leaves(rules)
    prints = fingerprints(rules, [*leaves, rules.outputs[output]])
    if prints is None:
        return None
    *rows, target = prints
    cost = _beyond(rules.outputs[0], rules.outputs[output])
    judged = score(rules, output)[:-1]
    best, least = None, (*judged, cost)
    loses = any(judged)  # then a form that costs more is taken, too
    limit, count = (cost + DEARER, 5 * CANDIDATES) if loses else (cost - 0.5, CANDIDATES)
    for found in _found(rows, target, limit, count, leaves, rules):
        work = rebuild(rules)
        made = built(work, found.term, [*_leaves(work), *leaves[len(_leaves(work)) :]])
        if not proves_on_sides(work, work.outputs[output], made):
            continue
        work.body.yields[output] = made
        scored = (*score(work, output)[:-1], found.cost + 0.1 * _awkward(found.term, leaves))
        if scored < least:
            best, least = _with_numbers(found.term, leaves), scored
    return best


def _with_numbers(term: Term, leaves: Sequence[Leaf]) -> Term:
    """The term with constants as themselves, so that it can be built in another graph."""
    if term.op != "leaf":
        return Term(term.op, tuple(_with_numbers(a, leaves) for a in term.args))
    leaf = leaves[term.args[0]]
    return Term("number", (leaf,)) if isinstance(leaf, float) else term


def _found(
    rows: Sequence[Sequence[float]],
    target: Sequence[float],
    limit: float,
    count: int,
    leaves: list[Leaf],
    rules: Graph,
) -> Iterator[Found]:
    """What is the target, and what is it but for a constant of the derivative by rules."""
    costs = operation_costs()
    yield from _plain(search(rows, target, costs, limit, count=MANY), leaves, count)
    numbers = {s.attrs["value"] for s in rules.body.stmts if s.op.name == "const"}
    for number in sorted(n for n in numbers if type(n) is float and n not in leaves and n):
        leaves.append(number)
        front = Term("leaf", (len(leaves) - 1,))
        part = [x / number for x in target]
        found = search(rows, part, costs, limit - costs["mul"], LONGER, MANY)
        for one in _plain(found, leaves, count):
            yield Found(one.cost + costs["mul"], Term("mul", (front, one.term)))


def _plain(found: Sequence[Found], leaves: Sequence[Leaf], count: int) -> list[Found]:
    """The first ones, without those that are another one times 1."""
    return [f for f in found if not _idle(f.term, leaves)][:count]


def _idle(term: Term, leaves: Sequence[Leaf]) -> bool:
    if term.op == "leaf":
        return False
    sides = [leaves[a.args[0]] if a.op == "leaf" else None for a in term.args]
    one = [isinstance(x, float) and abs(x) == 1 for x in sides]
    idle = (term.op == "mul" and any(one)) or (term.op == "div" and one[1])
    both = all(isinstance(x, float) for x in sides)
    return idle or both or any(_idle(a, leaves) for a in term.args)


def _awkward(term: Term, leaves: Sequence[Leaf], top: bool = True) -> int:
    """Of two that cost the same, one without negative constants is read more easily, and a constant
    in front meets others: ``0.5*t/x``, not ``t*(0.5/x)``."""
    if term.op == "leaf":
        leaf = leaves[term.args[0]]
        return isinstance(leaf, float) and leaf < 0
    left = term.args[0]
    inner = term.op == "div" and not top and left.op == "leaf"
    inside = inner and isinstance(leaves[left.args[0]], float)
    return inside + sum(_awkward(a, leaves, False) for a in term.args)


def _leaves(graph: Graph) -> list[Leaf]:
    """The value, its entry, the other forward values, and small constants."""
    inner = forward(graph)
    value = graph.outputs[0]
    order = [value, inner[0], *(v for v in reversed(inner[1:]) if v is not value)]
    return [*(v for v in order if v.type == FLOAT), 1.0, 2.0, 0.5, -0.5, -1.0]


def fingerprints(
    graph: Graph, values: Sequence[Leaf], entry: Sequence[Range] = RANGES
) -> list[list[float]] | None:
    """Numbers of the values at random points where all of them are finite; None where too few
    such points are met.  ``entry`` are the ranges of the first input."""
    rng = random.Random(len(values))
    columns: list[list[float]] = []
    ranges = zip(itertools.cycle(entry), itertools.cycle(RANGES), strict=False)
    for own, others in itertools.islice(ranges, 40 * len(RANGES)):
        seen: dict[Value, Any] = {}
        point = [
            rng.uniform(*(own if k == 0 else others)) if v.type == FLOAT else rng.randint(1, 4)
            for k, v in enumerate(graph.inputs)
        ]
        try:
            run(graph, *point, watch=seen.__setitem__)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        column = [_number(v, seen) for v in values]
        if all(math.isfinite(x) for x in column):
            columns.append(column)
        if len(columns) == POINTS:
            return [list(row) for row in zip(*columns, strict=True)]
    return None


def _number(v: Leaf, seen: Mapping[Value, Any]) -> float:
    if isinstance(v, float):
        return v
    return float(v.constant if v.is_const() else seen[v])


def built(graph: Graph, term: Term, leaves: Sequence[Leaf], b: Builder | None = None) -> Value:
    """A term as values behind the graph's own."""
    if b is None:
        b = Builder(graph, relaxed=True)
        last = graph.outputs[-1].stmt
        b.current = last.origin if last is not None else b.current
    builder = b

    def build(t: Term) -> Value:
        if t.op == "number":
            return builder.const(t.args[0])
        if t.op == "leaf":
            leaf = leaves[t.args[0]]
            return builder.const(leaf) if isinstance(leaf, float) else leaf
        return builder.op(t.op, *map(build, t.args))

    return build(term)
