"""Default values and constants as source text, where they have one.

Numbers, text and structures of them are written out, functions of ``math`` and builtins by their
names, records by their constructors.  What has no text (an object, a function of the user's own)
has no default in the generated function: it must be given there.
"""

from __future__ import annotations

import ast
import builtins
import math
from typing import Any

from symdiff.emit import templates as t
from symdiff.emit.expressions import literal
from symdiff.ir.types import Node, Tree

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


def source_of(value: Any, tree: Tree | None, imports: dict[str, str]) -> ast.expr | None:
    """The value's text, or None; classes that it names go into ``imports``."""
    if isinstance(tree, Node) and tree.cls is not None:
        return _record(value, tree, imports)
    if type(value) in _PLAIN:
        return literal(value)
    children = tree.children if isinstance(tree, Node) else ()
    if type(value) in (list, tuple):
        parts = _all(value, children, imports)
        if parts is None:
            return None
        return ast.List(parts, ast.Load()) if type(value) is list else ast.Tuple(parts, ast.Load())
    if type(value) is dict:
        keys, parts = _all(value, (), imports), _all(value.values(), children, imports)
        return None if keys is None or parts is None else ast.Dict(list(keys), parts)
    return _named(value)


def _all(values: Any, trees: tuple[Tree, ...], imports: dict[str, str]) -> list[ast.expr] | None:
    # the trees are those of the call, whose value may have another length than the default
    fitting = trees if len(trees) == len(values) else [None] * len(values)
    parts = [source_of(v, tree, imports) for v, tree in zip(values, fitting, strict=True)]
    return None if any(p is None for p in parts) else parts  # type: ignore[return-value]


def _record(value: Any, tree: Node, imports: dict[str, str]) -> ast.expr | None:
    cls: Any = tree.cls
    if type(value) is not cls or "<locals>" in cls.__qualname__ or tree.kind == "object":
        return None
    parts = _all([getattr(value, str(k)) for k in tree.keys], tree.children, imports)
    if parts is None:
        return None
    words = [ast.keyword(str(k), part) for k, part in zip(tree.keys, parts, strict=True)]
    return ast.Call(class_of(cls, imports), [], words)


def class_of(cls: type, imports: dict[str, str]) -> ast.expr:
    """A class by name; what has to be imported for it is added to ``imports``."""
    outer, _, inner = cls.__qualname__.partition(".")
    name, k = outer, 1
    while imports.setdefault(name, source := f"{cls.__module__}:{outer}") != source:
        k += 1
        name = f"{outer}_{k}"
    node: ast.expr = t.name(name)
    for part in inner.split(".") if inner else ():
        node = ast.Attribute(node, part, ast.Load())
    return node


def _named(value: Any) -> ast.expr | None:
    name = getattr(value, "__name__", "")
    if name and getattr(math, name, None) is value:
        return ast.Attribute(t.name("math"), name, ast.Load())
    return t.name(name) if name and getattr(builtins, name, None) is value else None


def described(value: Any, tree: Tree | None = None) -> str:
    """The value in a few words that are the same in every process."""
    node = source_of(value, tree, {})
    if node is not None:
        text = ast.unparse(node)
        return text if len(text) <= 40 else text[:37] + "..."
    return str(getattr(value, "__qualname__", f"a {type(value).__name__}"))
