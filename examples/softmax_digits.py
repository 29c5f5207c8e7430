"""Softmax and logistic regression on real data, trained by SciPy with the gradients that symdiff
writes.

The data sets are those that scikit-learn ships (handwritten digits, breast cancer):
``pip install scikit-learn`` (or ``pip install symdiff-grad[test]``).  Its own LogisticRegression,
which has a hand-written gradient, is the oracle: both must come to the same optimum.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from symdiff import value_and_grad

try:
    from sklearn.datasets import load_breast_cancer, load_digits
    from sklearn.linear_model import LogisticRegression
except ImportError:
    raise SystemExit("this example needs scikit-learn: pip install scikit-learn") from None


def softmax_loss(W, X, labels):
    """Mean cross entropy of the classes, with a penalty of half the squared weights."""
    scores = X @ W
    logp = scores - logsumexp(scores, axis=1, keepdims=True)
    return -np.mean(logp[np.arange(len(labels)), labels]) + 0.5 / len(labels) * np.sum(W**2)


def logistic_loss(w, X, y):
    p = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 / len(y) * np.sum(w**2)


def digits():
    data = load_digits()
    X, labels = data.data / 16.0, data.target
    train, test = slice(0, 1200), slice(1200, None)
    step = value_and_grad(softmax_loss)

    def flat(w, X, labels):
        value, gradient = step(w.reshape(64, 10), X, labels)
        return value, gradient.ravel()

    found = minimize(flat, np.zeros(640), args=(X[train], labels[train]), jac=True,
                     method="L-BFGS-B", options={"maxiter": 2000, "gtol": 1e-9, "ftol": 1e-15})
    W = found.x.reshape(64, 10)
    right = np.mean(np.argmax(X[test] @ W, axis=1) == labels[test])
    oracle = LogisticRegression(fit_intercept=False, tol=1e-9, max_iter=5000)
    oracle.fit(X[train], labels[train])
    error = np.abs(oracle.coef_ - W.T).max()
    print(step.source)
    print(f"digits: loss {found.fun:.6f} after {found.nit} iterations, {right:.1%} of the unseen "
          f"digits right; weights differ from scikit-learn's by {error:.1e}")
    assert error < 1e-3 and right > 0.9


def cancer():
    data = load_breast_cancer()
    X = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    X = np.column_stack([np.ones(len(X)), X])
    y = data.target.astype(float)
    found = minimize(value_and_grad(logistic_loss), np.zeros(31), args=(X, y), jac=True,
                     method="BFGS", options={"gtol": 1e-10})
    oracle = LogisticRegression(fit_intercept=False, tol=1e-10, max_iter=5000).fit(X, y)
    error = np.abs(oracle.coef_[0] - found.x).max()
    right = np.mean((X @ found.x > 0) == y)
    print(f"breast cancer: loss {found.fun:.6f}, {right:.1%} right; weights differ from "
          f"scikit-learn's by {error:.1e}")
    assert error < 1e-4 and right > 0.98


if __name__ == "__main__":
    digits()
    cancer()
