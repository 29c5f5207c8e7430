"""Where a report looks: points near the given one and, drawn deterministically, over the core and
the tails of the floats.

The sample has bands: each differentiated number near 1, in the tens, and far out.  Points at which
the function has no value are dropped by whoever evaluates it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from symdiff.ir.types import FLOAT, INT, ListType, Node, Static, Tree, TupleType, Type
from symdiff.signature import members, rebuilt

CORE = 2.0
TAILS = (20.0, 100.0, 800.0)
_LENGTH = 3


def drawn(tree: Tree, rng: random.Random, scale: float) -> Any:
    """A random value of a tree; lists get three elements."""
    if isinstance(tree, Static):
        return tree.value
    if isinstance(tree, Node):
        return rebuilt(tree, [drawn(c, rng, scale) for c in tree.children])
    if isinstance(tree, ListType):
        return [drawn(tree.elem, rng, scale) for _ in range(_LENGTH)]
    if isinstance(tree, TupleType):
        return tuple(drawn(t, rng, scale) for t in tree.elems)
    return _scalar(tree, rng, scale)


def _scalar(type_: Type, rng: random.Random, scale: float) -> Any:
    if type_ == FLOAT:
        return round(rng.uniform(-scale, scale), 3)
    if type_ == INT:
        return rng.randint(1, 4)
    return rng.random() < 0.5 if type_.name == "bool" else ""


def moved(tree: Tree, value: Any, rng: random.Random, scale: float) -> Any:
    """The same structure (and the same lengths) with other numbers; ints and flags stay."""
    if isinstance(tree, Static):
        return value
    if isinstance(tree, Node):
        pairs = zip(tree.children, members(tree, value), strict=True)
        return rebuilt(tree, [moved(c, v, rng, scale) for c, v in pairs])
    if isinstance(tree, ListType):
        return [moved(tree.elem, v, rng, scale) for v in value]
    if isinstance(tree, TupleType):
        return tuple(moved(t, v, rng, scale) for t, v in zip(tree.elems, value, strict=True))
    return _scalar(tree, rng, scale) if tree == FLOAT else value


def sample(
    params: Sequence[tuple[str, Tree]],
    point: Sequence[Any] | None,
    count: int,
    tails: bool = True,
    seed: int = 20,
) -> list[list[Any]]:
    """``count`` points: the given one first, then half from the core and half from the tails."""
    rng = random.Random(seed)
    found = [list(point)] if point is not None else []
    while len(found) < count:
        far = tails and len(found) % 2 == 1
        scale = TAILS[len(found) // 2 % len(TAILS)] if far else CORE
        if point is None:
            found.append([drawn(t, rng, scale) for _, t in params])
        else:
            found.append([moved(t, v, rng, scale) for (_, t), v in zip(params, point, strict=True)])
    return found
