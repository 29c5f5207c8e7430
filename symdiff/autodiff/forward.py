"""Forward mode: every value beside its tangents, in the order of the program.

The same graph comes out with more statements: a loop carries tangents beside its carries, an
``if`` yields them, a tape collects them. Several directions go at once (a Hessian's columns),
each only where its own inputs reach, so what is structurally zero is never built.  It works on
any graph, the output of reverse mode included: that is second order, with no rule of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.autodiff import cotangent
from symdiff.autodiff.activity import loop_parts, transmits, varied
from symdiff.autodiff.chain import no_derivative, operand_named, rule_text
from symdiff.autodiff.forms import Forms
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT, TupleType, is_differentiable, tuple_of
from symdiff.ir.walk import Cloner
from symdiff.ops.array_types import dims_of
from symdiff.ops.attempt import is_try, protected
from symdiff.ops.formula import build, finite, resolve, scaled, weighs

# rows that only put elements elsewhere
MOVES = ("expand_dims", "squeeze", "transpose", "reshape", "broadcast_to", "index")
SAME_ELEMENTS = ("known", "scalar", "astype")


class Rule:
    """What a structured forward rule sees."""

    def __init__(self, forward: Forward, direction: int) -> None:
        self._forward = forward
        self._direction = direction
        self.b = forward.b

    def value(self, v: Value) -> Value:
        return self._forward.env[v]

    def before(self, stmt: Stmt, name: str, *args: Value, **attrs: Any) -> Value:
        """A value made for the rule's sake."""
        env = self._forward.env
        found = self.b.op(name, *env.all(args), **attrs)
        env.env[found] = found
        return found

    def size(self, v: Value, axis: int) -> Value:
        """The size of an array along an axis."""
        return self.b.op("shape_of", self._forward.env[v], axis=axis)

    def carries(self, v: Value) -> bool:
        """Whether values of this type have tangents at all (an index has none)."""
        return is_differentiable(v.type)

    def dense(self, v: Value, tangent: Value | None) -> Value:
        """The tangent in the shape of its value, or a materialised zero."""
        return self._forward.filled(v, tangent)


