"""Put stable primitive operations in the place of gates, after differentiation.

A gate's expansion and the partials that reverse mode wrote from the same formulas meet in the
builder's hash-consing, so that ``t = exp(-|z|)`` is computed once for a sigmoid and its derivative.
Conditional expressions are rebuilt through ``select`` for the same reason. What is not read
afterwards is dead code for the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import Cloner, has_effect, operations, rebuild
from symdiff.ops.gates import GATES


def expand(graph: Graph) -> Graph:
    """The graph without gates; the graph itself where there are none."""
    while any(op.name in GATES or op.name == "held" for op in operations(graph)):
        graph = rebuild(graph, _expand)  # a gate of the library may be made of others
    return graph


def _expand(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    name = stmt.op.name
    if name == "held":
        return (cloner[stmt.args[0]],)
    expression = stmt.attrs.get("style") == "expr" and len(stmt.results) == 1
    if name == "if" and expression and not has_effect(stmt):
        return (_select(cloner, stmt),)
    gate = GATES.get(name)
    if gate is None:
        return _scaled(cloner, stmt) if name == "mul" else None
    value = gate.build(cloner.builder, cloner.all(stmt.args))
    hint = stmt.result.hint
    if hint and not value.is_const():
        value.hint = value.hint or hint
    return (value,)


def _scaled(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    """A constant of derivative code times what a gate has become: one constant, if that has one."""
    if stmt.origin.role == "primal" or cloner.changed.isdisjoint(stmt.args):
        return None
    b = cloner.builder
    saved, b.relaxed = b.relaxed, True
    found = b.op("mul", *cloner.all(stmt.args), hint=stmt.result.hint)
    b.relaxed = saved
    return (found,)


def _select(cloner: Cloner, stmt: Stmt) -> Value:
    yes, no = stmt.blocks
    hint = stmt.result.hint
    return cloner.builder.select(cloner[stmt.args[0]], _branch(cloner, yes), _branch(cloner, no),
                                 hint)


def _branch(cloner: Cloner, block: Block) -> Callable[[], Value]:
    def build() -> Value:
        for stmt in block.stmts:
            cloner.stmt(stmt)
        return cloner[block.yields[0]]

    return build
