"""Search: which cheap expression over numbers that are there anyway equals a target?

The local derivative of an elementary function lies in the field that its forward values generate,
so that a few additions and products of them reach it.  Values are known by their *fingerprint*,
their numbers at random points; expressions grow bottom-up in levels, and a target is met in the
middle: ``t = a + b`` holds for an ``a`` of one level if ``t - a`` is in another.  Nothing here
names an answer, and nothing found here is true before it is proved (``normal``).
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

TOLERANCE = 1e-9  # relative; far coarser than the rounding of a few operations
LEAVES = 22
LARGEST = 120_000  # expressions kept of a level
MATCHES = 400
OPERATIONS = ("add", "sub", "mul", "div")
Array = Any


class Term(NamedTuple):
    """An expression: an operation of two terms, or ``leaf`` with its number."""

    op: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: its cost above the leaves and what it is."""

    cost: float
    term: Term


def search(
    leaves: Sequence[Sequence[float]],
    target: Sequence[float],
    costs: Mapping[str, float],
    limit: float,
    seconds: float = 0.3,
    count: int = 12,
) -> list[Found]:
    """Expressions that match ``target`` at all points and cost less than ``limit``, cheapest
    first.

    ``leaves`` are the fingerprints of what costs nothing, the most promising first; ``costs``
    has a number for each of add, sub, mul and div.

    >>> costs = dict(add=7.0, sub=7.0, mul=7.0, div=9.0)
    >>> search([(2.0, 3.0), (1.0, 1.0)], (2.0, 6.0), costs, 20.0)[0].term   # y*(y - 1)
    Term(op='mul', args=(Term(op='leaf', args=(0,)), Term(op='sub', args=(Term(op='leaf', \
args=(0,)), Term(op='leaf', args=(1,))))))
    """
    import numpy as np

    engine = _Search(np, leaves[:LEAVES], costs, time.monotonic() + seconds)
    with np.errstate(all="ignore"):
        found = engine.run(np.asarray(target, dtype=float), limit)
    best: dict[Term, float] = {}
    for candidate in found:
        best[candidate.term] = min(candidate.cost, best.get(candidate.term, candidate.cost))
    ranked = (Found(cost, term) for term, cost in best.items())
    return heapq.nsmallest(count, ranked, key=lambda f: f.cost)


@dataclass(slots=True)
class _Level:
    """Expressions by number, with their fingerprints (one per row) and costs."""

    ids: Array
    rows: Array
    cost: Array


