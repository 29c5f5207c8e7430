"""The graph: values, statements, blocks.  Structured SSA, nothing else.

Blocks hold pure statements in order; ``if``, ``for`` and ``while`` are statements that own child
blocks.  There are no gotos, no mutation and no phi nodes: what a region changes, it yields.  See
``ir/README.md`` for the shape of each region statement, and ``ir/verify.py`` for the invariants
I1 to I8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symdiff.ir.opspec import OpSpec
from symdiff.ir.types import ArrayType, Tree, Type
from symdiff.records import dataclass, field
from symdiff.source import NOWHERE, Origin

NO_ATTRS: Mapping[str, Any] = {}


class Value:
    """One definition: a result of a statement, or (``stmt`` None) a parameter of a block.

    ``hint`` is the user's name for it, or one derived from it (``dz``, ``z_tape``); never part of
    identity (I8).
    """

    __slots__ = ("block", "hint", "index", "op", "stmt", "type")

    def __init__(
        self, type_: Type, hint: str, block: Block, stmt: Stmt | None = None, index: int = 0
    ) -> None:
        self.type = type_
        self.hint = hint
        self.block = block
        self.stmt = stmt
        self.index = index
        self.op = stmt.op.name if stmt is not None else ""  # the defining operation's name

    @property
    def constant(self) -> Any:
        """The Python value of a ``const``; raises TypeError for other values."""
        if self.op != "const":
            raise TypeError("not a constant")
        return self.stmt.attrs["value"]  # type: ignore[union-attr]

    def is_const(self, *wanted: Any) -> bool:
        """Whether this is a constant (equal to one of ``wanted``, if any are given)."""
        if self.op != "const":
            return False
        return not wanted or self.stmt.attrs["value"] in wanted  # type: ignore[union-attr]

    def __repr__(self) -> str:
        return f"<{self.hint or '%'}: {self.type}>"


class Stmt:
    """An operation applied to values, with its child blocks if it is a region."""

    __slots__ = ("args", "attrs", "block", "blocks", "op", "origin", "results")

    def __init__(
        self,
        op: OpSpec,
        args: tuple[Value, ...],
        attrs: Mapping[str, Any],
        blocks: tuple[Block, ...],
        origin: Origin,
        block: Block,
    ) -> None:
        self.op = op
        self.args = args
        self.attrs = attrs
        self.blocks = blocks
        self.origin = origin
        self.block = block
        self.results: tuple[Value, ...] = ()

    @property
    def result(self) -> Value:
        return self.results[0]

    @property
    def on_arrays(self) -> bool:
        """Whether NumPy does it: an operand or the result is an array or a NumPy scalar."""
        for v in self.results:
            if v.type.__class__ is ArrayType:
                return True
        for v in self.args:  # noqa: SIM110 - asked of every statement; a generator would be felt
            if v.type.__class__ is ArrayType:
                return True
        return False

    @property
    def raises(self) -> tuple[tuple[str, str, str], ...]:
        """Where Python raises a domain error; NumPy gives nan or inf instead."""
        return self.op.raises if self.op.raises and not self.on_arrays else ()

    @property
    def total(self) -> bool:
        """Whether it never raises on finite operands (of shapes that fit)."""
        return self.op.total or self.on_arrays

    def __repr__(self) -> str:
        return f"<stmt {self.op.name}>"


class Block:
    """Statements in order, with parameters (loop index and carries) and yields."""

    __slots__ = ("owner", "params", "parent", "stmts", "table", "yields")

    def __init__(self, parent: Block | None) -> None:
        self.parent = parent
        self.owner: Stmt | None = None
        self.params: list[Value] = []
        self.stmts: list[Stmt] = []
        self.yields: list[Value] = []
        self.table: dict[Any, Stmt] = {}  # hash-consing; owned by the builder

    def add_param(self, type_: Type, hint: str = "") -> Value:
        value = Value(type_, hint, self, None, len(self.params))
        self.params.append(value)
        return value

    def ancestors(self) -> Iterator[Block]:
        """This block, then its parents outward."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def sees(self, value: Value) -> bool:
        """Whether the value is defined in this block or an ancestor (order is not checked)."""
        home = value.block
        block: Block | None = self
        while block is not None:
            if block is home:
                return True
            block = block.parent
        return False


@dataclass(slots=True)
class Param:
    """A parameter of the Python function: its name, how it is passed, and its structure.

    ``kind`` is positional, keyword, varargs, varkeywords or captured. The leaves of ``tree`` are
    graph inputs, in order. ``default`` is ``(value,)`` or None.
    """

    name: str
    tree: Tree
    kind: str = "positional"
    default: tuple[Any, ...] | None = None


@dataclass(slots=True)
class Graph:
    """A function: inputs are the body's parameters, outputs its yields.

    ``params`` groups the inputs into Python parameters, ``result`` the outputs into the Python
    result. ``captured`` are hidden inputs: globals and closure values read at every call (params
    of kind "captured"). ``callees`` are the functions that ``call`` statements name, here and in
    each other; each has one output. ``tapes`` lists the entries of each kind of tape.
    """

    name: str
    body: Block
    params: list[Param] = field(default_factory=list)
    result: Tree | None = None
    file: str = ""
    line: int = 0
    doc: str = ""
    notes: list[str] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    callees: dict[str, Graph] = field(default_factory=dict)
    tapes: dict[str, tuple[Type, ...]] = field(default_factory=dict)

    @property
    def inputs(self) -> list[Value]:
        return self.body.params

    @property
    def outputs(self) -> list[Value]:
        return self.body.yields


def new_graph(name: str, origin: Origin = NOWHERE) -> Graph:
    graph = Graph(name, Block(None))
    if origin.span is not None:
        graph.file, graph.line = origin.span.file, origin.span.line
    return graph
