"""From a request to a function that can be called: compiled once per code object, linked once per
function.

A :class:`Program` is generated text, shared by every function with the same code, types and
statics; closures of one factory share it.  A :class:`Linked` is a program in the namespace of one
function: it follows the captured names, which Python reads at every call.  The generated code has
them as globals of its own; the guard in front of it compares each with the original by identity,
and ``refresh`` brings them up to date, or says that the program no longer fits.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from types import BuiltinMethodType, FunctionType
from typing import Any, NamedTuple, cast

from symdiff import driver
from symdiff.driver import Request
from symdiff.emit.link import link, link_dispatch, parameters
from symdiff.errors import ArgumentError
from symdiff.frontend.capture import Capture, Captured
from symdiff.guard import Guard, fits
from symdiff.ir.types import ListType, Node, Static, Tree
from symdiff.recent import Recent
from symdiff.records import replace
from symdiff.signature import is_key, tree_of

# one compilation at a time: what 64 threads ask for at once is lowered once
LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child is never born while another thread holds it
    os.register_at_fork(
        before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release
    )

Statics = list[tuple[Capture, Any]]
_WORD = re.compile(r"[A-Za-z_]\w*")


class Program(NamedTuple):
    """Generated text with what it depends on."""

    request: Request
    text: str
    name: str
    captured: Captured
    captures: list[Capture]
    kinds: list[Tree]  # the types that the captured values had
    statics: Statics
    cells: dict[str, Any]  # the other contents of closure cells, followed while lowering
    writes: bool  # whether the function writes to its arguments


_PROGRAMS: Recent[tuple[Any, ...], list[Program]] = Recent(1024)
_VARIANTS = 64  # programs of one code object: closures that hold different functions


def program(captured: Captured, request: Request) -> Program:
    """The program for a request: one compiled before if it fits, else a new one."""
    code = captured.func.__code__
    key = (code, code.co_filename, id(captured.globals), request)
    found = _PROGRAMS.get(key, [])
    for known in found:
        if _suits(known, captured):
            return known
    made = fresh(captured, request)
    _PROGRAMS[key] = [*found, made][-_VARIANTS:]
    return made


def fresh(captured: Captured, request: Request) -> Program:
    """A new compilation, with the captured values of now as constants of the text."""
    compiled = driver.compile(captured, request)
    held = {id(c.holder) for c in compiled.captures}
    cells = {
        n: cell.cell_contents
        for n, cell in captured.cells.items()
        if id(cell) not in held and _full(cell)
    }
    kinds = [tree_of(read(c), c.name) for c in compiled.captures]
    return Program(
        request,
        compiled.text,
        compiled.name,
        captured,
        compiled.captures,
        kinds,
        compiled.statics,
        cells,
        compiled.writes,
    )


def _full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _suits(known: Program, captured: Captured) -> bool:
    for name, held in known.cells.items():
        cell = captured.cells.get(name)
        if cell is None or not _full(cell) or cell.cell_contents is not held:
            return False
    captures, statics = moved(known, captured)
    return all(map(unchanged, statics)) and all(map(_of_kind, captures, known.kinds))


def moved(known: Program, captured: Captured) -> tuple[list[Capture], Statics]:
    """A program's captures and statics, read from another function of the same code."""
    cells = {
        id(cell): captured.cells[name]
        for name, cell in known.captured.cells.items()
        if name in captured.cells
    }

    def move(c: Capture) -> Capture:
        return replace(c, holder=cells.get(id(c.holder), c.holder)) if c.how == "cell" else c

    return [move(c) for c in known.captures], [(move(c), held) for c, held in known.statics]


def read(c: Capture) -> Any:
    """The value of a captured name now; a name that is gone is Python's own error."""
    try:
        return c.read()
    except (KeyError, ValueError):
        raise NameError(f"name {c.key!r} is not defined") from None


def unchanged(static: tuple[Capture, Any]) -> bool:
    """Whether a name still stands for the object that was followed at compilation."""
    c, held = static
    now = read(c)
    # a method of a built-in class is made anew by every look-up
    by_value = isinstance(held, (str, int, float, BuiltinMethodType))
    return now is held or (by_value and type(now) is type(held) and now == held)


def _of_kind(c: Capture, kind: Tree) -> bool:
    now = read(c)
    return fits(kind, now) or tree_of(now, c.name) == kind


