"""Gates: what users write as several operations, as one row with a stable value and derivative.

A gate is an operation plus ``forms``: what users write (the first defines it). The forms are the
pattern for ``passes/fuse.py``, the statement that tests prove, and the fine-grained spelling.
``lets`` and ``value`` are what ``passes/expand.py`` puts in its place after differentiation;
partials may read the lets as well, and hash-consing shares them between a value and its derivative.
A form may extend the domain (no overflow), never shrink it.

A rewrite is a form without a row of its own: ``log(1 + x)`` is the ``log1p`` that ``math`` has. In
a form, ``-z``, ``2*z`` and ``0.5*z`` bind z to whatever is there, negated or scaled.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import is_number
from symdiff.ops.declare import arithmetic, op, real
from symdiff.ops.extrema import collect, dot, numbers_to_float
from symdiff.ops.formula import build, names_in, parse
from symdiff.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``form`` may be replaced by ``result``; ``gate`` is the name that the output's comments use.

    Where the form's z is the negation of something, ``mirror`` says the result in terms of that
    something, so that ``log(p)`` and ``log(1 - p)`` for a sigmoid p read the same exponential.
    """

    form: str
    result: str
    gate: str
    changes: str
    mirror: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """How a gate is computed: ``lets`` in order, then ``value``; or ``expand`` where formulas do
    not reach.
    """

    name: str
    params: tuple[str, ...]
    forms: tuple[str, ...]
    value: str = ""
    lets: Mapping[str, str] = field(default_factory=dict)
    changes: str = ""
    expand: Callable[[Builder, Sequence[Value]], Value] | None = None

    def build(self, b: Builder, args: Sequence[Value]) -> Value:
        """The stable primitive operations, at the builder's place.

        Built as adjoint code is (``relaxed``), so that the two share: ``-(a - b)`` is ``b - a``.
        """
        saved, b.relaxed = b.relaxed, True
        args = [b.to_float(x) if is_number(x.type) else x for x in args]
        try:
            return self.expand(b, args) if self.expand is not None else self._formulas(b, args)
        finally:
            b.relaxed = saved

    def _formulas(self, b: Builder, args: Sequence[Value]) -> Value:
        names = dict(zip(self.params, args, strict=True))
        for name, formula in self.lets.items():
            let = build(b, formula, names)
            if not let.hint and not let.is_const():
                let.hint = name
            names[name] = let
        return build(b, self.value, names)


GATES: dict[str, Gate] = {}
REWRITES: list[Rewrite] = []


# -- declaring -------------------------------------------------------------------------------------


def with_lets(formula: str, lets: Mapping[str, str]) -> str:
    """The formula with the lets that it needs bound around it, the first outermost."""
    needed = set(names_in(formula))
    for name, text in reversed(list(lets.items())):
        if name in needed:
            formula = f"(lambda {name}: {formula})({text})"
            needed |= set(names_in(text))
    return formula


class _Space(dict[str, Any]):
    """The names of a formula as Python functions: ``exp`` is what the row ``exp`` evaluates to."""

    def __missing__(self, name: str) -> Any:
        spec = OPS.get(name)
        if spec is None or spec.evaluate is None:
            raise NameError(f"a formula has no meaning for {name!r}")
        return spec.evaluate


def evaluate_formula(formula: str, names: Mapping[str, Any]) -> Any:
    """The value of a formula for Python numbers."""
    space = _Space(names, pi=math.pi, inf=math.inf, nan=math.nan, abs=abs, __builtins__={})
    return eval(compile(ast.Expression(parse(formula)), formula, "eval"), {"__builtins__": {}},
                space)


def _evaluator(gate: Gate) -> Callable[..., Any]:
    def evaluate(*args: Any) -> Any:
        names = dict(zip(gate.params, args, strict=True))
        for name, formula in gate.lets.items():
            names[name] = evaluate_formula(formula, names)
        return evaluate_formula(gate.value, names)

    return evaluate


def row(
    name: str, params: str, *, forms: Sequence[str], value: str, partials: Sequence[str],
    words: Sequence[str],
    lets: Mapping[str, str] | None = None, changes: str = "rounding",
    evaluate: Callable[..., Any] | None = None, cost: float = 40, tags: str = "gate",
    **more: Any,
) -> Gate:
    """A gate's row and its expansion; recognising it is left to whoever declares it."""
    made = Gate(name, tuple(params.split()), tuple(forms), value, dict(lets or {}), changes)
    op(name, params, infer=real, partials=tuple(with_lets(p, made.lets) for p in partials),
       words=tuple(words),
       image=forms[0], evaluate=evaluate or _evaluator(made), cost=cost, tags=tags, **more)
    GATES[name] = made
    return made


def gate(
    name: str, params: str, *, forms: Sequence[str], changes: str = "rounding", mirror: str = "",
    **more: Any,
) -> Gate:
    """Declare a gate: its row, its expansion and its forms, each of which is a rewrite."""
    made = row(name, params, forms=forms, changes=changes, **more)
    call = f"{name}({', '.join(made.params)})"
    for form in forms:
        rewrite(form, call, gate=name, changes=changes, mirror=mirror)
    return made


