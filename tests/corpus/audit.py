"""What an audit of the language found: each function uses one thing as people write it, and was
refused or differentiated wrongly once."""

import bisect
import collections
import copy
import functools
import itertools
import math
import operator
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import NamedTuple

from tests.corpus.registry import at


@dataclass(frozen=True)
class Vector:
    x: float
    y: float = 2.0
    z: float = 3.0

    @staticmethod
    def unit(axis):
        return Vector(*(1.0 if k == axis else 0.0 for k in range(3)))


class Pair(NamedTuple):
    x: float
    y: float


@at((1.3,))
def fields_from_a_starred_list(x):
    v = Vector(*[x * k for k in range(2)])
    return v.y * v.z + Vector.unit(1).y * x


@at((1.3,))
def members_of_a_set(x):
    s = {2, 3, 5}
    pairs = {(1, 2), (3, 4)}
    return (x if 3 in s else 0.0) + (x * x if (1, 2) in pairs and 4 not in s else 0.0)


@at((1.3,))
def deques_keep_to_their_length(x):
    d = deque([x, 1.0], maxlen=3)
    d += [x * x, 5.0]
    e = d.copy()
    e.append(2 * x)
    f = copy.copy(d)
    f *= 2
    g = d + deque([7.0 * x])
    return sum(d) * sum(e) + sum(f) * f[0] + sum(g) + len(g) * x


@at((1.3,))
def nested_patterns(x):
    match {"op": "add", "args": [x, (x * x, 2.0)]}:
        case {"op": "add", "args": [a, (b, c)]}:
            return a * b * c
        case _:
            return 0.0


@at((1.3,))
def containers_equal(x):
    mixed = [x, "a"]
    del mixed[1]
    total = 0.0
    if Pair(x, 2.0) == (x, 2.0) and mixed == [x] and range(3) == range(0, 3, 1):
        total += x * x
    if deque([1.0]) == [1.0] or OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1):
        total += 100.0
    if {"a": 1, "b": 2} == {"b": 2, "a": 1} and {"a": x}.keys() == {"a"}:
        total += x**3
    return total


@at((1.3,))
def classes_of_containers(x):
    q, o, c = deque([x]), OrderedDict(a=x), Counter("ab")
    total = 0.0
    if isinstance(q, list) or isinstance(c, OrderedDict):
        total += 100.0
    if isinstance(q, collections.deque) and isinstance(o, OrderedDict) and isinstance(c, dict):
        total += x**3
    return total


@at((1.3,))
def counters(x):
    c = Counter({"a": x})
    c.update({"a": x * x, "b": 1.0})
    c.update("ab")
    c.subtract(b=0.5)
    d = Counter(a=2, z=5) - Counter(a=5, z=1)
    d |= Counter(z=1, k=9)
    best = c.most_common(1)[0][1] * d.most_common()[0][1]
    return c["a"] * c["b"] + best * x + len(d) * x + c.total() + (c + d)["a"] * x


class Doubled:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, owner, cls=None):
        return 2.0 * getattr(owner, self.name)

    def __set__(self, owner, value):
        setattr(owner, self.name, value)


class Weighted:
    weight = Doubled()

    def __init__(self, weight):
        self.weight = weight


@at((1.3,))
def descriptor(x):
    w = Weighted(x)
    w.weight = w.weight * x
    return w.weight


def _named(a, /, **rest):
    return a * rest["a"]


@at((1.3,))
def keyword_of_a_positional_name(x):
    return _named(x, a=math.sin(x))


def _three(a, b=1.0, *, c=2.0):
    return a * b * c


@at((1.3,))
def parts_of_the_library(x):
    total = 0.0
    for k, group in itertools.groupby([(1, x), (1, x * x), (2, 3.0)], key=lambda t: t[0]):
        total = total * x + k * sum(v for _, v in group)
    slots = [None] * 3
    slots[1] = x * x
    limits = [1.0, 2.0, 3.0]
    bisect.insort(limits, x)
    p = functools.partial(_three, x, c=x)
    made = Pair._make([x, x * x])
    where = (x, 2.0, x * x).index(2.0) + limits.index(2.0, 1)
    used = p.func(*p.args, **p.keywords) + limits.__getitem__(1) + operator.call(math.sin, x)
    return total + sum(v for v in slots if v is not None) + limits[1] * where + made.y + used
