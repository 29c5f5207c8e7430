"""Products of derivative code that NumPy's ``einsum`` would loop over, as matrix products.

In: a derivative's graph. Out: the same, with ``matmul`` for each ``einsum`` of two operands in
code that differentiation added, where it is one product of matrices, or a stack of them: BLAS is
several times as fast. What the user wrote stays, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, rebuild, statements
from symdiff.ops.array_shapes import transpose
from symdiff.ops.array_types import parts


def contract(graph: Graph) -> Graph:
    """The graph with matrix products for sums over one index of two factors."""
    products = (s for s in statements(graph.body) if s.op.name == "einsum")
    found = {s for s in products if _plan(s) is not None}
    if not found:
        return graph
    return rebuild(graph, _rewrite, only=found)


def _plan(stmt: Stmt) -> tuple[str, str, str] | None:
    """The indices of the two factors and of their product as matrices: shared ones first."""
    if len(stmt.args) != 2 or stmt.origin.role == "primal":
        return None
    (a, b), out = parts(stmt.attrs["spec"])
    if any(len(set(term)) < len(term) for term in (a, b, out)):
        return None
    stack = [x for x in a if x in b and x in out]
    summed = [x for x in a if x in b and x not in out]
    left = [x for x in a if x not in b and x in out]
    right = [x for x in b if x not in a and x in out]
    if len(summed) != 1 or len(left) > 1 or len(right) > 1:
        return None
    if len(stack) + len(left) + 1 != len(a) or len(stack) + len(right) + 1 != len(b):
        return None  # an index of one factor only is summed
    if stack and not (left and right):
        return None
    s = "".join(stack)
    return s + "".join(left + summed), s + "".join(summed + right), s + "".join(left + right)


def _rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    plan = _plan(stmt)
    assert plan is not None
    b = cloner.builder
    terms, out = parts(stmt.attrs["spec"])
    x, y = (
        _ordered(b, cloner[v], term, wanted)
        for v, term, wanted in zip(stmt.args, terms, plan, strict=False)
    )
    found = _ordered(b, b.op("matmul", x, y), plan[2], out)
    if stmt.result.hint and not found.hint:
        found.hint = stmt.result.hint
    return (found,)


def _ordered(b: Builder, x: Value, have: str, want: str) -> Value:
    return x if have == want else transpose(b, x, tuple(map(have.index, want)))
