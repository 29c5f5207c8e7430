"""The comparison, the check and the trace take functions of every kind, arrays too."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from symdiff.report.check import check
from symdiff.report.compare import compare
from symdiff.report.drawing import draw
from symdiff.report.judges import DIGITS, FLOATS, Bench
from symdiff.report.subject import subject_of_call
from symdiff.report.trace import trace
from tests.report import kinds
from tests.report.kinds import ARRAYS, SCALAR

KINDS = {**SCALAR, **ARRAYS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_compared(kind: str) -> None:
    f, args, kwargs = KINDS[kind]
    report = compare(f, *args, points=3, **kwargs)
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
    def interpolated(x):
        return np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0]))

    report = compare(interpolated, 1.5, points=1)
    assert set(report.reference) <= {FLOATS, DIGITS, *report.reference}
    assert report.column("auto").error < 1e-6


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
