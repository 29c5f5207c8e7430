"""Calls and decorators: what each transformation returns, for every way of passing arguments."""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import pytest

from symdiff import (
    ArgumentError,
    Gradient,
    driver,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from symdiff.options import GRANULARITIES
from symdiff.recent import Recent


def neuron(w0, x0, w1, x1, w2):  # type: ignore[no-untyped-def]
    """A neuron with two inputs."""
    return 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))


def mixed(x, y=3.0, *, k=2.0):  # type: ignore[no-untyped-def]
    return x * y * y * k


def slashed(x, /, y):  # type: ignore[no-untyped-def]
    return x * y * y


def star(a, *xs):  # type: ignore[no-untyped-def]
    total = a * a
    for x in xs:
        total += a * x * x
    return total


def polynomial(x, y):  # type: ignore[no-untyped-def]
    return x * x * x * y + y * y


def pair(x, y):  # type: ignore[no-untyped-def]
    return x * y, x + 2.0 * y


def power(x, n):  # type: ignore[no-untyped-def]
    result = 1.0
    for _ in range(n):
        result *= x
    return result


def test_the_neuron() -> None:
    g = grad(neuron, argnums=(0, 1, 2, 3, 4))
    expected = (-0.19661193, 0.39322387, -0.39322387, -0.5898358, 0.19661193)
    assert g(2.0, -1.0, -3.0, -2.0, -3.0) == pytest.approx(expected)


def test_an_int_argnum_gives_one_gradient_and_a_tuple_a_tuple() -> None:
    assert grad(polynomial)(2.0, 5.0) == 60.0
    assert grad(polynomial, 1)(2.0, 5.0) == 18.0
    assert grad(polynomial, (0,))(2.0, 5.0) == (60.0,)
    assert grad(polynomial, (1, 0))(2.0, 5.0) == (18.0, 60.0)
    assert grad(polynomial, [0, 1])(2.0, 5.0) == (60.0, 18.0)


def test_negative_argnums_count_from_the_end() -> None:
    assert grad(polynomial, -1)(2.0, 5.0) == 18.0
    assert grad(polynomial, (-2, -1))(2.0, 5.0) == (60.0, 18.0)


def test_argnames() -> None:
    assert grad(mixed, argnames="k")(1.0) == 9.0
    assert grad(mixed, argnames=("k", "x"))(1.0, 2.0) == (4.0, 8.0)
    assert grad(star, argnames="xs")(2.0, 1.0, 3.0) == (4.0, 12.0)


def test_decorators() -> None:
    @grad
    def f(x):  # type: ignore[no-untyped-def]
        return x * x

    @grad(argnums=1)
    def g(x, y):  # type: ignore[no-untyped-def]
        return x * y

    @value_and_grad()
    def h(x):  # type: ignore[no-untyped-def]
        return x * x

    assert f(3.0) == 6.0
    assert g(3.0, 4.0) == 3.0
    assert h(3.0) == (9.0, 6.0)


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((1.0,), {}, 18.0),
        ((1.0, 2.0), {}, 8.0),
        ((1.0,), {"k": 1.0}, 9.0),
        ((), {"y": 2.0, "x": 1.0}, 8.0),
        ((1, 2), {"k": 3}, 12.0),
    ],
)
def test_defaults_and_keywords(args: Any, kwargs: Any, expected: float) -> None:
    g = grad(mixed)
    for _ in range(3):  # the slow path, then the guarded function
        result = g(*args, **kwargs)
        assert result == expected and type(result) is float


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (mixed, (), {}),
        (mixed, (1.0, 2.0, 3.0), {}),
        (mixed, (1.0,), {"q": 1.0}),
        (mixed, (1.0,), {"x": 1.0}),
        (slashed, (1.0,), {}),
        (slashed, (), {"x": 1.0, "y": 2.0}),
    ],
)
def test_binding_mistakes_are_pythons_own(function: Any, args: Any, kwargs: Any) -> None:
    g = grad(function)
    with pytest.raises(TypeError) as own:
        function(*args, **kwargs)
    texts = []
    for _ in range(2):
        with pytest.raises(TypeError) as caught:
            g(*args, **kwargs)
        assert type(caught.value) is TypeError
        texts.append(str(caught.value))
        g(1.0, 2.0)  # now the generated function is in front
    expected = str(own.value).replace(function.__name__, f"{function.__name__}_grad")
    assert texts == [expected, expected]


