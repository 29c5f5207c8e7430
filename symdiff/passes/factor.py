"""Common factors of derivative code, taken out of sums: ``dp*x + dp*y`` becomes ``dp*(x + y)``.

Reverse mode multiplies an adjoint into one term after the other; a person takes it out.  Only what
derivative code computes is taken apart, never the user's own arithmetic, and a product only where
it is needed no longer then.  Valid graph in, valid graph out; nothing dead is left behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import is_memory
from symdiff.ir.walk import Cloner, rebuild, statements, use_counts
from symdiff.ops.array_types import of_one_shape
from symdiff.records import dataclass, field

MOST = 32  # terms of a sum that are looked at
SUMS = ("add", "sub")


@dataclass(slots=True)
class Term:
    """``coefficient`` times factors; ``made`` are the products that it is computed by."""

    value: Value
    sign: float
    coefficient: float = 1.0
    factors: list[Value] = field(default_factory=list)
    made: list[Stmt] = field(default_factory=list)


@dataclass(slots=True)
class Sum:
    """Terms, of which some share factors; ``inner`` are the sums that add them up."""

    terms: list[Term]
    inner: list[Stmt]
    shared: list[Value] = field(default_factory=list)
    group: list[Term] = field(default_factory=list)


def factor(graph: Graph) -> Graph:
    """The graph with common factors of derivative code taken out; itself where there are none."""
    sums = _worthwhile(graph)
    if not sums:
        return graph
    gone = {stmt for s in sums.values() for stmt in s.inner}
    gone.update(stmt for s in sums.values() for term in s.group for stmt in term.made)

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value]:
        if stmt in gone:
            return (cloner[stmt.args[0]],)  # anything: its one reader is written anew
        return (_built(cloner, sums[stmt], stmt.result.hint),)

    return rebuild(graph, rewrite, only=gone | sums.keys())


def _worthwhile(graph: Graph) -> dict[Stmt, Sum]:
    """The sums that have common factors, by the statement that adds the last term."""
    order = [s for s in statements(graph.body) if s.op.name in SUMS and _is_ours(s, *SUMS)]
    if not order:
        return {}
    uses = use_counts(graph)
    sums: dict[Stmt, Sum] = {}
    seen: set[Stmt] = set()
    for stmt in reversed(order):
        if stmt not in seen:
            found = _flattened(stmt, uses)
            seen.update(found.inner)
            if len(found.terms) <= MOST and _grouped(found, found.terms):
                sums[stmt] = found
    held: set[Value] = set()  # grows only, so that this ends: sums that share products alternate
    while True:  # a product that stays for another reader is not taken apart
        taken = Counter(term.value for s in sums.values() for term in s.group if term.made)
        held |= {v for v, times in taken.items() if times < uses[v]}
        crossed = {k: s for k, s in sums.items() if any(t.value in held for t in s.group)}
        if not crossed:
            return sums
        for stmt, one in crossed.items():
            if not _grouped(one, [t for t in one.terms if t.value not in held]):
                del sums[stmt]


def _is_ours(stmt: Stmt, *names: str) -> bool:
    """An operation on floats that derivative code made, or on arrays of one shape and floats."""
    if stmt.op.name not in names or stmt.origin.role not in ("adjoint", "tangent"):
        return False
    alone = stmt.op.name in SUMS  # a number in a sum with arrays is not one of its terms
    return of_one_shape(stmt) and not (alone and stmt.args[0].type != stmt.args[1].type)


def _flattened(root: Stmt, uses: dict[Value, int]) -> Sum:
    """A tree of sums and differences as one sum of terms, left to right."""
    found = Sum([], [])
    stack = [(root.result, 1.0)]
    while stack:
        value, sign = stack.pop()
        stmt = value.stmt
        inner = stmt is root or (uses[value] == 1 and value.block is root.block)
        if stmt is None or not inner or not _is_ours(stmt, "add", "sub", "neg"):
            found.terms.append(_term(value, sign, root, uses))
            continue
        if stmt is not root:
            found.inner.append(stmt)
        if stmt.op.name == "neg":
            stack.append((stmt.args[0], -sign))
        else:
            x, y = stmt.args
            stack.append((y, sign if stmt.op.name == "add" else -sign))
            stack.append((x, sign))
    return found


def _term(value: Value, sign: float, root: Stmt, uses: dict[Value, int]) -> Term:
    """A tree of products as one product."""
    term = Term(value, sign)
    stack = [value]
    while stack:
        one = stack.pop()
        stmt = one.stmt
        single = one is value or uses[one] == 1
        if stmt is not None and single and one.block is root.block and _is_ours(stmt, "mul"):
            term.made.append(stmt)
            stack.extend(reversed(stmt.args))
        elif _is_coefficient(one):
            term.coefficient *= one.constant
        else:
            term.factors.append(one)
    return term


def _is_coefficient(value: Value) -> bool:
    """A finite constant other than zero that has no spelling of its own."""
    if not is_finite_const(value) or value.stmt is None:
        return False
    return value.constant != 0 and not value.stmt.attrs["spelling"]


def _grouped(found: Sum, terms: Sequence[Term]) -> bool:
    """Choose the terms that share a factor with the most others; whether there are any."""
    having: dict[Value, list[Term]] = {}
    for term in terms:
        for value in dict.fromkeys(term.factors):
            having.setdefault(value, []).append(term)
    found.group = max(having.values(), key=len, default=[])
    if len(found.group) < 2:
        return False
    shared = Counter(found.group[0].factors)
    for term in found.group[1:]:
        shared &= Counter(term.factors)
    found.shared = list(shared.elements())
    left = [len(term.factors) - len(found.shared) for term in found.group]
    # on arrays nothing is raised: a product that was not there overflows beside a cotangent of 0
    grows = is_memory(found.group[0].value.type) and max(left) > 1
    return any(left) and not grows


def _built(cloner: Cloner, found: Sum, hint: str) -> Value:
    b = cloner.builder
    strict, b.relaxed = b.relaxed, True
    total: Value | None = None
    for term in found.terms:
        if term not in found.group:
            total = _added(b, total, term.sign, cloner[term.value])
        elif term is found.group[0]:
            total = _added(b, total, term.sign, _factored(cloner, found))
    b.relaxed = strict
    assert total is not None
    if hint and not total.hint and not total.is_const():
        total.hint = hint
    return total


def _factored(cloner: Cloner, found: Sum) -> Value:
    """The shared factors times the sum of what is left, with the first term's sign as plus."""
    b = cloner.builder
    first = found.group[0]
    scale = first.coefficient
    scale = scale if all(abs(t.coefficient) == abs(scale) for t in found.group) else 1.0
    rest: Value | None = None
    for term in found.group:
        left = list(term.factors)
        for value in found.shared:
            left.remove(value)
        coefficient = term.sign * first.sign * term.coefficient / scale
        product = b.const(abs(coefficient))
        for value in left:
            product = b.mul(product, cloner[value])
        rest = _added(b, rest, 1.0 if coefficient > 0 else -1.0, product)
    assert rest is not None
    product = b.const(scale)
    for value in found.shared:
        product = b.mul(product, cloner[value])
    return b.mul(product, rest)


def _added(b: Builder, total: Value | None, sign: float, value: Value) -> Value:
    if total is None:
        return value if sign > 0 else b.neg(value)
    return b.add(total, value) if sign > 0 else b.sub(total, value)
