"""Value numbering by proof: what is 0, or is there already, is not computed again.

Hash-consing shares what is written alike.  Of a derivative more is equal than is written alike: in
the formula of Black and Scholes the two densities, ``s*phi(d1)`` and ``k*exp(-r*t)*phi(d2)``, are
one number, so that half of the sensitivities cancel.  Numbers at random points say which values
may be equal, the normal form (``normal``) proves those that are, and no identity is named here.

A value takes the place of a later one only if it is a number wherever the later one is and agrees
with it at points far out, since two equal formulas need not be equally good.  Valid graph in,
valid graph out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from symdiff.discovery.budget import clock
from symdiff.discovery.normal import proves
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.interp import PrimalError, run
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import Cloner, rebuild, statements
from symdiff.ops.cost import graph_cost
from symdiff.passes.dce import dce
from symdiff.passes.factor import factor

SECONDS = 2.0  # for all proofs together
ONE = 0.5  # for one
POINTS = 8
ATTEMPTS = 200
LARGEST = 400  # statements
LOOPS = ("for", "while", "call")
CONE = 80  # values that one is made of, for a proof of it to be tried
NOISE = 1e-12  # of a difference, relative to its terms
AGREE = 1e-11
FAR = (1e-8, 1e-3, 20.0, 300.0, 1e4, 1e160)
Row = list[float]


def numbered(graph: Graph, seconds: float = SECONDS) -> Graph:
    """The graph without what is proved to be 0 or to be an earlier value; the graph itself where
    there is nothing of the kind, or where it does not become cheaper."""
    if len(graph.body.stmts) > LARGEST or any(v.type != FLOAT for v in graph.inputs):
        return graph
    # at a point of no meaning a loop may run for ever
    if any(s.on_arrays or s.op.name in LOOPS for s in statements(graph.body)):
        return graph
    rows = _rows(graph)
    alike = list(_alike(graph, rows)) if rows else []
    if not alike:
        return graph
    import sympy.polys.rings  # noqa: F401  its import is no part of the budget

    found = dict(_proved(alike, clock() + seconds))
    if not found:
        return graph
    made = factor(dce(rebuild(graph, partial(_replaced, found), relaxed=True)))
    return made if graph_cost(made) < graph_cost(graph) else graph


def _replaced(
    found: dict[Stmt, Value | None], cloner: Cloner, stmt: Stmt
) -> Sequence[Value] | None:
    if stmt not in found:
        return None
    other = found[stmt]
    return (cloner.builder.const(0.0) if other is None else cloner[other],)


# -- candidates ------------------------------------------------------------------------------------


def _rows(graph: Graph) -> dict[Value, Row] | None:
    """The numbers of every value at random points; None where too few are met."""
    rng = random.Random(5)
    seen: list[dict[Value, Any]] = []
    for _ in range(ATTEMPTS):
        at = _watched(graph, [rng.uniform(0.3, 1.6) for _ in graph.inputs])
        if at is not None:
            seen.append(at)
        if len(seen) == POINTS:
            break
    else:
        return None
    made = [*graph.inputs, *(s.result for s in graph.body.stmts if s.results)]
    numbers = [v for v in made if v.type == FLOAT and all(_is_finite(at.get(v)) for at in seen)]
    return {v: [float(at[v]) for at in seen] for v in numbers}


def _is_finite(x: Any) -> bool:
    return isinstance(x, (int, float)) and math.isfinite(x)


def _watched(graph: Graph, point: Sequence[float]) -> dict[Value, Any] | None:
    at: dict[Value, Any] = dict(zip(graph.inputs, point, strict=True))
    try:
        run(graph, *point, watch=at.__setitem__)
    except (ArithmeticError, ValueError, LookupError, AssertionError, PrimalError):
        return None
    return at


def _alike(graph: Graph, rows: dict[Value, Row]) -> Iterator[tuple[Stmt, Value | None]]:
    """Statements that may be 0 (None), or an earlier value."""
    far = [at for x in FAR for at in [_watched(graph, [x] * len(graph.inputs))] if at]
    known: dict[Value, frozenset[Value]] = {v: frozenset((v,)) for v in graph.inputs}
    earlier: list[Value] = list(graph.inputs)
    for stmt in graph.body.stmts:
        if not stmt.results or stmt.result.type != FLOAT:
            continue
        v = stmt.result
        if stmt.op.region:  # a number like any other, of which nothing is known
            known[v] = frozenset((v,))
        elif not (stmt.op.effect or stmt.attrs) and all(
            a in known or a.is_const() for a in stmt.args
        ):
            known[v] = frozenset((v,)).union(*(known[a] for a in stmt.args if a in known))
        if v.is_const() or v not in rows or not 1 < len(known.get(v, ())) <= CONE:
            continue
        if _is_noise(stmt, rows):
            yield stmt, None
            continue
        same = next((o for o in earlier if _agree(rows[o], rows[v], AGREE)), None)
        if same is not None and _is_as_good(same, v, far):
            yield stmt, same
        else:
            earlier.append(v)


def _proved(
    alike: Sequence[tuple[Stmt, Value | None]], until: float
) -> Iterator[tuple[Stmt, Value | None]]:
    for stmt, same in alike:
        if clock() > until:
            return
        one, other = stmt.args if same is None else (same, stmt.result)
        if proves(one, other, seconds=ONE):
            yield stmt, same


def _is_noise(stmt: Stmt, rows: dict[Value, Row]) -> bool:
    """A difference that is nothing beside its terms."""
    if stmt.op.name != "sub" or any(a not in rows for a in stmt.args):
        return False
    terms = rows[stmt.args[0]]
    return any(terms) and all(
        abs(d) <= NOISE * abs(t) for d, t in zip(rows[stmt.result], terms, strict=True)
    )


def _agree(a: Row, b: Row, tolerance: float) -> bool:
    return all(abs(x - y) <= tolerance * abs(x) for x, y in zip(a, b, strict=True)) and any(a)


def _is_as_good(one: Value, other: Value, far: Sequence[dict[Value, Any]]) -> bool:
    """Far out the earlier value is a number wherever the later one is, and the same."""
    pairs = [(float(at[one]), float(at[other])) for at in far if one in at and other in at]
    return all(math.isclose(a, b, rel_tol=AGREE) for a, b in pairs if math.isfinite(b))
