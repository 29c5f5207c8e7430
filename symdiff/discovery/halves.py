"""The stable form of a gate: searched on each half-line over exponentials that cannot overflow.

What users write overflows on one side of 0 or loses its digits there.  On the half-line where
``u >= 0``, value and slope of anything made of ``exp(k*u)`` are rational in ``t = exp(-k*u)``, with
``1 + t``, ``1 - t*t``, ``log1p(t)`` and ``expm1(-k*u)`` as the parts that keep their digits.  Each
side is searched for the value and every partial, and the derivative of a stable value is a
candidate for a stable slope; each candidate is proved, and the caller, who can judge digits, picks.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from symdiff.discovery.candidates import Leaf, branches, fingerprints, forward, operation_costs
from symdiff.discovery.proof import equal_on
from symdiff.discovery.rules import by_rules
from symdiff.discovery.spelling import Formulas, constant, formulas, inlined
from symdiff.discovery.synthesis import Term, search
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Value, new_graph
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import rebuild, statements
from symdiff.ops.formula import build
from symdiff.ops.gates import with_lets

SIDES = (1, -1)
LIMIT = 70.0
TRIED = 8
SECONDS = 0.2  # of one search
_OPERATORS = {"add": ast.Add(), "sub": ast.Sub(), "mul": ast.Mult(), "div": ast.Div()}
_RANGES = ((0.05, 0.9), (0.3, 1.6), (1.0, 3.0))


@dataclass(frozen=True, slots=True)
class Half:
    """A candidate on one side of 0: its formula over the inputs and ``t``, a graph that computes
    it, and which output it is for."""

    text: str
    graph: Graph
    side: int
    output: int


Score = Callable[[Half], tuple[float, ...]]


def halves(rules: Graph, score: Score) -> Formulas | None:
    """All outputs of ``(x, ...) -> (value, partials...)`` by branches on the sign of x, the
    best-scored candidate of each side; None where a side has no proved candidate."""
    rates = _rates(rules)
    if not rates or any(v.stmt is not None and v.stmt.op.region for v in forward(rules)):
        return None
    sides = {side: _Side(rules, rates[0], side) for side in SIDES}
    chosen: dict[int, list[str]] = {1: [], -1: []}
    for output in range(len(rules.outputs)):
        for side, half in sides.items():
            value = chosen[side][0] if output else ""
            best = min(half.candidates(output, value), key=score, default=None)
            if best is None:
                return None
            chosen[side].append(best.text)
    x, half = rules.params[0].name, sides[1]
    made = Formulas({half.r: _exponent(x, rates[0]), half.t: f"exp({half.r})"})
    for up, down in zip(chosen[1], chosen[-1], strict=True):
        made.outputs.append(up if up == down else f"({up}) if {x} > 0 else ({down})")
    return made


def _exponent(x: str, rate: float) -> str:
    """``-k*abs(x)``: on arrays, where both sides are computed, neither overflows."""
    k = "" if rate == 1 else f"{ast.unparse(constant(rate))}*"
    return f"-{k}{x} if {x} > 0 else {k}{x}"


class _Side:
    """One half-line: what there is to make forms of."""

    def __init__(self, rules: Graph, rate: float, side: int) -> None:
        self.rules, self.rate, self.side = rules, rate, side
        self.names = [p.name for p in rules.params]
        made = formulas(rules, self.names)
        self.wanted = [with_lets(f, made.lets) for f in made.outputs]
        free = [n for n in ("t", "r", "u", "v", "w", "s", "q") if n not in self.names]
        self.t, self.r = free[:2]

    def _fall(self) -> str:
        number = ast.unparse(constant(-self.side * self.rate))
        x = self.names[0]
        return {"1": x, "-1": f"-{x}"}.get(number, f"{number}*{x}")

    def leaves(self) -> list[str | float]:
        r, t = self.r, self.t
        floats = [p.name for p in self.rules.params[1:] if p.tree == FLOAT]
        return [
            self.names[0], 1.0, 2.0, -1.0, 4.0, *floats,
            t, f"1 + {t}", f"-expm1({r})", f"log1p({t})",
            f"(1 + {t})*(1 + {t})", f"{t}*{t}", f"1 + {t}*{t}", f"-expm1(2*{r})",
            f"log1p({t}*{t})", math.log(2.0),
        ]  # fmt: skip

    def candidates(self, output: int, value: str) -> Iterator[Half]:
        """Proved candidates: found by search, and the derivative of a value that was found."""
        work = rebuild(self.rules)
        b = Builder(work, relaxed=True)
        names = self._with_decay(b, work)
        spelled = self.leaves()
        leaves: list[Leaf] = [x if isinstance(x, float) else build(b, x, names) for x in spelled]
        ranges = tuple((self.side * low, self.side * high) for low, high in _RANGES)
        prints = fingerprints(work, [*leaves, work.outputs[output]], ranges)
        texts: list[str] = []
        if prints is not None:
            *rows, target = prints
            for loses in (False, True):
                costs = operation_costs(loses)
                del costs["neg"]  # -1 is among the leaves
                for found in search(rows, target, costs, LIMIT, SECONDS, TRIED):
                    texts.append(ast.unparse(_spelled(found.term, spelled)))
        if value:
            texts += self._derived(value, output)
        for text in dict.fromkeys(texts):
            found_text = with_lets(text, {self.r: self._fall(), self.t: f"exp({self.r})"})
            if equal_on([self.wanted[output]], [found_text], self.names, self.side):
                yield Half(text, self._alone(text), self.side, output)

    def _derived(self, value: str, output: int) -> list[str]:
        """The partial of a value by rules, ``t`` being what it is."""
        alone = self._alone(value)
        slopes = by_rules(alone, [output - 1])
        if branches(slopes):
            return []
        made = formulas(slopes, self.names)
        tree = ast.parse(inlined(made.outputs[1], made.lets), mode="eval")
        decay = ast.unparse(ast.parse(f"exp({self._fall()})", mode="eval"))
        return [ast.unparse(_Name(decay, self.t).visit(tree))]

    def _with_decay(self, b: Builder, graph: Graph) -> dict[str, Value]:
        names = dict(zip(self.names, graph.inputs, strict=True))
        names[self.r] = build(b, self._fall(), names)
        names[self.t] = build(b, f"exp({self.r})", names)
        return names

    def _alone(self, text: str) -> Graph:
        """A graph that computes nothing else."""
        made = new_graph("half")
        for p in self.rules.params:
            made.params.append(Param(p.name, p.tree))
            made.body.add_param(FLOAT, p.name)
        b = Builder(made, relaxed=True)
        made.body.yields = [build(b, text, self._with_decay(b, made))]
        made.result = FLOAT
        return made


def _spelled(term: Term, leaves: Sequence[str | float]) -> ast.expr:
    if term.op == "leaf":
        leaf = leaves[term.args[0]]
        return constant(leaf) if isinstance(leaf, float) else ast.parse(leaf, mode="eval").body
    left, right = (_spelled(a, leaves) for a in term.args)
    return ast.BinOp(left, _OPERATORS[term.op], right)


class _Name(ast.NodeTransformer):
    """Puts a name in the place of what it stands for."""

    def __init__(self, what: str, name: str) -> None:
        self.what, self.name = what, name

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and ast.unparse(node) == self.what:
            return ast.Name(self.name)
        return self.generic_visit(node)


def _rates(graph: Graph) -> list[float]:
    """The least k of the ``exp(k*x)`` (and of what is made of them) in the graph."""
    x = graph.inputs[0]
    found = set()
    for stmt in statements(graph.body):
        if stmt.op.name in ("exp", "expm1", "tanh", "sinh", "cosh"):
            rate = _multiple(stmt.args[0], x)
            if rate:
                found.add(abs(rate) * (2 if stmt.op.name == "tanh" else 1))
    return sorted(found)[:1]


def _multiple(v: Value, x: Value) -> float:
    """k where v is ``k*x``, otherwise 0."""
    if v is x:
        return 1.0
    if v.stmt is not None and v.op == "neg":
        return -_multiple(v.stmt.args[0], x)
    if v.stmt is not None and v.op == "mul" and v.stmt.args[0].is_const():
        return float(v.stmt.args[0].constant) * _multiple(v.stmt.args[1], x)
    if v.stmt is not None and v.op in ("mul", "div") and v.stmt.args[1].is_const():
        by = float(v.stmt.args[1].constant)
        return _multiple(v.stmt.args[0], x) * (by if v.op == "mul" else 1 / by)
    return 0.0
