"""From a callable to its syntax tree and the places its names come from, without running it.

The tree keeps the positions of the file; lambdas are told apart by the positions of their code
object, so several may share a line. ``__wrapped__`` is not followed: what runs is what is read."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import linecache
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symdiff.errors import CaptureError
from symdiff.syntax import definitions, nodes

HINT = "define the function in a file, a notebook cell or the 3.13 REPL"


@dataclass(frozen=True, slots=True)
class Capture:
    """A number or a list that a name stands for: read again at every call.

    ``how`` is global (``holder`` is the dict), cell (a closure cell) or attr (``getattr(holder,
    key)``)."""

    name: str
    holder: Any
    key: str
    how: str

    def read(self) -> Any:
        if self.how == "cell":
            return self.holder.cell_contents
        return self.holder[self.key] if self.how == "global" else getattr(self.holder, self.key)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as written: ``kind`` is positional, keyword, varargs or varkeywords."""

    name: str
    kind: str
    has_default: bool
    annotation: Any = None


@dataclass(slots=True)
class Captured:
    """A function as its source has it, with everything needed to resolve its names."""

    func: types.FunctionType
    name: str
    tree: ast.FunctionDef | ast.Lambda
    file: str
    line: int
    globals: dict[str, Any]
    cells: dict[str, Any]
    defaults: dict[str, Any]
    parameters: list[Parameter]
    doc: str
    source: str
    hash: str
    fixed_args: tuple[Any, ...] = ()
    fixed_kwargs: dict[str, Any] = field(default_factory=dict)


def capture(f: Callable[..., Any]) -> Captured:
    """Read the source of ``f``; a ``functools.partial`` keeps what it fixed."""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    while isinstance(f, functools.partial):
        args, kwargs = (*f.args, *args), {**f.keywords, **kwargs}
        f = f.func
    if isinstance(f, types.MethodType):
        args, f = (f.__self__, *args), f.__func__
    if not isinstance(f, types.FunctionType):
        raise CaptureError(
            f"{_name(f)} has no Python source",
            f"it is a {type(f).__name__}",
            "wrap it in a function that says what it computes",
        )
    tree, lines = _find(f)
    source = _source(tree, lines)
    return Captured(
        f,
        f.__name__,
        tree,
        f.__code__.co_filename,
        tree.lineno,
        f.__globals__,
        _cells(f),
        _defaults(f),
        _parameters(f),
        inspect.cleandoc(f.__doc__) if f.__doc__ else "",
        source,
        hashlib.sha256(source.encode()).hexdigest()[:16],
        args,
        kwargs,
    )


def _name(f: object) -> str:
    return str(getattr(f, "__qualname__", None) or repr(f))


def _cells(f: types.FunctionType) -> dict[str, Any]:
    return dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))


def _defaults(f: types.FunctionType) -> dict[str, Any]:
    code = f.__code__
    names = code.co_varnames[: code.co_argcount]
    values = f.__defaults__ or ()
    return {
        **dict(zip(names[len(names) - len(values) :], values, strict=True)),
        **(f.__kwdefaults__ or {}),
    }


def _parameters(f: types.FunctionType) -> list[Parameter]:
    code = f.__code__
    known = _defaults(f)
    notes = dict(f.__annotations__)
    count, only = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    rows = [(n, "positional") for n in names[:count]]
    extra = count + only
    if code.co_flags & inspect.CO_VARARGS:
        rows.append((names[extra], "varargs"))
        extra += 1
    rows += [(n, "keyword") for n in names[count : count + only]]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        rows.append((names[extra], "varkeywords"))
    return [Parameter(n, kind, n in known, _annotation(notes.get(n), f)) for n, kind in rows]


def _annotation(note: Any, f: types.FunctionType) -> Any:
    """The object behind a hint; a string (postponed evaluation) is looked up if it is a plain
    name."""
    if isinstance(note, str):
        builtin = {"float": float, "int": int, "bool": bool, "str": str}
        return builtin.get(note) or f.__globals__.get(note, note)
    return note


# -- finding the tree ------------------------------------------------------------------------------


@dataclass(slots=True)
class _File:
    """A parsed file: its functions by the first line of their code objects."""

    lines: list[str]
    tree: ast.Module
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


_PARSED: dict[str, tuple[int, _File]] = {}


def _find(f: types.FunctionType) -> tuple[ast.FunctionDef | ast.Lambda, list[str]]:
    code = f.__code__
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        kind = "a generator" if code.co_flags & inspect.CO_GENERATOR else "asynchronous"
        raise CaptureError(
            f"{code.co_filename}:{code.co_firstlineno}: {_name(f)} is {kind}",
            "it does not return a value",
            "return a number or a list",
        )
    parsed = _file(f)
    if code.co_name == "<lambda>":
        return _find_lambda(f, parsed), parsed.lines
    for node in parsed.functions.get(code.co_firstlineno, ()):
        if node.name == code.co_name and isinstance(node, ast.FunctionDef):
            return node, parsed.lines
    raise CaptureError(
        f"{_name(f)} is not where its code says",
        f"line {code.co_firstlineno} of {code.co_filename} is another text",
        "reload the module; its file changed after it was imported",
    )


def _file(f: types.FunctionType) -> _File:
    name = f.__code__.co_filename
    lines = linecache.getlines(name, f.__globals__)
    if not lines:
        raise CaptureError(f"{_name(f)} has no source", f"nothing is known of {name}", HINT)
    key = hash(tuple(lines))
    found = _PARSED.get(name)
    if found is not None and found[0] == key:
        return found[1]
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError as err:
        raise CaptureError(f"the source of {_name(f)} does not parse", str(err), HINT) from None
    parsed = _File(lines, tree, {})
    for node in definitions(tree):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        parsed.functions.setdefault(first, []).append(node)
    _PARSED[name] = (key, parsed)
    return parsed


def _find_lambda(f: types.FunctionType, parsed: _File) -> ast.Lambda:
    code = f.__code__
    found = parsed.lambdas_of(code.co_firstlineno)
    if len(found) > 1:
        spots = {p for p in code.co_positions() if p[2] is not None}
        lines = parsed.lines
        found = [n for n in found if _covers(n.body, spots, lines)]
    if len(found) != 1:
        raise CaptureError(
            "the lambda's source cannot be told apart",
            f"line {code.co_firstlineno} has several",
            "use def",
        )
    return found[0]


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
