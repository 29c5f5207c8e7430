"""Reverse mode: a graph to a graph that also computes cotangents.

The forward statements stay where they are; the adjoint of each follows in reverse order.  A
statement with blocks gets a reverse statement with a reverse block per forward block:
contributions to values from outside become carries of the reverse loop, or yields of the reverse
``if``. The reverse of a ``while`` is a ``for`` over its trip count.  Rules ask for forward values
through :mod:`residual`; what none asks for is never saved.  A cotangent that is zero is
represented by None and never built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from symdiff.autodiff import cotangent
from symdiff.autodiff.activity import active, loop_parts, transmitters
from symdiff.autodiff.forms import Forms, Pair, together
from symdiff.autodiff.residual import CHEAP, Context, Residuals, trip_count
from symdiff.errors import NoDerivative
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.types import (
    FLOAT,
    INT,
    ListType,
    TapeType,
    TupleType,
    Type,
    holds_list,
    is_array,
    is_differentiable,
    is_memory,
    is_number,
    tape_of,
    tuple_of,
)
from symdiff.ir.walk import blocks as all_blocks
from symdiff.ops.array_types import dims_of
from symdiff.ops.formula import bound_first, build, names_in, resolve, scaled
from symdiff.ops.guard import emit_guard
from symdiff.ops.list_rules import element_type
from symdiff.records import dataclass
from symdiff.source import Origin


class Rule:
    """What a structured rule sees: the builder, forward values, and where to put cotangents."""

    def __init__(self, reverse: Reverse, ctx: Context) -> None:
        self._reverse = reverse
        self._ctx = ctx
        self.b = reverse.b

    def value(self, v: Value) -> Value:
        return self._reverse.residuals.value(v, self._ctx)

    def before(self, stmt: Stmt, name: str, *args: Value, **attrs: Any) -> Value:
        """A forward value made for the rule's sake, in front of ``stmt``."""
        with self.b.origin(stmt.origin.with_role("tape")):
            return self.b.before(stmt, stmt.block, name, *args, **attrs)

    def wants(self, v: Value) -> bool:
        return v in self._reverse.active

    def size(self, v: Value, axis: int) -> Value:
        """The size of a forward array along an axis; the array itself is not kept for it."""
        return self._reverse.residuals.size(v, axis, self._ctx)

    def dense(self, g: Value, v: Value) -> Value:
        """The cotangent ``g`` of ``v`` in the shape of ``v``."""
        return self._reverse.dense(self._ctx, v, g)

    def undo(self, stmt: Stmt, k: int, term: Value) -> Value:
        """``term`` with the broadcasting of operand ``k`` undone."""
        return cotangent.undo(self.b, term, stmt, k, self.size)

    def undo_batch(self, v: Value, term: Value) -> Value:
        """``term`` summed over the leading axes that several matrices added to ``v``."""
        return cotangent.undo_batch(self.b, term, v, self.size)

    def total(self, g: Value, v: Value) -> Value:
        """The sum of all elements of the cotangent ``g`` of ``v``."""
        return cotangent.total(self.b, g, v, self.size)

    def add(self, v: Value, g: Value) -> None:
        self._reverse.add(self._ctx, v, g)

    def add_index(self, v: Value, g: Value, at: Sequence[Value], spec: tuple[str, ...]) -> None:
        """Add ``g`` to a part of the cotangent of the array ``v``."""
        self._reverse.add_index(self._ctx, v, g, at, spec)

    def undo_write(self, stmt: Stmt, part: Value, slot: Callable[[int], Value | None]) -> Value:
        """The cotangent of what a write spread over a part of an array.

        ``slot`` makes the size of that part along an axis, where it is known.
        """
        v, settled = stmt.args[1], self._reverse.residuals.sizes.settled

        def fills(axis: int, along: int) -> bool:
            with self.b.into(Block(stmt.block)):  # asked where the write stands, and not kept
                place = slot(along)
                mine = settled(self.b.op("shape_of", v, axis=axis))
                return place is not None and mine is settled(place)

        return cotangent.undo_write(self.b, part, v, self.size, fills)

    def add_at(self, v: Value, path: Sequence[Value], g: Value) -> None:
        self._reverse.add_at(self._ctx, v, path, g)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a forward form: the value and the tape that it returns."""

    value: Value
    tape: Value
    pair: Pair


@dataclass(frozen=True, slots=True)
class Step:
    """The chain rule for operand ``k`` of an operation: its formula, and what that reads."""

    k: int
    formula: str
    origin: Origin
    names: dict[str, Value]
    lets: frozenset[str] = frozenset()


class Reverse:
    """The reversal of ``graph`` (forward statements already in it) with respect to ``sources``.

    ``run`` may be called several times with different seeds; forward values and tapes are shared.
    """

    def __init__(
        self,
        b: Builder,
        graph: Graph,
        sources: Sequence[Value],
        targets: Sequence[Value],
        forms: Forms,
        budget: float = CHEAP,
    ) -> None:
        self.b = b
        self.graph = graph
        self.sources = list(sources)
        self.active = active(graph, sources, targets)
        self.forms = forms
        self.calls: dict[Stmt, Call] = {}
        self.unpacked: set[Stmt] = set()  # statements that take the results of calls apart
        self.residuals = Residuals(b, budget)
        _settle(b, graph.body)
        self.stmts = list(graph.body.stmts)
        self.checks: dict[Stmt, list[Stmt]] = {}

    def run(self, seeds: Sequence[tuple[Value, Value]]) -> list[Value]:
        """Cotangents of the sources for the given (output, cotangent) pairs, built at the current
        block.
        """
        ctx = Context(self.graph.body, self.b.block)
        for output, seed in seeds:
            self.add(ctx, output, seed)
        self._statements(self.stmts, ctx)
        return [self._cotangent(ctx, v) for v in self.sources]

    # -- cotangents --------------------------------------------------------------------------------

    def add(self, ctx: Context, v: Value, g: Value) -> None:
        """Add ``g`` to the cotangent of ``v`` as known in ``ctx``."""
        if v not in self.active or g.op == "undef":
            return
        old = ctx.cot.get(v)
        if g.type is not v.type:
            g = cotangent.typed(self.b, g, v.type)
        new = g if old is None else accumulate(self.b, v.type, old, g)
        _name(new, v)
        ctx.cot[v] = new

    def add_at(self, ctx: Context, v: Value, path: Sequence[Value], g: Value) -> None:
        """Add ``g`` to one element of the cotangent of the list ``v``."""
        if v not in self.active:
            return
        old = self._cotangent(ctx, v)
        elem = element_type(old.type, tuple(i.type for i in path))
        if elem == FLOAT:  # a NumPy scalar where arrays are in between
            g = self.b.coerce(g, elem)
        new = self.b.op("add_at", old, g, *path)
        _name(new, v)
        ctx.cot[v] = new

    def add_index(
        self, ctx: Context, v: Value, g: Value, at: Sequence[Value], spec: tuple[str, ...]
    ) -> None:
        """Add ``g`` to a part of the cotangent of the array ``v``."""
        if v not in self.active:
            return
        new = self.b.op("add_index", self._cotangent(ctx, v), g, *at, spec=spec)
        _name(new, v)
        ctx.cot[v] = new

    def _cotangent(self, ctx: Context, v: Value) -> Value:
        """The cotangent of ``v``, a materialised zero where there is none."""
        found = ctx.cot.get(v)
        found = self._zero(v, ctx) if found is None else self.dense(ctx, v, found)
        _name(found, v)
        return found

    def dense(self, ctx: Context, v: Value, g: Value) -> Value:
        """A cotangent in the shape of its primal, where memory is needed."""
        if g.type == v.type or not is_array(v.type):
            if is_array(g.type) and v.type == FLOAT:
                return self.b.op("float", g)
            return g

        def size(x: Value, axis: int) -> Value:
            return self.residuals.size(x, axis, ctx)

        like = self._like(ctx, v) if cotangent.is_thin(g.type, v.type) else None
        return cotangent.dense(self.b, g, v, like, size)

    def _like(self, ctx: Context, v: Value) -> Value | None:
        """A visible array of the shape and dtype of ``v``."""
        if ctx.reverse.sees(v) and (v.stmt is None or v.stmt.op.region):
            return v
        sizes = [self.residuals.size(v, k, ctx) for k in range(len(dims_of(v.type)))]
        found = cotangent.like_of(v, sizes)
        return found if found is not None and ctx.reverse.sees(found) else None

    # -- statements --------------------------------------------------------------------------------

    def _statements(self, stmts: Sequence[Stmt], ctx: Context) -> None:
        for stmt in reversed(stmts):
            if stmt in self.unpacked:
                continue
            results = stmt.results if stmt not in self.calls else (self.calls[stmt].value,)
            for r in results:
                if ctx.cot.get(r) is not None:
                    with self.b.origin(stmt.origin.with_role("adjoint")):
                        self._statement(stmt, ctx)
                    break

    def _statement(self, stmt: Stmt, ctx: Context) -> None:
        if not stmt.op.region:
            (self._call if stmt.op.name == "call" else self._plain)(stmt, ctx)
        else:
            (self._if if stmt.op.name == "if" else self._loop)(stmt, ctx)

    def _plain(self, stmt: Stmt, ctx: Context) -> None:
        g = ctx.cot.pop(stmt.results[0])
        assert g is not None
        if stmt.op.vjp is not None:
            stmt.op.vjp(Rule(self, ctx), stmt, g)
            return
        if stmt.raises:
            self._check(stmt, g, ctx)
        steps = self._steps(stmt, ctx)
        read: dict[Value, Value] | None = None
        if is_array(stmt.results[0].type):
            read = {
                operand_named(stmt, s.k, name): v
                for s in steps
                for name, v in s.names.items()
                if name not in s.lets
            }
        b = self.b
        own = b.current
        terms: dict[Value, Value] = {}  # an operand that stands twice gets one contribution
        for step in steps:
            arg = stmt.args[step.k]
            b.current = step.origin
            term = scaled(b, step.formula, g, step.names)
            if read is not None:
                term = self._array_term(stmt, step, g, term, ctx, read)
            terms[arg] = b.add(terms[arg], term) if arg in terms else term
        b.current = own
        for arg, term in terms.items():
            self.add(ctx, arg, term)

    def _steps(self, stmt: Stmt, ctx: Context) -> list[Step]:
        """What the chain rule has to do for a statement; all that its formulas read is at hand."""
        formulas = stmt.op.partials_of(stmt)
        active, b = self.active, self.b
        own = b.current
        steps: list[Step] = []
        for k, arg in enumerate(stmt.args):
            if arg not in active:
                continue
            formula = formulas[k] if formulas else None
            if formula == "0":
                continue
            if formula is None:
                raise no_derivative(stmt, k)
            rule = rule_text(stmt, k, formula)
            b.current = own if not rule else stmt.origin.with_role("adjoint", rule)
            names: dict[str, Value] = {}
            lets: frozenset[str] = frozenset()
            if bound_first(formula) is not None:
                formula, names = self._with_let(stmt, k, formula, ctx)
                lets = frozenset(names)
            for name in names_in(formula):
                if name not in names:
                    names[name] = self.residuals.value(operand_named(stmt, k, name), ctx)
            steps.append(Step(k, formula, b.current, names, lets))
        b.current = own
        return steps

    def _array_term(
        self,
        stmt: Stmt,
        step: Step,
        g: Value,
        term: Value,
        ctx: Context,
        read: Mapping[Value, Value],
    ) -> Value:
        """A contribution of an elementwise operation: masked where the cotangent is, and summed to
        the operand's shape.

        ``0*inf`` is nan: where a branch was not taken the cotangent is 0, and stays it.
        """
        mask = masked(g) if step.names else None
        divided = term.op == "safe_div" or (
            term.op == "neg" and term.stmt is not None and term.stmt.args[0].op == "safe_div"
        )
        if mask is not None and not divided:
            cond, inner, taken = mask
            inner = scaled(self.b, step.formula, inner, step.names)
            zero = self.b.const(0.0)
            term = self.b.op("where", cond, *((inner, zero) if taken else (zero, inner)))

        def size(x: Value, axis: int) -> Value:
            return self.residuals.size(x, axis, ctx)

        return cotangent.undo(self.b, term, stmt, step.k, size, read)

    def _check(self, stmt: Stmt, g: Value, ctx: Context) -> None:
        """The domain check that reverse code carries, should the forward statement die."""
        if stmt.origin.role != "primal" or stmt in self.checks:
            return
        self.checks[stmt] = []
        # an adjoint that would raise by itself is not there for a cotangent of zero
        if "guarded" not in stmt.op.tags or g.is_const(0):
            self.checks[stmt] = emit_guard(self.b, stmt, lambda v: self.residuals.value(v, ctx))

    def _with_let(
        self, stmt: Stmt, k: int, formula: str, ctx: Context
    ) -> tuple[str, dict[str, Value]]:
        """In a loop over arrays: what a formula binds first is asked of the forward code, which has
        it for the value of the same gate, and need not be computed again. The rest, and the names.
        """
        let = bound_first(formula)
        if let is None or not is_memory(stmt.results[0].type) or ctx.without_tape():
            return formula, {}
        name, inner, body = let
        given = resolve(inner, lambda n: operand_named(stmt, k, n))
        with self.b.into(Block(stmt.block)), self.b.origin(stmt.origin.with_role("tape")):
            made = self.residuals.early(build(self.b, inner, given), stmt.block)
        if not made.hint and not made.is_const():
            made.hint = name
        return body, {name: self.residuals.value(made, ctx)}

    # -- calls -------------------------------------------------------------------------------------

    def _call(self, stmt: Stmt, ctx: Context) -> None:
        """The reverse form of the callee, on the tape that the forward form made."""
        made = self.calls.get(stmt) or self._taped(stmt)
        g = ctx.cot.pop(made.value)
        assert g is not None
        if g.type != made.value.type and is_number(made.value.type):
            g = self.b.op("float", g)  # NumPy's, from a product with one
        tape = self.residuals.value(made.tape, ctx)
        type_ = together([stmt.args[k].type for k in made.pair.wrt])
        found = self.b.op("call", tape, g, callee=made.pair.reverse, type=type_)
        for j, k in enumerate(made.pair.wrt):
            if stmt.args[k] in self.active:
                several = len(made.pair.wrt) > 1
                part = self.b.op("tuple_get", found, index=j) if several else found
                self.add(ctx, stmt.args[k], part)

    def _taped(self, stmt: Stmt) -> Call:
        """Call the forward form instead, which returns a tape beside the value."""
        value = stmt.result
        pair = self.forms.pair(
            stmt.attrs["callee"], [k for k, a in enumerate(stmt.args) if a in self.active]
        )
        type_ = tuple_of(value.type, tape_of(pair.forward))
        both = Value(type_, "", stmt.block, stmt)
        tape = Value(type_.elems[1], f"{value.hint}_tape" if value.hint else "tape", stmt.block)
        stmt.results = (both,)
        stmt.attrs = {"callee": pair.forward, "type": type_}
        at = stmt.block.stmts.index(stmt) + 1
        for k, part in enumerate((value, tape)):
            read = Stmt(OPS["tuple_get"], (both,), {"index": k}, (), stmt.origin, stmt.block)
            read.results = (part,)
            part.stmt, part.index = read, 0
            stmt.block.stmts.insert(at + k, read)
            self.unpacked.add(read)
        self.calls[stmt] = Call(value, tape, pair)
        return self.calls[stmt]

    # -- regions -----------------------------------------------------------------------------------

    def _outer(self, stmt: Stmt) -> list[Value]:
        """Active values from outside that the region's active statements read, in order."""
        inside = {id(b) for child in stmt.blocks for b in all_blocks(child)}
        found: dict[Value, None] = {}
        for child in stmt.blocks:
            for v in self._active_reads(child):
                if v in self.active and id(v.block) not in inside:
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
            elif any(r in self.active for r in stmt.results):
                yield from transmitters(stmt)
        yield from block.yields

    def _if(self, stmt: Stmt, ctx: Context) -> None:
        seeds = [ctx.cot.pop(r, None) for r in stmt.results]
        cond = self.residuals.value(stmt.args[0], ctx)
        outer = self._outer(stmt)
        branches: list[Context] = []
        for child in stmt.blocks:
            with self.b.into(self.b.new_block()) as block:
                branch = Context(child, block, ctx)
                branch.cot.update((w, ctx.cot.get(w)) for w in outer)
                for value, g in zip(child.yields, seeds, strict=False):
                    if g is not None:
                        self.add(branch, value, g)
                self._statements(list(child.stmts), branch)
            branches.append(branch)
        changed = [w for w in outer if any(c.cot.get(w) is not ctx.cot.get(w) for c in branches)]
        if not changed:
            return
        for branch in branches:
            with self.b.into(branch.reverse) as block:
                block.yields = [self._cotangent(branch, w) for w in changed]
        # made directly: recomputed from what is known here, the condition may be a constant
        region = self.b.region(
            "if",
            (cond,),
            {"style": "expr" if stmt.attrs.get("style") == "expr" else "stmt"},
            [branch.reverse for branch in branches],
            [v.type for v in branches[0].reverse.yields],
            [f"d{w.hint}" if w.hint else "" for w in changed],
        )
        ctx.cot.update(zip(changed, region.results, strict=True))

    def _loop(self, stmt: Stmt, ctx: Context) -> None:
        inits, params, carried, collected = loop_parts(stmt)
        count = len(inits)
        seeds = [ctx.cot.pop(r, None) for r in stmt.results]
        lists = seeds[count : count + len(collected)]
        moving = [
            j for j in range(count) if params[j] in self.active or stmt.results[j] in self.active
        ]
        outer = self._outer(stmt)
        start_c = [self._start(ctx, stmt.results[j], seeds[j]) for j in moving]
        start_w = [self._cotangent(ctx, w) for w in outer]
        body = self.b.new_block()
        inner = Context(stmt.blocks[-1], body, ctx)
        with self.b.into(body):
            inner.position = body.add_param(INT, "k")
            for j in moving:
                hint = carried[j].hint or params[j].hint
                body.add_param(params[j].type, f"d{hint}" if hint else "")
            for w in outer:
                inner.cot[w] = body.add_param(w.type, f"d{w.hint}" if w.hint else "")
            for j, g in zip(moving, body.params[1:], strict=False):
                self.add(inner, carried[j], g)
            for value, list_cot in zip(collected, lists, strict=True):
                if list_cot is not None and value in self.active:
                    self.add(inner, value, self.b.getitem(list_cot, self.residuals.place(inner)))
            self._statements(list(stmt.blocks[-1].stmts), inner)
            body.yields = [self._carried(inner, inits[j], params[j], carried[j]) for j in moving]
            body.yields += [self._cotangent(inner, w) for w in outer]
        loop = self.b.for_stmt(
            self._bounds(stmt, ctx, inner),
            [*start_c, *start_w],
            body,
            hints=[p.hint for p in body.params[1:]],
        )
        for w, result in zip(outer, loop.results[len(moving) :], strict=False):
            ctx.cot[w] = result
        for j, result in zip(moving, loop.results, strict=False):
            self.add(ctx, inits[j], result)

    def _carried(self, ctx: Context, init: Value, param: Value, again: Value) -> Value:
        """The cotangent that an iteration hands to the one before. A name that is bound in the loop
        only has no size when the loop begins: its zeros have that of what the iteration made.
        """
        if init.op != "undef" or not is_memory(param.type) or ctx.cot.get(param) is not None:
            return self._cotangent(ctx, param)
        found = self.b.coerce(self._zero(again, ctx), param.type)
        _name(found, param)
        return found

    def _start(self, ctx: Context, v: Value, g: Value | None) -> Value:
        return self._zero(v, ctx) if g is None else self.dense(ctx, v, g)

    def _zero(self, v: Value, ctx: Context) -> Value:
        if is_memory(v.type):
            return self.dense(ctx, v, self.b.const(0.0))
        if isinstance(v.type, ListType) and _holds_tape(v.type):
            raise NoDerivative(
                "a loop that calls a recursive function is reversed twice",
                "a cotangent of the tapes of its calls is not formed",
                "use hessian or hvp: forward mode over reverse mode",
                self.b.current.span,
            )
        return self.b.zero(v.type, self.residuals.value(v, ctx) if holds_list(v.type) else None)

    def _bounds(self, stmt: Stmt, ctx: Context, inner: Context) -> tuple[Value, Value, Value]:
        """The reverse loop counts down: over the forward indices themselves, or over tape
        positions.
        """
        b, one = self.b, self.b.const(1)
        if not inner.counts_index:
            trip = trip_count(b, self.residuals, stmt, ctx)
            return b.sub(trip, one), b.const(-1), b.const(-1)
        start = self.residuals.value(stmt.args[0], ctx)
        if stmt.attrs["exits"]:
            end = b.add(start, trip_count(b, self.residuals, stmt, ctx))
        else:
            end = self.residuals.value(stmt.args[1], ctx)
        return b.sub(end, one), b.sub(start, one), b.const(-1)


