"""Classes of the user's: what an attribute of an instance or of a class means.

The class of every value is known while lowering, so attributes are looked up as Python does, along
the MRO: a property is called, a function is bound, anything else that the class holds is read as a
captured name is. Nothing of the class runs; its functions are inlined like any other."""

from __future__ import annotations

import ast
import enum
import functools
import sys
import types
from typing import Any, NoReturn

from symdiff.errors import TypeMismatch, UnsupportedCall, UnsupportedSyntax
from symdiff.frontend import names, objects
from symdiff.frontend.capture import Capture
from symdiff.frontend.context import Lowering, Scope
from symdiff.frontend.values import (
    Abstract,
    Array,
    Const,
    Method,
    Obj,
    Struct,
    Super,
    describe,
)
from symdiff.instances import is_frozen, is_user, kind_of
from symdiff.ir.core import Value


def class_of(x: Abstract) -> type | None:
    """The user's class that a value is an instance of, if it is one."""
    if isinstance(x, (Obj, Struct)):
        return x.cls
    if isinstance(x, Const) and is_user(type(x.value)):
        return type(x.value)
    return None


def find(cls: type, name: str) -> tuple[type, Any] | None:
    """Where along the MRO a name is defined, and as what."""
    return _find(cls.__mro__, name)


def _find(mro: tuple[type, ...], name: str) -> tuple[type, Any] | None:
    for base in mro:
        if name in vars(base):
            return base, vars(base)[name]
    return None


def function(x: Abstract, name: str) -> types.FunctionType | None:
    """A special method that the class of a value defines in Python."""
    cls = class_of(x)
    found = None if cls is None else find(cls, name)
    if found is None or not isinstance(found[1], types.FunctionType):
        return None
    return found[1]


def call_special(
    lo: Lowering, owner: Abstract, name: str, args: list[Abstract], node: ast.AST
) -> Abstract | None:
    """``owner.__name__(...)`` as an operator looks it up; None where the class has none."""
    func = function(owner, name)
    if func is None:
        return None
    cls = class_of(owner)
    assert cls is not None
    _note(lo, cls, name, func)
    return lo.call(Method(owner, func), args, node)


def _note(lo: Lowering, base: type, name: str, static: Any) -> None:
    """The derivative depends on what the class has under this name."""
    found = find(base, name)
    assert found is not None
    if found[0] in lo.local_types:
        return  # made when the function is compiled, and seen by nobody else
    lo.statics.append((Capture(name, vars(found[0]), name, "global"), static))


# -- reading ---------------------------------------------------------------------------------------


def mangled(lo: Lowering, attr: str) -> str:
    """``__x`` inside a class is ``_Class__x``."""
    if not attr.startswith("__") or attr.endswith("__"):
        return attr
    scope: Scope | None = lo.scope
    while scope is not None:
        if scope.private:
            return f"_{scope.private.lstrip('_')}{attr}"
        scope = scope.parent
    return attr


def attribute(lo: Lowering, owner: Abstract, attr: str, node: ast.AST) -> Abstract:
    """``owner.attr`` of an instance, of a class or of ``super()``."""
    if isinstance(owner, Super):
        return _super_attribute(lo, owner, attr, node)
    if isinstance(owner, Const) and isinstance(owner.value, type):
        return _class_attribute(lo, owner, attr, node)
    cls = class_of(owner)
    assert cls is not None
    if attr == "__class__":
        return Const(cls)
    own_way = find(cls, "__getattribute__")
    if own_way is not None and isinstance(own_way[1], types.FunctionType):
        lo.fail(
            UnsupportedSyntax,
            node,
            f"{cls.__name__} has a __getattribute__ of its own",
            "every attribute would be looked up by it",
            "use a property, or __getattr__ for what is missing",
        )
    found = find(cls, attr)
    if found is not None and isinstance(found[1], property):
        return _property(lo, owner, attr, found[1], node)
    getter = None if found is None else _of_descriptor(found[1], "__get__")
    if found is not None and getter is not None and _of_descriptor(found[1], "__set__"):
        return _described(lo, owner, found, attr, getter, [owner, Const(cls)], node)
    item = _item(lo, owner, attr, node)
    if item is not None:
        return item
    if found is not None and getter is not None:
        return _described(lo, owner, found, attr, getter, [owner, Const(cls)], node)
    if found is not None:
        return _bind(lo, owner, found, attr, node)
    missing = call_special(lo, owner, "__getattr__", [Const(attr)], node)
    if missing is not None:
        return missing
    lo.fail(
        TypeMismatch,
        node,
        f"{cls.__name__} has no attribute '{attr}' here",
        "neither the object nor its class has it",
        "set it in __init__, or see the spelling",
    )


