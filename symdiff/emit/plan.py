"""What each line of a layout reads, and what is printed at all.

These are the questions that folding, naming and writing ask.  The answers take account of loop
headers that bind elements, of carries and results that nobody reads, and of what is printed
inline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from symdiff.emit.forms import Forms, LoopForm
from symdiff.emit.layout import Builder, Layout, Line, carries
from symdiff.emit.memory import Memory
from symdiff.emit.unpacking import Unpacking
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ops.attempt import errors_of, is_try, may_raise, protected_statements
from symdiff.passes.regions import collected


class Reading:
    """The layout of a graph, its loop forms, and counts of what is read."""

    def __init__(self, graph: Graph, split: int | None, unpacked: Collection[Value] = ()) -> None:
        built = Builder(graph, split)
        self.unpacked = unpacked
        self.graph = graph
        self.root = built.build()
        self.watched = protected_statements(graph)
        self.unpacking = Unpacking(self.root, built.users)
        if self.unpacking.parts:
            built.number(self.root)
        for layout in (
            self.root,
            *(x for line in self.root.lines[-1:] if line.kind == "pullback" for x in line.layouts),
        ):
            self._unpack(layout)
        self.users = built.users
        self.home = built.home
        self.line_of = built.line_of
        self.memory = Memory(self.root)
        self.inline: set[Value] = set()
        self.expressible: set[Stmt] = set()
        self.tails: set[Line] = set()
        self.forms: dict[Stmt, LoopForm] = {}
        self.chooser = Forms(
            built.users, self.home, self.memory, lambda s: self._span(built.by_stmt[s])
        )
        self._choose(self.root)
        self.elements = self.chooser.elements
        self._args: dict[Stmt, Sequence[Value]] = {}
        self.count: dict[Value, int] = {}
        self.silent: dict[Stmt, bool] = {}
        self.dead: set[Line] = set()  # lines of which nothing is printed
        self.has_comprehensions = False
        self._mark_tails(self.root)
        self._count_layout(self.root)

    def _unpack(self, layout: Layout) -> None:
        """Lines that take structured parameters apart."""
        lines = [Line("access", value=v) for v in layout.params if v in self.unpacked]
        layout.lines[:0] = lines

    @staticmethod
    def _span(line: Line) -> tuple[int, int]:
        return line.pos, line.layouts[-1].end

    def _choose(self, layout: Layout) -> None:
        for line in layout.lines:
            if line.stmt is not None and line.stmt.op.name == "for":
                body = line.layouts[0]
                form = self.forms[line.stmt] = self.chooser.choose(line.stmt, body)
                for target in form.targets():
                    self.home[target] = body
            for child in line.layouts:
                known = len(self.chooser.equal)
                self._choose(child)
                del self.chooser.equal[known:]
            if line.stmt is not None and line.stmt.op.name == "if":
                self.chooser.check(line)

    # -- what a line and the end of a suite read -------------------------------------------------

    def resolve(self, value: Value) -> Value:
        """The value itself, or the one that a loop header binds for it."""
        if not self.elements:
            return value
        found = self.elements.get(value)
        while found is not None and not found[1] and found[0] is not value:
            value = found[0]
            found = self.elements.get(value)
        return value

    def is_bound(self, value: Value) -> bool:
        """Whether a loop header binds it, so that its own statement is not printed."""
        found = self.elements.get(value)
        return found is not None and not found[1]

    def args(self, stmt: Stmt) -> Sequence[Value]:
        """The operands as printed."""
        if not self.elements:
            return stmt.args
        known = self._args.get(stmt)
        if known is None:
            found = self.elements.get(stmt.results[0]) if stmt.results else None
            if found is None:
                known = [self.resolve(a) for a in stmt.args]
            elif found[1]:
                known = [self.resolve(found[0]), *map(self.resolve, found[1])]
            else:
                known = []
            self._args[stmt] = known
        return known

    def is_live(self, group: tuple[Value, Value, Value, Value], loop: Stmt, k: int) -> bool:
        """Whether a carry is printed: its result or its parameter is read."""
        _, param, again, result = group
        params = [param] if loop.op.name == "for" else [param, loop.blocks[0].params[k]]
        uses = sum(len(self.users.get(p, ())) for p in params)
        own = 1 if again is param else 0
        return bool(self.users.get(result)) or uses > own

    def live_carries(self, loop: Stmt) -> list[tuple[Value, Value, Value, Value]]:
        return [g for k, g in enumerate(carries(loop)) if self.is_live(g, loop, k)]

    def live_tapes(self, line: Line) -> list[Value]:
        return [
            c.tape for c in line.layouts[-1].lines if c.kind == "collect" and c.tape is not None
        ]

    def used_results(self, stmt: Stmt) -> list[int]:
        return [k for k, r in enumerate(stmt.results) if self.users.get(r)]

    def header(self, line: Line) -> Sequence[Value]:
        """What a line reads itself, before its suites run."""
        if line.kind == "collect":
            assert line.value is not None
            return [self.resolve(line.value)]
        stmt = line.stmt
        if stmt is None:
            return []
        if not stmt.op.region:
            return self.args(stmt)
        if stmt.op.name == "if":
            return [] if is_try(stmt) else self.args(stmt)
        if stmt.op.name == "for":
            return [self.resolve(v) for v in self.forms[stmt].reads()] + self.inits(stmt)
        return self.inits(stmt)

    def inits(self, stmt: Stmt) -> list[Value]:
        return [self.resolve(g[0]) for g in self.live_carries(stmt)]

    def ends(self, layout: Layout) -> list[Value]:
        """What the end of a suite reads."""
        owner = layout.owner
        yields = layout.yields
        if owner is None or owner.stmt is None:
            return [self.resolve(v) for v in yields if not self._is_tail_result(v, layout)]
        stmt = owner.stmt
        if layout.kind in ("then", "else"):
            values = [yields[k] for k in self.used_results(stmt)]
            return [self.resolve(v) for v in values if not self._is_tail_result(v, layout)]
        if layout.kind == "cond":
            return [self.resolve(yields[0])]
        stop = [yields[0]] if stmt.attrs["exits"] else []
        return [self.resolve(v) for v in (*stop, *(g[2] for g in self.live_carries(stmt)))]

    # -- a final ``if`` that only computes what is returned --------------------------------------

    def _mark_tails(self, layout: Layout) -> None:
        if not layout.lines:
            return
        line = layout.lines[-1]
        stmt = line.stmt
        if line.kind == "pullback":
            self._mark_tails(line.layouts[0])
        if stmt is None or stmt.op.name != "if" or stmt.attrs.get("style") == "expr":
            return
        wanted = set(layout.yields)
        uses = sum(len(self.users.get(r, ())) for r in stmt.results)
        if (
            uses
            and uses == sum(1 for v in layout.yields if v in set(stmt.results))
            and wanted & set(stmt.results)
        ):
            self.tails.add(line)
            for child in line.layouts:
                self._mark_tails(child)

    def _is_tail_result(self, value: Value, layout: Layout) -> bool:
        line = self.line_of.get(value)
        return line is not None and line in self.tails

    # -- counting --------------------------------------------------------------------------------

    def _count_layout(self, layout: Layout) -> None:
        count = self.count
        for value in self.ends(layout):
            count[value] = count.get(value, 0) + 1
        for line in reversed(layout.lines):
            if line.layouts:
                for value in self.derived_reads(line):
                    count[value] = count.get(value, 0) + 1
            if self._is_dead(line):
                self.dead.add(line)
                continue
            for child in reversed(line.layouts):
                self._count_layout(child)
            for value in self.header(line):
                count[value] = count.get(value, 0) + 1

    def derived_reads(self, line: Line) -> list[Value]:
        """What the trip count of a loop is computed from, if it is read and not counted."""
        stmt = line.stmt
        if (
            stmt is None
            or stmt.op.name not in ("for", "while")
            or not self.count.get(stmt.results[-2])
        ):
            return []
        return self.trip_sources(line)

    def trip_sources(self, line: Line) -> list[Value]:
        """The tape whose length, or the bounds whose range, gives a loop's trip count; empty
        where it is counted.
        """
        stmt = line.stmt
        assert stmt is not None
        for tape in self.live_tapes(line):
            if self.memory.find(tape) not in self.memory.writes:
                return [tape]
        if stmt.op.name == "for" and not stmt.attrs["exits"]:
            return [self.resolve(a) for a in stmt.args[:3]]
        return []

    def is_derived(self, value: Value) -> bool:
        """Whether a value is a trip count that is printed as an expression."""
        if value.op != "for" and value.op != "while":
            return False
        stmt = value.stmt
        assert stmt is not None
        return value is stmt.results[-2] and bool(self.trip_sources(self.line_of[value]))

    # -- the names that a text mentions ----------------------------------------------------------

    def leaves(self, value: Value) -> list[Value]:
        """The named values that printing ``value`` reads."""
        found: list[Value] = []
        self._leaves(value, found)
        return found

    def stmt_leaves(self, stmt: Stmt) -> list[Value]:
        """The named values that the expression of a statement reads."""
        found: list[Value] = []
        self._stmt_leaves(stmt, found)
        return found

    def _leaves(self, value: Value, found: list[Value]) -> None:
        if self.elements:
            value = self.resolve(value)
        if value.op == "const" or value.op == "undef":
            return
        if value in self.inline:
            if value.stmt is not None and value not in self.unpacked:
                self._stmt_leaves(value.stmt, found)
        elif self.is_derived(value):
            for source in self.trip_sources(self.line_of[value]):
                self._leaves(source, found)
        else:
            found.append(value)

    def _stmt_leaves(self, stmt: Stmt, found: list[Value]) -> None:
        if not stmt.op.region:
            for arg in self.args(stmt) if self.elements else stmt.args:
                self._leaves(arg, found)
        elif stmt.op.name == "if":
            self._leaves(stmt.args[0], found)
            (k,) = self.used_results(stmt)
            for block in stmt.blocks:
                self._leaves(block.yields[k], found)
        else:
            form = self.forms[stmt]
            for source in form.reads():
                self._leaves(source, found)
            ((_, value),) = self.comprehended(stmt)
            own = set(form.targets())
            found += [v for v in self.leaves(value) if v not in own]

    def comprehended(self, stmt: Stmt) -> list[tuple[Value, Value]]:
        """(list, element) of a loop that is printed as a comprehension."""
        live = self.live_tapes(self.line_of[stmt.results[-1]])
        return [(tape, value) for tape, value in collected(stmt) if tape in live]

    def comprehensions(self, value: Value) -> Iterator[Stmt]:
        """The loops that are printed as comprehensions inside the text of ``value``."""
        value = self.resolve(value)
        if value in self.inline and value.stmt is not None and value not in self.unpacked:
            yield from self.stmt_comprehensions(value.stmt)

    def stmt_comprehensions(self, stmt: Stmt) -> Iterator[Stmt]:
        if stmt.op.name == "for":
            yield stmt
            for source in self.forms[stmt].reads():
                yield from self.comprehensions(source)
            for _, value in self.comprehended(stmt):
                yield from self.comprehensions(value)
        elif stmt.op.name == "if":
            yield from self.comprehensions(stmt.args[0])
            for k in self.used_results(stmt):
                for block in stmt.blocks:
                    yield from self.comprehensions(block.yields[k])
        else:
            for arg in self.args(stmt):
                yield from self.comprehensions(arg)

    def _is_dead(self, line: Line) -> bool:
        """Whether nothing is printed for a line: no result is read and nothing can be noticed of
        it. Its readers, which come behind it, are counted.
        """
        stmt = line.stmt
        if stmt is None:
            return line.kind == "access" and not self.count.get(line.value)  # type: ignore[arg-type]
        spec = stmt.op
        if spec.region:
            if is_try(stmt) and self.count.get(stmt.args[0]):
                return False
            wanted = (r for r in stmt.results if self.count.get(r) and not self.is_derived(r))
            return line not in self.tails and not any(wanted) and self._is_silent(stmt)
        if spec.effect:
            return False
        result = stmt.results[0]
        if self.elements and self.is_bound(result):
            return True
        if result in self.count or "inplace" in spec.tags:
            return False
        return stmt.total and not (stmt in self.watched and may_raise(stmt))

    def _is_silent(self, stmt: Stmt) -> bool:
        """Whether running a statement can be noticed only by its results."""
        known = self.silent.get(stmt)
        if known is None:
            inner = (s for b in stmt.blocks for s in b.stmts)
            known = (
                stmt.total
                and not (stmt in self.watched and errors_of(stmt))
                and not stmt.op.effect
                and stmt.op.name != "while"
                and all(map(self._is_silent, inner))
            )
            self.silent[stmt] = known
        return known

    def printed(self, layout: Layout) -> list[Line]:
        """The lines that stand on their own."""
        dead, inline = self.dead, self.inline
        return [
            x
            for x in layout.lines
            if x not in dead
            and (inline.isdisjoint(x.stmt.results) if x.stmt is not None else not self.is_folded(x))
        ]

    def is_folded(self, line: Line) -> bool:
        """Whether the line is printed inside another."""
        if line.stmt is None:
            return line.kind == "access" and line.value in self.inline
        return not self.inline.isdisjoint(line.stmt.results)
