"""Operations of value and Jacobian together: ``python -m tests.bench.operations``.

Eleven functions, counted on what is emitted (constants and the packing of results left out, an
``if`` as its longer branch), beside the fewest operations that peers were measured to need for them
(SymPy with cse, symengine, CasADi with cse; a peer counts a power as one operation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from symdiff.ir.core import Block, Graph
from symdiff.report.subject import subject_of_call

FREE = {"const", "undef", "make_tuple", "tuple_get", "make_list", "if", "raise", "held"}


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float) -> float:
    return 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))


def logistic_loss(w: float, x: float, b: float, t: float) -> float:
    p = 1 / (1 + math.exp(-(w * x + b)))
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def tanh_by_exponentials(x: float) -> float:
    return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))


def gelu_tanh(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


def gelu_erf(x: float) -> float:
    return 0.5 * x * (1 + math.erf(x * 0.7071067811865476))


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


def logsumexp(a: float, b: float, c: float, d: float, e: float) -> float:
    return math.log(math.exp(a) + math.exp(b) + math.exp(c) + math.exp(d) + math.exp(e))


def black_scholes(s: float, k: float, r: float, v: float, t: float) -> float:
    root = v * math.sqrt(t)
    d1 = (math.log(s / k) + (r + 0.5 * v * v) * t) / root
    d2 = d1 - root
    n1 = 0.5 * (1 + math.erf(d1 * 0.7071067811865476))
    n2 = 0.5 * (1 + math.erf(d2 * 0.7071067811865476))
    return s * n1 - k * math.exp(-r * t) * n2


def arm(a: float, b: float, c: float, p: float, q: float, r: float) -> tuple[float, float]:
    x = p * math.cos(a) + q * math.cos(a + b) + r * math.cos(a + b + c)
    y = p * math.sin(a) + q * math.sin(a + b) + r * math.sin(a + b + c)
    return x, y


def pendulum(a: float, b: float, u: float, v: float) -> tuple[float, float]:
    d = a - b
    s, c = math.sin(d), math.cos(d)
    g, below = 9.81, 3 - math.cos(2 * d)
    top = -3 * g * math.sin(a) - g * math.sin(a - 2 * b) - 2 * s * (v * v + u * u * c)
    return top / below, 2 * s * (2 * u * u + 2 * g * math.cos(a) + v * v * c) / below


def reprojection(
    r0: float, r1: float, r2: float, c0: float, c1: float, c2: float,
    f: float, x0: float, y0: float, k1: float, k2: float,
) -> tuple[float, float]:  # fmt: skip
    """Bundle adjustment: Rodrigues, radial distortion, focal length, principal point."""
    p0, p1, p2 = 0.5 - c0, -0.3 - c1, 2.0 - c2
    theta = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
    s, c = math.sin(theta), math.cos(theta)
    w0, w1, w2 = r0 / theta, r1 / theta, r2 / theta
    dot = (w0 * p0 + w1 * p1 + w2 * p2) * (1 - c)
    q0 = p0 * c + (w1 * p2 - w2 * p1) * s + w0 * dot
    q1 = p1 * c + (w2 * p0 - w0 * p2) * s + w1 * dot
    q2 = p2 * c + (w0 * p1 - w1 * p0) * s + w2 * dot
    u, v = q0 / q2, q1 / q2
    rr = u * u + v * v
    scale = f * (1 + k1 * rr + k2 * rr * rr)
    return u * scale + x0, v * scale + y0


class Row(NamedTuple):
    name: str
    f: Callable[..., Any]
    count: int  # arguments
    peers: int


ROWS = [
    Row("sigmoid neuron", neuron, 5, 14),
    Row("logistic loss", logistic_loss, 4, 24),
    Row("tanh as exps", tanh_by_exponentials, 1, 9),
    Row("gelu, tanh", gelu_tanh, 1, 22),
    Row("gelu, erf", gelu_erf, 1, 13),
    Row("softplus", softplus, 1, 4),
    Row("logsumexp of 5", logsumexp, 5, 15),
    Row("reprojection", reprojection, 11, 361),
    Row("3-link arm", arm, 6, 21),
    Row("Black-Scholes", black_scholes, 5, 82),
    Row("double pendulum", pendulum, 4, 105),
]


def operations(graph: Graph) -> int:
    def block(b: Block) -> int:
        return sum((s.op.name not in FREE) + max(map(block, s.blocks), default=0) for s in b.stmts)

    return block(graph.body)


def counted(row: Row, granularity: str) -> int:
    """Of the value and all partials; the value of a vector function is not part of a Jacobian, so
    that its operations are those that the partials share."""
    point = tuple(0.6 + 0.1 * k for k in range(row.count))
    subject = subject_of_call(row.f, point, {}, None)[0]
    several = isinstance(row.f(*point), tuple)
    compiled = subject.compile("jacobian" if several else "value_and_grad", granularity)
    return operations(compiled.stages["inplace"])


def main() -> None:
    print(f"{'':18s}{'fine':>8s}{'fused':>8s}{'whole':>8s}{'auto':>8s}{'peers':>8s}")
    won = 0
    for row in ROWS:
        found = {g: counted(row, g) for g in ("fine", "fused", "whole", "auto")}
        best = min(found.values())
        won += best <= row.peers
        print(f"{row.name:18s}" + "".join(f"{n:8d}" for n in found.values()) + f"{row.peers:8d}"
              + ("" if best <= row.peers else "   more"))  # fmt: skip
    print(f"no more than the best peer on {won} of {len(ROWS)}")


if __name__ == "__main__":
    main()
