"""Newton's method inside a loss: a `while` loop whose trip count depends on data.

A cable hangs between two poles; its shape parameter solves an equation that has no closed form.  We
fit the length of the cable to a given pull: the gradient goes through the solver.
"""

import math

from symdiff import grad, value_and_grad


def shape(length, span):
    """The a of y = a cosh(x/a) with 2 a sinh(span/2a) = length, by Newton in u = span/2a."""
    ratio = length / span
    u = math.sqrt(6.0 * (ratio - 1.0))
    step = 1.0
    while abs(step) > 1e-13:
        step = (math.sinh(u) - ratio * u) / (math.cosh(u) - ratio)
        u -= step
    return span / (2.0 * u)


def loss(length, span, weight, pull):
    a = shape(length, span)
    tension = weight * a * math.cosh(span / (2.0 * a))
    return (tension - pull) ** 2


def main() -> None:
    length, span = 12.0, 10.0
    a = shape(length, span)
    found = grad(shape)(length, span)
    u = span / (2.0 * a)  # the implicit function theorem: da/dlength of the equation above
    exact = 1.0 / (2.0 * math.sinh(u) - span / a * math.cosh(u))
    print(f"a = {a:.6f}, da/dlength {found:.10f}, by the implicit theorem {exact:.10f}")
    assert abs(found - exact) < 1e-9 * abs(exact)

    step = value_and_grad(loss)
    for k in range(81):
        value, slope = step(length, span, 2.0, 16.0)
        if k % 20 == 0:
            print(f"step {k:2d}: length {length:.6f}, loss {value:.3e}")
        length -= 0.03 * slope
    value, _ = step(length, span, 2.0, 16.0)
    print(f"a cable of length {length:.6f} pulls with 16.0 (loss {value:.1e})")
    assert value < 1e-8


if __name__ == "__main__":
    main()
