"""Edits on a graph that a pass owns (a fresh copy): replacing uses, moving statements between
blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import blocks, statements
from symdiff.records import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """Where a value is read: as an argument of ``stmt``, or (``stmt`` None) as yield ``index`` of
    ``block``.
    """

    stmt: Stmt | None
    block: Block
    index: int


class Uses:
    """All uses of every value, kept right through edits; constants, used everywhere, left out."""

    def __init__(self, graph: Graph) -> None:
        self._found: dict[Value, list[Use]] = {}
        for block in blocks(graph.body):
            for stmt in block.stmts:
                self.add(stmt)
            self._add_yields(block)

    def __getitem__(self, value: Value) -> list[Use]:
        return self._found.get(value, [])

    def _note(self, value: Value, use: Use) -> None:
        if value.op not in ("const", "undef"):
            self._found.setdefault(value, []).append(use)

    def add(self, stmt: Stmt) -> None:
        """A statement has come in."""
        for k, arg in enumerate(stmt.args):
            self._note(arg, Use(stmt, stmt.block, k))

    def remove(self, stmt: Stmt) -> None:
        """A statement has gone."""
        for arg in set(stmt.args):
            self._found[arg] = [u for u in self[arg] if u.stmt is not stmt]

    def _add_yields(self, block: Block) -> None:
        for k, value in enumerate(block.yields):
            self._note(value, Use(None, block, k))

    def set_yields(self, block: Block, yields: list[Value]) -> None:
        """Give a block other yields."""
        for old in set(block.yields):
            self._found[old] = [u for u in self[old] if u.stmt or u.block is not block]
        block.yields = yields
        self._add_yields(block)

    def replace(self, old: Value, new: Value) -> None:
        """Read ``new`` wherever ``old`` was read."""
        for use in self._found.pop(old, ()):
            if use.stmt is None:
                use.block.yields[use.index] = new
            else:
                args = use.stmt.args
                use.stmt.args = (*args[: use.index], new, *args[use.index + 1 :])
            self._note(new, use)


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
