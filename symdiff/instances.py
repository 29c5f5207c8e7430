"""Instances as structures: what an object of a user's class holds, and how another one is made.

A *record* is what its constructor takes: a dataclass that only stores its fields, a named tuple.
Any other instance is an *object*: its attributes, and a new one is made without running
``__init__``."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import numbers
import types
import weakref
from collections.abc import Sequence
from typing import Any

_HEAP_TYPE = 1 << 9  # made by a class statement, not by C
_NOT_OBJECTS = (
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    functools.partial,
    type,
)
_DATA = (str, bytes, list, dict, set, frozenset, numbers.Number, BaseException)


def is_user(cls: type) -> bool:
    """Whether a class was written in Python."""
    return bool(cls.__flags__ & _HEAP_TYPE) and not issubclass(cls, _NOT_OBJECTS)


def is_object(value: Any) -> bool:
    """Whether a value is an instance whose attributes are all that there is to it."""
    cls = type(value)
    return is_user(cls) and not issubclass(cls, _DATA)


def is_frozen(cls: type | None) -> bool:
    """Whether instances of a dataclass are values."""
    params = getattr(cls, "__dataclass_params__", None)
    return bool(params is not None and params.frozen)


_KINDS: weakref.WeakKeyDictionary[type, str] = weakref.WeakKeyDictionary()


def kind_of(cls: type) -> str:
    """``record`` for a dataclass whose constructor stores its arguments and does nothing else."""
    found = _KINDS.get(cls)
    if found is None:
        found = _KINDS[cls] = "record" if _stores_its_arguments(cls) else "object"
    return found


def _stores_its_arguments(cls: type) -> bool:
    init = inspect.getattr_static(cls, "__init__")
    if not dataclasses.is_dataclass(cls) or not isinstance(init, types.FunctionType):
        return False
    if init.__code__.co_filename != "<string>" or hasattr(cls, "__post_init__"):
        return False
    fields = [f.name for f in dataclasses.fields(cls)]
    taken = list(inspect.signature(init).parameters)[1:]
    return sorted(fields) == sorted(taken)


def attributes(value: Any) -> tuple[str, ...]:
    """The attributes that an instance itself holds; what a ``cached_property`` left there can be
    computed again."""
    cls = type(value)
    if kind_of(cls) == "record":
        return tuple(f.name for f in dataclasses.fields(cls))
    names: list[str] = []
    for base in reversed(cls.__mro__):
        slots = (k for k, v in vars(base).items() if isinstance(v, types.MemberDescriptorType))
        names += (k for k in slots if hasattr(value, k))
    cached = functools.cached_property
    names += (
        k
        for k in getattr(value, "__dict__", {})
        if not isinstance(inspect.getattr_static(cls, k, None), cached)
    )
    return tuple(names)


def declared(cls: type, name: str, plain: type) -> bool:
    """Whether the class says that an attribute is of a plain type."""
    for base in cls.__mro__:
        note = getattr(base, "__annotations__", {}).get(name)
        if note is not None:
            return note is plain or note == plain.__name__
    return False


def instance(cls: type, names: Sequence[str], values: Sequence[Any]) -> Any:
    """A new instance that holds these; ``__init__`` is not run."""
    made: Any = object.__new__(cls)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made
