"""The functions that ``dataclass`` writes: there is no source to inline, but it is known what they
do."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import types
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import classes, names, objects
from symdiff.frontend.context import Lowering
from symdiff.frontend.spreads import spread_out
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Obj, Struct, pack

ORDER = {"__lt__": ast.Lt, "__le__": ast.LtE, "__gt__": ast.Gt, "__ge__": ast.GtE}


def dataclass_of(cls: type | None, f: types.FunctionType) -> type | None:
    """The dataclass whose decorator wrote ``f``, among ``cls`` and its bases."""
    if f.__code__.co_filename != "<string>" or cls is None:
        return None
    for base in cls.__mro__:
        if vars(base).get(f.__name__) is f and "__dataclass_fields__" in vars(base):
            return base
    return None


def initialise(
    lo: Lowering,
    base: type,
    owner: Obj,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """``__init__`` of a dataclass: fields in order, then ``__post_init__``."""
    init = vars(base)["__init__"]
    parameters = list(inspect.signature(init).parameters.values())[1:]
    given = _given(lo, base, parameters, args, kwargs, node)
    fields: dict[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(base)}
    for name, spec in fields.items():
        x = given.get(name) or _default(lo, spec, node)
        if x is not None:
            classes.plain_set(lo, owner, name, x, node)
    rest: list[Abstract] = []
    for p in parameters:
        if p.name not in fields:  # an InitVar
            x = given.get(p.name)
            rest.append(x if x is not None else names.constant_of(lo, p.default, node))
    classes.call_special(lo, owner, "__post_init__", rest, node)
    return NONE_CONST


def _given(
    lo: Lowering,
    base: type,
    parameters: list[inspect.Parameter],
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> dict[str, Abstract]:
    """Arguments by the name of their field."""
    plain = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    optional = [p.name for p in parameters if p.default is not p.empty]
    args = spread_out(lo, args, plain, kwargs, optional, base.__name__, node)
    given = dict(zip(plain, args, strict=False))
    known = {p.name for p in parameters}
    bad = [k for k in kwargs if k not in known or k in given]
    lacks = [
        p.name
        for p in parameters
        if p.default is p.empty and p.name not in given and p.name not in kwargs
    ]
    if len(args) > len(plain) or bad or lacks:
        if bad:
            why = f"'{bad[0]}' is unknown or given twice"
        else:
            why = f"'{lacks[0]}' is missing" if lacks else f"{len(args)} are given"
        lo.fail(
            TypeMismatch,
            node,
            f"{base.__name__}() takes {len(parameters)} arguments",
            why,
            "pass one value per field, or give the field a default",
        )
    return {**given, **kwargs}


def _default(lo: Lowering, spec: dataclasses.Field[Any], node: ast.AST) -> Abstract | None:
    if spec.default is not dataclasses.MISSING:
        return names.constant_of(lo, spec.default, node)
    if spec.default_factory is not dataclasses.MISSING:
        return lo.call(Const(spec.default_factory), [], node)
    return None


def compared(lo: Lowering, base: type, x: Abstract, node: ast.AST) -> Struct:
    """The fields that a comparison looks at, as a tuple."""
    held = objects.structure(lo, x, node)
    names_ = [f.name for f in dataclasses.fields(base) if f.compare]
    items: list[Abstract] = []
    for name in names_:
        item = (
            names.attribute(lo, x, name, node)
            if isinstance(x, Const)
            else held.get(name)
            if isinstance(held, Struct)
            else None
        )
        if item is None:
            lo.fail(TypeMismatch, node, f"'{name}' is not set", "it is compared", "set it")
        items.append(item)
    return pack(items)
