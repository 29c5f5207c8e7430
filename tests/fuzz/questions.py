"""What a fuzz test asks of symdiff about one program, and what an oracle has to say to it.

A question is a transformation at a granularity.  Its answer is a flat list of numbers, which
symdiff and an oracle give each in their own way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import symdiff
from symdiff.options import GRANULARITIES
from tests import oracle

DIRECTION = (1.0, -0.5, 0.25)
COTANGENT = -2.0
WRT = (0, 1, 2)


class Truth(Protocol):
    """Derivatives of a function at a point, from whatever source."""

    value: float

    def gradient(self) -> list[float]: ...
    def along(self, direction: Sequence[float]) -> float: ...
    def hessian(self) -> list[list[float]]: ...
    def hessian_along(self, direction: Sequence[float]) -> list[float]: ...
    def second(self, k: int) -> float: ...


class Precise:
    """The derivatives of high precision (see :mod:`tests.oracle`), each made when it is asked
    for."""

    def __init__(self, f: Callable[..., float], point: Sequence[float], value: float) -> None:
        self.f = f
        self.point = point
        self.value = value
        self._gradient: list[float] | None = None
        self._hessian: list[list[float]] | None = None
        self.accuracy = 1e-14

    def gradient(self) -> list[float]:
        if self._gradient is None:
            found = oracle.jacobian(self.f, self.point)
            if len(found.rows) != 1:
                raise oracle.OracleError(f"{len(found.rows)} results, not one")
            (self._gradient,) = found.rows
            self.accuracy = found.accuracy
        return self._gradient

    def along(self, direction: Sequence[float]) -> float:
        return _dot(self.gradient(), direction)

    def hessian(self) -> list[list[float]]:
        if self._hessian is None:
            try:
                self._hessian = oracle.hessian(self.f, self.point)
            except (TypeError, AttributeError) as error:
                raise oracle.OracleError(f"it cannot run in high precision: {error}") from None
        return self._hessian

    def hessian_along(self, direction: Sequence[float]) -> list[float]:
        return [_dot(row, direction) for row in self.hessian()]

    def second(self, k: int) -> float:
        return self.hessian()[k][k]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


@dataclass(frozen=True)
class Question:
    """A transformation; ``k`` is the argument that ``grad(grad(f))`` takes."""

    mode: str
    granularity: str = "auto"
    strict: bool = False
    k: int = 0

    def __str__(self) -> str:
        return f"{'strict' if self.strict else self.granularity} {self.mode}"

    @property
    def valued(self) -> bool:
        """Whether the first number is the value of the function itself."""
        return self.mode in ("value_and_grad", "jvp", "vjp")

    @property
    def order(self) -> int:
        return 2 if self.mode in ("hvp", "hessian", "twice") else 1

    def found(self, f: Callable[..., float], point: Sequence[float]) -> list[Any]:
        """What symdiff says."""
        how: dict[str, Any] = {"strict": True} if self.strict else {"granularity": self.granularity}
        if self.mode == "jvp":
            return [*symdiff.jvp(f, tuple(point), DIRECTION, **how)]
        if self.mode == "vjp":
            out, pullback = symdiff.vjp(f, *point, **how)
            return [out, *pullback(COTANGENT)]
        if self.mode == "hvp":
            return [*symdiff.hvp(f, WRT, **how)(*point, DIRECTION)]
        if self.mode == "hessian":
            return [x for row in symdiff.hessian(f, WRT, **how)(*point) for x in row]
        if self.mode == "twice":
            return [symdiff.grad(symdiff.grad(f, self.k, **how), self.k, **how)(*point)]
        if self.mode == "value_and_grad":
            value, gradient = symdiff.value_and_grad(f, WRT, **how)(*point)
            return [value, *gradient]
        return [*getattr(symdiff, self.mode)(f, WRT, **how)(*point)]

    def expected(self, truth: Truth) -> list[float]:
        """What an oracle says."""
        if self.mode == "jvp":
            return [truth.value, truth.along(DIRECTION)]
        if self.mode == "vjp":
            return [truth.value, *(COTANGENT * g for g in truth.gradient())]
        if self.mode == "hvp":
            return truth.hessian_along(DIRECTION)
        if self.mode == "hessian":
            return [x for row in truth.hessian() for x in row]
        if self.mode == "twice":
            return [truth.second(self.k)]
        return [*([truth.value] if self.valued else []), *truth.gradient()]


FIRST_ORDER = (
    *(Question("value_and_grad", g) for g in GRANULARITIES),
    Question("jvp"),
    Question("vjp"),
)
SECOND_ORDER = (Question("hvp"), *(Question("twice", k=k) for k in WRT))
# of one program one: mostly values with gradients, now and then another
ROTATION = (
    *FIRST_ORDER,
    *(Question("value_and_grad", g) for g in GRANULARITIES),
    *(Question("grad", g) for g in GRANULARITIES),
    Question("value_and_grad", strict=True),
    Question("jvp", "fine"),
    Question("vjp", "whole"),
    Question("jacobian"),
    Question("hessian"),
    Question("hvp"),
    Question("hvp", "fine"),
    Question("twice", "whole", k=1),
)
