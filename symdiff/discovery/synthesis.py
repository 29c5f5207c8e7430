"""Search: which cheap expression over numbers that are there anyway equals a target?

The local derivative of an elementary function lies in the field that its forward values generate,
so that a few additions and products of them reach it.  Values are known by their *fingerprint*,
their numbers at random points; expressions grow bottom-up in levels, and a target is met in the
middle: ``t = a + b`` holds for an ``a`` of one level if ``t - a`` is in another.  Nothing here
names an answer, and nothing found here is true before it is proved (``normal``).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from symdiff.discovery.budget import clock

TOLERANCE = 1e-9  # relative; far coarser than the rounding of a few operations
LEAVES = 24
LARGEST = 120_000  # expressions kept of a level
MATCHES = 400
DEEPER = 0.2  # seconds for one operation more, where nothing shorter is found
OPERATIONS = ("add", "sub", "mul", "div", "neg")
Array = Any


class Term(NamedTuple):
    """An expression: an operation of terms, or ``leaf`` with its number."""

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
    has a number for each of add, sub, mul and div, and for neg, unless constants bring all signs.

    >>> costs = dict(add=7.0, sub=7.0, mul=7.0, div=9.0, neg=6.0)
    >>> search([(2.0, 3.0), (1.0, 1.0)], (2.0, 6.0), costs, 20.0)[0].term   # y*(y - 1)
    Term(op='mul', args=(Term(op='leaf', args=(0,)), Term(op='sub', args=(Term(op='leaf', \
args=(0,)), Term(op='leaf', args=(1,))))))
    """
    return Search(leaves, costs, limit).find(target, limit, clock() + seconds, count)


@dataclass(slots=True)
class _Level:
    """Expressions by number, with their fingerprints (one per row), costs, degrees and whether they
    are ``whole``; ``order`` sorts them by their number at the first point, which is ``keys``."""

    ids: Array
    rows: Array
    cost: Array
    degree: Array
    whole: Array
    order: Array = field(init=False)
    keys: Array = field(init=False)

    def __post_init__(self) -> None:
        self.order = self.rows[:, 0].argsort()
        self.keys = self.rows[self.order, 0]


class Kinds(NamedTuple):
    """What is known of leaves.  Targets are linear in something: ``degrees`` has the degree (0 or
    1) of each leaf in it, and nothing else is made.  Operations between leaves that are not
    ``whole`` (numbers beside arrays) cost ``aside`` of what they cost otherwise."""

    degrees: Sequence[int]
    whole: Sequence[bool]
    aside: float


