"""What a ``deque`` is beside a list: its class, and the number of elements that it keeps to."""

from __future__ import annotations

import ast

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap
from symdiff.frontend.branches import branch_stmt
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Ref
from symdiff.ir.core import Value


def _limit(lo: Lowering, xs: Ref, node: ast.AST) -> int | None:
    """How many elements it keeps; None: all of them."""
    if xs.path or xs.cell.limit is None:
        return None
    if xs.cell.limit < 0:
        lo.fail(
            TypeMismatch,
            node,
            "how many elements this deque keeps depends on the path taken",
            "it is one of two with different maxlen",
            "use one maxlen",
        )
    return xs.cell.limit


def keep_to_limit(lo: Lowering, xs: Ref, end: Value, node: ast.AST) -> None:
    """A deque of a maximal length that has got one element more loses one at its other end."""
    limit = _limit(lo, xs, node)
    if limit is None:
        return
    size = lo.builder.op("len", heap.read(lo, xs, node))
    over = lo.builder.op("gt", size, lo.builder.const(limit))
    live = frozenset(lo.vars)
    branch_stmt(lo, over, lambda: heap.delete(lo, xs, end, node), lambda: None, node, live)


def trim(lo: Lowering, xs: Ref, node: ast.AST) -> None:
    """What a deque of a maximal length keeps after it was extended: its end."""
    limit = _limit(lo, xs, node)
    if limit is None:
        return
    tail = lo.builder.const(-limit)
    value = lo.builder.op("slice", heap.read(lo, xs, node), tail, present="100")
    heap.replace_list(lo, xs, value, node)


def like(made: Ref, source: Ref) -> Ref:
    """A new list as one of the kind of ``source``, whose elements it was made of."""
    if not source.path:
        made.cell.cls, made.cell.limit = source.cell.cls, source.cell.limit
    return made
