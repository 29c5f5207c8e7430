"""The Jacobian of a rotation by its rotation vector (Rodrigues' formula), as bundle adjustment
needs it for every observation.

At the identity the Jacobian is minus the cross product matrix of the point; for every rotation it
is J v = d/dt R(w + t v) x, and lengths do not change.
"""

import math

from symdiff import compare, jacobian


def rotated(w, x):
    """``w`` rotation vector (axis times angle), ``x`` a point."""
    angle2 = w[0] ** 2 + w[1] ** 2 + w[2] ** 2
    if angle2 > 0.0:
        angle = math.sqrt(angle2)
        c, s = math.cos(angle), math.sin(angle)
        u = [w[0] / angle, w[1] / angle, w[2] / angle]
        along = (u[0] * x[0] + u[1] * x[1] + u[2] * x[2]) * (1 - c)
        return [
            x[0] * c + (u[1] * x[2] - u[2] * x[1]) * s + u[0] * along,
            x[1] * c + (u[2] * x[0] - u[0] * x[2]) * s + u[1] * along,
            x[2] * c + (u[0] * x[1] - u[1] * x[0]) * s + u[2] * along,
        ]
    return [
        x[0] + w[1] * x[2] - w[2] * x[1],
        x[1] + w[2] * x[0] - w[0] * x[2],
        x[2] + w[0] * x[1] - w[1] * x[0],
    ]


def main() -> None:
    x = [0.3, -1.2, 2.0]
    J = jacobian(rotated)
    at_identity = J([0.0, 0.0, 0.0], x)
    print("at the identity", at_identity)
    assert at_identity == [[0.0, x[2], -x[1]], [-x[2], 0.0, x[0]], [x[1], -x[0], 0.0]]

    w = [0.4, -0.7, 1.1]
    y = rotated(w, x)
    found = J(w, x)
    print(J.source)
    for k in range(3):
        h = 1e-5
        ahead, behind = list(w), list(w)
        ahead[k] += h
        behind[k] -= h
        for i in range(3):
            slope = (rotated(ahead, x)[i] - rotated(behind, x)[i]) / (2 * h)
            assert math.isclose(found[i][k], slope, rel_tol=1e-8, abs_tol=1e-9)
        # the length stays: y is orthogonal to what a small change of w does
        assert abs(sum(y[i] * found[i][k] for i in range(3))) < 1e-14
    print("Jacobian", [[round(v, 6) for v in row] for row in found])
    print(compare(lambda w: sum(v**2 for v in rotated(w, [0.3, -1.2, 2.0])) * 0.5 + w[0], w))


if __name__ == "__main__":
    main()
