"""What a name can hold while a function is lowered.

The lowering is an abstract interpreter: numbers and text are graph :class:`Value`s; everything
whose shape is known (tuples, records, functions, modules, ranges) stays on the Python side and
costs nothing in the graph. What can change is a reference to a *cell* of an abstract heap, so that
``b = a; b[0] = 1.0`` changes ``a`` as it does in Python: the cell of a list holds one graph value,
the cell of an object (a dict, an instance of a class) a :class:`Struct` of abstract values."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from symdiff.ir.core import Graph, Value
from symdiff.ir.types import Tree
from symdiff.records import dataclass

if TYPE_CHECKING:
    from symdiff.frontend.context import Scope


class Cell:
    """The identity of one list or object; its contents are in the heap of the current state.

    ``cls`` is its class where it is no plain list, dict or set (``object``: one or the other),
    ``limit`` the length that a ``deque`` keeps to."""

    __slots__ = ("cls", "limit", "name")

    def __init__(
        self, name: str = "", limit: int | None = None, cls: type | None = None
    ) -> None:
        self.name = name
        self.limit = limit
        self.cls = cls


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
    factory: Abstract | None = None  # makes what is missing (defaultdict), or is it (Counter)

    def alike(self, other: Obj) -> bool:
        """Whether both are of one kind."""
        return (self.kind, self.cls, self.factory) == (other.kind, other.cls, other.factory)


@dataclass(frozen=True, slots=True)
class View:
    """``d.items()``, ``d.keys()`` or ``d.values()``: what the dict holds when it is looked at."""

    owner: Obj
    part: str


@dataclass(frozen=True, slots=True)
class ArrayView:
    """One step from an array to a view of it: an operation, its further operands and attributes."""

    op: str
    args: tuple[Value, ...] = ()
    attrs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Array:
    """An array: a cell, seen through views. A write through a view changes the cell."""

    cell: Cell
    views: tuple[ArrayView, ...] = ()

    @property
    def path(self) -> tuple[Value, ...]:
        """The values that the views depend on."""
        return tuple(v for view in self.views for v in view.args)


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


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A value that depends on data, where a class that a function defines holds it."""

    value: Abstract


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
    pairs: bool = False  # of an iterable and the rest of it, which is the shorter one


@dataclass(frozen=True, slots=True)
class Enumerate:
    part: Abstract
    start: Value


