"""Small NumPy programs by feature, each with arguments: ``PROGRAMS`` holds them all.

They are plain NumPy; the oracle runs them as they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

rng = np.random.default_rng(20)


@dataclass(frozen=True, eq=False)
class Program:
    f: Callable[..., Any]
    args: tuple[Any, ...]
    second: bool = True  # whether every operation in it can be differentiated twice

    @property
    def name(self) -> str:
        return self.f.__name__


PROGRAMS: list[Program] = []


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


def positive(*shape: int) -> np.ndarray:
    return rng.uniform(0.3, 2.0, size=shape)


def at(*args: Any, second: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program with its arguments; arrays and floats are differentiated."""

    def register(f: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(f, args, second))
        return f

    return register


# -- elementwise, broadcasting, sums ---------------------------------------------------------------


@at(normal(4))
def squares(x):
    return (x * x).sum()


@at(normal(3, 4), normal(4))
def rows_shifted(X, b):
    return np.sum((X + b) ** 2)


@at(normal(3, 4), normal(3, 1))
def columns_scaled(X, c):
    return np.sum(X * c)


@at(normal(3, 4), positive(4))
def tanh_of_quotient(X, b):
    y = X / b
    return np.sum(np.tanh(y) * y)


@at(normal(4), 1.3)
def number_beside_array(x, s):
    return np.sum(np.sin(x) * s)


@at(1.2)
def numpy_on_a_float(x):
    return np.exp(x) * 2


@at(normal(3, 2))
def outer_difference(X):
    return np.sum(X[:, None, :] * X[None, :, :])


@at(normal(5))
def guarded_root(x):
    return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0.0))


@at(normal(5))
def rectifiers(x):
    return np.sum(np.maximum(x, 0.3)) + np.sum(np.minimum(x, 0.1 * x)) + np.sum(np.clip(x, -1, 1))


@at(positive(4))
def powers(x):
    return np.sum(x**3 + x**4 + x**2.5 + 1 / x)


@at(normal(4))
def softplus(x):
    return np.log(1 + np.exp(x)).sum()


@at(normal(4))
def sigmoid(x):
    return np.sum(1 / (1 + np.exp(-x)))


# -- reductions ------------------------------------------------------------------------------------


@at(normal(3, 4))
def means(X):
    return np.sum(X.mean(axis=0) ** 2) + X.mean() * X.sum()


@at(normal(3, 4))
def extrema(X):
    return np.sum(X.max(axis=1) ** 2) + X.min() * X.max()


@at(normal(3, 4))
def spreads(X):
    return np.sum(X.var(axis=0)) + X.std() + np.sum(np.var(X, axis=1, ddof=1, keepdims=True) ** 2)


@at(normal(3, 4))
def products(X):
    return np.sum(np.prod(X, axis=1)) + np.prod(X)


# -- products --------------------------------------------------------------------------------------


@at(normal(3, 4), normal(4))
def matrix_vector(X, w):
    return (X @ w).sum()


@at(normal(3, 4), normal(4, 2))
def matrix_matrix(A, B):
    return np.sum((A @ B) ** 2) + (A @ B).sum()


@at(normal(3, 2))
def gram(X):
    return (X.T @ X).sum()


@at(normal(3), normal(3))
def dots(x, y):
    return np.dot(x, y) ** 2 + np.outer(x, y).sum()


@at(normal(3, 4), normal(4), normal(4, 2), normal(2), normal(5, 3))
def two_layers(W1, b1, W2, b2, x):
    h = np.tanh(x @ W1 + b1)
    o = h @ W2 + b2
    return np.mean(o**2)


@at([(normal(3, 4), normal(4)), (normal(4, 2), normal(2))], normal(5, 3))
def layers_in_a_list(params, x):
    for W, b in params:
        x = np.tanh(x @ W + b)
    return np.mean(x**2)


# -- indexing, writes, loops -----------------------------------------------------------------------


@at(normal(5))
def neighbours(x):
    return np.sum(x[1:] * x[:-1])


@at(normal(4))
def elements(x):
    return x[0] * x[-1]


@at(normal(4, 5))
def slices(X):
    return np.sum(X[1:, ::2] ** 2) + X[0, 1] + np.sum(X[::-1, 0] * X[:, 1])


@at(normal(4))
def element_loop(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] ** 2
    return s


@at(normal(3, 2))
def row_loop(X):
    s = 0.0
    for row in X:
        s += np.sum(row**3)
    return s


