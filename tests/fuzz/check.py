"""One random program: written to a file, imported, differentiated, compared with the oracle."""

from __future__ import annotations

import itertools
import math
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import symdiff
from symdiff.options import GRANULARITIES
from tests import oracle

RTOL = 1e-8
REFUSALS = (symdiff.SourceError,)  # for programs that may be refused
_numbers = itertools.count()


class Mismatch(AssertionError):
    """symdiff and the oracle differ, or symdiff refuses what it should take."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """What runs longer fails (where the system has alarms)."""

    def late(signum: int, frame: FrameType | None) -> None:
        raise Mismatch(f"it runs longer than {seconds} seconds")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    left = signal.alarm(seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.alarm(left)


def load(text: str, folder: Path) -> Any:
    """The module's ``f``, from a real file, so that its source can be found."""
    path = folder / f"program_{next(_numbers)}.py"
    path.write_text(text, encoding="utf-8")
    space: dict[str, Any] = {"__name__": path.stem}
    exec(compile(text, str(path), "exec", dont_inherit=True), space)
    return space["f"]


def close(found: float, expected: float, scale: float) -> bool:
    return (
        math.isfinite(found)
        and abs(found - expected) <= RTOL * (abs(expected) + 1e-2 * scale) + 1e-12
    )


def compare(
    what: str,
    found: Sequence[Any],
    expected: Sequence[float],
    text: str,
    point: Sequence[float],
    scale: float = 0.0,
) -> None:
    scale = max(map(abs, [*expected, scale]))
    if len(found) != len(expected) or not all(
        close(a, b, scale) for a, b in zip(found, expected, strict=True)
    ):
        raise Mismatch(
            f"{what} at {tuple(point)}: got {list(found)}, expected {list(expected)}\n\n{text}"
        )


def check(
    text: str,
    point: Sequence[float],
    folder: Path | None = None,
    *,
    second: bool = False,
    refusals: tuple[type[Exception], ...] = (),
) -> str:
    """Compare all granularities (and second order); returns "checked" or why the point was
    skipped. Programs of some kinds may also be refused.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return check(text, point, Path(name), second=second, refusals=refusals)
    f = load(text, folder)
    try:
        with within(2):
            value = f(*point)
    except Mismatch:
        return "endless"
    except (ArithmeticError, ValueError, LookupError, UnboundLocalError):
        return "domain"
    try:
        expected = oracle.gradient(f, point)
        rows = oracle.hessian(f, point) if second else []
    except oracle.Kink:
        return "kink"
    except oracle.OracleError:
        return "oracle"
    if max(map(abs, expected)) > 1e6:
        return "steep"
    try:
        for granularity in GRANULARITIES:
            got, gradients = symdiff.value_and_grad(f, (0, 1, 2), granularity=granularity)(*point)
            compare(f"{granularity} value", [got], [value], text, point)
            compare(f"{granularity} gradient", gradients, expected, text, point)
        direction = (1.0, -0.5, 0.25)
        _forward_and_pullback(f, point, value, expected, direction, text)
        if second:
            product = [
                math.fsum(a * b for a, b in zip(row, direction, strict=True)) for row in rows
            ]
            compare("hvp", symdiff.hvp(f, (0, 1, 2))(*point, direction), product, text, point)
            k = sum(map(ord, text)) % 3
            twice = symdiff.grad(symdiff.grad(f, k), k)(*point)
            compare(f"grad(grad) {k}", [twice], [rows[k][k]], text, point)
    except Mismatch:
        raise
    except Exception as error:
        if isinstance(error, refusals):
            return "refused"
        raise Mismatch(f"{type(error).__name__}: {error}\nat {tuple(point)}\n\n{text}") from error
    return "checked"


def _forward_and_pullback(
    f: Any,
    point: Sequence[float],
    value: float,
    expected: Sequence[float],
    direction: Sequence[float],
    text: str,
) -> None:
    out, tangent = symdiff.jvp(f, tuple(point), tuple(direction))
    compare("jvp value", [out], [value], text, point)
    along = math.fsum(a * b for a, b in zip(expected, direction, strict=True))
    compare("jvp", [tangent], [along], text, point, 10.0 * max(map(abs, expected)))
    out, pullback = symdiff.vjp(f, *point)
    compare("vjp value", [out], [value], text, point)
    compare("vjp", pullback(-2.0), [-2.0 * g for g in expected], text, point)
