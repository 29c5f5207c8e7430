"""The table: importing this module fills ``OPS`` with every row."""

from __future__ import annotations

from symdiff.ir.opspec import OPS
from symdiff.ops import bits, control, extrema, gates, lists, polygamma, scalar, searches, special

__all__ = [
    "OPS",
    "bits",
    "control",
    "extrema",
    "gates",
    "lists",
    "polygamma",
    "scalar",
    "searches",
    "special",
]
