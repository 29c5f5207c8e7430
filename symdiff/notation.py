"""Types as they are written: ``float``, ``list[float]``, ``f64[n,m]``, ``[(f64[n,m], f64[m])]*2``.

One notation for the command line (``--arg X=f64[n,m]``) and for annotations
(``Annotated[np.ndarray, "f64[n,m]"]``). An array's type is its dtype and a size per dimension: a
letter for any size but 1, or a number, of which only 1 matters. A letter is the same size wherever
it stands; the types forget it, but whoever makes up arguments of such types asks ``sizes_of``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    Node,
    Static,
    Tree,
    Type,
    array_of,
    list_of,
    tuple_of,
)

WANTED = "write float, int, bool, list[float], tuple[float, int], f64[n,m], str:VALUE"
DTYPES = ("f64", "f32", "int", "bool")
_SCALARS = {"float": FLOAT, "int": INT, "bool": BOOL}
_MOST = 1000  # positions of a repeated list


class NotAType(ValueError):
    """The text is not a type; the message says how types are written."""


def type_of(text: str) -> Tree:
    """The tree that a type's text stands for.

    >>> str(type_of("f64[n,1]"))
    'f64[n,1]'
    >>> type_of("[(f64[n,m], f64[m])]*2").keys
    (0, 1)
    """
    if text.startswith("str:"):
        return Static(text[4:])
    return _tree(_parsed(text), text)


def sizes_of(text: str) -> list[tuple[str, ...]]:
    """What stands for the sizes of each array in a type's text, in the order of its leaves."""
    if text.startswith("str:"):
        return []
    return [
        tuple(ast.unparse(d) for d in dims) for _, dims in _arrays(_parsed(text))
    ]


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise NotAType(f"{text!r} is not a type; {WANTED}") from None


def _tree(node: ast.expr, text: str) -> Tree:
    match node:
        case ast.Name(id=name) if name in _SCALARS:
            return _SCALARS[name]
        case ast.Constant(value=value) if value is None or isinstance(value, str):
            return Static(value)
        case ast.Subscript(ast.Name(id=dtype), _) if dtype in DTYPES:
            ((_, dims),) = _arrays(node)
            return array_of(dtype, "".join(_letter(d, text) for d in dims))
    return _structure(node, text)


def _structure(node: ast.expr, text: str) -> Tree:
    """Types that are made of others."""
    match node:
        case ast.Subscript(ast.Name(id="list"), inner):
            return list_of(_element(inner, text))
        case ast.Subscript(ast.Name(id="tuple"), ast.Tuple(elts=parts)):
            return _node("tuple", parts, text)
        case ast.Subscript(ast.Name(id="tuple"), one):
            return _node("tuple", [one], text)
        case ast.List(elts=parts):
            return _node("list", parts, text)
        case ast.Tuple(elts=parts):
            return _node("tuple", parts, text)
        case ast.Dict(keys=keys, values=values):
            names = tuple(k.value for k in keys if isinstance(k, ast.Constant))
            if len(names) == len(keys):
                return Node("dict", names, tuple(_tree(v, text) for v in values))
        case ast.BinOp(ast.List(elts=parts), ast.Mult(), ast.Constant(value=int(count))):
            if 0 < count * len(parts) <= _MOST:
                return _node("list", parts * count, text)
    raise NotAType(f"{text!r} is not a type; {WANTED}")


def _node(kind: str, parts: list[ast.expr], text: str) -> Node:
    return Node(kind, tuple(range(len(parts))), tuple(_tree(p, text) for p in parts))


def _element(node: ast.expr, text: str) -> Type:
    match node:
        case ast.Subscript(ast.Name(id="tuple"), ast.Tuple(elts=parts)):
            return tuple_of(*(_element(p, text) for p in parts))
    tree = _tree(node, text)
    if not isinstance(tree, Type):
        raise NotAType(
            f"{text!r}: the elements of a list are numbers, arrays, lists or tuples of those"
        )
    return tree


def _arrays(node: ast.expr) -> Iterator[tuple[str, list[ast.expr]]]:
    """(dtype, sizes) of the arrays in a type."""
    match node:
        case ast.Subscript(ast.Name(id=dtype), ast.Tuple(elts=dims)) if dtype in DTYPES:
            yield dtype, dims
        case ast.Subscript(ast.Name(id=dtype), one) if dtype in DTYPES:
            yield dtype, [one]
        case ast.BinOp(ast.List() as parts, ast.Mult(), ast.Constant(value=int(count))):
            for _ in range(count):
                yield from _arrays(parts)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _arrays(child)


def _letter(dim: ast.expr, text: str) -> str:
    match dim:
        case ast.Constant(value=int(size)) if size >= 0:
            return "1" if size == 1 else "n"
        case ast.Name():
            return "n"
    raise NotAType(f"{text!r}: a size is a letter, for any but 1, or a number: f64[n,m], f64[n,1]")
