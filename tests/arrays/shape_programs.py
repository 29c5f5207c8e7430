"""Programs about shapes: pieces, frames, grids, index arrays, literals, choices."""

from __future__ import annotations

import numpy as np
from scipy import special

from tests.arrays.programs import PROGRAMS, at, normal, positive

__all__ = ["PROGRAMS"]

# -- pieces and frames -----------------------------------------------------------------------------


@at(normal(6), normal(4, 6))
def pieces(x, X):
    a, b = np.split(x, 2)
    c, _, d = np.split(x, [1, 4])
    e, f, _, _ = np.array_split(x, 4)
    left, right = np.hsplit(X, 2)
    top, bottom = np.vsplit(X, 2)
    return np.sum(a * b) + c[0] * np.sum(d) + np.sum(e * f) + np.sum(left * right) + np.sum(
        top * bottom ** 2)


@at(normal(5))
def taken_out_and_put_in(x):
    y = np.insert(x, 2, 3 * x[0])
    z = np.delete(x, [0, 3])
    return np.sum(y * y * np.arange(6)) + np.sum(np.delete(x, -2) ** 3) + z @ z


@at(normal(3, 2), normal(2))
def rows_taken_out_and_put_in(X, r):
    return np.sum(np.insert(X, 1, r * r, axis=0) ** 2) + np.sum(np.delete(X, 1, axis=1) ** 3)


@at(normal(5), normal(3, 4), 0.7)
def frames(x, X, c):
    edge = np.pad(x, (1, 2), mode="edge")
    turned = np.pad(X, ((1, 1), (2, 0)), mode="reflect")
    round_ = np.pad(x, 2, "wrap")
    constant = np.pad(X, [(0, 1), (1, 0)], constant_values=c)
    return np.sum(edge**2) + np.sum(turned**3) + np.sum(round_[1:] * round_[:-1]) + np.sum(
        constant**2) + np.sum(np.pad(x, 1, "symmetric") ** 2)


@at(normal(3, 3))
def blocks(X):
    whole = np.block([[X, X * X], [np.ones((1, 3)), X[:1]]])
    deep = np.dstack([X, X**2])
    return np.sum(whole**2) + np.sum(deep[:, 0] * deep[:, 1])


# -- grids and index arrays ------------------------------------------------------------------------


@at(normal(3), normal(4))
def grids(x, y):
    X, Y = np.meshgrid(x, y)
    A, B = np.meshgrid(x, y, indexing="ij")
    i, j = np.mgrid[0:3, 0:4]
    k, m = np.ogrid[0:3, 0:4]
    return np.sum(X * Y**2) + np.sum(np.sin(A) * B * (i + 1) * (j + k * m))


@at(normal(4, 4))
def triangles(X):
    lower = X[np.tril_indices(4)]
    upper = X[np.triu_indices_from(X, 1)]
    line = X[np.diag_indices(4)]
    return np.sum(lower**2) + np.sum(upper**3) + np.sum(line[1:] * line[:-1]) + np.sum(
        np.tri(4) * X)


@at(normal(6), normal(3, 4))
def where_it_holds(x, X):
    (k,) = np.nonzero(x > 0)
    i, j = np.where(X < 0.2)
    return np.sum(x[k] ** 2) + np.sum(X[i, j] ** 3) + np.sum(x[np.flatnonzero(x < 0)])


@at(normal(3, 4), normal(2, 3, 4))
def picked(X, S):
    order = np.array([[2, 0], [1, 1], [3, 0]])
    return (np.sum(np.take_along_axis(X, order, axis=1) ** 2) + np.sum(X[np.ix_([0, 2], [1, 3])])
            + np.sum(S[:, [0, 2], 1:] ** 2) + np.sum(S[1, [0, 0], 1:3] ** 2)
            + np.sum(S[[0, 1], :, [1, 2]] ** 3) + np.sum(np.take(X, [0, 0, 2], axis=0) ** 2))


@at(normal(3, 4))
def masks_of_one_axis(X):
    columns = np.array([True, False, True, True])
    return np.sum(X[:, columns] ** 2) + np.sum(X[X[:, 0] > 0, 1:] ** 3)


# -- turned, repeated, joined ----------------------------------------------------------------------


@at(normal(2, 3, 4))
def turned(S):
    return (np.sum(np.rot90(S[0]) * S[1].T) + np.sum(np.rot90(S[0], 2) * S[1])
            + np.sum(np.rot90(S[0], -1) ** 2) + np.sum(np.rollaxis(S, 2)[0] ** 2)
            + np.sum(np.diagonal(S, axis1=1, axis2=2) ** 2) + np.sum(np.trace(S, 1, 2, 1) ** 3))


