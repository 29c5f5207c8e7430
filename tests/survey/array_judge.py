"""What symdiff makes of a function of arrays: its Jacobian by every argument that holds floats, in
reverse mode, against differences at a few points."""

from __future__ import annotations

import inspect
import math
import time
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import symdiff
from tests.arrays.differences import leaves, moved
from tests.survey import array_arguments as arguments
from tests.survey.arguments import Call
from tests.survey.differences import FINE, Estimate, column, scattered
from tests.survey.judge import PRIMAL_SECONDS, Late, Verdict, _crash, reason, within

POINTS = 3
LEAVES = 12  # columns of the Jacobian that are compared, at most
RESULTS = 400  # numbers of a result, at most
SEARCH_SECONDS = 6.0


@dataclass
class Point:
    """A call at which the result is real and finite, and what is differentiated there."""

    call: Call
    value: Any
    names: tuple[str, ...]


class Flat:
    """The function from its differentiated numbers to those of its result."""

    def __init__(self, f: types.FunctionType, point: Point) -> None:
        self.f, self.point = f, point
        self.arguments = _arguments(f, point.call)
        self.parts = [leaf for n in point.names for leaf in leaves(self.arguments[n])]
        self.start = np.concatenate([p.ravel() for p in self.parts]).tolist()

    def __call__(self, xs: Sequence[float]) -> list[float]:
        cuts = np.cumsum([p.size for p in self.parts])[:-1]
        steps = np.split(np.asarray(xs) - np.asarray(self.start), cuts)
        new = iter([s.reshape(p.shape) for s, p in zip(steps, self.parts, strict=True)])
        call = arguments.fresh(self.point.call)
        bound = inspect.signature(self.f, follow_wrapped=False).bind(*call.args, **call.kwargs)
        for n in self.point.names:
            bound.arguments[n] = moved(bound.arguments[n], new)
        with within(PRIMAL_SECONDS):
            return numbers(self.f(*bound.args, **bound.kwargs))


def numbers(value: Any) -> list[float]:
    parts = [x.ravel() for x in arguments.results(value)]
    return np.concatenate(parts).tolist() if parts else []


def _arguments(f: types.FunctionType, call: Call) -> dict[str, Any]:
    return inspect.signature(f, follow_wrapped=False).bind(*call.args, **call.kwargs).arguments


# -- points ----------------------------------------------------------------------------------------


def points(f: types.FunctionType) -> tuple[list[Point], str]:
    """Up to a few points, of different types of arguments first, or why there are none."""
    found: dict[Any, Point] = {}
    why = "no arguments found"
    until = time.monotonic() + SEARCH_SECONDS
    for call in arguments.candidates(f):
        point = _point(f, call)
        if isinstance(point, Point):
            found.setdefault(_kinds(call), point)
        else:
            why = point or why
        if len(found) >= POINTS or time.monotonic() > until:
            break
    return list(found.values()), why


def _kinds(call: Call) -> Any:
    values = (*call.args, *call.kwargs.values())
    return tuple((type(x), np.ndim(x) if isinstance(x, np.ndarray) else 0) for x in values)


def _point(f: types.FunctionType, call: Call) -> Point | str:
    """The point, or a reason of its own why it is none (empty where the call fails)."""
    values = []
    for _ in range(2):
        try:
            mine = arguments.fresh(call)
            with within(PRIMAL_SECONDS):
                values.append(f(*mine.args, **mine.kwargs))
        except Late:
            return "the primal takes too long"
        except (Exception, SystemExit):
            return ""
    try:
        first, second = map(numbers, values)
    except (TypeError, ValueError):
        return "the result is not real"
    kinds = [x for x in leaves(values[0]) if np.asarray(x).size]
    if not first or not kinds or len(first) > RESULTS or not all(map(math.isfinite, first)):
        return "the result is not real"
    if first != second:
        return "the result is not the same twice"
    found = _arguments(f, call)
    names = tuple(n for n, x in found.items() if arguments.active(x))
    if not names or not any(map(arguments.arrays_in, [*found.values(), values[0]])):
        return "no array of floats"
    if not _has_floats(values[0]):
        return "the result is not real"
    if not all(map(arguments.plain, found.values())):
        return "an argument is an object"
    return Point(call, values[0], names)


def _has_floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_floats, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_floats, value))
    return isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"


# -- the verdict -----------------------------------------------------------------------------------


