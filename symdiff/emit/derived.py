"""Names for values that nobody named: ``x_i`` for ``x[i]``, ``n`` for ``len(x)``, ``sin_x``.

Only where the operands' names make a short one; everything else is ``t``.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, INT
from symdiff.passes.regions import collected

LONGEST = 10
STEMS = ("t", "u", "w", "r", "q", "tmp")
# the functions whose name says what their result is
_SAID = frozenset(
    ["exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "erfc", "sqrt", "abs", "floor", "ceil", "gamma", "lgamma", "digamma", "sigmoid"]
)

Name = Callable[[Value], str]


def derived_name(value: Value, name_of: Name) -> str:
    """A name made from the operands' names (``name_of`` gives "" where there is none), or ""."""
    stmt = value.stmt
    if stmt is None:
        return ""
    source = on_tape(value)
    if source is not None:
        return source.hint or name_of(source)
    op = stmt.op.name
    if op == "getitem":
        found = _element(name_of(stmt.args[0]), stmt.args[1:], name_of)
    elif op == "len":
        found = "n"
    elif op in _SAID and len(stmt.args) == 1:
        base = _named(stmt.args[0], name_of)
        found = f"{op}_{base}" if base else ""
    elif op == "mul" and stmt.args[0] is stmt.args[1]:
        base = _named(stmt.args[0], name_of)
        found = f"{base}_sq" if base else ""
    else:
        found = "cond" if value.type == BOOL else ""
    return found if len(found) <= LONGEST else ""


def on_tape(value: Value) -> Value | None:
    """The value that a read of a tape gives back."""
    stmt = value.stmt
    if stmt is None or stmt.op.name not in ("getitem", "tuple_get"):
        return None
    if stmt.op.name == "getitem":
        found = stmt.args[0]
        for _ in stmt.args[1:]:
            entry = _entry(found)
            if entry is None:
                return None
            found = entry
        return found
    record = on_tape(stmt.args[0])
    if record is None or record.op != "make_tuple" or record.stmt is None:
        return None
    return record.stmt.args[stmt.attrs["index"]]


def _entry(xs: Value) -> Value | None:
    """What a loop collects into ``xs``."""
    source = xs if xs.stmt is None or xs.stmt.op.region else on_tape(xs)
    stmt = source.stmt if source is not None else None
    if stmt is None or stmt.op.name not in ("for", "while"):
        return None
    return next((value for tape, value in collected(stmt) if tape is source), None)


def _named(value: Value, name_of: Name) -> str:
    """The operand's name where it is the user's or an element's."""
    return name_of(value) if value.hint or value.op == "getitem" else ""


def _element(xs: str, path: tuple[Value, ...], name_of: Name) -> str:
    if not xs:
        return ""
    xs = xs.removesuffix("_tape")
    parts = [_index(i, name_of) for i in path]
    if not all(parts):
        return ""
    if all(len(p) == 1 for p in parts):
        return f"{xs}_{''.join(parts)}"
    return f"{xs}_{'_'.join(parts)}"


def _index(at: Value, name_of: Name) -> str:
    """``i``, ``0``, ``next`` for i + 1, ``prev`` for i - 1, ``last`` for -1."""
    if at.is_const():
        return "last" if at.constant == -1 else str(at.constant) if at.constant >= 0 else ""
    name = name_of(at)
    stmt = at.stmt
    if name and at.hint:
        return name
    if stmt is not None and stmt.op.name in ("add", "sub") and at.type == INT:
        if stmt.args[1].is_const(1) and name_of(stmt.args[0]):
            return "next" if stmt.op.name == "add" else "prev"
    return ""
