"""Reverse mode: a graph to a graph that also computes cotangents.

The forward statements stay where they are; the adjoint of each follows in reverse order.  A
statement with blocks gets a reverse statement with a reverse block per forward block:
contributions to values from outside become carries of the reverse loop, or yields of the reverse
``if``. The reverse of a ``while`` is a ``for`` over its trip count.  Rules ask for forward values
through :mod:`residual`; what none asks for is never saved.  A cotangent that is zero is
represented by None and never built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.autodiff import cotangent
from symdiff.autodiff.activity import active
from symdiff.autodiff.chain import (
    Step,
    masked,
    name_after,
    no_derivative,
    operand_named,
    rule_text,
)
from symdiff.autodiff.forms import Forms, Pair, together
from symdiff.autodiff.regions import Regions
from symdiff.autodiff.residual import CHEAP, Context, Residuals
from symdiff.autodiff.rule import Rule
from symdiff.errors import NoDerivative
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import (
    FLOAT,
    ListType,
    TapeType,
    Type,
    holds_list,
    is_array,
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


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a forward form: the value and the tape that it returns."""

    value: Value
    tape: Value
    pair: Pair


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
        self.regions = Regions(self)
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
        self.statements(self.stmts, ctx)
        return [self.cotangent_of(ctx, v) for v in self.sources]

    # -- cotangents --------------------------------------------------------------------------------

    def add(self, ctx: Context, v: Value, g: Value) -> None:
        """Add ``g`` to the cotangent of ``v`` as known in ``ctx``."""
        if v not in self.active or g.op == "undef":
            return
        old = ctx.cot.get(v)
        if g.type is not v.type:
            g = cotangent.typed(self.b, g, v.type)
        new = g if old is None else cotangent.accumulated(self.b, v.type, old, g)
        name_after(new, v)
        ctx.cot[v] = new

    def add_at(self, ctx: Context, v: Value, path: Sequence[Value], g: Value) -> None:
        """Add ``g`` to one element of the cotangent of the list ``v``."""
        if v not in self.active:
            return
        old = self.cotangent_of(ctx, v)
        elem = element_type(old.type, tuple(i.type for i in path))
        if elem == FLOAT:  # a NumPy scalar where arrays are in between
            g = self.b.coerce(g, elem)
        new = self.b.op("add_at", old, g, *path)
        name_after(new, v)
        ctx.cot[v] = new

    def add_index(
        self, ctx: Context, v: Value, g: Value, at: Sequence[Value], spec: tuple[str, ...]
    ) -> None:
        """Add ``g`` to a part of the cotangent of the array ``v``."""
        if v not in self.active:
            return
        new = self.b.op("add_index", self.cotangent_of(ctx, v), g, *at, spec=spec)
        name_after(new, v)
        ctx.cot[v] = new

    def cotangent_of(self, ctx: Context, v: Value) -> Value:
        """The cotangent of ``v``, a materialised zero where there is none."""
        found = ctx.cot.get(v)
        found = self.zero(v, ctx) if found is None else self.dense(ctx, v, found)
        name_after(found, v)
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

    def statements(self, stmts: Sequence[Stmt], ctx: Context) -> None:
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
            (self.regions.branch if stmt.op.name == "if" else self.regions.loop)(stmt, ctx)

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

    def zero(self, v: Value, ctx: Context) -> Value:
        """A cotangent of zeros in the form of ``v``."""
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
