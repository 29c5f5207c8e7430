"""Types from values and annotations, conversion, and the guard: no generated code is needed."""

import functools
import math
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from symdiff.annotations import annotated
from symdiff.errors import ArgumentError
from symdiff.guard import Guard, alike, fits
from symdiff.ir.types import BOOL, FLOAT, INT, ListType, Node, Static, list_of, tuple_of
from symdiff.signature import agrees, checked, convert, describe, differentiable, tree_of


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Layer:
    w: list[float]
    b: float


@dataclass(frozen=True)
class Box:
    low: float
    high: float


class Mode(Enum):
    FAST = 1


FLOATS = list_of(FLOAT)
PAIR = Node("tuple", (0, 1), (FLOAT, INT))


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (1.5, FLOAT),
        (2, INT),
        (True, BOOL),
        ("relu", Static("relu")),
        (None, Static(None)),
        (math.sin, Static(math.sin)),
        (Mode.FAST, Static(Mode.FAST)),
        (np.float64(2.0), FLOAT),
        (np.int64(2), INT),
        (np.bool_(True), BOOL),
        ([1.0, 2.0], FLOATS),
        ([1, 2.0, True], FLOATS),
        ([1, 2], list_of(INT)),
        ([], FLOATS),
        ([[1], [2.0]], list_of(FLOATS)),
        ([[], [1.0]], list_of(FLOATS)),
        ([[]], list_of(FLOATS)),
        ([(1.0, 2), (3, 4)], list_of(tuple_of(FLOAT, INT))),
        ([1.0, "a"], Node("list", (0, 1), (FLOAT, Static("a")))),
        ([1.0, [2.0]], Node("list", (0, 1), (FLOAT, FLOATS))),
        ((1.0, 2), PAIR),
        ((), Node("tuple", (), ())),
        (Point(1.0, 2), Node("namedtuple", ("x", "y"), (FLOAT, INT), Point)),
        ({"w": [1.0], "b": 2.0}, Node("dict", ("w", "b"), (FLOATS, FLOAT))),
        (Layer([1.0], 2.0), Node("record", ("w", "b"), (FLOATS, FLOAT), Layer)),
    ],
)
def test_tree_of_a_value(value: Any, tree: Any) -> None:
    assert tree_of(value, "x") == tree


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1j, "x is a complex (1j), which is not supported"),
        (np.array(["a"]), "x is an array of <U1, which is not supported"),
        (np.array([1j]), "x is an array of complex128, which is not supported"),
        (Fraction(1, 3), "hint: pass float(x)"),
        (np.float32(1.0), "hint: pass float(x)"),
        ({1.5: 1.0}, "x has the key 1.5"),
        ({"a": [1j, 2.0]}, "x['a'][0] is a complex (1j)"),
        (Layer([1.0], 1j), "x.b is a complex"),  # type: ignore[arg-type]
        ({1, 2}, "x is a set ({1, 2}), which is not supported"),
        (object(), "x is an object, which is not supported"),
    ],
)
def test_what_is_refused_is_named(value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        tree_of(value, "x")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (3, FLOAT),
        ([1, 2], FLOATS),
        ({"a": 1, "b": [2]}, Node("dict", ("a", "b"), (FLOAT, FLOATS))),
        ([(1, 2)], list_of(tuple_of(FLOAT, FLOAT))),
        (Point(1, 2), Node("namedtuple", ("x", "y"), (FLOAT, FLOAT), Point)),
    ],
)
def test_ints_count_as_floats_where_they_are_differentiated(value: Any, tree: Any) -> None:
    assert differentiable(tree_of(value, "x"), value, "x") == tree


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (True, "x is a bool (True)"),
        ("a", "x is a str ('a')"),
        (None, "x is None"),
        ([1.0, True], "x[1] is a bool (True)"),
        ([[1.0], [False]], "x[1][0] is a bool (False)"),
        ({"w": 1.0, "mode": "a"}, "x['mode'] is a str ('a')"),
        (Box(True, 1.0), "x.low is a bool (True)"),
        (math.sin, "x is a builtin_function_or_method"),
    ],
)
def test_what_cannot_be_differentiated_is_named(value: Any, where: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        differentiable(tree_of(value, "x"), value, "x")
    hint = "which cannot be differentiated\n    hint: pass a float, or leave it out of argnums"
    assert str(caught.value) == f"{where}, {hint}"


@pytest.mark.parametrize(
    ("hint", "tree"),
    [
        (float, FLOAT),
        (int, INT),
        (list[float], FLOATS),
        (list[list[float]], list_of(FLOATS)),
        (list[tuple[float, int]], list_of(tuple_of(FLOAT, INT))),
        (tuple[float, int], PAIR),
        (Point, Node("namedtuple", ("x", "y"), (FLOAT, FLOAT), Point)),
        (Box, Node("record", ("low", "high"), (FLOAT, FLOAT), Box)),
        (tuple[float, ...], None),
        (dict[str, float], None),
        (str, None),
        (np.ndarray, None),
        (float | None, None),
        (list, None),
        (tuple[()], None),
        ("not evaluated", None),
    ],
)
def test_tree_of_an_annotation(hint: Any, tree: Any) -> None:
    assert annotated(hint) == tree


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        ([1.0], float, "x is annotated float but is list[float] here: a list ([1.0])"),
        (True, float, "x is annotated float but is bool here: a bool (True)"),
        (1.5, int, "x is annotated int but is float here: a float (1.5)"),
        (
            (1.0,),
            tuple[float, int],
            "x is annotated tuple[float, int] but is tuple[float] here: a tuple ((1.0,))",
        ),
        ([1.0], list[int], "x is annotated list[int] but is list[float] here: a list ([1.0])"),
    ],
)
def test_a_value_that_disagrees_with_its_annotation(value: Any, hint: Any, message: str) -> None:
    declared = annotated(hint)
    assert declared is not None
    with pytest.raises(ArgumentError) as caught:
        checked(value, declared, "x")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, float),
        (1.0, float),
        (True, int),
        ([], list[int]),
        ([1, 2], list[float]),
        ([(1, 1)], list[tuple[float, int]]),
    ],
)
def test_a_value_that_agrees_with_its_annotation(value: Any, hint: Any) -> None:
    declared = annotated(hint)
    assert declared is not None
    assert checked(value, declared, "x") == declared


