"""The drawings of a graph and of all that is inside of its loops, branches and calls, with the
numbers of every run, and the backward pass through them step by step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.autodiff.transform import is_number_array
from symdiff.ir import interp
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT
from symdiff.ops.gates import GATES, evaluate_formula
from symdiff.passes.dce import dce
from symdiff.report.drawing import SYMBOLS, Drawing, drawn, fill, number, outputs_of, placed
from symdiff.report.evaluate import evaluate
from symdiff.report.runs import Ran, Run, TooLong, ran
from symdiff.report.subject import Subject
from symdiff.report.trace import Trace, gradients, trace

REACHABLE = 30_000  # values that are computed to show the last ones


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands on the spots of a drawing in one run; ``ids`` tell the same value in two places
    (0: none), ``within`` is the run of the page around (-1: unknown)."""

    label: str
    values: tuple[str, ...]
    gradients: tuple[str, ...]
    ids: tuple[int, ...]
    within: int = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the backward pass: ``upstream * local`` flows from ``node`` to ``into``."""

    page: int  # which drawing
    run: int
    node: int
    into: int
    upstream: str
    local: str
    product: str
    rule: str
    ids: tuple[int, int]


@dataclass(slots=True)
class Page:
    """The drawing of one block: where it is in which other, and its runs."""

    drawing: Drawing
    runs: list[Numbers]
    parent: tuple[int, int] | None = None  # the page and the spot that it is inside of


@dataclass(slots=True)
class Unfolded:
    """All drawings of a graph, the first that of the function itself, and the steps."""

    pages: list[Page] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def unfold(subject: Subject, values: Sequence[Any], granularity: str) -> Unfolded:
    """The drawings of the primal at a granularity, at bound values.

    A program that executes much is shown with the numbers of the last iterations only, and without
    steps; where it is very much, TooLong is raised.
    """
    compiled = subject.compiled(granularity)
    stages = compiled.stages
    graph = dce(stages["fuse"]) if "fuse" in stages else stages["simplify"]
    inputs = subject.inputs(compiled, values)
    try:
        found = ran(graph, inputs)
    except TooLong:
        _require_short(graph, inputs)
        return _Unfolding(graph, _Last(trace(subject, values, granularity))).made
    slopes = gradients(found.graph, inputs, found.seen, subject.input_positions(), found.results)
    return _Unfolding(graph, _Every(found, slopes)).made


_Row = tuple[str, list[Any], list[Any], list[int], int]  # label, values, slopes, ids, within


def _require_short(graph: Graph, inputs: Sequence[Any]) -> None:
    """TooLong where not even the last iterations can be shown: they have to be reached."""
    seen = itertools.count()

    def watch(value: Value, data: Any) -> None:
        if next(seen) > REACHABLE:
            raise TooLong

    interp.run(graph, *inputs, watch=watch, evaluate=evaluate)


class _Every:
    """The numbers of every run."""

    def __init__(self, found: Ran, slopes: dict[Value, Any]) -> None:
        self.ran = found
        self.slopes = slopes
        self.ids: dict[Value, int] = {}

    def id(self, run: Run, v: Value) -> int:
        name = run.names.get(v)
        return 0 if name is None else self.ids.setdefault(name, len(self.ids) + 1)

    def slope(self, run: Run, v: Value) -> Any:
        name = run.names.get(v)
        return None if name is None else self.slopes.get(name)

    def runs(self, block: Block, of: Sequence[Value], around: Block | None) -> Iterator[_Row]:
        for run in self.ran.runs.get(block, ()):
            known = run.outer is not None and run.outer[0] is around
            yield (
                run.label,
                [run.data.get(v) for v in of],
                [self.slope(run, v) for v in of],
                [self.id(run, v) for v in of],
                run.outer[1] if known and run.outer is not None else -1,
            )


class _Last:
    """The numbers of the last run of each block, gradients being sums over the runs."""

    def __init__(self, found: Trace) -> None:
        self.trace = found

    def runs(self, block: Block, of: Sequence[Value], around: Block | None) -> Iterator[_Row]:
        nodes = [self.trace.nodes.get(v) for v in of]
        times = max((n.times for n in nodes if n is not None), default=0)
        if times:
            label = f"the last of {times} iterations, gradients are sums" if times > 1 else ""
            values = [None if n is None else n.value for n in nodes]
            slopes = [None if n is None else n.gradient for n in nodes]
            yield label, values, slopes, [0] * len(of), -1


class _Unfolding:
    def __init__(self, graph: Graph, numbers: _Every | _Last) -> None:
        self.graph = graph
        self.numbers = numbers
        self.made = Unfolded()
        self.page_of: dict[Block, int] = {}
        self._page(graph.body, graph.name, (), None, None)
        if isinstance(numbers, _Every):
            self.made.steps = list(self._steps(numbers))

    def _page(
        self,
        block: Block,
        title: str,
        yields: Sequence[str],
        parent: tuple[int, int] | None,
        around: Block | None,
    ) -> None:
        drawing = drawn(self.graph, block, title, yields)
        runs = []
        for label, values, slopes, ids, within in self.numbers.runs(block, drawing.of, around):
            for spot, value, slope in zip(drawing.spots, values, slopes, strict=True):
                fill(spot, value, slope)
            told = tuple(s.value for s in drawing.spots)
            below = tuple(s.gradient for s in drawing.spots)
            runs.append(Numbers(label, told, below, tuple(ids), within))
        longest = [
            max((texts[k] for texts in column), key=len, default="")
            for column in ([r.values for r in runs], [r.gradients for r in runs])
            for k in range(len(drawing.spots))
        ]
        placed(drawing, longest[: len(drawing.spots)], longest[len(drawing.spots) :])
        here = self.page_of[block] = len(self.made.pages)
        self.made.pages.append(Page(drawing, runs, parent))
        for at, parts in drawing.inside.items():
            stmt = drawing.of[at].stmt
            assert stmt is not None
            for part, inner in parts:
                if inner not in self.page_of:
                    names = outputs_of(stmt, part)
                    self._page(inner, _title(stmt, part), names, (here, at), block)

    def _steps(self, every: _Every) -> Iterator[Step]:
        for stmt, block, at in reversed(every.ran.executed):
            page = self.page_of.get(block)
            if page is None or not stmt.results:
                continue
            run = every.ran.runs[block][at]
            upstream = every.slope(run, stmt.result)
            if upstream is None:
                continue
            spots: dict[Value, int] = {}
            for k, v in enumerate(self.made.pages[page].drawing.of):
                spots.setdefault(v, k)
            for k, arg in enumerate(stmt.args):
                slope = None if arg.is_const() else every.slope(run, arg)
                if slope is not None and stmt.result in spots and arg in spots:
                    told = _told(stmt, k, run, upstream, slope)
                    ids = every.id(run, stmt.result), every.id(run, arg)
                    yield Step(page, at, spots[stmt.result], spots[arg], *told, ids)


def _told(
    stmt: Stmt, k: int, run: Run, upstream: Any, slope: Any
) -> tuple[str, str, str, str]:
    """Upstream, local, product and rule of a step in words."""
    if isinstance(upstream, float) and isinstance(slope, float):
        data = [a.constant if a.is_const() else run.data.get(a) for a in stmt.args]
        local = local_partial(stmt, k, data, run.data.get(stmt.result))
        if local is not None:
            return number(upstream), number(local), number(upstream * local), _rule(stmt, k)
    rule = _rule(stmt, k) or f"adjoint of {SYMBOLS.get(stmt.op.name, stmt.op.name)}"
    return number(upstream), rule, number(slope), ""


def _rule(stmt: Stmt, k: int) -> str:
    """The local gradient as its row has it: a gate's in words."""
    formulas, words = stmt.op.partials_of(stmt), stmt.op.words
    rule = formulas[k] if k < len(formulas) else ""
    if stmt.op.name in GATES:
        rule = words[k] if k < len(words) else ""
        return f"slope of {stmt.op.name}" if rule in ("", stmt.op.name) else rule
    return rule or ""


def local_partial(stmt: Stmt, k: int, args: Sequence[Any], out: Any) -> float | None:
    """The number d out/d operand k, from the row's formula; None where it has none."""
    formulas = stmt.op.partials_of(stmt)
    real = stmt.args[k].type == FLOAT or is_number_array(stmt.args[k].type)
    if k >= len(formulas) or formulas[k] is None or not real:
        return None
    names = dict(zip(stmt.op.params, args, strict=False))
    if stmt.op.starred:
        names = {"x": args[k]}
    try:
        return float(evaluate_formula(str(formulas[k]), {**names, "out": out}))
    except (ArithmeticError, ValueError, NameError, TypeError):
        return None


def _title(stmt: Stmt, part: str) -> str:
    span = stmt.origin.span
    where = f", line {span.line}" if span is not None else ""
    name = stmt.attrs["callee"] if stmt.op.name == "call" else stmt.op.name
    if stmt.attrs.get("style") == "try":
        name = "try"
    return f"{name}: {part}{where}"
