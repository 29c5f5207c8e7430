"""The state of a lowering and the class that every part of the front end works on.

The parts (expressions, statements, loops, calls, ...) register what they lower in the tables here,
so that they need not import each other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from symdiff.errors import (
    Diagnostic,
    SourceError,
    TypeMismatch,
    UnsupportedCall,
    UnsupportedSyntax,
)
from symdiff.frontend.capture import Capture, Captured
from symdiff.frontend.liveness import Liveness
from symdiff.frontend.optional import Facts, present
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Cell,
    Const,
    Obj,
    Optional,
    Ref,
    Stream,
    Struct,
    describe,
)
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Value
from symdiff.ir.types import BOOL, ArrayType
from symdiff.ops.attempt import may_catch
from symdiff.records import dataclass, field
from symdiff.source import Origin, Span

RETURN = "<return>"  # the pseudo-variable that holds the value returned
RAISED = "<raised>"  # ... and the number of the clause that an exception in flight goes to


@dataclass(slots=True)
class Heap:
    """Contents of the cells (``values`` of lists, ``objects`` of objects), and what may not be done
    with some of them any more.

    ``frozen``: other memory may be the same list, so no writes; ``inner``: the same for its rows;
    ``stale``: it was changed through another name, so no reads. ``version`` counts changes of
    structure, which outdate views of rows. ``unordered``: the order of a dict's keys depends on
    the path taken."""

    values: dict[Cell, Value] = field(default_factory=dict)
    objects: dict[Cell, Struct] = field(default_factory=dict)
    frozen: dict[Cell, str] = field(default_factory=dict)
    inner: dict[Cell, str] = field(default_factory=dict)
    stale: dict[Cell, str] = field(default_factory=dict)
    held: dict[Cell, frozenset[Cell]] = field(
        default_factory=dict
    )  # a stored list -> the lists that hold it
    version: dict[Cell, int] = field(default_factory=dict)
    taken: dict[Stream, int] = field(default_factory=dict)  # elements taken; below 0: all
    unordered: dict[Cell, str] = field(default_factory=dict)

    def copy(self) -> Heap:
        return Heap(
            dict(self.values),
            dict(self.objects),
            dict(self.frozen),
            dict(self.inner),
            dict(self.stale),
            dict(self.held),
            dict(self.version),
            dict(self.taken),
            dict(self.unordered),
        )


class Stopped(Exception):
    """A statement goes no further: a function that it calls raises on every path."""


class Raises(Exception):
    """A statement is known to raise the exception of this name."""


@dataclass(slots=True)
class Rest:
    """The statements behind one that may take them into the branch that goes on."""

    run: Callable[[], None]
    live: frozenset[str]
    taken: bool = False


Flag = bool | Value


@dataclass(slots=True)
class State:
    """Everything that a branch may change: names, lists, and how control left the straight line."""

    vars: dict[str, Abstract] = field(default_factory=dict)
    heap: Heap = field(default_factory=Heap)
    returned: Flag = False
    broke: Flag = False
    continued: Flag = False
    raised: Flag = False  # on the way to a handler further out
    dead: bool = False  # every path raised
    facts: Facts = field(default_factory=dict)  # truth values that the path has shown

    def copy(self) -> State:
        return State(
            dict(self.vars),
            self.heap.copy(),
            self.returned,
            self.broke,
            self.continued,
            self.raised,
            self.dead,
            dict(self.facts),
        )


STATE = ("returned", "broke", "continued", "raised", "dead")  # how control left


@dataclass(frozen=True, slots=True)
class Clause:
    """An ``except``: the exceptions as the derivative names them, what runs, and its number among
    all clauses of the lowering.

    ``at_once`` runs it where the exception is at hand; for clauses that always raise in turn."""

    kinds: tuple[str, ...]
    body: list[ast.stmt]
    number: int
    name: str | None = None
    at_once: Callable[[], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """Handlers around statements that are watched one by one; ``observed``: names they read."""

    clauses: tuple[Clause, ...]
    observed: frozenset[str]


@dataclass(slots=True)
class Ending:
    """A ``finally`` around the current point, and how much is around it: loops, and handlers."""

    body: list[ast.stmt]
    loops: int
    awaiting: tuple[str, ...]
    frames: int


@dataclass(slots=True, eq=False)
class Scope:
    """A function being lowered: where its names come from."""

    name: str
    file: str
    globals: dict[str, Any]
    cells: dict[str, Any]
    parent: Scope | None = None
    liveness: Liveness | None = None
    bound: frozenset[str] = frozenset()  # names that the function itself binds
    shared: frozenset[str] = frozenset()  # of these, what nested functions may rebind
    outer: frozenset[str] = frozenset()  # names of an enclosing function that it rebinds
    rebinds: frozenset[str] = frozenset()  # globals that it rebinds
    body: list[ast.stmt] = field(default_factory=list)
    box: Obj | None = None  # where the shared names live: on the heap, so that paths join
    yields: list[Abstract] | Ref = field(default_factory=list)  # the values of a generator
    first: str = ""  # its first parameter, which super() means
    private: str = ""  # the class that it is written in: __x is _Class__x there
    vars: dict[str, Abstract] = field(default_factory=dict)  # while it is not the current scope
    endings: list[Ending] = field(default_factory=list)
    stands_for: Origin | None = None  # the call that a function of the library stands for
    level: int = 0  # how many callees are being lowered around it


class Undecided(UnsupportedCall):
    """A test that some values answer in one way and some in the other; what stands beside it in an
    ``and`` may decide."""


class NoValue(Exception):
    """A call whose result is not known yet: the path that it is on does not return so far."""


class Recursive(Exception):
    """A function was met inside itself: lowering begins again with a callee in its place."""

    def __init__(self, code: tuple[str, int, int]) -> None:
        self.code = code


# (graph, count, single, mode): the derivative with respect to the first ``count`` parameters
Derive = Callable[[Graph, int, bool, str], Graph]


class Lowering:
    """One lowering: the builder, the current scope and state, and what was captured on the way."""

    def __init__(self, graph: Graph, captured: Captured, derive: Derive | None = None) -> None:
        self.graph = graph
        self.derive = derive
        self.builder = Builder(graph)
        self.captured = captured
        self.state = State()
        self.scope = Scope(captured.name, captured.file, captured.globals, captured.cells)
        self.suspended: list[Scope] = []  # callers of the current scope, outermost first
        # functions being inlined (code, where made; arguments), for recursion
        self.active: list[tuple[tuple[int, int], dict[str, Abstract]]] = []
        self.exits: list[frozenset[str]] = []  # names read where break and continue lead, per loop
        self.simple: Block | None = None  # where the current statement began
        self.sides: set[Block] = set()  # of conditional expressions
        self.rest: Rest | None = None
        self.frames: list[Frame] = []
        self.awaiting: tuple[str, ...] = ()  # what the attempts around this point are for
        self.handling = 0  # how many handlers are around this point
        self.clauses = 0  # how many clauses were numbered
        self.given: set[Cell] = set()  # lists and objects that may be the caller's
        self.writes = False  # whether one of those is written to
        self.unrolling: list[Cell] = []  # lists typed per position that loops around run over
        self.iterating: list[Ref] = []  # lists that the loops around this point run over
        self.captures: list[Capture] = []
        self.statics: list[tuple[Capture, Any]] = []
        self.hidden: dict[Any, Any] = {}
        self.owners: dict[int, str] = {}  # captured objects, by identity: what they are called
        # captured lists and objects: in every state, never written to
        self.locked: dict[Cell, Value | Struct] = {}
        self.rebound: dict[int, Any] = {}  # of restored.Module, by the identity of its globals
        self.stand_ins: dict[Any, Any] = {}  # functions that stand for methods of local classes
        self.local_types: set[type] = set()  # those classes
        self.hidden_params: list[Param] = []
        self.noted: set[int] = set()
        self.root = graph
        self.recursive: frozenset[Any] = frozenset()  # the code that calls itself
        self.either_none = False  # whether None and a value meet at the head of a loop
        self.known_ints = False  # whether captured ints are part of the signature by value
        # whether there is any, or a short comprehension that stayed a loop: a second lowering, in
        # which these are written out, may decide more
        self.open_still = False
        self.making: list[Any] = []  # callees that are being lowered, outermost first
        self.callees: list[Any] = []  # of recursion.Callee, in the order of their making
        self.unknown: set[Any] = set()  # callees whose result was asked for before it was known

    def mark(self) -> Callable[[], None]:
        """Where the lowering is: what is called to go back there after an attempt has failed."""
        plain = ("state", "scope", "simple", "rest", "frames", "awaiting", "handling")
        lists = ("suspended", "active", "exits", "iterating", "unrolling", "making")
        saved = {name: getattr(self, name) for name in plain}
        kept = {name: list(getattr(self, name)) for name in lists}
        at = (self.builder.block, self.builder.current, self.builder.watch)
        endings, held, state = self.scope.endings, self.state.vars, self.state.copy()

        def back() -> None:
            for name, value in saved.items():
                setattr(self, name, value)
            for name, value in kept.items():
                getattr(self, name)[:] = value
            self.builder.block, self.builder.current, self.builder.watch = at
            self.scope.endings = endings
            held.clear()
            held.update(state.vars)
            for name in STATE:
                setattr(self.state, name, getattr(state, name))
            self.state.vars, self.state.heap = held, state.heap.copy()
            self.state.facts = dict(state.facts)

        return back

    def restart(self) -> Callable[[], None]:
        """The same for an attempt that worked on the state and in the block of now: what is called
        takes all of it back."""
        back, kept, block = self.mark(), self.state.copy(), self.builder.block
        last = block.stmts[-1] if block.stmts else None

        def begin() -> None:
            back()
            fresh = kept.copy()
            for name in State.__slots__:
                setattr(self.state, name, getattr(fresh, name))
            self.builder.take_back(block, last)

        return begin

    # -- errors and origins ------------------------------------------------------------------------

    def origin(self, node: ast.AST) -> Origin:
        """Where the statements of a node come from."""
        return self.scope.stands_for or Origin(self.span(node), "primal", "", self.scope.name)

    def span(self, node: ast.AST) -> Span:
        given = self.scope.stands_for
        if given is not None and given.span is not None:
            return given.span
        if isinstance(node, (ast.expr, ast.stmt)):
            return Span(
                self.scope.file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
            )
        line = getattr(node, "lineno", 0)
        return Span(
            self.scope.file,
            line,
            getattr(node, "col_offset", 0),
            getattr(node, "end_lineno", None),
            getattr(node, "end_col_offset", None),
        )

    def fail(
        self,
        kind: type[SourceError],
        node: ast.AST,
        what: str,
        why: str = "",
        hint: str = "",
        raises: str = "",
    ) -> NoReturn:
        """Refuse; where the function itself is sure to raise ``raises`` there and a handler may be
        for that, the statement raises it instead."""
        if raises:
            self.raises(raises)
        raise kind([Diagnostic(what, why, hint, self.span(node))])

    def none_used(self, what: str, *operands: Abstract) -> None:
        """Raise what Python raises where None is used as a number, on a path that data decides:
        whoever calls the function so that the name is set does not come here."""
        if NONE_CONST not in operands:
            return
        self.raises("TypeError")
        block: Block | None = self.builder.block
        while block in self.sides and block is not self.simple:
            block = block.parent
        if block is not self.simple or self.builder.block is self.graph.body:
            return
        kinds = ["NoneType" if x == NONE_CONST else describe(x) for x in operands]
        text = f"{what}: {' and '.join(map(repr, kinds))}"
        self.builder.op("raise", template=f"TypeError({text!r})")
        if self.builder.block is not self.simple:
            raise NoValue
        self.state.dead = True
        raise Stopped

    def raises(self, error: str) -> None:
        """The current statement raises ``error``, if a handler may be for it."""
        if self.builder.block is self.simple and self.awaited(error):
            raise Raises(error)

    def awaited(self, error: str) -> bool:
        """Whether a handler around this point may be for an exception."""
        kinds = [k for f in self.frames for c in f.clauses for k in c.kinds]
        return may_catch((*self.awaiting, *kinds), error)

    @contextmanager
    def at(self, node: ast.AST) -> Iterator[None]:
        """Statements made inside are from ``node``."""
        builder = self.builder
        saved = builder.current
        builder.current = self.origin(node)
        try:
            yield
        finally:
            builder.current = saved

    # -- dispatch ----------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> Abstract:
        """The abstract value of an expression."""
        handler = EXPRESSIONS.get(type(node))
        if handler is None:
            self.fail(
                UnsupportedSyntax,
                node,
                f"{type(node).__name__} is not supported here",
                "",
                "write it in another form",
            )
        if isinstance(node, (ast.Name, ast.Constant)):
            return handler(self, node)
        builder = self.builder
        saved = builder.current
        builder.current = self.origin(node)
        try:
            return handler(self, node)
        finally:
            builder.current = saved

    def stmt(self, node: ast.stmt) -> None:
        """Lower one statement."""
        handler = STATEMENTS.get(type(node))
        if handler is None:
            self.fail(
                UnsupportedSyntax,
                node,
                f"{type(node).__name__} is not supported here",
                "",
                "write it in another form",
            )
        builder = self.builder
        saved, outer = builder.current, self.simple
        self.simple = builder.block
        builder.current = self.origin(node)
        try:
            handler(self, node)
        except NoValue:
            self.state.dead = True
        except Stopped:
            pass
        except Raises as known:
            builder.op("raise", template=str(known))
            self.state.dead = True
        finally:
            builder.current, self.simple = saved, outer

    def call(
        self, target: Abstract, args: list[Abstract], node: ast.AST, **kwargs: Abstract
    ) -> Abstract:
        """Call an abstract value."""
        return APPLY[0](self, target, args, kwargs, node)

    # -- state -------------------------------------------------------------------------------------

    @property
    def vars(self) -> dict[str, Abstract]:
        return self.state.vars

    @contextmanager
    def branch(self, state: State, block: Block) -> Iterator[None]:
        """Work on another state, into another block."""
        saved, self.state = self.state, state
        try:
            with self.builder.into(block):
                yield
        finally:
            self.state = saved

    def new_cell(self, value: Value, name: str = "") -> Ref:
        """A fresh list that nothing else refers to."""
        cell = Cell(name)
        self.state.heap.values[cell] = value
        return Ref(cell)

    def new_object(self, contents: Struct, name: str = "") -> Obj:
        """A fresh object that nothing else refers to."""
        cell = Cell(name)
        self.state.heap.objects[cell] = contents
        return Obj(cell, contents.kind, contents.cls)

    def flag(self, flag: Flag) -> Value:
        return self.builder.const(flag) if isinstance(flag, bool) else flag

    def either(self, a: Flag, b: Flag) -> Flag:
        """``a or b`` of two exit flags."""
        if a is True or b is True:
            return True
        if a is False or b is False:
            return b if a is False else a
        assert isinstance(a, Value) and isinstance(b, Value)
        return self.builder.select(a, lambda: self.builder.const(True), lambda: b)

    def exited(self) -> Flag:
        """Whether control has left the straight line."""
        state = self.state
        if state.dead:
            return True
        left = self.either(self.either(state.returned, state.broke), state.continued)
        return self.either(left, state.raised)

    def number(self, x: Abstract, node: ast.AST, what: str = "a number is needed here") -> Value:
        """The graph value of a number."""
        if isinstance(x, Value):
            if x.type.name in ("float", "int", "bool"):
                return x
            if isinstance(x.type, ArrayType) and not x.type.dims:  # one of NumPy's own numbers
                kinds = {"f64": "float", "f32": "float", "int": "int", "bool": "bool"}
                return self.builder.op(kinds[x.type.dtype], x)
        if isinstance(x, Const) and type(x.value) in (bool, int, float):
            return self.builder.const(x.value)
        if isinstance(x, Optional):
            return self.number(present(self, x), node, what)
        self.none_used("a number is needed", x)
        why = f"this is a {describe(x)}"
        self.fail(TypeMismatch, node, what, why, "pass a number, or take an element of it")

    def is_bool(self, x: Abstract) -> bool:
        return isinstance(x, Value) and x.type == BOOL


Handler = Callable[[Lowering, Any], Any]
Apply = Callable[[Lowering, Abstract, list[Abstract], dict[str, Abstract], ast.AST], Abstract]
APPLY: list[Apply] = []  # filled by the module of calls, which needs everything else
EXPRESSIONS: dict[type[ast.expr], Callable[[Lowering, Any], Abstract]] = {}
STATEMENTS: dict[type[ast.stmt], Callable[[Lowering, Any], None]] = {}


def expression(*types: type[ast.expr]) -> Callable[[Handler], Handler]:
    """Register the lowering of expression nodes."""

    def register(handler: Handler) -> Handler:
        for node_type in types:
            EXPRESSIONS[node_type] = handler
        return handler

    return register


def statement(*types: type[ast.stmt]) -> Callable[[Handler], Handler]:
    """Register the lowering of statement nodes."""

    def register(handler: Handler) -> Handler:
        for node_type in types:
            STATEMENTS[node_type] = handler
        return handler

    return register
