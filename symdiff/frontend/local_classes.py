"""Classes that a function defines: made anew where the function is compiled.

The class is a real one, so that everything about its bases, its order of look-up and what
``dataclass`` adds is Python's own.  Nothing of the user's runs for it: where a method would be,
there is a stand-in, by which the method's text is found when it is called, in the scope it was
written in; a value that depends on data is held in the same way."""

from __future__ import annotations

import ast
import collections
import dataclasses
import enum
import functools
import types
import typing
from abc import ABCMeta
from typing import Any, NoReturn

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend import iterate, names
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering, Scope, statement
from symdiff.frontend.displays import static_key
from symdiff.frontend.values import Abstract, Closure, Const, Held, describe
from symdiff.ir.core import Value

_METACLASSES = (type, ABCMeta, enum.EnumMeta, type(typing.NamedTuple("N", [])))
_WRAPPERS = (property, staticmethod, classmethod, functools.cached_property)
_PARTS = ("setter", "getter", "deleter")  # of a property
HINT = "define it at the top of the module"

Space = dict[str, Any]


@statement(ast.ClassDef)
def local_class(lo: Lowering, node: ast.ClassDef) -> None:
    """``class C: ...`` inside a function."""
    bases = tuple(_known(lo, b) for b in node.bases)
    _check(lo, node, bases)
    cell = types.CellType()
    inner = Scope(
        node.name,
        lo.scope.file,
        lo.scope.globals,
        {**lo.scope.cells, "__class__": cell},
        lo.scope,
        private=node.name,
        level=lo.scope.level,
    )
    inner.cells["__class__"] = cell
    space: Space = {
        "__module__": lo.scope.globals.get("__name__", ""),
        "__qualname__": f"{lo.scope.name}.<locals>.{node.name}",
    }
    before = dict(lo.vars)
    for stmt in node.body:
        _body(lo, stmt, space, inner)
    for name in space:  # names of the body are no names of the function
        lo.vars.pop(name, None)
        if name in before:
            lo.vars[name] = before[name]
    try:
        cls = types.new_class(node.name, bases, exec_body=lambda ns: _fill(ns, space))
        for decorator in reversed(node.decorator_list):
            cls = _decorated(lo, decorator, cls, space)
    except (TypeError, ValueError) as err:  # as Python says where the class is made
        _refuse(lo, node, f"the class {node.name} cannot be made", str(err))
    cell.cell_contents = cls
    lo.local_types.add(cls)
    names.bind(lo, node.name, Const(cls))


def _fill(ns: Any, space: Space) -> None:
    for name, x in space.items():
        ns[name] = x


def _refuse(lo: Lowering, node: ast.AST, what: str, why: str) -> NoReturn:
    lo.fail(UnsupportedSyntax, node, what, why, HINT)


def _known(lo: Lowering, node: ast.expr) -> Any:
    x = lo.expr(node)
    if not isinstance(x, Const):
        _refuse(lo, node, f"a base of a class is a {describe(x)}", "it must be a known class")
    return x.value


def _check(lo: Lowering, node: ast.ClassDef, bases: tuple[Any, ...]) -> None:
    if node.keywords:
        _refuse(lo, node, "a class with a metaclass or keywords is not supported", "it runs code")
    for base in bases:
        if isinstance(base, type) and type(base) not in _METACLASSES:
            _no_subclass(lo, node, base, "its metaclass")
        runs = getattr(base, "__init_subclass__", None)
        if isinstance(base, type) and isinstance(runs, types.MethodType):
            _no_subclass(lo, node, base, "its base")


def _no_subclass(lo: Lowering, node: ast.AST, base: type, who: str) -> NoReturn:
    what = f"a subclass of {base.__name__} is not supported inside a function"
    _refuse(lo, node, what, f"{who} would run code")


@builtin(collections.namedtuple)
def named_tuple(lo: Lowering, call: Call) -> Abstract:
    """``namedtuple("Point", "x y")``: the class, where its names and defaults are known."""
    call.only(lo, 2, 2, "rename", "defaults", "module")

    def known(x: Abstract) -> Any:
        if isinstance(x, Const) or (isinstance(x, Value) and x.is_const()):
            return static_key(lo, x, call.node)
        items = iterate.static_items(lo, x, call.node)
        return tuple([static_key(lo, i, call.node, HINT) for i in items])

    title, fields = map(known, call.args)
    given = {k: known(x) for k, x in call.kwargs.items()}
    try:
        cls = collections.namedtuple(title, fields, **given)  # type: ignore[misc]
    except (TypeError, ValueError) as err:
        _refuse(lo, call.node, "the named tuple cannot be made", str(err))
    lo.local_types.add(cls)
    return Const(cls)


