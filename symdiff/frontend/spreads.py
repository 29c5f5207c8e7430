"""A starred list whose length is not known, in a call: which parameters its elements fill."""

from __future__ import annotations

import ast
from collections.abc import Container, Sequence

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap, iterate
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Ref, Spread


def spread_out(
    lo: Lowering,
    args: list[Abstract],
    ordinary: Sequence[str],
    kwargs: Container[str],
    defaults: Container[str],
    name: str,
    node: ast.AST,
    open_ended: bool = False,
) -> list[Abstract]:
    """The arguments with the elements of a starred list at their end one by one: as many as there
    are parameters without a value. ``open_ended``: the function takes more than those."""
    if not args or not isinstance(args[-1], Spread):
        return args
    xs, before = args[-1].items, args[:-1]
    taken = [n for n in ordinary[len(before) :] if n not in kwargs]
    size = _known_length(lo, xs, node)
    if size is None:
        if open_ended or any(n in defaults for n in taken):
            lo.fail(
                TypeMismatch,
                node,
                "the number of elements of this list is not known",
                "which parameters it fills depends on it",
                "pass the list itself, or its elements",
            )
        size = len(taken)
        b = lo.builder
        same = b.op("eq", b.op("len", heap.read(lo, xs, node)), b.const(size))
        message = f"{name}() takes {size} arguments from the starred list"
        iterate.require(lo, same, f"TypeError({message!r})")
    return [*before, *(heap.item(lo, xs, lo.builder.const(k), node) for k in range(size))]


def _known_length(lo: Lowering, xs: Ref, node: ast.AST) -> int | None:
    """The length of a list that was written out, or that a loop over a range of literals made."""
    length = lo.builder.op("len", heap.read(lo, xs, node))
    if length.is_const():
        return int(length.constant)
    made = length.stmt
    if made is not None and made.op.name == "for" and all(v.is_const() for v in made.args[:3]):
        return len(range(*(v.constant for v in made.args[:3])))
    return None
