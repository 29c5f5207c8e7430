"""Gates: their forms are equal, their values and partials keep their digits, and users' spellings
are found.
"""

from __future__ import annotations

import ast
import itertools
import math

import mpmath
import pytest
import sympy

from symdiff.ir.interp import run
from symdiff.ir.opspec import OPS
from symdiff.ir.walk import statements
from symdiff.ops.gates import GATES, REWRITES, Rewrite, evaluate_formula
from symdiff.passes.dce import dce
from symdiff.passes.expand import expand
from tests.ops.rows import Translator, evaluate, gradient, graph_of, operands

ULP = 2.0**-52
PROBES = (0.0, *(s * v for v in (1e-8, 1.0, 30.0, 700.0, 1000.0) for s in (1, -1)))
FORMS = [*REWRITES,
         *(Rewrite(f, "logsumexp(x, y, z)", "logsumexp", "") for f in GATES["logsumexp"].forms)]


def variables(form: str) -> list[str]:
    nodes = ast.walk(ast.parse(form))
    return sorted({n.id for n in nodes if isinstance(n,
                                                     ast.Name) and len(n.id) == 1 and n.id != "e"})


def exact(form: str, names: list[str]):
    symbols = [sympy.Symbol(n, real=True) for n in names]
    expression = Translator(dict(zip(names, symbols, strict=True)))(form)
    return sympy.lambdify(symbols, expression, "mpmath")


@pytest.mark.parametrize("rule", FORMS, ids=lambda r: r.form)
def test_forms_are_equal_to_what_replaces_them(rule: Rewrite) -> None:
    names = variables(rule.form)
    low = 0.05 if rule.form.startswith("log(1 -") else -0.9
    with mpmath.workdps(40):
        original = exact(rule.form, names)
        for point in itertools.product((low, 0.3, 0.85), repeat=len(names)):
            values = dict(zip(names, point, strict=True))
            wanted = original(*map(mpmath.mpf, point))
            assert math.isclose(evaluate_formula(rule.result, values), float(wanted), rel_tol=1e-14)


@pytest.mark.parametrize("rule", FORMS, ids=lambda r: r.form)
def test_forms_are_proved(rule: Rewrite) -> None:
    names = variables(rule.form)
    symbols = {n: sympy.Symbol(n, real=True) for n in names}
    if rule.result.startswith("log"):  # equal logarithms: by the exponentials of both sides
        form, result = (sympy.exp(Translator(symbols)(f)) for f in (rule.form,
            first_form(rule.result)))
    else:
        form, result = (Translator(symbols)(f) for f in (rule.form, first_form(rule.result)))
    difference = sympy.simplify((form - result).rewrite(sympy.exp).rewrite(sympy.erf))
    assert sympy.simplify(sympy.expand(difference)) == 0


MIRRORED = [r for r in REWRITES if r.mirror]


@pytest.mark.parametrize("rule", MIRRORED, ids=lambda r: r.form)
def test_mirrors_are_the_result_at_the_negated_argument(rule: Rewrite) -> None:
    for c, z in itertools.product((0.7, -2.0), PROBES):
        result = evaluate_formula(rule.result, {"c": c, "z": -z})
        assert math.isclose(evaluate_formula(rule.mirror, {"c": c, "z": z}), result, rel_tol=1e-15)


def first_form(result: str) -> str:
    """The defining form of ``gate(...)``, over the same variables; other results stand for
    themselves.
    """
    found = GATES.get(result.split("(")[0])
    return found.forms[0] if found is not None else result


# -- digits ----------------------------------------------------------------------------------------


def gate_probes(name: str):
    size = len(operands(OPS[name]))
    probes = PROBES if size < 3 else (0.0, 1.0, -30.0, 700.0, -1000.0)
    return itertools.product(probes, repeat=size)


SCALAR_GATES = sorted(n for n, g in GATES.items() if g.forms)  # the list form is logsumexp again


