"""Expressions: operators, comparisons, short circuits."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from typing import TypeGuard

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import (
    arrays,
    classes,
    complexes,
    deques,
    equality,
    heap,
    iterate,
    membership,
    mixed_lists,
    names,
    objects,
    operators,
    text,
)
from symdiff.frontend.branches import branch, every, negate, some
from symdiff.frontend.context import Lowering, Undecided, expression
from symdiff.frontend.optional import narrowed, present
from symdiff.frontend.values import (
    Abstract,
    BoundMethod,
    Closure,
    Const,
    Maybe,
    Obj,
    Optional,
    Range,
    Ref,
    Struct,
    View,
    describe,
    is_complex,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, FLOAT, INT, STR, is_number

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.BitAnd: "bit_and",
    ast.BitOr: "bit_or",
    ast.BitXor: "bit_xor",
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}
_BITS = frozenset(("&", "|", "^", "<<", ">>", "~"))
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


Combine = Callable[[Lowering, ast.operator, Abstract, Abstract, ast.AST], Abstract | None]
COMBINE: list[Combine] = []  # operators of sets and dicts, whose modules need this one
Compare = Callable[[Lowering, ast.cmpop, Abstract, Abstract, ast.AST], Value | None]
COMPARISONS: list[Compare] = []
CONTAINERS = ("tuple", "dict", "namedtuple", "list", "set")  # empty ones are false


@expression(ast.Constant)
def constant(lo: Lowering, node: ast.Constant) -> Abstract:
    value = node.value
    if isinstance(value, (bool, int, float)):
        return lo.builder.const(value)
    if value is None or isinstance(value, str):
        return Const(value)
    if isinstance(value, complex):
        return complexes.complex_of(lo, lo.builder.const(value.real), lo.builder.const(value.imag))
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


def operate(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """``left op right`` on numbers, lists, tuples, arrays, text and by the methods of a class."""
    if _is_plain(left) and _is_plain(right):
        return _arithmetic(lo, op, left, right, node)
    left, right = operators.both_present(lo, _symbol(op), left, right)
    if is_complex(left) or is_complex(right):
        return complexes.operate(lo, op, left, right, node)
    if (arrays.is_array(left) or arrays.is_array(right)) and not is_text(left):
        return arrays.operate(lo, op, left, right, node)
    if isinstance(op, ast.BitOr) and _is_type(left) and _is_type(right):
        return Const(left.value | right.value)
    if classes.class_of(left) is not None or classes.class_of(right) is not None:
        own = operators.binary(lo, op, left, right, node)
        if own is not None:
            return own
        left, right = operators.number(lo, left), operators.number(lo, right)
    if is_text(left) or is_text(right):
        made = _of_text(lo, op, left, right, node)
        if made is not None:
            return made
    if isinstance(left, Value) and isinstance(right, Value):
        return _arithmetic(lo, op, left, right, node)
    return _of_containers(lo, op, left, right, node)


def combined(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """``left op right`` of two sets, dicts or counters."""
    for combine in COMBINE:
        found = combine(lo, op, left, right, node)
        if found is not None:
            return found
    return None


def _is_type(x: Abstract) -> TypeGuard[Const]:
    """Whether it is a class, or a union of classes."""
    return isinstance(x, Const) and isinstance(x.value, (type, types.UnionType))


def _is_plain(x: Abstract) -> TypeGuard[Value]:
    """A number of Python's, which most operands are."""
    return isinstance(x, Value) and is_number(x.type)


