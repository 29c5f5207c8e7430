"""Proofs: two values of a graph are equal as functions, by bringing their difference to 0.

``proves(a, b)`` evaluates both in one field of forms (``field``, ``functions``).  What an operation
means is its row's: the SymPy image, or the first form of a gate.  An operation without either is a
function of which only ``x = y  =>  f(x) = f(y)`` is used.  The proof is of the analytic identity:
it holds where both sides are defined, on reals, without rounding; ``sin(1e-9*x) = 1e-9*x``, which
agrees in every digit that a test could see, is not proved.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from symdiff.discovery import functions
from symdiff.discovery.budget import clock
from symdiff.discovery.field import Form, OutOfBudget, Refine
from symdiff.discovery.functions import FUNCTIONS, Lattice
from symdiff.ir.core import Stmt, Value
from symdiff.ops.formula import parse
from symdiff.ops.gates import GATES
from symdiff.ops.table import OPS

SECONDS = 1.0  # a gate's proof; whole programs are proved gate by gate
GENERATORS = 48


def proves(a: Value, b: Value, positive: Sequence[Value] = (), seconds: float = SECONDS) -> bool:
    """Whether ``a = b`` is proved for all values of what they are made of.

    Inputs in ``positive`` are greater than 0; so is an input, or a quotient of two, of which ``a``
    takes the logarithm, and an input of which it takes a root (elsewhere ``a`` is not defined).
    False means "not proved", not "unequal".
    """
    import sympy.polys.rings  # noqa: F401  its import is no part of the budget

    grains = {"exp": 1, "angle": 1}
    deadline = clock() + seconds
    while True:
        try:
            evaluation = Evaluation(Lattice(GENERATORS, deadline, grains), positive)
            left = evaluation.value(a)
            right = evaluation.value(b)
            return evaluation.field.is_zero(evaluation.field.sub(left, right))
        except Refine as refine:
            grains = {**grains, refine.kind: refine.grain}
        except (OutOfBudget, ZeroDivisionError, OverflowError):
            return False


class Evaluation:
    """Values of a graph as forms."""

    def __init__(self, field: Lattice, positive: Sequence[Value] = ()) -> None:
        self.field = field
        self.positive = set(positive)
        self.forms: dict[Value, Form] = {}

    def value(self, v: Value) -> Form:
        """The form of a value; what it is made of is brought along without recursion."""
        work = [v]
        while work:
            one = work[-1]
            if one in self.forms:
                work.pop()
                continue
            missing = [] if self._is_leaf(one) else [x for x in _args(one) if x not in self.forms]
            if missing:
                work.extend(missing)
                continue
            self.forms[one] = self._made(one)
            work.pop()
        return self.forms[v]

    def _is_leaf(self, v: Value) -> bool:
        return v.stmt is None or v.is_const() or v.stmt.op.region

    def _made(self, v: Value) -> Form:
        if v.is_const():
            return self._constant(v.constant)
        if v.stmt is None or v.stmt.op.region:
            return self._input(v)
        stmt = v.stmt
        if stmt.op.name in ("log", "sqrt") and self._is_leaf(stmt.args[0]):
            self.positive.add(stmt.args[0])
            if not stmt.args[0].is_const():
                self.forms[stmt.args[0]] = self._input(stmt.args[0])
        elif stmt.op.name == "log":
            functions.same_sign(self.field, self.forms[stmt.args[0]])
        return self._operation(stmt)

    def _input(self, v: Value) -> Form:
        number = self.field.generator(("input", id(v)), positive=v in self.positive)
        if v in self.positive:
            self.field.positive.add(number)
        return self.field.of(number)

    def _constant(self, value: object) -> Form:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise OutOfBudget("no number")
        if not math.isfinite(value):
            raise OutOfBudget("not a finite number")
        return known_constant(self.field, value)

    def _operation(self, stmt: Stmt) -> Form:
        operands = [self.forms[x] for x in stmt.args]
        return self.applied(stmt.op.name, operands)

    def applied(self, name: str, operands: Sequence[Form]) -> Form:
        """An operation of the table, or a mathematical function, on forms."""
        if name in FUNCTIONS:
            return FUNCTIONS[name](self.field, *operands)
        spec, gate = OPS.get(name), GATES.get(name)
        text = "" if spec is None else gate.forms[0] if gate is not None else spec.image
        if spec is None or spec.starred or not text or _is_call_of(text, name):
            key = ("call", name, tuple(map(self.field.canonical, operands)))
            return self.field.of(self.field.generator(key))
        names = dict(zip(spec.params, operands, strict=True))
        return self.formula(parse(text), names)

    def formula(self, node: ast.expr, names: Mapping[str, Form]) -> Form:
        """A formula over forms."""
        f = self.field
        match node:
            case ast.Constant(value=bool()):
                raise OutOfBudget("a truth value")
            case ast.Constant(value=int() | float() as value):
                return known_constant(f, value)
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Name(id=("pi" | "e") as name):
                return _named_constant(f, name)
            case ast.UnaryOp(ast.USub(), operand):
                return f.neg(self.formula(operand, names))
            case ast.BinOp(left, ast.Pow(), right):
                return self._power(self.formula(left, names), self.formula(right, names))
            case ast.BinOp(left, op, right):
                a, b = self.formula(left, names), self.formula(right, names)
                rule = _ARITHMETIC.get(type(op))
                if rule is not None:
                    return rule(f, a, b)
            case ast.Call(ast.Name("Rational"), [numerator, denominator]):
                return f.div(self.formula(numerator, names), self.formula(denominator, names))
            case ast.Call(ast.Name(name), args):
                return self.applied(name, [self.formula(a, names) for a in args])
        raise OutOfBudget(f"no form for {ast.unparse(node)}")

    def _power(self, base: Form, exponent: Form) -> Form:
        q = self.field.rational(exponent)
        if q is not None and q.denominator <= 6 and abs(q.numerator) <= 32:
            return functions.power(self.field, base, q)
        return functions.exp(self.field, self.field.mul(exponent, functions.log(self.field, base)))


_ARITHMETIC = {
    ast.Add: Lattice.add,
    ast.Sub: Lattice.sub,
    ast.Mult: Lattice.mul,
    ast.Div: Lattice.div,
}


def _is_call_of(text: str, name: str) -> bool:
    """Whether an image only says that the operation is itself: ``gamma(x)``."""
    node = parse(text)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _args(v: Value) -> Sequence[Value]:
    return () if v.stmt is None else v.stmt.args


# -- constants -------------------------------------------------------------------------------------


def known_constant(f: Lattice, value: float | int) -> Form:
    """A number of the program: what its digits say, or the irrational that it rounds.

    0.5641895835477563 is 1/sqrt(pi), and an identity that needs it to be is one on reals."""
    if isinstance(value, int):
        return f.constant(value)
    short = Fraction(repr(value))
    if len(repr(abs(value)).replace(".", "").strip("0")) < 14:
        return f.constant(short)
    for name, number in _IRRATIONAL:
        q = Fraction(value / number).limit_denominator(1440)
        if q and abs(float(q) * number - value) <= 2e-16 * abs(value):
            return f.mul(f.constant(q), _named_constant(f, name))
    return f.constant(short)


_IRRATIONAL = tuple(
    (name, value)
    for name, value in (
        ("third", 1.0),
        ("pi", math.pi),
        ("1/pi", 1 / math.pi),
        ("sqrt(2)", math.sqrt(2.0)),
        ("sqrt(pi)", math.sqrt(math.pi)),
        ("1/sqrt(pi)", 1 / math.sqrt(math.pi)),
        ("sqrt(2*pi)", math.sqrt(2 * math.pi)),
        ("1/sqrt(2*pi)", 1 / math.sqrt(2 * math.pi)),
        ("log(2)", math.log(2.0)),
        ("1/log(2)", 1 / math.log(2.0)),
        ("log(10)", math.log(10.0)),
        ("1/log(10)", 1 / math.log(10.0)),
        ("e", math.e),
    )
)


def _named_constant(f: Lattice, name: str) -> Form:
    if name == "third":
        return f.unit
    if name.startswith("1/"):
        return f.div(f.unit, _named_constant(f, name[2:]))
    if name == "pi":
        return f.of(f.generator(("pi",), positive=True))
    if name == "e":
        return functions.exp(f, f.unit)
    if name.startswith("log("):
        return functions.log(f, f.constant(int(name[4:-1])))
    inner = name[5:-1]
    under = f.mul(
        f.constant(2) if "2" in inner else f.unit,
        _named_constant(f, "pi") if "pi" in inner else f.unit,
    )
    return functions.root(f, under, 2)
