"""Comments: the user's line beside the first line that it became, the chain-rule step beside an
adjoint.
"""

from __future__ import annotations

import ast

from symdiff.emit.layout import Line
from symdiff.emit.printer import note
from symdiff.ir.core import Graph, Stmt
from symdiff.source import Origin

Suite = list[ast.stmt]
RULE_LENGTH = 48


class Comments:
    """Decides what each statement says about itself; every user line and every rule is named once
    in a row.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.seen: set[tuple[str, int]] = set()
        self.rule = ""

    def statement(self, stmt: Stmt) -> Suite:
        return self._of(stmt.origin, ("gate" in stmt.op.tags and stmt.op.name) or "")

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

    def _of(self, origin: Origin, gate: str) -> Suite:
        span = origin.span
        if span is None:
            return []
        if origin.role == "primal":
            return [note(self._source(origin, gate), span.line)]
        text = ""
        if origin.role in ("adjoint", "tangent") and origin.rule and origin.rule != self.rule:
            self.rule = origin.rule
            if len(origin.rule) <= RULE_LENGTH:
                text = origin.rule
        return [note(text, span.line)]

    def _source(self, origin: Origin, gate: str) -> str:
        """``L5``, once per line of the user's source."""
        span = origin.span
        assert span is not None
        key = (span.file, span.line)
        if key in self.seen:
            return ""
        self.seen.add(key)
        where = f"L{span.line}"
        if (
            origin.function
            and origin.function != self.graph.name
            and not self.graph.name.startswith(origin.function)
        ):
            where = f"{origin.function} {where}"
        return f"{where}: {gate}" if gate else where