def _item(lo: Lowering, owner: Abstract, attr: str, node: ast.AST) -> Abstract | None:
    """What the instance itself holds."""
    if isinstance(owner, Obj):
        return objects.load(lo, owner, attr, node)
    if isinstance(owner, Struct):
        return owner.get(attr)
    assert isinstance(owner, Const)
    found = find(type(owner.value), attr)
    static = None if found is None else found[1]
    if isinstance(static, (types.FunctionType, staticmethod, classmethod)):
        held = getattr(owner.value, "__dict__", {})
        return names.attribute(lo, owner, attr, node) if attr in held else None
    return names.attribute(lo, owner, attr, node) if hasattr(owner.value, attr) else None


def _property(lo: Lowering, owner: Abstract, attr: str, held: property, node: ast.AST) -> Abstract:
    cls = class_of(owner)
    assert cls is not None
    if held.fget is None:
        lo.fail(TypeMismatch, node, f"'{attr}' cannot be read", "it has no getter", "add one")
    _note(lo, cls, attr, held)
    return lo.call(Const(held.fget), [owner], node)


def _of_descriptor(static: Any, name: str) -> types.FunctionType | None:
    """``__get__`` or ``__set__`` of what a class holds, where a class of the user's defines it (the
    library's own are known by what they do)."""
    cls = type(static)
    own = is_user(cls) and cls.__module__ not in sys.stdlib_module_names
    found = find(cls, name) if own else None
    return found[1] if found is not None and isinstance(found[1], types.FunctionType) else None


def _described(
    lo: Lowering,
    owner: Abstract,
    found: tuple[type, Any],
    attr: str,
    func: types.FunctionType,
    args: list[Abstract],
    node: ast.AST,
) -> Abstract:
    """A call of a descriptor's method."""
    base, static = found
    if base in lo.local_types:
        held = names.constant_of(lo, static, node)
    else:
        held = names.captured(lo, Capture(attr, vars(base), attr, "global"), static, node)
    _note(lo, type(static), func.__name__, func)
    return lo.call(Const(func), [held, *args], node)


def _bind(
    lo: Lowering, owner: Abstract, found: tuple[type, Any], attr: str, node: ast.AST
) -> Abstract:
    """What a class holds, read through an instance."""
    base, static = found
    if isinstance(static, types.FunctionType):
        _note(lo, base, attr, static)
        return Method(owner, static)
    if isinstance(static, functools.cached_property):
        _note(lo, base, attr, static)
        value = lo.call(Const(static.func), [owner], node)
        if isinstance(owner, Obj) and owner.cell not in lo.state.heap.frozen:
            objects.store(lo, owner, attr, value, node)
        return value
    cls = class_of(owner)
    assert cls is not None
    return _held_by_class(lo, cls, found, attr, node, owner)


def _held_by_class(
    lo: Lowering,
    cls: type,
    found: tuple[type, Any],
    attr: str,
    node: ast.AST,
    owner: Abstract | None = None,
) -> Abstract:
    base, static = found
    if isinstance(static, staticmethod):
        _note(lo, base, attr, static)
        return Const(static.__func__)
    if isinstance(static, classmethod):
        _note(lo, base, attr, static)
        return Method(Const(cls), static.__func__)
    if isinstance(static, types.ClassMethodDescriptorType):  # itertools.chain.from_iterable
        return Const(getattr(cls, attr))
    if isinstance(static, (types.WrapperDescriptorType, types.MethodDescriptorType)):
        return Const(static) if owner is None else Method(owner, static)
    if isinstance(static, types.MemberDescriptorType):
        lo.fail(
            TypeMismatch,
            node,
            f"{cls.__name__} has no attribute '{attr}' here",
            "the slot has not been set",
            "set it in __init__",
        )
    if hasattr(type(static), "__get__") and not isinstance(static, types.FunctionType):
        lo.fail(
            UnsupportedSyntax,
            node,
            f"'{attr}' is a {type(static).__name__} of {base.__name__}",
            "descriptors other than properties are not followed",
            "use a property or a method",
        )
    if base in lo.local_types:
        return names.constant_of(lo, static, node)
    return names.captured(lo, Capture(attr, base, attr, "attr"), static, node)


def _class_attribute(lo: Lowering, owner: Const, attr: str, node: ast.AST) -> Abstract:
    """``Class.attr``."""
    cls = owner.value
    found = find(cls, attr)
    if found is None or isinstance(cls, enum.EnumMeta) or not is_user(cls):
        return names.attribute(lo, owner, attr, node)
    if isinstance(found[1], types.FunctionType):
        _note(lo, cls, attr, found[1])
        return Const(found[1])
    return _held_by_class(lo, cls, found, attr, node)


