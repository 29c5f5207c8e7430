"""Generator functions as context managers, ``@contextmanager``: lowered in two halves.

What stands before the ``yield`` runs where the block is entered, what stands behind it where the
block is left; in between the function keeps its names.  An exception that leaves the block is
raised at the ``yield``, so that only a ``finally`` around it runs then: where a handler further out
would go on from there, anything else behind the ``yield`` is refused."""

from __future__ import annotations

import ast
import contextlib
import types
from typing import Any, NoReturn

from symdiff.errors import UnsupportedCall
from symdiff.frontend import calls, names, objects
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering, Scope, Stopped
from symdiff.frontend.desugar import prepared, returns_early, yields
from symdiff.frontend.suite import suite
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Closure,
    Const,
    Partial,
    Struct,
    describe,
)
from symdiff.records import dataclass

MANAGER: Any = contextlib._GeneratorContextManager
HINT = "write a class with __enter__ and __exit__"


@dataclass(frozen=True, slots=True)
class Halves:
    """The statements before the ``yield``, itself, and those behind it; ``sure`` runs on every way
    out of the block, ``behind`` only where no exception leaves it."""

    before: list[ast.stmt]
    value: ast.expr | None
    behind: list[ast.stmt]
    sure: list[ast.stmt]


@dataclass(slots=True, eq=False)
class Paused:
    """A manager whose block has been entered."""

    scope: Scope
    halves: Halves
    key: tuple[int, int]


@builtin(MANAGER)
def made(lo: Lowering, call: Call) -> Abstract:
    """What ``@contextmanager`` makes of a call: nothing of it runs yet."""
    return Partial(Const(MANAGER), tuple(call.args), tuple(call.kwargs.items()))


def is_manager(x: Abstract) -> bool:
    """Whether this is a generator function that was called to be a manager."""
    return isinstance(x, Partial) and x.func == Const(MANAGER)


def enter(lo: Lowering, x: Partial, node: ast.AST) -> tuple[Abstract, Abstract]:
    """The manager as it waits, and what it yields."""
    f, args, kwargs = x.args
    tree, scope, defaults = _text(lo, f, node)
    body, facts = prepared(tree)
    halves = _halves(body)
    if halves is None or returns_early(body) or len(yields(body)) != 1:
        _refuse(lo, node, scope.name, "it does not yield once, at a place that is always reached")
    given = objects.structure(lo, kwargs, node)
    assert isinstance(args, Struct) and isinstance(given, Struct)
    named = dict(zip(map(str, given.keys), given.items, strict=True))
    bound = calls.bind_arguments(
        lo, tree.args, scope.name, defaults, list(args.items), named, node
    )
    facts.into(scope)
    if (lo.awaiting or lo.frames) and (halves.behind or _inner(body)):
        _refuse(lo, node, scope.name, "which part of it an exception skips would have to be known")
    key = (id(tree), id(scope))
    with calls.entered(lo, scope, bound, key):
        names.share(lo)
        suite(lo, halves.before, facts.bound | facts.liveness.always)
        value: Abstract = NONE_CONST
        if not lo.state.dead and halves.value is not None:
            value = lo.expr(halves.value)
    if lo.state.dead and lo.builder.block is lo.simple:
        raise Stopped
    return Const(Paused(scope, halves, key)), value


def leave(lo: Lowering, paused: Paused) -> None:
    """The second half."""
    scope, halves = paused.scope, paused.halves
    with calls.entered(lo, scope, dict(scope.vars), paused.key):
        suite(lo, [*halves.behind, *halves.sure], frozenset())
    if lo.state.dead and lo.builder.block is lo.simple:
        raise Stopped


def _text(
    lo: Lowering, f: Abstract, node: ast.AST
) -> tuple[ast.FunctionDef, Scope, dict[str, Abstract]]:
    known = isinstance(f, Closure) or (
        isinstance(f, Const) and isinstance(f.value, types.FunctionType)
    )
    if known:
        tree, scope, defaults = calls.text_and_scope(lo, f, node)  # type: ignore[arg-type]
        if isinstance(tree, ast.FunctionDef):
            return tree, scope, defaults
    _refuse(lo, node, describe(f), "it is no generator function")


def _halves(body: list[ast.stmt]) -> Halves | None:
    """The function cut at its ``yield``, which stands in its body or in the one of a ``try`` that
    only has a ``finally``."""
    for k, stmt in enumerate(body):
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Yield):
            return Halves(body[:k], stmt.value.value, body[k + 1 :], [])
        if isinstance(stmt, ast.Try) and yields([stmt]):
            inner = _halves(stmt.body)
            if inner is None or stmt.handlers or stmt.orelse:
                return None
            if body[k + 1 :]:  # these come last, and not where an exception leaves
                sure = [*inner.sure, *stmt.finalbody]
                behind = [*inner.behind, *sure, *body[k + 1 :]]
                return Halves([*body[:k], *inner.before], inner.value, behind, [])
            return Halves(
                [*body[:k], *inner.before],
                inner.value,
                inner.behind,
                [*inner.sure, *stmt.finalbody],
            )
    return None


def _inner(body: list[ast.stmt]) -> bool:
    """Whether statements stand before the ``yield`` in its ``try``: its ``finally`` is for them,
    too."""
    found = [s for s in body if isinstance(s, ast.Try) and yields([s])]
    return any(not isinstance(s.body[0], ast.Expr) or not yields([s.body[0]]) for s in found)


def _refuse(lo: Lowering, node: ast.AST, name: str, why: str) -> NoReturn:
    lo.fail(UnsupportedCall, node, f"with {name}() is not supported", why, HINT)
