"""Derivatives of the table's rows as the graph computes them, first and second, against
high-precision differences.
"""

from __future__ import annotations

import itertools
import math
import random

import mpmath
import pytest
import sympy

from symdiff.errors import NoDerivative
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param
from symdiff.ir.interp import run
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.types import FLOAT, INT, ListType
from symdiff.ir.walk import rebuild
from symdiff.ops.polygamma import INLINE_FUNCTIONS
from tests.ops.rows import (
    ORIGIN,
    differentiable_rows,
    evaluate,
    gradient,
    graph_of,
    image_of,
    operand_types,
    operands,
    points,
    row_graph,
)

ROWS = differentiable_rows()
PLAIN = [s for s in ROWS if s.vjp is None and s.image]
STRUCTURED = [s for s in ROWS if s.vjp is not None]

# The derivative is the last that has a row; past it NoDerivative is raised, as a test below holds.
LAST = {"trigamma"}

MP = {
    "sign": mpmath.sign, "Abs": abs, "Max": max, "Min": min, "ceiling": mpmath.ceil,
    "Heaviside": None,
    "polygamma": mpmath.polygamma, "loggamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
}


def reference(spec: OpSpec):
    """The row's image as a function of mpmath numbers."""
    names = operands(spec)
    symbols = {n: sympy.Symbol(n, real=True) for n in names}
    if spec.starred:
        symbols = {n: sympy.Symbol(n, real=True) for n in ("x", "rest")}
        image = image_of(spec, symbols)
        if spec.name == "hypot":
            image = image.subs(symbols["rest"],
                               sympy.sqrt(sympy.Symbol("y") ** 2 + sympy.Symbol("z") ** 2))
        return sympy.lambdify([sympy.Symbol("x", real=True), *sympy.symbols("y z")], image,
                              [MP, "mpmath"])
    return sympy.lambdify(list(symbols.values()), image_of(spec, symbols), [MP, "mpmath"])


def near(got: object, wanted: object, tolerance: float) -> bool:
    exact = float(wanted)
    return math.isclose(float(got), exact, rel_tol=tolerance, abs_tol=tolerance)


@pytest.mark.parametrize("spec", PLAIN, ids=lambda s: s.name)
def test_value_first_and_second_derivatives(spec: OpSpec) -> None:
    exact = reference(spec)
    primal = row_graph(spec)
    first = gradient(primal)
    seconds = [gradient(first,
                        k) for k in range(len(first.outputs))] if spec.name not in LAST else []
    size = len(operands(spec))
    with mpmath.workdps(60):
        for point in points(spec):
            mp_point = tuple(map(mpmath.mpf, point))
            assert near(evaluate(primal, point)[0], exact(*mp_point), 1e-14)
            for k, value in enumerate(evaluate(first, point)):
                order = tuple(int(k == j) for j in range(size))
                assert near(value, mpmath.diff(exact, mp_point, order), 1e-12), (point, order)
            for k, graph in enumerate(seconds):
                for j, value in enumerate(evaluate(graph, point)):
                    order = tuple(int(k == i) + int(j == i) for i in range(size))
                    assert near(value, mpmath.diff(exact, mp_point, order), 1e-10), (point, order)


@pytest.mark.parametrize("name", sorted(LAST))
def test_the_end_of_a_chain_of_rows_is_an_error(name: str) -> None:
    with pytest.raises(NoDerivative):
        gradient(gradient(row_graph(OPS[name])))


LISTS = ([1.5, -0.5, 2.0], [2.0, 0.0, -3.0], [0.0, 0.0, 1.0], [4.0])
INTS = (3, 2, -1)


def structured_points(spec: OpSpec):
    """Operands of a structured row: lists with and without zeros, ints, floats."""
    pools = []
    for type_ in operand_types(spec):
        pools.append(LISTS if isinstance(type_, ListType) else INTS if type_ == INT else (0.7, -1.3,
            2.1))
    for values in itertools.product(*pools):
        sizes = {len(v) for v in values if isinstance(v, list)}
        floats = [v for v in values if isinstance(v, float)]
        if len(sizes) <= 1 and len(set(floats)) == len(floats):
            yield tuple(v if not isinstance(v, list) else [e + 0.1 * k for e in v] for k,
                        v in enumerate(values))


