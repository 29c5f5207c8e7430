"""The reversal of what has blocks: a reverse ``if`` for an ``if``, a ``for`` for any loop.

Contributions to values from outside are yields of the reverse ``if``, carries of the reverse loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symdiff.autodiff.activity import loop_parts, transmitters
from symdiff.autodiff.chain import name_after
from symdiff.autodiff.residual import Context, trip_count
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ir.types import INT, is_memory
from symdiff.ir.walk import blocks as all_blocks

if TYPE_CHECKING:
    from symdiff.autodiff.reverse import Reverse


class Regions:
    """The reversal of statements with blocks, for a reversal of the whole."""

    def __init__(self, reverse: Reverse) -> None:
        self.reverse = reverse

    def _outer(self, stmt: Stmt) -> list[Value]:
        """Active values from outside that the region's active statements read, in order."""
        inside = {id(b) for child in stmt.blocks for b in all_blocks(child)}
        found: dict[Value, None] = {}
        for child in stmt.blocks:
            for v in self._active_reads(child):
                if v in self.reverse.active and id(v.block) not in inside:
                    found[v] = None
        return list(found)

    def _active_reads(self, block: Block) -> Iterator[Value]:
        """What active statements under a block read, with what the blocks yield."""
        for stmt in block.stmts:
            if stmt.op.region:
                for child in stmt.blocks:
                    yield from self._active_reads(child)
                if stmt.op.name != "if":
                    yield from loop_parts(stmt)[0]
            elif any(r in self.reverse.active for r in stmt.results):
                yield from transmitters(stmt)
        yield from block.yields

    def branch(self, stmt: Stmt, ctx: Context) -> None:
        reverse, b = self.reverse, self.reverse.b
        seeds = [ctx.cot.pop(r, None) for r in stmt.results]
        cond = reverse.residuals.value(stmt.args[0], ctx)
        outer = self._outer(stmt)
        branches: list[Context] = []
        for child in stmt.blocks:
            with b.into(b.new_block()) as block:
                branch = Context(child, block, ctx)
                branch.cot.update((w, ctx.cot.get(w)) for w in outer)
                for value, g in zip(child.yields, seeds, strict=False):
                    if g is not None:
                        reverse.add(branch, value, g)
                reverse.statements(list(child.stmts), branch)
            branches.append(branch)
        changed = [w for w in outer if any(c.cot.get(w) is not ctx.cot.get(w) for c in branches)]
        if not changed:
            return
        for branch in branches:
            with b.into(branch.reverse) as block:
                block.yields = [reverse.cotangent_of(branch, w) for w in changed]
        # made directly: recomputed from what is known here, the condition may be a constant
        region = b.region(
            "if",
            (cond,),
            {"style": "expr" if stmt.attrs.get("style") == "expr" else "stmt"},
            [branch.reverse for branch in branches],
            [v.type for v in branches[0].reverse.yields],
            [f"d{w.hint}" if w.hint else "" for w in changed],
        )
        ctx.cot.update(zip(changed, region.results, strict=True))

    def loop(self, stmt: Stmt, ctx: Context) -> None:
        reverse, b = self.reverse, self.reverse.b
        inits, params, carried, collected = loop_parts(stmt)
        count = len(inits)
        seeds = [ctx.cot.pop(r, None) for r in stmt.results]
        lists = seeds[count : count + len(collected)]
        moving = [
            j
            for j in range(count)
            if params[j] in reverse.active or stmt.results[j] in reverse.active
        ]
        outer = self._outer(stmt)
        start_c = [self._start(ctx, stmt.results[j], seeds[j]) for j in moving]
        start_w = [reverse.cotangent_of(ctx, w) for w in outer]
        body = b.new_block()
        inner = Context(stmt.blocks[-1], body, ctx)
        with b.into(body):
            inner.position = body.add_param(INT, "k")
            for j in moving:
                hint = carried[j].hint or params[j].hint
                body.add_param(params[j].type, f"d{hint}" if hint else "")
            for w in outer:
                inner.cot[w] = body.add_param(w.type, f"d{w.hint}" if w.hint else "")
            for j, g in zip(moving, body.params[1:], strict=False):
                reverse.add(inner, carried[j], g)
            for value, list_cot in zip(collected, lists, strict=True):
                if list_cot is not None and value in reverse.active:
                    reverse.add(inner, value, b.getitem(list_cot, reverse.residuals.place(inner)))
            reverse.statements(list(stmt.blocks[-1].stmts), inner)
            body.yields = [self._carried(inner, inits[j], params[j], carried[j]) for j in moving]
            body.yields += [reverse.cotangent_of(inner, w) for w in outer]
        loop = b.for_stmt(
            self._bounds(stmt, ctx, inner),
            [*start_c, *start_w],
            body,
            hints=[p.hint for p in body.params[1:]],
        )
        for w, result in zip(outer, loop.results[len(moving) :], strict=False):
            ctx.cot[w] = result
        for j, result in zip(moving, loop.results, strict=False):
            reverse.add(ctx, inits[j], result)

    def _carried(self, ctx: Context, init: Value, param: Value, again: Value) -> Value:
        """The cotangent that an iteration hands to the one before. A name that is bound in the loop
        only has no size when the loop begins: its zeros have that of what the iteration made.
        """
        if init.op != "undef" or not is_memory(param.type) or ctx.cot.get(param) is not None:
            return self.reverse.cotangent_of(ctx, param)
        found = self.reverse.b.coerce(self.reverse.zero(again, ctx), param.type)
        name_after(found, param)
        return found

    def _start(self, ctx: Context, v: Value, g: Value | None) -> Value:
        return self.reverse.zero(v, ctx) if g is None else self.reverse.dense(ctx, v, g)

    def _bounds(self, stmt: Stmt, ctx: Context, inner: Context) -> tuple[Value, Value, Value]:
        """The reverse loop counts down: over the forward indices themselves, or over tape
        positions.
        """
        b, one = self.reverse.b, self.reverse.b.const(1)
        if not inner.counts_index:
            trip = trip_count(b, self.reverse.residuals, stmt, ctx)
            return b.sub(trip, one), b.const(-1), b.const(-1)
        start = self.reverse.residuals.value(stmt.args[0], ctx)
        if stmt.attrs["exits"]:
            end = b.add(start, trip_count(b, self.reverse.residuals, stmt, ctx))
        else:
            end = self.reverse.residuals.value(stmt.args[1], ctx)
        return b.sub(end, one), b.sub(start, one), b.const(-1)
