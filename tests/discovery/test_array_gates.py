"""Kept derivatives of reductions: proved, used at "whole", right wherever those by rules are."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffWarning, value_and_grad
from symdiff.discovery import array_shelf
from symdiff.discovery.array_shelf import SHELF, certified, kept
from symdiff.discovery.array_text import Naming, NoText
from symdiff.folder import VARIABLE
from symdiff.library import reductions
from symdiff.library.reductions import TYPES
from symdiff.notation import type_of
from symdiff.report.array_making import subject_of
from symdiff.report.subject import subject
from tests.discovery.test_arrays import regions_of

Array = Any
ENTRIES = array_shelf.read(array_shelf.PACKAGE)
QUICK = (reductions.softmax, reductions.logsumexp, reductions.unit)


def shape_of(f: Callable[..., Any]) -> tuple[Naming, Any]:
    names = f.__code__.co_varnames
    (found,) = regions_of(f, *(f"{n}={t}" for n, t in zip(names, TYPES[f], strict=False)))
    return Naming(found.row), found.region


@pytest.mark.parametrize("f", QUICK, ids=lambda f: f.__name__)
def test_an_entry_is_proved(f: Callable[..., Any]) -> None:
    naming, region = shape_of(f)
    assert certified(region, naming.shape, ENTRIES[naming.shape])


@pytest.mark.slow
@pytest.mark.parametrize("f", TYPES, ids=lambda f: f.__name__)
def test_every_entry_is_proved(f: Callable[..., Any]) -> None:
    naming, region = shape_of(f)
    assert certified(region, naming.shape, ENTRIES[naming.shape])


def test_every_entry_is_of_the_catalogue() -> None:
    assert {shape_of(f)[0].shape for f in TYPES} >= ENTRIES.keys()


def test_a_derivative_of_another_shape_is_not_certified() -> None:
    naming, region = shape_of(reductions.softmax)
    for text in ENTRIES.values():
        if text != ENTRIES[naming.shape] and "s0" not in text and "v0" not in text:
            assert not certified(region, naming.shape, text)


# -- at "whole" ------------------------------------------------------------------------------------


def data(f: Callable[..., Any], x: Array) -> list[Any]:
    rng = np.random.default_rng(3)
    kinds = TYPES[f][1:]
    return [x, *(0.7 if k == "float" else rng.uniform(0.2, 1.0, x.shape) for k in kinds)]


def points(f: Callable[..., Any]) -> list[Array]:
    rng = np.random.default_rng(4)
    shape = (3, 5) if TYPES[f][0].count(",") else (5,)
    x = rng.normal(size=shape)
    special = [x, x + 2.0, 30 * x, 0 * x, 0 * x + 1.0, 1e3 * x, 1e-9 * x]
    for number in (np.nan, np.inf, -np.inf):
        y = x.copy()
        y[..., 1] = number
        special.append(y)
    return special


@pytest.mark.parametrize("f", TYPES, ids=lambda f: f.__name__)
def test_at_whole_the_pullback_is_that_at_fine(f: Callable[..., Any]) -> None:
    made = subject_of(f)
    whole, fine = (made.compile("vjp", level).link() for level in ("whole", "fine"))
    assert any(s.op.name.startswith("reduction_") for s in
               made.compile("vjp", "whole").stages["reduce"].body.stmts)  # fmt: skip
    for x in points(f):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, pull = whole(*data(f, x))
            other, pull_fine = fine(*data(f, x))
            ct = np.random.default_rng(5).normal(size=np.shape(value))
            (found,), (wanted,) = pull(ct), pull_fine(ct)
        np.testing.assert_array_equal(value, other)
        good = np.isfinite(wanted)
        size = np.abs(wanted[good]).max(initial=0.0)
        np.testing.assert_allclose(found[good], wanted[good], rtol=1e-9, atol=1e-13 * size)
        if np.isnan(x).any():
            assert np.isnan(found[np.isnan(wanted)]).all()


def test_what_is_written() -> None:
    text = subject_of(reductions.layer_norm).compile("vjp", "whole").text
    assert text.count("ct*t1") == 1 and text.count("sum(") == 2


def halved_softmax(x: Array) -> Array:
    z = x / 2.0
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def test_whole_numbers_are_constants_too() -> None:
    made = subject(halved_softmax, {"x": type_of("f64[n]")}).compile("vjp", "whole")
    assert any(s.op.name.startswith("reduction_") for s in made.stages["reduce"].body.stmts)
    x, ct = np.random.default_rng(7).normal(size=(2, 5))
    (found,) = made.link()(x)[1](ct)
    p = halved_softmax(x)
    np.testing.assert_allclose(found, p * (ct - np.sum(ct * p)) / 2.0, rtol=1e-13, atol=1e-16)


def attention(x: Array, w: Array, v: Array) -> float:
    scores = x @ w / 2.5
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return float(np.sum((p @ v) ** 2))


def likelihood(x: Array, y: Array) -> float:
    """The cotangent of the logarithms is one number."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return float(-np.sum(y * np.log(p)) + np.sum(x))


