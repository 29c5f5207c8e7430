"""Rows of constants, regions, effects and text: what has no derivative of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import const_type
from symdiff.ir.interp import PrimalError
from symdiff.ir.types import BOOL, STR, Type
from symdiff.ops.declare import op

Types = tuple[Type, ...]


def _const(types: Types, attrs: Mapping[str, Any]) -> Types:
    return (const_type(attrs["value"]),)


def _attr_type(types: Types, attrs: Mapping[str, Any]) -> Types:
    return (attrs["type"],)


def _nothing(types: Types, attrs: Mapping[str, Any]) -> Types:
    return ()


def _assert(types: Types, attrs: Mapping[str, Any]) -> Types:
    if types[0] != BOOL:
        raise TypeError("an assertion needs a truth value")
    return ()


def _raise(*args: Any, **attrs: Any) -> Any:
    raise PrimalError(attrs["template"])


def _check(condition: Any, *args: Any, **attrs: Any) -> Any:
    if not condition:
        raise AssertionError(attrs["template"])


def _misplaced(*args: Any, **attrs: Any) -> Any:
    raise RuntimeError("exceptions are handled by the conditional around this statement")


def _text(*args: Any, template: str) -> str:
    return str(eval(template, {f"_{i}": a for i, a in enumerate(args)}))


op("const", "", infer=_const, cost=0, evaluate=lambda value, spelling: value)
op("undef", "", infer=_attr_type, cost=0, evaluate=lambda type: None)
op("if", "cond", infer=_nothing, region=True, cost=5)
op("for", "start stop step *inits", infer=_nothing, region=True, cost=20)
op("while", "*inits", infer=_nothing, region=True, cost=20)
# ``template`` is the exception (or message) expression; ``_0``, ``_1``, ... are the operands.
op("raise", "*args", infer=_nothing, effect=True, total=False, evaluate=_raise)
op("assert", "cond *args", infer=_assert, effect=True, total=False, evaluate=_check)
# Exceptions: ``if attempt()`` in the style "try" runs its then-branch up to ``settled`` under the
# protection of its else-branch (``ir/README.md``, Exceptions).
op("attempt", "", infer=lambda types, attrs: (BOOL,), effect=True, cost=20, evaluate=_misplaced)
op("settled", "", infer=_nothing, effect=True, cost=0, evaluate=_misplaced)
op("caught", "", infer=lambda types, attrs: (BOOL,), effect=True, cost=40, evaluate=_misplaced)
op("text", "*args", infer=lambda types, attrs: (STR,), evaluate=_text, cost=200)
