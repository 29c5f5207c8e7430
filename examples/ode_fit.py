"""Runge-Kutta steps of a predator-prey system, and its parameters fitted to noisy data.

The loop over the steps is differentiated as it stands (the exact gradient of what the computer
did).  The oracle is the complex step, and the sensitivity of a system whose solution is known.
"""

import numpy as np
from scipy.optimize import minimize

from symdiff import grad, value_and_grad


def field(u, p):
    """Lotka-Volterra: prey u[0], predators u[1]."""
    return np.array([p[0] * u[0] - p[1] * u[0] * u[1], p[2] * u[0] * u[1] - p[3] * u[1]])


def solve(p, u0, dt, n):
    """Classical fourth-order Runge-Kutta; all states, the first included."""
    us = np.zeros((n + 1, 2), dtype=p.dtype)
    us[0] = u0
    for i in range(n):
        u = us[i]
        k1 = field(u, p)
        k2 = field(u + 0.5 * dt * k1, p)
        k3 = field(u + 0.5 * dt * k2, p)
        k4 = field(u + dt * k3, p)
        us[i + 1] = u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return us


def misfit(p, u0, dt, data):
    us = solve(p, u0, dt, len(data) - 1)
    return np.mean((us - data) ** 2)


def main():
    rng = np.random.default_rng(8)
    truth = np.array([1.1, 0.4, 0.1, 0.4])
    u0, dt, n = np.array([10.0, 5.0]), 0.05, 200
    data = solve(truth, u0, dt, n) + 0.1 * rng.normal(size=(n + 1, 2))

    p = np.array([1.0, 0.35, 0.12, 0.5])
    g = grad(misfit)
    exact = [misfit(p + 1e-30j * e, u0, dt, data).imag / 1e-30 for e in np.eye(4)]
    assert np.allclose(g(p, u0, dt, data), exact, rtol=1e-10)
    alone = np.array([0.3, 0.0, 0.0, 0.7])  # no interaction: the prey grow as exp(0.3 t)
    size = u0[0] * np.exp(0.3 * dt * n)
    slope = grad(lambda p: solve(p, u0, dt, n)[-1, 0])(alone)[0]
    assert np.isclose(slope, dt * n * size, rtol=1e-6)

    found = minimize(value_and_grad(misfit), p, args=(u0, dt, data), jac=True, method="BFGS")
    print(g.source)
    print("parameters", np.round(found.x, 3), "true", truth, f"misfit {found.fun:.4f}")
    assert np.abs(found.x - truth).max() < 0.02


if __name__ == "__main__":
    main()
