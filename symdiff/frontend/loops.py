"""Loops: carries by fixpoint at the head, exits as a stop flag, static iterables unrolled."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from symdiff.errors import AliasError, SourceError, TypeMismatch
from symdiff.frontend import heap, iterate
from symdiff.frontend.assign import assign
from symdiff.frontend.branches import branch_stmt, negate
from symdiff.frontend.context import RETURN, Flag, Heap, Lowering, State, statement
from symdiff.frontend.expressions import test
from symdiff.frontend.liveness import stored_names
from symdiff.frontend.merge import Join, Side, clear
from symdiff.frontend.suite import leave, live_after, live_head, suite
from symdiff.frontend.values import (
    DROPPED,
    UNBOUND,
    Abstract,
    Cell,
    Enumerate,
    Hole,
    Maybe,
    Range,
    Ref,
    Reversed,
    Unbound,
    refs,
)
from symdiff.ir.core import Block, Value
from symdiff.ir.types import FLOAT, INT, UNKNOWN, ListType, Type, list_of
from symdiff.syntax import nodes

ATTEMPTS = 12
MUTATORS = {"append", "pop", "extend", "insert", "clear", "remove", "reverse", "sort"}


@dataclass(slots=True)
class Loop:
    """What a loop does: ``body`` lowers one iteration; ``bounds`` of a ``for`` or ``cond`` of a
    ``while``."""

    node: ast.AST
    body: Callable[[Value | None], None]
    bounds: tuple[Value, Value, Value] | None = None
    cond: Callable[[], Value] | None = None
    index: str = ""  # the hint of the index
    names: frozenset[str] = frozenset()  # names that the body binds
    cells: frozenset[Cell] = frozenset()  # lists that it probably writes to
    head: frozenset[str] = frozenset()  # names live at the head
    after: frozenset[str] = frozenset()  # names live behind the loop
    collect: Callable[[], Value] | None = None
    ran: bool = False
    watched: list[Ref] = field(default_factory=list)  # lists that it runs over


@dataclass(slots=True)
class Attempt:
    """One lowering of the body under assumed types; kept if what comes back agrees."""

    merge: Join
    template: dict[str, Abstract]
    late: dict[str, Abstract]
    marks: Heap
    blocks: list[Block] = field(default_factory=list)
    end: State | None = None
    stop: Flag = False
    collected: list[Value] = field(default_factory=list)
    returned: Hole | None = None


def run(lo: Lowering, loop: Loop) -> tuple[tuple[Value, ...], Flag]:
    """Lower a loop; the region's results and the stop flag (False: it has no exit)."""
    outer = len(lo.iterating)
    lo.iterating.extend(loop.watched)
    found = _run(lo, loop)
    del lo.iterating[outer:]
    return found


def _run(lo: Lowering, loop: Loop) -> tuple[tuple[Value, ...], Flag]:
    entry = lo.state
    forced = {
        n for n in loop.names if n in loop.head | loop.after and _bound(entry.vars.get(n, UNBOUND))
    }
    cells = {c for c in loop.cells if c in entry.heap.values}
    side = Side(entry, lo.builder.block)
    guess = _unify(lo, loop, side, side, forced, cells, [])
    for _ in range(ATTEMPTS):
        head = entry.copy()
        found = _attempt(lo, loop, guess, head)
        end = found.end
        assert end is not None
        forced |= _changed(entry, head, end, loop)
        cells |= {c for c in head.heap.values if head.heap.values[c] is not end.heap.values.get(c)}
        reuse = list(guess.merge.pairs.values())
        result = _unify(lo, loop, side, Side(end, found.blocks[-1]), forced, cells, reuse)
        if _signature(result) == _signature(guess):
            result.blocks, result.end, result.stop = found.blocks, end, found.stop
            result.collected = found.collected
            return _close(lo, loop, result, entry)
        guess = result
    lo.fail(
        TypeMismatch,
        loop.node,
        "the types around this loop do not settle",
        "a name changes its type in every iteration",
        "use one type, or several names",
    )


