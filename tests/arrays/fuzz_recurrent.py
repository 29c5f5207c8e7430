"""Random recurrent cells on matrices of parameters: sums of products behind the loop are those that
the loop would have added up: ``python -m tests.arrays.fuzz_recurrent 100 --seed 1``.

Each is held, for no step and for some, to the text that adds in the loop (``strict=True``), to
``granularity="fine"``, and to differences.
"""

from __future__ import annotations

import argparse
import linecache
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff
from symdiff.errors import SymdiffError
from tests.arrays import differences

LEAVES = ("h", "xs[t] @ W", "b")
WAYS = (
    "np.tanh({0})", "np.sin({0})", "({0} @ U)", "({0} + {1})", "({0} - {1})",
    "({0} * np.cos({1}))", "({0} @ U.T)", "({0} @ (U @ U))", "(h @ U)",
)  # fmt: skip
ORDERS = ("range(len(xs))", "range(1, len(xs))", "reversed(range(len(xs)))")
LOSSES = ("np.sum(h*h)", "np.sum(h @ U)", "np.sum(np.exp(h @ U)) + np.sum(W*W)")


def term(r: random.Random, depth: int) -> str:
    if not depth:
        return r.choice(LEAVES)
    return r.choice(WAYS).format(term(r, depth - 1), term(r, depth - 1))


def source(seed: int) -> str:
    """The text of a program; with an even seed its state is a matrix, otherwise a vector."""
    r = random.Random(seed)
    step = [f"h = np.tanh({term(r, r.randrange(1, 4))})"]
    if r.random() < 0.3:
        step = [f"g = np.tanh({term(r, 2)})", "h = h*0.5 + g @ U"]
    if r.random() < 0.3:
        step += ["if t % 2:", "    h = h + np.sin(h @ U)"]
    if r.random() < 0.3:
        step += ["total = total + np.sum(h*h)"]
    if r.random() < 0.2:
        step += ["h = h.copy()", "h[..., 1:] *= 0.5"]
    if r.random() < 0.2:
        step = ["for k in range(2):", *(f"    {line}" for line in step)]
    start = "np.zeros(4)" if seed % 2 else "np.zeros((xs.shape[1], 4))"
    lines = [f"h = {start}", "total = 0.0", f"for t in {r.choice(ORDERS)}:",
             *(f"    {line}" for line in step), f"return total + {r.choice(LOSSES)}"]
    return "def program(W, U, b, xs):\n" + "".join(f"    {line}\n" for line in lines)


def program(seed: int) -> Callable[..., Any]:
    text, name = source(seed), f"<recurrent {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), space)
    return space["program"]


def check(seed: int) -> bool:
    """Whether the program was taken: one that makes a matrix of its vector after an iteration is
    not."""
    f, rng = program(seed), np.random.default_rng(seed)
    for steps in (0, 1, 3):
        xs = rng.normal(size=(steps, 3) if seed % 2 else (steps, 2, 3))
        W, U = 0.4*rng.normal(size=(3, 4)), 0.3*rng.normal(size=(4, 4))
        args = (W, U, 0.2*rng.normal(size=4), xs)
        try:
            found = differences.flat(symdiff.grad(f, (0, 1, 2))(*args))
        except SymdiffError:
            return False
        for options in ({"strict": True}, {"granularity": "fine"}):
            other = differences.flat(symdiff.grad(f, (0, 1, 2), **options)(*args))
            scale = 1 + np.abs(other).max()
            np.testing.assert_allclose(found, other, rtol=1e-9, atol=1e-11*scale,
                                       err_msg=source(seed))
        expected = differences.jacobian(f, args, (0, 1, 2), 1e-3).ravel()
        np.testing.assert_allclose(found, expected, rtol=3e-5, atol=3e-6*scale,
                                   err_msg=source(seed))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    taken = sum(check(seed) for seed in range(given.seed, given.seed + given.programs))
    print(f"{taken} of {given.programs} programs are taken, and agree")


if __name__ == "__main__":
    main()
