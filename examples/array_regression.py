"""Logistic regression in NumPy, trained by SciPy with the gradient that symdiff writes.

The loss is written down as in a textbook; ``1/(1 + np.exp(-z))`` and its logarithms are recognised,
so nothing overflows. The optimum is checked by what characterises it: the residuals are orthogonal
to the features, up to the penalty."""

import numpy as np
from scipy.optimize import minimize

from symdiff import grad, value_and_grad


def loss(w, X, y):
    p = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.01 * np.sum(w**2)


rng = np.random.default_rng(3)
X = np.column_stack([np.ones(200), rng.normal(size=(200, 3))])
y = (X @ np.array([0.5, 2.0, -1.0, 0.0]) + rng.logistic(size=200) > 0).astype(float)

found = minimize(value_and_grad(loss), np.zeros(4), args=(X, y), jac=True, method="BFGS",
                 options={"gtol": 1e-9})
w = found.x
residual = y - 1 / (1 + np.exp(-(X @ w)))
assert np.allclose(X.T @ residual / 200, 0.02 * w, atol=1e-7)
assert (np.sign(w[1:3]) == [1, -1]).all()

g = grad(loss)
g(w, X, y)
print(g.source)
print("weights:", np.round(w, 3), "after", found.nit, "steps")
