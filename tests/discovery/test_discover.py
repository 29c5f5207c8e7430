"""What is found, on functions whose short derivative is known by hand and named nowhere."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import pytest

from symdiff.autodiff import activity
from symdiff.discovery.regions import regions
from symdiff.report.accuracy import Accuracy
from symdiff.report.discover import Discovery, Form, discover
from symdiff.report.subject import subject


def bce(w: float, x: float, t: float) -> float:
    p = 1 / (1 + math.exp(-w * x))
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def tanh_by_exponentials(x: float) -> float:
    return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))


def tangent(x: float) -> float:
    return math.sin(x) / math.cos(x)


def logcosh(x: float) -> float:
    return math.log(0.5 * (math.exp(x) + math.exp(-x)))


def log_sigmoid(x: float) -> float:
    return math.log(1 / (1 + math.exp(-x)))


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def neuron(w: float, x: float, b: float) -> float:
    z = w * x + b
    return 1 / (1 + math.exp(-z))


def shared(x: float, y: float) -> float:
    inner = math.exp(x * 2.0)
    return math.sin(inner) * y + inner


def in_a_loop(x: float, n: int) -> float:
    for _ in range(n):
        x = math.sin(x) / math.cos(x)
    return x


def only(f: Callable[..., Any], *wrt: str) -> Discovery:
    (found,) = discover(subject(f, wrt=wrt or None))
    return found


@pytest.mark.parametrize(
    ("f", "wrt", "most", "body"),
    [
        (bce, ("w",), 16.0, ""),
        (tanh_by_exponentials, (), 16.0, "t2*t2"),  # (2/t1)**2: 1 - y*y has no digit in the tails
        (tangent, (), 14.0, "1.0 + t*t"),
        (logcosh, (), 16.0, ""),
        (log_sigmoid, (), 7.0, ""),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_the_short_derivative_is_found(
    f: Callable[..., Any], wrt: tuple[str, ...], most: float, body: str
) -> None:
    rules, found, *_ = only(f, *wrt).forms
    assert found.cost <= most < rules.cost
    assert body in found.source


def test_a_found_derivative_computes_the_same() -> None:
    space: dict[str, Any] = {}
    exec(only(bce, "w").forms[1].source, space)
    w, x, t = 0.7, -1.2, 0.25
    p = 1 / (1 + math.exp(-w * x))
    assert space["gate"](w, x, t)[1] == pytest.approx((p - t) * x, rel=1e-14)


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


@pytest.mark.parametrize(
    ("f", "at", "value", "slope"),
    [
        (tanh_by_exponentials, 800.0, 1.0, 0.0),
        (tanh_by_exponentials, -1e-9, -1e-9, 1.0),
        (tanh_by_exponentials, 20.0, 1.0, 1.6993417021166355e-17),
        (softplus, 1000.0, 1000.0, 1.0),
        (softplus, -800.0, 0.0, 0.0),
        (logcosh, 1000.0, 1000.0 - math.log(2.0), 1.0),
        (logcosh, -1e-9, None, -1e-9),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_the_stable_form_is_found_on_each_half_line(
    f: Callable[[float], float], at: float, value: float | None, slope: float
) -> None:
    best = best_of(f)
    assert best.title == "by halves" and not best.seen.bad and best.seen.worst < 2e-15
    found = best.gate(at)
    assert found[1] == pytest.approx(slope, rel=1e-14, abs=1e-300)
    assert value is None or found[0] == pytest.approx(value, rel=1e-14)


@functools.cache
def best_of(f: Callable[[float], float]) -> Form:
    return only(f).best


def test_the_stable_form_of_a_cross_entropy() -> None:
    best = only(bce_of_logit, "x").best
    assert best.title == "by halves" and best.gate(-1000.0, 1.0) == (1000.0, -1.0)


def bce_of_logit(x: float, t: float) -> float:
    p = 1 / (1 + math.exp(-x))
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def test_a_form_that_loses_digits_is_not_better() -> None:
    def form(title: str, cost: float, bad: int, worst: float) -> Form:
        return Form(title, cost, Accuracy(32, bad, worst), "", print)

    rules = form("by rules", 60.0, 0, 3e-16)
    assert Discovery(1, 2, "x", [rules, form("found", 14.0, 0, 1.0)]).best is rules
    assert Discovery(1, 2, "x", [rules, form("found", 14.0, 1, 1e-16)]).best is rules
    close = form("found", 14.0, 0, 6e-16)
    assert Discovery(1, 2, "x", [rules, close]).best is close


def test_nothing_shorter_is_no_form() -> None:
    assert [form.title for form in only(neuron).forms] == ["by rules"]


def spans(f: Callable[..., Any]) -> list[tuple[str, int]]:
    made = subject(f)
    primal = made.primal()
    active = activity.varied(primal, [primal.inputs[k] for k in made.input_positions()])
    return [(r.entry.hint, len(r.stmts)) for r in regions(primal, active)]


def test_a_region_has_one_active_input_and_nothing_inside_is_read_outside() -> None:
    assert spans(neuron) == [("z", 4)]
    # exp(2x) is read twice: the part up to it is a region of its own
    assert ("x", 2) in spans(shared)
    assert all(entry != "y" for entry, _ in spans(shared))


def test_the_body_of_a_loop_has_regions() -> None:
    (found,) = discover(subject(in_a_loop))
    assert found.line == in_a_loop.__code__.co_firstlineno + 2
    assert found.forms[-1].cost == 14.0


def test_the_command(tmp_path: Any, capsys: Any) -> None:
    from click.testing import CliRunner

    from symdiff.cli import main

    path = tmp_path / "model.py"
    path.write_text("import math\n\ndef f(x):\n    return math.sin(x)/math.cos(x)\n")
    result = CliRunner().invoke(main, ["discover", f"{path}:f"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("line 4: 3 operations of x\n")
    assert "found *" in result.output and "return t, 1.0 + t*t" in result.output
