"""From a callable to its syntax tree and the places its names come from, without running it.

``__wrapped__`` is not followed: what runs is what is read."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import types
from collections.abc import Callable
from typing import Any

from symdiff.errors import CaptureError
from symdiff.frontend.definition import definition, title
from symdiff.records import dataclass, field

CACHED = type(functools.lru_cache(lambda: None))


@dataclass(frozen=True, slots=True)
class Capture:
    """A number or a list that a name stands for: read again at every call.

    ``how`` is global (``holder`` is the dict, or a list), cell (a closure cell), attr
    (``getattr(holder, key)``) or size (``len(holder)``)."""

    name: str
    holder: Any
    key: Any
    how: str

    def read(self) -> Any:
        if self.how == "cell":
            return self.holder.cell_contents
        if self.how == "size":
            return len(self.holder)
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
    while isinstance(f, (functools.partial, CACHED)):
        if isinstance(f, functools.partial):
            args, kwargs = (*f.args, *args), {**f.keywords, **kwargs}
            f = f.func
        else:
            f = f.__wrapped__  # a cache changes no value
    if isinstance(f, types.MethodType):
        args, f = (f.__self__, *args), f.__func__
    elif not isinstance(f, (types.FunctionType, type)):
        call = inspect.getattr_static(type(f), "__call__", None)
        if isinstance(call, types.FunctionType):  # a callable object
            args, f = (f, *args), call
    if not isinstance(f, types.FunctionType):
        raise CaptureError(
            f"{title(f)} has no Python source",
            f"it is a {type(f).__name__}",
            "wrap it in a function that says what it computes",
        )
    tree, source = definition(f)
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
