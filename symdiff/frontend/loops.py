"""Loops: carries by fixpoint at the head, exits as a stop flag, static iterables unrolled."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from symdiff.errors import SourceError, TypeMismatch
from symdiff.frontend.context import RAISED, RETURN, Flag, Heap, Lowering, State
from symdiff.frontend.join import HIDDEN, clear
from symdiff.frontend.merge import Join, Side
from symdiff.frontend.values import (
    DROPPED,
    UNBOUND,
    Abstract,
    Cell,
    Hole,
    Maybe,
    Ref,
    Unbound,
)
from symdiff.ir.core import Block, Value
from symdiff.ir.types import BOOL, FLOAT, INT, UNKNOWN, ListType, Type, list_of
from symdiff.records import dataclass, field

ATTEMPTS = 12
Place = tuple[Cell, Any]
OUTWARD = ("returned", "raised")  # exits that lead out of more than one loop
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
    places: frozenset[Place] = frozenset()  # keys of objects that it probably writes to
    head: frozenset[str] = frozenset()  # names live at the head
    after: frozenset[str] = frozenset()  # names live behind the loop
    expression: bool = False  # it is a comprehension's: the names around it are live
    collect: Callable[[], Value] | None = None
    ran: bool = False
    reads: frozenset[str] = frozenset()  # names that an iteration reads
    watched: list[Ref] = field(default_factory=list)  # lists that it runs over


    @property
    def may_not_run(self) -> bool:
        """Whether a ``for`` may have no iteration, so that what holds before it holds behind it."""
        return self.bounds is not None and not self.ran


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
    flags: dict[str, Hole] = field(default_factory=dict)  # exits that others stand beside


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
    places = {p for p in loop.places if p[0] in entry.heap.objects}
    side = Side(entry, lo.builder.block)
    guess = _unify(lo, loop, side, side, (forced, cells, places), [])
    for _ in range(ATTEMPTS):
        head = entry.copy()
        found = _attempt(lo, loop, guess, head)
        end = found.end
        assert end is not None
        forced |= _changed(entry, head, end, loop)
        cells |= {c for c in head.heap.values if head.heap.values[c] is not end.heap.values.get(c)}
        places |= _changed_places(entry.heap, head.heap, end.heap)
        reuse = list(guess.merge.pairs.values())
        changed = (forced, cells, places)
        result = _unify(lo, loop, side, Side(end, found.blocks[-1]), changed, reuse)
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


def _changed_places(entry: Heap, head: Heap, end: Heap) -> set[Place]:
    """Keys of objects from before the loop under which the body leaves something else."""
    found: set[Place] = set()
    for cell in entry.objects:
        old, new = head.objects[cell], end.objects.get(cell)
        if new is not None and new is not old:
            keys = (*old.keys, *new.keys)
            found |= {(cell, key) for key in keys if old.get(key) is not new.get(key)}
    return found


def _unify(
    lo: Lowering,
    loop: Loop,
    entry: Side,
    end: Side,
    changed: tuple[set[str], set[Cell], set[Place]],
    reuse: list[Cell],
) -> Attempt:
    """The template at the head, from the state before the loop and the one at the end of its
    body; ``changed``: names, lists and keys of objects that the body changes."""
    forced, cells, places = changed
    merge = Join(
        lo,
        entry,
        end,
        loop.node,
        frozenset(forced),
        frozenset(cells),
        frozenset(places),
        reuse=list(reuse),
    )
    template: dict[str, Abstract] = {}
    for name in sorted(forced):
        merge.either_none = lo.either_none or loop.may_not_run or name not in loop.reads
        template[name] = merge.unify(
            entry.state.vars[name], end.state.vars.get(name, UNBOUND), name, True
        )
    merge.either_none = lo.either_none or loop.may_not_run
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
        if end.state.raised is not False and RAISED in end.state.vars:
            late[RAISED] = merge.unify(None, end.state.vars[RAISED], RAISED, True)
    flags: dict[str, Hole] = {}
    if sum(getattr(end.state, f) is not False for f in ("returned", "broke", "raised")) > 1:
        for name in OUTWARD:
            flag = getattr(end.state, name)
            if flag is not False:
                hole = merge._leaf(lo.builder.const(False), lo.flag(flag), "", True)
                assert isinstance(hole, Hole)
                flags[name] = hole
    marks = entry.state.heap.copy()
    kept = [
        x
        for n, x in entry.state.vars.items()
        if n not in template and n not in late and (loop.expression or n in loop.head | loop.after)
    ]
    merge.heap(marks, [*template.values(), *late.values(), *kept])
    return Attempt(merge, template, late, marks, flags=flags)


def _signature(a: Attempt) -> object:
    m = a.marks
    entry = a.merge.left
    assert entry is not None
    changed = {c for c, v in m.version.items() if entry.state.heap.version.get(c, 0) != v}
    return (
        a.template,
        a.merge.cell_holes,
        a.merge.contents,
        [leaf.type for leaf in a.merge.leaves],
        list(a.merge.pairs.values()),
        m.frozen.keys(),
        m.inner.keys(),
        m.stale.keys(),
        m.held,
        m.taken,
        changed,
        a.flags.keys(),
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
    back = lo.mark()
    for candidate in (UNKNOWN, INT, FLOAT, list_of(FLOAT)):
        for leaf, type_ in zip(guess.merge.leaves, types, strict=True):
            leaf.type = _known(type_, candidate)
        try:
            work = head.copy()
            found = _lower(lo, loop, guess, work)
        except SourceError as err:
            first = first or err
            back()
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
        found.stop = lo.either(lo.either(end.broke, end.returned), end.raised)
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
    if loop.ran:  # a flag that every iteration sets (that a key is there) is set
        settled = [
            leaf.right is not None and leaf.right.is_const(True) and leaf.type == BOOL
            for leaf in a.merge.leaves
        ]
        known = [b.const(True) if s else r for s, r in zip(settled, results, strict=False)]
        results = (*known, *results[len(known) :])
    marks = a.marks
    after = State(dict(entry.vars), marks.copy(), facts=entry.facts)
    for name in loop.names:
        if name not in a.template and _bound(after.vars.get(name, UNBOUND)):
            after.vars[name] = DROPPED
    for name, template in a.template.items():
        after.vars[name] = a.merge.fill(template, results)
    for name, template in a.late.items():
        filled = a.merge.fill(template, results)
        plain = loop.ran or name in HIDDEN or isinstance(filled, Unbound)
        after.vars[name] = filled if plain else Maybe(filled, b.op("gt", results[-2], b.const(0)))
    a.merge.fill_heap(after.heap, results)
    stopped = results[-1]
    for name in OUTWARD:
        setattr(after, name, _flag(a, name, results, stopped))
    lo.state = after
    return results, (stopped if exits else False)


def _flag(a: Attempt, name: str, results: tuple[Value, ...], stopped: Value) -> Flag:
    assert a.end is not None
    if getattr(a.end, name) is False:
        return False
    hole = a.flags.get(name)
    return stopped if hole is None else results[hole.number]
