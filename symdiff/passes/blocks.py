"""Elementwise parts of a function in blocks that fit the cache: valid IR in, valid IR out.

A chain of elementwise operations on long arrays makes a pass over memory, and a new array, for each
of them. Here such a chain becomes a loop over parts of some thousand elements, whose temporaries
stay in the cache and are made in memory that is at hand:

    dx = np.zeros_like(x)
    for k in range(0, len(x), 8192):
        x_k = x[k:k+8192]
        ...
        dx[k:k+8192] = ...

Only statements of the function's own block are grouped, all of which have the shape of one array;
arrays of more dimensions go in blocks of rows. What the operands broadcast to is checked once, in
front: shapes that differ raise there.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import BOOL, FLOAT, INT, ArrayType, is_differentiable, is_number
from symdiff.ir.walk import Cloner, free_values, has_effect, like
from symdiff.ops.array_shapes import full, size_along
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.records import dataclass, field

SIZE = 8192  # elements of a block: 64 KiB of doubles
LEAST = 3  # operations in a group, and per array that it makes


@dataclass(slots=True)
class Group:
    """Statements that run block by block, what they read of the rest, and what is read of them."""

    stmts: list[Stmt] = field(default_factory=list)
    full: list[Value] = field(default_factory=list)  # arrays of the group's shape from before
    outputs: list[Value] = field(default_factory=list)
    sums: list[Stmt] = field(default_factory=list)  # over all blocks, of what the group makes
    made: set[Value] = field(default_factory=set)
    shaped: set[Value] = field(default_factory=set)  # all arrays of its shape
    ids: set[int] = field(default_factory=set)  # of the groups that became this one
    after: set[int] = field(default_factory=set)  # groups that must have run before

    @property
    def pays(self) -> bool:
        results = len(self.outputs) + bool(self.sums)
        return results > 0 and len(self.stmts) >= LEAST * results

    @property
    def members(self) -> list[Stmt]:
        return [*self.stmts, *self.sums]


def run_in_blocks(graph: Graph) -> Graph:
    """The graph with its elementwise groups as loops; itself where there are none."""
    groups = [g for g in _Grouping(graph).groups() if g.pays]
    if not groups:
        return graph
    new = like(graph)
    cloner = Cloner(Builder(new))
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    inside = {stmt: g for g in groups for stmt in g.members}
    left = {id(g): len(g.members) for g in groups}
    waiting: list[Stmt | Group] = []
    for stmt in graph.body.stmts:
        group = inside.get(stmt)
        if group is None:
            waiting.append(stmt)
        else:
            left[id(group)] -= 1
            if left[id(group)]:
                continue
            waiting.append(group)
        _emit_ready(cloner, waiting)
    assert not waiting, "groups wait for each other"
    new.body.yields = cloner.all(graph.outputs)
    return new


def _emit_ready(cloner: Cloner, waiting: list[Stmt | Group]) -> None:
    """Write what waits for nothing any more, in order."""
    at = 0
    while at < len(waiting):
        item = waiting[at]
        stmts = item.members if isinstance(item, Group) else [item]
        own = item.made if isinstance(item, Group) else set()
        if all(v in cloner.env or v in own or v.op in ("const", "undef")
               for s in stmts for v in free_values(s)):
            del waiting[at]
            if isinstance(item, Group):
                _loop(cloner, item)
            else:
                cloner.stmt(item)
            at = 0
        else:
            at += 1


# -- groups ----------------------------------------------------------------------------------------


class _Grouping:
    """Elementwise statements of one shape, none of which waits for what others read of them.

    ``waits`` says of a value which groups must be complete for it: what a sum of a group goes into
    cannot be part of that group.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.found: list[Group] = []
        self.waits: dict[Value, set[int]] = {}
        self.home: dict[Value, Group] = {}
        self.place = {s: k for k, s in enumerate(graph.body.stmts)}

    def groups(self) -> list[Group]:
        for stmt in self.graph.body.stmts:
            if stmt.op.name in ("const", "undef"):
                continue
            if _is_elementwise(stmt):
                self._add(stmt)
            elif self._leave(stmt) and has_effect(stmt):
                return []  # what it raises would come later than it does
        for group in self.found:
            _settle_outputs(self.graph, group)
        return self.found

    def _waits_of(self, stmt: Stmt, own: Group | None) -> set[int]:
        found: set[int] = set()
        for v in free_values(stmt):
            found |= self.waits.get(v, set())
            home = self.home.get(v)
            if home is not None and home is not own:
                found |= home.ids
        return found

    def _add(self, stmt: Stmt) -> None:
        full = [a for a in stmt.args if dims_of(a.type) == dims_of(stmt.result.type)]
        late: set[int] = set()
        for v in stmt.args:
            late |= self.waits.get(v, set())
        whole: Group | None = None
        homes = [self.home[v] for v in stmt.args if v in self.home]
        for group in [g for g in self.found if not g.shaped.isdisjoint(full)]:
            others = set().union(*(h.ids for h in homes if h is not group and h is not whole))
            if group.ids & self._closure(late | others):
                continue
            if whole is None:
                whole = group
            elif not (whole.ids & self._closure(group.after)
                      or group.ids & self._closure(whole.after)):
                self._merge(whole, group)
                homes = [whole if h is group else h for h in homes]
        if whole is None:
            whole = Group(ids={len(self.place) + self.place[stmt]})
            self.found.append(whole)
        whole.stmts.append(stmt)
        whole.full += [v for v in dict.fromkeys(full) if v not in whole.shaped]
        whole.made.add(stmt.result)
        whole.shaped.update(full, stmt.results)
        self.home[stmt.result] = whole
        whole.after |= self._waits_of(stmt, whole)
        self.waits[stmt.result] = whole.after

    def _closure(self, ids: set[int]) -> set[int]:
        """The groups that these wait for, and themselves."""
        grown = set(ids)
        while True:
            more = set().union(*(g.after for g in self.found if g.ids & grown), grown)
            if more == grown:
                return grown
            grown = more

    def _merge(self, whole: Group, other: Group) -> None:
        self.found.remove(other)
        whole.stmts = sorted([*whole.stmts, *other.stmts], key=self.place.__getitem__)
        whole.sums += other.sums
        whole.made |= other.made
        both = dict.fromkeys([*whole.full, *other.full])
        whole.full = [v for v in both if v not in whole.made]
        whole.shaped |= other.shaped
        whole.ids |= other.ids
        whole.after |= other.after
        for v in other.made:
            self.home[v] = whole
            self.waits[v] = whole.after

    def _leave(self, stmt: Stmt) -> bool:
        """A statement of no group; whether it waits for one."""
        home = self.home.get(stmt.args[0]) if _is_sum(stmt) else None
        if home is not None:
            home.sums.append(stmt)
        found = self._waits_of(stmt, None)
        for result in stmt.results:
            self.waits[result] = found
        return bool(found)


