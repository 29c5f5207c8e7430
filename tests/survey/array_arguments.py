"""Arguments for functions of arrays: from the examples of docstrings, then a search over what each
parameter may be (a vector, a matrix, a number, a count) at several magnitudes."""

from __future__ import annotations

import ast
import copy
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.survey.arguments import Call, from_doctests
from tests.survey.collect import syntax

Maker = Callable[[int], Any]  # the k-th parameter gets numbers of its own

COUNTS = ("n", "k", "m", "N", "M", "K", "order", "deg", "degree", "axis", "lag", "lags", "nlags",
          "window", "bins", "nbins", "size", "dim", "ndim", "maxlag", "p", "q", "nobs")  # fmt: skip


def _numbers(shape: tuple[int, ...], k: int, low: float, high: float) -> np.ndarray:
    rng = np.random.default_rng(17 + 31 * k + 7 * len(shape))
    return rng.uniform(low, high, shape)


def vector(n: int, low: float, high: float) -> Maker:
    return lambda k: _numbers((n,), k, low, high)


def rising(n: int, low: float, high: float) -> Maker:
    return lambda k: np.sort(_numbers((n,), k, low, high))


def matrix(m: int, n: int, low: float, high: float) -> Maker:
    return lambda k: _numbers((m, n), k, low, high)


def definite(n: int) -> Maker:
    def make(k: int) -> np.ndarray:
        x = _numbers((n, n), k, -1.0, 1.0)
        return np.asarray(x @ x.T + np.diag(np.arange(1.0, n + 1)))

    return make


def number(low: float, high: float) -> Maker:
    return lambda k: float(_numbers((1,), k, low, high)[0])


def count(k: int) -> int:
    return 2 + k % 2


LABELS: Maker = lambda k: np.array([0, 1, 1, 0, 2, 1]) * (1 + k % 2) % 3  # noqa: E731

# what all parameters are, or the first one and the others
ALL: tuple[Maker, ...] = (
    vector(6, 0.1, 0.9), vector(3, 0.1, 0.9), matrix(4, 3, 0.1, 0.9), matrix(3, 3, 0.1, 0.9),
    vector(6, -2.0, 2.0), vector(6, 5.0, 90.0), vector(3, 5.0, 90.0), matrix(4, 3, 5.0, 90.0),
    vector(4, 250.0, 900.0), vector(2, 0.1, 0.9), vector(4, 0.1, 0.9), rising(6, 0.1, 4.0),
    definite(3), matrix(6, 2, -2.0, 2.0), matrix(4, 4, -1.0, 1.0), matrix(8, 8, 0.1, 0.9),
)  # fmt: skip
FIRST: tuple[tuple[Maker, Maker], ...] = (
    (vector(6, 0.1, 0.9), number(0.3, 0.9)), (matrix(4, 3, 0.1, 0.9), vector(3, 0.1, 0.9)),
    (matrix(4, 3, 0.1, 0.9), vector(4, 0.1, 0.9)), (matrix(3, 3, 0.1, 0.9), vector(3, 0.1, 0.9)),
    (vector(3, 0.1, 0.9), number(0.3, 0.9)), (matrix(4, 3, 0.1, 0.9), number(0.3, 0.9)),
    (vector(6, 0.1, 0.9), count), (matrix(4, 3, 0.1, 0.9), count), (definite(3), count),
    (vector(3, 0.1, 0.9), matrix(3, 3, 0.1, 0.9)), (vector(6, 5.0, 90.0), number(1.0, 9.0)),
    (number(0.3, 0.9), vector(6, 0.1, 0.9)), (definite(3), vector(3, -1.0, 1.0)),
    (vector(4, 250.0, 900.0), number(250.0, 900.0)), (vector(6, -2.0, 2.0), number(1.0, 3.0)),
    (matrix(6, 2, -2.0, 2.0), LABELS), (vector(6, 0.1, 0.9), LABELS),
    (LABELS, vector(6, 0.1, 0.9)), (rising(6, 0.1, 4.0), vector(6, 0.1, 0.9)),
    (matrix(8, 8, 0.1, 0.9), count),
)  # fmt: skip


