"""The oracle is held to closed forms, and to refusing where it cannot know."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import pytest

from tests import oracle, reals
from tests.oracle import Kink, OracleError

SCALE = 3.0


def _helper(x):
    return SCALE * math.sin(x)


def _branchy(x, y):
    total = 0.0
    for k in range(4):
        total += _helper(x) * y**k if x > 0 else math.exp(x * y)
    return total


def _loop(x):
    k = 0
    while x > 1.0:
        x = math.sqrt(x) * 0.9
        k += 1
    return x + k


def test_first_derivative_against_a_closed_form():
    x, y = 0.7, 1.3
    gx, gy = oracle.gradient(_branchy, (x, y))
    assert gx == pytest.approx(SCALE * math.cos(x) * (1 + y + y * y + y**3), rel=1e-14)
    assert gy == pytest.approx(SCALE * math.sin(x) * (1 + 2 * y + 3 * y * y), rel=1e-14)


def test_the_loop_runs_as_in_the_primal():
    (g,) = oracle.gradient(_loop, (7.0,))
    x, dx = 7.0, 1.0
    while x > 1.0:
        x, dx = math.sqrt(x) * 0.9, dx * 0.45 / math.sqrt(x)
    assert g == pytest.approx(dx, rel=1e-14)


def test_second_derivative_against_a_closed_form():
    h = oracle.hessian(lambda x, y: math.exp(x) * math.sin(y), (0.3, 0.4))
    e, s, c = math.exp(0.3), math.sin(0.4), math.cos(0.4)
    assert [v for row in h for v in row] == pytest.approx([e * s, e * c, e * c, -e * s], rel=1e-14)


@pytest.mark.parametrize("name", sorted(reals._REAL))
def test_every_stand_in_agrees_with_math(name):
    original = getattr(math, name, None)
    if original is None:
        assert name == "fma" or name == "sumprod"  # younger than this Python
        return
    arity = {
        "atan2": 2,
        "copysign": 2,
        "fmod": 2,
        "pow": 2,
        "remainder": 2,
        "ldexp": 2,
        "hypot": 3,
        "fma": 3,
    }
    start = 1.25 if name == "acosh" else 0.625
    args = [start, 3 if name == "ldexp" else 2.25, 0.5][: arity.get(name, 1)]
    high = getattr(reals.MATH, name)(*(reals.Real(reals.raw(a)) for a in args))
    assert float(high.v) == pytest.approx(original(*args), rel=1e-15)


def test_numbers_behave_as_floats():
    def f(x, y):
        q, r = divmod(x, y)
        return (
            q
            + 2 * r
            + x // y
            + x % y
            + round(x, 1)
            + int(x)
            + abs(-x)
            + 2**y
            + x**3
            + (1 if x else 0)
        )

    x, y = 7.3, 2.1
    gx, gy = oracle.gradient(f, (x, y))
    assert gx == pytest.approx(2 + 1 + 1 + 3 * x * x, rel=1e-14)
    assert gy == pytest.approx(-6 - 3 + math.log(2) * 2**y, rel=1e-14)


def test_structures():
    def f(p):
        return {"a": [p["x"] * p["y"][0], p["y"][1] ** 2], "b": (p["x"],)}

    found = oracle.jacobian(f, ({"x": 2.0, "y": [3.0, 4.0]},))
    assert found.rows == [[3.0, 2.0, 0.0], [0.0, 0.0, 8.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "f",
    [abs, lambda x: max(x, 2 * x), lambda x: 1.0 if x > 0 else 0.0, lambda x: math.floor(x) * 1.0],
)
def test_a_kink_is_refused(f):
    with pytest.raises(Kink):
        oracle.jacobian(lambda x: f(x), (0.0,))


@dataclass
class _Wave:
    k: float

    def at(self, x):
        return math.sin(self.k * x)


def test_methods_run_in_high_precision_and_are_put_back():
    wave, at = _Wave(2.0), _Wave.at
    found = oracle.jacobian(lambda x: wave.at(x), (0.3,))
    assert found.accuracy < 1e-12
    assert found.rows[0][0] == pytest.approx(2.0 * math.cos(0.6), rel=1e-14)
    assert _Wave.at is at


def test_what_cannot_run_in_high_precision_falls_back_to_floats():
    wave = functools.partial(math.sin)
    found = oracle.jacobian(lambda x: wave(2.0 * x), (0.3,))
    assert found.accuracy >= 1e-7
    assert found.rows[0][0] == pytest.approx(2.0 * math.cos(0.6), rel=found.accuracy)


def test_a_path_that_depends_on_rounding_is_refused():
    def f(x):
        return x if x + 1e-17 == x else 2 * x  # true in doubles only

    with pytest.raises(OracleError, match="another path"):
        oracle.jacobian(f, (1.0,))