def _bound(x: Abstract) -> bool:
    return not isinstance(x, Unbound)


def _changed(entry: State, head: State, end: State, loop: Loop) -> set[str]:
    """Names bound before the loop that the body leaves different, and that matter."""
    wanted = (loop.head | loop.after) & loop.names
    return {
        n
        for n in wanted
        if _bound(entry.vars.get(n, UNBOUND)) and end.vars.get(n, UNBOUND) is not head.vars[n]
    }


def _unify(
    lo: Lowering,
    loop: Loop,
    entry: Side,
    end: Side,
    forced: set[str],
    cells: set[Cell],
    reuse: list[Cell],
) -> Attempt:
    """The template at the head, from the state before the loop and the one at the end of its
    body."""
    merge = Join(
        lo,
        entry,
        end,
        loop.node,
        frozenset(forced),
        frozenset(cells),
        loop.head | loop.after,
        reuse=list(reuse),
    )
    template: dict[str, Abstract] = {}
    for name in sorted(forced):
        template[name] = merge.unify(
            entry.state.vars[name], end.state.vars.get(name, UNBOUND), name, True
        )
    late: dict[str, Abstract] = {}
    if end is not entry:
        for name in sorted(loop.names & loop.after - forced):
            x = end.state.vars.get(name, UNBOUND)
            if isinstance(x, Maybe):
                template[name] = merge.unify(UNBOUND, x, name, True)
            elif not _bound(entry.state.vars.get(name, UNBOUND)):
                late[name] = x if isinstance(x, Unbound) else merge.unify(None, x, name, True)
        if end.state.returned is not False and RETURN in end.state.vars:
            late[RETURN] = merge.unify(None, end.state.vars[RETURN], RETURN, True)
    returned = None
    if end.state.returned is not False and end.state.broke is not False:
        hole = merge._leaf(lo.builder.const(False), lo.flag(end.state.returned), "", True)
        assert isinstance(hole, Hole)
        returned = hole
    marks = entry.state.heap.copy()
    merge.heap(marks)
    return Attempt(merge, template, late, marks, returned=returned)


def _signature(a: Attempt) -> object:
    m = a.marks
    entry = a.merge.left
    assert entry is not None
    changed = {c for c, v in m.version.items() if entry.state.heap.version.get(c, 0) != v}
    return (
        a.template,
        a.merge.cell_holes,
        [leaf.type for leaf in a.merge.leaves],
        list(a.merge.pairs.values()),
        m.frozen.keys(),
        m.inner.keys(),
        m.stale.keys(),
        m.held,
        changed,
        a.returned is None,
        a.late,
    )


def _head_state(lo: Lowering, a: Attempt, block: Block, state: State) -> None:
    """Parameters for the holes, and the state that has them."""
    values = [block.add_param(leaf.type, leaf.hint) for leaf in a.merge.leaves]
    marks = a.marks
    state.heap = marks.copy()
    for name, template in a.template.items():
        state.vars[name] = a.merge.fill(template, values)
    a.merge.fill_heap(state.heap, values)
    clear(state)


def _attempt(lo: Lowering, loop: Loop, guess: Attempt, head: State) -> Attempt:
    """Lower under the guess; where a list is still of unknown elements and they are used, try what
    they may be."""
    types = [leaf.type for leaf in guess.merge.leaves]
    if not any(map(_unknown, types)):
        return _lower(lo, loop, guess, head)
    first: SourceError | None = None
    saved = (
        lo.state,
        lo.builder.block,
        lo.builder.current,
        lo.scope,
        list(lo.suspended),
        list(lo.active),
        len(lo.iterating),
    )
    for candidate in (UNKNOWN, INT, FLOAT, list_of(FLOAT)):
        for leaf, type_ in zip(guess.merge.leaves, types, strict=True):
            leaf.type = _known(type_, candidate)
        try:
            work = head.copy()
            found = _lower(lo, loop, guess, work)
        except SourceError as err:
            first = first or err
            lo.state, lo.builder.block, lo.builder.current, lo.scope = saved[:4]
            lo.suspended[:], lo.active[:] = saved[4], saved[5]
            del lo.iterating[saved[6] :]
            continue
        head.vars, head.heap = work.vars, work.heap
        return found
    assert first is not None
    raise first


