"""Recognition of gates in what users write: every form of the table, and the ways in which people
vary them.
"""

from __future__ import annotations

import ast
import math
import random
import time

import pytest

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT, INT, list_of
from symdiff.ir.verify import verify
from symdiff.ir.walk import statements
from symdiff.ops.formula import build
from symdiff.ops.gates import GATES, REWRITES
from symdiff.passes.dce import dce
from symdiff.passes.expand import expand
from symdiff.passes.fuse import fuse
from tests.ops.rows import ORIGIN, graph_of


def variables(formula: str) -> list[str]:
    nodes = ast.walk(ast.parse(formula))
    return sorted({n.id for n in nodes if isinstance(n,
                                                     ast.Name) and len(n.id) == 1 and n.id != "e"})


def fused(formula: str, types=None):
    graph = graph_of(formula, variables(formula), types)
    result = fuse(graph)
    verify(result, "fuse")
    return dce(result)


def operations(graph) -> list[str]:
    return [s.op.name for s in statements(graph.body) if s.op.name != "const"]


@pytest.mark.parametrize("rule", REWRITES, ids=lambda r: r.form)
def test_every_form_is_found(rule) -> None:
    wanted = operations(dce(graph_of(rule.result, variables(rule.result))))
    assert operations(fused(rule.form)) == wanted


SPELLINGS = [
    ("1.0/(1.0 + exp(-z))", "sigmoid"), ("1/(exp(-z) + 1)", "sigmoid"),
    ("exp(z)/(exp(z) + 1)", "sigmoid"),
    ("1/(1 + e**-z)", "sigmoid"), ("0.5 + 0.5*tanh(z/2)", "sigmoid"),
    ("(tanh(z/2) + 1)*0.5", "sigmoid"),
    ("1/(1 + exp(z))", "sigmoid_neg"), ("1/(1 + exp(b - a))", "sub sigmoid"),
    ("1/(1 + exp(-a*b))", "mul sigmoid"), ("1/(1 + exp(-(a*b)))", "mul sigmoid"),
    ("1/(1 + exp(-2*x))", "mul sigmoid"), ("exp(-z)/(1 + exp(-z))", "sigmoid_neg"),
    ("1 - 1/(1 + exp(-z))", "sigmoid_neg"), ("1/(1 + exp(-a/b))", "div sigmoid"),
    ("a/(1 + exp(-b*(x - c)))", "sub mul sigmoid mul"), ("x/(1 + exp(-x))", "silu"),
    ("x*(1/(1 + exp(-x)))", "silu"),
    ("1/(1 + exp(-x))*x", "silu"), ("log(1 + exp(x))", "softplus"), ("log1p(exp(x))", "softplus"),
    ("log(exp(x) + 1.0)", "softplus"), ("log(1/(1 + exp(-x)))", "log_sigmoid"),
    ("-log(1 + exp(-x))", "log_sigmoid"), ("log(1 - 1/(1 + exp(-x)))", "softplus neg"),
    ("-log(1/(1 + exp(-x)))", "log_sigmoid neg"), ("log(1 - sigmoid(x))", "softplus neg"),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh"), ("(exp(2*x) - 1)/(exp(2*x) + 1)", "tanh"),
    ("(1 - exp(-2*x))/(1 + exp(-2*x))", "tanh"), ("2/(1 + exp(-2*x)) - 1", "tanh"),
    ("1 - 2/(1 + exp(2*x))", "tanh"), ("sinh(x)/cosh(x)", "tanh"),
    ("log(exp(a) + exp(b))", "logaddexp"),
    ("log(exp(a) + exp(b) + exp(c))", "logsumexp"),
    ("log(exp(a) + (exp(b) + (exp(c) + exp(d))))", "logsumexp"),
    ("log(1 + exp(a) + exp(b))", "logsumexp"), ("exp(x) - 1", "expm1"), ("log(1 + x)", "log1p"),
    ("log(x + 1.0)", "log1p"), ("sqrt(x*x + y*y)", "hypot"), ("sqrt(x**2 + y**2)", "hypot"),
    ("(x*x + y**2)**0.5", "hypot"), ("sqrt(x*x + y*y + z*z)", "hypot"),
    ("sqrt((x - a)**2 + (y - b)**2)", "sub sub hypot"),
]


@pytest.mark.parametrize(("formula", "wanted"), SPELLINGS, ids=[s for s, _ in SPELLINGS])
def test_spellings(formula: str, wanted: str) -> None:
    assert operations(fused(formula)) == wanted.split()


ALONE = [
    "1/(2 + exp(-z))", "log(exp(a) - exp(b))", "(exp(x) - exp(-y))/(exp(x) + exp(-y))",
    "a*tanh(b)", "1 + exp(x)", "sqrt(x*x - y*y)", "log(2 + exp(x) + exp(y))", "sqrt(x*y + y*x)",
    "x if x > 0 else 0",
    "0.5*(1 - tanh(0.5*z))", "x/(1 + exp(-y)*2)",
]


@pytest.mark.parametrize("formula", ALONE)
def test_what_is_not_a_form_stays(formula: str) -> None:
    found = set(operations(fused(formula)))
    assert not found & {"sigmoid", "tanh", "softplus", "hypot", "logsumexp", "logaddexp", "expm1",
                        "log1p", "silu"} - set(
        operations(graph_of(formula, variables(formula)))
    )


def test_a_value_that_is_used_elsewhere_remains() -> None:
    graph = graph_of("1/(1 + exp(-z)) + exp(-z)", ["z"])
    assert operations(dce(fuse(graph))) == ["neg", "exp", "sigmoid", "add"]


