"""What differentiation did with a function, in words: what is active, what is not and why, what is
kept and what is computed again.

Everything is read from the stages that compilation kept; nothing is found out by running the
function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from symdiff.autodiff.activity import loop_parts, transmits, useful, varied
from symdiff.driver import Compiled
from symdiff.errors import CaptureError, Diagnostic, SourceError
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import INT, Static, Tree, is_differentiable, leaves
from symdiff.ir.walk import statements
from symdiff.notation import DTYPES
from symdiff.report.expressions import expression
from symdiff.report.measure import is_forward, is_tape, saved_values
from symdiff.report.rewrites import recognised
from symdiff.report.subject import Subject, subject, subject_of_call
from symdiff.signature import describe


@dataclass(frozen=True, slots=True)
class Explanation:
    """The findings, one line each, by heading; ``str()`` is the whole as text."""

    name: str
    place: str
    arguments: tuple[str, ...]
    inactive: tuple[str, ...]
    gates: tuple[str, ...]
    tapes: tuple[str, ...]
    saved: tuple[str, ...]
    recomputed: tuple[str, ...]
    notes: tuple[str, ...]
    untaped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.name} ({self.place})"]
        for heading, items in self.sections():
            lines += [heading, *(f"  {item}" for item in items)]
        return "\n".join(lines)

    def sections(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Headings and lines; what there is nothing to say about is left out, except tapes."""
        if self.refused:
            yield "refused", self.refused
            return
        yield "arguments", self.arguments
        if self.inactive:
            yield "without derivative", self.inactive
        if self.gates:
            yield "recognised gates", self.gates
        yield (
            "kept for the reverse sweep",
            (*self.tapes, *self.untaped, *self.saved) or ("nothing",),
        )
        if self.recomputed:
            yield "computed again in the reverse sweep", self.recomputed
        if self.notes:
            yield "notes", self.notes


def explain(
    f: Callable[..., Any], *args: Any, granularity: str = "auto", **kwargs: Any
) -> Explanation:
    """Explain the gradient of ``f``: for the types of the arguments if any are given, else for
    annotations and floats.  A function that is refused is explained by what refuses it: each place,
    and what to write there instead."""
    try:
        made = subject_of_call(f, args, kwargs)[0] if args or kwargs else subject(f)
        return explained(made, granularity)
    except (SourceError, CaptureError) as err:
        return refusal(getattr(f, "__name__", repr(f)), err)


def refusal(name: str, err: SourceError | CaptureError) -> Explanation:
    """What refuses a function, one line for each place, instead of a derivative."""
    if isinstance(err, SourceError):
        found = tuple(_refused(d) for d in err.diagnostics)
        place = f"{PurePath(err.filename).name}:{err.lineno}" if err.filename else "no place"
    else:
        found, place = (" ".join(str(err).split()),), "no source"
    return Explanation(name, place, (), (), (), (), (), (), (), refused=found)


def _refused(d: Diagnostic) -> str:
    where = f"line {d.span.line}: " if d.span is not None else ""
    why = f", because {d.why}" if d.why else ""
    return f"{where}{d.what}{why}" + (f"; instead: {d.hint}" if d.hint else "")


def explained(made: Subject, granularity: str = "auto") -> Explanation:
    """Explain the gradient of a subject (the vector-Jacobian product where the result is no
    scalar)."""
    primal = made.compile("vjp", granularity).stages["simplify"]
    compiled = made.compile("vjp" if len(primal.outputs) != 1 else _mode(primal), granularity)
    activity = _Activity(primal, [primal.inputs[k] for k in made.input_positions()])
    final = compiled.stages["expand"]
    captured = made.captured
    return Explanation(
        captured.name,
        f"{PurePath(captured.file).name}:{captured.line}",
        tuple(_arguments(made, primal, activity)),
        tuple(_inactive(primal, activity)),
        tuple(f"{g.name}, line {g.line}" for g in recognised(compiled.stages)),
        tuple(_tapes(final)),
        tuple(_saved(final)),
        tuple(_recomputed(final)),
        tuple(_notes(primal, compiled, activity)),
        tuple(_untaped(final)),
    )


def _mode(primal: Graph) -> str:
    return "grad" if primal.outputs[0].type.name in ("float", "int") else "vjp"


# -- activity ---