@at(normal(4), normal(2, 3))
def repeated(x, X):
    return (np.sum(np.repeat(x, [1, 2, 0, 3]) ** 2) + np.sum(np.roll(X, (1, 2), axis=(0, 1)) * X)
            + np.sum(np.ravel(X, order="F")[:3] ** 2) + np.sum(
                X.reshape((3, 2), order="F")[:2] ** 3) + np.sum(np.vander(x, 3) ** 2))


@at(normal(3))
def rows_and_columns(x):
    return (np.sum(np.r_[x, 1.0, x[0], 0:2] ** 2) + np.sum(np.c_[x, x * x] ** 3)
            + np.sum(np.atleast_3d(x) ** 2) + np.sum(np.diagflat(x) @ x)
            + np.sum(np.concatenate([x[:, None], x[:, None] ** 2], axis=None) ** 2))


@at(normal(3), 0.4, 1.7)
def literals(x, a, b):
    matrix = np.array([[x[0], x[1] * x[2], a], [1.0, b, x[2]]])
    rows = np.array([[x, x * a], [x * b, x]])
    return np.sum(matrix**2) + np.sum(rows**3) + np.sum(np.array([x, x**2]) ** 2)


@at(positive(3), 0.4, 1.7)
def points_between(x, a, b):
    return (np.sum(np.linspace(a, b, 5, endpoint=False) ** 2) + np.sum(
        np.linspace(x, x * x, 4) ** 2) + np.sum(np.logspace(a, b, 3)) + np.sum(
        np.geomspace(a, b, 4) ** 2) + np.sum(np.arange(a, 3.0, 0.3) ** 2)
        + np.sum(np.full(3, a) * np.full_like(x, b)))


# -- choices ---------------------------------------------------------------------------------------


@at(normal(6))
def choices(x):
    y = np.select([x > 0.5, x < -0.5], [x * x, x**3], np.sin(x))
    z = np.choose(np.array([0, 1, 0, 1, 1, 0]), [x, x * x])
    w = np.piecewise(x, [x < 0, x >= 0.3], [lambda t: t * t, lambda t: np.sqrt(t), 2.0])
    return np.sum(y**2) + np.sum(z**2) + np.sum(w * x)


@at(normal(4))
def element_functions(x):
    f = np.vectorize(lambda t: t * t if t > 0 else -t)
    return np.sum(f(x) ** 2)


# -- numbers in the place of arrays ----------------------------------------------------------------


@at(0.7)
def number_as_array(a):
    y = np.atleast_1d(a)
    z = np.asarray(a)
    if np.ndim(a) or np.shape(a) != () or np.size(a) != 1 or not np.isscalar(a):
        return a
    return (np.sum(y**2) + y[0] * np.float64(a) + np.sum(z) * z.item() + np.ravel(a)[0] ** 3
            + np.mean(a) * np.max(a))


# -- writes at index arrays ------------------------------------------------------------------------


@at(normal(5), normal(4))
def last_write_stays(x, v):
    x = x * 1.0
    x[[0, 2, 0, 3]] = v
    x[np.array([1, 1])] += v[:2]
    return np.sum(x**3) + x[0] * x[1]


@at(normal(3, 4), normal(3))
def writes_at_places(X, v):
    X = X.copy()
    X[[0, 2], 1:] = v[:2, None] * X[:2, 1:]
    X[:, [1, 1, 0]] = v
    np.fill_diagonal(X, v[0])
    np.put_along_axis(X, np.array([[1], [0], [3]]), v[:, None] ** 2, axis=1)
    return np.sum(X**2) + X[0, 0] * X[1, 1]


@at(normal(3, 4))
def writes_in_a_loop(X):
    Y = X * X
    for k in range(2):
        Y[[k, k], [0, 1]] = X[0, :2] * Y[k, :2]
        Y[[0, 0]] += X[:2]
    Y[Y[:, 0] > 0, 1:3] = 2.0 * X[Y[:, 0] > 0, :2]
    Y[[0, 2, 0], ::2] = X[:, 1:3]
    part = Y[0, 1:]
    part[[0, 0, 2]] = X[1, :3] ** 2
    return np.sum(Y**3)


@at(normal(6))
def overlapping_output(x):
    y = x * 1.0
    np.multiply(y, y, y)
    np.add(y[:3], y[3:], out=y[1:4])
    return np.sum(y**2)


@at(normal(5), normal(3))
def changed_by_functions(x, v):
    y = np.zeros(5)
    np.copyto(y, x * x)
    np.copyto(y, 3 * x, where=x > 0)
    np.put(y, [0, 4, 0], v)
    np.putmask(y, x < -1, v[0])
    z = np.empty(3)
    z.fill(v[1])
    return np.sum(y**2) + np.sum(z**3) + x.item(1) * y[:1].item()


