"""Types of arguments: from values, and the checks of values against what is declared.

A signature is one :data:`~symdiff.ir.types.Tree` per parameter.  ``tree_of`` reads it off a value
(list elements widen to one type, or the list is typed per position).  ``differentiable`` is the
tree that a differentiated argument gets (ints count as floats) or the refusal that names it, and
``convert`` makes a value fit its tree without touching the caller's object.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from symdiff.errors import ArgumentError
from symdiff.instances import attributes, declared, instance, is_object, kind_of
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    UNKNOWN,
    ArrayType,
    ListType,
    Node,
    Static,
    Tree,
    TupleType,
    Type,
    array_of,
    is_differentiable,
    join,
    leaves,
    list_of,
    result_dtype,
    tuple_of,
)
from symdiff.ndarrays import array_type, converted, is_ndarray, sized

_SCALARS: dict[type, Type] = {float: FLOAT, int: INT, bool: BOOL}
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    functools.partial,
    type,
    Enum,
)


OF_ATTRIBUTES = ("record", "object")  # read by getattr

# -- from values -----------------------------------------------------------------------------------


def tree_of(value: Any, where: str) -> Tree:
    """The tree of a value; ``where`` names it in the refusal (``xs``, ``params['w'][0]``)."""
    return _settled(_raw(value, where, ()))


def _raw(value: Any, where: str, above: tuple[int, ...]) -> Tree:
    """``tree_of`` before empty lists are settled to lists of floats; ``above`` are the objects that
    the value is in."""
    cls = type(value)
    if cls in _SCALARS:
        return _SCALARS[cls]
    if cls is str or value is None or isinstance(value, _FUNCTIONS):
        return Static(value)
    if cls is list:
        return _list_tree(value, where, above)
    if cls is dict:
        return _dict_tree(value, where, above)
    if isinstance(value, tuple):
        return _tuple_tree(value, where, above)
    return _unusual(value, where, above)


def _unusual(value: Any, where: str, above: tuple[int, ...]) -> Tree:
    """Subclasses of the plain types, NumPy scalars, and what is refused."""
    for base, type_ in ((bool, BOOL), (float, FLOAT), (int, INT)):
        if isinstance(value, base):
            return type_
    if isinstance(value, str):
        return Static(value)
    if is_ndarray(value):
        return array_type(value, where)
    cls = type(value)
    if cls.__module__ == "numpy":
        if cls.__name__ in ("bool", "bool_"):
            return BOOL
        if any(base.__name__ == "integer" for base in cls.__mro__):
            return INT
    if is_object(value):
        return _object_tree(value, where, above)
    numeric = hasattr(value, "__float__")
    hint = f"pass float({where})" if numeric else "pass numbers, or lists, tuples, dicts of numbers"
    raise ArgumentError(f"{where} is {a(value)}, which is not supported\n    hint: {hint}")


def _object_tree(value: Any, where: str, above: tuple[int, ...]) -> Node:
    """An instance by its attributes; those that are no data are part of the signature."""
    names = attributes(value)
    inner = (*above, id(value))
    children: list[Tree] = []
    for name in names:
        held = getattr(value, name)
        if id(held) in inner:
            children.append(Static(held))  # it leads back to itself
            continue
        try:
            children.append(_raw(held, f"{where}.{name}", inner))
        except ArgumentError:
            if isinstance(held, complex):
                raise
            children.append(Static(held))
    return Node(kind_of(type(value)), names, tuple(children), type(value))


def _list_tree(xs: list[Any], where: str, above: tuple[int, ...]) -> Tree:
    kinds = set(map(type, xs))
    if kinds <= _SCALARS.keys():
        elem: Type | None = UNKNOWN
        for kind in kinds:
            elem = join(elem, _SCALARS[kind]) if elem is not None else None
        assert elem is not None
        return list_of(elem)
    trees = tuple(_raw(x, f"{where}[{k}]", above) for k, x in enumerate(xs))
    joined: Type | None = UNKNOWN
    for tree in trees:
        found = as_type(tree)
        joined = None if found is None or joined is None else join(joined, found)
        if joined is None:
            return Node("list", tuple(range(len(trees))), trees)
    assert joined is not None
    return list_of(joined)


def as_type(tree: Tree) -> Type | None:
    """A tree as the type of a list's element: lists and plain tuples of numbers.

    A list of arrays is typed per position: each layer's weights have a shape of their own.
    """
    if isinstance(tree, Type):
        return None if isinstance(tree, ArrayType) else tree
    if not isinstance(tree, Node) or tree.kind != "tuple" or not tree.children:
        return None
    elems = [as_type(c) for c in tree.children]
    return None if any(e is None for e in elems) else tuple_of(*typing.cast("list[Type]", elems))


def _tuple_tree(value: tuple[Any, ...], where: str, above: tuple[int, ...]) -> Tree:
    cls = type(value)
    names = getattr(cls, "_fields", None)
    if names is None and cls is not tuple:
        raise ArgumentError(f"{where} is {a(value)}\n    hint: pass tuple({where})")
    if names is None:
        children = tuple(_raw(x, f"{where}[{k}]", above) for k, x in enumerate(value))
        return Node("tuple", tuple(range(len(children))), children)
    children = tuple(_raw(x, f"{where}.{n}", above) for n, x in zip(names, value, strict=True))
    return Node("namedtuple", tuple(names), children, cls)


def is_key(key: Any) -> bool:
    """Whether a key can be written down."""
    return type(key) in (str, int, bool) or (type(key) is tuple and all(map(is_key, key)))


def _dict_tree(value: dict[Any, Any], where: str, above: tuple[int, ...]) -> Tree:
    for key in value:
        if not is_key(key):
            hint = "keys are strings, ints, bools or tuples of these"
            raise ArgumentError(f"{where} has the key {key!r}\n    hint: {hint}")
    children = tuple(_raw(x, f"{where}[{k!r}]", above) for k, x in value.items())
    return Node("dict", tuple(value), children)


def _settled(tree: Tree) -> Tree:
    """Empty lists are lists of floats."""
    if isinstance(tree, Node):
        return Node(tree.kind, tree.keys, tuple(map(_settled, tree.children)), tree.cls)
    return _settled_type(tree) if isinstance(tree, Type) else tree


def _settled_type(t: Type) -> Type:
    if isinstance(t, ListType):
        return list_of(_settled_type(t.elem))
    if isinstance(t, TupleType):
        return tuple_of(*map(_settled_type, t.elems))
    return FLOAT if t == UNKNOWN else t


# -- differentiated arguments ----------------------------------------------------------------------


def differentiable(tree: Tree, value: Any, where: str, *, inside: bool = False) -> Tree:
    """The tree of a differentiated argument: ints become floats, other things are refused, except
    ``inside`` an object, whose gradient keeps them as they are.

    ``value`` is None where only the types are known.
    """
    if isinstance(tree, Node):
        old = [None] * len(tree.keys) if value is None else members(tree, value)
        within = inside or tree.cls is not None
        children: list[Tree] = []
        parts = zip(tree.keys, tree.children, old, child_names(tree, where), strict=True)
        for k, child, v, name in parts:
            says = functools.partial(declared, tree.cls or object, str(k))
            if child == INT and says(int):
                children.append(child)
            else:
                keeps = within and not (child == BOOL and says(float))
                children.append(differentiable(child, v, name, inside=keeps))
        if within and not inside and not any(map(_carries, children)):
            raise ArgumentError(
                f"{where} is {a(value)}, which holds nothing to differentiate"
                "\n    hint: leave it out of argnums"
            )
        return Node(tree.kind, tree.keys, tuple(children), tree.cls)
    if inside and (isinstance(tree, Static) or tree == BOOL):
        return tree
    if isinstance(tree, Static):
        raise refusal(tree.value, where)
    if isinstance(tree, (ListType, TupleType)):
        _refuse_bools(value or (), where)
        return promoted(tree)
    if isinstance(tree, ArrayType):
        if tree.dtype == "bool":
            raise refusal(value, where)
        return promoted(tree)
    if tree == BOOL:
        raise refusal(bool(value), where)
    return FLOAT


def _carries(tree: Tree) -> bool:
    """Whether there is a float among the leaves."""
    return any(map(is_differentiable, leaves(tree)))


def promoted(t: Type) -> Type:
    """A type with its ints (at any depth) made floats."""
    if isinstance(t, ListType):
        return list_of(promoted(t.elem))
    if isinstance(t, TupleType):
        return tuple_of(*map(promoted, t.elems))
    if isinstance(t, ArrayType):
        return array_of("f64", t.dims) if t.dtype == "int" else t
    return FLOAT if t == INT else t


def refusal(value: Any, where: str) -> ArgumentError:
    return ArgumentError(
        f"{where} is {a(value)}, which cannot be differentiated"
        "\n    hint: pass a float, or leave it out of argnums"
    )


def _refuse_bools(value: Any, where: str) -> None:
    kinds = set(map(type, value))
    if kinds <= {float, int}:
        return
    for k, x in enumerate(value):
        if isinstance(x, (list, tuple)):
            _refuse_bools(x, f"{where}[{k}]")
        elif _raw(x, where, ()) == BOOL:
            raise refusal(x, f"{where}[{k}]")


def members(tree: Node, value: Any) -> Sequence[Any]:
    """The children of a structured value, in the tree's order."""
    if tree.kind == "dict":
        return [value[k] for k in tree.keys]
    if tree.kind in OF_ATTRIBUTES:
        return [getattr(value, k) for k in tree.keys]
    return typing.cast("Sequence[Any]", value)


