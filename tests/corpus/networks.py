"""Neurons and networks in plain Python: layers, recurrent loops with shared weights, training
inside.
"""

import math

from tests.corpus.registry import at


@at((2.0, -1.0, -3.0, -2.0, -3.0))
def neuron(w0, x0, w1, x1, w2):
    z = w0 * x0 + w1 * x1 + w2
    return 1 / (1 + math.exp(-z))


@at(([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.2]], [0.0, 0.1, -0.1], [0.7, -0.3, 0.2], [1.0, -2.0]))
def two_layers(w1, b1, w2, x):
    hidden = []
    for row, b in zip(w1, b1, strict=True):
        s = b
        for w, v in zip(row, x, strict=True):
            s += w * v
        hidden.append(math.tanh(s))
    return sum(w * h for w, h in zip(w2, hidden, strict=True))


@at(([0.4, -0.6, 0.1], [1.0, 0.5, -0.3, 0.8], 0.2))
def recurrent(weights, xs, target):
    u, w, b = weights
    h = 0.0
    loss = 0.0
    for x in xs:
        h = math.tanh(u * x + w * h + b)
        loss += (h - target) ** 2
    return loss


@at(([0.4, -0.6, 0.1, 0.3, 0.2, -0.1], [1.0, 0.5, -0.3]))
def gated_recurrent(p, xs):
    h = 0.1
    for x in xs:
        z = 1.0 / (1.0 + math.exp(-(p[0] * x + p[1] * h)))
        r = 1.0 / (1.0 + math.exp(-(p[2] * x + p[3] * h)))
        c = math.tanh(p[4] * x + p[5] * r * h)
        h = (1.0 - z) * h + z * c
    return h * h


@at(([0.5, 0.1, -0.4, 0.3], [0.2, 0.7, -0.5]))
def lstm_cell_loop(p, xs):
    def sigmoid(v):
        return 1.0 / (1.0 + math.exp(-v))

    c = h = 0.0
    for x in xs:
        f = sigmoid(p[0] * x + p[1] * h + 1.0)
        i = sigmoid(p[1] * x + p[2] * h)
        o = sigmoid(p[2] * x + p[3] * h)
        c = f * c + i * math.tanh(p[3] * x + p[0] * h)
        h = o * math.tanh(c)
    return h + 0.1 * c * c


@at((0.5, -0.3, 0.1))
def gradient_descent_inside(w, b, rate):
    for x, y in [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]:
        error = w * x + b - y
        w = w - rate * 2.0 * error * x
        b = b - rate * 2.0 * error
    return (w - 2.0) ** 2 + (b - 1.0) ** 2


@at((0.9, 0.5))
def momentum_inside(mu, x):
    v = 0.0
    for _ in range(5):
        g = 4.0 * x**3 - 2.0 * x
        v = mu * v - 0.05 * g
        x = x + v
    return x**4 - x * x


@at(([1.0, -0.5, 0.25], [0.3, 0.2, 0.9]))
def attention(query, keys):
    scores = [q * k for q, k in zip(query, keys, strict=True)]
    m = max(scores)
    weights = [math.exp(s - m) for s in scores]
    total = sum(weights)
    return sum(w / total * k for w, k in zip(weights, keys, strict=True))


@at(([0.5, 1.5, -2.0],))
def leaky_relu_chain(xs):
    y = 1.0
    for x in xs:
        z = x * y + 0.1
        y = z if z > 0 else 0.01 * z
    return y * y


@at(([0.5, 1.5, -2.0, 0.3],))
def batch_normalisation(xs):
    n = len(xs)
    mean = sum(xs) / n
    var = sum((x - mean) ** 2 for x in xs) / n
    scaled = [(x - mean) / math.sqrt(var + 1e-5) for x in xs]
    return sum(s**3 for s in scaled)


@at(({"w": [[0.2, -0.4], [0.1, 0.3]], "b": [0.05, -0.05]}, [1.0, -1.5], 3))
def deep_with_shared_layer(params, x, depth):
    h = list(x)
    for _ in range(depth):
        new = []
        for row, b in zip(params["w"], params["b"], strict=True):
            new.append(math.tanh(sum(w * v for w, v in zip(row, h, strict=True)) + b))
        h = new
    return h[0] - h[1]


@at(([0.3, -0.2], [0.5, 0.1]))
def hinge_and_l1(w, x):
    margin = 1.0 - (w[0] * x[0] + w[1] * x[1])
    loss = margin if margin > 0 else 0.0
    for v in w:
        loss += 0.01 * abs(v)
    return loss


@at((0.4, 1.2, 4))
def unrolled_adam(x, rate, steps):
    m = v = 0.0
    for t in range(1, steps + 1):
        g = 2.0 * (x - 3.0)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        x -= 0.1 * rate * (m / (1.0 - 0.9**t)) / (math.sqrt(v / (1.0 - 0.999**t)) + 1e-8)
    return x * x
