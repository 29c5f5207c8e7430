"""Functions that are lowered to graphs of their own, because they call themselves.

While such a callee is lowered it is in a *frame*: another graph, another state.  Values of the
graphs around it cannot be used in it; a name that the callee reads from outside (of an enclosing
function, a captured number) becomes one more parameter, and every call passes what the name holds
where the call stands.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from symdiff.errors import UnsupportedCall
from symdiff.frontend import heap, objects
from symdiff.frontend.context import Lowering, State
from symdiff.frontend.values import (
    Abstract,
    Array,
    BoundMethod,
    Cell,
    Closure,
    Const,
    Obj,
    Ref,
    Struct,
    describe,
)
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Value
from symdiff.ir.types import FLOAT, UNKNOWN, ListType, Type, join, list_of
from symdiff.records import dataclass, field

# what belongs to one graph, and is put aside while another is made
OWN = (
    "graph",
    "builder",
    "state",
    "scope",
    "suspended",
    "active",
    "exits",
    "given",
    "writes",
    "iterating",
    "hidden",
    "locked",
    "rest",
    "frames",
    "awaiting",
    "handling",
)
Shape = Any  # a Type where a number or list is; nested tuples around it


@dataclass(slots=True)
class Outer:
    """A name that a callee reads from outside: how, and in which frame it lives."""

    name: str
    level: int
    read: Callable[[], Abstract]
    shape: Shape


@dataclass(slots=True)
class Frame:
    """A callee that is being lowered, and what was put aside for it."""

    saved: dict[str, Any]
    imports: dict[Any, Abstract] = field(default_factory=dict)
    outer: dict[Any, Outer] = field(default_factory=dict)
    shares: bool = False  # whether a list of its caller's may be in what it returns
    given: list[tuple[Cell, Value] | None] = field(default_factory=list)  # per leaf: a list
    objects: list[tuple[Cell, Struct]] = field(default_factory=list)
    written: dict[int, Type] = field(default_factory=dict)
    widths: dict[Any, Shape] = field(default_factory=dict)  # wider types for what is imported

    def given_value(self, cell: Cell) -> Value:
        """The parameter that holds a list."""
        return next(entry[1] for entry in self.given if entry is not None and entry[0] is cell)


def enter(lo: Lowering, graph: Graph) -> Frame:
    """Begin a callee."""
    frame = Frame({name: getattr(lo, name) for name in OWN})
    lo.making.append(frame)
    lo.graph, lo.builder, lo.state = graph, Builder(graph), State()
    lo.builder.current = frame.saved["builder"].current
    lo.suspended, lo.active, lo.exits, lo.iterating = [], [], [], []
    lo.rest, lo.frames, lo.awaiting, lo.handling = None, [], (), 0
    lo.given, lo.writes, lo.hidden, lo.locked = set(), False, {}, {}
    return frame


def notice(lo: Lowering, x: Abstract) -> None:
    """A callee returns this: a list that is not its own may be its caller's too."""
    held = lo.state.heap
    for r in objects.reachable([x], held.objects):
        if r.cell in lo.given or r.cell in held.frozen:
            lo.making[-1].shares = True


def written(lo: Lowering) -> dict[int, Value]:
    """The lists that the callee changed, by their place among its leaves; how they are now."""
    values = lo.state.heap.values
    found: dict[int, Value] = {}
    for k, entry in enumerate(lo.making[-1].given):
        if entry is not None and values.get(entry[0], entry[1]) is not entry[1]:
            found[k] = values[entry[0]]
    return found


def check_ends(lo: Lowering, name: str, node: ast.AST) -> None:
    """What the callee did to what it was given: lists that it kept are shared from now on."""
    frame: Frame = lo.making[-1]
    held = lo.state.heap
    for cell, before in frame.objects:
        if held.objects.get(cell, before) != before:
            lo.fail(
                UnsupportedCall,
                node,
                f"'{name}' calls itself and writes to an object that it was given",
                "the change would have to be seen by every caller",
                "return a new object",
            )
    cells = {entry[0] for entry in frame.given if entry is not None}
    if any(c in held.held or (c in held.frozen and c not in lo.locked) for c in cells):
        frame.shares = True


