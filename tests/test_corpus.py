"""The corpus at every granularity against the oracle, first and second order, through every
transformation.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import symdiff
from symdiff.options import GRANULARITIES
from tests import oracle
from tests.corpus import CASES, Case

TAKEN = [case for case in CASES if not case.refused]
FIRST = [pytest.param(case, id=case.name) for case in TAKEN]
SCALAR = [pytest.param(case, id=case.name) for case in TAKEN if case.second]
REFUSED = [pytest.param(case, id=case.name) for case in CASES if case.refused]


def wrt(case: Case, point: Sequence[Any]) -> tuple[int, ...]:
    return oracle.differentiable(point) if case.wrt is None else case.wrt


@functools.cache
def primal(case: Case, index: int) -> Any:
    return case.plain(*copy.deepcopy(case.points[index]))


@functools.cache
def partials(case: Case, index: int) -> list[list[float]]:
    """The reference: a row per result leaf."""
    point = case.points[index]
    if case.expect is not None:
        return [list(case.expect[index])]
    return oracle.jacobian(case.plain, point, wrt(case, point)).rows


@functools.cache
def second_partials(case: Case, index: int) -> list[list[float]]:
    point = case.points[index]
    return oracle.hessian(case.plain, point, wrt(case, point))


def inputs(case: Case, point: Sequence[Any]) -> tuple[Any, ...]:
    """What the gradient's structure must be: the differentiated arguments themselves."""
    return tuple(point[k] for k in wrt(case, point))


def shaped(structure: Any, numbers: Sequence[Any]) -> Any:
    return oracle.rebuild(structure, iter(numbers))


def nested(outer: Any, inner: Any, rows: Sequence[Sequence[float]]) -> Any:
    """The form of a Jacobian, as JAX nests it: for each number of the output, a gradient in the
    form of the inputs.
    """
    return shaped(outer, [shaped(inner, row) for row in rows])


def same(found: Any, expected: Any, rtol: float, scale: float, where: str) -> None:
    """Equal in structure, and equal to rounding in every number."""
    if isinstance(expected, float):
        assert type(found) is float, f"{where}: {found!r} is not a float"
        assert math.isfinite(found), f"{where}: {found!r}"
        bound = rtol * abs(expected) + 1e-3 * rtol * scale + 1e-14
        assert abs(found - expected) <= bound, f"{where}: got {found!r}, expected {expected!r}"
        return
    assert type(found) is type(expected), (
        f"{where}: got {found!r}, expected the form of {expected!r}"
    )
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            same(found[key], value, rtol, scale, f"{where}[{key!r}]")
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), f"{where}: got {found!r}, expected {expected!r}"
        for k, (a, b) in enumerate(zip(found, expected, strict=True)):
            same(a, b, rtol, scale, f"{where}[{k}]")
    elif oracle.is_object(expected):
        assert list(vars(found)) == list(vars(expected)), where
        for name in vars(expected):
            same(getattr(found, name), getattr(expected, name), rtol, scale, f"{where}.{name}")


def largest(rows: Sequence[Sequence[float]]) -> float:
    return max((abs(x) for row in rows for x in row), default=0.0)


def called(f: Callable[..., Any], point: Sequence[Any]) -> Any:
    """Call with the point's arguments, and see that they were not changed."""
    args = copy.deepcopy(point)
    result = f(*args)
    assert shown(args) == shown(point), "the arguments were changed"
    return result


def shown(x: Any) -> Any:
    """A value as text; an instance by what it holds."""
    if isinstance(x, (list, tuple)):
        return [shown(e) for e in x]
    if isinstance(x, dict) or oracle.is_object(x):
        held = x if isinstance(x, dict) else vars(x)
        return type(x), {k: shown(e) for k, e in held.items()}
    return repr(x)


def same_value(found: Any, case: Case, index: int, where: str) -> None:
    numbers, expected = list(oracle.leaves(found)), list(oracle.leaves(primal(case, index)))
    assert [float(x) for x in numbers] == pytest.approx(expected, rel=1e-13, abs=1e-15), where


def is_scalar(case: Case) -> bool:
    return isinstance(primal(case, 0), (int, float))


