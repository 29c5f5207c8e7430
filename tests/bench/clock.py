"""Times of interleaved contenders: the machine's moods hit all of them alike.

Each runs many short stretches in turn.  What disturbs a stretch only makes it longer, so a low
percentile of them is what the code costs on the machine when nobody disturbs it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

Call = tuple[Callable[..., Any], tuple[Any, ...]]
PERCENTILE = 10


def _loops(f: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> int:
    """How many calls fill about ``seconds``."""
    count = 1
    while True:
        spent = min(_spent(f, args, count) for _ in range(3))
        if spent > seconds / 4:
            return max(1, int(count * seconds / spent))
        count *= 4


def _spent(f: Callable[..., Any], args: tuple[Any, ...], count: int) -> float:
    trips = range(count)
    start = time.thread_time()
    for _ in trips:
        f(*args)
    return time.thread_time() - start


def percentile(times: Sequence[float]) -> float:
    """The time that a tenth of the stretches undercuts."""
    return sorted(times)[len(times) * PERCENTILE // 100]


def seconds_per_call(
    calls: Sequence[Call], rounds: int = 300, seconds: float = 0.0004
) -> list[float]:
    """Seconds per call of each contender, measured in turns."""
    counts = [_loops(f, args, seconds) for f, args in calls]
    times: list[list[float]] = [[] for _ in calls]
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for k, ((f, args), count) in enumerate(zip(calls, counts, strict=True)):
                times[k].append(_spent(f, args, count) / count)
    finally:
        gc.enable()
    return [percentile(t) for t in times]
