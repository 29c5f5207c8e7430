"""Saved text runs alone: defaults, names that hide ``math`` or ``len``, exceptions, classes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import symdiff
from symdiff.emit.defaults import described, source_of
from symdiff.ir.types import FLOAT


class TooSmall(Exception):
    """An exception of the user's own."""


@dataclass
class Scale:
    factor: float
    shift: float = 0.0


def alone(derivative: Any) -> Callable[..., Any]:
    """The saved text in a namespace of its own."""
    space: dict[str, Any] = {"__name__": "saved"}
    text = derivative.source
    assert "symdiff" not in "".join(n for n in text.splitlines() if not n.startswith("#"))
    exec(compile(text, "saved.py", "exec"), space)
    (name,) = [n for n in space if n.endswith(("_grad", "_hvp"))]
    function: Callable[..., Any] = space[name]
    return function


def scaled(x, y=2.0):
    return x * x * x * y


def test_defaults_stay_with_their_parameters() -> None:
    gradient = symdiff.grad(scaled)
    assert gradient(1.5) == alone(gradient)(1.5) == 13.5
    product = symdiff.hvp(scaled)
    assert product(1.5, 2.0, 1.0) == alone(product)(1.5, 2.0, 1.0) == 18.0
    assert "(x, y, v):" in product.source
    with pytest.raises(TypeError):
        alone(product)(1.5, 2.0)


def by_keyword(x, *, factor=3.0, start=(1.0, -0.5)):
    return (x - start[0]) * (x - start[1]) * factor


def test_defaults_of_keywords_and_tuples() -> None:
    for derivative in (symdiff.grad(by_keyword), symdiff.hvp(by_keyword)):
        extra = (1.0,) if derivative.__name__.endswith("_hvp") else ()
        args = (0.5, *extra)
        want = derivative(0.5, v=1.0) if extra else derivative(0.5)
        assert alone(derivative)(*args) == want


def activated(x, act=math.tanh, mode="twice", scale=Scale(2.0)):  # noqa: B008
    return (2.0 if mode == "twice" else 1.0) * act(x) * scale.factor


def test_defaults_that_are_no_literals() -> None:
    gradient = symdiff.grad(activated)
    assert gradient(0.5) == alone(gradient)(0.5)
    assert "act=math.tanh" in gradient.source
    assert "scale=Scale(factor=2.0, shift=0.0)" in gradient.source
    assert "For act=math.tanh, mode='twice' only." in gradient.source


def own(x):
    return x * x


def own_function(x, act=own, y=2.0):
    return act(x) * y


def test_a_default_without_text_is_left_out() -> None:
    gradient = symdiff.grad(own_function)
    assert gradient(0.5) == 2.0
    assert "(x, act, y=2.0):" in gradient.source
    assert "For act=own only." in gradient.source
    assert alone(gradient)(0.5, None) == 2.0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "-0.0"),
        (math.inf, "math.inf"),
        ([1.0, (2, None)], "[1.0, (2, None)]"),
        ({"a": {"b": True}}, "{'a': {'b': True}}"),
        (math.sin, "math.sin"),
        (abs, "abs"),
        (b"x", "b'x'"),
        (object(), "object"),
        ([own], "list"),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert text in described(value)
    assert (source_of(value, None, {}) is None) == (text in ("object", "list"))
    assert source_of(1.5, FLOAT, {}) is not None


def hiding(math, len, range=2.0):
    s = 0.0
    for x in len:
        s += math * x * range
    return _exp(s)


_exp = math.exp


def test_parameters_that_hide_what_the_text_needs() -> None:
    gradient = symdiff.grad(hiding, (0, 1, 2))
    want = gradient(0.25, [1.0, 2.0], 0.5)
    assert gradient(0.25, [1.0, 2.0], 0.5) == want  # through the guard
    assert alone(gradient)(0.25, [1.0, 2.0], 0.5) == want
    assert want[0] == pytest.approx(1.5 * math.exp(0.375))
    assert "import math as _math" in gradient.source
    assert "from builtins import len as _len" in gradient.source


def locals_that_hide(x, n):
    sum = x * x
    math = sum * 2.0
    for len in range(n):
        math = math * sum + _exp(x) * len
    return math


def test_locals_give_way() -> None:
    gradient = symdiff.grad(locals_that_hide)
    want = gradient(0.5, 3)
    assert alone(gradient)(0.5, 3) == want
    assert "import math\n" in gradient.source
    assert " math = " not in gradient.source


def taking_a_pullback(x, pullback):
    return x * pullback


def test_a_parameter_called_pullback() -> None:
    value, back = symdiff.vjp(taking_a_pullback, 2.0, 3.0)
    assert value == 6.0
    assert back(1.0) == (3.0, 2.0)


def raises_own(x):
    if x < 0.0:
        raise TooSmall(f"x is {x}")
    return x * x


def raises_other(x, decoder=2.0):
    if x < 0.0:
        raise json.JSONDecodeError("negative", "x", 1)
    return x * x * decoder


def raises_of_main(x):
    if x < 0.0:
        raise TooSmall("no")
    return x * x


def test_exceptions_of_modules() -> None:
    gradient = symdiff.grad(raises_own)
    for function in (gradient, alone(gradient)):
        assert function(1.5) == 3.0
        with pytest.raises(TooSmall, match=r"x is -1\.0"):
            function(-1.0)
    gradient = symdiff.grad(raises_other)
    for function in (gradient, alone(gradient)):
        assert function(1.5) == 6.0
        with pytest.raises(json.JSONDecodeError):
            function(-1.0)


def test_an_exception_of_main(monkeypatch: pytest.MonkeyPatch) -> None:
    import __main__

    monkeypatch.setattr(TooSmall, "__module__", "__main__")
    monkeypatch.setattr(__main__, "TooSmall", TooSmall, raising=False)
    gradient = symdiff.grad(raises_of_main)
    for function in (gradient, alone(gradient)):
        with pytest.raises(TooSmall):
            function(-1.0)
    assert "import __main__" in gradient.source


def of_a_record(p):
    return p.factor * p.factor * p.shift


def test_results_are_of_the_users_class() -> None:
    gradient = symdiff.grad(of_a_record)
    assert gradient(Scale(2.0, 3.0)) == alone(gradient)(Scale(2.0, 3.0)) == Scale(12.0, 4.0)