@pytest.mark.parametrize("case", FIRST)
def test_first_derivatives(case: Case) -> None:
    for granularity in GRANULARITIES:
        for index, point in enumerate(case.points):
            where = f"{case.name}{point!r} {granularity}"
            argnums = wrt(case, point)
            rows = partials(case, index)
            scale = largest(rows)
            if not is_scalar(case):
                jacobian = symdiff.jacobian(case.f, argnums, granularity=granularity)
                expected = nested(primal(case, index), inputs(case, point), rows)
                same(called(jacobian, point), expected, case.rtol, scale, where)
                continue
            expected = shaped(inputs(case, point), rows[0])
            gradient = symdiff.grad(case.f, argnums, granularity=granularity)
            same(called(gradient, point), expected, case.rtol, scale, where)
            both = symdiff.value_and_grad(case.f, argnums, granularity=granularity)
            value, found = called(both, point)
            same_value(value, case, index, where)
            same(found, expected, case.rtol, scale, where)


@pytest.mark.parametrize("case", FIRST)
def test_one_argument_alone(case: Case) -> None:
    """An int ``argnums`` gives the bare gradient, the same number as in the tuple; keywords name
    the same.
    """
    if not is_scalar(case):
        pytest.skip("not a scalar")
    point = case.points[0]
    k = wrt(case, point)[0]
    count = len(list(oracle.leaves(point[k])))
    expected = shaped(point[k], partials(case, 0)[0][:count])
    found = called(symdiff.grad(case.f, k), point)
    same(found, expected, case.rtol, largest(partials(case, 0)), case.name)


@pytest.mark.parametrize("case", FIRST)
def test_forward_and_pullback(case: Case) -> None:
    """``jvp`` along one direction and ``vjp`` of one cotangent, both against the oracle's
    matrix.
    """
    for index, point in enumerate(case.points):
        if wrt(case, point) != tuple(range(len(point))) or not all(
            type(x) is float for x in oracle.leaves(point)
        ):
            continue  # tangents are for arguments that are floats all through
        rows = partials(case, index)
        where = f"{case.name}{point!r}"
        direction = [1.0 + 0.25 * k for k in range(len(rows[0]))]
        tangents = shaped(point, direction)
        value, tangent = symdiff.jvp(case.f, copy.deepcopy(point), tangents)
        same_value(value, case, index, where)
        expected = shaped(
            primal(case, index),
            [math.fsum(a * b for a, b in zip(row, direction, strict=True)) for row in rows],
        )
        same(tangent, expected, case.rtol, 4.0 * largest(rows), where + " jvp")
        value, pullback = symdiff.vjp(case.f, *copy.deepcopy(point))
        same_value(value, case, index, where)
        weights = [1.0 - 0.5 * r for r in range(len(rows))]
        cotangent = shaped(primal(case, index), weights)
        gradients = [
            math.fsum(w * row[k] for w, row in zip(weights, rows, strict=True))
            for k in range(len(direction))
        ]
        for _ in range(2):
            same(
                pullback(cotangent),
                shaped(point, gradients),
                case.rtol,
                largest(rows),
                where + " vjp",
            )


@pytest.mark.parametrize("case", SCALAR)
def test_second_derivatives(case: Case) -> None:
    """``hessian``, ``hvp`` and ``grad(grad(f))``."""
    if not is_scalar(case):
        pytest.skip("not a scalar")
    for index, point in enumerate(case.points):
        argnums = wrt(case, point)
        rows = second_partials(case, index)
        scale = largest(rows)
        rtol = 10.0 * case.rtol
        where = f"{case.name}{point!r}"
        structure = inputs(case, point)
        expected = nested(structure, structure, rows)
        same(
            called(symdiff.hessian(case.f, argnums), point),
            expected,
            rtol,
            scale,
            where + " hessian",
        )
        direction = [1.0 - 0.25 * k for k in range(len(rows))]
        product = [math.fsum(a * b for a, b in zip(row, direction, strict=True)) for row in rows]
        found = symdiff.hvp(case.f, argnums)(*copy.deepcopy(point), shaped(structure, direction))
        same(found, shaped(structure, product), rtol, 4.0 * scale, where + " hvp")
        k = argnums[0]
        if type(point[k]) is float:
            twice = symdiff.grad(symdiff.grad(case.f, k), k)
            same(called(twice, point), rows[0][0], rtol, scale, where + " grad(grad)")


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_taken_is_refused(case: Case) -> None:
    """Never a wrong number: an error of symdiff's own that names a line and has a hint."""
    with pytest.raises(getattr(symdiff, case.refused)) as caught:
        symdiff.grad(case.f, wrt(case, case.points[0]))(*case.points[0])
    assert "hint:" in str(caught.value)
    assert caught.value.lineno is not None
