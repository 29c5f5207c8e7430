"""Statement lists: what follows an exit goes into the branch that is still running, or under a
guard."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from symdiff.frontend.attempts import watch_one
from symdiff.frontend.branches import branch_stmt, open_side, resume
from symdiff.frontend.context import Lowering, NoValue, Rest
from symdiff.frontend.expressions import test
from symdiff.frontend.join import FLAGS, clear, join_if
from symdiff.frontend.merge import Side
from symdiff.ir.core import Value

Live = frozenset[str]
# whether a statement is a block that is nothing but its body; filled by the module of managers
TRANSPARENT: list[Callable[[Lowering, ast.stmt], bool]] = []
TEST = "<test>"  # the pseudo-variable that holds a condition


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
        if _statement(lo, node, body[k + 1 :] if k < last else (), live):
            return
        if k == last:
            return
        state = lo.state
        if state.dead:
            return
        if all(f is False for f in (state.returned, state.broke, state.continued, state.raised)):
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
        for name in FLAGS:
            if getattr(state, name) is gone:
                setattr(state, name, True)

    return run


def left(side: Side) -> bool:
    """Whether a branch always leaves by return, break or continue."""
    s = side.state
    return not s.dead and True in (s.returned, s.broke, s.continued, s.raised)


def _statement(lo: Lowering, node: ast.stmt, rest: Sequence[ast.stmt], live: Live) -> bool:
    """One statement; True if ``rest`` went into one of its branches."""
    if isinstance(node, ast.If):
        return _conditional(lo, node, rest, live)
    if TRANSPARENT and TRANSPARENT[0](lo, node):
        suite(lo, [*node.body, *rest], live)  # type: ignore[attr-defined]
        return True
    if isinstance(node, ast.Try):
        return _handled(lo, node, rest, live)
    if lo.frames and not isinstance(node, (ast.For, ast.While)):
        return _watched(lo, node, rest, live)
    lo.stmt(node)
    return False


def _handled(lo: Lowering, node: ast.Try, rest: Sequence[ast.stmt], live: Live) -> bool:
    """A ``try``; True if ``rest`` went into the branch that goes on."""
    behind = Rest(lambda: _resumed(lo, rest, live, node), live)
    lo.rest = behind if rest else None
    lo.stmt(node)
    return behind.taken


def _watched(lo: Lowering, node: ast.stmt, rest: Sequence[ast.stmt], live: Live) -> bool:
    """A simple statement where statements are watched one by one; True if ``rest`` went into the
    branch on which it did not raise."""
    found = watch_one(lo, node, lambda: lo.stmt(node))
    if found is None:
        return False
    cond, yes, no = found
    with lo.at(node):
        if rest and not yes.state.dead:
            resume(lo, yes, lambda: _resumed(lo, rest, live, node))
        join_if(lo, cond, yes, no, node, live, style="try")
    return True


def _watched_test(lo: Lowering, node: ast.If, rest: Sequence[ast.stmt], live: Live) -> bool:
    """The same for an ``if``, whose condition is what is watched."""

    def run() -> None:
        lo.vars[TEST] = test(lo, node.test)

    def choose() -> None:
        if not _choice(lo, node, _popped(lo), rest, live) and rest:
            _resumed(lo, rest, live, node)

    with lo.at(node):
        found = watch_one(lo, node.test, run)
        if found is None:
            return _choice(lo, node, _popped(lo), rest, live)
        cond, yes, no = found
        resume(lo, yes, choose)
        join_if(lo, cond, yes, no, node, live, style="try")
    return True


def _popped(lo: Lowering) -> Value:
    found = lo.vars.pop(TEST)
    assert isinstance(found, Value)
    return found


def _conditional(lo: Lowering, node: ast.If, rest: Sequence[ast.stmt], live: Live) -> bool:
    """Lower an ``if``; True if ``rest`` went into one of its branches."""
    if lo.frames:
        return _watched_test(lo, node, rest, live)
    with lo.at(node):
        try:
            cond = test(lo, node.test)
        except NoValue:
            lo.state.dead = True
            return True
        return _choice(lo, node, cond, rest, live)


def _choice(lo: Lowering, node: ast.If, cond: Value, rest: Sequence[ast.stmt], live: Live) -> bool:
    with lo.at(node):
        here = live_after(lo, node)
        if cond.is_const():
            chosen = node.body if cond.constant else node.orelse
            suite(lo, chosen, here)
            return False
        yes = open_side(lo, lambda: suite(lo, node.body, here), cond, True)
        no = open_side(lo, lambda: suite(lo, node.orelse, here), cond, False)
        absorbed = False
        if rest and left(yes) != left(no):
            side = no if left(yes) else yes
            if not side.state.dead:
                resume(lo, side, lambda: _resumed(lo, rest, live, node))
                absorbed = True
        join_if(lo, cond, yes, no, node, live if absorbed or not rest else here)
        return absorbed


def _resumed(lo: Lowering, rest: Sequence[ast.stmt], live: Live, node: ast.stmt) -> None:
    """The rest of the statements inside the branch that goes on (under a guard if it may have
    left)."""
    gone = lo.exited()
    if gone is True:
        return
    if gone is False:
        suite(lo, rest, live)
        return
    assert isinstance(gone, Value)

    def go_on() -> None:
        clear(lo.state)
        suite(lo, rest, live)

    branch_stmt(lo, gone, leave(lo, gone), go_on, node, live)