def _super_attribute(lo: Lowering, owner: Super, attr: str, node: ast.AST) -> Abstract:
    """``super().attr``: what the classes behind the one at hand define."""
    inner = owner.owner
    on_class = isinstance(inner, Const) and isinstance(inner.value, type)
    cls = inner.value if isinstance(inner, Const) and on_class else class_of(inner)
    assert cls is not None
    mro = cls.__mro__
    found = _find(mro[mro.index(owner.cls) + 1 :], attr)
    if found is None:
        lo.fail(
            TypeMismatch,
            node,
            f"super() of {owner.cls.__name__} has no attribute '{attr}'",
            "no class behind it defines it",
            "see the spelling",
        )
    if isinstance(found[1], property) and found[1].fget is not None:
        return lo.call(Const(found[1].fget), [inner], node)
    if on_class:
        return _held_by_class(lo, cls, found, attr, node)
    return _bind(lo, inner, found, attr, node)


# -- writing ---------------------------------------------------------------------------------------


def set_attribute(lo: Lowering, owner: Abstract, attr: str, x: Abstract, node: ast.AST) -> None:
    """``owner.attr = x``."""
    cls = class_of(owner)
    if cls is None or not isinstance(owner, Obj):
        _refuse_write(lo, owner, attr, node)
    found = find(cls, "__setattr__")
    if found is not None and isinstance(found[1], types.FunctionType):
        if is_frozen(cls):
            _refuse_write(lo, owner, attr, node)
        call_special(lo, owner, "__setattr__", [Const(attr), x], node)
        return
    plain_set(lo, owner, attr, x, node)


def plain_set(lo: Lowering, owner: Obj, attr: str, x: Abstract, node: ast.AST) -> None:
    """``object.__setattr__``: through a property, or into the instance."""
    cls = owner.cls
    assert cls is not None
    found = find(cls, attr)
    if found is not None and isinstance(found[1], property):
        if found[1].fset is None:
            lo.fail(
                TypeMismatch,
                node,
                f"property '{attr}' of {cls.__name__} is written to",
                "it has no setter",
                "write to the attribute behind it",
            )
        _note(lo, cls, attr, found[1])
        lo.call(Const(found[1].fset), [owner, x], node)
        return
    setter = None if found is None else _of_descriptor(found[1], "__set__")
    if found is not None and setter is not None:
        _described(lo, owner, found, attr, setter, [owner, x], node)
        return
    if not has_dict(cls) and not (
        found is not None and isinstance(found[1], types.MemberDescriptorType)
    ):
        lo.fail(
            TypeMismatch,
            node,
            f"{cls.__name__} has no slot '{attr}'",
            "its __slots__ are all that it can hold",
            "add it to __slots__",
        )
    objects.store(lo, owner, attr, x, node)


def has_dict(cls: type) -> bool:
    """Whether instances take any attribute."""
    return cls.__dictoffset__ != 0


def _refuse_write(lo: Lowering, owner: Abstract, attr: str, node: ast.AST) -> NoReturn:
    cls = class_of(owner)
    if isinstance(owner, Const):
        why = "it belongs to the surroundings of the function"
    elif cls is not None and is_frozen(cls):
        why = "it is frozen"
    else:
        why = "it has no attributes that can be written to"
    lo.fail(
        TypeMismatch,
        node,
        f"attribute '{attr}' of a {describe(owner)} is written to",
        why,
        "use a local name, or an object that the function makes",
        raises="AttributeError" if isinstance(owner, (Value, Array)) else "",
    )


# -- making ----------------------------------------------------------------------------------------


def construct(
    lo: Lowering, cls: type, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """``cls(...)``: an empty instance, and what ``__init__`` makes of it."""
    new = find(cls, "__new__")
    meta = type(cls)
    if (
        new is None
        or new[0] is not object
        or find(meta, "__call__") not in (None, find(type, "__call__"))
    ):
        lo.fail(
            UnsupportedCall,
            node,
            f"{cls.__name__}() is not supported",
            "the class makes its instances in its own way"
            if new is None or not isinstance(new[1], types.BuiltinFunctionType)
            else f"it is a {new[0].__name__} of its own kind",
            "use a plain class, a dataclass or a named tuple",
        )
    made = lo.new_object(Struct(kind_of(cls), (), (), cls))
    found = find(cls, "__init__")
    assert found is not None
    lo.call(Method(made, found[1]), args, node, **kwargs)
    if is_frozen(cls):  # a value from here on
        held = objects.contents(lo, made)
        del lo.state.heap.objects[made.cell]
        return held
    return made
