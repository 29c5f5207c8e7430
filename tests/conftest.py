"""Tests verify the IR after every pass, and know nothing of what a user has discovered, or measured
of the machine; searches have more time than users give them."""

import gc
import os
import tempfile
from pathlib import Path

from symdiff import driver
from symdiff.discovery import budget
from symdiff.folder import VARIABLE

gc.set_threshold(50_000, 50, 1000)  # thousands of programs live as long as the run does
driver.VERIFY_EACH = True
budget.pace = 0.4  # a busy machine is slower than the one that the budgets are for
os.environ[VARIABLE] = str(Path(tempfile.gettempdir()) / "symdiff-tests-keep-nothing")
