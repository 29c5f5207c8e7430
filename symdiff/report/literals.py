"""Values as a command line writes them: ``w0=2,xs=[1, 2],X=@data.npy``, and what they become where
a type has arrays or records.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symdiff.ir.types import ArrayType, ListType, Node, Tree
from symdiff.signature import describe, rebuilt


class UsageError(Exception):
    """The command line does not say what it must; ``hint`` is what to write instead."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what + (f"\n    hint: {hint}" if hint else ""))


_FILE = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)\s*=\s*@([^,]+)")
_JSON = {"true": True, "false": False, "null": None, "NaN": math.nan, "Infinity": math.inf,
         "nan": math.nan, "inf": math.inf}


def point_of(options: Sequence[str]) -> dict[str, Any]:
    """The ``--at a=1,xs=[1, 2]`` options, as keyword arguments: literals of Python or JSON, or
    ``X=@file.npy`` (``.json`` too)."""
    found: dict[str, Any] = {}
    for option in options:
        try:
            found |= _literals(option)
            continue
        except (SyntaxError, ValueError):
            files = {m[1]: m[2].strip() for m in _FILE.finditer(option)}
        try:
            found |= _literals(_FILE.sub("", option).strip(" ,"))
        except (SyntaxError, ValueError):
            raise UsageError(
                f"--at {option!r} is not a list of NAME=VALUE with Python literals (or JSON, or "
                "@file.npy)",
                "quote it for the shell: --at 'x=2, xs=[1, 2], mode=\"a\"'",
            ) from None
        found |= {name: _loaded(path) for name, path in files.items()}
    return found


def _literals(option: str) -> dict[str, Any]:
    call = ast.parse(f"f({option})", mode="eval").body
    if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
        raise ValueError
    return {str(k.arg): ast.literal_eval(_Json().visit(k.value)) for k in call.keywords}


class _Json(ast.NodeTransformer):
    """JSON's names of constants, and infinities, as constants."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_JSON[node.id]) if node.id in _JSON else node


def _loaded(path: str) -> Any:
    """The array (or the JSON value) in a file."""
    try:
        if path.endswith(".json"):
            return json.loads(Path(path).read_text(encoding="utf-8"))
        import numpy as np

        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as err:
        reason = err.strerror if isinstance(err, OSError) and err.strerror else err
        raise UsageError(
            f"{path} cannot be read: {reason}", "write it with numpy.save, or as .json"
        ) from None


def shaped(value: Any, tree: Tree, name: str) -> Any:
    """A value with lists of numbers as arrays where the type has arrays, and what is written as a
    tuple, a list or a dict as a record where it has one."""
    if isinstance(tree, Node) and isinstance(value, (list, tuple, dict)):
        if tree.cls is not None and isinstance(value, tree.cls):
            return value
        keys = set(tree.keys)
        if len(value) != len(keys) or (isinstance(value, dict) and set(value) != keys):
            order = ", ".join(map(str, tree.keys))
            raise UsageError(
                f"{name} is {value!r}, but {describe(tree)} has {len(keys)} parts",
                f"give them in this order: {order}" if tree.cls is not None else "",
            )
        parts = [value[k] for k in tree.keys] if isinstance(value, dict) else value
        pairs = zip(parts, tree.children, strict=True)
        return rebuilt(tree, [shaped(v, t, f"{name}[{k!r}]")
                              for k, (v, t) in zip(tree.keys, pairs, strict=True)])
    if isinstance(tree, ListType) and isinstance(value, list):
        return [shaped(v, tree.elem, f"{name}[{k}]") for k, v in enumerate(value)]
    return _array(value, tree, name) if isinstance(tree, ArrayType) else value


def _array(value: Any, t: ArrayType, name: str) -> Any:
    import numpy as np

    try:
        made = np.asarray(value)
        kind = {"f64": "f8", "f32": "f4", "int": "i8", "bool": "?"}[t.dtype]
        if made.dtype.kind in "biuf" and np.can_cast(made.dtype, kind, "same_kind"):
            made = made.astype(kind)
            if made.ndim == t.rank and all(n == 1 for n, d in zip(made.shape, t.dims, strict=True)
                                           if d == "1"):
                return made
        found = f"an array of {made.dtype} of shape {made.shape}"
    except ValueError:
        found = "no array: its rows differ in length"
    raise UsageError(f"{name} is {found}, not a {t}", f"give {t.rank}-fold nested lists")
