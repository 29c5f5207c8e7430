"""What reverse and forward mode ask of the functions that a graph calls.

A callee has up to three derived forms.  The *forward* form returns its value and a tape, the
*reverse* form takes that tape and the value's cotangent and returns cotangents of the arguments;
the *tangent* form returns the value and its tangent.  How they are made is in :mod:`callees`.
"""

from __future__ import annotations

from collections.abc import Iterable

from symdiff.ir.core import Graph
from symdiff.ir.types import Type, tuple_of
from symdiff.records import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Names of a forward and a reverse form; ``wrt`` are the arguments that get cotangents."""

    forward: str
    reverse: str
    wrt: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tangent:
    """Name of a tangent form; ``wrt`` are the arguments that come with tangents, behind the
    others.
    """

    name: str
    wrt: tuple[int, ...]


class Forms:
    """Derived forms of the callees of ``graph``, made when they are first asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def pair(self, name: str, wrt: Iterable[int]) -> Pair:
        raise NotImplementedError

    def tangent(self, name: str, wrt: Iterable[int]) -> Tangent:
        raise NotImplementedError


def together(types: list[Type]) -> Type:
    """The one result of several: itself, or a tuple."""
    return types[0] if len(types) == 1 else tuple_of(*types)
