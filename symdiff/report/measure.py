"""What a derivative consists of, counted on its graphs, and how long it takes, measured.

Operations are counted once each, wherever they stand; forward ones are those of the user's own
code, backward ones all that differentiation added.  A saved value is a forward value that backward
code reads: kept in a name, or on a tape (a list with one entry per iteration) where the forward
code is a loop.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import blocks, statements
from symdiff.passes.dce import dce

CLASSES = ("add/mul", "div", "transcendental", "other")
_ADD_MUL = frozenset(("add", "sub", "mul", "neg", "pos", "fma"))
_TRANSCENDENTAL = frozenset(
    (
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "cbrt",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "hypot",
        "dist",
        "erf",
        "erfc",
        "gamma",
        "lgamma",
        "digamma",
        "trigamma",
        "tetragamma",
    )
)
_NOTHING = frozenset(("const", "undef", "held"))


@dataclass(frozen=True, slots=True)
class Counts:
    """One granularity in numbers; ``gates``, ``shapes`` and ``edges`` are of the primal, the rest
    of the derivative."""

    gates: int
    shapes: int
    edges: int
    forward: Mapping[str, int]
    backward: Mapping[str, int]
    saved: int
    tapes: int


def operation_class(stmt: Stmt) -> str:
    """Which of :data:`CLASSES` a statement counts as."""
    name = stmt.op.name
    if name in _ADD_MUL:
        return "add/mul"
    if name == "div":
        return "div"
    if name in ("pow", "fpow"):
        exponent = stmt.args[1]
        whole = exponent.is_const() and isinstance(exponent.constant, int)
        return "add/mul" if whole and name == "pow" else "transcendental"
    return "transcendental" if name in _TRANSCENDENTAL or "gate" in stmt.op.tags else "other"


def operations(graph: Graph) -> Iterator[Stmt]:
    """The statements that compute something."""
    return (s for s in statements(graph.body) if s.op.name not in _NOTHING)


def is_forward(stmt: Stmt) -> bool:
    return stmt.origin.role == "primal"


def saved_values(graph: Graph) -> list[Value]:
    """Forward values that backward code reads, in order, without inputs and constants."""
    found: dict[Value, None] = {}

    def note(v: Value) -> None:
        if v.stmt is not None and v.op not in _NOTHING and is_forward(v.stmt):
            found[v] = None

    def visit(block: Block, backward: bool) -> None:
        for stmt in block.stmts:
            mine = backward or not is_forward(stmt)
            if mine:
                for arg in stmt.args:
                    note(arg)
            for child in stmt.blocks:
                visit(child, mine)
                if mine:
                    for v in child.yields:
                        note(v)

    visit(graph.body, False)
    inside = {
        id(b)
        for s in statements(graph.body)
        if not is_forward(s)
        for child in s.blocks
        for b in blocks(child)
    }
    return [v for v in found if id(v.block) not in inside]


def is_tape(v: Value) -> bool:
    """Whether a value is a list that a loop collected, one entry per iteration."""
    stmt = v.stmt
    if stmt is None or stmt.op.name not in ("for", "while"):
        return False
    return v.index - stmt.attrs["carries"] in range(stmt.attrs["collects"])


def counts(stages: Mapping[str, Graph]) -> Counts:
    """The numbers of one compilation from its stages."""
    primal = dce(stages["fuse"]) if "fuse" in stages else stages["simplify"]
    final = list(stages.values())[-1]  # what is emitted
    shapes = set()
    edges = gates = 0
    for stmt in operations(primal):
        gates += 1
        edges += sum(not a.is_const() for a in stmt.args)
        shapes.add(
            (stmt.op.name, tuple("const" if a.is_const() else str(a.type) for a in stmt.args))
        )
    forward, backward = dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, 0)
    for stmt in operations(final):
        (forward if is_forward(stmt) else backward)[operation_class(stmt)] += 1
    saved = saved_values(final)
    tapes = sum(map(is_tape, saved))
    return Counts(gates, len(shapes), edges, forward, backward, len(saved) - tapes, tapes)


# -- time ---


def nanoseconds(
    functions: Sequence[Callable[..., Any]],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    repeats: int = 40,
    seconds: float = 0.001,
    most: float = 2.0,
) -> list[float]:
    """Nanoseconds per call of each function: the least of many short repeats, taken in turns: what
    disturbs one only makes it longer.  Slow functions are repeated less, for ``most`` seconds."""
    space: dict[str, Any] = {f"a{k}": a for k, a in enumerate(args)}
    call = ", ".join([*space, *(f"{name}=k_{name}" for name in kwargs)])
    space |= {f"k_{name}": value for name, value in kwargs.items()}
    timers = [timeit.Timer(f"f({call})", globals={**space, "f": f}) for f in functions]
    numbers = [_loops(timer, seconds) for timer in timers]
    best = [float("inf")] * len(timers)
    end = timeit.default_timer() + most
    for k in range(repeats):
        if k and timeit.default_timer() > end:
            break
        for k, (timer, number) in enumerate(zip(timers, numbers, strict=True)):
            best[k] = min(best[k], timer.timeit(number) / number)
    return [b * 1e9 for b in best]


def _loops(timer: timeit.Timer, seconds: float) -> int:
    """How many calls fill the time: first calls are slow, so that they alone would not tell."""
    count = 1
    while True:
        spent = timer.timeit(count)
        if spent > seconds / 4:
            return max(1, int(count * seconds / spent))
        count *= 4