@at(positive(4))
def roots_in_parts(x):
    """In forward mode, where the tangent of a root is finite is known of its own elements only."""
    y = np.zeros_like(x)
    y[x > 0.5] = np.sqrt(x[x > 0.5])
    return np.sum(y * x) + np.sqrt(x).sum() * x[0]


@at(normal(2, 3), normal(2))
def results_written_into_arrays(X, v):
    y = np.empty((2, 3))
    np.multiply(X, X, out=y)
    np.exp(X, out=y, where=X > 0)
    s = np.zeros(2)
    y.sum(axis=1, out=s)
    s *= v
    return (np.sum(s) + np.sum(X, where=X > 0) + np.mean(X**2, where=X > 0)
            + np.sum(v, initial=v[0])
            + np.max(X, initial=0.1, where=X < 0.5) + np.prod(X, where=X < 0, axis=0).sum())


@at(normal(2, 3, 2), normal(3, 3))
def more_pieces_and_places(S, X):
    front, back = np.dsplit(S, 2)
    a, b = np.broadcast_arrays(X, X[0])
    i, j = np.unravel_index([0, 4, 7], (3, 3))
    low, high = np.tril_indices_from(X), np.triu_indices(3, 1)
    y = np.zeros(3)
    np.place(y, X[0] > 0, 2.0)
    return (np.sum(front * back**2) + np.sum(a * b * np.conj(X)) + np.sum(X[i, j] ** 3)
            + np.sum(X[low] ** 2) + np.sum(X[high]) + np.sum(X[np.diag_indices_from(X)] ** 2)
            + np.sum(y * X) + np.sum(np.real(X) + np.imag(X) + X.conj() * np.conjugate(X))
            + np.sum(X.conjugate() ** 3))


@at(0.6)
def kinds_of_numbers(a):
    n = np.int64(2) + np.int32(1) + np.intp(1) * np.bool_(True)
    if np.iscomplexobj(a) or np.iterable(a) or not np.isrealobj(a):
        return a
    return np.double(a) * n + np.float64(a) * float(np.float32(0.5))


if hasattr(np, "unstack"):  # from NumPy 2.1 on

    @at(normal(3, 4))
    def unstacked(X):
        a, b, c = np.unstack(X)
        return np.sum(a * b * c) + np.sum(np.unstack(X, axis=1)[1] ** 2)


# -- ufuncs and einsum -----------------------------------------------------------------------------


@at(normal(3, 4), normal(6))
def methods_of_ufuncs(X, x):
    y = x * x
    np.add.at(y, [0, 1, 0], X[:, 0])
    np.subtract.at(y, np.array([2, 2]), x[0])
    Z = X * 1.0
    np.add.at(Z, (np.array([0, 0]), np.array([1, 1])), x[:2])
    return (np.sum(np.add.reduce(X) ** 2) + np.multiply.reduce(X, axis=1).sum()
            + np.maximum.reduce(X, None) + np.sum(np.add.accumulate(X, axis=1) ** 2)
            + np.sum(np.maximum.accumulate(X) ** 2) + np.sum(np.minimum.accumulate(X, axis=-1) ** 3)
            + np.sum(np.multiply.outer(X, x) ** 2) + np.sum(np.subtract.outer(x, x) ** 2)
            + np.sum(y**2) + np.sum(Z**3))


@at(normal(2, 3, 3), normal(3, 4))
def sums_over_named_axes(S, X):
    return (np.sum(np.einsum("...ij,...jk->...ik", S, S) ** 2) + np.sum(np.einsum("ji", X)[0] ** 2)
            + np.sum(np.einsum(X, [0, 1], X, [2, 1], [0, 2]) ** 2) + np.einsum(X, [0, 1], X, [0, 1])
            + np.sum(np.einsum("kii->k", S) ** 2) + np.einsum("ii", S[0]) * X[0, 0]
            + np.einsum("ij,ij->", X, X, optimize=True) ** 2)


@at(normal(4), positive(4))
def parts_of_numbers(x, y):
    q, r = np.divmod(x, y)
    s, t = divmod(y, 0.7)
    behind, whole = np.modf(3 * x)
    w = y - y[0]  # one weight is 0
    return (np.sum(q * r * x) + np.sum(s * t) + np.sum(behind * whole * y)
            + special.logsumexp(x, b=y) ** 2 + special.logsumexp(x[1:], b=y[1:] ** 2) * w[1])


@at(normal(3), 0.0)
def weight_of_zero(x, b):
    return special.logsumexp(np.array([x[0] + 5.0, x[1], x[2]]), b=np.array([b, 1.0, 2.0]))
