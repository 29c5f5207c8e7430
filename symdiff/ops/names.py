"""Which row a Python callable stands for, by identity.

The front end asks with the very object that the user's name resolves to, so that ``from math import
exp as e`` and a shadowed ``exp`` both come out right. The map is made on first use and again when
rows or modules have come since; a module that nobody has imported is not imported for it, because
nobody can hold a function of it.
"""

from __future__ import annotations

import builtins
import sys
from typing import Any

from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ops import table

_map: dict[int, tuple[Any, OpSpec]] = {}
_seen: set[str] = set()


def row_of(function: Any) -> OpSpec | None:
    """The row that ``function`` is an instance of, or None."""
    found = _map.get(id(function))
    if found is None:
        if not _refresh():
            return None
        found = _map.get(id(function))
    return found[1] if found is not None else None


def _refresh() -> bool:
    """Add what can be resolved by now; whether anything was added."""
    added = False
    for spec in table.OPS:
        for dotted in spec.python:
            if dotted not in _seen:
                added |= _bind(dotted, spec)
    return added


def _bind(dotted: str, spec: OpSpec) -> bool:
    module_name, _, name = dotted.rpartition(".")
    module = sys.modules.get(module_name) if module_name else builtins
    if module is None:
        return False
    _seen.add(dotted)
    function = getattr(module, name, None)
    if function is None:
        return False  # this Python does not have it (math.fma before 3.13)
    _map[id(function)] = (function, spec)
    return True


def python_names() -> dict[str, str]:
    """Dotted Python name -> row name, for the documentation of what is supported."""
    return {dotted: spec.name for spec in OPS for dotted in spec.python}
