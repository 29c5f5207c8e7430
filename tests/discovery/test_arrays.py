"""Derivatives of reduction regions: found by a search, right at any size, proved, and no others."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from symdiff.autodiff import activity
from symdiff.discovery.array_candidates import CHECKED, SEARCHED, Compact, Row, compact
from symdiff.discovery.array_proof import proof
from symdiff.discovery.array_regions import ReductionRegion, reduction_regions, replaced
from symdiff.discovery.array_rows import Node, Pool, numbers, order, size_name
from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.core import Graph
from symdiff.notation import type_of
from symdiff.passes.dce import dce
from symdiff.passes.expand import expand
from symdiff.report.array_discovery import discover_arrays
from symdiff.report.subject import subject
from tests.discovery.array_functions import PROBLEMS, Problem, subject_of

Array = Any
BY_NAME = {p.name: p for p in PROBLEMS}
QUICK = ("softmax", "log-softmax", "centring", "logsumexp", "cosine", "cross entropy")
OTHERS = [name for name in BY_NAME if name not in QUICK]


def regions_of(f: Callable[..., Any], *types: str) -> list[ReductionRegion]:
    named = {name: type_of(text) for name, text in (t.split("=") for t in types)}
    made = subject(f, named, [next(iter(named))])
    graph = made.compile("vjp", "fine").stages["simplify"]
    sources = [graph.inputs[k] for k in made.input_positions()]
    return reduction_regions(graph, activity.varied(graph, sources))


@functools.cache
def region(name: str) -> ReductionRegion:
    problem = BY_NAME[name]
    (found,) = regions_of(problem.f, *problem.args)
    return found


@functools.cache
def best(name: str) -> Compact:
    """What is found; that by rules may be the least already."""
    return next(compact(region(name).row, seconds=60.0, more=0.1))


def gate(graph: Graph) -> Callable[..., Any]:
    """``(inputs, ct) -> (value, (partial,))``."""
    return link(emit(dce(expand(graph)), name="gate").text, "gate")


def arguments(problem: Problem, size: int, seed: int = 0) -> list[Any]:
    """Numbers around 0 for the first argument, positive ones for the others."""
    rng = np.random.default_rng(seed)
    made: list[Any] = []
    for text in problem.args:
        kind = text.split("=")[1]
        shape = (3, size) if kind.count(",") else (size,) if "[" in kind else ()
        if problem.name == "batch norm":
            shape = shape[::-1]
        x = rng.uniform(0.2, 1.0, shape) if made else rng.normal(size=shape)
        made.append(x if shape else float(x))
    return made


def differences(f: Callable[..., Any], args: list[Any], ct: Array) -> Array:
    x, *others = args
    h, found = 1e-6, np.zeros_like(x)
    for k in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[k] = h
        found[k] = np.sum(ct * (f(x + step, *others) - f(x - step, *others))) / (2 * h)
    return found


def holds(name: str) -> None:
    """Fewer passes than by rules, as few as by hand; proved; right at sizes of all kinds."""
    problem, made, found = BY_NAME[name], region(name), best(name)
    price, passes = made.row.priced(made.row.wanted)
    assert found.cost <= price + 0.1
    assert found.passes <= min(passes, problem.passes)
    assert proof(made.row.wanted, found.node) == found.proof
    function = gate(replaced(made, found.node))
    for size in (2, 7, 20):
        args = arguments(problem, size)
        value = problem.f(*args)
        ct = np.random.default_rng(1).normal(size=np.shape(value))
        outside = [np.linalg.norm(args[1])] if name == "cosine" else []
        here, (partial,) = function(*args, *outside, ct)
        np.testing.assert_allclose(here, value, rtol=1e-13)
        scale = np.abs(partial).max()
        np.testing.assert_allclose(partial, problem.by_hand(*args, ct), rtol=0, atol=1e-13 * scale)
        atol = 1e-7 * max(scale, 1.0)
        np.testing.assert_allclose(partial, differences(problem.f, args, ct), rtol=0, atol=atol)


@pytest.mark.parametrize("name", QUICK)
def test_the_compact_derivative_is_found_and_proved(name: str) -> None:
    holds(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_the_other_compact_derivatives_are_found_and_proved(name: str) -> None:
    holds(name)


# -- the proof -------------------------------------------------------------------------------------


def mutated(row: Row, node: Node, rng: random.Random) -> Node:
    """One operation, operand or factor changed."""
    forward = set(row.forward)
    leaves = [v for v in order([row.wanted]) if v in forward and v.op not in ("eq", "const")]
    own = [n for n in order([node]) if n not in forward and n.op in ("add", "sub", "mul", "div")]
    chosen = rng.choice(own)
    pool, memo = row.pool, dict[Node, Node]()
    args = list(chosen.args)
    kind = rng.randrange(4)
    if kind == 0:
        name = rng.choice([o for o in ("add", "sub", "mul", "div") if o != chosen.op])
        memo[chosen] = pool.op(name, *args)
    elif kind == 1:
        args[rng.randrange(2)] = rng.choice([*leaves, row.cotangent])
        memo[chosen] = pool.op(chosen.op, *args)
    elif kind == 2:
        memo[chosen] = pool.op("mul", pool.const(rng.choice([-1.0, 2.0, 1 + 1e-7])), chosen)
    else:
        args[0] = pool.op("add", args[0], pool.const(rng.choice([1.0, 1e-8])))
        memo[chosen] = pool.op(chosen.op, *args)
    for n in order([node]):
        if n not in memo:
            new = [memo[a] for a in n.args]
            memo[n] = n if tuple(new) == n.args else pool.made(n.op, new)
    return memo[node]


def values(row: Row, node: Node, seed: int) -> list[float]:
    rng = random.Random(seed)
    given: dict[str, Any] = {size_name(axis): 5 for axis in (-1, -2)}
    for n in order([row.wanted]):
        if n.op == "input":
            given[n.data] = [rng.uniform(0.3, 1.6) for _ in range(5)] if n.varies else 0.7
    found = numbers([node], 5, given)[node]
    return found if isinstance(found, list) else [found] * 5


def differs(row: Row, node: Node) -> bool:
    for seed in range(3):
        try:
            pair = zip(values(row, row.wanted, seed), values(row, node, seed), strict=True)
            if any(abs(a - b) > 1e-12 * (abs(a) + abs(b)) for a, b in pair):
                return True
        except (ArithmeticError, ValueError):
            return True
    return False


def wrong_ones(name: str, count: int) -> Iterator[Node]:
    row, rng = region(name).row, random.Random(name)
    made = 0
    while made < count:
        node = mutated(row, best(name).node, rng)
        if differs(row, node):
            made += 1
            yield node


@pytest.mark.parametrize("name", ["softmax", "log-softmax", "logsumexp", "cosine"])
def test_a_mutated_derivative_is_not_proved(name: str) -> None:
    for node in wrong_ones(name, 25):
        assert proof(region(name).row.wanted, node) is None, node


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_no_mutated_derivative_is_proved(name: str) -> None:
    for node in wrong_ones(name, 60):
        assert proof(region(name).row.wanted, node) is None, node


def row_of(*names: str) -> tuple[Pool, list[Node]]:
    pool = Pool()
    return pool, [pool.input(n, True) for n in names]


def test_a_sum_is_linear_and_nothing_more() -> None:
    p, (x, y) = row_of("x", "y")
    c = p.input("c", False)
    total, op = p.total, p.op
    assert proof(total(op("add", op("mul", c, x), y)),
                 op("add", op("mul", c, total(x)), total(y)))  # fmt: skip
    assert proof(total(op("add", x, c)), op("add", total(x), op("mul", p.count(), c)))
    assert not proof(total(op("mul", x, y)), op("mul", total(x), total(y)))
    assert not proof(total(op("mul", x, x)), op("mul", total(x), total(x)))
    assert not proof(total(op("exp", x)), op("exp", total(x)))
    assert not proof(total(op("div", p.const(1.0), x)), op("div", p.const(1.0), total(x)))


def test_a_sum_is_not_its_terms() -> None:
    p, (x,) = row_of("x")
    assert not proof(p.total(x), p.op("mul", p.count(), x))  # equal where all are
    assert not proof(p.mean(x), x)
    assert not proof(p.extremum("amax", x), x)
    assert not proof(p.total(p.op("sin", p.op("mul", p.const(1e-9), x))),
                     p.op("mul", p.const(1e-9), p.total(x)))  # fmt: skip


def test_what_is_taken_not_to_be_0_is_said() -> None:
    assert best("softmax").proof.nonzero == ()
    (root,) = best("cosine").proof.nonzero
    assert root.op == "sqrt"


# -- regions ---------------------------------------------------------------------------------------


def loss(x: Array, y: Array) -> Any:
    """Two regions: over the last axis, and the sum of what comes of it is no part of the first."""
    e = np.exp(x)
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum((p - y) ** 2)


def over_both(x: Array) -> Array:
    return x / np.sqrt(np.sum(x * x))


def of_a_layer(x: Array, w: Array) -> Array:
    z = x @ w
    return np.exp(z) / np.sum(np.exp(z))


def across(x: Array, w: Array) -> Array:
    return x / (np.sum(x, axis=1) * w)


def test_a_region_ends_where_another_axis_is_reduced() -> None:
    (found,) = regions_of(loss, "x=f64[n,m]", "y=f64[n,m]")
    assert found.row.pool.axes == (-1,)
    assert found.row.value.op != "sum"


def test_a_sum_over_everything_has_one_index() -> None:
    (found,) = regions_of(over_both, "x=f64[n,m]")
    assert found.row.pool.axes == (-2, -1)
    found_ = next(compact(found.row, seconds=60.0))
    function = gate(replaced(found, found_.node))
    x, ct = np.random.default_rng(2).normal(size=(2, 3, 4))
    _, (partial,) = function(x, ct)
    np.testing.assert_allclose(partial, differences(over_both, [x], ct), atol=1e-8)


def test_a_region_begins_behind_what_rows_cannot_say() -> None:
    (found,) = regions_of(of_a_layer, "x=f64[n]", "w=f64[n,m]")
    assert found.region.entry.hint == "z"


def test_sums_that_are_broadcast_along_another_axis_are_no_row() -> None:
    assert regions_of(across, "x=f64[n,m]", "w=f64[m]") == []


def test_what_is_checked_is_of_sizes_that_the_search_has_not_seen() -> None:
    assert set(CHECKED).isdisjoint(SEARCHED)


# -- the report ------------------------------------------------------------------------------------


def test_the_command(tmp_path: Any) -> None:
    from click.testing import CliRunner

    from symdiff.cli import main

    path = tmp_path / "model.py"
    path.write_text("import numpy as np\n\ndef f(x):\n    return np.log(np.sum(np.exp(x)))\n")
    result = CliRunner().invoke(main, ["discover", f"{path}:f", "--arg", "x=f64[n]"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("line 4: 3 operations of the array x\n")
    assert "by rules *" in result.output and "nothing shorter is found" in result.output


def test_the_shortest_derivative_is_shown_and_not_used_where_it_loses_digits() -> None:
    (found,) = discover_arrays(subject_of(BY_NAME["softmax(x/T)"]))
    rules, used, shortest = found.forms
    assert shortest.passes < used.passes < rules.passes
    assert used.proof == shortest.proof == "proved"
    assert rules.seen.worst < 1e-12 < shortest.seen.worst  # a saturated row
    assert found.best is used and used.seen.worst < 1e-12


def test_a_shorter_derivative_that_loses_none_is_used() -> None:
    (found,) = discover_arrays(subject_of(BY_NAME["logsumexp"]))
    assert found.best is found.forms[1] and found.best.seen.points > 5
    assert found.best.pullback() == "return (ct/t1*t,)"