class _Activity:
    """Dependence in the sense of data and in the sense of derivatives, from the sources and to the
    result."""

    def __init__(self, graph: Graph, sources: list[Value]) -> None:
        self.varied = varied(graph, sources)
        self.useful = useful(graph, graph.outputs)
        self.active = self.varied & self.useful
        self.depends = _reached(graph, set(sources))
        self.needed = _needed(graph)

    def blocked_by(self, value: Value) -> Stmt | None:
        """The first statement on the way from a value at which the derivative ends."""
        seen: set[Value] = set()
        queue = [value]
        graph_users = self._users(value)
        while queue:
            v = queue.pop(0)
            if v in seen:
                continue
            seen.add(v)
            for stmt, k in graph_users.get(v, ()):
                if (
                    not stmt.op.region
                    and not transmits(stmt, k)
                    and any(r in self.needed for r in stmt.results)
                ):
                    return stmt
                queue.extend(stmt.results)
        return None

    def _users(self, value: Value) -> dict[Value, list[tuple[Stmt, int]]]:
        root = value.block
        while root.parent is not None:
            root = root.parent
        users: dict[Value, list[tuple[Stmt, int]]] = {}
        for stmt in statements(root):
            for k, arg in enumerate(stmt.args):
                users.setdefault(arg, []).append((stmt, k))
            for source, target in _passes(stmt):
                users.setdefault(source, []).append((_Pass(stmt, target), 0))  # type: ignore[arg-type]
        return users


class _Pass:
    """What goes from a block to its statement (or back) unchanged."""

    def __init__(self, stmt: Stmt, target: Value) -> None:
        self.op = stmt.op
        self.results = (target,)


def _passes(stmt: Stmt) -> Iterator[tuple[Value, Value]]:
    """(source, target) of the values that a region statement hands on."""
    if stmt.op.name == "if":
        for child in stmt.blocks:
            yield from zip(child.yields, stmt.results, strict=False)
    elif stmt.op.region:
        inits, params, carried, collected = loop_parts(stmt)
        yield from zip(inits, params, strict=True)
        yield from zip(carried, params, strict=True)
        yield from zip(carried, stmt.results, strict=False)
        yield from zip(inits, stmt.results, strict=False)
        yield from zip(collected, stmt.results[len(inits) :], strict=False)
        for child in stmt.blocks[:-1]:
            yield from zip(inits, child.params, strict=True)
            yield from zip(carried, child.params, strict=True)


def _reached(graph: Graph, found: set[Value]) -> set[Value]:
    """Every value that depends on the sources, through data or control."""

    def block(b: Block, controlled: bool) -> None:
        for stmt in b.stmts:
            inside = controlled or any(
                a in found for a in stmt.args[: 3 if stmt.op.name == "for" else 1]
            )
            shapes = stmt.op.name == "shape_of"  # a size is no data
            if (any(a in found for a in stmt.args) and not shapes) or controlled:
                found.update(stmt.results)
            for child in stmt.blocks:
                block(child, inside)
            found.update(target for source, target in _passes(stmt) if source in found)

    size = -1
    while size != len(found):
        size = len(found)
        block(graph.body, False)
    return found


def _needed(graph: Graph) -> set[Value]:
    """Every value that the result depends on, through data or control."""
    found = set(graph.outputs)

    def block(b: Block) -> None:
        for stmt in reversed(b.stmts):
            inner = [y for child in stmt.blocks for y in child.yields if y in found]
            if any(r in found for r in stmt.results) or inner or stmt.op.effect:
                found.update(
                    stmt.args
                    if stmt.op.name != "for" and stmt.op.name != "while"
                    else _controls(stmt)
                )
            found.update(source for source, target in _passes(stmt) if target in found)
            if stmt.op.name == "while" and any(r in found for r in stmt.results):
                found.update(stmt.blocks[0].yields)
            for child in stmt.blocks:
                block(child)

    size = -1
    while size != len(found):
        size = len(found)
        block(graph.body)
    return found


def _controls(stmt: Stmt) -> tuple[Value, ...]:
    return stmt.args[:3] if stmt.op.name == "for" else ()


# -- the sections ---


def _arguments(made: Subject, graph: Graph, activity: _Activity) -> Iterator[str]:
    chosen = {k for k, *_ in made.wrt}
    at = 0
    for k, (name, tree) in enumerate(made.params):
        count = len(list(leaves(tree)))
        inputs = graph.inputs[at : at + count]
        at += count
        yield f"{name}: {_argument(tree, inputs, k in chosen, activity)}"
    for param in graph.params:
        if param.kind == "captured":
            yield f"{param.name}: inactive, read from the function's surroundings at every call"


