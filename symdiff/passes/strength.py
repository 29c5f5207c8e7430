"""Small integer powers as products: ``x**2`` costs as much as three multiplications in CPython.

Runs last, after differentiation, so that gates and rules see the power that the user wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import FLOAT, is_differentiable, is_memory
from symdiff.ir.walk import Cloner, operations, rebuild
from symdiff.ops.attempt import protected_statements


def reduce_strength(graph: Graph) -> Graph:
    """The graph with ``x**2``, ``x**3``, ``x**4`` and ``x**-1`` of floats multiplied out."""
    if OPS["pow"] not in operations(graph):
        return graph
    watched = protected_statements(graph)  # a power overflows with an error, a product does not
    if not watched:
        return rebuild(graph, _rewrite)
    return rebuild(graph, lambda cloner, stmt: None if stmt in watched else _rewrite(cloner, stmt))


def _rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    if stmt.op.name != "pow" or not stmt.args[1].is_const():
        return None
    b, n = cloner.builder, stmt.args[1].constant
    if is_memory(stmt.args[0].type):
        return _power_of_array(cloner, stmt, n)
    if stmt.args[0].type != FLOAT:
        return None
    if n not in (2, 3, 4, -1) or isinstance(n, bool):
        return None
    x = cloner[stmt.args[0]]
    if n == -1:
        result = b.div(b.const(1.0), x)
    else:
        square = b.mul(x, x)
        result = {2: lambda: square, 3: lambda: b.mul(square, x), 4: lambda: b.mul(square, square)}[
            n
        ]()
    if stmt.result.hint and not result.hint:
        result.hint = stmt.result.hint
    return (result,)


def _power_of_array(cloner: Cloner, stmt: Stmt, n: float) -> Sequence[Value] | None:
    """NumPy's ``x**3`` takes forty times as long as ``x*x*x``; ``x**2`` is as fast as a product."""
    if n not in (3, 4) or not is_differentiable(stmt.args[0].type):
        return None
    b, x = cloner.builder, cloner[stmt.args[0]]
    square = b.mul(x, x)
    result = b.mul(square, x) if n == 3 else b.mul(square, square)
    if stmt.result.hint and not result.hint:
        result.hint = stmt.result.hint
    return (result,)
