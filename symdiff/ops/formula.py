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
from collections.abc import Callable, Mapping
from functools import cache

from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import INT, is_array, is_memory

Names = Mapping[str, Value]

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
    return None if test is None else _build(b, test, names)


def weighs(formula: str) -> bool:
    """Whether a formula is a factor that may be zero, not a sign or a choice of signs."""
    return not isinstance(parse(formula), (ast.IfExp, ast.Constant, ast.UnaryOp))


def build(b: Builder, formula: str, names: Names) -> Value:
    """The formula as IR in the builder's current block."""
    return _build(b, parse(formula), names)


def scaled(b: Builder, formula: str, g: Value, names: Names) -> Value:
    """``g * formula`` as IR."""
    return _scaled(b, parse(formula), g, names)


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


def _build(b: Builder, node: ast.expr, names: Names) -> Value:
    match node:
        case ast.Constant(value=value):
            return b.const(float(value) if type(value) is int else value)
        case ast.Name(id=name):
            return names[name] if name in names else b.const(*_CONSTANTS[name])
        case ast.BinOp():
            return _binary(b, node, names)
        case ast.UnaryOp(op, operand):
            return b.op("neg" if isinstance(op, ast.USub) else "not", _build(b, operand, names))
        case ast.Compare(left, [op], [right]):
            return b.op(COMPARE[type(op)], _build(b, left, names), _build(b, right, names))
        case ast.BoolOp(op, [first, *rest]):
            result = _build(b, first, names)
            for other in rest:
                result = _short_circuit(b, isinstance(op, ast.And), result, other, names)
            return result
        case ast.IfExp(test, body, orelse):
            return b.select(
                _build(b, test, names),
                lambda: _build(b, body, names),
                lambda: _build(b, orelse, names),
            )
        case ast.Call(ast.Name(id=name), args):
            return b.op(name, *(_build(b, a, names) for a in args))
        case ast.Call(ast.Lambda(ast.arguments(args=params), body), args):
            return _build(b, body, _let(b, params, args, names))
    raise ValueError(f"not a formula: {ast.unparse(node)}")


def _binary(b: Builder, node: ast.BinOp, names: Names) -> Value:
    """A number is a float, but an exponent, or a number beside an int, stays what it is."""
    left, right = _build(b, node.left, names), node.right
    name = _BINARY[type(node.op)]
    if isinstance(right, ast.Constant) and type(right.value) is int:
        stays = name == "pow" or (left.type == INT and name != "div")
        return b.op(name, left, b.const(right.value if stays else float(right.value)))
    return b.op(name, left, _build(b, right, names))


def _let(b: Builder, params: list[ast.arg], args: list[ast.expr], names: Names) -> Names:
    """The names of ``(lambda t: body)(value)``'s body; what has no name yet is called after the
    let.
    """
    inner = dict(names)
    for param, arg in zip(params, args, strict=True):
        value = _build(b, arg, names)
        if not value.hint and not value.is_const():
            value.hint = param.arg
        inner[param.arg] = value
    return inner


def _short_circuit(b: Builder, conj: bool, left: Value, right: ast.expr, names: Names) -> Value:
    if is_array(left.type):
        return b.op("and_" if conj else "or_", left, _build(b, right, names))

    def other() -> Value:
        return _build(b, right, names)

    def decided() -> Value:
        return b.const(not conj)

    return b.select(left, other, decided) if conj else b.select(left, decided, other)


def _scaled(b: Builder, node: ast.expr, g: Value, names: Names) -> Value:
    match node:
        case ast.Constant(value=int() | float() as value):
            if value == 0:
                return b.const(0.0)
            return g if value == 1 else b.mul(b.const(float(value)), g)
        case ast.Name(id="inf"):
            return b.op("inf_times", g)
        case ast.UnaryOp(ast.USub(), operand):
            return b.neg(_scaled(b, operand, g, names))
        case ast.BinOp(left, ast.Mult(), right):
            return b.mul(_scaled(b, left, g, names), _build(b, right, names))
        case ast.BinOp(left, ast.Div(), right):
            return b.div(_scaled(b, left, g, names), _build(b, right, names))
        case ast.IfExp(test, body, orelse):
            cond = _build(b, test, names)
            if is_memory(cond.type) and _is_infinite(orelse):
                return _scaled_safely(b, body, g, names)
            return b.select(
                cond,
                lambda: _scaled(b, body, g, names),
                lambda: _scaled(b, orelse, g, names),
            )
        case ast.Call(ast.Lambda(ast.arguments(args=params), body), args):
            return _scaled(b, body, g, _let(b, params, args, names))
    return b.mul(g, _build(b, node, names))


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
            return b.op("safe_div", _scaled(b, left, g, names), _build(b, right, names))
    return _scaled(b, node, g, names)
