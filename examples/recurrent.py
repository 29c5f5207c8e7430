"""A recurrent network and an LSTM in NumPy, their weights shared by all steps of a loop.

The loop stays a loop in the gradient, which runs through time backwards.  The oracle is the
complex step: it runs the same NumPy code with a tiny imaginary part and loses no digits.
"""

import numpy as np

from symdiff import grad, value_and_grad


def rnn_loss(params, xs, ys):
    """Mean squared error of a tanh network that reads ``xs`` (steps, batch, inputs)."""
    Wx, Wh, b, Wy, by = params
    h = np.zeros((xs.shape[1], Wh.shape[0]))
    loss = 0.0
    for x, y in zip(xs, ys, strict=True):
        h = np.tanh(x @ Wx + h @ Wh + b)
        loss = loss + np.sum((h @ Wy + by - y) ** 2)
    return loss / len(xs)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_loss(params, xs, ys):
    """The same with the four gates of an LSTM in one matrix."""
    W, b, Wy = params
    n = Wy.shape[0]
    h = np.zeros((xs.shape[1], n))
    c = np.zeros((xs.shape[1], n))
    loss = 0.0
    for t in range(len(xs)):
        z = np.concatenate([xs[t], h], axis=1) @ W + b
        i = sigmoid(z[:, :n])
        f = sigmoid(z[:, n : 2 * n])
        o = sigmoid(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
        loss = loss + np.sum((h @ Wy - ys[t]) ** 2)
    return loss / len(xs)


def complex_step(f, params, which, *args, h=1e-30):
    """The gradient with respect to one array, number by number, to the last digits."""
    found = np.zeros_like(params[which])
    for at in np.ndindex(found.shape):
        moved = [p.astype(complex) for p in params]
        moved[which][at] += 1j * h
        found[at] = f(moved, *args).imag / h
    return found


def main():
    rng = np.random.default_rng(4)
    steps, batch, hidden = 12, 5, 6
    xs = rng.choice([-1.0, 1.0], size=(steps, batch, 1))
    ys = 0.5 * (xs + np.concatenate([np.zeros((1, batch, 1)), xs[:-1]]))  # mean of the last two
    shapes = (1, hidden), (hidden, hidden), hidden, (hidden, 1), 1
    rnn = [0.5 * rng.normal(size=s) for s in shapes]
    shapes = (1 + hidden, 4 * hidden), 4 * hidden, (hidden, 1)
    lstm = [0.3 * rng.normal(size=s) for s in shapes]

    for name, f, params in (("rnn", rnn_loss, rnn), ("lstm", lstm_loss, lstm)):
        found = grad(f)(params, xs, ys)
        for k, g in enumerate(found):
            expected = complex_step(f, params, k, xs, ys)
            error = np.abs(g - expected).max() / np.abs(expected).max()
            assert error < 1e-12, (name, k, error)
        step = value_and_grad(f)
        first, velocity = f(params, xs, ys), [np.zeros_like(p) for p in params]
        for _ in range(400):
            value, gradients = step(params, xs, ys)
            velocity = [0.9 * v - 0.01 * g for v, g in zip(velocity, gradients, strict=True)]
            params = [p + v for p, v in zip(params, velocity, strict=True)]
        print(step.source)
        print(f"{name}: the gradient is the complex step's; loss {first:.3f} -> {value:.5f}\n")
        assert value < 0.02 * first


if __name__ == "__main__":
    main()
