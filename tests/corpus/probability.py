"""Densities, likelihoods and option prices: special functions in loops over data."""

import math

from tests.corpus.registry import at


@at((100.0, 95.0, 0.5, 0.03, 0.2), (80.0, 95.0, 1.5, 0.01, 0.4))
def black_scholes(spot, strike, t, rate, vol):
    def cdf(x):
        return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))

    d1 = (math.log(spot / strike) + (rate + 0.5 * vol**2) * t) / (vol * math.sqrt(t))
    d2 = d1 - vol * math.sqrt(t)
    return spot * cdf(d1) - strike * math.exp(-rate * t) * cdf(d2)


@at(([0.5, 1.7, 3.1], 2.0, 1.5))
def gamma_likelihood(data, shape, rate):
    total = 0.0
    for x in data:
        total += (
            shape * math.log(rate) - math.lgamma(shape) + (shape - 1.0) * math.log(x) - rate * x
        )
    return total


@at(([0.2, 0.7, 0.9], 2.0, 3.5))
def beta_likelihood(data, a, b):
    norm = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return sum((a - 1.0) * math.log(x) + (b - 1.0) * math.log(1.0 - x) - norm for x in data)


@at(([1.2, -0.4, 0.3], 0.1, 0.8))
def gaussian_likelihood(data, mean, sigma):
    return -sum(
        0.5 * ((x - mean) / sigma) ** 2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
        for x in data
    )


@at(([3, 0, 5], 1.7))
def poisson_likelihood(counts, rate):
    total = 0.0
    for k in counts:
        total += k * math.log(rate) - rate - math.lgamma(k + 1)
    return total


@at(([1.2, -0.4, 2.3], 0.1, 0.8, 4.5))
def student_t_likelihood(data, mean, scale, dof):
    c = (
        math.lgamma(0.5 * (dof + 1.0))
        - math.lgamma(0.5 * dof)
        - 0.5 * math.log(dof * math.pi)
        - math.log(scale)
    )
    total = 0.0
    for x in data:
        z = (x - mean) / scale
        total += c - 0.5 * (dof + 1.0) * math.log1p(z * z / dof)
    return total


@at(([0.1, 2.0, 1.9, -0.2], [0.0, 1.5], [0.3, -0.2]))
def mixture_likelihood(data, means, logits):
    z = math.log(sum(math.exp(v) for v in logits))
    total = 0.0
    for x in data:
        terms = [logits[k] - z - 0.5 * (x - means[k]) ** 2 for k in range(len(means))]
        m = max(terms)
        total += m + math.log(sum(math.exp(t - m) for t in terms))
    return total


@at(([0.3, -0.1], [[1.0, 2.0], [-1.0, 0.5], [0.2, -2.0]], [1, 0, 1]))
def logistic_loss(w, rows, labels):
    loss = 0.0
    for row, label in zip(rows, labels, strict=True):
        z = 0.0
        for wi, xi in zip(w, row, strict=True):
            z += wi * xi
        p = 1.0 / (1.0 + math.exp(-z))
        loss -= label * math.log(p) + (1 - label) * math.log(1.0 - p)
    return loss / len(rows)


@at(([0.3, -0.1, 1.2], 1), ([30.0, -0.1, 1.2], 0))
def softmax_cross_entropy(logits, target):
    m = max(logits)
    exps = [math.exp(v - m) for v in logits]
    return -math.log(exps[target] / sum(exps))


@at(([0.7, 0.2, 0.4], [0, 1, 1, 0]))
def hidden_markov_forward(theta, observations):
    stay, e0, e1 = theta
    a, b = 0.5, 0.5
    for o in observations:
        pa = e0 if o else 1.0 - e0
        pb = e1 if o else 1.0 - e1
        a, b = (a * stay + b * (1.0 - stay)) * pa, (a * (1.0 - stay) + b * stay) * pb
    return math.log(a + b)


@at((0.05, 0.2))
def binomial_option_tree(rate, vol):
    n = 6
    dt = 1.0 / n
    up = math.exp(vol * math.sqrt(dt))
    p = (math.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    values = [max(100.0 * up ** (2 * i - n) - 97.0, 0.0) for i in range(n + 1)]
    for step in range(n, 0, -1):
        for i in range(step):
            values[i] = math.exp(-rate * dt) * (p * values[i + 1] + (1.0 - p) * values[i])
    return values[0]


@at((0.6, 1.4))
def kumaraswamy_entropy(a, b):
    s = 0.0
    n = 10
    for i in range(n):
        x = (i + 0.5) / n
        density = a * b * x ** (a - 1.0) * (1.0 - x**a) ** (b - 1.0)
        s -= density * math.log(density) / n
    return s


@at(([0.2, 0.5, 0.3], [0.4, 0.4, 0.2]))
def kullback_leibler(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


@at((2.3,))
def stirling_series(x):
    s = (x - 0.5) * math.log(x) - x + 0.5 * math.log(2.0 * math.pi)
    sign = 1.0
    for k, c in enumerate([12, 360, 1260, 1680]):
        s += sign / (c * x ** (2 * k + 1))
        sign = -sign
    return s
