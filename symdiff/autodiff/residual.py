"""Residuals on demand: how reverse code gets at a value of the forward code.

A rule asks for a forward value; the answer is, in this order: the value itself where it is
visible; the loop index; a value already fetched; a recomputation where that is cheaper than
remembering; else the forward code is made to hand it out, as one more yield of an ``if`` or one
more collected list (a tape) of a loop.  Nothing is saved that no rule asks for.
"""

from __future__ import annotations

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Stmt, Value
from symdiff.ir.types import INT, is_memory, is_number, list_of
from symdiff.ir.walk import substitute
from symdiff.ops.array_index import is_basic
from symdiff.ops.array_sizes import LoopSizes
from symdiff.records import dataclass, field
from symdiff.source import Origin

NO_RECOMPUTE = 0.0
CHEAP = 40.0  # ns: about what one append to a tape and one read of it cost
FREE = 3.0  # ns: what it costs an ``if`` to hand out one more value
TAPE_ENTRY = 13.0  # ns: one more value in the tuple that an iteration tapes, and its unpacking
WHOLE_ITERATION = 5000.0  # ns: recompute whatever can be had without a tape


@dataclass(slots=True)
class Context:
    """A forward block, the reverse block that runs against it, and the cotangents known there."""

    forward: Block
    reverse: Block
    parent: Context | None = None
    position: Value | None = None  # the reverse loop's own index
    counts_index: bool = False  # ... which is the forward index itself, not the place on the tape
    reads_tape: bool = False
    cot: dict[Value, Value | None] = field(default_factory=dict)
    memo: dict[Value, Value] = field(default_factory=dict)

    @property
    def stmt(self) -> Stmt:
        owner = self.forward.owner
        assert owner is not None
        return owner

    def without_tape(self) -> bool:
        """Whether only ``if`` statements, no loop, stand between the forward block and here."""
        if self.parent is None:
            return True
        return self.stmt.op.name == "if" and self.parent.without_tape()


