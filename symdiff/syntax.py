"""Walks over syntax trees, as flat lists.

``ast.walk`` yields also the contexts and operators, which nobody asks for, and costs several times
as much; compiling a function walks its tree more than once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

# fields that never hold an expression or a statement, and marks that have nothing below them
_PLAIN = frozenset(
    ("ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "level", "module", "asname",
     "is_async", "simple", "conversion", "lineno", "tag")
)  # fmt: skip
_FIELDS: dict[type, tuple[str, ...]] = {ast.Constant: (), ast.Name: ()}


# the nodes below the most frequent kinds, of which nothing is ever missing
BELOW: dict[type, Callable[[Any], Sequence[ast.AST]]] = {
    ast.BinOp: attrgetter("left", "right"),
    ast.Subscript: attrgetter("value", "slice"),
    ast.AugAssign: attrgetter("target", "value"),
    ast.UnaryOp: lambda node: (node.operand,),
    ast.Attribute: lambda node: (node.value,),
    ast.Expr: lambda node: (node.value,),
    ast.Call: lambda node: (node.func, *node.args, *node.keywords),
    ast.Compare: lambda node: (node.left, *node.comparators),
    ast.Assign: lambda node: (*node.targets, node.value),
    ast.Tuple: attrgetter("elts"),
    ast.List: attrgetter("elts"),
    ast.BoolOp: attrgetter("values"),
}


def fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a class of nodes that may hold nodes."""
    found = _FIELDS.get(kind)
    if found is None:
        found = tuple(name for name in kind._fields if name not in _PLAIN)
        _FIELDS[kind] = found
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, without contexts and operators."""
    below = BELOW.get(type(node))
    if below is not None:
        return list(below(node))
    found: list[ast.AST] = []
    for name in _FIELDS.get(type(node)) or fields(type(node)):
        child = getattr(node, name, None)
        if isinstance(child, ast.AST):
            found.append(child)
        elif isinstance(child, list):
            found += [c for c in child if isinstance(c, ast.AST)]
    return found


def nodes(*roots: ast.AST) -> list[ast.AST]:
    """The roots and all below them, level by level, without contexts and operators."""
    found = list(roots)
    append = found.append
    for node in found:  # grows while it is gone through
        kind = type(node)
        if kind is ast.Name or kind is ast.Constant:
            continue
        below = BELOW.get(kind)
        if below is not None:
            found += below(node)
            continue
        names = _FIELDS.get(kind)
        if names is None:
            names = fields(kind)
        for name in names:
            child = getattr(node, name, None)
            if isinstance(child, ast.AST):
                append(child)
            elif isinstance(child, list):
                for one in child:
                    if isinstance(one, ast.AST):
                        append(one)
    return found


def definitions(tree: ast.Module) -> Iterable[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function that statements define, at any depth; expressions are not looked into."""
    stack: list[ast.AST] = [tree]
    for node in stack:  # grows while it is gone through
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            child = getattr(node, name, None)
            if isinstance(child, list):
                stack += child
