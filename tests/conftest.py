"""Tests verify the IR after every pass."""

from symdiff import driver

driver.VERIFY_EACH = True