def _holds_tape(t: Type) -> bool:
    if isinstance(t, ListType):
        return _holds_tape(t.elem)
    return isinstance(t, TapeType) or any(map(_holds_tape, getattr(t, "elems", ())))


def _settle(b: Builder, body: Block) -> None:
    """Tapes of a first derivative that a path leaves unbound become empty: a zero in their form may
    be asked for on that path too.
    """
    for block in all_blocks(body):
        for k, v in enumerate(block.yields):
            if v.op == "undef" and isinstance(v.type, ListType):
                block.yields[k] = b.before(None, block, "make_list", elem=v.type.elem)


def accumulate(b: Builder, type_: Type, old: Value, new: Value) -> Value:
    """The sum of two cotangents of a type; what cannot be differentiated stays as it is."""
    if type_ == FLOAT:
        return b.add(old, new)
    if is_array(type_):
        return cotangent.added(b, type_, old, new)
    if isinstance(type_, TupleType):
        parts = [
            accumulate(b, t, b.op("tuple_get", old, index=k), b.op("tuple_get", new, index=k))
            for k, t in enumerate(type_.elems)
        ]
        return b.op("make_tuple", *parts)
    if isinstance(type_, TapeType):
        return _accumulate_tapes(b, type_, old, new)
    return b.op("add_lists", old, new) if isinstance(type_, ListType) else old


