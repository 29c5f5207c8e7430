"""The table: importing this module fills ``OPS`` with every row."""

from __future__ import annotations

from symdiff.ir.opspec import OPS
from symdiff.ops import (
    array_build,
    array_decompositions,
    array_elementwise,
    array_functions,
    array_index,
    array_linear,
    array_norms,
    array_products,
    array_reduce,
    array_shapes,
    array_systems,
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
    "array_build",
    "array_decompositions",
    "array_elementwise",
    "array_functions",
    "array_index",
    "array_linear",
    "array_norms",
    "array_products",
    "array_reduce",
    "array_shapes",
    "array_systems",
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
