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


# -- instances of classes --------------------------------------------------------------------------


class Model:
    """Weights, and what is not to be differentiated."""

    steps: int

    def __init__(self, weights: list[float], bias: float, steps: int = 3) -> None:
        self.weights = weights
        self.bias = bias
        self.steps = steps
        self.name = "model"
        self.on = True
        self.activation = math.tanh

    def loss(self, x: float) -> float:
        h = x
        for _ in range(self.steps):
            h = self.activation(sum(w * h for w in self.weights) + self.bias)
        return h * h if self.on else 0.0

    def __call__(self, x: float) -> float:
        return 3.0 * x * self.bias


def model_loss(model: Model, x: float) -> float:
    return model.loss(x)


def test_the_gradient_of_an_instance_is_one_of_its_class() -> None:
    model = Model([0.1, 0.2], 0.3)
    found = grad(model_loss)(model, 0.5)
    assert type(found) is Model and model.bias == 0.3
    assert list(vars(found)) == list(vars(model))
    assert (found.steps, found.name, found.on) == (3, "model", True)
    assert found.activation is math.tanh
    h = 1e-6
    up, down = Model([0.1, 0.2], 0.3 + h), Model([0.1, 0.2], 0.3 - h)
    slope = (up.loss(0.5) - down.loss(0.5)) / (2 * h)
    assert found.bias == pytest.approx(slope, rel=1e-8)
    assert found.weights == [pytest.approx(found.weights[0])] * 2


def test_an_instance_with_other_attributes_is_another_signature() -> None:
    g = grad(model_loss, argnums=1)
    model = Model([0.1, 0.2], 0.3)
    first = g(model, 0.5)
    model.steps = 1
    second = g(model, 0.5)
    assert first != second
    model.on = False
    assert g(model, 0.5) == 0.0
    model.activation = math.sin
    model.on = True
    expected = 2.0 * math.sin(0.45) * math.cos(0.45) * 0.3
    assert g(model, 0.5) == pytest.approx(expected, rel=1e-14)


def test_bound_methods_and_callable_objects() -> None:
    model = Model([0.1, 0.2], 0.3, steps=1)
    t = math.tanh(0.45)
    assert grad(model.loss)(0.5) == pytest.approx(2 * t * (1 - t * t) * 0.3, rel=1e-14)
    assert grad(model)(2.0) == pytest.approx(0.9, rel=1e-15)
    model.bias = 1.0
    assert grad(model)(2.0) == 3.0


def test_a_class_made_in_a_function_is_that_of_the_argument() -> None:
    class Local:
        def __init__(self, x: float) -> None:
            self.x = x

    found = grad(lambda o: o.x**3)(Local(2.0))
    assert type(found) is Local and found.x == 12.0


def test_slots_and_inheritance() -> None:
    class Base:
        __slots__ = ("x",)

    class Derived(Base):
        __slots__ = ("y",)

        def __init__(self) -> None:
            self.x = 2.0
            self.y = 3.0

    found = grad(lambda o: o.x * o.y**2)(Derived())
    assert (found.x, found.y) == (9.0, 12.0)


class Bare:
    def __init__(self) -> None:
        self.name = "bare"


def test_an_instance_without_floats_is_refused() -> None:
    with pytest.raises(ArgumentError, match="o is a Bare, which holds nothing to differentiate"):
        grad(lambda o: 2.0)(Bare())


def test_an_instance_that_leads_back_to_itself() -> None:
    child = Bare()
    child.parent = Bare()  # type: ignore[attr-defined]
    child.parent.child = child  # type: ignore[attr-defined]
    child.x = 2.0  # type: ignore[attr-defined]
    found = grad(lambda o: o.x**2)(child)
    assert found.x == 4.0 and found.parent.name == "bare"
