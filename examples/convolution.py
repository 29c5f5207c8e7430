"""A small convolution, written as loops over the kernel and slices of the image, learns an edge
filter.

The oracle is the theorem: the gradient with respect to the kernel is the correlation of the image
with the residual, and with respect to the image the full convolution of the residual with the
kernel.
"""

import numpy as np
from scipy.signal import convolve2d, correlate2d

from symdiff import grad, value_and_grad


def correlate(image, kernel):
    """The valid part of the correlation."""
    rows, columns = image.shape
    height, width = kernel.shape
    out = np.zeros((rows - height + 1, columns - width + 1))
    for i in range(height):
        for j in range(width):
            out += kernel[i, j] * image[i : i + out.shape[0], j : j + out.shape[1]]
    return out


def loss(kernel, image, target):
    return 0.5 * np.sum((correlate(image, kernel) - target) ** 2)


def main():
    rng = np.random.default_rng(5)
    image = rng.normal(size=(12, 10))
    edges = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
    target = correlate2d(image, edges, mode="valid")
    kernel = np.zeros((3, 3))
    g = grad(loss, argnums=(0, 1))
    dk, di = g(kernel + 0.1, image, target)
    residual = correlate(image, kernel + 0.1) - target
    assert np.allclose(dk, correlate2d(image, residual, mode="valid"))
    assert np.allclose(di, convolve2d(residual, kernel + 0.1, mode="full"))

    step = value_and_grad(loss)
    for _ in range(200):
        value, dk = step(kernel, image, target)
        kernel -= 0.006 * dk
    print(g.source)
    print(f"after 200 steps: loss {value:.1e}, the kernel is\n{np.round(kernel, 4)}")
    assert np.abs(kernel - edges).max() < 1e-3


if __name__ == "__main__":
    main()
