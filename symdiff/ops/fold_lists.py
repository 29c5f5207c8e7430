"""Folds of reads and lengths of lists and tuples (see :mod:`fold`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


def getitem(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    xs, *path = args
    if len(path) == 1 and xs.op == "make_list" and path[0].is_const() and xs.stmt is not None:
        items, at = xs.stmt.args, path[0].constant
        if -len(items) <= at < len(items):
            return items[at] if items[at].type == xs.type.elem else None  # type: ignore[attr-defined]
    if b.relaxed and xs.op == "list_fill" and len(path) == 1 and xs.stmt is not None:
        return xs.stmt.args[1]
    if xs.op == "getitem" and xs.stmt is not None and xs.stmt.origin.role != "tape":
        return b.op("getitem", *xs.stmt.args, *path)
    return None


def length(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    xs, appended = args[0], 0
    stmt = xs.stmt
    while stmt is not None and stmt.op.name in _AS_LONG:  # one after another, maybe thousands
        appended += stmt.op.name == "append"
        xs = stmt.args[0]
        stmt = xs.stmt
    found = _own_length(b, xs)
    if xs is args[0]:
        return found
    found = found if found is not None else b.op("len", xs)
    for _ in range(appended):
        found = b.op("add", found, b.const(1))
    return found


_AS_LONG = ("set_at", "list_copy", "add_at", "zeros_like", "append")  # ... as their operand


def _own_length(b: Builder, xs: Value) -> Value | None:
    """The length of a list where it is known from how the list was made."""
    stmt = xs.stmt
    if stmt is None:
        return None
    if stmt.op.name == "make_list":
        return b.const(len(stmt.args))
    if stmt.op.name == "list_fill":
        return stmt.args[0] if stmt.args[0].is_const() else None
    if stmt.op.name in ("for", "while") and xs.index >= stmt.attrs["carries"]:
        return stmt.results[-2]  # a collected list is as long as the loop ran
    return None


def tuple_get(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (t,) = args
    if t.op == "make_tuple" and t.stmt is not None:
        return t.stmt.args[attrs["index"]]
    return None


def add_lists(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    for one, other in (args, args[::-1]):
        if one.op == "zeros_like":
            return other
    return None
