"""Statement lists: what follows an exit goes into the branch that is still running, or under a
guard."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from symdiff.frontend.branches import branch_stmt, open_side, resume
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import test
from symdiff.frontend.join import clear, join_if
from symdiff.frontend.merge import Side
from symdiff.ir.core import Value

Live = frozenset[str]


def live_after(lo: Lowering, node: ast.stmt) -> Live:
    """Names that are read behind an ``if`` or a loop."""
    assert lo.scope.liveness is not None
    return lo.scope.liveness.after[id(node)] | lo.scope.liveness.always


def live_head(lo: Lowering, node: ast.stmt) -> Live:
    """Names that are read in the next iteration or behind the loop."""
    assert lo.scope.liveness is not None
    live = lo.scope.liveness
    return live.head[id(node)] | live.always


def suite(lo: Lowering, body: Sequence[ast.stmt], live: Live) -> None:
    """Lower statements in order; ``live`` are the names read behind them."""
    last = len(body) - 1
    for k, node in enumerate(body):
        if isinstance(node, ast.If):
            if _conditional(lo, node, body[k + 1 :] if k < last else (), live):
                return
        else:
            lo.stmt(node)
        if k == last:
            return
        state = lo.state
        if state.dead:
            return
        if state.returned is False and state.broke is False and state.continued is False:
            continue
        gone = lo.exited()
        if gone is True:
            return
        assert isinstance(gone, Value)
        rest = body[k + 1 :]

        def go_on(rest: Sequence[ast.stmt] = rest) -> None:
            clear(lo.state)
            suite(lo, rest, live)

        with lo.at(node):
            branch_stmt(lo, gone, leave(lo, gone), go_on, node, live)
        return


def leave(lo: Lowering, gone: Value) -> Callable[[], None]:
    """The branch of a path that has left already: the flag that says so is known to be set
    there."""

    def run() -> None:
        state = lo.state
        for name in ("returned", "broke", "continued"):
            if getattr(state, name) is gone:
                setattr(state, name, True)

    return run


def _left(side: Side) -> bool:
    """Whether a branch always leaves by return, break or continue."""
    s = side.state
    return not s.dead and True in (s.returned, s.broke, s.continued)


def _conditional(lo: Lowering, node: ast.If, rest: Sequence[ast.stmt], live: Live) -> bool:
    """Lower an ``if``; True if ``rest`` went into one of its branches."""
    with lo.at(node):
        cond = test(lo, node.test)
        here = live_after(lo, node)
        if cond.is_const():
            chosen = node.body if cond.constant else node.orelse
            suite(lo, chosen, here)
            return False
        yes = open_side(lo, lambda: suite(lo, node.body, here))
        no = open_side(lo, lambda: suite(lo, node.orelse, here))
        absorbed = False
        if rest and _left(yes) != _left(no):
            side = no if _left(yes) else yes
            if not side.state.dead:
                resume(lo, side, lambda: _resumed(lo, side, rest, live, node))
                absorbed = True
        join_if(lo, cond, yes, no, node, live if absorbed or not rest else here)
        return absorbed


def _resumed(lo: Lowering, side: Side, rest: Sequence[ast.stmt], live: Live, node: ast.If) -> None:
    """The rest of the statements inside the branch that goes on (under a guard if it may have
    left)."""
    gone = lo.exited()
    if gone is False:
        suite(lo, rest, live)
        return
    assert isinstance(gone, Value)

    def go_on() -> None:
        clear(lo.state)
        suite(lo, rest, live)

    branch_stmt(lo, gone, leave(lo, gone), go_on, node, live)
