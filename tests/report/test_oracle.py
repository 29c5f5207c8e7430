"""The oracle against numbers known by mathematics, and against itself at a higher precision."""

from __future__ import annotations

import linecache
import math
import re
from typing import Any

import mpmath
import pytest

from symdiff.ir.builder import Builder
from symdiff.ir.core import new_graph
from symdiff.ir.opspec import OPS
from symdiff.ir.types import FLOAT
from symdiff.report.enclosures import RULES
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.oracle import ENCLOSED, INFINITE, SPECIAL, Reference, reference
from symdiff.report.subject import subject_of_call
from tests.report import programs


def derivative(f: Any, *args: Any, argnums: Any = None, **more: Any) -> Reference:
    subject, values = subject_of_call(f, args, argnums=argnums)
    inputs = subject.inputs(subject.compile("value_and_grad", "fine"), values)
    return reference(subject.primal(), inputs, subject.input_positions(), **more)


def test_fifty_digits_would_be_wrong_here() -> None:
    # f' = 4/(e^x + e^-x)^2; at 200 50, 100 and 150 digits agree on the same wrong number
    (partial,) = derivative(programs.tanh_ratio, 200.0).partials
    with mpmath.workdps(50):
        true = float(4 / (mpmath.exp(200) + mpmath.exp(-200)) ** 2)
    assert partial.status == ENCLOSED
    assert partial.value == true == 7.660678386856023e-174
    assert partial.size > 1  # the terms that cancel


def test_it_takes_more_bits_where_more_cancels() -> None:
    assert derivative(programs.tanh_ratio, 0.5).bits < derivative(programs.tanh_ratio, 50.0).bits


def test_too_few_bits_are_admitted() -> None:
    (partial,) = derivative(programs.tanh_ratio, 200.0, most=300).partials
    assert partial.status == "unresolved"


def test_an_identically_zero_derivative_resolves_to_zero() -> None:
    (partial,) = derivative(programs.pythagoras, 2.0).partials
    assert (partial.value, partial.status) == (0.0, ENCLOSED)


def test_known_neuron() -> None:
    found = derivative(programs.neuron, 2.0, -1.0, -3.0, -2.0, -3.0)
    assert [round(p.value, 4) for p in found.partials] == [
        -0.1966,
        0.3932,
        -0.3932,
        -0.5898,
        0.1966,
    ]


def test_order_is_that_of_argnums() -> None:
    forward = derivative(programs.neuron, 2.0, -1.0, -3.0, -2.0, -3.0, argnums=(0, 1))
    back = derivative(programs.neuron, 2.0, -1.0, -3.0, -2.0, -3.0, argnums=(1, 0))
    assert [p.value for p in back.partials] == [p.value for p in forward.partials][::-1]


def test_branches_and_loops_follow_the_program() -> None:
    found = derivative(programs.loops, [1.0, 2.0, -3.0], 0.5)
    expected = [0.5 * math.cos(0.5), 0.5 * math.cos(1.0), 6.0, math.cos(0.5) + 2 * math.cos(1.0)]
    assert [p.value for p in found.partials] == pytest.approx(expected, rel=1e-15)


def test_an_endless_loop_is_given_up() -> None:
    with pytest.raises(Unresolved):
        derivative(programs.endless, 0.5)


def test_domain_errors() -> None:
    with pytest.raises(OutOfDomain):
        derivative(programs.logarithm, 1.0)


def root(x):
    return math.sqrt(x)


def even(x, y):
    return max(x, y)


def test_infinite_partial_and_ties() -> None:
    assert derivative(root, 0.0).partials[0].status == INFINITE
    assert [p.value for p in derivative(even, 1.0, 1.0).partials] == [0.5, 0.5]


@pytest.mark.parametrize("name", sorted(set(RULES) - {"held"}))
def test_enclosures_agree_with_the_table(name: str) -> None:
    """The two statements of each derivative, the table's and the oracle's, at one point."""
    spec = OPS[name]
    if name == "fma" and not hasattr(math, "fma"):
        pytest.skip("this Python has no math.fma to spell the test with")
    count = 2 if spec.starred else len(spec.params)
    names = [f"x{k}" for k in range(count)]
    point = []
    for param in spec.params if not spec.starred else ["x", "x"]:
        low, high = spec.domain.get(param, (-3.0, 3.0))
        point.append(low + 0.7 * (high - low) + 0.01 * len(point))
    inner = ", ".join(names)
    template = spec.emit["math"].replace("*xs", inner)
    for param, new in zip(spec.params, names, strict=False):
        if not spec.starred:
            template = _renamed(template, param, new)
    space: dict[str, Any] = {}
    text = f"def f({inner}):\n    return {template}\n"
    filename = f"<row {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), {"math": math}, space)
    f = space["f"]
    subject, values = subject_of_call(f, point)
    found = derivative(f, *point)
    gradient = subject.call(subject.compile("grad", "fine").link(), values)
    for mine, theirs in zip(found.partials, gradient if count > 1 else (gradient,), strict=True):
        assert mine.status == ENCLOSED
        assert theirs == pytest.approx(mine.value, rel=1e-12, abs=1e-300)
    assert f(*point) == pytest.approx(found.value, rel=1e-13, abs=1e-300)


def _renamed(template: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w.]){old}(?!\w)", new, template)


def test_every_scalar_row_of_the_language_has_an_enclosure() -> None:
    reachable = [
        s
        for s in OPS
        if s.partials
        and "data" not in s.tags
        and any(not p.startswith(("numpy", "scipy")) for p in s.python)
    ]
    missing = [
        s.name
        for s in reachable
        if s.name not in RULES and s.name not in SPECIAL and s.evaluate is None
    ]
    assert missing == []


def test_an_operation_without_enclosure_is_marked() -> None:
    graph = new_graph("f")
    graph.body.add_param(FLOAT, "x")
    b = Builder(graph)
    graph.body.yields = [b.op("digamma", graph.inputs[0])]
    (partial,) = reference(graph, [2.5], [0]).partials
    assert partial.status == "not enclosed"
    assert partial.value == pytest.approx(float(mpmath.psi(1, 2.5)), rel=1e-15)