def _argument(tree: Tree, inputs: list[Value], chosen: bool, activity: _Activity) -> str:
    if isinstance(tree, Static):
        return f"inactive, {tree.value!r} is part of the signature"
    if not chosen:
        floats = any(is_differentiable(v.type) for v in inputs)
        return (
            "inactive, not differentiated"
            if floats
            else f"inactive, {_article(describe(tree))} has no derivative"
        )
    if any(v in activity.active for v in inputs):
        return "active"
    if not any(v in activity.needed for v in inputs):
        return "inactive, the result does not depend on it: the gradient is exactly 0"
    for v in inputs:
        stmt = activity.blocked_by(v)
        if stmt is not None:
            through = f"it reaches the result only through {_step(stmt)}"
            return f"inactive, {through}: the gradient is exactly 0"
    return "inactive, the derivative does not reach the result: the gradient is exactly 0"


def _step(stmt: Stmt) -> str:
    span = stmt.origin.span
    return stmt.op.name + (f" (line {span.line})" if span is not None else "")


def _inactive(graph: Graph, activity: _Activity) -> Iterator[str]:
    """Named values of the primal without an adjoint, and why."""
    seen: set[str] = set()
    for stmt in statements(graph.body):
        for value in stmt.results:
            if not value.hint or value in activity.active or value.op in ("const", "undef"):
                continue
            line = f"{value.hint}{_where(value)}: {_reason(stmt, value, activity)}"
            if line not in seen:
                seen.add(line)
                yield line


def _reason(stmt: Stmt, value: Value, activity: _Activity) -> str:
    if not is_differentiable(value.type):
        flat = stmt.op.note if "constant" in stmt.op.note else ""
        return flat or f"{_article(str(value.type))} has no derivative"
    if value not in activity.depends:
        return "does not depend on a differentiated argument"
    if value not in activity.varied:
        return stmt.op.note or "depends on the arguments only through steps and comparisons"
    if value not in activity.needed:
        return "does not reach the result"
    return "reaches the result only through steps and comparisons"


def _article(noun: str) -> str:
    if noun[-1] == "]" and noun.partition("[")[0] in DTYPES:
        return f"an array {noun}"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _where(v: Value) -> str:
    span = v.stmt.origin.span if v.stmt is not None else None
    return f" (line {span.line})" if span is not None else ""


def _tapes(graph: Graph) -> Iterator[str]:
    for v in saved_values(graph):
        if is_tape(v):
            assert v.stmt is not None
            inner = v.stmt.blocks[-1].yields
            first = len(inner) - v.stmt.attrs["collects"]
            source = inner[first + v.index - v.stmt.attrs["carries"]]
            tape = f"tape {v.hint or 'tape'} of the {v.stmt.op.name} loop{_where(v)}"
            yield f"{tape}: {expression(source)}, one {source.type} per iteration"


def _untaped(graph: Graph) -> Iterator[str]:
    """The loops of the function from which the reverse sweep needs no value per iteration."""
    taped = {v.stmt for v in saved_values(graph) if is_tape(v)}
    for stmt in statements(graph.body):
        if stmt.op.name in ("for", "while") and is_forward(stmt) and stmt not in taped:
            span = stmt.origin.span
            where = f" (line {span.line})" if span is not None else ""
            yield f"nothing of the {stmt.op.name} loop{where}"


def _saved(graph: Graph) -> Iterator[str]:
    for v in saved_values(graph):
        if not is_tape(v):
            yield f"{expression(v)}{_where(v)}, {_article(str(v.type))}"


def _recomputed(graph: Graph) -> Iterator[str]:
    """Statements of the reverse sweep that repeat forward ones instead of reading a tape."""
    seen: set[str] = set()
    for stmt in statements(graph.body):
        fetched = stmt.op.region or stmt.op.name == "getitem" or not stmt.results
        if stmt.origin.role == "tape" and not fetched and stmt.result.type != INT:
            line = f"{expression(stmt.results[0])}{_where(stmt.results[0])}"
            if stmt.results[0].hint:
                line = f"{stmt.results[0].hint}, by {stmt.op.name}{_where(stmt.results[0])}"
            if line not in seen:
                seen.add(line)
                yield line


def _notes(primal: Graph, compiled: Compiled, activity: _Activity) -> Iterator[str]:
    yield from dict.fromkeys(compiled.stages["inplace"].notes)
    seen: set[tuple[str, int]] = set()
    for stmt in statements(primal.body):
        note, span = stmt.op.note, stmt.origin.span
        line = span.line if span is not None else 0
        on_path = any(a in activity.varied for a in stmt.args)
        if note and is_forward(stmt) and on_path and (stmt.op.name, line) not in seen:
            seen.add((stmt.op.name, line))
            yield f"{stmt.op.name}{f' (line {line})' if line else ''}: {note}"
