"""Structured arguments and results: a gradient has its argument's form."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from symdiff import ArgumentError, SymdiffError, grad, hessian, jacobian, jvp, value_and_grad, vjp


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Layer:
    w: list[float]
    b: float


@dataclass(frozen=True)
class Box:
    low: float
    high: float


def norm(xs):  # type: ignore[no-untyped-def]
    total = 0.0
    for x in xs:
        total += x * x
    return total


def matrix(rows):  # type: ignore[no-untyped-def]
    total = 0.0
    for row in rows:
        for x in row:
            total += x * x
    return total


def product(p):  # type: ignore[no-untyped-def]
    return p[0] * p[1]


def area(p):  # type: ignore[no-untyped-def]
    return p.x * p.x * p.y


def loss(params, x):  # type: ignore[no-untyped-def]
    return (params["w"] * x + params["b"]) ** 2


def layer(p, xs):  # type: ignore[no-untyped-def]
    z = p.b
    for w, x in zip(p.w, xs, strict=True):
        z += w * x
    return z * z


def width(box):  # type: ignore[no-untyped-def]
    return (box.high - box.low) * box.high


def nested(p):  # type: ignore[no-untyped-def]
    return p["a"][0] * p["a"][1] + p["b"] * 2.0


def activate(x, mode, scale):  # type: ignore[no-untyped-def]
    if scale is None:
        scale = 1.0
    if mode == "square":
        return x * x * scale
    return x * scale


def applied(f, x):  # type: ignore[no-untyped-def]
    return f(x) * x


def double(x):  # type: ignore[no-untyped-def]
    return 2.0 * x


def doubled(xs):  # type: ignore[no-untyped-def]
    return [2.0 * x for x in xs]


def polar(p):  # type: ignore[no-untyped-def]
    return {"r": p[0] * p[1], "s": (p[0], p[1] * p[1])}


CASES: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (norm, ([1.0, 2.0, 3.0],), [2.0, 4.0, 6.0]),
    (norm, ([],), []),
    (norm, ((1.0, 2.0),), (2.0, 4.0)),
    (matrix, ([[1.0, 2.0], [3.0]],), [[2.0, 4.0], [6.0]]),
    (product, ((2.0, 3.0),), (3.0, 2.0)),
    (product, ([2.0, 3.0],), [3.0, 2.0]),
    (area, (Point(2.0, 3.0),), Point(12.0, 4.0)),
    (loss, ({"w": 2.0, "b": 1.0}, 3.0), {"w": 42.0, "b": 14.0}),
    (layer, (Layer([1.0, 2.0], 0.5), [3.0, 4.0]), Layer([69.0, 92.0], 23.0)),
    (width, (Box(1.0, 3.0),), Box(-3.0, 5.0)),
    (nested, ({"a": (2.0, 3.0), "b": 1.0},), {"a": (3.0, 2.0), "b": 2.0}),
]


@pytest.mark.parametrize(("function", "args", "expected"), CASES)
def test_a_gradient_has_its_arguments_form(function: Any, args: Any, expected: Any) -> None:
    g = grad(function)
    before = copy.deepcopy(args)
    for _ in range(3):
        result = g(*args)
        assert result == expected and type(result) is type(expected)
    assert args == before


def test_ints_inside_structures_are_widened_in_a_copy() -> None:
    g = grad(norm)
    xs = [1, 2.0, 3]
    assert repr(g(xs)) == "[2.0, 4.0, 6.0]" and repr(g([1, 2])) == "[2.0, 4.0]"
    assert repr(xs) == "[1, 2.0, 3]"
    assert repr(grad(product)((2, 3))) == "(3.0, 2.0)"
    assert repr(grad(area)(Point(2, 3))) == "Point(x=12.0, y=4.0)"


def test_numpy_scalars_count_as_numbers() -> None:
    assert repr(grad(norm)([np.float64(1.0), 2.0])) == "[2.0, 4.0]"
    assert repr(grad(double)(np.float64(3.0))) == "2.0"


def test_static_arguments_are_part_of_the_signature() -> None:
    g = grad(activate)
    for _ in range(2):
        assert g(3.0, "square", 2.0) == 12.0
        assert g(3.0, "linear", 2.0) == 2.0
        assert g(3.0, "square", None) == 6.0
    assert "4 signature" not in repr(g) and "3 signatures" in repr(g)
    assert grad(applied, 1)(double, 3.0) == 12.0
    assert grad(applied, 1)(math.sin, 0.0) == 0.0


def test_live_signatures_alternate() -> None:
    g = value_and_grad(norm)
    for _ in range(3):
        assert g([1.0, 2.0]) == (5.0, [2.0, 4.0])
        assert g((1.0, 2.0)) == (5.0, (2.0, 4.0))
        assert g((1.0,)) == (1.0, (2.0,))
        assert [g((1.0,) * n)[0] for n in range(8)] == list(range(8))
    assert "9 signatures" in repr(g)


def test_structures_of_results_and_arguments_nest_in_that_order() -> None:
    assert jacobian(polar)((2.0, 3.0)) == {"r": (3.0, 2.0), "s": ((1.0, 0.0), (0.0, 6.0))}
    assert hessian(product)((2.0, 3.0)) == ((0.0, 1.0), (1.0, 0.0))


def test_tangents_and_cotangents_have_the_structure_of_what_they_belong_to() -> None:
    assert jvp(norm, ([1.0, 2.0],), ([1.0, 1.0],)) == (5.0, 6.0)
    _, pullback = vjp(polar, (2.0, 3.0))
    assert pullback({"r": 1.0, "s": (0.0, 0.0)}) == ((3.0, 2.0),)
    with pytest.raises(ArgumentError, match=r"the cotangent is \{'r': float, 's': tuple"):
        pullback({"r": 1.0, "s": (0.0,)})
    _, pullback = vjp(doubled, [2.0, 3.0])
    assert pullback([1.0, 10.0]) == ([2.0, 20.0],)
    with pytest.raises(ArgumentError, match="the cotangent and the result differ in length: 1 and"):
        pullback([1.0])
    text = r"^jvp of norm: the vector for xs and xs differ in length: 1 and 2$"
    with pytest.raises(ArgumentError, match=text):
        jvp(norm, ([1.0, 2.0],), ([1.0],))


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (double, (True,), "x is a bool (True)"),
        (double, ("a",), "x is a str ('a')"),
        (double, (None,), "x is None"),
        (norm, ([1.0, True],), "xs[1] is a bool (True)"),
        (loss, ({"w": 1.0, "b": None}, 1.0), "params['b'] is None"),
        (area, (Point(1.0, False),), "p.y is a bool (False)"),
    ],
)
def test_what_cannot_be_differentiated_is_named(function: Any, args: Any, message: str) -> None:
    g = grad(function)
    with pytest.raises(ArgumentError) as caught:
        g(*args)
    tail = "which cannot be differentiated\n    hint: pass a float, or leave it out of argnums"
    assert str(caught.value) == f"grad of {function.__name__}: {message}, {tail}"


def test_a_guarded_function_refuses_what_the_first_call_did_not_see() -> None:
    g = grad(double)
    assert g(1.0) == 2.0
    for bad in (True, "a", None, 1j, [1.0]):
        with pytest.raises(SymdiffError):
            g(bad)
    assert repr(g(1)) == "2.0"


def annotated(x: float, xs: list[float], n: int = 2) -> float:
    total = 0.0
    for y in xs:
        total += x * y * n
    return total


def test_annotations_fix_the_signature() -> None:
    g = grad(annotated)
    assert "def annotated_grad(x, xs, n=2)" in g.source
    assert g(1.0, [2.0, 3.0]) == 10.0 and g(1, [2, 3]) == 10.0
    assert "1 signature" in repr(g)
    for args, message in [
        ((1.0, [2.0], 1.5), "n is annotated int but is float here: a float (1.5)"),
        ((1.0, 2.0), "xs is annotated list[float] but is float here: a float (2.0)"),
        (("a", [2.0]), "x is annotated float but is 'a' here: a str ('a')"),
    ]:
        with pytest.raises(ArgumentError) as caught:
            g(*args)
        assert str(caught.value) == f"grad of annotated: {message}"
