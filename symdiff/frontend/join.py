"""The ``if`` that joins two states: what each side yields, and what holds after it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from symdiff.frontend.context import RAISED, RETURN, Flag, Lowering, State
from symdiff.frontend.merge import Join, Side
from symdiff.frontend.optional import Facts
from symdiff.frontend.values import (
    DROPPED,
    UNBOUND,
    Abstract,
    Hole,
    Maybe,
    Obj,
    Ref,
    Struct,
    Unbound,
)
from symdiff.ir.core import Value

HIDDEN = (RETURN, RAISED)
_OTHERWISE = Hole(-1)  # a flag that is set where the condition fails
FLAGS = ("returned", "broke", "continued", "raised")


def join_if(
    lo: Lowering,
    cond: Value,
    yes: Side,
    no: Side,
    node: ast.AST,
    live: Iterable[str] | None,
    results: tuple[Abstract, Abstract] | None = None,
    style: str = "stmt",
) -> Abstract:
    """Close an ``if``: make the region and leave the joined state in ``lo``; the joined
    ``results``, if any."""
    before = lo.state
    expression = results is not None
    if yes.state.dead and no.state.dead:
        lo.builder.if_(cond, yes.block, no.block, style=style)
        lo.state = State(before.vars, before.heap, dead=True)
        return UNBOUND
    sides = (yes.state, no.state)
    seen = frozenset[str]().union(*(f.observed for f in lo.frames))  # by handlers further out
    if live is not None:
        live = frozenset(live) | _elsewhere(lo, sides, seen)
    merge = Join(lo, yes, no, node, cond=cond)
    template: dict[str, Abstract] = {}
    for name in _names(lo, sides, live):
        template[name] = _joined(merge, cond, name, sides, seen)
    out: Abstract = UNBOUND
    if results is not None:
        left, right = (None if s.dead else r for s, r in zip(sides, results, strict=True))
        out = merge.unify(left, right, "")
    for name in HIDDEN:
        found = [None if s.dead else s.vars.get(name) for s in sides]
        if any(x is not None for x in found):
            template[name] = merge.unify(found[0], found[1], name)
    flags = {f: _flag(merge, cond, sides, f) for f in FLAGS}
    agreed = {n: x for n, x in yes.state.vars.items() if no.state.vars.get(n) is x}
    after = State(agreed, before.heap.copy(), facts=_shown(before, yes, no))
    kept = [x for n, x in agreed.items() if live is None or n in live]
    merge.heap(after.heap, [*template.values(), *kept, out])
    values = _emit(lo, merge, cond, yes, no, "expr" if expression else style)
    for name, x in before.vars.items():
        hidden = name in HIDDEN or isinstance(x, Unbound)
        if name not in agreed and name not in template and not hidden:
            after.vars[name] = DROPPED
    for name, t in template.items():
        after.vars[name] = merge.fill(t, values)
    merge.fill_heap(after.heap, values)
    for field_name, flag in flags.items():
        setattr(after, field_name, _filled(merge, cond, flag, values))
    lo.state = after
    return merge.fill(out, values)


def _shown(before: State, yes: Side, no: Side) -> Facts:
    """What is known behind the ``if``: of two paths of which one ends there, all of the other."""
    for ended, other in ((yes, no), (no, yes)):
        if ended.state.dead:
            return other.state.facts
    return before.facts


def _elsewhere(lo: Lowering, sides: tuple[State, State], seen: frozenset[str]) -> frozenset[str]:
    """What is read where a path that has left the body goes on."""
    found = frozenset[str]()
    if any(s.broke is not False or s.continued is not False for s in sides):
        found |= lo.exits[-1]
    return found | seen if any(s.raised is not False for s in sides) else found


def _joined(
    merge: Join, cond: Value, name: str, sides: tuple[State, State], seen: frozenset[str]
) -> Abstract:
    """The template of a name that the two paths left different."""
    a: Abstract | None
    b: Abstract | None
    a, b = (s.vars.get(name, UNBOUND) for s in sides)
    # names are of no interest on a path that has left the function, or is on its way to a handler
    # that does not read them
    gone = [s.dead or s.returned is True or (s.raised is True and name not in seen) for s in sides]
    if gone[0] or gone[1]:
        a, b = _spared(a, b, gone, sides)
    # a path on which it was dropped does not reach a read of it
    a, b = (None if x is DROPPED else x for x in (a, b))
    if isinstance(a, Unbound) != isinstance(b, Unbound):
        return _perhaps(merge, cond, a, b, name)
    return DROPPED if a is None and b is None else merge.unify(a, b, name)


def _perhaps(
    merge: Join, cond: Value, a: Abstract | None, b: Abstract | None, name: str
) -> Abstract:
    """A name that one path leaves unbound: whoever reads it finds out whether the other was taken,
    as Python does."""
    bound = b if isinstance(a, Unbound) else a
    if not isinstance(bound, (Value, Struct, Ref, Obj)):
        return merge.unify(a, b, name)
    value = merge.unify(
        None if isinstance(a, Unbound) else a, None if isinstance(b, Unbound) else b, name
    )
    return Maybe(value, merge.lo.builder.op("not", cond) if bound is b else cond)


def _names(lo: Lowering, sides: tuple[State, State], live: Iterable[str] | None) -> list[str]:
    """Names that the two paths left different, in the order of their binding."""
    a, b = sides[0].vars, sides[1].vars
    wanted = None if live is None else set(live)
    found = [
        n for n in a if n not in HIDDEN and a[n] is not b.get(n) and (wanted is None or n in wanted)
    ]
    found += [n for n in b if n not in HIDDEN and n not in a and (wanted is None or n in wanted)]
    return found


def _spared(
    a: Abstract, b: Abstract, gone: list[bool], sides: tuple[State, State]
) -> tuple[Abstract | None, Abstract | None]:
    """Values on a path that has left matter no more: any of the right type will do, the old one if
    it has it."""
    same = isinstance(a, Value) and isinstance(b, Value) and a.type == b.type
    keep = [not g or (same and not s.dead) for g, s in zip(gone, sides, strict=True)]
    return (a if keep[0] else None), (b if keep[1] else None)


def _emit(lo: Lowering, merge: Join, cond: Value, yes: Side, no: Side, style: str) -> list[Value]:
    b = lo.builder
    yes.block.yields = merge.yields(yes, "left")
    no.block.yields = merge.yields(no, "right")
    empty = not merge.leaves and not yes.block.stmts and not no.block.stmts
    if empty:
        return []
    hints = [leaf.hint for leaf in merge.leaves]
    if style == "expr" and len(merge.leaves) == 1:
        (value,) = b.if_(cond, yes.block, no.block, hints, style="expr")
        return [b._share_select(value)]
    return list(b.if_(cond, yes.block, no.block, hints, style="stmt" if style == "expr" else style))


def _flag(merge: Join, cond: Value, sides: tuple[State, State], name: str) -> Flag | Hole:
    a, b = (getattr(s, name) for s in sides)
    if sides[0].dead or sides[1].dead:
        living: Flag = b if sides[0].dead else a
        if isinstance(living, bool):
            return living
        a, b = (None, living) if sides[0].dead else (living, None)
        return merge._leaf(a, b, "", False)  # type: ignore[return-value]
    if isinstance(a, bool) and isinstance(b, bool):
        if a == b:
            return a
        return cond if a else _OTHERWISE
    lo = merge.lo
    if a is b:
        return a  # type: ignore[no-any-return]
    return merge._leaf(lo.flag(a), lo.flag(b), "", False)  # type: ignore[return-value]


def _filled(merge: Join, cond: Value, flag: Flag | Hole, values: Sequence[Value]) -> Flag:
    if flag is _OTHERWISE:  # made behind the conditional, which an attempt ends with
        return merge.lo.builder.op("not", cond)
    if isinstance(flag, Hole):
        return values[flag.number]
    return flag


def clear(state: State) -> State:
    """The state on a path that has not been left."""
    state.returned = state.broke = state.continued = state.raised = False
    return state
