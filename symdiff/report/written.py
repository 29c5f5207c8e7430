"""What a command line says: where the function is, the types of its arguments, a point.

``FILE.py:FUNC`` or ``package.module:FUNC``; ``xs=list[float]``; ``w0=2,xs=[1, 2]``.  The file is
imported, because names are resolved in it; what it prints while it is imported goes to standard
error.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontend.capture import Captured, capture
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    ListType,
    Node,
    Static,
    Tree,
    TupleType,
    Type,
    list_of,
    tuple_of,
)
from symdiff.report.subject import Subject, subject, undecorated
from symdiff.report.uses import types_by_use
from symdiff.signature import agrees, annotated, checked, promoted, tree_of

_TYPES = "write float, int, bool, list[float], tuple[float, int], str:VALUE"
_SCALARS = {"float": FLOAT, "int": INT, "bool": BOOL}


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
    """A type as written: ``float``, ``list[list[float]]``, ``tuple[float, int]``, ``str:linear``,
    ``None``."""
    if text.startswith("str:"):
        return Static(text[4:])
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise UsageError(f"{text!r} is not a type; {_TYPES}") from None
    return _tree(node, text)


def _tree(node: ast.expr, text: str) -> Tree:
    match node:
        case ast.Name(id=name) if name in _SCALARS:
            return _SCALARS[name]
        case ast.Constant(value=value) if value is None or isinstance(value, str):
            return Static(value)
        case ast.Subscript(ast.Name(id="list"), inner):
            return list_of(_element(inner, text))
        case ast.Subscript(ast.Name(id="tuple"), ast.Tuple(elts=parts)):
            return Node("tuple", tuple(range(len(parts))), tuple(_tree(p, text) for p in parts))
        case ast.Subscript(ast.Name(id="tuple"), one):
            return Node("tuple", (0,), (_tree(one, text),))
    raise UsageError(f"{text!r} is not a type; {_TYPES}")


def _element(node: ast.expr, text: str) -> Type:
    match node:
        case ast.Subscript(ast.Name(id="tuple"), ast.Tuple(elts=parts)):
            return tuple_of(*(_element(p, text) for p in parts))
    tree = _tree(node, text)
    if not isinstance(tree, Type):
        raise UsageError(
            f"{text!r}: the elements of a list are numbers, lists or tuples of numbers"
        )
    return tree


def types_of(options: Sequence[str]) -> dict[str, Tree]:
    """The ``--arg NAME=TYPE`` options."""
    found = {}
    for option in options:
        name, sign, text = option.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"--arg {option!r} is not NAME=TYPE")
        found[name.strip()] = type_of(text.strip())
    return found


def point_of(options: Sequence[str]) -> dict[str, Any]:
    """The ``--at a=1,xs=[1, 2]`` options: Python literals, as keyword arguments."""
    found: dict[str, Any] = {}
    for option in options:
        try:
            call = ast.parse(f"f({option})", mode="eval").body
            assert isinstance(call, ast.Call)
            if call.args or any(k.arg is None for k in call.keywords):
                raise ValueError
            found |= {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        except (SyntaxError, ValueError):
            raise UsageError(
                f"--at {option!r} is not a list of NAME=VALUE with Python literals"
            ) from None
    return found


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
    types: Mapping[str, Tree],
    point: Mapping[str, Any],
    wrt: Sequence[str] | None,
) -> Subject:
    """What the command line describes: given types, else annotations, else values together with
    use, else use."""
    captured = capture(function)
    names = [p.name for p in captured.parameters]
    for name in (*types, *point, *(wrt or ())):
        if name not in names:
            raise UsageError(f"{name!r} is not a parameter of {captured.name}({', '.join(names)})")
    known = {**_used(captured, point), **types}
    star = next((p.name for p in captured.parameters if p.kind == "varargs"), "")
    if star in point:
        known[star] = _floats(tree_of(tuple(point[star]), star))
    for name, value in point.items():
        if name == star:
            continue
        declared = known.get(name) or _declared(captured, name)
        if declared is not None:
            checked(value, declared, name)
    return subject(function, known, wrt, point)


def _declared(captured: Captured, name: str) -> Tree | None:
    annotation = next(p.annotation for p in captured.parameters if p.name == name)
    return annotated(annotation) if annotation is not None else None


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
