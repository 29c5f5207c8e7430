"""Parts of what Python has built in that are no elements: members of an enum by their names, what
a ``functools.partial`` fixes, how many elements a ``deque`` keeps."""

from __future__ import annotations

import ast
import collections
import enum
import typing

from symdiff.errors import TypeMismatch
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Const,
    Partial,
    Ref,
    Struct,
    builtin_class,
    describe,
    pack,
)


def of_class(lo: Lowering, cls: type, x: Abstract, node: ast.AST) -> Abstract:
    """``Color["RED"]``, and ``Stack[float]``, which is the class itself when it is called."""
    if isinstance(cls, enum.EnumMeta) and isinstance(x, Const) and x.value in cls.__members__:
        return Const(cls[x.value])
    if issubclass(cls, typing.Generic):
        return Const(cls)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(Const(cls))} cannot be indexed",
        "",
        "only lists, tuples, dicts and enums have elements",
    )


def attribute(lo: Lowering, owner: Abstract, attr: str) -> Abstract | None:
    """``f.args`` of a partial function, ``d.maxlen`` of a deque; None for anything else."""
    if isinstance(owner, Partial):
        if attr == "func":
            return owner.func
        if attr == "args":
            return pack(owner.args)
        if attr == "keywords":
            keys, items = tuple(k for k, _ in owner.kwargs), tuple(x for _, x in owner.kwargs)
            return lo.new_object(Struct("dict", keys, items))
    if isinstance(owner, Ref) and attr == "maxlen" and builtin_class(owner) is collections.deque:
        limit = owner.cell.limit
        if limit is None or limit > 0:
            return NONE_CONST if limit is None else lo.builder.const(limit)
    return None
