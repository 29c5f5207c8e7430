"""Real numbers that cannot be rounded by accident, and a function's own code run on them.

:class:`Real` wraps an mpmath float and offers no ``__float__``; :func:`high_precision` gives the
function back with `math`, `float` and every Python function that it reaches replaced.
"""

from __future__ import annotations

import builtins
import functools
import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import mpmath

Function = Callable[..., Any]


class OracleError(Exception):
    """The oracle cannot vouch for a number here."""


# -- numbers that cannot be rounded by accident
# ----------------------------------------------------------------------


def raw(x: Any) -> Any:
    """The mpmath number behind an operand; NotImplemented for what is no real number."""
    if isinstance(x, Real):
        return x.v
    if isinstance(x, (int, float)):
        return mpmath.mpf(x)
    return NotImplemented


def _binary(f: Function) -> tuple[Function, Function]:
    def forward(self: Real, other: Any) -> Any:
        number = raw(other)
        return number if number is NotImplemented else f(self.v, number)

    def backward(self: Real, other: Any) -> Any:
        number = raw(other)
        return number if number is NotImplemented else f(number, self.v)

    return forward, backward


def _wrapped(f: Function) -> tuple[Function, Function]:
    return _binary(lambda x, y: Real(f(x, y)))


def _divided(x: Any, y: Any) -> Any:
    if y == 0:
        raise ZeroDivisionError("float division by zero")
    return x / y


def _floordiv(x: Any, y: Any) -> Any:
    return mpmath.floor(_divided(x, y))


def _mod(x: Any, y: Any) -> Any:
    return x - y * _floordiv(x, y)


def _power(x: Any, y: Any) -> Any:
    if x == 0 and y < 0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if y == 0:
        return mpmath.mpf(1)
    if x < 0 and y != mpmath.floor(y):
        raise OracleError("a negative base to a fractional power is complex")
    return x ** int(y) if y == mpmath.floor(y) and abs(y) < 4096 else x**y


class Real:
    """A real number of many digits that behaves as a Python float does."""

    __slots__ = ("v",)

    def __init__(self, v: Any) -> None:
        self.v = v

    __add__, __radd__ = _wrapped(lambda x, y: x + y)
    __sub__, __rsub__ = _wrapped(lambda x, y: x - y)
    __mul__, __rmul__ = _wrapped(lambda x, y: x * y)
    __truediv__, __rtruediv__ = _wrapped(_divided)
    __floordiv__, __rfloordiv__ = _wrapped(_floordiv)
    __mod__, __rmod__ = _wrapped(_mod)
    __divmod__, __rdivmod__ = _binary(lambda x, y: (Real(_floordiv(x, y)), Real(_mod(x, y))))
    __rpow__ = _wrapped(_power)[1]
    __lt__ = _binary(lambda x, y: x < y)[0]
    __le__ = _binary(lambda x, y: x <= y)[0]
    __gt__ = _binary(lambda x, y: x > y)[0]
    __ge__ = _binary(lambda x, y: x >= y)[0]
    __eq__ = _binary(lambda x, y: x == y)[0]
    __ne__ = _binary(lambda x, y: x != y)[0]

    def __pow__(self, other: Any, modulus: None = None) -> Any:
        number = raw(other)
        return number if number is NotImplemented else Real(_power(self.v, number))

    def __neg__(self) -> Real:
        return Real(-self.v)

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Real:
        return Real(abs(self.v))

    def __bool__(self) -> bool:
        return bool(self.v != 0)

    def __int__(self) -> int:
        return int(self.v)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return int(mpmath.floor(self.v))

    def __ceil__(self) -> int:
        return int(mpmath.ceil(self.v))

    def __round__(self, digits: int | None = None) -> Any:
        # Rounding is flat: its value is that of the double next to it, its derivative zero.
        return (
            round(float(self.v))
            if digits is None
            else Real(mpmath.mpf(round(float(self.v), digits)))
        )

    def __hash__(self) -> int:
        return hash(self.v)

    def __format__(self, spec: str) -> str:
        return format(float(self.v), spec)

    def __repr__(self) -> str:
        return f"Real({self.v})"

    def is_integer(self) -> bool:
        return bool(self.v == mpmath.floor(self.v))


# -- stand-ins for the names that a function uses
# ----------------------------------------------------------------------


class _FloatMeta(type):
    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, (Real, builtins.float))


