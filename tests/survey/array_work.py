"""A worker that judges functions of arrays: ``tests.survey.work`` with another judge."""

from __future__ import annotations

from tests.survey import array_judge, work

if __name__ == "__main__":
    work.main(array_judge.judge)
