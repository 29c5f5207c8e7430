"""``strict=True``: values are the function's to the bit, everywhere in the corpus."""

from __future__ import annotations

import copy

import pytest

import symdiff
from symdiff.errors import SymdiffError
from tests import oracle
from tests.corpus import CASES, Case

TAKEN = [case for case in CASES if not case.refused]
QUICK = ("math_calls", "probability", "networks", "arithmetic", "library_gates")


def differs(case: Case) -> str:
    """Where the value of a strict derivative is another one than the function's."""
    for point in case.points:
        wanted = case.f(*copy.deepcopy(point))
        if not isinstance(wanted, (int, float)):
            return ""
        argnums = oracle.differentiable(point) if case.wrt is None else case.wrt
        both = symdiff.value_and_grad(case.f, argnums, strict=True)
        try:
            found = both(*copy.deepcopy(point))[0]
        except SymdiffError:
            return ""
        if repr(float(found)) != repr(float(wanted)):
            return f"{case.name}{point!r}: {found!r} is not {wanted!r}"
    return ""


def test_values_are_the_functions_to_the_bit() -> None:
    cases = [c for c in TAKEN if c.name.partition(".")[0] in QUICK]
    assert [d for case in cases if (d := differs(case))] == []


@pytest.mark.slow
def test_in_all_of_the_corpus() -> None:
    assert [d for case in TAKEN if (d := differs(case))] == []
