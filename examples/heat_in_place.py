"""Heat conduction, written in place: where must one heat, so that a rod gets a wanted profile?

Every step overwrites the inner points of one array.  The step is linear, so its gradient must be
the transposed matrix, applied as often: that is the oracle.
"""

import numpy as np
from scipy.optimize import minimize

from symdiff import grad, value_and_grad


def conduct(u0, c, steps):
    """Explicit steps of the heat equation; the ends keep their temperature."""
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def misfit(u0, c, steps, wanted):
    return np.sum((conduct(u0, c, steps) - wanted) ** 2)


def sweep(u, n):
    """Gauss-Seidel: each point is the mean of its neighbours, of which one is new already."""
    u = u.copy()
    for _ in range(n):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1])
    return np.sum(u**2)


def main():
    n, c, steps = 24, 0.4, 30
    x = np.linspace(0.0, 1.0, n)
    wanted = np.sin(np.pi * x) + 0.3 * np.sin(3 * np.pi * x)
    u0 = np.zeros(n)

    A = np.eye(n) + c * (np.eye(n, k=1) - 2 * np.eye(n) + np.eye(n, k=-1))
    A[0], A[-1] = np.eye(n)[0], np.eye(n)[-1]
    power = np.linalg.matrix_power(A, steps)
    start = np.cos(5 * x)
    g = grad(misfit)
    assert np.allclose(g(start, c, steps, wanted), 2 * power.T @ (power @ start - wanted))

    B = np.eye(n)
    for i in range(1, n - 1):
        one = np.eye(n)
        one[i] = 0.5 * (np.eye(n)[i - 1] + np.eye(n)[i + 1])
        B = one @ B
    B = B @ B
    h = grad(sweep)
    assert np.allclose(h(start, 2), 2 * B.T @ (B @ start))

    found = minimize(value_and_grad(misfit), u0, args=(c, steps, wanted), jac=True,
                     method="L-BFGS-B")
    print(g.source)
    print(h.source)
    print(f"misfit {misfit(u0, c, steps, wanted):.3f} -> {found.fun:.1e} in {found.nit} iterations")
    assert found.fun < 1e-4


if __name__ == "__main__":
    main()
