"""astor's statement printer with our expressions, comments and line map.

Only :mod:`printer` imports this, at the first use.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from astor.code_gen import SourceGenerator

from symdiff.emit.expr_text import signature, text, wrapped
from symdiff.emit.printer import noted

WIDTH = 88


def marker(node: ast.AST) -> tuple[int | None, str] | None:
    if type(node) is ast.Expr and isinstance(node.value, ast.Constant):
        value = node.value.value
        return noted(value) if isinstance(value, str) else None
    return None


class Generator(SourceGenerator):  # type: ignore[misc]
    """astor's statements with our expressions, comments and line map."""

    def __init__(self) -> None:
        super().__init__("    ")
        self.starts: list[tuple[int, int | None, str]] = []
        self.mark: tuple[int | None, str] | None = None

    def visit(self, node: ast.AST, abort: Any = None) -> None:
        if isinstance(node, ast.expr):
            self.write(text(node))
            return
        if isinstance(node, ast.stmt):
            mark = marker(node)
            if mark is not None:
                self.mark = mark
                return
            self.place(node)
        getattr(self, f"visit_{type(node).__name__}")(node)

    def place(self, node: ast.stmt) -> None:
        """Remember where a statement with a marker starts."""
        if self.mark is not None:
            self.starts.append((len(self.result), *self.mark))
            self.mark = None

    def expression(self, lead: str, node: ast.expr, tail: str = "") -> None:
        self.newline()
        indent = 4 * self.indentation
        self.write(lead + wrapped(node, indent + len(lead) + len(tail), indent, WIDTH) + tail)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outermost = not self.indentation
        self.newline(node, extra=2 if outermost else 1)
        self.write(signature(f"def {node.name}", node.args, 4 * self.indentation, WIDTH) + ":")
        self.body(node.body)
        if outermost:
            self.newline(extra=2)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.expression("".join([f"{text(t)} = " for t in node.targets]), node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        sign = text(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1].strip()
        self.expression(f"{text(node.target)} {sign}= ", node.value)

    def visit_For(self, node: ast.For) -> None:
        indent, target, source = 4 * self.indentation, text(node.target), text(node.iter)
        tail = f" in {source}:"
        if indent + 4 + len(target) + len(tail) <= WIDTH or len(target) <= len(source):
            self.expression(f"for {target} in ", node.iter, ":")
        else:  # what a tape holds of an iteration may be much
            first, last = "for ", node.target
            if isinstance(last, ast.Tuple) and isinstance(last.elts[-1], ast.Tuple):
                inner = [f"({text(e)})" if isinstance(e, ast.Tuple) else text(e) for e in last.elts]
                first += "".join(f"{e}, " for e in inner[:-1])
                last = last.elts[-1]
            self.newline()
            self.write(first + wrapped(last, WIDTH, indent, WIDTH) + tail)
        self.body(node.body)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        caught = f" {text(node.type)}" if node.type is not None else ""
        if isinstance(node.type, ast.Tuple) and not caught.startswith(" ("):
            caught = f" ({caught[1:]})"
        self.statement(node, f"except{caught}", f" as {node.name}:" if node.name else ":")
        self.body(node.body)

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


def docstring(value: str, indent: int) -> str:
    """A docstring literal in triple quotes, indented as it stands."""
    escaped = inspect.cleandoc(value).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    lines = escaped.split("\n")
    pad = "\n" + " " * indent
    body = lines[0] + "".join(pad + line if line else "\n" for line in lines[1:])
    return f'"""{body}{pad}"""' if len(lines) > 1 else f'"""{body}"""'
