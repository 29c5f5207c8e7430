"""What symdiff makes of one function: accepted, refused, wrong or crashed.

The function is called at a few points; there its derivative with respect to every argument that
holds floats is compared with differences (:mod:`tests.survey.differences`).  Where they disagree,
the oracle, which runs the function itself in high precision, has the last word if it can."""

from __future__ import annotations

import inspect
import math
import signal
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import symdiff
from tests import oracle
from tests.survey.arguments import Call, candidates, float_leaves, floated, moved, plain, real
from tests.survey.differences import FINE, Estimate, column

POINTS = 4
_LEAVES = 12  # differentiated numbers that are compared, at most
PRIMAL_SECONDS = 0.5


class Late(BaseException):
    """The primal takes too long; not an Exception, so that the function cannot catch it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    def late(signum: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Verdict:
    """``status`` is accepted, unchecked, singular, refused, wrong, crashed, slow or skipped."""

    status: str
    reason: str = ""
    detail: str = ""
    call: str = ""
    at: tuple[int, float] = (0, 0.0)  # where it is wrong: the entry, and by how much


@dataclass
class Point:
    """A call at which the primal returns real numbers, and what is differentiated there."""

    call: Call
    value: Any
    names: tuple[str, ...]


class Flat:
    """The function from its differentiated numbers to the numbers of its result."""

    def __init__(self, f: types.FunctionType, point: Point) -> None:
        self.f, self.point = f, point
        bound = inspect.signature(f, follow_wrapped=False).bind(
            *point.call.args, **point.call.kwargs
        )
        self.arguments = bound.arguments
        self.start = [float(x) for n in point.names for x in oracle.leaves(self.arguments[n])]

    def bound(self, xs: Sequence[float]) -> inspect.BoundArguments:
        """The call with other numbers in the place of the differentiated ones."""
        new = iter(xs)
        call = self.point.call.fresh()
        bound = inspect.signature(self.f, follow_wrapped=False).bind(*call.args, **call.kwargs)
        for n in self.point.names:
            bound.arguments[n] = oracle.rebuild(bound.arguments[n], new)
        return bound

    def __call__(self, xs: Sequence[float]) -> list[float]:
        bound = self.bound(xs)
        with within(PRIMAL_SECONDS):
            return [float(y) for y in oracle.leaves(self.f(*bound.args, **bound.kwargs))]


# -- points ----------------------------------------------------------------------------------------


def points(f: types.FunctionType) -> tuple[list[Point], str]:
    """Up to a few points, or why there are none."""
    found: list[Point] = []
    why = "no arguments found"
    for call in candidates(f):
        wide = floated(call, f)
        for attempt in (*([call] if wide != call else []), wide, moved(wide, 1.0137)):
            point = _point(f, attempt)
            if isinstance(point, Point):
                found.append(point)
            else:
                why = point or why
        if len(found) >= POINTS:
            break
    return found[:POINTS], why


def _point(f: types.FunctionType, call: Call) -> Point | str:
    """The point, or a reason of its own why it is none (empty where the call fails)."""
    values = []
    for _ in range(2):
        try:
            mine = call.fresh()
            with within(PRIMAL_SECONDS):
                values.append(f(*mine.args, **mine.kwargs))
        except Late:
            return "the primal takes too long"
        except (Exception, SystemExit):
            return ""
    if not real(values[0]):
        return "the result is not real"
    if list(oracle.leaves(values[0])) != list(oracle.leaves(values[1])):
        return "the result is not the same twice"
    signature = inspect.signature(f, follow_wrapped=False)
    arguments = signature.bind(*call.args, **call.kwargs).arguments
    variadic = {n for n, p in signature.parameters.items() if p.kind in (2, 4)}
    names = tuple(
        n for n, x in arguments.items() if n not in variadic and float_leaves(x) and _all_numbers(x)
    )
    if not names:
        return "no float among the arguments"
    if not all(map(plain, arguments.values())):
        return "an argument is an object"
    return Point(call, values[0], names)


def _all_numbers(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return all(map(_all_numbers, x))
    if isinstance(x, dict):
        return all(map(_all_numbers, x.values()))
    return type(x) in (float, int)


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
    args = [repr(a) for a in call.args] + [f"{k}={v!r}" for k, v in call.kwargs.items()]
    return f"{f.__name__}({', '.join(args)})"


def _at(f: types.FunctionType, point: Point) -> Verdict:
    call = point.call.fresh()
    scalar = isinstance(point.value, float)
    transform = symdiff.value_and_grad if scalar else symdiff.jacobian
    try:
        result = transform(f, argnames=point.names)(*call.args, **call.kwargs)
    except symdiff.VerifyError as err:
        return Verdict("crashed", "VerifyError", str(err))
    except symdiff.SymdiffError as err:
        return Verdict("refused", reason(err), str(err))
    except (ArithmeticError, ValueError) as err:
        return _failed(f, point, err)
    except (Exception, RecursionError) as err:
        return _crash(err)
    flat = Flat(f, point)
    here = [float(y) for y in oracle.leaves(point.value)]
    if scalar:
        value, result = result
        if abs(value - here[0]) > 1e-9 * abs(here[0]) + 1e-12 + _rounding(flat, flat.start, 0):
            return Verdict("wrong", "value", f"value {value!r}, the primal has {here[0]!r}")
    entries = [float(x) for x in oracle.leaves(result)]
    if len(entries) != len(here) * len(flat.start):
        shape = f"{len(entries)} entries for {len(here)} results of {len(flat.start)} numbers"
        return Verdict("wrong", "structure", shape)
    verdict = _compared(f, point, flat, here, entries)
    if verdict.status == "wrong" and _ill_conditioned(transform, f, point, flat, verdict.at):
        return Verdict("unchecked", "rounding decides the derivative", verdict.detail)
    return verdict


def _ill_conditioned(
    transform: Any, f: types.FunctionType, point: Point, flat: Flat, at: tuple[int, float]
) -> bool:
    """Whether the derivative's own rounding is as large as what is wrong with it."""
    k, error = at
    made = transform(f, argnames=point.names)

    def entries(xs: list[float]) -> list[float]:
        bound = flat.bound(xs)
        result = made(*bound.args, **bound.kwargs)
        result = result[1] if transform is symdiff.value_and_grad else result
        return [float(x) for x in oracle.leaves(result)]

    return _rounding(entries, flat.start, k) >= error


