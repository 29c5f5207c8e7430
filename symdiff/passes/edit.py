"""Edits on a graph that a pass owns (a fresh copy): replacing uses, moving statements between
blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import blocks, statements, substitute


@dataclass(frozen=True, slots=True)
class Use:
    """Where a value is read: as an argument of ``stmt``, or (``stmt`` None) as yield ``index`` of
    ``block``.
    """

    stmt: Stmt | None
    block: Block
    index: int


def uses(graph: Graph) -> dict[Value, list[Use]]:
    """All uses of every value."""
    found: dict[Value, list[Use]] = {}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for k, arg in enumerate(stmt.args):
                found.setdefault(arg, []).append(Use(stmt, block, k))
        for k, value in enumerate(block.yields):
            found.setdefault(value, []).append(Use(None, block, k))
    return found


def replace_everywhere(graph: Graph, table: Mapping[Value, Value]) -> None:
    substitute(graph.body.stmts, table)
    graph.body.yields = [table.get(v, v) for v in graph.body.yields]


def move(source: Block, target: Block) -> None:
    """Append all statements of a block to another one; their children follow."""
    for stmt in source.stmts:
        stmt.block = target
        for result in stmt.results:
            result.block = target
        for child in stmt.blocks:
            child.parent = target
    target.stmts.extend(source.stmts)
    source.stmts = []


def renumber(stmt: Stmt, results: tuple[Value, ...]) -> None:
    """Give a statement its results, in order."""
    stmt.results = results
    for k, result in enumerate(results):
        result.stmt, result.index, result.block = stmt, k, stmt.block


def reads(stmt: Stmt) -> Iterator[Value]:
    """Every value that a statement or anything under it names (also its own inner values)."""
    yield from stmt.args
    for child in stmt.blocks:
        for inner in statements(child):
            yield from inner.args
        for block in blocks(child):
            yield from block.yields
