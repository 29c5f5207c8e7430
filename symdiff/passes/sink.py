"""What a callee returns is put together in the branches that decide on it: valid IR in, valid IR
out.

The forward form of a callee ends in the tuple of its value and its tape.  Where they come out of a
final ``if``, the branches can return them at once, and what a branch does not know need not have
a name::

    if n == 0:
        return 1.0, (x, 0.0, None)
    p, tape = _power_fwd(x, n - 1)
    return x*p, (x, p, tape)
"""

from __future__ import annotations

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Value
from symdiff.ir.walk import rebuild

PACKS = ("make_tuple", "pack_tape")


def sink_results(graph: Graph) -> Graph:
    """A copy of the graph with its result made in the branches of a final ``if``."""
    if _final(graph.body) is None:
        return graph
    new = rebuild(graph)
    _sink(Builder(new), new.body)
    return rebuild(new)


def _final(block: Block) -> int | None:
    """Where the final ``if`` is, if only the packing of the one result follows it."""
    at = len(block.stmts) - 1
    while at >= 0 and block.stmts[at].op.name in PACKS:
        at -= 1
    if at < 0 or at == len(block.stmts) - 1 or len(block.yields) != 1:
        return None
    stmt = block.stmts[at]
    packed = block.stmts[at + 1 :]
    if stmt.op.name != "if" or not any(r in s.args for s in packed for r in stmt.results):
        return None
    return at if block.yields[0].stmt in packed else None


def _sink(b: Builder, block: Block) -> None:
    at = _final(block)
    if at is None:
        return
    stmt, packed = block.stmts[at], block.stmts[at + 1 :]
    (result,) = block.yields
    for child in stmt.blocks:
        table = dict(zip(stmt.results, child.yields, strict=True))
        with b.into(child):
            for pack in packed:
                with b.origin(pack.origin):
                    args = [table.get(a, a) for a in pack.args]
                    again = b._append(pack.op, tuple(args), pack.attrs, ()).result
                    again.hint = pack.result.hint
                    table[pack.result] = again
        child.yields = [table[result]]
    out = Value(result.type, result.hint, block, stmt)
    stmt.results = (out,)
    stmt.attrs = {**stmt.attrs, "style": "stmt"}
    del block.stmts[at + 1 :]
    block.yields = [out]
    for child in stmt.blocks:
        _sink(b, child)
