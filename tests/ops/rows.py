"""What the tests of the table share: graphs of one operation, their gradients, and rows as SymPy
expressions.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
import random
from collections.abc import Iterator, Sequence

import sympy

import symdiff.ops.table  # noqa: F401  (fills OPS)
from symdiff.autodiff.callees import Callees
from symdiff.autodiff.reverse import Reverse
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param
from symdiff.ir.interp import run
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.types import FLOAT, INT, Type, list_of
from symdiff.ir.verify import verify
from symdiff.ir.walk import rebuild
from symdiff.ops.formula import build, parse
from symdiff.passes.expand import expand
from symdiff.source import Origin, Span

ORIGIN = Origin(Span("table.py", 1), function="row")

# Which operands of a row are not plain floats.
TYPES = {"xs": list_of(FLOAT), "p": list_of(FLOAT), "q": list_of(FLOAT), "n": INT, "k": INT}


def operands(spec: OpSpec) -> tuple[str, ...]:
    """Operand names with a starred one written out as three."""
    names = list(spec.params)
    if spec.starred:
        names[-1:] = ["x", "y", "z"]
    return tuple(names)


def operand_types(spec: OpSpec) -> tuple[Type, ...]:
    """Operand types: floats, unless the row takes lists (``xs``) or ints (``n``)."""
    structured = spec.name.endswith("_list") or spec.name in ("sumprod", "dist", "fsum")
    return tuple(
        TYPES[p] if p in TYPES and (structured or TYPES[p] == INT) else FLOAT
        for p in operands(spec)
    )


def differentiable_rows() -> list[OpSpec]:
    """Rows with a derivative: of numbers, or of lists to a number."""
    skipped = {"sum_list", "held"}  # sum_list: tested with lists; held: has none by design
    lists = {"list_fill", "getitem", "set_at", "add_at", "append", "drop_last", "set_slice",
             "insert_at", "delete_at",
             "list_copy",
             "zeros_like", "add_lists", "concat", "slice", "repeat", "fold_repeat", "make_list",
             "make_tuple",
             "tuple_get", "widen", "pack_tape", "tape_get"}
    return [
        s for s in OPS
        if s.name not in lists | skipped and not s.region and not s.effect
        and not s.tags & {"array", "data"}
        and (s.vjp is not None or any(p not in (None, "0") for p in s.partials))
        and s.name not in ("modf", "frexp")
    ]


def graph_of(formula: str, names: Sequence[str], types: Sequence[Type] | None = None) -> Graph:
    """The graph of a formula over float parameters."""
    types = types or [FLOAT] * len(names)
    graph = Graph("row", Block(None), [Param(n, t) for n, t in zip(names, types, strict=True)])
    values = {n: graph.body.add_param(t, n) for n, t in zip(names, types, strict=True)}
    b = Builder(graph)
    b.current = ORIGIN
    values["e"] = b.const(math.e, "math.e")
    graph.body.yields = [build(b, formula, values)]
    return graph


def row_graph(spec: OpSpec) -> Graph:
    names = operands(spec)
    return graph_of(f"{spec.name}({', '.join(names)})", names, operand_types(spec))


def gradient(graph: Graph, output: int = 0) -> Graph:
    """The graph of one output's derivatives with respect to every float input."""
    new = rebuild(graph)
    b = Builder(new, relaxed=True)
    b.current = ORIGIN.with_role("adjoint")
    target = new.outputs[output]
    sources = [v for v in new.inputs if v.type in (FLOAT, list_of(FLOAT))]
    new.body.yields = Reverse(b, new, sources, [target], Callees(new)).run([(target, b.const(1.0))])
    verify(new, "reverse")
    return new


def evaluate(graph: Graph, point: Sequence[object]) -> list[object]:
    return run(expand(graph), *point)


def points(spec: OpSpec, count: int = 12) -> Iterator[tuple[float, ...]]:
    """Seeded samples of a row's domain."""
    rng = random.Random(spec.name)
    names = operands(spec)
    for _ in range(count):
        yield tuple(rng.uniform(*spec.domain.get(n, (-3.0, 3.0))) for n in names)


# -- formulas as SymPy expressions -----------------------------------------------------------------

_CONSTANTS = (
    sympy.log(2), 1 / sympy.log(2), 1 / sympy.log(10), 180 / sympy.pi, sympy.pi / 180,
    2 / sympy.sqrt(sympy.pi),
)
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
              ast.Div: operator.truediv,
              ast.Pow: operator.pow}
_FUNCTIONS = {
    "abs": sympy.Abs, "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "copysign": lambda x, y: sympy.Abs(x) * sympy.sign(y), "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x), "floordiv": lambda x, y: sympy.floor(x / y),
    "hypot": lambda *xs: sympy.sqrt(sum(x**2 for x in xs)),
    "digamma": lambda x: sympy.polygamma(0, x),
    "trigamma": lambda x: sympy.polygamma(1, x), "tetragamma": lambda x: sympy.polygamma(2, x),
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)), "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
    "sigmoid_neg": lambda z: 1 / (1 + sympy.exp(z)),
    "log_sigmoid": lambda z: -sympy.log(1 + sympy.exp(-z)),
}


