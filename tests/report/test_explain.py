"""``explain`` says what is active, what is not and why, and what the tapes hold."""

from __future__ import annotations

from symdiff.report.explain import explain
from tests.report import programs


def test_arguments_and_reasons() -> None:
    found = explain(programs.kinks)
    first = programs.kinks.__code__.co_firstlineno
    assert found.arguments == (
        "x: active",
        f"y: inactive, it reaches the result only through floor (line {first + 2}): "
        "the gradient is exactly 0",
        "mode: inactive, 'a' is part of the signature",
        "unused: inactive, the result does not depend on it: the gradient is exactly 0",
        "G: inactive, read from the function's surroundings at every call",
    )
    assert f"c (line {first + 3}): does not depend on a differentiated argument" in found.inactive
    assert any(
        line.startswith(f"step (line {first + 2}): piecewise constant") for line in found.inactive
    )
    assert any("print" in note for note in found.notes)
    assert f"abs (line {first + 4}): abs'(0) = 0" in found.notes


def test_tapes_of_a_loop() -> None:
    found = explain(programs.recurrence)
    assert found.arguments == ("x: active", "n: inactive, an int has no derivative")
    (tape,) = found.tapes
    first = programs.recurrence.__code__.co_firstlineno
    assert f"of the for loop (line {first + 2})" in tape
    assert "one float per iteration" in tape


def test_no_tape_where_it_is_computed_again() -> None:
    found = explain(programs.loops, [1.0], 0.5)
    assert found.tapes == ()
    assert any(line.startswith("a*x") for line in found.recomputed)


def test_gates_and_text() -> None:
    found = explain(programs.neuron)
    line = programs.neuron.__code__.co_firstlineno + 2
    assert found.gates == (f"sigmoid, line {line}",)
    assert f"recognised gates\n  sigmoid, line {line}" in str(found)


def pair(x, n: int):
    return [x, x * n]


def test_structured_results_are_explained_too() -> None:
    assert explain(pair).arguments == ("x: active", "n: inactive, an int has no derivative")
