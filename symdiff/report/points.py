"""Where a report looks: points near the given one and, drawn deterministically, over the core and
the tails of the floats.

The sample has bands: each differentiated number near 1, in the tens, and far out.  Points at which
the function has no value are dropped by whoever evaluates it.  Arrays that are made up have the
sizes that their letters say: ``f64[n,m]`` and ``f64[m]`` fit together.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symdiff.ir.types import FLOAT, INT, ArrayType, ListType, Node, Static, Tree, TupleType, Type
from symdiff.ndarrays import numpy
from symdiff.signature import members, rebuilt

CORE = 2.0
TAILS = (20.0, 100.0, 800.0)
_LENGTH = 3


_SIZES = (4, 3, 2, 5, 6)  # of an array, by letter in the order in which they are first met


class Sizes:
    """The size that a letter stands for, the same wherever it stands."""

    def __init__(self, written: Mapping[str, Sequence[tuple[str, ...]]] | None = None) -> None:
        self.written = written or {}
        self.known: dict[str, int] = {}

    def of(self, name: str) -> Iterator[tuple[int, ...]]:
        """The shapes of a parameter's arrays, in order, as far as they were written."""
        for dims in self.written.get(name, ()):
            yield tuple(self._size(d) for d in dims)

    def _size(self, dim: str) -> int:
        if dim.isdigit():
            return int(dim)
        return self.known.setdefault(dim, _SIZES[len(self.known) % len(_SIZES)])


def drawn(
    tree: Tree, rng: random.Random, scale: float, shapes: Iterator[tuple[int, ...]]
) -> Any:
    """A random value of a tree; lists get three elements, arrays the next of the given shapes."""
    if isinstance(tree, Static):
        return tree.value
    if isinstance(tree, Node):
        return rebuilt(tree, [drawn(c, rng, scale, shapes) for c in tree.children])
    if isinstance(tree, ArrayType):
        shape = next(shapes, tuple(1 if d == "1" else _LENGTH for d in tree.dims))
        return _array(tree, shape, rng, scale)
    if isinstance(tree, ListType):
        given = list(shapes)
        return [drawn(tree.elem, rng, scale, iter(given)) for _ in range(_LENGTH)]
    if isinstance(tree, TupleType):
        return tuple(drawn(t, rng, scale, shapes) for t in tree.elems)
    return _scalar(tree, rng, scale)


def _array(t: ArrayType, shape: tuple[int, ...], rng: random.Random, scale: float) -> Any:
    """An array; ints are 0 or 1, which are labels and positions in anything."""
    np = numpy()
    count = int(np.prod(shape))
    if t.dtype in ("int", "bool"):
        values: list[float] = [rng.randint(0, 1) for _ in range(count)]
    else:
        values = [round(rng.uniform(-scale, scale), 3) for _ in range(count)]
    dtype = {"f64": "f8", "f32": "f4", "int": "i8", "bool": "?"}[t.dtype]
    return np.array(values, dtype).reshape(shape)


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
    if isinstance(tree, ArrayType):
        return _array(tree, value.shape, rng, scale) if tree.dtype in ("f64", "f32") else value
    if isinstance(tree, TupleType):
        return tuple(moved(t, v, rng, scale) for t, v in zip(tree.elems, value, strict=True))
    return _scalar(tree, rng, scale) if tree == FLOAT else value


def sample(
    params: Sequence[tuple[str, Tree]],
    point: Sequence[Any] | None,
    count: int,
    tails: bool = True,
    seed: int = 20,
    written: Mapping[str, Sequence[tuple[str, ...]]] | None = None,
) -> list[list[Any]]:
    """``count`` points: the given one first, then half from the core and half from the tails."""
    return [values for _, values in sampled(params, point, count, tails, seed, written)]


def sampled(
    params: Sequence[tuple[str, Tree]],
    point: Sequence[Any] | None,
    count: int,
    tails: bool = True,
    seed: int = 20,
    written: Mapping[str, Sequence[tuple[str, ...]]] | None = None,
) -> list[tuple[bool, list[Any]]]:
    """The same, each with whether it is from the tails."""
    rng = random.Random(seed)
    sizes = Sizes(written)
    found = [(False, list(point))] if point is not None else []
    while len(found) < count:
        far = tails and len(found) % 2 == 1
        scale = TAILS[len(found) // 2 % len(TAILS)] if far else CORE
        if point is None:
            values = [drawn(t, rng, scale, sizes.of(n)) for n, t in params]
        else:
            values = [moved(t, v, rng, scale) for (_, t), v in zip(params, point, strict=True)]
        found.append((far, values))
    return found
