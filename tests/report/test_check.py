"""The gradient check passes what is right, names what is wrong, admits what it does not know."""

from __future__ import annotations

import math

import pytest

from symdiff.report.check import NoPoint, check, compare_gradient
from symdiff.report.differences import differences
from symdiff.report.subject import subject, subject_of_call
from tests.report import programs


def by_hand(w0, x0, w1, x1, w2):
    a = programs.neuron(w0, x0, w1, x1, w2)
    dz = a * (1 - a)
    return dz * x0, dz * w0, dz * x1, -dz * w1, dz  # the sign of the fourth is wrong


def test_a_wrong_hand_written_derivative_is_named() -> None:
    found = compare_gradient(programs.neuron, by_hand, (2.0, -1.0, -3.0, -2.0, -3.0))
    assert not found.passed
    assert [r.argument for r in found.wrong] == ["x1"]
    assert found.verdict == "wrong: d/dx1"
    (row,) = found.wrong
    assert (
        f"d/dx1: {row.found!r}, reference -0.5898357997244456 (enclosed), 0.0 digits WRONG"
        in str(found)
    )


def test_a_right_one_passes() -> None:
    found = compare_gradient(programs.dotted, lambda ws, xs: (xs, ws), ([1.0, 2.0], [3.0, 4.0]))
    assert found.passed
    assert [r.argument for p in found.points for r in p.rows] == [
        "ws[0]",
        "ws[1]",
        "xs[0]",
        "xs[1]",
    ]
    assert all(r.digits == 16.0 for p in found.points for r in p.rows)


def test_a_wrong_element_of_a_list_is_named() -> None:
    found = compare_gradient(
        programs.dotted, lambda ws, xs: [xs[0], xs[0]], ([1.0, 2.0], [3.0, 4.0]), argnums=0
    )
    assert [r.argument for r in found.wrong] == ["ws[1]"]


def test_nan_and_exceptions_fail() -> None:
    assert not compare_gradient(programs.logarithm, lambda x: math.nan, (2.0,)).passed
    found = compare_gradient(programs.logarithm, lambda x: 1 / (x - x), (2.0,))
    assert not found.passed
    assert "ZeroDivisionError" in found.points[0].rows[0].note


def test_a_wrong_number_of_partials_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 partials for 2 differentiated numbers"):
        compare_gradient(programs.dotted, lambda ws, xs: xs, ([1.0, 2.0], [3.0]), argnums=0)


def test_a_builtin_is_checked_by_differences() -> None:
    found = compare_gradient(math.hypot, lambda x, y: (0.6, 0.9), (3.0, 4.0))
    assert [r.argument for r in found.wrong] == ["args[1]"]
    assert found.points[0].rows[0].how == "differences"


def test_points_are_drawn_from_the_domain_and_always_the_same() -> None:
    first, second = (check(subject(programs.logarithm)) for _ in range(2))
    assert first.passed and len(first.points) == 3
    assert [p.point for p in first.points] == [p.point for p in second.points]


def hopeless(x):
    return math.log(-1.0 - x * x)


def test_no_point_is_said() -> None:
    with pytest.raises(NoPoint, match=r"no point of the domain of hopeless.*math domain error"):
        check(subject(hopeless))


def test_a_point_outside_the_domain_is_said() -> None:
    made, values = subject_of_call(programs.logarithm, (1.0,))
    with pytest.raises(NoPoint, match=r"logarithm has no value at x=1.0"):
        check(made, values)


def test_kinks_take_the_convention() -> None:
    made, values = subject_of_call(programs.kinks, (0.0, 0.3))
    found = check(made, values)
    assert found.passed
    assert found.points[0].rows[0].note == "a kink: one-sided derivatives differ"


def test_differences_know_their_error() -> None:
    slope = differences(lambda t: math.exp(1.0 + t))
    assert slope.smooth
    assert slope.value == pytest.approx(math.e, rel=1e-9)
    assert differences(lambda t: abs(t)).kink
    # a staircase: slope 1 over wide steps, 0 in truth
    assert not differences(lambda t: math.floor(1e5 * t + 0.5) / 1e5).smooth
