"""Cotangents whose every element is written by itself become displays.

``a, b = p`` adds to ``dp[0]`` and to ``dp[1]``, beginning with zeros.  Where it is known that ``p``
has two elements, since Python would have refused to unpack it otherwise, ``dp`` is what a person
writes: ``[da, db]``, or ``np.array([da, db])``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT, ArrayType, is_number, result_dtype
from symdiff.ir.walk import Cloner, blocks, operations, rebuild, statements, use_counts
from symdiff.ops.array_types import dims_of
from symdiff.passes.dce import dce

MOST = 16  # elements of a display
WRITES = ("set_index", "add_index", "set_at", "add_at")
ZEROS = ("zeros_like", "full_like", "full")

Parts = list[list[Value]]  # per element, what is added up there


def assemble(graph: Graph) -> Graph:
    """The graph with displays for arrays and lists of known length that are written out."""
    if not any(op.name in WRITES for op in operations(graph)):
        return graph
    lengths = _lengths(graph)
    if not lengths:
        return graph
    order = statements(graph.body)
    uses = use_counts(graph)
    found: dict[Stmt, Parts] = {}
    links: set[Stmt] = set()
    for stmt in reversed(order):
        if stmt.op.name in WRITES and stmt not in links:
            chain = _chain(stmt, uses)
            links.update(chain)
            parts = _parts(chain, lengths)
            if parts is not None:
                found[stmt] = parts
    if not found:
        return graph
    # rows first: an array of rows is written out once its rows are
    return assemble(dce(rebuild(graph, lambda c, s: _display(c, s, found), only=found)))


# -- what lengths are known ------------------------------------------------------------------------


def _lengths(graph: Graph) -> dict[Value, tuple[Block, int]]:
    """Lists and arrays by the length that they must have for a block not to raise; also the values
    that are such lengths."""
    found: dict[Value, tuple[Block, int]] = {}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for size, count in _settled(stmt):
                found[size] = block, count
                made = size.stmt
                measured = made is not None and made.op.name in ("len", "shape_of")
                if made is not None and measured and made.attrs.get("axis", 0) == 0:
                    found[made.args[0]] = block, count
    return found


def _settled(stmt: Stmt) -> Iterator[tuple[Value, int]]:
    """``if n != 2: raise``: n is 2 behind it."""
    if stmt.op.name != "if" or not _raises(stmt.blocks[0]):
        return
    cond = stmt.args[0].stmt
    if cond is not None and cond.op.name == "ne":
        size, count = cond.args
        if count.is_const() and isinstance(count.constant, int) and 0 < count.constant <= MOST:
            yield size, count.constant


def _raises(block: Block) -> bool:
    return any(s.op.name == "raise" for s in block.stmts)


# -- chains of writes ------------------------------------------------------------------------------


def _chain(last: Stmt, uses: dict[Value, int]) -> list[Stmt]:
    """The writes to one array or list up to ``last``, of which nobody sees what is between."""
    chain = [last]
    while True:
        stmt = chain[-1].args[0].stmt
        if stmt is None or stmt.op.name not in WRITES or stmt.block is not last.block:
            return chain[::-1]
        if uses[stmt.result] != 1:
            return chain[::-1]
        chain.append(stmt)


def _parts(chain: Sequence[Stmt], lengths: dict[Value, tuple[Block, int]]) -> Parts | None:
    """Per element, what is added up there; None where not all is known."""
    base = chain[0].args[0].stmt
    if base is None or base.op.name not in ZEROS or not _is_zero(base):
        return None
    known = lengths.get(base.args[1 if base.op.name == "full" else 0])
    home, count = known if known is not None else (None, 0)
    if not any(b is home for b in chain[0].block.ancestors()):
        return None
    parts: Parts = [[] for _ in range(count)]
    for stmt in chain:
        v, at = stmt.args[1], stmt.args[2:]
        if len(at) != 1 or not at[0].is_const() or stmt.attrs.get("spec", ("i",)) != ("i",):
            return None
        place = at[0].constant
        if not -count <= place < count or not _fits(v, stmt.result):
            return None
        if stmt.op.name.startswith("set"):
            parts[place].clear()
        parts[place].append(v)
    rows = len(dims_of(chain[0].result.type)) > 1
    return None if rows and not all(len(p) == 1 for p in parts) else parts


def _is_zero(base: Stmt) -> bool:
    if base.op.name == "zeros_like":
        return True
    return base.args[0 if base.op.name == "full" else 1].is_const(0)


def _fits(v: Value, whole: Value) -> bool:
    """Whether ``v`` can be an element of the display: a number, or a row that is a display."""
    if len(dims_of(whole.type)) <= 1:
        return is_number(v.type) or (isinstance(v.type, ArrayType) and not v.type.dims)
    return v.op == "array" and len(dims_of(v.type)) == len(dims_of(whole.type)) - 1


def _display(
    cloner: Cloner, stmt: Stmt, found: dict[Stmt, Parts]
) -> Sequence[Value] | None:
    parts = found.get(stmt)
    if parts is None:
        return None
    b = cloner.builder
    items = []
    for part in parts:
        total = cloner[part[0]] if part else b.const(0.0)
        for more in part[1:]:
            total = b.add(total, cloner[more])
        items.append(total)
    t = stmt.result.type
    hint = stmt.result.hint
    if not isinstance(t, ArrayType):
        return (b.op("make_list", *[b.coerce(x, FLOAT) for x in items], hint=hint),)
    shape: tuple[int, ...] = (len(items),)
    if len(t.dims) > 1:
        shape += items[0].stmt.attrs["shape"]  # type: ignore[union-attr]
        items = [x for row in items for x in row.stmt.args]  # type: ignore[union-attr]
    plain = result_dtype([x.type for x in items]) == t.dtype
    dtype = None if plain else t.dtype
    return (b.coerce(b.op("array", *items, shape=shape, dtype=dtype, hint=hint), t),)