# -- the body --------------------------------------------------------------------------------------


def _body(lo: Lowering, stmt: ast.stmt, space: Space, inner: Scope) -> None:
    """One statement of the body."""
    if isinstance(stmt, ast.FunctionDef):
        name = stmt.name
        if name.startswith("__") and not name.endswith("__"):
            name = f"_{inner.name.lstrip('_')}{name}"
        space[name] = _method(lo, stmt, space, inner)
    elif isinstance(stmt, ast.Assign) and all(isinstance(t, ast.Name) for t in stmt.targets):
        for target in stmt.targets:
            assert isinstance(target, ast.Name)
            _put(lo, target.id, lo.expr(stmt.value), space)
    elif isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name):
        space.setdefault("__annotations__", {})[stmt.target.id] = ast.unparse(stmt.annotation)
        if stmt.value is not None:
            _put(lo, stmt.target.id, _field(lo, stmt.value), space)
    elif not isinstance(stmt, ast.Pass) and not _is_text(stmt):
        _refuse(
            lo,
            stmt,
            "this statement is not supported in a class inside a function",
            "methods and values of names are",
        )


def _is_text(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)


def _field(lo: Lowering, node: ast.expr) -> Abstract:
    """What stands behind an annotated name; ``field(...)`` is called as ``dataclass`` needs it."""
    if isinstance(node, ast.Call) and lo.expr(node.func) == Const(dataclasses.field):
        given = {str(k.arg): _python(lo, lo.expr(k.value)) for k in node.keywords}
        if any(isinstance(x, Held) for x in given.values()):
            _refuse(lo, node, "a field that depends on data is not supported", "it is a default")
        return Const(dataclasses.field(**given))
    return lo.expr(node)


def _put(lo: Lowering, name: str, x: Abstract, space: Space) -> None:
    space[name] = _python(lo, x)
    lo.vars[name] = x


def _python(lo: Lowering, x: Abstract) -> Any:
    """What the class holds: the value itself if it is known, else something that stands for it."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    return _stand_in(lo, x) if isinstance(x, Closure) else Held(x)


def _stand_in(lo: Lowering, f: Closure) -> types.FunctionType:
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a class of a compiled function is not used by Python")

    made = types.FunctionType(stand_in.__code__, {}, f.name)
    made.__qualname__ = f.name
    lo.stand_ins[made] = f
    return made


def _method(lo: Lowering, node: ast.FunctionDef, space: Space, inner: Scope) -> Any:
    """A method, with its decorators."""
    made = names.make_closure(lo, node, node.name)
    found: Any = _stand_in(lo, Closure(node, inner, node.name, made.defaults))
    for decorator in reversed(node.decorator_list):
        if (
            isinstance(decorator, ast.Attribute)
            and decorator.attr in _PARTS
            and isinstance(decorator.value, ast.Name)
            and isinstance(space.get(decorator.value.id), property)
        ):
            found = getattr(space[decorator.value.id], decorator.attr)(found)
            continue
        wrapper = lo.expr(decorator)
        if isinstance(wrapper, Const) and wrapper.value in _WRAPPERS:
            found = wrapper.value(found)
            continue
        if not isinstance(found, types.FunctionType):
            _refuse(lo, decorator, "a decorator around a property is not supported", "")
        found = _python(lo, lo.call(wrapper, [lo.stand_ins[found]], decorator))
    return found


def _decorated(lo: Lowering, node: ast.expr, cls: type, space: Space) -> type:
    """``@dataclass`` and ``@total_ordering``: they look at the class and add to it."""
    call = node if isinstance(node, ast.Call) else None
    f = lo.expr(call.func if call is not None else node)
    held = any(isinstance(x, Held) for name, x in space.items() if name in _annotated(space))
    if f == Const(dataclasses.dataclass) and not held and (call is None or not call.args):
        keywords = [] if call is None else call.keywords
        options = {str(k.arg): static_key(lo, lo.expr(k.value), k.value) for k in keywords}
        return dataclasses.dataclass(**options)(cls)  # type: ignore[call-overload,no-any-return]
    adds = (functools.total_ordering, typing.final)
    if call is None and isinstance(f, Const) and f.value in adds:
        return f.value(cls)  # type: ignore[no-any-return]
    _refuse(lo, node, "this decorator of a class is not supported", "it may do anything with it")


def _annotated(space: Space) -> Any:
    return space.get("__annotations__", {})
