"""Rows that look at lists and give ints and truth values: orders, positions, membership.

They are data: a derivative goes through the elements that they point at, never through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.types import BOOL, INT, STR, ListType, TupleType, Type, is_scalar, list_of
from symdiff.ops.declare import integer, op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def ordered(t: Type) -> bool:
    """Whether Python compares values of this type by ``<``."""
    if isinstance(t, ListType):
        return ordered(t.elem)
    if isinstance(t, TupleType):
        return all(map(ordered, t.elems))
    return is_scalar(t) or t == STR


def _elements(types: Types) -> Type:
    t = types[0]
    if not isinstance(t, ListType) or not ordered(t.elem):
        raise TypeError(f"a list of numbers, text or tuples of them is needed here, not a {t}")
    return t.elem


def _order(types: Types, attrs: Attrs) -> Types:
    _elements(types)
    return (list_of(INT),)


def _place(types: Types, attrs: Attrs) -> Types:
    _elements(types)
    return (INT,)


def _lists(types: Types, attrs: Attrs) -> Types:
    for t in types:
        if not isinstance(t, ListType) or not ordered(t):
            raise TypeError(f"a {t} is not compared as a whole")
    return (BOOL,)


op("argsort", "xs", emit="sorted(range(len(xs)), key=xs.__getitem__)", infer=_order,
   partials=("0",), fresh=True, cost=200, tags="data")
op("argsort_down", "xs", emit="sorted(range(len(xs)), key=xs.__getitem__, reverse=True)",
   infer=_order, partials=("0",), fresh=True, cost=200, tags="data")
op("argmax", "xs", emit="max(range(len(xs)), key=xs.__getitem__)", infer=_place, partials=("0",),
   cost=100, total=False, tags="data")
op("argmin", "xs", emit="min(range(len(xs)), key=xs.__getitem__)", infer=_place, partials=("0",),
   cost=100, total=False, tags="data")
op("position", "xs v", emit="xs.index(v)", infer=_place, partials=("0", "0"), cost=60, total=False,
   tags="data")
for _name, _symbol in (("eq", "=="), ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    op(f"list_{_name}", "xs ys", emit=f"xs {_symbol} ys", infer=_lists, partials=("0", "0"),
       cost=60, tags="data")
op("pow_mod", "x n m", emit="pow(x, n, m)", infer=integer, partials=("0", "0", "0"), cost=100,
   total=False, tags="data")
