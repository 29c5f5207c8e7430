"""Elementwise parts of array programs in tiles that stay in the processor's cache.

NumPy sends every intermediate of ``0.5*x*(1 + np.tanh(u))`` to memory and back.  A person who
needs the speed walks over the rows in tiles of some thousand elements: the same lines, on
``x[k:k + 8192]`` at a time, with the results written to one array and the sums added up.  That is
what this pass does where ``granularity="whole"`` asks for it and where a part is long enough to be
worth the loop.

A value is *in rows* if its first axis is the one that is walked along; a statement goes into a tile
if it makes rows of rows: elementwise operations, reductions and new axes that leave the first axis
alone.  What a sum over all rows gives is known only behind the loop, so that what depends on it
comes in the next one, or is not tiled.
"""

from __future__ import annotations

from collections.abc import Iterable

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import ArrayType, is_number
from symdiff.ir.walk import Cloner, free_values, like
from symdiff.ops.array_shapes import full
from symdiff.ops.array_types import broadcast, dims_of, dtype_of

ELEMENTS = 8192  # of a tile: 64 KiB, so that a handful of them fits the second-level cache
# elementwise operations in a loop, also twice the arrays that it reads and writes: below,
# walking costs what it saves
LEAST = 6
_BY_ROWS = ("sum", "mean", "amax", "amin", "expand_dims")  # where they leave the first axis alone
_GUARDED = ("safe_div", "safe_ratio")  # elementwise, with rules of their own
_STRETCH = ("s110",)  # x[start:stop]
_MEMORY = frozenset({"view", "inplace"})



def tile(graph: Graph) -> Graph:
    """The graph with its long elementwise parts in loops over tiles."""
    plan = _Plan(graph)
    return _Tiler(plan).run() if plan.phases else graph


# -- what can be tiled -----------------------------------------------------------------------------


def _in_rows(v: Value) -> bool:
    return dims_of(v.type)[:1] == "n"


def _elementwise(stmt: Stmt) -> bool:
    op = stmt.op
    if op.region or op.effect:
        return False
    if op.name not in _GUARDED and (op.sizes or op.vjp or not op.partials):
        return False
    if op.tags >= {"array", "data"} or not op.tags.isdisjoint(_MEMORY):
        return False
    if not all(isinstance(a.type, ArrayType) or is_number(a.type) for a in stmt.args):
        return False
    dims = dims_of(stmt.result.type)
    if broadcast(dims_of(a.type) for a in stmt.args) != dims:
        return False
    # an array of which nobody knows whether it has one row or all
    return not any(dims_of(a.type)[:1] == "?" and _aligned(a, dims) for a in stmt.args)


def _aligned(a: Value, dims: str) -> bool:
    """Whether the first axis of an operand is the first of what it is broadcast to."""
    return len(dims_of(a.type)) == len(dims)


def _makes_rows(stmt: Stmt) -> bool:
    """Whether rows of the result come from the same rows of the operands."""
    if len(stmt.results) != 1 or not _in_rows(stmt.result):
        return False
    if stmt.op.name in _BY_ROWS:
        return 0 not in stmt.attrs["axes"] and _in_rows(stmt.args[0])
    return _elementwise(stmt)


def _sums_rows(stmt: Stmt) -> bool:
    """Whether it is the sum of all that is in rows: it can be added up tile by tile."""
    if stmt.op.name != "sum" or not _in_rows(stmt.args[0]):
        return False
    result = stmt.result.type
    return not dims_of(result) and dtype_of(result) in ("f64", "f32")


def _by_rows(a: Value, stmt: Stmt) -> bool:
    """Whether a tiled statement needs only the tile's rows of an operand."""
    if not _in_rows(a):
        return False
    return not _elementwise(stmt) or _aligned(a, dims_of(stmt.result.type))


