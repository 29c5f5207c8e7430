"""A network as a list of (W, b), trained by plain gradient descent: the gradient is such a list."""

import numpy as np

from symdiff import grad, value_and_grad


def loss(params, x, y):
    for W, b in params[:-1]:
        x = np.tanh(x @ W + b)
    W, b = params[-1]
    return np.mean((x @ W + b - y) ** 2)


rng = np.random.default_rng(1)
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([[0.0], [1.0], [1.0], [0.0]])
params = [(rng.normal(size=(2, 8)), np.zeros(8)), (0.5 * rng.normal(size=(8, 1)), np.zeros(1))]

g = grad(loss)
dW = g(params, x, y)[0][0]
h = 1e-6
moved = [(params[0][0] + h * np.eye(2, 8), params[0][1]), params[1]]
slope = (loss(moved, x, y) - loss(params, x, y)) / h
assert abs(slope - np.trace(dW[:, :2])) < 1e-4

step = value_and_grad(loss)
for _ in range(2000):
    value, gradients = step(params, x, y)
    params = [(W - 0.1 * dW, b - 0.1 * db)
              for (W, b), (dW, db) in zip(params, gradients, strict=True)]
assert value < 1e-2, value

print(g.source)
print("exclusive or, after 2000 steps: loss", f"{value:.1e}")
