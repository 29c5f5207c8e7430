"""One shape for every way of writing a formula, and none for what is another function."""

from __future__ import annotations

import pytest

from symdiff.ir.core import Value
from symdiff.library.entries import form_graph
from symdiff.library.shapes import Pattern, Shapes, pattern, text


def shape(formula: str, names: str = "abc"):
    graph = form_graph(formula, tuple(names))
    shapes = Shapes(graph.body)
    for stmt in graph.body.stmts:
        shapes.of(stmt.result)
    return shapes.of(graph.outputs[0]), dict(zip(graph.inputs, names, strict=True)), shapes


def matches(made: Pattern, formula: str) -> list[dict[str, str]]:
    """The bindings, spelled."""
    found, letters, _ = shape(formula)

    def spelled(tree):
        if isinstance(tree, Value):
            return letters[tree]
        return tuple(map(spelled, tree)) if isinstance(tree, tuple) else tree

    return [{n: spelled(v) for n, v in binding.items()} for binding in made.match(found)]


LEAF = {n: (1.0, ("leaf", n)) for n in "abc"}


@pytest.mark.parametrize(
    "written",
    [
        "0.5*a*(1 + erf(a/sqrt(2)))",
        "a*0.5*(erf(a/sqrt(2)) + 1)",
        "0.5*(1 + erf(a/sqrt(2)))*a",
        "a*(1 + erf(0.7071067811865476*a))/2",
        "(erf(a/1.4142135623730951) + 1)/2*a",
    ],
)
def test_order_grouping_and_constants_do_not_matter(written: str) -> None:
    assert {"x": LEAF["a"]} in matches(pattern("0.5*x*(1 + erf(x/sqrt(2)))"), written)


@pytest.mark.parametrize(
    ("form", "written", "bound"),
    [
        ("x/(1 + abs(x))", "(a - b)/(abs(a - b) + 1)", None),
        ("x*x/(1 + x**2)", "a**2/(a*a + 1)", {"x": LEAF["a"]}),
        ("exp(-x)", "exp(b - a)", None),
        ("x/sqrt(1 + k*x*x)", "a/sqrt(1 + 0.7*a**2)", {"x": LEAF["a"], "k": (0.7, ("prod", ()))}),
        (
            "v*x/(k + x)",
            "3*a/(a + 2.5)",
            {"x": LEAF["a"], "v": (3.0, ("prod", ())), "k": (2.5, ("prod", ()))},
        ),
        ("sin(x)/x", "sin(2*a)/(2*a)", {"x": (2.0, ("leaf", "a"))}),
        ("(1 - cos(x))/x**2", "(1 - cos(a/2))/(a/2)**2", {"x": (0.5, ("leaf", "a"))}),
        ("sqrt(1 + x*x) - 1", "sqrt(a**2 + 1.0) - 1", {"x": LEAF["a"]}),
        ("(1 - cos(x))/x**2", "(1 - cos(b))/(b*b)", {"x": LEAF["b"]}),
        ("x/sqrt(1 + k*x*x)", "a/sqrt(1 + b*a**2)", {"x": LEAF["a"], "k": LEAF["b"]}),
        ("(x - y)/(x + y)", "-(b - a)/(a + b)", {"x": LEAF["a"], "y": LEAF["b"]}),
    ],
)
def test_what_matches(form: str, written: str, bound: dict[str, object] | None) -> None:
    found = matches(pattern(form), written)
    assert found if bound is None else bound in found


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("x/(1 + abs(x))", "a/(1 + abs(b))"),
        ("x/(1 + abs(x))", "a/(2 + abs(a))"),
        ("x/(1 + abs(x))", "a/(1 - abs(a))"),
        ("x*x/(1 + x*x)", "a**3/(1 + a*a)"),
        ("(x - y)/(x + y)", "(a - b)/(a - b)"),
        ("0.5*x*(1 + erf(x/sqrt(2)))", "0.5*a*(1 + erf(a/sqrt(3)))"),
        ("exp(x)", "exp2(a)"),
        ("log(1 + x*x)", "log(1 + a*a + b)"),
        ("sin(x)/x", "a/sin(a)"),
        ("sin(x)/x", "sin(2*a)/a"),
    ],
)
def test_what_does_not(form: str, written: str) -> None:
    assert matches(pattern(form), written) == []


@pytest.mark.parametrize(
    "formula",
    ["(1 - cos(x))/(x*x)", "a*exp(-b*exp(-x))", "x - 2*(sin(x) - 3)", "-(x + 1)/y", "x**-2"],
)
def test_the_text_of_a_shape_has_that_shape(formula: str) -> None:
    made = pattern(formula)
    again = text((made.coefficient, made.tree))
    other = pattern(again)
    assert text((other.coefficient, other.tree)) == again


def test_what_is_large_is_a_leaf() -> None:
    """Shapes are trees: a value that is read twice at every level would double at each."""
    formula = "a"
    for _ in range(12):
        formula = f"sin({formula})"
    found, _, shapes = shape("(lambda t: t*t + t)((lambda t: t*t + t)(" * 6 + formula + "))" * 6)
    assert found[1][0] in ("sum", "leaf")
    assert max(shapes.size.values()) <= 32
