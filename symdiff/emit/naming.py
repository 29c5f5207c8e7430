"""Names: one forward scan that gives each printed value a name that no other live value holds.

SSA makes this simple: two values clash iff one is live where the other is defined, so it is enough
to know the names that are busy there.  Hints are wishes.  A loop's parameter and result are one
name; its first value and the value it yields share that name wherever they do not clash, which is
what prints ``s += x``; where they do clash a copy is printed at the loop's end.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from itertools import count

from symdiff.emit.derived import STEMS, derived_names, hints_of
from symdiff.emit.folding import Plan
from symdiff.emit.layout import Layout, Line
from symdiff.ir.core import Stmt, Value
from symdiff.ops.attempt import is_try

INDICES = ("i", "j", "k", "m", "n")
DERIVATIVE = ("adjoint", "tangent", "seed")


class Names:
    """``plan`` with names: ``of(value)``, tapes' and counters' among them."""

    def __init__(self, plan: Plan, fixed: dict[Value, str], reserved: Iterable[str]) -> None:
        self.plan = plan
        self.reserved = set(reserved)
        self.names: dict[Value, str] = dict(fixed)
        self.busy: dict[str, int] = {}
        self.lowest: dict[str, int] = {}  # a stem's numbers below this are not free
        self.counted: dict[str, tuple[str, int]] = {}  # names that counting met: stem, number
        self.wish: dict[Value, str] = {}
        self.lines: dict[Layout, list[Line]] = {}
        self.last: dict[Layout, dict[Value, int]] = {}
        self.firm: set[Value] = set()  # wishes that save a copy: these come before a hint
        self.hints, self.given, self.variables = hints_of(plan.graph)
        self.temporaries = 0
        self.stem = next((n for n in STEMS if n not in self.given), STEMS[-1])
        self.stops: dict[Stmt, str] = {}  # what a loop's stop flag is called where it needs a name
        self._lives(plan.root)
        for value, name in fixed.items():
            if plan.home[value] is plan.root:
                self._hold(name)
                if value not in self.last[plan.root]:
                    self._free(value)
        self._scan(plan.root, set())

    def __getitem__(self, value: Value) -> str:
        return self.names[value]

    # -- the last use of each value in each suite ------------------------------------------------

    def _lives(self, layout: Layout) -> dict[Value, int]:
        plan = self.plan
        lines = self.lines[layout] = plan.printed(layout)
        last: dict[Value, int] = {}
        for k, line in enumerate(lines):
            for value in self._line_reads(line):
                last[value] = k
            if not line.layouts or self.is_expression(line):
                continue
            self._wish_inits(line)
            for child in line.layouts:
                own = self._lives(child)
                for value in own:
                    if plan.home[value] is not child:
                        last[value] = k
        for end in plan.ends(layout):
            for value in plan.leaves(end):
                last[value] = len(lines)
        self.last[layout] = last
        return last

    def _wish_inits(self, line: Line) -> None:
        """What a loop starts from would like the name that it has in the loop."""
        stmt = line.stmt
        if stmt is not None and stmt.op.name in ("for", "while"):
            for init, param, _, result in self.plan.live_carries(stmt):
                hint = param.hint or result.hint
                if hint:
                    self.wish.setdefault(self.plan.resolve(init), hint)

    def is_expression(self, line: Line) -> bool:
        """Whether a region is printed as one expression."""
        return line.stmt is not None and line.stmt in self.plan.expressible

    def _line_reads(self, line: Line) -> list[Value]:
        stmt = line.stmt
        if stmt is not None and (not stmt.op.region or self.is_expression(line)):
            return self.plan.stmt_leaves(stmt)
        return [v for value in self.plan.header(line) for v in self.plan.leaves(value)]

    # -- holding names ---------------------------------------------------------------------------

    def _hold(self, name: str) -> None:
        self.busy[name] = self.busy.get(name, 0) + 1

    def _free(self, value: Value) -> None:
        name = self.names[value]
        self.busy[name] -= 1
        stem, number = self.counted.get(name, ("", 0))
        if number and number < self.lowest[stem]:
            self.lowest[stem] = number

    def _define(self, value: Value, *wishes: str) -> str:
        """Give ``value`` the first of its wishes that is not busy, and hold it."""
        mine = self.wish.get(value, "")
        first = mine if not value.hint or value in self.firm else value.hint
        ordered = [self._own(value, w) for w in (*wishes, first, mine, value.hint) if w]
        for wish in ordered:
            if self._is_free(wish):
                return self._take(value, wish)
        base = next((w for w in (self._own(value, value.hint), *ordered) if w), "")
        if not base.isidentifier() or base.removeprefix(self.stem).isdigit():
            return self._take(value, self._temporary(value))
        if base in self.reserved and self._is_free(f"{base}_"):
            return self._take(value, f"{base}_")
        return self._take(value, self._numbered(base))

    def _own(self, value: Value, wish: str) -> str:
        """``d_z`` for an adjoint ``dz`` where the user has a ``dz``."""
        if wish in self.given and wish[0] == "d" and value not in self.names:
            stmt = value.stmt if value.stmt is not None else value.block.owner
            if stmt is not None and stmt.origin.role in DERIVATIVE:
                return f"d_{wish[1:]}"
        return wish

    def _temporary(self, value: Value) -> str:
        """A name for what has none: one made from its operands' names, or a plain ``t``."""
        for found in derived_names(value, self._known):
            if found and found not in self.hints and self._is_free(found):
                return found
        while True:  # each is given once: a name that stays is easier to follow
            name = f"{self.stem}{self.temporaries or ''}"
            self.temporaries += 1
            if name not in self.hints and self._is_free(name):
                return name

    def _known(self, value: Value) -> str:
        """The name of an operand, if it is printed as one."""
        value = self.plan.resolve(value)
        return "" if value in self.plan.inline else self.names.get(value, "")

    def _numbered(self, base: str) -> str:
        if self._is_free(base):
            return base
        stem = base if not base[-1].isdigit() else base + "_"
        number = self.lowest.get(stem, 1)
        while not self._is_free(name := f"{stem}{number}"):
            self.counted[name] = stem, number
            number += 1
        self.lowest[stem] = number
        return name

    def _is_free(self, name: str) -> bool:
        return (
            not self.busy.get(name)
            and name not in self.reserved
            and name.isidentifier()
            and not keyword.iskeyword(name)
        )

    def _take(self, value: Value, name: str) -> str:
        self.names[value] = name
        self._hold(name)
        return name

    # -- the scan --------------------------------------------------------------------------------

    def _scan(self, layout: Layout, handed: set[Value]) -> None:
        """Name what a suite defines; ``handed`` are outer values that may end in it."""
        plan, last, lines = self.plan, self.last[layout], self.lines[layout]
        deaths: dict[int, list[Value]] = {}
        for value, k in last.items():
            if plan.home[value] is layout or value in handed:
                deaths.setdefault(k, []).append(value)
        self._wish_ends(layout)
        for k, line in enumerate(lines):
            dying = deaths.get(k, [])
            if plan.has_comprehensions:
                self._name_comprehensions(self._line_comprehensions(line))
            if line.kind == "pullback":
                self._pullback(line)
            elif line.stmt is None:
                self._small(line, last, dying)
            elif not line.layouts or self.is_expression(line):
                self._simple(line, last, dying)
            elif line.stmt.op.name == "if":
                self._branches(line, last, dying)
            else:
                self._loop(line, last, dying)
        if plan.has_comprehensions:
            self._name_comprehensions(c for v in plan.ends(layout) for c in plan.comprehensions(v))
        for value in deaths.get(len(lines), []):
            self._free(value)

    def _line_comprehensions(self, line: Line) -> Iterator[Stmt]:
        if line.stmt is not None and self.is_expression(line):
            yield from self.plan.stmt_comprehensions(line.stmt)
            return
        for value in self.plan.header(line):
            yield from self.plan.comprehensions(value)

    def _name_comprehensions(self, loops: Iterable[Stmt]) -> None:
        """What comprehensions bind: names that nothing live has, together distinct."""
        held = []
        for stmt in loops:
            for target in self.plan.forms[stmt].targets():
                self._define(target, *element_wish(self.plan, stmt, target))
                held.append(target)
        for value in held:
            self._free(value)

    def _small(self, line: Line, last: dict[Value, int], dying: list[Value]) -> None:
        for value in dying:
            self._free(value)
        if line.kind == "access" and line.value is not None:
            self._define(line.value)
            if line.value not in last:
                self._free(line.value)

    def _simple(self, line: Line, last: dict[Value, int], dying: list[Value]) -> None:
        plan, stmt = self.plan, line.stmt
        assert stmt is not None
        for value in dying:
            self._free(value)
        if not stmt.results:
            return
        results = [stmt.result]
        if stmt.op.region:
            results = [r for r in stmt.results if plan.count.get(r)]
        for result in results:
            written = [self.names[plan.resolve(stmt.args[0])]] if "inplace" in stmt.op.tags else []
            self._define(result, *written)
            if result not in last:
                self._free(result)

    def _pullback(self, line: Line) -> None:
        inner = line.layouts[0]
        for value in inner.params:
            if value in self.names:
                self._hold(self.names[value])
        saved = {v for v in inner.params if v in self.names and v not in self.last[inner]}
        for value in saved:
            self._free(value)
        self._scan(inner, set())

    def _branches(self, line: Line, last: dict[Value, int], dying: list[Value]) -> None:
        plan, stmt = self.plan, line.stmt
        assert stmt is not None
        inner = {v for child in line.layouts for v in self.last[child]}
        for value in dying:
            if value not in inner:
                self._free(value)
        dying = [v for v in dying if v in inner]
        results = [] if line in plan.tails else [stmt.results[k] for k in plan.used_results(stmt)]
        for value in dying:
            self._free(value)
        for result in results:
            self._define(result, *self._result_wishes(stmt, result))
        known = is_try(stmt) and plan.count.get(stmt.args[0])
        if known:  # set where the branches begin, so that it stays busy in them
            self._define(stmt.args[0])
        for result in results:
            self._free(result)
        self._suites(line, stmt, dying)
        for result in results:
            self._hold(self.names[result])
            if result not in last:
                self._free(result)
        if known and stmt.args[0] not in last:
            self._free(stmt.args[0])

    def _suites(self, line: Line, stmt: Stmt, dying: list[Value]) -> None:
        """The branches; ``dying`` are outer values that end in one of them."""
        for child in line.layouts:
            alive = [v for v in dying if v in self.last[child]]
            # a handler reads what it reads after part of what it watches
            later = dying if is_try(stmt) and child is line.layouts[0] else []
            for value in (*alive, *later):
                self._hold(self.names[value])
            self._scan(child, set(alive))
            for value in later:
                self._free(value)

    def _result_wishes(self, stmt: Stmt, result: Value) -> list[str]:
        """What a conditional's result would like to be called: as what it goes into, or as what
        comes unchanged through it.
        """
        wishes = [self.wish.get(result, ""), result.hint]
        for block in stmt.blocks:
            value = self.plan.resolve(block.yields[result.index])
            wishes.append(self.names.get(value, ""))
        return wishes

    def _wish_ends(self, layout: Layout) -> None:
        """What a suite yields would like the name of what it is yielded to."""
        owner = layout.owner
        stmt = owner.stmt if owner is not None else None
        if stmt is None or owner in self.plan.tails:
            return
        if layout.kind in ("then", "else"):
            pairs = [(layout.yields[k], stmt.results[k]) for k in self.plan.used_results(stmt)]
        elif layout.kind == "body":
            pairs = [(again, result) for _, _, again, result in self.plan.live_carries(stmt)]
        else:
            return
        for value, target in pairs:
            value = self.plan.resolve(value)
            if value not in self.names:
                self.wish.setdefault(value, self.names[target])
                self.firm.add(value)

    def _loop(self, line: Line, last: dict[Value, int], dying: list[Value]) -> None:
        plan, stmt = self.plan, line.stmt
        assert stmt is not None
        inner = {v for child in line.layouts for v in self.last[child]}
        form = plan.forms.get(stmt)
        reads = form.reads() if form is not None else []
        heads = {v for head in reads for v in plan.leaves(head)}
        gone = [v for v in dying if v not in inner and v not in heads]
        for value in gone:
            self._free(value)
        groups = plan.live_carries(stmt)
        for init, param, _, result in groups:
            init = plan.resolve(init)
            wished = self.names.get(init, "") if init in gone else ""
            self._define(result, param.hint or wished, result.hint, wished)
        extra = self._counters(line)
        for value in dying:
            if value not in inner and value in heads:
                self._free(value)
        for _, param, _, result in groups:
            for child in line.layouts:  # the condition of a while has the same parameters
                self.names[child.params[param.index]] = self.names[result]
        if stmt.op.name == "while":
            self._cond(line.layouts[0])
        self._body(line.layouts[-1], stmt, groups)
        for value in (*extra, *(v for v in dying if v in inner)):
            self._free(value)
        for value in (*(g[3] for g in groups), *extra):
            self._hold(self.names[value])
            if value not in last:
                self._free(value)

    def _counters(self, line: Line) -> list[Value]:
        """Tapes, a counter of iterations, a flag: set before the loop, written in it."""
        plan, stmt = self.plan, line.stmt
        assert stmt is not None
        trip, stopped = stmt.results[-2:]
        found = list(plan.live_tapes(line))
        if plan.count.get(trip) and not plan.is_derived(trip):
            found.append(trip)
        if plan.count.get(stopped):
            found.append(stopped)
        for value in found:
            self._define(
                value, value.hint or {trip: "trips", stopped: "stopped"}.get(value, "tape")
            )
        return found

    def _cond(self, cond: Layout) -> None:
        """The condition's suite: all the loop's names stay busy in it."""
        own = [p for p in cond.params if p in self.last[cond] and p in self.names]
        for param in own:
            self._hold(self.names[param])
        self._scan(cond, set())

    def _body(
        self, body: Layout, stmt: Stmt, groups: list[tuple[Value, Value, Value, Value]]
    ) -> None:
        """Parameters give their names up after their last use; the loop's end writes them again."""
        last = self.last[body]
        for _, param, _, _ in groups:
            if param not in last:
                self._free(param)
        if stmt.op.name == "for":
            index = self.plan.forms[stmt].index
            for target in self.plan.forms[stmt].targets():
                wishes = element_wish(self.plan, stmt, target)
                if target is index and index.hint in self.variables:
                    wishes = [n for n in INDICES if n not in self.variables]
                self._define(target, *wishes)
                if target not in last:
                    self._free(target)
            if index is not None:  # a loop inside has an index of its own name
                self._hold(self.names[index])
        self._scan(body, set())
        if stmt.op.name == "for" and index is not None:
            self._free(index)
        if stmt.attrs["exits"]:
            taken = {self.names[result] for _, _, _, result in groups}
            self.stops[stmt] = next(n for n in stop_names() if n not in taken and self._is_free(n))


def stop_names() -> Iterator[str]:
    """Names for a flag that ends a loop."""
    yield "done"
    yield from (f"done{k}" for k in count(1))


def element_wish(plan: Plan, stmt: Stmt, target: Value) -> list[str]:
    """A name for the element of a list: the singular of the list's."""
    for element in plan.forms[stmt].elements:
        if element.value is target and not target.hint:
            base = element.source.hint.removesuffix("_tape")
            if base in ("tape", "tapes"):
                return ["tape"] if base == "tapes" else []
            return [
                base[:-1] if len(base) > 1 and base.endswith("s") else f"{base}_i" if base else "e"
            ]
    return [] if target.hint else ["i", "j", "k"] if target is plan.forms[stmt].index else []
