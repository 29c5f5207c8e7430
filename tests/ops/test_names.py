"""Which callables the table knows, by identity."""

from __future__ import annotations

import importlib
import math

import pytest

from symdiff.ir.opspec import OPS
from symdiff.ops.names import python_names, row_of


@pytest.mark.parametrize(("dotted", "row"), sorted(python_names().items()))
def test_every_stated_callable_is_found(dotted: str, row: str) -> None:
    module, _, name = dotted.rpartition(".")
    function = getattr(importlib.import_module(module or "builtins"), name, None)
    if function is None:
        assert dotted in ("math.fma", "math.sumprod"), "only newer Pythons have it"
        return
    assert row_of(function) is OPS[row]


@pytest.mark.parametrize("other", [print, math.nan, len.__self__, "exp", [], math])
def test_other_objects_have_no_row(other: object) -> None:
    assert row_of(other) is None


def test_math_is_covered() -> None:
    """Every function of ``math`` is a row; two are about the bits of a float and have no
    derivative.
    """
    known = {d.removeprefix("math.") for d in python_names() if d.startswith("math.")}
    functions = {n for n in dir(math) if callable(getattr(math, n)) and not n.startswith("_")}
    assert functions - known == {"nextafter", "ulp"}
