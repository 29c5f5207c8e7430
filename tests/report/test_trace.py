"""The trace: forward values and d out/d node of every node."""

from __future__ import annotations

import math
from typing import Any

import pytest

from symdiff.report.subject import subject_of_call
from symdiff.report.trace import Trace, trace
from tests.report import programs


def traced(f: Any, *args: Any) -> Trace:
    return trace(*subject_of_call(f, args))


def circuit(x, y, z):
    p = x + y
    g = p * z
    return g


def test_the_classic_circuit() -> None:
    found = traced(circuit, 1.0, 3.0, -3.0)
    nodes = {v.hint: n for v, n in found.nodes.items()}
    assert [(nodes[n].value, nodes[n].gradient) for n in "xyzpg"] == [
        (1.0, -3.0), (3.0, -3.0), (-3.0, 4.0), (4.0, -3.0), (-12.0, 1.0),
    ]  # fmt: skip
    first = circuit.__code__.co_firstlineno
    assert str(found) == (
        "inputs:\n"
        "  x = 1, grad -3\n"
        "  y = 3, grad -3\n"
        "  z = -3, grad 4\n"
        "graph circuit(%x: float, %y: float, %z: float):\n"
        f"  %p: float = add(%x, %y)  # L{first + 1}  | 4, grad -3\n"
        f"  %g: float = mul(%p, %z)  # L{first + 2}  | -12, grad 1\n"
        "  return %g\n"
        "  = -12\n"
    )


def test_loops_show_the_last_iteration_and_the_sum() -> None:
    found = traced(programs.recurrence, 0.3, 2)
    s1 = math.tanh(0.6)
    s2 = math.tanh(s1 + 0.3)
    inner = next(n for v, n in found.nodes.items() if v.op == "tanh")
    assert inner.times == 2
    assert inner.value == s2
    assert inner.gradient == pytest.approx(1.0 + (1 - s2 * s2))
    assert "(last of 2)" in str(found) and "(sum)" in str(found)


def test_branches_not_taken_are_said() -> None:
    assert "not reached" in str(traced(programs.loops, [1.0], 0.5))


def grown(x):
    ys = []
    for i in range(3):
        ys.append(x * i)
    return sum(ys)


def early(x):
    for i in range(5):
        x = x * 1.5
        if x > 3.0:
            return x * i
    return -x


@pytest.mark.parametrize("f", [grown, early])
def test_growing_lists_and_unbound_names(f: Any) -> None:
    found = traced(f, 0.5)
    (x,) = (
        n
        for v, n in found.nodes.items()
        if v.stmt is None and v.hint == "x" and v.block.parent is None
    )
    assert found.result == f(0.5)
    assert x.gradient == pytest.approx((f(0.5 + 1e-6) - f(0.5 - 1e-6)) / 2e-6, rel=1e-6)


def pair(x):
    return x, 2 * x


def test_of_several_results_the_weighted_sum_is_differentiated() -> None:
    found = traced(pair, 1.0)
    assert found.result == (1.0, 2.0)
    assert [found.nodes[v].gradient for v in found.graph.inputs] == [1.0 + 2.0 / 2]
    assert [found.nodes[v].gradient for v in found.graph.outputs] == [2.0, 0.5]
