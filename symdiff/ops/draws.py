"""Rows of random numbers: data, drawn once and in the order of the function.

A draw is an effect: it is never merged with another, moved across one, dropped or made again, so
that the derivative sees the numbers that its value is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.errors import NoDerivative
from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import GENERATOR, NONE, Type
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _refuse(stmt: Stmt) -> NoDerivative:
    return NoDerivative(
        "the distribution of a draw depends on what is differentiated",
        "where the numbers fall has no derivative",
        "draw from a fixed distribution and transform: mu + s*rng.normal(size=n)",
        stmt.origin.span,
    )


def _vjp(ctx: Any, stmt: Stmt, g: Value) -> None:
    if any(map(ctx.wants, stmt.args)):
        raise _refuse(stmt)


def _jvp(ctx: Any, stmt: Stmt, tangents: Sequence[Value | None]) -> None:
    if any(t is not None for t in tangents):
        raise _refuse(stmt)


def _size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    at: tuple[int, ...] = stmt.attrs["sizes"]
    return stmt.args[at[axis]] if at else None


def _spelled(stmt: Stmt) -> str:
    return str(stmt.attrs["template"])


# ``sizes`` are the operands that say how many there are along each axis
op("draw", "*args", infer=lambda types, attrs: (attrs["type"],), effect=True, total=False,
   spell=_spelled, vjp=_vjp, jvp=_jvp, sizes=_size, cost=20000, tags="data")
op("generator", "*seed", infer=lambda types, attrs: (GENERATOR,), effect=True, total=False,
   spell=_spelled, partials=("0",), cost=20000, tags="data")
op("seed", "*args", infer=lambda types, attrs: (NONE,), effect=True, total=False, spell=_spelled,
   cost=9000, tags="data")
