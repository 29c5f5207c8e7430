"""Records are dataclasses as far as anybody here can tell."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from symdiff import records
from symdiff.ir.types import FLOAT, INT, list_of
from symdiff.records import field, replace


@records.dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


@records.dataclass(frozen=True, slots=True)
class Named(Point):
    x: float
    name: str


@records.dataclass(slots=True)
class Open:
    items: list[int] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.count += len(self.items)


@records.dataclass(slots=True, eq=False)
class Identity:
    value: int


@records.dataclass(frozen=True)
class Empty:
    pass


def test_construction() -> None:
    assert Point(1.0) == Point(1.0, 0.0) == Point(y=0.0, x=1.0)
    assert Open([1, 2]).count == 2
    assert Open().items is not Open().items
    assert Empty() == Empty() and hash(Empty()) == hash(Empty())
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_comparison_and_hashing() -> None:
    assert Point(1.0) != Named(1.0, 0.0, "a") and hash(Point(1.0)) == hash(Point(1.0, 0.0))
    assert Identity(1) != Identity(1) and len({Identity(1), Identity(1)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Open())
    assert list_of(FLOAT) == list_of(FLOAT) != list_of(INT)
    assert len({list_of(FLOAT), list_of(FLOAT), FLOAT}) == 2


def test_a_frozen_record_stays() -> None:
    point = Point(1.0)
    for change in (lambda: setattr(point, "x", 2.0), lambda: delattr(point, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert replace(point, y=3.0) == Point(1.0, 3.0)
    with pytest.raises(AttributeError):
        Open().other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("record", [Point(1.0), Named(1.0, 2.0, "a"), Open([1]), Empty()])
def test_copies(record: Any) -> None:
    assert copy.copy(record) == pickle.loads(pickle.dumps(record)) == record


def test_reading() -> None:
    assert repr(Named(1.0, 2.0, "a")) == "Named(x=1.0, y=2.0, name='a')"
    match Point(1.0, 2.0):
        case Point(x, y):
            assert (x, y) == (1.0, 2.0)
