"""Activations as papers write them, at each granularity: digits in the tails, operations, time.

Every one is the formula of its paper; the derivative that a person would look up is found, proved
and used, with a form that keeps its digits where exp overflows or 1 + tanh cancels.
"""

import math

from symdiff import compare, grad


def tanh(x):
    return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))


def softplus(x):
    return math.log(1 + math.exp(x))


def gelu(x):
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def silu(x):
    return x / (1 + math.exp(-x))


def mish(x):
    return x * math.tanh(math.log(1 + math.exp(x)))


# the derivative at 1, to twelve digits, from the closed forms
AT_ONE = {
    tanh: 1 / math.cosh(1.0) ** 2,
    softplus: 1 / (1 + math.exp(-1.0)),
    gelu: 0.5 * (1 + math.erf(math.sqrt(0.5))) + math.exp(-0.5) / math.sqrt(2 * math.pi),
    silu: (1 + 1 / (1 + math.exp(1.0))) / (1 + math.exp(-1.0)),
    mish: 1.0490362200997922,
}


def main() -> None:
    for f, expected in AT_ONE.items():
        report = compare(f, 1.0)
        print(report)
        g = grad(f)
        assert math.isclose(g(1.0), expected, rel_tol=1e-12), (f.__name__, g(1.0), expected)
        assert math.isclose(g(800.0), 0.0 if f is tanh else 1.0, abs_tol=1e-300)
        assert math.isclose(g(-800.0), 0.0, abs_tol=1e-300)
        columns = {c.granularity: c for c in report.columns}
        assert columns["auto"].bad == 0 and columns["auto"].bad <= columns["fine"].bad


if __name__ == "__main__":
    main()