def _is_elementwise(stmt: Stmt) -> bool:
    """Whether each element of the result is made of those of the operands at its place."""
    op = stmt.op
    if op.vjp is not None or not op.partials or op.sizes is not None or op.effect or op.region:
        return False
    if not stmt.results or not isinstance(stmt.result.type, ArrayType):
        return False
    dims = dims_of(stmt.result.type)
    if not dims or set(dims) != {"n"} or not any(dims_of(a.type) == dims for a in stmt.args):
        return False
    if any("?" in dims_of(a.type) for a in stmt.args):
        return False
    numbers = tuple(FLOAT if is_differentiable(a.type) else a.type if is_number(a.type) else BOOL
                    for a in stmt.args)
    try:
        return not any(dims_of(t) for t in op.infer(numbers, stmt.attrs))
    except TypeError:  # of arrays only: what it makes of one element depends on others
        return False


def _is_sum(stmt: Stmt) -> bool:
    """Whether it adds rows up, so that it can be done block by block."""
    return stmt.op.name == "sum" and 0 in stmt.attrs["axes"] and not stmt.attrs["keepdims"] and (
        is_differentiable(stmt.args[0].type)
    )


def _settle_outputs(graph: Graph, group: Group) -> None:
    """What later statements read; those must be floats in the shape of an array from before."""
    own = {*group.stmts, *group.sums}
    read: set[Value] = set(graph.outputs)
    for stmt in graph.body.stmts:
        if stmt not in own:
            read.update(free_values(stmt))
    group.outputs = [v for s in group.stmts for v in s.results if v in read]
    types = {v.type for v in group.full}
    if not group.full or any(v.type not in types for v in group.outputs):
        group.outputs, group.sums = [], []


# -- loops -----------------------------------------------------------------------------------------


