"""What the generated text leaves out, because it is known while compiling."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff
from tests.arrays import programs


@pytest.mark.parametrize("f", [programs.stencil_in_a_loop, programs.masked_writes])
def test_what_is_as_long_as_the_place_it_is_written_to_is_not_summed(f) -> None:
    gradient = symdiff.grad(f)
    gradient(np.linspace(-1.0, 1.0, 6))
    assert "unbroadcast" not in gradient.source


def test_memory_that_a_view_was_not_taken_of_is_written_in_place() -> None:
    gradient = symdiff.grad(programs.stencil_in_a_loop)
    gradient(np.linspace(-1.0, 1.0, 6))
    _, backward = gradient.source.split("reversed(")
    assert backward.count(".copy()") == 1
