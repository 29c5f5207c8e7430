"""The functions of a package that may be numeric: found by importing its modules, told by their
syntax."""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import pkgutil
import types
from collections.abc import Iterator
from typing import Any

_NOT_LIBRARY = {"tests", "test", "testing", "conftest", "__main__", "setup", "examples", "vendored"}
_TOUCHES = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}
_OUTSIDE = {"os", "sys", "subprocess", "socket", "requests", "urllib", "shutil", "plt", "warnings_"}
_KINDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def modules(package: str) -> Iterator[types.ModuleType]:
    """A package's modules; those that cannot be imported here are left out."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(getattr(root, "__path__", []), f"{package}."):
        if _NOT_LIBRARY & set(found.name.split(".")) or ".test_" in found.name:
            continue
        try:
            yield importlib.import_module(found.name)
        except BaseException:
            continue


def functions(package: str) -> Iterator[tuple[str, str]]:
    """(module, qualified name) of each function and static method worth calling."""
    seen: set[types.CodeType] = set()
    for module in modules(package):
        for name, value in list(vars(module).items()):
            for qualname, f in _members(name, value, module):
                if f.__code__ not in seen and worthwhile(f):
                    seen.add(f.__code__)
                    yield module.__name__, qualname


def _members(
    name: str, value: Any, module: types.ModuleType
) -> Iterator[tuple[str, types.FunctionType]]:
    """A name's functions: itself, or a class's static methods; only what the module defines."""
    if getattr(value, "__module__", None) != module.__name__:
        return
    if isinstance(value, types.FunctionType):
        yield name, value
    elif isinstance(value, type):
        for key, member in list(vars(value).items()):
            if isinstance(member, staticmethod) and isinstance(member.__func__, types.FunctionType):
                yield f"{name}.{key}", member.__func__


def worthwhile(f: types.FunctionType) -> bool:
    """Whether the syntax speaks of a function of numbers: parameters, a result, no I/O."""
    code = f.__code__
    if code.co_flags & _KINDS or not code.co_argcount + code.co_kwonlyargcount:
        return False
    tree = syntax(f)
    return tree is not None and _returns(tree) and not any(map(_touches, ast.walk(tree)))


def syntax(f: types.FunctionType) -> ast.FunctionDef | None:
    """The definition of a function, by the first line of its code; None for lambdas."""
    lines = linecache.getlines(f.__code__.co_filename, f.__globals__)
    try:
        block = inspect.getblock(lines[f.__code__.co_firstlineno - 1 :])
        head = "if 1:\n" if block[0][0].isspace() else ""
        tree = ast.parse(head + "".join(block))
    except (SyntaxError, IndexError):
        return None
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    return next((n for n in found if n.name == f.__code__.co_name), None)


def _returns(tree: ast.FunctionDef) -> bool:
    """A value is returned, and it is not only text or a flag."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            plain = node.value
            constant = isinstance(plain, ast.Constant) and not isinstance(plain.value, float)
            if not constant and not isinstance(plain, (ast.JoinedStr, ast.Compare)):
                return True
    return False


def _touches(node: ast.AST) -> bool:
    """Whether a node speaks to the world outside."""
    if not isinstance(node, ast.Call):
        return False
    f = node.func
    if isinstance(f, ast.Name):
        return f.id in _TOUCHES
    while isinstance(f, ast.Attribute):
        f = f.value
    return isinstance(f, ast.Name) and f.id in _OUTSIDE
