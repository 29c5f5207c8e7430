"""What a graph costs: nanoseconds per call in CPython as the rows state them, or as they were
measured on this machine (``ops.calibrated``), loops counted as a number of trips.
"""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.ir.core import Block, Graph, Stmt
from symdiff.ir.opspec import OpSpec
from symdiff.records import dataclass, field

TRIPS = 16.0  # assumed trips of a loop whose count is not known


@dataclass(frozen=True, slots=True)
class Costs:
    """Nanoseconds: of operations, where they are measured, how many times those of the rows the
    others are, and of tapes."""

    rows: Mapping[str, float] = field(default_factory=dict)
    others: float = 1.0
    tape: float = 30.0  # one append per iteration ...
    entry: float = 8.0  # ... and each value in the tuple that is appended
    read: float = 5.0  # one value read back

    def of(self, op: OpSpec) -> float:
        found = self.rows.get(op.name)
        return self.others * op.cost if found is None else found


SHIPPED = Costs()


def statement_cost(stmt: Stmt, costs: Costs = SHIPPED) -> float:
    """One execution of a statement, blocks included (the mean of an ``if``'s branches)."""
    from_tape = stmt.origin.role == "tape" and stmt.op.name == "getitem"
    cost = costs.read if from_tape else costs.of(stmt.op)
    if not stmt.op.region:
        return cost
    if stmt.op.name == "if":
        return cost + sum(block_cost(b, costs) for b in stmt.blocks) / 2
    each = sum(block_cost(b, costs) for b in stmt.blocks) + cost
    if stmt.attrs["collects"]:
        each += costs.tape + costs.entry * stmt.attrs["collects"]
    return 2 * cost + TRIPS * each


def block_cost(block: Block, costs: Costs = SHIPPED) -> float:
    return sum(statement_cost(stmt, costs) for stmt in block.stmts)


def graph_cost(graph: Graph, costs: Costs = SHIPPED) -> float:
    """The estimate by which two graphs for the same thing are compared."""
    callees = sum(block_cost(c.body, costs) for c in graph.callees.values())
    return block_cost(graph.body, costs) + callees


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
