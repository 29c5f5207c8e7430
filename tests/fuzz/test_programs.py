"""A bounded, seeded run of the fuzz test, and proof that it can fail."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import symdiff
from symdiff.ir.opspec import OPS
from symdiff.records import replace
from tests.fuzz import aliases, language, recursive
from tests.fuzz.check import REFUSALS, Mismatch, check, quick, within
from tests.fuzz.differences import Differences, Doubtful
from tests.fuzz.programs import program
from tests.fuzz.questions import ROTATION, Precise, Question
from tests.fuzz.run import KINDS, one


@st.composite
def programs(draw, size=8):
    return program(lambda n: draw(st.integers(0, n - 1)), size)


BOUNDED = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a failure prints its program; `tests.fuzz.run` reduces it
    suppress_health_check=list(HealthCheck),
)


@BOUNDED
@given(programs(), st.integers(0, 3))
def test_random_programs(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3)


@st.composite
def list_programs(draw, size=6):
    return aliases.program(lambda n: draw(st.integers(0, n - 1)), size)


@BOUNDED
@given(list_programs(), st.integers(0, 3))
def test_random_programs_about_lists(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3, refusals=REFUSALS)


@st.composite
def recursive_programs(draw, size=6):
    return recursive.program(lambda n: draw(st.integers(0, n - 1)), size)


@settings(BOUNDED, max_examples=6)
@given(recursive_programs(), st.integers(0, 3))
def test_random_programs_that_recurse(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3, refusals=REFUSALS)


@st.composite
def language_programs(draw, size=4):
    return language.program(lambda n: draw(st.integers(0, n - 1)), size)


@settings(BOUNDED, max_examples=6)
@given(language_programs(), st.integers(0, 3))
def test_random_programs_of_more_of_the_language(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3, refusals=REFUSALS)


def test_a_wrong_gradient_is_found(monkeypatch):
    def wrong(f, argnums, granularity):
        return lambda x, y, z: (f(x, y, z), (1.0, 0.0, 0.0))

    monkeypatch.setattr(symdiff, "value_and_grad", wrong)
    with pytest.raises(Mismatch, match="fine value_and_grad"):
        check("def f(x, y, z):\n    return x*y\n", (0.5, 2.0, 1.0))


# -- the quick check -------------------------------------------------------------------------------

EVERY_STEP = """import math


def f(x, y, z):
    total = 0.0
    for k in range(3):
        total += math.sin(x * y * k) * y
    if total > 0.0:
        return total + math.tanh(y * z)
    return total * z
"""
POINT = (0.7, 1.3, -0.4)
QUESTIONS = dict.fromkeys(ROTATION)


@pytest.mark.parametrize("kind", KINDS)
def test_quick_check_of_random_programs(kind):
    outcomes = [one(kind, f"quick:{number}", 6, hurry=True) for number in range(50)]
    assert not [report for outcome, report in outcomes if outcome == "failed"]
    assert sum(outcome == "agreed" for outcome, _ in outcomes) >= (15 if kind == "exits" else 33)


def truth(f, point):
    return Differences(f, point, f(*point)), Precise(f, point, f(*point))


def test_differences_of_floats_are_the_derivatives():
    def f(x, y, z):
        return math.exp(x * y) / (1 + z * z) + math.sin(y) ** 3

    floats, precise = truth(f, POINT)
    assert floats.gradient() == pytest.approx(precise.gradient(), rel=1e-9)
    assert floats.along((1.0, -0.5, 0.25)) == pytest.approx(precise.along((1.0, -0.5, 0.25)))
    for row, exact in zip(floats.hessian(), precise.hessian(), strict=True):
        assert row == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y, z: abs(x) * y,  # a kink at the point
        lambda x, y, z: max(x - 1e-3, 0.0) * y,  # one within the widest step
        lambda x, y, z: max(x - 2e-4, 0.0) * y,  # and within the narrowest
        lambda x, y, z: (1.0 if x > 1e-3 else 2.0) * y,  # a jump
        lambda x, y, z: math.sqrt(x) * y,  # the edge of the domain
        lambda x, y, z: 1e9 * math.sin(1e6 * x) * y,  # finer than a step
    ],
)
def test_differences_of_floats_say_what_they_cannot_tell(f):
    with pytest.raises(Doubtful):
        Differences(f, (0.0, 1.0, 1.0), f(0.0, 1.0, 1.0)).gradient()


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_what_differences_doubt_is_decided_in_high_precision(question):
    bent = "def f(x, y, z):\n    return max(x + y + z - {}, 0.0) * (x + y * y + z)\n"
    assert quick(bent.format(0.0), (0.5, 0.25, 0.125), question) == "agreed"
    assert quick(bent.format(0.874), (0.5, 0.25, 0.125), question) == "checked"
    assert quick(bent.format(0.875), (0.5, 0.25, 0.125), question) == "kink"


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("row", ["sin", "mul"])
def test_quick_check_finds_a_wrong_partial(row, question, monkeypatch):
    """A partial that is a thousandth too large makes every question fail."""
    spec = OPS[row]
    wrong = tuple(p and f"1.001*({p})" for p in spec.partials)
    monkeypatch.setitem(OPS.rows, row, replace(spec, partials=wrong))
    with pytest.raises(Mismatch, match=r"got .* expected"):
        quick(EVERY_STEP, POINT, question)


def test_quick_check_finds_it_in_random_programs(monkeypatch):
    monkeypatch.setitem(OPS.rows, "cos", replace(OPS["cos"], partials=("sin(x)",)))
    found = [number for number in range(20) if _fails(number)]
    assert found


def _fails(number):
    text, point = program(random.Random(f"planted:{number}").randrange, 6)
    try:
        quick(text, point, Question("value_and_grad"))
    except Mismatch:
        return "cos" in text
    return False
