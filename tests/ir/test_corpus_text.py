"""Every stage of every corpus function round-trips through IR text."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import symdiff
from symdiff.driver import Request, compile
from symdiff.frontend.capture import capture
from symdiff.ir.core import Graph
from symdiff.ir.parse import parse
from symdiff.ir.text import to_text
from symdiff.ir.verify import verify
from tests import oracle
from tests.corpus import CASES, Case
from tests.ir.test_text import strip

TAKEN = [c for c in CASES if not c.refused]


def stages(case: Case) -> dict[str, Graph]:
    """The graphs of the gradient (of the Jacobian, where the result is not a number)."""
    point = copy.deepcopy(case.points[0])
    argnums = oracle.differentiable(point) if case.wrt is None else case.wrt
    scalar = isinstance(case.f(*copy.deepcopy(point)), (int, float))
    derivative: Any = (symdiff.grad if scalar else symdiff.jacobian)(case.f, argnums)
    derivative(*point)
    request: Request = next(reversed(derivative._dispatch.linked.values())).request
    return compile(capture(case.f), request).stages


@pytest.mark.parametrize("case", TAKEN, ids=lambda c: c.name)
def test_round_trip(case: Case) -> None:
    for name, graph in stages(case).items():
        if name == "inplace":
            continue  # two copies of one list are two, which text cannot say
        text = to_text(graph)
        again = parse(text)
        verify(again, name)
        assert strip(to_text(again)) == strip(text), name
