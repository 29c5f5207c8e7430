"""Values to ``ast`` expressions: constants, names, and what was folded in."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

from symdiff.emit import templates as t
from symdiff.emit.folding import Plan
from symdiff.emit.forms import LoopForm
from symdiff.emit.naming import Names
from symdiff.errors import TargetError
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import FLOAT, ArrayType, ListType, TupleType, Type

NEGATED = {"lt": ast.GtE, "le": ast.Gt, "gt": ast.LtE, "ge": ast.Lt, "eq": ast.NotEq, "ne": ast.Eq}


def literal(value: Any) -> ast.expr:
    """A constant as source: floats exactly, infinities and nan by their names in ``math``."""
    if value.__class__ is float and 0.0 < value < math.inf:
        return ast.Constant(value)
    if isinstance(value, float) and not math.isfinite(value):
        node = ast.Attribute(t.name("math"), "nan" if math.isnan(value) else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), node) if value < 0 else node
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.copysign(1.0, value) < 0
    ):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if isinstance(value, (list, tuple)):
        items = [literal(v) for v in value]
        return (
            ast.List(items, ast.Load()) if isinstance(value, list) else ast.Tuple(items, ast.Load())
        )
    if isinstance(value, type):  # a key of a captured dict: left open, as a large array is
        return ast.Constant(...)
    if hasattr(value, "tolist"):
        return _array_literal(value)
    if isinstance(value, dict):
        return ast.Dict([literal(k) for k in value], [literal(v) for v in value.values()])
    return ast.Constant(value)


LARGE = 64  # elements of an array that is written out


def _array_literal(value: Any) -> ast.expr:
    """``np.array([...])``; a large array is left open, as text is no place for it."""
    if value.size > LARGE:
        return ast.Constant(...)
    words = []
    if value.dtype.kind != "f" or value.dtype.itemsize != 8:
        words = [ast.keyword("dtype", ast.Constant(value.dtype.name))]
    return ast.Call(ast.Attribute(t.name("np"), "array", ast.Load()), [literal(value.tolist())],
                    words)


def _is_count(value: Value) -> bool:
    """Whether an int is surely not negative."""
    stmt = value.stmt
    if stmt is None or stmt.op.name in ("len", "const"):
        return stmt is not None and (stmt.op.name == "len" or value.constant >= 0)
    return stmt.op.name in ("for", "while") and value is stmt.results[-2]


def unbound(type_: Type) -> ast.expr:
    """What stands for a value that nobody reads."""
    if isinstance(type_, ListType):
        return ast.List([], ast.Load())
    if isinstance(type_, ArrayType) and type_.dims:
        return ast.Constant(None)
    if isinstance(type_, TupleType):
        return ast.Tuple([unbound(e) for e in type_.elems], ast.Load())
    values: dict[str, float | int | bool | str] = {"float": 0.0, "int": 0, "bool": False, "str": ""}
    return ast.Constant(values.get(type_.name))


def negation(node: ast.expr) -> ast.expr:
    """``-node``; in a product or quotient the sign goes to the first factor, which is the same to
    the last bit.
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return ast.BinOp(negation(node.left), node.op, node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return ast.UnaryOp(ast.USub(), node)
    return ast.UnaryOp(ast.USub(), node)


CAUGHT = "error"  # the exception in flight, in the templates of messages


def caught_name(graph: Graph) -> str:
    """What the text calls the exception that a handler is for."""
    name = CAUGHT
    while any(p.name == name for p in graph.params):
        name += "_"
    return name


class Expressions:
    """Builds the expression of a value from the plan and the names."""

    def __init__(
        self, plan: Plan, names: Names, target: str, unpack: dict[Value, ast.expr]
    ) -> None:
        self.plan = plan
        self.names = names
        self.target = target
        self.unpack = unpack
        self.caught = caught_name(plan.graph)
        self.functions: dict[str, str] = {}  # what the callees are called
        self.special: dict[str, Callable[[Stmt, list[ast.expr]], ast.expr]] = {
            "getitem": self._getitem,
            "tuple_get": self._tuple_get,
            "make_list": self._make_list,
            "make_tuple": self._make_tuple,
            "make_dict": self._make_dict,
            "call": self._call,
            "pack_tape": self._make_tuple,
            "tape_get": self._tuple_get,
            "list_copy": self._list_copy,
            "zeros_like": self._zeros,
            "add_lists": self._add_lists,
            "widen": self._widen,
            "slice": self._slice,
            "text": self._text,
            "pow": self._pow,
            "caught": self._caught,
            "neg": self._neg,
            "not": self._not,
        }

    def __call__(self, value: Value) -> ast.expr:
        """The expression that stands for a value where it is used."""
        plan = self.plan
        if plan.elements:
            value = plan.resolve(value)
        if value.op == "const":
            assert value.stmt is not None
            spelling = value.stmt.attrs["spelling"]
            return t.copied(spelling) if spelling else literal(value.stmt.attrs["value"])
        if value.op == "undef":
            return unbound(value.type)
        if value in plan.inline:
            if value in self.unpack:
                return self.unpack[value]
            assert value.stmt is not None
            return self.of(value.stmt)
        if plan.is_derived(value):
            return self._trip(value)
        return t.name(self.names.names[value])

    def of(self, stmt: Stmt) -> ast.expr:
        """The expression that computes a statement's result."""
        if stmt.op.region:
            return (self._conditional if stmt.op.name == "if" else self._comprehension)(stmt)
        args = list(map(self, self.plan.args(stmt) if self.plan.elements else stmt.args))
        special = self.special.get(stmt.op.name)
        if special is not None:
            return special(stmt, args)
        return self._template(stmt, args)

    def _template(self, stmt: Stmt, args: Sequence[ast.expr]) -> ast.expr:
        spelled = self.plan.spelled if self.target == "math" else {}
        template = spelled.get(stmt) or t.text_of(stmt, self.target)
        if not template:
            raise TargetError(
                f"{stmt.op.name} cannot be written for the target {self.target!r}",
                "its row has no spelling for it",
                "choose another target",
                stmt.origin.span,
            )
        params = stmt.op.params
        given: dict[str, Any] = dict(zip(params, args, strict=False))
        if params and params[-1][0] == "*":
            given[params[-1]] = list(args[len(params) - 1 :])
            if stmt.op.spell is not None:
                given.update((f"_{k}", arg) for k, arg in enumerate(args))
        return t.maker(template)(given.get)  # type: ignore[no-any-return]

    # -- operations whose text depends on types or attributes ------------------------------------

    def _getitem(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return self.path(args[0], args[1:])

    @staticmethod
    def path(node: ast.expr, path: Sequence[ast.expr]) -> ast.expr:
        for at in path:
            node = t.index(node, at)
        return node

    def _tuple_get(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.index(args[0], ast.Constant(stmt.attrs["index"]))

    def _make_list(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return ast.List(args, ast.Load())

    def _make_tuple(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return ast.Tuple(args, ast.Load())

    def _call(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.call(self.functions[stmt.attrs["callee"]], *args)

    def _make_dict(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return ast.Dict([literal(k) for k in stmt.attrs["keys"]], list(args))

    def _list_copy(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.copy_of(stmt.args[0].type, args[0])

    def _zeros(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.zeros_of(stmt.args[0].type, args[0])

    def _add_lists(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.sum_of(stmt.result.type, args[0], args[1])

    def _widen(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.widened(stmt.args[0].type, stmt.result.type, args[0])

    def _slice(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return t.index(args[0], self.slice_of(args[1:], stmt.attrs["present"]))

    @staticmethod
    def slice_of(args: Sequence[ast.expr], present: str) -> ast.expr:
        given = iter(args)
        bounds = [next(given) if p == "1" else None for p in present]
        return ast.Slice(*bounds)

    def _text(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return self.message(stmt.attrs["template"], args)

    def message(self, template: str, args: Sequence[ast.expr]) -> ast.expr:
        """An exception or text expression with ``_0``, ``_1``, ... replaced."""
        given: dict[str, Any] = {f"_{k}": arg for k, arg in enumerate(args)}
        given[CAUGHT] = t.name(self.caught)
        return t.fill(t.parse(template), given.get)  # type: ignore[no-any-return]

    def _pow(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        """``x**p``; a power that is not whole goes to ``math.pow``, which refuses a negative base
        instead of leaving the reals.
        """
        base, power = stmt.args
        if stmt.on_arrays:
            return self._template(stmt, args)
        whole = power.type != FLOAT or (power.is_const() and float(power.constant).is_integer())
        positive = base.is_const() and base.constant > 0
        if whole or positive or stmt in self.plan.watched:  # there, as the user's would
            return ast.BinOp(args[0], ast.Pow(), args[1])
        return ast.Call(ast.Attribute(t.name("math"), "pow", ast.Load()), args, [])

    def _caught(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        """Whether the exception in flight is one of the kinds."""
        kinds: list[ast.expr] = [t.copied(k) for k in stmt.attrs["kinds"]]
        wanted = kinds[0] if len(kinds) == 1 else ast.Tuple(kinds, ast.Load())
        return t.call("isinstance", t.name(self.caught), wanted)

    def _neg(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        return negation(args[0])

    def _not(self, stmt: Stmt, args: list[ast.expr]) -> ast.expr:
        if stmt.on_arrays:
            return self._template(stmt, args)
        return self.negated(args[0])

    @staticmethod
    def negated(node: ast.expr) -> ast.expr:
        """``not node``; comparisons keep their sense, because with a nan ``not a < b`` is not ``a
        >= b``.
        """
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return node.operand
        if (
            isinstance(node, ast.Compare)
            and isinstance(node.ops[0], (ast.Eq, ast.NotEq))
            and len(node.ops) == 1
        ):
            other = ast.NotEq() if isinstance(node.ops[0], ast.Eq) else ast.Eq()
            return ast.Compare(node.left, [other], node.comparators)
        return ast.UnaryOp(ast.Not(), node)

    # -- regions as expressions ------------------------------------------------------------------

    def _conditional(self, stmt: Stmt) -> ast.expr:
        (k,) = self.plan.used_results(stmt)
        yes, no = (b.yields[k] for b in stmt.blocks)
        cond = self(stmt.args[0])
        if yes.is_const() and no.is_const() and (yes.constant is True) != (no.constant is True):
            if yes.constant is True and no.constant is False:
                return cond
            if yes.constant is False and no.constant is True:
                return self.negated(cond)
        if no.is_const() and no.constant is False:
            return self._logic(ast.And(), cond, self(yes))
        if yes.is_const() and yes.constant is True:
            return self._logic(ast.Or(), cond, self(no))
        if yes.is_const() and yes.constant is False:
            return self._logic(ast.And(), self.negated(cond), self(no))
        if no.is_const() and no.constant is True:
            return self._logic(ast.Or(), self.negated(cond), self(yes))
        if isinstance(cond, ast.UnaryOp) and isinstance(cond.op, ast.Not):
            return ast.IfExp(cond.operand, self(no), self(yes))
        return ast.IfExp(cond, self(yes), self(no))

    @staticmethod
    def _logic(op: ast.boolop, left: ast.expr, right: ast.expr) -> ast.expr:
        parts = (
            list(left.values)
            if isinstance(left, ast.BoolOp) and type(left.op) is type(op)
            else [left]
        )
        more = (
            list(right.values)
            if isinstance(right, ast.BoolOp) and type(right.op) is type(op)
            else [right]
        )
        return ast.BoolOp(op, parts + more)

    def _comprehension(self, stmt: Stmt) -> ast.expr:
        ((_, value),) = self.plan.comprehended(stmt)
        target, source = self.header(self.plan.forms[stmt])
        return ast.ListComp(self(value), [ast.comprehension(target, source, [], 0)])

    def _trip(self, value: Value) -> ast.expr:
        """How often a loop ran: the length of its tape, or of its range."""
        stmt = value.stmt
        assert stmt is not None
        sources = self.plan.trip_sources(self.plan.line_of[value])
        if len(sources) == 1:
            return t.call("len", self(sources[0]))
        start, stop, step = stmt.args[:3]
        if start.is_const(0) and step.is_const(1) and _is_count(stop):
            return self(stop)
        return t.call("len", t.call("range", *self._range_args(start, stop, step)))

    def _range_args(
        self, start: Value | int | None, stop: Value | int, step: Value | int | None
    ) -> list[ast.expr]:
        def one(bound: Value | int) -> ast.expr:
            return literal(bound) if isinstance(bound, int) else self(bound)

        if start is None and step is not None:
            start = 0
        if isinstance(step, Value) and step.is_const(1):
            step = None
            if isinstance(start, Value) and start.is_const(0):
                start = None
        return [one(b) for b in (start, stop, step) if b is not None]

    # -- loop headers ----------------------------------------------------------------------------

    def header(self, form: LoopForm) -> tuple[ast.expr, ast.expr]:
        """Target and source of a ``for``."""
        if not form.elements:
            source: ast.expr = t.call("range", *self._range_args(*form.bounds))
            return self._index(form), t.call("reversed", source) if form.backwards else source
        targets: list[ast.expr] = []
        sources: list[ast.expr] = []
        if form.counts_down:
            targets.append(self._index(form))
            sources.append(t.call("reversed", t.call("range", *self._range_args(*form.bounds))))
        for element in form.elements:
            targets.append(self._element(element.value, element.parts))
            node = self(element.source)
            sources.append(t.call("reversed", node) if form.backwards else node)
        if len(targets) == 1:
            target, source = targets[0], sources[0]
        else:
            target, source = ast.Tuple(targets, ast.Store()), t.call("zip", *sources)
        if form.index is not None and not form.backwards:
            return ast.Tuple([self._index(form), target], ast.Store()), t.call("enumerate", source)
        return target, source

    def _index(self, form: LoopForm) -> ast.expr:
        return t.name(self.names[form.index] if form.index is not None else "_")

    def _element(self, value: Value | None, parts: Sequence[Value | None]) -> ast.expr:
        if value is not None:
            return t.name(self.names[value])
        items: list[ast.expr] = [t.name(self.names[p] if p is not None else "_") for p in parts]
        return ast.Tuple(items, ast.Store())
