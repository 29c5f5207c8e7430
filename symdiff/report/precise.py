"""Programs on arrays run with many digits: what differences of them are good to forty.

NumPy computes with any objects in arrays, by their operators and methods; a :class:`Number` is such
an object, with as many digits as its arithmetic says.  It has no conversion to a float, so that
what NumPy can do in doubles only is an error here and never a loss of digits unseen.  The graph is
the function's own arithmetic, and a derivative is a difference of it: nothing is owed to the rules
that are judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from symdiff.ir.core import Graph, Stmt
from symdiff.ir.interp import run
from symdiff.ndarrays import is_ndarray, numpy
from symdiff.report.evaluate import evaluate
from symdiff.report.values import weight

DIGITS = 60
STEP = 20  # decimal places of the step: as many digits are lost, twice as many are right
STATEMENT = 5  # operations that take as long as finding out what a statement is
KINK = 1e-12
EVALUATIONS = 12  # that one derivative takes at least
NOISE = 1e-34  # of the function's size: what the rounding of sixty digits leaves of a derivative


class Exhausted(Exception):
    """The arithmetic has done all that it was given to do."""


class Imprecise(Exception):
    """An operation that is there for doubles only."""


class Arithmetic:
    """A precision, and how many operations there may be."""

    def __init__(self, digits: int, operations: int) -> None:
        import mpmath

        self.mp = mpmath.ctx_mp.MPContext()
        self.mp.dps = digits
        self.left = operations

    def number(self, x: Any) -> Number:
        return x if isinstance(x, Number) else Number(self.mp.mpf(float(x)), self)

    def spend(self, operations: int) -> None:
        self.left -= operations
        if self.left < 0:
            raise Exhausted

    def made(self, v: Any) -> Number:
        self.spend(1)
        if not isinstance(v, self.mp.mpf):
            raise ValueError("math domain error")
        return Number(v, self)

    def lifted(self, x: Any) -> Any:
        """Floats at any depth as numbers; ints, flags and text as they are."""
        if isinstance(x, float):
            return self.number(x)
        if isinstance(x, (list, tuple)):
            return type(x)(map(self.lifted, x))
        if getattr(getattr(x, "dtype", None), "kind", "") == "f":
            return self._array(numpy().asarray(x))
        return x

    def _array(self, x: Any) -> Any:
        made = numpy().empty(x.shape, object)
        for k in range(x.size):
            made.flat[k] = self.number(x.flat[k])
        return made if x.ndim else made[()]


def _binary(operation: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    def forward(self: Number, other: Any) -> Any:
        y = _operand(other, self)
        return NotImplemented if y is None else self.of.made(operation(self.v, y))

    def backward(self: Number, other: Any) -> Any:
        y = _operand(other, self)
        return NotImplemented if y is None else self.of.made(operation(y, self.v))

    return forward, backward


def _compared(operation: Callable[[Any, Any], bool]) -> Any:
    def compared(self: Number, other: Any) -> Any:
        y = _operand(other, self)
        return NotImplemented if y is None else operation(self.v, y)

    return compared


def _operand(x: Any, beside: Number) -> Any:
    if isinstance(x, Number):
        return x.v
    if isinstance(x, (int, float)) or (hasattr(x, "item") and not is_ndarray(x)):
        return beside.of.mp.mpf(x if isinstance(x, (int, float)) else x.item())
    return None


def _power(x: Any, y: Any) -> Any:
    return x ** (int(y) if y == int(y) else y)


class Number:
    """A number with the digits of its arithmetic; NumPy calls its methods."""

    __slots__ = ("of", "v")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, v: Any, of: Arithmetic) -> None:
        self.v = v
        self.of = of

    __add__, __radd__ = _binary(lambda x, y: x + y)
    __sub__, __rsub__ = _binary(lambda x, y: x - y)
    __mul__, __rmul__ = _binary(lambda x, y: x * y)
    __truediv__, __rtruediv__ = _binary(lambda x, y: x / y)
    __pow__, __rpow__ = _binary(_power)
    __mod__, __rmod__ = _binary(lambda x, y: x % y)
    arctan2, _ = _binary(lambda x, y: x.context.atan2(x, y))
    hypot, _ = _binary(lambda x, y: x.context.hypot(x, y))
    __lt__ = _compared(lambda x, y: x < y)
    __le__ = _compared(lambda x, y: x <= y)
    __gt__ = _compared(lambda x, y: x > y)
    __ge__ = _compared(lambda x, y: x >= y)
    __eq__ = _compared(lambda x, y: x == y)
    __ne__ = _compared(lambda x, y: x != y)

    def __neg__(self) -> Number:
        return Number(-self.v, self.of)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        return Number(abs(self.v), self.of)

    fabs = __abs__

    def conjugate(self) -> Number:
        return self

    def __bool__(self) -> bool:
        return bool(self.v != 0)

    def __trunc__(self) -> int:
        return int(self.v)

    __int__ = __trunc__

    def __floor__(self) -> int:
        return int(self.of.mp.floor(self.v))

    def __ceil__(self) -> int:
        return int(self.of.mp.ceil(self.v))

    def __getattr__(self, name: str) -> Any:
        """The functions of ``math`` and of NumPy, by either's name."""
        known = _FUNCTIONS.get(name)
        if known is None:
            raise AttributeError(name)
        of, v = self.of, self.v
        return lambda: of.made(known(of.mp, v))


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    **{n: (lambda mp, x, n=n: getattr(mp, n)(x))  # type: ignore[misc]
       for n in ("exp", "expm1", "log1p", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "asin",
                 "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
                 "gamma")},
    **{f"arc{n}": (lambda mp, x, n=n: getattr(mp, f"a{n}")(x))  # type: ignore[misc]
       for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "log": lambda mp, x: mp.log(x),
    "log2": lambda mp, x: mp.log(x, 2),
    "exp2": lambda mp, x: mp.mpf(2) ** x,
    "lgamma": lambda mp, x: mp.log(abs(mp.gamma(x))),
    "radians": lambda mp, x: x * mp.pi / 180,
    "degrees": lambda mp, x: x * 180 / mp.pi,
    "deg2rad": lambda mp, x: x * mp.pi / 180,
    "rad2deg": lambda mp, x: x * 180 / mp.pi,
}  # fmt: skip


