"""Loop-invariant code out of loops: only what cannot raise (I7) and is a number.

Innermost loops first, so that a value leaves as many loops as it can.
"""

from __future__ import annotations

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import is_number
from symdiff.ir.walk import operations, rebuild, statements


def hoist(graph: Graph) -> Graph:
    """The graph with invariant statements moved in front of their loops; itself where there are
    none."""
    loops = operations(graph) & {OPS["for"], OPS["while"]}
    if not loops or not any(
        _divided(child)[0]
        for stmt in statements(graph.body)
        if stmt.op in loops
        for child in stmt.blocks
    ):
        return graph
    new = rebuild(graph)
    _block(new.body)
    return rebuild(new)  # what was moved may equal what was there (I3)


def _block(block: Block) -> None:
    at = 0
    while at < len(block.stmts):
        stmt = block.stmts[at]
        for child in stmt.blocks:
            _block(child)
        if stmt.op.name in ("for", "while"):
            moved = [s for child in stmt.blocks for s in _take(child)]
            for inner in moved:
                inner.block = block
                for result in inner.results:
                    result.block = block
            block.stmts[at:at] = moved
            at += len(moved)
        at += 1


def _take(body: Block) -> list[Stmt]:
    """Remove and return the invariant statements of a loop's block, in order."""
    taken, body.stmts = _divided(body)
    return taken


def _divided(body: Block) -> tuple[list[Stmt], list[Stmt]]:
    """The invariant statements of a loop's block, and the others."""
    inside: set[Value] = set(body.params)
    taken, left = [], []
    for stmt in body.stmts:
        if inside.isdisjoint(stmt.args) and _movable(stmt):
            taken.append(stmt)
        else:
            inside.update(stmt.results)
            left.append(stmt)
    return taken, left


def _movable(stmt: Stmt) -> bool:
    op = stmt.op
    if op.region or op.effect or not op.total or op.name in ("const", "undef"):
        return False
    return all(is_number(r.type) for r in stmt.results)
