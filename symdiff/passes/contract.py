"""Sums of products that NumPy would loop over, as matrix products or one ``einsum``.

In: a derivative's graph. Out: the same, in two steps that read a sum of products as what it is:

* what is summed (``sum`` over axes of ``x*y`` or of an ``einsum`` that nothing else reads) is one
  ``einsum``, so that the product is never stored: where the factors have not the same axes, or
  where the last axis of both is summed, which reductions of NumPy are slow at;
* an ``einsum`` of two factors is a matrix product, or a stack of them, where it is one: BLAS is
  several times as fast. An index that only one factor has is summed first.

The sums are the same, added in another order.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import is_differentiable
from symdiff.ir.walk import Cloner, rebuild, statements, use_counts
from symdiff.ops.array_shapes import expand, transpose
from symdiff.ops.array_types import dims_of, parts
from symdiff.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Product:
    """Two factors with a letter per axis, the letters of the sum of their product, and a number
    that it is multiplied by."""

    factors: tuple[Value, Value]
    terms: tuple[str, str]
    out: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Matrices:
    """The letters of two factors and of their product as (stacks of) matrices or vectors."""

    left: str
    right: str
    out: str
    row: bool = False  # the left factor is a stack of vectors: rows of matrices in between


def contract(graph: Graph) -> Graph:
    """The graph with matrix products for sums over one index of two factors."""
    order = statements(graph.body)
    if not any(s.op.name in ("einsum", "sum") and s.on_arrays for s in order):
        return graph
    found = _products(graph, order)
    if not found:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        product = found.get(stmt)
        return None if product is None else (_built(cloner, stmt, product),)

    return rebuild(graph, rewrite)


# -- what is a sum of products ---------------------------------------------------------------------


def _products(graph: Graph, order: Sequence[Stmt]) -> dict[Stmt, Product]:
    """The statements to be written anew."""
    found: dict[Stmt, Product] = {}
    uses = use_counts(graph)
    by_inner: dict[Value, list[Stmt]] = {}
    for stmt in order:
        if stmt.op.name == "einsum" and len(stmt.args) == 2:
            terms, out = parts(stmt.attrs["spec"])
            product = _turned(Product((stmt.args[0], stmt.args[1]), (terms[0], terms[1]), out))
            if _is_plain(product) and _matrices(_summed_first(product)) is not None:
                found[stmt] = product
        elif stmt.op.name == "sum" and not stmt.attrs["keepdims"]:
            by_inner.setdefault(stmt.args[0], []).append(stmt)
    for inner, sums in by_inner.items():
        if inner.stmt is None or len(sums) < uses[inner] or not is_differentiable(inner.type):
            continue
        made = {s: _sum_of(s, inner.stmt) for s in sums}
        if all(made.values()):
            found.update({s: p for s, p in made.items() if p is not None})
    return found


def _turned(product: Product) -> Product:
    """The factors so that the last axis of the product is that of the second: it is contiguous."""
    (a, b), last = product.terms, product.out[-1:]
    if last not in a or last in b:
        return product
    return replace(product, factors=product.factors[::-1], terms=(b, a))


def _sum_of(stmt: Stmt, inner: Stmt) -> Product | None:
    """A sum over axes of a product, or of an ``einsum`` (also transposed), as one product."""
    product = _summand(inner)
    if product is None:
        return None
    out = "".join(x for k, x in enumerate(product.out) if k not in stmt.attrs["axes"])
    product = replace(product, out=out)
    if not out or not _is_plain(product):
        return None
    if inner.op.name in ("mul", "pow"):
        a, b = product.terms
        if set(a) == set(b):  # of one shape: a pass over memory less, where that is slow
            return product if a == b == out + a[-1] and out else None
    return product if _matrices(_summed_first(product)) is not None else None


def _summand(stmt: Stmt) -> Product | None:
    if stmt.op.name == "transpose" and stmt.args[0].op == "einsum":
        assert stmt.args[0].stmt is not None
        inner = _summand(stmt.args[0].stmt)
        order = "".join(inner.out[k] for k in stmt.attrs["axes"]) if inner is not None else ""
        return replace(inner, out=order) if inner is not None else None
    if stmt.op.name == "einsum" and len(stmt.args) == 2:
        terms, out = parts(stmt.attrs["spec"])
        return Product((stmt.args[0], stmt.args[1]), (terms[0], terms[1]), out)
    if stmt.op.name == "pow" and stmt.args[1].is_const(2):
        x = stmt.args[0]
        pair = (x, x)
    elif stmt.op.name == "mul":
        pair = (stmt.args[0], stmt.args[1])
    else:
        return None
    rank = len(dims_of(stmt.result.type))
    letters = string.ascii_lowercase[8 : 8 + rank]
    if rank < 2 or rank > 8 or any(d != "n" for d in dims_of(stmt.result.type)):
        return None
    factors = [_factor(v, letters[rank - len(dims_of(v.type)) :]) for v in pair]
    (x, a, p), (y, b, q) = factors
    if not a or not b or set(a) | set(b) != set(letters):
        return None
    return Product((x, y), (a, b), letters, p * q)


def _factor(v: Value, letters: str) -> tuple[Value, str, float]:
    """A factor without the axes that were made for broadcasting, and without a constant; no
    letters if it has other axes of one element.
    """
    scale = 1.0
    scaled = v.op == "mul" and v.stmt is not None and is_finite_const(v.stmt.args[0])
    if scaled and v.stmt.args[1].op == "expand_dims":  # type: ignore[union-attr]
        number, v = v.stmt.args  # type: ignore[union-attr]
        scale = float(number.constant)
    if v.op == "expand_dims" and v.stmt is not None:
        axes = v.stmt.attrs["axes"]
        v = v.stmt.args[0]
        letters = "".join(x for k, x in enumerate(letters) if k not in axes)
    return v, letters if all(d == "n" for d in dims_of(v.type)) else "", scale


def _is_plain(product: Product) -> bool:
    return all(len(set(t)) == len(t) for t in (*product.terms, product.out)) and all(
        is_differentiable(v.type) for v in product.factors
    )


# -- which of them are products of matrices --------------------------------------------------------


def _summed_first(product: Product) -> Product:
    """The product without the letters that only one factor has and that are summed."""
    a, b = product.terms
    left = "".join(x for x in a if x in b or x in product.out)
    right = "".join(x for x in b if x in a or x in product.out)
    return replace(product, terms=(left, right))


def _matrices(product: Product) -> Matrices | None:
    (a, b), out = product.terms, product.out
    stack = "".join(x for x in a if x in b and x in out)
    summed = "".join(x for x in a if x in b and x not in out)
    left = "".join(x for x in a if x not in b)
    right = "".join(x for x in b if x not in a)
    if len(summed) != 1 or len(left) > 1 or len(right) > 1:
        return None
    if stack and not right:
        return None
    if stack and not left:
        if len(stack) > 1:
            return None
        return Matrices(stack + summed, stack + summed + right, stack + right, row=True)
    return Matrices(stack + left + summed, stack + summed + right, stack + left + right)


# -- the new statements ----------------------------------------------------------------------------


def _built(cloner: Cloner, stmt: Stmt, product: Product) -> Value:
    b = cloner.builder
    factors = [cloner[v] for v in product.factors]
    if product.scale != 1.0:
        factors[0] = b.mul(b.const(product.scale), factors[0])
    short = _summed_first(product)
    plan = _matrices(short)
    if plan is None:
        spec = f"{','.join(product.terms)}->{product.out}"
        found = b.op("einsum", *factors, spec=spec)
    else:
        x, y = (_without(b, v, old, new) for v, old, new in
                zip(factors, product.terms, short.terms, strict=True))
        x, y = _ordered(b, x, short.terms[0], plan.left), _ordered(b, y, short.terms[1], plan.right)
        if plan.row:
            rows = b.op("matmul", expand(b, x, [1]), y)
            found = b.op("squeeze", rows, axes=(1,))
        else:
            found = b.op("matmul", x, y)
        found = _ordered(b, found, plan.out, product.out)
    if stmt.result.hint and not found.hint:
        found.hint = stmt.result.hint
    return found


def _without(b: Builder, x: Value, letters: str, wanted: str) -> Value:
    axes = tuple(k for k, letter in enumerate(letters) if letter not in wanted)
    return b.op("sum", x, axes=axes, keepdims=False) if axes else x


def _ordered(b: Builder, x: Value, have: str, want: str) -> Value:
    return x if have == want else transpose(b, x, tuple(map(have.index, want)))
