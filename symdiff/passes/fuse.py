"""Recognise gates in what users write: ``1/(1 + math.exp(-z))`` becomes ``sigmoid(z)``.

Forms are matched on the graph, bottom-up, so that a form may name gates itself
(``log(sigmoid(z))``) and names that the user gave to parts do not matter. Sums and products match
in either order, 1 matches 1.0, and signs and powers of two are absorbed: ``exp(b - a)`` matches
``exp(-z)`` with ``z = a - b``. Only the root of a match is replaced; the parts stay for their other
users and otherwise die. Patterns are indexed by their root operation, so the pass is linear in the
graph.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import FLOAT, ArrayType
from symdiff.ir.walk import Cloner, rebuild, statements
from symdiff.ops.attempt import protected_statements
from symdiff.ops.formula import build, parse
from symdiff.ops.gates import REWRITES, Rewrite
from symdiff.passes.sums import exponents_of_sum, is_shifted
from symdiff.records import dataclass

_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
_COMMUTATIVE = ("add", "mul")
_MOST_TERMS = 64
_MANY = ("log", "sqrt", "pow")  # roots of forms of any number of terms


def fuse(graph: Graph) -> Graph:
    """The graph with every recognised form replaced by its gate; the graph itself where there is
    none.
    """
    if not any(map(_may_fuse, statements(graph.body))):
        return graph
    watched = protected_statements(graph)  # a gate raises elsewhere than its parts
    if not watched:
        return rebuild(graph, _fuse)
    return rebuild(graph, lambda cloner, stmt: None if stmt in watched else _fuse(cloner, stmt))


def _may_fuse(stmt: Stmt) -> bool:
    """Whether a statement is replaced before any other has been."""
    name, args = stmt.op.name, stmt.args
    if name in _MANY or (name == "div" and args[0].op == "neg"):
        return True
    patterns = _index().get(name)
    if patterns is None:
        return False
    ops = {a.op for a in args}
    return any(True for p in patterns if p.needs <= ops for _ in p.match(args))


def _fuse(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    patterns = _index().get(stmt.op.name, ())
    if not patterns and stmt.op.name not in _MANY:
        return None
    args = tuple(cloner.all(stmt.args))
    b = cloner.builder
    name = stmt.op.name
    found = _many(b, name, args)
    if found is not None and found.stmt is not None and found.stmt.origin is stmt.origin:
        found.stmt.origin = stmt.origin.with_role(stmt.origin.role, found.op)
    found = found or _first(b, patterns, args, stmt)
    if found is None and name == "div" and args[0].op == "neg" and args[0].stmt is not None:
        # The same number; so that ``exp(-a/b)`` reads the quotient itself and no second division is
        # left behind.
        return (b.neg(b.div(args[0].stmt.args[0], args[1])),)
    if found is None:
        return None
    hint = stmt.result.hint
    if hint and not found.hint and not found.is_const():
        found.hint = hint
    return (found,)


def _first(b: Builder, patterns: Sequence[Pattern], args: tuple[Value, ...],
           stmt: Stmt) -> Value | None:
    ops = {a.op for a in args}
    for pattern in patterns:
        for binding in pattern.match(args) if pattern.needs <= ops else ():
            with b.origin(stmt.origin.with_role(stmt.origin.role, pattern.rule.gate)):
                result, mirrored = pattern.rule.result, "z" in binding and binding["z"].negated
                if pattern.rule.mirror and mirrored:
                    result, binding = pattern.rule.mirror, {**binding, "z": binding["z"].times(-1)}
                return build(b, result, {name: found.realise(b) for name, found in binding.items()})
    return None


# -- values up to a sign and a power of two --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scaled:
    """``factor*base``; ``base`` is a value, or an operation on two values that need not exist.

    ``whole`` is the value itself where one is at hand, so that realising makes nothing new.
    """

    factor: float
    base: Value | tuple[str, Value, Value]
    whole: Value | None = None

    def times(self, factor: float) -> Scaled:
        return self if factor == 1 else Scaled(self.factor * factor, self.base)

    @property
    def negated(self) -> bool:
        """Whether it reads as minus something (a difference has no sign of its own)."""
        return self.factor < 0 and (isinstance(self.base, Value) or self.base[0] != "sub")

    def same(self, other: Scaled) -> bool:
        return self.factor == other.factor and self.base == other.base

    def realise(self, b: Builder) -> Value:
        if self.whole is not None:
            return self.whole
        if isinstance(self.base, Value):
            value = self.base
        else:
            name, x, y = self.base
            if name == "sub" and self.factor == -1:
                return b.sub(y, x)
            value = b.op(name, x, y)
        if self.factor == 1:
            return value
        return b.neg(value) if self.factor == -1 else b.mul(b.const(self.factor), value)


def scaled(value: Value) -> Scaled:
    """What a value is a multiple of, looking through negations and factors that are powers of two.
    """
    factor, base = _strip(value)
    return Scaled(factor, base, value)


def _strip(value: Value) -> tuple[float, Value | tuple[str, Value, Value]]:
    stmt = value.stmt
    if stmt is None or not (value.type == FLOAT or isinstance(value.type, ArrayType)):
        return 1.0, value
    args = stmt.args
    match stmt.op.name:
        case "neg":
            factor, base = _strip(args[0])
            return -factor, base
        case "sub":
            x, y = args
            return (1.0, ("sub", x, y)) if id(x) < id(y) else (-1.0, ("sub", y, x))
        case "mul" | "div":
            return _strip_product(stmt, value)
    return 1.0, value


def _strip_product(stmt: Stmt, value: Value) -> tuple[float, Value | tuple[str, Value, Value]]:
    name = stmt.op.name
    x, y = stmt.args
    if name == "mul" and _power_of_two(x):
        x, y = y, x
    if _power_of_two(y):
        factor, base = _strip(x)
        return (factor * y.constant if name == "mul" else factor / y.constant), base
    if name == "div":
        return 1.0, value
    (f, p), (h, q) = _factor(x), _factor(y)
    if id(p) > id(q):
        p, q = q, p
    return f * h, ("mul", p, q)


def _factor(value: Value) -> tuple[float, Value]:
    """A factor without its sign (and without a power of two)."""
    factor, base = _strip(value)
    return (factor, base) if isinstance(base, Value) else (1.0, value)


def _power_of_two(value: Value) -> bool:
    if not value.is_const() or value.type.name not in ("int", "float"):
        return False
    number = abs(value.constant)
    return 0.0625 <= number <= 16 and math.frexp(number)[0] == 0.5


# -- patterns --------------------------------------------------------------------------------------

Binding = Mapping[str, Scaled]


@dataclass(frozen=True, slots=True)
class Node:
    """A pattern: an operation on patterns; ``const`` a number; ``var`` a multiple of a variable."""

    kind: str
    children: tuple[Node, ...] = ()
    number: float = 1.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    rule: Rewrite
    root: Node
    needs: frozenset[str]  # what some operands must be the results of

    def match(self, args: tuple[Value, ...]) -> Iterator[Binding]:
        yield from _match_args(self.root, args, {})


@cache
def _index() -> dict[str, list[Pattern]]:
    index: dict[str, list[Pattern]] = {}
    for rule in REWRITES:
        root = _compile(parse(rule.form))
        needs = frozenset([c.kind for c in root.children]) - {"var"}
        index.setdefault(root.kind, []).append(Pattern(rule, root, needs))
    return index


def _compile(node: ast.expr) -> Node:
    match node:
        case ast.Name(id="e"):
            return Node("const", number=math.e)
        case ast.Name(id=name):
            return Node("var", name=name)
        case ast.Constant(value=value):
            return Node("const", number=float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), ast.Constant(value=value)):
            return Node("const", number=-float(value))  # type: ignore[arg-type]
        case ast.UnaryOp(ast.USub(), operand):
            inner = _compile(operand)
            if inner.kind == "var":
                return Node("var", number=-inner.number, name=inner.name)
            return Node("neg", (inner,))
        case ast.BinOp(left, op, right):
            x, y = _compile(left), _compile(right)
            if isinstance(op, ast.Mult) and x.kind == "const" and y.kind == "var":
                return Node("var", number=x.number * y.number, name=y.name)
            return Node(_BINARY[type(op)], (x, y))
        case ast.Call(ast.Name(id=name), args):
            return Node(name, tuple(map(_compile, args)))
    raise ValueError(f"not a form: {ast.unparse(node)}")


def _match(node: Node, value: Value, binding: Binding) -> Iterator[Binding]:
    if node.kind == "var":
        yield from _match_variable(node, value, binding)
    elif node.kind == "const":
        if _is_number(value, node.number):
            yield binding
    elif value.stmt is not None and value.stmt.op.name == node.kind:
        yield from _match_args(node, value.stmt.args, binding)


def _match_args(node: Node, args: Sequence[Value], binding: Binding) -> Iterator[Binding]:
    if len(args) != len(node.children):
        return
    if len(args) == 1:
        yield from _match(node.children[0], args[0], binding)
        return
    orders = [args, args[::-1]] if node.kind in _COMMUTATIVE else [args]
    for x, y in orders:
        for first in _match(node.children[0], x, binding):
            yield from _match(node.children[1], y, first)


def _match_variable(node: Node, value: Value, binding: Binding) -> Iterator[Binding]:
    found = scaled(value).times(1 / node.number)
    known = binding.get(node.name)
    if known is None:
        yield {**binding, node.name: found}
    elif known.same(found):
        yield binding if known.whole is not None else {**binding, node.name: found}


def _is_number(value: Value, number: float) -> bool:
    return value.is_const() and value.type.name in ("int",
                                                    "float") and bool(value.constant == number)


# -- forms of any number of terms ------------------------------------------------------------------


def _many(b: Builder, name: str, args: tuple[Value, ...]) -> Value | None:
    """``log(exp(x) + exp(y) + exp(z))``, ``log(sum(map(exp, xs)))`` and ``sqrt(x*x + y*y + z*z)``.
    """
    if name == "pow" and not _is_number(args[1], 0.5):
        return None
    if name == "log" and args[0].op in ("for", "sum_list"):
        exponents = exponents_of_sum(b, args[0])
        return None if exponents is None else b.op("logsumexp_list", exponents)
    if name not in _MANY or args[0].op != "add":
        return None
    terms = _terms(args[0])
    gate = "logsumexp" if name == "log" else "hypot"
    inner = [_exponent(b, t) if name == "log" else _squared(t) for t in terms]
    if len(terms) < (3 if name == "log" else 2) or any(x is None for x in inner):
        return None
    return b.op(gate, *[x for x in inner if x is not None])


def _terms(value: Value) -> list[Value]:
    """The terms of a sum, left to right."""
    found: list[Value] = []
    stack = [value]
    while stack and len(found) <= _MOST_TERMS:
        term = stack.pop()
        if term.op == "add" and term.type == FLOAT and term.stmt is not None:
            stack.extend(reversed(term.stmt.args))
        else:
            found.append(term)
    return found if not stack else []


def _exponent(b: Builder, term: Value) -> Value | None:
    if _is_number(term, 1):
        return b.const(0.0)
    if term.op != "exp" or term.stmt is None or is_shifted(term.stmt.args[0]):
        return None
    return term.stmt.args[0]


def _squared(term: Value) -> Value | None:
    if term.stmt is None or term.type != FLOAT or term.op not in ("mul", "pow"):
        return None
    x, y = term.stmt.args
    square = x is y if term.op == "mul" else _is_number(y, 2)
    return x if square else None
