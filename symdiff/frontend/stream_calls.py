"""``map``, ``filter``, ``iter``, ``next`` and ``itertools``: iterators that nothing computes before
a loop asks for them.

Where the number of elements is known everything is decided here, element by element; a list of any
length is indexed, so that a loop over ``pairwise(xs)`` is a loop over ``xs``."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from typing import Any, NoReturn

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import heap, iterate, library
from symdiff.frontend.branches import branch
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.comprehension import each
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import relation, truth
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Deferred,
    Endless,
    Filtered,
    Grouped,
    Longest,
    Mapped,
    Rest,
    Stream,
    Struct,
    Zip,
    describe,
    pack,
)
from symdiff.ir.core import Value


@builtin(map)
def mapped(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 99)
    return iterate.stream(lo, Mapped(call.args[0], tuple(call.args[1:])))


@builtin(itertools.starmap)
def starred(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return iterate.stream(lo, Mapped(call.args[0], (call.args[1],), star=True))


@builtin(filter, itertools.filterfalse)
def filtered(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return iterate.stream(lo, Filtered(call.args[0], call.args[1], keep=call.name == "filter"))


@builtin(iter)
def iterator(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    return x if isinstance(x, Stream) else iterate.stream(lo, x)


@builtin(next)
def following(lo: Lowering, call: Call) -> Abstract:
    """The next element of a stream; of a filter or a generator, the first that passes."""
    call.only(lo, 1, 2)
    stream = call.args[0]
    default = call.args[1] if len(call.args) > 1 else None
    if not isinstance(stream, Stream):
        lo.fail(
            TypeMismatch,
            call.node,
            f"next() of a {describe(stream)}",
            "it is no iterator",
            "write next(iter(...))",
        )
    if iterate.is_generator(stream) or isinstance(stream.source, Filtered):
        return _searched(lo, stream, default, call)
    return _advance(lo, stream, default, call)


def _advance(lo: Lowering, stream: Stream, default: Abstract | None, call: Call) -> Abstract:
    """An element by its place, which is known."""
    taken = lo.state.heap.taken.get(stream, 0)
    if taken < 0:
        iterate.opened(lo, stream, call.node)
    found = _first(lo, Rest(stream.source, taken) if taken else stream.source, default, call)
    lo.state.heap.taken[stream] = taken + 1
    return found


def _first(lo: Lowering, x: Abstract, default: Abstract | None, call: Call) -> Abstract:
    x = iterate.settled(lo, x, call.node)
    if iterate.is_static(x):
        size, get = iterate.known(lo, x, call.node)
        if size:
            return get(0)
        if default is not None:
            return default
        lo.fail(
            TypeMismatch,
            call.node,
            "next() of an iterator that has nothing left",
            "it always raises StopIteration here",
            "pass a default: next(it, None)",
        )
    length, at = iterate.indexable(lo, x, call.node)
    zero = lo.builder.const(0)
    there = lo.builder.op("gt", length, zero)
    if default is None:
        iterate.require(lo, there, "StopIteration()")
        return at(zero)
    if there.is_const():
        return at(zero) if there.constant else default
    return branch(lo, there, lambda: at(zero), lambda: default, call.node)


def _searched(lo: Lowering, x: Abstract, default: Abstract | None, call: Call) -> Abstract:
    """The first element that passes: a loop that ends there."""
    b = lo.builder

    def found(state: Abstract) -> Value:
        assert isinstance(state, Struct) and isinstance(state.items[0], Value)
        return state.items[0]

    def take(_: Abstract, item: Abstract) -> Abstract:
        return pack([b.const(True), item])

    start = pack([b.const(False), b.const(0) if default is None else default])
    state = each(lo, x, call.node, start, take, found)
    assert isinstance(state, Struct)
    if default is None:
        iterate.require(lo, found(state), "StopIteration()")
    return state.items[1]


# -- itertools -------------------------------------------------------------------------------------


def _deferred(lo: Lowering, parts: tuple[Abstract, ...], make: Callable[[], Abstract]) -> Stream:
    return iterate.stream(lo, Deferred(parts, all(map(iterate.is_static, parts)), make))


@builtin(itertools.chain)
def chain(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 99)
    return _chained(lo, tuple(call.args), call)


@builtin(itertools.chain.from_iterable)
def chain_from_iterable(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if iterate.is_static(x):
        return _chained(lo, tuple(iterate.static_items(lo, x, call.node)), call)
    return library.follow(lo, library.flattened, [x], call.node)


def _chained(lo: Lowering, parts: tuple[Abstract, ...], call: Call) -> Stream:
    def make() -> Abstract:
        if all(map(iterate.is_static, parts)):
            return pack([x for p in parts for x in iterate.static_items(lo, p, call.node)])
        return iterate.JOINED[0](lo, list(parts), call.node)

    return _deferred(lo, parts, make)


@builtin(itertools.groupby)
def groups(lo: Lowering, call: Call) -> Abstract:
    """Neighbours with equal keys, where that is known of each two."""
    call.only(lo, 1, 2, "key")
    key = call.args[1] if len(call.args) > 1 else call.kwargs.get("key", NONE_CONST)
    settled = iterate.settled(lo, call.args[0], call.node)
    if not iterate.is_known(lo, settled, call.node):
        _no_groups(lo, call, "how many elements there are depends on data")
    keys: list[Abstract] = []
    found: list[list[Abstract]] = []
    for x in iterate.static_items(lo, settled, call.node):
        own = x if key == NONE_CONST else lo.call(key, [x], call.node)
        same = relation(lo, ast.Eq(), keys[-1], own, call.node) if keys else lo.builder.const(False)
        if not same.is_const():
            _no_groups(lo, call, "whether two keys are equal depends on data")
        if not same.constant:
            keys.append(own)
            found.append([])
        found[-1].append(x)
    made = tuple(iterate.stream(lo, pack(group)) for group in found)
    return iterate.stream(lo, Grouped(tuple(keys), made))


def _no_groups(lo: Lowering, call: Call, why: str) -> NoReturn:
    lo.fail(
        UnsupportedCall,
        call.node,
        "groupby() of data is not supported",
        why,
        "write a loop that compares each key with the one before",
    )


@builtin(itertools.pairwise)
def pairwise(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if isinstance(x, Stream):
        x = iterate.to_list(lo, x, call.node) if not iterate.is_static(x) else pack(
            iterate.static_items(lo, x, call.node)
        )
    return iterate.stream(lo, Zip((x, Rest(x, 1)), pairs=True))


@builtin(itertools.zip_longest)
def zip_longest(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 99, "fillvalue")
    return iterate.stream(lo, Longest(tuple(call.args), call.kwargs.get("fillvalue", NONE_CONST)))


@builtin(itertools.islice)
def islice(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 4)
    x, *bounds = call.args
    if len(bounds) == 1:
        bounds.insert(0, NONE_CONST)
    start, stop, step = (*bounds, NONE_CONST)[:3]
    b = lo.builder
    first, every = _literal(lo, start, 0, call), _literal(lo, step, 1, call)
    count: Value | None = None
    if stop != NONE_CONST:
        count = b.op("sub", heap.as_index(lo, stop, call.node), b.const(first))
        if every != 1:
            count = b.op("floordiv", b.op("add", count, b.const(every - 1)), b.const(every))
        if count.is_const():
            count = b.const(max(0, count.constant))
    return iterate.stream(lo, Rest(x, first, count, every))


def _literal(lo: Lowering, x: Abstract, default: int, call: Call) -> int:
    if x == NONE_CONST:
        return default
    value = heap.as_index(lo, x, call.node)
    if not value.is_const():
        lo.fail(
            UnsupportedCall,
            call.node,
            "islice() with a start or a step that depends on data is not supported",
            "",
            "write the slice: xs[start:stop:step]",
        )
    return int(value.constant)


@builtin(itertools.repeat)
def repeat(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "times")
    x = call.args[0]
    times = call.args[1] if len(call.args) > 1 else call.kwargs.get("times")
    endless = Endless(lambda i: x)
    if times is None:
        return iterate.stream(lo, endless)
    count = heap.as_index(lo, times, call.node)
    if count.is_const():
        count = lo.builder.const(max(0, count.constant))
    return iterate.stream(lo, Rest(endless, 0, count))


@builtin(itertools.count)
def count(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 2, "start", "step")
    b = lo.builder
    given = dict(zip(("start", "step"), call.args, strict=False)) | call.kwargs
    start = lo.number(given.get("start", b.const(0)), call.node)
    step = lo.number(given.get("step", b.const(1)), call.node)

    def at(i: Value) -> Abstract:
        return b.op("add", start, i if step.is_const(1) else b.op("mul", step, i))

    return iterate.stream(lo, Endless(at))


@builtin(itertools.cycle)
def cycle(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = iterate.settled(lo, call.args[0], call.node)
    b = lo.builder
    if iterate.is_static(x):
        size, get = iterate.known(lo, x, call.node)

        def at(i: Value) -> Abstract:
            if i.is_const():
                return get(i.constant % size)
            made = heap.make_list(lo, [get(k) for k in range(size)], call.node)
            return heap.item(lo, made, b.op("mod", i, b.const(size)), call.node)

        return iterate.stream(lo, Endless(at))
    length, get_at = iterate.indexable(lo, x, call.node)
    return iterate.stream(lo, Endless(lambda i: get_at(b.op("mod", i, length))))


@builtin(itertools.accumulate)
def accumulate(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "func", "initial")
    x = call.args[0]
    func = call.args[1] if len(call.args) > 1 else call.kwargs.get("func", NONE_CONST)
    initial = call.kwargs.get("initial", NONE_CONST)
    if func == NONE_CONST:
        func = Const(library.plus)

    def make() -> Abstract:
        if not iterate.is_static(x):
            if initial == NONE_CONST:
                return library.follow(lo, library.accumulated, [x, func], call.node)
            return library.follow(lo, library.accumulated_from, [x, func, initial], call.node)
        items = iterate.static_items(lo, x, call.node)
        if initial != NONE_CONST:
            items.insert(0, initial)
        total: list[Abstract] = []
        for item in items:
            total.append(
                lo.call(func, [total[-1], item], call.node) if total else item
            )
        return pack(total)

    return iterate.stream(lo, Deferred((x, func), iterate.is_static(x), make))


@builtin(itertools.takewhile, itertools.dropwhile)
def by_condition(lo: Lowering, call: Call) -> Abstract:
    """Elements before, or from, the first for which the function is false."""
    call.only(lo, 2, 2)
    func, x = call.args
    take = call.name == "takewhile"

    def make() -> Abstract:
        if not iterate.is_static(x):
            rule = library.taken_while if take else library.dropped_while
            return library.follow(lo, rule, [func, x], call.node)
        items = iterate.static_items(lo, x, call.node)
        for k, item in enumerate(items):
            found = lo.call(func, [item], call.node)
            cond = truth(lo, found, call.node)
            if not cond.is_const():
                rule = library.taken_while if take else library.dropped_while
                made = heap.make_list(lo, items, call.node)
                return library.follow(lo, rule, [func, made], call.node)
            if not cond.constant:
                return pack(items[:k] if take else items[k:])
        return pack(items if take else [])

    return iterate.stream(lo, Deferred((x,), False, make))


@builtin(itertools.compress)
def compress(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    data, selectors = call.args
    pairs = iterate.stream(lo, Zip((data, selectors)))
    kept = Filtered(Const(library.second), pairs)
    return iterate.stream(lo, Mapped(Const(library.first), (kept,)))


def _pools(lo: Lowering, call: Call) -> list[Abstract]:
    """What is combined: a tuple where the number of elements is known, else a list of its own."""
    found: list[Abstract] = []
    for x in call.args:
        if iterate.is_known(lo, x, call.node):
            found.append(pack(iterate.static_items(lo, x, call.node)))
        else:
            found.append(iterate.to_list(lo, x, call.node))
    return found


@builtin(itertools.product)
def product(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 99, "repeat")
    times = _literal(lo, call.kwargs.get("repeat", NONE_CONST), 1, call)
    pools = _pools(lo, call) * times
    if all(isinstance(p, Struct) for p in pools):
        rows = itertools.product(*(p.items for p in pools if isinstance(p, Struct)))
        return iterate.stream(lo, pack([pack(row) for row in rows]))
    rule = {2: library.product_2, 3: library.product_3}.get(len(pools))
    if rule is None:
        _too_long(lo, call)
    lists = [iterate.to_list(lo, p, call.node) for p in pools]
    return iterate.stream(lo, library.follow(lo, rule, list(lists), call.node))


@builtin(
    itertools.combinations,
    itertools.permutations,
    itertools.combinations_with_replacement,
)
def selections(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2, "r")
    given = call.args[1] if len(call.args) > 1 else call.kwargs.get("r", NONE_CONST)
    call = Call(call.args[:1], {}, call.node, call.name)
    (pool,) = _pools(lo, call)
    choose: Any = getattr(itertools, call.name)
    if isinstance(pool, Struct):
        size = _literal(lo, given, len(pool.items), call)
        return iterate.stream(lo, pack([pack(row) for row in choose(pool.items, size)]))
    rule = None if given == NONE_CONST else RULES.get((call.name, _literal(lo, given, 0, call)))
    if rule is None:
        _too_long(lo, call)
    return iterate.stream(lo, library.follow(lo, rule, [pool], call.node))


RULES: dict[tuple[str, int], Any] = {
    ("combinations", 2): library.combinations_2,
    ("combinations", 3): library.combinations_3,
    ("permutations", 2): library.permutations_2,
    ("combinations_with_replacement", 2): library.combinations_with_replacement_2,
}


def _too_long(lo: Lowering, call: Call) -> Any:
    lo.fail(
        UnsupportedCall,
        call.node,
        f"itertools.{call.name}() of that many from lists of any length is not supported",
        "it is as many loops inside each other",
        "write the loops, or pass tuples",
    )


@builtin(itertools.tee)
def tee(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    times = _literal(lo, call.args[1] if len(call.args) > 1 else NONE_CONST, 2, call)
    source = iterate.opened(lo, call.args[0], call.node)
    return pack([iterate.stream(lo, source) for _ in range(times)])
