"""Types of IR values, and the trees that say how Python structures map to them.

Graph values are numbers, text, NumPy arrays, and lists or tuples of those.  A dict, a dataclass or
a tuple *argument* never reaches the graph whole: its :class:`Tree` is flattened into one graph
input per leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from symdiff.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """A scalar type; ``name`` is one of float, int, bool, str, none.

    There is one record of each (copies and pickles give it back), so that scalar types are compared
    by identity: that is asked some twenty times for every statement.
    """

    name: str

    def __reduce__(self) -> tuple[Any, ...]:
        if self.__class__ is Type:
            return scalar, (self.name,)
        return self.__class__, tuple([getattr(self, name) for name in self.__match_args__])

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


@dataclass(frozen=True, slots=True)
class ArrayType(Type):
    """A NumPy array, or (rank 0) a NumPy scalar.

    ``dtype`` is f64, f32, int or bool; c128 or c64 between a Fourier transform and its parts.
    ``dims`` has a letter per dimension, which says what broadcasting must know of its size: ``1``,
    ``n`` (not 1), ``?`` (either). Sizes themselves are no part of a type: one generated function
    serves all of them.
    """

    name: str
    dtype: str
    dims: str

    @property
    def rank(self) -> int:
        return len(self.dims)

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(self.dims)}]"


@dataclass(frozen=True, slots=True)
class SizedArray(ArrayType):
    """An array in a signature that fixes its sizes as well (None: that one is open).

    A program is compiled for sizes only where it is refused for all of them: where the rank of a
    result or the length of a tuple depends on one.  In a graph it is a plain array.
    """

    name: str
    dtype: str
    dims: str
    sizes: tuple[int | None, ...]

    def __str__(self) -> str:
        shown = [d if n is None else str(n) for d, n in zip(self.dims, self.sizes, strict=True)]
        return f"{self.dtype}[{','.join(shown)}]"


@dataclass(frozen=True, slots=True)
class TapeType(Type):
    """What the forward form ``of`` a callee hands to its reverse form.

    The graph's ``tapes`` list its entries: they may be tapes of the same kind, so that the type
    cannot spell them out.
    """

    name: str
    of: str

    def __str__(self) -> str:
        return f"tape[{self.of}]"


FLOAT = Type("float")
INT = Type("int")
BOOL = Type("bool")
STR = Type("str")
NONE = Type("none")
GENERATOR = Type("generator")  # of random numbers
UNKNOWN = Type("unknown")  # the element type of [] before anything was appended
_SCALARS = {t.name: t for t in (FLOAT, INT, BOOL, STR, NONE, UNKNOWN)}


def scalar(name: str) -> Type:
    """The scalar type of a name."""
    return _SCALARS[name]


def list_of(elem: Type) -> ListType:
    return ListType("list", elem)


def tuple_of(*elems: Type) -> TupleType:
    return TupleType("tuple", elems)


def array_of(dtype: str, dims: str) -> ArrayType:
    return ArrayType("array", dtype, dims)


REAL = {"c128": "f64", "c64": "f32"}  # the dtypes of the parts of complex arrays
_KINDS = ("bool", "int", "f32", "f64")
_WEAK = {"bool": 0, "int": 1, "float": 2}  # Python's numbers: they have a kind, but no width


def result_dtype(types: Iterable[Type]) -> str:
    """NumPy's promotion: a Python number beside arrays raises their kind, not their width."""
    kinds = [t.dtype for t in types if isinstance(t, ArrayType)]
    weak = max((_WEAK[t.name] for t in types if not isinstance(t, ArrayType)), default=0)
    strong = max(kinds, key=_KINDS.index, default="bool")
    if strong == "f32" and "int" in kinds:
        return "f64"
    if weak == 2 and strong in ("bool", "int"):
        return "f64"
    return "int" if weak == 1 and strong == "bool" else strong


def is_array(t: Type) -> bool:
    return isinstance(t, ArrayType)


