"""Expressions: operators, comparisons, short circuits, subscripts, attributes, displays."""

from __future__ import annotations

import ast
from collections.abc import Callable

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import heap, iterate, names
from symdiff.frontend.branches import branch, negate
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.values import (
    Abstract, BoundMethod, Closure, Const, Generator, Ref, Struct, describe, pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, STR

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}


@expression(ast.Constant)
def constant(lo: Lowering, node: ast.Constant) -> Abstract:
    value = node.value
    if isinstance(value, (bool, int, float)):
        return lo.builder.const(value)
    if value is None or isinstance(value, str):
        return Const(value)
    if isinstance(value, complex):
        lo.fail(UnsupportedSyntax, node, "complex numbers are not differentiated", "only floats are")
    return Const(value)


@expression(ast.Name)
def name(lo: Lowering, node: ast.Name) -> Abstract:
    return names.read(lo, node.id, node)


@expression(ast.BinOp)
def binary(lo: Lowering, node: ast.BinOp) -> Abstract:
    spine: list[ast.BinOp] = [node]  # a long sum is deep on its left: walk it, do not recurse
    while isinstance(spine[-1].left, ast.BinOp):
        spine.append(spine[-1].left)
    value = lo.expr(spine[-1].left)
    for part in reversed(spine):
        value = operate(lo, part.op, value, lo.expr(part.right), part)
    return value


def operate(lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST) -> Abstract:
    """``left op right`` on numbers, lists and tuples."""
    if isinstance(left, Value) and isinstance(right, Value):
        row = BINARY.get(type(op))
        if row is None:
            lo.fail(
                UnsupportedSyntax, node, "bit operations are not supported", "they have no derivative",
                "use //, % and **, or 'and'/'or' for truth values",
            )
        return lo.builder.op(row, left, right)
    if isinstance(op, ast.Add):
        added = _add(lo, left, right, node)
        if added is not None:
            return added
    if isinstance(op, ast.Mult):
        times, seq = (left, right) if isinstance(left, Value) else (right, left)
        if isinstance(times, Value) and isinstance(seq, (Ref, Struct)):
            return _repeat(lo, seq, times, node)
    if isinstance(op, ast.Mod) and isinstance(left, Const) and isinstance(left.value, str):
        lo.fail(UnsupportedSyntax, node, "text formatting with % is not supported", "", "use an f-string")
    lo.fail(
        TypeMismatch, node, f"{describe(left)} {_symbol(op)} {describe(right)} is not defined here",
        "the operands are not numbers",
    )


def _symbol(op: ast.operator) -> str:
    symbols: dict[type[ast.operator], str] = {
        ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    }
    return symbols.get(type(op), type(op).__name__)


