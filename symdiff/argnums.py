"""Which arguments are differentiated: ``argnums`` and ``argnames`` as given, checked at decoration,
resolved at a call.

``argnums`` counts the call's positional arguments: after those that a ``functools.partial`` fixed,
including those that land in ``*args``; negative numbers count from the end.  What is resolved is a
*path*: ``(k,)`` is parameter ``k``, ``(k, j)`` the ``j``-th element of the ``*args`` tuple at
``k``.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from symdiff.errors import ArgumentError

Path = tuple[int, ...]


class Shape(NamedTuple):
    """What ``argnums`` may count: the positional parameters left to the caller, and ``*args``."""

    function: str
    names: tuple[str, ...]  # every parameter of the function, in the order of its signature
    first: int  # the positional arguments that are fixed already
    positional: int  # the positional parameters, fixed ones included
    varargs: int | None  # the index of *args

    def signature(self) -> str:
        names = [f"*{n}" if k == self.varargs else n for k, n in enumerate(self.names)]
        return f"{self.function}({', '.join(names)})"


class Selection(NamedTuple):
    """``argnums`` or ``argnames``, normalised; ``single`` says that no tuple was given."""

    nums: tuple[int, ...]
    names: tuple[str, ...]
    single: bool

    def describe(self, shape: Shape) -> str:
        """The differentiated arguments in words, before a call."""
        if self.names:
            return ", ".join(self.names)
        if shape.varargs is None:
            return ", ".join(shape.names[k] for (k,) in self.resolve(shape, 0))
        free = shape.names[shape.first : shape.positional]
        star = shape.names[shape.varargs]
        shown = [
            free[n] if 0 <= n < len(free) else f"{star}[{n - len(free)}]"
            for n in self.nums
            if n >= 0
        ]
        return ", ".join(shown + [f"argument {n}" for n in self.nums if n < 0])

    def resolve(self, shape: Shape, extra: int) -> tuple[Path, ...]:
        """Paths for a call whose ``*args`` holds ``extra`` values."""
        if self.names:
            return tuple((shape.names.index(n),) for n in self.names)
        paths = tuple(_path(n, shape, extra) for n in self.nums)
        if len(set(paths)) < len(paths):
            raise ArgumentError(
                f"argnums={self.nums} name an argument of {shape.signature()} twice"
            )
        return paths


def select(argnums: Any, argnames: Any, shape: Shape) -> Selection:
    """Check what was given against the function's signature."""
    if argnames is not None:
        return _named(argnums, argnames, shape)
    many = isinstance(argnums, (tuple, list))
    nums = tuple(_number(n, argnums) for n in (argnums if many else (argnums,)))
    if not nums:
        raise ArgumentError(
            "argnums=() differentiates nothing\n    hint: give at least one argument's position"
        )
    selection = Selection(nums, (), not many)
    if shape.varargs is None:
        selection.resolve(shape, 0)
    elif len(set(nums)) < len(nums):
        raise ArgumentError(f"argnums={nums} name an argument of {shape.signature()} twice")
    return selection


def _number(n: Any, given: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise ArgumentError(
            f"argnums={given!r} must be an int or a tuple of ints"
            "\n    hint: names go into argnames="
        )
    return operator.index(n)


def _named(argnums: Any, argnames: Any, shape: Shape) -> Selection:
    if argnums != 0 or isinstance(argnums, bool):
        raise ArgumentError(
            f"argnums={argnums!r} and argnames={argnames!r} are both given"
            "\n    hint: give one of them"
        )
    single = isinstance(argnames, str)
    names = (argnames,) if single else argnames
    if not isinstance(names, Sequence) or not names or not all(isinstance(n, str) for n in names):
        raise ArgumentError(f"argnames={argnames!r} must be a string or a tuple of strings")
    for name in names:
        if name not in shape.names:
            raise ArgumentError(
                f"argnames={argnames!r}: {name!r} is not a parameter of {shape.signature()}"
            )
    if len(set(names)) < len(names):
        raise ArgumentError(f"argnames={argnames!r} name a parameter twice")
    return Selection((), tuple(names), single)


def _path(n: int, shape: Shape, extra: int) -> Path:
    free = shape.positional - shape.first
    count = free + extra
    index = n + count if n < 0 else n
    if 0 <= index < free:
        return (shape.first + index,)
    if shape.varargs is not None and free <= index < count:
        return (shape.varargs, index - free)
    verb = "takes" if shape.varargs is None else "is called with"
    takes = f"{verb} {count} positional argument{'s' * (count != 1)}"
    raise ArgumentError(f"argnums={n} is out of range: {shape.signature()} {takes}")
