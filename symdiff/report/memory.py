"""What a derivative keeps and what it needs on the way, in bytes."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.report.evaluate import evaluate
from symdiff.report.measure import saved_values

LONGEST = 50_000  # values that are interpreted


def kept_bytes(graph: Graph, leaves: Sequence[Any]) -> int | None:
    """The bytes of the forward values that the backward sweep reads, tapes included: eight for a
    number, of an array what it holds.  None where the graph cannot be run by the interpreter, or
    only for too long."""
    kept = set(saved_values(graph))
    sizes: dict[Value, int] = {}
    seen = itertools.count()

    def watch(value: Value, data: Any) -> None:
        if next(seen) > LONGEST:
            raise TimeoutError
        if value in kept:
            sizes[value] = _bytes(data)

    try:
        run(graph, *leaves, watch=watch, evaluate=evaluate)
    except Exception:  # too long, or an operation that is only ever emitted
        return None
    return sum(sizes.values())


def _bytes(data: Any) -> int:
    if hasattr(data, "nbytes"):
        return int(data.nbytes)
    if isinstance(data, (list, tuple)):
        return sum(map(_bytes, data))
    return 1 if isinstance(data, bool) else 8


def peak_bytes(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> int:
    """The most memory that a call has in use beyond its arguments, results included."""
    function(*args, **kwargs)  # what is made once is not the call's
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        result = function(*args, **kwargs)
        _, peak = tracemalloc.get_traced_memory()
        del result
    finally:
        if started:
            tracemalloc.stop()
    return max(0, peak - before)
