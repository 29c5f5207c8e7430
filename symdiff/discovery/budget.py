"""The clock of searches and proofs: what is found is no matter of what else the machine does."""

from __future__ import annotations

import time

pace = 1.0  # tests are about what is found and let time pass more slowly


def clock() -> float:
    """Seconds of this thread; on an idle core those on the wall."""
    return time.thread_time() * pace
