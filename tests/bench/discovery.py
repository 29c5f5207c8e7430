"""What the search finds, and how long it takes: ``python -m tests.bench.discovery``.

The cost is that of the derivative by the first argument with the forward values free, in units of
one addition, by the cheapest proved form.  "Known" is the least that any method was measured to
reach for the problem (e-graphs, synthesis, two-monomial fits, a computer algebra system's
simplification), or, where only all partials together were measured, the least that a person found.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from symdiff.discovery.candidates import shorter
from symdiff.discovery.rules import by_rules
from symdiff.ir.core import Graph, Value
from symdiff.library.entries import form_graph

UNITS = {"div": 1.2, "neg": 0.8, "exp": 2.6, "expm1": 2.6, "erf": 3.5, "sqrt": 2.0, "log": 2.6,
         "sin": 2.6, "cos": 2.6, "tanh": 3.0, "sinh": 3.0, "cosh": 3.0, "abs": 0.8}  # fmt: skip


class Problem(NamedTuple):
    name: str
    form: str
    known: float
    params: str = "x"


PROBLEMS = [
    Problem("sigmoid", "1/(1 + exp(-x))", 2.0),
    Problem("tanh by exps", "(exp(x) - exp(-x))/(exp(x) + exp(-x))", 2.0),
    Problem("softplus", "log(1 + exp(x))", 1.2),
    Problem("silu", "x/(1 + exp(-x))", 3.2),
    Problem("swish, beta", "x/(1 + exp(-b*x))", 6.2, "x b"),
    Problem("gelu, erf", "0.5*x*(1 + erf(x/sqrt(2)))", 7.8),
    Problem("mish", "x*tanh(log(1 + exp(x)))", 5.2),
    Problem("elu below 0", "exp(x) - 1", 0.0),
    Problem("softsign", "x/(1 + abs(x))", 2.2),
    Problem("gaussian", "exp(-x*x)", 2.0),
    Problem("log-sigmoid", "log(1/(1 + exp(-x)))", 1.0),
    Problem("logit", "log(x/(1 - x))", 2.2),
    Problem("arctan", "atan(x)", 3.2),
    Problem(
        "BCE of a logit", "-(t*log(1/(1 + exp(-x))) + (1 - t)*log(1 - 1/(1 + exp(-x))))", 1.0, "x t"
    ),
    Problem("poisson", "exp(x) - k*x", 1.0, "x k"),
    Problem("gaussian NLL", "0.5*log(v) + 0.5*(x - m)*(x - m)/v", 1.2, "x m v"),
    Problem("logcosh", "log(0.5*(exp(x) + exp(-x)))", 2.2),
    Problem("Michaelis-Menten", "v*x/(k + x)", 2.2, "x v k"),
    Problem("tangent", "sin(x)/cos(x)", 2.0),
    Problem("gompertz", "exp(-exp(-x))", 1.0),
    Problem("x/sqrt(1 + a x**2)", "x/sqrt(1 + a*x*x)", 2.2, "x a"),
    Problem("sinc", "sin(x)/x", 4.8),
    Problem("x log x", "x*log(x)", 1.0),
    Problem("student", "0.5*(n + 1)*log(1 + x*x/n)", 5.2, "x n"),
    Problem("sqrt", "sqrt(1 + x*x)", 1.2),
    Problem("reciprocal", "1/x", 2.0),
    Problem("cloglog", "1 - exp(-exp(x))", 1.0),
]


def cost(graph: Graph) -> float:
    """Of what the slope needs beyond the value's own parts."""
    value, slope = graph.outputs
    known: set[Value] = set()
    work = [value]
    while work:
        one = work.pop()
        if one not in known:
            known.add(one)
            work.extend(one.stmt.args if one.stmt is not None else ())
    total, work = 0.0, [slope]
    while work:
        one = work.pop()
        if one in known or one.is_const() or one.stmt is None:
            continue
        known.add(one)
        inner = [s for b in one.stmt.blocks for s in b.stmts]
        total += UNITS.get(one.stmt.op.name, 1.0) + sum(UNITS.get(s.op.name, 1.0) for s in inner)
        work.extend([*one.stmt.args, *(a for s in inner for a in s.args)])
    return total


def found(problem: Problem) -> tuple[float, float, float]:
    """The cost by rules, the least that is found, and the seconds that it took."""
    graph = form_graph(problem.form, problem.params.split())
    start = time.perf_counter()
    rules = by_rules(graph)
    better = shorter(graph, lambda g, k: (0.0,))
    seconds = time.perf_counter() - start
    first = cost(rules)
    return first, first if better is None else min(first, cost(better)), seconds


def main() -> None:
    print(f"{'':20s}{'rules':>8s}{'found':>8s}{'known':>8s}{'ms':>8s}")
    reached, slowest = 0, 0.0
    for problem in PROBLEMS:
        rules, least, seconds = found(problem)
        good = least <= problem.known + 0.05
        reached += good
        slowest = max(slowest, seconds)
        print(f"{problem.name:20s}{rules:8.1f}{least:8.1f}{problem.known:8.1f}{seconds*1e3:8.0f}"
              + ("" if good else "   more"), flush=True)  # fmt: skip
    print(f"known cost reached on {reached} of {len(PROBLEMS)}; slowest {slowest:.2f} s")


if __name__ == "__main__":
    main()
