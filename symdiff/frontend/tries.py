"""``try``: a conditional whose condition is that nothing was raised.

The body goes into the then-branch of an ``if`` on ``attempt`` and ends in ``settled``; the handlers
go into the else-branch, on the state from before the body.  That state is the right one as long as
no name that a handler reads, and no list, has changed before a statement that may raise.  The
builder tells of every such statement, so that this is seen; then the body is lowered once more,
each of its simple statements watched on its own: an exception sets the flag ``raised``, which leads
out of the body as ``break`` leads out of a loop, and the handlers stand behind it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from functools import partial

from symdiff.errors import SourceError, UnsupportedCall
from symdiff.frontend import attempts
from symdiff.frontend.attempts import (
    Run,
    Unsettled,
    attempt,
    dispatch,
    forget,
    kinds_of,
    needed,
    send,
)
from symdiff.frontend.branches import branch_stmt, open_side, resume
from symdiff.frontend.context import RAISED, Clause, Ending, Frame, Lowering, Rest, statement
from symdiff.frontend.effects import exception_name
from symdiff.frontend.join import clear, join_if
from symdiff.frontend.merge import Side
from symdiff.frontend.suite import leave, left, live_after, suite
from symdiff.frontend.text import THE_EXCEPTION
from symdiff.frontend.values import Abstract, Const, Struct, Unbound
from symdiff.ir.core import Block, Value
from symdiff.ir.walk import statements
from symdiff.ops.attempt import errors_of
from symdiff.records import replace
from symdiff.syntax import nodes


@statement(ast.Try)
def trying(lo: Lowering, node: ast.Try) -> None:
    rest, lo.rest = lo.rest, None
    if not node.finalbody:
        _handled(lo, node, rest)
        return
    ending = Ending(node.finalbody, len(lo.exits), lo.awaiting, len(lo.frames))
    live = live_after(lo, node)

    def finish() -> None:
        endings = lo.scope.endings
        lo.scope.endings = [e for e in endings if e is not ending]
        suite(lo, node.finalbody, live)
        if rest is not None and not lo.state.dead:
            rest.run()
            rest.taken = True
        lo.scope.endings = endings

    def go_on() -> None:
        clear(lo.state)
        finish()

    def finish_unless_gone() -> None:
        """A way out of the statement has run its ``finally`` already."""
        gone = lo.exited()
        if gone is True:
            return
        if gone is False:
            finish()
            return
        assert isinstance(gone, Value)
        branch_stmt(lo, gone, leave(lo, gone), go_on, node, behind.live)

    lo.scope.endings = [*lo.scope.endings, ending]
    behind = Rest(finish_unless_gone, live if rest is None else rest.live)
    if lo.builder.watch is not None or lo.frames:  # somebody may go on after an exception
        _ended(lo, node, behind)
    else:
        _handled(lo, node, behind)
    lo.scope.endings = [e for e in lo.scope.endings if e is not ending]
    if not behind.taken:
        finish_unless_gone()


def _ended(lo: Lowering, node: ast.Try, rest: Rest) -> None:
    """The statement inside an outer one: its ``finally`` runs on the way to the outer handler."""
    again = ast.copy_location(ast.Raise(None, None), node)
    lo.clauses += 1
    clause = Clause(("BaseException",), [*node.finalbody, again], lo.clauses)
    assert lo.scope.liveness is not None
    observed = lo.scope.liveness.ending[id(node)] | lo.scope.liveness.always
    _watched(lo, node, [clause], lambda: _handled(lo, node, None), (), observed, rest)


def _handled(lo: Lowering, node: ast.Try, rest: Rest | None) -> None:
    live = live_after(lo, node)
    if not node.handlers:
        suite(lo, node.body, live)
        return
    assert lo.scope.liveness is not None
    observed = lo.scope.liveness.caught[id(node)] | lo.scope.liveness.always
    behind = live | observed | lo.scope.liveness.ended[id(node)]
    clauses = [_clause(lo, h) for h in node.handlers]
    back = lo.mark()

    def watch(clauses: list[Clause]) -> None:
        body = partial(suite, lo, node.body, behind)
        _watched(lo, node, clauses, body, node.orelse, observed, rest)

    try:
        watch(clauses)
    except SourceError as error:
        fewer = [c for c in clauses if not _never(c, node)]
        if fewer == clauses:
            raise
        back()
        try:
            if fewer:
                watch(fewer)
            else:
                suite(lo, node.body, live)
        except SourceError:
            raise error from None


_SETTLED = frozenset(("NameError", "ImportError", "ModuleNotFoundError"))


def _never(clause: Clause, node: ast.Try) -> bool:
    """Whether a handler is for names and modules that are not there: a body that is lowered without
    it has them all."""
    raised = [ast.unparse(n) for n in nodes(*node.body) if isinstance(n, ast.Raise)]
    explicit = any(kind in text for text in raised for kind in _SETTLED)
    return _SETTLED.issuperset(clause.kinds) and not explicit and not node.orelse


def _clause(lo: Lowering, handler: ast.ExceptHandler) -> Clause:
    lo.clauses += 1
    if handler.type is None:
        kinds: tuple[str, ...] = ("BaseException",)
    else:
        kinds = tuple(_kinds(lo, lo.expr(handler.type), handler.type))
    clause = Clause(kinds, handler.body, lo.clauses, handler.name)
    leaving = any(isinstance(n, (ast.Break, ast.Continue)) for n in nodes(*handler.body))
    if not isinstance(handler.body[-1], ast.Raise) or leaving:
        return clause
    return replace(clause, at_once=lambda: _handle(lo, clause, frozenset(), present=True))


def _kinds(lo: Lowering, x: Abstract, node: ast.expr) -> Iterator[str]:
    if isinstance(x, Struct) and x.kind == "tuple":
        for item in x.items:
            yield from _kinds(lo, item, node)
    elif isinstance(x, Const) and isinstance(x.value, type) and issubclass(x.value, BaseException):
        yield exception_name(lo, x.value, node)
    else:
        lo.fail(
            UnsupportedCall,
            node,
            "this is not an exception class",
            "which exceptions are caught is not known",
            "write except ValueError",
        )


def _watched(
    lo: Lowering,
    node: ast.stmt,
    clauses: Sequence[Clause],
    run: Run,
    orelse: Sequence[ast.stmt],
    observed: frozenset[str],
    rest: Rest | None,
) -> None:
    """A body with its handlers: as one if that is the same, else statement by statement."""
    everyone = [*clauses, *attempts.outward(lo)]
    live = live_after(lo, node)
    try:
        found = attempt(lo, kinds_of(everyone), observed | attempts.observed(lo), run)
    except Unsettled:
        _one_by_one(lo, node, clauses, run, orelse, observed, rest)
        return
    if found is None:
        run()
        _go_on(lo, node, orelse, live)
        return
    cond, yes = found
    sure = _sure(yes.block, clauses) if yes.state.dead else None
    if sure is not None:
        forget(lo, cond)
        _handle(lo, sure, live, present=False)
        return
    wanted = needed(cond, yes.block, everyone)
    own = {c.number for c in clauses}

    def handle(clause: Clause) -> None:
        if clause.number in own:
            _handle(lo, clause, live, present=True)
        else:
            send(lo, clause)

    no = Side(lo.state.copy(), lo.builder.new_block())
    resume(lo, no, lambda: dispatch(lo, node, wanted, live, handle))
    resume(lo, yes, lambda: _go_on(lo, node, orelse, live))
    _close(lo, node, (cond, yes, no), rest, "try")


def _sure(block: Block, clauses: Sequence[Clause]) -> Clause | None:
    """The clause that a body goes to in any case: all it does is to raise one known exception."""
    raising = [s for s in statements(block) if errors_of(s)]
    if len(raising) != 1 or raising[0] not in block.stmts or raising[0].op.name != "raise":
        return None
    cls = getattr(builtins, errors_of(raising[0])[0], None)
    for clause in clauses:
        kinds = [getattr(builtins, k, None) for k in clause.kinds]
        if cls is None or None in kinds:
            return None
        if any(issubclass(cls, k) for k in kinds if k is not None):
            again = any(isinstance(n, ast.Raise) and n.exc is None for n in nodes(*clause.body))
            return None if again or clause.name is not None else clause
    return None


def _close(
    lo: Lowering,
    node: ast.stmt,
    choice: tuple[Value, Side, Side],
    rest: Rest | None,
    style: str = "stmt",
) -> None:
    """Join the two ways out; where only one goes on, what follows the statement goes into it."""
    cond, yes, no = choice
    live = live_after(lo, node)
    side = no if left(yes) else yes
    if rest is not None and left(yes) != left(no) and not side.state.dead:
        resume(lo, side, rest.run)
        rest.taken = True
        live = rest.live
    join_if(lo, cond, yes, no, node, live, style=style)


def _go_on(lo: Lowering, node: ast.stmt, rest: Sequence[ast.stmt], live: frozenset[str]) -> None:
    """``else``: where the body has come to its end."""
    gone = lo.exited()
    if gone is True or not rest:
        return
    if gone is False:
        suite(lo, rest, live)
        return
    assert isinstance(gone, Value)

    def go_on() -> None:
        clear(lo.state)
        suite(lo, rest, live)

    branch_stmt(lo, gone, leave(lo, gone), go_on, node, live)


def _handle(lo: Lowering, clause: Clause, live: frozenset[str], *, present: bool) -> None:
    """The body of a clause; ``present`` where the exception is still at hand."""
    if clause.name is not None:
        why = "the statements of the try body are watched one by one, and the exception has gone"
        lo.vars[clause.name] = Const(THE_EXCEPTION) if present else Unbound(why)
    saved, lo.handling = lo.handling, (lo.handling + 1 if present else 0)
    suite(lo, clause.body, live)
    lo.handling = saved
    if clause.name is not None:
        lo.vars.pop(clause.name, None)


# -- statement by statement ------------------------------------------------------------------------


def _one_by_one(
    lo: Lowering,
    node: ast.stmt,
    clauses: Sequence[Clause],
    run: Run,
    orelse: Sequence[ast.stmt],
    observed: frozenset[str],
    rest: Rest | None,
) -> None:
    live = live_after(lo, node)
    lo.frames = [*lo.frames, Frame(tuple(clauses), observed)]
    run()
    lo.frames = lo.frames[:-1]
    state = lo.state
    if state.dead:
        return
    raised = state.raised
    if raised is False:
        _go_on(lo, node, orelse, live)
        return

    number = lo.vars.pop(RAISED)
    assert isinstance(number, Value)

    def handle() -> None:
        clear(lo.state)
        _by_number(lo, node, number, list(clauses), live)

    def go_on() -> None:
        lo.state.raised = False
        _go_on(lo, node, orelse, live)

    if raised is True:
        handle()
        return
    assert isinstance(raised, Value)
    _close(lo, node, (raised, open_side(lo, handle), open_side(lo, go_on)), rest)


def _by_number(
    lo: Lowering, node: ast.stmt, number: Value, clauses: list[Clause], live: frozenset[str]
) -> None:
    """The clause with the number of the exception; further out if it is none of these."""
    if not clauses:
        lo.state.raised = True
        lo.vars[RAISED] = number
        return
    first, *rest = clauses
    b = lo.builder
    last = not rest and not lo.frames
    mine = b.const(True) if last else b.op("eq", number, b.const(first.number))
    branch_stmt(
        lo,
        mine,
        lambda: _handle(lo, first, live, present=False),
        lambda: _by_number(lo, node, number, rest, live),
        node,
        live,
    )
