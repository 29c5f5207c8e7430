"""The functions of the array benchmark, as they are written in NumPy, and gradients by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def generator() -> np.random.Generator:
    return np.random.default_rng(11)


def vector() -> tuple[Array, ...]:
    return (generator().normal(size=10**6),)


# -- logistic regression ---


def logistic(w: Array, X: Array, y: Array) -> Any:
    p = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def logistic_by_hand(w: Array, X: Array, y: Array) -> Any:
    p = 1 / (1 + np.exp(-(X @ w)))
    p -= y
    p /= len(y)
    return p @ X


def logistic_args() -> tuple[Array, ...]:
    rng = generator()
    X = rng.normal(size=(100_000, 50))
    return 0.1 * rng.normal(size=50), X, (rng.random(100_000) < 0.5).astype(float)


# -- elementwise ---


def chain(x: Array) -> Any:
    return np.sum(np.tanh(np.log1p(np.exp(x))))


def chain_by_hand(x: Array) -> Any:
    e = np.exp(x)
    t = np.tanh(np.log1p(e))
    t *= t
    np.subtract(1.0, t, out=t)
    t *= e
    e += 1.0
    t /= e
    return t


ROOT = 0.7978845608028654  # sqrt(2/pi)


def gelu(x: Array) -> Any:
    return np.sum(0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x**3))))


def gelu_by_hand(x: Array) -> Any:
    x2 = x * x
    t = np.tanh(ROOT * x * (1 + 0.044715 * x2))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (ROOT + 3 * 0.044715 * ROOT * x2)


def silu(x: Array) -> Any:
    return np.sum(x / (1 + np.exp(-x)))


def silu_by_hand(x: Array) -> Any:
    s = 1 / (1 + np.exp(-x))
    return s * (1 + x * (1 - s))


# -- networks ---


def mlp(params: Any, x: Array, labels: Array) -> Any:
    for W, b in params[:-1]:
        x = np.tanh(x @ W + b)
    W, b = params[-1]
    scores = x @ W + b
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def mlp_by_hand(params: Any, x: Array, labels: Array) -> Any:
    hs = [x]
    for W, b in params[:-1]:
        hs.append(np.tanh(hs[-1] @ W + b))
    W, b = params[-1]
    scores = hs[-1] @ W + b
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    p /= len(labels)
    d = p
    found = []
    for k in range(len(params) - 1, -1, -1):
        found.append((hs[k].T @ d, d.sum(axis=0)))
        if k:
            d = d @ params[k][0].T
            d *= 1 - hs[k] * hs[k]
    return found[::-1]


def mlp_args() -> tuple[Any, ...]:
    rng = generator()
    sizes = [256, 256, 256, 10]
    params = [
        (rng.normal(size=(m, n)) / np.sqrt(m), np.zeros(n))
        for m, n in zip(sizes, sizes[1:], strict=False)  # noqa: RUF007
    ]
    return params, rng.normal(size=(128, 256)), rng.integers(0, 10, size=128)


def mlp_args_32() -> tuple[Any, ...]:
    params, x, labels = mlp_args()
    small = [(W.astype(np.float32), b.astype(np.float32)) for W, b in params]
    return small, x.astype(np.float32), labels


def lstm(weight: Array, bias: Array, xs: Array) -> Any:
    """One layer whose gates have a weight per unit for the input and one for the state."""
    n = weight.shape[1] // 4
    h = np.zeros(n)
    c = np.zeros(n)
    loss = 0.0
    for t in range(len(xs) - 1):
        z = np.concatenate((xs[t], h, xs[t], h)) * weight[0] + weight[1] + bias
        forget = 1 / (1 + np.exp(-z[:n]))
        ingate = 1 / (1 + np.exp(-z[n : 2 * n]))
        outgate = 1 / (1 + np.exp(-z[2 * n : 3 * n]))
        change = np.tanh(z[3 * n :])
        c = c * forget + ingate * change
        h = outgate * np.tanh(c)
        loss = loss + np.log(np.sum(np.exp(h))) - np.dot(h, xs[t + 1])
    return loss


def lstm_by_hand(weight: Array, bias: Array, xs: Array) -> Any:
    n = weight.shape[1] // 4
    h = c = np.zeros(n)
    w, offset = weight[0], weight[1] + bias
    tape = []
    for t in range(len(xs) - 1):
        u = np.concatenate((xs[t], h, xs[t], h))
        z = u * w + offset
        gates = 1 / (1 + np.exp(-z[: 3 * n]))
        change = np.tanh(z[3 * n :])
        old = c
        c = c * gates[:n] + gates[n : 2 * n] * change
        squashed = np.tanh(c)
        h = gates[2 * n :] * squashed
        tape.append((u, gates, change, old, squashed, h))
    dw, db = np.zeros_like(w), np.zeros_like(bias)
    dh, dc, dz = np.zeros(n), np.zeros(n), np.empty(4 * n)
    for t in range(len(xs) - 2, -1, -1):
        u, gates, change, old, squashed, h = tape[t]
        e = np.exp(h)
        dh = dh + e / e.sum() - xs[t + 1]
        dc = dc + dh * gates[2 * n :] * (1 - squashed * squashed)
        dz[:n] = dc * old
        dz[n : 2 * n] = dc * change
        dz[2 * n : 3 * n] = dh * squashed
        dz[: 3 * n] *= gates * (1 - gates)
        dz[3 * n :] = dc * gates[n : 2 * n] * (1 - change * change)
        dc = dc * gates[:n]
        dw += dz * u
        db += dz
        du = dz * w
        dh = du[n : 2 * n] + du[3 * n :]
    return np.stack([dw, db]), db


def lstm_args() -> tuple[Array, ...]:
    rng = generator()
    return 0.5 * rng.normal(size=(2, 56)), 0.1 * rng.normal(size=56), rng.normal(size=(100, 14))


def rnn(W: Array, U: Array, b: Array, xs: Array) -> Any:
    h = np.zeros((xs.shape[1], U.shape[0]))
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ W + h @ U + b)
    return np.sum(h * h)


def rnn_by_hand(W: Array, U: Array, b: Array, xs: Array) -> Any:
    steps, batch, _ = xs.shape
    n = len(U)
    hs = np.zeros((steps + 1, batch, n))
    for t in range(steps):
        hs[t + 1] = np.tanh(xs[t] @ W + hs[t] @ U + b)
    dzs = np.empty((steps, batch, n))
    dh = 2 * hs[-1]
    for t in range(steps - 1, -1, -1):
        h = hs[t + 1]
        dz = np.multiply(dh, 1 - h * h, out=dzs[t])
        dh = dz @ U.T
    rows = dzs.reshape(-1, n)
    return (xs.reshape(steps * batch, -1).T @ rows, hs[:-1].reshape(-1, n).T @ rows,
            rows.sum(axis=0))


def rnn_args() -> tuple[Array, ...]:
    rng = generator()
    return (0.3 * rng.normal(size=(16, 32)), 0.2 * rng.normal(size=(32, 32)), np.zeros(32),
            rng.normal(size=(100, 16, 16)))


# -- mixtures, geometry, particles ---


def gmm(alphas: Array, means: Array, logs: Array, lower: Array, X: Array) -> Any:
    """``lower`` (k, d, d) are factors of the inverse covariances, ``logs`` (k, d) the logarithms of
    their diagonals."""
    d = X.shape[1]
    L = np.tril(lower, -1) + np.exp(logs)[:, :, None] * np.eye(d)
    z = np.einsum("kij,nkj->nki", L, X[:, None, :] - means)
    inner = alphas + logs.sum(axis=1) - 0.5 * np.sum(z**2, axis=2)
    top = inner.max(axis=1)
    total = np.sum(np.log(np.sum(np.exp(inner - top[:, None]), axis=1)) + top)
    return total - len(X) * np.log(np.sum(np.exp(alphas)))


def gmm_by_hand(alphas: Array, means: Array, logs: Array, lower: Array, X: Array) -> Any:
    n, d = X.shape
    e = np.exp(logs)
    L = np.tril(lower, -1) + e[:, :, None] * np.eye(d)
    z = X @ L.transpose(0, 2, 1) - (L @ means[:, :, None]).transpose(0, 2, 1)
    inner = alphas + logs.sum(axis=1) - 0.5 * np.einsum("kni,kni->nk", z, z)
    r = np.exp(inner - inner.max(axis=1, keepdims=True))
    r /= r.sum(axis=1, keepdims=True)
    rz = z * r.T[:, :, None]
    sums = rz.sum(axis=1)
    dL = sums[:, :, None] * means[:, None, :] - rz.transpose(0, 2, 1) @ X
    counts = r.sum(axis=0)
    weights = np.exp(alphas)
    at = np.arange(d)
    return (counts - n * weights / weights.sum(),
            (L.transpose(0, 2, 1) @ sums[:, :, None])[:, :, 0],
            dL[:, at, at] * e + counts[:, None], np.tril(dL, -1))


def gmm_args() -> tuple[Array, ...]:
    rng = generator()
    return (rng.normal(size=25), rng.normal(size=(25, 10)), 0.1 * rng.normal(size=(25, 10)),
            0.3 * rng.normal(size=(25, 10, 10)), rng.normal(size=(1000, 10)))


def cross(a: Array, b: Array) -> Any:
    return np.stack([a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1], a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
                     a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]], axis=1)


def reprojection(cams: Array, points: Array, weights: Array, cam: Array, point: Array,
                 seen: Array) -> Any:
    """Half the squared residuals: rotation, projection, radial distortion of each observation."""
    c, X = cams[cam], points[point]
    r = c[:, :3]
    square = np.sum(r * r, axis=1, keepdims=True)
    theta = np.sqrt(square)
    w = r / theta
    P = X - c[:, 3:6]
    turned = (P * np.cos(theta) + cross(w, P) * np.sin(theta)
              + w * np.sum(w * P, axis=1, keepdims=True) * (1 - np.cos(theta)))
    u = turned[:, :2] / turned[:, 2:]
    r2 = np.sum(u * u, axis=1, keepdims=True)
    distorted = u * (1 + c[:, 9:10] * r2 + c[:, 10:11] * r2 * r2)
    image = c[:, 6:7] * distorted + c[:, 7:9]
    residual = weights[:, None] * (image - seen)
    return 0.5 * np.sum(residual * residual)


def reprojection_by_hand(cams: Array, points: Array, weights: Array, cam: Array, point: Array,
                         seen: Array) -> Any:
    c, X = cams[cam], points[point]
    r = c[:, :3]
    theta = np.sqrt(np.einsum("ij,ij->i", r, r))[:, None]
    w = r / theta
    P = X - c[:, 3:6]
    cos, sin = np.cos(theta), np.sin(theta)
    wP = np.einsum("ij,ij->i", w, P)[:, None]
    cross = np.cross(w, P)
    Q = P * cos + cross * sin + w * (wP * (1 - cos))
    inv = 1 / Q[:, 2:]
    u = Q[:, :2] * inv
    r2 = np.einsum("ij,ij->i", u, u)[:, None]
    k1, k2, f = c[:, 9:10], c[:, 10:11], c[:, 6:7]
    scale = 1 + k1 * r2 + k2 * r2 * r2
    image = f * u * scale + c[:, 7:9]
    error = image - seen
    residual = weights[:, None] * error
    dweights = np.einsum("ij,ij->i", residual, error)
    di = residual * weights[:, None]
    dc = np.empty_like(c)
    dc[:, 7:9] = di
    along = np.einsum("ij,ij->i", di, u)[:, None]
    dc[:, 6:7] = along * scale
    ds = along * f
    dc[:, 9:10] = ds * r2
    dc[:, 10:11] = ds * r2 * r2
    du = di * (f * scale) + u * (2 * ds * (k1 + 2 * k2 * r2))
    dQ = np.empty_like(Q)
    dQ[:, :2] = du * inv
    dQ[:, 2:] = -np.einsum("ij,ij->i", du, u)[:, None] * inv
    wd = np.einsum("ij,ij->i", w, dQ)[:, None]
    dP = dQ * cos + np.cross(dQ, w) * sin + w * (wd * (1 - cos))
    dw = np.cross(P, dQ) * sin + (dQ * wP + P * wd) * (1 - cos)
    dtheta = (np.einsum("ij,ij->i", dQ, cross)[:, None] * cos
              + (wd * wP - np.einsum("ij,ij->i", dQ, P)[:, None]) * sin)
    dtheta -= np.einsum("ij,ij->i", dw, w)[:, None] / theta
    dc[:, :3] = dw / theta + w * dtheta
    dc[:, 3:6] = -dP
    dcams, dpoints = np.zeros_like(cams), np.zeros_like(points)
    np.add.at(dcams, cam, dc)
    np.add.at(dpoints, point, dP)
    return dcams, dpoints, dweights


def reprojection_args() -> tuple[Array, ...]:
    rng = generator()
    n, m, p = 49, 7776, 31843
    cams = np.concatenate([0.3 + 0.1 * rng.normal(size=(n, 3)), 0.1 * rng.normal(size=(n, 3)),
                           1 + 0.1 * rng.normal(size=(n, 1)), 0.1 * rng.normal(size=(n, 2)),
                           0.01 * rng.normal(size=(n, 2))], axis=1)
    points = rng.normal(size=(m, 3)) + np.array([0.0, 0.0, 8.0])
    return (cams, points, rng.random(p), rng.integers(0, n, size=p), rng.integers(0, m, size=p),
            rng.normal(size=(p, 2)))


def lennard_jones(x: Array) -> Any:
    n = len(x)
    d = x[:, None, :] - x[None, :, :]
    r2 = np.sum(d**2, axis=2) + np.eye(n)
    s6 = 1 / r2**3
    return 2 * np.sum((s6**2 - s6) * (1 - np.eye(n)))


def lennard_jones_by_hand(x: Array) -> Any:
    n = len(x)
    square = np.einsum("ij,ij->i", x, x)
    r2 = square[:, None] + square - 2 * (x @ x.T)
    r2.flat[:: n + 1] = 1.0
    inv = 1 / r2
    s6 = inv * inv * inv
    g = s6 * (6 - 12 * s6) * inv
    g.flat[:: n + 1] = 0.0
    return 4 * (g.sum(axis=1)[:, None] * x - g @ x)


def particles() -> tuple[Array, ...]:
    rng = generator()
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3)[:200]
    return (1.2 * grid + 0.05 * rng.normal(size=(200, 3)),)


# -- element by element ---


def prefix(x: Array) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = 0.9 * y[i - 1] + np.sin(y[i])
    return np.sum(y * y)


def prefix_by_hand(x: Array) -> Any:
    y = x.tolist()
    for i in range(1, len(y)):
        y[i] = 0.9 * y[i - 1] + np.sin(y[i])
    g = [2 * v for v in y]
    cosines = np.cos(x).tolist()
    for i in range(len(y) - 1, 0, -1):
        g[i - 1] += 0.9 * g[i]
        g[i] *= cosines[i]
    return np.array(g)


def prefix_args() -> tuple[Array, ...]:
    return (generator().normal(size=10_000),)