def _rounding(call: Callable[[list[float]], list[float]], start: list[float], k: int) -> float:
    """How far the k-th of some numbers moves when the arguments move by units in the last place."""
    try:
        here = call(start)[k]
    except (Exception, Late):
        return 0.0
    far = 0.0
    for sign in (4.0, -4.0, 1.0, -1.0):
        for j in range(min(len(start), _LEAVES)):
            xs = list(start)
            xs[j] *= 1.0 + sign * 2.0**-52
            try:
                far = max(far, abs(call(xs)[k] - here))
            except (Exception, Late):  # outside the domain, by whatever it raises
                continue
    return 10.0 * far


def _crash(err: BaseException) -> Verdict:
    trace = err.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace is not None else None
    where = f" in {code.co_name}" if code is not None else ""
    return Verdict("crashed", f"{type(err).__name__}{where}", f"{type(err).__name__}: {err}")


def _failed(f: types.FunctionType, point: Point, err: Exception) -> Verdict:
    """The derivative raises where the primal does not: right only where there is none."""
    flat = Flat(f, point)
    here = [float(y) for y in oracle.leaves(point.value)]
    for k in range(min(len(flat.start), _LEAVES)):
        if not all(e.regular for e in _column(flat, k, here)):
            return Verdict("unchecked", "the derivative does not exist")
    return _crash(err)


def _column(flat: Flat, k: int, here: Sequence[float]) -> list[Estimate]:
    try:
        return column(flat, flat.start, k, here)
    except Late:
        return [Estimate(0.0, math.inf, 0.0, False)] * len(here)


def _compared(
    f: types.FunctionType, point: Point, flat: Flat, here: list[float], entries: list[float]
) -> Verdict:
    count = len(flat.start)
    checked, doubtful = 0, []
    for k in range(min(count, _LEAVES)):
        for r, estimate in enumerate(_column(flat, k, here)):
            entry = entries[r * count + k]
            if estimate.agrees(entry) and math.isfinite(estimate.error):
                checked += estimate.regular
            elif estimate.regular:
                doubtful.append((r, k, entry, estimate))
    if doubtful and not any(math.isfinite(entry) for _, _, entry, _ in doubtful):
        return Verdict("singular", "inf or nan", f"differences {doubtful[0][3].value!r}")
    if doubtful and _fine(flat, here, doubtful):
        return Verdict("accepted", "", "by differences of small steps: the function oscillates")
    if doubtful:
        return _decided(f, point, doubtful, count)
    return Verdict("accepted") if checked else Verdict("unchecked", "no regular point")


Doubt = tuple[int, int, float, Estimate]  # result, number, the derivative's entry, differences


def _fine(flat: Flat, here: list[float], doubtful: list[Doubt]) -> bool:
    """Whether differences of small steps, which do not step over a wave, are surer of all of these
    than those of wide steps, and agree."""
    columns = {}
    for r, k, entry, wide in doubtful:
        if k not in columns:
            try:
                columns[k] = column(flat, flat.start, k, here, FINE)
            except Late:
                return False
        fine = columns[k][r]
        surer = fine.regular and fine.error < 0.1 * wide.error
        if not surer or abs(fine.value - entry) > 1e-4 * abs(fine.value):
            return False
    return True


def _decided(
    f: types.FunctionType, point: Point, doubtful: list[Doubt], n: int
) -> Verdict:
    """What the oracle says where differences and the derivative disagree."""
    r, k, entry, estimate = doubtful[0]
    text = f"result {r}, number {k}: {entry!r}, differences {estimate.value!r}"
    bound = inspect.signature(f, follow_wrapped=False).bind(*point.call.args, **point.call.kwargs)
    bound.apply_defaults()
    order = [list(bound.arguments).index(n) for n in point.names]
    try:
        with within(20 * PRIMAL_SECONDS):
            exact = oracle.jacobian(f, list(bound.arguments.values()), order).rows
    except oracle.Kink:
        return Verdict("unchecked", "no regular point")
    except (Exception, Late) as err:
        if "another path" in str(err):
            return Verdict("unchecked", "rounding decides the result")
        at = (r * n + k, abs(entry - estimate.value))
        return Verdict("wrong", "derivative", f"{text} (no oracle: {err})", at=at)
    for r, k, entry, _ in doubtful:
        if not math.isclose(entry, exact[r][k], rel_tol=1e-6, abs_tol=1e-9):
            at = (r * n + k, abs(entry - exact[r][k]))
            return Verdict("wrong", "derivative", f"{text}, oracle {exact[r][k]!r}", at=at)
    return Verdict("accepted", "", f"by the oracle: {text}")


def reason(err: symdiff.SymdiffError) -> str:
    """What a refusal is about, without the names of the case."""
    found = getattr(err, "diagnostics", None)
    text = found[0].what if found else str(err).split("\n")[0]
    return text
