"""The oracle of array functions: Richardson differences over all elements of all inputs.

No rule of calculus is in here. Central differences at several steps are extrapolated; their
disagreement bounds the error, and a point where they disagree (a kink) is refused.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

STEP = 2e-3


def leaves(x: Any) -> Iterator[np.ndarray]:
    """The numbers and arrays of a structure, as arrays."""
    if isinstance(x, dict):
        for v in x.values():
            yield from leaves(v)
    elif isinstance(x, (list, tuple)):
        for v in x:
            yield from leaves(v)
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        for f in dataclasses.fields(x):
            yield from leaves(getattr(x, f.name))
    elif isinstance(x, (int, float, np.ndarray, np.generic)):
        yield np.asarray(x, dtype=float)


def moved(x: Any, steps: Iterator[np.ndarray]) -> Any:
    """A copy of the structure with a step added to every leaf; integers become floats."""
    if isinstance(x, dict):
        return {k: moved(v, steps) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        parts = [moved(v, steps) for v in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return type(x)(**{f.name: moved(getattr(x, f.name), steps) for f in dataclasses.fields(x)})
    if isinstance(x, np.ndarray):
        return np.asarray(x, dtype=float) + next(steps)
    return float(x) + float(next(steps)) if isinstance(x, (int, float, np.generic)) else x


def jacobian(
    f: Callable[..., Any], args: Sequence[Any], wrt: Sequence[int], step: float = STEP
) -> np.ndarray:
    """Rows: the numbers of the result; columns: those of the differentiated arguments."""
    shapes = [leaf.shape for k in wrt for leaf in leaves(args[k])]
    sizes = [int(np.prod(s)) for s in shapes]

    def at(delta: np.ndarray) -> np.ndarray:
        pieces = np.split(delta, np.cumsum(sizes)[:-1])
        parts = iter([d.reshape(s) for d, s in zip(pieces, shapes, strict=True)])
        full = copy.deepcopy(list(args))
        for k in wrt:
            full[k] = moved(args[k], parts)
        out = [leaf.ravel() for leaf in leaves(f(*full))]
        return np.concatenate(out) if out else np.zeros(0)

    n = sum(sizes)
    columns = []
    for k in range(n):
        estimates = []
        for h in (step, step / 2, step / 4):
            delta = np.zeros(n)
            delta[k] = h
            estimates.append((at(delta) - at(-delta)) / (2 * h))
        a, b = ((4 * y - x) / 3 for x, y in zip(estimates, estimates[1:], strict=False))  # noqa: RUF007
        best = (16 * b - a) / 15
        scale = 1.0 + np.abs(best).max(initial=0.0)
        assert np.abs(b - a).max(initial=0.0) < 2e-5 * scale, f"not smooth here: {a} and {b}"
        columns.append(best)
    rows = len(at(np.zeros(n)))
    return np.array(columns).T.reshape(rows, n)


def flat(x: Any) -> np.ndarray:
    """All numbers of a structure in one row."""
    parts = [leaf.ravel() for leaf in leaves(x)]
    return np.concatenate(parts) if parts else np.zeros(0)
