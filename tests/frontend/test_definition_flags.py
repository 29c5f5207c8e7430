"""A text that is executed inside a module inherits the module's futures: the same function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import symdiff


def test_a_new_file_run_with_inherited_futures(tmp_path: Path) -> None:
    path = tmp_path / "squares.py"
    path.write_text("def f(x: float) -> float:\n    return x*x\n", encoding="utf-8")
    space: dict[str, Any] = {"__name__": "squares"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)  # inherits ours
    assert symdiff.grad(space["f"])(3.0) == 6.0