def bumped(point: tuple, at: int, element: int | None, h: float) -> list:
    new = [list(v) if isinstance(v, list) else v for v in point]
    if element is None:
        new[at] += h
    else:
        new[at][element] += h
    return new


def coordinates(spec: OpSpec, point: tuple):
    """(operand, element or None) for each number that is differentiated."""
    for at, (type_, value) in enumerate(zip(operand_types(spec), point, strict=True)):
        if isinstance(type_, ListType):
            yield from ((at, e) for e in range(len(value)))
        elif type_ == FLOAT:
            yield at, None


def flat(values: list) -> list[float]:
    return [e for v in values for e in (v if isinstance(v, list) else [v])]


@pytest.mark.parametrize("spec", STRUCTURED, ids=lambda s: s.name)
def test_structured_rows_against_differences(spec: OpSpec) -> None:
    first = gradient(row_graph(spec))
    h = 1e-6
    for point in structured_points(spec):
        got = flat(evaluate(first, point))
        for value, (at, element) in zip(got, coordinates(spec, point), strict=True):
            up, down = (spec.evaluate(*bumped(point, at, element, s)) for s in (h, -h))
            assert near(value, (up - down) / (2 * h), 1e-7), (point, at, element)


SCALARS = [s for s in STRUCTURED if ListType not in map(type,
                                                        operand_types(s)) and s.name != "ldexp"]


@pytest.mark.parametrize("spec", SCALARS, ids=lambda s: s.name)
def test_second_derivatives_of_structured_rows(spec: OpSpec) -> None:
    """Through a scalar of the gradient: its first entry."""
    first = gradient(row_graph(spec))
    second = gradient(first, 0)
    h = 1e-5
    for point in structured_points(spec):
        got = flat(evaluate(second, point))
        for value, (at, element) in zip(got, coordinates(spec, point), strict=True):
            up, down = (evaluate(first, bumped(point, at, element, s))[0] for s in (h, -h))
            assert near(value, (up - down) / (2 * h), 1e-6), (point, at, element)


@pytest.mark.parametrize("spec", [s for s in STRUCTURED if ListType in map(type, operand_types(s))],
                         ids=lambda s: s.name)
def test_second_derivatives_over_lists(spec: OpSpec) -> None:
    first = gradient(row_graph(spec))
    h = 1e-5
    chosen = rebuild(first)
    b = Builder(chosen, relaxed=True)
    b.current = chosen.body.stmts[-1].origin
    chosen.body.yields = [b.getitem(chosen.outputs[0], b.const(0))]
    second = gradient(chosen)
    for point in structured_points(spec):
        if any(len(set(v)) < len(v) for v in point):
            continue  # at a tie an extremum has no second derivative
        got = flat(run(second, *point))
        for value, (at, element) in zip(got, coordinates(spec, point), strict=True):
            up, down = (run(first, *bumped(point, at, element, s))[0][0] for s in (h, -h))
            assert near(value, (up - down) / (2 * h), 1e-6), (point, at, element)


@pytest.mark.parametrize(("name", "index", "wanted"),
                         [("modf", 0, 1.0), ("modf", 1, 0.0), ("frexp", 0, 0.125)])
def test_parts_of_a_float(name: str, index: int, wanted: float) -> None:
    graph = Graph("row", Block(None), [Param("x", FLOAT)])
    x = graph.body.add_param(FLOAT, "x")
    b = Builder(graph)
    b.current = ORIGIN
    graph.body.yields = [b.op("tuple_get", b.op(name, x), index=index)]
    for point in (5.25, -5.25):
        assert run(graph, point)[0] == getattr(math, name)(point)[index]
        assert run(gradient(graph), point) == [wanted]


# -- conventions: CONTRACT.md, "Numbers" -----------------------------------------------------------

