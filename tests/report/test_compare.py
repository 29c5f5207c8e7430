"""The granularity report: its numbers are those of the graphs, its errors the oracle's."""

from __future__ import annotations

import json

import pytest

from symdiff.options import GRANULARITIES
from symdiff.report.compare import compare, remarks, table
from symdiff.report.measure import CLASSES, is_forward, operations
from symdiff.report.subject import subject_of_call
from tests.report import programs

NEURON = (2.0, -1.0, -3.0, -2.0, -3.0)


def test_neuron_counts() -> None:
    report = compare(programs.neuron, *NEURON, points=8)
    fine, fused = report.column("fine").counts, report.column("fused").counts
    assert (fine.gates, fine.edges) == (8, 12)  # 4 for the sum, then neg, exp, add, div
    assert (fused.gates, fused.edges) == (5, 9)
    assert fused.shapes < fine.shapes
    assert fine.forward["transcendental"] == fused.forward["transcendental"] == 1
    assert fine.tapes == 0 and fine.saved > 0


def test_counts_are_the_graphs() -> None:
    subject, _ = subject_of_call(programs.neuron, NEURON)
    report = compare(programs.neuron, *NEURON, points=1)
    for column in report.columns:
        stages = subject.compile("value_and_grad", column.granularity).stages
        stmts = list(operations(stages["inplace"]))
        assert sum(column.counts.forward.values()) == sum(map(is_forward, stmts))
        assert sum(column.counts.backward.values()) == len(stmts) - sum(map(is_forward, stmts))
        assert list(column.counts.forward) == list(CLASSES)


def test_gates_are_named_with_their_lines() -> None:
    report = compare(programs.neuron, *NEURON, points=1)
    first = programs.neuron.__code__.co_firstlineno
    assert report.column("fine").gates == ()
    assert [(g.name, g.line) for g in report.column("auto").gates] == [("sigmoid", first + 2)]
    assert f"gate sigmoid, line {first + 2}" in remarks(report)


def test_fine_is_shown_to_fail_where_fused_does_not() -> None:
    report = compare(programs.neuron, *NEURON, points=24)
    assert report.column("fine").bad > 0  # an OverflowError in exp(-z)
    for name in ("fused", "auto"):
        assert report.column(name).bad == 0
        assert report.column(name).error < 1e-11


def test_a_lost_derivative_shows_as_an_error() -> None:
    report = compare(programs.tanh_ratio, 50.0, points=4)
    assert report.column("fine").error > 0.1
    assert report.column("fused").error < 1e-14
    assert any(line.startswith("worst of fine: d/dx at x=") for line in remarks(report))


def test_tapes_are_counted() -> None:
    report = compare(programs.recurrence, 0.3, 4, points=2)
    assert report.column("fine").counts.tapes == 1


def test_times_and_ratios() -> None:
    report = compare(programs.neuron, *NEURON, points=1)
    for column in report.columns:
        assert column.ns > 0
        assert column.ratio == pytest.approx(column.ns / report.primal_ns)


def test_text_and_json() -> None:
    report = compare(programs.neuron, *NEURON, points=2)
    text = str(report)
    assert text.splitlines()[1].split() == list(GRANULARITIES)
    assert dict(table(report))["gates"] == ["8", "5", "5", "5"]
    data = json.loads(report.to_json())
    assert data["columns"][0]["counts"]["gates"] == 8
    assert data["point"] == dict(zip(("w0", "x0", "w1", "x1", "w2"), NEURON, strict=True))
    assert "def neuron_value_and_grad" in data["columns"][2]["source"]
