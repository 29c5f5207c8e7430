"""One neuron: what the command line, the README and `circuits.py` differentiate."""

import math

from symdiff import value_and_grad


def neuron(w0, x0, w1, x1, w2):
    z = w0 * x0 + w1 * x1 + w2
    return 1 / (1 + math.exp(-z))


def main() -> None:
    value, gradient = value_and_grad(neuron, argnums=(0, 1, 2, 3, 4))(2.0, -1.0, -3.0, -2.0, -3.0)
    print(f"value {value:.4f}, gradient {[round(g, 4) for g in gradient]}")
    assert round(value, 4) == 0.7311
    assert [round(g, 4) for g in gradient] == [-0.1966, 0.3932, -0.3932, -0.5898, 0.1966]

    value, gradient = value_and_grad(neuron)(1000.0, -1.0, 0.0, 0.0, 0.0)
    print(f"far out at z = -1000: value {value}, gradient {gradient}: no overflow")
    assert (value, gradient) == (0.0, 0.0)


if __name__ == "__main__":
    main()