def number(value: float) -> sympy.Expr:
    """A literal as the exact number that it stands for: a float must be the nearest one to a known
    constant.
    """
    if float(value).is_integer():
        return sympy.Integer(int(value))
    for exact in _CONSTANTS:
        if float(sympy.N(exact, 40)) == value:
            return exact
    ratio = sympy.nsimplify(value, rational=True)
    assert float(ratio) == value
    return ratio


class Open(Exception):
    """A condition that the signs of the symbols do not decide."""


class Translator:
    """A formula as a SymPy expression; ``choices`` answer the conditions that signs leave open.

    ``conditions`` are those conditions as they hold on the path taken.
    """

    def __init__(self, names: dict[str, sympy.Expr], choices: Sequence[bool] = ()) -> None:
        self.names = {"pi": sympy.pi, "e": sympy.E, "inf": sympy.oo, **names}
        self.choices = iter(choices)
        self.conditions: list[sympy.Expr] = []
        self.decided: dict[sympy.Expr, bool] = {}

    def __call__(self, node: ast.expr | str) -> sympy.Expr:
        if isinstance(node, str):
            node = parse(node)
        match node:
            case ast.Constant(value=value):
                return number(value)
            case ast.Name(id=name):
                return self.names[name]
            case ast.UnaryOp(ast.USub(), operand):
                return -self(operand)
            case ast.BinOp(left, op, right):
                return _OPERATORS[type(op)](self(left), self(right))
            case ast.IfExp(test, body, orelse):
                return self(body) if self.decide(test) else self(orelse)
            case ast.Call(ast.Lambda(ast.arguments(args=params), body), args):
                saved = self.names
                self.names = {**saved, **{p.arg: self(a) for p,
                                          a in zip(params, args, strict=True)}}
                result = self(body)
                self.names = saved
                return result
            case ast.Call(ast.Name(id=name), args):
                function = _FUNCTIONS.get(name) or getattr(sympy, name)
                return function(*map(self, args))
        raise AssertionError(ast.dump(node))

    def decide(self, test: ast.expr) -> bool:
        """Off the measure-zero sets (``!=`` holds, ``==`` does not) and by the signs of the
        symbols.
        """
        if isinstance(test, ast.BoolOp):
            combine = all if isinstance(test.op, ast.And) else any
            return combine(self.decide(v) for v in test.values)
        assert isinstance(test, ast.Compare)
        op = test.ops[0]
        if isinstance(op, (ast.Eq, ast.NotEq)):
            return isinstance(op, ast.NotEq)
        x, y = self(test.left), self(test.comparators[0])
        relation = {ast.Lt: x < y, ast.LtE: x <= y, ast.Gt: x > y, ast.GtE: x >= y}[type(op)]
        if relation in (sympy.true, sympy.false):
            return bool(relation)
        if relation in self.decided:
            return self.decided[relation]
        choice = next(self.choices, None)
        if choice is None:
            raise Open
        self.decided[relation] = choice
        self.conditions.append(relation if choice else sympy.Not(relation))
        return choice


def paths(formula: str, names: dict[str, sympy.Expr]) -> Iterator[tuple[sympy.Expr,
    list[sympy.Expr]]]:
    """The formula on each of its branches, with the conditions of the branch."""
    stack: list[tuple[bool, ...]] = [()]
    while stack:
        choices = stack.pop()
        translate = Translator(names, choices)
        try:
            yield translate(formula), translate.conditions
        except Open:
            stack += [(*choices, False), (*choices, True)]


def sign_cases(spec: OpSpec) -> Iterator[dict[str, sympy.Symbol]]:
    """Symbols for the operands, once for each combination of signs in the domain."""
    names = [*spec.params[:-1], "x", "rest"] if spec.starred else list(spec.params)
    options = []
    for name in names:
        low, high = spec.domain.get(name, (-3.0, 3.0))
        signs = [s for s, inside in (("positive", high > 0), ("negative", low < 0)) if inside]
        options.append([sympy.Symbol(name, real=True, **{s: True}) for s in signs])
    for combination in itertools.product(*options):
        yield dict(zip(names, combination, strict=True))


def image_of(spec: OpSpec, symbols: dict[str, sympy.Expr]) -> sympy.Expr:
    space = {"Rational": sympy.Rational, "sympy": sympy}
    functions = {k: getattr(sympy, k) for k in ("sign", "floor", "ceiling", "Max", "Min", "Abs",
                                                "loggamma",
                                                "gamma", "polygamma", "erf", "erfc", "atan2")}
    return sympy.sympify(spec.image, locals={**space, **functions, **symbols})
