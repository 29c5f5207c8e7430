"""Costs that are measured, kept as data, and used by ``auto`` alone."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from symdiff.cli import main
from symdiff.errors import SymdiffWarning
from symdiff.folder import VARIABLE
from symdiff.library.entries import Entry
from symdiff.library.shelf import PACKAGE, books
from symdiff.ops import calibrated
from symdiff.ops.calibrated import LEAST, Machine, file, from_data, machine, to_data
from symdiff.ops.cost import SHIPPED, Costs, graph_cost
from symdiff.passes.cover import gain
from symdiff.report import calibrate
from symdiff.report.subject import subject_of_call

ENTRIES = {e.name: e for book in books(PACKAGE) if (e := book.opened()) is not None}
RIGHT = {
    "version": 1, "floats": {"mul": 7.0}, "arrays": {"mul": 0.5}, "gates": {},
    "more": {"others": 1.0, "tape": 30.0, "entry": 8.0, "read": 5.0},
}  # fmt: skip


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def here() -> Machine:
    return calibrate.measured(rounds=2)


def keep(data: Any) -> None:
    file().write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


# -- measuring -------------------------------------------------------------------------------------


def test_operations_are_measured(here: Machine) -> None:
    floats, arrays = here.costs.rows, here.arrays
    assert {"add", "mul", "div", "exp", "log", "tanh", "erf", "lt", "if", "hypot"} <= set(floats)
    assert {"add", "mul", "div", "exp", "log", "tanh", "lt", "if"} <= set(arrays)
    assert not {"concat", "getitem", "held", "sum_list"} & set(floats), "no operations on floats"
    assert floats["pow"] > floats["mul"] and arrays["tanh"] > arrays["mul"] > LEAST
    assert 0.05 < here.costs.others < 50 and here.costs.tape > LEAST and here.costs.read > LEAST


def test_what_is_measured_survives_the_file(here: Machine) -> None:
    assert from_data(json.loads(json.dumps(to_data(here)))) == here


def test_the_gates_are_compared_as_when_they_were_made(here: Machine) -> None:
    """By the shipped costs the graphs that are compared cost what the library says."""
    for entry in list(ENTRIES.values())[::6]:
        found = {k: round(graph_cost(g), 1) for k, g in calibrate.levels_of(entry).items()}
        assert found == {k: m.cost for k, m in entry.measures.items()}, entry.name
        floats, arrays = here.gates[entry.digest]
        assert floats.keys() == arrays.keys() == entry.measures.keys()


# -- the file --------------------------------------------------------------------------------------


def test_without_a_file_the_rows_say_what_things_cost(cache: Path) -> None:
    assert machine() == Machine() and machine().costs is SHIPPED


def test_a_file_is_read_when_it_changes(cache: Path) -> None:
    keep(RIGHT)
    assert machine().costs.rows == {"mul": 7.0}
    keep({**RIGHT, "floats": {"mul": 8.5}})
    os.utime(file(), (1e9, 1e9))
    assert machine().costs.rows == {"mul": 8.5}
    file().unlink()
    assert machine().costs is SHIPPED


@pytest.mark.parametrize(
    "damaged",
    [
        json.dumps(RIGHT)[:-9],
        "[1, 2]",
        "\x00",
        "[" * 100_000,
        " " * calibrated.LARGEST + json.dumps(RIGHT),
        {**RIGHT, "version": 2},
        {**RIGHT, "floats": {"mul": "7"}},
        {**RIGHT, "floats": {"mul": -7.0}},
        {**RIGHT, "floats": {"mul": math.nan}},
        {**RIGHT, "floats": {"mul": math.inf}},
        {**RIGHT, "floats": {"mul": True}},
        {**RIGHT, "arrays": [0.5]},
        {**RIGHT, "more": {"tape": 30.0}},
        {**RIGHT, "gates": {"digest": [{"fine": 1.0}, {}]}},
        {**RIGHT, "gates": {"digest": {"gate": 1.0}}},
        {k: v for k, v in RIGHT.items() if k != "gates"},
    ],
    ids=lambda x: str(x)[:40],
)
def test_a_damaged_file_is_ignored_with_a_warning(cache: Path, damaged: Any) -> None:
    plain = derivative(looped, "auto")
    keep(damaged)
    with pytest.warns(SymdiffWarning, match="hint: remove it, or let symdiff calibrate"):
        assert derivative(looped, "auto") == plain
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert derivative(looped, "auto") == plain  # once is enough


# -- the choice ------------------------------------------------------------------------------------


def looped(x: float, n: int) -> float:
    y = x
    for k in range(n):
        w = math.exp(math.sin(x * k))
        y = y * y * w
    return y


def shape(x: float, n: int) -> float:
    return n * (1 / math.sqrt(1 - x * x))


def derivative(f: Callable[..., Any], granularity: str) -> str:
    return subject_of_call(f, (0.5, 3), {}, None)[0].compile("grad", granularity).text


def test_where_tapes_are_dear_auto_computes_again(cache: Path) -> None:
    fine, auto = (derivative(looped, level) for level in ("fine", "auto"))
    assert fine.count("math.exp") == auto.count("math.exp") == 1
    keep({**RIGHT, "more": {**RIGHT["more"], "entry": 5000.0}})  # type: ignore[dict-item]
    assert derivative(looped, "auto").count("math.exp") == 2
    assert derivative(looped, "fine") == fine


def costs(entry: Entry, gate: float) -> dict[str, float]:
    return {**dict.fromkeys(entry.measures, 50.0), "gate": gate}


def test_a_gate_that_is_slower_here_is_not_taken(cache: Path) -> None:
    entry = ENTRIES["lorentz_factor"]
    assert entry.gain == gain(entry) == gain(entry, True) == "operations"
    assert "Recognised: lorentz_factor" in derivative(shape, "auto")
    keep({**RIGHT, "gates": {entry.digest: [costs(entry, 60.0), costs(entry, 30.0)]}})
    assert gain(entry) == "" and gain(entry, True) == "operations"
    assert "Recognised: lorentz_factor" not in derivative(shape, "auto")
    keep({**RIGHT, "gates": {entry.digest: [costs(entry, 30.0), {}]}})
    os.utime(file(), (1e9, 1e9))
    assert "Recognised: lorentz_factor" in derivative(shape, "auto")


def test_digits_are_no_matter_of_cost(cache: Path) -> None:
    entry = next(e for e in ENTRIES.values() if e.gain == "digits")
    keep({**RIGHT, "gates": {entry.digest: [costs(entry, 500.0)] * 2}})
    assert gain(entry) == gain(entry, True) == "digits"


def test_operations_that_are_not_measured_are_as_slow_as_the_others() -> None:
    (entry, *_) = ENTRIES.values()
    graph = calibrate.levels_of(entry)["gate"]
    assert graph_cost(graph, Costs({}, 2.0)) == 2 * graph_cost(graph)
    assert graph_cost(graph, Costs({"mul": 7.0, "add": 7.0, "sub": 7.0})) == graph_cost(graph)


# -- the command -----------------------------------------------------------------------------------


def test_the_command(cache: Path, here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "measured", lambda rounds: here)
    result = CliRunner().invoke(main, ["calibrate"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("operation  shipped ns") and f"{file()}" in result.stderr
    assert machine() == here
    monkeypatch.setenv(VARIABLE, str(file() / "below"))
    result = CliRunner().invoke(main, ["calibrate"])
    assert result.exit_code == 1 and "hint: set SYMDIFF_CACHE" in result.stderr
