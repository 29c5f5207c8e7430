"""Rows of the bit operators: whole numbers and truth values in and out, so that they are data.

On floats they raise ``TypeError`` in Python, and are an error of types here."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, INT, Type, is_array
from symdiff.ops.array_types import elementwise
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _whole(sign: str, *, truth: bool) -> Callable[[Types, Attrs], Types]:
    """Ints in, an int out; a bool where all operands are, if ``truth``."""

    def infer(types: Types, attrs: Attrs) -> Types:
        if any(map(is_array, types)):
            found = elementwise(types)
            if found.dtype != "int" and not (truth and found.dtype == "bool"):
                raise TypeError(f"bits are of ints, not of a {found}")
            return (found,)
        if any(t not in (INT, BOOL) for t in types):
            shown = " and ".join(f"'{t}'" for t in types)
            raise TypeError(f"unsupported operand type{'s' * (len(types) > 1)} for {sign}: {shown}")
        return (BOOL if truth and all(t == BOOL for t in types) else INT,)

    return infer


def _folded(evaluate: Callable[..., Any]) -> Callable[[Builder, tuple[Value, ...], Attrs], Any]:
    """Constants are decided now; a shift that raises is left to run time."""

    def fold(b: Builder, args: tuple[Value, ...], attrs: Attrs) -> Value | None:
        if not all(a.is_const() and a.type in (INT, BOOL) for a in args):
            return None
        try:
            return b.const(evaluate(*(a.constant for a in args)))
        except ValueError:
            return None

    return fold


for _name, _sign, _evaluate in (
    ("bit_and", "&", operator.and_),
    ("bit_or", "|", operator.or_),
    ("bit_xor", "^", operator.xor),
):
    op(
        _name,
        "n k",
        emit=f"n {_sign} k",
        numpy=f"n {_sign} k",
        infer=_whole(_sign, truth=True),
        partials=("0", "0"),
        commutative=True,
        fold=_folded(_evaluate),
        cost=8,
        tags="data",
        python=(f"operator.{_evaluate.__name__}",),
    )

for _name, _sign, _evaluate in (
    ("shift_left", "<<", operator.lshift),
    ("shift_right", ">>", operator.rshift),
):
    op(
        _name,
        "n k",
        emit=f"n {_sign} k",
        numpy=f"n {_sign} k",
        infer=_whole(_sign, truth=False),
        partials=("0", "0"),
        fold=_folded(_evaluate),
        cost=8,
        total=False,
        tags="data",
        python=(f"operator.{_evaluate.__name__}",),
    )

op(
    "bit_not",
    "n",
    emit="~n",
    numpy="~n",
    infer=_whole("~", truth=False),
    partials=("0",),
    fold=_folded(lambda n: ~int(n)),
    cost=8,
    tags="data",
    python=("operator.invert",),
)
