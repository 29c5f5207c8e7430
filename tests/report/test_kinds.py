"""The comparison, the check and the trace take functions of every kind, arrays too."""

from __future__ import annotations

import functools
import json
import math
from typing import Any

import numpy as np
import pytest

from symdiff.report import compare as module
from symdiff.report.check import check
from symdiff.report.compare import compare
from symdiff.report.drawing import draw
from symdiff.report.html import graph_page
from symdiff.report.judges import DIGITS, FLOATS, Bench, Differenced
from symdiff.report.measure import nanoseconds
from symdiff.report.subject import subject_of_call
from symdiff.report.trace import trace
from tests.report import kinds
from tests.report.kinds import ARRAYS, SCALAR

KINDS = {**SCALAR, **ARRAYS}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are measured, but not as well as they could be."""
    monkeypatch.setattr(module, "nanoseconds", functools.partial(nanoseconds, repeats=2))
    monkeypatch.setattr(module, "AGAIN", 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_compared(kind: str) -> None:
    f, args, kwargs = KINDS[kind]
    report = compare(f, *args, points=2, **kwargs)
    assert report.raised == ""
    for column in report.columns:
        assert column.points > 0 and column.bad == 0
        assert column.core.max_ulp < 1e4
        assert column.ns > 0 and column.peak_bytes is not None and column.kept_bytes is not None
        assert sum(column.counts.forward.values()) > 0
    assert "per call" in str(report) and json.loads(report.to_json())["name"] == report.name
    assert report.mode == ("vjp" if kind in ("pair", "softmax") else "value_and_grad")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_checked_and_traced(kind: str) -> None:
    f, args, kwargs = KINDS[kind]
    subject, values = subject_of_call(f, args, kwargs)
    found = check(subject, values)
    assert found.passed, str(found)
    assert draw(trace(subject, values)).spots


def test_a_function_that_raises_is_reported_without_times() -> None:
    report = compare(kinds.picky, 2.0, points=9)
    assert report.raised == "Unusual: too large"
    assert "the function raises Unusual: too large" in str(report)
    for column in report.columns:
        assert math.isnan(column.ns) and column.peak_bytes is None
        assert column.points > 0  # at other points it has a value
    data = json.loads(report.to_json())  # strict JSON: no NaN
    assert data["columns"][0]["ns"] is None and data["primal_ns"] is None


def test_an_operation_without_digits_is_judged_by_differences_in_floats() -> None:
    f, args, _ = KINDS["special"]  # there is no digamma of numbers of sixty digits in NumPy
    report = compare(f, *args, points=1)
    assert report.reference == (FLOATS,)
    assert report.column("auto").error < 1e-7


def test_a_wrong_gradient_is_seen_by_differences_in_floats() -> None:
    f, args, _ = KINDS["special"]
    subject, values = subject_of_call(f, args)
    referee = Differenced(subject, values)
    gradient = subject.call(subject.derivative("fine"), values)[1]
    assert max(referee.errors(list(gradient))) < 1e-7
    assert max(referee.errors(list(gradient * 1.001))) > 5e-4


def test_an_argument_without_numbers_leaves_nothing_to_judge() -> None:
    report = compare(kinds.gelu, np.zeros(0), points=2)
    assert [c.points for c in report.columns] == [0] * 4 and report.unresolved == 2


def test_what_takes_too_long_is_left_out_of_the_page_and_said() -> None:
    subject, values = subject_of_call(kinds.loop, (0.3, 20_000))
    text = graph_page(subject, values, "fine")
    assert "executes too much for a picture" in text and "<svg" not in text


@pytest.mark.parametrize("wrong", [1.0 + 1e-9, 1.0 + 1e-12])
def test_sixty_digits_see_what_floats_do_not(wrong: float) -> None:
    subject, values = subject_of_call(kinds.gelu, (np.array([0.3, -1.2, 2.0]),))
    referee = Bench(subject, 1).referee(values)
    assert referee.how == DIGITS
    _, gradient = subject.call(subject.derivative("fine"), values)
    assert max(referee.errors(list(gradient))) < 1e-15
    assert max(referee.errors(list(gradient * wrong))) > 0.5 * (wrong - 1.0)


def test_memory_is_that_of_arrays() -> None:
    def squares(x: Any) -> Any:
        return np.sum(np.exp(x) * x)

    report = compare(squares, np.ones(10_000), points=1)
    for column in report.columns:
        assert column.kept_bytes is not None and column.kept_bytes >= 80_000
        assert column.peak_bytes is not None and 80_000 < column.peak_bytes < 500_000
