"""Bodies under watch: what an ``except`` may have to handle, and the state that it sees.

A watched body becomes the then-branch of an ``if`` on ``attempt`` (``ir/README.md``, Exceptions).
The builder tells of every statement that may raise there; had something that a handler reads
changed before, the handler would not see the state that it is lowered with: ``Changed``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend.branches import branch_stmt, resume
from symdiff.frontend.context import RAISED, Clause, Lowering
from symdiff.frontend.merge import Side
from symdiff.frontend.values import Abstract
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ir.walk import statements
from symdiff.ops.attempt import errors_of, may_catch

Run = Callable[[], None]


class Changed(Exception):
    """Something that a handler reads has changed before a statement that may raise; ``watch`` is
    the one that saw it, of the attempts around that statement."""

    def __init__(self, what: str, watch: _Watch) -> None:
        super().__init__(what)
        self.what = what
        self.watch = watch


class Unsettled(Exception):
    """The same, of the attempt that was just made."""


class _Watch:
    """Told of every statement in a watched body: whether a handler would see the state from before
    it."""

    def __init__(self, lo: Lowering, kinds: tuple[str, ...], observed: Iterable[str]) -> None:
        self.lo = lo
        self.kinds = kinds
        self.observed = frozenset(observed)
        self.depth = len(lo.suspended)
        self.vars = self._scopes()
        self.cells = {**lo.state.heap.values, **lo.state.heap.objects}
        self.outer = lo.builder.watch

    def _scopes(self) -> list[dict[str, Abstract]]:
        """The names of this function and of its callers."""
        lo = self.lo
        scopes = [s.vars for s in lo.suspended[: self.depth + 1]]
        if len(lo.suspended) == self.depth:
            scopes.append(lo.state.vars)
        return [dict(s) for s in scopes]

    def __call__(self, stmt: Stmt) -> None:
        if self.outer is not None:
            self.outer(stmt)
        if any(may_catch(self.kinds, e) for e in errors_of(stmt)):
            self._check()

    def _check(self) -> None:
        now = self._scopes()
        for before, after in zip(self.vars[:-1], now, strict=False):
            for name, x in before.items():
                if after.get(name) is not x:
                    raise Changed(f"'{name}'", self)
        for name in self.observed:
            if now[-1].get(name) is not self.vars[-1].get(name):
                raise Changed(f"'{name}'", self)
        heap = self.lo.state.heap
        for cell, content in self.cells.items():
            if (heap.values.get(cell) or heap.objects.get(cell)) is not content:
                raise Changed(f"'{cell.name}'" if cell.name else "a list", self)


@contextmanager
def undone(lo: Lowering, *given_up: type[Exception]) -> Iterator[None]:
    """What a lowering that is given up, with one of these, has moved is put back."""
    b = lo.builder
    back, last = lo.mark(), b.block.stmts[-1] if b.block.stmts else None
    try:
        yield
    except given_up:
        back()
        b.take_back(b.block, last)
        raise


def attempt(
    lo: Lowering, kinds: tuple[str, ...], observed: Iterable[str], run: Run
) -> tuple[Value, Side] | None:
    """Lower a body under watch; None (and nothing made) if no handler would ever run."""
    b = lo.builder
    watch = _Watch(lo, kinds, observed)
    try:
        with undone(lo, Changed):
            cond = b.op("attempt", kinds=kinds, hint="ok")
            side = Side(lo.state.copy(), b.new_block())
            outer, frames, awaiting = b.watch, lo.frames, lo.awaiting
            b.watch, lo.frames, lo.awaiting = watch, [], (*awaiting, *kinds)
            resume(lo, side, run)
            b.watch, lo.frames, lo.awaiting = outer, frames, awaiting
    except Changed as changed:
        if changed.watch is not watch:
            raise
        raise Unsettled(changed.what) from None
    if not caught_in(side.block, kinds):
        forget(lo, cond)
        return None
    with b.into(side.block):
        b.op("settled")
    return cond, side


def forget(lo: Lowering, cond: Value) -> None:
    """Take an attempt back."""
    assert cond.stmt is not None
    lo.builder.block.stmts.remove(cond.stmt)


def caught_in(block: Block, kinds: tuple[str, ...]) -> bool:
    return any(may_catch(kinds, e) for s in statements(block) for e in errors_of(s))


def dispatch(
    lo: Lowering,
    node: ast.AST,
    clauses: Sequence[Clause],
    live: Iterable[str] | None,
    handle: Callable[[Clause], None],
) -> None:
    """``handle`` the clause that is for the exception."""
    first, *rest = clauses
    if not rest:
        handle(first)
        return
    mine = lo.builder.op("caught", kinds=first.kinds)
    branch_stmt(
        lo, mine, lambda: handle(first), lambda: dispatch(lo, node, rest, live, handle), node, live
    )


def send(lo: Lowering, clause: Clause) -> None:
    """An exception is on its way to a clause further out; one that raises in turn runs here."""
    if clause.at_once is not None:
        frames = lo.frames
        at = next(k for k, f in enumerate(frames) if clause in f.clauses)
        lo.frames = frames[:at]
        clause.at_once()
        lo.frames = frames
        return
    lo.state.raised = True
    lo.vars[RAISED] = lo.builder.const(clause.number)


def kinds_of(clauses: Iterable[Clause]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(k for c in clauses for k in c.kinds))


def outward(lo: Lowering) -> list[Clause]:
    """The clauses of the frames around this point, innermost first."""
    return [c for f in reversed(lo.frames) for c in f.clauses]


def observed(lo: Lowering) -> frozenset[str]:
    """What their handlers read."""
    return frozenset[str]().union(*(f.observed for f in lo.frames))


def needed(cond: Value, block: Block, clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses that something in the body may go to; the attempt is for these alone."""
    assert cond.stmt is not None
    found: list[Clause] = []
    for clause in clauses:
        earlier = kinds_of(found)
        if caught_in(block, clause.kinds) and any(k not in earlier for k in clause.kinds):
            found.append(clause)
        if "BaseException" in clause.kinds:
            break  # nothing is left for those further out
    cond.stmt.attrs = {"kinds": kinds_of(found)}
    return found


