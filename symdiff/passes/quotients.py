"""``(1/d)*e`` of derivative code as ``e/d``: an operation and a rounding less.

Reverse mode multiplies an adjoint of 1 by the partial ``1/d`` of a logarithm or a quotient, and
what is read next multiplies that.  A reciprocal that is only ever a factor is taken into the
products, as long as the quotients cost no more than it and the products did.  Valid graph in,
valid graph out.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import Cloner, blocks, rebuild

MOST = 5  # products that may become quotients


def quotients(graph: Graph) -> Graph:
    """The graph with reciprocals taken into products; itself where there are none."""
    found = _taken(graph)
    if not found:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        below = found.get(stmt)
        if below is None:
            return None
        divisor, other = below
        b = cloner.builder
        return (b.op("div", cloner[other], cloner[divisor], hint=stmt.result.hint),)

    return rebuild(graph, rewrite)


def _taken(graph: Graph) -> dict[Stmt, tuple[Value, Value]]:
    """Products, with the divisor of the reciprocal that is a factor, and the other factor."""
    ones = [s for b in blocks(graph.body) for s in b.stmts if _is_reciprocal(s)]
    if not ones:
        return {}
    readers: dict[Value, list[Stmt | Block]] = {s.result: [] for s in ones}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for arg in stmt.args:
                if arg in readers:
                    readers[arg].append(stmt)
        for value in block.yields:
            if value in readers:
                readers[value].append(block)
    found: dict[Stmt, tuple[Value, Value]] = {}
    for one in ones:
        products = readers[one.result]
        if 0 < len(products) <= MOST and all(_is_product(p, one, found) for p in products):
            for p in products:
                assert isinstance(p, Stmt)
                a, b = p.args
                found[p] = one.args[1], b if a is one.result else a
    return found


def _is_reciprocal(stmt: Stmt) -> bool:
    return (
        stmt.op.name == "div"
        and stmt.result.type == FLOAT
        and stmt.origin.role != "primal"
        and stmt.args[0].is_const(1.0)
    )


def _is_product(reader: Stmt | Block, one: Stmt, found: dict[Stmt, tuple[Value, Value]]) -> bool:
    return (
        isinstance(reader, Stmt)
        and reader.op.name == "mul"
        and reader.result.type == FLOAT
        and reader.block is one.block
        and reader not in found
        and reader.args[0] is not reader.args[1]
        and not any(a.is_const() for a in reader.args)
    )
