"""Iterables: ranges, lists, tuples and what zip, enumerate and reversed make of them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from symdiff.errors import AliasError, TypeMismatch, UnsupportedSyntax
from symdiff.frontend import arrays, heap, list_parts, objects, operators
from symdiff.frontend.branches import branch
from symdiff.frontend.context import Lowering
from symdiff.frontend.optional import present
from symdiff.frontend.values import (
    USED,
    Abstract,
    Const,
    Deferred,
    Endless,
    Enumerate,
    Filtered,
    Generator,
    Grouped,
    Longest,
    Mapped,
    Obj,
    Range,
    Ref,
    Rest,
    Reversed,
    Stream,
    Struct,
    View,
    Yielded,
    Zip,
    describe,
    pack,
    parts,
    refs,
)
from symdiff.ir.core import Value
from symdiff.ir.types import UNKNOWN, ListType, is_number
from symdiff.records import dataclass, replace
from symdiff.signature import OF_ATTRIBUTES

Get = Callable[[Value], Abstract]


@dataclass(slots=True)
class Plan:
    """A loop over ints: its bounds and the element that an index stands for."""

    start: Value
    stop: Value
    step: Value
    element: Get
    ran: bool = False  # known to run at least once


def taken(x: Abstract) -> Abstract:
    """The values of a generator, for a consumer that takes them all at once."""
    return x.items if isinstance(x, Yielded) else x


def is_static(x: Abstract) -> bool:
    """Whether all elements are known one by one, so that a loop over them unrolls."""
    if isinstance(x, Yielded):
        return isinstance(x.items, Struct)
    if isinstance(x, (Struct, Obj, View)):
        return not isinstance(x, Obj) or x.cls is None
    if isinstance(x, Zip):
        ended = [p for p in x.parts if not _endless(p)]
        return bool(ended) and all(map(is_static, ended))
    if isinstance(x, (Mapped, Longest)):
        return bool(x.parts) and all(map(is_static, x.parts))
    if isinstance(x, (Enumerate, Reversed)):
        return is_static(x.part)
    if isinstance(x, Rest):
        known = x.count is None or x.count.is_const()
        return known and (is_static(x.part) or (x.count is not None and _endless(x.part)))
    if isinstance(x, (Deferred, Grouped)):
        return isinstance(x, Grouped) or x.known
    if isinstance(x, Stream):
        return is_static(x.source)
    return isinstance(x, Const) and isinstance(x.value, (str, tuple))


def is_generator(x: Abstract) -> bool:
    """Whether this is a generator expression that was not run over yet."""
    return isinstance(x, Stream) and isinstance(x.source, Generator)


def _endless(x: Abstract) -> bool:
    if isinstance(x, (Stream, Enumerate)):
        return _endless(x.source if isinstance(x, Stream) else x.part)
    if isinstance(x, (Zip, Mapped)):
        return bool(x.parts) and all(map(_endless, x.parts))
    return isinstance(x, Endless) or (isinstance(x, Rest) and x.count is None and _endless(x.part))


def stream(lo: Lowering, source: Abstract) -> Stream:
    """An iterator over ``source`` that nothing was taken from."""
    made = Stream(source)
    lo.state.heap.taken[made] = 0
    return made


def opened(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """What is left in a stream, which this uses up; anything else is itself."""
    x = present(lo, x, "'NoneType' object is not iterable")
    while isinstance(x, Stream):
        taken = lo.state.heap.taken.get(x, 0)
        if taken < 0:
            lo.fail(
                UnsupportedSyntax,
                node,
                f"this {describe(x)} is run over a second time",
                "it is used up by then, or may be",
                "make a list of it first, list(...), and use that",
            )
        lo.state.heap.taken[x] = USED
        x = x.source if taken == 0 else Rest(x.source, taken)
    return x


def settled(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """The iterable in a form that can be indexed: streams opened, filters applied."""
    x = opened(lo, x, node)
    own = operators.iterated(lo, x, node)
    if own is not x:
        return settled(lo, own, node)
    if isinstance(x, Yielded):
        return settled(lo, x.items, node)
    if isinstance(x, Generator):
        return settled(lo, LAZY[0](lo, x), node)
    if isinstance(x, Deferred):
        return settled(lo, x.make(), node)
    if isinstance(x, Filtered):
        return FILTER[0](lo, x, node)
    if isinstance(x, Mapped) and len(x.parts) == 1:
        return replace(x, parts=(settled(lo, x.parts[0], node),))
    if isinstance(x, (Zip, Mapped, Longest)):
        return replace(x, parts=tuple(_counted(lo, p, node) for p in x.parts))
    if isinstance(x, (Enumerate, Reversed, Rest)):
        return replace(x, part=_counted(lo, x.part, node))
    return pack([]) if isinstance(x, Ref) and _never_filled(lo, x, node) else x


def _never_filled(lo: Lowering, x: Ref, node: ast.AST) -> bool:
    """Whether it is a list that was made empty and is so still: what its elements would be is not
    known, nor needed."""
    value = heap.read(lo, x, node)
    if value.op != "make_list" or value.stmt is None or value.stmt.args:
        return False
    return isinstance(value.type, ListType) and value.type.elem == UNKNOWN


def _counted(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """A settled iterable whose elements have known places: what a filter lets through is a list."""
    x = settled(lo, x, node)
    return to_list(lo, x, node) if stages(x)[1] else x


Stage = Filtered | Mapped


def stages(x: Abstract) -> tuple[Abstract, list[Stage]]:
    """What a settled iterable that is filtered goes over, and what each element passes through."""
    found: list[Stage] = []
    while isinstance(x, Filtered) or (isinstance(x, Mapped) and len(x.parts) == 1):
        found.insert(0, x)
        x = x.part if isinstance(x, Filtered) else x.parts[0]
    while found and not isinstance(found[0], Filtered):
        x = found.pop(0)
    return x, found


def known(lo: Lowering, x: Abstract, node: ast.AST) -> tuple[int, Callable[[int], Abstract]]:
    """The number of elements of a settled iterable, and what gives them one by one."""
    if isinstance(x, (Zip, Mapped, Longest)):
        return _known_columns(lo, x, node)
    if isinstance(x, Enumerate):
        size, get = known(lo, x.part, node)
        b = lo.builder
        return size, lambda k: pack([b.op("add", x.start, b.const(k)), get(k)])
    if isinstance(x, Reversed):
        size, get = known(lo, x.part, node)
        return size, lambda k: get(size - 1 - k)
    if isinstance(x, Rest):
        return _known_rest(lo, x, node)
    if isinstance(x, View):
        return _known_view(lo, x, node)
    if isinstance(x, Grouped):
        return len(x.keys), lambda k: _group(lo, x, k)
    if isinstance(x, Obj) and x.kind == "list":
        return len(objects.known(lo, x, node).items), lambda k: _held(lo, x, k, node)
    items = _items(lo, x, node)
    return len(items), lambda k: items[k]


def end_groups(lo: Lowering, x: Abstract) -> None:
    """Behind a loop over groups all of them are over."""
    if isinstance(x, Grouped):
        lo.state.heap.taken.update(dict.fromkeys(x.groups, USED))
    for part in parts(x):
        end_groups(lo, part)


def _group(lo: Lowering, x: Grouped, k: int) -> Abstract:
    """A key with its group; the groups before it are over."""
    for group in x.groups[:k]:
        lo.state.heap.taken[group] = USED
    return pack([x.keys[k], x.groups[k]])


def _known_view(
    lo: Lowering, x: View, node: ast.AST
) -> tuple[int, Callable[[int], Abstract]]:
    """A view of a dict: its keys as of now, its items as of when each is looked at."""
    keys = objects.known(lo, x.owner, node).keys

    def at(k: int) -> Abstract:
        key = constant(lo, keys[k])
        if x.part == "keys":
            return key
        item = _held(lo, x.owner, keys[k], node)
        return item if x.part == "values" else pack([key, item])

    return len(keys), at


def _held(lo: Lowering, x: Obj, key: object, node: ast.AST) -> Abstract:
    """An item while a loop runs over what holds it."""
    item = objects.load(lo, x, key, node)
    if item is None:
        lo.fail(
            TypeMismatch,
            node,
            f"the {describe(x)} loses {key!r} while a loop runs over it",
            "the loop would come to it later",
            "loop over a list of its keys, and change it behind the loop",
        )
    return item


def _known_columns(
    lo: Lowering, x: Zip | Mapped | Longest, node: ast.AST
) -> tuple[int, Callable[[int], Abstract]]:
    b = lo.builder
    columns = [known(lo, p, node) for p in x.parts if not _endless(p)]
    sizes = [n for n, _ in columns]
    size = max(sizes) if isinstance(x, Longest) else min(sizes)
    if isinstance(x, Zip) and x.strict and len(set(sizes)) > 1:
        lo.fail(
            TypeMismatch,
            node,
            "zip(strict=True) of different lengths",
            "",
            "pass sequences of one length",
        )
    rest = iter(columns)
    gets: list[Callable[[int], Abstract]] = []
    for p in x.parts:
        if _endless(p):
            at = indexable(lo, p, node)[1]
            gets.append(lambda k, at=at: at(b.const(k)))  # type: ignore[misc]
        else:
            gets.append(next(rest)[1])
    if isinstance(x, Mapped):
        return size, lambda k: mapped(lo, x, [g(k) for g in gets], node)
    if isinstance(x, Longest):
        return size, lambda k: pack(
            [g(k) if k < n else x.fill for g, n in zip(gets, sizes, strict=True)]
        )
    return size, lambda k: pack([g(k) for g in gets])


def _known_rest(
    lo: Lowering, x: Rest, node: ast.AST
) -> tuple[int, Callable[[int], Abstract]]:
    most = None if x.count is None else x.count.constant
    if _endless(x.part):
        assert most is not None
        at = indexable(lo, x.part, node)[1]
        return most, lambda k: at(lo.builder.const(x.start + k * x.step))
    size, get = known(lo, x.part, node)
    left = len(range(x.start, size, x.step))
    return left if most is None else min(left, most), lambda k: get(x.start + k * x.step)


def mapped(lo: Lowering, x: Mapped, args: list[Abstract], node: ast.AST) -> Abstract:
    """The function of a ``map`` at one place."""
    if x.star:
        args = static_items(lo, args[0], node)
    return lo.call(x.func, args, node)


def static_items(lo: Lowering, x: Abstract, node: ast.AST) -> list[Abstract]:
    """The elements of an iterable of known length."""
    x = settled(lo, x, node)
    if isinstance(x, Grouped):
        lo.fail(
            UnsupportedSyntax,
            node,
            "the groups of groupby() are collected",
            "each of them ends when the next one begins",
            "loop over them, and make a list of each group",
        )
    size, get = known(lo, x, node)
    return [get(k) for k in range(size)]


def _items(lo: Lowering, x: Abstract, node: ast.AST) -> list[Abstract]:
    x = objects.structure(lo, x, node)
    if isinstance(x, Struct):
        if x.kind == "dict":
            return [constant(lo, k) for k in x.keys]
        if x.kind == "set" and len(x.items) > 1:
            lo.fail(
                UnsupportedSyntax,
                node,
                "a loop runs over a set",
                "the order of a set is not part of its value",
                "loop over sorted(...) of it, or use a list",
            )
        if x.kind in (*OF_ATTRIBUTES, "complex"):
            lo.fail(
                TypeMismatch,
                node,
                f"a {describe(x)} cannot be iterated over",
                "",
                "loop over a range, a list or a tuple",
            )
        return list(x.items)
    if isinstance(x, Range) and known_range(x):
        return [
            lo.builder.const(k) for k in range(x.start.constant, x.stop.constant, x.step.constant)
        ]
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        if value.op == "make_list" and value.stmt is not None:
            b = lo.builder
            return [heap.item(lo, x, b.const(k), node) for k in range(len(value.stmt.args))]
        parts = list_parts.parts(lo.builder, value)
        if parts is not None:
            return [heap.unbox(lo, v, x.cell.name) for v in parts]
    if isinstance(x, Const) and isinstance(x.value, (str, tuple)):
        return [constant(lo, c) for c in x.value]
    if arrays.is_array(x):
        size = arrays.length(lo, x, node)
        if size.is_const():
            return [arrays.item(lo, x, lo.builder.const(k), node) for k in range(size.constant)]
    lo.fail(
        TypeMismatch,
        node,
        f"the number of elements of this {describe(x)} is not known",
        "it must be fixed where values are passed or unpacked one by one",
        "use a loop, or pass the list itself",
        raises="TypeError" if isinstance(x, Value) and is_number(x.type) else "",
    )


def constant(lo: Lowering, key: object) -> Abstract:
    """A number or text known while compiling, or a tuple of them."""
    if isinstance(key, tuple):
        return pack([constant(lo, k) for k in key])
    return lo.builder.const(key) if isinstance(key, (bool, int, float)) else Const(key)


def plan(lo: Lowering, x: Abstract, node: ast.AST) -> Plan:
    """How a loop runs over ``x``."""
    b = lo.builder
    x = settled(lo, x, node)
    if isinstance(x, Range):
        return Plan(x.start, x.stop, x.step, lambda i: i, _runs(x))
    if isinstance(x, Reversed) and isinstance(x.part, Range):
        r = flip(lo, x.part)
        return Plan(r.start, r.stop, r.step, lambda i: i, _runs(r))
    if isinstance(x, Reversed):
        length, get = indexable(lo, x.part, node)
        start = b.op("sub", length, b.const(1))
        return Plan(start, b.const(-1), b.const(-1), get, length.is_const() and length.constant > 0)
    if isinstance(x, Enumerate) and isinstance(x.part, Range):
        r, first = x.part, x.start
        if r.start.is_const(0) and r.step.is_const(1):
            return Plan(
                r.start, r.stop, r.step, lambda i: pack([b.op("add", first, i), i]), _runs(r)
            )
    length, get = indexable(lo, x, node)
    return Plan(b.const(0), length, b.const(1), get, length.is_const() and length.constant > 0)


def _runs(r: Range) -> bool:
    bounds = (r.start, r.stop, r.step)
    return all(v.is_const() for v in bounds) and len(range(*(v.constant for v in bounds))) > 0


def flip(lo: Lowering, r: Range) -> Range:
    """``reversed(range(...))`` as a range."""
    b = lo.builder
    if r.step.is_const(1):
        one = b.const(1)
        return Range(b.op("sub", r.stop, one), b.op("sub", r.start, one), b.const(-1))
    last = b.op("sub", range_length(lo, r), b.const(1))
    start = b.op("add", r.start, b.op("mul", last, r.step))
    return Range(start, b.op("sub", r.start, r.step), b.op("neg", r.step))


def range_length(lo: Lowering, r: Range) -> Value:
    """``len(range(...))``."""
    b = lo.builder
    span = b.op("sub", r.stop, r.start)
    if r.step.is_const(-1):
        span = b.op("neg", span)
    elif not r.step.is_const(1):
        span = b.op("neg", b.op("floordiv", b.op("neg", span), r.step))
    if span.is_const():
        return b.const(max(0, span.constant))
    if span.op == "len":
        return span
    return b.op("max", span, b.const(0))


def indexable(lo: Lowering, x: Abstract, node: ast.AST) -> tuple[Value, Get]:
    """The length, and the element at an index that counts from 0; ``x`` is settled."""
    b = lo.builder
    if arrays.is_array(x):
        return arrays.length(lo, x, node), lambda i: arrays.item(lo, x, i, node)
    if isinstance(x, Ref):
        return b.op("len", heap.read(lo, x, node)), lambda i: heap.item(lo, x, i, node)
    if isinstance(x, Range):

        def at(i: Value) -> Value:
            return b.op("add", x.start, i if x.step.is_const(1) else b.op("mul", i, x.step))

        return range_length(lo, x), (lambda i: i) if x.start.is_const(0) and x.step.is_const(
            1
        ) else at
    if isinstance(x, (Zip, Mapped, Longest)):
        return _columns(lo, x, node)
    if isinstance(x, Rest):
        return _rest(lo, x, node)
    if isinstance(x, Endless):
        return b.const(sys.maxsize), x.element
    if isinstance(x, Enumerate):
        length, get = indexable(lo, x.part, node)
        return length, lambda i: pack(
            [b.op("add", x.start, i) if not x.start.is_const(0) else i, get(i)]
        )
    if isinstance(x, Reversed):
        length, get = indexable(lo, x.part, node)
        return length, lambda i: get(b.op("sub", b.op("sub", length, b.const(1)), i))
    if isinstance(x, (Struct, Obj)):
        made = heap.make_list(lo, static_items(lo, x, node), node)
        return indexable(lo, made, node)
    if isinstance(x, Value):
        lo.fail(
            TypeMismatch,
            node,
            f"a {x.type} cannot be iterated over",
            "",
            "loop over range(n) or a list",
            raises="TypeError",
        )
    lo.fail(
        UnsupportedSyntax,
        node,
        f"iterating over a {describe(x)} is not supported",
        "",
        "loop over a range, a list, a tuple or a dict",
    )


def _columns(
    lo: Lowering, x: Zip | Mapped | Longest, node: ast.AST
) -> tuple[Value, Get]:
    columns = [indexable(lo, p, node) for p in x.parts]
    sizes = [n for (n, _), p in zip(columns, x.parts, strict=True) if not _endless(p)]
    strict = isinstance(x, Zip) and x.strict
    if isinstance(x, Zip) and x.pairs:
        sizes = sizes[1:]
    length = sizes[0] if sizes else columns[0][0]
    for other in sizes[1:]:
        if other is length:
            continue
        if strict:
            _check_same(lo, length, other)
        else:
            length = _extreme(lo, "max" if isinstance(x, Longest) else "min", length, other)

    def at(i: Value) -> Abstract:
        if isinstance(x, Longest):
            return pack([_or_fill(lo, n, get, i, x.fill, length, node) for n, get in columns])
        row = [get(i) for _, get in columns]
        return mapped(lo, x, row, node) if isinstance(x, Mapped) else pack(row)

    return length, at


def _extreme(lo: Lowering, op: str, p: Value, q: Value) -> Value:
    if p.is_const() and q.is_const():
        pick = max if op == "max" else min
        return lo.builder.const(pick(p.constant, q.constant))
    return lo.builder.op(op, p, q)


def _or_fill(
    lo: Lowering, size: Value, get: Get, i: Value, fill: Abstract, length: Value, node: ast.AST
) -> Abstract:
    """An element of a column of ``zip_longest``, or what stands for it behind its end."""
    if size is length:
        return get(i)
    return branch(lo, lo.builder.op("lt", i, size), lambda: get(i), lambda: fill, node)


def _rest(lo: Lowering, x: Rest, node: ast.AST) -> tuple[Value, Get]:
    b = lo.builder
    size, get = indexable(lo, x.part, node)
    start, step = b.const(x.start), b.const(x.step)
    left = b.op("sub", size, b.const(x.start - x.step + 1))
    if x.step != 1:
        left = b.op("floordiv", left, step)
    if x.count is not None:
        left = x.count if _endless(x.part) else _extreme(lo, "min", left, x.count)
    return left, lambda i: get(b.op("add", b.op("mul", i, step), start))


def require(lo: Lowering, cond: Value, exception: str, *args: Value) -> None:
    """``if not cond: raise exception``, in which ``_0``, ``_1``, ... are ``args``."""
    b = lo.builder

    def fails() -> list[Value]:
        b.op("raise", *args, template=exception)
        return []

    wrong = b.op("not", cond)
    if wrong.is_const():
        if wrong.constant:
            fails()
        return
    b.if_(wrong, fails, lambda: [], style="stmt")


def split(lo: Lowering, x: Abstract, node: ast.AST, message: str) -> tuple[Abstract, Abstract]:
    """The first element and the rest of an iterable, which may not be empty."""
    x = settled(lo, x, node)
    if stages(x)[1]:
        x = to_list(lo, x, node)
    if is_static(x):
        items = static_items(lo, x, node)
        if not items:
            lo.fail(TypeMismatch, node, message, "", "pass an initial value")
        return items[0], pack(items[1:])
    length, get = indexable(lo, x, node)
    b = lo.builder
    require(lo, b.op("gt", length, b.const(0)), f"TypeError({message!r})")
    return get(b.const(0)), Rest(x, 1)


@contextmanager
def unchanged(lo: Lowering, x: Abstract, node: ast.AST) -> Iterator[None]:
    """Refuse a change of what is run over while its elements, read before, are taken one by one."""
    values = lo.state.heap.values
    before = {r.cell: values[r.cell] for r in refs(x)}
    yield
    for cell, value in before.items():
        if not lo.state.dead and lo.state.heap.values.get(cell) is not value:
            lo.fail(
                AliasError,
                node,
                f"{heap.named(cell)} changes while a loop runs over it",
                "the loop would see the change",
                "loop over a copy",
            )


def is_known(lo: Lowering, x: Abstract, node: ast.AST) -> bool:
    """Whether the number of elements is known, also of a list that was just written out."""
    if isinstance(x, Ref):
        return heap.read(lo, x, node).op == "make_list"
    return is_static(x) or known_range(x)


def known_range(x: Abstract) -> bool:
    """Whether this is a range of literals."""
    return isinstance(x, Range) and all(v.is_const() for v in (x.start, x.stop, x.step))


def _check_same(lo: Lowering, a: Value, b_: Value) -> None:
    """zip(strict=True): Python raises at the end of the shorter one; so does the derivative, at the
    start."""
    b = lo.builder
    differs = b.op("ne", a, b_)

    def fails() -> list[Value]:
        b.op("raise", template="ValueError('zip() arguments differ in length')")
        return []

    if differs.is_const():
        if differs.constant:
            fails()
        return
    b.if_(differs, fails, lambda: [], style="stmt")


def sources(x: Abstract) -> list[Ref]:
    """The lists that a loop over ``x`` reads while it runs."""
    return [r for r in refs(x) if isinstance(r, Ref)] if not isinstance(x, Struct) else []


def to_list(lo: Lowering, x: Abstract, node: ast.AST) -> Ref:
    """``list(x)``."""
    x = opened(lo, x, node)
    if isinstance(x, Generator):
        return COLLECT[0](lo, x)
    x = settled(lo, x, node)
    if stages(x)[1]:
        return KEPT[0](lo, x, node)
    if isinstance(x, Ref):
        return heap.shallow(lo, heap.read(lo, x, node), x)
    if is_static(x) or _is_few(lo, x):
        return heap.make_list(lo, static_items(lo, x, node), node)
    return RUN[0](lo, x, node)


FEW = 8  # elements that a second lowering writes out


def _is_few(lo: Lowering, x: Abstract) -> bool:
    """Whether it is a short range, which stays one in a first lowering."""
    if not isinstance(x, Range) or not known_range(x):
        return False
    lo.open_still = True
    bounds = (x.start, x.stop, x.step)
    return lo.known_ints and len(range(*(v.constant for v in bounds))) <= FEW


# filled by the modules of comprehensions, loops and calls, which need this one
RUN: list[Callable[[Lowering, Abstract, ast.AST], Ref]] = []
COLLECT: list[Callable[[Lowering, Generator], Ref]] = []
LAZY: list[Callable[[Lowering, Generator], Abstract]] = []
GATHER: list[Callable[[Lowering, Generator], Abstract]] = []
KEPT: list[Callable[[Lowering, Abstract, ast.AST], Ref]] = []
FILTER: list[Callable[[Lowering, Filtered, ast.AST], Abstract]] = []
JOINED: list[Callable[[Lowering, list[Abstract], ast.AST], Ref]] = []