class Linked:
    """A program in its own namespace: ``guarded`` checks types first, ``plain`` runs at once.

    The plain function is made when somebody asks for it: calls go through the guard.
    """

    def __init__(
        self,
        text: str,
        name: str,
        request: Request,
        captures: list[Capture],
        kinds: list[Tree],
        statics: Statics,
        writes: bool = False,
    ) -> None:
        self.writes = writes
        self.text = text
        self.name = name
        self.request = request
        self.captures = captures
        self.kinds = kinds
        self.statics = statics
        self.guarded: FunctionType | None = None
        self.finish: Callable[[FunctionType], None] = lambda function: None
        self.compiled_from: Captured | None = None  # None for text that was kept
        self._plain: FunctionType | None = None
        self._values: dict[str, Any] = {}

    def recalled(self) -> None:
        """See that the graph behind the text is there, for a further derivative: in a long process
        it may have been forgotten, and is made once more."""
        if self.compiled_from is not None and not driver.remembers(self.text):
            with LOCK:
                driver.compile(self.compiled_from, self.request)

    def plain(self) -> FunctionType:
        """The generated function as its text has it."""
        with LOCK:
            if self._plain is None:
                function = cast(FunctionType, link(self.text, self.name))
                self.finish(function)
                function.__globals__.update(self._values)
                self._plain = function
            return self._plain

    def parameters(self) -> list[str]:
        """The parameters of the generated function: positional, keyword-only, then ``*args`` and
        ``**kwargs``."""
        given = parameters(self.text, self.name)
        rest = [a for a in (given.vararg, given.kwarg) if a is not None]
        return [a.arg for a in (*given.args, *given.kwonlyargs, *rest)]

    def runs(self, values: Sequence[Any]) -> bool:
        """Whether the guard lets these values and the captured ones pass: a captured list of ints
        and floats counts as one of floats, but is not."""
        trees = (tree for _, tree in self.request.params)
        held = (self._values[c.name] for c in self.captures)
        return (
            self.guarded is not None
            and all(map(fits, trees, values))
            and all(map(fits, self.kinds, held))
        )

    def follow(self, inner: Linked) -> None:
        """Read what the generated function ``inner`` captured from where ``inner`` reads it."""
        space = inner.plain().__globals__
        sources = {c.name: c for c in inner.captures}
        own = {c.name for c in self.captures}
        self.captures = [
            replace(sources[c.key], name=c.name) if c.holder is space and c.key in sources else c
            for c in self.captures
        ]
        for c, kind in zip(inner.captures, inner.kinds, strict=True):
            if c.name not in own:
                self.captures.append(c)
                self.kinds = [*self.kinds, kind]
        self.statics = self.statics + inner.statics
        self.writes = self.writes or inner.writes

    def refresh(self) -> bool:
        """Bring the captured values up to date; False where a type or a followed object changed."""
        if not all(map(unchanged, self.statics)):
            return False
        now = [read(c) for c in self.captures]
        for value, kind, c in zip(now, self.kinds, self.captures, strict=True):
            if not fits(kind, value) and tree_of(value, c.name) != kind:
                return False
        self._values = {c.name: value for c, value in zip(self.captures, now, strict=True)}
        for function in (self._plain, self.guarded):
            if function is not None:
                function.__globals__.update(self._values)
        return True

    def guard(
        self, slow: Callable[..., Any], vectors: Sequence[tuple[str, str, Tree]] = ()
    ) -> None:
        """Make ``guarded``: the function behind a condition, ``slow`` where it fails.

        ``vectors`` are the further arguments of the function: (name, the argument whose form it
        has, tree).
        """
        names = self.parameters()
        guard = Guard(_WORD.findall(self.text))
        for name, tree in self.request.params:
            guard.add(tree, name)
        if self.writes:
            guard.apart([n for n, _ in self.request.params])
        for vector, like, tree in vectors:
            guard.add(tree, vector)
            if isinstance(tree, (ListType, Node)):
                guard.alike(vector, like)
        for c, kind in zip(self.captures, self.kinds, strict=True):
            guard.same(_reading(guard, c), c.name)
            if not isinstance(kind, Static) and isinstance(kind, (ListType, Node)):
                guard.add(kind, c.name)
        for c, held in self.statics:
            if c.how == "size":
                guard.counts(guard.name("from", c.holder), held)
            elif read(c) is held:
                guard.same(_reading(guard, c), guard.name("static", held))
        if any(n not in names for n, _ in self.request.params):
            raise ArgumentError(
                f"{self.name} has other parameters than its signature: {', '.join(names)}"
            )
        guarded = cast(
            FunctionType,
            link_dispatch(self.text, self.name, guard.parts(), slow, namespace_extra=guard.names),
        )
        self.finish(guarded)
        self.guarded = guarded
        self.refresh()


def _reading(guard: Guard, c: Capture) -> str:
    holder = guard.name("from", c.holder)
    if c.how == "cell":
        return f"{holder}.cell_contents"
    if c.how == "global":
        key = repr(c.key) if is_key(c.key) else guard.name("key", c.key)
        return f"{holder}[{key}]"
    return f"{holder}.{c.key}"


def linked(captured: Captured, request: Request) -> Linked:
    """A function for a request, following the captured names of ``captured``."""
    known = program(captured, request)
    captures, statics = moved(known, captured)
    made = Linked(known.text, known.name, request, captures, known.kinds, statics, known.writes)
    made.compiled_from = known.captured
    return made