class Forward:
    """Clones ``graph`` through ``b`` with tangents for ``len(seeds)`` directions.

    ``seeds[d]`` maps graph inputs to their tangents in direction ``d``; inputs that are missing
    have none.
    """

    def __init__(
        self,
        b: Builder,
        graph: Graph,
        inputs: Sequence[Value],
        seeds: Sequence[dict[Value, Value]],
        forms: Forms,
    ) -> None:
        self.b = b
        self.forms = forms
        self.graph = graph
        self.env = Cloner(b)
        self.env.env.update(zip(graph.inputs, inputs, strict=True))
        self.directions = range(len(seeds))
        self.tangents: list[dict[Value, Value]] = [dict(s) for s in seeds]
        self.varied = [varied(graph, s) for s in seeds]
        # values whose tangent may be infinite, each with the condition under which it is not: where
        # such a tangent meets a partial of exactly zero its contribution is zero
        self.poles: list[dict[Value, Value]] = [{} for _ in seeds]
        self.holding: list[Value] = []

    def run(self) -> tuple[list[Value], list[list[Value | None]]]:
        """(outputs, per direction the tangents of the outputs; None is zero)."""
        for stmt in self.graph.body.stmts:
            self.stmt(stmt)
        outputs = self.graph.outputs
        return self.env.all(outputs), [[t.get(v) for v in outputs] for t in self.tangents]

    def zero(self, v: Value) -> Value:
        return self.b.zero(v.type, None if v.type == FLOAT else self.env[v])

    def dense(self, v: Value, direction: int) -> Value:
        return self.filled(v, self.tangents[direction].get(v))

    def filled(self, v: Value, tangent: Value | None) -> Value:
        """A tangent with the shape of its value; None is zero."""
        if tangent is None:
            return self.zero(v)
        if tangent.type == v.type:
            return tangent
        here = self.env[v]

        def size(x: Value, axis: int) -> Value:
            return self.b.op("shape_of", x, axis=axis)

        return cotangent.dense(self.b, tangent, here, here, size)

    # -- statements --------------------------------------------------------------------------------

    def stmt(self, stmt: Stmt) -> None:
        if stmt.op.name in ("const", "undef"):
            return
        b = self.b
        saved, b.current = b.current, stmt.origin
        if stmt.op.name == "call":
            self._call(stmt)
        elif not stmt.op.region:
            relaxed, b.relaxed = b.relaxed, stmt.origin.role != "primal"
            results = self.env.copy(stmt)
            b.relaxed = relaxed
            self.env.env.update(zip(stmt.results, results, strict=True))
            for d in self.directions:
                self._plain(stmt, d)
        elif stmt.op.name == "if":
            self._if(stmt)
        else:
            self._loop(stmt)
        b.current = saved

    def _plain(self, stmt: Stmt, d: int) -> None:
        mine = self.tangents[d]
        operands = [mine.get(a) if transmits(stmt, k) else None for k, a in enumerate(stmt.args)]
        if not any(t is not None for t in operands) and stmt.op.name != "pack_tape":
            return
        b = self.b
        relaxed, b.relaxed = b.relaxed, True
        tangent: Value | None = None
        if stmt.op.jvp is not None:
            with b.origin(stmt.origin.with_role("tangent")):
                tangent = stmt.op.jvp(Rule(self, d), stmt, operands)
        else:
            formulas = stmt.op.partials_of(stmt)
            for k, t in enumerate(operands):
                if t is not None:
                    term = self._term(stmt, k, formulas[k] if formulas else None, t, d)
                    tangent = term if tangent is None else b.add(tangent, term)
        poles = self.poles[d]
        for k, (a, t) in enumerate(zip(stmt.args, operands, strict=True)):
            if t is not None and a in poles and stmt.results:
                poles.setdefault(stmt.results[0], self._carried(stmt, k, poles[a]))
        b.relaxed = relaxed
        if tangent is not None:
            self._set(d, stmt.results[0], tangent)

    def _carried(self, stmt: Stmt, k: int, at: Value) -> Value:
        """A condition on the elements of operand ``k``, on those of the result."""
        dims, op = dims_of(at.type), stmt.op
        if not dims or (op.vjp is None and op.partials) or op.name in SAME_ELEMENTS:
            return at  # it broadcasts as the elements do
        if k == 0 and dims == dims_of(stmt.args[0].type):
            if op.name in ("sum", "mean"):
                return self.b.op("array_all", at, **stmt.attrs)
            if op.name in MOVES:
                return self.b.op(op.name, at, *self.env.all(stmt.args[1:]), **stmt.attrs)
        return self.b.op("array_all", at, axes=tuple(range(len(dims))), keepdims=False)

    def _term(self, stmt: Stmt, k: int, formula: str | None, tangent: Value, d: int) -> Value:
        if formula is None:
            raise no_derivative(stmt, k)
        b, poles = self.b, self.poles[d]
        origin = stmt.origin.with_role("tangent", rule_text(stmt, k, formula))
        with b.origin(origin):
            names = resolve(formula, lambda name: self.env[operand_named(stmt, k, name)])
            known = finite(b, formula, names)
            if known is not None and known not in self.holding:
                poles[stmt.results[0]] = known
            at = poles.get(stmt.args[k])
            if at is None or at in self.holding or not weighs(formula):
                return scaled(b, formula, tangent, names)
            weight = build(b, formula, names)
            if weight.is_const():
                return scaled(b, formula, tangent, names)
            yes, zero = b.const(True), b.const(0.0)
            counts = b.select(at, lambda: yes, lambda: b.op("ne", weight, zero))
            return b.select(counts, lambda: scaled(b, formula, tangent, names), lambda: zero)

    def _set(self, d: int, v: Value, tangent: Value) -> None:
        stmt = tangent.stmt
        named = v.hint and not tangent.hint and not tangent.is_const()
        if named and stmt is not None and stmt.origin.role == "tangent":
            tangent.hint = self._hint(v.hint, d)
        self.tangents[d][v] = cotangent.typed(self.b, tangent, v.type)

    def _hint(self, hint: str, d: int) -> str:
        suffix = f"_{d}" if len(self.directions) > 1 else ""
        return f"{hint}_dot{suffix}"

    # -- calls -------------------------------------------------------------------------------------

    def _call(self, stmt: Stmt) -> None:
        """One call of the tangent form per direction that reaches the callee."""
        b, args = self.b, self.env.all(stmt.args)
        bound = False
        for d in self.directions:
            if stmt.result not in self.varied[d]:
                continue
            moving = [k for k, a in enumerate(stmt.args) if a in self.tangents[d]]
            form = self.forms.tangent(stmt.attrs["callee"], moving)
            dots = [self.dense(stmt.args[k], d) for k in form.wrt]
            types = getattr(stmt.result.type, "elems", (stmt.result.type,))
            both = b.op("call", *args, *dots, callee=form.name, type=tuple_of(*types, *types))
            parts = [b.op("tuple_get", both, index=k) for k in range(2 * len(types))]
            value, dot = self._gathered(stmt, parts[: len(types)], parts[len(types) :])
            if not bound:
                self.env.env[stmt.result] = value
                self.env.changed.add(stmt.result)  # a tuple known by its elements
                value.hint = stmt.result.hint
                bound = True
            self._set(d, stmt.result, dot)
        if not bound:
            self.env.env.update(zip(stmt.results, self.env.copy(stmt), strict=True))

    def _gathered(
        self, stmt: Stmt, values: Sequence[Value], dots: Sequence[Value]
    ) -> tuple[Value, Value]:
        """The value and its tangent from their elements."""
        if not isinstance(stmt.result.type, TupleType):
            return values[0], dots[0]
        return self.b.op("make_tuple", *values), self.b.op("make_tuple", *dots)

    # -- regions -----------------------------------------------------------------------------------

    def _pairs(self, values: Sequence[Value], marks: Sequence[Value]) -> list[tuple[int, Value]]:
        """(direction, value) for each value whose mark varies in that direction."""
        return [
            (d, v)
            for d in self.directions
            for v, m in zip(values, marks, strict=True)
            if m in self.varied[d]
        ]

    def _if(self, stmt: Stmt) -> None:
        b = self.b
        blocks: list[Block] = []
        for child in stmt.blocks:
            with b.into(b.new_block()) as block:
                done = self._protected(stmt) if is_try(stmt) and not blocks else 0
                if not blocks:
                    self.holding.append(self.env[stmt.args[0]])
                for inner in child.stmts[done:]:
                    self.stmt(inner)
                if not blocks:
                    self.holding.pop()
                extra = [self.dense(v, d) for d, v in self._pairs(child.yields, stmt.results)]
                block.yields = [*self.env.all(child.yields), *extra]
            blocks.append(block)
        results = b.region(
            "if",
            [self.env[stmt.args[0]]],
            stmt.attrs,
            blocks,
            [v.type for v in blocks[0].yields],
            [r.hint for r in stmt.results],
        ).results
        self._bind(stmt.results, stmt.results, results, len(stmt.results))
        for poles in self.poles:
            for k, result in enumerate(stmt.results):
                yes, no = (poles.get(child.yields[k]) for child in stmt.blocks)
                if yes is not None:  # a condition of the branch's own says nothing outside
                    known = b.block.sees(yes) and _everywhere(yes)
                    poles[result] = yes if known else b.const(False)
                elif no is not None:
                    poles[result] = self.env[stmt.args[0]]

    def _protected(self, stmt: Stmt) -> int:
        """What handlers watch, as it is, then its tangents; how many statements that were.

        A tangent that raises among the former would be taken for the function's own failure.
        Plain statements are shared between the two, regions run once more.
        """
        watched = protected(stmt)
        for inner in watched:
            self.env.stmt(inner)
        self.b.op("settled")
        for inner in watched:
            if inner.op.region:
                if not any(r in marks for r in inner.results for marks in self.varied):
                    continue
                if is_try(inner):
                    assert inner.args[0].stmt is not None
                    self.stmt(inner.args[0].stmt)
                self.stmt(inner)
            elif not inner.op.effect:
                self.stmt(inner)
        return len(watched) + 1

    def _bind(
        self, old: Sequence[Value], marks: Sequence[Value], new: Sequence[Value], skip: int
    ) -> None:
        self.env.env.update(zip(old, new, strict=False))
        for (d, v), tangent in zip(self._pairs(marks, marks), new[skip:], strict=False):
            tangent.hint = self._hint(v.hint, d) if v.hint else ""
            self.tangents[d][v] = tangent

    def _loop(self, stmt: Stmt) -> None:
        b = self.b
        inits, params, carried, collected = loop_parts(stmt)
        count = len(inits)
        moving = self._pairs(params, params)
        lists = stmt.results[count : count + len(collected)]
        starts = [self.dense(inits[params.index(p)], d) for d, p in moving]
        bounds = [self.env[a] for a in stmt.args[: len(stmt.args) - count]]
        blocks = []
        for child in stmt.blocks:
            with b.into(b.new_block()) as block:
                for param in child.params:
                    self.env.env[param] = block.add_param(param.type, param.hint)
                if child is stmt.blocks[-1]:
                    self._tangent_params(block, moving)
                    for inner in child.stmts:
                        self.stmt(inner)
                    block.yields = self._yields(stmt, moving, params, carried, collected, lists)
                else:
                    for _, p in moving:
                        block.add_param(p.type)
                    for inner in child.stmts:
                        self.stmt(inner)
                    block.yields = self.env.all(child.yields)
            blocks.append(block)
        extra = self._pairs(lists, lists)
        attrs = dict(stmt.attrs)
        attrs.update(carries=count + len(moving), collects=len(collected) + len(extra))
        old_lists, new_types = [r.type for r in lists], [v.type for _, v in extra]
        types = [p.type for p in params] + [p.type for _, p in moving] + old_lists + new_types
        args = [*bounds, *self.env.all(inits), *starts]
        new = b.region(
            stmt.op.name, args, attrs, blocks, [*types, *(r.type for r in stmt.results[-2:])]
        ).results
        self._bind_loop(stmt, new, moving, params, extra)

    def _tangent_params(self, block: Block, moving: Sequence[tuple[int, Value]]) -> None:
        for d, p in moving:
            self.tangents[d][p] = block.add_param(p.type, self._hint(p.hint, d) if p.hint else "")

    def _yields(
        self,
        stmt: Stmt,
        moving: Sequence[tuple[int, Value]],
        params: Sequence[Value],
        carried: Sequence[Value],
        collected: Sequence[Value],
        lists: Sequence[Value],
    ) -> list[Value]:
        body = stmt.blocks[-1]
        stop = self.env.all(body.yields[:1]) if stmt.attrs["exits"] else []
        where = list(params)
        moved = [self.dense(carried[where.index(p)], d) for d, p in moving]
        taped = [self.dense(v, d) for d, v in self._pairs(collected, lists)]
        return [*stop, *self.env.all(carried), *moved, *self.env.all(collected), *taped]

    def _bind_loop(
        self,
        stmt: Stmt,
        new: Sequence[Value],
        moving: Sequence[tuple[int, Value]],
        params: Sequence[Value],
        extra: Sequence[tuple[int, Value]],
    ) -> None:
        count, collects = stmt.attrs["carries"], stmt.attrs["collects"]
        env = self.env.env
        env.update(zip(stmt.results[:count], new, strict=False))
        at = count + len(moving)
        env.update(zip(stmt.results[count : count + collects], new[at:], strict=False))
        env.update(zip(stmt.results[-2:], new[-2:], strict=True))
        for old in stmt.results:
            env[old].hint = old.hint
        where = list(params)
        for (d, p), tangent in zip(moving, new[count:at], strict=True):
            result = stmt.results[where.index(p)]
            tangent.hint = self._hint(result.hint, d) if result.hint else ""
            self.tangents[d][result] = tangent
        for (d, v), tangent in zip(extra, new[at + collects :], strict=False):
            tangent.hint = self._hint(v.hint, d) if v.hint else ""
            self.tangents[d][v] = tangent


def _everywhere(v: Value) -> bool:
    """Whether a value is there on every path: one that a branch or a loop hands out may not be."""
    stmt = v.stmt
    if stmt is None or not stmt.op.region:
        return True
    if stmt.op.name == "if":
        return all(child.yields[v.index].op != "undef" for child in stmt.blocks)
    inits, _, carried, _ = loop_parts(stmt)
    return v.index >= len(inits) or "undef" not in (inits[v.index].op, carried[v.index].op)
