"""What an unannotated parameter is, by how the function uses it: a list, a list of lists, an int,
or else a float.

Iterated over, indexed, given to ``len``, ``sum``, ``zip`` or the like: a list.  Indexed twice, or
its elements used as lists: a list of lists.  Given to ``range`` or used as an index: an int.
Handing it to another function asks that function.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from typing import Any

from symdiff.errors import CaptureError
from symdiff.frontend.capture import Captured, capture
from symdiff.ir.types import FLOAT, INT, ListType, Type, list_of

_TAKES_LISTS = frozenset(
    (
        "len",
        "sum",
        "zip",
        "enumerate",
        "reversed",
        "sorted",
        "list",
        "tuple",
        "any",
        "all",
        "map",
        "filter",
        "iter",
        "fsum",
        "prod",
        "dist",
        "sumprod",
    )
)
_ONE_LIST = frozenset(("max", "min"))
_METHODS = frozenset(
    ("append", "extend", "copy", "count", "index", "pop", "insert", "reverse", "sort")
)
_DEEPEST = 4  # calls that are followed


def types_by_use(captured: Captured, depth: int = 0) -> dict[str, Type]:
    """A type for each parameter that has no annotation and no default."""
    scan = _Scan(captured.globals, depth)
    body = captured.tree.body
    for node in body if isinstance(body, list) else [body]:
        scan.visit(node)
    return {
        p.name: scan.type_of(p.name)
        for p in captured.parameters
        if p.annotation is None and not p.has_default and p.kind in ("positional", "keyword")
    }


class _Scan(ast.NodeVisitor):
    """Collects what is done with names; ``elements`` are names of other names' elements."""

    def __init__(self, space: Mapping[str, Any], depth: int) -> None:
        self.space = space
        self.depth = depth
        self.rank: dict[str, int] = {}
        self.ints: set[str] = set()
        self.elements: dict[str, str] = {}

    def type_of(self, name: str) -> Type:
        rank = self._rank(name, set())
        if rank == 0:
            return INT if name in self.ints else FLOAT
        return list_of(FLOAT) if rank == 1 else list_of(list_of(FLOAT))

    def _rank(self, name: str, seen: set[str]) -> int:
        if name in seen:
            return 0
        inner = [
            self._rank(e, seen | {name})
            for e, owner in self.elements.items()
            if owner == name and e != name
        ]
        return max([self.rank.get(name, 0), *(1 + r for r in inner)])

    def _list(self, node: ast.expr, rank: int = 1) -> None:
        """``node`` is used as a list of this rank."""
        while isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            node, rank = node.value, rank + 1
        if isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name):
            self.rank[node.id] = max(self.rank.get(node.id, 0), rank)

    def _iterates(self, target: ast.expr, source: ast.expr) -> None:
        for name, owner in _pairs(target, source):
            self.elements[name] = owner

    def visit_For(self, node: ast.For) -> None:
        self._list(node.iter)
        self._iterates(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._list(node.iter)
        self._iterates(node.target, node.iter)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._list(node.value)
        if isinstance(node.slice, ast.Name):
            self.ints.add(node.slice.id)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self._list(node.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], (ast.Tuple, ast.List)) and isinstance(node.value, ast.Name):
            self._list(node.value)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, (ast.In, ast.NotIn)):
                self._list(right)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        plain = [a for a in node.args if not isinstance(a, ast.Starred)]
        if name in _TAKES_LISTS or (name in _ONE_LIST and len(node.args) == 1):
            for arg in plain:
                self._list(arg)
        elif name == "range":
            self.ints.update(a.id for a in plain if isinstance(a, ast.Name))
        elif isinstance(function, ast.Attribute) and name in _METHODS:
            self._list(function.value)
        elif isinstance(function, ast.Name):
            self._follow(self.space.get(name), node)
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            self._follow(getattr(self.space.get(function.value.id), name, None), node)
        self.generic_visit(node)

    def _follow(self, function: Any, node: ast.Call) -> None:
        """A parameter handed to a function of the user's own is what that function uses it as."""
        if not isinstance(function, types.FunctionType) or self.depth >= _DEEPEST:
            return
        try:
            captured = capture(function)
        except CaptureError:
            return
        found = types_by_use(captured, self.depth + 1)
        for parameter, arg in zip(captured.parameters, node.args, strict=False):
            type_ = found.get(parameter.name)
            if type_ == INT and isinstance(arg, ast.Name):
                self.ints.add(arg.id)
            elif isinstance(type_, ListType):
                self._list(arg, 2 if isinstance(type_.elem, ListType) else 1)


def _pairs(target: ast.expr, source: ast.expr) -> Iterator[tuple[str, str]]:
    """(element's name, list's name) of a loop, also through ``zip``, ``enumerate`` and
    ``reversed``."""
    if isinstance(source, ast.Name) and isinstance(target, ast.Name):
        yield target.id, source.id
    if isinstance(source, ast.Name) and isinstance(target, (ast.Tuple, ast.List)):
        yield f"{source.id}[]", source.id
        for part in target.elts:
            if isinstance(part, ast.Name):
                yield part.id, f"{source.id}[]"
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Name):
        return
    name = source.func.id
    if name == "reversed" and source.args:
        yield from _pairs(target, source.args[0])
    if not isinstance(target, ast.Tuple):
        return
    if name == "zip":
        for part, arg in zip(target.elts, source.args, strict=False):
            yield from _pairs(part, arg)
    elif name == "enumerate" and len(target.elts) == 2 and source.args:
        yield from _pairs(target.elts[1], source.args[0])
