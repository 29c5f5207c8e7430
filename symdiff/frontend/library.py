"""Functions of Python's library in Python, followed in place of the ones that have no source.

What they do is what the documentation says that the originals do; statements that come from them
have the place of the call, so that errors and comments speak of the user's line."""

from __future__ import annotations

import ast
import types
from typing import Any

from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Const

# mypy: disable-error-code="no-untyped-def"


STATISTICS = "symdiff.frontend.distributions"  # loaded for who uses scipy.stats only
FORMULAS = (
    "formulas_numpy",
    "formulas_places",
    "formulas_polynomial",
    "formulas_scipy",
    "formulas_images",
    "formulas_statistics",
)
_FOLLOWED = (__name__, STATISTICS, *(f"symdiff.frontend.{name}" for name in FORMULAS))


def follow(lo: Lowering, f: Any, args: list[Abstract], node: ast.AST) -> Abstract:
    """A call of one of the functions below."""
    return lo.call(Const(f), args, node)


def belongs(f: Any) -> bool:
    """Whether a function is one of this module's, or of those with formulas of NumPy's."""
    return isinstance(f, types.FunctionType) and f.__module__ in _FOLLOWED


# -- what has no source because it is written in C -------------------------------------------------


def bisect_left(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    low, high = lo, len(a) if hi is None else hi
    while low < high:
        mid = (low + high) // 2
        if (a[mid] if key is None else key(a[mid])) < x:
            low = mid + 1
        else:
            high = mid
    return low


def bisect_right(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    low, high = lo, len(a) if hi is None else hi
    while low < high:
        mid = (low + high) // 2
        if x < (a[mid] if key is None else key(a[mid])):
            high = mid
        else:
            low = mid + 1
    return low


def insort_left(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> None:
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> None:
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


_IN_C = {
    "_bisect": {f.__name__: f for f in (bisect_left, bisect_right, insort_left, insort_right)},
}


def spelled(f: Any) -> Any:
    """The function in Python that stands for one in C; None of any other."""
    if not isinstance(f, types.BuiltinFunctionType):
        return None
    return _IN_C.get(f.__module__ or "", {}).get(f.__name__)


# -- what lowering itself calls --------------------------------------------------------------------


def divided_evenly(n: Any, sections: Any) -> Any:
    if n % sections:
        raise ValueError("array split does not result in an equal division")
    return n


def from_front(i: Any, n: Any) -> Any:
    if not -n <= i < n:
        raise IndexError("index is out of bounds")
    return i + n if i < 0 else i


def between(i: Any, n: Any) -> Any:
    if not -n <= i <= n:
        raise IndexError("index is out of bounds")
    return i + n if i < 0 else i


def chosen(places: Any, n: Any) -> Any:
    if (places < 0).any() or (places >= n).any():
        raise ValueError("invalid entry in choice array")
    return places


def each(f: Any, xs: Any) -> Any:
    return [f(x) for x in xs]


def of_one_form(x: Any, v: Any) -> Any:
    if len(x) != len(v):
        raise ValueError("a vector has another number of elements than its argument")
    return v


def of_one_form_by_rows(x: Any, v: Any) -> Any:
    of_one_form(x, v)
    for row, other in zip(x, v):  # noqa: B905 - just compared
        of_one_form(row, other)
    return v


def plus(a: Any, b: Any) -> Any:
    return a + b


def first(pair: Any) -> Any:
    return pair[0]


def summed(xs: Any) -> Any:
    return sum(xs)


def larger(a: Any, b: Any) -> Any:
    return a if a >= b else b


def smaller(a: Any, b: Any) -> Any:
    return a if a < b else b


def most_common(items: Any, n: Any) -> Any:
    ordered = sorted(items, key=second, reverse=True)
    return ordered if n is None else ordered[:n]


def second(pair: Any) -> Any:
    return pair[1]


def accumulated(xs: Any, func: Any) -> Any:
    out: Any = []
    for x in xs:
        out.append(func(out[-1], x) if out else x)
    return out


def accumulated_from(xs: Any, func: Any, initial: Any) -> Any:
    total = initial
    out = [total]
    for x in xs:
        total = func(total, x)
        out.append(total)
    return out


def transposed(rows: Any) -> Any:
    return [[row[j] for row in rows] for j in range(min(len(row) for row in rows))]


def flattened(rows: Any) -> Any:
    return [x for row in rows for x in row]


def taken_while(func: Any, xs: Any) -> Any:
    out = []
    for x in xs:
        if not func(x):
            break
        out.append(x)
    return out


def dropped_while(func: Any, xs: Any) -> Any:
    out = []
    passed = False
    for x in xs:
        if not passed:
            passed = not func(x)
        if passed:
            out.append(x)
    return out


def product_2(xs: Any, ys: Any) -> Any:
    return [(x, y) for x in xs for y in ys]


def product_3(xs: Any, ys: Any, zs: Any) -> Any:
    return [(x, y, z) for x in xs for y in ys for z in zs]


def combinations_2(xs: Any) -> Any:
    return [(xs[i], xs[j]) for i in range(len(xs)) for j in range(i + 1, len(xs))]


def combinations_3(xs: Any) -> Any:
    return [
        (xs[i], xs[j], xs[k])
        for i in range(len(xs))
        for j in range(i + 1, len(xs))
        for k in range(j + 1, len(xs))
    ]


def combinations_with_replacement_2(xs: Any) -> Any:
    return [(xs[i], xs[j]) for i in range(len(xs)) for j in range(i, len(xs))]


def permutations_2(xs: Any) -> Any:
    return [(xs[i], xs[j]) for i in range(len(xs)) for j in range(len(xs)) if i != j]
