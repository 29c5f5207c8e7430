"""The spelling of operations: a row's template is parsed once, and operands are put into a copy
of its tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from symdiff.ir.core import Stmt
from symdiff.ir.opspec import OpSpec
from symdiff.ir.types import FLOAT, ArrayType, ListType, TupleType, Type
from symdiff.passes.ownership import has_list as holds_list

_BY_TYPE = ("zeros_like", "list_copy", "add_lists", "widen")  # spelled by the type of the operand
_BY_STATEMENT = (*_BY_TYPE, "add_at")
Fill = Callable[[str], "ast.expr | list[ast.expr] | None"]


@cache
def parse(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


def copied(template: str) -> ast.expr:
    """The template's tree, for whoever writes into trees."""
    tree: ast.expr = fill(parse(template), lambda _: None)
    return tree


@cache
def name_counts(template: str) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for node in ast.walk(parse(template)):
        if isinstance(node, ast.Name):
            counts[node.id] = counts.get(node.id, 0) + 1
    return counts


@cache
def bound_names(template: str) -> frozenset[str]:
    """What a template's comprehensions bind."""
    return frozenset(
        n.id
        for n in ast.walk(parse(template))
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )


def fill(node: Any, fill_name: Fill) -> Any:
    """A copy of the tree with names replaced; a starred name may become several arguments."""
    return _maker(node)(fill_name)


@cache
def maker(template: str) -> Callable[[Fill], Any]:
    """What fills copies of a template."""
    return _maker(parse(template))


@cache
def _maker(node: ast.AST) -> Callable[[Fill], Any]:
    """What makes copies of a template's tree: its fields are looked at once, not for every copy."""
    if isinstance(node, ast.Name):
        identifier, ctx = node.id, node.ctx
        return lambda fill_name: fill_name(identifier) or ast.Name(identifier, ctx)
    kind: Callable[..., Any] = type(node)
    fixed: list[Any] = [getattr(node, field, None) for field in node._fields]
    made: list[tuple[int, Callable[[Fill], Any]]] = []
    for k, value in enumerate(fixed):
        if isinstance(value, list):
            made.append((k, _list_maker(value)))
        elif isinstance(value, (ast.expr, ast.comprehension, ast.keyword, ast.slice)):
            made.append((k, _maker(value)))

    def make(fill_name: Fill) -> Any:
        values = fixed.copy()
        for k, maker in made:
            values[k] = maker(fill_name)
        return kind(*values)

    if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
        starred = f"*{node.value.id}"

        def spread(fill_name: Fill) -> Any:
            found = fill_name(starred)
            return found if isinstance(found, list) else make(fill_name)

        return spread
    return make


def _list_maker(items: list[Any]) -> Callable[[Fill], list[Any]]:
    makers = [(_maker(i) if isinstance(i, ast.AST) else None, i) for i in items]

    def make(fill_name: Fill) -> list[Any]:
        found: list[Any] = []
        for maker, item in makers:
            filled = item if maker is None else maker(fill_name)
            found += filled if isinstance(filled, list) else [filled]
        return found

    return make


def spelling(op: OpSpec, target: str) -> str:
    return op.emit.get(target, "")


def text_of(stmt: Stmt, target: str = "math") -> str:
    """The template of a statement: its own, that on arrays, or the target's."""
    if stmt.op.spell is not None:
        return stmt.op.spell(stmt)
    emit = stmt.op.emit
    if "numpy" in emit and stmt.on_arrays:
        return emit["numpy"]
    return emit.get(target, "")


@cache
def _multiple(op: OpSpec, template: str) -> tuple[frozenset[int], int]:
    """Positions of operands that a row's spelling mentions more than once, and the length of its
    text without operands.
    """
    if not template:
        return frozenset(), 0
    counts = name_counts(template)
    bound = bound_names(template)
    in_loop = isinstance(parse(template), ast.ListComp)
    often = {
        p
        for p in op.params
        if counts.get(p, 0) > 1 or (in_loop and counts.get(p, 0) and p not in bound)
    }
    text = len(template) - sum(len(p) * counts.get(p, 0) for p in op.params)
    return frozenset(k for k, p in enumerate(op.params) if p in often), text


def measures(stmt: Stmt, spelled: str) -> tuple[int, frozenset[int]]:
    """How many characters an operation's text has beside its operands, and the positions of
    operands that it mentions more than once: these need to be names."""
    found, length = _multiple(stmt.op, spelled)
    if not stmt.op.emit and stmt.op.spell is None:
        length = _overhead(stmt)
    if stmt.attrs or stmt.op.spell is not None or stmt.op.name in _BY_STATEMENT:
        found = _repeated(stmt, spelled, found)
    return length, found


def _repeated(stmt: Stmt, spelled: str, found: frozenset[int]) -> frozenset[int]:
    """Those of a row whose text depends on the statement."""
    if stmt.op.spell is not None and stmt.op.starred:
        counts = name_counts(spelled)
        found |= {k for k in range(len(stmt.args)) if counts.get(f"_{k}", 0) > 1}
    if stmt.op.name in _BY_TYPE and any(isinstance(a.type, TupleType) for a in stmt.args):
        found = frozenset(range(len(stmt.args)))
    if stmt.op.name == "add_at" and stmt.args[1].type != FLOAT:
        first = 1 if isinstance(stmt.args[1].type, TupleType) else 2
        found |= frozenset(range(first, len(stmt.args)))
    template = stmt.attrs.get("template")
    return found | _repeated_in_text(stmt, template) if template else found


