"""What an annotation fixes of a parameter's type.

Numbers, lists, tuples and records of those are fixed: a value that disagrees is an error. Arrays
are hinted at: ``Annotated[np.ndarray, "f64[n,m]"]``, a string ``"f64[n,m]"``, or NumPy's own
``np.ndarray[tuple[int, int], np.dtype[np.float64]]`` serve where there is no value yet (the source
before the first call, the command line); in a call the array itself says what it is.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Any

from symdiff import notation
from symdiff.instances import kind_of
from symdiff.ir.types import BOOL, FLOAT, INT, ArrayType, Node, Tree, Type, array_of, list_of
from symdiff.ir.types import ListType as List
from symdiff.ir.types import TupleType as Tuple
from symdiff.ndarrays import dtype_kind, numpy
from symdiff.signature import as_type

_SCALARS: dict[Any, Type] = {float: FLOAT, int: INT, bool: BOOL}
HOW = 'Annotated[np.ndarray, "f64[n,m]"]'


def annotated(hint: Any) -> Tree | None:
    """The tree that an annotation stands for, or None where it leaves the type open."""
    if isinstance(hint, str):
        return _written(hint)
    if isinstance(hint, type) and hint in _SCALARS:
        return _SCALARS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        found = (_written(meta) for meta in args[1:] if isinstance(meta, str))
        return next((tree for tree in found if tree is not None), None) or annotated(args[0])
    if origin is list and len(args) == 1:
        tree = annotated(args[0])
        elem = None if tree is None else tree if isinstance(tree, Type) else as_type(tree)
        return None if elem is None else list_of(elem)
    if origin is tuple and args and args != ((),) and Ellipsis not in args:
        return _declared("tuple", tuple(range(len(args))), args, None)
    if _is_ndarray(hint):
        return _ndarray(args)
    if isinstance(hint, type) and is_dataclass(hint) and kind_of(hint) == "record":
        hints = typing.get_type_hints(hint, include_extras=True)
        names = tuple(f.name for f in fields(hint))
        return _declared("record", names, [hints.get(n) for n in names], hint)
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        hints = typing.get_type_hints(hint, include_extras=True)
        return _declared("namedtuple", hint._fields, [hints.get(n) for n in hint._fields], hint)
    return None


def of_parameter(note: Any, func: Callable[..., Any]) -> Tree | None:
    """``annotated``, of a hint that may be text (postponed evaluation)."""
    return annotated(_resolved(note, func))


def is_open_array(note: Any) -> bool:
    """Whether a hint says that a parameter is an array and not how many dimensions it has."""
    if isinstance(note, str):
        return note.partition("[")[0].rpartition(".")[2] in ("ndarray", "NDArray")
    return _is_ndarray(note) and annotated(note) is None


def open_array(name: str, hint: str = f"call it first, or annotate it {HOW}") -> str:
    """The message for such a parameter where there is no value yet."""
    return (
        f"{name} is annotated as an array, which does not say its dtype and number of dimensions"
        f"\n    hint: {hint}"
    )


def is_fixed(tree: Tree) -> bool:
    """Whether a tree has no arrays, so that a value must agree with it."""
    if isinstance(tree, Node):
        return all(map(is_fixed, tree.children))
    if isinstance(tree, Tuple):
        return all(map(is_fixed, tree.elems))
    return is_fixed(tree.elem) if isinstance(tree, List) else not isinstance(tree, ArrayType)


def _resolved(note: Any, func: Callable[..., Any]) -> Any:
    if not isinstance(note, str) or _written(note) is not None:
        return note
    own = types.SimpleNamespace(__annotations__={"it": note})
    try:
        return typing.get_type_hints(own, getattr(func, "__globals__", {}), include_extras=True)[
            "it"
        ]
    except (NameError, TypeError, AttributeError, SyntaxError):
        # what cannot be evaluated says nothing
        return None


def _written(text: str) -> Tree | None:
    """The type that a string stands for, if it is one of arrays: others may be classes' names."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value  # a string whose evaluation is postponed
        return notation.type_of(text) if notation.sizes_of(text) else None
    except (SyntaxError, notation.NotAType):
        return None


def _is_ndarray(hint: Any) -> bool:
    cls = typing.get_origin(hint) or hint
    return getattr(cls, "__module__", "") == "numpy" and getattr(cls, "__name__", "") == "ndarray"


def _ndarray(args: Sequence[Any]) -> Tree | None:
    """``np.ndarray[tuple[int, int], np.dtype[np.float64]]``; without a rank it is open."""
    if len(args) != 2:
        return None
    sizes, scalar = typing.get_args(args[0]), typing.get_args(args[1])
    if typing.get_origin(args[0]) is not tuple or Ellipsis in sizes or len(scalar) != 1:
        return None
    try:
        dtype = dtype_kind(numpy().dtype(scalar[0]))
    except TypeError:
        return None
    return None if dtype is None else array_of(dtype, "n" * len(sizes))


def _declared(
    kind: str, keys: tuple[Any, ...], hints: Sequence[Any], cls: type | None
) -> Tree | None:
    children = [annotated(h) for h in hints]
    if any(c is None for c in children):
        return None
    return Node(kind, keys, tuple(typing.cast("list[Tree]", children)), cls)
