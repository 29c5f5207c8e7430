"""A Kalman filter: the likelihood of a track, and its noise levels estimated by maximum likelihood.

The filter is written as in a textbook: predict, innovate, update, with matrices and an inverse.
The oracle knows nothing of filters: all measurements together are one Gaussian vector, whose
covariance is written down directly.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from symdiff import grad, value_and_grad

DT = 0.5


def negative_log_likelihood(logs, zs):
    """``logs``: logarithms of the deviations of process and measurement; ``zs``: positions."""
    q = np.exp(2 * logs[0])
    r = np.exp(2 * logs[1])
    F = np.array([[1.0, DT], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    Q = q * np.array([[DT**3 / 3, DT**2 / 2], [DT**2 / 2, DT]])
    x = np.zeros(2)
    P = 10.0 * np.eye(2)
    total = 0.0
    for z in zs:
        x = F @ x
        P = F @ P @ F.T + Q
        S = H @ P @ H.T + r
        K = P @ H.T @ np.linalg.inv(S)
        y = z - H @ x
        x = x + K @ y
        P = (np.eye(2) - K @ H) @ P
        total = total + 0.5 * (np.log(2 * np.pi * S[0, 0]) + y[0] ** 2 / S[0, 0])
    return total


def joint(logs, n):
    """The covariance of all n measurements, from the model and not from the filter."""
    q, r = np.exp(2 * logs)
    F = np.array([[1.0, DT], [0.0, 1.0]])
    Q = q * np.array([[DT**3 / 3, DT**2 / 2], [DT**2 / 2, DT]])
    P, states = 10.0 * np.eye(2), []
    for _ in range(n):
        P = F @ P @ F.T + Q
        states.append(P)
    cov = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            cov[i, j] = cov[j, i] = (np.linalg.matrix_power(F, j - i) @ states[i])[0, 0]
    return cov + r * np.eye(n)


def main():
    rng = np.random.default_rng(7)
    truth, n = np.log([0.3, 0.7]), 120
    zs = rng.multivariate_normal(np.zeros(n), joint(truth, n))

    logs = np.array([-0.5, 0.2])
    expected = -multivariate_normal(np.zeros(n), joint(logs, n)).logpdf(zs)
    assert np.isclose(negative_log_likelihood(logs, zs), expected)
    g = grad(negative_log_likelihood)
    h = 1e-5
    slopes = [(-multivariate_normal(np.zeros(n), joint(logs + e, n)).logpdf(zs)
               + multivariate_normal(np.zeros(n), joint(logs - e, n)).logpdf(zs)) / (2 * h)
              for e in h * np.eye(2)]
    assert np.allclose(g(logs, zs), slopes, rtol=1e-6)

    found = minimize(value_and_grad(negative_log_likelihood), logs, args=(zs,), jac=True)
    print(g.source)
    print("deviations: true", np.exp(truth), "estimated", np.round(np.exp(found.x), 3))
    assert np.abs(found.x - truth).max() < 0.4


if __name__ == "__main__":
    main()
