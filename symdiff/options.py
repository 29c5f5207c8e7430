"""The options of a compilation, frozen so that they can key a cache."""

from __future__ import annotations

from symdiff.records import dataclass

GRANULARITIES = ("fine", "fused", "whole", "auto")
LIBRARY = ("whole", "auto")  # those that use the gate library
MODES = ("grad", "value_and_grad", "jacobian", "hessian", "hvp", "jvp", "vjp")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for: the transformation ``mode`` and how much becomes one gate.

    ``strict``: every operation as it is written, and what is shared is the same to the bit.
    """

    mode: str = "grad"
    granularity: str = "auto"
    strict: bool = False

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            known = ", ".join(GRANULARITIES)
            raise ValueError(f"granularity must be one of {known}, not {self.granularity!r}")
        if self.strict and self.granularity not in ("fine", "auto"):
            raise ValueError(f"strict=True recognises nothing: granularity {self.granularity!r}")
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, not {self.mode!r}")

    @property
    def level(self) -> str:
        """The granularity that is meant: strict code is fine."""
        return "fine" if self.strict else self.granularity
