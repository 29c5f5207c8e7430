"""What a command line says: where the function is, the types of its arguments, a point.

``FILE.py:FUNC`` or ``package.module:FUNC``; ``X=f64[n,m]``; ``w0=2,xs=[1, 2],X=@data.npy``.
The file is imported, because names are resolved in it; what it prints while it is imported goes to
standard error.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from symdiff import notation
from symdiff.annotations import is_fixed, of_parameter
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontend.capture import Captured, capture
from symdiff.ir.types import ArrayType, ListType, Node, Static, Tree, TupleType, Type
from symdiff.report.subject import Subject, subject, undecorated
from symdiff.report.uses import types_by_use
from symdiff.signature import agrees, checked, describe, members, promoted, rebuilt, tree_of


class UsageError(Exception):
    """The command line does not say what it must."""


class ImportFailed(SymdiffError):
    """The user's file raised while it was imported."""


# -- the function ---


def function_at(place: str) -> Callable[..., Any]:
    """The function that ``FILE.py:FUNC`` or ``package.module:FUNC`` names; FUNC may be dotted."""
    where, _, name = place.rpartition(":")
    if not where or not name:
        raise UsageError(f"{place!r} is not FILE.py:FUNC or package.module:FUNC")
    module = _file(Path(where)) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            known = [
                n
                for n, v in vars(module).items()
                if callable(v) and getattr(v, "__module__", "") == module.__name__
            ]
            raise UsageError(
                f"{where} has no {name!r}; it has {', '.join(known) or 'no functions'}"
            ) from None
    if not callable(found) or isinstance(found, type):
        raise UsageError(f"{place} is {type(found).__name__!r}, not a function")
    return undecorated(found)


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}")
    name = (
        path.stem
        if path.stem not in sys.modules and path.stem.isidentifier()
        else f"_symdiff_{path.stem}"
    )
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up
    sys.path.insert(0, str(path.resolve().parent))
    with _importing(str(path)):
        spec.loader.exec_module(module)
    return module


def _module(name: str) -> ModuleType:
    sys.path.insert(0, "")
    with _importing(name):
        return importlib.import_module(name)
    raise AssertionError("unreachable")


@contextlib.contextmanager
def _importing(what: str) -> Iterator[None]:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as err:
        last = traceback.extract_tb(err.__traceback__)[-1]
        line = err.lineno if isinstance(err, SyntaxError) else last.lineno
        file = err.filename if isinstance(err, SyntaxError) else last.filename
        if isinstance(err, SymdiffError):
            raise
        detail = f" ({file}:{line})" if "importlib" not in str(file) else ""
        raise ImportFailed(
            f"{what} cannot be imported: {type(err).__name__}: {err}{detail}"
        ) from None


# -- types and points ---


def type_of(text: str) -> Tree:
    """A type as written: ``float``, ``list[list[float]]``, ``tuple[float, int]``, ``f64[n,m]``,
    ``str:linear``, ``None``."""
    try:
        return notation.type_of(text)
    except notation.NotAType as err:
        raise UsageError(str(err)) from None


def types_of(options: Sequence[str]) -> dict[str, str]:
    """The ``--arg NAME=TYPE`` options: each type as it is written."""
    found = {}
    for option in options:
        name, sign, text = option.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"--arg {option!r} is not NAME=TYPE")
        type_of(text.strip())
        found[name.strip()] = text.strip()
    return found


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
                "@file.npy)"
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
        raise UsageError(f"{path} cannot be read: {err}") from None


def names_of(text: str | None) -> list[str] | None:
    """``--wrt a,b``."""
    if text is None:
        return None
    names = [n.strip() for n in text.split(",") if n.strip()]
    if not names or len(set(names)) < len(names):
        raise UsageError(f"--wrt {text!r} is not a list of different names")
    return names


# -- the subject ---


