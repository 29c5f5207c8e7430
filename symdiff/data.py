"""Primals that are data: ``jvp`` and ``vjp`` are given all of a function's arguments, labels and
masks too.

An array of bools has no derivative. One of ints counts as floats, as everywhere; where the function
takes no floats in its place (an index, a count) it is data as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from symdiff.errors import ArgumentError, SourceError
from symdiff.ndarrays import is_ndarray, numpy

R = TypeVar("R")


def apart_from(primals: Sequence[Any], mode: str, differentiate: Callable[[Sequence[int]], R]) -> R:
    """``differentiate`` for the places of what is no data: first as if ints were floats."""
    kinds = [x.dtype.kind if is_ndarray(x) else "" for x in primals]
    active = [k for k, kind in enumerate(kinds) if kind != "b"]
    fewer = [k for k in active if kinds[k] not in ("i", "u")]
    if primals and not active:
        raise ArgumentError(
            f"{mode}: all arguments are arrays of bools, which are data"
            "\n    hint: pass what is to be differentiated as floats"
        )
    if not fewer or fewer == active:
        return differentiate(active)
    try:
        return differentiate(active)
    except SourceError:
        return differentiate(fewer)


def without_tangent(primal: Any, tangent: Any, name: str) -> None:
    """Refuse a tangent of data that is not zero."""
    if numpy().any(tangent) or numpy().shape(tangent) != primal.shape:
        raise ArgumentError(
            f"jvp: {name} is data of the function, and its tangent is not zero"
            f"\n    hint: pass zeros of shape {primal.shape}"
        )


def filled(gradients: Sequence[Any], active: Sequence[int], primals: Sequence[Any]) -> Any:
    """One gradient per primal: zeros for data."""
    found = dict(zip(active, gradients, strict=True))
    return tuple(
        found[k] if k in found else numpy().zeros(x.shape) for k, x in enumerate(primals)
    )
