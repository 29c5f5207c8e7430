"""The survey of functions of arrays: that it finds arguments, and tells right from wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from tests.survey import array_arguments
from tests.survey.array_judge import judge, points
from tests.survey.differences import scattered


def weighted(x, w):  # type: ignore[no-untyped-def]
    return np.sum(x * w, axis=-1) ** 2


def solved(a, b):  # type: ignore[no-untyped-def]
    if a.ndim != 2:
        raise ValueError("a matrix is needed")
    return np.linalg.solve(a, b)


def ordered(x, n):  # type: ignore[no-untyped-def]
    return np.diff(x, n)


def refusing(x):  # type: ignore[no-untyped-def]
    return np.histogram2d(x, x)[0]


def named(text: str) -> str:
    return text.upper()


@pytest.mark.parametrize(
    ("f", "status"),
    [(solved, "accepted"), (ordered, "accepted"), (refusing, "refused"), (named, "skipped")],
)
def test_verdicts(f: Any, status: str) -> None:
    assert judge(f).status == status


def test_arguments_are_searched_by_rank() -> None:
    found, _ = points(solved)  # type: ignore[arg-type]
    assert {np.ndim(p.call.kwargs["a"]) for p in found} == {2}
    assert {np.ndim(p.call.kwargs["b"]) for p in found} >= {1, 2}
    first = next(array_arguments.candidates(ordered))  # type: ignore[arg-type]
    assert isinstance(first.kwargs["n"], int)


def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    true = symdiff.jacobian

    def scaled(f: Any, **options: Any) -> Any:
        made = true(f, **options)
        return lambda *args, **kwargs: tuple(1.001 * d for d in made(*args, **kwargs))

    monkeypatch.setattr(symdiff, "jacobian", scaled)
    assert judge(weighted).status == "wrong"  # type: ignore[arg-type]

    def writing(f: Any, **options: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            found = true(f, **options)(*args, **kwargs)
            next(iter(kwargs.values()))[...] = 0.0
            return found

        return call

    monkeypatch.setattr(symdiff, "jacobian", writing)
    verdict = judge(weighted)  # type: ignore[arg-type]
    assert (verdict.status, verdict.reason) == ("wrong", "an argument was changed")


def test_differences_of_what_lost_its_digits_tell_nothing() -> None:
    def smooth(xs: Any) -> list[float]:
        return [xs[0] ** 3 + xs[1]]

    def rough(xs: Any) -> list[float]:
        return [(xs[0] ** 3 + xs[1] + 1e12) - 1e12]

    start = [0.7, 0.3]
    for k in range(2):
        assert not scattered(smooth, start, k, smooth(start), 0)
        assert scattered(rough, start, k, rough(start), 0)


def test_truth_values_are_no_real_numbers() -> None:
    with pytest.raises(TypeError):
        list(array_arguments.results((np.ones(2), np.array([True, False]))))
