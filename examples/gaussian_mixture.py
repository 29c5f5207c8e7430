"""The log-likelihood of a Gaussian mixture with full covariances, maximised by SciPy.

Each inverse covariance has a lower triangle as its factor, whose diagonal is given by logarithms.
Two oracles: SciPy's own densities for the value, and for the gradient the identity that weights
(responsibilities) and residuals give it: d/d alpha_k = sum_n r_nk - n softmax(alpha)_k.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from symdiff import grad, value_and_grad


def log_likelihood(alphas, means, logdiag, lower, X):
    """``alphas`` (k), ``means`` (k, d), ``logdiag`` (k, d), ``lower`` (k, d, d), ``X`` (n, d)."""
    k, d = means.shape
    terms = np.zeros((len(X), k))
    for j in range(k):
        L = np.tril(lower[j], -1) + np.diag(np.exp(logdiag[j]))
        z = (X - means[j]) @ L.T
        terms[:, j] = alphas[j] + np.sum(logdiag[j]) - 0.5 * np.sum(z**2, axis=1)
    total = np.sum(logsumexp(terms, axis=1))
    return total - len(X) * (logsumexp(alphas) + 0.5 * d * np.log(2 * np.pi))


def main():
    rng = np.random.default_rng(6)
    k, d, n = 2, 2, 300
    A = np.array([[1.0, 0.0], [0.8, 0.3]])
    X = np.concatenate([rng.normal(size=(n // 3, d)) @ A.T + [2.0, 1.0],
                        rng.normal(size=(n - n // 3, d)) * [0.5, 1.5] - [1.0, 0.0]])
    alphas = np.zeros(k)
    means = np.array([[1.0, 1.0], [-1.0, -1.0]])
    logdiag, lower = np.zeros((k, d)), np.zeros((k, d, d))
    point = (alphas, means, logdiag, lower)

    weights = np.exp(alphas - logsumexp(alphas))
    densities = [multivariate_normal(m).pdf(X) for m in means]
    parts = np.stack(densities, axis=1) * weights
    assert np.isclose(log_likelihood(*point, X), np.log(parts.sum(axis=1)).sum())
    responsibilities = parts / parts.sum(axis=1, keepdims=True)
    g = grad(log_likelihood, argnums=(0, 1, 2, 3))
    da, dm, _, _ = g(*point, X)
    assert np.allclose(da, responsibilities.sum(axis=0) - n * weights)
    assert np.allclose(dm, responsibilities.T @ X - responsibilities.sum(axis=0)[:, None] * means)

    step = value_and_grad(log_likelihood, argnums=(0, 1, 2, 3))
    shapes = [p.shape for p in point]

    def apart(x):
        ends = np.cumsum([int(np.prod(s)) for s in shapes])
        return [part.reshape(s) for part, s in zip(np.split(x, ends[:-1]), shapes, strict=True)]

    def objective(x):
        value, gradients = step(*apart(x), X)
        return -value, -np.concatenate([part.ravel() for part in gradients])

    start = np.concatenate([p.ravel() for p in point])
    found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-6})
    a, m, _, _ = apart(found.x)
    print(step.source)
    print(f"log-likelihood {-objective(start)[0]:.2f} -> {-found.fun:.2f}")
    weights = np.exp(a - logsumexp(a))
    print("means", np.round(m, 2).tolist(), "weights", np.round(weights, 3).tolist())
    assert np.abs(m - [[2.0, 1.0], [-1.0, 0.0]]).max() < 0.35
    assert np.abs(np.sort(weights) - [1 / 3, 2 / 3]).max() < 0.05


if __name__ == "__main__":
    main()
