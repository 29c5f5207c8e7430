"""The elements of a list one by one, where it was written out and changed at known places only.

``shape = list(x.shape); shape[axis] = 1; np.zeros(shape)`` has a known rank: the length of such a
list is no matter of data, and neither is which element stands where.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value

MOST = 64  # elements that are looked at one by one


def parts(b: Builder, value: Value) -> list[Value] | None:
    """The elements of a list that was written out, and changed at known places only."""
    stmt = value.stmt
    elem = getattr(value.type, "elem", None)
    if stmt is None:
        return None
    if stmt.op.name == "make_list":
        return list(stmt.args)
    if stmt.op.name == "list_fill":
        size, item = stmt.args
        small = size.is_const() and 0 <= size.constant <= MOST
        return [item] * size.constant if small else None
    if stmt.op.name not in _PARTS:
        return None
    first, *rest = stmt.args
    known = parts(b, first)
    found = None if known is None else _PARTS[stmt.op.name](b, stmt, known, rest)
    if found is None or elem is None:
        return None
    return [v if v.type == elem else b.coerce(v, elem) for v in found]


def _set_part(b: Builder, stmt: Stmt, known: list[Value], rest: list[Value]) -> list[Value] | None:
    new, *path = rest
    if len(path) != 1 or not path[0].is_const() or not -len(known) <= path[0].constant < len(known):
        return None
    found = list(known)
    found[path[0].constant] = new
    return found


def _joined_parts(
    b: Builder, stmt: Stmt, known: list[Value], rest: list[Value]
) -> list[Value] | None:
    others = parts(b, rest[0])
    return None if others is None else [*known, *others]


def _repeated_parts(
    b: Builder, stmt: Stmt, known: list[Value], rest: list[Value]
) -> list[Value] | None:
    (times,) = rest
    small = times.is_const() and len(known) * times.constant <= MOST
    return known * times.constant if small else None


def _cut_parts(b: Builder, stmt: Stmt, known: list[Value], rest: list[Value]) -> list[Value] | None:
    if not all(v.is_const() for v in rest):
        return None
    given = iter(rest)
    return known[slice(*(next(given).constant if p == "1" else None
                         for p in stmt.attrs["present"]))]


_PARTS: dict[str, Callable[[Builder, Stmt, list[Value], list[Value]], list[Value] | None]] = {
    "set_at": _set_part,
    "append": lambda b, stmt, known, rest: [*known, *rest],
    "drop_last": lambda b, stmt, known, rest: known[:-1] or None,
    "list_copy": lambda b, stmt, known, rest: known,
    "concat": _joined_parts,
    "repeat": _repeated_parts,
    "slice": _cut_parts,
}
