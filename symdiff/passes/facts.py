"""Conditions that are decided by what is known where they stand: valid IR in, valid IR out.

Rules of calculus guard the points where a formula fails (``0.5*g/out if out != 0.0 else ...``);
often the program has settled the question before: ``out`` is ``sqrt(1 + y*y)``, it was divided by
a line above, or the branch is the one where it is positive.  One walk in program order keeps, for
each block, the bounds (``ops.bounds``) of what is visible there:

* a value's bounds come from its row and its operands;
* behind a statement that raises outside of its domain (``raises`` of its row), the domain holds;
* in a branch its condition holds, or fails.

A false comparison says nothing of a NaN, so only what a NaN decides the same way is decided.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT, is_number
from symdiff.ir.walk import Cloner, operations, rebuild
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.ops.bounds import TOP, Bounds, Number, Rule, exactly
from symdiff.ops.formula import COMPARE, parse

_NEGATED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def decide(graph: Graph) -> Graph:
    """The graph with the conditions that are known made constant (dead-code removal then takes
    the branch)."""
    if {"if", "safe_div"}.isdisjoint(op.name for op in operations(graph)):
        return graph
    facts = _Facts(graph)
    decided = facts.decided
    if not decided and not facts.divisible:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value]:
        if stmt in facts.divisible:
            return (cloner.builder.op("div", *cloner.all(stmt.args), hint=stmt.result.hint),)
        truth = decided[stmt]
        b = cloner.builder
        blocks = [cloner.block(child) for child in stmt.blocks]
        types, hints = [r.type for r in stmt.results], [r.hint for r in stmt.results]
        return b.region("if", (b.const(truth),), stmt.attrs, blocks, types, hints).results

    return rebuild(graph, rewrite, only={*decided, *facts.divisible})


class _Facts:
    """The walk; ``decided`` maps statements ``if`` to the branch that is always taken, and
    ``divisible`` are guarded quotients of a number by elements of which none is zero.
    """

    def __init__(self, graph: Graph) -> None:
        self.decided: dict[Stmt, bool] = {}
        self.divisible: set[Stmt] = set()
        self.known: dict[Value, Bounds] = {}
        self.true: dict[Value, bool] = {}  # conditions whose outcome the surroundings settle
        self._block(graph.body)

    # -- bounds ------------------------------------------------------------------------------------

    def bounds(self, v: Value) -> Bounds:
        found = self.known.get(v)
        if found is not None:
            return found
        if v.op == "const" and is_number(v.type):
            return exactly(v.constant)
        return TOP

    def _narrow(self, v: Value, more: Bounds) -> None:
        """Something else became known of a value, and with it of what it is made from."""
        work = [(v, more)]
        while work:
            v, more = work.pop()
            old = self.bounds(v)
            now = old.meet(more)
            if now == old or v.is_const() or not is_number(v.type):
                continue
            self.known[v] = now
            if v.stmt is not None:
                work.extend(_causes(v.stmt, now))

    # -- the walk ----------------------------------------------------------------------------------

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """What is found out inside a block holds there."""
        known, true = self.known, self.true
        self.known, self.true = dict(known), dict(true)
        try:
            yield
        finally:
            self.known, self.true = known, true

    def _block(self, block: Block) -> None:
        for stmt in block.stmts:
            if stmt.op.name == "if":
                self._if(stmt)
            elif stmt.op.name in ("for", "while"):
                self._loop(stmt)
            elif stmt.op.region:
                for child in stmt.blocks:
                    with self._inside():
                        self._block(child)
            elif stmt.op.name == "safe_div":
                self._guarded(stmt)
            elif stmt.op.bounds is None and not stmt.op.raises:
                continue
            elif _on_numbers(stmt):
                self._plain(stmt)
            elif stmt.on_arrays and dtype_of(stmt.result.type) == "f64":
                self._bound(stmt)  # of all elements

    def _guarded(self, stmt: Stmt) -> None:
        """A guard for zeros of a cotangent that is one number is one for zeros of all of it."""
        g, y = stmt.args
        if not dims_of(g.type) and dtype_of(y.type) == "f64" and self.bounds(y).excludes_zero:
            self.divisible.add(stmt)

    def _plain(self, stmt: Stmt) -> None:
        self._bound(stmt)
        for condition, *_ in stmt.op.raises:
            self._passed(parse(condition), stmt)

    def _bound(self, stmt: Stmt) -> None:
        rule = stmt.op.bounds
        if rule is not None:
            found = self._of_operands(rule, stmt.args)
            if stmt.op.name == "mul" and stmt.args[0] is stmt.args[1]:
                found = found.meet(Bounds(low=0))
            if found != TOP:
                self.known[stmt.results[0]] = found

    def _of_operands(self, rule: Rule, args: Sequence[Value]) -> Bounds:
        known = self.known
        for v in args:
            if v in known or v.op == "const":
                return rule(*map(self.bounds, args))
        return _unknown(rule, len(args))

    def _passed(self, condition: ast.expr, stmt: Stmt) -> None:
        """A condition under which the statement would have raised did not hold."""
        match condition:
            case ast.BoolOp(ast.Or(), parts):
                for part in parts:
                    self._passed(part, stmt)
            case ast.Compare(ast.Call(ast.Name("abs"), [ast.Name(name)]), [op], [bound]):
                high = _number(bound)
                inner = high if isinstance(op, ast.Gt) else math.nextafter(high, 0.0)
                self._narrow(_operand(stmt, name), Bounds(-inner, inner))
            case ast.Compare(ast.Name(name), [op], [ast.Constant() | ast.UnaryOp() as bound]):
                operand = _operand(stmt, name)
                relation = _NEGATED[COMPARE[type(op)]]
                self._narrow(operand, _beside(relation, exactly(_number(bound)), operand))

    def _if(self, stmt: Stmt) -> None:
        truth = self._truth(stmt.args[0])
        if truth is not None:
            self.decided[stmt] = truth
        ends = []
        for child, side in zip(stmt.blocks, (True, False), strict=True):
            with self._inside():
                self._assume(stmt.args[0], side)
                self._block(child)
                ends.append([self.bounds(v) for v in child.yields])
        ends = ends if truth is None else [ends[0 if truth else 1]] * 2
        for result, yes, no in zip(stmt.results, *ends, strict=True):
            if is_number(result.type):
                self.known[result] = yes.join(no)

    def _loop(self, stmt: Stmt) -> None:
        body = stmt.blocks[-1]
        with self._inside():
            if stmt.op.name == "for":
                start, stop, step = map(self.bounds, stmt.args[:3])
                if step.low > 0:
                    self.known[body.params[0]] = Bounds(start.low, stop.high - 1, ordered=True)
            else:
                cond = stmt.blocks[0]
                self._block(cond)
                self._assume(cond.yields[0], True)
                for old, new in zip(cond.params, body.params, strict=True):
                    self.known[new] = self.bounds(old)
            self._block(body)

    # -- conditions --------------------------------------------------------------------------------

    def _assume(self, cond: Value, truth: bool) -> None:
        """The condition holds, or fails."""
        if cond.stmt is None or cond.is_const():
            return
        self.true[cond] = truth
        name, args = cond.stmt.op.name, cond.stmt.args
        if name == "not":
            self._assume(args[0], not truth)
        elif name == "if":
            self._assume_both(cond, truth)
        elif name in _NEGATED and all(is_number(a.type) for a in args):
            self._assume_relation(name if truth else _NEGATED[name], args[0], args[1], truth)
            self._assume_relation(
                _MIRRORED[name if truth else _NEGATED[name]], args[1], args[0], truth
            )

    def _assume_relation(self, relation: str, v: Value, other: Value, held: bool) -> None:
        """``v relation other``; if the opposite *failed* only, v or other may be NaN."""
        beside = self.bounds(other)
        sure = held and relation != "ne"
        if not sure and not beside.ordered:
            return
        found = _beside(relation, beside, v)
        self._narrow(v, Bounds(found.low, found.high, found.nonzero, sure))

    def _assume_both(self, cond: Value, truth: bool) -> None:
        """``a and b`` that held, or ``a or b`` that failed: both did."""
        assert cond.stmt is not None
        yes, no = (block.yields[cond.index] for block in cond.stmt.blocks)
        if truth and no.is_const(False):
            self._assume(cond.stmt.args[0], True)
            self._assume(yes, True)
        elif not truth and yes.is_const(True):
            self._assume(cond.stmt.args[0], False)
            self._assume(no, False)

    def _truth(self, cond: Value) -> bool | None:
        """The condition's outcome, if it is known here."""
        found = self.true.get(cond)
        if found is not None or cond.stmt is None:
            return found
        name, args = cond.stmt.op.name, cond.stmt.args
        if name == "not":
            inner = self._truth(args[0])
            return None if inner is None else not inner
        if name not in _NEGATED or not all(is_number(a.type) for a in args):
            return None
        x, y = map(self.bounds, args)
        if name in ("eq", "ne"):
            return name == "ne" if _apart(x, y) else None
        if _impossible(name, x, y):
            return False
        if x.ordered and y.ordered and _impossible(_NEGATED[name], x, y):
            return True
        return None