def subject_at(
    function: Callable[..., Any],
    written: Mapping[str, str],
    point: Mapping[str, Any],
    wrt: Sequence[str] | None,
) -> Subject:
    """What the command line describes: types as written, else annotations, else values together
    with use, else use. An array that is given says itself which of its sizes are 1."""
    captured = capture(function)
    names = [p.name for p in captured.parameters]
    for name in (*written, *point, *(wrt or ())):
        if name not in names:
            raise UsageError(f"{name!r} is not a parameter of {captured.name}({', '.join(names)})")
    types = {name: type_of(text) for name, text in written.items()}
    known = {**_used(captured, point), **types}
    star = next((p.name for p in captured.parameters if p.kind == "varargs"), "")
    if star in point:
        known[star] = _floats(tree_of(tuple(point[star]), star))
    for name, value in point.items():
        if name == star:
            continue
        declared = known.get(name) or _declared(captured, name)
        if declared is None:
            continue
        if is_fixed(declared):
            checked(value, declared, name)
        else:
            known[name] = tree_of(shaped(value, declared, name), name)
    made = subject(function, known, wrt, point)
    made.sizes |= {name: notation.sizes_of(text) for name, text in written.items()}
    if any(getattr(v, "__name__", "") == "numpy" for v in captured.globals.values()):
        made.assumed = tuple(
            p.name
            for k, p in enumerate(captured.parameters)
            if p.annotation is None
            and not p.has_default
            and p.name not in {*written, *point, *captured.fixed_kwargs}
            and k >= len(captured.fixed_args)
        )
    return made


def shaped(value: Any, tree: Tree, name: str) -> Any:
    """A value with lists of numbers as arrays where the type has arrays."""
    if isinstance(tree, Node) and isinstance(value, (list, tuple, dict)):
        if len(value) != len(tree.keys):
            raise UsageError(f"{name} has {len(value)} parts where {describe(tree)} has"
                             f" {len(tree.keys)}")
        pairs = zip(members(tree, value), tree.children, strict=True)
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
    raise UsageError(f"{name} is {found}, not a {t}")


def _declared(captured: Captured, name: str) -> Tree | None:
    annotation = next(p.annotation for p in captured.parameters if p.name == name)
    return of_parameter(annotation, captured.func) if annotation is not None else None


def _used(captured: Captured, point: Mapping[str, Any]) -> dict[str, Tree]:
    """Types by use; a value that is given decides where it does not agree, and widens ints to the
    floats of use."""
    found: dict[str, Tree] = {}
    for name, by_use in types_by_use(captured).items():
        if name not in point:
            found[name] = by_use
            continue
        tree = tree_of(point[name], name)
        if agrees(tree, by_use):
            found[name] = by_use
        elif isinstance(tree, (ListType, TupleType)):
            found[name] = promoted(tree)
        elif isinstance(tree, Node) and tree.kind == "tuple":
            found[name] = _floats(tree)
        else:
            found[name] = tree
    return found


def _floats(tree: Tree) -> Tree:
    """A tuple written with ints as one of floats."""
    if isinstance(tree, Node):
        return Node(tree.kind, tree.keys, tuple(map(_floats, tree.children)), tree.cls)
    return promoted(tree) if isinstance(tree, Type) else tree


def values_at(made: Subject, point: Mapping[str, Any]) -> list[Any]:
    """The bound values of a point; what is missing is a mistake of the command line."""
    parameters = made.captured.parameters
    fixed = {p.name for p in parameters[: len(made.captured.fixed_args)]} | {
        *made.captured.fixed_kwargs
    }
    point = {n: shaped(v, t, n) for (n, t) in made.params if n in point for v in [point[n]]}
    named = {n: t.value for n, t in made.params if isinstance(t, Static) and n not in fixed} | dict(
        point
    )
    missing = [
        p.name
        for p in parameters
        if p.kind in ("positional", "keyword")
        and not p.has_default
        and p.name not in {*named, *fixed}
    ]
    if missing:
        raise UsageError(f"--at gives no value for {', '.join(missing)}")
    args: list[Any] = []
    star = next((p.name for p in parameters if p.kind == "varargs"), None)
    if star in named:  # what stands before *args must then be positional too
        before = [p.name for p in parameters if p.kind == "positional" and p.name not in fixed]
        args = [*(named.pop(n) for n in before if n in named), *named.pop(star)]
    try:
        return made.bind(args, named)
    except TypeError as err:
        if isinstance(err, ArgumentError):
            raise
        raise UsageError(str(err)) from None
