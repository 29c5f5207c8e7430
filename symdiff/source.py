"""Where things come from: files, spans in them, and the origin that every IR statement carries.

A :class:`Span` is a place in a user's file, a :class:`SourceFile` its text, and an :class:`Origin`
says why a statement of the IR exists: the place it stems from, the part it plays in the derivative
and the rule that made it.  The emitter spends origins as comments, errors spend spans as carets.
"""

from __future__ import annotations

import linecache
from typing import NamedTuple

from symdiff.records import dataclass

ROLES = ("primal", "adjoint", "tangent", "tape", "seed")


class Span(NamedTuple):
    """A stretch of a file: lines count from 1, columns from 0 (both as in :mod:`ast`)."""

    file: str
    line: int
    col: int = 0
    end_line: int | None = None
    end_col: int | None = None

    def caret(self) -> str:
        """The source line with a caret line below it; empty where the text cannot be read."""
        text = linecache.getline(self.file, self.line).rstrip("\n")
        if not text:
            return ""
        end = self.end_col if self.end_col is not None and self.end_line == self.line else len(text)
        indent = len(text) - len(text.lstrip())
        width = max(1, end - self.col)
        return f"    {text.strip()}\n    {' ' * max(0, self.col - indent)}{'^' * width}"


class Origin(NamedTuple):
    """Why a statement exists.

    ``function`` is the name of the user's function that holds ``span`` (it differs from the
    differentiated one inside an inlined callee); ``rule`` is a chain-rule step in words, such as
    ``da/dz = a*(1 - a)``.
    """

    span: Span | None
    role: str = "primal"
    rule: str = ""
    function: str = ""

    def with_role(self, role: str, rule: str = "") -> Origin:
        return Origin(self.span, role, rule, self.function)


NOWHERE = Origin(None)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text that a function was captured from."""

    name: str
    text: str
    first_line: int = 1

    def line(self, number: int) -> str:
        lines = self.text.splitlines()
        index = number - self.first_line
        return lines[index] if 0 <= index < len(lines) else ""