@dataclass(frozen=True, slots=True)
class Reversed:
    part: Abstract


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A generator expression, not run before something consumes it; ``first`` is what its first
    ``for`` runs over, which Python evaluates at once."""

    node: ast.GeneratorExp
    scope: Scope
    first: Abstract


@dataclass(frozen=True, slots=True)
class Mapped:
    """``map``: a function of the elements of one or more iterables, each called when its turn
    comes; ``star``: the one element is the tuple of arguments (``itertools.starmap``)."""

    func: Abstract
    parts: tuple[Abstract, ...]
    star: bool = False


@dataclass(frozen=True, slots=True)
class Filtered:
    """``filter``: the elements for which a function (None: the element itself) is true, or false
    where ``keep`` says so."""

    func: Abstract
    part: Abstract
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Rest:
    """An iterable without its first ``start`` elements, at most ``count`` of them, every
    ``step``-th."""

    part: Abstract
    start: int
    count: Value | None = None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Longest:
    """``itertools.zip_longest``."""

    parts: tuple[Abstract, ...]
    fill: Abstract


@dataclass(frozen=True, slots=True)
class Endless:
    """An iterable that never ends: ``element`` gives the k-th; only parts of it are used."""

    element: Callable[[Value], Abstract]


@dataclass(frozen=True, slots=True, eq=False)
class Deferred:
    """Elements that are computed together, when they are first asked for; ``parts`` is what they
    come from, ``known`` whether their number is."""

    parts: tuple[Abstract, ...]
    known: bool
    make: Callable[[], Abstract]


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """An iterator over ``source``: it can be run over once; the heap knows how far it is."""

    source: Abstract


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """``itertools.groupby``: each key with an iterator over its elements, which ends when the next
    key is asked for."""

    keys: tuple[Abstract, ...]
    groups: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """``functools.partial``: a callable and the arguments that are fixed already."""

    func: Abstract
    args: tuple[Abstract, ...]
    kwargs: tuple[tuple[str, Abstract], ...] = ()

    def alike(self, other: Partial) -> bool:
        """Whether both fix the same parameters of one function."""
        same = self.func == other.func
        if isinstance(self.func, Closure):
            same = self.func.same_code(other.func)
        return (
            same
            and len(self.args) == len(other.args)
            and [k for k, _ in self.kwargs] == [k for k, _ in other.kwargs]
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """``*xs`` at the end of a call, where the length of the list is not known."""

    items: Ref


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two functions, by a condition: a call of it is an ``if`` with a call on each side."""

    cond: Abstract
    yes: Abstract
    no: Abstract


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
    """The second half of ``vjp``: a graph that lacks its last inputs, the cotangent's; ``outputs``
    are the values that the cotangent belongs to."""

    graph: Graph
    inputs: tuple[Value, ...]
    tree: Tree
    outputs: tuple[Value, ...]


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
class Optional:
    """A value where ``there``, None elsewhere; ``why`` is what to say of that None."""

    value: Abstract
    there: Value
    why: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a template of a join: the ``number``-th value that the region yields."""

    number: int


Abstract = (
    Value
    | Ref
    | Obj
    | Array
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
    | Mapped
    | Filtered
    | Rest
    | Longest
    | Endless
    | Deferred
    | Grouped
    | Stream
    | Partial
    | Choice
    | View
    | Spread
    | Unbound
    | Clash
    | Maybe
    | Optional
    | Hole
)

UNBOUND = Unbound()
DROPPED = Unbound("it is not read behind the statement before")  # it had a value: any will do
NONE_CONST = Const(None)
USED = -1  # how many elements were taken from a stream that was run over, or may have been


def pack(items: tuple[Abstract, ...] | list[Abstract]) -> Struct:
    """A tuple of abstract values."""
    return Struct("tuple", tuple(range(len(items))), tuple(items))


def refs(x: Abstract) -> Iterator[Ref | Array]:
    """The references to lists and arrays inside an abstract value."""
    if isinstance(x, (Ref, Array)):
        yield x
    elif isinstance(x, Struct):
        for item in x.items:
            yield from refs(item)
    elif isinstance(x, Closure):
        for default in x.defaults.values():
            yield from refs(default)
    elif isinstance(x, (Maybe, Optional)):
        yield from refs(x.value)
    else:
        for part in parts(x):
            yield from refs(part)


def is_function(x: Abstract) -> bool:
    """Whether this can be called, as far as its kind says."""
    if isinstance(x, Const):
        return callable(x.value)
    return isinstance(x, (Closure, BoundMethod, Method, Partial, Choice))


def parts(x: Abstract) -> tuple[Abstract, ...]:
    """What an iterable or a callable is made of."""
    if isinstance(x, (Zip, Longest, Deferred)):
        return x.parts
    if isinstance(x, Grouped):
        return x.groups
    if isinstance(x, (Enumerate, Reversed, Rest)):
        return (x.part,)
    if isinstance(x, Mapped):
        return (x.func, *x.parts)
    if isinstance(x, Filtered):
        return (x.func, x.part)
    if isinstance(x, Stream):
        return (x.source,)
    if isinstance(x, Generator):
        return (x.first,)
    if isinstance(x, Partial):
        return (x.func, *x.args, *(v for _, v in x.kwargs))
    if isinstance(x, Choice):
        return (x.yes, x.no)
    return (x.owner,) if isinstance(x, (Method, Super, View)) else ()


def builtin_class(x: Ref | Array | Obj) -> type | None:
    """The class of a container that is no plain list, dict or set; ``object``: which one depends on
    the path."""
    return None if isinstance(x, Ref) and x.path else x.cell.cls


def is_complex(x: object) -> TypeGuard[Struct]:
    """Whether it is a complex number or array: a real and an imaginary part."""
    return isinstance(x, Struct) and x.kind == "complex"


def is_slice(x: object) -> TypeGuard[Struct]:
    """Whether it is a slice: a start, a stop and a step."""
    return isinstance(x, Struct) and x.kind == "slice"


def describe(x: Abstract) -> str:
    """The value in words, for messages."""
    if isinstance(x, Value):
        return str(x.type)
    if isinstance(x, Ref) and x.cell.cls not in (None, object) and not x.path:
        return x.cell.cls.__name__
    if isinstance(x, (Struct, Obj)):
        return x.cls.__name__ if x.cls is not None else x.kind
    if isinstance(x, Const):
        if isinstance(x.value, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType)):
            kind = "module" if isinstance(x.value, types.ModuleType) else "function"
            return f"{kind} {x.value.__name__}"
        shown = f" {x.value!r:.40}"
        name = type(x.value).__name__
        return "None" if x.value is None else name if shown.startswith(" <") else name + shown
    if isinstance(x, Optional):
        return f"{describe(x.value)} or None"
    if isinstance(x, Stream):
        return "generator" if isinstance(x.source, Generator) else "iterator"
    return WORDS.get(type(x), type(x).__name__.lower())


WORDS: dict[type, str] = {
    Ref: "list",
    Array: "array",
    Closure: "function",
    BoundMethod: "method",
    Method: "method",
    Partial: "function",
    View: "view of a dict",
    Choice: "function",
    Spread: "starred list of unknown length",
    Mapped: "map",
    Filtered: "filter",
}
