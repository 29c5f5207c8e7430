"""What the docstring of a generated function says below its first line.

What the function holds for (arguments that are fixed by value), which gates were recognised, the
conventions at kinks and where derivatives are zero by mathematics, and what is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.emit.defaults import described
from symdiff.ir.core import Graph, Stmt
from symdiff.ir.types import Static, is_differentiable
from symdiff.ir.walk import blocks, statements

MOST = 6  # gates, and lines of one, that are named


def docstring(first: str, primal: Graph) -> str:
    """The first line, and below it the notes on ``primal``, if there are any."""
    notes = [*_fixed(primal), *_gates(primal), *_conventions(primal), *_left_out(primal)]
    return "\n".join([first, "", *notes]) if notes else first


def _fixed(graph: Graph) -> list[str]:
    fixed = [
        f"{p.name}={described(p.tree.value)}" for p in graph.params if isinstance(p.tree, Static)
    ]
    return [f"For {', '.join(fixed)} only."] if fixed else []


def _gates(graph: Graph) -> list[str]:
    """The gates that users' formulas were recognised as, with their lines."""
    found: dict[str, dict[str, None]] = {}
    for stmt in statements(graph.body):
        origin = stmt.origin
        if origin.role == "primal" and origin.rule and origin.span is not None:
            found.setdefault(origin.rule, {})[f"L{origin.span.line}"] = None
    if not found:
        return []
    names = [f"{gate} ({_listed(list(lines))})" for gate, lines in found.items()]
    return [f"Recognised: {_listed(names)}."]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _conventions(graph: Graph) -> list[str]:
    order = statements(graph.body)
    shifts = _shifts(graph, order) if any(s.op.name == "held" for s in order) else set()
    noted = (s for s in order if s.op.note and s not in shifts)
    notes = dict.fromkeys(
        s.op.note for s in noted if any(is_differentiable(a.type) for a in s.args)
    )
    return [f"Convention: {'; '.join(notes)}."] if notes else []


def _shifts(graph: Graph, order: Sequence[Stmt]) -> set[Stmt]:
    """What only says by how much a softmax is shifted: there is no derivative of it."""
    found: set[Stmt] = set()
    shifts = {a for s in order if s.op.name == "held" for a in s.args}
    read = {v for block in blocks(graph.body) for v in block.yields}
    for stmt in reversed(order):
        if stmt.op.name == "held":
            continue
        used = not stmt.results or stmt.op.region or not read.isdisjoint(stmt.results)
        if used or shifts.isdisjoint(stmt.results):
            read.update(stmt.args)
        else:
            found.add(stmt)
            shifts.update(stmt.args)
    return found


def _left_out(graph: Graph) -> list[str]:
    return [f"{note}." for note in graph.notes]