def leave(lo: Lowering) -> None:
    frame = lo.making.pop()
    for name, value in frame.saved.items():
        setattr(lo, name, value)


@contextmanager
def outside(lo: Lowering) -> Iterator[None]:
    """Work in the frame around the current one for a while."""
    frame = lo.making.pop()
    inner = {name: getattr(lo, name) for name in OWN}
    for name, value in frame.saved.items():
        setattr(lo, name, value)
    try:
        yield
    finally:
        frame.saved = {name: getattr(lo, name) for name in OWN}
        for name, value in inner.items():
            setattr(lo, name, value)
        lo.making.append(frame)


def imported(lo: Lowering, key: Any, name: str, level: int, read: Callable[[], Abstract]) -> Any:
    """What ``read`` gives in frame ``level``, as it is seen in the current frame."""
    if level == len(lo.making):
        return read()
    frame: Frame = lo.making[-1]
    found = frame.imports.get(key)
    if found is None:
        with outside(lo):
            x = imported(lo, key, name, level, read)
            seen = frame.widths.get(key) or shape(lo, x)
            static = not any(True for _ in leaf_types(seen)) and not isinstance(x, Obj)
        if static:
            return x
        found = parameters(lo, x, seen, name)
        frame.imports[key] = found
        frame.outer[key] = Outer(name, level, read, seen)
        if isinstance(found, Ref) and key[0] == "name":
            return found  # a list that the callee may change
        for r in objects.reachable([found], lo.state.heap.objects):
            held = lo.state.heap
            lo.locked[r.cell] = held.objects[r.cell] if isinstance(r, Obj) else held.values[r.cell]
    if isinstance(found, Ref) and key[0] == "name":
        lo.state.heap.values.setdefault(found.cell, frame.given_value(found.cell))
    else:
        lock(lo, found, name)
    return found


def lock(lo: Lowering, found: Abstract, name: str) -> None:
    """Put what comes from outside into the current state, which may be that of a branch that has
    not met it, and forbid writes."""
    heap = lo.state.heap
    stack = [found]
    while stack:
        x = stack.pop()
        if isinstance(x, (Ref, Array, Obj)):
            held = lo.locked[x.cell]
            heap.frozen[x.cell] = f"'{name}' belongs to the surroundings of the function"
            if isinstance(held, Value):
                heap.values[x.cell] = held
            else:
                heap.objects[x.cell] = held
                stack += held.items
        elif isinstance(x, Struct):
            stack += x.items


# -- arguments as leaves ---------------------------------------------------------------------------


def shape(lo: Lowering, x: Abstract) -> Shape:
    """What a callee is specialised on: types where numbers and lists are, everything else by
    identity."""
    if isinstance(x, Value):
        return x.type
    if isinstance(x, Ref):
        return heap.list_type(lo, x)
    if isinstance(x, Obj):
        return ("object", shape(lo, objects.contents(lo, x)))
    if isinstance(x, Struct):
        return (x.kind, x.keys, x.cls, tuple(shape(lo, i) for i in x.items))
    if isinstance(x, Const):
        return ("const", x)
    if isinstance(x, Closure):
        parts = tuple(shape(lo, d) for d in x.defaults.values())
        return ("closure", id(x.node), id(x.scope), parts)
    if isinstance(x, BoundMethod):
        return ("method", x.name, shape(lo, x.owner))
    return ("other", type(x).__name__)


def leaf_types(s: Shape) -> Iterator[Type]:
    if isinstance(s, Type):
        yield s
    elif isinstance(s, tuple):
        for part in s:
            yield from leaf_types(part)


