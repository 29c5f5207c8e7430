"""What operations cost on this machine: ``symdiff calibrate``.

Each row of the table is timed as generated code spells it: on floats beside an assignment, on
arrays at two sizes, so that the call and the elements come apart; the contenders take turns, and
the least time of several rounds counts, since all that disturbs a measurement adds to it.  From
that follow the costs of the gates of the library and of what they stand for.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import math
import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from symdiff.discovery.rules import as_written, lowered
from symdiff.folder import put
from symdiff.ir.core import Graph
from symdiff.ir.opspec import OpSpec
from symdiff.ir.types import FLOAT, is_number
from symdiff.ir.walk import statements
from symdiff.library.entries import Entry, form_graph, graph_of
from symdiff.library.shelf import SHELF
from symdiff.ops.calibrated import LEAST, GateCosts, Machine, file, to_data
from symdiff.ops.cost import Costs, graph_cost
from symdiff.ops.table import OPS

ROUNDS = 15
TIMES = 20  # that an expression stands in the body of a loop
FLOATS = 50  # rounds of that loop
ARRAYS = 1
ELEMENTS = 4096
LEVELS = ("fine", "fused")

Contender = tuple[str, Callable[[int], None]]


def calibrate(rounds: int = ROUNDS) -> tuple[Machine, Path]:
    """Measure, and keep the result where ``auto`` looks for it."""
    made = measured(rounds)
    return made, put(file(), json.dumps(to_data(made), indent=1) + "\n")


def measured(rounds: int = ROUNDS) -> Machine:
    """The costs of this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values, and of functions that a library gives up
        costs, arrays = _floats(rounds), _arrays(rounds)
    gates = {entry.digest: gate_costs(entry, costs, arrays) for entry in _entries()}
    return Machine(costs, arrays, gates)


# -- timing ----------------------------------------------------------------------------------------


def _least(contenders: Sequence[Contender], count: int, rounds: int) -> dict[str, float]:
    """Nanoseconds of one execution, the least of several rounds in turns."""
    best = dict.fromkeys((name for name, _ in contenders), float("inf"))
    collected = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in contenders:
                start = time.perf_counter_ns()
                run(count)
                best[name] = min(best[name], time.perf_counter_ns() - start)
    finally:
        if collected:
            gc.enable()
    return {name: ns / (count * TIMES) for name, ns in best.items()}


def _loop(statement: str, names: Mapping[str, Any]) -> Callable[[int], None]:
    """A function that executes a statement again and again, its names being local."""
    body = "\n".join(["        " + statement] * TIMES)
    head = f"def run(_n, {', '.join(f'{k}={k}' for k in names)}):\n    for _ in range(_n):\n"
    space = dict(names)
    exec(compile(head + body, "<calibration>", "exec"), space)
    made: Callable[[int], None] = space["run"]
    return made


def _beyond(found: dict[str, float], base: str) -> dict[str, float]:
    """Without the assignment itself, which all have."""
    nothing = found.pop(base)
    return {name: round(max(ns - nothing, LEAST), 3) for name, ns in found.items()}


# -- floats ----------------------------------------------------------------------------------------


def _floats(rounds: int) -> Costs:
    names: dict[str, Any] = {"math": math, "_t": [], "_p": (0.5, 0.25, 0.125), "_c": True}
    contenders = [(f"row {s.name}", _loop(f"_r = {text}", {**names, **at}))
                  for s, text, at in _rows("math", names, _draw)]  # fmt: skip
    contenders += [
        ("", _loop("_r = _c", names)),
        ("row if", _loop("_r = _c if _c else _p", names)),
        ("tape 1", _loop("_t.append((_c,))", names)),
        ("tape 9", _loop("_t.append((_c, _c, _c, _c, _c, _c, _c, _c, _c))", names)),
        ("read", _loop("_u, _v, _w = _p", names)),
    ]

    def emptied(run: Callable[[int], None]) -> Callable[[int], None]:
        def timed(n: int) -> None:
            run(n)
            names["_t"].clear()

        return timed

    contenders = [(n, emptied(r) if n.startswith("tape") else r) for n, r in contenders]
    found = _beyond(_least(contenders, FLOATS, rounds), "")
    read = found["read"] / 3
    entry = max((found["tape 9"] - found["tape 1"]) / 8, read)
    tape = max(found["tape 1"] - entry, LEAST)
    rows = {n.removeprefix("row "): ns for n, ns in found.items() if n.startswith("row ")}
    others = statistics.median(ns / OPS[n].cost for n, ns in rows.items())
    return Costs(rows, round(others, 3), round(tape, 3), round(entry, 3), round(read, 3))


def _draw(low: float, high: float) -> float:
    return round(random.Random(3).uniform(low, high), 3)


