"""``op(...)``: how a row is written.  Type rules that rows share are here too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.ir.opspec import OPS, Infer, OpSpec
from symdiff.ir.types import BOOL, FLOAT, INT, NONE, STR, Type, is_number

Types = tuple[Type, ...]


def _numbers(types: Types) -> None:
    for t in types:
        if t is not FLOAT and not is_number(t):
            raise TypeError(f"a number is needed here, not a {t}")


def real(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Numbers in, a float out (``math.*``)."""
    _numbers(types)
    return (FLOAT,)


def arithmetic(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Python's arithmetic: an int if all are ints, a float otherwise."""
    _numbers(types)
    return (FLOAT if FLOAT in types else INT,)


def integer(types: Types, attrs: Mapping[str, Any]) -> Types:
    _numbers(types)
    return (INT,)


def compare(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Numbers with numbers, text with text."""
    if not all(t == STR for t in types) and NONE not in types:
        _numbers(types)
    return (BOOL,)


def logic(types: Types, attrs: Mapping[str, Any]) -> Types:
    if any(t != BOOL for t in types):
        raise TypeError("a truth value is needed here")
    return (BOOL,)


def starred_names(params: tuple[str, ...]) -> str:
    return ", ".join(params)


def evaluator(params: tuple[str, ...], template: str) -> Callable[..., Any]:
    """A Python function from an emission template: the row's spelling is also its meaning."""
    compiled: list[Callable[..., Any]] = []

    def evaluate(*args: Any) -> Any:
        if not compiled:
            compiled.append(eval(f"lambda {starred_names(params)}: {template}", {"math": math}))
        return compiled[0](*args)

    return evaluate


def op(
    name: str,
    params: str,
    *,
    emit: str = "",
    infer: Infer = real,
    partials: tuple[str | None, ...] = (),
    tags: str = "",
    target: str = "math",
    **more: Any,
) -> OpSpec:
    """Declare one row.

    ``params`` are the operands' names in one string (``"x y"``, ``"*xs"``); ``emit`` is the
    spelling as an expression over them; without an ``evaluate`` of its own the row is evaluated
    by that spelling.
    """
    names = tuple(params.split())
    if emit and "evaluate" not in more:
        more["evaluate"] = evaluator(names, emit)
    return OPS.add(
        OpSpec(
            name,
            names,
            infer,
            partials,
            emit={target: emit} if emit else {},
            tags=frozenset(tags.split()),
            **more,
        )
    )