class Float(metaclass=_FloatMeta):
    """What `float` is while the oracle runs."""

    def __new__(cls, x: Any = 0.0) -> Any:  # type: ignore[misc]
        return x if isinstance(x, Real) else builtins.float(x)


def _domain(test: Callable[..., bool], f: Function) -> Function:
    def checked(*xs: Any) -> Any:
        if not test(*xs):
            raise ValueError("math domain error")
        return f(*xs)

    return checked


def _log(x: Any, base: Any = None) -> Any:
    return mpmath.log(x) if base is None else mpmath.log(x) / mpmath.log(base)


def _remainder(x: Any, y: Any) -> Any:
    return x - y * mpmath.nint(x / y)


def _fmod(x: Any, y: Any) -> Any:
    q = x / y
    return x - y * (mpmath.floor(q) if q >= 0 else mpmath.ceil(q))


def _modf(x: Any) -> Any:
    whole = mpmath.floor(x) if x >= 0 else mpmath.ceil(x)
    return Real(x - whole), Real(whole)


def _root3(x: Any) -> Any:
    return mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x)


def _positive(x: Any, *rest: Any) -> bool:
    return bool(x > 0)


def _within_one(x: Any) -> bool:
    return bool(abs(x) <= 1)


_REAL: dict[str, Function] = {
    "acos": _domain(_within_one, mpmath.acos),
    "asin": _domain(_within_one, mpmath.asin),
    "acosh": _domain(lambda x: x >= 1, mpmath.acosh),
    "asinh": mpmath.asinh,
    "atan": mpmath.atan,
    "atanh": _domain(lambda x: abs(x) < 1, mpmath.atanh),
    "atan2": mpmath.atan2,
    "cbrt": _root3,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "degrees": mpmath.degrees,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "expm1": lambda x: mpmath.exp(x) - 1,
    "fabs": abs,
    "fmod": _fmod,
    "fma": lambda x, y, z: x * y + z,
    "gamma": mpmath.gamma,
    "hypot": lambda *xs: mpmath.sqrt(sum(x * x for x in xs)),
    "ldexp": lambda x, n: x * mpmath.mpf(2) ** int(n),
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "log": _domain(_positive, _log),
    "log10": _domain(_positive, mpmath.log10),
    "log1p": _domain(lambda x: x > -1, lambda x: mpmath.log(1 + x)),
    "log2": _domain(_positive, lambda x: mpmath.log(x) / mpmath.log(2)),
    "pow": _power,
    "radians": mpmath.radians,
    "remainder": _remainder,
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "sqrt": _domain(lambda x: x >= 0, mpmath.sqrt),
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
}
_PLAIN: dict[str, Function] = {
    "floor": lambda x: x.__floor__(),
    "ceil": lambda x: x.__ceil__(),
    "trunc": lambda x: int(x.v),
    "isfinite": lambda x: True,
    "isinf": lambda x: False,
    "isnan": lambda x: False,
    "modf": lambda x: _modf(x.v),
    "fsum": lambda xs: sum(xs[1:], xs[0]),
}


def _prod(xs: Any, *, start: Any = 1) -> Any:
    for x in xs:
        start = start * x
    return start


def _dist(p: Any, q: Any) -> Any:
    return Real(mpmath.sqrt(sum((raw(x) - raw(y)) ** 2 for x, y in zip(p, q, strict=True))))


def _sumprod(p: Any, q: Any) -> Any:
    return sum(x * y for x, y in zip(p, q, strict=True))


def _isclose(a: Any, b: Any, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool:
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol))