@cache
def _unknown(rule: Rule, count: int) -> Bounds:
    """The bounds of a result of whose operands nothing is known."""
    return rule(*[TOP] * count)


def _on_numbers(stmt: Stmt) -> bool:
    for x in (*stmt.args, *stmt.results):
        if x.type is not FLOAT and not is_number(x.type):
            return False
    return True


def _causes(stmt: Stmt, out: Bounds) -> list[tuple[Value, Bounds]]:
    """What the bounds of a result say of its operands."""
    match stmt.op.name:
        case "mul" if out.excludes_zero:
            # 0*inf is NaN and not 0 either, but then the primal was NaN before any guard
            return [(arg, Bounds(nonzero=True)) for arg in stmt.args]
        case "sqrt" if out.excludes_zero:
            return [(stmt.args[0], Bounds(low=0.0, nonzero=True))]
        case "neg":
            return [(stmt.args[0], Bounds(-out.high, -out.low, out.nonzero, out.ordered))]
    return []


def _apart(x: Bounds, y: Bounds) -> bool:
    """Whether no numbers within the bounds are equal."""
    zero = (x.excludes_zero and y.low == y.high == 0) or (y.excludes_zero and x.low == x.high == 0)
    return x.low > y.high or x.high < y.low or zero


def _impossible(name: str, x: Bounds, y: Bounds) -> bool:
    """Whether no numbers within the bounds are so ordered."""
    if name in ("gt", "ge"):
        return _impossible(_MIRRORED[name], y, x)
    return x.low >= y.high if name == "lt" else x.low > y.high


def _beside(relation: str, other: Bounds, v: Value) -> Bounds:
    """What ``v relation other`` says of ``v``."""
    match relation:
        case "lt":
            return Bounds(high=_next(other.high, -math.inf, v))
        case "le":
            return Bounds(high=other.high)
        case "gt":
            return Bounds(low=_next(other.low, math.inf, v))
        case "ge":
            return Bounds(low=other.low)
        case "eq":
            return Bounds(other.low, other.high, other.nonzero)
    return Bounds(nonzero=other.low == other.high == 0)


def _next(bound: Number, towards: float, v: Value) -> Number:
    """The next number of the value's type beyond an open bound."""
    if v.type.name == "float":
        return math.nextafter(bound, towards)
    return bound


def _number(node: ast.expr) -> float:
    return float(ast.literal_eval(node))


def _operand(stmt: Stmt, name: str) -> Value:
    return stmt.args[stmt.op.params.index(name)]