def constant(x: Array) -> float:
    """A cotangent of one number, of which the softmax has no derivative."""
    e = np.exp(x - np.max(x))
    return float(3.0 * np.sum(e / np.sum(e)) + np.sum(x))


def steps(x: Array, n: int) -> float:
    """In a loop nothing is taken: forward values would have to be kept for it."""
    for _ in range(n):
        e = np.exp(x)
        x = x + e / np.sum(e)
    return float(np.sum(x * x))


def read_twice(x: Array) -> float:
    """The exponentials are read outside of the softmax: it is no region of its own."""
    e = np.exp(x)
    p = e / np.sum(e)
    return float(np.sum(p * p) + np.sum(e))


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (attention, [(4, 3), (3, 5), (5, 2)]),
        (likelihood, [(4, 3), (4, 3)]),
        (constant, [(4,)]),
        (steps, [(4,), 3]),
        (read_twice, [(4,)]),
    ],
    ids=lambda f: getattr(f, "__name__", ""),
)
def test_inside_of_programs(f: Callable[..., Any], shapes: list[Any]) -> None:
    rng = np.random.default_rng(6)
    args = [rng.normal(size=s) if isinstance(s, tuple) else s for s in shapes]
    value, found = value_and_grad(f, argnums=0, granularity="whole")(*args)
    other, wanted = value_and_grad(f, argnums=0, granularity="fine")(*args)
    assert value == pytest.approx(other, rel=1e-14)
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-13)


# -- the user's own --------------------------------------------------------------------------------


def halved(x: Array) -> Array:
    return x / (np.sum(x) * 0.37)


def test_what_is_kept_is_used(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (found,) = regions_of(halved, "x=f64[n]")
    naming = Naming(found.row)
    assert SHELF.derivative(naming, found.region) is None
    text = "div(sub(g, div(sum(mul(g, x)), sum(x))), mul(s0, sum(x)))"
    kept({naming.shape: text})
    assert SHELF.derivative(naming, found.region) == text


def test_what_is_not_proved_is_not_used(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (found,) = regions_of(halved, "x=f64[n]")
    naming = Naming(found.row)
    kept({naming.shape: "div(sub(g, div(sum(mul(g, x)), sum(x))), mul(s0, s0))"})
    with pytest.warns(SymdiffWarning, match="is not used: it is not proved"):
        assert SHELF.derivative(naming, found.region) is None


def test_a_damaged_file_is_not_used(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "rows.json").write_text('{"div(x, sum(x))": 1')
    (found,) = regions_of(halved, "x=f64[n]")
    with pytest.warns(SymdiffWarning, match="is not used"):
        assert SHELF.derivative(Naming(found.row), found.region) is None


@pytest.mark.parametrize(
    "text", ["__import__('os')", "x.y", "sum(x, x)", "picked(x)", "open(x)", "x if x else x", "("]
)
def test_a_text_is_a_row_or_nothing(text: str) -> None:
    naming, _ = shape_of(reductions.softmax)
    with pytest.raises(NoText):
        naming.node(text)
