"""``for`` and ``while`` statements, and the loops of comprehensions, on top of :mod:`loops`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from symdiff.errors import AliasError, SourceError, TypeMismatch
from symdiff.frontend import generators, heap, iterate, list_parts, objects, operators, peel
from symdiff.frontend.assign import assign
from symdiff.frontend.attempts import unwatched
from symdiff.frontend.branches import branch_stmt, negate
from symdiff.frontend.context import Flag, Lowering, State, statement
from symdiff.frontend.expressions import test, truth
from symdiff.frontend.join import clear
from symdiff.frontend.liveness import function_reads, stored_names
from symdiff.frontend.loops import MUTATORS, OUTWARD, Loop, Place, run
from symdiff.frontend.suite import leave, live_after, live_head, suite
from symdiff.frontend.values import (
    NONE_CONST,
    UNBOUND,
    Abstract,
    Cell,
    Closure,
    Deferred,
    Enumerate,
    Filtered,
    Generator,
    Mapped,
    Obj,
    Range,
    Ref,
    Reversed,
    Stream,
    Struct,
    parts,
    refs,
)
from symdiff.ir.core import Value
from symdiff.syntax import nodes

SHORT = 16  # trips of a loop that may be written out
NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def written(lo: Lowering, body: list[ast.stmt]) -> tuple[frozenset[Cell], frozenset[Place]]:
    """Lists and keys of objects that the statements write to under a name of this scope (a first
    guess, checked later)."""
    cells: set[Cell] = set()
    places: set[Place] = set()
    for node in nodes(*body):
        target: ast.AST | None = None
        if isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
            target = node.value
            owner = _found(lo, node.value)
            key = _key(node)
            if isinstance(owner, Obj) and objects.contents(lo, owner).get(key) is not None:
                places.add((owner.cell, key))
        elif isinstance(node, ast.Attribute) and node.attr in MUTATORS:
            target = node.value
        elif isinstance(node, ast.AugAssign):
            target = node.target
        if target is not None:
            cells |= {r.cell for r in refs(_found(lo, target))}
    return frozenset(cells), frozenset(places)


def _key(node: ast.Attribute | ast.Subscript) -> object:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.slice.value if isinstance(node.slice, ast.Constant) else None


def _found(lo: Lowering, node: ast.AST) -> Abstract:
    """What a name, an item or an attribute holds at this point, without lowering anything."""
    if isinstance(node, ast.Name):
        return lo.vars.get(node.id, UNBOUND)
    if not isinstance(node, (ast.Attribute, ast.Subscript)):
        return UNBOUND
    owner = _found(lo, node.value)
    if isinstance(owner, Ref):
        return owner
    held = objects.contents(lo, owner) if isinstance(owner, Obj) else owner
    item = held.get(_key(node)) if isinstance(held, Struct) else None
    return UNBOUND if item is None else item


def _spec(lo: Lowering, node: ast.For | ast.While, body: Callable[[Value | None], None]) -> Loop:
    targets: list[ast.AST] = [node.target] if isinstance(node, ast.For) else []
    cells, places = written(lo, node.body)
    return Loop(
        node,
        body,
        names=frozenset(stored_names([*node.body, *targets])),
        cells=cells,
        places=places,
        head=live_head(lo, node),
        after=live_after(lo, node),
        reads=_read(node),
    )


def _read(node: ast.For | ast.While) -> frozenset[str]:
    """Names that an iteration reads, also before they are assigned in it."""
    parts = [*node.body, *([node.test] if isinstance(node, ast.While) else [])]
    found = {n.id for n in nodes(*parts) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    targets = (n.target for n in nodes(*parts) if isinstance(n, ast.AugAssign))
    return frozenset(found | {t.id for t in targets if isinstance(t, ast.Name)})


@contextmanager
def _inside(lo: Lowering, node: ast.For | ast.While) -> Iterator[None]:
    """The body of a loop: where its break and continue lead."""
    lo.exits.append(live_head(lo, node) | live_after(lo, node))
    try:
        yield
    finally:
        lo.exits.pop()


@statement(ast.For)
def for_loop(lo: Lowering, node: ast.For) -> None:
    with unwatched(lo, node.iter, "what the loop runs over"):
        given = operators.iterator(lo, lo.expr(node.iter), node.iter)
        iterable = iterate.settled(lo, given, node.iter)
    with generators.apart(lo, given, node), _unchanged(lo, node, given, iterable):
        _either_way(lo, node, iterable)


def _either_way(lo: Lowering, node: ast.For, iterable: Abstract) -> None:
    """A short loop of known length that cannot stay a loop (its index is part of a key, a name
    changes its type) unrolls; of a longer one the first iteration is written out."""
    restart = lo.restart()
    try:
        if lo.known_ints and _is_few(lo, iterable, node):
            with iterate.unchanged(lo, iterable, node):
                _unrolled(lo, node, iterable)
            return
        _for(lo, node, iterable)
    except AliasError:
        raise  # what is refused for sharing is so at every length
    except SourceError as error:
        _another_way(error, restart, _ways(lo, node, iterable, error))


def _another_way(
    error: SourceError, restart: Callable[[], None], ways: Iterable[Callable[[], None]]
) -> None:
    """The first way that a loop can be lowered in, of those left; else, the error stands."""
    for way in ways:
        restart()
        try:
            way()
        except (SourceError, Varying):
            continue
        return
    raise error from None


def _ways(
    lo: Lowering, node: ast.For, iterable: Abstract, error: SourceError
) -> Iterator[Callable[[], None]]:
    if iterate.is_static(iterable) and not iterate.stages(iterable)[1]:
        return  # it was written out
    plain = partial(_for, lo, node, iterable)
    if _is_short(iterable):
        yield partial(_unrolled, lo, node, iterable)
    elif isinstance(error, TypeMismatch):
        if not _runs(lo, node, iterable):
            yield partial(_with_none, lo, plain)
        yield partial(_peeled, lo, node, iterable)
    if isinstance(error, TypeMismatch):
        yield partial(_with_none, lo, plain)


def _peeled(lo: Lowering, node: ast.For, iterable: Abstract) -> None:
    with _inside(lo, node):
        peel.for_loop(lo, node, iterable, partial(_for, lo, node))


def _runs(lo: Lowering, node: ast.For, iterable: Abstract) -> bool:
    """Whether there is a first iteration."""
    source, stages = iterate.stages(iterable)
    return not stages and iterate.plan(lo, source, node.iter).ran


def _with_none(lo: Lowering, run: Callable[[], None]) -> None:
    """A loop at whose head what a name holds may be None or a value."""
    outer, lo.either_none = lo.either_none, True
    try:
        run()
    finally:
        lo.either_none = outer


def _is_few(lo: Lowering, x: Abstract, node: ast.For) -> bool:
    """Whether it is a short loop that a second lowering writes out: what the first was refused for
    may ask for each element."""
    lo.open_still |= _is_short(x)
    if isinstance(x, Ref):
        known = list_parts.parts(lo.builder, heap.read(lo, x, node))
        return known is not None and len(known) <= SHORT
    return _is_short(x)


def _is_short(x: Abstract) -> bool:
    if isinstance(x, Enumerate):
        return _is_short(x.part)
    if not isinstance(x, Range):
        return False
    bounds = (x.start, x.stop, x.step)
    known = all(v.is_const() for v in bounds) and not x.step.is_const(0)
    return known and len(range(*(v.constant for v in bounds))) <= SHORT


def _unrolled(lo: Lowering, node: ast.For, iterable: Abstract) -> None:
    size, get = iterate.known(lo, iterable, node.iter)
    depth = len(lo.unrolling)
    lo.unrolling += [x.cell for x in mixed(iterable)]
    with _inside(lo, node):
        _unroll(lo, node, range(size), get)
    del lo.unrolling[depth:]
    iterate.end_groups(lo, iterable)
    left = lo.either(lo.state.broke, lo.state.returned)
    _orelse(lo, node, lo.either(left, lo.state.raised))


def _for(lo: Lowering, node: ast.For, iterable: Abstract) -> None:
    iterable, stages = iterate.stages(iterable)
    if iterate.is_static(iterable) and not stages:
        _unrolled(lo, node, iterable)
        return
    plan = iterate.plan(lo, iterable, node.iter)
    calls = next(functions(iterable), None) is not None

    def run_body(x: Abstract) -> None:
        assign(lo, node.target, x, node)
        suite(lo, node.body, live_head(lo, node))

    def body(index: Value | None) -> None:
        assert index is not None
        with unwatched(lo, node.iter, "what the loop runs over") if calls else nullcontext():
            x = plan.element(index)
        with _inside(lo, node):
            through(lo, stages, x, run_body, node, live_head(lo, node))

    loop = _spec(lo, node, body)
    loop.bounds = (plan.start, plan.stop, plan.step)
    loop.ran = plan.ran and not stages
    loop.index = index_hint(iterable, node.target)
    loop.watched = iterate.sources(iterable)
    _, stopped = run(lo, loop)
    _orelse(lo, node, stopped)


@contextmanager
def _unchanged(lo: Lowering, node: ast.For, given: Abstract, settled: Abstract) -> Iterator[None]:
    """What a stream computed all at once may not change while the loop runs over it: Python would
    compute the later elements after the change."""
    if not isinstance(given, Stream) or not _at_once(given):
        yield
        return
    for func in functions(given):
        read = function_reads(func.node) & stored_names([*node.body, node.target])
        if func.scope is lo.scope and read:
            lo.fail(
                AliasError,
                node,
                f"'{min(read)}' changes while a loop runs over elements computed from it",
                "elements that come later would see the change",
                "make a list of it first, list(...), and loop over that",
            )
    frozen = lo.state.heap.frozen
    mine = {r.cell for r in refs(given)} - frozen.keys()
    frozen.update(dict.fromkeys(mine, "a loop runs over elements that are computed from it"))
    yield
    for cell in mine:
        lo.state.heap.frozen.pop(cell, None)


def _at_once(x: Abstract) -> bool:
    """Whether elements of an iterable are computed before the loop over them begins."""
    if isinstance(x, Stream):
        return isinstance(x.source, (Deferred, Filtered, Generator)) or _at_once(x.source)
    return isinstance(x, Deferred) or any(map(_at_once, parts(x)))


def functions(x: Abstract) -> Iterator[Closure]:
    """The nested functions that an iterable calls."""
    if isinstance(x, Closure):
        yield x
    elif isinstance(x, Generator):
        yield Closure(ast.Lambda(NO_ARGUMENTS, x.node), x.scope, "", {})
    for part in parts(x):
        yield from functions(part)


def through(
    lo: Lowering,
    stages: list[iterate.Stage],
    x: Abstract,
    run_body: Callable[[Abstract], None],
    node: ast.AST,
    live: frozenset[str],
) -> None:
    """The body of a loop under the filters that its elements pass."""
    if not stages:
        run_body(x)
        return
    stage, *rest = stages
    if isinstance(stage, Mapped):
        through(lo, rest, iterate.mapped(lo, stage, [x], node), run_body, node, live)
        return
    with unwatched(lo, node, "a filter"):
        cond = passes(lo, stage.func, stage.keep, x, node)
    branch_stmt(
        lo, cond, lambda: through(lo, rest, x, run_body, node, live), lambda: None, node, live
    )


def passes(lo: Lowering, func: Abstract, keep: bool, x: Abstract, node: ast.AST) -> Value:
    """Whether a filter lets an element through."""
    found = x if func == NONE_CONST else lo.call(func, [x], node)
    cond = truth(lo, found, node)
    return cond if keep else negate(lo, cond)


def mixed(x: Abstract) -> Iterator[Obj]:
    """The objects that a loop runs over: their length may not change in it."""
    if isinstance(x, Obj):
        yield x
    for part in parts(x):
        yield from mixed(part)


def index_hint(iterable: Abstract, target: ast.expr) -> str:
    """The name of the loop's counter, where the target has one."""
    if isinstance(iterable, Stream):
        iterable = iterable.source
    if (
        isinstance(iterable, Enumerate)
        and isinstance(target, ast.Tuple)
        and iterable.start.is_const(0)
    ):
        target = target.elts[0]
        return target.id if isinstance(target, ast.Name) else ""
    counts = isinstance(iterable, Range) or (
        isinstance(iterable, Reversed) and isinstance(iterable.part, Range)
    )
    return target.id if counts and isinstance(target, ast.Name) else ""


