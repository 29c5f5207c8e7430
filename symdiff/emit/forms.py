"""What a ``for`` prints as: over a range, over the elements of lists, or backwards over tapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.emit.layout import Layout, Line, Users, inside
from symdiff.emit.memory import Memory
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ir.types import TupleType
from symdiff.passes.regions import collected
from symdiff.records import dataclass, field

SAME_LENGTH = ("set_at", "add_at", "list_copy", "zeros_like", "widen", "add_lists")
MOST_LISTS = 4


@dataclass(slots=True)
class Element:
    """What a loop header binds for one list: one value, or (a tape of tuples) one per position
    that is read.
    """

    source: Value
    value: Value | None
    parts: list[Value | None] = field(default_factory=list)

    def values(self) -> list[Value]:
        return [v for v in (self.value, *self.parts) if v is not None]


@dataclass(slots=True)
class LoopForm:
    """``bounds`` are (start, stop, step) with start and step None where they are 0 and 1;
    ``offset`` is added to start and stop.
    """

    index: Value | None
    elements: list[Element] = field(default_factory=list)
    backwards: bool = False
    bounds: tuple[Value | int | None, Value | int, Value | int | None] = (None, 0, None)

    def targets(self) -> list[Value]:
        found = [self.index] if self.index is not None else []
        for element in self.elements:
            found += element.values()
        return found

    def reads(self) -> list[Value]:
        """The values that the header reads."""
        sources = [e.source for e in self.elements]
        if self.elements and not self.counts_down:
            return sources
        return [b for b in self.bounds if isinstance(b, Value)] + sources

    @property
    def counts_down(self) -> bool:
        """Whether the header gives an index that decreases beside elements."""
        return self.backwards and self.index is not None


class Forms:
    """Chooses the form of each ``for``; ``elements`` says which reads became names bound by a
    header.
    """

    def __init__(
        self,
        users: Users,
        home: dict[Value, Layout],
        memory: Memory,
        span: Callable[[Stmt], tuple[int, int]],
    ) -> None:
        self.users = users
        self.home = home
        self.memory = memory
        self.span = span
        self.elements: dict[Value, tuple[Value, tuple[Value, ...]]] = {}
        self.equal: list[tuple[Any, Any]] = []  # lengths that a check before has compared

    def check(self, line: Line) -> None:
        """``if len(a) != len(b): raise ...``: from here on the lengths are one."""
        stmt = line.stmt
        if stmt is None or stmt.op.name != "if" or stmt.args[0].op != "ne":
            return
        then, orelse = line.layouts
        last = then.lines[-1].stmt if then.lines else None
        if last is not None and last.op.name == "raise" and not orelse.lines:
            assert stmt.args[0].stmt is not None
            x, y = (count_key(v) for v in stmt.args[0].stmt.args)
            self.equal.append((x, y))

    def _same_length(self, x: Any, y: Any) -> bool:
        known = {x}
        for _ in self.equal:
            if y in known:
                break
            more = {q for pair in self.equal for q in pair if known.intersection(pair)}
            if more <= known:
                break
            known |= more
        return y in known

    def choose(self, stmt: Stmt, body: Layout) -> LoopForm:
        start, stop, step = stmt.args[:3]
        index = body.params[0]
        form = LoopForm(index)
        form.bounds, form.backwards = bounds(start, stop, step)
        uses = self.users.get(index, [])
        if not uses:
            form.index = None
        elif form.bounds[0] is None and form.bounds[2] is None:
            self._elements(form, stmt, body, uses)
        return form

    def _elements(self, form: LoopForm, stmt: Stmt, body: Layout, uses: list[Stmt | Block]) -> None:
        length = count_key(form.bounds[1])
        groups: dict[Value, list[Stmt]] = {}
        others = 0
        for user in uses:
            if isinstance(user, Stmt) and self._reads_element(user, form, body, length, stmt):
                groups.setdefault(user.args[0], []).append(user)
            else:
                others += 1
        whole = {xs: g for xs, g in groups.items() if any(len(s.args) == 2 for s in g)}
        if others or len(whole) < len(groups) or len(whole) > MOST_LISTS:
            whole = self._beside_index(form, whole)
            if not whole:
                return
        else:
            form.index = None
        form.elements = [self._bind(xs, group) for xs, group in whole.items()]

    def _beside_index(
        self, form: LoopForm, whole: dict[Value, list[Stmt]]
    ) -> dict[Value, list[Stmt]]:
        """What a header binds where the index is needed too: the one list whose element has a
        name, and tapes of tuples, which are better taken apart there.
        """
        records = {xs: g for xs, g in whole.items() if self._is_record(g)}
        if form.backwards:
            return records if len(records) <= MOST_LISTS else {}
        named = {xs: g for xs, g in whole.items() if any(_is_named(s) for s in g)} or records
        return named if len(named) == 1 else {}

    def _reads_element(
        self, user: Stmt, form: LoopForm, body: Layout, length: Any, loop: Stmt
    ) -> bool:
        if (
            user.op.name != "getitem"
            or user.args[1] is not body.params[0]
            or body.params[0] in user.args[2:]
        ):
            return False
        xs = user.args[0]
        if inside(self.home.get(xs), body) or not self._same_length(
            length_key(xs), length
        ):
            return False
        return not self.memory.written(xs, *self.span(loop))

    def _bind(self, xs: Value, group: list[Stmt]) -> Element:
        reads = [s for s in group if len(s.args) == 2]
        parts = self._parts(reads, group)
        if parts is not None:
            return Element(xs, None, parts)
        best = next((s for s in reads if s.result.hint), reads[0]).result
        for stmt in group:
            if stmt.result is not best:
                self.elements[stmt.result] = (best, stmt.args[2:])
        self.elements[best] = (best, ())
        return Element(xs, best)

    def _is_record(self, group: list[Stmt]) -> bool:
        """Whether all that is done with the elements, which are tuples, is taking them apart."""
        reads = [s for s in group if len(s.args) == 2]
        gets = [u for s in reads for u in self.users.get(s.result, [])]
        if not reads or len(reads) < len(group):
            return False
        return isinstance(reads[0].result.type, TupleType) and all(
            isinstance(u, Stmt) and u.op.name == "tuple_get" for u in gets
        )

    def _parts(self, reads: list[Stmt], group: list[Stmt]) -> list[Value | None] | None:
        """The names for a tape of tuples, if all that is done with an entry is taking it apart."""
        if not self._is_record(group):
            return None
        kind = reads[0].result.type
        assert isinstance(kind, TupleType)
        gets = [u for s in reads for u in self.users.get(s.result, [])]
        parts: list[Value | None] = [None] * len(kind.elems)
        for get in gets:
            assert isinstance(get, Stmt)
            at = get.attrs["index"]
            parts[at] = best = parts[at] or get.result
            self.elements[get.result] = (best, ())
        for stmt in reads:
            self.elements[stmt.result] = (stmt.result, ())
        return parts


def _is_named(stmt: Stmt) -> bool:
    return bool(stmt.result.hint) and len(stmt.args) == 2 and stmt.origin.role == "primal"


def bounds(start: Value, stop: Value, step: Value) -> tuple[Any, bool]:
    """The three bounds as printed, and whether the range is printed reversed."""
    if step.is_const(1):
        return ((None if start.is_const(0) else start), stop, None), False
    if step.is_const(-1):
        high, low = above(start), above(stop)
        if high is not None and low is not None:
            return ((None if low == 0 else low), high, None), True
    return (start, stop, step), False


def above(value: Value) -> Value | int | None:
    """``value + 1`` where that is simpler than ``value``."""
    if value.is_const():
        return int(value.constant) + 1
    if value.op == "sub" and value.stmt is not None and value.stmt.args[1].is_const(1):
        return value.stmt.args[0]
    return None


def count_key(value: Value | int) -> Any:
    """Equal for two counts that are the same number of iterations."""
    if isinstance(value, int):
        return max(value, 0)
    stmt = value.stmt
    if stmt is None:
        return value
    if stmt.op.name == "const":
        return max(int(value.constant), 0)
    if stmt.op.name == "len":
        return length_key(stmt.args[0])
    if stmt.op.name == "sub":
        return ("sub", _exact(stmt.args[0]), _exact(stmt.args[1]))
    if stmt.op.name == "for" and value is stmt.results[-2]:
        return trip_key(stmt)
    return value


def trip_key(stmt: Stmt) -> Any:
    start, stop, step = stmt.args[:3]
    if stmt.attrs["exits"] or not (step.is_const(1) or step.is_const(-1)):
        return stmt.results[-2]
    (low, high, other), _ = bounds(start, stop, step)
    if other is not None:
        return stmt.results[-2]
    return count_key(high) if low is None else ("sub", _exact(high), _exact(low))


def _exact(value: Value | int) -> Any:
    """Equal for two ints that are surely equal (also where negative)."""
    if isinstance(value, int):
        return value
    if value.is_const():
        return int(value.constant)
    stmt = value.stmt
    if stmt is not None and stmt.op.name == "len":
        return length_key(stmt.args[0])
    if stmt is not None and stmt.op.name == "sub":
        return ("sub", _exact(stmt.args[0]), _exact(stmt.args[1]))
    return value


def length_key(xs: Value) -> Any:
    """Equal for two lists that are provably of the same length."""
    stmt = xs.stmt
    while stmt is not None and stmt.op.name in SAME_LENGTH:
        xs = stmt.args[0]
        stmt = xs.stmt
    if stmt is None:
        return ("len", xs)
    if stmt.op.name == "make_list":
        return len(stmt.args)
    if stmt.op.name == "list_fill":
        return count_key(stmt.args[0])
    if stmt.op.name in ("for", "while") and any(xs is tape for tape, _ in collected(stmt)):
        return trip_key(stmt) if stmt.op.name == "for" else stmt.results[-2]
    return ("len", xs)
