"""Where a function is written: its syntax tree, in the text that Python compiled.

The text is what ``linecache`` has: a file, a notebook cell, a doctest, a zip's member, anything
registered there.  The tree keeps the positions of the file; lambdas are told apart by the positions
of their code object, so several may share a line.  A file that was written to since this process
began may not be what runs: then the text is compiled again, and must give the same code."""

from __future__ import annotations
import __future__

import ast
import functools
import inspect
import linecache
import operator
import os
import time
import types
from collections.abc import Iterator
from typing import Any

from symdiff.errors import CaptureError
from symdiff.recent import Recent
from symdiff.records import dataclass
from symdiff.syntax import definitions, nodes
from symdiff.uncollected import Uncollected

HINT = (
    "define the function in a file, a notebook cell or the 3.13 REPL; or save its gradient where "
    "there is source, grad(f).save(path), and import that file here"
)
_BEGAN = time.time()
# what ``exec`` of a text inherits from the module that it stands in
_FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


def title(f: object) -> str:
    """What a callable is called in messages."""
    return str(getattr(f, "__qualname__", None) or repr(f))


def definition(f: types.FunctionType) -> tuple[ast.FunctionDef | ast.Lambda, str]:
    """The syntax tree of a function and its lines, decorators included."""
    code = f.__code__
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise CaptureError(
            f"{code.co_filename}:{code.co_firstlineno}: {title(f)} is asynchronous",
            "it does not return a value",
            "return a number or a list",
        )
    parsed = _file(f)
    tree = _find(f, parsed)
    if parsed.codes is not None and code not in parsed.codes:
        raise _moved(f)
    return tree, _source(tree, parsed.lines)


@dataclass(slots=True)
class _File:
    """A parsed file: its functions by the first line of their code objects."""

    lines: list[str]
    tree: ast.Module
    codes: frozenset[types.CodeType] | None  # what it compiles to, where another text may run
    functions: dict[int, list[ast.FunctionDef | ast.AsyncFunctionDef]]
    lambdas: dict[int, list[ast.Lambda]] | None = None  # not looked for before one is asked for

    def lambdas_of(self, line: int) -> list[ast.Lambda]:
        """The lambdas that begin on a line."""
        if self.lambdas is None:
            self.lambdas = {}
            for node in nodes(self.tree):
                if isinstance(node, ast.Lambda):
                    self.lambdas.setdefault(node.lineno, []).append(node)
        return self.lambdas.get(line, [])


def _within(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _within(const)


# what exec'd texts have as their file; Python 3.13 knows the text of ``python -c`` by the same name
_SHARED = ("<string>",)
_PARSED: Recent[str, tuple[int, _File]] = Recent(256)


def _find(f: types.FunctionType, parsed: _File) -> ast.FunctionDef | ast.Lambda:
    code = f.__code__
    if code.co_name == "<lambda>":
        return _find_lambda(f, parsed)
    for node in parsed.functions.get(code.co_firstlineno, ()):
        if node.name == code.co_name and isinstance(node, ast.FunctionDef):
            return node
    raise _moved(f)


def _moved(f: types.FunctionType) -> CaptureError:
    code = f.__code__
    if code.co_filename in _SHARED:
        return _unknown(f)
    return CaptureError(
        f"{title(f)} is not where its code says",
        f"line {code.co_firstlineno} of {code.co_filename} is another text",
        "reload the module; its file changed after it was imported",
    )


def _unknown(f: types.FunctionType) -> CaptureError:
    return CaptureError(
        f"{title(f)} has no source", f"nothing is known of {f.__code__.co_filename}", HINT
    )


def _file(f: types.FunctionType) -> _File:
    name = f.__code__.co_filename
    linecache.checkcache(name)
    lines = (
        linecache.getlines(name, f.__globals__) or _interactive(f.__code__) or _frozen(f)
    )
    if not lines:
        raise _unknown(f)
    key = hash(tuple(lines))
    found = _PARSED.get(name)
    if found is not None and found[0] == key:
        return found[1]
    try:
        with Uncollected():
            tree = ast.parse("".join(lines))
    except SyntaxError as err:
        raise CaptureError(f"the source of {title(f)} does not parse", str(err), HINT) from None
    codes = None
    if name in _SHARED or _written_since(name):
        future = f.__code__.co_flags & _FUTURE
        codes = frozenset(_within(compile(tree, name, "exec", future, dont_inherit=True)))
    parsed = _File(lines, tree, codes, {})
    for node in definitions(tree):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        parsed.functions.setdefault(first, []).append(node)
    _PARSED[name] = (key, parsed)
    return parsed


def _interactive(code: types.CodeType) -> list[str]:
    """The lines of a REPL's input, which later versions of Python 3.13 keep by code object."""
    lines_of = getattr(linecache, "_getlines_from_code", None)
    return list(lines_of(code)) if lines_of is not None else []


def _frozen(f: types.FunctionType) -> list[str]:
    """The lines of a module of the standard library that is part of the interpreter, as
    ``_collections_abc`` is: its file lies beside the others."""
    if not f.__code__.co_filename.startswith("<frozen "):
        return []
    return linecache.getlines(f.__globals__.get("__file__") or "")


def _written_since(name: str) -> bool:
    """Whether a file is newer than this process, so that what was imported may be another text."""
    try:
        return os.stat(name).st_mtime > _BEGAN
    except OSError:
        return False


def _find_lambda(f: types.FunctionType, parsed: _File) -> ast.Lambda:
    code = f.__code__
    found = parsed.lambdas_of(code.co_firstlineno)
    if len(found) > 1:
        spots = {p for p in code.co_positions() if p[2] is not None}
        lines = parsed.lines
        placed = [n for n in found if _covers(n.body, spots, lines)]
        # Python 3.12 gives no place to what only returns a constant
        found = placed or [n for n in found if _returns_constant(n, code)]
    if len(found) != 1:
        raise CaptureError(
            "the lambda's source cannot be told apart",
            f"line {code.co_firstlineno} has several",
            "use def",
        )
    return found[0]


def _returns_constant(node: ast.Lambda, code: types.CodeType) -> bool:
    """Whether a lambda has a constant as its body that is the last one of a code object."""
    body, consts = node.body, code.co_consts
    return isinstance(body, ast.Constant) and bool(consts) and repr(consts[-1]) == repr(body.value)


def _covers(body: ast.expr, spots: set[Any], lines: list[str]) -> bool:
    """Whether a code object's positions include exactly this body (the value it returns)."""
    start, end = _bytes_to_chars(body, lines)
    return (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset) in spots or (
        body.lineno,
        body.end_lineno,
        start,
        end,
    ) in spots


def _bytes_to_chars(node: ast.expr, lines: list[str]) -> tuple[int, int]:
    first = lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="ignore")
    last = (
        lines[(node.end_lineno or node.lineno) - 1]
        .encode()[: node.end_col_offset]
        .decode(errors="ignore")
    )
    return len(first), len(last)


def _source(tree: ast.FunctionDef | ast.Lambda, lines: list[str]) -> str:
    first = tree.lineno
    if isinstance(tree, ast.FunctionDef) and tree.decorator_list:
        first = min(first, *(d.lineno for d in tree.decorator_list))
    return "".join(lines[first - 1 : tree.end_lineno])
