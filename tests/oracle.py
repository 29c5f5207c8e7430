"""The derivative oracle: no rule of calculus, only the function itself at 50 to 80 digits.

A function's own code object runs again with other globals: `math` and `float` are replaced by stand-ins that take
:class:`Real`, a number that wraps an mpmath float and offers *no* ``__float__``, so that nothing can round it behind our
back: what does not know it raises ``TypeError``.  Branches and loops run as in the primal.  Partials are central
differences with steps so small (1e-20) that their error is far below a double's, taken at two precisions and two steps
that must agree, after the one-sided differences were seen to agree (otherwise the point is a :class:`Kink`).  A function
that cannot run so (a class with methods that call `math`, say) falls back to Ridders' extrapolation in floats, whose own
error estimate is returned with it.
"""

from __future__ import annotations

import builtins
import dataclasses
import math
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

Function = Callable[..., Any]


TINY = mpmath.mpf("1e-30")  # what both precisions call zero


class OracleError(Exception):
    """The oracle cannot vouch for a number here."""


class Kink(OracleError):
    """The one-sided differences disagree: the point is on a kink, a tie or a jump."""


# -- structures ----------------------------------------------------------------------------------------------------


def is_namedtuple(x: object) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def leaves(x: Any) -> Iterator[Any]:
    """The numbers of a structure, in order; flags, text and None are not leaves."""
    if isinstance(x, (list, tuple)):
        for e in x:
            yield from leaves(e)
    elif isinstance(x, dict):
        for e in x.values():
            yield from leaves(e)
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        for field in dataclasses.fields(x):
            yield from leaves(getattr(x, field.name))
    elif isinstance(x, (int, float, Real)) and not isinstance(x, bool):
        yield x


def rebuild(x: Any, new: Iterator[Any]) -> Any:
    """The same structure with its leaves taken from ``new``."""
    if is_namedtuple(x):
        return type(x)(*(rebuild(e, new) for e in x))
    if isinstance(x, (list, tuple)):
        return type(x)(rebuild(e, new) for e in x)
    if isinstance(x, dict):
        return {k: rebuild(e, new) for k, e in x.items()}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return type(x)(**{f.name: rebuild(getattr(x, f.name), new) for f in dataclasses.fields(x)})
    return next(new) if isinstance(x, (int, float, Real)) and not isinstance(x, bool) else x


# -- numbers that cannot be rounded by accident ----------------------------------------------------------------------


def _raw(x: Any) -> Any:
    """The mpmath number behind an operand; NotImplemented for what is no real number."""
    if isinstance(x, Real):
        return x.v
    if isinstance(x, (int, float)):
        return mpmath.mpf(x)
    return NotImplemented


def _binary(f: Function) -> tuple[Function, Function]:
    def forward(self: Real, other: Any) -> Any:
        raw = _raw(other)
        return NotImplemented if raw is NotImplemented else f(self.v, raw)

    def backward(self: Real, other: Any) -> Any:
        raw = _raw(other)
        return NotImplemented if raw is NotImplemented else f(raw, self.v)

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
        raw = _raw(other)
        return NotImplemented if raw is NotImplemented else Real(_power(self.v, raw))

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
        return round(float(self.v)) if digits is None else Real(mpmath.mpf(round(float(self.v), digits)))

    def __hash__(self) -> int:
        return hash(self.v)

    def __format__(self, spec: str) -> str:
        return format(float(self.v), spec)

    def __repr__(self) -> str:
        return f"Real({self.v})"

    def is_integer(self) -> bool:
        return bool(self.v == mpmath.floor(self.v))


# -- stand-ins for the names that a function uses ----------------------------------------------------------------------


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
    "acos": _domain(_within_one, mpmath.acos), "asin": _domain(_within_one, mpmath.asin),
    "acosh": _domain(lambda x: x >= 1, mpmath.acosh), "asinh": mpmath.asinh, "atan": mpmath.atan,
    "atanh": _domain(lambda x: abs(x) < 1, mpmath.atanh), "atan2": mpmath.atan2, "cbrt": _root3,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x), "cos": mpmath.cos, "cosh": mpmath.cosh,
    "degrees": mpmath.degrees, "erf": mpmath.erf, "erfc": mpmath.erfc, "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x), "expm1": lambda x: mpmath.exp(x) - 1, "fabs": abs, "fmod": _fmod,
    "fma": lambda x, y, z: x * y + z, "gamma": mpmath.gamma, "hypot": lambda *xs: mpmath.sqrt(sum(x * x for x in xs)),
    "ldexp": lambda x, n: x * mpmath.mpf(2) ** int(n), "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "log": _domain(_positive, _log), "log10": _domain(_positive, mpmath.log10),
    "log1p": _domain(lambda x: x > -1, lambda x: mpmath.log(1 + x)),
    "log2": _domain(_positive, lambda x: mpmath.log(x) / mpmath.log(2)), "pow": _power, "radians": mpmath.radians,
    "remainder": _remainder, "sin": mpmath.sin, "sinh": mpmath.sinh,
    "sqrt": _domain(lambda x: x >= 0, mpmath.sqrt), "tan": mpmath.tan, "tanh": mpmath.tanh,
}  # fmt: skip
_PLAIN: dict[str, Function] = {
    "floor": lambda x: x.__floor__(), "ceil": lambda x: x.__ceil__(), "trunc": lambda x: int(x.v),
    "isfinite": lambda x: True, "isinf": lambda x: False, "isnan": lambda x: False, "modf": lambda x: _modf(x.v),
    "fsum": lambda xs: sum(xs[1:], xs[0]),
}  # fmt: skip


