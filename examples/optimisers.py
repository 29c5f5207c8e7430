"""Gradient descent, momentum, RMSprop and Adam train a small network in plain Python on XOR."""

import math

from symdiff import value_and_grad

DATA = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]
START = [0.5, -0.4, 0.1, -0.6, 0.7, 0.2, 0.3, 0.9, -0.3, 0.8, -0.7, 0.6, 0.1]


def loss(p):
    """Mean squared error of a 2-3-1 network; ``p`` holds its 13 weights."""
    total = 0.0
    for (x0, x1), target in DATA:
        y = p[12]
        for k in range(3):
            h = math.tanh(p[3 * k] * x0 + p[3 * k + 1] * x1 + p[3 * k + 2])
            y += p[9 + k] * h
        total += (y - target) ** 2
    return total / len(DATA)


step = value_and_grad(loss)


def gradient_descent(p, rate=0.3):
    while True:
        value, g = step(p)
        yield value
        p = [x - rate * d for x, d in zip(p, g, strict=True)]


def momentum(p, rate=0.1, mu=0.9):
    v = [0.0] * len(p)
    while True:
        value, g = step(p)
        yield value
        v = [mu * a - rate * d for a, d in zip(v, g, strict=True)]
        p = [x + a for x, a in zip(p, v, strict=True)]


def rmsprop(p, rate=0.01, decay=0.9):
    s = [0.0] * len(p)
    while True:
        value, g = step(p)
        yield value
        s = [decay * a + (1 - decay) * d * d for a, d in zip(s, g, strict=True)]
        p = [x - rate * d / (math.sqrt(a) + 1e-8) for x, d, a in zip(p, g, s, strict=True)]


def adam(p, rate=0.05, b1=0.9, b2=0.999):
    m, v, t = [0.0] * len(p), [0.0] * len(p), 0
    while True:
        value, g = step(p)
        yield value
        t += 1
        m = [b1 * a + (1 - b1) * d for a, d in zip(m, g, strict=True)]
        v = [b2 * a + (1 - b2) * d * d for a, d in zip(v, g, strict=True)]
        p = [
            x - rate * (a / (1 - b1**t)) / (math.sqrt(c / (1 - b2**t)) + 1e-8)
            for x, a, c in zip(p, m, v, strict=True)
        ]


def main() -> None:
    for optimiser in (gradient_descent, momentum, rmsprop, adam):
        losses = [value for _, value in zip(range(1001), optimiser(list(START)), strict=False)]
        shown = ", ".join(f"{losses[k]:.2e}" for k in (0, 100, 300, 1000))
        print(f"{optimiser.__name__:17s} loss at steps 0, 100, 300, 1000: {shown}")
        assert losses[-1] < 0.02 < losses[0]


if __name__ == "__main__":
    main()
