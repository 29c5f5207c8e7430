"""Shapes that the last passes rewrite: joined branches, rotated loops, common factors."""

import math

from tests.corpus.registry import at


@at((1.4, 0.9), (2.0, 1.5), (-1.5, 0.5), (0.2, 0.7))
def product_after_branches(x, y):
    if x > y:
        z = x * math.sin(y)
        if z > 0.5:
            z = z * z - y
    elif x < -1.0:
        z = math.exp(x) * y
    else:
        z = x + y * y
    return z * z + x * y


@at((1.4, 0.9), (-1.4, 0.9))
def long_way_between_branches(x, y):
    z = x * y if x > 0.0 else y - x
    u = math.sin(z) * math.exp(z) + math.log(1.0 + z * z) * z - math.cos(z * y)
    return u * u * u


@at((1.3, 0.4), (0.3, 1.4))
def branch_that_may_fail_between(x, y):
    if x > y:
        z = x - y
        z = z * z
    else:
        z = x * y
    u = math.log(z)
    return u * u + x


@at((2.0,), (11.0,))
def newton_with_shared_condition(a):
    x = 1.0
    while abs(x * x * x - a) > 1e-12:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


@at((2.0, 0.5), (3.0, 1.5))
def two_shared_values(a, b):
    x, s = a, 0.0
    while math.sin(x) * x + x * x * b > 0.5:
        s = s + math.sin(x) * x / (1.0 + x * x * b)
        x = 0.5 * x
    return s * x


@at((2.0, 3.0),)
def shared_in_nested_loops(a, n):
    s = 0.0
    x = a
    while x * x * x > 0.1:
        y = n
        while y * y * x > 0.3:
            s = s + y * y * x
            y = y / 2.0
        s = s + x * x * x
        x = x / 3.0
    return s


@at((0.3, -0.7, 1.1),)
def ring_of_products(x, y, z):
    p = x * y + y * z + z * x
    return math.exp(p) * (x + 2.0 * y + 3.0 * z) + p * p


@at((0.7, 1.9), (-0.4, 0.6))
def factors_of_three_terms(x, y):
    s = x * x * y + x * y * y - 2.0 * x * y
    return s * math.sin(s) + x * s


@at(([0.5, -1.5, 2.5],),)
def factors_in_a_loop(xs):
    total = 0.0
    for x in xs:
        total = total + total * x * 0.3 + math.sin(x) * total + x
    return total


@at((0.0,), second=False, expect=[[0.0]])
def root_that_a_zero_hides(x):
    return x * x**0.5


@at((0.0, 0.0), second=False, expect=[[0.0, 0.0]])
def root_beside_a_zero(x, y):
    return math.sin(x) * math.sqrt(y) + y * y