def _accumulate_tapes(b: Builder, type_: TapeType, old: Value, new: Value) -> Value:
    """The sum of two tapes of cotangents, entry by entry; unbound is zero."""
    if "undef" in (old.op, new.op):
        return new if old.op == "undef" else old
    parts = []
    for k, t in enumerate(b.graph.tapes[type_.of]):
        x, y = (b.op("tape_get", tape, index=k, type=t) for tape in (old, new))
        parts.append(accumulate(b, t, x, y))
    return b.op("pack_tape", *parts, of=type_.of)


def _name(adjoint: Value, primal: Value) -> None:
    """Call a new adjoint value ``dz`` after its primal ``z`` (shared forward values keep their
    names).
    """
    stmt = adjoint.stmt
    if not primal.hint or adjoint.hint or adjoint.is_const():
        return
    if stmt is not None and stmt.origin.role == "adjoint":
        adjoint.hint = f"d{primal.hint}"


def masked(g: Value) -> tuple[Value, Value, bool] | None:
    """(condition, value, whether it is the first) of a cotangent that a choice made zero."""
    if g.op != "where" or g.stmt is None:
        return None
    cond, x, y = g.stmt.args
    if y.is_const(0):
        return cond, x, True
    return (cond, y, False) if x.is_const(0) else None


