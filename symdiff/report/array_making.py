"""Entries of the shelf of rows, from functions as users write them.

``python -m symdiff.report.array_making [OUT.json]`` searches, proves and judges every function of
``library.reductions`` again and writes the file that the package ships.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from symdiff.discovery.array_shelf import PACKAGE, certified, written
from symdiff.discovery.array_text import Naming, NoText
from symdiff.library.reductions import TYPES
from symdiff.notation import type_of
from symdiff.report.array_discovery import ArrayDiscovery, discover_arrays
from symdiff.report.subject import Subject, subject

GAIN = 0.95  # of the cost by rules, where no pass is saved


def entry(discovery: ArrayDiscovery) -> tuple[str, str] | None:
    """Shape and derivative of what is found, if it is better than that by rules, and is proved
    whatever the constants are."""
    rules, best = discovery.forms[0], discovery.best
    node = best.node
    if node is None or (best.passes == rules.passes and best.cost > GAIN * rules.cost):
        return None
    try:
        naming = Naming(discovery.found.row)
        made = naming.shape, naming.text(node)
    except NoText:
        return None
    return made if certified(discovery.found.region, *made) else None


def subject_of(function: Callable[..., Any]) -> Subject:
    """A function of the catalogue, its first argument differentiated."""
    names = function.__code__.co_varnames
    types = {n: type_of(t) for n, t in zip(names, TYPES[function], strict=False)}
    return subject(function, types, [names[0]])


def build(functions: Iterable[Callable[..., Any]] = TYPES) -> dict[str, str]:
    """The entries of the catalogue; what has none is said."""
    made: dict[str, str] = {}
    for function in functions:
        name = function.__name__
        found = discover_arrays(subject_of(function))
        entries = [e for e in map(entry, found) if e is not None]
        for d in found:
            rules, best = d.forms[0], d.best
            print(
                f"{name:20s} {rules.passes:2d} passes -> {best.passes:2d}, error "
                f"{rules.seen.worst:.0e} -> {best.seen.worst:.0e}, {d.milliseconds:.0f} ms"
            )
        if not entries:
            print(f"{name:20s} nothing to keep")
        made.update(entries)
    return made


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE
    path.write_text(written(dict(sorted(build().items()))), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
