"""``@dataclass`` as the standard library has it, made at a tenth of the price.

The standard decorator compiles up to seven functions for every class, which for symdiff's hundred
and thirty classes took half of the time to a first gradient.  Here only ``__init__`` is compiled,
and that when the first record of the class is made: most classes have none in most programs.
Comparison, hashing, printing and pickling are the same few functions for all.  What is not needed
here (ordering, keyword-only fields, inheritance of defaults) is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from dataclasses import field as field
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_FIELDS = "__record_fields__"
_set = object.__setattr__


@overload
def dataclass(cls: type[T], /) -> type[T]: ...
@overload
def dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(field_specifiers=(field,))
def dataclass(
    cls: type[Any] | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Any:
    """A class whose annotated names are its fields, in order.

    >>> @dataclass(frozen=True)
    ... class Point:
    ...     x: float
    ...     y: float = 0.0
    >>> Point(1.0), Point(1.0) == Point(1.0, 0.0)
    (Point(x=1.0, y=0.0), True)
    """

    def made(cls: type[Any]) -> type[Any]:
        return _made(cls, frozen, slots, eq)

    return made if cls is None else made(cls)


def replace(record: T, **changes: Any) -> T:
    """A copy of a record with other values in some fields."""
    names = getattr(type(record), _FIELDS)
    return type(record)(**{**{name: getattr(record, name) for name in names}, **changes})


def _made(cls: type[Any], frozen: bool, slots: bool, eq: bool) -> type[Any]:
    own = list(inspect.get_annotations(cls))
    defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
    names = tuple(dict.fromkeys([*getattr(cls, _FIELDS, ()), *own]))
    methods: dict[str, Any] = {
        _FIELDS: names,
        "__match_args__": names,
        "__init__": _first(cls, names, defaults, frozen),
    }
    given: dict[str, Any] = {"__repr__": _repr}
    if eq:
        given["__eq__"] = _equality(names)
        methods["__hash__"] = _hashing(names) if frozen else None
    if frozen:
        given |= {"__setattr__": _refuse, "__delattr__": _refuse}
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    if "__hash__" in cls.__dict__ and cls.__dict__["__hash__"] is not None:
        methods.pop("__hash__", None)
    space = {k: v for k, v in cls.__dict__.items() if k not in ("__dict__", "__weakref__")}
    space = {**given, **space, **methods}
    for name in defaults:
        if slots or isinstance(defaults[name], Field):
            del space[name]
    if not slots:
        for name, value in space.items():
            if cls.__dict__.get(name) is not value:
                setattr(cls, name, value)
        for name in defaults:
            if isinstance(defaults[name], Field):
                delattr(cls, name)
        return cls
    taken = {n for base in cls.__mro__[1:] for n in base.__dict__.get("__slots__", ())}
    space["__slots__"] = tuple(n for n in names if n not in taken)
    metaclass: Any = type(cls)
    new: type[Any] = metaclass(cls.__name__, cls.__bases__, space)
    new.__qualname__ = cls.__qualname__
    return new


def _first(
    cls: type[Any], names: tuple[str, ...], defaults: dict[str, Any], frozen: bool
) -> Callable[..., None]:
    """The ``__init__`` of the first record, which puts the compiled one in its place."""
    known: list[Callable[..., None]] = []

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not known:
            known.append(_init(cls, names, defaults, frozen))
            for owner in type(self).__mro__:
                if owner.__dict__.get("__init__") is __init__:
                    owner.__init__ = known[0]  # type: ignore[misc]
        known[0](self, *args, **kwargs)

    return __init__


def _init(
    cls: type[Any], names: tuple[str, ...], defaults: dict[str, Any], frozen: bool
) -> Callable[..., None]:
    space: dict[str, Any] = {"_set": _set, "_missing": MISSING}
    params, lines = [], []
    for name in names:
        value = defaults.get(name, MISSING)
        factory = value.default_factory if isinstance(value, Field) else MISSING
        if isinstance(value, Field) and factory is MISSING:
            value = value.default
        if value is MISSING:
            params.append(name)
        else:
            space[f"_d_{name}"] = MISSING if factory is not MISSING else value
            params.append(f"{name}=_d_{name}")
        if factory is not MISSING:
            space[f"_f_{name}"] = factory
            lines.append(f"if {name} is _missing: {name} = _f_{name}()")
        lines.append(f"_set(self, {name!r}, {name})" if frozen else f"self.{name} = {name}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n    ".join(lines or ["pass"])
    exec(f"def __init__(self, {', '.join(params)}):\n    {body}", space)
    init: Callable[..., None] = space["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(record: Any) -> list[Any]:
    return [getattr(record, name) for name in getattr(type(record), _FIELDS)]


def _equality(names: tuple[str, ...]) -> Callable[[Any, Any], Any]:
    get = attrgetter(*names) if names else type

    def __eq__(self: Any, other: Any) -> Any:
        return get(self) == get(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hashing(names: tuple[str, ...]) -> Callable[[Any], int]:
    get = attrgetter(*names) if names else type
    return lambda self: hash(get(self))


def _repr(self: Any) -> str:
    names = getattr(type(self), _FIELDS)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _state(self: Any) -> list[Any]:
    return _values(self)


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(getattr(type(self), _FIELDS), state, strict=True):
        _set(self, name, value)
