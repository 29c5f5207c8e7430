"""Functions as values and iterators: what stays out, with its exact text, and what may raise."""

# ruff: noqa: B905, B023

from __future__ import annotations

import functools
import itertools

import pytest

import symdiff
from symdiff import grad


def used_twice(xs):
    pairs = itertools.pairwise(xs)
    return sum(a * b for a, b in pairs) + sum(a for a, _ in pairs)


def advanced_in_a_loop(xs):
    it = iter(xs)
    s = 0.0
    for _ in range(len(xs)):
        s += next(it)
    return s


def used_on_one_path(xs):
    it = iter(xs)
    s = xs[0]
    if s > 0:
        s += sum(it)
    return s + sum(it)


def reversed_zip(xs):
    return sum(a for a, _ in reversed(zip(xs, xs)))


def late_variable(xs):
    return sum(f() for f in ((lambda: v) for v in xs))


def changed_while_accumulated(xs):
    ys = list(xs)
    for k, v in enumerate(itertools.accumulate(ys)):
        ys[k] = v
    return sum(ys)


def variable_changed_while_accumulated(xs):
    t = 1.0
    for v in itertools.accumulate(xs, lambda a, b: a + b * t):
        t = v
    return t


def order_by_data(xs):
    return sorted(xs, reverse=xs[0] > 0)[0]


def too_many_pools(xs):
    return sum(a * b * c * d for a, b, c, d in itertools.product(xs, xs, xs, xs))


def star_list_into_parameters(xs):
    def f(a, b=1.0):
        return a * b

    return f(*xs)


def made_anew(xs):
    f = abs
    for _ in xs:
        f = functools.partial(pow, f(xs[0]))
        if xs[0] > 4.0:
            break
    return f(2.0)


def number_called(xs):
    return xs[0](2.0)


REFUSALS = [
    (
        used_twice,
        "UnsupportedSyntax",
        "this iterator is run over a second time: it is used up by then, or may be",
        "hint: make a list of it first, list(...), and use that",
    ),
    (advanced_in_a_loop, "UnsupportedSyntax", "this iterator is run over a second time", "hint: "),
    (used_on_one_path, "UnsupportedSyntax", "this iterator is run over a second time", "hint: "),
    (
        reversed_zip,
        "TypeMismatch",
        "this iterator cannot be reversed: it has no last element to begin with",
        "hint: make a list of it first: reversed(list(...))",
    ),
    (
        late_variable,
        "UnsupportedSyntax",
        "a function that reads 'v' of the generator around it: which value it sees depends on when",
        "hint: fix the value: lambda v=v: ...",
    ),
    (
        changed_while_accumulated,
        "AliasError",
        "'ys' is written to, but it may be shared: a loop runs over elements that are computed",
        "hint: ",
    ),
    (
        variable_changed_while_accumulated,
        "AliasError",
        "'t' changes while a loop runs over elements computed from it",
        "hint: make a list of it first, list(...), and loop over that",
    ),
    (
        order_by_data,
        "TypeMismatch",
        "whether sorted() goes up or down depends on data",
        "hint: write reverse=True or reverse=False, with an if around it",
    ),
    (
        too_many_pools,
        "UnsupportedCall",
        "itertools.product() of that many from lists of any length is not supported",
        "hint: write the loops, or pass tuples",
    ),
    (
        star_list_into_parameters,
        "TypeMismatch",
        "the number of elements of this list is not known",
        "hint: pass the list itself, or its elements",
    ),
    (made_anew, "TypeMismatch", "'f' is a function", "hint: "),
    (
        number_called,
        "TypeMismatch",
        "a float is called",
        "hint: only functions and classes are called; a product needs its *",
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


def test_an_index_that_no_function_has_raises():
    def f(x, i):
        return (abs, float)[i](x) * x

    assert grad(f)(2.0, 0) == 4.0
    assert grad(f)(2.0, -1) == 4.0
    with pytest.raises(IndexError):
        grad(f)(2.0, 2)


def test_exceptions_of_iterators_come_through():
    def first_large(xs):
        return next(x for x in xs if x > 2)

    def total(xs):
        return functools.reduce(lambda a, b: a * b, xs)

    assert grad(first_large)([1.0, 3.0]) == [0.0, 1.0]
    with pytest.raises(StopIteration):
        grad(first_large)([1.0, 1.5])
    with pytest.raises(TypeError, match="empty iterable"):
        grad(total)([])


def test_keywords_of_the_differentiated_function():
    def f(x, **weights):
        return x * weights.get("a", 2.0) + sum(weights.values())

    g = grad(f)
    assert g(2.0) == 2.0
    assert g(2.0, a=3.0, b=1.0) == 3.0
    assert grad(f, argnames="weights")(2.0, a=3.0, b=1.0) == {"a": 3.0, "b": 1.0}
