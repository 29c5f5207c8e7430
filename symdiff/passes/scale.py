"""One constant per product of derivative code: valid IR in, valid IR out.

Rules bring their constants one by one, so that ``sin(x/2)**2`` becomes
``2.0*da*s*math.cos(t)/2.0``.  Multiplying by a power of two is exact (short of the ends of the
exponent range), so those constants move along a product and join the one in front.  Only what the
rules made is touched, and only intermediate values that nothing else reads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from symdiff.ir.builder import is_finite_const
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, rebuild, statements, use_counts
from symdiff.ops.array_types import of_one_shape
from symdiff.records import dataclass, field

PRODUCTS = ("mul", "div")


@dataclass(slots=True)
class _Product:
    """``constant * leaf``, then each step (an operation and its right operand) in order."""

    leaf: Value
    constant: float = 1.0
    found: int = 0  # constants along the way
    exact: bool = True  # whether joining them changes no bit
    steps: list[tuple[str, Value]] = field(default_factory=list)
    inner: list[Stmt] = field(default_factory=list)


def join_constants(graph: Graph) -> Graph:
    """The graph with the constants of each product joined (dead-code removal takes the rest)."""
    uses: dict[Value, int] | None = None
    products: dict[Stmt, _Product] = {}
    taken: set[Stmt] = set()
    order = statements(graph.body)
    for stmt in reversed(order):
        if stmt.op.name not in PRODUCTS or stmt in taken or not _is_factor(stmt):
            continue
        uses = _live_uses(graph, order) if uses is None else uses
        product = _product(stmt, uses)
        taken.update(product.inner)
        if product.found >= 2 and product.exact:
            products[stmt] = product
    if not products:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value]:
        return (_built(cloner, products[stmt], stmt.result.hint),)

    return rebuild(graph, rewrite, only=products)


def _live_uses(graph: Graph, order: Sequence[Stmt]) -> dict[Value, int]:
    """How often each value is read, by what is read itself: folds leave their operands behind."""
    uses = use_counts(graph)
    for stmt in reversed(order):
        if not stmt.op.region and not stmt.op.effect and not uses.get(stmt.results[0]):
            for arg in stmt.args:
                uses[arg] -= 1
    return uses


def _is_factor(stmt: Stmt) -> bool:
    """A product, quotient or sign that a rule made."""
    if stmt.op.name not in ("mul", "div", "neg") or stmt.origin.role == "primal":
        return False
    return of_one_shape(stmt)


def _constant(v: Value) -> bool:
    """A finite constant other than zero that has no spelling of its own."""
    return is_finite_const(v) and v.constant != 0 and not v.stmt.attrs["spelling"]  # type: ignore[union-attr]


def _power_of_two(c: float) -> bool:
    return abs(math.frexp(c)[0]) == 0.5


def _product(root: Stmt, uses: dict[Value, int]) -> _Product:
    found = _Product(root.result)
    rough = 0
    stmt: Stmt | None = root
    while stmt is not None and _is_factor(stmt) and stmt.block is root.block:
        if stmt is not root:
            if uses[stmt.result] > 1:
                break
            found.inner.append(stmt)
        x, y = stmt.args[0], stmt.args[-1]
        if stmt.op.name == "neg":
            found.constant = -found.constant
            found.found += 1
            found.leaf = x
        elif stmt.op.name == "mul" and _constant(x):
            found.constant *= x.constant
            found.found += 1
            rough += not _power_of_two(x.constant)
            found.leaf = y
        elif stmt.op.name == "div" and _constant(y) and _power_of_two(y.constant):
            found.constant /= y.constant
            found.found += 1
            found.leaf = x
        else:
            found.steps.append((stmt.op.name, y))
            found.leaf = x
        stmt = found.leaf.stmt
    found.exact = rough <= 1
    return found


def _built(cloner: Cloner, product: _Product, hint: str) -> Value:
    b = cloner.builder
    strict, b.relaxed = b.relaxed, True
    value = cloner[product.leaf]
    if product.constant != 1.0:
        value = b.mul(b.const(product.constant), value)
    for name, other in reversed(product.steps):
        value = b.op(name, value, cloner[other])
    b.relaxed = strict
    if hint and not value.hint and not value.is_const():
        value.hint = hint
    return value