class Residuals:
    """Answers for values; ``budget`` is how many nanoseconds a recomputation may take."""

    def __init__(self, builder: Builder, budget: float) -> None:
        self.b = builder
        self.budget = budget
        self.taped: dict[int, tuple[Context, dict[Value, Value]]] = {}  # per reverse loop: reads
        self.sizes = LoopSizes(builder)
        self.has_choice = False  # whether a larger budget would recompute what was handed out

    def value(self, v: Value, ctx: Context) -> Value:
        """The forward value ``v``, usable in ``ctx.reverse`` and in blocks under it."""
        if ctx.reverse.sees(v) or v.is_const():
            return v
        while ctx.forward is not v.block:
            assert ctx.parent is not None, "a residual of a block that is not being reversed"
            ctx = ctx.parent
        found = ctx.memo.get(v)
        if found is None:
            with self.b.into(ctx.reverse), self.b.origin(_tape_origin(v, ctx)):
                found = self._fetch(v, ctx)
            ctx.memo[v] = found
        return found

    def size(self, v: Value, axis: int, ctx: Context) -> Value:
        """The size of an array along an axis: of a visible one, or an int that is kept for it."""
        b = self.b
        v = self.sizes.source(v, axis)
        if ctx.reverse.sees(v):
            return self.sizes.settled(b.op("shape_of", v, axis=axis))
        with b.into(Block(v.block)), b.origin(_tape_origin(v, ctx)):
            found = self.sizes.settled(b.op("shape_of", v, axis=axis))
        again = self._of_visible(found, ctx)
        if again is not None:
            return again
        with b.into(Block(v.block)), b.origin(_tape_origin(v, ctx)):
            early = self.early(found, v.block)
        return self.value(early, ctx)

    def _of_visible(self, size: Value, ctx: Context) -> Value | None:
        """A size made anew in reverse code, where all that it is computed from is visible."""
        stmt = size.stmt
        if ctx.reverse.sees(size) or size.is_const():
            return size
        if stmt is None or stmt.op.region or stmt.op.effect or not stmt.op.total:
            return None
        if stmt.op.name == "shape_of":
            args: list[Value | None] = [a if ctx.reverse.sees(a) else None for a in stmt.args]
        else:
            args = [self._of_visible(a, ctx) for a in stmt.args]
        if None in args:
            return None
        with self.b.into(ctx.reverse), self.b.origin(stmt.origin.with_role("tape")):
            return self.b.op(stmt.op.name, *[a for a in args if a is not None], **stmt.attrs)

    def early(self, v: Value, block: Block) -> Value:
        """``v`` made in a finished forward block: reverse code, which comes later, may have
        computed an equal one first.
        """
        stmt = v.stmt
        if stmt is None or stmt.block is block or stmt.op.name in ("const", "undef"):
            return v
        inner = block
        while inner.parent is not None and inner.parent is not stmt.block:
            inner = inner.parent
        if inner.parent is not None and inner.owner is not None:
            order = stmt.block.stmts
            if order.index(stmt) < order.index(inner.owner):
                return v
        args = [self.early(a, block) for a in stmt.args]
        return self.b.before(None, block, stmt.op.name, *args, **stmt.attrs)

    def _fetch(self, v: Value, ctx: Context) -> Value:
        if v.stmt is None and v.index == 0 and ctx.stmt.op.name == "for":
            return self._index(ctx)
        assert ctx.parent is not None
        budget = FREE if ctx.without_tape() else self.budget
        if self._price(v, ctx, budget) is not None:
            return self._recompute(v, ctx)
        if budget == self.budget < WHOLE_ITERATION and not self.has_choice:
            self.has_choice = self._price(v, ctx, WHOLE_ITERATION) is not None
        if ctx.stmt.op.name == "if":
            return self.value(self._yielded(v, ctx), ctx.parent)
        tape = self.value(self._collected(v, ctx), ctx.parent)
        read = self.b.op("getitem", tape, self.place(ctx), hint=v.hint)
        self.taped.setdefault(id(ctx), (ctx, {}))[1][v] = read
        return read

    # -- indices -----------------------------------------------------------------------------------

    def place(self, ctx: Context) -> Value:
        """Which iteration this is, counted from 0: the position on a tape."""
        assert ctx.position is not None
        ctx.reads_tape = True
        if ctx.counts_index:
            return self.b.sub(ctx.position, self._bound(ctx, 0))
        return ctx.position

    def _index(self, ctx: Context) -> Value:
        assert ctx.position is not None
        start, step = self._bound(ctx, 0), self._bound(ctx, 2)
        if step.is_const(1):
            if not ctx.reads_tape:
                ctx.counts_index = True
            if ctx.counts_index:
                ctx.position.hint = ctx.forward.params[0].hint
                return ctx.position
        if start.is_const(0) and step.is_const(1):
            ctx.position.hint = ctx.forward.params[0].hint
        offset = self.b.mul(ctx.position, step)
        return self.b.add(start, offset) if not start.is_const(0) else offset

    def _bound(self, ctx: Context, which: int) -> Value:
        assert ctx.parent is not None
        return self.value(ctx.stmt.args[which], ctx.parent)

    # -- recomputation -----------------------------------------------------------------------------

    def _price(self, v: Value, ctx: Context, budget: float) -> float | None:
        """What recomputing ``v`` costs in nanoseconds, or None where it is dearer than the
        budget.
        """
        if ctx.reverse.sees(v) or v.is_const():
            return 0.0
        owner: Context | None = ctx
        while owner is not None and owner.forward is not v.block:
            owner = owner.parent
        if owner is None or v in owner.memo:
            return 0.0
        stmt = v.stmt
        if stmt is None:
            is_index = v.index == 0 and owner.stmt.op.name == "for"
            return 2.0 if is_index else None
        if stmt.op.region or stmt.op.effect or stmt.op.fresh or "inplace" in stmt.op.tags:
            return None
        left = budget - rerun_cost(stmt)
        for arg in stmt.args:
            if left < 0:
                return None
            price = self._price(arg, owner, left)
            if price is None:
                return None
            left -= price
        return budget - left if left >= 0 else None

    def _recompute(self, v: Value, ctx: Context) -> Value:
        stmt = v.stmt
        assert stmt is not None
        args = [self.value(a, ctx) for a in stmt.args]
        strict, self.b.relaxed = self.b.relaxed, False
        result = self.b.op(stmt.op.name, *args, hint=v.hint, **stmt.attrs)
        self.b.relaxed = strict
        return result

    # -- afterwards --------------------------------------------------------------------------------

    def trim(self) -> None:
        """Recompute what is one cheap operation away from other values on the same tape.

        Requests come one by one, so that ``c*x`` may have been taped before ``x`` was.
        """
        for ctx, reads in self.taped.values():
            _trim(ctx, reads)
        self.taped.clear()

    # -- handing out -------------------------------------------------------------------------------

    def _collected(self, v: Value, ctx: Context) -> Value:
        """The list of ``v`` over the iterations of its loop, made by the forward loop."""
        stmt = ctx.stmt
        body = stmt.blocks[-1]
        carries, collects = stmt.attrs["carries"], stmt.attrs["collects"]
        first = carries + (1 if stmt.attrs["exits"] else 0)
        for k in range(collects):
            if body.yields[first + k] is v:
                found: Value = stmt.results[carries + k]
                return found
        tape = Value(list_of(v.type), _tape_name(v.hint), stmt.block, stmt)
        at = carries + collects
        stmt.results = (*stmt.results[:at], tape, *stmt.results[at:])
        _number(stmt)
        body.yields.append(v)
        stmt.attrs["collects"] = collects + 1  # type: ignore[index]
        return tape

    def _yielded(self, v: Value, ctx: Context) -> Value:
        """``v`` as a result of the ``if`` whose branch computes it; the other branch leaves it
        unbound.
        """
        stmt = ctx.stmt
        mine = 0 if stmt.blocks[0] is ctx.forward else 1
        here, there = stmt.blocks[mine], stmt.blocks[1 - mine]
        for k, result in enumerate(stmt.results):
            if here.yields[k] is v:
                return result
            if (
                here.yields[k].op == "undef"
                and result.type == v.type
                and there.yields[k].op != "undef"
            ):
                here.yields[k] = v
                return result
        there.yields.append(self.b.undef(v.type))
        here.yields.append(v)
        result = Value(v.type, v.hint, stmt.block, stmt)
        stmt.results = (*stmt.results, result)
        _number(stmt)
        return result


