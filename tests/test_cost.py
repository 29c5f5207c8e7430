"""The cost of a derivative and of making it, by counting and never by the clock."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from symdiff import driver
from symdiff.frontend.capture import capture
from symdiff.ir.core import Graph, Stmt
from symdiff.ir.types import FLOAT, INT, Tree, list_of
from symdiff.ir.walk import statements
from symdiff.options import GRANULARITIES, Options
from tests.corpus import (
    CASES,
    arithmetic,
    branches,
    classics,
    for_loops,
    math_calls,
    networks,
    while_loops,
)

FREE = {"const", "undef", "make_tuple", "tuple_get"}


def compiled(
    f: Callable[..., Any], trees: tuple[Tree, ...], granularity: str = "auto"
) -> driver.Compiled:
    captured = capture(f)
    names = f.__code__.co_varnames[: len(trees)]
    wrt = tuple((k,) for k, tree in enumerate(trees) if tree != INT)
    options = Options("value_and_grad", granularity)
    return driver.compile(
        captured, driver.Request(tuple(zip(names, trees, strict=True)), wrt, False, options)
    )


def size(graph: Graph) -> int:
    return sum(1 for stmt in statements(graph.body) if stmt.op.name not in FREE)


def stage(found: driver.Compiled, last: bool) -> Graph:
    """The primal after simplification, or the derivative as it is emitted."""
    graphs = list(found.stages.values())
    return graphs[-1] if last else found.stages["simplify"]


F = FLOAT
L = list_of(FLOAT)
SUBJECTS = [
    (networks.neuron, (F, F, F, F, F)),
    (arithmetic.deep_expression, (F, F)),
    (arithmetic.long_chain, (F,)),
    (branches.nested_ifs, (F, F)),
    (branches.several_returns, (F, F)),
    (classics.rosenbrock, (L,)),
    (classics.newton_cube_root, (F,)),
    (classics.kepler, (F, F)),
    (classics.lotka_volterra_rk4, (F,) * 6),
    (classics.gaussian_elimination, (list_of(L), L)),
    (classics.sorting_network, (L,)),
    (for_loops.nested_with_carries_at_both_levels, (F, F)),
    (for_loops.conditional_accumulator_nested, (F, F)),
    (while_loops.while_in_for, (F, F)),
    (math_calls.gelu, (F,)),
    (networks.lstm_cell_loop, (L, L)),
]  # fmt: skip


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize(("f", "trees"), SUBJECTS, ids=[f.__name__ for f, _ in SUBJECTS])
def test_value_and_gradient_cost_at_most_five_primals(f, trees, granularity) -> None:
    found = compiled(f, trees, granularity)
    primal, derivative = size(stage(found, False)), size(stage(found, True))
    assert derivative <= 5 * primal, f"{derivative} statements for a primal of {primal}"


def straight_line(lines: int) -> str:
    """A function of as many lines, each of which reads what came before."""
    body = ["    a, b, c = x, y, z"]
    forms = (
        "a = b*c + {k}.5*a",
        "b = math.sin(a) - b*0.5",
        "c = (a + b)/(1.5 + c*c)",
        "a = math.tanh(c) + a*b",
    )
    body += ["    " + forms[k % 4].format(k=k % 7) for k in range(lines - 2)]
    return "import math\n\n\ndef f(x, y, z):\n" + "\n".join(body) + "\n    return a + b*c\n"


def loops_and_branches(lines: int) -> str:
    body = ["    s = x"]
    for k in range(lines // 4):
        body += [
            f"    for i in range({k % 5 + 1}):",
            "        s = math.sin(s)*y + z*i",
            f"    if s > {k % 3 - 1}.5:",
            "        s = s - y*s*s",
        ]
    return "import math\n\n\ndef f(x, y, z):\n" + "\n".join(body) + "\n    return s\n"


def writes_to_a_list(lines: int) -> str:
    """A list that changes with every line: one value after another, each made from the last."""
    body = ["    w = [0.0]*10"]
    body += [f"    w[{k % 10}] = w[{7*k % 10}]*x + y" for k in range(lines - 3)]
    return "def f(x, y, z):\n" + "\n".join(body) + "\n    return sum(w)*z\n"


def a_long_list(lines: int) -> str:
    body = ["    w = ["]
    body += [f"        {k}.25, {k % 7}.5*x, {k % 3}.125," for k in range(lines - 6)]
    body += ["    ]", "    s = 0.0", "    for k, v in enumerate(w):", "        s += v*v*y + z*k"]
    return "def f(x, y, z):\n" + "\n".join(body) + "\n    return s\n"


def load(text: str, path: Path) -> Callable[..., Any]:
    path.write_text(text, encoding="utf-8")
    space: dict[str, Any] = {"__name__": path.stem}
    exec(compile(text, str(path), "exec"), space)
    return space["f"]  # type: ignore[no-any-return]


def count_calls(
    f: Callable[[], Any], watch: Callable[[FrameType, str], None] | None = None
) -> tuple[int, Any]:
    """How many calls of Python functions it takes: a clock that ticks the same on every machine."""
    calls = 0

    def tick(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"
        if watch is not None:
            watch(frame, event)

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        result = f()
    finally:
        sys.setprofile(before)
    return calls, result


SHAPES = [straight_line, loops_and_branches, writes_to_a_list, a_long_list]


@pytest.mark.parametrize("make", SHAPES)
def test_growth_is_linear_from_100_to_1000_lines(make, tmp_path) -> None:
    measured = []
    for lines in (100, 1000):
        f = load(make(lines), tmp_path / f"{make.__name__}_{lines}.py")
        compiled(load(make(20), tmp_path / f"warm_{lines}.py"), (F, F, F))
        calls, found = count_calls(lambda f=f: compiled(f, (F, F, F)))
        measured.append((calls, size(stage(found, True)), len(found.text)))
    for what, small, large in zip(("calls", "statements", "characters"), *measured, strict=True):
        assert large <= 12.5 * small, f"{what} grow from {small} to {large}"
        assert large >= 5 * small, f"{what} cannot stay at {small}: the count is wrong"


@pytest.mark.parametrize(
    ("make", "most_calls", "most_made"),
    [
        (straight_line, 140, 3.0),
        (loops_and_branches, 350, 7.5),
        (writes_to_a_list, 140, 1.6),
        (a_long_list, 300, 5.0),
    ],
)
def test_a_statement_is_looked_at_a_few_times(
    make, most_calls, most_made, tmp_path, monkeypatch
) -> None:
    """How much is done for each statement of the primal and of the derivative: calls of Python
    functions, and statements made (a pass that changes something copies the graph)."""
    monkeypatch.setattr(driver, "VERIFY_EACH", False)  # as users have it
    f = load(make(100), tmp_path / f"{make.__name__}.py")
    compiled(load(make(20), tmp_path / "warm.py"), (F, F, F))
    made = 0
    code = Stmt.__init__.__code__

    def count(frame: FrameType, event: str) -> None:
        nonlocal made
        made += event == "call" and frame.f_code is code

    calls, found = count_calls(lambda: compiled(f, (F, F, F)), count)
    statements = size(stage(found, False)) + size(stage(found, True))
    assert calls <= most_calls * statements, f"{calls / statements:.0f} calls for a statement"
    assert made <= most_made * statements, f"{made / statements:.2f} made for a statement"
    assert made >= statements, f"{made} cannot be all: the count is wrong"


def test_the_text_does_not_depend_on_trip_counts(tmp_path) -> None:
    texts = set()
    for trips in (10, 100_000):
        source = f"def f(x):\n    for i in range({trips}):\n        x = x*0.5 + i\n    return x\n"
        texts.add(compiled(load(source, tmp_path / f"trips{trips}.py"), (F,)).text.count("\n"))
    assert len(texts) == 1


def test_the_corpus_has_its_size() -> None:
    assert len(CASES) >= 150
    assert math.isclose(len({case.name for case in CASES}), len(CASES), abs_tol=5)
