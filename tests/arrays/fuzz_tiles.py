"""Random programs of elementwise functions and sums: walking over tiles they give the same
numbers.

``python -m tests.arrays.fuzz_tiles 300 --seed 1``.
"""

from __future__ import annotations

import argparse
import linecache
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff
from symdiff.passes import tile

ONE = ("np.tanh({v})", "np.sin({v})", "np.exp(-{v}*{v})", "1/(1 + np.exp(-{v}))", "0.3*{v}",
       "np.maximum({v}, {s})", "np.log1p({v}*{v})", "{v}*{s}", "np.where({v} > {s}, {v}, 0.0)")
TWO = ("{v}*{w}", "{v} - {w}", "{v}/(2 + {w}*{w})", "np.hypot({v} + 2, {w})")
SUMS = ("{v}.mean()", "np.sum({v})/90", "({v}*{w}).mean()", "{v}.max()",
        "np.sqrt(1 + ({v}**2).sum())")
ROWS = ("{v}*{v}.sum(axis=0)/30", "{v} - {v}.mean(axis=1, keepdims=True)", "{v} @ M", "{v}*r")


def source(seed: int) -> str:
    """The text of a random program on arrays ``x``, ``y`` (30, 3), ``M``, ``r`` and a number."""
    rng = random.Random(seed)
    arrays, numbers, lines = ["x", "y"], ["c"], []
    for k in range(rng.randint(6, 16)):
        kind = rng.random()
        many = ONE if kind < 0.45 else TWO if kind < 0.7 else SUMS if kind < 0.88 else ROWS
        name = f"s{k}" if many is SUMS else f"a{k}"
        v, w, s = rng.choice(arrays), rng.choice(arrays), rng.choice(numbers)
        lines.append(f"{name} = {rng.choice(many).format(v=v, w=w, s=s)}")
        (numbers if many is SUMS else arrays).append(name)
    ends = [f"np.mean(np.sin({a}))" for a in arrays[-2:]] + numbers[-2:]
    body = "\n    ".join([*lines, f"return {' + '.join(ends)}"])
    return f"def f(x, y, M, r, c):\n    {body}\n"


def function_of(text: str, seed: int) -> Callable[..., Any]:
    file = f"<tiles {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), space)
    return space["f"]


def check(seed: int) -> bool:
    """Whether the program walks over tiles; its gradients are compared."""
    f = function_of(source(seed), seed)
    rng = np.random.default_rng(seed)
    args = (rng.normal(size=(30, 3)), rng.normal(size=(30, 3)), rng.normal(size=(3, 3)),
            rng.normal(size=3), 0.3)
    transform = rng.choice([symdiff.grad, symdiff.value_and_grad])
    plain = transform(f, (0, 1, 2, 3, 4))(*args)
    made = transform(f, (0, 1, 2, 3, 4), granularity="whole")
    for a, b in zip(_flat(plain), _flat(made(*args)), strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.allclose(a, b, rtol=1e-9, atol=1e-9), f"{source(seed)}\n{made.source}"
    return "in range(0, " in made.source


def _flat(x: Any) -> list[Any]:
    return [y for e in x for y in _flat(e)] if isinstance(x, tuple) else [x]


def main(count: int, first: int) -> int:
    """The number of programs that walked over tiles (of 24 elements here)."""
    saved, tile.ELEMENTS = tile.ELEMENTS, 24
    try:
        return sum(check(seed) for seed in range(first, first + count))
    finally:
        tile.ELEMENTS = saved


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(main(given.count, given.seed), "of", given.count, "walked over tiles")
