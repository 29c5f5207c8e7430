"""Tuples that are taken apart where they are made: ``value, tape = f(x)`` and ``x, n = tape``.

The reads of one tuple are lines of their own in the graph; here they are brought together, so that
they can be printed as one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from symdiff.emit.layout import Layout, Line
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import TapeType, TupleType, Type

READS = ("tuple_get", "tape_get")


def returns_tuple(stmt: Stmt | None) -> bool:
    """Whether it is a call whose tuple is to be unpacked: of a callee, or a decomposition."""
    return stmt is not None and (stmt.op.name == "call" or bool(stmt.op.parts))


class Unpacking:
    """The tuples of a layout that are unpacked in one line, and what their elements are."""

    def __init__(self, root: Layout, users: Mapping[Value, Sequence[object]]) -> None:
        self.users = users
        self.parts: dict[Value, dict[int, Line]] = {}  # tuple -> the lines that read it, by index
        self.bound: set[Value] = set()  # elements
        self._layout(root)

    def _layout(self, layout: Layout) -> None:
        for line in layout.lines:
            for child in line.layouts:
                self._layout(child)
        reads: dict[Value, list[Line]] = {}
        for line in layout.lines:
            if line.stmt is not None and line.stmt.op.name in READS:
                reads.setdefault(line.stmt.args[0], []).append(line)
        for value, lines in reads.items():
            here = any(line.stmt is value.stmt for line in layout.lines)
            made = here and returns_tuple(value.stmt)
            given = value in layout.params and isinstance(value.type, TapeType)
            if (made or given) and self._is_apart(value, lines):
                layout.lines = self._gathered(layout, value, reads)

    def _is_apart(self, value: Value, lines: list[Line]) -> bool:
        """Whether more than one element is read, each once, and nothing else is done with it."""
        indices = [line.stmt.attrs["index"] for line in lines if line.stmt is not None]
        return 1 < len(lines) == len(self.users.get(value, ())) == len(set(indices))

    def _gathered(
        self, layout: Layout, value: Value, reads: Mapping[Value, list[Line]]
    ) -> list[Line]:
        """The layout's lines with those that take ``value`` apart next to each other."""
        group: list[Line] = []
        todo = [value]
        while todo:
            v = todo.pop(0)
            lines = reads.get(v, [])
            if not self._is_apart(v, lines):
                continue
            for line in lines:
                assert line.stmt is not None
                self.parts.setdefault(v, {})[line.stmt.attrs["index"]] = line
                self.bound.add(line.stmt.result)
                group.append(line)
                todo.append(line.stmt.result)
        rest = [line for line in layout.lines if line not in group]
        at = layout.lines.index(group[0])
        if value.stmt is not None:
            at = next(k + 1 for k, line in enumerate(rest) if line.stmt is value.stmt)
        return [*rest[:at], *group, *rest[at:]]

    def opens(self, line: Line) -> Value | None:
        """The tuple that a line unpacks: what a call returns, or a parameter."""
        stmt = line.stmt
        if stmt is None or not stmt.results:
            return None
        if stmt.result in self.parts and returns_tuple(stmt):
            return stmt.result
        if stmt.result in self.bound and stmt.args[0].stmt is None:
            return stmt.args[0]
        return None

    def target(
        self, value: Value, tapes: Mapping[str, tuple[Type, ...]], name: Callable[[Value], str]
    ) -> ast.expr:
        """The left side of the assignment; ``name`` is "" for what nobody reads."""
        parts = self.parts.get(value)
        if parts is None:
            return ast.Name(name(value) or "_", ast.Store())
        elems = value.type.elems if isinstance(value.type, TupleType) else None
        if elems is None:
            assert isinstance(value.type, TapeType)
            elems = tapes[value.type.of]
        items: list[ast.expr] = []
        for k in range(len(elems)):
            stmt = parts[k].stmt if k in parts else None
            if stmt is None:
                items.append(ast.Name("_", ast.Store()))
            else:
                items.append(self.target(stmt.result, tapes, name))
        return ast.Tuple(items, ast.Store())
