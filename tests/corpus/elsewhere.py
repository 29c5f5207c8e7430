"""Helper functions that the corpus imports: callees in another module keep their own globals."""

import math

RATE = 10.0  # not the RATE of the caller


def square(x):
    return x * x


def cube(x):
    return square(x) * x * RATE / 10.0


def horner(coefficients, x):
    value = 0.0
    for c in coefficients:
        value = value * x + c
    return value


def outer(x):
    return inner(x) + math.sin(x)


def inner(x):
    return square(x) - RATE


def rebinds(x):
    x = x * x
    x += 1.0
    return x


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def scale_in_place(v, k):
    for i in range(len(v)):
        v[i] = v[i] * k
