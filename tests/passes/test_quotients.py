"""Reciprocals of derivative code are taken into the products that read them."""

from __future__ import annotations

import math

import pytest

import symdiff


def softplus(x):
    return math.log(1 + math.exp(x))


def test_a_reciprocal_is_no_operation_of_its_own() -> None:
    source = symdiff.grad(softplus, granularity="fine").source
    assert "1.0/" not in source and "exp_x/(1.0 + exp_x)" in source


def test_what_the_user_divides_stays() -> None:
    def f(x, y):
        return (1 / x) * y

    g = symdiff.value_and_grad(f, (0, 1))
    assert "1.0/x" in g.source
    x, y = 0.1, 3.0
    assert g(x, y)[0] == f(x, y)


def test_many_products_share_one_division() -> None:
    def f(a, b, c, d, e, g, h):
        return math.log(a * b + c * d + e * g + h * h * h)

    g = symdiff.grad(f, tuple(range(7)))
    assert g.source.count("/") < 7
    xs = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    total = 0.3 * 0.4 + 0.5 * 0.6 + 0.7 * 0.8 + 0.9**3
    assert g(*xs) == pytest.approx(tuple(y / total for y in (0.4, 0.3, 0.6, 0.5, 0.8, 0.7, 2.43)))


def test_a_small_divisor_overflows_no_more() -> None:
    def f(x, y):
        return math.log(x) * y

    assert symdiff.grad(f)(1e-310, 1e-5) == pytest.approx(1e305)
