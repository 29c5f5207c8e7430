"""Python as libraries are written in it: modes that hold for a while, mappings of their own,
parameters that are looked up, numbers with a class."""

import inspect
import math
from collections.abc import Mapping
from copy import copy

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
