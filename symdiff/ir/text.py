"""IR text: one statement per line, what tests compare and ``symdiff ir`` prints."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import Type

Annotate = Callable[[Value], str]


def attribute(value: object) -> str:
    """An attribute as text: types by name, everything else by its repr."""
    return str(value) if isinstance(value, Type) else repr(value)


class _Printer:
    def __init__(self, annotate: Annotate | None) -> None:
        self.names: dict[Value, str] = {}
        self.taken: dict[str, int] = {}
        self.lines: list[str] = []
        self.annotate = annotate

    def name(self, value: Value) -> str:
        if value.is_const():
            spelling = value.stmt.attrs["spelling"]  # type: ignore[union-attr]
            return spelling or repr(value.constant)
        found = self.names.get(value)
        if found is None:
            base = value.hint or "t"
            count = self.taken.get(base, 0)
            self.taken[base] = count + 1
            found = f"%{base}" if count == 0 else f"%{base}.{count}"
            self.names[value] = found
        return found

    def typed(self, value: Value) -> str:
        return f"{self.name(value)}: {value.type}"

    def block(self, block: Block, depth: int) -> None:
        for stmt in block.stmts:
            self.stmt(stmt, depth)
        if block.parent is not None:
            word = "yield"
            self.lines.append(
                f"{'  ' * depth}{word} {', '.join(map(self.name, block.yields))}".rstrip()
            )

    def stmt(self, stmt: Stmt, depth: int) -> None:
        if stmt.op.name == "const":
            return
        pad = "  " * depth
        left = ", ".join(map(self.typed, stmt.results))
        args = ", ".join(map(self.name, stmt.args))
        attrs = ", ".join(f"{k}={attribute(v)}" for k, v in stmt.attrs.items())
        attrs = f" {{{attrs}}}" if attrs else ""
        place = _remark(stmt)
        head = f"{left} = " if left else ""
        self.lines.append(f"{pad}{head}{stmt.op.name}({args}){attrs}{place}")
        if self.annotate is not None:
            for result in stmt.results:
                note = self.annotate(result)
                if note:
                    self.lines[-1] += f"  {note}"
        labels = {"if": ("then", "else"), "for": ("body",), "while": ("cond", "body")}.get(
            stmt.op.name, ()
        )
        for label, child in zip(labels, stmt.blocks, strict=False):
            params = ", ".join(map(self.typed, child.params))
            self.lines.append(f"{pad}  {label}({params}):" if params else f"{pad}  {label}:")
            self.block(child, depth + 2)


def _remark(stmt: Stmt) -> str:
    """Source line and role, as a comment; nothing where a broken graph has no origin."""
    if stmt.origin is None:
        return ""
    words = [f"L{stmt.origin.span.line}"] if stmt.origin.span is not None else []
    words += [stmt.origin.role] if stmt.origin.role != "primal" else []
    return f"  # {' '.join(words)}" if words else ""


def to_text(graph: Graph, annotate: Annotate | None = None) -> str:
    """The whole graph, then its tapes and callees; ``annotate`` may add a remark per value (the
    tracer adds numbers)."""
    parts = [_function(graph, annotate)]
    parts += [f"tape {name}({', '.join(map(str, t))})\n" for name, t in graph.tapes.items()]
    parts += [_function(callee, annotate) for callee in graph.callees.values()]
    return "\n".join(parts)


def _function(graph: Graph, annotate: Annotate | None) -> str:
    printer = _Printer(annotate)
    inputs = ", ".join(map(printer.typed, graph.inputs))
    printer.block(graph.body, 1)
    outputs = ", ".join(map(printer.name, graph.outputs))
    return (
        "\n".join([f"graph {graph.name}({inputs}):", *printer.lines, f"  return {outputs}"]) + "\n"
    )


def around(stmt: Stmt, radius: int = 3) -> str:
    """The statements around one, for error messages."""
    printer = _Printer(None)
    stmts = stmt.block.stmts
    try:
        at = stmts.index(stmt)
    except ValueError:
        at = 0
    for other in stmts[max(0, at - radius) : at + radius + 1]:
        start = len(printer.lines)
        printer.stmt(other, 1)
        if other is stmt:
            printer.lines[start] = ">" + printer.lines[start][1:]
    return "\n".join(printer.lines)