@at(normal(5))
def writes(x):
    y = np.exp(x)
    y[0] = x[1] * x[2]
    y[1:3] += x[0]
    return np.sum(y**2)


@at(normal(5))
def write_through_view(x):
    y = x * 1.0
    r = y[1:4]
    r *= 2.0
    r[0] = x[4]
    return np.sum(y**2)


@at(normal(5))
def write_through_alias(x):
    y = x * 1.0
    z = y
    z[2] = x[0] * x[1]
    return np.sum(y**3)


@at(normal(4))
def write_into_argument(x):
    x[0] = x[1] * x[2]
    x += 1.0
    return np.sum(x**2)


@at(normal(3), normal(3, 3))
def recurrence(h, W):
    for _ in range(4):
        h = np.tanh(W @ h)
    return np.sum(h)


@at(normal(2, 3))
def flattened(X):
    return np.sum(X.reshape(-1)[2:] ** 2) + X.ravel()[0]


@at(normal(3), normal(3))
def branch_on_a_sum(x, y):
    if x.sum() > 0:
        return np.sum(x * y)
    return np.sum(x - y)


# -- joined, moved, made ---------------------------------------------------------------------------


@at(normal(3), normal(2))
def concatenated(x, y):
    return np.sum(np.concatenate([x, y, x * 2]) ** 3) + np.sum(np.hstack([x, y])[2:] ** 2)


@at(normal(3, 2), normal(1, 2))
def stacked_rows(X, y):
    return np.sum(np.vstack([X, y]) ** 3) + np.sum(np.stack([X, X * X], axis=1)[:, 1] ** 2)


@at(1.2, 0.7)
def array_of_numbers(a, b):
    return np.sum(np.array([[a, a * b], [1.0, b]]) @ np.array([a, b]))


@at([1.0, 2.0, 3.0], normal(3))
def array_of_a_list(xs, y):
    return np.sum(np.array(xs) * y**2)


@at(normal(4), 1.5)
def active_constructors(x, s):
    return np.sum(np.linspace(0.0, s, 4) * x) + np.sum(np.full(4, s) * x**2)


@at(normal(4))
def diagonals(x):
    return np.sum(np.diag(x) @ np.diag(x, 1)[:4, :4]) + np.trace(np.outer(x, x))


@at(normal(3, 3))
def triangles(X):
    return np.sum(np.triu(X) @ np.tril(X, -1)) + np.sum(np.diag(X) ** 3)


@at(normal(3, 4))
def running_sums(X):
    return np.sum(np.cumsum(X, axis=0) ** 2 * X) + np.sum(X.cumsum() ** 2) + np.sum(np.diff(X) ** 2)


@at(normal(5))
def rolled_and_flipped(x):
    return np.sum(np.roll(x, 2) * x**2) + np.sum(np.flip(x) * x**3)


@at(normal(3))
def repeated(x):
    return np.sum(np.repeat(x, 2) ** 3) + np.sum(np.tile(x, (2, 2)) ** 2)


@at(normal(4, 3))
def integer_indices(X):
    at = np.array([0, 2, 2])
    return np.sum(X[at] ** 3) + np.sum(X[np.array([0, 1, 1]), np.array([2, 0, 0])] ** 2)


@at(normal(6))
def masks(x):
    y = x * 1.0
    y[x > 0] = 0.0
    return np.sum(y**3) + np.sum(x[x > 0] ** 2)


