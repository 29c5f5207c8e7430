"""What has to hold of a gate, and the proof of it.

A gate stands for a form.  Its value is that of the form and its partials are those of reverse mode,
as functions: on either side of 0 where one of them has branches there, everywhere at once where
none has.  The obligations are made from the form alone, so that a gate from anywhere can be held to
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.discovery.normal import proves
from symdiff.discovery.rules import by_rules
from symdiff.discovery.spelling import NoFormula, branches_on, decided, formulas, is_pole, side
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value, new_graph
from symdiff.ir.types import FLOAT
from symdiff.library.entries import form_graph
from symdiff.ops.formula import build
from symdiff.ops.gates import with_lets

EVERYWHERE = "normal form"
BY_SIDES = "normal form, on each side of 0"


def proved(
    form: str, params: Sequence[str], lets: Mapping[str, str], outputs: Sequence[str]
) -> str:
    """How value and partials are proved to be those of the form; "" where they are not."""
    try:
        rules = formulas(by_rules(form_graph(form, params), range(len(params))), params)
    except NoFormula:
        return ""
    wanted = [with_lets(f, rules.lets) for f in rules.outputs]
    wanted[0] = form
    return equal(wanted, [with_lets(f, lets) for f in outputs], params)


def equal(wanted: Sequence[str], found: Sequence[str], params: Sequence[str]) -> str:
    """How formulas are proved equal one by one; "" where one is not."""
    x = params[0]
    if not any(branches_on(f, x) or "abs(" in f for f in (*wanted, *found)):
        return EVERYWHERE if equal_on(wanted, found, params, 0) else ""
    return BY_SIDES if all(equal_on(wanted, found, params, s) for s in (1, -1)) else ""


def equal_on(wanted: Sequence[str], found: Sequence[str], params: Sequence[str], sign: int) -> bool:
    """Whether formulas are proved equal where the first variable has this sign (0: either).

    A branch on anything else is proved both ways, whichever is taken, but for one on which what is
    wanted is no number (the pole of a root's derivative)."""
    graph = new_graph("proof")
    inputs = [graph.body.add_param(FLOAT, p) for p in params]
    b = Builder(graph)
    names = dict(zip(params, inputs, strict=True))
    if sign < 0:
        names[params[0]] = b.neg(inputs[0])
    positive = [inputs[0]] if sign else []

    def one_side(f: str) -> str:
        return side(f, params[0], sign > 0) if sign else f

    return all(
        proves(build(b, f, names), build(b, g, names), positive)
        for pair in zip(map(one_side, wanted), map(one_side, found), strict=True)
        for f, g in decided(*pair)
        if not is_pole(f)
    )


def proves_on_sides(graph: Graph, a: Value, b: Value) -> bool:
    """Whether two values of a graph are equal, on each side of 0 where there are branches."""
    if not any(s.op.region or s.op.name == "abs" for s in graph.body.stmts):
        return proves(a, b)
    names = [f"x{k}" for k in range(len(graph.inputs))]
    saved, graph.body.yields = graph.body.yields, [a, b]
    try:
        made = formulas(graph, names)
    except NoFormula:
        return False
    finally:
        graph.body.yields = saved
    one, other = (with_lets(f, made.lets) for f in made.outputs)
    return bool(equal([one], [other], names))
