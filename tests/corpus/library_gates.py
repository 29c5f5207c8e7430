"""Shapes of the gate library as people write them: in expressions, branches and loops."""

from __future__ import annotations

import math

from tests.corpus.registry import at


@at((0.7, -1.2, 0.25), (-3.0, 2.0, 1.0))
def cross_entropy_of_a_neuron(w, x, t):
    z = w*x
    p = 1/(1 + math.exp(-z))
    return -(t*math.log(p) + (1 - t)*math.log(1 - p))


@at((0.8, -1.1), (-2.5, 0.3))
def softsign_layer(x, y):
    u = x*y - 0.5
    return (u/(1 + abs(u)))**2*x


@at((1.3, 0.4), (-0.6, 2.0))
def inverse_square_root_unit(x, a):
    return x/math.sqrt(1 + a*x**2) + a


@at((0.9,), (-2.2,), (0.01,))
def sine_ratio(x):
    return math.sin(2*x)/(2*x)


@at((0.75,), (0.3,))
def versine_ratio(x):
    h = x*x - 0.2
    return (1 - math.cos(h))/h**2


@at(([0.5, -1.5, 2.5], [0.2, 0.1, 3.0]), ([1.0], [0.5]))
def log_cosh_loss(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total += math.log(math.cosh(x - y))
    return total/len(xs)


@at(([0.5, -1.5, 2.5], 0.3), ([1.0], -0.5))
def pseudo_huber_loss(xs, m):
    return sum(math.sqrt(1 + (x - m)**2) - 1 for x in xs)


@at((0.4, 1.5), (-0.8, 1.0))
def lorentz_factor(v, c):
    beta = v/c
    return 1/math.sqrt(1 - beta*beta)


@at((0.4,), (1.1,))
def tangent_of_a_sum(x):
    return math.sin(2*x + 0.1)/math.cos(2*x + 0.1)


@at((0.7, 1.2), (2.0, 0.5))
def saturating(x, k):
    if x > 1:
        return k*(x**2/(x**2 + k))
    return x*k/(k + x)


@at((0.6,), (-1.4,))
def robust(x):
    r = 3*x - 1
    return r*r/(1 + r*r) + math.log(1 + r**2)


@at((0.35, 0.6), (0.9, 0.2))
def entropies(p, q):
    return -(p*math.log(q) + (1 - p)*math.log(1 - q)) + q*math.log(q)


@at((0.8,), (-0.3,))
def a_part_is_read_elsewhere(x):
    u = 1 + abs(x)
    return x/u + math.log(u)


@at((0.8,), (-1.3,))
def several_in_one(x):
    g = 0.5*x*(1 + math.erf(x/math.sqrt(2)))
    return g/(1 + abs(g)) + x - math.tanh(x)


@at((0.8, 0.6), (-1.3, 0.4))
def gates_of_gates(x, b):
    u = x*b
    return u*math.tanh(math.log(1 + math.exp(u))) + math.log(1 + math.exp(b*x + 1))/b