def _repeated_in_text(stmt: Stmt, template: str) -> set[int]:
    first = 1 if stmt.op.name == "assert" else 0
    counts = name_counts(template)
    return {k for k in range(first, len(stmt.args)) if counts.get(f"_{k - first}", 0) != 1}


def _overhead(stmt: Stmt) -> int:
    """The same without a template: a rough length."""
    template = stmt.attrs.get("template")
    if template:
        return len(template)
    return {
        "getitem": 2,
        "tuple_get": 3,
        "make_tuple": 2 * len(stmt.args),
        "make_list": 2 * len(stmt.args),
    }.get(stmt.op.name, 14)


# -- lists by type: the loops over their structure -----------------------------------------------


_LOAD = ast.Load()  # has no place of its own: one does for all


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, _LOAD)


def call(function: str, *args: ast.expr) -> ast.Call:
    return ast.Call(name(function), list(args), [])


def method(of: ast.expr, attr: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(of, attr, ast.Load()), list(args), [])


def index(of: ast.expr, at: ast.expr) -> ast.Subscript:
    return ast.Subscript(of, at, ast.Load())


def comprehension(elt: ast.expr, targets: Sequence[ast.expr], source: ast.expr) -> ast.ListComp:
    target = targets[0] if len(targets) == 1 else ast.Tuple(list(targets), ast.Store())
    return ast.ListComp(elt, [ast.comprehension(target, source, [], 0)])


def _parts(t: TupleType, node: ast.expr) -> list[ast.expr]:
    return [index(node, ast.Constant(k)) for k in range(len(t.elems))]


def copy_of(t: Type, node: ast.expr, depth: int = 0) -> ast.expr:
    """A deep copy: no list or array of the result is one of the operand's."""
    if isinstance(t, ArrayType):
        return method(node, "copy") if t.dims else node
    if isinstance(t, ListType):
        if not holds_list(t.elem):
            return method(node, "copy")
        row = _row(depth)
        return comprehension(copy_of(t.elem, name(row), depth + 1), [name(row)], node)
    if isinstance(t, TupleType) and holds_list(t):
        parts = [copy_of(e, p, depth) for e, p in zip(t.elems, _parts(t, node), strict=True)]
        return ast.Tuple(parts, ast.Load())
    return node


def zeros_of(t: Type, node: ast.expr, depth: int = 0) -> ast.expr:
    """Zeros of the same structure."""
    if isinstance(t, ArrayType):
        zeros = ast.Attribute(name("np"), "zeros_like", ast.Load())
        return ast.Call(zeros, [node], []) if t.dims else ast.Constant(0.0)
    if isinstance(t, ListType):
        if isinstance(t.elem, (ListType, TupleType, ArrayType)) or t.elem.name in ("str", "none"):
            row = _row(depth)
            return comprehension(zeros_of(t.elem, name(row), depth + 1), [name(row)], node)
        return ast.BinOp(
            ast.List([zeros_of(t.elem, node)], ast.Load()), ast.Mult(), call("len", node)
        )
    if isinstance(t, TupleType):
        parts = [zeros_of(e, p, depth) for e, p in zip(t.elems, _parts(t, node), strict=True)]
        return ast.Tuple(parts, ast.Load())
    values = {"float": 0.0, "int": 0, "bool": False}
    return ast.Constant(values[t.name]) if t.name in values else node


def sum_of(t: Type, left: ast.expr, right: ast.expr, depth: int = 0) -> ast.expr:
    """The elementwise sum of two values of the same structure."""
    if isinstance(t, ListType):
        a, b = (f"{x}{depth or ''}" for x in ("p", "q"))
        inner = sum_of(t.elem, name(a), name(b), depth + 1)
        return comprehension(inner, [name(a), name(b)], call("zip", left, right))
    if isinstance(t, TupleType):
        pairs = zip(t.elems, _parts(t, left), _parts(t, right), strict=True)
        return ast.Tuple([sum_of(e, p, q, depth) for e, p, q in pairs], ast.Load())
    return left if t.name in ("str", "none") else ast.BinOp(left, ast.Add(), right)


def widened(old: Type, new: Type, node: ast.expr, depth: int = 0) -> ast.expr:
    """Ints to floats at any depth, in new lists."""
    if isinstance(old, ListType) and isinstance(new, ListType):
        row = _row(depth)
        return comprehension(widened(old.elem, new.elem, name(row), depth + 1), [name(row)], node)
    if isinstance(old, TupleType) and isinstance(new, TupleType):
        parts = zip(old.elems, new.elems, _parts(old, node), strict=True)
        return ast.Tuple([widened(o, n, p, depth) for o, n, p in parts], ast.Load())
    return call("float", node) if new == FLOAT and old != FLOAT else node


def _row(depth: int) -> str:
    return ("e", "e1", "e2", "e3", "e4")[min(depth, 4)]
