"""Text to a function: compiled under a name of its own that ``linecache``, tracebacks,
``inspect`` and ``pdb`` can read.
"""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
import re
import weakref
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
    function, start, end = _head(text, name)
    shown = text[start:end]
    call = ", ".join(_forwarded(function.args))
    test = f"    if not ({' and '.join(guards) or 'True'}):"
    # beyond the end of the line that is shown: a traceback through here marks no part of it
    check = f"{test.ljust(max(map(len, shown.split(chr(10)))))} return {SLOW}({call})"
    guarded = text[:start] + check + "\n" * shown.count("\n") + text[end:]
    extra = {**(namespace_extra or {}), SLOW: slow}
    linked = _load(guarded, name, register(text, filename_hint or name), extra)
    linked.__doc__ = ast.get_docstring(function, clean=False)
    return linked


def parameters(text: str, name: str) -> ast.arguments:
    """The parameters of the function ``name`` of a generated module."""
    return _head(text, name)[0].args


@functools.lru_cache(maxsize=4)
def _head(text: str, name: str) -> tuple[ast.FunctionDef, int, int]:
    """A generated function without its body, and where its docstring is: it always has one."""
    head = rf'^def {re.escape(name)}\((?:.*\n)+?(    """(?:.*\n)*?.*""")$'
    found = re.search(head, text, re.MULTILINE)
    assert found is not None, f"{name} has no docstring"
    (function,) = ast.parse(found.group()).body
    assert isinstance(function, ast.FunctionDef)
    return function, *found.span(1)


def _forwarded(given: ast.arguments) -> list[str]:
    """A call's arguments that pass a function's parameters on."""
    plain = [a.arg for a in (*given.posonlyargs, *given.args)]
    rest = [f"*{given.vararg.arg}"] if given.vararg else []
    words = [f"{a.arg}={a.arg}" for a in given.kwonlyargs]
    return [*plain, *rest, *words, *([f"**{given.kwarg.arg}"] if given.kwarg else [])]


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
    # its text can be read for as long as it can run
    weakref.finalize(function, linecache.cache.pop, filename, None).atexit = False
    return function
