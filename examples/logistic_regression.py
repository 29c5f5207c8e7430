"""Logistic loss of two features, minimised by plain gradient descent."""

import math

from symdiff import value_and_grad

ROWS = [(0.5, 1.2), (1.5, 0.3), (-0.7, 0.8), (-1.1, -0.4), (0.2, -1.5), (1.9, 1.1)]
LABELS = [1, 1, 0, 0, 0, 1]


def loss(w, b):
    total = 0.0
    for (x0, x1), label in zip(ROWS, LABELS, strict=True):
        p = 1 / (1 + math.exp(-(w[0] * x0 + w[1] * x1 + b)))
        total -= math.log(p) if label else math.log(1 - p)
    return total / len(ROWS) + 0.01 * (w[0] ** 2 + w[1] ** 2)


def main() -> None:
    step = value_and_grad(loss, argnums=(0, 1))
    w, b = [0.0, 0.0], 0.0
    first, _ = step(w, b)
    for k in range(200):
        value, (dw, db) = step(w, b)
        if k % 50 == 0:
            print(f"step {k:3d}: loss {value:.6f}")
        w = [wi - di for wi, di in zip(w, dw, strict=True)]
        b -= db
    value, (dw, db) = step(w, b)
    print(f"step 200: loss {value:.6f}, w = [{w[0]:.4f}, {w[1]:.4f}], b = {b:.4f}")
    assert abs(first - math.log(2)) < 1e-12
    assert value < 0.5 * first
    assert math.hypot(*dw, db) < 1e-2


if __name__ == "__main__":
    main()
