"""A short run of the search in ``fuzz_views``, and what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.arrays.fuzz_views import check, main

FOUND = (1220, 1428, 1510, 1677)  # sizes in finished forward blocks


@pytest.mark.parametrize("seed", [*range(12), *FOUND])
def test_random_writes(seed: int, tmp_path: Path) -> None:
    outcome = check(seed, tmp_path)
    assert outcome in ("ok", "skipped") or outcome.startswith("refused AliasError"), outcome


@pytest.mark.fuzz
def test_many_random_writes() -> None:
    assert main(500, 10_000) == 0