class _Search:
    """All expressions made so far (operation and operands by number), and what they cost."""

    def __init__(
        self, np: Any, leaves: Sequence[Sequence[float]], costs: Mapping[str, float], until: float
    ) -> None:
        self.np, self.costs, self.until = np, costs, until
        size = len(leaves)
        self.op = np.full(size, -1)
        self.left = np.arange(size)
        self.right = np.arange(size)
        self.leaves = _Level(np.arange(size), np.asarray(leaves, dtype=float), np.zeros(size))

    def run(self, goal: Array, limit: float) -> list[Found]:
        found: list[Found] = []
        for one, other in self._pairs():
            found += self._meet(one, other, goal, limit)
            if time.monotonic() > self.until or len(found) > MATCHES:
                break
        return found

    def _pairs(self) -> Iterator[tuple[_Level, _Level]]:
        """Levels to meet: with one operation, up to three, up to five."""
        yield self.leaves, self.leaves
        first = self._joined(self.leaves, self._grown(self.leaves, self.leaves))
        yield first, first
        yield self._grown(first, self.leaves), first

    def _joined(self, a: _Level, b: _Level) -> _Level:
        join = self.np.concatenate
        return _Level(join([a.ids, b.ids]), join([a.rows, b.rows]), join([a.cost, b.cost]))

    def _grown(self, one: _Level, other: _Level) -> _Level:
        """All operations of an expression of the one level and one of the other."""
        np = self.np
        i, j = np.divmod(np.arange(len(one.ids) * len(other.ids)), len(other.ids))
        rows, ops, lefts, rights, costs = [], [], [], [], []
        for k, name in enumerate(OPERATIONS):
            pairs = [(one, i, other, j)]
            if name in ("sub", "div"):
                pairs.append((other, j, one, i))
            for a, p, b, q in pairs:
                x, y = a.rows[p], b.rows[q]
                rows.append(x + y if k == 0 else x - y if k == 1 else x * y if k == 2 else x / y)
                ops.append(np.full(len(p), k))
                lefts.append(a.ids[p])
                rights.append(b.ids[q])
                costs.append(a.cost[p] + b.cost[q] + self.costs[name])
        return self._added(*map(np.concatenate, (rows, ops, lefts, rights, costs)))

    def _added(self, rows: Array, op: Array, left: Array, right: Array, cost: Array) -> _Level:
        """Of each fingerprint the cheapest; none that is not a number, or 0 everywhere."""
        np = self.np
        order = np.flatnonzero(np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1) > 1e-12))
        order = order[np.argsort(cost[order], kind="stable")]
        largest = np.abs(rows[order]).max(axis=1, keepdims=True)
        print_ = np.concatenate(
            [np.round(rows[order] / largest, 9), np.round(np.log(largest), 8)], axis=1
        )
        _, index = np.unique(print_, axis=0, return_index=True)
        kept = order[np.sort(index)][:LARGEST]
        ids = np.arange(len(self.op), len(self.op) + len(kept))
        self.op = np.concatenate([self.op, op[kept]])
        self.left = np.concatenate([self.left, left[kept]])
        self.right = np.concatenate([self.right, right[kept]])
        return _Level(ids, rows[kept], cost[kept])

    def _meet(self, one: _Level, other: _Level, goal: Array, limit: float) -> list[Found]:
        """Expressions of the one level that are the goal, and pairs that make it."""
        np = self.np
        found = [
            Found(float(one.cost[i]), self.term(one.ids[i]))
            for i in np.flatnonzero(self._close(one.rows, goal))
            if one.cost[i] < limit
        ]
        order = np.argsort(other.rows[:, 0])
        keys = other.rows[order, 0]
        for name, swapped, rows in _needed(one.rows, goal):
            width = 4 * TOLERANCE * np.abs(rows[:, 0]) + 1e-300
            low = np.searchsorted(keys, rows[:, 0] - width)
            high = np.searchsorted(keys, rows[:, 0] + width, side="right")
            for i in np.flatnonzero((high > low) & np.isfinite(rows).all(axis=1)):
                near = order[low[i] : high[i]][:64]
                for j in near[self._close(other.rows[near], rows[i])]:
                    cost = float(one.cost[i] + other.cost[j] + self.costs[name])
                    if cost < limit:
                        pair = (self.term(one.ids[i]), self.term(other.ids[j]))
                        found.append(Found(cost, Term(name, pair[::-1] if swapped else pair)))
            if len(found) > MATCHES or time.monotonic() > self.until:
                break
        return found

    def _close(self, rows: Array, goal: Array) -> Array:
        np = self.np
        return (np.abs(rows - goal) <= TOLERANCE * np.abs(goal)).all(axis=-1)

    def term(self, number: int) -> Term:
        """An expression by its number, spelled out."""
        op = int(self.op[number])
        if op < 0:
            return Term("leaf", (int(number),))
        pair = (self.term(self.left[number]), self.term(self.right[number]))
        return Term(OPERATIONS[op], pair)


def _needed(x: Array, goal: Array) -> Iterator[tuple[str, bool, Array]]:
    """For each operation the partner of x that makes the goal; ``swapped``: the partner is left."""
    yield "mul", False, goal / x
    yield "div", False, x / goal
    yield "div", True, goal * x
    yield "add", False, goal - x
    yield "sub", False, x - goal
    yield "sub", True, goal + x
