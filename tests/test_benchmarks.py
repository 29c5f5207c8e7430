"""What the benchmarks of digits, operations and discovery have reached is not lost again."""

from __future__ import annotations

import pytest

from symdiff.discovery import budget
from tests.bench import discovery, operations, stability

SHOWN = (
    *("sigmoid", "tanh, by exp", "softsign", "logcosh", "isru", "Michaelis", "sinc"),
    *("Hill, n=4", "gompertz", "cloglog"),
)


@pytest.mark.parametrize("program", stability.PROGRAMS, ids=lambda p: p.name)
def test_the_nine_programs_are_right(program: stability.Program) -> None:
    assert stability.is_right(program)


def test_written_formulas_keep_their_digits() -> None:
    rows = [r for r in stability.ROWS if r.name in SHOWN]
    for row, seen in stability.results(rows):
        assert seen["auto"].passes, (row.name, seen["auto"])
        assert not seen["fine"].passes, f"{row.name} shows nothing"
        assert seen["numpy"].passes or row.name == "tanh, by exp", (row.name, seen["numpy"])


@pytest.mark.slow
def test_of_32_functions_30_pass_in_both_outputs() -> None:
    seen = [found for _, found in stability.results()]
    for column in ("auto", "numpy"):
        assert sum(found[column].passes for found in seen) >= 30, column


MOST = {
    **{"neuron": 15, "logistic_loss": 15, "tanh_by_exponentials": 9, "gelu_tanh": 22},
    **{"gelu_erf": 12, "reprojection": 270, "arm": 19, "black_scholes": 63, "pendulum": 78},
}


@pytest.mark.parametrize("row", operations.ROWS, ids=lambda r: r.name)
def test_operations_of_value_and_jacobian(row: operations.Row) -> None:
    most = MOST.get(row.f.__name__)
    if most is None:  # stable forms cost more than those that overflow
        assert operations.counted(row, "fine") <= row.peers
    else:
        assert operations.counted(row, "auto") <= most
    if row.f is operations.black_scholes:
        assert operations.counted(row, "whole") <= 49


SHORT = (
    *("tanh by exps", "BCE of a logit", "tangent", "logit"),
    *("Michaelis-Menten", "gaussian NLL", "length of three", "gelu, erf"),  # of several parts
)


@pytest.mark.parametrize("name", SHORT)
def test_the_best_known_cost_is_found(name: str) -> None:
    (problem,) = [p for p in discovery.PROBLEMS if p.name == name]
    rules, least, _ = discovery.found(problem)
    assert least <= problem.known + 0.05 < rules


@pytest.mark.slow
def test_the_best_known_cost_is_found_for_36_of_39(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "pace", 1.0)  # in the time that users give
    assert len(discovery.PROBLEMS) == 39
    seen = [(p.known, *discovery.found(p)) for p in discovery.PROBLEMS]
    assert sum(least <= known + 0.05 for known, _, least, _ in seen) >= 36
    assert max(seconds for *_, seconds in seen) < 1.5
