"""``python -m tests.survey.arrays PACKAGE...``: survey the functions of arrays of packages.

The options are those of ``python -m tests.survey``; the report is ``RESULTS_ARRAYS.md``."""

from __future__ import annotations

from pathlib import Path

from tests.survey.__main__ import survey

RESULTS = Path(__file__).with_name("RESULTS_ARRAYS.md")

if __name__ == "__main__":
    survey("tests.survey.array_work", RESULTS, "A survey of real code: functions of arrays")
