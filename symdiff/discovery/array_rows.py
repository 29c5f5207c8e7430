"""Rows: what a reduction region computes for one generic index, whatever the size and the layout.

A softmax over the last axis of a matrix, over the first, or of a vector is one thing to a search
and to a proof: values that have an index (``varies``), values that have none, and sums over the
index.  Expressions are hash-consed :class:`Node` objects in a :class:`Pool`; ``numbers`` evaluates
them at any size, ``array_proof`` brings them to a normal form.  ``array_reading`` makes them of a
graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.ops.table import OPS

REDUCTIONS = ("sum", "amax", "amin", "picked")
Number = float | list[float]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operation of nodes.  ``data`` is the number of a ``const``, the name of an ``input``, the
    axis of a ``size``; ``varies`` says whether there is one value per index."""

    op: str
    args: tuple[Node, ...]
    data: Any = field(default=None)
    varies: bool = False

    def __repr__(self) -> str:
        if self.op in ("const", "input", "size"):
            return str(self.data)
        return f"{self.op}({', '.join(map(repr, self.args))})"


class Pool:
    """All nodes of one region; equal expressions are one node.

    >>> p = Pool()
    >>> x = p.input("x", varies=True)
    >>> p.op("mul", x, p.total(x)) is p.op("mul", x, p.total(x))
    True
    >>> p.total(x).varies
    False
    """

    def __init__(self) -> None:
        self.nodes: dict[Any, Node] = {}
        self.axes: tuple[int, ...] = (-1,)  # that the index runs over, counted from the end

    def _made(self, op: str, args: tuple[Node, ...], data: Any, varies: bool) -> Node:
        key = (op, args, type(data), data)
        found = self.nodes.get(key)
        if found is None:
            found = self.nodes[key] = Node(op, args, data, varies)
        return found

    def input(self, name: str, varies: bool) -> Node:
        return self._made("input", (), name, varies)

    def const(self, value: float) -> Node:
        return self._made("const", (), value, False)

    def size(self, axis: int) -> Node:
        """The size along an axis, counted from the end."""
        return self._made("size", (), axis, False)

    def count(self) -> Node:
        """How many indices there are."""
        first, *others = map(self.size, self.axes)
        for other in others:
            first = self.op("mul", first, other)
        return first

    def op(self, name: str, *args: Node) -> Node:
        """An elementwise operation."""
        return self._made(name, args, None, any(a.varies for a in args))

    def total(self, x: Node) -> Node:
        """The sum over the index."""
        if not x.varies:
            return self.op("mul", self.count(), x)
        return self._made("sum", (x,), self.axes, False)

    def mean(self, x: Node) -> Node:
        return self.op("div", self.total(x), self.count()) if x.varies else x

    def extremum(self, name: str, x: Node) -> Node:
        return self._made(name, (x,), self.axes, False) if x.varies else x

    def made(self, name: str, args: Sequence[Node]) -> Node:
        """An operation or a reduction by its name."""
        match name:
            case "sum":
                return self.total(*args)
            case "amax" | "amin":
                return self.extremum(name, *args)
            case "picked":
                return self.picked(*args)
        return self.op(name, *args)

    def picked(self, x: Node, by: Node) -> Node:
        """``x`` at the first index where ``by`` is largest."""
        return self._made("picked", (x, by), self.axes, False) if x.varies else x


def size_name(axis: int) -> str:
    """What ``numbers`` is given a size as."""
    return f"size {axis}"


def order(roots: Iterable[Node]) -> list[Node]:
    """The nodes that something is made of, each after its operands."""
    done: dict[Node, None] = {}
    work = list(roots)
    while work:
        node = work[-1]
        missing = [a for a in node.args if a not in done]
        if node in done or not missing:
            done.setdefault(node)
            work.pop()
        else:
            work += missing
    return list(done)


# -- numbers ---------------------------------------------------------------------------------------


def numbers(roots: Sequence[Node], count: int, given: Mapping[str, Number]) -> dict[Node, Number]:
    """The values of all nodes that the roots are made of: a list where there is an index.
    ``given`` has inputs and sizes by their names.

    Raises what the operations of Python's floats raise."""
    found: dict[Node, Number] = {}
    for node in order(roots):
        operands = [found[a] for a in node.args]
        if node.op == "const":
            found[node] = node.data
        elif node.op == "input":
            found[node] = given[node.data]
        elif node.op == "size":
            found[node] = given[size_name(node.data)]
        elif node.op in REDUCTIONS:
            found[node] = _REDUCED[node.op](*operands)
        elif node.varies:
            found[node] = [
                _one(node.op, [x[i] if isinstance(x, list) else x for x in operands])
                for i in range(count)
            ]
        else:
            found[node] = _one(node.op, operands)
    return found


_REDUCED: dict[str, Any] = {"sum": math.fsum, "amax": max, "amin": min,
                             "picked": lambda x, by: x[by.index(max(by))]}  # fmt: skip


def _one(op: str, args: Sequence[Any]) -> Any:
    """One operation on numbers."""
    if op in _CHOICES:
        return _CHOICES[op](*args)
    evaluate = OPS[op].evaluate
    if evaluate is None:
        raise ValueError(f"{op} has no evaluation")
    return evaluate(*args)


_CHOICES: dict[str, Any] = {
    "where": lambda c, x, y: x if c else y,
    "safe_div": lambda g, y: g / y if g else 0.0,
    "safe_ratio": lambda g, y: g / y if y else 0.0,
}

# -- costs -----------------------------------------------------------------------------------------

ALONE = 1.0 / 64  # of an operation without an index, beside one on a whole row


def passes(node: Node) -> int:
    """How often an operation goes over the row."""
    return int(node.varies or node.op in REDUCTIONS) if node.args else 0


def cost(node: Node) -> float:
    """Nanoseconds per element, in the units of the table of operations."""
    if not node.args:
        return 0.0
    each = OPS[_LIKE.get(node.op, node.op)].cost
    return each if passes(node) else each * ALONE


_LIKE = {"sum": "add", "amax": "max", "amin": "min", "picked": "max", "where": "max",
         "safe_div": "div", "safe_ratio": "div"}  # fmt: skip


def beyond(known: Iterable[Node], roots: Iterable[Node]) -> list[Node]:
    """The nodes that have to be computed for the roots where the known are there."""
    there = set(known)
    seen: dict[Node, None] = {}
    work = [r for r in roots if r not in there]
    while work:
        node = work.pop()
        if node not in seen:
            seen[node] = None
            work += [a for a in node.args if a not in there]
    return list(seen)
