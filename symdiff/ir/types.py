"""Types of IR values, and the trees that say how Python structures map to them.

Graph values are numbers, text, and lists or tuples of those.  A dict, a dataclass or a tuple
*argument* never reaches the graph whole: its :class:`Tree` is flattened into one graph input per
leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Type:
    """A scalar type; ``name`` is one of float, int, bool, str, none."""

    name: str

    def __eq__(self, other: object) -> bool:
        if self is other:  # nearly always, and asked some twenty times for every statement
            return True
        return self.__class__ is other.__class__ and self.name == getattr(other, "name", None)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """A Python list of any length whose elements share one type."""

    name: str
    elem: Type

    def __str__(self) -> str:
        return f"list[{self.elem}]"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    """A Python tuple as a *graph value* (an element of a list, a tape entry)."""

    name: str
    elems: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.elems))}]"


FLOAT = Type("float")
INT = Type("int")
BOOL = Type("bool")
STR = Type("str")
NONE = Type("none")
UNKNOWN = Type("unknown")  # the element type of [] before anything was appended


def list_of(elem: Type) -> ListType:
    return ListType("list", elem)


def tuple_of(*elems: Type) -> TupleType:
    return TupleType("tuple", elems)


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that holds both (bool < int < float; unknown below all), or None."""
    if a == b or b == UNKNOWN:
        return a
    if a == UNKNOWN:
        return b
    if isinstance(a, ListType) and isinstance(b, ListType):
        elem = join(a.elem, b.elem)
        return None if elem is None else list_of(elem)
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        if len(a.elems) != len(b.elems):
            return None
        elems = [join(x, y) for x, y in zip(a.elems, b.elems, strict=True)]
        return None if any(e is None for e in elems) else tuple_of(*elems)  # type: ignore[arg-type]
    order = (BOOL, INT, FLOAT)
    if a in order and b in order:
        return max(a, b, key=order.index)
    return None


def is_number(t: Type) -> bool:
    return t in (FLOAT, INT, BOOL)


def is_differentiable(t: Type) -> bool:
    """Whether values of this type can carry a derivative: floats and structures that hold one."""
    if t is FLOAT:
        return True
    if isinstance(t, ListType):
        return is_differentiable(t.elem)
    if isinstance(t, TupleType):
        return any(map(is_differentiable, t.elems))
    return t == FLOAT


def holds_list(t: Type) -> bool:
    """Whether a zero of this type needs a value to take lengths from."""
    return isinstance(t, ListType) or (isinstance(t, TupleType) and any(map(holds_list, t.elems)))


@dataclass(frozen=True, slots=True)
class Static:
    """A leaf that is part of the signature by value (a string, None, a flag): no graph input."""

    value: Any

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Node:
    """An inner node of a tree: ``kind`` is tuple, list, dict, record or namedtuple.

    ``keys`` are positions, dict keys or field names; ``cls`` is the class of a record.
    """

    kind: str
    keys: tuple[Any, ...]
    children: tuple[Tree, ...]
    cls: type | None = None

    def __str__(self) -> str:
        inner = ", ".join(f"{k}: {c}" for k, c in zip(self.keys, self.children, strict=True))
        return f"{self.kind}({inner})"


Tree = Node | Type | Static


def leaves(tree: Tree) -> Iterator[Type]:
    """The graph-typed leaves of a tree, left to right."""
    if isinstance(tree, Node):
        for child in tree.children:
            yield from leaves(child)
    elif isinstance(tree, Type):
        yield tree


def map_leaves(tree: Tree, f: Callable[[Type], Tree]) -> Tree:
    """The same tree with each graph-typed leaf replaced."""
    if isinstance(tree, Node):
        children = tuple(map_leaves(c, f) for c in tree.children)
        return Node(tree.kind, tree.keys, children, tree.cls)
    return f(tree) if isinstance(tree, Type) else tree
