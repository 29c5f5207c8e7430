"""The compact derivative of a row: what a search found, checked at other sizes, and proved.

A vector-Jacobian product is linear in the cotangent ``g``.  The leaves of the search are the
forward values, ``g``, and the sums of ``g`` times one of them; an outer factor of the target may be
any leaf that ``g`` is not in.  Fingerprints are taken at two sizes, what matches is evaluated at
sizes that the search has not seen, and only what is proved (``array_proof``) is handed out.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symdiff.discovery.array_proof import Proof, proof
from symdiff.discovery.array_rows import (
    ALONE,
    Node,
    Number,
    Pool,
    beyond,
    cost,
    numbers,
    order,
    passes,
    size_name,
)
from symdiff.discovery.budget import clock
from symdiff.discovery.candidates import RANGES, operation_costs
from symdiff.discovery.synthesis import Kinds, Search, Term

SEARCHED = (3, 5)  # sizes of the fingerprints
CHECKED = (2, 4, 9, 1)  # sizes that the search does not see
LEAVES = 28
OTHERS = 6  # the size of an axis that the index does not run over
SECONDS = 10.0
ALIKE = 3  # candidates of one kind and number of passes
TRIED = 24  # candidates that are checked and proved
AGREES = 1e-9
TERMS = 4  # of a product that is multiplied out
OUTER = 12  # ns that an outer factor may add
HELD = ("eq", "ne", "lt", "le", "gt", "ge", "const", "where")  # no leaves


@dataclass(frozen=True, slots=True)
class Row:
    """A region as a row, with its derivative by rules: ``wanted`` is made of the forward values
    and ``cotangent``, and belongs to the input ``entry``."""

    pool: Pool
    entry: Node
    value: Node
    cotangent: Node
    wanted: Node

    @property
    def forward(self) -> list[Node]:
        """What the value is made of, itself last."""
        return order([self.value])

    def priced(self, node: Node) -> tuple[float, int]:
        """What a derivative costs where the forward values are there: ns per element, passes."""
        own = beyond([*self.forward, self.cotangent], [node])
        return sum(map(cost, own)), sum(map(passes, own))


@dataclass(frozen=True, slots=True)
class Compact:
    """A derivative that is proved equal to that by rules."""

    node: Node
    proof: Proof
    cost: float
    passes: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """What an expression may be made of, its degree in the cotangent, and what it costs."""

    node: Node
    degree: int
    price: float


def compact(row: Row, seconds: float = SECONDS, more: float = -ALONE) -> Iterator[Compact]:
    """Proved derivatives, of the fewest passes first, that cost less than that by rules and
    ``more`` ns per element."""
    most = row.priced(row.wanted)[0] + more
    checks = [p for p in (point(row, n, seed) for seed, n in enumerate(CHECKED, 50)) if p]
    tried = 0
    for node in _ranked(row, most, seconds):
        if not all(_agree(row, node, p) for p in checks):
            continue
        tried += 1
        found = proof(row.wanted, node)
        if found is not None:
            yield Compact(node, found, *row.priced(node))
        if tried == TRIED:
            return


def _ranked(row: Row, most: float, seconds: float) -> list[Node]:
    """What matches the fingerprint and costs less, with parts in common counted once: by the
    number of passes, then by the number of operations, then by cost."""
    nodes: dict[Node, tuple[int, int, float]] = {}
    for node in _matching(row, most, seconds):
        for one in (node, multiplied_out(row, node), *_relative(row, node)):
            price, rounds = row.priced(one)
            if price <= most:
                nodes[one] = rounds, len(order([one])), price
    kept: dict[tuple[int, bool], list[Node]] = {}
    for node in sorted(nodes, key=nodes.__getitem__):
        picks = any(n.op == "picked" for n in order([node]))
        kept.setdefault((nodes[node][0], picks), []).append(node)
    return [node for same in kept.values() for node in same[:ALIKE]]


def _relative(row: Row, node: Node) -> Iterator[Node]:
    """The same of the cotangent relative to that where the largest element is.

    Where a constant added to the cotangent changes nothing (the sum of the value is constant), this
    keeps the digits of a saturated row: of ``s*(g - sum(g*s))`` with ``s`` next to 1 none is left.
    """
    pool, g = row.pool, row.cotangent
    for extremum in row.forward if g.varies and len(pool.axes) == 1 else ():
        if extremum.op == "amax":
            yield replaced_in(pool, node, g, pool.op("sub", g, pool.picked(g, extremum.args[0])))


def replaced_in(pool: Pool, root: Node, old: Node, new: Node) -> Node:
    """The root with another node in the place of one of its own."""
    made = {old: new}
    for node in order([root]):
        if node not in made:
            args = [made[a] for a in node.args]
            made[node] = node if tuple(args) == node.args else pool.made(node.op, args)
    return made[root]


def _matching(row: Row, most: float, seconds: float) -> Iterator[Node]:
    points = [p for n in SEARCHED for p in [point(row, n, n)] if p]
    if len(points) < len(SEARCHED):
        return
    leaves, prints = _leaves(row, points)
    target = _print(row.wanted, points)
    if target is None:
        return
    kinds = Kinds([leaf.degree for leaf in leaves], [leaf.node.varies for leaf in leaves], ALONE)
    limit, until = most + OUTER, clock() + seconds
    search = Search(prints, operation_costs(), limit, [leaf.price for leaf in leaves], kinds)
    goals: list[tuple[list[float], str, Node | None]] = [(target, "", None)]
    for leaf, own in zip(leaves, prints, strict=True):
        if all(own) and (not leaf.degree or (leaf.node is row.cotangent and not leaf.node.varies)):
            goals.append(([t / x for t, x in zip(target, own, strict=True)], "mul", leaf.node))
            goals.append(([t * x for t, x in zip(target, own, strict=True)], "div", leaf.node))
    for goal, outer, factor in goals:
        for one in search.find(goal, limit, until, TRIED, deeper=0.0):
            node = _built(row.pool, one.term, leaves)
            yield node if factor is None else row.pool.op(outer, node, factor)


def _built(pool: Pool, term: Term, leaves: Sequence[Leaf]) -> Node:
    if term.op == "leaf":
        number: int = term.args[0]
        return leaves[number].node
    return pool.op(term.op, *(_built(pool, a, leaves) for a in term.args))


# -- leaves ----------------------------------------------------------------------------------------


def _leaves(
    row: Row, points: Sequence[Mapping[str, Number]]
) -> tuple[list[Leaf], list[list[float]]]:
    """The cotangent, the value, sums with the cotangent, the other forward values: each number
    once."""
    pool, g = row.pool, row.cotangent
    forward = [v for v in reversed(row.forward) if v.op not in HELD]
    rows = [v for v in forward if v.varies]
    sums = [pool.total(g), *(pool.total(pool.op("mul", g, v)) for v in rows)] if g.varies else []
    if pool.count() in order([row.wanted]):
        sums += [pool.op("div", v, pool.count()) for v in sums]
    others = [pool.total(v) for v in rows if v.op == "input" and v is not row.entry]
    alone = [v for v in forward if not v.varies]
    ranked = [(g, 1), *((v, 0) for v in rows), *((v, 1) for v in sums)]
    ranked += [(v, 0) for v in (*alone, pool.count(), pool.const(1.0), pool.const(2.0), *others)]
    kept: dict[tuple[float, ...], tuple[Leaf, list[float]]] = {}
    for node, degree in ranked:
        own = _print(node, points)
        if own is not None and all(map(math.isfinite, own)):
            leaf = Leaf(node, degree, row.priced(node)[0])
            kept.setdefault(tuple(float(f"{x:.10g}") for x in own), (leaf, own))
    pairs = list(kept.values())[:LEAVES]
    return [leaf for leaf, _ in pairs], [own for _, own in pairs]


# -- points ----------------------------------------------------------------------------------------

Point = dict[str, Number]


def point(row: Row, count: int, seed: int) -> Point | None:
    """Random data of a size where the derivative has a value; None where none is met."""
    rng = random.Random(seed)
    inputs = [n for n in order([row.wanted, row.value]) if n.op == "input"]
    for low, high in itertools.islice(itertools.cycle(RANGES), 8 * len(RANGES)):
        data: Point = {
            n.data: [rng.uniform(low, high) for _ in range(count)]
            if n.varies
            else rng.uniform(low, high)
            for n in inputs
        }
        data["count"] = count
        for axis in (-1, -2):  # the index runs over one of several axes, or over another one
            data[size_name(axis)] = 1 if axis in row.pool.axes else OTHERS
        data[size_name(row.pool.axes[0])] = count
        own = _print(row.wanted, [data])
        if own is not None and all(map(math.isfinite, own)):
            return data
    return None


def _print(node: Node, points: Sequence[Mapping[str, Number]]) -> list[float] | None:
    """The numbers of a node at all indices of all points; None where it has none."""
    found: list[float] = []
    for data in points:
        count = int(data["count"])  # type: ignore[arg-type]
        try:
            own = numbers([node], count, data)[node]
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        found += [float(x) for x in own] if isinstance(own, list) else [float(own)] * count
    return found


def _agree(row: Row, node: Node, at: Point) -> bool:
    wanted, found = _print(row.wanted, [at]), _print(node, [at])
    if wanted is None or found is None:
        return False
    size = max(map(abs, wanted), default=0.0)
    return all(abs(a - b) <= AGREES * size + 1e-12 for a, b in zip(wanted, found, strict=True))


# -- products multiplied out -----------------------------------------------------------------------

Product = tuple[int, list[Node], list[Node]]  # sign, factors, divisors


def multiplied_out(row: Row, node: Node) -> Node:
    """The same as a sum of products, in each of which what has no index is collected first."""
    known = {*row.forward, row.cotangent}
    terms = _terms(node, known)
    if not 0 < len(terms) <= TERMS:
        return node
    pool, total = row.pool, None
    for sign, factors, divisors in sorted(terms, key=lambda t: -t[0]):
        one = _product(pool, factors, divisors)
        if total is None:
            total = one if sign > 0 else pool.op("neg", one)
        else:
            total = pool.op("add" if sign > 0 else "sub", total, one)
    assert total is not None
    return total


def _terms(node: Node, known: set[Node]) -> list[Product]:
    if node in known or node.op not in ("add", "sub", "mul", "div", "neg"):
        return [(1, [node], [])]
    parts = [_terms(a, known) for a in node.args]
    match node.op:
        case "neg":
            return [(-s, f, d) for s, f, d in parts[0]]
        case "add":
            return parts[0] + parts[1]
        case "sub":
            return parts[0] + [(-s, f, d) for s, f, d in parts[1]]
        case "mul":
            return [(s * t, f + g, d + e) for s, f, d in parts[0] for t, g, e in parts[1]]
    if len(parts[1]) == 1:
        ((t, g, e),) = parts[1]
        return [(s * t, f + e, d + g) for s, f, d in parts[0]]
    return [(s, f, [*d, node.args[1]]) for s, f, d in parts[0]]


def _product(pool: Pool, factors: Sequence[Node], divisors: Sequence[Node]) -> Node:
    """What has no index first."""
    apart: list[Node | None] = []
    for varies in (False, True):
        result: Node | None = None
        for factor in factors:
            if factor.varies == varies and not (factor.op == "const" and factor.data == 1):
                result = factor if result is None else pool.op("mul", result, factor)
        apart.append(result)
    alone, whole = apart
    for divisor in divisors:
        if divisor.varies or alone is None:
            whole = pool.op("div", pool.const(1.0) if whole is None else whole, divisor)
        else:
            alone = pool.op("div", alone, divisor)
    if alone is None or whole is None:
        return alone or whole or pool.const(1.0)
    return pool.op("mul", alone, whole)
