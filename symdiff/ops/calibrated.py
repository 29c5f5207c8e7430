"""The costs of this machine, where ``symdiff calibrate`` has measured them.

A file per interpreter in the cache folder: nanoseconds of operations on floats and, per element,
on arrays, those of tapes, and what the gates of the library cost by them.  It is data: numbers
under names.  What is damaged is ignored with a warning, and the rows' own costs hold.  Only what
``auto`` chooses by cost reads them; what is proved and what is stable is no matter of cost.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symdiff.errors import SymdiffWarning
from symdiff.folder import cache_folder
from symdiff.ops.cost import SHIPPED, Costs
from symdiff.records import dataclass, field

VERSION = 1
LARGEST = 1_000_000  # bytes of a file that is read
MARGIN = 0.9  # a sum and a product cost the same, but for what a measurement misses
LEAST, MOST = 1e-3, 1e6  # nanoseconds that an operation may take

GateCosts = Mapping[str, float]  # by level


@dataclass(frozen=True, slots=True)
class Machine:
    """``arrays`` are per element; ``gates`` by an entry's digest, on floats and on arrays."""

    costs: Costs = SHIPPED
    arrays: Mapping[str, float] = field(default_factory=dict)
    gates: Mapping[str, tuple[GateCosts, GateCosts]] = field(default_factory=dict)

    def gate(self, digest: str, on_arrays: bool) -> tuple[GateCosts, float] | None:
        """What a gate costs by level, and less than one product; None where that is not
        measured."""
        found = self.gates.get(digest, ({}, {}))[on_arrays]
        products = self.arrays if on_arrays else self.costs.rows
        return (found, MARGIN * products["mul"]) if found and "mul" in products else None


def file() -> Path:
    """Another interpreter has other costs."""
    return cache_folder() / f"costs-{sys.implementation.cache_tag or sys.implementation.name}.json"


_READ: dict[str, tuple[float, Machine]] = {}  # the file that was read last, and its state


def machine() -> Machine:
    """As it was measured, or as shipped; the file is read again where it has changed."""
    path = str(file())
    try:
        state = os.stat(path).st_mtime
    except OSError:
        return _SHIPPED
    known = _READ.get(path)
    if known is None or known[0] != state:
        _READ.clear()
        _READ[path] = known = state, _read(Path(path))
    return known[1]


_SHIPPED = Machine()


def _read(path: Path) -> Machine:
    import json

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        return from_data(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as err:
        warnings.warn(
            f"the measured costs in {path} are not used: {err}\n"
            "    hint: remove it, or let symdiff calibrate write it again",
            SymdiffWarning,
            stacklevel=2,
        )
        return _SHIPPED


def to_data(made: Machine) -> dict[str, Any]:
    """What JSON holds."""
    more = {name: getattr(made.costs, name) for name in _MORE}
    gates = {digest: list(map(dict, pair)) for digest, pair in made.gates.items()}
    return {"version": VERSION, "floats": dict(made.costs.rows), "more": more,
            "arrays": dict(made.arrays), "gates": gates}  # fmt: skip


_MORE = ("others", "tape", "entry", "read")


def from_data(data: Any) -> Machine:
    """The costs of what JSON holds; ValueError where it is something else.

    >>> from_data({"version": 1})
    Traceback (most recent call last):
    ValueError: 'floats' is no table of nanoseconds
    """
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise ValueError(f"it is not of version {VERSION}")
    floats, more, arrays = (_numbers(data.get(n), n) for n in ("floats", "more", "arrays"))
    if set(more) != set(_MORE):
        raise ValueError("'more' is not whole")
    gates = data.get("gates")
    if not isinstance(gates, dict):
        raise ValueError("'gates' is no table")
    return Machine(Costs(floats, **more), arrays, {k: _pair(v, k) for k, v in gates.items()})


def _pair(x: Any, name: str) -> tuple[GateCosts, GateCosts]:
    if not isinstance(x, list) or len(x) != 2:
        raise ValueError(f"{name!r:.40} is no pair of tables")
    floats, arrays = (_numbers(part, name) for part in x)
    if any(part and "gate" not in part for part in (floats, arrays)):
        raise ValueError(f"{name!r:.40} is not whole")
    return floats, arrays


def _numbers(x: Any, name: str) -> dict[str, float]:
    if not isinstance(x, dict) or not all(map(_is_cost, x.values())):
        raise ValueError(f"{name!r:.40} is no table of nanoseconds")
    return {k: float(v) for k, v in x.items()}


def _is_cost(x: object) -> bool:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return False
    return math.isfinite(x) and LEAST <= x <= MOST
