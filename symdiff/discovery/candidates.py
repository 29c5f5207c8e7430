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

from symdiff.discovery.budget import clock
from symdiff.discovery.numbering import numbered
from symdiff.discovery.proof import proves_on_sides
from symdiff.discovery.rules import by_rules
from symdiff.discovery.synthesis import LEAVES, OPERATIONS, Found, Search, Term
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
LOSING = 120  # where digits are lost
CONSTANTS = (1.0, 2.0, 0.5, -0.5, -1.0, -2.0)
MANY = 200  # that a search is asked for
COMPANIONS = 4
SECONDS = 0.9  # for all partials, the proofs included
CANCELLING = 6.0  # nanoseconds
DEARER = 16.0  # nanoseconds that kept digits may cost
Leaf = Value | float
Range = tuple[float, float]


def operation_costs(loses: bool = False) -> dict[str, float]:
    """Nanoseconds; where digits are lost a difference, in which they go, has to save more."""
    costs = {name: OPS[name].cost for name in OPERATIONS}
    return {**costs, "sub": costs["sub"] + CANCELLING} if loses else costs


def forward(graph: Graph) -> list[Value]:
    """What the value is made of, the inputs first."""
    needed = _made_of(graph.outputs[0])
    made = [s.result for s in graph.body.stmts if s.results and s.result in needed]
    return [*graph.inputs, *made]


def _made_of(*values: Value) -> set[Value]:
    needed: set[Value] = set()
    work = list(values)
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
        pairs = [(y[value.index], y[slope.index]) for y in sides]
        return sum(_beyond(_made_of(v), s) for v, s in pairs) / 2
    return _beyond(_made_of(value), slope)