class Search:
    """Expressions over leaves, for any number of targets: all that were made so far (operation and
    operands by number) that cost less than a limit, and what they cost.  A leaf may have a price.
    """

    def __init__(
        self,
        leaves: Sequence[Sequence[float]],
        costs: Mapping[str, float],
        limit: float,
        prices: Sequence[float] = (),
        kinds: Kinds | None = None,
    ) -> None:
        import numpy as np

        self.np, self.costs, self.limit = np, costs, limit
        size = min(len(leaves), LEAVES) if kinds is None else len(leaves)
        kinds = kinds or Kinds([0] * size, [True] * size, 1.0)
        self.aside = kinds.aside
        self.op = np.full(size, -1)
        self.left = np.arange(size)
        self.right = np.arange(size)
        self.mix = np.random.default_rng(7).integers(1, 2**63, len(leaves[0]) + 1, np.uint64)
        price = np.asarray(prices[:size] if prices else [0.0] * size, dtype=float)
        rows = np.asarray(leaves[:size], dtype=float)
        self.leaves = _Level(
            np.arange(size), rows, price, np.asarray(kinds.degrees), np.asarray(kinds.whole)
        )
        self.made: list[tuple[_Level, _Level]] = [(self.leaves, self.leaves)]

    def find(
        self,
        target: Sequence[float],
        limit: float,
        until: float,
        count: int = 12,
        deeper: float = DEEPER,
    ) -> list[Found]:
        """Expressions that match the target and cost less than the limit, cheapest first; where
        there is none, with one operation more, for ``deeper`` seconds."""
        np = self.np
        goal = np.asarray(target, dtype=float)
        with np.errstate(all="ignore"):
            found = self._found(goal, limit, until, deeper)
        best: dict[Term, float] = {}
        for candidate in found:
            best[candidate.term] = min(candidate.cost, best.get(candidate.term, candidate.cost))
        ranked = (Found(cost, term) for term, cost in best.items())
        return heapq.nsmallest(count, ranked, key=lambda f: f.cost)

    def _found(self, goal: Array, limit: float, until: float, deeper: float) -> list[Found]:
        found: list[Found] = []
        for one, other in self._pairs():
            found += self._meet(one, other, goal, limit, until)
            if clock() > until or len(found) > MATCHES:
                return found
        if not found:
            large, small = self.made[-1]
            deadline = min(until, clock() + deeper)
            found = self._peeled(large, small, goal, limit, deadline)
        return found

    def _peeled(
        self, large: _Level, small: _Level, goal: Array, limit: float, until: float
    ) -> list[Found]:
        """One operation more: what is left of the goal behind a leaf is met in turn."""
        np = self.np
        found: list[Found] = []
        for name, swapped, needed in _PARTNERS:
            for k, rest in enumerate(needed(self.leaves.rows, goal)):
                if clock() > until or len(found) > MATCHES:
                    return found
                price = float(self.leaves.cost[k]) + self.costs[name]
                if price >= limit or not np.isfinite(rest).all() or not rest.all():
                    continue
                leaf = Term("leaf", (k,))
                for one in self._meet(small, large, rest, limit - price, until):
                    pair = (leaf, one.term)
                    found.append(
                        Found(one.cost + price, Term(name, pair[::-1] if swapped else pair))
                    )
        return found

    def _pairs(self) -> Iterator[tuple[_Level, _Level]]:
        """Levels to meet: with one operation, up to three, up to four."""
        yield self.made[0]
        if len(self.made) == 1:
            first = self._joined(self.leaves, self._grown(self.leaves, self.leaves))
            if "neg" in self.costs:
                first = self._joined(first, self._negated(self.leaves))
            self.made.append((first, first))
        yield self.made[1]
        if len(self.made) == 2:
            first, _ = self.made[1]
            self.made.append((self._grown(first, self.leaves), first))
        yield self.made[2]

    def _joined(self, a: _Level, b: _Level) -> _Level:
        join = self.np.concatenate
        return _Level(
            join([a.ids, b.ids]),
            join([a.rows, b.rows]),
            join([a.cost, b.cost]),
            join([a.degree, b.degree]),
            join([a.whole, b.whole]),
        )

    def _negated(self, one: _Level) -> _Level:
        kind = self.np.full(len(one.ids), OPERATIONS.index("neg"))
        cost = one.cost + self._price("neg", one.whole)
        return self._added(-one.rows, kind, one.ids, one.ids, cost, one.degree, one.whole)

    def _price(self, name: str, whole: Array) -> Array:
        return self.costs[name] * self.np.where(whole, 1.0, self.aside)

    def _grown(self, one: _Level, other: _Level) -> _Level:
        """All operations of an expression of the one level and one of the other."""
        np = self.np
        i, j = np.divmod(np.arange(len(one.ids) * len(other.ids)), len(other.ids))
        made: list[tuple[Array, ...]] = []
        for k, name in enumerate(OPERATIONS[:4]):
            pairs = [(one, i, other, j)]
            if name in ("sub", "div"):
                pairs.append((other, j, one, i))
            for a, p, b, q in pairs:
                whole = a.whole[p] | b.whole[q]
                cost = a.cost[p] + b.cost[q] + self._price(name, whole)
                few = (cost < self.limit) & _fits(name, a.degree[p], b.degree[q])
                p, q = p[few], q[few]
                x, y = a.rows[p], b.rows[q]
                rows = x + y if k == 0 else x - y if k == 1 else x * y if k == 2 else x / y
                degree = a.degree[p] | b.degree[q]
                made.append(
                    (rows, np.full(len(p), k), a.ids[p], b.ids[q], cost[few], degree, whole[few])
                )
        return self._added(*map(np.concatenate, zip(*made, strict=True)))

    def _added(
        self,
        rows: Array,
        op: Array,
        left: Array,
        right: Array,
        cost: Array,
        degree: Array,
        whole: Array,
    ) -> _Level:
        """Of each fingerprint the cheapest; none that is not a number, or 0 everywhere."""
        np = self.np
        order = np.flatnonzero(np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1) > 1e-12))
        order = order[np.argsort(cost[order], kind="stable")]
        _, index = np.unique(self._prints(rows[order]), return_index=True)
        kept = order[np.sort(index)][:LARGEST]
        ids = np.arange(len(self.op), len(self.op) + len(kept))
        self.op = np.concatenate([self.op, op[kept]])
        self.left = np.concatenate([self.left, left[kept]])
        self.right = np.concatenate([self.right, right[kept]])
        return _Level(ids, rows[kept], cost[kept], degree[kept], whole[kept])

    def _prints(self, rows: Array) -> Array:
        """Rows to nine digits, each as one number."""
        np = self.np
        largest = np.abs(rows).max(axis=1)
        digits = np.rint(rows / largest[:, None] * 1e9).astype(np.int64).view(np.uint64)
        scale = np.rint(np.log(largest) * 1e8).astype(np.int64).view(np.uint64)
        return digits @ self.mix[:-1] + scale * self.mix[-1]

    def _meet(
        self, one: _Level, other: _Level, goal: Array, limit: float, until: float
    ) -> list[Found]:
        """Expressions of the one level that are the goal, and pairs that make it."""
        np = self.np
        found = [
            Found(float(one.cost[i]), self.term(one.ids[i]))
            for i in self._equal(one.rows, goal)
            if one.cost[i] < limit
        ]
        for name, swapped, needed in _PARTNERS:
            firsts = needed(one.rows[:, 0], goal[0])
            width = 4 * TOLERANCE * np.abs(firsts) + 1e-300
            low = np.searchsorted(other.keys, firsts - width)
            reached = other.keys[np.minimum(low, len(other.keys) - 1)] <= firsts + width
            for i in np.flatnonzero(reached & (low < len(other.keys)) & np.isfinite(firsts)):
                row = needed(one.rows[i], goal)
                if not np.isfinite(row).all():
                    continue
                high = np.searchsorted(other.keys, firsts[i] + width[i], side="right")
                near = other.order[low[i] : high][:64]
                for j in near[self._close(other.rows[near], row)]:
                    whole = one.whole[i] | other.whole[j]
                    cost = float(one.cost[i] + other.cost[j] + self._price(name, whole))
                    if cost < limit:
                        pair = (self.term(one.ids[i]), self.term(other.ids[j]))
                        found.append(Found(cost, Term(name, pair[::-1] if swapped else pair)))
            if len(found) > MATCHES or clock() > until:
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
        left = self.term(self.left[number])
        if OPERATIONS[op] == "neg":
            return Term("neg", (left,))
        return Term(OPERATIONS[op], (left, self.term(self.right[number])))


def _fits(name: str, a: Array, b: Array) -> Array:
    """Whether an operation of these degrees gives one of degree 0 or 1."""
    return a == b if name in ("add", "sub") else b == 0 if name == "div" else a + b <= 1


# For each operation the partner of x that makes the goal, and whether the partner is left of x.
_PARTNERS: tuple[tuple[str, bool, Callable[[Array, Array], Array]], ...] = (
    ("mul", False, lambda x, goal: goal / x),
    ("div", False, lambda x, goal: x / goal),
    ("div", True, lambda x, goal: goal * x),
    ("add", False, lambda x, goal: goal - x),
    ("sub", False, lambda x, goal: x - goal),
    ("sub", True, lambda x, goal: goal + x),
)
