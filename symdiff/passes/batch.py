"""Parameter gradients of a loop over time as one matrix product behind it, not one per iteration.

The reverse of ``for x in xs: h = np.tanh(x @ W + h @ U + b)`` adds a product of two small matrices
to ``dW`` in each iteration: a call of BLAS, a temporary as large as ``W``, a pass over ``dW``.  The
sum of the products is the product of the factors side by side, so the loop keeps them in lists (the
one is what the tape holds anyhow) and one product behind it makes ``dW``.  Outer products of
vectors are the same with vectors in the place of the rows; what else a carry of such a loop sums up
of a factor that is kept (``db += dz.sum(axis=0)``) is summed behind it too.

In: a graph before in-place marks.  Out: the same sums, added in another order.  A loop that runs
not once leaves what it began with.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, rebuild, statements, use_counts
from symdiff.ops.array_shapes import transpose
from symdiff.ops.array_types import dims_of
from symdiff.ops.attempt import protected_statements
from symdiff.passes.dce import dce
from symdiff.passes.regions import carry
from symdiff.records import dataclass

ROWS, COLUMNS = 0, 1  # matrices are put one below another, or one beside another
_SWAP = (1, 0)


@dataclass(frozen=True, slots=True)
class Factor:
    """What is kept of each iteration; ``turned`` is the transposed of all of it."""

    kept: Value
    axis: int
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """What an iteration adds: the product of two factors, or the sum of one over its rows."""

    factors: tuple[Factor, ...]
    sign: int


@dataclass(slots=True)
class Batch:
    """The carries of a loop that are made behind it, and the statements that go for them."""

    sums: dict[int, list[Term]]
    gone: set[Stmt]

    def kept(self) -> list[Value]:
        """What the loop collects for it, each once."""
        terms = [t for ts in self.sums.values() for t in ts]
        return list(dict.fromkeys(f.kept for t in terms for f in t.factors))


def batch_products(graph: Graph) -> Graph:
    """The graph with products of what loops collect for sums of products in them."""
    if not any(s.op.name == "for" and s.attrs["carries"] for s in statements(graph.body)):
        return graph
    found = _batches(graph)
    if not found:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        batch = found.get(stmt)
        return None if batch is None else _built(cloner, stmt, batch)

    return dce(rebuild(graph, rewrite))


# -- what is a sum of products ---------------------------------------------------------------------


def _batches(graph: Graph) -> dict[Stmt, Batch]:
    uses = use_counts(graph)
    watched = protected_statements(graph)
    found = {}
    for loop in statements(graph.body):
        if loop.op.name == "for" and not loop.attrs["exits"] and loop not in watched:
            batch = _batch(loop, uses)
            if batch.sums:
                found[loop] = batch
    return found


def _batch(loop: Stmt, uses: dict[Value, int]) -> Batch:
    batch = Batch({}, set())
    added = {}
    for k in range(loop.attrs["carries"]):
        chain = _added(loop, k, uses)
        if chain is None:
            continue
        added[k] = chain
        terms = [_product(v, sign, loop, uses) for v, sign in chain.terms]
        if all(terms):
            batch.sums[k] = [t for t in terms if t is not None]
            batch.gone |= chain.adds
    rows = {
        f.kept for ts in batch.sums.values() for t in ts for f in t.factors if f.axis == ROWS
    }
    for k, chain in added.items():
        if k in batch.sums:
            continue
        terms = [_row_sum(v, sign, rows) for v, sign in chain.terms]
        if all(terms):
            batch.sums[k] = [t for t in terms if t is not None]
            batch.gone |= chain.adds
    return batch


@dataclass(frozen=True, slots=True)
class _Chain:
    """``again = param + a - b``: the additions, and what they add with its sign."""

    adds: set[Stmt]
    terms: list[tuple[Value, int]]


def _added(loop: Stmt, k: int, uses: dict[Value, int]) -> _Chain | None:
    """What a carry of matrices or vectors does nothing with but add to."""
    init, (param,), again, result = carry(loop, k)
    if not _is_full(result) or init.type != result.type or uses.get(param) != 1:
        return None
    chain = _Chain(set(), [])
    work = [(again, 1)]
    while work:
        v, sign = work.pop()
        stmt = v.stmt
        if stmt is not None and _adds(stmt, loop, uses):
            chain.adds.add(stmt)
            work += [(stmt.args[0], sign), (stmt.args[1], -sign if stmt.op.name == "sub" else sign)]
        else:
            chain.terms.append((v, sign))
    if (param, 1) not in chain.terms or len(chain.terms) < 2:
        return None
    chain.terms.remove((param, 1))
    return chain


def _adds(stmt: Stmt, loop: Stmt, uses: dict[Value, int]) -> bool:
    """Whether it is part of a sum that a loop's body makes for one place."""
    inside = stmt.block is loop.blocks[-1] and stmt.op.name in ("add", "sub")
    v = stmt.results[0]
    return inside and uses.get(v) == 1 and all(a.type == v.type for a in stmt.args)