def _prod(xs: Any, *, start: Any = 1) -> Any:
    for x in xs:
        start = start * x
    return start


def _dist(p: Any, q: Any) -> Any:
    return Real(mpmath.sqrt(sum((_raw(x) - _raw(y)) ** 2 for x, y in zip(p, q, strict=True))))


def _sumprod(p: Any, q: Any) -> Any:
    return sum(x * y for x, y in zip(p, q, strict=True))


def _isclose(a: Any, b: Any, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool:
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol))


def _stand_in(name: str, original: Function) -> Function:
    """A function of `math` that takes Reals too; without a Real among the arguments it is the original."""

    def call(*args: Any, **kwargs: Any) -> Any:
        args = tuple(list(a) if isinstance(a, types.GeneratorType) else a for a in args)
        if not any(isinstance(x, Real) for a in args for x in (a if isinstance(a, (list, tuple)) else (a,))):
            return original(*args, **kwargs)
        if name in _REAL:
            value = _REAL[name](*map(_raw, args))
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
        names[name] = whole.get(name) or (_stand_in(name, original) if callable(original) else original)
    return types.SimpleNamespace(**names)


MATH = _math()
BUILTINS = {**vars(builtins), "float": Float, "print": lambda *args, **kwargs: None}
_BY_FUNCTION = {id(getattr(math, n)): getattr(MATH, n) for n in dir(math) if callable(getattr(math, n))}


def high_precision(f: Function) -> Function:
    """``f`` with its code unchanged and `math`, `float` and every Python function it reaches replaced."""
    return _replace(f, {}, {})  # type: ignore[no-any-return]


def _replace(x: Any, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> Any:
    if x is math:
        return MATH
    if id(x) in _BY_FUNCTION:
        return _BY_FUNCTION[id(x)]
    if isinstance(x, types.ModuleType):
        return _Module(x, done, spaces)
    if not isinstance(x, types.FunctionType):
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

    def __init__(self, module: types.ModuleType, done: dict[int, Any], spaces: dict[int, dict[str, Any]]) -> None:
        self.__dict__["look_up"] = lambda name: _replace(getattr(module, name), done, spaces)

    def __getattr__(self, name: str) -> Any:
        return self.look_up(name)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)


# -- differences -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Derivative:
    """A matrix of derivatives (a row per result leaf) and the relative accuracy that the oracle vouches for."""

    rows: list[list[float]]
    accuracy: float
    value: Any


def _flat_function(f: Function, args: Sequence[Any], wrt: Sequence[int]) -> Function:
    """``f`` from the differentiated leaves to the result's leaves."""

    def call(xs: Sequence[Any]) -> list[Any]:
        new = iter(xs)
        full = [rebuild(a, leaves(a)) for a in args]
        for k in wrt:
            full[k] = rebuild(args[k], new)
        return list(leaves(f(*full)))

    return call


def _at(flat: Function, xs: Sequence[Any], steps: dict[int, Any]) -> list[Any]:
    moved = [Real(x + steps[k]) if k in steps else Real(x) for k, x in enumerate(xs)]
    out = [_raw(y) for y in flat(moved)]
    if any(y is NotImplemented for y in out):
        raise OracleError("a result is not a number")
    return out


def _first(flat: Function, start: Sequence[float], digits: int, step: str) -> list[list[Any]]:
    """Columns of first partials; raises Kink where left and right disagree."""
    with mpmath.workdps(digits):
        h = mpmath.mpf(step)
        xs = [mpmath.mpf(x) for x in start]
        here = _at(flat, xs, {})
        columns = []
        for k in range(len(xs)):
            up, down = _at(flat, xs, {k: h}), _at(flat, xs, {k: -h})
            if not len(up) == len(down) == len(here):
                raise Kink(f"the result's structure changes at leaf {k}")
            column = []
            for u, c, d in zip(up, here, down, strict=True):
                left, right = (c - d) / h, (u - c) / h
                if abs(left - right) > mpmath.mpf("1e-6") * (1 + abs(left) + abs(right)):
                    raise Kink(f"one-sided derivatives at leaf {k}: {mpmath.nstr(left, 8)}, {mpmath.nstr(right, 8)}")
                column.append((u - d) / (2 * h))
            columns.append(column)
        return columns