class _Math:
    """``math`` for numbers: what has no digits to lose, and the functions above."""

    pi, e, inf, nan, tau = math.pi, math.e, math.inf, math.nan, math.tau
    floor, ceil, trunc = math.floor, math.ceil, math.trunc

    def __init__(self, arithmetic: Arithmetic) -> None:
        self._of = arithmetic

    def __getattr__(self, name: str) -> Any:
        if name not in _FUNCTIONS:
            raise AttributeError(name)
        return lambda x: getattr(self._of.number(x), name)()

    def log(self, x: Any, *base: Any) -> Any:
        logs = [self._of.number(y).log() for y in (x, *base)]
        return logs[0] / logs[1] if base else logs[0]

    def pow(self, x: Any, y: Any) -> Any:
        return self._of.number(x) ** y

    def hypot(self, *xs: Any) -> Any:
        return sum((self._of.number(x) ** 2 for x in xs), self._of.number(0.0)).sqrt()

    def atan2(self, y: Any, x: Any) -> Any:
        return self._of.number(y).arctan2(x)

    def fsum(self, xs: Any) -> Any:
        return sum(xs, self._of.number(0.0))

    def prod(self, xs: Any) -> Any:
        made = self._of.number(1.0)
        for x in xs:
            made = made * x
        return made


def value(graph: Graph, leaves: Sequence[Any], of: Arithmetic) -> Any:
    """The graph's results with all digits, weighted (see ``values.weight``), as one number.

    Raises Imprecise for what there is in doubles only, Exhausted when there was too much to do.
    """
    space = {"np": numpy(), "math": _Math(of)}

    def precisely(stmt: Stmt, args: Sequence[Any]) -> Any:
        of.spend(STATEMENT)
        return of.lifted(evaluate(stmt, [of.lifted(a) for a in args], space))

    try:
        found = run(graph, *map(of.lifted, leaves), evaluate=precisely)
    except (TypeError, AttributeError, NameError, NotImplementedError,
            ValueError, LookupError, ArithmeticError) as err:
        raise Imprecise(str(err)) from None
    total = of.number(0.0)
    for k, x in enumerate(_numbers(found)):
        total = total + x * weight(k)
    return total.v