@pytest.mark.parametrize("name", SCALAR_GATES)
def test_values_and_partials_keep_their_digits(name: str) -> None:
    names = list(operands(OPS[name]))
    graph = graph_of(f"{name}({', '.join(names)})", names)
    slopes = gradient(graph)
    with mpmath.workdps(1400):
        function = exact(GATES[name].forms[0], names)
        symbols = [sympy.Symbol(n, real=True) for n in names]
        expression = Translator(dict(zip(names, symbols, strict=True)))(GATES[name].forms[0])
        partials = [sympy.lambdify(symbols, sympy.diff(expression, s), "mpmath") for s in symbols]
        for point in gate_probes(name):
            mp_point = tuple(map(mpmath.mpf, point))
            # Terms may cancel (logsumexp near zero): the error is in units of the largest term.
            scale = max(map(abs, point)) if name == "logsumexp" else 0.0
            value = function(*mp_point)
            assert within(evaluate(graph, point)[0], value, scale), ("value", point)
            assert within(OPS[name].evaluate(*point), value, scale), ("evaluate", point)
            for got, partial in zip(evaluate(slopes, point), partials, strict=True):
                assert within(got, partial(*mp_point), 0.0, condition(point)), ("partial", point)


def condition(point: tuple[float, ...]) -> float:
    """Rounding a difference of operands is a relative error of exp of as many ulp as they are
    large.
    """
    return 1.0 if len(point) == 1 or len(set(map(abs, point))) == 1 else 1.0 + max(map(abs,
        point)) / 16


def within(got: float, wanted: mpmath.mpf, scale: float, factor: float = 1.0) -> bool:
    """At most 16 ulp away (of the result, or of the largest term); a subnormal may be off by its
    own ulp.
    """
    return abs(mpmath.mpf(got) - wanted) <= 16 * ULP * factor * max(abs(wanted),
        scale) + mpmath.mpf(5e-324)


@pytest.mark.parametrize("name", SCALAR_GATES)
def test_nan_in_nan_out(name: str) -> None:
    names = list(operands(OPS[name]))
    graph = graph_of(f"{name}({', '.join(names)})", names)
    for at, other in itertools.product(range(len(names)), (0.0, -5.0, 800.0)):
        point = [other] * len(names)
        point[at] = math.nan
        assert math.isnan(evaluate(graph, point)[0]), point
        assert all(map(math.isnan, evaluate(gradient(graph), point))), point


@pytest.mark.parametrize("name", SCALAR_GATES)
def test_infinities_do_what_the_form_does(name: str) -> None:
    """Where the form gives a number at infinite operands, so does the gate."""
    names = list(operands(OPS[name]))
    graph = graph_of(f"{name}({', '.join(names)})", names)
    for point in itertools.product((math.inf, -math.inf, 1.0), repeat=len(names)):
        try:
            wanted = evaluate_formula(GATES[name].forms[0], dict(zip(names, point, strict=True)))
        except (ValueError, ZeroDivisionError):
            continue
        if not math.isnan(wanted):
            assert math.isclose(evaluate(graph, point)[0], wanted, rel_tol=1e-14), point


@pytest.mark.parametrize("operand", ["{}", "({} - w)", "-{}", "(w - {})*v"])
@pytest.mark.parametrize("name", SCALAR_GATES)
def test_value_and_partial_share_what_they_have_in_common(name: str, operand: str) -> None:
    """At most one exponential per operand in the value and its gradient together."""
    names = list(operands(OPS[name]))
    formula = f"{name}({', '.join(map(operand.format, names))})"
    slopes = gradient(graph_of(formula, [*names, "v", "w"]))
    call = next(s.result for s in slopes.body.stmts if s.op.name == name)
    slopes.body.yields.append(call)
    names_of = [s.op.name for s in statements(dce(expand(slopes)).body)]
    assert names_of.count("exp") <= len(names)
    assert not set(names_of) & set(GATES)
    assert run(expand(slopes), *[0.5] * (len(names) + 2))