def _beyond(known: set[Value], value: Value) -> float:
    """Nanoseconds of what a value needs beyond what is known."""
    known = set(known)
    total, work = 0.0, [value]
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

    The cheapest partial comes first; what it is made of costs the others nothing.  ``score`` of a
    graph and the number of its output: equal functions may differ in where they have a value, and
    in digits.
    """
    rules = by_rules(form, wrt)
    if any(v.stmt is not None and v.stmt.op.region for v in forward(rules)):
        return None
    until = clock() + SECONDS
    shared = numbered(rules, SECONDS / 2) if len(wrt) > 1 else rules
    work, changed = rebuild(shared), shared is not rules
    done, waiting = [0], list(range(1, 1 + len(wrt)))
    while waiting:
        known = _made_of(*(work.outputs[k] for k in done))
        costs = {k: _beyond(known, work.outputs[k]) for k in waiting}
        output = min(waiting, key=lambda k: (costs[k], k))
        share = (until - clock()) / len(waiting)
        better = _shorter(work, output, known, score, clock() + share)
        if better is not None:
            work.body.yields[output], changed = better, True
        waiting.remove(output)
        done.append(output)
    return dce(work) if changed else None


def _shorter(
    work: Graph, output: int, known: set[Value], score: Score, until: float
) -> Value | None:
    """An output in a form that costs less beside what is known; candidates stay in the graph."""
    rules = work.outputs[output]
    cost = _beyond(known, rules)
    judged = score(dce(work), output)[:-1] if cost else ()
    loses = any(judged)  # then a form that costs more is taken, too
    leaves = _leaves(work, output, known, loses) if cost else []
    prints = fingerprints(work, [*leaves, rules]) if leaves else None
    if prints is None:
        return None
    *rows, target = prints
    best, least = None, (*judged, cost)
    limit, count = (cost + DEARER, LOSING) if loses else (cost - 0.5, CANDIDATES)
    prices = [0.0 if isinstance(v, float) else _beyond(known, v) for v in leaves]
    engine = Search(rows, operation_costs(loses), limit, prices)
    for found in _found(engine, target, limit, count, leaves, rules, until):
        if clock() > until:
            break
        made = built(work, found.term, leaves)
        work.body.yields[output] = made
        price = _beyond(known, made) + 0.1 * _awkward(found.term, leaves)
        scored = (*score(dce(work), output)[:-1], price)
        if scored < least and proves_on_sides(work, rules, made):  # the dearer question last
            best, least = made, scored
    work.body.yields[output] = rules
    return best


def _found(
    engine: Search,
    target: Sequence[float],
    limit: float,
    count: int,
    leaves: list[Leaf],
    rules: Value,
    until: float,
) -> Iterator[Found]:
    """What is the target, and what is it but for a constant of the derivative by rules."""
    yield from _plain(engine.find(target, limit, until, MANY), leaves, count)
    price = engine.costs["mul"]
    for number in _numbers(rules):
        leaves.append(number)
        front = Term("leaf", (len(leaves) - 1,))
        part = [x / number for x in target]
        for one in _plain(engine.find(part, limit - price, until, MANY), leaves, count):
            yield Found(one.cost + price, Term("mul", (front, one.term)))


def _numbers(rules: Value) -> list[float]:
    """The constants that a value is made with, but for the small ones."""
    found = {a.constant for v in _made_of(rules) if v.stmt for a in v.stmt.args if a.is_const()}
    return sorted(n for n in found if type(n) is float and n not in CONSTANTS and n)


def _plain(found: Sequence[Found], leaves: Sequence[Leaf], count: int) -> list[Found]:
    """The first ones, without those that are another one times 1."""
    return [f for f in found if not _idle(f.term, leaves)][:count]


def _idle(term: Term, leaves: Sequence[Leaf]) -> bool:
    if term.op == "leaf":
        return False
    sides = [leaves[a.args[0]] if a.op == "leaf" else None for a in term.args]
    one = [isinstance(x, float) and abs(x) == 1 for x in sides]
    idle = (term.op == "mul" and any(one)) or (term.op == "div" and one[1])
    constant = all(isinstance(x, float) for x in sides)
    return idle or constant or any(_idle(a, leaves) for a in term.args)


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


def _leaves(graph: Graph, output: int, known: set[Value], loses: bool) -> list[Leaf]:
    """What is known, the value and its entry first, constants, and the functions that only the
    derivative by rules computes (the cosine beside a sine), which have a price.

    Of two expressions that are equal the one of earlier leaves is found: where digits are lost,
    that of the inputs, which have all of theirs."""
    value, entry = graph.outputs[0], graph.inputs[0]
    made = [s.result for s in graph.body.stmts if s.results and s.result in known]
    order = [value, entry, *(v for v in reversed([*graph.inputs[1:], *made]) if v is not value)]
    if loses:
        order = [*graph.inputs, *made[::-1]]
    numbers = [v for v in order if v.type == FLOAT]
    rules = graph.outputs[output]
    extra: list[Leaf] = [
        *CONSTANTS,
        *_companions(graph, rules, known),
        *_numbers(rules)[:COMPANIONS],
    ]
    return [*numbers[: LEAVES - len(extra)], *extra]


def _companions(graph: Graph, output: Value, known: set[Value]) -> list[Value]:
    """The dearer functions of an output; an exponential that falls as one that grows, too, for
    below a fraction bar."""
    own = _made_of(output) - known
    found = [
        s.result
        for s in graph.body.stmts
        if s.results and s.result in own and not s.op.region and s.op.cost > OPS["div"].cost
    ]
    b = _builder(graph)
    for v in list(found):
        inner = v.stmt.args[0].stmt if v.stmt is not None and v.op == "exp" else None
        if inner is not None and inner.op.name == "neg":
            found.append(b.op("exp", inner.args[0]))
    return [v for v in found if v.type == FLOAT][:COMPANIONS]


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


def _builder(graph: Graph) -> Builder:
    """Behind the graph's own values; as it was found: a sign that is a constant's costs nothing."""
    b = Builder(graph)
    last = graph.outputs[-1].stmt
    b.current = last.origin if last is not None else b.current
    return b


def built(graph: Graph, term: Term, leaves: Sequence[Leaf]) -> Value:
    """A term as values behind the graph's own."""
    b = _builder(graph)

    def build(t: Term) -> Value:
        if t.op == "leaf":
            leaf = leaves[t.args[0]]
            return b.const(leaf) if isinstance(leaf, float) else leaf
        return b.op(t.op, *map(build, t.args))

    return build(term)