@pytest.mark.parametrize("form", ["1/(1 + exp(-n))", "log(1 + exp(n))", "log(exp(n) + exp(x))",
                                  "n/(1 + exp(-n))", "log(exp(n) + exp(x) + exp(k))"])
def test_gates_of_integers_compute_in_floats(form: str) -> None:
    names = variables(form)
    graph = graph_of(form, names, [FLOAT if n == "x" else INT for n in names])
    stable = dce(expand(fuse(graph)))
    verify(stable, "expand")
    point = [0.5 if n == "x" else 2 for n in names]
    assert math.isclose(run(stable, *point)[0], run(graph, *point)[0], rel_tol=1e-14)


def test_exact_integers_are_left_alone() -> None:
    graph = graph_of("sqrt(n*n + k*k)", ["k", "n"], [INT, INT])
    assert "hypot" not in operations(dce(fuse(graph)))


@pytest.mark.parametrize(("formula", "_"), SPELLINGS, ids=[s for s, _ in SPELLINGS])
def test_fused_and_expanded_graphs_compute_the_same(formula: str, _: str) -> None:
    names = variables(formula)
    graph = graph_of(formula, names)
    stages = [graph, fuse(graph), expand(fuse(graph)), dce(expand(fuse(graph)))]
    for stage in stages[2:]:
        verify(stage, "expand")
        assert not set(operations(stage)) & set(GATES)
    rng = random.Random(formula)
    for _ in range(5):
        point = [rng.uniform(0.1, 0.9) for _ in names]
        values = [run(stage, *point)[0] for stage in stages]
        assert all(math.isclose(v, values[0], rel_tol=1e-13, abs_tol=1e-15) for v in values)


def test_origins_name_the_gate() -> None:
    graph = fuse(graph_of("1/(1 + exp(-z))", ["z"]))
    stmt = graph.outputs[0].stmt
    assert stmt is not None
    assert (stmt.origin.rule, stmt.origin.role, stmt.origin.span.line) == ("sigmoid", "primal", 1)


def test_hints_survive_fusing_and_expanding() -> None:
    graph = graph_of("1/(1 + exp(-z))", ["z"])
    graph.outputs[0].hint = "a"
    assert fuse(graph).outputs[0].hint == "a"
    assert expand(fuse(graph)).outputs[0].hint == "a"


def test_time_is_linear() -> None:
    def seconds(size: int) -> float:
        terms = "x"
        for _ in range(size):
            terms = f"y*sin({terms}) + 1/(1 + exp(-x))"
        graph = graph_of(terms, ["x", "y"], [FLOAT, FLOAT])
        start = time.process_time()
        fuse(graph)
        return time.process_time() - start

    seconds(10)
    small, large = min(seconds(40) for _ in range(3)), min(seconds(80) for _ in range(3))
    assert large < 6 * small + 0.01


# -- sums in loops ---------------------------------------------------------------------------------


def loop_graph(term: str, *, carried: bool):
    """``log(sum(exp(term) for x in xs))`` as a loop that carries the sum, or as a list that is
    summed.
    """
    graph = Graph("row", Block(None), [Param("xs", list_of(FLOAT)), Param("y", FLOAT)])
    xs, y = graph.body.add_param(list_of(FLOAT), "xs"), graph.body.add_param(FLOAT, "y")
    b = Builder(graph)
    b.current = ORIGIN
    best = b.op("max_list", xs)
    with b.into(b.new_block()) as body:
        i = body.add_param(INT, "i")
        acc = body.add_param(FLOAT, "s") if carried else b.const(0.0)
        names = {"x": b.getitem(xs, i), "y": y, "s": acc, "m": best}
        e = b.op("exp", build(b, term, names))
        body.yields = [b.add(acc, e) if carried else e]
    bounds = (b.const(0), b.op("len", xs), b.const(1))
    if carried:
        total = b.for_stmt(bounds, (b.const(0.0),), body).results[0]
    else:
        total = b.op("sum_list", b.for_stmt(bounds, (), body, collects=1).results[0])
    graph.body.yields = [b.op("log", total)]
    return graph


@pytest.mark.parametrize("carried", [True, False])
@pytest.mark.parametrize("term", ["x", "x*y", "-x", "sin(x) + y"])
def test_sums_of_exponentials_in_loops(term: str, carried: bool) -> None:
    graph = loop_graph(term, carried=carried)
    result = dce(fuse(graph))
    verify(result, "fuse")
    assert "logsumexp_list" in operations(result)
    assert "exp" not in operations(result)
    stable = dce(expand(result))
    verify(stable, "expand")
    point = ([0.5, -1.0, 2.0], 1.5)
    assert math.isclose(run(stable, *point)[0], run(graph, *point)[0], rel_tol=1e-14)
    if term in ("x", "x*y"):
        assert math.isfinite(run(stable, [1000.0, 2000.0], 1.5)[0])


@pytest.mark.parametrize(("term", "carried"), [("x - m", True), ("x - m", False), ("x + s", True)])
def test_sums_that_are_shifted_or_depend_on_the_sum_stay(term: str, carried: bool) -> None:
    assert "logsumexp_list" not in operations(fuse(loop_graph(term, carried=carried)))


def test_products_of_constants_that_do_not_fold_terminate() -> None:
    graph = Graph("row", Block(None), [])
    b = Builder(graph, relaxed=True)
    b.current = ORIGIN
    pi = b.const(math.pi, "math.pi")
    for other in (b.const(2.0), b.const(math.inf, "math.inf"), pi):
        for x, y in ((pi, other), (other, pi)):
            graph.body.yields = [b.mul(x, y)]
            assert run(graph) == [x.constant * y.constant]
