"""The function's parameters and result: structures are taken apart on entry and put together on
return.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from symdiff.emit import templates as t
from symdiff.emit.defaults import class_of, source_of
from symdiff.emit.expressions import literal
from symdiff.emit.shadow import Hidden, needed_names
from symdiff.errors import TypeMismatch
from symdiff.ir.core import Graph, Param, Value
from symdiff.ir.types import Kept, Node, Static, Tree, leaves
from symdiff.ops.array_functions import IMPORTED
from symdiff.ops.polygamma import INLINE_FUNCTIONS

INSTANCE = "instance"
INSTANCE_TEXT = '''\
def instance(cls, /, **attributes):
    """An instance of a class that holds these attributes; its __init__ is not run."""
    made = object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made
'''


class Signature:
    """``fixed``: the names of inputs that are parameters themselves; ``access``: how the other
    inputs are read.
    """

    def __init__(self, graph: Graph, split: int | None, target: str) -> None:
        self.graph = graph
        self.split = split
        self.fixed: dict[Value, str] = {}
        self.access: dict[Value, ast.expr] = {}
        self.reserved: set[str] = set()
        self.imports = {alias: module for module, alias in graph.imports.items()}
        for cls in _classes(graph):
            if "<locals>" not in cls.__qualname__:
                class_of(cls, self.imports)
        self.globals = needed_names(graph, target) | {
            *self.imports,
            *INLINE_FUNCTIONS,
            *IMPORTED,
            INSTANCE,
            "type",
        }
        self.hidden = Hidden((p.name for p in graph.params), self.globals)
        self.pullback = next(n for n in _variants("pullback") if n not in self.names())
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

    def names(self) -> set[str]:
        """The parameters' names, captured ones too."""
        return {p.name for p in self.graph.params}

    def function(self, wanted: str) -> str:
        """The function's name: that wished, unless a constant of the module has it."""
        constants = {p.name for p in self.graph.params if p.kind == "captured"}
        return next(n for n in _variants(wanted) if n not in constants)

    def _take(self, param: Param, values: list[Value], is_inner: bool) -> None:
        name = self.hidden.parameter(param.name)
        if param.kind == "captured" or is_inner:
            self.reserved.add(name)
        if isinstance(param.tree, Node):
            self.reserved.add(name)
            given = iter(values)
            for path in _paths(param.tree, t.name(name)):
                self.access[next(given)] = path
        elif values:
            self.fixed[values[0]] = name

    def arguments(self, kind: str) -> ast.arguments:
        params = [p for p in (self.outer if kind == "root" else self.inner) if p.kind != "captured"]
        plain = [p for p in params if p.kind == "positional"]
        words = [p for p in params if p.kind == "keyword"]
        rest = next((p for p in params if p.kind == "varargs"), None)
        named = next((p for p in params if p.kind == "varkeywords"), None)
        defaults = [self.default(p) for p in plain]
        first = max((k + 1 for k, d in enumerate(defaults) if d is None), default=0)
        return ast.arguments(
            posonlyargs=[],
            args=[self._arg(p) for p in plain],
            vararg=self._arg(rest) if rest else None,
            kwonlyargs=[self._arg(p) for p in words],
            kw_defaults=[self.default(p) for p in words],
            kwarg=self._arg(named) if named else None,
            defaults=[d for d in defaults[first:] if d is not None],
        )

    def _arg(self, param: Param) -> ast.arg:
        return ast.arg(self.hidden.parameter(param.name))

    def default(self, param: Param) -> ast.expr | None:
        """A default as text; one that has none, and those before it, are not printed."""
        return source_of(param.default[0], param.tree, self.imports) if param.default else None

    def constants(self, captured: Mapping[str, Any]) -> Iterator[ast.stmt]:
        """The captured values, as constants of the module."""
        for param in self.graph.params:
            if param.kind != "captured":
                continue
            value = captured.get(param.name, (param.default or (None,))[0])
            node = source_of(value, param.tree, self.imports) or literal(value)
            target = ast.Name(self.hidden.parameter(param.name), ast.Store())
            yield ast.Assign([target], node)

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
        if isinstance(tree, Kept):
            return self._kept(tree)
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
        assert tree.cls is not None
        words = [ast.keyword(str(k), part) for k, part in zip(tree.keys, parts, strict=True)]
        cls = self._class(tree.cls)
        if tree.kind == "object":
            return ast.Call(t.name(INSTANCE), [cls], words)
        return ast.Call(cls, [], words)

    def _kept(self, tree: Kept) -> ast.expr:
        """What a gradient has of its argument: read from there."""
        name, *path = tree.value
        node: ast.expr = t.name(self.hidden.parameter(name))
        for attribute, key in path:
            if attribute:
                node = ast.Attribute(node, key, ast.Load())
            else:
                node = t.index(node, literal(key))
        return node

    def _class(self, cls: type) -> ast.expr:
        """A class by its name, or as that of the argument where it cannot be imported."""
        if "<locals>" not in cls.__qualname__:
            return class_of(cls, self.imports)
        for param in self.graph.params:
            for node, tree in _nodes(param.tree, t.name(self.hidden.parameter(param.name))):
                if tree.cls is cls:
                    return ast.Call(t.name("type"), [node], [])
        raise TypeMismatch(
            f"{self.graph.name} returns a {cls.__name__}",
            "the class is defined inside a function: the derivative could not import it",
            "define it at the top of the module",
        )


def _variants(name: str) -> Iterator[str]:
    while True:
        yield name
        name += "_"


def _classes(graph: Graph) -> Iterator[type]:
    """The classes of records in the signature."""
    todo: list[Tree | None] = [graph.result, *(p.tree for p in graph.params)]
    while todo:
        tree = todo.pop()
        if isinstance(tree, Node):
            todo += tree.children
            if tree.cls is not None:
                yield tree.cls


def _paths(tree: Tree, node: ast.expr) -> Iterator[ast.expr]:
    """The expression that reads each leaf."""
    if isinstance(tree, Static):
        return
    if not isinstance(tree, Node):
        yield node
        return
    for key, child in zip(tree.keys, tree.children, strict=True):
        yield from _paths(child, _part(tree, key, node))


def _part(tree: Node, key: Any, node: ast.expr) -> ast.expr:
    """The expression that reads one child."""
    if tree.cls is not None:
        return ast.Attribute(node, str(key), ast.Load())
    return t.index(node, literal(key))


def _nodes(tree: Tree, node: ast.expr) -> Iterator[tuple[ast.expr, Node]]:
    """Each inner node with the expression that reads it."""
    if isinstance(tree, Node):
        yield node, tree
        for key, child in zip(tree.keys, tree.children, strict=True):
            yield from _nodes(child, _part(tree, key, node))
