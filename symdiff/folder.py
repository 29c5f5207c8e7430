"""Where the user's own findings are kept: gates that were discovered, costs that were measured."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "SYMDIFF_CACHE"


def cache_folder() -> Path:
    """``SYMDIFF_CACHE``, or the platform's cache folder."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "symdiff"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "symdiff"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symdiff"


def put(path: Path, text: str) -> Path:
    """Write a file of the folder whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
    return path
