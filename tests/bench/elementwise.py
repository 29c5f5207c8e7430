"""Elementwise functions of arrays at each granularity: ``python -m tests.bench.elementwise``.

Times of the gradient over that at ``fine``, contenders interleaved, one thread; for each size in
elements.  ``auto`` shall never be worse than ``fine`` (+3 %) where it is no better in digits; those
of its gates that keep digits which ``fine`` loses are marked with what they are.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff
from tests.bench.clock import seconds_per_call

SIZES = (1_000, 100_000, 1_000_000)
LEVELS = ("fine", "auto", "whole")


def gelu(x: Any) -> Any:
    return np.sum(0.5*x*(1 + np.tanh(0.7978845608028654*(x + 0.044715*x**3))))


def silu(x: Any) -> Any:
    return np.sum(x/(1 + np.exp(-x)))


def softplus(x: Any) -> Any:
    return np.sum(np.log(1 + np.exp(x)))


def tanh(x: Any) -> Any:
    return np.sum(np.tanh(x))


def sigmoid(x: Any) -> Any:
    return np.sum(1/(1 + np.exp(-x)))


def mish(x: Any) -> Any:
    return np.sum(x*np.tanh(np.log(1 + np.exp(x))))


def chain(x: Any) -> Any:
    return np.sum(np.tanh(np.log1p(np.exp(x))))


FUNCTIONS: tuple[Callable[[Any], Any], ...] = (gelu, silu, softplus, tanh, sigmoid, mish, chain)


def peak(f: Callable[..., Any], x: Any) -> int:
    """Bytes at the most during a call, beside the result."""
    f(x)
    tracemalloc.start()
    f(x)
    found = tracemalloc.get_traced_memory()[1] - x.nbytes
    tracemalloc.stop()
    return found


def measure(f: Callable[[Any], Any], size: int) -> None:
    x = np.random.default_rng(3).normal(size=size)
    gradients = [symdiff.grad(f, granularity=level) for level in LEVELS]
    rounds = int(min(200, max(8, 3e7/size)))
    primal, fine, auto, whole = seconds_per_call(
        [(f, (x,)), *((g, (x,)) for g in gradients)], rounds=rounds
    )
    memory = [peak(g, x)/x.nbytes for g in gradients]
    cells = [f"{fine/primal:.2f}", f"{auto/fine:.2f}", f"{whole/fine:.2f}",
             f"{fine/whole:.2f}", *(f"{m:.2f}" for m in memory)]
    print(f"{f.__name__:10s}{size:10d}{primal*1e6:12.1f} us"
          + "".join(f"{c:>13s}" for c in cells), flush=True)


def main(names: list[str]) -> None:
    heads = ("fine/primal", "auto/fine", "whole/fine", "gain", "arrays fine", "auto", "whole")
    print(f"{'':10s}{'elements':>10s}{'primal':>15s}" + "".join(f"{h:>13s}" for h in heads))
    for f in FUNCTIONS:
        if not names or f.__name__ in names:
            for size in SIZES:
                measure(f, size)


if __name__ == "__main__":
    main(sys.argv[1:])
