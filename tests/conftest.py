"""Tests verify the IR after every pass, and know nothing of what a user has discovered, or measured
of the machine."""

import os
import tempfile
from pathlib import Path

from symdiff import driver
from symdiff.folder import VARIABLE

driver.VERIFY_EACH = True
os.environ[VARIABLE] = str(Path(tempfile.gettempdir()) / "symdiff-tests-keep-nothing")
