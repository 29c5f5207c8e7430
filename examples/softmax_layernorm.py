"""Softmax with a cross entropy, and a layer normalisation, in NumPy: gradients as in the papers.

The gradient with respect to the logits is p - y; that of a normalised row g/sigma with its mean and
its projection on the row taken off.
"""

import numpy as np

from symdiff import compare, grad, value_and_grad


def cross_entropy(logits, labels):
    """``logits`` (n, k), ``labels`` (n,) ints: the mean loss."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def layer_norm(x, weights):
    """``x`` (n, d), ``weights`` (n, d): a weighted sum of the normalised rows."""
    mean = x.mean(axis=1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    return np.sum(weights * (x - mean) / np.sqrt(variance + 1e-5))


def main() -> None:
    rng = np.random.default_rng(5)
    logits, labels = rng.normal(size=(6, 4)) * 3, rng.integers(0, 4, size=6)
    g = grad(cross_entropy)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(g(logits, labels), (p - np.eye(4)[labels]) / 6, rtol=1e-13, atol=1e-15)
    print(g.source)
    far = g(logits + 5000.0, labels)
    assert np.allclose(far, g(logits, labels), atol=1e-12)
    print("logits of 5000 change nothing:", np.abs(far - g(logits, labels)).max())

    x, w = rng.normal(size=(5, 8)), rng.normal(size=(5, 8))
    value, dx = value_and_grad(layer_norm)(x, w)
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    row = (x - x.mean(axis=1, keepdims=True)) / deviation
    expected = w - w.mean(axis=1, keepdims=True) - row * (w * row).mean(axis=1, keepdims=True)
    assert np.allclose(dx, expected / deviation, rtol=1e-12, atol=1e-14)
    print(f"layer norm: value {value:.6f}")
    print(compare(layer_norm, x, w))


if __name__ == "__main__":
    main()
