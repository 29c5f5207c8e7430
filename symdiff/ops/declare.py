"""``op(...)``: how a row is written.  Type rules that rows share are here too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.ir.opspec import OPS, Infer, OpSpec
from symdiff.ir.types import BOOL, FLOAT, INT, NONE, STR, Type, is_array, is_number
from symdiff.ops.array_types import elementwise

Types = tuple[Type, ...]
_ONE: Types = (FLOAT,)
_TWO: Types = (FLOAT, FLOAT)  # what most statements are about: decided at a glance


def _numbers(types: Types) -> None:
    for t in types:
        if t is not FLOAT and not is_number(t):
            raise TypeError(f"a number is needed here, not a {t}")


def real(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Numbers in, a float out (``math.*``); elementwise on arrays."""
    if types == _ONE:
        return _ONE
    if any(map(is_array, types)):
        return (elementwise(types, "float"),)
    _numbers(types)
    return (FLOAT,)


def arithmetic(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Python's arithmetic: an int if all are ints, a float otherwise; elementwise on arrays."""
    if types == _TWO:
        return _ONE
    if any(map(is_array, types)):
        return (elementwise(types),)
    _numbers(types)
    return (FLOAT if FLOAT in types else INT,)


def integer(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Python's rounding gives an int; NumPy's keeps the dtype."""
    if any(map(is_array, types)):
        return (elementwise(types),)
    _numbers(types)
    return (INT,)


def compare(types: Types, attrs: Mapping[str, Any]) -> Types:
    """Numbers with numbers, text with text; elementwise on arrays."""
    if any(map(is_array, types)):
        return (elementwise(types, "bool"),)
    if not all(t == STR for t in types) and NONE not in types:
        _numbers(types)
    return (BOOL,)


def logic(types: Types, attrs: Mapping[str, Any]) -> Types:
    if any(map(is_array, types)):
        return (elementwise(types, "bool"),)
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
    numpy: str = "",
    shape_uses: str = "",
    **more: Any,
) -> OpSpec:
    """Declare one row.

    ``params`` are the operands' names in one string (``"x y"``, ``"*xs"``); ``emit`` is the
    spelling as an expression over them, ``numpy`` that on arrays; without an ``evaluate`` of its
    own the row is evaluated by its spelling.
    """
    names = tuple(params.split())
    if emit and "evaluate" not in more:
        more["evaluate"] = evaluator(names, emit)
    only_arrays = "spell" in more or (bool(numpy) and not emit)
    spellings = {target: emit, "numpy": numpy}
    return OPS.add(
        OpSpec(
            name,
            names,
            infer,
            partials,
            emit={k: text for k, text in spellings.items() if text},
            shape_uses=frozenset(shape_uses.split()),
            tags=frozenset(tags.split()) | {*(["array"] if only_arrays else [])},
            **more,
        )
    )