INF = math.inf
CONVENTIONS = [
    ("abs", (0.0,), (0.0,)), ("fabs", (0.0,), (0.0,)), ("copysign", (0.0, 2.0), (0.0, 0.0)),
    ("copysign", (-3.0, 2.0), (-1.0, 0.0)), ("max", (2.0, 2.0), (0.5, 0.5)),
    ("min", (2.0, 2.0), (0.5, 0.5)),
    ("max_n", (2.0, 1.0, 2.0), (0.5, 0.0, 0.5)), ("min_n", (1.0, 1.0, 1.0), (1 / 3, 1 / 3, 1 / 3)),
    ("max_list", ([3.0, 1.0, 3.0, 3.0],), (1 / 3, 0.0, 1 / 3, 1 / 3)),
    ("min_list", ([3.0, 1.0],), (0.0, 1.0)), ("prod_list", ([2.0, 0.0, 3.0],), (0.0, 6.0, 0.0)),
    ("prod_list", ([0.0, 0.0, 3.0],), (0.0, 0.0, 0.0)), ("prod_list", ([],), ()),
    ("hypot", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), ("hypot", (3e-200, 4e-200, 0.0), (0.6, 0.8, 0.0)),
    ("hypot", (3e200, 4e200, 0.0), (0.6, 0.8, 0.0)), ("dist", ([1.0], [1.0]), (0.0, 0.0)),
    ("dist", ([3e-200, 0.0], [0.0, 4e-200]), (0.6, -0.8, -0.6, 0.8)),
    ("atan2", (0.0, 0.0), (0.0, 0.0)), ("atan2", (1e-200, 0.0), (0.0, -1e200)),
    ("atan2", (1e200, 1e200), (0.5e-200, -0.5e-200)),
    ("sqrt", (0.0,), (INF,)), ("cbrt", (0.0,), (INF,)), ("asin", (1.0,), (INF,)),
    ("asin", (-1.0,), (INF,)),
    ("acos", (1.0,), (-INF,)), ("acosh", (1.0,), (INF,)), ("acosh", (1e200,), (1e-200,)),
    ("asinh", (1e200,), (1e-200,)), ("tanh", (400.0,), (4 * math.exp(-800.0),)),
    ("tanh", (-1000.0,), (0.0,)),
    ("tanh", (-20.0,), (1.6993417021166355e-17,)), ("atan", (1e200,), (0.0,)),
    ("pow", (0.0, 2.5), (0.0, 0.0)), ("pow", (0.0, 0.0), (0.0, 0.0)),
    ("pow", (0.0, 1.0), (1.0, 0.0)),
    ("pow", (0.0, 0.5), (INF, 0.0)), ("fpow", (0.0, 2.0), (0.0, 0.0)),
    ("floordiv", (7.5, 2.0), (0.0, 0.0)),
    ("mod", (-7.5, 2.0), (1.0, 4.0)), ("fmod", (-7.5, 2.0), (1.0, 3.0)),
    ("remainder", (7.5, 2.0), (1.0, -4.0)),
    ("logaddexp", (2.0, 2.0), (0.5, 0.5)), ("logaddexp", (1000.0, -1000.0), (1.0, 0.0)),
    ("logsumexp", (1000.0, 1000.0, -1000.0), (0.5, 0.5, 0.0)), ("div", (0.0, 4.0), (0.25, -0.0)),
]


@pytest.mark.parametrize(("name", "point", "wanted"), CONVENTIONS)
def test_conventions(name: str, point: tuple, wanted: tuple) -> None:
    spec = OPS[name]
    names = operands(spec)[: len(point)]
    graph = graph_of(f"{name}({', '.join(names)})", names, operand_types(spec)[: len(point)])
    got = flat(evaluate(gradient(graph), point))
    assert len(got) == len(wanted)
    for value, exact in zip(got, wanted, strict=True):
        assert value == exact or math.isclose(value, exact, rel_tol=1e-14), got


