"""What a graph costs: nanoseconds per call in CPython as the rows state them, loops counted as a
number of trips.
"""

from __future__ import annotations

from symdiff.ir.core import Block, Graph, Stmt

TRIPS = 16.0  # assumed trips of a loop whose count is not known
TAPE = 30.0  # one append per iteration ...
ENTRY = 8.0  # ... and each value in the tuple that is appended
READ = 5.0  # one value read back


def statement_cost(stmt: Stmt) -> float:
    """One execution of a statement, blocks included (the mean of an ``if``'s branches)."""
    cost = READ if stmt.origin.role == "tape" and stmt.op.name == "getitem" else stmt.op.cost
    if not stmt.op.region:
        return cost
    if stmt.op.name == "if":
        return cost + sum(block_cost(b) for b in stmt.blocks) / 2
    each = sum(block_cost(b) for b in stmt.blocks) + cost
    if stmt.attrs["collects"]:
        each += TAPE + ENTRY * stmt.attrs["collects"]
    return 2 * cost + TRIPS * each


def block_cost(block: Block) -> float:
    return sum(map(statement_cost, block.stmts))


def graph_cost(graph: Graph) -> float:
    """The estimate by which two graphs for the same thing are compared."""
    return block_cost(graph.body) + sum(block_cost(c.body) for c in graph.callees.values())


def count(graph: Graph) -> int:
    """Number of statements, constants left out, blocks included."""

    def block(b: Block) -> int:
        return sum(
            (s.op.name not in ("const", "undef")) + sum(map(block, s.blocks)) for s in b.stmts
        )

    return block(graph.body)


def executed(graph: Graph) -> int:
    """Operations of one call, of an ``if`` those of its longer branch (a loop's body once)."""

    def block(b: Block) -> int:
        return sum(
            (s.op.name not in ("const", "undef")) + max(map(block, s.blocks), default=0)
            for s in b.stmts
        )

    return block(graph.body)