def _of_containers(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """Operators of sets, dicts, lists and tuples."""
    found = combined(lo, op, left, right, node)
    if found is not None:
        return found
    if isinstance(op, ast.Add):
        added = add_sequences(lo, left, right, node)
        if added is not None:
            return added
    if isinstance(op, ast.Mult):
        times, seq = (left, right) if isinstance(left, Value) else (right, left)
        if isinstance(times, Value) and mixed_lists.is_mixed(seq) and times.is_const():
            items = _elements(lo, seq, node) or []
            return lo.new_object(mixed_lists.contents(items * times.constant))
        if isinstance(times, Value) and isinstance(seq, (Ref, Struct)):
            return _repeat(lo, seq, times, node)
    lo.none_used(f"unsupported operand type(s) for {_symbol(op)}", left, right)
    lo.fail(
        TypeMismatch,
        node,
        f"{describe(left)} {_symbol(op)} {describe(right)} is not defined here",
        "the operands are not numbers",
        "convert them first, or keep this out of the differentiated function",
    )


def _arithmetic(
    lo: Lowering, op: ast.operator, left: Value, right: Value, node: ast.AST
) -> Abstract:
    """``left op right`` on numbers."""
    row = BINARY.get(type(op))
    if row is not None:
        _whole(lo, _symbol(op), (left, right), node)
        return lo.builder.op(row, left, right)
    lo.fail(
        UnsupportedSyntax,
        node,
        "@ of numbers is not defined",
        "it is for classes that define it",
        "write the sums out",
    )


def _of_text(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract | None:
    """Text joined, repeated and filled in."""
    b = lo.builder
    if isinstance(op, ast.Mod) and is_text(left):
        return text.percent(lo, left, right, node)
    if isinstance(op, ast.Mult):
        times, known = (left, right) if isinstance(left, Value) else (right, left)
        if isinstance(known, Const) and is_index(times):
            return Const(known.value * times.constant)
    if not (isinstance(op, ast.Add) and is_text(left) and is_text(right)):
        return None
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(left.value + right.value)
    parts = [b.const(x.value) if isinstance(x, Const) else x for x in (left, right)]
    return b.op("text", *parts, template="_0 + _1")  # type: ignore[arg-type]


def _whole(lo: Lowering, sign: str, operands: tuple[Value, ...], node: ast.AST) -> None:
    """Bit operators take no floats, in Python and here."""
    if sign in _BITS and any(x.type is FLOAT for x in operands):
        shown = " and ".join(f"'{x.type}'" for x in operands)
        lo.fail(
            TypeMismatch,
            node,
            f"unsupported operand type{'s' * (len(operands) > 1)} for {sign}: {shown}",
            "bit operators are for whole numbers and truth values",
            "write int(...), or 'and', 'or', 'not' for truth values",
        )


def is_index(x: Abstract) -> TypeGuard[Value]:
    """Whether this is an int that is known."""
    return isinstance(x, Value) and x.is_const() and x.type == INT


def is_text(x: Abstract) -> bool:
    """A string that is known, or one that is made from numbers."""
    if isinstance(x, Const):
        return isinstance(x.value, str)
    return isinstance(x, Value) and x.type == STR


def _symbol(op: ast.operator) -> str:
    return _SYMBOLS.get(type(op), type(op).__name__)


_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
}


def add_sequences(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Abstract | None:
    if mixed_lists.is_mixed(left) or mixed_lists.is_mixed(right):
        both_sides = [_elements(lo, x, node) for x in (left, right)]
        if all(items is not None for items in both_sides):
            return mixed_lists.make(lo, [x for items in both_sides for x in items or ()], node)
        return None
    if isinstance(left, Ref) and isinstance(right, Ref) and not mixed_lists.same(lo, left, right):
        both_sides = [_elements(lo, x, node) for x in (left, right)]
        if all(items is not None for items in both_sides):
            return mixed_lists.make(lo, [x for items in both_sides for x in items or ()], node)
    if isinstance(left, Ref) and isinstance(right, Ref):
        value = lo.builder.op("concat", heap.read(lo, left, node), heap.read(lo, right, node))
        made = deques.like(heap.shallow(lo, value, left, right), left)
        deques.trim(lo, made, node)
        return made
    if (
        isinstance(left, Struct)
        and isinstance(right, Struct)
        and left.kind == right.kind == "tuple"
    ):
        return pack(left.items + right.items)
    return None


def _elements(lo: Lowering, x: Abstract, node: ast.AST) -> list[Abstract] | None:
    """The elements of a list, where they are known one by one."""
    if isinstance(x, Obj) and x.kind == "list":
        return mixed_lists.items_of(lo, x, node)
    if isinstance(x, Ref):
        return mixed_lists.known_items(lo, x, node)
    return None


def _repeat(lo: Lowering, seq: Ref | Struct, times: Value, node: ast.AST) -> Abstract:
    if isinstance(seq, Struct):
        if not times.is_const():
            lo.fail(
                TypeMismatch,
                node,
                "a tuple repeated a varying number of times has no fixed length",
                "",
                "use a list",
            )
        return pack(seq.items * times.constant)
    value = heap.read(lo, seq, node)
    stmt = value.stmt
    if stmt is not None and value.op == "make_list" and len(stmt.args) == 1:
        made = lo.new_cell(lo.builder.op("list_fill", times, stmt.args[0]))
    else:
        made = lo.new_cell(lo.builder.op("repeat", value, times))
    deques.trim(lo, deques.like(made, seq), node)
    heap.shares_rows(lo, made, "'[row]*n' puts the same row there n times")
    return made


@expression(ast.UnaryOp)
def unary(lo: Lowering, node: ast.UnaryOp) -> Abstract:
    if isinstance(node.op, ast.Not):
        return negate(lo, truth(lo, lo.expr(node.operand), node.operand))
    x = present(lo, lo.expr(node.operand), "bad operand type for a sign: 'NoneType'")
    if is_complex(x):
        return complexes.unary(lo, node.op, x, node)
    if arrays.is_array(x):
        return arrays.unary(lo, node.op, x, node)
    own = operators.unary(lo, node.op, x, node)
    if own is not None:
        return own
    operand = lo.number(operators.number(lo, x), node.operand)
    if isinstance(node.op, ast.USub):
        return lo.builder.op("neg", operand)
    if isinstance(node.op, ast.UAdd):
        return operand if operand.type != BOOL else lo.builder.op("int", operand)
    _whole(lo, "~", (operand,), node)
    if operand.type == BOOL:  # ~True is -2, and newer Pythons warn of it
        operand = lo.builder.op("int", operand)
    return lo.builder.op("bit_not", operand)


# -- truth -----------------------------------------------------------------------------------------


def truth(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """``bool(x)``: numbers differ from zero, containers are not empty."""
    b = lo.builder
    complexes.no_comparison(lo, x, x, node)
    if arrays.is_array(x):
        return arrays.truth(lo, x, node)
    if isinstance(x, Value):
        if x.type == BOOL:
            return x
        if x.type == STR:
            lo.fail(
                TypeMismatch,
                node,
                "a text that depends on values is used as a condition",
                "",
                "test the number itself",
            )
        return b.const(bool(x.constant)) if x.is_const() else b.op("ne", x, b.const(0))
    x = narrowed(lo.state.facts, x)
    if isinstance(x, Optional):
        value, there = x.value, x.there
        return every(lo, [lambda: there, lambda: truth(lo, value, node)], node)
    return _of_object(lo, x, node)


def _of_object(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """``bool(x)`` of what is neither a number nor an array."""
    b = lo.builder
    for special in ("__bool__", "__len__"):
        own = classes.call_special(lo, x, special, [], node)
        if own is not None:
            return truth(lo, own, node)
    if isinstance(x, Ref):
        return b.op("ne", b.op("len", heap.read(lo, x, node)), b.const(0))
    x = objects.structure(lo, x, node)
    if isinstance(x, Struct):
        return b.const(bool(x.items) or x.kind not in CONTAINERS)
    if isinstance(x, Range):
        return b.op("ne", iterate.range_length(lo, x), b.const(0))
    if isinstance(x, Const):
        return b.const(bool(x.value))
    if isinstance(x, (Closure, BoundMethod)):
        return b.const(True)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(x)} is used as a condition",
        "",
        "compare it, or use len(...)",
    )


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


def _chain(
    lo: Lowering, parts: list[Callable[[], Abstract]], conj: bool, node: ast.AST
) -> Abstract:
    """``a and b and ...``: an operand after the first is computed only if it decides."""
    if len(parts) == 1:
        return parts[0]()
    back = lo.mark()
    try:
        first = parts[0]()
    except Undecided:
        back()
        other = _chain(lo, parts[1:], conj, node)
        if isinstance(other, Value) and other.is_const(not conj):
            return other
        raise
    cond = truth(lo, first, node)

    def rest() -> Abstract:
        return _chain(lo, parts[1:], conj, node)

    if cond.is_const():
        return rest() if cond.constant == conj else first
    known = isinstance(first, Value) and first.type == BOOL
    short = lo.builder.const(not conj) if known else first
    return (
        branch(lo, cond, rest, lambda: short, node)
        if conj
        else branch(lo, cond, lambda: short, rest, node)
    )


@expression(ast.IfExp)
def ternary(lo: Lowering, node: ast.IfExp) -> Abstract:
    cond = test(lo, node.test)
    if cond.is_const():
        return lo.expr(node.body if cond.constant else node.orelse)
    return branch(lo, cond, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse), node)


@expression(ast.Compare)
def compare(lo: Lowering, node: ast.Compare) -> Abstract:
    left = lo.expr(node.left)
    if len(node.ops) == 1 and not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        right = lo.expr(node.comparators[0])
        complexes.no_comparison(lo, left, right, node)
        if arrays.is_array(left) or arrays.is_array(right):
            return arrays.compare(lo, node.ops[0], left, right, node)
        return relation(lo, node.ops[0], left, right, node)
    return _compare(lo, left, list(zip(node.ops, node.comparators, strict=True)), node)


def _compare(
    lo: Lowering, left: Abstract, rest: list[tuple[ast.cmpop, ast.expr]], node: ast.Compare
) -> Value:
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
    if isinstance(left, Optional) or isinstance(right, Optional):
        return operators.with_none(lo, op, left, right, node)
    complexes.no_comparison(lo, left, right, node)
    if (arrays.is_array(left) or arrays.is_array(right)) and type(op) in COMPARE:
        return truth(lo, arrays.compare(lo, op, left, right, node), node)
    if isinstance(op, (ast.Is, ast.IsNot)):
        same = membership.identical(lo, left, right, node)
        return same if isinstance(op, ast.Is) else negate(lo, same)
    if isinstance(op, (ast.In, ast.NotIn)):
        found = _contains(lo, left, right, node)
        return negate(lo, found) if isinstance(op, ast.NotIn) else found
    own = operators.compare(lo, op, left, right, node)
    if own is not None:
        return truth(lo, own, node)
    left, right = operators.number(lo, left), operators.number(lo, right)
    if isinstance(left, Value) and isinstance(right, Value):
        return b.op(COMPARE[type(op)], left, right)
    return _relation_of_containers(lo, op, left, right, node)


def _relation_of_containers(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Value:
    b = lo.builder
    for compared in COMPARISONS:
        answer = compared(lo, op, left, right, node)
        if answer is not None:
            return answer
    if isinstance(op, (ast.Eq, ast.NotEq)):
        same = equality.equal(lo, left, right, node)
        return negate(lo, same) if isinstance(op, ast.NotEq) else same
    if _is_tuple(left) and _is_tuple(right):
        pairs = list(zip(left.items, right.items, strict=False))
        return _in_order(lo, op, pairs, (len(left.items), len(right.items)), node)
    if isinstance(left, Ref) and isinstance(right, Ref):
        row = f"list_{COMPARE[type(op)]}"
        return b.op(row, heap.read(lo, left, node), heap.read(lo, right, node))
    if isinstance(left, Const) and isinstance(right, Const) and isinstance(left.value, str):
        decide: dict[type[ast.cmpop], bool] = {
            ast.Lt: left.value < right.value,
            ast.LtE: left.value <= right.value,
            ast.Gt: left.value > right.value,
            ast.GtE: left.value >= right.value,
        }
        return b.const(decide[type(op)])
    lo.none_used("these are not compared", left, right)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(left)} cannot be compared with a {describe(right)} here",
        "",
        "compare numbers with numbers, text with text",
    )


