"""``in`` where the container decides how, and ``is``.

Numbers have no identity that a program may rely on, so that ``is`` is answered for ``None``, truth
values, what is known while lowering, and lists."""

from __future__ import annotations

import ast
import math
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import heap, operators
from symdiff.frontend.branches import every, some
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Const, Obj, Range, Ref, describe
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, FLOAT, ListType, TupleType, is_number

_SETS = (set, frozenset, list, tuple, dict)


def contained(lo: Lowering, x: Abstract, container: Abstract, node: ast.AST) -> Value | None:
    """``x in container`` for lists, ranges, text and what is known; None for tuples and dicts."""
    b = lo.builder
    if isinstance(container, Ref):
        return _in_list(lo, x, container, node)
    if isinstance(container, Range):
        return _in_range(lo, x, container, node)
    if isinstance(container, Const):
        if isinstance(x, Const):
            return b.const(bool(x.value in container.value))
        if isinstance(x, Value) and x.is_const():
            return b.const(bool(x.constant in container.value))
        if isinstance(x, Value) and is_number(x.type) and isinstance(container.value, _SETS):
            return _among(lo, x, list(container.value), node)
    return None


def _in_list(lo: Lowering, x: Abstract, container: Ref, node: ast.AST) -> Value:
    b = lo.builder
    elem = heap.list_type(lo, container).elem
    if isinstance(x, Const):
        if not isinstance(x.value, str):
            return b.const(False)
        x = b.const(x.value)
    if not isinstance(x, Value) or isinstance(elem, (ListType, TupleType)):
        lo.fail(
            UnsupportedSyntax,
            node,
            f"a {describe(x)} in a list of {elem} is not looked for",
            "lists and tuples are not compared as a whole there",
            "write any(row[0] == x[0] and ... for row in rows)",
        )
    if is_number(x.type) != is_number(elem):
        return b.const(False)
    return b.op("contains", heap.read(lo, container, node), x)


def _in_range(lo: Lowering, x: Abstract, r: Range, node: ast.AST) -> Value:
    """Between the ends and a whole number of steps from the start; exact for ints and floats."""
    b = lo.builder
    if not isinstance(x, Value) or not is_number(x.type):
        return b.const(False)
    if not r.step.is_const():
        lo.fail(
            TypeMismatch,
            node,
            "the step of this range is not known",
            "its sign decides which end is which",
            "write the step as a literal",
        )
    up = r.step.constant > 0

    def stepped() -> Value:
        size = b.const(abs(r.step.constant))
        return b.op("eq", b.op("mod", b.op("sub", x, r.start), size), b.const(0))

    tests = [
        lambda: b.op("le" if up else "ge", r.start, x),
        lambda: b.op("lt" if up else "gt", x, r.stop),
    ]
    if x.type == FLOAT or not r.step.is_const(1, -1):
        tests.append(stepped)
    return every(lo, tests, node)


def _among(lo: Lowering, x: Value, known: list[Any], node: ast.AST) -> Value:
    """One comparison per element that is a number, in a fixed order."""
    b = lo.builder
    numbers = sorted({k for k in known if isinstance(k, (bool, int, float)) and not math.isnan(k)})
    return some(lo, [lambda k=k: b.op("eq", x, b.const(k)) for k in numbers], node)  # type: ignore[misc]


def identical(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    """``left is right``."""
    b = lo.builder
    if isinstance(left, Const) and isinstance(right, Const):
        return b.const(left.value is right.value or left == right)
    if isinstance(left, Obj) or isinstance(right, Obj):
        return b.const(operators.same_object(lo, left, right, node))
    if isinstance(left, Const) or isinstance(right, Const):
        return b.const(False)
    if isinstance(left, Value) and isinstance(right, Value):
        found = _same_number(lo, left, right)
        if found is None:
            found = _is_nan(lo, left, right)
        if found is not None:
            return found
    if isinstance(left, Ref) and left == right:
        return b.const(True)
    if isinstance(left, Ref) and isinstance(right, Ref):
        apart = lo.state.heap.frozen.keys() | lo.given
        if not left.path and not right.path and not {left.cell, right.cell} & apart:
            return b.const(False)
    elif type(left) is not type(right):
        return b.const(False)
    lo.fail(
        UnsupportedSyntax,
        node,
        "'is' between values is not supported",
        "identity is not part of a number's value",
        "use ==",
    )


def _same_number(lo: Lowering, left: Value, right: Value) -> Value | None:
    """Truth values are two objects; a number and a truth value are never the same one."""
    b = lo.builder
    if left.type != right.type:
        return b.const(False)
    if left.type == BOOL:
        known, x = (left, right) if left.is_const() else (right, left)
        if known.is_const():
            return x if known.constant else b.op("not", x)
        return b.op("eq", x, known)
    return b.const(left is right) if left.is_const() and right.is_const() else None


def _is_nan(lo: Lowering, left: Value, right: Value) -> Value | None:
    """``x is NAN`` of a captured nan: false for every number; which nan another one is, is not
    known, so that it raises there."""
    b = lo.builder
    known, x = (left, right) if _captured_nan(lo, left) else (right, left)
    if not _captured_nan(lo, known) or lo.awaited("TypeError"):
        return None

    def fails() -> list[Value]:
        text = "'is' between two values that are nan is not decided"
        b.op("raise", template=f"TypeError({text!r})")
        return []

    b.if_(b.op("ne", x, x), fails, lambda: [], style="stmt")
    return b.const(False)


def _captured_nan(lo: Lowering, x: Value) -> bool:
    """Whether it is a global or closure value that is nan now."""
    if x.stmt is not None or x.type != FLOAT or lo.making:
        return False
    found = [c.read() for c in lo.captures if c.name == x.hint]
    return bool(found) and isinstance(found[0], float) and math.isnan(found[0])
