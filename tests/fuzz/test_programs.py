"""A bounded, seeded run of the fuzz test, and proof that it can fail."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import symdiff
from tests.fuzz import aliases, language, recursive
from tests.fuzz.check import REFUSALS, Mismatch, check, within
from tests.fuzz.programs import program


@st.composite
def programs(draw, size=8):
    return program(lambda n: draw(st.integers(0, n - 1)), size)


BOUNDED = settings(
    max_examples=100,
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


@settings(BOUNDED, max_examples=15)
@given(recursive_programs(), st.integers(0, 3))
def test_random_programs_that_recurse(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3, refusals=REFUSALS)


@st.composite
def language_programs(draw, size=4):
    return language.program(lambda n: draw(st.integers(0, n - 1)), size)


@settings(BOUNDED, max_examples=10)
@given(language_programs(), st.integers(0, 3))
def test_random_programs_of_more_of_the_language(case, order):
    text, point = case
    with within(30):
        check(text, point, second=order == 3, refusals=REFUSALS)


def test_a_wrong_gradient_is_found(monkeypatch):
    def wrong(f, argnums, granularity):
        return lambda x, y, z: (f(x, y, z), (1.0, 0.0, 0.0))

    monkeypatch.setattr(symdiff, "value_and_grad", wrong)
    with pytest.raises(Mismatch, match="fine gradient"):
        check("def f(x, y, z):\n    return x*y\n", (0.5, 2.0, 1.0))
