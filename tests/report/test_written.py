"""What a command line says, and what types follow from use."""

from __future__ import annotations

from typing import Any

import pytest

from symdiff.frontend.capture import capture
from symdiff.ir.types import BOOL, FLOAT, INT, Node, Static, list_of, tuple_of
from symdiff.report.literals import UsageError, point_of
from symdiff.report.uses import types_by_use
from symdiff.report.written import names_of, subject_at, type_of, values_at
from tests.report import programs

FLOATS = list_of(FLOAT)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("float", FLOAT),
        ("int", INT),
        ("bool", BOOL),
        ("None", Static(None)),
        ("str:linear", Static("linear")),
        ("'linear'", Static("linear")),
        ("list[float]", FLOATS),
        ("list[list[float]]", list_of(FLOATS)),
        ("list[tuple[float, int]]", list_of(tuple_of(FLOAT, INT))),
        ("tuple[float, list[float]]", Node("tuple", (0, 1), (FLOAT, FLOATS))),
        ("tuple[float]", Node("tuple", (0,), (FLOAT,))),
    ],
)
def test_types(text: str, tree: Any) -> None:
    assert type_of(text) == tree


@pytest.mark.parametrize("text", ["", "double", "list", "list[str:x]", "list[None]", "float)"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(UsageError):
        type_of(text)


def test_points_respect_brackets() -> None:
    found = point_of(["w0=2,x0=-1.5,xs=[1, 2, 3]", "mode='a,b',p=(1, [2.0])"])
    assert found == {"w0": 2, "x0": -1.5, "xs": [1, 2, 3], "mode": "a,b", "p": (1, [2.0])}


@pytest.mark.parametrize("text", ["x", "x=y", "x=1+", "x=f()", "**k", "1"])
def test_what_is_no_point(text: str) -> None:
    with pytest.raises(UsageError):
        point_of([text])


def test_names() -> None:
    assert names_of(None) is None
    assert names_of("a, b") == ["a", "b"]
    with pytest.raises(UsageError):
        names_of("")


# -- types by use ---


def uses(a, m, n, xs, ys, x, ps):
    total = a
    for row in m:
        for e in row:
            total += e
    for i in range(n):
        total += xs[i]
    for j, y in enumerate(reversed(ys)):
        total += y * j
    for p, q in ps:
        total += p * q
    return total * x


def indexed(m, k, xs):
    return m[0][1] + xs[k]


def handed(ws, m, y):
    return programs.dotted(ws, m[0]) + programs.neuron(y, y, y, y, y)


def handed_on(ws, zs, y):
    return local(ws, zs) * y


def local(p, q):
    return sum(a * b for a, b in zip(p, q, strict=False))


def given(x: float, n: int, k=3, *rest, flag=True):
    return x


def test_use() -> None:
    nested = list_of(FLOATS)
    assert types_by_use(capture(uses)) == {
        "a": FLOAT,
        "m": nested,
        "n": INT,
        "xs": FLOATS,
        "ys": FLOATS,
        "x": FLOAT,
        "ps": nested,
    }
    assert types_by_use(capture(indexed)) == {"m": nested, "k": INT, "xs": FLOATS}
    assert types_by_use(capture(handed_on)) == {"ws": FLOATS, "zs": FLOATS, "y": FLOAT}
    assert types_by_use(capture(handed))["m"] == nested
    assert types_by_use(capture(given)) == {}


def test_values_meet_use() -> None:
    made = subject_at(programs.dotted, {}, {"ws": [1, 2], "xs": [3, 4]}, None)
    assert dict(made.params) == {"ws": FLOATS, "xs": FLOATS}
    assert values_at(made, {"ws": [1, 2], "xs": [3, 4]}) == [[1.0, 2.0], [3.0, 4.0]]


def starred(a, *xs):
    return a * sum(xs)


def test_star_arguments() -> None:
    point = {"a": 2, "xs": [1, 3]}
    made = subject_at(starred, {}, point, None)
    values = values_at(made, point)
    assert values == [2.0, (1.0, 3.0)]
    assert made.call(made.compile("grad").link(), values) == (4.0, 2.0, 2.0)
