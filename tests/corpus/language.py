"""Python as libraries are written in it: modes that hold for a while, mappings of their own,
parameters that are looked up, numbers with a class."""

import inspect
import math
from collections.abc import Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field

from tests.corpus.registry import at

MODE = "plain"
SCALE = 2.0


def set_mode(mode):
    global MODE
    MODE = mode


class in_mode:
    """A mode that holds while a block runs."""

    def __init__(self, mode):
        self.mode = mode
        self.before = MODE

    def __enter__(self):
        set_mode(self.mode)
        return self

    def __exit__(self, *args):
        set_mode(self.before)


def divided(a, b):
    if MODE == "plain":
        return a / b
    return a / (b + 1.0) if MODE == "shifted" else a


@at((1.5, 0.5), (-0.5, 2.0))
def global_mode_for_a_block(x, y):
    with in_mode("shifted"):
        t = divided(x, y)
        with in_mode("none"):
            t *= divided(x, y)
    return t + divided(x, y)


@at((1.5, 3), (0.5, 2))
def global_mode_in_a_branch_of_a_loop(x, n):
    t = 0.0
    for k in range(n):
        if x > k:
            with in_mode("shifted"):
                t += divided(x * x, k + x)
        t += divided(x, x + k)
    return t


def scaled(x):
    return SCALE * x


@at((1.5,), (-0.5,))
def active_global_that_is_put_back(x):
    global SCALE
    before = SCALE
    SCALE = x * x
    try:
        y = scaled(x)
    finally:
        SCALE = before
    return y + scaled(math.sin(x))


def early(x):
    yield 1.0
    if x < 0.0:
        return
    yield x * x


@at((1.5,), (-0.5,))
def generator_that_returns_early(x):
    t = 0.0
    for v in early(x):
        t += v * x
    return t + sum(early(x))


def parts(x, xs):
    yield x
    yield from (x * x, 3.0)
    yield from [v * x for v in xs]
    yield from [x] * 2


@at((1.5, [0.5, 2.0]), (-0.5, [1.0]))
def generator_of_parts(x, xs):
    t = 1.0
    for k, v in enumerate(parts(x, xs)):
        t += v * (k + 1.0)
    return t


class Methods(Mapping):
    """Functions by name, in any case of letters."""

    def __init__(self, known):
        self.known = known

    def __getitem__(self, name):
        try:
            return self.known[name]
        except KeyError:
            pass
        return self.known[dict(zip(self.lower(), self.keys(), strict=True))[name.lower()]]

    def __iter__(self):
        yield from self.known.keys()

    def __len__(self):
        return len(self.known)

    def lower(self):
        found = [str(name).lower() for name in self.known]
        yield from iter(found)


def squared(x, *, by=1.0):
    return by * x * x


def halved(x, y):
    return x / (2.0 + y)


METHODS = Methods({"Squared": squared, "Halved": halved})


def only_known(f, **kwargs):
    """The keywords that a function takes."""
    kwargs = copy(kwargs)
    args = list(inspect.signature(f).parameters.keys())
    for key in set(kwargs.keys()) - set(args):
        kwargs.pop(key)
    return kwargs


@at((1.5, 0.5), (-0.5, 2.0))
def function_by_a_mapping_of_its_own(x, y):
    if "squared" not in tuple(name.lower() for name in METHODS):
        raise ValueError("unknown")
    f = METHODS["SQUARED"]
    return f(x, **only_known(f, by=y, other=3.0)) + METHODS["halved"](x, y)


FACTORS = {(True, False): (0.5, 2.0), (True, True): (0.25, 1.0), (False, True): (3.0, 0.1)}
TABLES = {1: {"a": 2.0, "b": 0.5}, 2: {"a": 1.0, "b": 3.0}}


@at((1.5, 0.5), (0.5, 2.0), (-0.5, -2.0))
def entry_by_a_pair_of_flags(x, y):
    a, b = FACTORS[(x > y, x < 2.0)] if x != y and x > -0.4 else FACTORS[x < y, True]
    return a * x * x + b * y