def _stand_in(name: str, original: Function) -> Function:
    """A function of `math` that takes Reals too; without a Real among the arguments it is the
    original.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        args = tuple(list(a) if isinstance(a, types.GeneratorType) else a for a in args)
        if not any(
            isinstance(x, Real) for a in args for x in (a if isinstance(a, (list, tuple)) else (a,))
        ):
            return original(*args, **kwargs)
        if name in _REAL:
            value = _REAL[name](*map(raw, args))
            if isinstance(value, mpmath.mpc):
                raise ValueError("math domain error")
            return Real(value)
        if name in _PLAIN:
            return _PLAIN[name](*args)
        raise OracleError(f"math.{name} has no stand-in")

    return call


def _math() -> types.SimpleNamespace:
    whole = {"prod": _prod, "dist": _dist, "sumprod": _sumprod, "isclose": _isclose}
    names = {}
    for name in dir(math):
        original = getattr(math, name)
        names[name] = whole.get(name) or (
            _stand_in(name, original) if callable(original) else original
        )
    return types.SimpleNamespace(**names)


MATH = _math()
BUILTINS = {**vars(builtins), "float": Float, "print": lambda *args, **kwargs: None}
_BY_FUNCTION = {
    id(getattr(math, n)): getattr(MATH, n) for n in dir(math) if callable(getattr(math, n))
}


def high_precision(f: Function) -> Function:
    """``f`` with its code unchanged and `math`, `float` and every Python function it reaches
    replaced; the methods of the classes that it meets are replaced while it runs.
    """
    done: dict[int, Any] = {}
    spaces: dict[int, dict[str, Any]] = {}
    new = _replace(f, done, spaces)

    def call(*args: Any) -> Any:
        for arg in args:
            _instances(arg, done, spaces)
        patches = [x for x in done.values() if isinstance(x, _Methods)]
        for methods in patches:
            methods.put(methods.new)
        try:
            return new(*args)
        finally:
            for methods in patches:
                methods.put(methods.old)

    return call


class _Methods:
    """What a class is made of, as it is and in high precision. The class itself stays the same, so
    that ``isinstance`` and instances made before hold."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.old: dict[str, Any] = {}
        self.new: dict[str, Any] = {}

    def fill(self, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> None:
        def moved(f: Any) -> Any:
            return None if f is None else _replace(f, done, spaces)

        for name, held in list(vars(self.cls).items()):
            if isinstance(held, types.FunctionType):
                if held.__code__.co_filename == "<string>":
                    continue  # written by dataclass()
                new: Any = moved(held)
            elif isinstance(held, property):
                new = property(moved(held.fget), moved(held.fset))
            elif isinstance(held, (staticmethod, classmethod)):
                new = type(held)(moved(held.__func__))
            elif isinstance(held, functools.cached_property):
                new = functools.cached_property(moved(held.func))
                new.__set_name__(self.cls, name)
            else:
                continue
            self.old[name], self.new[name] = held, new

    def put(self, held: dict[str, Any]) -> None:
        for name, x in held.items():
            setattr(self.cls, name, x)


def _class(cls: type, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> None:
    """Have the methods of a class and its bases replaced, if they are written in Python here."""
    for base in cls.__mro__:
        if base.__module__.startswith("tests.") and id(base) not in done:
            done[id(base)] = methods = _Methods(base)
            methods.fill(done, spaces)


def _instances(x: Any, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> None:
    """The classes of an argument and of what it holds."""
    _class(type(x), done, spaces)
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    for part in (*parts, *getattr(x, "__dict__", {}).values()):
        _instances(part, done, spaces)


def _replace(x: Any, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> Any:
    if x is math:
        return MATH
    if id(x) in _BY_FUNCTION:
        return _BY_FUNCTION[id(x)]
    if isinstance(x, types.ModuleType):
        return _Module(x, done, spaces)
    if not isinstance(x, types.FunctionType):
        _class(x if isinstance(x, type) else type(x), done, spaces)
        return x
    if id(x) in done:
        return done[id(x)]
    space = spaces.get(id(x.__globals__))
    if space is None:
        space = spaces[id(x.__globals__)] = {**x.__globals__, "__builtins__": BUILTINS}
    cells = tuple(types.CellType() for _ in x.__closure__ or ())
    new = types.FunctionType(x.__code__, space, x.__name__, x.__defaults__, cells or None)
    new.__kwdefaults__ = x.__kwdefaults__
    done[id(x)] = new
    for cell, old in zip(cells, x.__closure__ or (), strict=True):
        cell.cell_contents = _replace(old.cell_contents, done, spaces)
    for name in _names(x.__code__):
        if name in x.__globals__:
            space[name] = _replace(x.__globals__[name], done, spaces)
    return new


class _Module:
    """A module whose functions are replaced as they are looked up."""

    def __init__(
        self, module: types.ModuleType, done: dict[int, Any], spaces: dict[int, dict[str, Any]]
    ) -> None:
        self.__dict__["look_up"] = lambda name: _replace(getattr(module, name), done, spaces)

    def __getattr__(self, name: str) -> Any:
        return self.look_up(name)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)
