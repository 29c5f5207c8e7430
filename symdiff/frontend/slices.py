"""``slice`` objects: a start, a stop and a step under their names, known to be a slice while
lowering.

``x[1:n]`` and ``x[slice(1, n)]`` are one thing.  A slice is a :class:`Struct` of kind ``slice``, so
that it can be kept in a tuple or a list and handed on; its bounds may be numbers of the graph."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from symdiff.frontend import heap
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.values import NONE_CONST, Abstract, Struct
from symdiff.ir.core import Value

KEYS = ("start", "stop", "step")


def made(args: Sequence[Abstract]) -> Struct:
    """``slice(stop)``, ``slice(start, stop)``, ``slice(start, stop, step)``."""
    given = args if len(args) > 1 else (NONE_CONST, *args)
    return Struct("slice", KEYS, (*given, *[NONE_CONST] * (3 - len(given))))


@expression(ast.Slice)
def written(lo: Lowering, node: ast.Slice) -> Abstract:
    """``a:b:c`` inside brackets."""
    parts = (node.lower, node.upper, node.step)
    return Struct("slice", KEYS, tuple(NONE_CONST if n is None else lo.expr(n) for n in parts))


def bounds(lo: Lowering, x: Struct, node: ast.AST) -> tuple[list[Value], str]:
    """The bounds that are given, and which those are (``"110"``: start and stop)."""
    given = [None if p == NONE_CONST else heap.as_index(lo, p, node) for p in x.items]
    return [p for p in given if p is not None], "".join("0" if p is None else "1" for p in given)
