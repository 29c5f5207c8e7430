"""Formulas: the language in which a row states its partials, conditions and gate forms.

``(lambda t: t/(1 + t))(exp(x))`` is a let: t is built once, before all that reads it.

A formula is a Python expression over operand names, ``out``, the constants ``pi``, ``inf``,
``nan`` and other operations (``exp(x)``).  :func:`build` turns one into IR; :func:`scaled` builds
``g * formula`` the way a person would write it: the cotangent ``g`` goes into the numerator,
``1`` disappears, a conditional keeps its condition and scales its branches. So ``"1/(2*out)"``
with cotangent ``g`` becomes ``g/(2.0*out)``, and ``"1 if x > 0 else 0"`` becomes ``g if x > 0.0
else 0.0``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import INT, is_array, is_memory

Names = Mapping[str, Value]
Make = Callable[[Builder, Names], Value]
Scale = Callable[[Builder, Value, Names], Value]

_BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
}
COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
_CONSTANTS = {
    "pi": (math.pi, "math.pi"),
    "inf": (math.inf, "math.inf"),
    "nan": (math.nan, "math.nan"),
}


@cache
def parse(formula: str) -> ast.expr:
    """The formula's syntax tree (kept: every use of a row reads it again)."""
    return ast.parse(formula, mode="eval").body


@cache
def names_in(formula: str) -> tuple[str, ...]:
    """Operand names that the formula reads, in order of appearance."""
    tree = parse(formula)
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    known = {a.arg for n in ast.walk(tree) if isinstance(n, ast.Lambda) for a in n.args.args}
    known.update(_CONSTANTS)
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in known:
            found[node.id] = None
    return tuple(found)


@cache
def _finite(formula: str) -> ast.expr | None:
    tree = parse(formula)
    if isinstance(tree, ast.Name) and tree.id == "inf":
        return ast.Constant(False)
    last = tree.orelse if isinstance(tree, ast.IfExp) else None
    infinite = last is not None and "inf" in {
        n.id for n in ast.walk(last) if isinstance(n, ast.Name)
    }
    return tree.test if isinstance(tree, ast.IfExp) and infinite else None


def finite(b: Builder, formula: str, names: Names) -> Value | None:
    """The condition under which a formula with a pole is finite (``out != 0`` for a root's).

    None for others.
    """
    test = _finite(formula)
    return None if test is None else _maker(test)(b, names)


def weighs(formula: str) -> bool:
    """Whether a formula is a factor that may be zero, not a sign or a choice of signs."""
    return not isinstance(parse(formula), (ast.IfExp, ast.Constant, ast.UnaryOp))


def build(b: Builder, formula: str, names: Names) -> Value:
    """The formula as IR in the builder's current block."""
    return _maker(parse(formula))(b, names)


def scaled(b: Builder, formula: str, g: Value, names: Names) -> Value:
    """``g * formula`` as IR."""
    return _scaler(parse(formula))(b, g, names)


@cache
def bound_first(formula: str) -> tuple[str, str, str] | None:
    """The name, the value and the body of a formula that is a let."""
    match parse(formula):
        case ast.Call(ast.Lambda(ast.arguments(args=[param]), body), [value]):
            return param.arg, ast.unparse(value), ast.unparse(body)
    return None


def resolve(formula: str, lookup: Callable[[str], Value]) -> dict[str, Value]:
    """Ask for each value that the formula reads, and for no other."""
    return {name: lookup(name) for name in names_in(formula)}


@cache
def _maker(node: ast.expr) -> Make:
    """What builds a formula's tree: the tree is looked at once, not for every statement."""
    match node:
        case ast.Constant(value=value):
            number = float(value) if type(value) is int else value
            return lambda b, names: b.const(number)
        case ast.Name(id=name):
            return lambda b, names: names[name] if name in names else b.const(*_CONSTANTS[name])
        case ast.BinOp():
            return _binary(node)
        case ast.UnaryOp(op, operand):
            sign, inner = "neg" if isinstance(op, ast.USub) else "not", _maker(operand)
            return lambda b, names: b.op(sign, inner(b, names))
        case ast.Compare(left, [op], [right]):
            relation, x, y = COMPARE[type(op)], _maker(left), _maker(right)
            return lambda b, names: b.op(relation, x(b, names), y(b, names))
        case ast.BoolOp(op, parts):
            return _logic(isinstance(op, ast.And), [_maker(part) for part in parts])
        case ast.IfExp(test, body, orelse):
            cond, yes, no = _maker(test), _maker(body), _maker(orelse)
            return lambda b, names: b.select(
                cond(b, names), lambda: yes(b, names), lambda: no(b, names)
            )
        case ast.Call(ast.Name(id=name), args):
            makers = [_maker(a) for a in args]
            return lambda b, names: b.op(name, *[make(b, names) for make in makers])
        case ast.Call(ast.Lambda(ast.arguments(args=params), body), args):
            bound, inner = _let(params, args), _maker(body)
            return lambda b, names: inner(b, bound(b, names))
    raise ValueError(f"not a formula: {ast.unparse(node)}")