@at(normal(5))
def element_recurrence(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + x[i] ** 2
    return np.sum(y**2)


@at(normal(5))
def stencil_in_place(u):
    v = u * 1.0
    for _ in range(3):
        v[1:-1] += 0.1 * (v[2:] - 2 * v[1:-1] + v[:-2])
    return np.sum(v**2)


@at(normal(3), normal(3, 3))
def history_in_a_list(h, W):
    hs = []
    for _ in range(3):
        h = np.tanh(W @ h)
        hs.append(h)
    s = 0.0
    for h in hs:
        s += np.sum(h**2)
    return s


@at(normal(4), normal(4))
def double_buffering(a, b):
    for _ in range(3):
        a, b = b, a * b
    return np.sum(a * b)


@at(normal(4), normal(4))
def writes_in_branches(x, y):
    if x[0] > y[0]:
        z = x * y
        z[0] = y[1]
    else:
        z = x + y
        z[1] = x[2] ** 2
    return np.sum(z**2)


# -- norms, named axes, linear systems -------------------------------------------------------------


@at(normal(3, 4))
def norms(X):
    rows = np.linalg.norm(X, axis=1)
    columns = np.linalg.norm(X, axis=-1, keepdims=True)
    return np.sum(rows**3) + np.linalg.norm(X) + np.sum(columns * X)


@at(normal(3, 4), normal(4, 2), normal(4))
def named_axes(X, Y, z):
    return np.sum(np.einsum("ij,jk->ik", X, Y) ** 2) + np.einsum("ij,j->", X, z) ** 2


@at(normal(2, 3, 4), normal(4, 3))
def tensor_products(X, Y):
    return np.sum(np.tensordot(X, Y, axes=([1, 2], [1, 0])) ** 2) + np.sum((X @ Y) ** 2)


@at(normal(3, 3) + 3 * np.eye(3), normal(3), normal(3, 2))
def systems(X, y, Y):
    solved = np.sum(np.linalg.solve(X, y) ** 2) + np.sum(np.linalg.solve(X, Y) ** 3)
    return solved + np.sum(np.linalg.inv(X) ** 2)


@at(normal(3, 3))
def determinant(X):
    return np.linalg.det(X) ** 2


@at(np.ones((3, 3)))
def determinant_of_a_singular_matrix(X):
    return np.linalg.det(X) + np.sum(X)


@at(normal(3, 3) + 3 * np.eye(3))
def log_determinant(X):
    sign, log = np.linalg.slogdet(X)
    return sign * log**2


@at(normal(3, 3))
def factor(X):
    L = np.linalg.cholesky(X @ X.T + np.eye(3))
    return np.sum(L**2 * np.arange(9.0).reshape(3, 3))


@at(normal(3, 4))
def exponentials(X):
    largest = special.logsumexp(X, axis=1)
    return np.sum(largest**2) + np.sum(special.softmax(X, axis=1) ** 2) + special.logsumexp(X)


@at(normal(7))
def stencil_in_a_loop(u):
    for _ in range(3):
        new = u.copy()
        new[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = new
    return (u * u).sum()


@at(normal(7))
def masked_writes(x):
    y = x * 2
    y[x < 0] = 0
    y[x > 0.5] *= 3
    return (y * x * x[0]).sum()


@at(normal(5, 3), second=True)
def picked_by_labels(X):
    y = np.array([2, 0, 1, 1, 0])
    return X[np.arange(len(y)), y].mean() ** 2 + (X[np.array([1, 1, 3])] ** 2).sum()


# -- sorting ---------------------------------------------------------------------------------------


@at(normal(6), normal(3, 4))
def sorted_in_place(x, X):
    y = x * 1.0
    y.sort()
    Y = X * 1.0
    Y.sort(axis=0)
    Y[1].partition(2)
    return np.sum(y**2 * np.arange(6.0)) + np.sum(Y**3 * np.arange(12.0).reshape(3, 4))


@at(np.array([1.0, -0.5, 1.0, 1.0, 2.0]))
def median_of_equal_ones(x):
    return np.median(x) * np.sum(x) if x[0] < 0 else np.sum(np.sort(x) ** 2)


@at(normal(5), normal(5))
def ordered_by_another(x, y):
    order = np.argsort(y)
    return np.sum(x[order] ** 2 * np.arange(5.0)) + np.sum(y[order][:2] ** 3)


@at(np.array([0.3, -1.2, 2.0, 0.7]))
def scalars_in_lists(x):
    rows = [x[i] * x[i + 1] for i in range(3)]
    rows.append(np.sin(x[0]))
    return max(rows) * sorted(rows)[1] + np.mean(rows) ** 2 + np.sum([x[0], x[1] * x[2]])


@at(normal(3))
def lists_beside_arrays(x):
    joined = np.concatenate([x, [x[0] * x[1], 2.0]])
    return joined.prod() + np.linalg.norm([x[0], x[1]]) + np.stack([x * v for v in x])[1].sum()


@at(normal(3, 2), normal(4, 2))
def nearest(A, B):
    apart = np.sqrt(((A[:, None] - B[None]) ** 2).sum(-1))
    return apart.min(axis=1).sum() + np.sqrt(np.sum(A**2, axis=1)).reshape(1, 3).T[1:].sum()


@at(normal(4))
def conjugates_that_are_the_array_itself(x):
    y = x * 1.0
    z = y.conj()
    z[0] = x[1] * x[2]
    w = np.real(y)
    w[1] *= x[3]
    c = y + 1j * x
    c.real[2] = x[0]
    d = c
    d += 1j
    return np.sum(y**2) + np.sum(np.abs(c) ** 2)
