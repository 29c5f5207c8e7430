"""The table: importing this module fills ``OPS``; the rows of NumPy's own operations follow when
one is asked for."""

from __future__ import annotations

import importlib

from symdiff.ir.opspec import OPS
from symdiff.ops import (
    array_functions,
    array_index,
    array_shapes,
    bits,
    callees,
    control,
    extrema,
    gates,
    lists,
    polygamma,
    scalar,
    searches,
    special,
)

__all__ = [
    "OPS",
    "array_functions",
    "array_index",
    "array_shapes",
    "bits",
    "callees",
    "control",
    "extrema",
    "gates",
    "lists",
    "polygamma",
    "scalar",
    "searches",
    "special",
]

ON_ARRAYS = (
    "array_build",
    "array_decompositions",
    "array_elementwise",
    "array_fourier",
    "array_least_squares",
    "array_linear",
    "array_nodes",
    "array_norms",
    "array_parts",
    "array_places",
    "array_products",
    "array_reduce",
    "array_sampled",
    "array_search",
    "array_sort",
    "array_special",
    "array_systems",
    "draws",
)


def _load() -> None:
    for name in ON_ARRAYS:
        importlib.import_module(f"symdiff.ops.{name}")


OPS.rows.later = _load
