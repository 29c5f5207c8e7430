"""A name that is None on one path: what is raised where its value is needed, what is refused."""

from __future__ import annotations

import pytest

import symdiff


def used_as_a_number(x):
    r = None
    if x > 2.0:
        r = x * x
    return r * x


def returned(x):
    r = None
    for k in range(4):
        if k * x > 4.0:
            r = k * x
    return r


class Box:
    def __init__(self, v):
        self.v = v


def attribute_of_none(x):
    box = Box(x) if x > 2.0 else None
    return box.v * x


def compared_with_each_other(x):
    a = None if x > 2.0 else x
    b = None if x > 1.0 else x
    return x if a == b else x * x


@pytest.mark.parametrize(
    "f, error, text",
    [
        (used_as_a_number, TypeError, r"unsupported operand type for \*: 'NoneType'"),
        (returned, TypeError, "'returned' returns None here, which has no derivative"),
        (attribute_of_none, AttributeError, "'NoneType' object has no attribute 'v'"),
    ],
)
def test_the_error_of_none_is_raised_on_its_path_only(f, error, text):
    assert symdiff.grad(f)(2.5) == {used_as_a_number: 18.75, returned: 3.0}.get(f, 5.0)
    with pytest.raises(error, match=text):
        symdiff.grad(f)(0.5)


def test_two_that_may_be_none_are_not_compared():
    with pytest.raises(symdiff.TypeMismatch, match="two values that may be None are compared"):
        symdiff.grad(compared_with_each_other)(1.5)


def unset_and_set_again(x, n):
    c = None
    for _ in range(n):
        if c is not None:
            c = None
        if c is None:  # noqa: SIM108 - two tests of one name, of which the first decides
            c = x
        else:
            c = None
    return x if c is None else c * c


def test_a_name_that_every_iteration_sets_anew():
    assert symdiff.value_and_grad(unset_and_set_again)(1.5, 2) == (2.25, 3.0)
    assert symdiff.value_and_grad(unset_and_set_again)(1.5, 0) == (1.5, 1.0)
