"""What a name can hold while a function is lowered.

The lowering is an abstract interpreter: numbers and text are graph :class:`Value`s; everything
whose shape is known (tuples, records, functions, modules, ranges) stays on the Python side and
costs nothing in the graph. What can change is a reference to a *cell* of an abstract heap, so that
``b = a; b[0] = 1.0`` changes ``a`` as it does in Python: the cell of a list holds one graph value,
the cell of an object (a dict, an instance of a class) a :class:`Struct` of abstract values."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from symdiff.ir.core import Graph, Value
from symdiff.ir.types import Tree

if TYPE_CHECKING:
    from symdiff.frontend.context import Scope


class Cell:
    """The identity of one list or object; its contents are in the heap of the current state."""

    __slots__ = ("name",)

    def __init__(self, name: str = "") -> None:
        self.name = name


@dataclass(frozen=True, slots=True)
class Ref:
    """A list: a cell, or the list found in it under ``path`` (a row of a matrix) as of
    ``version``."""

    cell: Cell
    path: tuple[Value, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Obj:
    """A dict or an instance: a cell whose contents, a :class:`Struct` of this ``kind`` and ``cls``,
    can change."""

    cell: Cell
    kind: str
    cls: type | None = None


@dataclass(frozen=True, slots=True)
class Struct:
    """What cannot change (a tuple, a frozen record), or the contents of an object: items under
    known keys; ``kind``, ``keys`` and ``cls`` are those of ``ir.types.Node``."""

    kind: str
    keys: tuple[Any, ...]
    items: tuple[Abstract, ...]
    cls: type | None = None

    def get(self, key: Any) -> Abstract | None:
        for known, item in zip(self.keys, self.items, strict=True):
            if known == key:  # True and 1 are one key, as in a dict
                return item
        return None

    def put(self, key: Any, item: Abstract) -> Struct:
        """With another item under a key; a new key comes last."""
        for k, known in enumerate(self.keys):
            if known == key:
                items = (*self.items[:k], item, *self.items[k + 1 :])
                return Struct(self.kind, self.keys, items, self.cls)
        return Struct(self.kind, (*self.keys, key), (*self.items, item), self.cls)

    def without(self, key: Any) -> Struct:
        """Without a key and its item."""
        kept = [k for k, known in enumerate(self.keys) if known != key]
        keys, items = (tuple(part[k] for k in kept) for part in (self.keys, self.items))
        return Struct(self.kind, keys, items, self.cls)


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A Python object known while lowering: a function, a module, a class, a string, None."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Const):
            return False
        if isinstance(self.value, str):
            return type(other.value) is str and self.value == other.value
        return self.value is other.value

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, str) else id(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A nested function or lambda: its node and the scope that its free names live in."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    name: str
    defaults: dict[str, Abstract]

    def same_code(self, other: object) -> TypeGuard[Closure]:
        """Whether both are made by one ``def`` of one call, and so differ in defaults at most."""
        return isinstance(other, Closure) and (
            self.node is other.node
            and self.scope is other.scope
            and self.defaults.keys() == other.defaults.keys()
        )

    def __eq__(self, other: object) -> bool:
        return self.same_code(other) and self.defaults == other.defaults

    def __hash__(self) -> int:
        return id(self.node)


@dataclass(frozen=True, slots=True, eq=False)
class BoundMethod:
    """``xs.append`` before it is called."""

    owner: Abstract
    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """A function of the user's bound to what is its first argument: ``body.step``."""

    owner: Abstract
    func: Any


@dataclass(frozen=True, slots=True)
class Super:
    """``super()``: attributes of ``owner`` are looked up behind ``cls``."""

    cls: type
    owner: Abstract


@dataclass(frozen=True, slots=True)
class Range:
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class Zip:
    parts: tuple[Abstract, ...]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Enumerate:
    part: Abstract
    start: Value


@dataclass(frozen=True, slots=True)
class Reversed:
    part: Abstract


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A generator expression, not run before something consumes it."""

    node: ast.GeneratorExp
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Yielded:
    """The values of a generator function that was called: for one consumer, there and then."""

    items: Ref | Struct
    tree: ast.FunctionDef
    scope: Scope


@dataclass(frozen=True, slots=True)
class Transform:
    """``grad(f)`` before it is called: which transformation, of what, with respect to what."""

    mode: str
    func: Abstract
    nums: tuple[int, ...]
    names: tuple[str, ...]
    single: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pullback:
    """The second half of ``vjp``: a graph that lacks its last inputs, the cotangent's."""

    graph: Graph
    inputs: tuple[Value, ...]
    tree: Tree


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name that has no value, or none on some path."""

    why: str = "it has no value here"


@dataclass(frozen=True, slots=True)
class Clash:
    """A name whose values on two paths have no common type; an error only if it is read."""

    why: str


@dataclass(frozen=True, slots=True)
class Maybe:
    """A name or a key that is bound only if ``bound`` (a loop that assigns it ran); reading it
    checks that."""

    value: Abstract
    bound: Value


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a template of a join: the ``number``-th value that the region yields."""

    number: int


Abstract = (
    Value
    | Ref
    | Obj
    | Struct
    | Const
    | Closure
    | BoundMethod
    | Method
    | Super
    | Range
    | Zip
    | Enumerate
    | Reversed
    | Generator
    | Yielded
    | Transform
    | Pullback
    | Unbound
    | Clash
    | Maybe
    | Hole
)

UNBOUND = Unbound()
DROPPED = Unbound("it is not read behind the statement before")  # it had a value: any will do
NONE_CONST = Const(None)


def pack(items: tuple[Abstract, ...] | list[Abstract]) -> Struct:
    """A tuple of abstract values."""
    return Struct("tuple", tuple(range(len(items))), tuple(items))


def refs(x: Abstract) -> Iterator[Ref]:
    """The list references inside an abstract value."""
    if isinstance(x, Ref):
        yield x
    elif isinstance(x, Struct):
        for item in x.items:
            yield from refs(item)
    elif isinstance(x, Closure):
        for default in x.defaults.values():
            yield from refs(default)
    elif isinstance(x, Maybe):
        yield from refs(x.value)
    elif isinstance(x, Zip):
        for part in x.parts:
            yield from refs(part)
    elif isinstance(x, (Enumerate, Reversed)):
        yield from refs(x.part)
    elif isinstance(x, (Method, Super)):
        yield from refs(x.owner)


def describe(x: Abstract) -> str:
    """The value in words, for messages."""
    if isinstance(x, Value):
        return str(x.type)
    if isinstance(x, (Struct, Obj)):
        return x.cls.__name__ if x.cls is not None else x.kind
    if isinstance(x, Const):
        if isinstance(x.value, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType)):
            kind = "module" if isinstance(x.value, types.ModuleType) else "function"
            return f"{kind} {x.value.__name__}"
        shown = f" {x.value!r:.40}"
        name = type(x.value).__name__
        return "None" if x.value is None else name if shown.startswith(" <") else name + shown
    words = {
        Ref: "list",
        Closure: "function",
        BoundMethod: "method",
        Method: "method",
        Generator: "generator",
    }
    return words.get(type(x), type(x).__name__.lower())
