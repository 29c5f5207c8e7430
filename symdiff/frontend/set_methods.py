"""What makes sets of known elements, and their methods."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import iterate, objects, sets
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.displays import elements
from symdiff.frontend.values import NONE_CONST, Abstract, Obj


def _made(lo: Lowering, call: Call) -> Obj:
    call.only(lo, 0, 1)
    keys = sets.keys_of(lo, call.args[0], call.node) if call.args else []
    return lo.new_object(sets.contents(lo, keys))


@builtin(set)
def plain(lo: Lowering, call: Call) -> Abstract:
    return _made(lo, call)


@builtin(frozenset)
def frozen(lo: Lowering, call: Call) -> Abstract:
    found = _made(lo, call)
    found.cell.cls = frozenset
    return found


@expression(ast.Set)
def display(lo: Lowering, node: ast.Set) -> Abstract:
    keys = [sets.key_of(lo, x, node) for x in elements(lo, node.elts)]
    return lo.new_object(sets.contents(lo, keys))


def method(lo: Lowering, s: Obj, name: str, call: Call) -> Abstract | None:
    """The methods of sets; None where there is no such."""
    keys = sets.keys_of(lo, s, call.node)
    others = [sets.keys_of(lo, x, call.node) for x in call.args] if name not in ONE else []
    if name in sets.COMBINED:
        for other in others:
            keys = sets.COMBINED[name](keys, other)
        return objects.like(lo, s, sets.contents(lo, keys))
    if name in ("issubset", "issuperset", "isdisjoint") and len(others) == 1:
        return lo.builder.const(getattr(frozenset(keys), name)(others[0]))
    if name == "pop" and len(keys) == 1 and not call.args and s.cell.cls is not frozenset:
        objects.replace(lo, s, sets.contents(lo, ()), call.node)  # of several, any one may be taken
        return iterate.constant(lo, keys[0])
    if name == "copy":
        return objects.like(lo, s, sets.contents(lo, keys))
    changed = None if s.cell.cls is frozenset else _changed(lo, name, keys, others, call)
    if changed is None:
        return None
    objects.replace(lo, s, sets.contents(lo, changed), call.node)
    return NONE_CONST


ONE = ("add", "discard", "remove")


def _changed(
    lo: Lowering, name: str, keys: list[Any], others: list[list[Any]], call: Call
) -> list[Any] | None:
    if name in ("update", "clear"):
        return [] if name == "clear" else [*keys, *(k for o in others for k in o)]
    if name.endswith("_update") and name.removesuffix("_update") in sets.COMBINED:
        for other in others:
            keys = sets.COMBINED[name.removesuffix("_update")](keys, other)
        return keys
    if name not in ONE or len(call.args) != 1:
        return None
    key = sets.key_of(lo, call.args[0], call.node)
    if name == "add":
        return [*keys, key]
    if name == "remove" and key not in keys:
        lo.fail(
            TypeMismatch,
            call.node,
            f"the set has no element {key!r}",
            "it always raises KeyError here",
            "use discard()",
        )
    return [k for k in keys if k != key]