class _Plan:
    """The statements that are tiled, by the loop that they are in."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.users: dict[Value, list[Stmt]] = {}
        for stmt in graph.body.stmts:
            for a in free_values(stmt):
                self.users.setdefault(a, []).append(stmt)
        self.phases: dict[Stmt, int] = {}
        tiled = {s for s in graph.body.stmts if _makes_rows(s) or _sums_rows(s)}
        while tiled:
            self.phases = self._late(self._numbered(tiled))
            poor = self._poor()
            if not poor:
                return
            tiled -= poor
        self.phases = {}

    def loops(self) -> list[list[Stmt]]:
        """The statements of each loop, in order."""
        found: list[list[Stmt]] = [[] for _ in range(max(self.phases.values()) + 1)]
        for stmt in self.graph.body.stmts:
            if stmt in self.phases:
                found[self.phases[stmt]].append(stmt)
        return found

    def sliced(self, stmts: Iterable[Stmt]) -> list[Value]:
        """What a loop reads by rows from outside."""
        found: dict[Value, None] = {}
        for stmt in stmts:
            for a in stmt.args:
                if _by_rows(a, stmt) and self._home(a) != self.phases[stmt]:
                    found[a] = None
        return list(found)

    def leaves(self, stmt: Stmt) -> bool:
        """Whether a result is needed outside of its loop."""
        if _sums_rows(stmt) or stmt.result in self.graph.outputs:
            return True
        home, result = self.phases[stmt], stmt.result
        users = self.users.get(result, [])
        return any(self.phases.get(u) != home or not _by_rows(result, u) for u in users)

    def read_inside(self, stmt: Stmt) -> bool:
        """Whether its own loop reads what a statement makes."""
        home = self.phases[stmt]
        return any(self.phases.get(u) == home for u in self.users.get(stmt.result, []))

    def _home(self, a: Value) -> int | None:
        return self.phases.get(a.stmt) if a.stmt is not None else None

    def _numbered(self, tiled: set[Stmt]) -> dict[Stmt, int]:
        """Which loop each statement is in at the earliest: behind those whose sums it needs."""
        there: dict[Value, int] = {}  # before which loop a value is there as a whole
        phases: dict[Stmt, int] = {}
        last = 0
        for stmt in self.graph.body.stmts:
            if stmt in tiled:
                phase = 0
                for a in stmt.args:
                    inside = a.stmt in phases and _by_rows(a, stmt)
                    phase = max(phase, there.get(a, 0) - inside)
                phases[stmt] = phase
                there[stmt.result] = phase + 1
                continue
            before = max((there.get(a, 0) for a in free_values(stmt)), default=0)
            if stmt.op.effect or stmt.op.region:  # what may raise or print keeps its order
                before = last = max(before, last)
            for result in stmt.results:
                there[result] = before
        return phases

    def _late(self, phases: dict[Stmt, int]) -> dict[Stmt, int]:
        """The same with what only later loops read in the first of these."""
        for stmt in reversed(list(phases)):
            users = self.users.get(stmt.result, [])
            inside = all(u in phases and _by_rows(stmt.result, u) for u in users)
            if inside and not _sums_rows(stmt) and stmt.result not in self.graph.outputs:
                phases[stmt] = min((phases[u] for u in users), default=phases[stmt])
        return phases

    def _poor(self) -> set[Stmt]:
        """What is not worth a loop, or would be needed outside with a size that nobody knows."""
        poor: set[Stmt] = set()
        for stmts in self.loops():
            apart = self._of_other_rows(stmts)
            if apart:
                poor |= apart  # asked again without them
                continue
            sliced = self.sliced(stmts)
            traffic = sum(self.leaves(s) and not _sums_rows(s) for s in stmts) + len(sliced)
            if sum(map(_elementwise, stmts)) < max(LEAST, 2*traffic) or not sliced:
                poor.update(stmts)
            poor.update(
                s
                for s in stmts
                if not _sums_rows(s) and self.leaves(s) and _models(s.result, sliced) is None
            )
        return poor


    def _of_other_rows(self, stmts: Iterable[Stmt]) -> set[Stmt]:
        """What does not surely walk along the axis that most of a loop does: nothing that they
        read or make in rows is common to both."""
        parts: list[tuple[set[Value], set[Stmt]]] = []
        for stmt in stmts:
            rows = {a for a in (*stmt.args, *stmt.results) if _by_rows(a, stmt)}
            met = [p for p in parts if not p[0].isdisjoint(rows)]
            parts = [p for p in parts if p not in met]
            parts.append((rows.union(*(p[0] for p in met)), {stmt}.union(*(p[1] for p in met))))
        parts.sort(key=lambda p: len(p[1]))
        return set().union(*(p[1] for p in parts[:-1]))


def _models(v: Value, sliced: Iterable[Value]) -> list[Value | None] | None:
    """Per axis behind the first, what has as many elements along it (None: it is one element)."""
    dims = dims_of(v.type)
    found: list[Value | None] = []
    for axis, letter in enumerate(dims[1:], start=1):
        like_it = [s for s in sliced if _aligned(s, dims) and dims_of(s.type)[axis] == "n"]
        if letter == "?" or (letter == "n" and not like_it):
            return None
        found.append(like_it[0] if letter == "n" else None)
    return found


# -- the loops -------------------------------------------------------------------------------------


class _Tiler:
    """Builds the graph anew: what a loop needs, the loop, what needs it, ..."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.graph = plan.graph
        self.new = like(self.graph)
        self.b = Builder(self.new)
        self.cloner = Cloner(self.b)
        self.checked: set[tuple[Value, Value]] = set()
        self.counts: dict[Value, Value] = {}  # how many rows what loops made has
        self.cloner.env.update(zip(self.graph.inputs, self.new.inputs, strict=True))

    def run(self) -> Graph:
        waiting = [s for s in self.graph.body.stmts if s not in self.plan.phases]
        for stmts in self.plan.loops():
            waiting = self._copied(waiting)
            if stmts:
                self._loop(stmts)
        assert not self._copied(waiting), "every loop is built"
        self.new.body.yields = self.cloner.all(self.graph.outputs)
        return self.new

    def _copied(self, waiting: list[Stmt]) -> list[Stmt]:
        """Copy what can be copied; what waits for a loop is left, and effects behind it too."""
        left: list[Stmt] = []
        missing = {s.result for s in self.plan.phases if s.result not in self.cloner.env}
        held = False
        for stmt in waiting:
            ordered = stmt.op.effect or stmt.op.region
            if (held and ordered) or any(a in missing for a in free_values(stmt)):
                missing.update(stmt.results)
                held = held or ordered
                left.append(stmt)
            else:
                self.cloner.stmt(stmt)
        return left

    def _loop(self, stmts: list[Stmt]) -> None:
        b, env, sliced = self.b, self.cloner.env, self.plan.sliced(stmts)
        model = max(sliced, key=lambda v: len(dims_of(v.type)))
        b.current = stmts[0].origin
        count = self._size(model, 0)
        self._same_length(count, sliced)
        rows = self._rows(model)
        results = [s for s in stmts if self.plan.leaves(s)]
        inits = [self._init(s, sliced, count) for s in results]
        body = b.new_block()
        with b.into(body):
            k = body.add_param(count.type, "k")
            carries = [
                body.add_param(v.type, s.result.hint) for v, s in zip(inits, results, strict=True)
            ]
            end = b.op("add", k, rows, hint="end")
            inner = Cloner(b)
            inner.env = dict(env)
            for v in sliced:
                inner.env[v] = b.op("index", env[v], k, end, hint=v.hint, spec=_STRETCH)
            inner.changed.update(sliced)  # a tile may have one row
            for stmt in stmts:
                inner.stmt(stmt)
            for stmt, carry in zip(results, carries, strict=True):
                part = inner[stmt.result]
                if _sums_rows(stmt):
                    body.yields.append(b.add(carry, part))
                else:
                    if not self.plan.read_inside(stmt):
                        part.hint = ""  # it is called as what it is written to
                    body.yields.append(b.op("set_index", carry, part, k, end, spec=_STRETCH))
        loop = b.for_stmt(
            (b.const(0), count, rows), tuple(inits), body, hints=[s.result.hint for s in results]
        )
        env.update(zip((s.result for s in results), loop.results, strict=False))
        self.counts.update((s.result, count) for s in results)

    def _size(self, v: Value, axis: int) -> Value:
        if axis == 0 and v in self.counts:
            return self.counts[v]
        return self.b.op("shape_of", self.cloner[v], axis=axis)

    def _rows(self, model: Value) -> Value:
        """How many rows make a tile."""
        b, whole = self.b, self.b.const(ELEMENTS)
        wide: Value | None = None
        for axis in range(1, len(dims_of(model.type))):
            size = self._size(model, axis)
            wide = size if wide is None else b.mul(wide, size)
        if wide is None:
            return whole
        one = b.const(1)  # at least one row, of rows that may be empty
        return b.add(b.op("floordiv", whole, b.add(wide, one)), one)

    def _init(self, stmt: Stmt, sliced: list[Value], count: Value) -> Value:
        """What a loop begins with: zero, or an array of which the loop writes every row."""
        b, type_ = self.b, stmt.result.type
        zero = b.const(0.0)
        if _sums_rows(stmt):
            return b.op("scalar", zero, dtype=dtype_of(type_))
        same = next((v for v in sliced if v.type == type_), None)
        if same is not None:
            return b.op("full_like", self.cloner[same], zero, filled=False)
        sizes = [count]
        for axis, v in enumerate(_models(stmt.result, sliced) or (), start=1):
            sizes.append(b.const(1) if v is None else self._size(v, axis))
        return full(b, zero, sizes, dtype_of(type_))

    def _same_length(self, count: Value, sliced: list[Value]) -> None:
        """Slices may hide that one array has more rows than another, which NumPy refuses."""
        b = self.b
        for size in [self._size(v, 0) for v in sliced]:
            if (size, count) in self.checked or size is count:
                continue
            self.checked.add((size, count))
            wrong = b.op("ne", size, count)

            def fails() -> list[Value]:
                b.op("raise", template="ValueError('operands could not be broadcast together')")
                return []

            if not wrong.is_const():
                b.if_(wrong, fails, lambda: [], style="stmt")
