"""The options of a compilation, frozen so that they can key a cache."""

from __future__ import annotations

from symdiff.records import dataclass

GRANULARITIES = ("fine", "fused", "auto")
MODES = ("grad", "value_and_grad", "jacobian", "hessian", "hvp", "jvp", "vjp")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for: the transformation ``mode`` and how much becomes one gate."""

    mode: str = "grad"
    granularity: str = "auto"

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            known = ", ".join(GRANULARITIES)
            raise ValueError(f"granularity must be one of {known}, not {self.granularity!r}")
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, not {self.mode!r}")
