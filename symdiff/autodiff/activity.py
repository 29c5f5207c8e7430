"""Which values matter: those that depend on the differentiated inputs *and* that the result
depends on.

``varied`` flows forward from the inputs, ``useful`` backward from the outputs; a value is active
when it is both and its type can carry a derivative.  Around a loop both are fixpoints over the
carries.  Only active values get adjoints, so an inactive branch of the program never appears in
the derivative.
"""

from __future__ import annotations

from collections.abc import Iterable

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT, holds_tape, is_differentiable
from symdiff.ir.walk import statements


def transmits(stmt: Stmt, index: int) -> bool:
    """Whether operand ``index`` of a plain statement can pass a derivative on to the result.

    A partial that is zero by mathematics does not; a missing one does, so that asking for it is
    an error.
    """
    if not is_differentiable(stmt.args[index].type):
        return False
    if not (is_differentiable(stmt.results[0].type) if stmt.results else False):
        return False  # a length, a comparison, int(x)
    if stmt.op.vjp is not None:
        shapes = stmt.op.shape_uses
        if shapes and index < len(stmt.op.params) and stmt.op.params[index] in shapes:
            return False
        return stmt.op.name not in ("zeros_like", "widen")
    formulas = stmt.op.partials_of(stmt)
    return not formulas or formulas[index] != "0"


def transmitters(stmt: Stmt) -> list[Value]:
    """The operands that can, in order; all at once, since every statement is asked twice."""
    if not stmt.results:
        return []
    made = stmt.results[0].type
    if made is not FLOAT and not is_differentiable(made):
        return []
    if stmt.op.vjp is not None:
        return [a for k, a in enumerate(stmt.args) if transmits(stmt, k)]
    formulas = stmt.op.partials_of(stmt)
    found = []
    for k, a in enumerate(stmt.args):
        if (a.type is FLOAT or is_differentiable(a.type)) and not (formulas and formulas[k] == "0"):
            found.append(a)
    return found


def _may_vary(v: Value) -> bool:
    return v.type is FLOAT or is_differentiable(v.type)


def loop_parts(stmt: Stmt) -> tuple[list[Value], list[Value], list[Value], list[Value]]:
    """(inits, params, carried yields, collected yields) of a loop."""
    carries = stmt.attrs["carries"]
    body = stmt.blocks[-1]
    if stmt.op.name == "for":
        inits, params = list(stmt.args[3:]), body.params[1:]
    else:
        inits, params = list(stmt.args), list(body.params)
    first = 1 if stmt.attrs["exits"] else 0
    return inits, params, body.yields[first : first + carries], body.yields[first + carries :]


def varied(graph: Graph, sources: Iterable[Value]) -> set[Value]:
    """Values that depend on the sources through differentiable operations.

    In what returns a tape, so do all the tapes that go into it: whoever reads its tangent takes
    that apart, down to the last call.
    """
    found = {v for v in sources if is_differentiable(v.type)}
    if any(holds_tape(v.type) for v in graph.outputs):
        calls = (s for s in statements(graph.body) if s.op.name == "call")
        found.update(s.result for s in calls if holds_tape(s.result.type))
    _varied_block(graph.body, found)
    return found


def _varied_block(block: Block, found: set[Value]) -> None:
    for stmt in block.stmts:
        if not stmt.op.region:
            if stmt.op.name == "pack_tape":  # always has a tangent: its reader takes it apart
                found.update(stmt.results)
            elif not found.isdisjoint(stmt.args) and not found.isdisjoint(transmitters(stmt)):
                found.update([r for r in stmt.results if _may_vary(r)])
        elif stmt.op.name == "if":
            for child in stmt.blocks:
                _varied_block(child, found)
                _spread(child.yields, stmt.results, found)
        else:
            _varied_loop(stmt, found)


def _spread(sources: Iterable[Value], targets: Iterable[Value], found: set[Value]) -> bool:
    """Mark each target whose source is marked; whether anything was new."""
    new = {
        t
        for s, t in zip(sources, targets, strict=False)
        if s in found and t not in found and is_differentiable(t.type)
    }
    found |= new
    return bool(new)


def _varied_loop(stmt: Stmt, found: set[Value]) -> None:
    inits, params, carried, collected = loop_parts(stmt)
    _spread(inits, params, found)
    while True:
        _varied_block(stmt.blocks[-1], found)
        if not _spread(carried, params, found):
            break
    _spread(params, stmt.results, found)
    _spread(carried, stmt.results, found)
    _spread(collected, stmt.results[len(inits) :], found)


def useful(graph: Graph, targets: Iterable[Value]) -> set[Value]:
    """Values that the targets depend on through differentiable operations."""
    found = {v for v in targets if is_differentiable(v.type)}
    _useful_block(graph.body, found)
    return found


def _useful_block(block: Block, found: set[Value]) -> None:
    for stmt in reversed(block.stmts):
        if not stmt.op.region:
            if not found.isdisjoint(stmt.results):
                found.update(transmitters(stmt))
        elif stmt.op.name == "if":
            for child in stmt.blocks:
                _spread(stmt.results, child.yields, found)
                _useful_block(child, found)
        else:
            _useful_loop(stmt, found)


def _useful_loop(stmt: Stmt, found: set[Value]) -> None:
    inits, params, carried, collected = loop_parts(stmt)
    _spread(stmt.results, carried, found)
    _spread(stmt.results[len(inits) :], collected, found)
    while True:
        _useful_block(stmt.blocks[-1], found)
        if not _spread(params, carried, found):
            break
    _spread(params, inits, found)
    _spread(stmt.results, inits, found)


def active(graph: Graph, sources: Iterable[Value], targets: Iterable[Value]) -> set[Value]:
    """Values on a differentiable path from a source to a target."""
    return varied(graph, sources) & useful(graph, targets)
