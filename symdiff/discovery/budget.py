"""The clock of searches and proofs: what is found is no matter of what else the machine does."""

from __future__ import annotations

import time

clock = time.thread_time  # seconds of this thread, on an idle core those on the wall