def _add(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Abstract | None:
    if isinstance(left, Ref) and isinstance(right, Ref):
        value = lo.builder.op("concat", heap.read(lo, left, node), heap.read(lo, right, node))
        return heap.shallow(lo, value, left, right)
    if isinstance(left, Struct) and isinstance(right, Struct) and left.kind == right.kind == "tuple":
        return pack(left.items + right.items)
    if isinstance(left, Const) and isinstance(right, Const):
        one, two = left.value, right.value
        if isinstance(one, str) and isinstance(two, str):
            return Const(one + two)
    return None


def _repeat(lo: Lowering, seq: Ref | Struct, times: Value, node: ast.AST) -> Abstract:
    if isinstance(seq, Struct):
        if not times.is_const():
            lo.fail(TypeMismatch, node, "a tuple repeated a varying number of times has no fixed length")
        return pack(seq.items * times.constant)
    value = heap.read(lo, seq, node)
    stmt = value.stmt
    if stmt is not None and value.op == "make_list" and len(stmt.args) == 1:
        made = lo.new_cell(lo.builder.op("list_fill", times, stmt.args[0]))
    else:
        made = lo.new_cell(lo.builder.op("repeat", value, times))
    heap.shares_rows(lo, made, "'[row]*n' puts the same row there n times")
    return made


@expression(ast.UnaryOp)
def unary(lo: Lowering, node: ast.UnaryOp) -> Abstract:
    if isinstance(node.op, ast.Not):
        return negate(lo, truth(lo, lo.expr(node.operand), node.operand))
    operand = lo.number(lo.expr(node.operand), node.operand)
    if isinstance(node.op, ast.USub):
        return lo.builder.op("neg", operand)
    if isinstance(node.op, ast.UAdd):
        return operand if operand.type != BOOL else lo.builder.op("int", operand)
    lo.fail(UnsupportedSyntax, node, "~ is not supported", "bit operations have no derivative", "use 'not'")


# -- truth -----------------------------------------------------------------------------------------


def truth(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """``bool(x)``: numbers differ from zero, containers are not empty."""
    b = lo.builder
    if isinstance(x, Value):
        if x.type == BOOL:
            return x
        if x.type == STR:
            lo.fail(TypeMismatch, node, "a text that depends on values is used as a condition")
        return b.const(bool(x.constant)) if x.is_const() else b.op("ne", x, b.const(0))
    if isinstance(x, Ref):
        return b.op("ne", b.op("len", heap.read(lo, x, node)), b.const(0))
    if isinstance(x, Struct):
        return b.const(bool(x.items) or x.kind not in ("tuple", "dict", "namedtuple"))
    if isinstance(x, Const):
        return b.const(bool(x.value))
    if isinstance(x, (Closure, BoundMethod)):
        return b.const(True)
    lo.fail(TypeMismatch, node, f"a {describe(x)} is used as a condition")


def test(lo: Lowering, node: ast.expr) -> Value:
    """The truth of an expression (in an ``if``, ``and``, ...), operand by operand."""
    if isinstance(node, ast.BoolOp):
        def part(n: ast.expr) -> Callable[[], Abstract]:
            return lambda: test(lo, n)

        found = _chain(lo, [part(v) for v in node.values], isinstance(node.op, ast.And), node)
        assert isinstance(found, Value)
        return found
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return negate(lo, test(lo, node.operand))
    return truth(lo, lo.expr(node), node)


@expression(ast.BoolOp)
def boolean(lo: Lowering, node: ast.BoolOp) -> Abstract:
    def part(n: ast.expr) -> Callable[[], Abstract]:
        return lambda: lo.expr(n)

    return _chain(lo, [part(v) for v in node.values], isinstance(node.op, ast.And), node)


def _chain(lo: Lowering, parts: list[Callable[[], Abstract]], conj: bool, node: ast.AST) -> Abstract:
    """``a and b and ...``: an operand after the first is computed only if it decides."""
    first = parts[0]()
    if len(parts) == 1:
        return first
    cond = truth(lo, first, node)

    def rest() -> Abstract:
        return _chain(lo, parts[1:], conj, node)

    if cond.is_const():
        return rest() if cond.constant == conj else first
    return branch(lo, cond, rest, lambda: first, node) if conj else branch(lo, cond, lambda: first, rest, node)


@expression(ast.IfExp)
def ternary(lo: Lowering, node: ast.IfExp) -> Abstract:
    cond = test(lo, node.test)
    if cond.is_const():
        return lo.expr(node.body if cond.constant else node.orelse)
    return branch(lo, cond, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse), node)


@expression(ast.Compare)
def compare(lo: Lowering, node: ast.Compare) -> Abstract:
    left = lo.expr(node.left)
    return _compare(lo, left, list(zip(node.ops, node.comparators, strict=True)), node)


def _compare(lo: Lowering, left: Abstract, rest: list[tuple[ast.cmpop, ast.expr]], node: ast.Compare) -> Value:
    (op, right_node), *more = rest
    right = lo.expr(right_node)
    first = relation(lo, op, left, right, node)
    if not more:
        return first
    if first.is_const():
        return _compare(lo, right, more, node) if first.constant else first
    found = branch(
        lo, first, lambda: _compare(lo, right, more, node), lambda: lo.builder.const(False), node
    )
    assert isinstance(found, Value)
    return found


def relation(lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    """One comparison."""
    b = lo.builder
    if isinstance(op, (ast.Is, ast.IsNot)):
        return b.const(_same(lo, left, right, node) == isinstance(op, ast.Is))
    if isinstance(op, (ast.In, ast.NotIn)):
        found = _contains(lo, left, right, node)
        return negate(lo, found) if isinstance(op, ast.NotIn) else found
    if isinstance(left, Value) and isinstance(right, Value):
        return b.op(COMPARE[type(op)], left, right)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        same = _equal(lo, left, right, node)
        return negate(lo, same) if isinstance(op, ast.NotEq) else same
    if isinstance(left, Const) and isinstance(right, Const) and isinstance(left.value, str):
        decide: dict[type[ast.cmpop], bool] = {
            ast.Lt: left.value < right.value, ast.LtE: left.value <= right.value,
            ast.Gt: left.value > right.value, ast.GtE: left.value >= right.value,
        }
        return b.const(decide[type(op)])
    lo.fail(TypeMismatch, node, f"a {describe(left)} cannot be compared with a {describe(right)} here")


def _same(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> bool:
    if isinstance(left, Const) and isinstance(right, Const):
        return left.value is right.value or left == right
    if isinstance(left, Const) or isinstance(right, Const):
        return False
    if isinstance(left, Value) and isinstance(right, Value) and left.is_const() and right.is_const():
        return left is right
    lo.fail(
        UnsupportedSyntax, node, "'is' between values is not supported", "identity is not part of a number's value",
        "use ==",
    )


def _equal(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Value:
    b = lo.builder
    if isinstance(left, Const) and isinstance(right, Const):
        return b.const(bool(left.value == right.value))
    if isinstance(left, Struct) and isinstance(right, Struct):
        if left.kind != right.kind or left.keys != right.keys:
            return b.const(False)
        result = b.const(True)
        for x, y in zip(left.items, right.items, strict=True):
            result = _both(lo, result, relation(lo, ast.Eq(), x, y, node), node)
        return result
    if isinstance(left, Ref) and isinstance(right, Ref):
        lo.fail(UnsupportedSyntax, node, "lists are not compared as a whole", "", "compare their elements")
    if isinstance(left, Value) and left.type == STR and isinstance(right, Const) and isinstance(right.value, str):
        return b.op("eq", left, b.const(right.value))
    if isinstance(right, Value) and right.type == STR and isinstance(left, Const):
        return _equal(lo, right, left, node)
    return b.const(False)


def _both(lo: Lowering, p: Value, q: Value, node: ast.AST) -> Value:
    if p.is_const():
        return q if p.constant else p
    found = branch(lo, p, lambda: q, lambda: lo.builder.const(False), node)
    assert isinstance(found, Value)
    return found


def _contains(lo: Lowering, x: Abstract, container: Abstract, node: ast.AST) -> Value:
    b = lo.builder
    if isinstance(container, Struct):
        candidates = [Const(k) for k in container.keys] if container.kind == "dict" else list(container.items)
        result: Value = b.const(False)
        for c in reversed(candidates):
            hit = relation(lo, ast.Eq(), x, c, node)
            rest = result
            if hit.is_const():
                result = hit if hit.constant else rest
            else:
                found = branch(lo, hit, lambda: b.const(True), lambda r=rest: r, node)  # type: ignore[misc]
                assert isinstance(found, Value)
                result = found
        return result
    if isinstance(container, Const) and isinstance(x, Const):
        return b.const(bool(x.value in container.value))
    lo.fail(
        UnsupportedSyntax, node, f"'in' a {describe(container)} is not supported", "",
        "write any(x == y for y in ...)",
    )


# -- displays, subscripts, attributes ---------------------------------------------------------------


@expression(ast.Tuple)
def tuple_display(lo: Lowering, node: ast.Tuple) -> Abstract:
    return pack(elements(lo, node.elts))


@expression(ast.List)
def list_display(lo: Lowering, node: ast.List) -> Abstract:
    if any(isinstance(e, ast.Starred) for e in node.elts):
        return _starred_list(lo, node)
    return heap.make_list(lo, [lo.expr(e) for e in node.elts], node)


def _starred_list(lo: Lowering, node: ast.List) -> Abstract:
    """``[a, *xs, b]``: pieces that are joined."""
    parts: list[Ref] = []
    run: list[Abstract] = []
    for e in node.elts:
        if not isinstance(e, ast.Starred):
            run.append(lo.expr(e))
            continue
        x = lo.expr(e.value)
        if isinstance(x, Struct):
            run.extend(x.items)
            continue
        if run:
            parts.append(heap.make_list(lo, run, node))
            run = []
        parts.append(iterate.to_list(lo, x, e))
    if run or not parts:
        parts.append(heap.make_list(lo, run, node))
    made = heap.shallow(lo, heap.read(lo, parts[0], node), parts[0])
    for part in parts[1:]:
        joined = _add(lo, made, part, node)
        assert isinstance(joined, Ref)
        made = joined
    return made


def elements(lo: Lowering, nodes: list[ast.expr]) -> list[Abstract]:
    """Evaluate expressions, of which starred ones give several values."""
    found: list[Abstract] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            found.extend(iterate.static_items(lo, lo.expr(node.value), node))
        else:
            found.append(lo.expr(node))
    return found


@expression(ast.Dict)
def dict_display(lo: Lowering, node: ast.Dict) -> Abstract:
    keys: list[object] = []
    items: list[Abstract] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            inner = lo.expr(value_node)
            if not isinstance(inner, Struct) or inner.kind != "dict":
                lo.fail(UnsupportedSyntax, value_node, "** of something that is not a known dict")
            new = list(zip(inner.keys, inner.items, strict=True))
        else:
            new = [(static_key(lo, lo.expr(key_node), key_node), lo.expr(value_node))]
        for key, item in new:
            if key in keys:
                items[keys.index(key)] = item
            else:
                keys.append(key)
                items.append(item)
    return Struct("dict", tuple(keys), tuple(items))


def static_key(lo: Lowering, x: Abstract, node: ast.AST) -> object:
    """A dict key: text or a number known while compiling."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    lo.fail(
        UnsupportedSyntax, node, "a key that depends on data is not supported", "which entry is meant is not known",
        "use a list indexed by an int",
    )


@expression(ast.Subscript)
def subscript(lo: Lowering, node: ast.Subscript) -> Abstract:
    return get(lo, lo.expr(node.value), node.slice, node)


def get(lo: Lowering, owner: Abstract, index: ast.expr, node: ast.AST) -> Abstract:
    """``owner[index]``."""
    if isinstance(owner, Ref):
        if isinstance(index, ast.Slice):
            bounds, present = slice_bounds(lo, index)
            value = lo.builder.op("slice", heap.read(lo, owner, node), *bounds, present=present)
            return heap.shallow(lo, value, owner)
        return heap.item(lo, owner, heap.as_index(lo, lo.expr(index), index), node)
    if isinstance(owner, Struct):
        return _get_struct(lo, owner, index, node)
    lo.fail(TypeMismatch, node, f"a {describe(owner)} cannot be indexed")


def _get_struct(lo: Lowering, owner: Struct, index: ast.expr, node: ast.AST) -> Abstract:
    if isinstance(index, ast.Slice):
        bounds, present = slice_bounds(lo, index)
        if not all(b.is_const() for b in bounds):
            lo.fail(TypeMismatch, node, "a slice of a tuple needs constant bounds", "its length would not be known")
        given = iter(bounds)
        start, stop, step = (next(given).constant if p == "1" else None for p in present)
        return pack(owner.items[slice(start, stop, step)])
    x = lo.expr(index)
    if owner.kind in ("tuple", "namedtuple"):
        at = heap.as_index(lo, x, index)
        if at.is_const():
            if not -len(owner.items) <= at.constant < len(owner.items):
                lo.fail(TypeMismatch, node, f"the tuple has {len(owner.items)} elements", f"[{at.constant}] is not one")
            return owner.items[at.constant]
        return heap.item(lo, heap.make_list(lo, list(owner.items), node), at, node)
    found = owner.get(static_key(lo, x, index))
    if found is None:
        lo.fail(TypeMismatch, node, f"the {owner.kind} has no key {static_key(lo, x, index)!r}")
    return found


def slice_bounds(lo: Lowering, node: ast.Slice) -> tuple[list[Value], str]:
    """The bounds that are written, and which those are (``"110"``: start and stop)."""
    parts = [None if n is None else lo.expr(n) for n in (node.lower, node.upper, node.step)]
    given = [None if isinstance(p, Const) and p.value is None else p for p in parts]
    bounds = [heap.as_index(lo, p, node) for p in given if p is not None]
    return bounds, "".join("0" if p is None else "1" for p in given)


@expression(ast.Attribute)
def attribute(lo: Lowering, node: ast.Attribute) -> Abstract:
    owner = lo.expr(node.value)
    if isinstance(owner, Struct):
        found = owner.get(node.attr) if owner.kind in ("record", "namedtuple") else None
        if found is not None:
            return found
        if owner.kind == "dict" and node.attr in ("items", "keys", "values", "get", "copy"):
            return BoundMethod(owner, node.attr)
        lo.fail(TypeMismatch, node, f"{describe(owner)} has no attribute '{node.attr}' here")
    if isinstance(owner, Const):
        return names.attribute(lo, owner, node.attr, node)
    if isinstance(owner, (Ref, Value)):
        return BoundMethod(owner, node.attr)
    lo.fail(UnsupportedSyntax, node, f"attribute '{node.attr}' of a {describe(owner)} is not supported")


@expression(ast.NamedExpr)
def walrus(lo: Lowering, node: ast.NamedExpr) -> Abstract:
    value = lo.expr(node.value)
    names.bind(lo, node.target.id, value)
    return value


@expression(ast.Lambda)
def closure(lo: Lowering, node: ast.Lambda) -> Abstract:
    return names.make_closure(lo, node, "<lambda>")


@expression(ast.GeneratorExp)
def generator(lo: Lowering, node: ast.GeneratorExp) -> Abstract:
    return Generator(node, lo.scope)


@expression(ast.Starred)
def starred(lo: Lowering, node: ast.Starred) -> Abstract:
    lo.fail(UnsupportedSyntax, node, "a starred expression is not supported here")
