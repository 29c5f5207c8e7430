"""Structural passes keep what a graph computes: interpreter before and after, verifier after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symdiff.autodiff import transform
from symdiff.autodiff.residual import CHEAP, NO_RECOMPUTE
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.ir.verify import verify
from symdiff.ir.walk import statements
from symdiff.passes.branches import merge_branches
from symdiff.passes.dce import dce
from symdiff.passes.facts import decide
from symdiff.passes.hoist import hoist
from symdiff.passes.pack import pack_tapes
from symdiff.passes.rotate import rotate
from symdiff.passes.scale import join_constants
from tests.autodiff.graphs import CASES, branch, nested

PASSES = [dce, decide, hoist, join_constants, merge_branches, pack_tapes, rotate]


def derived(make: Callable[[], Graph], budget: float) -> Graph:
    primal = make()
    wrt = transform.locate(primal, [(k,) for k in range(len(primal.params))], False)
    result = transform.gradient(primal, wrt, budget, value=True)
    return dce(result.graph, result.checks)


@pytest.mark.parametrize("budget", [NO_RECOMPUTE, CHEAP])
@pytest.mark.parametrize("step", PASSES)
@pytest.mark.parametrize(("make", "args"), CASES)
def test_same_numbers(
    make: Callable[[], Graph], args: tuple[Any, ...], step: Callable[[Graph], Graph], budget: float
) -> None:
    before = derived(make, budget)
    after = step(before)
    verify(after, step.__name__)
    assert run(after, *args) == run(before, *args)


def names(graph: Graph) -> list[str]:
    return [s.op.name for s in statements(graph.body)]


def test_forward_and_reverse_branch_become_one() -> None:
    primal = branch()
    wrt = transform.locate(primal, [(0,), (1,)], False)
    result = transform.vjp(primal, wrt)
    before = dce(result.graph)
    assert names(before).count("if") == 2
    after = dce(merge_branches(before))
    assert names(after).count("if") == 1  # what stands between them is in both branches
    assert run(after, 0.7, 1.3, 1.0) == run(before, 0.7, 1.3, 1.0)


def test_one_tape_per_loop() -> None:
    before = derived(nested, NO_RECOMPUTE)
    after = pack_tapes(before)
    verify(after, "pack")
    tapes = [s.attrs["collects"] for s in statements(after.body) if s.op.name == "for"]
    assert max(s.attrs["collects"] for s in statements(before.body) if s.op.name == "for") > 1
    assert max(tapes) == 1
    assert run(after, 0.6, [1.0, 2.5, 0.3, 1.1]) == run(before, 0.6, [1.0, 2.5, 0.3, 1.1])