def child_names(tree: Node, where: str) -> Iterator[str]:
    """How the children of ``where`` are written."""
    attribute = tree.cls is not None
    return (f"{where}.{k}" if attribute else f"{where}[{k!r}]" for k in tree.keys)


def a(value: Any) -> str:
    """A value with its type, for a message: ``a bool (True)``, ``None``."""
    if value is None:
        return "None"
    name = type(value).__name__
    text = repr(value)
    shown = f" ({text})" if len(text) <= 40 and not text.startswith("<") else ""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}{shown}"


def describe(tree: Tree) -> str:
    """A tree as a type of Python is written, for messages."""
    if isinstance(tree, Static):
        return repr(tree.value)
    if not isinstance(tree, Node):
        return str(tree)
    if tree.cls is not None:
        return tree.cls.__name__
    inner = [describe(c) for c in tree.children]
    if tree.kind == "dict":
        return "{" + ", ".join(f"{k!r}: {c}" for k, c in zip(tree.keys, inner, strict=True)) + "}"
    return f"{tree.kind}[{', '.join(inner)}]"


def with_sizes(tree: Tree, value: Any) -> Tree:
    """The tree with the sizes that the arrays of a value have."""
    if isinstance(tree, Node):
        children = tuple(map(with_sizes, tree.children, members(tree, value)))
        return Node(tree.kind, tree.keys, children, tree.cls)
    return sized(tree, value) if isinstance(tree, ArrayType) and is_ndarray(value) else tree


