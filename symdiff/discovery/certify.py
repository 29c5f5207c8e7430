"""Entries from elsewhere: what an entry says of itself is proved again before it is used.

Which proof is asked for is told by the entry; whether it holds is found from its formulas alone, as
it was when the entry was made.  The domain rule is part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.discovery import saturation, series
from symdiff.discovery.domain import extends
from symdiff.discovery.proof import equal, proved
from symdiff.discovery.saturation import saturated
from symdiff.discovery.spelling import NoFormula, formulas
from symdiff.library.entries import Entry, check_formula, computing, form_graph, graph_of
from symdiff.library.shapes import Shapes, text
from symdiff.passes.dce import dce
from symdiff.passes.fuse import fuse


def certified(entry: Entry, shapes: Sequence[str]) -> str:
    """How the value and the partials of an entry are proved to be those of its forms; "" where they
    are not, have no value where a form has one, or where a shape is that of no form.

    Raises NotAnEntry for a shape that is no formula."""
    known = {shape_of(f, entry.params) for f in entry.forms}
    for shape in shapes:
        check_formula(shape, set(entry.params))
        if shape not in known and shape_of(shape, entry.params) not in known:
            return ""
    outputs = (entry.value, *entry.partials)
    if not extends(graph_of(entry), entry.forms[0], entry.params):
        return ""
    if entry.proof.startswith(series.PROOF):
        how = series.certified(entry.forms[0], entry.params[0], entry.lets, outputs)
    elif entry.proof.startswith(saturation.PROOF):
        how = _as_saturated(entry)
    else:
        how = proved(entry.forms[0], entry.params, entry.lets, outputs)
    others = all(equal([entry.forms[0]], [f], entry.params) for f in entry.forms[1:])
    return how if others else ""


def shape_of(form: str, params: Sequence[str]) -> str:
    """The shape of a form after the rows have recognised what they know; "" if that is all."""
    graph = dce(fuse(form_graph(form, params)))
    out = graph.outputs[0]
    if out.stmt is None or len([s for s in graph.body.stmts if s.op.name != "const"]) < 2:
        return ""
    shapes = Shapes(graph.body, dict(zip(graph.inputs, params, strict=True)))
    for stmt in graph.body.stmts:
        shapes.of(stmt.result)
    return text(shapes.of(out))


def _as_saturated(entry: Entry) -> str:
    """It is made of the form in one way only."""
    for made, how, _ in saturated(entry.forms[0], entry.params):
        try:
            same = formulas(computing(entry.params, made.lets, made.outputs), entry.params)
        except NoFormula:
            continue
        if dict(same.lets) == dict(entry.lets) and same.outputs == [entry.value, *entry.partials]:
            return how
    return ""
