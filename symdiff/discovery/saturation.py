"""Exponentials within exponentials: ``exp(-exp(-x))`` where the inner one overflows.

The inner exponential is infinity where a float holds it no more, as IEEE arithmetic has it; the
outer one is then 0, and so is every product with it.  A slope that has the outer one as a factor is
0 where that is below the least number: ``w*exp(-w)`` is less than 4e-321 from there on (it falls
for ``w > 1``).  Elsewhere value and slope are those by rules, which is proved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from symdiff.discovery.normal import proves
from symdiff.discovery.proof import proved
from symdiff.discovery.rules import by_rules
from symdiff.discovery.spelling import Formulas, NoFormula, formulas, inlined
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.walk import Cloner, rebuild
from symdiff.library.entries import form_graph
from symdiff.passes.dce import dce
from symdiff.passes.fuse import fuse

LARGEST = 709.7  # of an exponent
PROOF = "saturated where an exponential is no float; elsewhere: "
ERROR = ("OverflowError", "math range error")
Raised = tuple[str, str, str]


def saturated(
    form: str, params: Sequence[str]
) -> Iterator[tuple[Formulas, str, tuple[Raised, ...]]]:
    """Value and partials, how they are proved, and where the outer exponential itself overflows."""
    rules = by_rules(dce(fuse(form_graph(form, params))), range(len(params)))
    inner = _inner(rules)
    if not inner or any(s.op.region for s in rules.body.stmts):
        return
    try:
        plain = formulas(rules, params)
        how = proved(form, params, plain.lets, plain.outputs)
        made, outer = _saturated(rules, inner)
        raised = tuple(dict.fromkeys(_overflows(made, outer, params)))
        found = formulas(dce(made), params)
    except NoFormula:
        return
    if how:
        yield found, PROOF + how, raised


def _inner(graph: Graph) -> list[Stmt]:
    """The exponentials that the argument of another one depends on."""
    depends: dict[Value, set[Stmt]] = {}
    found: dict[Stmt, None] = {}
    for stmt in graph.body.stmts:
        own: set[Stmt] = set().union(*(depends.get(a, set()) for a in stmt.args))
        if stmt.op.name in ("exp", "expm1"):
            found.update(dict.fromkeys(own))
            own = own | ({stmt} if stmt.op.name == "exp" else set())
        for result in stmt.results:
            depends[result] = own
    return list(found)


def _saturated(rules: Graph, inner: Sequence[Stmt]) -> tuple[Graph, list[Value]]:
    """The graph, and the arguments of its outer exponentials."""
    places: dict[Stmt, Value] = {}

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt in inner:
            return (_bounded(cloner.builder, cloner[stmt.args[0]]),)
        if stmt.op.name not in ("exp", "expm1"):
            return None
        places[stmt] = cloner.builder.op(stmt.op.name, cloner[stmt.args[0]])
        return (places[stmt],)

    made = rebuild(rules, rewrite, relaxed=True)
    b = Builder(made, relaxed=True)
    for k in range(1, len(rules.outputs)):
        factor = _factor(rules, inner, k)
        if factor is not None:
            made.body.yields[k] = _vanishing(b, rules, inner, k, places[factor])
    outer = [v.stmt for v in places.values() if v.stmt is not None]
    return made, [s.args[0] for s in outer]


def _vanishing(b: Builder, rules: Graph, inner: Sequence[Stmt], output: int, e: Value) -> Value:
    """An output that is 0 where e is: the infinity beside it is taken as 0 there."""
    none = b.op("eq", e, b.const(0.0))

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        if stmt in inner:
            value = _bounded(b, cloner[stmt.args[0]])
            return (b.select(none, lambda: b.const(0.0), lambda: value),)
        if stmt.op.name == "exp":
            return (e,)
        return None

    cloner = Cloner(b, rewrite)
    cloner.env.update(zip(rules.inputs, b.graph.inputs, strict=True))
    for stmt in rules.body.stmts:
        cloner.stmt(stmt)
    return cloner[rules.outputs[output]]


def _bounded(b: Builder, w: Value) -> Value:
    """``exp(w)``, infinity where it overflows; on arrays, where both sides are computed, what is
    not taken does not overflow either."""
    large = b.op("gt", w, b.const(LARGEST))
    within = b.select(large, lambda: b.const(LARGEST), lambda: w)
    return b.select(large, lambda: b.const(math.inf), lambda: b.op("exp", within))


def _factor(rules: Graph, inner: Sequence[Stmt], output: int) -> Stmt | None:
    """The exponential of an exponential without which an output is 0, if there is no other."""
    outer = [s for s in rules.body.stmts if s.op.name == "exp" and s not in inner]
    if len(outer) != 1:
        return None
    for stmt in outer:
        without = rebuild(rules, partial(_nothing, stmt))
        zero = Builder(without).const(0.0)
        if proves(without.outputs[output], zero):
            return stmt
    return None


def _nothing(wanted: Stmt, cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    return (cloner.builder.const(0.0),) if stmt is wanted else None


def _overflows(made: Graph, outer: Sequence[Value], params: Sequence[str]) -> Iterator[Raised]:
    """The exponential of infinity is no error by itself, as that of a large number is."""
    for argument in outer:
        text = formulas(made, params, [argument])
        yield f"{inlined(text.outputs[0], text.lets)} == inf", *ERROR