def rerun_cost(stmt: Stmt) -> float:
    """What running a statement again costs, in nanoseconds: on arrays much, but a view little."""
    if not any(is_memory(v.type) for v in (*stmt.args, *stmt.results)):
        return stmt.op.cost + (60 if stmt.on_arrays else 0)
    if "view" in stmt.op.tags or stmt.op.name == "shape_of" or _reads_argument(stmt):
        return 10.0
    return 500.0 + stmt.op.cost


def _reads_argument(stmt: Stmt) -> bool:
    """Whether it is a part of an array that was given: nothing of the graph writes to that."""
    if stmt.op.name != "index" or not is_basic(stmt.attrs["spec"]):
        return False
    array = stmt.args[0]
    return array.stmt is None and array.block.owner is None


def _trim(ctx: Context, reads: dict[Value, Value]) -> None:
    """Turn reads of one reverse loop's tapes into recomputations where that is cheaper."""
    order = {stmt: k for k, stmt in enumerate(ctx.forward.stmts)}
    values = sorted(reads, key=lambda v: order[v.stmt] if v.stmt is not None else -1)
    block = ctx.reverse
    moved = {reads[v].stmt for v in values}
    rest = [s for s in block.stmts if s not in moved]
    at = 0
    for k, stmt in enumerate(rest):
        if any(stmt.results and stmt.results[0] in reads[v].stmt.args for v in values):  # type: ignore[union-attr]
            at = k + 1  # the position on the tape is computed here
    front: list[Stmt] = []
    same: dict[Value, Value] = {}
    for v in values:
        read = reads[v].stmt
        assert read is not None
        args = _nearby(v, ctx, reads)
        if args is not None and v.stmt is not None:
            read.op, read.attrs, read.args = v.stmt.op, v.stmt.attrs, args
            twin = _twin(read, rest)
            if twin is not None:
                rest.remove(twin)
                same[twin.results[0]] = read.results[0]
        front.append(read)
    block.stmts = [*rest[:at], *front, *rest[at:]]
    if same:
        substitute(block.stmts, same)
        block.yields = [same.get(v, v) for v in block.yields]


def _twin(stmt: Stmt, others: list[Stmt]) -> Stmt | None:
    for other in others:
        if other.op is stmt.op and other.args == stmt.args and other.attrs == stmt.attrs:
            return other
    return None


def _nearby(v: Value, ctx: Context, reads: dict[Value, Value]) -> tuple[Value, ...] | None:
    """The operands of ``v`` in the reverse loop, if all are at hand and the operation is cheap."""
    stmt = v.stmt
    if stmt is None or stmt.op.region or stmt.op.effect or rerun_cost(stmt) > TAPE_ENTRY:
        return None
    if stmt.op.fresh or "inplace" in stmt.op.tags or not is_number(v.type):
        return None
    args = []
    for arg in stmt.args:
        if arg.is_const() or ctx.reverse.sees(arg):
            args.append(arg)
        elif arg in reads:
            args.append(reads[arg])
        else:
            return None
    return tuple(args)


def _number(stmt: Stmt) -> None:
    for k, result in enumerate(stmt.results):
        result.index = k


def _tape_name(hint: str) -> str:
    """``x_tape`` for values of ``x``, ``x_tapes`` for a list of such tapes."""
    if hint.endswith(("tape", "tapes")):
        return hint.removesuffix("s") + "s"
    return f"{hint}_tape" if hint else "tape"


def _tape_origin(v: Value, ctx: Context) -> Origin:
    origin = v.stmt.origin if v.stmt is not None else ctx.stmt.origin
    return origin.with_role("tape")


def trip_count(b: Builder, residuals: Residuals, stmt: Stmt, ctx: Context) -> Value:
    """How often the forward loop ran, in the reverse code that surrounds its reversal."""
    if stmt.op.name == "for" and not stmt.attrs["exits"] and stmt.args[2].is_const(1):
        return b.sub(residuals.value(stmt.args[1], ctx), residuals.value(stmt.args[0], ctx))
    trip = residuals.value(stmt.results[-2], ctx)
    assert trip.type == INT
    return trip
