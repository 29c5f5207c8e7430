"""Domain checks as statements: what stands in for an operation whose value nobody needs but whose
error must come through.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ops.formula import build, resolve


def emit_guard(b: Builder, stmt: Stmt, lookup: Callable[[Value], Value]) -> list[Stmt]:
    """``if not in domain: raise`` for each condition in the row's ``raises``; returns the
    statements made.
    """
    made = []

    def operand(name: str) -> Value:
        return lookup(stmt.args[stmt.op.params.index(name)])

    for condition, exception, message in stmt.raises:
        names = resolve(condition, operand)
        cond = build(b, condition, names)
        template = f"{exception}({message!r})"
        if cond.is_const():
            if cond.constant:
                b.op("raise", template=template)
            continue
        with b.into(b.new_block()) as yes:
            b.op("raise", template=template)
        b.if_(cond, yes, b.new_block(), style="stmt")
        made.append(b.block.stmts[-1])
    return made
