"""Captured names are read at every call, as Python does; what is followed is compiled once."""

import enum
import gc
import math
import types
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from symdiff import SymdiffError, driver, grad, value_and_grad

K = 2.0
WEIGHTS = [1.0, 2.0]
SCALE = types.SimpleNamespace(factor=3.0)


def scaled(x):  # type: ignore[no-untyped-def]
    return K * x * x


def weighted(x):  # type: ignore[no-untyped-def]
    total = 0.0
    for w in WEIGHTS:
        total += w * x * x
    return total


def helper(x):  # type: ignore[no-untyped-def]
    return x * x


def helped(x):  # type: ignore[no-untyped-def]
    return helper(x) * x


def late(x):  # type: ignore[no-untyped-def]
    return x * LATER  # type: ignore[name-defined]  # noqa: F821


def select(x, mode):  # type: ignore[no-untyped-def]
    return x * x if mode == "square" else x


def made(k: float) -> Callable[[float], float]:
    def inner(x):  # type: ignore[no-untyped-def]
        return k * x * x

    return inner


def counter() -> tuple[Callable[[float], float], Callable[[float], None]]:
    k = 1.0

    def inner(x):  # type: ignore[no-untyped-def]
        return k * x * x

    def change(value: float) -> None:
        nonlocal k
        k = value

    return inner, change


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every request that is compiled while the test runs."""
    seen: list[Any] = []
    real = driver.compile

    def counted(captured: Any, request: Any) -> Any:
        seen.append(request)
        return real(captured, request)

    monkeypatch.setattr(driver, "compile", counted)
    return seen


def test_a_global_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(scaled)
    assert g(1.0) == 4.0
    for value in (5.0, -1.0, 7, 2.5):
        monkeypatch.setitem(globals(), "K", value)
        assert g(1.0) == 2 * value
        assert g(1.0) == 2 * value
    assert "K = 2.5" in g.source


def test_the_type_of_a_global_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    g = value_and_grad(scaled)
    for value in (2.0, 3, 4.0, 5):
        monkeypatch.setitem(globals(), "K", value)
        assert g(1.0) == (value, 2.0 * value)


def test_a_list_that_grows_is_read_as_it_is() -> None:
    g = grad(weighted)
    assert g(1.0) == 6.0
    WEIGHTS.append(10.0)
    try:
        assert g(1.0) == 26.0
        WEIGHTS[0] = 0.0
        assert g(1.0) == 24.0
    finally:
        WEIGHTS[:] = [1.0, 2.0]
    assert g(1.0) == 6.0


def test_a_helper_that_is_defined_anew_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(helped)
    assert g(2.0) == 12.0

    def other(x):  # type: ignore[no-untyped-def]
        return 5.0 * x

    monkeypatch.setitem(globals(), "helper", other)
    assert g(2.0) == 20.0
    monkeypatch.undo()
    assert g(2.0) == 12.0


def test_a_name_that_is_defined_after_decoration(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(late)
    monkeypatch.setitem(globals(), "LATER", 4.0)
    assert g(1.0) == 4.0


def test_closures_of_one_factory_share_a_compilation(compilations: list[Any]) -> None:
    gradients = [grad(made(float(k))) for k in range(20)]
    assert [g(1.0) for g in gradients] == [2.0 * k for k in range(20)]
    assert [g(1.0) for g in reversed(gradients)] == [2.0 * k for k in reversed(range(20))]
    assert len(compilations) == 1


def test_a_cell_is_read_at_every_call() -> None:
    inner, change = counter()
    g = grad(inner)
    assert g(1.0) == 2.0
    change(10.0)
    assert g(1.0) == 20.0
    assert g(1.0) == 20.0


def test_applying_a_transformation_in_a_loop_compiles_once(compilations: list[Any]) -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x * x * x

    assert {grad(f)(float(k)) for k in range(10)} == {3.0 * k * k for k in range(10)}
    assert {grad(lambda x: x * x * x)(2.0) for _ in range(10)} == {12.0}
    assert len(compilations) == 2


def test_a_new_signature_is_compiled_once(compilations: list[Any]) -> None:
    def f(x, n):  # type: ignore[no-untyped-def]
        return x * n

    g = grad(f)
    for _ in range(5):
        assert g(2.0, 3) == 3.0
        assert g(2.0, 3.0) == 3.0
    assert len(compilations) == 2


def test_the_gradient_of_a_gradient_follows_the_captured_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    g = grad(grad(scaled))
    assert g(1.0) == 4.0
    monkeypatch.setitem(globals(), "K", 5.0)
    assert g(1.0) == 10.0
    monkeypatch.setitem(globals(), "K", 6)
    assert g(1.0) == 12.0


def test_defaults_are_evaluated_once() -> None:
    k = 3.0

    def f(x, scale=k):  # type: ignore[no-untyped-def]
        return x * scale

    g = grad(f)
    assert g(1.0) == 3.0
    k = 4.0
    assert g(1.0) == 3.0 and k == 4.0


def test_what_is_not_remembered_is_freed() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x * x

    gone = weakref.ref(grad(f))
    for k in range(200):
        grad(made(float(k)))
    del f
    gc.collect()
    assert gone() is None


def test_a_captured_gradient_is_never_the_code_of_another_signature() -> None:
    inner = grad(select)
    inner(3.0, "square")

    def outer(x):  # type: ignore[no-untyped-def]
        return inner(x, "linear") * x

    # d/dx (1*x); the code in front of `inner` would make it d/dx (2*x*x)
    try:
        assert grad(outer)(3.0) == 1.0
    except SymdiffError as err:
        assert "inner() is not supported inside" in str(err)


# -- ends that Python meets as they are ------------------------------------------------------------


def tiered(x, n):  # type: ignore[no-untyped-def]
    if n == 1:
        return x * x
    if n == 2:
        return 3.0 * x


def half_bound(x):  # type: ignore[no-untyped-def]
    if x > 0.0:
        y = x * x
    return y


def test_an_end_without_a_return_raises_where_it_is_reached() -> None:
    g = grad(lambda x, n: tiered(x, n) * x)
    assert (g(2.0, 1), g(2.0, 2)) == (12.0, 12.0)
    with pytest.raises(TypeError, match="'tiered' ends without a return here"):
        g(2.0, 3)


def test_a_name_that_is_unbound_on_the_path_taken_raises_as_in_python() -> None:
    g = grad(half_bound)
    assert g(2.0) == 4.0
    for f in (half_bound, g):
        with pytest.raises(UnboundLocalError, match="'y' where it is not associated"):
            f(-1.0)


class _Layer:
    def __init__(self, gain: float) -> None:
        self.gain = gain


class _Kind(enum.Enum):
    SQUARE = 1
    CUBE = 2


MODE = "square"
KIND = _Kind.SQUARE
LAYER = _Layer(2.0)
OFFSET = None
LIBRARY: Any = math


def by_mode(x: float) -> float:
    return x * x if MODE == "square" else x**3


def by_kind(x: float) -> float:
    return x * x if KIND is _Kind.SQUARE else x**3


def by_layer(x: float) -> float:
    return LAYER.gain * x


def by_offset(x: float) -> float:
    return x * x if OFFSET is None else x * OFFSET


def by_library(x: float) -> Any:
    return LIBRARY.exp(x)


class _Linear:
    @staticmethod
    def exp(x: float) -> float:
        return 3.0 * x


@pytest.mark.parametrize(
    ("f", "name", "value", "before", "after"),
    [
        (by_mode, "MODE", "cube", 4.0, 12.0),
        (by_kind, "KIND", _Kind.CUBE, 4.0, 12.0),
        (by_layer, "LAYER", _Layer(3.0), 2.0, 3.0),
        (by_offset, "OFFSET", 7.0, 4.0, 7.0),
        (by_library, "LIBRARY", _Linear, math.exp(2.0), 3.0),
    ],
)
def test_what_is_known_by_identity_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, f: Any, name: str, value: Any, before: float, after: float
) -> None:
    old = globals()[name]
    g = grad(f)
    assert g(2.0) == before
    for now, expected in ((value, after), (old, before), (value, after)):
        monkeypatch.setitem(globals(), name, now)
        assert g(2.0) == pytest.approx(expected, rel=1e-15)


def test_text_of_a_closure_may_change() -> None:
    mode = "square"

    def f(x: float) -> float:
        return x * x if mode == "square" else x**3

    g = grad(f)
    assert g(2.0) == 4.0
    mode = "cube"
    assert g(2.0) == 12.0