def rewrite(*forms: str, gate: str = "", changes: str = "rounding", mirror: str = "") -> None:
    """``rewrite(form, ..., result)``: each form may be replaced by the last."""
    *sources, result = forms
    for form in sources:
        REWRITES.append(Rewrite(form, result, gate or result.split("(")[0].lstrip("-"), changes,
                                mirror))


# -- one argument ----------------------------------------------------------------------------------

# Powers of the mathematical constant, before anything that looks for exp.
rewrite("e**z", "exp(z)", changes="rounding of math.e")

# t = exp(-|z|) is in (0, 1] for every z: nothing overflows and no digit is lost in either tail.
_T = {"t": "exp(-z if z > 0 else z)"}
_NO_OVERFLOW = "rounding; no OverflowError for large arguments"

gate(
    "sigmoid", "z", lets=_T, value="(1 if z > 0 else t)/(1 + t)", mirror="sigmoid_neg(z)",
    partials=("t/((1 + t)*(1 + t))",), words=("sigmoid(z)*sigmoid(-z)",), changes=_NO_OVERFLOW,
    forms=("1/(1 + exp(-z))", "exp(z)/(1 + exp(z))", "(1 + exp(-z))**-1", "0.5*(1 + tanh(0.5*z))",
           "0.5*tanh(0.5*z) + 0.5", "(1 + tanh(0.5*z))/2", "1 - sigmoid_neg(z)"),
)
# sigmoid(-z), in terms of z: one minus a sigmoid, with all its digits.
gate(
    "sigmoid_neg", "z", lets=_T, value="(t if z > 0 else 1)/(1 + t)", mirror="sigmoid(z)",
    partials=("-t/((1 + t)*(1 + t))",), words=("-sigmoid(z)*sigmoid(-z)",), changes=_NO_OVERFLOW,
    forms=("1/(1 + exp(z))", "1 - sigmoid(z)"),
)
gate(
    "softplus", "z", lets=_T, value="(z if z > 0 else 0) + log1p(t)", partials=("sigmoid(z)",),
    words=("sigmoid(z)",), changes=_NO_OVERFLOW, mirror="-log_sigmoid(z)",
    forms=("log(1 + exp(z))", "log1p(exp(z))"),
)
gate(
    "log_sigmoid", "z", lets=_T, value="(0 if z > 0 else z) - log1p(t)",
    partials=("sigmoid_neg(z)",),
    words=("sigmoid(-z)",), changes=_NO_OVERFLOW, mirror="-softplus(z)",
    forms=("log(1/(1 + exp(-z)))", "log(sigmoid(z))", "log1p(-sigmoid_neg(z))"),
)
rewrite("log(sigmoid_neg(z))", "log1p(-sigmoid(z))", "-softplus(z)", changes=_NO_OVERFLOW)
gate(
    "silu", "z", lets={**_T, "s": "(1 if z > 0 else t)/(1 + t)"}, value="z*s",
    partials=("((1 if z > 0 else t) + z*(t/(1 + t)))/(1 + t)",),
    words=("sigmoid(z) + z*sigmoid(z)*sigmoid(-z)",),
    changes=_NO_OVERFLOW,
    forms=("z/(1 + exp(-z))", "z*sigmoid(z)", "z*exp(z)/(1 + exp(z))"),
)
rewrite(
    "(exp(z) - exp(-z))/(exp(z) + exp(-z))", "expm1(2*z)/(exp(2*z) + 1)",
    "-expm1(-2*z)/(1 + exp(-2*z))",
    "2*sigmoid(2*z) - 1", "1 - 2*sigmoid_neg(2*z)", "sinh(z)/cosh(z)", "tanh(z)",
    changes=_NO_OVERFLOW,
)
rewrite("1 + erf(z)", "erfc(-z)", changes="no cancellation for negative arguments",
        mirror="erfc(z)")
rewrite("1 - erf(z)", "erfc(z)", changes="no cancellation for positive arguments",
        mirror="erfc(-z)")
rewrite("exp(x) - 1", "expm1(x)", changes="no cancellation near 0")
rewrite("1 - exp(x)", "-expm1(x)", changes="no cancellation near 0")

# -- several arguments -----------------------------------------------------------------------------

# d is 0 at a tie of infinities too, but only the value may be cut there: a second derivative passes
# through d.
gate(
    "logaddexp", "a b", lets={"d": "a - b", "t": "exp(-d if d > 0 else d)"},
    value="(a if d > 0 else b) + (log1p(t) if a != b else 0.6931471805599453)",
    partials=("(1 if d > 0 else t)/(1 + t)", "(t if d > 0 else 1)/(1 + t)"),
    words=("sigmoid(a - b)", "sigmoid(b - a)"), changes=_NO_OVERFLOW, cost=60,
    forms=("log(exp(a) + exp(b))",),
)
# what abs(z)**2 of a complex number is: no root, and smooth at 0
rewrite("hypot(x, y)**2", "x*x + y*y", gate="hypot")
rewrite("log(1 + x)", "log1p(x)", changes="no cancellation near 0")
rewrite("log(1 - x)", "log1p(-x)", changes="no cancellation near 0")
rewrite("c/(1 + exp(-z))", "c*sigmoid(z)", gate="sigmoid", mirror="c*sigmoid_neg(z)",
        changes=_NO_OVERFLOW)