def _unknown(t: Type) -> bool:
    return t == UNKNOWN or (isinstance(t, ListType) and _unknown(t.elem))


def _known(t: Type, elem: Type) -> Type:
    """The type with its unknown part replaced."""
    if isinstance(t, ListType):
        return list_of(_known(t.elem, elem))
    return elem if t == UNKNOWN else t


def _lower(lo: Lowering, loop: Loop, guess: Attempt, head: State) -> Attempt:
    """Lower condition and body into new blocks under the guess."""
    b = lo.builder
    found = Attempt(guess.merge, guess.template, guess.late, guess.marks)
    if loop.cond is not None:
        cond_block = b.new_block()
        state = head.copy()
        _head_state(lo, guess, cond_block, state)
        with lo.branch(state, cond_block):
            cond_block.yields = [loop.cond()]
        found.blocks.append(cond_block)
    block = b.new_block()
    index = block.add_param(INT, loop.index) if loop.bounds is not None else None
    _head_state(lo, guess, block, head)
    work = head.copy()
    saved, lo.state = lo.state, work
    with b.into(block):
        loop.body(index)
        end = lo.state
        end.continued = False
        if end.dead:
            end = head.copy()
        found.stop = lo.either(end.broke, end.returned)
        _keep(head, end)
        if loop.collect is not None:
            found.collected = [loop.collect()]
            end = lo.state
    lo.state = saved
    found.blocks.append(block)
    found.end = end
    return found


def _keep(head: State, end: State) -> None:
    """Names dropped on the way to the end of the body, where every path has left the loop: any
    value will do."""
    for name, x in head.vars.items():
        if end.vars.get(name) is DROPPED:
            end.vars[name] = x


def _close(lo: Lowering, loop: Loop, a: Attempt, entry: State) -> tuple[tuple[Value, ...], Flag]:
    """Make the region statement and the state behind it."""
    b = lo.builder
    assert a.merge.left is not None and a.merge.right is not None and a.end is not None
    inits = a.merge.yields(a.merge.left, "left")
    body = a.blocks[-1]
    carried = a.merge.yields(Side(a.end, body), "right")
    exits = a.stop is not False
    body.yields = [*([lo.flag(a.stop)] if exits else []), *carried, *a.collected]
    hints = [leaf.hint for leaf in a.merge.leaves]
    count = len(a.collected)
    if loop.bounds is not None:
        stmt = b.for_stmt(loop.bounds, inits, body, collects=count, exits=exits, hints=hints)
    else:
        stmt = b.while_stmt(inits, a.blocks[0], body, collects=count, exits=exits, hints=hints)
    results = stmt.results
    marks = a.marks
    after = State(dict(entry.vars), marks.copy())
    for name in loop.names:
        if name not in a.template and _bound(after.vars.get(name, UNBOUND)):
            after.vars[name] = DROPPED
    for name, template in a.template.items():
        after.vars[name] = a.merge.fill(template, results)
    for name, template in a.late.items():
        filled = a.merge.fill(template, results)
        plain = loop.ran or name == RETURN or isinstance(filled, Unbound)
        after.vars[name] = filled if plain else Maybe(filled, b.op("gt", results[-2], b.const(0)))
    a.merge.fill_heap(after.heap, results)
    stopped = results[-1]
    after.returned = _returned(a, results, stopped)
    lo.state = after
    return results, (stopped if exits else False)


def _returned(a: Attempt, results: tuple[Value, ...], stopped: Value) -> Flag:
    assert a.end is not None
    if a.end.returned is False:
        return False
    return stopped if a.returned is None else results[a.returned.number]


