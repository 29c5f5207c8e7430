"""A function of every kind that a report takes, each with the arguments of a call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import special


@dataclass
class Point:
    x: float
    y: float


class Vector(NamedTuple):
    x: float
    y: float


class Model:
    def __init__(self, k: float) -> None:
        self.k = k

    def loss(self, x, y):
        return self.k * (x - y) ** 2

    @classmethod
    def cube(cls, x):
        return x**3

    def __call__(self, x):
        return math.sin(self.k * x)


class Unusual(Exception):
    pass


def total(*xs):
    return sum(x * x for x in xs)


def polynomial(x, *coefficients, power=2):
    return sum(c * x**power for c in coefficients)


def keywords(x, *, rate=0.5, bias):
    return math.tanh(rate * x + bias)


def options(x, **given):
    return x * given["a"] + math.sin(given["b"])


def lists(xs, ys):
    return sum(math.exp(-((x - y) ** 2)) for x, y in zip(xs, ys, strict=True))


def nested(params, x):
    return params["w"][0] * x + params["b"] ** 2


def norm(p):
    return math.sqrt(p.x**2 + p.y**2)


def dot(a, b):
    return a.x * b.x + a.y * b.y


def loop(x, n):
    s = x
    for _ in range(n):
        s = math.sqrt(s) if s > 1 else s * x + math.sin(s)
    return s


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def guarded(x):
    try:
        return math.log(x)
    except ValueError:
        return -x * x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def picky(x):
    if x > 1:
        raise Unusual("too large")
    return x * x


def pair(x, y):
    return x * y, {"sum": [x + y]}


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def layer_norm(x, g):
    m = x.mean()
    return np.sum(g * (x - m) / np.sqrt(((x - m) ** 2).mean() + 1e-5))


def network(params, x):
    for W, b in params:
        x = np.tanh(W @ x + b)
    return np.sum(x * x)


def gelu(x):
    return np.sum(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


def rows(X, w):
    s = 0.0
    for i in range(X.shape[0]):
        s = s + np.sin(X[i] @ w) ** 2
    return s


def sorted_sum(x):
    return np.sum(np.sort(x) * np.arange(len(x)))


def ranked(xs):
    return sum(k * x for k, x in enumerate(sorted(xs)))


def special_functions(x):
    return np.sum(special.erf(x) * special.gammaln(x + 5.0))


def _array(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape)


MODEL = Model(2.5)
SCALAR: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "total": (total, (1.0, 2.0, 3.0), {}),
    "polynomial": (polynomial, (1.5, 2.0, 3.0), {"power": 3}),
    "keywords": (keywords, (1.0,), {"bias": 2.0}),
    "options": (options, (1.0,), {"a": 2.0, "b": 3.0}),
    "lists": (lists, ([1.0, 2.0], [0.5, 0.25]), {}),
    "nested": (nested, ({"w": (2.0, 1.0), "b": 1.0}, 3.0), {}),
    "record": (norm, (Point(3.0, 4.0),), {}),
    "named tuples": (dot, (Vector(3.0, 4.0), Vector(1.0, 2.0)), {}),
    "method": (MODEL.loss, (1.0, 3.0), {}),
    "class method": (Model.cube, (1.0,), {}),
    "callable object": (MODEL, (1.0,), {}),
    "loop": (loop, (0.3, 5), {}),
    "while": (newton, (2.0,), {}),
    "try": (guarded, (-2.0,), {}),
    "recursion": (power, (2.0, 5), {}),
    "pair": (pair, (1.0, 2.0), {}),
    "sorted": (ranked, ([3.0, 1.0, 2.0],), {}),
    "lambda": (lambda x: x * math.exp(x), (1.0,), {}),
}
ARRAYS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "softmax": (softmax, (_array(5),), {}),
    "layer norm": (layer_norm, (_array(6), _array(2, 3).ravel()), {}),
    "network": (network, ([(_array(4, 3), _array(4)), (_array(2, 4), _array(2))], _array(3)), {}),
    "gelu": (gelu, (_array(40),), {}),
    "rows": (rows, (_array(4, 3), _array(3)), {}),
    "sort": (sorted_sum, (_array(7),), {}),
    "special": (special_functions, (_array(3),), {}),
    "ints": (gelu, (np.arange(4),), {}),
}