def _binary(node: ast.BinOp) -> Make:
    """A number is a float, but an exponent, or a number beside an int, stays what it is."""
    left, right, name = _maker(node.left), _maker(node.right), _BINARY[type(node.op)]
    whole = node.right.value if isinstance(node.right, ast.Constant) else None
    if type(whole) is not int:
        return lambda b, names: b.op(name, left(b, names), right(b, names))
    number = whole

    def make(b: Builder, names: Names) -> Value:
        x = left(b, names)
        stays = name == "pow" or (x.type is INT and name != "div")
        return b.op(name, x, b.const(number if stays else float(number)))

    return make


def _let(params: list[ast.arg], args: list[ast.expr]) -> Callable[[Builder, Names], Names]:
    """The names of ``(lambda t: body)(value)``'s body; what has no name yet is called after the
    let.
    """
    pairs = [(param.arg, _maker(arg)) for param, arg in zip(params, args, strict=True)]

    def bound(b: Builder, names: Names) -> Names:
        inner = dict(names)
        for name, make in pairs:
            value = make(b, names)
            if not value.hint and not value.is_const():
                value.hint = name
            inner[name] = value
        return inner

    return bound


def _logic(conj: bool, parts: Sequence[Make]) -> Make:
    def make(b: Builder, names: Names) -> Value:
        result = parts[0](b, names)
        for other in parts[1:]:
            result = _short_circuit(b, conj, result, other, names)
        return result

    return make


def _short_circuit(b: Builder, conj: bool, left: Value, right: Make, names: Names) -> Value:
    if is_array(left.type):
        return b.op("and_" if conj else "or_", left, right(b, names))

    def other() -> Value:
        return right(b, names)

    def decided() -> Value:
        return b.const(not conj)

    return b.select(left, other, decided) if conj else b.select(left, decided, other)


@cache
def _scaler(node: ast.expr) -> Scale:
    """What builds ``g`` times a formula's tree."""
    match node:
        case ast.Constant(value=int() | float() as value):
            factor = float(value)
            if factor == 0:
                return lambda b, g, names: b.const(0.0)
            if factor == 1:
                return lambda b, g, names: g
            return lambda b, g, names: b.mul(b.const(factor), g)
        case ast.Name(id="inf"):
            return lambda b, g, names: b.op("inf_times", g)
        case ast.UnaryOp(ast.USub(), operand):
            inner = _scaler(operand)
            return lambda b, g, names: b.neg(inner(b, g, names))
        case ast.BinOp(left, ast.Mult() | ast.Div() as op, right):
            first, second, name = _scaler(left), _maker(right), _BINARY[type(op)]
            return lambda b, g, names: b.op(name, first(b, g, names), second(b, names))
        case ast.IfExp(test, body, orelse):
            return _chosen(test, body, orelse)
        case ast.Call(ast.Lambda(ast.arguments(args=params), body), args):
            bound, inner = _let(params, args), _scaler(body)
            return lambda b, g, names: inner(b, g, bound(b, names))
    make = _maker(node)
    return lambda b, g, names: b.mul(g, make(b, names))


def _chosen(test: ast.expr, body: ast.expr, orelse: ast.expr) -> Scale:
    cond, yes, no, infinite = _maker(test), _scaler(body), _scaler(orelse), _is_infinite(orelse)

    def scale(b: Builder, g: Value, names: Names) -> Value:
        decides = cond(b, names)
        if infinite and is_memory(decides.type):
            return _scaled_safely(b, body, g, names)
        return b.select(decides, lambda: yes(b, g, names), lambda: no(b, g, names))

    return scale


def _is_infinite(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="inf"):
            return True
        case ast.UnaryOp(ast.USub(), operand):
            return _is_infinite(operand)
        case ast.IfExp(_, body, orelse):
            return _is_infinite(body) or _is_infinite(orelse)
    return False


def _scaled_safely(b: Builder, node: ast.expr, g: Value, names: Names) -> Value:
    """A quotient that is infinite at a pole, on arrays: where ``g`` is 0 it is 0."""
    match node:
        case ast.UnaryOp(ast.USub(), operand):
            return b.neg(_scaled_safely(b, operand, g, names))
        case ast.BinOp(left, ast.Div(), right):
            return b.op("safe_div", _scaler(left)(b, g, names), _maker(right)(b, names))
    return _scaler(node)(b, g, names)
