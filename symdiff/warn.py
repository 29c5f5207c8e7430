"""The warning of a function that is compiled again and again.

A signature holds text, flags and the structure of arguments by value; who passes a new one at each
call pays for a compilation each time, and should know which argument it is."""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterable, Sequence

from symdiff.errors import SymdiffWarning
from symdiff.ir.types import Node, Static, Tree

MANY = 32  # signatures of one function that pass without a word


def _frames_to_caller() -> int:
    """The ``stacklevel`` of a warning that is about the code which called a gradient."""
    frame: types.FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and (
        frame.f_code.co_filename.startswith("<symdiff ")
        or frame.f_globals.get("__name__", "").partition(".")[0] == "symdiff"
    ):
        frame, level = frame.f_back, level + 1
    return level


def warn_of_many(title: str, names: Sequence[str], signatures: Iterable[tuple[Tree, ...]]) -> None:
    """Say which argument makes a new signature again and again."""
    columns = list(zip(*signatures, strict=True))
    counts = [len(set(column)) for column in columns]
    k = max(range(len(counts)), key=counts.__getitem__)
    name, last = names[k], columns[k][-1]
    if isinstance(last, Static):
        what = f"each value of '{name}' is one"
        hint = f"take '{name}' out of the arguments, or pass what varies as a number"
    elif isinstance(last, Node):
        what = f"each length or structure of '{name}' is one"
        hint = f"pass '{name}' as a list of floats, whose length does not matter"
    else:
        what, hint = f"each type of '{name}' is one", f"pass '{name}' in one type"
    text = (
        f"{title} has more than {MANY} signatures, and is compiled for each: {what}"
        f" ({counts[k]} so far)\n    hint: {hint}"
    )
    warnings.warn(text, SymdiffWarning, stacklevel=_frames_to_caller())