@at((1.5, 1), (-0.5, 2))
def table_of_tables_by_a_number(x, n):
    table = TABLES[n + 0]
    return table["a"] * x * x + table["b"] * x


def bracketed(x, low=None, high=None):
    """Whoever gives no bracket does not come where it is used."""
    if x > 100.0:
        return 0.5 * (low + high)
    t = 0.0
    for k in range(3):
        t += x * k
        if t > 1000.0:
            t = min(t, high)
    if t < -1000.0 and low < t:
        t = math.sqrt(low)
    return t * x


@at((1.5,), (-0.5,))
def none_used_on_a_path_not_taken(x):
    return bracketed(x) + bracketed(2.0 * x, 1.0, 2.0)


class Base:
    rate = 3.0

    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a * self.rate


@at((1.5,), (-0.5,))
def class_of_a_function(x):
    class Sub(Base):
        rate = x  # of the class, and active
        two = 2.0

        def __init__(self, a, b=two):
            super().__init__(a)
            self.b = b

        def area(self):
            return super().area() + self.b * x + self.__own()

        @property
        def half(self):
            return self.a / 2.0

        @half.setter
        def half(self, v):
            self.a = 2.0 * v

        @classmethod
        def made(cls, v):
            return cls(v, b=v)

        def __add__(self, other):
            return Sub(self.a * other.a)

        def __own(self):
            return self.a * 7.0

    s = Sub(x * x)
    s.half = x
    u = s + Sub.made(2.0)
    return s.area() + u.area() * u.half


@at((1.5, [0.5, 2.0]), (-0.5, [1.0, 3.0]))
def dataclass_of_a_function(x, xs):
    @dataclass
    class Part:
        u: float
        v: float = 2.0
        w: list = field(default_factory=list)

        def total(self):
            return self.u * self.v + sum(self.w)

    @dataclass(frozen=True)
    class Pair:
        first: float
        second: float = 1.0

        def product(self):
            return self.first * self.second * x

    t = 0.0
    for y in xs:
        p = Part(x, v=y)
        p.w.append(x * y)
        t += p.total() * Pair(y, second=x).product()
    return t + Part(x).total()


@contextmanager
def doubled(box):
    before = box["s"]
    box["s"] = 2.0 * before
    try:
        yield box["s"]
    finally:
        box["s"] = before


@contextmanager
def twice_doubled(box, then):
    with doubled(box), doubled(box) as s:
        yield s * s
    then.append(box["s"])


@at((1.5, 4), (-0.5, 3))
def manager_of_two_halves(x, n):
    box = {"s": x}
    t = 0.0
    for k in range(n):
        with doubled(box) as s:
            if k == 1:
                continue
            t += s * box["s"]
            if t > 20.0:
                break
    seen = []
    with twice_doubled(box, seen) as q:
        t += q * box["s"]
    return t * box["s"] + seen[0]


@at((1.5,), (0.5,), (-0.5,))
def manager_of_two_halves_in_a_try(x):
    box = {"s": x}
    try:
        with doubled(box):
            if x > 1.0:
                raise ValueError("large")
            y = box["s"] * math.sqrt(x)
    except ValueError:
        y = box["s"] * 10.0
    return y


def times(factor):
    def around(f):
        def inner(x):
            return f(x * factor) * x

        return inner

    return around


@times(2.0)
@times(3.0)
def decorated_twice(x):
    return math.sin(x)


@at((1.5,), (-0.5,))
def one_decorator_applied_twice(x):
    return decorated_twice(x)


@at(([1.5, 0.5, 2.0], 1), ([1.5, 0.5, 2.0], -2), ([1.0, 2.0], 0))
def element_deleted_in_the_middle(xs, k):
    ys = [x * x for x in xs]
    del ys[k]
    zs = [ys, (xs[0], "text"), {"a": xs[1]}]
    del zs[1]
    return sum(y * (j + 1.0) for j, y in enumerate(ys)) * zs[1]["a"]
