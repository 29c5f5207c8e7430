"""Back-propagation through time: a recurrent network whose weights are shared by all steps of a
loop.

The network learns the mean of its last two inputs.  The loop stays a
loop in the derivative, and the gradient of the shared weights sums over its steps.
"""

import math
import random

from symdiff import value_and_grad


def loss(w, xs, targets):
    """w: input, recurrent and bias weights of two hidden units (10), then the read-out (3)."""
    a = b = 0.0
    total = 0.0
    for x, target in zip(xs, targets, strict=True):
        new_a = math.tanh(w[0] * x + w[1] * a + w[2] * b + w[3])
        new_b = math.tanh(w[4] * x + w[5] * a + w[6] * b + w[7])
        a, b = new_a, new_b
        y = w[8] * a + w[9] * b + w[10]
        total += (y - target) ** 2
    return total / len(xs)


def main() -> None:
    rng = random.Random(3)
    xs = [rng.choice((-1.0, 1.0)) for _ in range(40)]
    targets = [0.5 * (x + previous) for previous, x in zip([0.0, *xs], xs, strict=False)]
    w = [rng.uniform(-0.5, 0.5) for _ in range(11)]
    step = value_and_grad(loss)

    value, g = step(w, xs, targets)
    h = 1e-6
    for k in range(len(w)):
        up, down = ([x + s * h * (j == k) for j, x in enumerate(w)] for s in (1, -1))
        difference = (loss(up, xs, targets) - loss(down, xs, targets)) / (2 * h)
        assert abs(difference - g[k]) < 1e-7 * (1 + abs(g[k]))
    print(f"the gradient of all {len(w)} shared weights agrees with differences")

    first = value
    velocity = [0.0] * len(w)
    for k in range(301):
        value, g = step(w, xs, targets)
        if k % 100 == 0:
            print(f"step {k:3d}: loss {value:.5f}")
        velocity = [0.9 * v - 0.05 * d for v, d in zip(velocity, g, strict=True)]
        w = [x + v for x, v in zip(w, velocity, strict=True)]
    assert value < 0.1 * first


if __name__ == "__main__":
    main()
