"""What belongs together in a graph: the parts of a loop's carry, the statements of a pullback."""

from __future__ import annotations

from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import Node, leaves
from symdiff.ir.walk import free_values


def carry(loop: Stmt, k: int) -> tuple[Value, list[Value], Value, Value]:
    """(start, parameters, yield, result) of a loop's carry; the last parameter is the body's."""
    skip, first = (3, 1) if loop.op.name == "for" else (0, 0)
    stop = 1 if loop.attrs["exits"] else 0
    params = [b.params[first + k] for b in loop.blocks]
    return loop.args[skip + k], params, loop.blocks[-1].yields[stop + k], loop.results[k]


def collected(loop: Stmt) -> list[tuple[Value, Value]]:
    """(list, value) of what a loop collects."""
    start = loop.attrs["carries"]
    stop = 1 if loop.attrs["exits"] else 0
    lists = loop.results[start : start + loop.attrs["collects"]]
    return list(zip(lists, loop.blocks[-1].yields[stop + start :], strict=True))


def inner_statements(graph: Graph, split: int) -> set[Stmt]:
    """The root statements of a pullback.

    Those depend on ``inputs[split:]``, or are fresh lists that only those use.
    """
    moved: set[Value] = set(graph.inputs[split:])
    inner: set[Stmt] = set()
    needs: dict[Value, list[Stmt]] = {}
    for stmt in graph.body.stmts:
        for value in free_values(stmt):
            needs.setdefault(value, []).append(stmt)
            if value in moved:
                inner.add(stmt)
        if stmt in inner:
            moved.update(stmt.results)
    kept = set(graph.outputs[: value_count(graph)])
    for stmt in reversed(graph.body.stmts):
        if not stmt.op.fresh or stmt in inner or stmt.result in kept:
            continue
        if all(s in inner for s in needs.get(stmt.result, ())):
            inner.add(stmt)
    return inner


def value_count(graph: Graph) -> int:
    """How many outputs belong to the value (the first part) of a ``(value, gradients)`` result."""
    tree = graph.result
    if not isinstance(tree, Node) or len(tree.children) != 2:
        raise ValueError("a pullback needs a result of two parts: the value and the gradients")
    return sum(1 for _ in leaves(tree.children[0]))
