"""``python -m symdiff.report.build [OUT.json]``: make the gate library that the package ships.

Every shape of ``library.catalogue`` is searched, proved, judged and measured again; the file is
written where the package keeps it, or to OUT.json.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from symdiff.library.catalogue import SHAPES, Shape
from symdiff.library.entries import Entry
from symdiff.library.shelf import PACKAGE, written
from symdiff.report.making import make


def build(shapes: Sequence[Shape] = tuple(SHAPES)) -> dict[str, Entry]:
    """The entries of shapes by key; what is no gate of its own is left out, and said so."""
    made: dict[str, Entry] = {}
    for shape in shapes:
        start = time.perf_counter()
        found = make(shape)
        seconds = time.perf_counter() - start
        if found is None:
            print(f"{shape.name:24s} {seconds:6.2f} s  no entry")
            continue
        key, entry = found
        made[key] = entry
        by_rules, gate = entry.measures["fused"], entry.measures["gate"]
        print(
            f"{shape.name:24s} {seconds:6.2f} s  operations {by_rules.operations} -> "
            f"{gate.operations}, bad points {by_rules.bad} -> {gate.bad}, error "
            f"{by_rules.worst:.0e} -> {gate.worst:.0e}  {entry.gain and 'auto: ' + entry.gain}"
        )
    return made


def main(args: Sequence[str]) -> None:
    """Build, and write to the file named, or into the package."""
    path = Path(args[0]) if args else PACKAGE
    entries = build()
    path.write_text(written(entries), encoding="utf-8")
    print(f"{len(entries)} entries written to {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
