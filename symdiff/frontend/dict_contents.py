"""What a dict is made of: pairs of known keys and items, and dicts that are merged."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import iterate, objects
from symdiff.frontend.context import Lowering
from symdiff.frontend.displays import static_key
from symdiff.frontend.expressions import COMBINE
from symdiff.frontend.values import Abstract, Obj, Struct, describe


def pairs(lo: Lowering, x: Abstract, node: ast.AST) -> list[tuple[Any, Abstract]]:
    """Keys and items of a dict, or of an iterable of pairs."""
    held = objects.structure(lo, x, node)
    if isinstance(held, Struct) and held.kind == "dict":
        return list(zip(held.keys, held.items, strict=True))
    found: list[tuple[Any, Abstract]] = []
    for pair in iterate.static_items(lo, x, node):
        parts = iterate.static_items(lo, pair, node)
        if len(parts) != 2:
            lo.fail(
                TypeMismatch,
                node,
                f"a dict is made of pairs, and this is a {describe(pair)} of {len(parts)}",
                "",
                "pass pairs of a key and a value",
            )
        found.append((static_key(lo, parts[0], node), parts[1]))
    return found


def made_of(found: list[tuple[Any, Abstract]]) -> Struct:
    """The contents of a dict; of two equal keys the first keeps its place, the last its value."""
    made = Struct("dict", (), ())
    for key, item in found:
        made = made.put(key, item)
    return made


def merged(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left | right`` of two dicts."""
    if not isinstance(op, ast.BitOr) or not isinstance(left, Obj) or not isinstance(right, Obj):
        return None
    if left.kind != "dict" or right.kind != "dict":
        return None
    return objects.like(lo, left, made_of([*pairs(lo, left, node), *pairs(lo, right, node)]))


COMBINE.append(merged)
