"""Array functions: their gradients as generated, beside those that an expert writes by hand.

``python -m tests.bench.arrays [NAME...]``. One thread, contenders interleaved in one process, times
as ratios; memory is tracemalloc's peak over the arguments; generation is a compilation with
everything imported. Peers are run where they are installed (autograd takes the functions as they
stand, but for writes in place).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib
import importlib.util
import inspect
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import symdiff
from symdiff.report.subject import subject_of_call
from tests.bench import array_subjects as subjects
from tests.bench.clock import seconds_per_call


class Row(NamedTuple):
    name: str
    f: Callable[..., Any]
    by_hand: Callable[..., Any]
    args: Callable[[], tuple[Any, ...]]
    argnums: int | tuple[int, ...]
    goal: float  # times the primal, in source (SPEED.md)
    blocked: bool = False  # the goal is that of cache-blocked code


ROWS = [
    Row("logistic regression 1e5 x 50", subjects.logistic, subjects.logistic_by_hand,
        subjects.logistic_args, 0, 0.85),
    Row("chain 1e6", subjects.chain, subjects.chain_by_hand, subjects.vector, 0, 0.45, True),
    Row("GELU 1e6", subjects.gelu, subjects.gelu_by_hand, subjects.vector, 0, 0.10, True),
    Row("SiLU 1e6", subjects.silu, subjects.silu_by_hand, subjects.vector, 0, 1.3),
    Row("MLP float64", subjects.mlp, subjects.mlp_by_hand, subjects.mlp_args, 0, 1.95),
    Row("MLP float32", subjects.mlp, subjects.mlp_by_hand, subjects.mlp_args_32, 0, 1.90),
    Row("LSTM h14 T=100", subjects.lstm, subjects.lstm_by_hand, subjects.lstm_args, (0, 1), 1.1),
    Row("tanh RNN h32 b16 T=100", subjects.rnn, subjects.rnn_by_hand, subjects.rnn_args, (0, 1, 2),
        1.7),
    Row("GMM d10 k25 n1000", subjects.gmm, subjects.gmm_by_hand, subjects.gmm_args, (0, 1, 2, 3),
        0.35),
    Row("bundle adjustment p=31843", subjects.reprojection, subjects.reprojection_by_hand,
        subjects.reprojection_args, (0, 1, 2), 5.5, True),
    Row("Lennard-Jones N=200", subjects.lennard_jones, subjects.lennard_jones_by_hand,
        subjects.particles, 0, 0.17),
    Row("element loop with writes, n=10000", subjects.prefix, subjects.prefix_by_hand,
        subjects.prefix_args, 0, 3.0),
]


def flat(x: Any) -> np.ndarray:
    if isinstance(x, (tuple, list)):
        return np.concatenate([flat(e) for e in x])
    return np.ravel(np.asarray(x, dtype=float))


def peak(f: Callable[..., Any], args: tuple[Any, ...]) -> int:
    """Bytes at the most during a call."""
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def generation(row: Row, args: tuple[Any, ...]) -> float:
    """Seconds from the captured function to its linked gradient, warm."""
    made, _ = subject_of_call(row.f, args, argnums=row.argnums)
    start = time.perf_counter()
    made.compile("grad").link()
    return time.perf_counter() - start


def autograd_of(row: Row) -> Callable[..., Any] | None:
    """autograd's gradient of the same source with its own NumPy, where it is installed."""
    if importlib.util.find_spec("autograd") is None:
        return None
    space = {**vars(subjects), "np": importlib.import_module("autograd.numpy")}
    exec(compile(inspect.getsource(subjects), "<with autograd.numpy>", "exec"), space)
    space["np"] = importlib.import_module("autograd.numpy")
    return importlib.import_module("autograd").grad(space[row.f.__name__], row.argnums)


def rounds(contenders: list[Any]) -> int:
    """As many as fit into some two seconds."""
    start = time.perf_counter()
    for f, args in contenders:
        f(*args)
    return int(min(300, max(10, 2 / (time.perf_counter() - start))))


def measure(row: Row) -> None:
    args = row.args()
    ours = symdiff.grad(row.f, row.argnums)
    a, b = flat(row.by_hand(*args)), flat(ours(*args))
    loose = 1e-3 if any(getattr(x, "dtype", None) == np.float32 for x in args) else 1e-8
    assert np.allclose(a, b, rtol=loose, atol=loose * np.abs(a).max()), row.name
    contenders = [(row.f, args), (row.by_hand, args), (ours, args)]
    peer = autograd_of(row)
    if peer is not None:
        try:
            peer(*args)
            contenders.append((peer, args))
        except Exception as err:
            print(f"autograd refuses {row.name}: {type(err).__name__}", file=sys.stderr)
    primal, hand, mine, *others = seconds_per_call(contenders, rounds=rounds(contenders))
    memory = peak(row.f, args), peak(row.by_hand, args), peak(ours, args)
    goal = f"{row.goal:.2f}{'*' if row.blocked else ''}"
    cells = [f"{primal * 1e3:.3g} ms", f"{mine / primal:.2f}", goal, f"{hand / primal:.2f}",
             f"{mine / hand:.2f}", f"{others[0] / primal:.2f}" if others else "-",
             *(f"{m / 1e6:.2f}" for m in memory), f"{generation(row, args) * 1e3:.0f} ms"]
    print(f"{row.name:34s}" + "".join(f"{c:>10s}" for c in cells), flush=True)


def main(names: list[str]) -> None:
    heads = ("primal", "/ primal", "goal", "hand", "/ hand", "autograd", "MB primal", "MB hand",
             "MB ours", "generated")
    print(f"{'':34s}" + "".join(f"{h:>10s}" for h in heads))
    for row in ROWS:
        if not names or any(n.lower() in row.name.lower() for n in names):
            measure(row)
    print("* the goal is that of cache-blocked code, which NumPy source does not reach")


if __name__ == "__main__":
    main(sys.argv[1:])
