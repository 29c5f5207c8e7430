"""One random program: run, differentiated, compared with an oracle.

:func:`check` asks every question and compares with the oracle of high precision.  :func:`quick`
asks one question and compares with differences of floats, which cost next to nothing; what
disagrees with them, and what they cannot tell, the oracle of high precision decides."""

from __future__ import annotations

import itertools
import linecache
import math
import signal
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import symdiff
from tests import oracle
from tests.fuzz.differences import Differences, Doubtful
from tests.fuzz.questions import FIRST_ORDER, SECOND_ORDER, Precise, Question

RTOL = 1e-8
STEEP = 1e6
REFUSALS = (symdiff.SourceError,)  # for programs that may be refused
RAISED = (ArithmeticError, ValueError, LookupError, UnboundLocalError)  # by programs
_numbers = itertools.count()


class Mismatch(AssertionError):
    """symdiff and the oracle differ, or symdiff refuses what it should take."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What takes longer fails: in seconds of this process, so that a busy machine changes nothing
    (where the system has such timers)."""

    def late(signum: int, frame: FrameType | None) -> None:
        raise Mismatch(f"it runs longer than {seconds} seconds")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, late)
    left, _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, left)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def loaded(text: str) -> Iterator[Any]:
    """The module's ``f``; ``linecache`` has the text, so that its source can be found."""
    name = f"<program {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    # the oracle replaces methods of classes of the tests only
    module = types.ModuleType("tests.fuzz.program")
    sys.modules[module.__name__] = module  # generated code takes classes from there
    try:
        exec(compile(text, name, "exec", dont_inherit=True), vars(module))
        yield module.f
    finally:
        del linecache.cache[name], sys.modules[module.__name__]


def close(found: float, expected: float, scale: float, rtol: float) -> bool:
    return (
        math.isfinite(found)
        and abs(found - expected) <= rtol * (abs(expected) + 1e-2 * scale) + 1e-4 * rtol
    )


def agree(
    question: Question,
    found: Sequence[Any],
    expected: Sequence[float],
    scale: float = 0.0,
    rtol: float = RTOL,
) -> bool:
    """Whether two answers are the same; a strict one has the value to the bit."""
    if len(found) != len(expected):
        return False
    if question.valued:
        value, found = found[0], found[1:]
        given, expected = expected[0], expected[1:]
        if not (value == given if question.strict else close(value, given, abs(given), RTOL)):
            return False
    scale = max(map(abs, [*expected, scale]))
    return all(close(a, b, scale, rtol) for a, b in zip(found, expected, strict=True))


def _value(f: Any, point: Sequence[float]) -> tuple[str, Any]:
    """The value, or the outcome that there is none and what is raised in its place."""
    try:
        with within(0.3):
            return "", f(*point)
    except Mismatch:
        return "endless", None
    except RAISED as error:
        return "domain", error


def check(
    text: str,
    point: Sequence[float],
    *,
    second: bool = False,
    questions: Sequence[Question] = (),
    refusals: tuple[type[Exception], ...] = (),
) -> str:
    """Compare all granularities (and second order), or the answers to given questions; returns
    "checked" or why the point was skipped. Programs of some kinds may also be refused.
    """
    with loaded(text) as f:
        skipped, value = _value(f, point)
        if skipped:
            return skipped
        truth = Precise(f, point, value)
        twice = SECOND_ORDER[1 + sum(map(ord, text)) % 3]
        usual = [*FIRST_ORDER, *([SECOND_ORDER[0], twice] if second else [])]
        for question in questions or usual:
            outcome = _judged(question, f, point, truth, text, refusals)
            if outcome != "checked":
                return outcome
        return "checked"


def quick(
    text: str,
    point: Sequence[float],
    question: Question,
    *,
    refusals: tuple[type[Exception], ...] = (),
) -> str:
    """Ask one question; as :func:`check`, but "agreed" where differences settled it, and "raised"
    where the function raises and its derivative does so too."""
    with loaded(text) as f:
        skipped, value = _value(f, point)
        if skipped == "domain":
            return _raised(question, f, point, value, text, refusals)
        if skipped:
            return skipped
        try:
            expected = question.expected(Differences(f, point, value))
        except Doubtful:
            return _judged(question, f, point, Precise(f, point, value), text, refusals)
        found = _asked(question, f, point, text, refusals)
        if found is None:
            return "refused"
        scale = max(1.0, abs(value))
        if agree(question, found, expected, scale, 1e-6 if question.order == 1 else 1e-4):
            return "agreed"
        return _judged(question, f, point, Precise(f, point, value), text, refusals)


def _asked(
    question: Question,
    f: Any,
    point: Sequence[float],
    text: str,
    refusals: tuple[type[Exception], ...],
) -> list[Any] | None:
    """What symdiff answers; None if it may refuse and does."""
    try:
        return question.found(f, point)
    except Mismatch:
        raise
    except Exception as error:
        if isinstance(error, refusals):
            return None
        raise Mismatch(
            f"{type(error).__name__}: {error}\n{question} at {tuple(point)}\n\n{text}"
        ) from error


def _raised(
    question: Question,
    f: Any,
    point: Sequence[float],
    error: Exception,
    text: str,
    refusals: tuple[type[Exception], ...],
) -> str:
    """What the function raises, its derivative has to raise; an index out of range of what no
    result depends on may go unnoticed."""
    found: Any = None
    try:
        found = question.found(f, point)
    except Mismatch:
        raise
    except Exception as raised:
        if type(raised) is type(error):
            return "raised"
        if isinstance(raised, refusals):
            return "refused"
        found = repr(raised)
    if isinstance(error, LookupError) and not isinstance(found, str):
        return "domain"
    raise Mismatch(
        f"{question} at {tuple(point)}: got {found}, but the function raises {error!r}\n\n{text}"
    )


def _judged(
    question: Question,
    f: Any,
    point: Sequence[float],
    truth: Precise,
    text: str,
    refusals: tuple[type[Exception], ...],
) -> str:
    """The oracle of high precision decides. Where it cannot, symdiff is asked all the same: it has
    to give some answer."""
    outcome = "checked"
    try:
        expected = question.expected(truth)
        if max(map(abs, truth.gradient())) > STEEP:
            outcome = "steep"
    except oracle.OracleError as error:
        outcome = "kink" if isinstance(error, oracle.Kink) else "oracle"
    try:
        found = _asked(question, f, point, text, refusals)
    except Mismatch as error:
        if outcome != "checked" and isinstance(error.__cause__, RAISED):
            return outcome
        raise
    if found is None:
        return "refused"
    if outcome == "checked":
        _compared(question, found, expected, truth, point, text)
    return outcome


def _compared(
    question: Question,
    found: Sequence[Any],
    expected: Sequence[float],
    truth: Precise,
    point: Sequence[float],
    text: str,
) -> None:
    scale = 10.0 * max(map(abs, truth.gradient())) if question.mode in ("jvp", "hvp") else 0.0
    rtol = max(RTOL, truth.accuracy)
    if not agree(question, found, expected, scale, rtol):
        raise Mismatch(
            f"{question} at {tuple(point)}: got {list(found)}, expected {list(expected)}\n\n{text}"
        )
