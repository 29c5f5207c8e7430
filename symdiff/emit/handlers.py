"""The ``except`` clauses of a generated ``try``, from the suite of its else-branch.

The graph has one handler, which asks what was caught; where it does nothing else it prints as one
clause for each answer.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from symdiff.emit import templates as t
from symdiff.emit.expr_text import text
from symdiff.emit.joins import Suite
from symdiff.emit.printer import is_note
from symdiff.syntax import nodes


class Settled(ast.Pass):
    """Where, in the suite of a ``try``, what its handlers watch ends."""


def handlers(kinds: Sequence[str], suite: Suite, caught: str) -> list[ast.ExceptHandler]:
    """The ``except`` clauses of a suite: one, or one for each clause that it tells apart."""
    found = _told_apart(suite)
    if found is not None:
        own, first, second = found
        rest = [k for k in kinds if k not in own]
        if rest:
            return [*handlers(own, first, caught), *handlers(rest, second, caught)]
    names: list[ast.expr] = [t.copied(k) for k in kinds]
    wanted = names[0] if len(names) == 1 else ast.Tuple(names, ast.Load())
    asks = any(isinstance(n, ast.Name) and n.id == caught for n in nodes(*suite))
    body = suite if not all(map(is_note, suite)) else [*suite, ast.Pass()]  # comments are no suite
    return [ast.ExceptHandler(wanted, caught if asks else None, body)]


def _told_apart(suite: Suite) -> tuple[list[str], Suite, Suite] | None:
    """(kinds, what runs for them, what runs for others) of a handler that ends in a choice."""
    lead, last = suite[:-1], suite[-1] if suite else None
    if not isinstance(last, ast.If):
        return None
    test, flag = last.test, None
    for stmt in lead:
        if (
            isinstance(stmt, ast.Assign)
            and isinstance(test, ast.Name)
            and text(stmt.targets[0]) == test.id
        ):
            test, flag = stmt.value, stmt
        elif not is_copy(stmt):
            return None
    if not (isinstance(test, ast.Call) and text(test.func) == "isinstance"):
        return None
    sides = []
    for answer, side in ((True, last.body), (False, last.orelse)):
        told = [
            ast.Assign(stmt.targets, ast.Constant(answer)) if stmt is flag else stmt
            for stmt in lead
            if isinstance(stmt, ast.Assign)
        ]
        sides.append([*told, *side])
    kinds = [text(n) for n in getattr(test.args[1], "elts", [test.args[1]])]
    return kinds, sides[0], sides[1]


def is_copy(stmt: ast.stmt) -> bool:
    """An assignment that cannot raise."""
    return is_note(stmt) or (
        isinstance(stmt, ast.Assign) and isinstance(stmt.value, (ast.Name, ast.Constant))
    )
