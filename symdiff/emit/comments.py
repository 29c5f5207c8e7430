"""Comments: the user's line beside the first line that it became, the chain-rule step beside an
adjoint.
"""

from __future__ import annotations

import ast

from symdiff.emit.layout import Line
from symdiff.emit.printer import note
from symdiff.ir.core import Graph, Stmt
from symdiff.ir.walk import statements
from symdiff.source import Origin

Suite = list[ast.stmt]
RULE_LENGTH = 48
LONG = 4  # from so many lines of source on, reversed lines are named too


class Comments:
    """Decides what each statement says about itself; every user line and every rule is named once
    in a row.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.seen: set[tuple[str, str, int]] = set()
        self.rule = ""
        self.gates, lines = _gates_and_lines(graph)
        self.names_reversed_lines = lines >= LONG

    def statement(self, stmt: Stmt) -> Suite:
        return self._of(stmt.origin)

    def before(self, stmt: Stmt, suite: Suite) -> Suite:
        """Statements that prepare a loop belong to its line."""
        span = stmt.origin.span
        if not suite or span is None:
            return suite
        return [note("", span.line), *suite]

    def tape(self, line: Line) -> Suite:
        span = (
            line.value.stmt.origin.span
            if line.value is not None and line.value.stmt is not None
            else None
        )
        return [note("", span.line)] if span is not None else []

    def _of(self, origin: Origin) -> Suite:
        span = origin.span
        if span is None:
            return []
        text = ""
        if origin.role == "primal":
            gates = self.gates.get((span.file, span.line), {})
            line = self._line("primal", origin)
            text = _said(line, ", ".join(gates)) if line else ""
        elif origin.role in ("adjoint", "tangent"):
            named = origin.role == "adjoint" and self.names_reversed_lines
            text = _said(self._line("adjoint", origin) if named else "", self._rule(origin))
        return [note(text, span.line)]

    def _rule(self, origin: Origin) -> str:
        """The chain-rule step, once in a row."""
        if not origin.rule or origin.rule == self.rule:
            return ""
        self.rule = origin.rule
        return origin.rule if len(origin.rule) <= RULE_LENGTH else ""

    def _line(self, role: str, origin: Origin) -> str:
        """``L5``, once per line of the user's source, forward and in reverse."""
        span = origin.span
        assert span is not None
        key = (role, span.file, span.line)
        if key in self.seen:
            return ""
        self.seen.add(key)
        own = not origin.function or self.graph.name.startswith(origin.function)
        return f"L{span.line}" if own else f"{origin.function} L{span.line}"


def _said(line: str, rest: str) -> str:
    return f"{line}: {rest}" if line and rest else line or rest


def _gates_and_lines(graph: Graph) -> tuple[dict[tuple[str, int], dict[str, None]], int]:
    """The gates recognised on each of the user's lines, and how many lines there are."""
    gates: dict[tuple[str, int], dict[str, None]] = {}
    lines: set[tuple[str, int]] = set()
    for stmt in statements(graph.body):
        span = stmt.origin.span
        if span is None or stmt.origin.role == "seed":
            continue
        lines.add((span.file, span.line))
        if stmt.origin.role == "primal" and stmt.origin.rule:
            gates.setdefault((span.file, span.line), {})[stmt.origin.rule] = None
    return gates, len(lines)
