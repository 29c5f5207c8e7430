"""The printed shape of a graph: blocks become layouts, statements lines.

A layout is what Python would call a suite.  It differs from a block in that loop headers bind
names (``for x in xs``), that tapes are appended to as soon as their value is known, and that the
pullback of a vjp is a suite of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import is_number
from symdiff.ops.attempt import is_try, may_raise
from symdiff.passes.regions import collected, inner_statements, value_count
from symdiff.records import dataclass, field

Users = dict[Value, list["Stmt | Block"]]
_SUITES = {"if": ("then", "else"), "for": ("body",), "while": ("cond", "body")}


@dataclass(slots=True, eq=False)
class Line:
    """One printed statement: a ``stmt``, a ``collect`` (append to a tape), an ``access``
    (unpacking a parameter) or the ``pullback``.
    """

    kind: str
    stmt: Stmt | None = None
    value: Value | None = None
    tape: Value | None = None
    layouts: list[Layout] = field(default_factory=list)
    pos: int = 0


@dataclass(slots=True, eq=False)
class Layout:
    """A suite; ``kind`` is root, then, else, cond, body or pullback."""

    kind: str
    parent: Layout | None
    params: list[Value]
    lines: list[Line] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    owner: Line | None = None
    end: int = 0

    @property
    def repeated(self) -> bool:
        """Whether it may run more than once, or later than where it stands."""
        return self.kind in ("body", "cond", "pullback")


def users_of(graph: Graph) -> Users:
    """Who uses each value: statements as operands, blocks as yields; one entry per use."""
    users: Users = {}

    def visit(block: Block) -> None:
        for stmt in block.stmts:
            for arg in stmt.args:
                users.setdefault(arg, []).append(stmt)
            for child in stmt.blocks:
                visit(child)
        for value in block.yields:
            users.setdefault(value, []).append(block)

    visit(graph.body)
    return users


class Builder:
    """Makes the layouts of a graph."""

    def __init__(self, graph: Graph, split: int | None) -> None:
        self.graph = graph
        self.split = split
        self.users = users_of(graph)
        self.home: dict[Value, Layout] = {}
        self.line_of: dict[Value, Line] = {}
        self.by_stmt: dict[Stmt, Line] = {}

    def build(self) -> Layout:
        graph = self.graph
        if self.split is None:
            root = self.layout("root", None, graph.body.stmts, graph.inputs, graph.outputs)
        else:
            inner = inner_statements(graph, self.split)
            count = value_count(graph)
            stmts = graph.body.stmts
            root = self.layout(
                "root",
                None,
                [s for s in stmts if s not in inner],
                graph.inputs[: self.split],
                graph.outputs[:count],
            )
            pullback = self.layout(
                "pullback",
                root,
                [s for s in stmts if s in inner],
                graph.inputs[self.split :],
                graph.outputs[count:],
            )
            line = Line("pullback", layouts=[pullback])
            pullback.owner = line
            root.lines.append(line)
        self.number(root)
        return root

    def layout(
        self,
        kind: str,
        parent: Layout | None,
        stmts: Sequence[Stmt],
        params: Sequence[Value],
        yields: Sequence[Value],
    ) -> Layout:
        new = Layout(kind, parent, list(params), yields=list(yields))
        for value in params:
            self.home[value] = new
        for stmt in stmts:
            if stmt.op.name in ("const", "undef", "attempt"):
                continue
            line = Line("stmt", stmt)
            self.by_stmt[stmt] = line
            for result in stmt.results:
                self.home[result] = new
                self.line_of[result] = line
            if stmt.op.region:
                self._region(stmt, line, new)
            new.lines.append(line)
        if kind in ("then", "else", "body"):
            self._sink(new)
        return new

    def _region(self, stmt: Stmt, line: Line, layout: Layout) -> None:
        """A suite for each block of a region."""
        if is_try(stmt):  # the outcome of the attempt is known behind it
            self.home[stmt.args[0]] = layout
            self.line_of[stmt.args[0]] = line
        for kind, block in zip(_SUITES[stmt.op.name], stmt.blocks, strict=True):
            child = self.layout(kind, layout, block.stmts, block.params, block.yields)
            child.owner = line
            line.layouts.append(child)
        if stmt.op.name != "if":
            self._collect(stmt, line.layouts[-1])

    def _sink(self, suite: Layout) -> None:
        """What replaces a value at the suite's end is computed there, after the last use of the
        value: ``dx += dy*y; dy *= x`` needs no name for the new ``dy``.
        """
        last: dict[Value, int] = {}
        for at, line in enumerate(suite.lines):
            for value in (*(line.stmt.args if line.stmt is not None else ()), line.value):
                if value is not None:
                    last[value] = at
        ends = set(suite.yields)
        kept: list[Line] = []
        moved: list[Line] = []
        for at, line in enumerate(suite.lines):
            stmt = line.stmt
            sinks = (
                stmt is not None
                and not stmt.op.region
                and stmt.op.total
                and not may_raise(stmt)
                and bool(stmt.results)
                and stmt.result in ends
                and len(self.users.get(stmt.result, ())) == 1
                and stmt.result.hint != ""
                and all(is_number(a.type) for a in stmt.args)
                and any(a.hint == stmt.result.hint and last.get(a, 0) > at for a in stmt.args)
            )
            (moved if sinks else kept).append(line)
        suite.lines = kept + moved


    def _collect(self, stmt: Stmt, body: Layout) -> None:
        """Appends to tapes go where their value is known: the sooner, the fewer names are held."""
        for tape, value in collected(stmt):
            if not self.users.get(tape):
                continue
            made = self.line_of.get(value)
            if made in body.lines and value.op == "make_tuple" and len(self.users[value]) == 1:
                body.lines.remove(made)
                at = self._known(body, value.stmt.args)  # type: ignore[union-attr]
                body.lines.insert(at, made)
            at = self._known(body, [value])
            body.lines.insert(at, Line("collect", value=value, tape=tape))

    def _known(self, body: Layout, values: Sequence[Value]) -> int:
        """The first place in the body at which all the values are there."""
        wanted = {self.line_of[v] for v in values if self.home.get(v) is body and v in self.line_of}
        return max((k + 1 for k, line in enumerate(body.lines) if line in wanted), default=0)

    def number(self, layout: Layout, pos: int = 0) -> int:
        """Give lines their positions, in program order."""
        for line in layout.lines:
            line.pos = pos = pos + 1
            for child in line.layouts:
                pos = self.number(child, pos)
            pos += 1
        layout.end = pos = pos + 1
        return pos


def carries(stmt: Stmt) -> Iterator[tuple[Value, Value, Value, Value]]:
    """(init, body parameter, yield, result) of each carry of a loop."""
    skip, first = (3, 1) if stmt.op.name == "for" else (0, 0)
    body = stmt.blocks[-1]
    stop = 1 if stmt.attrs["exits"] else 0
    for k in range(stmt.attrs["carries"]):
        yield stmt.args[skip + k], body.params[first + k], body.yields[stop + k], stmt.results[k]


def inside(layout: Layout | None, outer: Layout) -> bool:
    """Whether ``layout`` is ``outer`` or lies in it."""
    while layout is not None:
        if layout is outer:
            return True
        layout = layout.parent
    return False
