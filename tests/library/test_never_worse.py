"""What ``auto`` makes of the corpus is never worse than what it would be without the library, nor,
where no form is recognised, than ``fine``: counted on the graphs that are emitted."""

from __future__ import annotations

import inspect

import pytest

from symdiff.errors import SymdiffError
from symdiff.ir.core import Graph
from symdiff.library.shelf import SHELF
from symdiff.ops.cost import executed, graph_cost
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
    entries = {b.entry.name: b.entry for b in SHELF.books if b.entry is not None}
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
