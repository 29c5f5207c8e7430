"""Graphs as formulas: the text of a value in the language of the rows.

What is read more than once becomes a let; a conditional expression becomes one again.  ``sides``
takes a formula apart at its branches on a sign, and ``spelled`` puts names in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from symdiff.ir.core import Block, Graph, Stmt, Value

_BINARY: Mapping[str, ast.operator] = {
    "add": ast.Add(), "sub": ast.Sub(), "mul": ast.Mult(), "div": ast.Div(), "pow": ast.Pow(),
}  # fmt: skip
_COMPARE: Mapping[str, ast.cmpop] = {
    "lt": ast.Lt(), "le": ast.LtE(), "gt": ast.Gt(), "ge": ast.GtE(), "eq": ast.Eq(),
    "ne": ast.NotEq(),
}  # fmt: skip


class NoFormula(ValueError):
    """The graph holds what the language of formulas has no words for."""


@dataclass(slots=True)
class Formulas:
    """``lets`` in order, then the outputs."""

    lets: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)


def formulas(
    graph: Graph, names: Sequence[str], values: Sequence[Value] | None = None
) -> Formulas:
    """The outputs of a graph whose inputs are called ``names``, or other values of it."""
    return _Speller(graph, names).all(graph.outputs if values is None else values)


class _Speller:
    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self.graph = graph
        self.known: dict[Value, ast.expr] = {
            v: ast.Name(n) for v, n in zip(graph.inputs, names, strict=True)
        }
        self.taken = {*names, "out", "pi", "inf", "nan"}
        self.made = Formulas()
        self.reads: dict[Value, int] = {}

    def all(self, outputs: Sequence[Value]) -> Formulas:
        self._count(outputs)
        self._block(self.graph.body)
        self.made.outputs = [ast.unparse(self._expr(v)) for v in outputs]
        return self.made

    def _count(self, outputs: Sequence[Value]) -> None:
        """How often each value that is needed is read."""
        work, seen = list(outputs), set()
        for v in outputs:
            self.reads[v] = self.reads.get(v, 0) + 1
        while work:
            v = work.pop()
            if v.stmt is None or v.stmt in seen:
                continue
            seen.add(v.stmt)
            inner = [a for b in v.stmt.blocks for s in b.stmts for a in s.args]
            inner += [y for b in v.stmt.blocks for y in b.yields]
            for a in (*v.stmt.args, *inner):
                self.reads[a] = self.reads.get(a, 0) + 1
                work.append(a)

    def _block(self, block: Block) -> None:
        for stmt in block.stmts:
            for result in stmt.results:
                if result not in self.reads or result.is_const():
                    continue
                made = self._made(stmt, result)
                shared = self.reads[result] > 1 and block is self.graph.body
                if shared and not isinstance(made, (ast.Name, ast.Constant, ast.Compare)):
                    name = self._name(result)
                    self.made.lets[name] = ast.unparse(made)
                    made = ast.Name(name)
                self.known[result] = made

    def _name(self, v: Value) -> str:
        base = v.hint if v.hint and len(v.hint) <= 3 else "t"
        name, k = base, 0
        while name in self.taken:
            k += 1
            name = f"{base}{k}"
        self.taken.add(name)
        return name

    def _expr(self, v: Value) -> ast.expr:
        if v.is_const():
            return constant(v.constant)
        return self.known[v]

    def _made(self, stmt: Stmt, result: Value) -> ast.expr:
        name = stmt.op.name
        if name == "if":
            for block in stmt.blocks:
                self._block(block)
            then, other = (self._expr(b.yields[result.index]) for b in stmt.blocks)
            return ast.IfExp(self._expr(stmt.args[0]), then, other)
        if stmt.op.region or stmt.op.effect or stmt.attrs:
            raise NoFormula(f"no formula for {name}")
        args = [self._expr(a) for a in stmt.args]
        if name in _BINARY:
            return ast.BinOp(args[0], _BINARY[name], args[1])
        if name in _COMPARE:
            return ast.Compare(args[0], [_COMPARE[name]], [args[1]])
        if name == "neg":
            return ast.UnaryOp(ast.USub(), args[0])
        if name in ("float", "pos"):
            return args[0]
        return ast.Call(ast.Name(name), args, [])


def constant(number: object) -> ast.expr:
    """A number as a formula has it: whole ones without a point."""
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number:
        raise NoFormula(f"no formula for the constant {number!r}")
    if number < 0:
        return ast.UnaryOp(ast.USub(), constant(-number))
    if number == float("inf"):
        return ast.Name("inf")
    return ast.Constant(int(number) if number == int(number) and number < 2**53 else number)


# -- branches --------------------------------------------------------------------------------------


class _Side(ast.NodeTransformer):
    def __init__(self, name: str, positive: bool) -> None:
        self.name, self.positive = name, positive

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        match node.test:
            case ast.Compare(ast.Name(id=name), [op], [ast.Constant(value=0)]) if name == self.name:
                holds = isinstance(op, (ast.Gt, ast.GtE, ast.NotEq)) if self.positive else (
                    isinstance(op, (ast.Lt, ast.LtE, ast.NotEq)))
                return self.visit(node.body if holds else node.orelse)  # type: ignore[no-any-return]
        return self.generic_visit(node)


def side(formula: str, name: str, positive: bool) -> str:
    """The formula where the variable is greater (or less) than 0: branches on it are decided.

    >>> side("(1 if x > 0 else t)/(1 + t)", "x", False)
    't / (1 + t)'
    """
    return ast.unparse(_Side(name, positive).visit(ast.parse(formula, mode="eval")))


class _Substitute(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self.names.get(node.id)
        return node if found is None else ast.parse(found, mode="eval").body


def substituted(formula: str, names: Mapping[str, str]) -> str:
    """The formula with other formulas for its names.

    >>> substituted("x == 0", {"x": "1 - p"})
    '1 - p == 0'
    """
    return ast.unparse(_Substitute(names).visit(ast.parse(formula, mode="eval")))


def inlined(formula: str, lets: Mapping[str, str]) -> str:
    """The formula with its lets, and theirs, put in."""
    known: dict[str, str] = {}
    for name, text in lets.items():
        known[name] = substituted(text, known)
    return substituted(formula, known)


class _Decide(ast.NodeTransformer):
    def __init__(self, test: str, holds: bool) -> None:
        self.test, self.holds = test, holds

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        if ast.unparse(node.test) == self.test:
            return self.visit(node.body if self.holds else node.orelse)  # type: ignore[no-any-return]
        return self.generic_visit(node)


def chosen(formula: str, test: str, holds: bool) -> str:
    """The formula where a test holds, or where it does not.

    >>> chosen("(a if abs(x) < 1 else b)*c", "abs(x) < 1", False)
    'b * c'
    """
    return ast.unparse(_Decide(test, holds).visit(ast.parse(formula, mode="eval")))


def decided(*texts: str) -> Iterator[tuple[str, ...]]:
    """The formulas with their branches decided in every way, the same test the same way in all.

    >>> list(decided("a if p else b", "a + (b if p else c)"))
    [('a', 'a + b'), ('b', 'a + c')]
    """
    trees = [ast.parse(t, mode="eval") for t in texts]
    test = next((n.test for t in trees for n in ast.walk(t) if isinstance(n, ast.IfExp)), None)
    if test is None:
        yield texts
        return
    name = ast.unparse(test)
    for holds in (True, False):
        yield from decided(
            *(ast.unparse(_Decide(name, holds).visit(ast.parse(t, mode="eval"))) for t in texts)
        )


def is_pole(formula: str) -> bool:
    """Whether a formula without branches is no finite number, whatever its names are.

    >>> is_pole("2*x*(0.5*inf)"), is_pole("x/inf")
    (True, False)
    """
    return _is_pole(ast.parse(formula, mode="eval").body)


def _is_pole(node: ast.expr) -> bool:
    match node:
        case ast.Name("inf" | "nan"):
            return True
        case ast.UnaryOp(_, operand):
            return _is_pole(operand)
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult(), right):
            return _is_pole(left) or _is_pole(right)
        case ast.BinOp(left, ast.Div(), _):
            return _is_pole(left)
        case ast.Call(ast.Lambda(_, body), _):  # lets around it
            return _is_pole(body)
    return False


def branches_on(formula: str, name: str) -> bool:
    return side(formula, name, True) != side(formula, name, False)
