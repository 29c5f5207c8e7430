"""Text to a function: compiled under a name of its own that ``linecache``, tracebacks,
``inspect`` and ``pdb`` can read.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

SLOW = "__slow__"
_numbers: dict[str, itertools.count[int]] = {}


def link(
    text: str, name: str, filename_hint: str = "", namespace_extra: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """The function ``name`` of a generated module."""
    filename = register(text, filename_hint or name)
    return _load(compile(text, filename, "exec"), text, name, filename, namespace_extra)


def link_dispatch(
    text: str,
    name: str,
    guards: Sequence[str],
    slow: Callable[..., Any],
    filename_hint: str = "",
    namespace_extra: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """The same function with one more first statement: where a guard does not hold, ``slow`` is
    called instead.

    The statement exists in the compiled code only, on the line of the ``def``; the text stays as
    it is.
    """
    filename = register(text, filename_hint or name)
    tree = ast.parse(text, filename)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    _guard(function, guards)
    extra = {**(namespace_extra or {}), SLOW: slow}
    return _load(compile(tree, filename, "exec"), text, name, filename, extra)


def _guard(function: ast.FunctionDef, guards: Sequence[str]) -> None:
    if not guards:
        return
    given = function.args
    call = ", ".join(
        [a.arg for a in (*given.posonlyargs, *given.args)]
        + ([f"*{given.vararg.arg}"] if given.vararg else [])
        + [f"{a.arg}={a.arg}" for a in given.kwonlyargs]
    )
    (check,) = ast.parse(f"if not ({' and '.join(guards)}):\n    return {SLOW}({call})").body
    for node in ast.walk(check):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.lineno = node.end_lineno = function.lineno
            node.col_offset = node.end_col_offset = function.col_offset
    at = 1 if ast.get_docstring(function, clean=False) is not None else 0
    function.body.insert(at, check)


def register(text: str, hint: str) -> str:
    """A file name like ``<symdiff neuron_grad-1>`` under which the text can be read."""
    number = next(_numbers.setdefault(hint, itertools.count(1)))
    filename = f"<symdiff {hint}-{number}>"
    # checkcache drops entries whose file is gone, except those without a modification time.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return filename


def _load(
    code: CodeType, text: str, name: str, filename: str, extra: Mapping[str, Any] | None
) -> Callable[..., Any]:
    namespace: dict[str, Any] = {
        "__name__": filename[1:-1].replace(" ", "."),
        "__file__": filename,
        "__builtins__": __builtins__,
    }
    exec(code, namespace)
    namespace.update(extra or {})
    function: Callable[..., Any] = namespace[name]
    return function