# -- values against what is declared ---------------------------------------------------------------


def agrees(tree: Tree, declared: Tree) -> bool:
    """Whether a value of this type may stand where ``declared`` is: an int does for a float."""
    if isinstance(declared, Node):
        return (
            isinstance(tree, Node)
            and (tree.kind, tree.keys, tree.cls) == (declared.kind, declared.keys, declared.cls)
            and all(map(agrees, tree.children, declared.children))
        )
    if isinstance(tree, Node):
        found = as_type(tree)
        return found is not None and isinstance(declared, TupleType) and agrees(found, declared)
    if isinstance(tree, Static) or isinstance(declared, Static):
        return tree == declared
    if tree == BOOL and declared == FLOAT:
        return False
    if isinstance(tree, ArrayType) and isinstance(declared, ArrayType):
        return tree.rank == declared.rank and result_dtype((tree, declared)) == declared.dtype
    if isinstance(tree, ListType) and isinstance(declared, ListType):
        return tree.elem == UNKNOWN or agrees(tree.elem, declared.elem)
    if isinstance(tree, TupleType) and isinstance(declared, TupleType):
        return len(tree.elems) == len(declared.elems) and all(
            map(agrees, tree.elems, declared.elems)
        )
    return join(tree, declared) == declared


def checked(value: Any, declared: Tree, where: str) -> Tree:
    """``declared``, after the value was found to agree with it."""
    tree = _raw(value, where, ())
    if not agrees(tree, declared):
        found = describe(_settled(tree))
        raise ArgumentError(
            f"{where} is annotated {describe(declared)} but is {found} here: {a(value)}"
        )
    return declared


# -- values that fit their tree --------------------------------------------------------------------


def convert(value: Any, tree: Tree, where: str) -> Any:
    """``value`` with ints made floats where the tree has floats; itself where nothing changes."""
    try:
        return _convert(value, tree)
    except OverflowError:
        raise ArgumentError(f"{where} is an int too large for a float: {a(value)}") from None


def _convert(value: Any, tree: Tree) -> Any:
    if isinstance(tree, Static):
        return value
    if isinstance(tree, Node):
        old = members(tree, value)
        new = [_convert(v, c) for v, c in zip(old, tree.children, strict=True)]
        if all(x is y for x, y in zip(new, old, strict=True)):
            return value
        return rebuilt(tree, new)
    if isinstance(tree, ListType):
        return _convert_list(value, tree)
    if isinstance(tree, TupleType):
        items = tuple(_convert(v, t) for v, t in zip(value, tree.elems, strict=True))
        return value if all(x is y for x, y in zip(items, value, strict=True)) else items
    if isinstance(tree, ArrayType):
        return converted(value, tree)
    if tree == FLOAT:
        return value if type(value) is float else float(value)
    if tree == INT:
        return value if type(value) is int else int(value)
    return bool(value) if tree == BOOL else value


def _convert_list(xs: list[Any], tree: ListType) -> list[Any]:
    elem = tree.elem
    if not isinstance(elem, (ListType, TupleType)):
        plain = {"float": float, "int": int, "bool": bool}.get(elem.name)
        if plain is None or set(map(type, xs)) <= {plain}:
            return xs
    new = [_convert(x, elem) for x in xs]
    return xs if all(x is y for x, y in zip(new, xs, strict=True)) else new


def rebuilt(tree: Node, children: Sequence[Any]) -> Any:
    """A value of the tree's kind from new children."""
    if tree.kind == "dict":
        return dict(zip(tree.keys, children, strict=True))
    if tree.kind == "list":
        return list(children)
    if tree.kind == "tuple":
        return tuple(children)
    assert tree.cls is not None
    if tree.kind == "object":
        return instance(tree.cls, tree.keys, children)
    return tree.cls(**dict(zip(tree.keys, children, strict=True)))
