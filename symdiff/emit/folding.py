"""What is printed inside what: a value used once moves into its use where the text stays short
and the meaning the same.

One pass in program order; the decision about a value falls where it is used.  A value moves only
within its suite or into a branch under it, never into a loop, and never across a write to a list
that it reads.  What may raise does not move into a branch.
"""

from __future__ import annotations

from collections.abc import Collection

from symdiff.emit.layout import Layout, Line
from symdiff.emit.plan import Reading
from symdiff.emit.templates import measures, text_of
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ops.attempt import is_try, may_raise
from symdiff.passes.regions import collected

LINE = 70  # the longest text that folding makes
OUTPUT = 46  # ... for one of several results
ADJOINT = 30  # ... of an adjoint value that has a name of its own
BRANCH = 34  # ... of a branch of a conditional that the user wrote as statements
NESTED = 24
ALIASES = ("scalar",)  # printed as their operand: no name is needed for several uses either
SWAP = 20  # ... of what replaces a carry while another takes its old value


class Plan(Reading):
    """Everything that is decided before names are given."""

    def __init__(self, graph: Graph, split: int | None, unpacked: Collection[Value] = ()) -> None:
        super().__init__(graph, split, unpacked)
        self.size: dict[Value, int] = {}
        self.spelled: dict[Stmt, str] = {}  # the templates of the target ``math``
        self.reads: dict[Value, frozenset[Value]] = {}
        self._fold_layout(self.root)

    # -- folding ---------------------------------------------------------------------------------

    def _fold_layout(self, layout: Layout) -> None:
        for line in layout.lines:
            stmt = line.stmt
            if line in self.dead:
                continue
            if stmt is None or stmt.op.region:
                self._fold_line(line, layout)
            else:
                self._fold_operands(stmt, layout, line.pos)
        if layout.kind in ("root", "pullback") or (layout.owner in self.tails):
            for value in self.ends(layout):
                self.take(value, layout, layout.end, OUTPUT if len(layout.yields) > 1 else LINE)
        elif layout.kind == "cond":
            self.take(self.ends(layout)[0], layout, layout.end, LINE)
        elif layout.kind == "body" and layout.owner is not None and layout.owner.stmt is not None:
            self._fold_end(layout, layout.owner.stmt)

    def _fold_end(self, body: Layout, loop: Stmt) -> None:
        """The stop flag, and what replaces a carry whose old value another carry takes over.

        Such a value cannot have the carry's name before the end: ``a, b = b, a + b``.
        """
        if loop.attrs["exits"]:
            self.take(self.ends(body)[0], body, body.end, LINE)
        groups = self.live_carries(loop)
        kept = {again for _, param, again, _ in groups if again is not param}
        for _, param, again, _ in groups:
            if param in kept:
                again = self.resolve(again)
                self.take(again, body, body.end, SWAP, ("", again.hint))

    def _fold_line(self, line: Line, layout: Layout) -> None:
        stmt = line.stmt
        if stmt is None:
            if line.kind == "collect":
                self.take(self.header(line)[0], layout, line.pos, LINE)
            for child in line.layouts:
                self._fold_layout(child)
            return
        for value in self.header(line):
            self.take(value, layout, line.pos, LINE)
        for child in line.layouts:
            self._fold_layout(child)
        if stmt.op.name == "if":
            self._conditional(line, layout)
        elif stmt.op.name == "for":
            self._comprehension(line)
        for result in stmt.results:
            self.size.setdefault(result, len(result.hint) or 3)

    def _fold_operands(self, stmt: Stmt, layout: Layout, pos: int) -> None:
        args = self.args(stmt) if self.elements else stmt.args
        spelled = self.spelled[stmt] = text_of(stmt)
        total, repeated = measures(stmt, spelled)
        pinned = 1 if "inplace" in stmt.op.tags else 0
        inline, count = self.inline, self.count
        for k, arg in enumerate(args):
            once = count.get(arg) == 1 or arg.op in ALIASES  # what is read more often stays
            if once and arg not in inline and k >= pinned and k not in repeated:
                self.take(arg, layout, pos, LINE - total)
            total += self.length(arg)
        if stmt.results:
            self.size[stmt.results[0]] = total
            if self.memory.writes:
                self.reads[stmt.results[0]] = frozenset().union(*map(self._reads_of, args))

    def _reads_of(self, value: Value) -> frozenset[Value] | set[Value]:
        if value in self.inline:
            return self.reads.get(value, frozenset())
        return {value} if self.memory.find(value) in self.memory.writes else frozenset()

    def length(self, value: Value) -> int:
        """The length of a value's text as an operand, roughly."""
        if value.op == "const":
            spelling = value.stmt.attrs["spelling"]  # type: ignore[union-attr]
            return len(spelling or repr(value.constant))
        if value in self.inline:
            return self.size.get(value, 4)
        return len(value.hint) or 2

    def take(
        self, value: Value, layout: Layout, pos: int, room: int, hints: tuple[str, ...] = ("",)
    ) -> bool:
        """Print ``value`` inside the place ``pos`` of ``layout``, if it may move there."""
        if value.op in ("const", "undef") or value in self.inline or self.is_derived(value):
            return True
        if not self._may_move(value, layout, pos, room, hints):
            return False
        self.inline.add(value)
        return True

    def _may_move(
        self, value: Value, layout: Layout, pos: int, room: int, hints: tuple[str, ...]
    ) -> bool:
        stmt, line = value.stmt, self.line_of.get(value)
        if value in self.unpacked:
            return (
                self.count.get(value) == 1
                and not layout.repeated
                and layout.parent in (None, self.home[value])
            )
        if value.op in ("attempt", "draw"):  # where it stands is when it happens
            return False
        if stmt is None or line is None or (self.elements and self.is_bound(value)):
            return False
        if self.count.get(value) != 1 and stmt.op.name not in ALIASES:
            return False
        if value in self.unpacking.bound:
            return False
        size = self.size.get(value, LINE)
        if (
            size > room
            or "inplace" in stmt.op.tags
            or (stmt.op.region and stmt not in self.expressible)
        ):
            return False
        if stmt in self.watched and self._risky(stmt) and not self._keeps_order(line, layout, pos):
            return False
        named = value.hint not in hints and stmt.op.name != "pack_tape"
        if named and (stmt.origin.role == "primal" or size > ADJOINT):
            return False
        if not self._reaches(value, stmt, layout):
            return False
        reads = self.reads.get(value)
        return not reads or not any(self.memory.written(xs, line.pos, pos) for xs in reads)

    def _risky(self, stmt: Stmt) -> bool:
        """Whether the text of a statement may raise, what is printed inside it included."""
        return may_raise(stmt) or any(
            a.stmt is not None and self._risky(a.stmt) for a in self.args(stmt) if a in self.inline
        )

    def _keeps_order(self, line: Line, layout: Layout, pos: int) -> bool:
        """Whether nothing that may raise, and no end of the protection, is between a line and a
        later place: which handler runs depends on what raises first."""
        if line not in layout.lines:
            return False
        return not any(
            other.stmt is not None and (other.stmt.op.effect or self._risky(other.stmt))
            for other in layout.lines[layout.lines.index(line) + 1 :]
            if other.pos < pos
        )

    def _reaches(self, value: Value, stmt: Stmt, layout: Layout) -> bool:
        """Whether only branches lie between the value's suite and ``layout``."""
        home = self.home[value]
        crossed = False
        while layout is not home:
            if layout.repeated or layout.parent is None:
                return False
            if layout.owner is not None and is_try(layout.owner.stmt) and self._risky(stmt):
                return False
            crossed = True
            layout = layout.parent
        return not crossed or self._is_total(value)

    def _is_total(self, value: Value) -> bool:
        stmt = value.stmt
        if stmt is None or value.op in ("const", "undef"):
            return True
        if stmt.op.region or not stmt.op.total or stmt.op.name in ("div", "exp", "pow"):
            return False
        return all(self._is_total(a) for a in self.args(stmt) if a in self.inline)

    # -- regions as expressions ------------------------------------------------------------------

    def _conditional(self, line: Line, layout: Layout) -> None:
        """Mark an ``if`` that can be printed as ``a if c else b`` (or ``and``, ``or``, ``not``)."""
        stmt = line.stmt
        assert stmt is not None
        used = self.used_results(stmt)
        if len(used) != 1 or line in self.tails or is_try(stmt):
            return
        result = stmt.results[used[0]]
        explicit = stmt.attrs.get("style") == "expr"
        if self._reads_better_as_statement(line, layout, result, explicit):
            return
        hints = ("", result.hint)
        sizes = []
        for child in line.layouts:
            value = self.resolve(child.yields[used[0]])
            made = self.line_of.get(value) if self.home.get(value) is child else None
            printed = [x for x in self.printed(child) if x is not made]
            room = LINE if explicit else BRANCH
            if printed or (value.op == "undef" and not explicit):
                return
            if made is not None and value not in self.inline:
                if (
                    made.stmt in self.expressible
                    and self.size.get(value, LINE) > NESTED
                    and not explicit
                ):
                    return
                if not self._may_move(value, child, child.end, room, hints):
                    return
            sizes.append(self.size.get(value, LINE) if made is not None else self.length(value))
        for child in line.layouts:
            self.take(self.resolve(child.yields[used[0]]), child, child.end, LINE, hints)
        self.expressible.add(stmt)
        cond = self.header(line)[0]
        self.size[result] = sum(sizes) + self.length(cond) + 10
        found = set(self._reads_of(cond))
        for child in line.layouts:
            found |= self._reads_of(self.resolve(child.yields[used[0]]))
            found |= {
                r
                for x in child.lines
                if x.stmt and x.stmt.results
                for r in self.reads.get(x.stmt.result, ())
            }
        self.reads[result] = frozenset(found)

    def _reads_better_as_statement(
        self, line: Line, layout: Layout, result: Value, explicit: bool
    ) -> bool:
        """``if c: s = ...`` rather than ``s = ... if c else s``; and what decides on the end of a
        loop.
        """
        stmt = line.stmt
        assert stmt is not None
        owner = layout.owner.stmt if layout.owner is not None else None
        exits = layout.kind == "body" and owner is not None and owner.attrs["exits"]
        if exits and self.resolve(layout.yields[0]) is self.resolve(stmt.args[0]) is not result:
            return True
        if not result.hint or (explicit and stmt.origin.role == "primal"):
            return False
        values = [self.resolve(b.yields[result.index]) for b in stmt.blocks]
        kept = [v for v, child in zip(values, line.layouts, strict=True) if self.is_outer(v, child)]
        same = (v for v in kept if v.hint == result.hint and not v.is_const())
        return any(not self._used_after(v, line) for v in same)

    def _used_after(self, value: Value, line: Line) -> bool:
        """Whether a value is read after a conditional, so that the result needs another name."""
        end = line.layouts[-1].end
        assert line.stmt is not None
        for user in self.users.get(value, ()):
            if not isinstance(user, Stmt):
                if user not in line.stmt.blocks:
                    return True
                continue
            found = self.line_of.get(user.results[0]) if user.results else None
            if found is not None and found.pos > end:
                return True
        return False

    def is_outer(self, value: Value, suite: Layout) -> bool:
        """Whether a value comes from outside a suite."""
        return self.home.get(value) is not suite

    def _comprehension(self, line: Line) -> None:
        """Mark a ``for`` that can be printed as ``[value for x in xs]``."""
        stmt = line.stmt
        assert stmt is not None
        tapes = self.live_tapes(line)
        if len(tapes) != 1 or stmt.attrs["exits"] or self.live_carries(stmt):
            return
        body = line.layouts[0]
        if any(x.kind != "collect" for x in self.printed(body)):
            return
        used = [r for r in stmt.results if self.count.get(r) and not self.is_derived(r)]
        if any(r is not tapes[0] for r in used):
            return
        self.expressible.add(stmt)
        self.has_comprehensions = True
        value = self.resolve(dict(collected(stmt))[tapes[0]])
        self.size[tapes[0]] = self.length(value) + 20
        found = self._reads_of(value) | {
            x for v in self.forms[stmt].reads() for x in self._reads_of(self.resolve(v))
        }
        self.reads[tapes[0]] = frozenset(found)
