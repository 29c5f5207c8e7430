"""``explain`` says what is active, what is not and why, and what the tapes hold."""

from __future__ import annotations

import math

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
    first = programs.loops.__code__.co_firstlineno
    assert found.tapes == ()
    assert found.untaped == tuple(
        f"nothing of the {kind} loop (line {first + k})" for kind, k in (("for", 2), ("while", 7))
    )
    assert f"  {found.untaped[0]}\n" in str(found)
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


def test_a_refused_function_is_told_what_to_write_instead() -> None:
    found = explain(guarded)
    first = guarded.__code__.co_firstlineno
    assert str(found).splitlines() == [
        f"guarded (test_explain.py:{first + 1})",
        "refused",
        *(
            f"  line {first + k}: asynchronous code is not supported, because what runs in between "
            "is not known; instead: differentiate a plain function and call it from there"
            for k in (1, 3)
        ),
    ]
    assert explain(math.sin).refused == (
        "sin has no Python source: it is a builtin_function_or_method "
        "hint: wrap it in a function that says what it computes",
    )


def guarded(x, n):
    async def first():
        pass
    async def second():
        pass
    return x * n
