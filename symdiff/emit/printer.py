"""A syntax tree to text: astor writes the statements, :mod:`expr_text` the expressions; nothing
else touches astor.

astor is imported at the first use, under a warnings filter (it reads ``ast`` names that newer
Pythons deprecate);
where it cannot be used ``ast.unparse`` stands in, less prettily spaced.  Neither knows comments:
``note`` makes a marker
statement that stands before the statement it is about, and printing folds it into that statement's
first line.
"""

from __future__ import annotations

import ast
import functools
import json
import warnings
from dataclasses import dataclass, field
from typing import Any

from symdiff.emit.expr_text import text, wrapped

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
    return ast.Expr(ast.Constant(_MARK + json.dumps([line, comment])))


def _marker(node: ast.AST) -> tuple[int | None, str] | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        value = node.value.value
        if isinstance(value, str) and value.startswith(_MARK):
            line, comment = json.loads(value[len(_MARK) :])
            return line, comment
    return None


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
            from astor.code_gen import SourceGenerator
    except (ImportError, AttributeError):
        return None

    class Generator(SourceGenerator):  # type: ignore[misc]
        """astor's statements with our expressions, comments and line map."""

        def __init__(self) -> None:
            super().__init__("    ")
            self.starts: list[tuple[int, int | None, str]] = []
            self.mark: tuple[int | None, str] | None = None
            dispatch = {
                name[6:]: getattr(self, name) for name in dir(self) if name.startswith("visit_")
            }
            self.statements = dispatch

        def visit(self, node: ast.AST, abort: Any = None) -> None:
            if isinstance(node, ast.expr):
                self.write(text(node))
            elif isinstance(node, ast.Expr) and (mark := _marker(node)) is not None:
                self.mark = mark
            elif isinstance(node, ast.stmt):
                self.place(node)
                self.statements[type(node).__name__](node)
            else:
                self.statements[type(node).__name__](node)

        def place(self, node: ast.stmt) -> None:
            """Remember where a statement with a marker starts."""
            if self.mark is not None:
                self.starts.append((len(self.result), *self.mark))
                self.mark = None

        def expression(self, lead: str, node: ast.expr, tail: str = "") -> None:
            self.newline()
            indent = 4 * self.indentation
            self.write(lead + wrapped(node, indent + len(lead) + len(tail), indent, WIDTH) + tail)

        def visit_Assign(self, node: ast.Assign) -> None:
            self.expression("".join(f"{text(t)} = " for t in node.targets), node.value)

        def visit_AugAssign(self, node: ast.AugAssign) -> None:
            sign = text(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1].strip()
            self.expression(f"{text(node.target)} {sign}= ", node.value)

        def visit_Return(self, node: ast.Return) -> None:
            if node.value is None:
                self.statement(node, "return")
            else:
                self.expression("return ", node.value)

        def visit_Expr(self, node: ast.Expr) -> None:
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                self.newline()
                self.write(docstring(node.value.value, 4 * self.indentation))
            else:
                self.expression("", node.value)

    def generate(tree: ast.Module) -> Printed:
        generator = Generator()
        for stmt in tree.body:
            generator.visit(stmt)
        return _folded(generator.result, generator.starts)

    return generate


def docstring(value: str, indent: int) -> str:
    """A docstring literal in triple quotes, indented as it stands."""
    escaped = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    lines = escaped.split("\n")
    pad = "\n" + " " * indent
    body = lines[0] + "".join(pad + line if line else "\n" for line in lines[1:])
    return f'"""{body}{pad}"""' if len(lines) > 1 else f'"""{body}"""'


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
        if stripped[1:3] == _MARK and stripped[0] in "'\"":
            user_line, comment = json.loads(ast.literal_eval(stripped)[len(_MARK) :])
            firsts[len(lines) + 1] = (user_line, comment)
        else:
            lines.append(line)
    return _commented(lines, firsts)
