"""Functions that the tests of the reports differentiate."""

from __future__ import annotations

import math

G = 9.81


def neuron(w0, x0, w1, x1, w2):
    z = w0 * x0 + w1 * x1 + w2
    return 1 / (1 + math.exp(-z))


def tanh_ratio(x):
    return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))


def loops(xs, a):
    s = 0.0
    for x in xs:
        if x > 0:
            s += math.sin(a * x)
        else:
            s -= x * x
    while s > 1:
        s = s / 2
    return s


def recurrence(x, n: int):
    s = x
    for _ in range(n):
        s = math.tanh(s + x)
    return s


def pythagoras(x):
    return math.sin(x) ** 2 + math.cos(x) ** 2


def dotted(ws, xs):
    return sum(w * x for w, x in zip(ws, xs, strict=False))


def through(ws, xs, y):
    return (dotted(ws, xs) - y) ** 2


def kinks(x, y, mode: str = "a", unused: float = 1.0):
    print("never mind", x)
    step = math.floor(y * 2.0)
    c = G * 2
    return abs(x) * c + step


def endless(x):
    while x * x < 4.0:
        x = x * x / (1.0 + x * x)
    return x


def logarithm(x):
    return math.log(x - 1.5)
