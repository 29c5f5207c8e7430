"""Kept derivatives of rows: those of the package, and the user's own, by shape (``array_text``).

A file is a JSON object: shape to derivative.  What is in the user's file, or was put there by
anybody, is proved again when a process first needs it; what is not proved, or is damaged, is left
out with a warning.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symdiff.discovery.array_candidates import Row
from symdiff.discovery.array_proof import proof
from symdiff.discovery.array_reading import NotARow
from symdiff.discovery.array_regions import derived, lifted
from symdiff.discovery.array_rows import Node, numbers, order, size_name
from symdiff.discovery.array_text import Naming, NoText
from symdiff.discovery.regions import Region
from symdiff.errors import SymdiffWarning
from symdiff.folder import cache_folder, put
from symdiff.records import dataclass, field

PACKAGE = Path(__file__).with_name("rows.json")
FILE = "rows.json"
LARGEST = 1_000_000  # bytes of a file that is read
SPECIAL = (
    (0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0),
    (710.0, -710.0, 0.0),
    (-746.0, -800.0, -750.0),
    (1e5, -1e5, 1.0),
    (1e150, 1.0, -1e150),
    (1e-200, -1e-200, 0.0),
)


def read(path: Path) -> dict[str, str]:
    """The entries of a file; none where there is none, or where it is damaged."""
    import json

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
            raise ValueError("it is no object of texts")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as err:
        _warn(str(path), err)
        return {}
    return data


def _warn(what: str, err: object) -> None:
    warnings.warn(
        f"{what} is not used: {err}\n    hint: remove it; symdiff discover --keep writes it again",
        SymdiffWarning,
        stacklevel=2,
    )


@dataclass(slots=True)
class Shelf:
    """The entries of both files, and which of the user's are proved."""

    package: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    state: tuple[str, float] = ("", -1.0)
    proved: dict[tuple[str, str], bool] = field(default_factory=dict)

    def derivative(self, naming: Naming, region: Region) -> str | None:
        """The derivative that is kept for a row; None where there is none."""
        self._refreshed()
        found = self.package.get(naming.shape)
        if found is not None:
            return found
        found = self.own.get(naming.shape)
        if found is None or not naming.literal:
            return None
        key = (naming.shape, found)
        if key not in self.proved:
            self.proved[key] = certified(region, *key)
            if not self.proved[key]:
                _warn(f"the derivative of {naming.shape:.40}", "it is not proved")
        return found if self.proved[key] else None

    def _refreshed(self) -> None:
        if not self.package:
            self.package = read(PACKAGE)
        path = cache_folder() / FILE
        try:
            state = (str(path), os.stat(path).st_mtime)
        except OSError:
            state = (str(path), 0.0)
        if state != self.state:
            self.state, self.own = state, read(path)


SHELF = Shelf()


def certified(region: Region, shape: str, text: str) -> bool:
    """Whether a derivative is proved for a shape, whatever the constants of the region are, and has
    a value wherever that by rules has one."""
    try:
        row = derived(region, lifted(region.graph())).row
        naming = Naming(row)
        node = naming.node(text)
    except (NotARow, NoText):
        return False
    same = naming.shape == shape and proof(row.wanted, node) is not None
    return same and all(extends(row, node, special) for special in SPECIAL)


def extends(row: Row, node: Node, entry: Sequence[float]) -> bool:
    """Whether a derivative has a value where that by rules has one, at an entry with these numbers:
    proofs are of analytic identities, of which one side may overflow."""
    given: dict[str, Any] = {size_name(k): 1 for k in (-1, -2)}
    given[size_name(row.pool.axes[0])] = len(entry)
    inputs = [n for n in order([row.wanted, row.value]) if n.op == "input"]
    for k, n in enumerate(inputs):
        own = entry if n is row.entry else [0.3 + 0.1 * (k + i) for i in range(len(entry))]
        given[n.data] = list(own) if n.varies else own[0]
    return _has_value(node, given, len(entry)) or not _has_value(row.wanted, given, len(entry))


def _has_value(node: Node, given: Mapping[str, Any], count: int) -> bool:
    try:
        found = numbers([node], count, given)[node]
    except (ArithmeticError, ValueError):
        return False
    return all(map(math.isfinite, found if isinstance(found, list) else [found]))


def kept(entries: Mapping[str, str]) -> Path:
    """Put entries into the user's file, beside those that are there."""
    path = cache_folder() / FILE
    return put(path, written(read(path) | dict(entries)))


def written(entries: Mapping[str, str]) -> str:
    """The text of a file."""
    import json

    return json.dumps(dict(entries), indent=0, ensure_ascii=False) + "\n"
