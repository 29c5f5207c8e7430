"""Names for values that nobody named: ``x_i`` for ``x[i]``, ``n`` for ``len(x)``, ``sin_x``.

Only where the operands' names make a short one; everything else is ``t``.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import BOOL, INT
from symdiff.ir.walk import blocks
from symdiff.passes.ownership import takes_part
from symdiff.passes.regions import collected

LONGEST = 10
STEMS = ("t", "u", "w", "r", "q", "tmp")
# the functions whose name says what their result is
_TRIGONOMETRIC = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")
_POWERS = ("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt")
_OTHERS = ("erf", "erfc", "abs", "floor", "ceil", "gamma", "lgamma", "digamma", "sigmoid")
_SAID = frozenset((*_TRIGONOMETRIC, *_POWERS, *_OTHERS))

Name = Callable[[Value], str]


def derived_names(value: Value, name_of: Name) -> list[str]:
    """Names made from the operands' (``name_of`` gives "" where there is none), best first."""
    stmt = value.stmt
    if stmt is None:
        return []
    source = on_tape(value)
    if source is not None:
        return [source.hint or name_of(source)]
    if stmt.op.name == "len":
        base = _named(stmt.args[0], name_of)
        return ["n", f"n_{base}"] if 0 < len(base) < LONGEST else ["n"]
    if takes_part(stmt):
        return [stmt.args[0].stmt.op.parts[stmt.attrs["index"]]]  # type: ignore[union-attr]
    return [_from_operands(value, stmt, name_of)]


def _from_operands(value: Value, stmt: Stmt, name_of: Name) -> str:
    op = stmt.op.name
    if op == "getitem":
        found = _element(name_of(stmt.args[0]), stmt.args[1:], name_of)
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
    at: int = stmt.attrs["index"]
    return record.stmt.args[at]


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
    if stmt is None or stmt.op.name not in ("add", "sub") or at.type != INT:
        return ""
    if stmt.args[1].is_const(1) and name_of(stmt.args[0]):
        return "next" if stmt.op.name == "add" else "prev"
    return ""


def hints_of(graph: Graph) -> tuple[set[str], set[str], set[str]]:
    """All names that values would like, among them those that the user gave, and among these those
    that a statement computes.
    """
    variables: set[str] = set()
    hints: set[str] = set()
    given: set[str] = set()
    for block in blocks(graph.body):
        own = block.owner is None or block.owner.origin.role == "primal"
        (given if own else hints).update([p.hint for p in block.params])
        for stmt in block.stmts:
            own = stmt.origin.role == "primal" and not stmt.op.region
            for result in stmt.results:
                (variables if own else hints).add(result.hint)
    given |= variables
    return (hints | given) - {""}, given - {""}, variables - {""}