def _rows(
    target: str, space: Mapping[str, Any], draw: Callable[[float, float], Any]
) -> Iterator[tuple[OpSpec, str, Any]]:
    """The rows that take numbers and give one, their spelling, and operands of their domain."""
    for spec in OPS:
        text = spec.emit.get(target)
        params = ("x", "y") if spec.starred else spec.params  # the fewest that there are
        if text is None or not _is_of_numbers(spec, len(params)):
            continue
        text = text.replace("*xs", "x, y")
        at = {p: draw(*spec.domain.get(p, (0.3, 1.6))) for p in params}
        try:
            found = eval(compile(text, "<calibration>", "eval"), {**space, **at})
        except (TypeError, AttributeError, NameError, ValueError):
            continue  # not one of numbers, or not in this version of Python
        if type(found) in (float, bool) or getattr(found, "shape", ()) == (ELEMENTS,):
            yield spec, text, at


def _is_of_numbers(spec: OpSpec, count: int) -> bool:
    """Whether floats give a number; what is written into the file, or costs nothing, is none."""
    if not count or not spec.cost or spec.tags & {"inline", "array"}:
        return False
    try:
        return all(map(is_number, spec.infer((FLOAT,) * count, {})))
    except (TypeError, KeyError):
        return False


# -- arrays ----------------------------------------------------------------------------------------


def _arrays(rounds: int) -> dict[str, float]:
    """Per element: the slope between two sizes, what a call costs being no matter of the row."""
    import numpy as np

    space: dict[str, Any] = {"np": np}
    if importlib.util.find_spec("scipy") is not None:
        space["special"] = importlib.import_module("scipy.special")
    random_ = np.random.default_rng(3)
    few: list[Contender] = []
    many: list[Contender] = []
    for s, text, at in _rows("numpy", space, lambda a, b: random_.uniform(a, b, ELEMENTS)):
        few.append((s.name, _loop(f"_r = {text}", {**space, **{k: v[:1] for k, v in at.items()}})))
        many.append((s.name, _loop(f"_r = {text}", {**space, **at})))
    x = random_.uniform(0.3, 1.6, ELEMENTS)
    for size, made in ((1, few), (ELEMENTS, many)):
        names = {**space, "_x": x[:size], "_c": x[:size] > 1}
        made.append(("if", _loop("_r = np.where(_c, _x, _x)", names)))
    start, end = (_least(made, ARRAYS, rounds) for made in (few, many))
    return {n: round(max((end[n] - start[n]) / (ELEMENTS - 1), LEAST), 4) for n in end}


# -- what is shown ---------------------------------------------------------------------------------

SHOWN = (
    *("add", "mul", "div", "neg", "lt", "if", "sqrt"),
    *("exp", "log", "log1p", "sin", "tanh", "erf"),
)


def shown(made: Machine) -> list[list[str]]:
    """Operations beside what is shipped: a float here, one element of an array here."""
    rows = []
    for name in SHOWN:
        cells = [made.costs.rows.get(name), made.arrays.get(name)]
        here = ["-" if ns is None else f"{ns:.3g}" for ns in cells]
        rows.append([name, f"{OPS[name].cost:.0f}", *here])
    return rows


def changed(made: Machine) -> list[str]:
    """The gates that ``auto`` takes by these costs and not by those shipped, and the reverse."""
    lines = []
    for entry in _entries():
        for on_arrays, where in ((False, "floats"), (True, "arrays")):
            found = made.gate(entry.digest, on_arrays)
            now = entry.gain_by(*found) if found else entry.gain
            if bool(now) != bool(entry.gain):
                lines.append(f"{'takes' if now else 'leaves'} {entry.name} on {where}")
    return lines


# -- gates -----------------------------------------------------------------------------------------


def _entries() -> Iterator[Entry]:
    SHELF.candidates(frozenset())  # the user's file is read, too
    yield from (entry for book in SHELF.books if (entry := book.opened()) is not None)


def levels_of(entry: Entry) -> dict[str, Graph]:
    """What is compared: the form's derivative as it is made at each level, and the gate."""
    form = form_graph(entry.forms[0], entry.params)
    wrt = range(len(entry.params))
    return {
        **{level: as_written(form, wrt, level) for level in LEVELS},
        "gate": lowered(graph_of(entry)),
    }


def gate_costs(
    entry: Entry, costs: Costs, arrays: Mapping[str, float]
) -> tuple[GateCosts, GateCosts]:
    """By level, on floats and on arrays; none where an operation has not been measured."""
    graphs = levels_of(entry)
    made = []
    for table in (costs, Costs(arrays)):
        known = all(map(_is_measured(table), graphs.values()))
        made.append({k: round(graph_cost(g, table), 3) for k, g in graphs.items()} if known else {})
    return made[0], made[1]


def _is_measured(costs: Costs) -> Callable[[Graph], bool]:
    free = {"const", "undef"}
    return lambda g: all(s.op.name in costs.rows or s.op.name in free for s in statements(g.body))
