"""Gradients and second derivatives of hand-built graphs, run by the reference interpreter,
against differences.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from symdiff.autodiff import matrices, transform
from symdiff.autodiff.residual import CHEAP, NO_RECOMPUTE, WHOLE_ITERATION
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.ir.verify import verify
from symdiff.passes.dce import dce

from .graphs import CASES

BUDGETS = (NO_RECOMPUTE, CHEAP, WHOLE_ITERATION)


def flat(data: Any) -> list[float]:
    if isinstance(data, (list, tuple)):
        return [x for d in data for x in flat(d)]
    return [data]


def unflat(like: Any, values: list[float]) -> Any:
    if isinstance(like, list):
        return [unflat(e, values) for e in like]
    return values.pop(0)


def differences(f: Callable[..., float], args: tuple[Any, ...], h: float = 1e-5) -> list[float]:
    base = flat(args)
    grads = []
    for k in range(len(base)):
        ends = []
        for sign in (1, -1):
            moved = list(base)
            moved[k] += sign * h
            ends.append(f(*(unflat(a, moved) for a in copy.deepcopy(args))))
        grads.append((ends[0] - ends[1]) / (2 * h))
    return grads


def everything(graph: Graph, single: bool = False) -> transform.Wrt:
    return transform.locate(graph, [(k,) for k in range(len(graph.params))], single)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize(("make", "args"), CASES)
def test_gradient(make: Callable[[], Graph], args: tuple[Any, ...], budget: float) -> None:
    primal = make()
    verify(primal)
    derived = transform.gradient(primal, everything(primal), budget)
    verify(derived.graph, "reverse")
    clean = dce(derived.graph, derived.checks)
    verify(clean, "dce")
    expected = differences(lambda *a: run(primal, *a)[0], args)
    assert flat(run(derived.graph, *args)) == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert flat(run(clean, *args)) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize(("make", "args"), CASES)
def test_hessian(make: Callable[[], Graph], args: tuple[Any, ...], budget: float) -> None:
    primal = make()
    wrt = everything(primal)
    first = transform.gradient(primal, wrt, budget)
    gradient = dce(first.graph, first.checks)
    derived = matrices.hessian(gradient, wrt)
    verify(derived.graph, "hessian")
    clean = dce(derived.graph)
    verify(clean, "dce")
    rows = [
        differences(lambda *a, k=k: flat(run(gradient, *a))[k], args)
        for k in range(len(flat(args)))
    ]
    got = run(clean, *args)
    table = hessian_rows(got, args)
    for row, expected in zip(table, rows, strict=True):
        assert row == pytest.approx(expected, rel=1e-4, abs=1e-6)


def hessian_rows(outputs: list[Any], args: tuple[Any, ...]) -> list[list[float]]:
    """One dense matrix: a number has one output per argument, a list one row per element."""
    rows = []
    given = iter(outputs)
    for arg in args:
        if isinstance(arg, list):
            rows += [flat(row) for row in next(given)]
        else:
            rows.append(flat([next(given) for _ in args]))
    return rows


@pytest.mark.parametrize(("make", "args"), CASES)
def test_gradient_of_gradient(make: Callable[[], Graph], args: tuple[Any, ...]) -> None:
    """Reverse over reverse agrees with forward over reverse."""
    primal = make()
    wrt = everything(primal)
    first = transform.gradient(primal, transform.locate(primal, [(0,)], True))
    gradient = dce(first.graph, first.checks)
    second = transform.gradient(gradient, wrt)
    verify(second.graph, "reverse over reverse")
    clean = dce(second.graph, second.checks)
    verify(clean, "dce")
    expected = differences(lambda *a: run(gradient, *a)[0], args)
    assert flat(run(clean, *args)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("make", "args"), CASES)
def test_pullback_and_tangent_agree(make: Callable[[], Graph], args: tuple[Any, ...]) -> None:
    primal = make()
    wrt = everything(primal)
    pulled = dce(transform.vjp(primal, wrt).graph)
    pushed = dce(transform.jvp(primal, wrt).graph)
    _, *grads = run(pulled, *args, 2.0)
    direction = [0.5 + 0.25 * k for k in range(len(flat(args)))]
    _, dot = run(pushed, *args, *(unflat(a, list_part) for a, list_part in _parts(args, direction)))
    assert 2.0 * dot == pytest.approx(
        sum(g * d for g, d in zip(flat(grads), direction, strict=True)), rel=1e-9
    )


def _parts(args: tuple[Any, ...], values: list[float]) -> list[tuple[Any, list[float]]]:
    rest = list(values)
    parts = []
    for arg in args:
        size = len(flat(arg))
        parts.append((arg, rest[:size]))
        rest = rest[size:]
    return parts
