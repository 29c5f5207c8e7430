"""The chain rule of one operation: what its row's formulas read, and how they are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from symdiff.errors import NoDerivative
from symdiff.ir.core import Stmt, Value
from symdiff.ir.opspec import OpSpec
from symdiff.ir.types import is_differentiable
from symdiff.records import dataclass
from symdiff.source import Origin


@dataclass(frozen=True, slots=True)
class Step:
    """The chain rule for operand ``k`` of an operation: its formula, and what that reads."""

    k: int
    formula: str
    origin: Origin
    names: dict[str, Value]
    lets: frozenset[str] = frozenset()


def name_after(adjoint: Value, primal: Value) -> None:
    """Call a new adjoint value ``dz`` after its primal ``z`` (shared forward values keep their
    names).
    """
    stmt = adjoint.stmt
    if not primal.hint or adjoint.hint or adjoint.is_const():
        return
    if stmt is not None and stmt.origin.role == "adjoint":
        adjoint.hint = f"d{primal.hint}"


def masked(g: Value) -> tuple[Value, Value, bool] | None:
    """(condition, value, whether it is the first) of a cotangent that a choice made zero."""
    if g.op != "where" or g.stmt is None:
        return None
    cond, x, y = g.stmt.args
    if y.is_const(0):
        return cond, x, True
    return (cond, y, False) if x.is_const(0) else None


def operand_named(stmt: Stmt, k: int, name: str) -> Value:
    """The value that ``name`` stands for in the formula of operand ``k``."""
    if name == "out":
        return stmt.results[0]
    return stmt.args[_position(stmt.op, k, name)]


@cache
def _position(op: OpSpec, k: int, name: str) -> int:
    if op.starred and k >= len(op.params) - 1 and name == op.params[-1][1:].rstrip("s"):
        return k
    return op.params.index(name)


_NAME = re.compile(r"[A-Za-z_]\w*(?!\w|\()")  # of a value, not of a function
_OBVIOUS = frozenset(("add", "sub", "mul", "neg", "pos", "float"))


def rule_text(stmt: Stmt, k: int, formula: str) -> str:
    """The chain-rule step in the user's names, for a comment: ``da/dz = exp(z)``.

    A gate is at least named; "" where the step is obvious, or is about values without names.
    """
    if stmt.op.name in _OBVIOUS:
        return ""
    spec, result = stmt.op, stmt.results[0].hint
    gate = spec.name if "gate" in spec.tags else ""
    if not result:
        return gate
    params = spec.params
    starred = k >= len(params) or params[k].startswith("*")
    name = params[-1][1:].rstrip("s") if starred else params[k]
    text = spec.words[min(k, len(spec.words) - 1)] if spec.words else formula
    hints = {p: a.hint for p, a in zip(params, stmt.args, strict=False)}
    hints["out"] = result
    hints[name] = stmt.args[k].hint
    if not all(hints.get(m, "?") for m in _NAME.findall(text)):
        return gate
    text = _NAME.sub(lambda m: hints.get(m.group(), m.group()), text)
    return f"d{result}/d{hints[name]} = {text}" if hints[name] else f"{result}' = {text}"


def no_derivative(stmt: Stmt, k: int) -> NoDerivative:
    return NoDerivative(
        f"{stmt.op.name} has no derivative with respect to operand {k + 1}",
        "its row in the table gives none",
        "keep the differentiated value out of it, or compute it by other functions",
        stmt.origin.span,
    )


def differentiable(values: Sequence[Value]) -> list[Value]:
    return [v for v in values if is_differentiable(v.type)]
