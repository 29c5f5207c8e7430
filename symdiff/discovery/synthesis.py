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
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    found = Search(leaves[:LEAVES], costs, seconds).run([target], limit)[0]
    return cheapest(found, count)


def cheapest(found: Sequence[Found], count: int) -> list[Found]:
    """Each expression once, at its least cost."""
    best: dict[Term, float] = {}
    for candidate in found:
        best[candidate.term] = min(candidate.cost, best.get(candidate.term, candidate.cost))
    ranked = (Found(cost, term) for term, cost in best.items())
    return heapq.nsmallest(count, ranked, key=lambda f: f.cost)


@dataclass(slots=True)
class _Level:
    """Expressions by number, with their fingerprints (one per row), costs, degrees in what a
    target is linear in, and whether they are worth a whole operation (or one of numbers beside
    arrays)."""

    ids: Array
    rows: Array
    cost: Array
    degree: Array
    whole: Array


class Search:
    """All expressions made so far (operation and operands by number), and what they cost.

    Leaves may have a price, a degree (0 or 1) in something that the targets are linear in, so that
    what is not linear is not made, and may be no ``whole`` ones: operations between those cost
    ``aside`` of what they cost otherwise."""

    def __init__(
        self,
        leaves: Sequence[Sequence[float]],
        costs: Mapping[str, float],
        seconds: float,
        prices: Sequence[float] | None = None,
        degrees: Sequence[int] | None = None,
        whole: Sequence[bool] | None = None,
        aside: float = 1.0,
    ) -> None:
        import numpy as np

        self.np, self.costs, self.until = np, costs, time.monotonic() + seconds
        self.aside = aside
        size = len(leaves)
        self.op = np.full(size, -1)
        self.left = np.arange(size)
        self.right = np.arange(size)
        self.leaves = _Level(
            np.arange(size),
            np.asarray(leaves, dtype=float),
            np.zeros(size) if prices is None else np.asarray(prices, dtype=float),
            np.zeros(size, dtype=int) if degrees is None else np.asarray(degrees),
            np.ones(size, dtype=bool) if whole is None else np.asarray(whole),
        )

    def run(self, goals: Sequence[Sequence[float]], limit: float) -> list[list[Found]]:
        """For each goal the expressions that match it."""
        np = self.np
        rows = [np.asarray(goal, dtype=float) for goal in goals]
        found: list[list[Found]] = [[] for _ in goals]
        with np.errstate(all="ignore"):
            for one, other in self._pairs():
                for mine, goal in zip(found, rows, strict=True):
                    mine += self._meet(one, other, goal, limit)
                    if time.monotonic() > self.until:
                        return found
                if any(len(mine) > MATCHES for mine in found):
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
        return _Level(
            join([a.ids, b.ids]),
            join([a.rows, b.rows]),
            join([a.cost, b.cost]),
            join([a.degree, b.degree]),
            join([a.whole, b.whole]),
        )

    def _grown(self, one: _Level, other: _Level) -> _Level:
        """All operations of an expression of the one level and one of the other."""
        np = self.np
        i, j = np.divmod(np.arange(len(one.ids) * len(other.ids)), len(other.ids))
        made: list[tuple[Array, ...]] = []
        for k, name in enumerate(OPERATIONS):
            pairs = [(one, i, other, j)]
            if name in ("sub", "div"):
                pairs.append((other, j, one, i))
            for a, p, b, q in pairs:
                fits = self._fits(name, a.degree[p], b.degree[q])
                p, q = p[fits], q[fits]
                x, y = a.rows[p], b.rows[q]
                whole = a.whole[p] | b.whole[q]
                made.append((
                    x + y if k == 0 else x - y if k == 1 else x * y if k == 2 else x / y,
                    np.full(len(p), k),
                    a.ids[p],
                    b.ids[q],
                    a.cost[p] + b.cost[q] + self.costs[name]*np.where(whole, 1.0, self.aside),
                    np.maximum(a.degree[p], b.degree[q]),
                    whole,
                ))  # fmt: skip
        return self._added(*map(np.concatenate, zip(*made, strict=True)))

    def _fits(self, name: str, a: Array, b: Array) -> Array:
        """Where an operation gives what is linear, or free of that."""
        return a == b if name in ("add", "sub") else b == 0 if name == "div" else a + b <= 1

    def _added(
        self, rows: Array, op: Array, left: Array, right: Array, cost: Array, degree: Array,
        whole: Array,
    ) -> _Level:  # fmt: skip
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
        return _Level(ids, rows[kept], cost[kept], degree[kept], whole[kept])

    def _meet(self, one: _Level, other: _Level, goal: Array, limit: float) -> list[Found]:
        """Expressions of the one level that are the goal, and pairs that make it."""
        np = self.np
        found = [
            Found(float(one.cost[i]), self.term(one.ids[i]))
            for i in self._equal(one.rows, goal)
            if one.cost[i] < limit
        ]
        order = np.argsort(other.rows[:, 0])
        keys = other.rows[order, 0]
        for name, swapped, needed in _PARTNERS:
            firsts = needed(one.rows[:, 0], goal[0])
            width = 4 * TOLERANCE * np.abs(firsts) + 1e-300
            low = np.searchsorted(keys, firsts - width)
            reached = keys[np.minimum(low, len(keys) - 1)] <= firsts + width
            for i in np.flatnonzero(reached & (low < len(keys)) & np.isfinite(firsts)):
                row = needed(one.rows[i], goal)
                if not np.isfinite(row).all():
                    continue
                high = np.searchsorted(keys, firsts[i] + width[i], side="right")
                near = order[low[i] : high][:64]
                for j in near[self._close(other.rows[near], row)]:
                    cost = float(one.cost[i] + other.cost[j] + self.costs[name])
                    if cost < limit:
                        pair = (self.term(one.ids[i]), self.term(other.ids[j]))
                        found.append(Found(cost, Term(name, pair[::-1] if swapped else pair)))
            if len(found) > MATCHES or time.monotonic() > self.until:
                break
        return found

    def _equal(self, rows: Array, goal: Array) -> Array:
        """The rows that are the goal."""
        near = self.np.flatnonzero(self._close(rows[:, :1], goal[:1]))
        return near[self._close(rows[near], goal)]

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


# For each operation the partner of x that makes the goal, and whether the partner is left of x.
_PARTNERS: tuple[tuple[str, bool, Callable[[Array, Array], Array]], ...] = (
    ("mul", False, lambda x, goal: goal / x),
    ("div", False, lambda x, goal: x / goal),
    ("div", True, lambda x, goal: goal * x),
    ("add", False, lambda x, goal: goal - x),
    ("sub", False, lambda x, goal: x - goal),
    ("sub", True, lambda x, goal: goal + x),
)
