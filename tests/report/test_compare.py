"""The granularity report: its numbers are those of the graphs, its errors the oracle's."""

from __future__ import annotations

import itertools
import json
import math
import re
import time
from pathlib import Path

import numpy as np
import pytest

from symdiff.options import GRANULARITIES
from symdiff.report.compare import compare
from symdiff.report.comparison import remarks, table
from symdiff.report.measure import CLASSES, is_forward, nanoseconds, operations
from symdiff.report.rewrites import PACKAGE, ROWS
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


README = Path(__file__).parents[2] / "symdiff" / "report" / "README.md"


def described(after: str) -> list[str]:
    """The fields that the README names in the first table after a text."""
    lines = iter(README.read_text(encoding="utf-8").split(after)[1].strip().splitlines())
    rows = [line for line in itertools.takewhile(bool, itertools.dropwhile(
        lambda x: not x.startswith("| field"), lines))][2:]  # fmt: skip
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_json_is_what_the_readme_says() -> None:
    report = compare(programs.neuron, *NEURON, points=2)
    data = json.loads(report.to_json(), parse_constant=pytest.fail)
    assert sorted(data) == sorted(described("## `symdiff compare --json`"))
    column = data["columns"][3]
    assert sorted(column) == sorted(described("Each column:"))
    text = README.read_text(encoding="utf-8")
    (rewrite,) = column["rewrites"]
    parts = {*column["counts"], *column["core"], *rewrite, *column["gates"][0]}
    assert all(f"`{name}`" in text for name in parts)


def test_json_holds_small_arrays_and_says_the_shape_of_large_ones() -> None:
    def norm(x: np.ndarray, y: np.ndarray) -> float:
        return np.sum(x * x) + np.sum(y)

    report = compare(norm, np.ones((2, 2)), np.ones(2000), points=1)
    point = json.loads(report.to_json())["point"]
    assert point == {"x": [[1.0, 1.0], [1.0, 1.0]], "y": {"shape": [2000], "dtype": "float64"}}


def test_why_says_before_after_gain_and_proof() -> None:
    report = compare(programs.neuron, *NEURON, points=2)
    assert report.column("fine").rewrites == ()
    (found,) = report.column("auto").rewrites
    assert (found.gate, found.before) == ("sigmoid", "1 / (1 + math.exp(-z))")
    assert found.after == "sigmoid(z)" and "where t = exp(" in found.value
    assert found.partials == ("sigmoid(z)*sigmoid(-z)",)
    assert "no OverflowError" in found.gain and "operations are" in found.gain
    assert "normal form" in found.proof and found.found == ROWS
    text = str(report)
    for part in ("before: 1 / (1", "after:  sigmoid(z)", "gain:", "proof:  normal form"):
        assert part in text


def test_a_gate_of_the_library_says_how_it_was_proved() -> None:
    def half(x: float) -> float:
        return math.tanh(x) + 1

    (found,) = compare(half, 0.3, points=2).column("auto").rewrites
    assert (found.gate, found.found) == ("one_plus_tanh", PACKAGE)
    assert found.proof.startswith("normal form")


def test_core_and_tails_add_up() -> None:
    for column in compare(programs.neuron, *NEURON, points=12).columns:
        assert column.core.points + column.tails.points == column.points == 12
        assert column.core.bad + column.tails.bad == column.bad
        assert column.core.median_ulp <= column.core.max_ulp <= column.error / 2**-52


def test_a_slow_function_is_not_repeated_for_minutes() -> None:
    def slow() -> None:
        time.sleep(0.05)

    start = time.perf_counter()
    (ns,) = nanoseconds([slow], (), {}, most=0.2)
    assert ns >= 5e7 and time.perf_counter() - start < 1.0