@statement(ast.While)
def while_loop(lo: Lowering, node: ast.While) -> None:
    """A loop that cannot stay one and whose condition is known in every iteration unrolls."""
    restart = lo.restart()
    try:
        _while(lo, node)
    except AliasError:
        raise
    except SourceError as error:
        _another_way(error, restart, _ways_of_while(lo, node, error))


def _ways_of_while(
    lo: Lowering, node: ast.While, error: SourceError
) -> Iterator[Callable[[], None]]:
    plain = partial(_while, lo, node)

    def peeled(sure: bool) -> None:
        with _inside(lo, node):
            peel.while_loop(lo, node, plain, sure)

    yield partial(_written_out, lo, node)
    if isinstance(error, TypeMismatch):
        yield partial(peeled, True)
        yield partial(_with_none, lo, plain)
        yield partial(peeled, False)


def _written_out(lo: Lowering, node: ast.While) -> None:
    _unroll_while(lo, node, SHORT)
    left = lo.either(lo.state.broke, lo.state.returned)
    _orelse(lo, node, lo.either(left, lo.state.raised))


class Varying(Exception):
    """The condition of a loop depends on data."""


def _unroll_while(lo: Lowering, node: ast.While, trips: int) -> None:
    """One copy of the body per iteration; after a possible exit the rest is guarded."""
    live = live_head(lo, node) | live_after(lo, node)
    for k in range(trips + 1):
        cond = test(lo, node.test)
        if not cond.is_const() or (cond.constant and k == trips):
            raise Varying
        if not cond.constant:
            return
        with _inside(lo, node):
            suite(lo, node.body, live)
        lo.state.continued = False
        gone = lo.exited()
        if gone is True:
            return
        if isinstance(gone, Value):
            rest = partial(_unroll_while, lo, node, trips - k - 1)
            with _inside(lo, node):
                _guard(lo, gone, node, live, rest)
            return


