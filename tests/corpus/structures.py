"""Arguments and results that are tuples, lists, dicts, dataclasses and named tuples."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from tests.corpus.registry import at


@dataclass
class Oscillator:
    mass: float
    stiffness: float


class Point(NamedTuple):
    x: float
    y: float


@at(((1.5, 2.5),))
def tuple_argument(p):
    x, y = p
    return x * y * y


@at(((1.5, [2.5, 0.5]), 3.0))
def mixed_argument(p, z):
    a, (b, c) = p
    return a * b - c * z


@at(({"w": 1.5, "b": 0.5}, 2.0))
def dict_argument(params, x):
    return math.tanh(params["w"] * x + params["b"])


@at(({"layers": [{"w": [0.1, 0.2], "b": 0.3}, {"w": [0.4, -0.5], "b": 0.6}]}, 0.7))
def nested_dict(params, x):
    h = x
    for layer in params["layers"]:
        h = math.tanh(layer["w"][0] * h + layer["w"][1] * h * h + layer["b"])
    return h


@at((Oscillator(2.0, 8.0), 0.5))
def dataclass_argument(o, t):
    return math.cos(math.sqrt(o.stiffness / o.mass) * t)


@dataclass
class Named:
    name: str
    scale: float


@at((0.5, Named("metres", 2.0)), wrt=(0,))
def dataclass_with_text_beside(x, unit):
    return x * x * unit.scale if unit.name == "metres" else x


@at((Point(1.5, 2.5), Point(-1.0, 0.5)))
def namedtuple_argument(p, q):
    return (p.x - q.x) ** 2 + (p[1] - q.y) ** 2 * p.x


@at(([Point(1.5, 2.5), Point(-1.0, 0.5), Point(0.0, 1.0)],))
def list_of_namedtuples(ps):
    area = 0.0
    for i in range(len(ps)):
        p, q = ps[i - 1], ps[i]
        area += p.x * q.y - q.x * p.y
    return 0.5 * area


@at(([Point(1.5, 2.5), Point(-1.0, 0.5), Point(0.0, 1.0)],))
def over_list_of_namedtuples(ps):
    moment = 0.0
    for p in ps:
        moment += p.x * p.x * p.y + moment * p.y
    return moment


@at((((1.5,), (2.5, ())),))
def nested_tuples(t):
    (a,), (b, _) = t
    return a * b


@at((1.5, 2.5), second=False)
def returns_tuple(x, y):
    return x * y, x + y, x / y


@at((1.5, 2.5), second=False)
def returns_list(x, y):
    return [x * y, y * y, 3.0]


@at((1.5, 2.5), second=False)
def returns_dict(x, y):
    return {"area": x * y, "sides": (x, y)}


@at((1.5, 2.5), second=False)
def returns_namedtuple(x, y):
    return Point(x * y, y)


@at((1.5, 2.5), second=False)
def returns_dataclass(x, y):
    return Oscillator(x * x, x * y)


@at(([1.0, 2.0, 3.0], 0.5), second=False)
def returns_list_of_any_length(xs, k):
    return [x * k for x in xs]


@at(((1.0, 2.0), 0.5), second=False)
def returns_nested(p, k):
    return (p[0] * k, [p[1], p[0] * p[1]]), k * k


@at((0.5,))
def dict_local(x):
    d = {"a": x * x, "b": x}
    d["a"] = d["a"] * d["b"]
    return d["a"] + d["b"]


@at((0.5, 0.25))
def namedtuple_local(x, y):
    p = Point(x * y, y)
    q = Point(p.y, p.x)
    return q.x * p.x + q.y
