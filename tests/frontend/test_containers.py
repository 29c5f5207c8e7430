"""Containers: what stays out, with its exact text, and what may raise or go stale."""

from __future__ import annotations

import math
from collections import Counter, deque

import pytest

import symdiff
from symdiff import grad


def set_in_a_loop(xs):
    s = 0.0
    for k in {"a", "b"}:
        s += xs[0] * len(k)
    return s


def set_of_data(xs):
    return sum({xs[0], 1.0})


def key_of_data(xs):
    d = {}
    d[len(xs)] = xs[0]
    return d[len(xs)]


def counter_of_data(xs):
    return Counter([int(x) for x in xs])[0] * xs[0]


def grows_by_data(xs):
    made = []
    for x in xs:
        made.append({"x": x})
    return made[0]["x"]


def length_by_path(xs):
    fs = [math.sin]
    if xs[0] > 0:
        fs.append(math.cos)
    return sum(f(xs[0]) for f in fs)


def element_by_data(xs):
    mixed = [xs[0], {"a": xs[1]}]
    return mixed[int(xs[0])]


def no_such_element(xs):
    return [xs[0], {"a": 1.0}][2]


def grows_under_its_loop(xs):
    mixed = [{"a": xs[0]}]
    for part in mixed:
        mixed.append(part)
    return mixed[0]["a"]


def loses_a_key_under_its_loop(xs):
    d = {"a": xs[0], "b": xs[1]}
    s = 0.0
    for v in d.values():
        s += v
        d.pop("b", None)
    return s


def two_windows(xs):
    w = deque(maxlen=2) if xs[0] > 0 else deque(maxlen=3)
    w.append(xs[0])
    return sum(w)


REFUSALS = [
    (
        set_in_a_loop,
        "UnsupportedSyntax",
        "a loop runs over a set: the order of a set is not part of its value",
        "hint: loop over sorted(...) of it, or use a list",
    ),
    (set_of_data, "UnsupportedSyntax", "an element of a set depends on data", "hint: use a list"),
    (
        key_of_data,
        "UnsupportedSyntax",
        "a key that depends on data is not supported: which entry is meant is not known",
        "hint: use a list indexed by an int",
    ),
    (
        counter_of_data,
        "UnsupportedCall",
        "Counter() of data is not supported: its keys would be values, which are not known",
        "hint: count with sum(x == v for x in xs), or use a list indexed by an int",
    ),
    (
        grows_by_data,
        "TypeMismatch",
        "a dict cannot be an element of this list: its length is not known here",
        "hint: keep one list per field, or loop over what has a known length",
    ),
    (
        length_by_path,
        "TypeMismatch",
        "how many elements 'fs' has depends on the path taken",
        "hint: append on every path, or keep one type of element per list",
    ),
    (
        element_by_data,
        "UnsupportedSyntax",
        "an element of a list of different types is chosen by data",
        "hint: loop over the list, or keep numbers in a list of their own",
    ),
    (no_such_element, "TypeMismatch", "the list has 2 elements: [2] is not one", "hint: "),
    (
        grows_under_its_loop,
        "AliasError",
        "'mixed' changes its length while a loop runs over it",
        "hint: loop over a copy, x[:]",
    ),
    (
        loses_a_key_under_its_loop,
        "TypeMismatch",
        "the dict loses 'b' while a loop runs over it",
        "hint: loop over a list of its keys, and change it behind the loop",
    ),
    (
        two_windows,
        "TypeMismatch",
        "how many elements this deque keeps depends on the path taken",
        "hint: use one maxlen",
    ),
]


@pytest.mark.parametrize("f, kind, text, hint", REFUSALS, ids=lambda v: getattr(v, "__name__", ""))
def test_refusals(f, kind, text, hint):
    with pytest.raises(getattr(symdiff, kind)) as info:
        grad(f)([0.5, 1.5, 2.5])
    assert text in str(info.value)
    assert hint in str(info.value)
    first = f.__code__.co_firstlineno
    assert info.value.filename == __file__
    assert first <= info.value.lineno <= first + 12


def test_a_key_that_is_not_there_raises():
    def f(x, n):
        return {0: x, 1: x * x}[n]

    assert grad(f)(3.0, 1) == 6.0
    with pytest.raises(KeyError):
        grad(f)(3.0, 2)


TABLE = {"f": math.sin, "k": 2.0}


def test_captured_containers_are_read_at_every_call():
    def chosen(x):
        return TABLE["f"](x) * TABLE["k"]

    def total(x):
        return sum(v(x) if callable(v) else v * x for v in TABLE.values())

    one, all_ = grad(chosen), grad(total)
    assert one(0.5) == pytest.approx(2.0 * math.cos(0.5))
    assert all_(0.5) == pytest.approx(math.cos(0.5) + 2.0)
    TABLE["k"] = 5.0
    TABLE["f"] = math.exp
    assert one(0.5) == pytest.approx(5.0 * math.exp(0.5))
    TABLE["g"] = math.cos
    assert all_(0.5) == pytest.approx(math.exp(0.5) + 5.0 - math.sin(0.5))


FUNCTION = math.sin


def test_another_builtin_under_a_global_name_is_seen(monkeypatch):
    g = grad(lambda x: FUNCTION(x))
    assert g(0.5) == math.cos(0.5)
    monkeypatch.setitem(globals(), "FUNCTION", math.exp)
    assert g(0.5) == math.exp(0.5)