def _is_tuple(x: Abstract) -> TypeGuard[Struct]:
    return isinstance(x, Struct) and x.kind in ("tuple", "namedtuple")


def _in_order(
    lo: Lowering,
    op: ast.cmpop,
    pairs: list[tuple[Abstract, Abstract]],
    lengths: tuple[int, int],
    node: ast.AST,
) -> Value:
    """``<`` of tuples: the first items that differ decide, then the lengths."""
    b = lo.builder
    if not pairs:
        return b.op(COMPARE[type(op)], *map(b.const, lengths))
    (x, y), *rest = pairs
    same = relation(lo, ast.Eq(), x, y, node)
    if same.is_const():
        if same.constant:
            return _in_order(lo, op, rest, lengths, node)
        return relation(lo, op, x, y, node)
    if not rest and lengths[0] == lengths[1]:
        return relation(lo, op, x, y, node)
    found = branch(
        lo,
        same,
        lambda: _in_order(lo, op, rest, lengths, node),
        lambda: relation(lo, op, x, y, node),
        node,
    )
    assert isinstance(found, Value)
    return found


def _has_key(lo: Lowering, x: Abstract, d: Obj, node: ast.AST) -> Value:
    """``x in d``: known, or whether the path taken has put the key there."""
    found: Value = lo.builder.const(False)
    held = objects.contents(lo, d)
    for key, item in zip(held.keys, held.items, strict=True):
        hit = relation(lo, ast.Eq(), x, iterate.constant(lo, key), node)
        if isinstance(item, Maybe) and not (hit.is_const() and not hit.constant):
            assert isinstance(item.bound, Value)
            hit = both(lo, hit, item.bound)
        found = either(lo, found, hit)
        if found.is_const(True):
            break
    return found


