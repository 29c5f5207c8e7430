"""Functions that call themselves: lowered once per signature to a callee of the graph.

The type of what such a function returns is a fixpoint.  At first a recursive call has no value, so
that the path it is on counts as one that never returns; what the other paths return is the first
guess, and lowering again with each guess widens it until it holds.  Where no other path returns,
the recursion has no end.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from symdiff.errors import AliasError, Diagnostic, TypeMismatch, UnsupportedCall
from symdiff.frontend import frames, heap, objects
from symdiff.frontend.context import Lowering, NoValue, Scope
from symdiff.frontend.frames import Outer, Shape
from symdiff.frontend.values import Abstract, Array, Const, Ref, Struct, describe
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Value
from symdiff.ir.types import (
    UNKNOWN,
    ListType,
    Node,
    Static,
    Tree,
    TupleType,
    Type,
    join,
    leaves,
    tuple_of,
)
from symdiff.records import dataclass, field, replace
from symdiff.source import Span

NESTED = 24  # callees inside each other: beyond this their arguments grow at each call
Body = Callable[[Lowering, dict[str, Abstract]], Abstract]
ROUNDS = 12
KEPT = "it was passed to a function that may return it or keep it"


class Wider(Exception):
    """A callee calls itself with wider numbers than it was entered with."""

    def __init__(self, callee: Callee, wanted: Shape) -> None:
        self.callee = callee
        self.wanted = wanted


@dataclass(slots=True, eq=False)
class Callee:
    """A function as a graph, or on the way to be one (``open``)."""

    name: str
    code: tuple[int, int]  # its code, and the scope that it was made in
    shape: Shape
    result: Tree | None = None
    outer: dict[Any, Outer] = field(default_factory=dict)
    shares: bool = False
    written: dict[int, Type] = field(default_factory=dict)  # lists that it changes: by leaf
    open: bool = True
    again: Span | None = None  # where it calls itself
    widths: dict[Any, Shape] = field(default_factory=dict)  # of names that it reads from outside
    held: object = None  # keeps what is known by identity


def call(
    lo: Lowering, scope: Scope, tree: ast.AST, bound: dict[str, Abstract], node: ast.AST, body: Body
) -> Abstract:
    """A call of a function that calls itself; ``body`` lowers its text in the current scope."""
    if lo.builder.watch is not None or lo.frames:
        lo.fail(
            UnsupportedCall,
            node,
            f"'{scope.name}', which calls itself, is called inside a try",
            "where it raises is not known",
            "call it before the try statement; in itself, test for what may go wrong instead",
        )
    lo.scope.vars = lo.state.vars
    code = id(tree), id(scope.parent)
    for x in bound.values():
        if isinstance(x, Array):
            next(frames.leaves(lo, x, node))  # refused: its memory is the caller's
    given = tuple(frames.shape(lo, x) for x in bound.values())
    callee = _known(lo, code, given, node) or _made(lo, scope, code, given, bound, node, body)
    if callee.result is None:
        callee.again = lo.span(node)
        lo.unknown.add(callee)
        raise NoValue
    passed = [leaf for x in bound.values() for leaf in frames.leaves(lo, x, node)]
    wanted = list(frames.leaf_types(callee.shape))
    for key, outer in callee.outer.items():
        x = frames.imported(lo, key, outer.name, outer.level, outer.read)
        now = frames.shape(lo, x)
        if now != outer.shape:
            callee.widths[key] = frames.wider(outer.shape, now)
            if callee.widths[key] != outer.shape:
                raise Wider(callee, callee.shape)
        passed.extend(frames.leaves(lo, x, node))
        wanted.extend(frames.leaf_types(outer.shape))
    args = [heap.retype(lo.builder, v, t) for (v, _), t in zip(passed, wanted, strict=True)]
    return _called(lo, callee, args, [ref for _, ref in passed], bound, node)


def _called(
    lo: Lowering,
    callee: Callee,
    args: list[Value],
    refs: list[Ref | None],
    bound: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """The call itself: its result, and the lists that it changed, which are results as well."""
    assert callee.result is not None
    types = [*leaves(callee.result), *callee.written.values()]
    b = lo.builder
    value = b.op("call", *args, callee=callee.name, type=_together(types))
    parts = [value]
    if len(types) != 1:
        parts = [b.op("tuple_get", value, index=k) for k in range(len(types))]
    for k, new in zip(callee.written, parts[len(types) - len(callee.written) :], strict=True):
        ref = refs[k]
        assert ref is not None
        if sum(1 for other in refs if other is not None and other.cell is ref.cell) > 1:
            lo.fail(
                AliasError,
                node,
                f"{heap.named(ref.cell)} is passed twice to '{callee.name}', which writes to it",
                "the function would see its own change under the other name",
                heap.COPY_HINT,
            )
        heap.replace_list(lo, ref, new, node)
    if callee.shares:
        _freeze(lo, bound)
        for ref in refs:
            if ref is not None:
                lo.state.heap.frozen.setdefault(ref.cell, KEPT)
    return _structure(lo, callee.result, iter(parts), callee)


def _known(lo: Lowering, code: tuple[int, int], given: Shape, node: ast.AST) -> Callee | None:
    """A callee that takes these arguments: one of the same signature, or one around this call."""
    callees: list[Callee] = lo.callees
    for callee in callees:
        if callee.code == code and callee.shape == given and _fits(lo, callee):
            return callee
    for callee in reversed(callees):
        if callee.code == code and callee.open:
            joined = frames.wider(callee.shape, given)
            if joined == callee.shape:
                return callee
            if joined is not None:
                raise Wider(callee, joined)
    return None


def _fits(lo: Lowering, callee: Callee) -> bool:
    """Whether the names that it reads from outside are what they were."""
    if callee.open:
        return True
    return all(
        frames.wider(o.shape, frames.shape(lo, frames.imported(lo, key, o.name, o.level, o.read)))
        == o.shape
        for key, o in callee.outer.items()
    )


# -- making one ------------------------------------------------------------------------------------


def _made(
    lo: Lowering,
    scope: Scope,
    code: tuple[int, int],
    given: Shape,
    bound: dict[str, Abstract],
    node: ast.AST,
    body: Body,
) -> Callee:
    if len(lo.making) >= NESTED:
        lo.fail(
            UnsupportedCall,
            node,
            f"'{scope.name}' calls itself with ever new structures",
            "each call is a function of its own, and there is no end of them",
            "let the arguments have the same form in each call",
        )
    callee = Callee(_free_name(lo, scope.name), code, given, held=(scope, bound))
    lo.callees.append(callee)
    unknown, lo.unknown = lo.unknown, set()
    try:
        _settle(lo, callee, scope, bound, node, body)
        callee.open = False
    finally:
        if callee.open:
            _forget(lo, callee)
        lo.unknown = unknown | (lo.unknown - {callee})
    return callee


def _settle(
    lo: Lowering,
    callee: Callee,
    scope: Scope,
    bound: dict[str, Abstract],
    node: ast.AST,
    body: Body,
) -> None:
    """Lower until the types hold."""
    for _ in range(ROUNDS):
        later = lo.callees.index(callee) + 1
        lo.unknown.discard(callee)
        try:
            graph, found, frame = _round(lo, callee, scope, bound, node, body)
        except TypeMismatch:
            wanted = frames.guessed(callee.shape)
            if wanted == callee.shape:
                raise
            callee.shape, callee.result = wanted, None
            _forget_later(lo, later)
            continue
        except Wider as wider:
            if wider.callee is not callee:
                raise
            callee.shape, callee.result = wider.wanted, None
            _forget_later(lo, later)
            continue
        if found is None:
            if lo.unknown - {callee}:
                raise NoValue  # what it returns depends on a callee around it
            what = f"'{scope.name}' calls itself without end"
            why = "no path through it returns without another call"
            hint = "let one path return a value of its own"
            raise UnsupportedCall([Diagnostic(what, why, hint, callee.again)])
        result = found if callee.result is None else _joined(lo, callee.result, found, node)
        written = _widened(callee.written, frame.written)
        same = (result, frame.shares, written) == (callee.result, callee.shares, callee.written)
        if same and callee.outer.keys() == frame.outer.keys() and written == frame.written:
            graph.body.yields = [_output(graph, [*leaves(result), *written.values()])]
            lo.root.callees[callee.name] = graph
            return
        callee.result, callee.shares, callee.outer = result, frame.shares, frame.outer
        callee.written = written
        _forget_later(lo, later)
    lo.fail(
        TypeMismatch,
        node,
        f"the type of what '{scope.name}' returns does not settle",
        "each call returns another",
        "return the same structure on every path",
    )


def _forget(lo: Lowering, callee: Callee) -> None:
    _forget_later(lo, lo.callees.index(callee))


def _forget_later(lo: Lowering, first: int) -> None:
    """Callees that were made on a guess."""
    for callee in lo.callees[first:]:
        lo.root.callees.pop(callee.name, None)
    del lo.callees[first:]


def _round(
    lo: Lowering,
    callee: Callee,
    scope: Scope,
    bound: dict[str, Abstract],
    node: ast.AST,
    body: Body,
) -> tuple[Graph, Tree | None, frames.Frame]:
    """One lowering; the structure of the result, None where every path ends in another call."""
    line = getattr(node, "lineno", 0) if scope.liveness is None else 0
    graph = Graph(callee.name, Block(None), file=scope.file, line=line)
    graph.imports, graph.notes = lo.root.imports, lo.root.notes
    shapes = dict(zip(bound, callee.shape, strict=True))
    frame = frames.enter(lo, graph)
    frame.widths = callee.widths
    try:
        inner = replace(scope)
        inner.level = len(lo.making)
        lo.scope = inner
        made = {n: frames.parameters(lo, x, shapes[n], n) for n, x in bound.items()}
        for key, outer in callee.outer.items():
            frames.imported(lo, key, outer.name, outer.level, outer.read)
        lo.state.vars = made
        try:
            result = body(lo, made)
        except NoValue:
            return graph, None, frame
        if lo.state.dead and lo.unknown:
            return graph, None, frame
        frames.check_ends(lo, scope.name, node)
        outputs: list[Value] = []
        found = _flatten(lo, result, outputs, node)
        changed = frames.written(lo)
        frame.written = {k: v.type for k, v in changed.items()}
        graph.body.yields = [*outputs, *changed.values()]
        return graph, found, frame
    finally:
        frames.leave(lo)


def _free_name(lo: Lowering, name: str) -> str:
    stem = name if name.isidentifier() else "inner"
    taken = {c.name for c in lo.callees}
    free, number = stem, 1
    while free in taken:
        number += 1
        free = f"{stem}_{number}"
    return free


# -- results ---------------------------------------------------------------------------------------


def _flatten(lo: Lowering, x: Abstract, outputs: list[Value], node: ast.AST) -> Tree:
    x = objects.structure(lo, x, node)
    if isinstance(x, Value):
        outputs.append(x)
        return x.type
    if isinstance(x, Ref):
        outputs.append(heap.read(lo, x, node))
        return outputs[-1].type
    if isinstance(x, Struct):
        items = tuple(_flatten(lo, i, outputs, node) for i in x.items)
        return Node(x.kind, x.keys, items, x.cls)
    if isinstance(x, Const):
        return Static(x.value)
    lo.fail(
        TypeMismatch,
        node,
        f"a function that calls itself returns a {describe(x)}",
        "only numbers and structures of them are",
        "return a number, or a list, tuple or dict of numbers",
    )


def _joined(lo: Lowering, a: Tree, b: Tree, node: ast.AST) -> Tree:
    """The structure that holds both."""
    if isinstance(a, Type) and isinstance(b, Type):
        found = join(a, b)
        if found is not None:
            return found
    elif isinstance(a, Node) and isinstance(b, Node) and (a.kind, a.keys) == (b.kind, b.keys):
        parts = zip(a.children, b.children, strict=True)
        return Node(a.kind, a.keys, tuple(_joined(lo, x, y, node) for x, y in parts), a.cls)
    elif a == b:
        return a
    lo.fail(
        TypeMismatch,
        node,
        f"the result is a {_words(a)} on one path and a {_words(b)} on another",
        "each call returns one kind of value",
        "return the same structure on every path",
    )


def _words(t: Tree) -> str:
    return t.kind if isinstance(t, Node) else str(t)


def _together(types: list[Type]) -> Type:
    return types[0] if len(types) == 1 else tuple_of(*types)


def _widened(a: dict[int, Type], b: dict[int, Type]) -> dict[int, Type]:
    """The types of the lists that are written, in either of two rounds."""
    found = {}
    for k in sorted({*a, *b}):
        both = join(a.get(k, UNKNOWN), b.get(k, UNKNOWN))
        found[k] = both if both is not None else b[k]
    return found


def _output(graph: Graph, types: list[Type]) -> Value:
    """The one output of a callee, in the settled types."""
    b = Builder(graph)
    pairs = zip(graph.outputs, types, strict=True)
    parts = [heap.retype(b, v, t) for v, t in pairs]
    return parts[0] if len(parts) == 1 else b.op("make_tuple", *parts)


def _structure(lo: Lowering, tree: Tree, parts: Any, callee: Callee) -> Abstract:
    """What a call returns, as the caller sees it."""
    if isinstance(tree, Static):
        return Const(tree.value)
    if isinstance(tree, Node):
        items = tuple(_structure(lo, c, parts, callee) for c in tree.children)
        made = Struct(tree.kind, tree.keys, items, tree.cls)
        return lo.new_object(made) if tree.kind in ("dict", "record") else made
    value = next(parts)
    if isinstance(value.type, ListType):
        ref = lo.new_cell(value)
        if callee.shares:
            lo.state.heap.frozen[ref.cell] = f"'{callee.name}' may return a list of its caller's"
        return ref
    return heap.unbox(lo, value) if isinstance(value.type, TupleType) else value


def _freeze(lo: Lowering, bound: dict[str, Abstract]) -> None:
    """Lists that the result may be one of."""
    for x in objects.reachable(bound.values(), lo.state.heap.objects):
        lo.state.heap.frozen.setdefault(x.cell, KEPT)