def test_second_derivatives_where_branches_meet() -> None:
    """A conditional that hides a smooth function must have that function's curvature on its
    boundary.
    """
    for formula, names, point, wanted in (
        ("sigmoid(x)", ["x"], (0.0,), (0.0,)), ("softplus(x)", ["x"], (0.0,), (0.25,)),
        ("log_sigmoid(x)", ["x"], (0.0,), (-0.25,)), ("silu(x)", ["x"], (0.0,), (0.5,)),
        ("tanh(x)", ["x"], (0.0,), (0.0,)),
        ("logaddexp(x, y)", ["x", "y"], (2.0, 2.0), (0.25, -0.25)),
        ("logsumexp(x, y, z)", ["x", "y", "z"], (1.0, 1.0, 1.0), (2 / 9, -1 / 9, -1 / 9)),
    ):
        got = evaluate(gradient(gradient(graph_of(formula, names))), point)
        assert all(math.isclose(a, b, abs_tol=1e-15) for a,
                   b in zip(got, wanted, strict=True)), (formula, got)


def test_zero_cotangent_of_an_infinite_partial_is_zero() -> None:
    assert OPS["inf_times"].evaluate(0.0) == 0.0
    assert OPS["inf_times"].evaluate(-2.0) == -INF
    assert math.isnan(OPS["inf_times"].evaluate(math.nan))


# -- evaluation ------------------------------------------------------------------------------------

PROBES = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.5)
CHECKED = [s for s in OPS if s.raises]


@pytest.mark.parametrize("spec", CHECKED, ids=lambda s: s.name)
def test_stated_domain_errors_are_pythons(spec: OpSpec) -> None:
    """A row raises exactly where its conditions say, and what they say."""
    names = operands(spec)
    conditions = [(graph_of(f"({c}) and 1 == 1", names), error) for c, error, _ in spec.raises]
    for point in itertools.product(PROBES, repeat=len(names)):
        stated = {error for graph, error in conditions if run(graph, *point)[0]}
        try:
            spec.evaluate(*point)
            raised = set()
        except (ValueError, ZeroDivisionError) as err:
            raised = {type(err).__name__}
        assert raised == stated, point


@pytest.mark.parametrize("spec", [s for s in ROWS if s.total and s.vjp is None],
                         ids=lambda s: s.name)
def test_total_rows_never_raise(spec: OpSpec) -> None:
    probes = (*PROBES, 5e-324, -5e-324, 1e308, -1e308, 710.0, -710.0)
    for point in itertools.product(probes, repeat=len(operands(spec))):
        spec.evaluate(*point)


@pytest.mark.parametrize("name", ["fma", "sumprod"])
def test_substitutes_for_newer_functions_agree_with_them(name: str) -> None:
    """Rows whose function this Python may lack: the interpreter's substitute means the same."""
    point = ([1.5, 2.0], [0.5, -3.0]) if name == "sumprod" else (1.5, 0.5, -3.0)
    wanted = -5.25 if name == "sumprod" else -2.25
    assert OPS[name].evaluate(*point) == wanted
    if hasattr(math, name):
        assert getattr(math, name)(*point) == wanted


@pytest.mark.parametrize("name", ["digamma", "tetragamma", "trigamma"])
def test_inline_functions_keep_their_digits(name: str) -> None:
    """The text that is written into generated files, run by itself; near a zero the error is
    absolute.
    """
    space: dict = {"math": math}
    exec(INLINE_FUNCTIONS[name], space)
    order = ["digamma", "trigamma", "tetragamma"].index(name)
    rng = random.Random(name)
    ranges = ((1e-9, 1e-3), (0.001, 1.0), (1.0, 2.0), (2.0, 10.0), (10.0, 30.0), (30.0, 1e6),
              (-5.4, -0.01))
    with mpmath.workdps(40):
        for low, high in ranges:
            for _ in range(40):
                x = rng.uniform(low, high)
                exact = mpmath.psi(order, mpmath.mpf(x))
                scale = abs(exact) if low > 0 else max(abs(exact), 1)
                assert abs(space[name](x) - exact) <= 1e-14 * scale, x
    assert all(math.isnan(space[name](float(x))) for x in (0, -1, -7))
