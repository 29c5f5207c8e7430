"""Passes over a graph and the functions that it calls: valid IR in, valid IR out."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.core import Graph
from symdiff.ir.walk import reachable, statements
from symdiff.records import replace


def everywhere(rewrite: Callable[[Graph], Graph], graph: Graph) -> Graph:
    """The graph and each of its callees through one pass; the graph itself where nothing
    changed."""
    new = rewrite(graph)
    if not graph.callees:
        return new
    table = {name: rewrite(callee) for name, callee in graph.callees.items()}
    if new is graph and all(table[n] is callee for n, callee in graph.callees.items()):
        return graph
    return replace(new, callees=table)


def called(graph: Graph) -> Graph:
    """Without the callees, and their tapes, that no call leads to any more."""
    if not graph.callees:
        return graph
    names = reachable(graph)
    if len(names) == len(graph.callees):
        return graph
    table = {n: graph.callees[n] for n in names}
    packed = {
        s.attrs["of"]
        for callee in table.values()
        for s in statements(callee.body)
        if s.op.name == "pack_tape"
    }
    tapes = {name: t for name, t in graph.tapes.items() if name in packed}
    return replace(graph, callees=table, tapes=tapes)
