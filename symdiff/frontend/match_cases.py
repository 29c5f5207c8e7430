"""``match`` as an ``if`` chain: what branches, liveness and exits know is then all they need.

A case becomes ``if MATCHES: CAPTURES; body``. The two new nodes hold the pattern as written;
:mod:`patterns` lowers them. The subject is evaluated once, into a name of its own unless it is a
name already that no pattern binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from symdiff.syntax import nodes


class Subject(ast.stmt):
    """``target = value``, where ``target`` is no name of the user's."""

    _fields = ("target", "value")

    def __init__(self, target: ast.Name, value: ast.expr) -> None:
        super().__init__()
        self.target, self.value = target, value


class Matches(ast.expr):
    """Whether the subject has the pattern's form, and the guard holds."""

    _fields = ("subject", "pattern", "guard")

    def __init__(self, subject: ast.Name, pattern: ast.pattern, guard: ast.expr | None) -> None:
        super().__init__()
        self.subject, self.pattern, self.guard = subject, pattern, guard


class Captures(ast.stmt):
    """The names that a pattern binds, where it is known to match."""

    _fields = ("subject", "pattern")

    def __init__(self, subject: ast.Name, pattern: ast.pattern) -> None:
        super().__init__()
        self.subject, self.pattern = subject, pattern


def pattern_names(roots: Iterable[ast.AST]) -> Iterator[str]:
    """Names that patterns bind."""
    for node in nodes(*roots):
        found = bound_name(node)
        if found is not None:
            yield found


def bound_name(node: ast.AST) -> str | None:
    """The name that one pattern node binds itself."""
    if isinstance(node, (ast.MatchAs, ast.MatchStar)):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def rewrite(tree: ast.AST) -> None:
    """Replace every ``match`` below a node, on the node itself; inner ones first."""
    for node in reversed(nodes(tree)):
        for name in node._fields:
            body = getattr(node, name, None)
            if isinstance(body, list) and any(isinstance(s, ast.Match) for s in body):
                found = [_chain(s) if isinstance(s, ast.Match) else [s] for s in body]
                body[:] = [s for part in found for s in part]


def _chain(node: ast.Match) -> list[ast.stmt]:
    patterns = [case.pattern for case in node.cases]
    guards = [case.guard for case in node.cases if case.guard is not None]
    taken = {*pattern_names(patterns)}
    taken |= {n.target.id for n in nodes(*guards) if isinstance(n, ast.NamedExpr)}
    first: list[ast.stmt] = []
    name = node.subject.id if isinstance(node.subject, ast.Name) else ""
    if not name or name in taken:
        name = f"<subject {node.lineno}:{node.col_offset}>"
        target = ast.copy_location(ast.Name(name, ast.Store()), node.subject)
        first = [ast.copy_location(Subject(target, node.subject), node.subject)]
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        at = case.pattern

        def subject(at: ast.AST = at) -> ast.Name:
            return ast.copy_location(ast.Name(name, ast.Load()), at)

        test = ast.copy_location(Matches(subject(), case.pattern, case.guard), at)
        body = list(case.body)
        if any(pattern_names([case.pattern])):
            body.insert(0, ast.copy_location(Captures(subject(), case.pattern), at))
        chain = [ast.copy_location(ast.If(test, body, chain), at)]
    return first + chain
