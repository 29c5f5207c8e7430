"""Sums of exponentials in loops: the list under ``log(sum(math.exp(x) for x in xs))``.

A sum is a loop that carries ``acc = acc + exp(w)`` from zero, or a list of exponentials that is
summed. What the gate needs is the list of the w: the user's own list where w is its element, or
else a loop that collects w.
"""

from __future__ import annotations

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ir.types import FLOAT

EXTREMA = ("max", "max_n", "max_list")


def exponents_of_sum(b: Builder, value: Value) -> Value | None:
    """The list of exponents if ``value`` is a sum of exponentials over a loop, else None."""
    found = _summed(value)
    if found is None:
        return None
    loop, term = found
    if term.op != "exp" or term.stmt is None:
        return None
    exponent = term.stmt.args[0]
    if exponent.type != FLOAT or is_shifted(exponent):
        return None
    return _own_list(loop, exponent) or _collected(b, loop, exponent)


def is_shifted(exponent: Value) -> bool:
    """``x - max(...)``: the user's own care, which a second shift would only slow down."""
    stmt = exponent.stmt
    return stmt is not None and stmt.op.name == "sub" and stmt.args[1].op in EXTREMA


def _summed(value: Value) -> tuple[Stmt, Value] | None:
    """(the loop, what it adds up) for a sum that starts at zero."""
    stmt = value.stmt
    if stmt is None:
        return None
    if stmt.op.name == "sum_list":
        source = stmt.args[0]
        loop = source.stmt
        if loop is None or loop.op.name != "for" or loop.attrs["exits"]:
            return None
        at = source.index
        return (loop, loop.blocks[0].yields[at]) if at >= loop.attrs["carries"] else None
    if stmt.op.name != "for" or stmt.attrs["exits"] or value.index >= stmt.attrs["carries"]:
        return None
    body = stmt.blocks[0]
    step = body.yields[value.index].stmt
    start, carry = stmt.args[3 + value.index], body.params[1 + value.index]
    if step is None or step.op.name != "add" or not start.is_const(0):
        return None
    x, y = step.args
    if x is carry or y is carry:
        return stmt, y if x is carry else x
    return None


def _own_list(loop: Stmt, exponent: Value) -> Value | None:
    """``xs`` where the exponent is ``xs[i]`` and i runs over all of it."""
    read = exponent.stmt
    if read is None or read.op.name != "getitem" or len(read.args) != 2:
        return None
    xs, index = read.args
    start, stop, step = loop.args[:3]
    whole = start.is_const(0) and step.is_const(1) and stop.op == "len" and stop.stmt is not None
    if not whole or index is not loop.blocks[0].params[0] or stop.stmt.args[0] is not xs:  # type: ignore[union-attr]
        return None
    return xs


def _collected(b: Builder, loop: Stmt, exponent: Value) -> Value | None:
    """A loop of its own that collects the exponent, where that depends on no carry."""
    body = loop.blocks[0]
    needed = _needed(body, exponent)
    if needed is None:
        return None
    start, stop, step = loop.args[:3]
    with b.into(b.new_block()) as new:
        env = {body.params[0]: new.add_param(body.params[0].type, body.params[0].hint)}
        for stmt in body.stmts:
            if stmt in needed:
                args = [env.get(a, a) for a in stmt.args]
                env[stmt.result] = b.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
        new.yields = [env.get(exponent, exponent)]
    return b.for_stmt((start, stop, step), (), new, collects=1).results[0]


def _needed(body: Block, exponent: Value) -> set[Stmt] | None:
    """The statements of the body that the exponent depends on; None if a carry or a region is among
    them.
    """
    needed: set[Stmt] = set()
    stack = [exponent]
    while stack:
        value = stack.pop()
        if value.block is not body:
            continue
        if value.stmt is None:
            if value is not body.params[0]:
                return None
        elif value.stmt.op.region or value.stmt.op.effect:
            return None
        elif value.stmt not in needed:
            needed.add(value.stmt)
            stack.extend(value.stmt.args)
    return needed
