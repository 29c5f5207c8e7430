"""Values of arguments and results: their numbers in order, copies, and how a report writes them."""

from __future__ import annotations

import contextlib
import io
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

from symdiff.instances import attributes, instance, is_object
from symdiff.ir.types import Node, Static, Tree
from symdiff.ndarrays import is_ndarray, numpy
from symdiff.signature import members


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """A context in which what the user's function prints is dropped, and NumPy's remarks on
    infinities: a report goes where they are."""
    errors = numpy().errstate(all="ignore") if "numpy" in sys.modules else contextlib.nullcontext()
    with contextlib.redirect_stdout(io.StringIO()), errors:
        yield


def copied(value: Any) -> Any:
    """What a value holds that can be written to, copied: a call may write to its arguments."""
    if type(value) in (list, tuple):
        return type(value)(map(copied, value))
    if is_ndarray(value):
        return value.copy()
    if isinstance(value, tuple):
        return type(value)(*map(copied, value))
    if is_object(value):
        names = attributes(value)
        return instance(type(value), names, [copied(getattr(value, n)) for n in names])
    return {k: copied(v) for k, v in value.items()} if type(value) is dict else value


def flatten(tree: Tree, value: Any) -> list[Any]:
    """The graph inputs of a value: one per leaf of its tree (a list is one leaf)."""
    if isinstance(tree, Static):
        return []
    if isinstance(tree, Node):
        return [
            x
            for c, v in zip(tree.children, members(tree, value), strict=True)
            for x in flatten(c, v)
        ]
    return [value]


def named(tree: Tree, value: Any, where: str) -> list[tuple[str, float]]:
    """Each number of a value with the expression that reads it."""
    if isinstance(tree, Node):
        found = []
        for key, child, member in zip(tree.keys, tree.children, members(tree, value), strict=True):
            dotted = tree.cls is not None
            found += named(child, member, f"{where}.{key}" if dotted else f"{where}[{key!r}]")
        return found
    return list(_numbers(value, where))


def count(tree: Tree, value: Any) -> int:
    """How many numbers ``named`` finds."""
    if is_ndarray(value):
        return int(value.size) if value.dtype.kind == "f" else 0
    if isinstance(tree, Node):
        pairs = zip(tree.children, members(tree, value), strict=True)
        return sum(count(c, v) for c, v in pairs)
    return sum(1 for _ in _numbers(value, ""))


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, (list, tuple)):
        for k, x in enumerate(value):
            yield from _numbers(x, f"{where}[{k}]")
    elif is_ndarray(value):
        if value.dtype.kind == "f":
            for at in numpy().ndindex(value.shape):
                yield f"{where}[{', '.join(map(str, at))}]" if at else where, float(value[at])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield where, value


def weight(k: int) -> float:
    """What the ``k``-th number of a result that is no number is weighted by where one number is
    needed: 1, 1/2, 1/3, ... (a plain sum is constant where a softmax is differentiated)."""
    return 1.0 / (k + 1)


def combined(result: Any) -> float:
    """The numbers of a result, weighted, as one."""
    return math.fsum(weight(k) * x for k, x in enumerate(numbers(result)))


def cotangent(result: Any) -> Any:
    """The weights in the structure of the result."""
    count = iter(range(10**9))
    return mapped(result, lambda _: weight(next(count)))


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The structure with a function of each of its numbers, which is called in order."""
    if is_ndarray(value) or hasattr(value, "dtype"):
        return _mapped_array(value, change)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(v, change) for v in value))
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, change) for v in value)
    if isinstance(value, dict):
        return {k: mapped(v, change) for k, v in value.items()}
    if is_object(value):
        names = attributes(value)
        parts = [mapped(getattr(value, n), change) for n in names]
        return instance(type(value), names, parts)
    return change(value) if isinstance(value, (int, float)) else value


def _mapped_array(value: Any, change: Callable[[Any], Any]) -> Any:
    if value.dtype.kind != "f":
        return value
    new = numpy().array(value)
    for k in range(new.size):
        new.flat[k] = change(new.flat[k])
    return new if is_ndarray(value) else new[()]


def shown(value: Any) -> str:
    """A value for a report: a large array by its shape and its first numbers, in one line."""
    if is_ndarray(value):
        first = ", ".join(f"{x:.6g}" for x in value.ravel()[:3])
        if value.size <= 3 and value.ndim <= 1:
            return f"[{first}]" if value.ndim else first
        return f"[{first}, ...] of shape {value.shape}"
    if type(value) in (list, tuple) and any(is_ndarray(v) for v in _parts(value)):
        inner = ", ".join(map(shown, value))
        return f"[{inner}]" if type(value) is list else f"({inner})"
    if type(value) is dict:
        return "{" + ", ".join(f"{k!r}: {shown(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _parts(value: Any) -> Iterator[Any]:
    """What nested lists, tuples and dicts hold."""
    if type(value) in (list, tuple):
        for v in value:
            yield from _parts(v)
    elif type(value) is dict:
        yield from _parts(list(value.values()))
    else:
        yield value


def numbers(value: Any) -> list[float]:
    """The numbers of any structure of lists, tuples, dicts and records, in order."""
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in numbers(v)]
    if isinstance(value, dict):
        return [x for v in value.values() for x in numbers(v)]
    if is_ndarray(value):
        return [float(x) for x in value.ravel()] if value.dtype.kind == "f" else []
    if is_object(value):
        return [x for n in attributes(value) for x in numbers(getattr(value, n))]
    return [float(value)] if isinstance(value, (int, float)) else []