def _loop(cloner: Cloner, group: Group) -> None:
    b, origin = cloner.builder, group.members[-1].origin
    results = [*group.outputs, *(s.result for s in group.sums)]
    with b.origin(origin):
        first = cloner[group.full[0]]
        _check_shapes(b, [cloner[v] for v in group.full])
        n, step = size_along(b, first, 0), _step(b, first)
        zero = b.const(0.0)
        starts = [b._append(OPS["full_like"], (cloner[_alike(group, v)], zero), {}, ()).result
                  for v in group.outputs]  # each is memory of its own
        starts += [_no_sum(b, first, s) for s in group.sums]
    body = b.new_block()
    k = body.add_param(INT, "k")
    carried = [body.add_param(v.type, v.hint) for v in results]
    with b.into(body):
        yields = _body(cloner, group, k, b.add(k, step), carried)
    body.yields = yields
    hints = [v.hint for v in results]
    types = [*(v.type for v in results), INT, BOOL]
    attrs = {"carries": len(starts), "collects": 0, "exits": False}
    with b.origin(origin):
        made = b.region("for", (b.const(0), n, step, *starts), attrs, (body,), types, hints)
    for old, result in zip(results, made.results, strict=False):
        cloner.env[old] = result
        cloner.changed.add(old)


def _body(
    cloner: Cloner, group: Group, k: Value, stop: Value, carried: Sequence[Value]
) -> list[Value]:
    """The statements of a group on parts of its arrays, and what they make written in its place."""
    b, outer = cloner.builder, dict(cloner.env)
    rank = len(dims_of(group.full[0].type))
    for stmt in group.stmts:
        args = []
        for arg in stmt.args:
            dims = dims_of(arg.type)
            if arg not in group.made and len(dims) == rank and dims[0] == "n":
                name = f"{arg.hint}_k" if arg.hint else ""
                with b.origin(stmt.origin):
                    args.append(b.op("index", outer.get(arg) or cloner[arg], k, stop, hint=name,
                                     spec=("s110",)))
            else:
                args.append(cloner[arg])
        with b.origin(stmt.origin):
            hint = stmt.result.hint
            if hint and stmt.result in group.outputs:
                hint = f"{hint}_k"
            cloner.env[stmt.result] = b.op(stmt.op.name, *args, hint=hint, **stmt.attrs)
    found = []
    for value, out in zip(group.outputs, carried, strict=False):
        assert value.stmt is not None
        with b.origin(value.stmt.origin):
            found.append(b.op("set_index", out, cloner[value], k, stop, hint=out.hint,
                              spec=("s110",)))
    for total, before in zip(group.sums, carried[len(found) :], strict=True):
        with b.origin(total.origin):
            part = b.op("sum", cloner[total.args[0]], **total.attrs)
            found.append(b.op("add", before, part, hint=before.hint))
    return found


def _no_sum(b: Builder, like: Value, total: Stmt) -> Value:
    """The sum of no blocks."""
    t, axes = total.result.type, total.attrs["axes"]
    if not dims_of(t):
        return b.op("scalar", b.const(0.0), dtype=dtype_of(t))
    rank = len(dims_of(total.args[0].type))
    sizes = [size_along(b, like, k) for k in range(rank) if k not in axes]
    return full(b, b.const(0.0), sizes, dtype_of(t))


def _alike(group: Group, v: Value) -> Value:
    """An array from before of the type of ``v``."""
    return next(x for x in group.full if x.type == v.type)


def _step(b: Builder, x: Value) -> Value:
    """How many rows make a block: at least one."""
    rank = len(dims_of(x.type))
    if rank == 1:
        return b.const(SIZE)
    row = size_along(b, x, 1)
    for axis in range(2, rank):
        row = b.op("mul", row, size_along(b, x, axis))
    one = b.const(1)
    return b.op("max", b.op("floordiv", b.const(SIZE), b.op("max", row, one)), one)


def _check_shapes(b: Builder, arrays: Sequence[Value]) -> None:
    """Raise where arrays are not of one shape: parts of them might fit all the same."""
    first, *others = arrays
    asked = set()
    for other in others:
        for axis in range(len(dims_of(first.type))):
            mine, theirs = size_along(b, first, axis), size_along(b, other, axis)
            if mine is theirs or (mine, theirs) in asked:
                continue
            asked.add((mine, theirs))
            with b.into(b.new_block()) as differ:
                b.op("raise", template="ValueError('operands of different shapes')")
            b.if_(b.op("ne", mine, theirs), differ, b.new_block(), style="stmt")


__all__ = ["run_in_blocks"]