# The shift of a softmax has no derivative, because no result depends on it.
op("held", "x", emit="x", infer=arithmetic, partials=("0",), cost=0, tags="data")


def shifted_exponentials(
    b: Builder, xs: Sequence[Value], *, hold: bool = True
) -> tuple[Value, list[Value], Value]:
    """(m, exponentials of x - m, their sum); m is the largest unless that is infinite, so at least
    one is 1.
    """
    best = xs[0]
    for x in xs[1:]:
        best = b.op("max", best, x)
    if hold:
        best = b.op("held", best)
    shift = _finite(b, best)
    terms = [b.op("exp", b.sub(x, shift)) for x in xs]
    total = terms[0]
    for term in terms[1:]:
        total = b.add(total, term)
    return shift, terms, total


def _finite(b: Builder, best: Value) -> Value:
    return b.select(b.op("isinf", best), lambda: b.const(0.0), lambda: best, hint="m")


def _logsumexp(b: Builder, xs: Sequence[Value]) -> Value:
    shift, _, total = shifted_exponentials(b, xs, hold=False)
    return b.add(shift, b.op("log", total))


def _vjp_logsumexp(ctx: Any, stmt: Stmt, g: Value) -> None:
    _, terms, total = shifted_exponentials(ctx.b, [ctx.value(x) for x in stmt.args])
    for x, term in zip(stmt.args, terms, strict=True):
        if ctx.wants(x):
            ctx.add(x, ctx.b.mul(g, ctx.b.div(term, total)))


def _jvp_logsumexp(ctx: Any, stmt: Stmt, tangents: Sequence[Value | None]) -> Value | None:
    _, terms, total = shifted_exponentials(ctx.b, [ctx.value(x) for x in stmt.args])
    result: Value | None = None
    for term, t in zip(terms, tangents, strict=True):
        if t is not None:
            part = ctx.b.mul(t, term)
            result = part if result is None else ctx.b.add(result, part)
    return None if result is None else ctx.b.div(result, total)


def _eval_logsumexp(*xs: float) -> float:
    best = max(xs)
    shift = 0.0 if math.isinf(best) else best
    return shift + math.log(sum(math.exp(x - shift) for x in xs))


op("logsumexp", "*xs", infer=real, evaluate=_eval_logsumexp, vjp=_vjp_logsumexp, jvp=_jvp_logsumexp,
   cost=100,
   image="log(exp(x) + exp(rest))", tags="gate")
GATES["logsumexp"] = Gate("logsumexp", ("*xs",), ("log(exp(x) + exp(y) + exp(z))",),
                          changes=_NO_OVERFLOW,
                          expand=_logsumexp)


# -- a list ----------------------------------------------------------------------------------------


def _shifted_list(b: Builder, xs: Value, *, hold: bool = True) -> tuple[Value, Value, Value]:
    """As ``shifted_exponentials``, for the elements of a list."""
    best = b.op("max_list", xs)
    shift = _finite(b, b.op("held", best) if hold else best)
    terms = collect(b, b.op("len", xs), lambda i: b.op("exp", b.sub(b.getitem(xs, i), shift)))
    return shift, terms, b.op("sum_list", terms)


def _logsumexp_list(b: Builder, args: Sequence[Value]) -> Value:
    shift, _, total = _shifted_list(b, args[0], hold=False)
    return b.add(shift, b.op("log", total))


def _vjp_logsumexp_list(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, xs = ctx.b, ctx.value(stmt.args[0])
    _, terms, total = _shifted_list(b, xs)
    scale = b.div(g, total)
    ctx.add(stmt.args[0], collect(b, b.op("len", xs), lambda i: b.mul(scale, b.getitem(terms, i))))


def _jvp_logsumexp_list(ctx: Any, stmt: Stmt, tangents: Sequence[Value | None]) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    _, terms, total = _shifted_list(ctx.b, ctx.value(stmt.args[0]))
    return ctx.b.div(dot(ctx.b, terms, t), total)  # type: ignore[no-any-return]


op("logsumexp_list", "xs", infer=numbers_to_float, evaluate=lambda xs: _eval_logsumexp(*xs),
   total=False,
   vjp=_vjp_logsumexp_list, jvp=_jvp_logsumexp_list, cost=300, tags="gate guarded")
GATES["logsumexp_list"] = Gate("logsumexp_list", ("xs",), (), changes=_NO_OVERFLOW,
                               expand=_logsumexp_list)
