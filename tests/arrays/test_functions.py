"""Random programs of NumPy functions: a few in every run, many with ``-m fuzz``."""

from __future__ import annotations

import pytest

from tests.arrays.fuzz_functions import check


def test_a_few_programs():
    assert sum(map(check, range(8))) >= 6


@pytest.mark.fuzz
def test_many_programs():
    assert sum(map(check, range(100, 600))) >= 400
