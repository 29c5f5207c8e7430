"""What is proved to be 0 or there already is not computed again; what is only nearly so, is."""

from __future__ import annotations

import math

import pytest

import symdiff
from symdiff.discovery.numbering import numbered
from symdiff.ir.interp import run
from symdiff.library.entries import computing
from tests.bench.operations import ROWS, black_scholes, counted


def outputs(text: str, params: str = "x y") -> list[str]:
    graph = numbered(computing(params.split(), {}, text.split("; ")))
    return [s.op.name for s in graph.body.stmts if s.op.name != "const"]


def test_the_densities_of_black_and_scholes_are_one() -> None:
    """Half of the sensitivities cancel, which nobody has told it."""
    (row,) = (r for r in ROWS if r.name == "Black-Scholes")
    assert counted(row, "whole") <= 49 < counted(row, "auto")
    point = (100.0, 95.0, 0.03, 0.2, 1.5)
    whole = symdiff.value_and_grad(black_scholes, (0, 1, 2, 3, 4), granularity="whole")
    fine = symdiff.value_and_grad(black_scholes, (0, 1, 2, 3, 4), granularity="fine")
    (value, greeks), (wanted, exact) = whole(*point), fine(*point)
    assert value == pytest.approx(wanted, rel=1e-13)
    assert greeks == pytest.approx(exact, rel=1e-11)
    with pytest.raises(ValueError):
        whole(-100.0, 95.0, 0.03, 0.2, 1.5)


def test_a_difference_that_is_zero_goes_and_what_reads_it() -> None:
    assert outputs("exp(x)*exp(y) - exp(x + y); (exp(x)*exp(y) - exp(x + y))*sin(y)") == []
    assert "sin" not in outputs("x + sin(y)*(log(exp(y)*2) - log(2*exp(y)))")


def test_a_value_that_is_there_is_not_computed_again() -> None:
    assert outputs("1 - y*x; (1 - x*x*y*y)/(1 + x*y)").count("div") == 0
    assert outputs("sin(2*x); 2*sin(x)*cos(x)").count("cos") == 0


@pytest.mark.parametrize(
    "text",
    [
        "sin(1e-9*x); 1e-9*x*cos(1e-9*x)*y/y",
        "x; sin(1e-13*x)/1e-13",
        "exp(x); exp(x)*(1 + 1e-13)",
        "x; log(1 + exp(40 + x)) - 40",
        "x; sqrt(x*x)",  # true of the points that are met, not of all
        "y - sqrt(y*y)",
    ],
)
def test_what_only_looks_equal_is_computed(text: str) -> None:
    plain = computing(["x", "y"], {}, text.split("; "))
    made = numbered(plain)
    for point in ((0.7, 0.4), (-0.7, -0.4), (3.0, 5.0)):
        assert run(made, *point) == run(plain, *point)


def test_what_overflows_takes_no_place() -> None:
    """Equal as functions, and no number where the other one is."""
    text = "exp(x)/(1 + exp(x)) + y; sin(y)*(1/(1 + exp(-x)))"
    made = numbered(computing(["x", "y"], {}, text.split("; ")))
    assert run(made, 700.0, 0.5)[1] == pytest.approx(math.sin(0.5))