def operand_named(stmt: Stmt, k: int, name: str) -> Value:
    """The value that ``name`` stands for in the formula of operand ``k``."""
    if name == "out":
        return stmt.results[0]
    return stmt.args[_position(stmt.op, k, name)]


@cache
def _position(op: OpSpec, k: int, name: str) -> int:
    if op.starred and k >= len(op.params) - 1 and name == op.params[-1][1:].rstrip("s"):
        return k
    return op.params.index(name)


_NAME = re.compile(r"[A-Za-z_]\w*(?!\w|\()")  # of a value, not of a function
_OBVIOUS = frozenset(("add", "sub", "mul", "neg", "pos", "float"))


def rule_text(stmt: Stmt, k: int, formula: str) -> str:
    """The chain-rule step in the user's names, for a comment: ``da/dz = exp(z)``.

    A gate is at least named; "" where the step is obvious, or is about values without names.
    """
    if stmt.op.name in _OBVIOUS:
        return ""
    spec, result = stmt.op, stmt.results[0].hint
    gate = spec.name if "gate" in spec.tags else ""
    if not result:
        return gate
    params = spec.params
    starred = k >= len(params) or params[k].startswith("*")
    name = params[-1][1:].rstrip("s") if starred else params[k]
    text = spec.words[min(k, len(spec.words) - 1)] if spec.words else formula
    hints = {p: a.hint for p, a in zip(params, stmt.args, strict=False)}
    hints["out"] = result
    hints[name] = stmt.args[k].hint
    if not all(hints.get(m, "?") for m in _NAME.findall(text)):
        return gate
    text = _NAME.sub(lambda m: hints.get(m.group(), m.group()), text)
    return f"d{result}/d{hints[name]} = {text}" if hints[name] else f"{result}' = {text}"


def no_derivative(stmt: Stmt, k: int) -> NoDerivative:
    return NoDerivative(
        f"{stmt.op.name} has no derivative with respect to operand {k + 1}",
        "its row in the table gives none",
        "keep the differentiated value out of it, or compute it by other functions",
        stmt.origin.span,
    )


def differentiable(values: Sequence[Value]) -> list[Value]:
    return [v for v in values if is_differentiable(v.type)]