def test_arguments_that_land_in_star_args() -> None:
    assert grad(star)(2.0, 1.0, 3.0) == 14.0
    assert grad(star, 1)(2.0, 1.0, 3.0) == 4.0
    assert grad(star, -1)(2.0, 1.0, 3.0) == 12.0
    assert grad(star, (0, 2))(2.0, 1.0, 3.0) == (14.0, 12.0)
    assert grad(star, -1)(2.0) == 4.0
    with pytest.raises(ArgumentError) as caught:
        grad(star, 2)(2.0, 1.0)
    text = "argnums=2 is out of range: star(a, *xs) is called with 2 positional arguments"
    assert str(caught.value) == f"grad of star: {text}"


def test_partial_and_lambda() -> None:
    g = grad(functools.partial(polynomial, 2.0))
    assert g(5.0) == 18.0 and g(5.0) == 18.0
    g = grad(functools.partial(polynomial, y=5.0))
    assert g(2.0) == 60.0 and g(2.0, y=1.0) == 12.0
    assert grad(lambda x: x * x * 2.0)(3.0) == 12.0
    first, second = grad(lambda x: x * 2.0), grad(lambda x: x * 3.0)
    assert (first(1.0), second(1.0)) == (2.0, 3.0)


def test_ints_count_as_floats_where_differentiated_and_stay_ints_elsewhere() -> None:
    g = grad(power)
    assert g(2.0, 3) == 12.0
    assert repr(g(2, 3)) == "12.0"
    assert repr(g(2, 3)) == "12.0"


def test_the_other_transformations() -> None:
    assert value_and_grad(polynomial, (0, 1))(2.0, 5.0) == (65.0, (60.0, 18.0))
    assert jacobian(pair)(2.0, 5.0) == (5.0, 1.0)
    assert jacobian(pair, (0, 1))(2.0, 5.0) == ((5.0, 2.0), (1.0, 2.0))
    assert hessian(polynomial)(2.0, 5.0) == 60.0
    assert hessian(polynomial, (0, 1))(2.0, 5.0) == ((60.0, 12.0), (12.0, 2.0))


def test_hvp_takes_the_vector_last() -> None:
    product = hvp(polynomial)
    for _ in range(2):
        assert product(2.0, 5.0, 0.5) == 30.0
    assert hvp(polynomial, (0, 1))(2.0, 5.0, (1.0, 2.0)) == (84.0, 16.0)
    assert hvp(mixed, 1)(1.0, 3.0, 2.0, k=1.0) == 4.0


def test_jvp() -> None:
    assert jvp(polynomial, (2.0, 5.0), (1.0, 2.0)) == (65.0, 96.0)
    assert jvp(mixed, (1.0,), (1.0,)) == (18.0, 18.0)
    assert jvp(star, (2.0, 1.0, 3.0), (1.0, 0.0, 1.0)) == (24.0, 26.0)
    assert jvp(pair, (2.0, 5.0), (1.0, 0.0)) == ((10.0, 12.0), (5.0, 1.0))


def test_vjp_and_its_pullback_as_often_as_wanted() -> None:
    out, pullback = vjp(polynomial, 2.0, 5.0)
    assert out == 65.0
    assert pullback(1.0) == (60.0, 18.0)
    assert pullback(2) == (120.0, 36.0)
    assert pullback(1.0) == (60.0, 18.0)
    out, pullback = vjp(pair, 2.0, 5.0)
    assert out == (10.0, 12.0)
    assert pullback((1.0, 0.0)) == (5.0, 2.0)
    assert pullback((1, 10)) == (15.0, 22.0)


@pytest.mark.parametrize(
    ("cotangent", "message"),
    [
        (1.0, "the cotangent is float where the result is tuple[float, float]"),
        ((1.0,), "the cotangent is tuple[float] where the result is tuple[float, float]"),
        ([1.0, 2.0], "the cotangent is list[float] where the result is tuple[float, float]"),
        ((1.0, "a"), "the cotangent is tuple[float, 'a'] where the result is tuple[float, float]"),
        (
            (1.0, True),
            "the cotangent is tuple[float, bool] where the result is tuple[float, float]",
        ),
    ],
)
def test_a_wrong_cotangent_is_named(cotangent: Any, message: str) -> None:
    _, pullback = vjp(pair, 2.0, 5.0)
    with pytest.raises(ArgumentError) as caught:
        pullback(cotangent)
    assert str(caught.value) == f"vjp of pair: {message}"