def test_records_of_another_class_disagree() -> None:
    assert not agrees(tree_of(Box(1.0, 2.0), "x"), tree_of(Point(1.0, 2.0), "x"))


def test_conversion_leaves_the_argument_alone() -> None:
    value = {"w": [1, 2.0], "b": 3, "rows": [[1.0], [2]]}
    tree = differentiable(tree_of(value, "x"), value, "x")
    new = convert(value, tree, "x")
    assert new == value and new is not value
    assert repr(new) == "{'w': [1.0, 2.0], 'b': 3.0, 'rows': [[1.0], [2.0]]}"
    assert repr(value) == "{'w': [1, 2.0], 'b': 3, 'rows': [[1.0], [2]]}"


@pytest.mark.parametrize(
    "value", [1.0, [1.0, 2.0], (1.0, [2.0]), Point(1.0, 2.0), {"a": [[1.0]]}, Layer([1.0], 2.0)]
)
def test_what_fits_is_passed_on_itself(value: Any) -> None:
    assert convert(value, tree_of(value, "x"), "x") is value


def test_numpy_scalars_become_plain_numbers() -> None:
    assert type(convert(np.float64(1.5), FLOAT, "x")) is float
    assert type(convert(np.int64(2), INT, "x")) is int
    assert [type(v) for v in convert([np.float64(1.0), 2.0], FLOATS, "x")] == [float, float]


def test_records_are_rebuilt_as_their_class() -> None:
    assert convert(
        Point(1, 2), Node("namedtuple", ("x", "y"), (FLOAT, FLOAT), Point), "p"
    ) == Point(1.0, 2.0)
    new = convert(Box(1, 2.0), Node("record", ("low", "high"), (FLOAT, FLOAT), Box), "b")
    assert type(new) is Box and type(new.low) is float


def test_an_int_too_large_for_a_float_is_named() -> None:
    with pytest.raises(ArgumentError, match="x is an int too large for a float"):
        convert(10**400, FLOAT, "x")


VALUES = [
    1.0,
    2,
    True,
    "a",
    "b",
    None,
    math.sin,
    [],
    [1.0],
    [1, 2],
    [1.0, 2],
    [[1.0]],
    [[1]],
    [(1.0, 2.0)],
    (1.0, 2.0),
    (1.0, 2),
    (1.0,),
    Point(1.0, 2.0),
    Point(1, 2),
    {"a": 1.0},
    {"b": 1.0},
    {"a": None},
    {"b": None},
    {"a": 1},
    Box(1.0, 2.0),
    Box(1.0, 2),
    Layer([1.0], 2.0),
    Layer([1], 2.0),
    ((1.0, 2.0), 3.0),
    [1.0, "a"],
    np.float64(1.0),
    {},
    (),
]


@pytest.mark.parametrize("made_for", VALUES, ids=repr)
def test_the_guard_lets_exactly_the_fitting_values_pass(made_for: Any) -> None:
    tree = tree_of(made_for, "x")
    guard = Guard(["x", "_float"])
    guard.add(tree, "x")
    condition = eval(f"lambda x: {guard.text()}", dict(guard.names))
    for value in VALUES:
        # nothing to convert, and the same types
        expected = tree_of(value, "x") == tree and convert(value, tree, "x") is value
        if type(value) is list and not value and isinstance(tree, ListType):
            expected = True  # an empty list does for any element
        assert bool(condition(value)) == fits(tree, value) == expected, value


def test_the_guard_hides_no_name_of_the_function() -> None:
    guard = Guard(["x", "_float"])
    guard.add(FLOAT, "x")
    assert guard.text() == "x.__class__ is _float_1" and guard.names == {"_float_1": float}


def test_scalars_are_compared_in_one_chain() -> None:
    guard = Guard("abc")
    for name in "abc":
        guard.add(FLOAT, name)
    assert guard.text() == "a.__class__ is b.__class__ is c.__class__ is _float"


def test_the_elements_of_a_list_are_counted_without_a_python_call() -> None:
    guard = Guard(["xs"])
    guard.add(FLOATS, "xs")
    assert not any(isinstance(v, functools.partial) for v in guard.names.values())
    assert "_countOf(_map(_type, xs), _float) == _len(xs)" in guard.text()


@pytest.mark.parametrize(
    ("x", "y", "same"),
    [
        (1.0, 2.0, True),
        ([1.0], [2.0], True),
        ([1.0], [2.0, 3.0], False),
        ([[1.0], []], [[1.0], [2.0]], False),
        ({"a": [1.0]}, {"a": []}, False),
        (Layer([1.0], 1.0), Layer([], 1.0), False),
        ((1.0, [2.0]), (1.0, [3.0]), True),
    ],
)
def test_alike_compares_lengths(x: Any, y: Any, same: bool) -> None:
    assert alike(x, y) is same


def test_types_are_described_as_python_writes_them() -> None:
    value = {"w": [1.0], "p": (1.0, 2), "q": Point(1.0, 2.0), "mode": "a"}
    text = "{'w': list[float], 'p': tuple[float, int], 'q': Point, 'mode': 'a'}"
    assert describe(tree_of(value, "x")) == text