def is_scalar(t: Type) -> bool:
    """Whether values of the type are single numbers: Python's, or NumPy's scalars."""
    return is_number(t) or (isinstance(t, ArrayType) and not t.dims)


def is_memory(t: Type) -> bool:
    """Whether values of the type are memory that can be written to: an array with elements."""
    return isinstance(t, ArrayType) and bool(t.dims)


def _join_arrays(a: Type, b: Type) -> Type | None:
    """Of an array and an array or number: what is known of both."""
    ranks = {t.rank if isinstance(t, ArrayType) else 0 for t in (a, b)}
    if len(ranks) > 1 or any(t.name not in ("array", *_WEAK) for t in (a, b)):
        return None
    dims = [t.dims if isinstance(t, ArrayType) else "" for t in (a, b)]
    merged = "".join(p if p == q else "?" for p, q in zip(*dims, strict=True))
    return array_of(result_dtype((a, b)), merged)


def tape_of(form: str) -> TapeType:
    return TapeType("tape", form)


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that holds both (bool < int < float; unknown below all), or None."""
    if a == b or b == UNKNOWN:
        return a
    if a == UNKNOWN:
        return b
    if isinstance(a, ArrayType) or isinstance(b, ArrayType):
        return _join_arrays(a, b)
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
    return t is FLOAT or t is INT or t is BOOL


def is_differentiable(t: Type) -> bool:
    """Whether values of this type can carry a derivative: floats and structures that hold one."""
    if t is FLOAT:
        return True
    if isinstance(t, ArrayType):
        return t.dtype in ("f64", "f32") or t.dtype in REAL
    if isinstance(t, ListType):
        return is_differentiable(t.elem)
    if isinstance(t, TupleType):
        return any(map(is_differentiable, t.elems))
    return t == FLOAT or isinstance(t, TapeType)


def holds_list(t: Type) -> bool:
    """Whether a zero of this type needs a value to take lengths from."""
    if isinstance(t, TupleType):
        return any(map(holds_list, t.elems))
    return isinstance(t, ListType) or is_memory(t)


def holds_tape(t: Type) -> bool:
    """Whether a value of this type is a tape or has one among its elements."""
    if isinstance(t, TupleType):
        return any(map(holds_tape, t.elems))
    return isinstance(t, TapeType)


@dataclass(frozen=True, slots=True, eq=False)
class Static:
    """A leaf that is part of the signature by value (a string, None, a flag) or by identity (a
    function): no graph input."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return False
        held = getattr(other, "value", None)
        if type(self.value) in _BY_VALUE:
            return type(held) is type(self.value) and bool(held == self.value)
        return self.value is held

    def __hash__(self) -> int:
        return hash(self.value) if type(self.value) in _BY_VALUE else id(self.value)

    def __str__(self) -> str:
        return repr(self.value)


_BY_VALUE = (str, int, float, bool)


@dataclass(frozen=True, slots=True, eq=False)
class Kept(Static):
    """A leaf of a gradient that cannot be differentiated (a name, a count) and is the argument's
    own: ``value`` is the parameter and the keys that lead there, each with whether it is an
    attribute."""


@dataclass(frozen=True, slots=True)
class Node:
    """An inner node of a tree: ``kind`` is tuple, list, dict, record, object or namedtuple.

    ``keys`` are positions, dict keys or attributes; ``cls`` is the class of the last three.
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


def without_sizes(tree: Tree) -> Tree:
    """The tree with arrays of any size."""
    return map_leaves(
        tree, lambda t: array_of(t.dtype, t.dims) if isinstance(t, SizedArray) else t
    )


def map_leaves(tree: Tree, f: Callable[[Type], Tree]) -> Tree:
    """The same tree with each graph-typed leaf replaced."""
    if isinstance(tree, Node):
        children = tuple(map_leaves(c, f) for c in tree.children)
        return Node(tree.kind, tree.keys, children, tree.cls)
    return f(tree) if isinstance(tree, Type) else tree