def watch_one(lo: Lowering, node: ast.AST, run: Run) -> tuple[Value, Side, Side] | None:
    """One simple statement under the handlers around it: condition and sides of an ``if`` still
    open, or None where it needs none and just was run."""
    clauses = outward(lo)
    try:
        found = attempt(lo, kinds_of(clauses), observed(lo), run)
    except Unsettled as changed:
        lo.fail(
            UnsupportedSyntax,
            node,
            f"{changed} changes in this statement before it may raise",
            "what the handler reads is not known",
            "do one thing after another, each in a statement of its own",
        )
    if found is None:
        run()
        return None
    cond, yes = found
    wanted = needed(cond, yes.block, clauses)
    no = Side(lo.state.copy(), lo.builder.new_block())
    resume(lo, no, lambda: dispatch(lo, node, wanted, None, lambda c: send(lo, c)))
    return cond, yes, no


def unwatched(lo: Lowering, node: ast.AST, what: str) -> AbstractContextManager[None]:
    """Refuse a condition or an iterable that may raise where statements are watched one by one."""
    return refusing(lo, kinds_of(outward(lo)), node, what)


@contextmanager
def refusing(lo: Lowering, kinds: tuple[str, ...], node: ast.AST, what: str) -> Iterator[None]:
    """Refuse what may raise so that a handler for ``kinds`` would take it, where that handler is
    not for it, or would not see the right state."""
    outer = lo.builder.watch

    def check(stmt: Stmt) -> None:
        if outer is not None:
            outer(stmt)
        if any(may_catch(kinds, e) for e in errors_of(stmt)):
            lo.fail(
                UnsupportedSyntax,
                node,
                f"{what} may raise inside a try whose handlers would have to know of it",
                "which state they see then is not worked out",
                "compute it in a statement of its own, outside of the try",
            )

    if not kinds:
        yield
        return
    lo.builder.watch = check
    try:
        yield
    finally:
        lo.builder.watch = outer
