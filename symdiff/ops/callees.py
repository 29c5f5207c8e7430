"""Rows of calls and of tapes that go from a callee's forward form to its reverse form.

A call has one result, a tuple where the callee returns several values.  What happens inside is not
known here, so that a call counts as an effect: it may raise, it is never merged or recomputed.  A
tape is a tuple whose entries may be tapes of the same kind; ``Graph.tapes`` lists their types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import TapeType, Type, holds_list, tape_of
from symdiff.ops.declare import op
from symdiff.ops.list_rules import jvp_linear

Types = tuple[Type, ...]


def _attr_type(types: Types, attrs: Mapping[str, Any]) -> Types:
    return (attrs["type"],)


def _tape(types: Types, attrs: Mapping[str, Any]) -> Types:
    return (tape_of(attrs["of"]),)


def _entry(types: Types, attrs: Mapping[str, Any]) -> Types:
    if not isinstance(types[0], TapeType):
        raise TypeError("a tape is needed here")
    return (attrs["type"],)


def _vjp_pack(ctx: Any, stmt: Stmt, g: Value) -> None:
    for k, x in enumerate(stmt.args):
        if ctx.wants(x):
            ctx.add(x, ctx.b.op("tape_get", g, index=k, type=x.type))


def _vjp_entry(ctx: Any, stmt: Stmt, g: Value) -> None:
    """A tape of cotangents, zero but for this entry."""
    (tape,) = stmt.args
    b, form = ctx.b, tape.type.of  # type: ignore[attr-defined]
    parts = []
    for k, entry in enumerate(b.graph.tapes[form]):
        like = None
        if holds_list(entry):
            like = b.op("tape_get", ctx.value(tape), index=k, type=entry)
        parts.append(g if k == stmt.attrs["index"] else b.zero(entry, like))
    ctx.add(tape, b.op("pack_tape", *parts, of=form))


def _known_entry(b: Any, args: tuple[Value, ...], attrs: Mapping[str, Any]) -> Value | None:
    """Constants and entries of a tape packed just before; a zero tape has zero entries."""
    (tape,) = args
    if tape.op == "pack_tape" and tape.stmt is not None:
        entry: Value = tape.stmt.args[attrs["index"]]
        return entry
    return None


# ``callee`` names the function, ``type`` what it returns.
op("call", "*args", infer=_attr_type, effect=True, total=False, cost=150)
op(
    "pack_tape",
    "*xs",
    infer=_tape,
    vjp=_vjp_pack,
    jvp=jvp_linear,
    cost=15,
    evaluate=lambda *xs, of: tuple(xs),
)
op(
    "tape_get",
    "tape",
    infer=_entry,
    vjp=_vjp_entry,
    jvp=jvp_linear,
    fold=_known_entry,
    cost=8,
    evaluate=lambda tape, index, type: tape[index],
)
