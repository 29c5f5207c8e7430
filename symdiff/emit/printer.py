"""A syntax tree to text: astor writes the statements, :mod:`expr_text` the expressions; nothing
else touches astor.

astor is imported at the first use, under a warnings filter (it reads ``ast`` names that newer
Pythons deprecate); where it cannot be used ``ast.unparse`` stands in, less prettily spaced.
Neither knows comments: ``note`` makes a marker statement that stands before the statement it is
about, and printing folds it into that statement's first line.
"""

from __future__ import annotations

import ast
import functools
import importlib
import warnings
from typing import Any

from symdiff.records import dataclass, field

WIDTH = 88
COMMENT_COLUMN = 40
_MARK = "#:"


@dataclass(slots=True)
class Printed:
    """Text, and for each of its lines (from 1) the user's line that it stems from."""

    text: str
    line_map: dict[int, int] = field(default_factory=dict)


def note(comment: str, line: int | None) -> ast.stmt:
    """A marker: the next statement gets ``comment`` and stems from ``line`` of the user's file."""
    return ast.Expr(ast.Constant(f"{_MARK}{line or 0}:{comment}"))


def noted(mark: str) -> tuple[int | None, str] | None:
    """(user's line, comment) of a marker's text; None if the text is none."""
    if not mark.startswith(_MARK):
        return None
    line, _, comment = mark[len(_MARK) :].partition(":")
    return (int(line) or None, comment) if line.isdecimal() else None


def is_note(stmt: ast.stmt) -> bool:
    """Whether this is such a marker."""
    value = stmt.value if isinstance(stmt, ast.Expr) else None
    return isinstance(value, ast.Constant) and str(value.value).startswith(_MARK)


def render(tree: ast.Module, *, use_astor: bool = True) -> Printed:
    """Print a module."""
    generator = _generator() if use_astor else None
    return generator(tree) if generator is not None else _unparsed(tree)


@functools.cache
def _generator() -> Any:
    """The function that prints through astor, or None where astor is not usable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # not before it is needed: importing astor costs more than printing a gradient
            made = importlib.import_module("symdiff.emit.astor_text").Generator
    except (ImportError, AttributeError):
        return None

    def generate(tree: ast.Module) -> Printed:
        generator = made()
        for stmt in tree.body:
            generator.visit(stmt)
        return _folded(generator.result, generator.starts)

    return generate


def _folded(parts: list[str], starts: list[tuple[int, int | None, str]]) -> Printed:
    """Join the generator's pieces and put each comment at the end of its statement's first line."""
    firsts: dict[int, tuple[int | None, str]] = {}
    line, at = 1, 0
    for index, user_line, comment in starts:
        while at < index:
            line += parts[at].count("\n")
            at += 1
        extra = parts[at].count("\n") if at < len(parts) and not parts[at].strip() else 0
        firsts[line + extra] = (user_line, comment)
    lines = "".join(parts).split("\n")
    skipped = 0
    while skipped < len(lines) and not lines[skipped]:
        skipped += 1
    return _commented(lines, firsts, skipped)


def _commented(
    lines: list[str], firsts: dict[int, tuple[int | None, str]], skipped: int = 0
) -> Printed:
    """Add the comments, aligned with those on neighbouring lines."""
    line_map: dict[int, int] = {}
    run: list[tuple[int, str]] = []
    user_line: int | None = None
    for number in range(1 + skipped, len(lines) + 1):
        at = number - 1
        if number in firsts:
            user_line, comment = firsts[number]
            if comment:
                run.append((at, comment))
        if user_line is not None and lines[at]:
            line_map[number - skipped] = user_line
        if not lines[at].strip() or number == len(lines):
            _align(lines, run)
            run = []
    return Printed("\n".join(lines[skipped:]).rstrip("\n") + "\n", line_map)


def _align(lines: list[str], run: list[tuple[int, str]]) -> None:
    """One column for the comments of a run of lines, except beside long lines."""
    short = [len(lines[at]) for at, _ in run if len(lines[at]) + 2 <= COMMENT_COLUMN]
    column = max(short, default=0) + 2
    for at, comment in run:
        gap = max(2, column - len(lines[at]))
        if len(lines[at]) + gap + 2 + len(comment) <= WIDTH + 12 or len(comment) <= 12:
            lines[at] += " " * gap + "# " + comment


def _unparsed(tree: ast.Module) -> Printed:
    """Without astor: ``ast.unparse``, with the marker lines folded into the lines below them."""
    lines: list[str] = []
    firsts: dict[int, tuple[int | None, str]] = {}
    for line in ast.unparse(ast.fix_missing_locations(tree)).split("\n"):
        stripped = line.strip()
        found = None
        if stripped.lstrip("'\"").startswith(_MARK):  # in triple quotes where a docstring may be
            found = noted(ast.literal_eval(stripped))
        if found is not None:
            firsts[len(lines) + 1] = found
        else:
            lines.append(line)
    return _commented(lines, firsts)