def both(lo: Lowering, p: Value, q: Value) -> Value:
    """``p and q`` of truth values that are computed already."""
    if p.is_const():
        return q if p.constant else p
    return lo.builder.select(p, lambda: q, lambda: lo.builder.const(False))


def either(lo: Lowering, p: Value, q: Value) -> Value:
    """``p or q`` of truth values that are computed already."""
    if p.is_const():
        return p if p.constant else q
    return lo.builder.select(p, lambda: lo.builder.const(True), lambda: q)


def _contains(lo: Lowering, x: Abstract, container: Abstract, node: ast.AST) -> Value:
    own = classes.call_special(lo, container, "__contains__", [x], node)
    if own is not None:
        return truth(lo, own, node)
    if isinstance(container, Obj) and container.kind == "dict":
        return _has_key(lo, x, container, node)
    container = operators.iterated(lo, container, node)
    if isinstance(container, View):
        if container.part == "keys":
            return _has_key(lo, x, container.owner, node)
        held = objects.known(lo, container.owner, node)
        rows = zip(held.keys, held.items, strict=True)
        pairs: list[Abstract] = [pack([iterate.constant(lo, k), i]) for k, i in rows]
        container = pack(pairs if container.part == "items" else held.items)
    container = objects.structure(lo, container, node)
    found = membership.contained(lo, x, container, node)
    if found is not None:
        return found
    if isinstance(container, Struct):
        candidates = (
            [text.known(lo, k) for k in container.keys]
            if container.kind in ("dict", "set")
            else list(container.items)
        )

        def equals(c: Abstract) -> Callable[[], Value]:
            return lambda: relation(lo, ast.Eq(), x, c, node)

        return some(lo, [equals(c) for c in candidates], node)
    lo.fail(
        UnsupportedSyntax,
        node,
        f"'in' a {describe(container)} is not supported",
        "",
        "write any(x == y for y in ...)",
    )


operators.RELATION.append(relation)
