"""The classic circuits of the back-propagation lecture, with their known numbers."""

from neuron import neuron

from symdiff import grad, value_and_grad


def square_of_sum(x, y):
    z = x + y
    return z**2


def product_of_sum(x, y, z):
    p = x + y
    return p * z


def main() -> None:
    value, gradient = value_and_grad(square_of_sum, argnums=(0, 1))(1.0, 2.0)
    print(f"(x+y)^2 at (1, 2):      {value}, gradient {gradient}")
    assert (value, gradient) == (9.0, (6.0, 6.0))

    value, gradient = value_and_grad(product_of_sum, argnums=(0, 1, 2))(1.0, 3.0, -3.0)
    print(f"(x+y)z at (1, 3, -3):   {value}, gradient {gradient}")
    assert (value, gradient) == (-12.0, (-3.0, -3.0, 4.0))

    inputs = (2.0, -1.0, -3.0, -2.0, -3.0)
    derivative = grad(neuron, argnums=(0, 1, 2, 3, 4))
    a, gradient = neuron(*inputs), derivative(*inputs)
    print(f"neuron:                 {a:.4f}, gradient {[round(g, 4) for g in gradient]}")
    assert round(a, 4) == 0.7311
    assert [round(g, 4) for g in gradient] == [-0.1966, 0.3932, -0.3932, -0.5898, 0.1966]

    print(f"\nThe neuron's gradient, as generated:\n\n{derivative.source}")


if __name__ == "__main__":
    main()
