"""The vector and the tensor chain rule, spelled out and compared with what symdiff writes.

For y = g(x) and z = f(y):  grad_x z = (dy/dx)^T grad_y z, the transposed Jacobian times the
gradient.  For tensors nothing changes but the number of indices:  grad_X z = sum_j (grad_X Y_j)
dz/dY_j, over all elements j of Y.  Back-propagation is this rule from the right to the left; it
never forms the Jacobian, and the generated code shows what stands in its place.
"""

import numpy as np

from symdiff import grad, jacobian, vjp


def g(x, A):
    return np.tanh(A @ x)


def f(y):
    return np.sum(y**3) / 3


def z(x, A):
    return f(g(x, A))


def layer(X, W):
    """A tensor of order 3 (batch, rows, columns) times a matrix, and a nonlinearity."""
    return np.maximum(X @ W, 0.1 * (X @ W))


def energy(Y):
    return 0.5 * np.sum(Y**2)


def through(X, W):
    return energy(layer(X, W))


def main():
    rng = np.random.default_rng(9)
    x, A = rng.normal(size=4), rng.normal(size=(3, 4))
    y = g(x, A)
    J = jacobian(g)(x, A)
    assert J.shape == (3, 4)
    assert np.allclose(J, (1 - y**2)[:, None] * A)  # by hand: diag(1 - y^2) A
    dy = grad(f)(y)
    assert np.allclose(dy, y**2)
    chained = J.T @ dy
    dz = grad(z)
    assert np.allclose(dz(x, A), chained)
    _, pullback = vjp(g, x, A)
    assert np.allclose(pullback(dy)[0], chained)
    print("the vector chain rule: J^T grad_y z =", np.round(chained, 4))
    print(dz.source)

    X, W = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 5))
    Y = layer(X, W)
    JX, JW = jacobian(layer, argnums=(0, 1))(X, W)
    assert JX.shape == (2, 3, 5, 2, 3, 4) and JW.shape == (2, 3, 5, 4, 5)
    dY = grad(energy)(Y)
    assert np.array_equal(dY, Y)
    by_rule = [np.tensordot(dY, J, axes=Y.ndim) for J in (JX, JW)]  # over all elements of Y
    made = grad(through, argnums=(0, 1))
    for found, expected in zip(made(X, W), by_rule, strict=True):
        assert found.shape == expected.shape and np.allclose(found, expected)
    print("the tensor chain rule: Jacobians of", JX.size, "and", JW.size, "numbers, contracted;")
    print("the generated code needs", X.size + W.size, "numbers and no Jacobian:\n")
    print(made.source)


if __name__ == "__main__":
    main()
