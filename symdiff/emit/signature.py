"""The function's parameters and result: structures are taken apart on entry and put together on
return.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from symdiff.emit import templates as t
from symdiff.emit.expressions import literal
from symdiff.ir.core import Graph, Param, Value
from symdiff.ir.types import Node, Static, Tree, leaves


class Signature:
    """``fixed``: the names of inputs that are parameters themselves; ``access``: how the other
    inputs are read.
    """

    def __init__(self, graph: Graph, split: int | None) -> None:
        self.graph = graph
        self.split = split
        self.fixed: dict[Value, str] = {}
        self.access: dict[Value, ast.expr] = {}
        self.reserved: set[str] = set()
        self.imports: dict[str, str] = {}
        self.shadowed: set[str] = set()
        self.outer: list[Param] = []
        self.inner: list[Param] = []
        inputs = iter(graph.inputs)
        seen = 0
        for param in graph.params:
            count = sum(1 for _ in leaves(param.tree))
            values = [next(inputs) for _ in range(count)]
            is_inner = split is not None and seen >= split and bool(count)
            (self.inner if is_inner else self.outer).append(param)
            seen += count
            self._take(param, values, is_inner)

    def _take(self, param: Param, values: list[Value], is_inner: bool) -> None:
        if param.kind == "captured" or is_inner:
            self.reserved.add(param.name)
        if isinstance(param.tree, Node):
            self.reserved.add(param.name)
            given = iter(values)
            for path in _paths(param.tree, t.name(param.name)):
                self.access[next(given)] = path
        elif values:
            self.fixed[values[0]] = param.name

    def arguments(self, kind: str) -> ast.arguments:
        params = [p for p in (self.outer if kind == "root" else self.inner) if p.kind != "captured"]
        plain = [p for p in params if p.kind == "positional"]
        words = [p for p in params if p.kind == "keyword"]
        rest = next((p for p in params if p.kind == "varargs"), None)
        defaults = [literal(p.default[0]) for p in plain if p.default is not None]
        return ast.arguments(
            posonlyargs=[],
            args=[ast.arg(p.name) for p in plain],
            vararg=ast.arg(rest.name) if rest else None,
            kwonlyargs=[ast.arg(p.name) for p in words],
            kw_defaults=[literal(p.default[0]) if p.default is not None else None for p in words],
            kwarg=None,
            defaults=defaults,
        )

    def aliases(self) -> list[ast.stmt]:
        return []

    # -- results ---------------------------------------------------------------------------------

    def pack(self, kind: str, values: list[ast.expr]) -> ast.expr:
        """The Python result of the output expressions."""
        tree = self.graph.result
        if self.split is not None:
            assert isinstance(tree, Node)
            tree = tree.children[0 if kind == "root" else 1]
        if tree is None:
            return values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())
        given = iter(values)
        return self._packed(tree, given)

    def _packed(self, tree: Tree, given: Iterator[ast.expr]) -> ast.expr:
        if isinstance(tree, Static):
            return literal(tree.value)
        if not isinstance(tree, Node):
            return next(given)
        parts = [self._packed(child, given) for child in tree.children]
        if tree.kind == "tuple":
            return ast.Tuple(parts, ast.Load())
        if tree.kind == "list":
            return ast.List(parts, ast.Load())
        if tree.kind == "dict":
            return ast.Dict([literal(k) for k in tree.keys], list(parts))
        cls: Any = tree.cls
        self.imports[cls.__name__] = f"{cls.__module__}:{cls.__qualname__}"
        words = [ast.keyword(str(k), part) for k, part in zip(tree.keys, parts, strict=True)]
        return ast.Call(t.name(cls.__name__), [], words)


def _paths(tree: Tree, node: ast.expr) -> Iterator[ast.expr]:
    """The expression that reads each leaf."""
    if isinstance(tree, Static):
        return
    if not isinstance(tree, Node):
        yield node
        return
    for key, child in zip(tree.keys, tree.children, strict=True):
        if tree.kind in ("record", "namedtuple"):
            inner: ast.expr = ast.Attribute(node, str(key), ast.Load())
        else:
            inner = t.index(node, literal(key))
        yield from _paths(child, inner)
