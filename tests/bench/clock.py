"""Medians of interleaved contenders: the machine's moods hit all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

Call = tuple[Callable[..., Any], tuple[Any, ...]]


def _loops(f: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> int:
    """How many calls fill about ``seconds``."""
    count = 1
    while True:
        spent = _spent(f, args, count)
        if spent > seconds / 4:
            return max(1, int(count * seconds / spent))
        count *= 4


def _spent(f: Callable[..., Any], args: tuple[Any, ...], count: int) -> float:
    trips = range(count)
    start = time.perf_counter()
    for _ in trips:
        f(*args)
    return time.perf_counter() - start


def medians(calls: Sequence[Call], rounds: int = 15, seconds: float = 0.01) -> list[float]:
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
    return [statistics.median(t) for t in times]
