"""Rows of Python's own operators and builtins on numbers: arithmetic, powers, comparisons,
conversions, ``max`` and ``min`` of two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    ArrayType,
    Type,
    array_of,
    is_memory,
    is_number,
)
from symdiff.ops import bounds, fold, fold_products, fold_sums
from symdiff.ops.array_types import dtype_of
from symdiff.ops.declare import arithmetic, compare, integer, logic, op, real

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]

_BY_ZERO = ("y == 0", "ZeroDivisionError", "float division by zero")
POSITIVE = (0.1, 3.0)


def _first(types: Types, attrs: Attrs) -> Types:
    """The type of the first operand, a bool counted as an int (``round(x, n)``)."""
    arithmetic(types, attrs)
    return (FLOAT if types[0] == FLOAT else INT,)


def _truth(types: Types, attrs: Attrs) -> Types:
    return (BOOL,)


def _item(result: Type) -> Any:
    """A number, or an array without dimensions, as a Python number."""

    def infer(types: Types, attrs: Attrs) -> Types:
        for t in types:
            if t != array_of(dtype_of(t), ""):
                arithmetic(types, attrs)
            if is_memory(t):
                raise TypeError(f"one number is needed here, not a {t}")
        return (result,)

    return infer


# -- arithmetic ------------------------------------------------------------------------------------

op("add", "x y", emit="x + y", numpy="x + y", infer=arithmetic, partials=("1", "1"), image="x + y",
   commutative=True,
   fold=fold_sums.add, bounds=bounds.add, cost=7,
   python=("operator.add", "operator.iadd", "numpy.add"))
op("sub", "x y", emit="x - y", numpy="x - y", infer=arithmetic, partials=("1", "-1"),
   image="x - y", fold=fold_sums.sub,
   bounds=bounds.sub, cost=7, python=("operator.sub", "operator.isub", "numpy.subtract"))
op("mul", "x y", emit="x*y", numpy="x*y", infer=arithmetic, partials=("y", "x"), image="x*y",
   commutative=True,
   fold=fold_products.mul, bounds=bounds.mul, cost=7,
   python=("operator.mul", "operator.imul", "numpy.multiply"))
op("div", "x y", emit="x/y", numpy="x/y", infer=real, partials=("1/y", "-(1/y)*out"), image="x/y",
   fold=fold_products.div,
   bounds=bounds.div, cost=9, total=False, raises=(_BY_ZERO,), domain={"y": (0.1, 3.0)},
   tags="guarded", python=("operator.truediv", "operator.itruediv", "numpy.divide"))
op("floordiv", "x y", emit="x//y", numpy="x//y", infer=arithmetic, partials=("0", "0"),
   image="floor(x/y)",
   fold=fold.floor_div, cost=25, total=False, raises=(_BY_ZERO,), domain={"y": (0.1, 3.0)},
   note="floor division is piecewise constant", python=("operator.floordiv", "numpy.floor_divide"))
op("mod", "x y", emit="x % y", numpy="x % y", infer=arithmetic, partials=("1", "-floordiv(x, y)"),
   image="x - y*floor(x/y)", fold=fold.remainder, cost=25,
   total=False, raises=(_BY_ZERO,), domain={"y": (0.1, 3.0)},
   python=("operator.mod", "numpy.remainder"))
op("neg", "x", emit="-x", numpy="-x", infer=arithmetic, partials=("-1",), image="-x",
   fold=fold_products.neg, cost=6,
   bounds=bounds.neg,
   python=("operator.neg", "numpy.negative"))
op("pos", "x", emit="+x", numpy="+x", infer=arithmetic, partials=("1",), image="x", fold=fold.pos,
   cost=6,
   bounds=bounds.same,
   python=("operator.pos", "numpy.positive"))
op("abs", "x", emit="abs(x)", numpy="np.abs(x)", infer=arithmetic,
   partials=("1 if x > 0 else (-1 if x < 0 else 0)",),
   image="Abs(x)", cost=25, note="abs'(0) = 0", python=("abs", "operator.abs", "numpy.absolute"),
   bounds=bounds.absolute)


# -- powers ----------------------------------------------------------------------------------------


# The general formulas; ``power_partials`` gives each statement the simplest that holds for it.
_POWER = (
    "p*x**(p - 1) if p >= 1 else (p*out/x if x != 0 else (inf if p > 0 else 0))",
    "out*log(x) if x != 0 else 0",
)


def _integer_power(n: int) -> str:
    """d(x**n)/dx; a negative power reuses the result, which underflows after its derivative."""
    if n in (0, 1):
        return str(n)
    if n < 0:
        return "-out*out" if n == -1 else f"{n}*out/x"
    return {2: "2*x", 3: "3*x*x"}.get(n, f"{n}*x**{n - 1}")


def _constant_power(p: float) -> str:
    """d(x**p)/dx for a constant p: no logarithm, and no 0/0 at x = 0."""
    if p == int(p):
        return _integer_power(int(p))
    if p > 1:
        return f"{p!r}*x**{p - 1!r}"
    return f"{p!r}*out/x if x != 0 else inf" if p > 0 else f"{p!r}*out/x"


def power_partials(stmt: Stmt) -> tuple[str | None, ...]:
    """The formulas of a power by what is known of the exponent and of the base."""
    x, p = stmt.args
    if p.is_const() and math.isfinite(p.constant):
        dx = _constant_power(p.constant)
    elif p.type != FLOAT:  # an int, or an array: x**(p - 1) is infinite there, and raises nothing
        dx = "p*x**(p - 1) if p != 0 else 0"
    else:
        dx = _POWER[0]
    dp = _POWER[1]
    if x.is_const() and x.constant > 0:
        log = 1.0 if x.constant == math.e else math.log(x.constant)
        dp = f"{log!r}*out"
    return dx, dp


op("pow", "x p", emit="x**p", numpy="x**p", infer=arithmetic, partials=_POWER,
   choose=power_partials,
   image="x**p",
   fold=fold_products.pow_, bounds=bounds.power, cost=30, total=False, domain={"x": POSITIVE},
   python=("operator.pow", "numpy.power"),
   raises=(("x == 0 and p < 0", "ZeroDivisionError", "0.0 cannot be raised to a negative power"),),
   errors="OverflowError")
op("fpow", "x p", emit="math.pow(x, p)", infer=real, partials=_POWER, choose=power_partials,
   image="x**p", bounds=bounds.power,
   cost=40, total=False, domain={"x": POSITIVE}, python=("math.pow",),
   raises=(("(x == 0 and p < 0) or (x < 0 and p != floor(p))", "ValueError", "math domain error"),),
   errors="OverflowError")


_UFUNC = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
          "ne": "not_equal"}

# -- comparisons and truth -------------------------------------------------------------------------

for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="),
                     ("ne", "!=")):
    op(_name, "x y", emit=f"x {_sign} y", numpy=f"x {_sign} y", infer=compare,
   partials=("0", "0"), cost=8,
       commutative=_name in ("eq", "ne"), fold=fold.comparison(_name), tags="data",
       python=(f"operator.{_name}", f"numpy.{_UFUNC[_name]}"))


def _spell_not(stmt: Stmt) -> str:
    """``~`` turns the bits of what is one of Python's truth values when the program runs, as
    ``x > 0`` of a float is: for one value, ``not``."""
    t = stmt.args[0].type
    return "~x" if isinstance(t, ArrayType) and t.dims else "not x"


op("not", "x", emit="not x", spell=_spell_not, infer=logic, partials=("0",), fold=fold.not_, cost=5,
   tags="data",
   python=("operator.not_", "numpy.logical_not"))


# -- conversions and rounding ----------------------------------------------------------------------

_STEPS = "piecewise constant: derivative 0 by mathematics"

op("int", "x", emit="int(x)", numpy="int(x)", infer=_item(INT), partials=("0",), fold=fold.int_,
   cost=40, note=_STEPS,
   tags="data", total=False, errors="ValueError OverflowError")
op("float", "x", emit="float(x)", numpy="float(x)", infer=_item(FLOAT), partials=("1",),
   image="x", fold=fold.float_, cost=30,
   bounds=bounds.same)
op("bool", "x", emit="bool(x)", numpy="x", infer=_truth, partials=("0",), fold=fold.bool_, cost=30,
   tags="data")
op("round", "x", emit="round(x)", infer=integer, partials=("0",), cost=40, note=_STEPS, tags="data",
   total=False, errors="ValueError OverflowError")
op("round_n", "x n", emit="round(x, n)", infer=_first, partials=("0", "0"), cost=150, note=_STEPS,
   tags="data", total=False, errors="ValueError OverflowError")


# -- extrema of two --------------------------------------------------------------------------------


def _extremum_fold(name: str) -> Any:
    """Operands of mixed types become floats first, so that the result has one type."""

    def folded(b: Builder, args: tuple[Value, ...], attrs: Attrs) -> Value | None:
        x, y = args
        if x is y:
            return x
        types = (x.type, y.type)
        if x.type == y.type or FLOAT not in types or not all(map(is_number, types)):
            return None
        return b.op(name, b.to_float(x), b.to_float(y))

    return folded


_TIES = "at a tie the weights are even"

# As Python's max(x, y) and min(x, y): the first unless the second is strictly beyond it, also for
# NaN.
op("max", "x y", emit="y if y > x else x", numpy="np.maximum(x, y)", python=("numpy.maximum",),
   infer=arithmetic, image="Max(x, y)", cost=9, note=_TIES,
   partials=("0 if y > x else (0.5 if x == y else 1)", "1 if y > x else (0.5 if x == y else 0)"),
   fold=_extremum_fold("max"), bounds=bounds.larger)
op("min", "x y", emit="y if y < x else x", numpy="np.minimum(x, y)", python=("numpy.minimum",),
   infer=arithmetic, image="Min(x, y)", cost=9, note=_TIES,
   partials=("0 if y < x else (0.5 if x == y else 1)", "1 if y < x else (0.5 if x == y else 0)"),
   fold=_extremum_fold("min"), bounds=bounds.smaller)
