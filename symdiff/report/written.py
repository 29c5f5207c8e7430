"""What a command line says: where the function is, the types of its arguments, a point.

``FILE.py:FUNC`` or ``package.module:FUNC``; ``X=f64[n,m]``; ``w0=2,xs=[1, 2],X=@data.npy``.
The file is imported, because names are resolved in it; what it prints while it is imported goes to
standard error.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
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
from symdiff.ir.types import ListType, Node, Static, Tree, TupleType, Type
from symdiff.report.literals import UsageError, shaped
from symdiff.report.subject import Subject, subject, undecorated
from symdiff.report.uses import types_by_use
from symdiff.signature import agrees, checked, promoted, tree_of


class ImportFailed(SymdiffError):
    """The user's file raised while it was imported."""


# -- the function ---


def function_at(place: str) -> Callable[..., Any]:
    """The function that ``FILE.py:FUNC`` or ``package.module:FUNC`` names; FUNC may be dotted."""
    where, _, name = place.rpartition(":")
    if not where or not name:
        raise UsageError(
            f"{place!r} is not FILE.py:FUNC or package.module:FUNC",
            f"name the function: {place.rstrip(':') or 'FILE.py'}:FUNC",
        )
    module = _file(Path(where)) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise _no_function(where, name, module) from None
    if isinstance(found, type):
        raise UsageError(
            f"{place} is a class, not a function", f"name one of its methods: {place}.METHOD"
        )
    if not callable(found):
        raise UsageError(
            f"{place} is a {type(found).__name__}, not a function",
            f"name one of {', '.join(_functions(module)) or 'its functions'}",
        )
    return undecorated(found)


def _functions(module: ModuleType) -> list[str]:
    """The names of what a module defines itself and can be called."""
    return [
        n
        for n, v in vars(module).items()
        if callable(v) and getattr(v, "__module__", "") == module.__name__
    ]


def _no_function(where: str, name: str, module: ModuleType) -> UsageError:
    known = _functions(module)
    likely = difflib.get_close_matches(name, known, 1)
    return UsageError(
        f"{where} has no {name!r}; it has {', '.join(known) or 'no functions'}",
        f"did you mean {likely[0]}?" if likely else "",
    )


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        near = [str(p) for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        likely = difflib.get_close_matches(str(path), near, 1)
        raise UsageError(
            f"there is no file {str(path)!r}",
            f"did you mean {likely[0]}?" if likely else f"the path is taken from {Path.cwd()}",
        )
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
            raise UsageError(
                f"--arg {option!r} is not NAME=TYPE", "for example --arg x=float, --arg X=f64[n,m]"
            )
        type_of(text.strip())
        found[name.strip()] = text.strip()
    return found


def names_of(text: str | None) -> list[str] | None:
    """``--wrt a,b``."""
    if text is None:
        return None
    names = [n.strip() for n in text.split(",") if n.strip()]
    if not names or len(set(names)) < len(names):
        raise UsageError(f"--wrt {text!r} is not a list of different names", "--wrt a,b")
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
    extra = _extra(captured)
    for name in (*(() if extra else (*written, *point)), *(wrt or ())):
        _require_parameter(captured, name)
    point = collected(captured, point)
    types = _grouped({name: type_of(text) for name, text in written.items()}, captured)
    known = {**_used(captured, point), **types}
    star = next((p.name for p in captured.parameters if p.kind == "varargs"), "")
    if star in point:
        if not isinstance(point[star], (list, tuple)):
            raise UsageError(f"{star} is {point[star]!r}, no list", f"--at '{star}=[1.0, 2.0]'")
        known[star] = _floats(tree_of(tuple(point[star]), star))
    if extra in point:
        known[extra] = _floats(tree_of(point[extra], extra))
    for name, value in point.items():
        if name in (star, extra):
            continue
        declared = known.get(name) or _declared(captured, name)
        if declared is None:
            continue
        if is_fixed(declared):
            checked(shaped(value, declared, name), declared, name)
        else:
            known[name] = tree_of(shaped(value, declared, name), name)
    made = subject(function, known, wrt, point)
    made.listed = tuple(n for n, v in point.items() if type(v) is list and n not in types)
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


def _extra(captured: Captured) -> str:
    """The name of ``**kwargs``, if there are any."""
    return next((p.name for p in captured.parameters if p.kind == "varkeywords"), "")


def _require_parameter(captured: Captured, name: str) -> None:
    names = [p.name for p in captured.parameters]
    if name not in names:
        likely = difflib.get_close_matches(name, names, 1)
        raise UsageError(
            f"{name!r} is not a parameter of {captured.name}({', '.join(names)})",
            f"did you mean {likely[0]}?" if likely else "",
        )


def collected(captured: Captured, point: Mapping[str, Any]) -> dict[str, Any]:
    """A point with what no parameter has the name of in ``**kwargs``."""
    names, extra = {p.name for p in captured.parameters}, _extra(captured)
    made = {n: v for n, v in point.items() if n in names}
    rest = {n: v for n, v in point.items() if n not in names}
    given = made.get(extra, {})
    if rest or (extra and extra in made):
        if not isinstance(given, dict):
            raise UsageError(f"{extra} is {given!r}, no dict", f"--at '{extra}={{...}}'")
        made[extra] = {**given, **rest}
    return made


def _grouped(types: Mapping[str, Tree], captured: Captured) -> dict[str, Tree]:
    """Types with those of no parameter as the type of ``**kwargs``."""
    names = {p.name for p in captured.parameters}
    rest = {n: t for n, t in types.items() if n not in names}
    made = {n: t for n, t in types.items() if n in names}
    if rest:
        made[_extra(captured)] = Node("dict", tuple(rest), tuple(rest.values()))
    return made


def _declared(captured: Captured, name: str) -> Tree | None:
    annotation = next(p.annotation for p in captured.parameters if p.name == name)
    return of_parameter(annotation, captured.func) if annotation is not None else None


def _used(captured: Captured, point: Mapping[str, Any]) -> dict[str, Tree]:
    """Types by use; a value that is given decides where it does not agree, and widens ints to the
    floats of use."""
    found: dict[str, Tree] = {}
    fixed = {p.name for p in captured.parameters[: len(captured.fixed_args)]}
    for name, by_use in types_by_use(captured).items():
        if name in fixed or name in captured.fixed_kwargs:
            continue
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
    point = collected(made.captured, point)
    fixed = {p.name for p in parameters[: len(made.captured.fixed_args)]} | {
        *made.captured.fixed_kwargs
    }
    point = {n: shaped(v, t, n) for (n, t) in made.params if n in point for v in [point[n]]}
    named = {n: t.value for n, t in made.params if isinstance(t, Static) and n not in fixed} | point
    missing = [
        p.name
        for p in parameters
        if p.kind in ("positional", "keyword")
        and not p.has_default
        and p.name not in {*named, *fixed}
    ]
    if missing:
        more = ",".join(f"{n}=..." for n in missing)
        raise UsageError(f"--at gives no value for {', '.join(missing)}", f"add {more}")
    args: list[Any] = []
    star = next((p.name for p in parameters if p.kind == "varargs"), None)
    if star in named:  # what stands before *args must then be positional too
        before = [p.name for p in parameters if p.kind == "positional" and p.name not in fixed]
        args = [*(named.pop(n) for n in before if n in named), *named.pop(star)]
    extra = _extra(made.captured)
    named |= named.pop(extra, {})
    try:
        return made.bind(args, named)
    except TypeError as err:
        if isinstance(err, ArgumentError):
            raise
        raise UsageError(f"--at does not fit {made.captured.name}: {err}") from None