def candidates(f: types.FunctionType) -> Iterator[Call]:
    """Calls worth trying, the most telling first."""
    for call in from_doctests(f):
        yield _arrays_for_lists(call)
    names = _names(f)
    if not names or len(names) > 7:
        return
    counts = _counted(f, names)
    for call in _searched(names, counts):
        yield _as_noted(f, call)


def _as_noted(f: types.FunctionType, call: Call) -> Call:
    """The same with numbers where the annotation says float."""
    parameters = inspect.signature(f, follow_wrapped=False).parameters
    one = number(0.3, 0.9)
    noted = {n: one(k) for k, (n, p) in enumerate(parameters.items())
             if p.annotation in (float, "float") and n in call.kwargs}
    return Call((), {**call.kwargs, **noted}, call.origin)


def _searched(names: list[str], counts: set[str]) -> Iterator[Call]:
    for make in ALL:
        if counts:
            yield _call(names, lambda n, k, m=make: count(k) if n in counts else m(k))
        yield _call(names, lambda n, k, m=make: m(k))
    if len(names) == 1:
        return
    for first, others in FIRST:
        if counts:
            yield _call(names, lambda n, k, a=first, b=others: count(k) if n in counts
                        else b(k) if k else a(k))
        yield _call(names, lambda n, k, a=first, b=others: b(k) if k else a(k))
    for at in range(1, len(names)):
        for first, others in FIRST[:8]:
            yield _call(names, lambda n, k, a=first, b=others, i=at: b(k) if k >= i else a(k))
            yield _call(names, lambda n, k, a=first, b=others, i=at: b(k) if k == i else a(k))


def _names(f: types.FunctionType) -> list[str]:
    """The parameters that need a value; of those that do not, floats keep theirs."""
    found = []
    for p in inspect.signature(f, follow_wrapped=False).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.default is p.empty:
            found.append(p.name)
    return found


def _counted(f: types.FunctionType, names: list[str]) -> set[str]:
    """Parameters that count: by their annotation, their name, or a ``range`` of them."""
    parameters = inspect.signature(f, follow_wrapped=False).parameters
    found = {n for n in names if parameters[n].annotation in (int, "int")}
    found |= {n for n in names if n in COUNTS}
    tree = syntax(f)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range":
            found |= {a.id for a in node.args if isinstance(a, ast.Name) and a.id in names}
    return found


def _call(names: list[str], made: Callable[[str, int], Any]) -> Call:
    return Call((), {n: made(n, k) for k, n in enumerate(names)}, "search")


def _arrays_for_lists(call: Call) -> Call:
    """Lists of numbers in an example stand for arrays."""

    def move(x: Any) -> Any:
        if isinstance(x, list) and x:
            try:
                made = np.array(x)
            except ValueError:
                return x
            return made if made.dtype.kind in "fiub" else x
        return x

    return Call(tuple(map(move, call.args)), {k: move(v) for k, v in call.kwargs.items()},
                call.origin)


# -- what is differentiated ------------------------------------------------------------------------


def active(x: Any) -> bool:
    """Whether a value is a float, an array of floats, or a list or tuple of these."""
    if isinstance(x, (list, tuple)):
        return bool(x) and all(map(active, x))
    return type(x) is float or (type(x) is np.ndarray and x.dtype == np.float64 and x.size > 0)


def plain(x: Any) -> bool:
    """Whether a value is data that a signature can name."""
    if isinstance(x, (list, tuple)):
        return all(map(plain, x))
    if type(x) is np.ndarray:
        return bool(x.dtype.kind in "fiub")
    return x is None or type(x) in (float, int, bool, str) or isinstance(x, type)


def arrays_in(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(arrays_in, x))
    return type(x) is np.ndarray


def results(x: Any) -> Iterator[np.ndarray]:
    """The arrays and numbers of a result, in order; a part that is neither raises."""
    if isinstance(x, dict):
        for v in x.values():
            yield from results(v)
    elif isinstance(x, (list, tuple)):
        for v in x:
            yield from results(v)
    elif isinstance(x, (int, float, np.number, np.ndarray)) and not isinstance(x, bool):
        found = np.asarray(x)
        if found.dtype.kind not in "fiu" or type(found) is not np.ndarray:
            raise TypeError("the result is not real")
        yield found.astype(float)
    elif x is not None:
        raise TypeError("the result is not real")


def fresh(x: Any) -> Any:
    return copy.deepcopy(x)
