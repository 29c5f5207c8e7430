"""Random numbers inside a function: data, drawn once, in the function's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff.errors import NoDerivative, UnsupportedCall
from symdiff.options import GRANULARITIES
from tests.arrays import differences

X = np.array([0.3, -0.7, 1.2, 0.4])


def from_the_global_state(mu, x):
    e = np.random.normal(size=4)
    u = np.random.uniform(0.0, 1.0, (2, 4))
    return np.sum((mu + x * e) ** 3) + np.sum(u * mu * x)


def in_a_loop_with_a_test(mu, x):
    rng = np.random.default_rng(5)
    total = 0.0
    for _ in range(4):
        total = total + np.sum(np.exp(mu * rng.normal(size=len(x))) * x)
        if rng.random() > 0.5:
            total = total * mu
    return total


def until_a_draw_says_so(mu, x):
    rng = np.random.default_rng(11)
    total = mu
    while rng.random() < 0.8:
        total = total * np.sum(x) * rng.uniform(0.5, 1.5)
    return total + (mu if rng.integers(0, 2) == 1 else mu**2)


def seeded_here(mu, x):
    np.random.seed(4)
    keep = np.random.rand(*x.shape) < 0.5
    order = np.random.permutation(len(x))
    some = np.random.choice(x, 2)
    return np.sum(np.where(keep, x, 0) * mu) + np.sum(some**2) + np.sum(x[order] * np.arange(4.0))


def in_the_order_of_the_function(mu, x):
    rng = np.random.RandomState(3)
    a = rng.randn()
    b = rng.randn()
    z = rng.permutation(x) * b - a * mu
    return np.sum(z**3) + rng.choice(x)


def dropout(x, rng):
    return np.where(rng.random(x.shape) < 0.5, x, 0.0)


def by_a_helper(mu, x):
    rng = np.random.default_rng(1)
    return np.sum(dropout(x, rng) ** 2) * mu + np.sum(dropout(x * mu, rng) ** 3)


def whole_numbers(mu, x):
    rng = np.random.default_rng(7)
    some = rng.choice(x, size=2, replace=False, p=np.array([0.1, 0.2, 0.3, 0.4]))
    shuffled = rng.permutation(x)
    times = rng.poisson(3.0, size=2)[0] + rng.binomial(5, 0.5) + rng.poisson(np.ones(4) * 2.0)
    weights = rng.integers(0, 5, size=4, endpoint=True)
    return np.sum(some**2) * mu + np.sum(shuffled * weights * times) * rng.choice(3)


def unused_draws(mu, x):
    np.random.normal()
    np.random.exponential(2.0, 3)
    return np.random.gamma(2.0, 1.5) * mu * np.sum(x)


PROGRAMS = (from_the_global_state, in_a_loop_with_a_test, until_a_draw_says_so, seeded_here,
            in_the_order_of_the_function, by_a_helper, whole_numbers, unused_draws)  # fmt: skip


def seeded(f: Any) -> Any:
    def call(*args: Any) -> Any:
        np.random.seed(9)
        return f(*args)

    return call


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("f", PROGRAMS)
def test_the_numbers_are_those_of_the_function(f, granularity):
    expected = differences.jacobian(seeded(f), (0.4, X), (0, 1)).ravel()
    value, found = seeded(symdiff.value_and_grad(f, (0, 1), granularity=granularity))(0.4, X)
    after = np.random.random()
    assert value == pytest.approx(seeded(f)(0.4, X), rel=1e-14)
    assert np.random.random() == after  # the stream is as far as after the function
    np.testing.assert_allclose(differences.flat(found), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("f", PROGRAMS)
def test_forward_mode_and_the_second_order_draw_once_too(f):
    v = (0.3, np.array([0.1, -0.2, 0.3, 0.1]))
    gradient = seeded(symdiff.grad(f, (0, 1)))
    _, dot = seeded(lambda *args: symdiff.jvp(f, args, v))(0.4, X)
    assert dot == pytest.approx(differences.flat(gradient(0.4, X)) @ differences.flat(v))
    expected = differences.jacobian(gradient, (0.4, X), (0, 1)) @ differences.flat(v)
    found = seeded(symdiff.hvp(f, (0, 1)))(0.4, X, v)
    np.testing.assert_allclose(differences.flat(found), expected, rtol=1e-5, atol=1e-6)


def test_a_draw_is_not_moved_and_stands_on_its_own_line():
    text = symdiff.grad(in_the_order_of_the_function)(0.4, X) and symdiff.grad(
        in_the_order_of_the_function).source
    first, second = text.index("a = rng.randn()"), text.index("b = rng.randn()")
    assert first < second
    assert "rng.randn (L" in text and "is drawn once, and is data" in text


def test_a_distribution_that_depends_on_the_argument_is_refused():
    def f(mu, x):
        return np.sum(np.random.normal(mu, 1.0, size=4) * x)

    with pytest.raises(NoDerivative, match="hint: draw from a fixed distribution and transform"):
        symdiff.grad(f)(0.4, X)
    with pytest.raises(NoDerivative, match="the distribution of a draw"):
        symdiff.jvp(f, (0.4, X), (1.0, X))
    np.random.seed(9)
    found = symdiff.grad(f, 1)(0.4, X)
    np.random.seed(9)
    np.testing.assert_array_equal(found, np.random.normal(0.4, 1.0, size=4))


RNG = np.random.default_rng(3)


def test_a_generator_from_outside_is_refused():
    def f(x):
        return np.sum(RNG.normal(size=4) * x)

    with pytest.raises(UnsupportedCall, match="made outside of the function"):
        symdiff.grad(f)(X)


def test_a_draw_that_is_not_known_is_refused():
    def f(x):
        rng = np.random.default_rng(1)
        return np.sum(rng.dirichlet(np.ones(4)) * x)

    with pytest.raises(UnsupportedCall, match=r"rng\.dirichlet"):
        symdiff.grad(f)(X)