def judge(f: types.FunctionType) -> Verdict:
    """The verdict on a function, which is the worst of those at its points."""
    found, why = points(f)
    if not found:
        return Verdict("skipped", why)
    verdicts = []
    for point in found:
        verdict = _at(f, point)
        verdict.call = _written(f, point.call)
        verdicts.append(verdict)
        if verdict.status in ("refused", "wrong", "crashed"):
            break
    order = ("wrong", "crashed", "refused", "accepted", "singular", "unchecked")
    return min(verdicts, key=lambda v: order.index(v.status))


def _written(f: types.FunctionType, call: Call) -> str:
    def shown(x: Any) -> str:
        return f"array{x.shape}" if isinstance(x, np.ndarray) else repr(x)

    args = [shown(a) for a in call.args] + [f"{k}={shown(v)}" for k, v in call.kwargs.items()]
    return f"{f.__name__}({', '.join(args)})"


def _at(f: types.FunctionType, point: Point) -> Verdict:
    flat = Flat(f, point)
    here = numbers(point.value)
    call = arguments.fresh(point.call)
    before = numbers(list(_plain_numbers(call)))
    try:
        result = symdiff.jacobian(f, argnames=point.names)(*call.args, **call.kwargs)
    except symdiff.VerifyError as err:
        return Verdict("crashed", "VerifyError", str(err))
    except symdiff.SymdiffError as err:
        return Verdict("refused", reason(err), str(err))
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as err:
        return _failed(flat, here, err)
    except (Exception, RecursionError) as err:
        return _crash(err)
    after = numbers(list(_plain_numbers(call)))
    if not np.array_equal(after, before, equal_nan=True):
        return Verdict("wrong", "an argument was changed")
    sizes = [x.size for x in arguments.results(point.value)]
    blocks = [np.asarray(x, float) for x in leaves(result)]
    if [b.size for b in blocks] != [o * p.size for o in sizes for p in flat.parts]:
        return Verdict("wrong", "structure", f"blocks of {[b.shape for b in blocks]}")
    rows, parts = [], iter(blocks)
    for size in sizes:
        rows.append(np.hstack([next(parts).reshape(size, p.size) for p in flat.parts]))
    return _compared(flat, here, np.vstack(rows))


def _plain_numbers(call: Call) -> list[Any]:
    values = (*call.args, *call.kwargs.values())
    return [x for x in values if isinstance(x, (np.ndarray, float))]


def _failed(flat: Flat, here: list[float], err: Exception) -> Verdict:
    """The derivative raises where the primal does not: right only where there is none."""
    for k in _columns(flat):
        if not all(e.regular for e in _column(flat, k, here)):
            return Verdict("unchecked", "the derivative does not exist")
    return _crash(err)


def _columns(flat: Flat) -> list[int]:
    """Which numbers are moved: some of each argument."""
    many = len(flat.start)
    return list(range(many)) if many <= LEAVES else [k * many // LEAVES for k in range(LEAVES)]


def _column(
    flat: Flat, k: int, here: Sequence[float], widest: float | None = None
) -> list[Estimate]:
    try:
        if widest is None:
            return column(flat, flat.start, k, here)
        return column(flat, flat.start, k, here, widest)
    except Late:
        return [Estimate(0.0, math.inf, 0.0, False)] * len(here)


def _compared(flat: Flat, here: list[float], matrix: np.ndarray) -> Verdict:
    checked, singular = 0, ""
    for k in _columns(flat):
        doubtful = []
        for r, estimate in enumerate(_column(flat, k, here)):
            entry = float(matrix[r, k])
            if estimate.agrees(entry) and math.isfinite(estimate.error):
                checked += estimate.regular
            elif estimate.regular:
                doubtful.append((r, entry, estimate))
        if not doubtful:
            continue
        fine = _column(flat, k, here, FINE)
        for r, entry, wide in doubtful:
            surer = fine[r].regular and fine[r].error < 0.1 * wide.error
            if surer and abs(fine[r].value - entry) <= 1e-4 * abs(entry):
                continue
            text = f"result {r}, number {k}: {entry!r}, differences {wide.value!r}"
            if math.isfinite(entry):
                if scattered(flat, flat.start, k, here, r):
                    return Verdict("unchecked", "rounding decides the result", text)
                return Verdict("wrong", "derivative", text, at=(k, abs(entry - wide.value)))
            singular = text
    if singular:
        return Verdict("singular", "inf or nan", singular)
    return Verdict("accepted") if checked else Verdict("unchecked", "no regular point")
