"""Two-way branches: each side is lowered on its own state, then the states join."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from symdiff.frontend.context import Lowering, NoValue
from symdiff.frontend.join import join_if
from symdiff.frontend.merge import Side
from symdiff.frontend.optional import learn
from symdiff.frontend.values import UNBOUND, Abstract
from symdiff.ir.core import Value


def negate(lo: Lowering, cond: Value) -> Value:
    return lo.builder.op("not", cond)


def open_side(
    lo: Lowering, run: Callable[[], None], cond: Value | None = None, truth: bool = True
) -> Side:
    """Lower one branch, on which ``cond`` was found to be ``truth``."""
    side = Side(lo.state.copy(), lo.builder.new_block())
    if cond is not None:
        learn(side.state.facts, cond, truth)
    resume(lo, side, run)
    return side


def resume(lo: Lowering, side: Side, run: Callable[[], None]) -> None:
    """Go on with a branch; the side keeps the state that results."""
    saved, lo.state = lo.state, side.state
    try:
        with lo.builder.into(side.block):
            run()
    finally:
        side.state, lo.state = lo.state, saved


def branch(
    lo: Lowering,
    cond: Value,
    then: Callable[[], Abstract],
    orelse: Callable[[], Abstract],
    node: ast.AST,
) -> Abstract:
    """A conditional expression; ``cond`` is not a constant."""
    results: list[Abstract] = []

    def side(value: Callable[[], Abstract]) -> None:
        lo.sides.add(lo.builder.block)
        try:
            results.append(value())
        except NoValue:
            lo.state.dead = True
            results.append(UNBOUND)

    yes = open_side(lo, lambda: side(then), cond, True)
    no = open_side(lo, lambda: side(orelse), cond, False)
    found = join_if(lo, cond, yes, no, node, None, (results[0], results[1]))
    if lo.state.dead and lo.unknown:
        raise NoValue
    return found


def every(lo: Lowering, tests: Sequence[Callable[[], Value]], node: ast.AST) -> Value:
    """``a and b and ...``: each is computed where those before it hold."""
    for k, test in enumerate(tests):
        first, rest = test(), tests[k + 1 :]
        if first.is_const(False) or not rest:
            return first
        if not first.is_const():
            no = lo.builder.const(False)
            found = branch(lo, first, lambda: every(lo, rest, node), lambda: no, node)  # noqa: B023
            assert isinstance(found, Value)
            return found
    return lo.builder.const(True)


def some(lo: Lowering, tests: Sequence[Callable[[], Value]], node: ast.AST) -> Value:
    """``a or b or ...``: each is computed where none before it holds."""
    for k, test in enumerate(tests):
        first, rest = test(), tests[k + 1 :]
        if first.is_const(True) or not rest:
            return first
        if not first.is_const():
            yes = lo.builder.const(True)
            found = branch(lo, first, lambda: yes, lambda: some(lo, rest, node), node)  # noqa: B023
            assert isinstance(found, Value)
            return found
    return lo.builder.const(False)


def branch_stmt(
    lo: Lowering,
    cond: Value,
    then: Callable[[], None],
    orelse: Callable[[], None],
    node: ast.AST,
    live: Iterable[str] | None,
) -> None:
    """A conditional statement; constants are decided here."""
    if cond.is_const():
        (then if cond.constant else orelse)()
        return
    yes = open_side(lo, then, cond, True)
    no = open_side(lo, orelse, cond, False)
    join_if(lo, cond, yes, no, node, live)
