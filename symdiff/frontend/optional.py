"""A value or None, by the path taken: ``limit = None if x < 0 else x``.

Where two paths join of which one leaves None, the name holds an :class:`Optional`: the value, and
whether it is there. ``is None`` reads that flag. What needs the value itself raises the TypeError
that Python raises, unless the way to it has passed a test: the *facts* of a state are the truth
values that its path has shown, from which a name is known to be set behind ``if x is not None``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symdiff.frontend.values import NONE_CONST, Abstract, Optional
from symdiff.ir.core import Value

if TYPE_CHECKING:
    from symdiff.frontend.context import Lowering

Facts = dict[Value, bool]


def learn(facts: Facts, cond: Value, truth: bool) -> None:
    """What is known where ``cond`` was found to be ``truth``: itself, and what it was made of."""
    facts[cond] = truth
    stmt = cond.stmt
    if stmt is None:
        return
    if stmt.op.name == "not":
        learn(facts, stmt.args[0], not truth)
    elif stmt.op.name == "if":  # of two sides, the one that gives the other answer was not taken
        at = stmt.results.index(cond)
        sides = [block.yields[at] for block in stmt.blocks]
        for taken, (one, other) in ((True, sides), (False, sides[::-1])):
            if other.is_const(not truth):
                learn(facts, stmt.args[0], taken)
                if not one.is_const():
                    learn(facts, one, truth)


def narrowed(facts: Facts, x: Abstract) -> Abstract:
    """The value or None, where it is known which."""
    if not isinstance(x, Optional):
        return x
    there = facts.get(x.there)
    if there is None and x.there.is_const():
        there = bool(x.there.constant)
    if there is None:
        return x
    return narrowed(facts, x.value) if there else NONE_CONST


def present(lo: Lowering, x: Abstract, what: str = "", error: str = "TypeError") -> Abstract:
    """The value that is needed itself; raises where it is None."""
    x = narrowed(lo.state.facts, x)
    if not isinstance(x, Optional):
        return x
    b = lo.builder
    text = x.why or what or "None is used as a value"

    def fails() -> list[Value]:
        b.op("raise", template=f"{error}({text!r})")
        return []

    b.if_(b.op("not", x.there), fails, lambda: [], style="stmt")
    learn(lo.state.facts, x.there, True)
    return present(lo, x.value, what, error)
