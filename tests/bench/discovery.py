"""What the search finds, and how long it takes: ``python -m tests.bench.discovery``.

39 derivatives.  The cost is that of all partials that are asked for, with the forward values free,
in units of one addition (a branch at the edge of the domain is none), by the cheapest proved form.
"Known" is the least that any method was measured to reach for the problem (e-graphs, synthesis,
two-monomial fits, a computer algebra system's simplification), or that a person found; where that
is another problem's (one row of a softmax, not all), it is a person's.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from symdiff.discovery.candidates import shorter
from symdiff.discovery.rules import by_rules
from symdiff.ir.core import Graph, Value
from symdiff.library.entries import form_graph
from symdiff.passes.dce import dce
from symdiff.passes.scale import join_constants

UNITS = {"div": 1.2, "neg": 0.8, "exp": 2.6, "expm1": 2.6, "erf": 3.5, "sqrt": 2.0, "log": 2.6,
         "sin": 2.6, "cos": 2.6, "tanh": 3.0, "sinh": 3.0, "cosh": 3.0, "abs": 0.8,
         **dict.fromkeys(("if", "eq", "ne", "lt", "le", "gt", "ge"), 0.0)}  # fmt: skip


class Problem(NamedTuple):
    """The partials by the first ``count`` of ``params``."""

    name: str
    form: str
    known: float
    params: str = "x"
    count: int = 1


_D1 = "(log(s/k) + (r + 0.5*v*v)*t)/(v*sqrt(t))"
_CALL = (
    f"s*0.5*(1 + erf({_D1}*0.7071067811865476))"
    f" - k*exp(-r*t)*0.5*(1 + erf(({_D1} - v*sqrt(t))*0.7071067811865476))"
)
PROBLEMS = [
    Problem("sigmoid", "1/(1 + exp(-x))", 2.0),
    Problem("tanh by exps", "(exp(x) - exp(-x))/(exp(x) + exp(-x))", 2.0),
    Problem("tanh", "tanh(x)", 2.0),
    Problem("softplus", "log(1 + exp(x))", 1.2),
    Problem("silu", "x/(1 + exp(-x))", 3.2),
    Problem("swish, beta", "x/(1 + exp(-b*x))", 6.2, "x b", 2),
    Problem("gelu, tanh", "0.5*x*(1 + tanh(0.7978845608028654*(x + 0.044715*x**3)))", 9.2),
    Problem("gelu, erf", "0.5*x*(1 + erf(0.7071067811865476*x))", 7.8),
    Problem("mish", "x*tanh(log(1 + exp(x)))", 5.2),
    Problem("elu below 0", "exp(x) - 1", 1.0),
    Problem("selu below 0", "1.7581*(exp(x) - 1)", 1.0),
    Problem("softsign", "x/(1 + abs(x))", 2.2),
    Problem("gaussian", "exp(-x*x)", 2.0),
    Problem("log-sigmoid", "log(1/(1 + exp(-x)))", 1.0),
    Problem("logit", "log(x/(1 - x))", 2.2),
    Problem("arctan", "atan(x)", 3.2),
    Problem(
        "BCE of a logit", "-(t*log(1/(1 + exp(-x))) + (1 - t)*log(1 - 1/(1 + exp(-x))))", 1.0, "x t"
    ),
    Problem("poisson", "exp(x) - k*x", 1.0, "x k"),
    Problem("huber, linear", "d*(x - 0.5*d)", 0.0, "x d"),
    Problem("hard sigmoid", "0.2*x + 0.5", 0.0),
    Problem("root", "sqrt(x)", 1.2),
    Problem("cloglog", "1 - exp(-exp(x))", 1.0),
    Problem("gaussian NLL", "0.5*log(v) + 0.5*(y - m)*(y - m)/v", 4.2, "m v y", 2),
    Problem("logcosh", "log(0.5*(exp(x) + exp(-x)))", 2.2),
    Problem("Hill, n = 4", "x**4/(x**4 + k**4)", 9.4, "x k", 2),
    Problem("Michaelis-Menten", "v*x/(k + x)", 5.4, "x v k", 3),
    Problem("length of three", "sqrt(x*x + y*y + z*z)", 3.6, "x y z", 3),
    Problem("tangent", "sin(x)/cos(x)", 2.0),
    Problem("gompertz", "exp(-2*exp(-x))", 2.0),
    Problem("x/sqrt(1 + a x**2)", "x/sqrt(1 + a*x*x)", 2.2, "x a"),
    Problem("sinc", "sin(x)/x", 4.8),
    Problem("x log x", "x*log(x)", 1.0),
    Problem("student", "0.5*(n + 1)*log(1 + x*x/n)", 5.2, "x n"),
    Problem("reciprocal", "1/x", 2.0),
    Problem("hypotenuse", "sqrt(1 + x*x)", 1.2),
    Problem("odds", "x/(1 - x)", 2.2),
    Problem("softmax of 3", "exp(a)/(exp(a) + exp(b) + exp(c))", 6.0, "a b c", 3),
    Problem("cross entropy of 3", "-log(exp(a)/(exp(a) + exp(b) + exp(c)))", 3.4, "a b c", 3),
    Problem("Black-Scholes", _CALL, 20.6, "s k r v t", 5),
]


def cost(graph: Graph) -> float:
    """Of what the partials need beyond the value's own parts, as it is emitted."""
    graph = dce(join_constants(graph))
    value, *slopes = graph.outputs
    known: set[Value] = set()
    work = [value]
    while work:
        one = work.pop()
        if one not in known:
            known.add(one)
            work.extend(one.stmt.args if one.stmt is not None else ())
    total, work = 0.0, slopes
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
    """The cost by rules, the least that is found, and the seconds that it took of an idle core."""
    graph = form_graph(problem.form, problem.params.split())
    start = time.process_time()
    rules = by_rules(graph, range(problem.count))
    better = shorter(graph, lambda g, k: (0.0,), range(problem.count))
    seconds = time.process_time() - start
    return cost(rules), cost(rules if better is None else better), seconds


def main() -> None:
    import sympy.polys.rings  # noqa: F401  its import is no part of a search

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
