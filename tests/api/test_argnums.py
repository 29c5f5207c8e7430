"""What ``argnums`` and ``argnames`` may be, refused at decoration with the argument's name."""

from typing import Any

import pytest

from symdiff import ArgumentError, CaptureError, grad, hessian


def f(x, y, *, k=1.0):  # type: ignore[no-untyped-def]
    return x * y * k


def g(x, *xs):  # type: ignore[no-untyped-def]
    return x


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"argnums": 2}, "argnums=2 is out of range: f(x, y, k) takes 2 positional arguments"),
        ({"argnums": -3}, "argnums=-3 is out of range: f(x, y, k) takes 2 positional arguments"),
        (
            {"argnums": (0, 5)},
            "argnums=5 is out of range: f(x, y, k) takes 2 positional arguments",
        ),
        (
            {"argnums": True},
            "argnums=True must be an int or a tuple of ints\n    hint: names go into argnames=",
        ),
        (
            {"argnums": "x"},
            "argnums='x' must be an int or a tuple of ints\n    hint: names go into argnames=",
        ),
        (
            {"argnums": (0, 1.0)},
            "argnums=(0, 1.0) must be an int or a tuple of ints\n    hint: names go into argnames=",
        ),
        (
            {"argnums": None},
            "argnums=None must be an int or a tuple of ints\n    hint: names go into argnames=",
        ),
        (
            {"argnums": ()},
            "argnums=() differentiates nothing\n    hint: give at least one argument's position",
        ),
        ({"argnums": (0, 0)}, "argnums=(0, 0) name an argument of f(x, y, k) twice"),
        ({"argnums": (0, -2)}, "argnums=(0, -2) name an argument of f(x, y, k) twice"),
        ({"argnames": "q"}, "argnames='q': 'q' is not a parameter of f(x, y, k)"),
        ({"argnames": ("x", "q")}, "argnames=('x', 'q'): 'q' is not a parameter of f(x, y, k)"),
        ({"argnames": ("x", "x")}, "argnames=('x', 'x') name a parameter twice"),
        ({"argnames": 0}, "argnames=0 must be a string or a tuple of strings"),
        ({"argnames": ()}, "argnames=() must be a string or a tuple of strings"),
        (
            {"argnames": "x", "argnums": 1},
            "argnums=1 and argnames='x' are both given\n    hint: give one of them",
        ),
        (
            {"granularity": "coarse"},
            "granularity must be one of fine, fused, whole, auto, not 'coarse'",
        ),
        ({"target": "jax"}, "target='jax' is not known\n    hint: the only target is 'python'"),
    ],
)
def test_refused_at_decoration(options: dict[str, Any], message: str) -> None:
    for transformation in (grad, hessian):
        with pytest.raises(ArgumentError) as caught:
            transformation(f, **options)
        assert str(caught.value) == message
        with pytest.raises(ArgumentError):
            transformation(**options)(f)


def test_argnums_of_star_args_are_checked_where_they_can_be() -> None:
    with pytest.raises(ArgumentError, match="twice"):
        grad(g, (1, 1))
    assert callable(grad(g, 7))
    with pytest.raises(ArgumentError, match="twice"):
        grad(g, (1, -1))(1.0, 2.0)


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ("f", "grad needs a function, not 'f'"),
        (1.5, "grad needs a function, not 1.5"),
        (max, "max has no Python source"),
        (float, "float has no Python source"),
    ],
)
def test_what_is_not_a_function(thing: Any, message: str) -> None:
    with pytest.raises((ArgumentError, CaptureError)) as caught:
        grad(thing)
    assert str(caught.value).startswith(message)


def test_a_position_in_the_place_of_the_function() -> None:
    with pytest.raises(ArgumentError) as caught:
        grad(0)  # type: ignore[call-overload]
    assert str(caught.value) == "grad needs a function, not 0\n    hint: write @grad(argnums=0)"