def guessed(s: Shape) -> Shape:
    """With empty lists taken as lists of floats."""
    if isinstance(s, ListType):
        return list_of(FLOAT if s.elem == UNKNOWN else guessed(s.elem))
    return tuple(map(guessed, s)) if isinstance(s, tuple) else s


def wider(a: Shape, b: Shape) -> Shape | None:
    """The shape that holds both, where they differ in numbers only; else None."""
    if isinstance(a, Type) and isinstance(b, Type):
        return join(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        parts = tuple(wider(x, y) for x, y in zip(a, b, strict=True))
        same = (p is not None or x is y is None for p, x, y in zip(parts, a, b, strict=True))
        return parts if all(same) else None
    return a if a == b else None


def leaves(lo: Lowering, x: Abstract, node: ast.AST) -> Iterator[tuple[Value, Ref | None]]:
    """The graph values in an argument, in the order of its shape; with the list each is of."""
    if isinstance(x, Value):
        yield x, None
    elif isinstance(x, Ref):
        yield heap.read(lo, x, node), x
    elif isinstance(x, Obj):
        yield from leaves(lo, objects.known(lo, x, node), node)
    elif isinstance(x, Struct):
        for item in x.items:
            yield from leaves(lo, item, node)
    elif isinstance(x, Closure):
        for item in x.defaults.values():
            yield from leaves(lo, item, node)
    elif isinstance(x, BoundMethod):
        yield from leaves(lo, x.owner, node)
    elif not isinstance(x, Const):
        lo.fail(
            UnsupportedCall,
            node,
            f"a {describe(x)} is passed to a function that calls itself",
            "it is not one value",
            "pass a list or numbers",
        )


def parameters(lo: Lowering, x: Abstract, s: Shape, name: str) -> Abstract:
    """New parameters of the current graph for the leaves of an argument of another frame, in the
    types of shape ``s``."""
    if isinstance(x, (Value, Ref)):
        param = free_name(lo, name)
        lo.graph.params.append(Param(param, s))
        value = lo.graph.body.add_param(s, param)
        frame: Frame = lo.making[-1]
        if not isinstance(s, ListType):
            frame.given.append(None)
            return value
        ref = lo.new_cell(value, name)
        lo.given.add(ref.cell)
        frame.given.append((ref.cell, value))
        return ref
    if isinstance(x, Obj):
        return _object(lo, x, s[1], name)
    if isinstance(x, Struct):
        return Struct(x.kind, x.keys, _items(lo, x, s, name), x.cls)
    if isinstance(x, Closure):
        parts = zip(x.defaults.items(), s[3], strict=True)
        made = {key: parameters(lo, item, part, key) for (key, item), part in parts}
        return Closure(x.node, x.scope, x.name, made)
    if isinstance(x, BoundMethod):
        return BoundMethod(parameters(lo, x.owner, s[2], name), x.name)
    return x


def _items(lo: Lowering, x: Struct, s: Shape, name: str) -> tuple[Abstract, ...]:
    return tuple(
        parameters(lo, item, part, f"{name}_{key}")
        for key, item, part in zip(x.keys, x.items, s[3], strict=True)
    )


def _object(lo: Lowering, x: Obj, s: Shape, name: str) -> Obj:
    held = lo.making[-1].saved["state"].heap.objects[x.cell]
    struct = Struct(held.kind, held.keys, _items(lo, held, s, name), held.cls)
    made = lo.new_object(struct, name)
    lo.given.add(made.cell)
    lo.making[-1].objects.append((made.cell, struct))
    return made


def free_name(lo: Lowering, name: str) -> str:
    """A name that no other parameter has."""
    stem = name if name.isidentifier() else "".join(c if c.isalnum() else "_" for c in name)
    stem = stem if stem.isidentifier() else f"p_{stem}"
    taken = {p.name for p in lo.graph.params}
    free, number = stem, 1
    while free in taken:
        number += 1
        free = f"{stem}_{number}"
    return free