def _while(lo: Lowering, node: ast.While) -> None:
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def cond() -> Value:
        before = lo.state.heap.copy()
        with unwatched(lo, node.test, "the condition of this loop"):
            found = test(lo, node.test)
        now = lo.state.heap
        lists = any(now.values.get(c) is not v for c, v in before.values.items())
        if lists or any(now.objects.get(c) is not x for c, x in before.objects.items()):
            lo.fail(
                AliasError,
                node.test,
                f"the condition of this loop changes {'a list' if lists else 'an object'}",
                "it is also computed a last time",
                "change it inside the loop",
            )
        return found

    def body(_: Value | None) -> None:
        with _inside(lo, node):
            suite(lo, node.body, live_head(lo, node))

    loop = _spec(lo, node, body)
    loop.cond = cond
    loop.ran = endless
    state = lo.state
    _, stopped = run(lo, loop)
    if endless:
        if stopped is False:
            lo.state = State(state.vars, state.heap, dead=True)
            return
        for name in OUTWARD:
            if getattr(lo.state, name) is stopped:
                setattr(lo.state, name, True)
    _orelse(lo, node, stopped)


def _orelse(lo: Lowering, node: ast.For | ast.While, stopped: Flag) -> None:
    """The ``else`` of a loop: runs unless the loop was stopped."""
    state = lo.state
    state.broke = False
    if not node.orelse or state.dead:
        return
    live = live_after(lo, node)
    if stopped is False:
        suite(lo, node.orelse, live)
        return
    if stopped is True:
        return
    flags = {name: getattr(state, name) for name in OUTWARD}

    def then() -> None:
        clear(lo.state)
        suite(lo, node.orelse, live)

    def otherwise() -> None:
        for name, flag in flags.items():
            setattr(lo.state, name, True if flag is stopped else flag)

    branch_stmt(lo, negate(lo, stopped), then, otherwise, node, live)