def test_wrong_tangents_are_named() -> None:
    with pytest.raises(ArgumentError, match="there are 2 primals but 1 tangents"):
        jvp(polynomial, (2.0, 5.0), (1.0,))
    with pytest.raises(ArgumentError, match=r"the vector for y is list\[float\] where y is float"):
        jvp(polynomial, (2.0, 5.0), (1.0, [1.0]))
    with pytest.raises(ArgumentError, match="jvp: primals must be a tuple, not float"):
        jvp(polynomial, 2.0, (1.0,))  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="2 vectors are needed"):
        hvp(polynomial, (0, 1))(2.0, 5.0, (1.0,))
    with pytest.raises(TypeError, match="missing the vector"):
        hvp(pair)()


def test_a_gradient_of_a_gradient() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x * x * x * x

    assert grad(grad(f))(2.0) == 48.0
    assert grad(grad(grad(f)))(2.0) == 48.0
    assert value_and_grad(grad(f))(2.0) == (32.0, 48.0)
    assert grad(grad(polynomial, 1), 0)(2.0, 5.0) == 12.0
    assert jacobian(grad(polynomial, (0, 1)), (0, 1))(2.0, 5.0) == ((60.0, 12.0), (12.0, 2.0))
    assert grad(hvp(f), 1)(2.0, 1.0) == 48.0


def test_name_doc_and_signature() -> None:
    g = grad(neuron, argnums=(0, 4))
    assert isinstance(g, Gradient)
    assert g.__name__ == "neuron_grad" and g.__wrapped__ is neuron and g.__module__ == __name__
    assert g.__doc__ is not None
    assert g.__doc__.startswith("Gradient of neuron (test_calls.py:")
    assert g.__doc__.endswith("with respect to w0, w2.\n\nA neuron with two inputs.")
    assert str(inspect.signature(g)) == "(w0, x0, w1, x1, w2)"
    assert str(inspect.signature(grad(mixed))) == "(x, y=3.0, *, k=2.0)"
    assert str(inspect.signature(grad(slashed))) == "(x, /, y)"
    assert str(inspect.signature(grad(star))) == "(a, *xs)"
    assert str(inspect.signature(hvp(polynomial))) == "(x, y, v)"
    assert str(inspect.signature(grad(functools.partial(polynomial, 2.0)))) == "(y)"
    assert str(inspect.signature(grad(functools.partial(polynomial, y=2.0)))) == "(x, *, y=2.0)"


def test_applying_a_transformation_again_is_a_look_up() -> None:
    assert grad(polynomial) is grad(polynomial, 0)
    assert grad(polynomial) is not grad(polynomial, (0,))
    assert grad(polynomial) is not value_and_grad(polynomial)
    assert grad(polynomial, granularity="fine") is not grad(polynomial)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_every_granularity(granularity: str) -> None:
    g: Callable[..., Any] = grad(neuron, (0, 4), granularity=granularity)
    assert g(2.0, -1.0, -3.0, -2.0, -3.0) == pytest.approx((-0.1966119, 0.1966119), abs=1e-7)


def test_a_parameter_may_be_called_self() -> None:
    g = grad(lambda self, x: self * x * x, argnames="x")
    assert g(self=3.0, x=1.0) == g(3.0, 1.0) == 6.0


def winding(a: float, b: float, n: int) -> float:
    if n <= 0:
        return a * b
    return winding(b, a * a, n - 1)


def wound(x: float, y: float) -> float:
    return winding(x, y, 2) * y


def test_a_derivative_is_differentiated_again_when_its_graph_was_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that compiles hundreds of derivatives drops the graphs of the oldest; the text of
    recursive ones cannot be read back."""
    first = grad(wound)
    first(1.5, 0.7)
    expected = grad(grad(wound, 1), 0)(1.5, 0.7)
    monkeypatch.setattr(driver, "_GENERATED", Recent(512))
    assert grad(first, 1)(1.5, 0.7) == pytest.approx(expected)