def _is_full(v: Value) -> bool:
    """A vector or a matrix, along no axis known to be of one element or unknown."""
    return dims_of(v.type) in ("n", "nn")


def _product(v: Value, sign: int, loop: Stmt, uses: dict[Value, int]) -> Term | None:
    """A product of two matrices, or of a column and a row, that nothing else reads."""
    stmt, body = v.stmt, loop.blocks[-1]
    if stmt is None or stmt.block is not body or uses.get(v) != 1 or dims_of(v.type) != "nn":
        return None
    factors: tuple[Factor, ...] = ()
    if stmt.op.name == "matmul":
        factors = (_matrix(stmt.args[0], COLUMNS), _matrix(stmt.args[1], ROWS))
        rank = 2
    elif stmt.op.name == "mul":
        column, row = stmt.args if stmt.args[0].op == "expand_dims" else stmt.args[::-1]
        made, rank = column.stmt, 1
        if made is not None and made.op.name == "expand_dims" and made.attrs["axes"] == (1,):
            factors = (Factor(made.args[0], ROWS, turned=True), Factor(row, ROWS))
    if not factors or any(dims_of(f.kept.type) != "n" * rank for f in factors):
        return None
    return Term(factors, sign) if all(f.kept.block is body for f in factors) else None


def _matrix(v: Value, axis: int) -> Factor:
    """A factor whose matrices stand along ``axis``; of a transposed one, what is transposed."""
    if v.stmt is not None and v.op == "transpose" and v.stmt.attrs["axes"] == _SWAP:
        return Factor(v.stmt.args[0], 1 - axis, turned=True)
    return Factor(v, axis)


def _row_sum(v: Value, sign: int, kept: set[Value]) -> Term | None:
    """A vector that is kept anyhow, or the sum of the rows of a matrix that is."""
    if v in kept:
        return Term((Factor(v, ROWS),), sign)
    stmt = v.stmt
    if stmt is None or stmt.op.name != "sum" or stmt.args[0] not in kept:
        return None
    plain = stmt.attrs["axes"] == (0,) and not stmt.attrs["keepdims"]
    return Term((Factor(stmt.args[0], ROWS),), sign) if plain else None


# -- the loop, and what is made behind it ----------------------------------------------------------


