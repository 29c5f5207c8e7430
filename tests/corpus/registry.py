"""``Case`` and the decorator that registers one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Case:
    """A function with argument tuples.

    wrt       argument positions to differentiate; None: those that hold floats.
    rtol      relative tolerance of first derivatives.
    second    whether second derivatives exist and are compared at these points.
    expect    gradients (one per point, a flat list of leaves) where differences fail: kinks, ties.
    reference the same function as the oracle can run it, where ``f`` calls symdiff itself.
    refused   the error that says so, where the function is outside of what symdiff takes.
    """

    f: Callable[..., Any]
    points: tuple[tuple[Any, ...], ...]
    wrt: tuple[int, ...] | None = None
    rtol: float = 1e-10
    second: bool = True
    expect: Sequence[Sequence[float]] | None = None
    reference: Callable[..., Any] | None = None
    refused: str = ""

    @property
    def plain(self) -> Callable[..., Any]:
        """What the oracle differentiates."""
        return self.f if self.reference is None else self.reference

    @property
    def name(self) -> str:
        return f"{self.f.__module__.rpartition('.')[2]}.{self.f.__name__}"

    def __repr__(self) -> str:
        return f"<case {self.name}>"


CASES: list[Case] = []


def at(*points: tuple[Any, ...], **more: Any) -> Callable[[F], F]:
    """Register the decorated function as a case at these argument tuples."""

    def register(f: F) -> F:
        CASES.append(Case(f, points, **more))
        return f

    return register
