"""Partials that are searched together, and what a branch at a pole leaves to prove."""

from __future__ import annotations

import math

import pytest

from symdiff.discovery.candidates import shorter
from symdiff.discovery.proof import equal
from symdiff.discovery.rules import by_rules
from symdiff.discovery.synthesis import Search, Term, search
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.library.entries import form_graph

COSTS = {"add": 7.0, "sub": 7.0, "mul": 7.0, "div": 9.0, "neg": 6.0}


def partials(form: str, params: str, count: int) -> Graph:
    graph = form_graph(form, params.split())
    made = shorter(graph, lambda g, k: (0.0,), range(count))
    assert made is not None
    rules = by_rules(graph, range(count))
    for point in ((0.7, 0.4, 1.3), (-0.6, 2.5, 0.2)):
        at = point[: len(made.inputs)]
        assert run(made, *at) == pytest.approx(run(rules, *at), rel=1e-13)
    return made


def operations(graph: Graph) -> list[str]:
    return [s.op.name for s in graph.body.stmts if s.op.name != "const"]


def test_partials_share_what_they_are_made_of() -> None:
    """-(y - m)/v and (0.5 - q)/v, where q is a part of the value."""
    made = operations(partials("0.5*log(v) + 0.5*(y - m)*(y - m)/v", "m v y", 2))
    forward = ["log", "mul", "sub", "mul", "mul", "div", "add"]
    assert made[: len(forward)] == forward
    assert sorted(made[len(forward) :]) == ["div", "div", "neg", "sub"]


def test_a_derivative_with_a_branch_at_its_pole_is_proved_beside_it() -> None:
    made = operations(partials("sqrt(x*x + y*y + z*z)", "x y z", 3))
    assert made.count("div") == 3 and "if" not in made and made[-1] == "div"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("1/x if x != 0 else inf", "2/x"),
        ("1/x if x > 1 else 2/x", "1/x"),  # a branch that has a value counts
        ("y if x != 0 else y/inf", "y"),  # 0, which is a number
        ("y/x if x != 0 else (1 if y > 0 else inf)", "y/x"),
    ],
)
def test_a_pole_hides_no_other_branch(wanted: str, found: str) -> None:
    assert not equal([wanted], [found], ["x", "y"])
    assert equal(["1/x if x != 0 else 2*inf"], ["1/x"], ["x", "y"])


def test_a_search_is_made_for_several_targets_and_keeps_to_its_limit() -> None:
    leaves = [(2.0, 3.0, 5.0), (0.5, 0.25, 0.1)]
    engine = Search(leaves, COSTS, 16.0)
    product = [x * y for x, y in zip(*leaves, strict=True)]
    (best, *_) = engine.find(product, 16.0, math.inf)
    assert best.term == Term("mul", (Term("leaf", (0,)), Term("leaf", (1,)))) and best.cost == 7.0
    (best, *_) = engine.find([-x for x in product], 16.0, math.inf)
    assert best.cost == 13.0
    assert (
        engine.find([x + y * (x + y) for x, y in zip(*leaves, strict=True)], 16.0, math.inf) == []
    )


def test_a_leaf_with_a_price_is_taken_where_it_pays() -> None:
    leaves = [(2.0, 3.0, 5.0), (4.0, 9.0, 25.0)]
    dear, cheap = (
        Search(leaves, COSTS, 40.0, (0.0, price)).find((8.0, 27.0, 125.0), 40.0, math.inf)[0]
        for price in (30.0, 1.0)
    )
    assert dear.cost == 14.0 and cheap.cost == 8.0
    assert search(leaves, (8.0, 27.0, 125.0), COSTS, 40.0)[0].cost == 7.0
