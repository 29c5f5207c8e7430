"""Text to a function: compiled under a name of its own that ``linecache``, tracebacks,
``inspect`` and ``pdb`` can read.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SLOW = "__slow__"
_numbers: dict[str, itertools.count[int]] = {}


def link(
    text: str, name: str, filename_hint: str = "", namespace_extra: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """The function ``name`` of a generated module."""
    return _load(text, name, register(text, filename_hint or name), namespace_extra)


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

    The statement exists in the compiled code only.  It takes the place of the docstring, so that
    the text to be read stays as it is and every line keeps its number.
    """
    start, end = _docstring(text, name)
    shown = text[start:end]
    call = ", ".join(_forwarded(parameters(text, name)))
    test = f"    if not ({' and '.join(guards) or 'True'}):"
    # beyond the end of the line that is shown: a traceback through here marks no part of it
    check = f"{test.ljust(max(map(len, shown.split(chr(10)))))} return {SLOW}({call})"
    guarded = text[:start] + check + "\n" * shown.count("\n") + text[end:]
    extra = {**(namespace_extra or {}), SLOW: slow}
    function = _load(guarded, name, register(text, filename_hint or name), extra)
    function.__doc__ = ast.literal_eval(shown.strip())
    return function


def parameters(text: str, name: str) -> ast.arguments:
    """The parameters of the function ``name`` of a generated module."""
    start = text.rindex(f"def {name}(", 0, _docstring(text, name)[0])
    header = text[start : _docstring(text, name)[0]]
    (function,) = ast.parse(f"{header}    pass").body
    assert isinstance(function, ast.FunctionDef)
    return function.args


def _docstring(text: str, name: str) -> tuple[int, int]:
    """Where the docstring of a generated function begins and ends: it always has one."""
    found = re.search(
        rf'^def {re.escape(name)}\((?:.*\n)+?(    """(?:.*\n)*?.*""")$', text, re.MULTILINE
    )
    assert found is not None, f"{name} has no docstring"
    return found.span(1)


def _forwarded(given: ast.arguments) -> list[str]:
    """A call's arguments that pass a function's parameters on."""
    plain = [a.arg for a in (*given.posonlyargs, *given.args)]
    rest = [f"*{given.vararg.arg}"] if given.vararg else []
    return [*plain, *rest, *(f"{a.arg}={a.arg}" for a in given.kwonlyargs)]


def register(text: str, hint: str) -> str:
    """A file name like ``<symdiff neuron_grad-1>`` under which the text can be read."""
    number = next(_numbers.setdefault(hint, itertools.count(1)))
    filename = f"<symdiff {hint}-{number}>"
    # checkcache drops entries whose file is gone, except those without a modification time.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return filename


def _load(
    text: str, name: str, filename: str, extra: Mapping[str, Any] | None
) -> Callable[..., Any]:
    namespace: dict[str, Any] = {
        "__name__": filename[1:-1].replace(" ", "."),
        "__file__": filename,
        "__builtins__": __builtins__,
    }
    exec(compile(text, filename, "exec"), namespace)
    namespace.update(extra or {})
    function: Callable[..., Any] = namespace[name]
    return function