# -- statements ------------------------------------------------------------------------------------


def written_cells(lo: Lowering, body: list[ast.stmt]) -> frozenset[Cell]:
    """Lists that the statements write to under a name of this scope (a first guess, checked
    later)."""
    found: set[Cell] = set()
    for node in nodes(*body):
        target: ast.AST | None = None
        if (isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)) or (
            isinstance(node, ast.Attribute) and node.attr in MUTATORS
        ):
            target = node.value
        elif isinstance(node, ast.AugAssign):
            target = node.target
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            found |= {r.cell for r in refs(lo.vars.get(target.id, UNBOUND))}
    return frozenset(found)


def _spec(lo: Lowering, node: ast.For | ast.While, body: Callable[[Value | None], None]) -> Loop:
    targets: list[ast.AST] = [node.target] if isinstance(node, ast.For) else []
    return Loop(
        node,
        body,
        names=frozenset(stored_names([*node.body, *targets])),
        cells=written_cells(lo, node.body),
        head=live_head(lo, node),
        after=live_after(lo, node),
    )


@statement(ast.For)
def for_loop(lo: Lowering, node: ast.For) -> None:
    iterable = lo.expr(node.iter)
    if iterate.is_static(iterable):
        _unroll(lo, node, iterate.static_items(lo, iterable, node.iter))
        _orelse(lo, node, lo.either(lo.state.broke, lo.state.returned))
        return
    plan = iterate.plan(lo, iterable, node.iter)

    def body(index: Value | None) -> None:
        assert index is not None
        assign(lo, node.target, plan.element(index), node)
        suite(lo, node.body, live_head(lo, node))

    loop = _spec(lo, node, body)
    loop.bounds = (plan.start, plan.stop, plan.step)
    loop.ran = plan.ran
    loop.index = index_hint(iterable, node.target)
    loop.watched = iterate.sources(iterable)
    _, stopped = run(lo, loop)
    _orelse(lo, node, stopped)


def index_hint(iterable: Abstract, target: ast.expr) -> str:
    """The name of the loop's counter, where the target has one."""
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
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def cond() -> Value:
        before = dict(lo.state.heap.values)
        found = test(lo, node.test)
        if any(lo.state.heap.values.get(c) is not v for c, v in before.items()):
            lo.fail(
                AliasError,
                node.test,
                "the condition of this loop changes a list",
                "it is also computed a last time",
                "change the list inside the loop",
            )
        return found

    loop = _spec(lo, node, lambda _: suite(lo, node.body, live_head(lo, node)))
    loop.cond = cond
    loop.ran = endless
    state = lo.state
    _, stopped = run(lo, loop)
    if endless:
        if stopped is False:
            lo.state = State(state.vars, state.heap, dead=True)
            return
        if lo.state.returned is stopped:
            lo.state.returned = True
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
    returned = state.returned

    def then() -> None:
        clear(lo.state)
        suite(lo, node.orelse, live)

    def otherwise() -> None:
        lo.state.returned = True if returned is stopped else returned

    branch_stmt(lo, negate(lo, stopped), then, otherwise, node, live)


def _unroll(lo: Lowering, node: ast.For, items: list[Abstract]) -> None:
    """One copy of the body per element; after a possible exit the rest is guarded."""
    live = live_head(lo, node) | live_after(lo, node)
    for k, x in enumerate(items):
        assign(lo, node.target, x, node)
        suite(lo, node.body, live)
        state = lo.state
        state.continued = False
        gone = lo.exited()
        if gone is True:
            return
        if isinstance(gone, Value):
            _guard(lo, gone, node, live, lambda k=k: _unroll(lo, node, items[k + 1 :]))  # type: ignore[misc]
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
    )
    made = lo.new_cell(lo.builder.const(None))  # in the loop already, to see shared rows come in
    results, _ = run(lo, loop)
    lo.state.heap.values[made.cell] = results[-3]
    return made


iterate.RUN.append(collect_plan)
