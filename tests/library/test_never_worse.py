"""What ``auto`` makes of the corpus is never worse than what it would be without the library, nor,
where no form is recognised, than ``fine``: counted on the graphs that are emitted.  Of functions of
numbers it is never worse than ``fine`` in bad points and errors, where floats end too, and costs
more operations only for fewer bad points or digits."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from symdiff.errors import SymdiffError
from symdiff.ir.core import Graph
from symdiff.library.entries import ROUNDING, Entry
from symdiff.library.shelf import SHELF
from symdiff.ops.cost import executed, graph_cost
from symdiff.report.accuracy import Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.rewrites import recognised
from symdiff.report.subject import Subject, subject_of_call
from tests.corpus import CASES, Case

RECOGNISED = ("math_calls", "probability", "networks", "kinks", "branches", "library_gates")
TAKEN = [case for case in CASES if not case.refused]
QUICK = [c for c in TAKEN if c.name.partition(".")[0] in RECOGNISED]
REST = [c for c in TAKEN if c not in QUICK]


def subject(case: Case) -> Subject | None:
    kinds = {p.kind for p in inspect.signature(case.f, follow_wrapped=False).parameters.values()}
    if inspect.Parameter.VAR_POSITIONAL in kinds or case.wrt == ():
        return None  # a report has one value per parameter
    try:
        return subject_of_call(case.f, case.points[0], {}, case.wrt)[0]
    except SymdiffError:
        return None


def is_no_worse(case: Case) -> bool | None:
    """None where the library has nothing for a function."""
    found = subject(case)
    if found is None:
        return None
    try:
        auto = found.compile("value_and_grad", "auto")
    except SymdiffError:
        return None  # no scalar result
    gates = {g.name for g in recognised(auto.stages)}
    entries = {e.name: e for e in opened()}
    mine = [entries[n] for n in gates if n in entries]
    if not mine:
        return None
    digits = any(e.gain == "digits" for e in mine)
    levels = ["fused"] if gates - set(entries) else ["fused", "fine"]
    return all(_no_worse(found, auto.stages["inplace"], level, digits) for level in levels)


def _no_worse(found: Subject, auto: Graph, level: str, digits: bool) -> bool:
    """Digits may cost operations; nothing else may."""
    other = found.compile("value_and_grad", level).stages["inplace"]
    fewer = executed(auto) <= executed(other)
    return digits or (fewer and graph_cost(auto) <= 1.03 * graph_cost(other))


def test_the_functions_that_most_gates_are_in() -> None:
    found = {case.name: is_no_worse(case) for case in QUICK}
    assert False not in found.values(), [n for n, fine in found.items() if fine is False]
    assert list(found.values()).count(True) >= 12, found


@pytest.mark.slow
def test_all_others() -> None:
    assert [case.name for case in REST if is_no_worse(case) is False] == []


# -- bad points and digits -------------------------------------------------------------------------

ENDS = (0.0, -0.0, 1e-300, -1e-8, 40.0, -40.0, 710.0, -746.0, 1e160, -1e160)
Numbers = tuple[float, ...] | None


class Beside(NamedTuple):
    """``auto`` beside ``fine``: the points at which only ``fine`` has numbers, the operations,
    whether a form was recognised that is there to keep digits, at how many points only ``auto`` has
    numbers or is ten times nearer, and the largest errors."""

    lost: list[Sequence[Any]]
    operations: tuple[int, int]
    digits: bool
    better: int = 0
    errors: tuple[float, float] = (0.0, 0.0)

    def is_no_worse(self) -> bool:
        fine, auto = self.errors
        more = self.operations[1] > self.operations[0]
        return (
            not self.lost
            and auto <= max(1.1 * fine, ROUNDING)
            and (not more or self.better > 0 or self.digits)
        )


def beside_fine(case: Case) -> Beside | None:
    """None where both are the same, or the arguments are no numbers."""
    found = subject(case) if all(type(x) in (float, int) for x in case.points[0]) else None
    if found is None:
        return None
    try:
        fine, auto = (found.compile("value_and_grad", g) for g in ("fine", "auto"))
    except SymdiffError:
        return None  # no scalar result
    if body(fine.text) == body(auto.text):
        return None
    gates = {g.name for g in recognised(auto.stages)}
    digits = any(e.gain != "operations" for e in opened() if e.name in gates)
    digits |= bool(gates - {e.name for e in opened()})  # a stable row
    counts = executed(fine.stages["inplace"]), executed(auto.stages["inplace"])
    made = Beside([], counts, digits)
    functions = fine.link(), auto.link()
    for point in points(case):
        made = compared(made, found, point, *(numbers(f, point) for f in functions))
    return made


def opened() -> list[Entry]:
    return [b.entry for b in SHELF.books if b.entry is not None]


def body(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if "granularity=" not in line)


def points(case: Case) -> Iterator[tuple[Any, ...]]:
    """Those of the case, and each number of them at the ends."""
    for point in case.points:
        yield point
        for k, x in enumerate(point):
            if isinstance(x, float):
                yield from ((*point[:k], end, *point[k + 1 :]) for end in ENDS)


def numbers(f: Callable[..., Any], point: Sequence[Any]) -> Numbers:
    """Value and partials, if they are numbers."""
    try:
        value, gradients = f(*point)
    except (ArithmeticError, ValueError, LookupError, AssertionError, RuntimeError):
        return None
    found = (value, *(gradients if isinstance(gradients, tuple) else (gradients,)))
    return found if all(map(math.isfinite, found)) else None


def compared(
    made: Beside, of: Subject, point: Sequence[Any], fine: Numbers, auto: Numbers
) -> Beside:
    if fine is None or auto is None:
        if fine is not None:
            made.lost.append(point)
        return made._replace(better=made.better + (auto is not None))
    if all(math.isclose(a, b, rel_tol=ROUNDING) for a, b in zip(fine, auto, strict=True)):
        return made
    try:
        judge = Judge(of.primal(), list(point), of.input_positions())
    except (OutOfDomain, Unresolved):
        return made
    a, b = (max((e for e in judge.errors(x[1:]) if e == e), default=0.0) for x in (fine, auto))
    return made._replace(
        better=made.better + (a > max(10 * b, ROUNDING)),
        errors=(max(made.errors[0], a), max(made.errors[1], b)),
    )


def test_bad_points_and_digits_where_most_gates_are() -> None:
    found = {case.name: made for case in QUICK if (made := beside_fine(case)) is not None}
    assert {n: made for n, made in found.items() if not made.is_no_worse()} == {}
    assert len(found) >= 12 and sum(made.better > 0 for made in found.values()) >= 10


@pytest.mark.slow
def test_bad_points_and_digits_of_all_others() -> None:
    found = {case.name: made for case in REST if (made := beside_fine(case)) is not None}
    assert {n: made for n, made in found.items() if not made.is_no_worse()} == {}