def _built(cloner: Cloner, loop: Stmt, batch: Batch) -> list[Value]:
    """The loop's results anew: it carries less, and collects what the sums behind it are of."""
    b, kept = cloner.builder, batch.kept()
    stays = [k for k in range(loop.attrs["carries"]) if k not in batch.sums]
    old = loop.blocks[-1]
    with b.into(b.new_block()) as body:
        for param in (old.params[0], *(carry(loop, k)[1][0] for k in stays)):
            cloner.env[param] = body.add_param(param.type, param.hint)
        for stmt in old.stmts:
            if stmt not in batch.gone:
                cloner.stmt(stmt)
        tapes = old.yields[loop.attrs["carries"] :]
        body.yields = cloner.all([*(carry(loop, k)[2] for k in stays), *tapes, *kept])
        for v in kept:
            cloner[v].hint = cloner[v].hint or _called(v)
    bounds = cloner.all(loop.args[:3])
    results = loop.results[loop.attrs["carries"] : -2]
    hints = [*(loop.results[k].hint for k in stays), *(r.hint for r in results),
             *(f"{_called(v)}s" for v in kept)]
    extra = {k: v for k, v in loop.attrs.items() if k not in ("carries", "collects", "exits")}
    made = b.for_stmt(
        (bounds[0], bounds[1], bounds[2]), cloner.all(carry(loop, k)[0] for k in stays), body,
        collects=len(tapes) + len(kept), hints=hints, **extra,
    )
    first = len(stays) + len(tapes)
    lists = dict(zip(kept, made.results[first : first + len(kept)], strict=True))
    sums = _sums(cloner, loop, batch, lists)
    carried = iter(made.results)
    found = [sums[k] if k in sums else next(carried) for k in range(loop.attrs["carries"])]
    return [*found, *made.results[len(stays) : first], *made.results[-2:]]


def _called(v: Value) -> str:
    """A name for what is kept: what backpropagation calls a cotangent, or a part of the data."""
    made = v.stmt
    return v.hint or ("delta" if made is not None and made.origin.role == "adjoint" else "row")


def _sums(
    cloner: Cloner, loop: Stmt, batch: Batch, lists: dict[Value, Value]
) -> dict[int, Value]:
    """What the carries that went have become, where the loop has run at all."""
    b = cloner.builder
    starts = [cloner[carry(loop, k)[0]] for k in batch.sums]
    ran = _has_run(b, loop, next(iter(lists.values())))

    def added() -> list[Value]:
        return [
            _sum(b, terms, lists, start, loop.results[k])
            for (k, terms), start in zip(batch.sums.items(), starts, strict=True)
        ]

    if ran.is_const():
        return dict(zip(batch.sums, added() if ran.constant else starts, strict=True))
    hints = [loop.results[k].hint for k in batch.sums]
    made = b.if_(ran, added, lambda: starts, hints, style="stmt")
    return dict(zip(batch.sums, made, strict=True))


def _has_run(b: Builder, loop: Stmt, kept: Value) -> Value:
    """Whether there was any iteration."""
    bounds = loop.args[:3]
    if all(v.is_const() for v in bounds):
        return b.const(bool(range(*(v.constant for v in bounds))))
    return b.op("gt", b.op("len", kept), b.const(0))


def _sum(
    b: Builder, terms: Sequence[Term], lists: dict[Value, Value], start: Value, result: Value
) -> Value:
    """The start, if it is not zero, and all that the iterations add."""
    made = start.stmt
    zero = made is not None and made.op.name in ("full", "full_like", "zeros_like")
    at = 0 if made is not None and made.op.name == "full" else -1
    total: Value | None = start
    if zero and made is not None and (made.op.name == "zeros_like" or made.args[at].is_const(0.0)):
        total = None
    for term in terms:
        parts = [_side_by_side(b, f, lists[f.kept]) for f in term.factors]
        part = b.op("matmul", *parts) if len(parts) == 2 else (
            b.op("sum", parts[0], axes=(0,), keepdims=False)
        )
        part = b.coerce(part, result.type)
        if total is None:
            total = part if term.sign > 0 else b.neg(part)
        else:
            total = b.add(total, part) if term.sign > 0 else b.sub(total, part)
    assert total is not None, "a sum has terms"
    if not total.hint:
        total.hint = result.hint
    return total


def _side_by_side(b: Builder, factor: Factor, kept: Value) -> Value:
    """All that was collected of a factor, as one matrix."""
    if dims_of(factor.kept.type) == "n":
        made = b.op("from_list", kept, dtype=None)
    else:
        made = b.op("concatenate_list", kept, axis=factor.axis)
    return transpose(b, made, _SWAP) if factor.turned else made
