"""Globals that a function rebinds and puts back: a mode that holds while a ``with`` block runs.

A rebound global lives on the heap, in an object per module, so that paths join there as they do for
any object.  What is not in that object is as it was.  Where the outermost function ends, every such
name must hold what it held when the function began, on every path that returns: then no caller can
tell that it was ever another, and the derivative needs not write to it at all."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall, UnsupportedSyntax
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Clash, Obj, Struct
from symdiff.records import dataclass, field

WHAT = "a write to a global is not supported"
HINT = "return the new value instead, or put the old one back before the function ends"


@dataclass(slots=True)
class Module:
    """The globals of one module that are rebound: where they live, and what they were."""

    space: dict[str, Any]
    box: Obj
    before: dict[str, Abstract] = field(default_factory=dict)
    places: dict[str, ast.AST] = field(default_factory=dict)


def find(lo: Lowering, space: dict[str, Any], name: str, node: ast.AST) -> Abstract | None:
    """What a global holds, where the function has rebound it before."""
    module = lo.rebound.get(id(space))
    if module is None or name not in module.before:
        return None
    if lo.making:
        what = f"'{name}' is a global that is rebound, and a function that calls itself reads it"
        why = "a callee cannot see such a change"
        lo.fail(UnsupportedCall, node, what, why, "pass it as an argument")
    held = lo.state.heap.objects.get(module.box.cell)
    found = None if held is None else held.get(name)
    found = module.before[name] if found is None else found
    if isinstance(found, Clash):
        why = "the paths join before it is read here"
        lo.fail(TypeMismatch, node, found.why, why, "put the old value back on each path")
    return found


def rebind(
    lo: Lowering,
    space: dict[str, Any],
    name: str,
    x: Abstract,
    before: Abstract | None,
    node: ast.AST,
) -> None:
    """``name = x`` under ``global name``; ``before`` is what it held when the function began."""
    if before is None or lo.making or lo.recursive:
        why = "it would outlive the call" if before is None else "a function here calls itself"
        lo.fail(UnsupportedSyntax, node, WHAT, why, HINT)
    module = lo.rebound.get(id(space))
    if module is None:
        module = Module(space, lo.new_object(Struct("scope", (), ())))
        lo.rebound[id(space)] = module
        lo.locked[module.box.cell] = Struct("scope", (), ())
    cell = module.box.cell
    if name not in module.before:
        module.before[name] = before
        module.places[name] = node
        held = lo.locked[cell]
        assert isinstance(held, Struct)
        lo.locked[cell] = held.put(name, before)
    held = lo.state.heap.objects.get(cell, Struct("scope", (), ()))
    lo.state.heap.objects[cell] = held.put(name, x)


def place(lo: Lowering) -> ast.AST:
    """The statement at hand, for a message about it."""
    node = ast.Pass()
    span = lo.builder.current.span
    if span is not None:
        node.lineno, node.col_offset = span.line, span.col
        node.end_lineno, node.end_col_offset = span.end_line, span.end_col
    return node


def complete(lo: Lowering, held: dict[Any, Struct]) -> None:
    """Give a state that has not met some of the names what they were, before it joins another."""
    for module in lo.rebound.values():
        cell = module.box.cell
        mine = held.get(cell, Struct("scope", (), ()))
        for name, x in module.before.items():
            if mine.get(name) is None:
                mine = mine.put(name, x)
        held[cell] = mine


def check(lo: Lowering) -> None:
    """Where the outermost function ends: every rebound global is what it was."""
    for module in lo.rebound.values():
        held = lo.state.heap.objects.get(module.box.cell)
        for name, before in module.before.items():
            now = None if held is None else held.get(name)
            if now is not None and now is not before and now != before:
                node = module.places[name]
                lo.fail(UnsupportedSyntax, node, WHAT, "it would outlive the call", HINT)
