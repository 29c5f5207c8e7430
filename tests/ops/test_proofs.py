"""Every partial of the table proved against SymPy's derivative of the row's image; no code per row.
"""

from __future__ import annotations

import random

import pytest
import sympy

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.types import FLOAT, INT
from tests.ops.rows import Translator, differentiable_rows, image_of, paths, sign_cases

KINKS = (sympy.Max, sympy.Min, sympy.floor, sympy.ceiling)

# A row without an image must have rules of its own (vjp), which test_derivatives.py checks by
# numbers.
PROVED = [s for s in differentiable_rows() if s.image and s.vjp is None]


def zero(difference: sympy.Expr) -> bool:
    """A proof that the expression is identically zero."""
    for form in (lambda e: e, sympy.simplify, lambda e: sympy.simplify(e.rewrite(sympy.exp)),
                 lambda e: sympy.radsimp(sympy.expand(e)),
                 lambda e: sympy.simplify(sympy.expand_func(e))):
        difference = form(difference)
        if difference == 0:
            return True
    return False


def zero_on_branch(difference: sympy.Expr, symbols: list[sympy.Symbol],
                   conditions: list[sympy.Expr]) -> bool:
    """For kinked images: zero at rational points of the branch, where everything is exact."""
    rng = random.Random(1)
    seen = 0
    for _ in range(200):
        point = {s: sympy.Rational(rng.randint(1, 60),
                                   7) * (-1 if s.is_negative else 1) for s in symbols}
        if len(set(map(abs,
                       point.values()))) < len(point) or not all(c.subs(point) for c in conditions):
            continue  # on a kink, or on another branch
        seen += 1
        if sympy.simplify(difference.subs(point)) != 0:
            return False
        if seen == 8:
            return True
    return False


def derivative(image: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    """d image/dx where the steps inside it (floor, ceiling) are constant."""
    steps = {f: sympy.Dummy() for f in image.atoms(sympy.floor, sympy.ceiling)}
    return sympy.diff(image.xreplace(steps), x).xreplace({d: f for f, d in steps.items()})


def check(formula: str, image: sympy.Expr, symbols: dict[str, sympy.Symbol], name: str) -> None:
    names = {**symbols, "out": image}
    exact = derivative(image, symbols[name])
    for partial, conditions in paths(formula, names):
        if image.has(*KINKS):
            assert zero_on_branch(partial - exact, list(symbols.values()), conditions), (formula,
                conditions)
        else:
            assert zero(partial - exact), f"{formula} is not {exact} where {conditions}"


@pytest.mark.parametrize("spec", PROVED, ids=lambda s: s.name)
def test_every_partial_is_the_derivative_of_the_image(spec: OpSpec) -> None:
    for symbols in sign_cases(spec):
        image = image_of(spec, symbols)
        names = [n for n in symbols if n != "rest"]
        for index, name in enumerate(names):
            formula = spec.partial(index)
            if formula is not None:
                check(formula, image, symbols, name)


CONSTANTS = (-3, -2, -1, 0, 1, 2, 3, 4, 7, -1.5, -0.5, 0.25, 0.5, 1.5, 2.5)


@pytest.mark.parametrize("constant", CONSTANTS)
@pytest.mark.parametrize("spec", [s for s in OPS if s.choose is not None], ids=lambda s: s.name)
def test_partials_chosen_for_a_constant_last_operand(spec: OpSpec, constant: float) -> None:
    graph = Graph("row", Block(None), [Param("x", FLOAT)])
    b = Builder(graph)
    x = graph.body.add_param(FLOAT, "x")
    b.op(spec.name, x, b.const(constant), **{})
    made = [s for s in graph.body.stmts if s.op is spec]
    if not made:
        assert constant in (0, 1), "only trivial powers fold away"
        return
    formula = made[0].op.partials_of(made[0])[0]
    symbol = sympy.Symbol("x", positive=True)
    image = symbol ** sympy.nsimplify(constant, rational=True)
    assert formula is not None
    assert zero(Translator({"x": symbol, "out": image})(formula) - sympy.diff(image, symbol))


@pytest.mark.parametrize("spec", [s for s in OPS if s.choose is not None], ids=lambda s: s.name)
def test_partials_chosen_for_an_int_exponent_and_for_a_constant_base(spec: OpSpec) -> None:
    graph = Graph("row", Block(None), [Param("x", FLOAT), Param("n", INT), Param("p", FLOAT)])
    b = Builder(graph)
    x, n, p = (graph.body.add_param(t, h) for t, h in ((FLOAT, "x"), (INT, "n"), (FLOAT, "p")))
    by_int = b.op(spec.name, x, n).stmt
    by_base = b.op(spec.name, b.const(2.0), p).stmt
    assert by_int is not None and by_base is not None
    sx, sp = sympy.Symbol("x", positive=True), sympy.Symbol("p", positive=True)
    dx, dp = spec.partials_of(by_int)[0], spec.partials_of(by_base)[1]
    assert dx is not None and "log" not in dx
    assert dp is not None and "log" not in dp
    assert zero(Translator({"x": sx, "p": sp, "out": sx**sp})(dx) - sp * sx ** (sp - 1))
    assert zero(Translator({"x": sx, "p": sp, "out": 2**sp})(dp) - sympy.log(2) * 2**sp)


def test_every_row_with_a_derivative_is_proved_or_structured() -> None:
    rows = [s for s in differentiable_rows() if "library" not in s.tags]  # proved by their entries
    unproved = {s.name for s in rows} - {s.name for s in PROVED}
    structured = {s.name for s in OPS if s.vjp is not None}
    assert unproved - structured <= {"inf_times"}, "a row has partials but no image to prove"