def _unroll(
    lo: Lowering, node: ast.For, places: range, get: Callable[[int], Abstract]
) -> None:
    """One copy of the body per element; after a possible exit the rest is guarded."""
    live = live_head(lo, node) | live_after(lo, node)
    for k in places:
        assign(lo, node.target, get(k), node)
        suite(lo, node.body, live)
        state = lo.state
        state.continued = False
        gone = lo.exited()
        if gone is True:
            return
        if isinstance(gone, Value):
            rest = places[places.index(k) + 1 :]
            _guard(lo, gone, node, live, partial(_unroll, lo, node, rest, get))
            return


def _guard(
    lo: Lowering, gone: Value, node: ast.AST, live: frozenset[str], rest: Callable[[], None]
) -> None:
    def go_on() -> None:
        clear(lo.state)
        rest()

    branch_stmt(lo, gone, leave(lo, gone), go_on, node, live)


# -- loops without a statement ---------------------------------------------------------------------


def collect_plan(
    lo: Lowering,
    x: Abstract,
    node: ast.AST,
    element: Callable[[Abstract], Abstract] | None = None,
    hint: str = "",
) -> Ref:
    """A list of the elements of an iterable, each passed through ``element``."""
    plan = iterate.plan(lo, x, node)
    out: list[Abstract] = []

    def body(index: Value | None) -> None:
        assert index is not None
        value = plan.element(index)
        out[:] = [value if element is None else element(value)]

    loop = Loop(
        node,
        body,
        (plan.start, plan.stop, plan.step),
        index=hint,
        ran=plan.ran,
        collect=lambda: heap.box(lo, out[0], node, made.cell),
        watched=iterate.sources(x),
        expression=True,
    )
    made = lo.new_cell(lo.builder.const(None))  # in the loop already, to see shared rows come in
    results, _ = run(lo, loop)
    lo.state.heap.values[made.cell] = results[-3]
    return made


iterate.RUN.append(collect_plan)