def _second(flat: Function, start: Sequence[float], digits: int, step: str) -> list[list[Any]]:
    """The Hessian of a scalar function by second differences."""
    with mpmath.workdps(digits):
        h = mpmath.mpf(step)
        xs = [mpmath.mpf(x) for x in start]
        (here,) = _at(flat, xs, {})
        n = len(xs)
        rows = [[mpmath.mpf(0)] * n for _ in range(n)]
        for i in range(n):
            up, down = _at(flat, xs, {i: h})[0], _at(flat, xs, {i: -h})[0]
            rows[i][i] = (up - 2 * here + down) / h**2
            for j in range(i):
                corners = [_at(flat, xs, {i: a * h, j: b * h})[0] for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
                rows[i][j] = rows[j][i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * h**2)
        return rows


def _agree(a: list[list[Any]], b: list[list[Any]], what: str) -> None:
    scale = max((abs(x) for row in b for x in row), default=mpmath.mpf(0))
    for row, other in zip(a, b, strict=True):
        for x, y in zip(row, other, strict=True):
            if abs(x - y) > mpmath.mpf("1e-13") * abs(y) + mpmath.mpf("1e-15") * min(1, scale) + TINY:
                raise OracleError(f"{what}: two precisions disagree, {mpmath.nstr(x, 17)} and {mpmath.nstr(y, 17)}")


def _check_value(flat: Function, f: Function, args: Sequence[Any], start: Sequence[float]) -> Any:
    """The float primal, after the high-precision run was seen to give the same."""
    value = f(*(rebuild(a, leaves(a)) for a in args))
    with mpmath.workdps(40):
        high = [float(y) for y in _at(flat, [mpmath.mpf(x) for x in start], {})]
    low = [float(y) for y in leaves(value)]
    if len(low) != len(high) or not all(
        math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-9) for a, b in zip(low, high, strict=True)
    ):
        raise OracleError(f"the function takes another path in high precision: {low} and {high}")
    return value


def differentiable(args: Sequence[Any]) -> tuple[int, ...]:
    """The arguments that hold a float."""
    return tuple(k for k, a in enumerate(args) if any(isinstance(x, float) for x in leaves(a)))


def jacobian(f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None) -> Derivative:
    """All first partials of ``f`` at ``args``: a row per result leaf, a column per leaf of the arguments ``wrt``."""
    wrt = differentiable(args) if wrt is None else [k % len(args) for k in wrt]
    start = [float(x) for k in wrt for x in leaves(args[k])]
    flat = _flat_function(high_precision(f), args, wrt)
    try:
        value = _check_value(flat, f, args, start)
    except (TypeError, AttributeError):
        return _in_floats(_flat_function(f, args, wrt), start, f(*(rebuild(a, leaves(a)) for a in args)))
    columns = _first(flat, start, 70, "1e-25")
    _agree(_first(flat, start, 50, "1e-18"), columns, "first derivative")
    count = len(list(leaves(value)))
    return Derivative([[float(c[r]) for c in columns] for r in range(count)], 1e-14, value)


def gradient(f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None) -> list[float]:
    """The first partials of a scalar function, one per leaf."""
    found = jacobian(f, args, wrt)
    if len(found.rows) != 1:
        raise OracleError(f"{len(found.rows)} results, not one")
    return found.rows[0]


def hessian(f: Function, args: Sequence[Any], wrt: Sequence[int] | None = None) -> list[list[float]]:
    """All second partials of a scalar function; refuses kinks of the function and of its first derivative."""
    wrt = differentiable(args) if wrt is None else [k % len(args) for k in wrt]
    start = [float(x) for k in wrt for x in leaves(args[k])]
    flat = _flat_function(high_precision(f), args, wrt)
    _check_value(flat, f, args, start)
    _first(flat, start, 50, "1e-18")
    rows = _second(flat, start, 100, "1e-20")
    _agree(_second(flat, start, 80, "1e-16"), rows, "second derivative")
    return [[float(x) for x in row] for row in rows]


def _in_floats(flat: Function, start: Sequence[float], value: Any) -> Derivative:
    """Ridders' method in doubles: the extrapolated difference with the least estimated error."""
    rows: list[list[float]] = [[] for _ in leaves(value)]
    worst = 0.0
    for k in range(len(start)):
        for r, row in enumerate(rows):

            def line(t: float, k: int = k, r: int = r) -> float:
                return float(flat([x + t if i == k else x for i, x in enumerate(start)])[r])

            best, error = _ridders(line, 0.02 * (1.0 + abs(start[k])))
            if error > 1e-6 * (1.0 + abs(best)):
                raise OracleError(f"float differences do not converge at leaf {k}: error {error:.1e}")
            row.append(best)
            worst = max(worst, error)
    return Derivative(rows, max(1e-7, 10.0 * worst), value)


def _ridders(line: Callable[[float], float], h: float) -> tuple[float, float]:
    table = [(line(h) - line(-h)) / (2 * h)]
    best, error = table[0], math.inf
    for _ in range(12):
        h /= 1.4
        new = [(line(h) - line(-h)) / (2 * h)]
        factor = 1.96
        for j, old in enumerate(table):
            new.append((new[j] * factor - old) / (factor - 1.0))
            factor *= 1.96
            guess = max(abs(new[j + 1] - new[j]), abs(new[j + 1] - old))
            if guess <= error:
                best, error = new[j + 1], guess
        table = new
    return best, error