def _numbers(x: Any) -> Iterator[Any]:
    if isinstance(x, (list, tuple)):
        for e in x:
            yield from _numbers(e)
    elif is_ndarray(x):
        yield from x.ravel() if x.dtype == object else ()
    elif x is not None and not isinstance(x, str):
        yield x


# -- derivatives -----------------------------------------------------------------------------------

Place = tuple[int, tuple[int, ...]]  # of a number: which input, and where in it


def places(leaf: Any) -> Iterator[tuple[int, ...]]:
    """Where the floats of an input are."""
    if is_ndarray(leaf):
        yield from numpy().ndindex(leaf.shape)
    elif isinstance(leaf, (list, tuple)):
        for k, e in enumerate(leaf):
            yield from ((k, *rest) for rest in places(e))
    else:
        yield ()


def size_of(leaf: Any) -> int:
    """How many places an input has."""
    if is_ndarray(leaf):
        return int(leaf.size)
    return sum(map(size_of, leaf)) if isinstance(leaf, (list, tuple)) else 1


def _shifted(leaf: Any, at: tuple[int, ...], by: Any) -> Any:
    if is_ndarray(leaf):
        made = leaf.copy()
        made[at] = leaf[at] + by
        return made
    if at:
        return type(leaf)(_shifted(e, at[1:], by) if k == at[0] else e for k, e in enumerate(leaf))
    return leaf + by


def derivatives(
    graph: Graph, leaves: Sequence[Any], chosen: Sequence[Place], operations: int
) -> tuple[list[float], int]:
    """Derivatives by the numbers at some places, NaN at a kink; what is left of the operations.

    The first is computed with twice the digits too, and has to agree; what there are no operations
    left for is NaN.
    """
    if not chosen:
        return [], operations
    if EVALUATIONS * sum(map(size_of, leaves)) > operations:
        raise Exhausted  # not even once per number
    again = Arithmetic(2 * DIGITS, operations)
    (first,) = _differences(graph, leaves, chosen[:1], again, 2 * STEP)
    of = Arithmetic(DIGITS, again.left)
    found = []
    try:
        for x in _differences(graph, leaves, chosen, of, STEP):
            found.append(x)
    except Exhausted:
        found += [math.nan] * (len(chosen) - len(found))
    x = found[0]
    if x == x and first == first and abs(x - first) > 1e-14 * (abs(x) + abs(first)):
        raise Imprecise(f"{DIGITS} digits and twice as many do not agree")
    return found, max(of.left, 0)


def _differences(
    graph: Graph, leaves: Sequence[Any], chosen: Sequence[Place], of: Arithmetic, decimals: int
) -> Iterator[float]:
    lifted = [of.lifted(x) for x in leaves]
    here = value(graph, lifted, of)
    for which, at in chosen:
        start = _at(leaves[which], at)
        h = of.mp.mpf(10) ** -decimals * max(1, abs(start))

        def line(by: Any, which: int = which, at: tuple[int, ...] = at) -> Any:
            moved = list(lifted)
            moved[which] = _shifted(lifted[which], at, Number(by, of))
            return value(graph, moved, of)

        right, left = (line(h) - here) / h, (here - line(-h)) / h
        slope = (right + left) / 2
        apart = abs(right - left) > KINK * (abs(right) + abs(left))
        noise = abs(slope) <= NOISE * abs(here)
        exact = right == 0 and left == 0
        yield float(slope) if exact or not (apart or noise) else math.nan


def _at(leaf: Any, at: tuple[int, ...]) -> float:
    for k in () if is_ndarray(leaf) else at:
        leaf = leaf[k]
    return float(leaf[at] if is_ndarray(leaf) else leaf)
