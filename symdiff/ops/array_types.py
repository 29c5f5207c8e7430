"""Type rules of arrays: broadcasting, promotion, and what of the dimensions is known afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdiff.ir.core import Stmt
from symdiff.ir.types import (
    FLOAT,
    ArrayType,
    Type,
    array_of,
    is_array,
    is_number,
    result_dtype,
)

Axes = tuple[int, ...]


def dims_of(t: Type) -> str:
    """What is known of each dimension; a number has none."""
    return t.dims if isinstance(t, ArrayType) else ""


def dtype_of(t: Type) -> str:
    """The dtype that a value has as an array."""
    return t.dtype if isinstance(t, ArrayType) else result_dtype((t,))


def broadcast(dims: Iterable[str]) -> str:
    """The dimensions of what arrays of these broadcast to."""
    known = list(dims)
    rank = max(map(len, known), default=0)
    found = []
    for k in range(-rank, 0):
        letters = {d[k] for d in known if len(d) >= -k} - {"1"}
        found.append("n" if "n" in letters else "?" if letters else "1")
    return "".join(found)


def elementwise(types: Sequence[Type], kind: str = "") -> ArrayType:
    """The result of an elementwise operation; ``kind`` is "" (promoted), "float" or "bool"."""
    for t in types:
        if not is_array(t) and not is_number(t):
            raise TypeError(f"an array or a number is needed here, not a {t}")
    dtype = result_dtype(types)
    if kind == "float" and dtype in ("bool", "int"):
        dtype = "f64"
    return array_of("bool" if kind == "bool" else dtype, broadcast(map(dims_of, types)))


def of_one_shape(stmt: Stmt) -> bool:
    """Whether an operation is one on floats, or on floats and arrays of one type and shape."""
    made = stmt.results[0].type
    if made is FLOAT:
        return stmt.args[0].type is FLOAT and stmt.args[-1].type is FLOAT
    if not isinstance(made, ArrayType) or set(made.dims) != {"n"} or made.dtype[0] != "f":
        return False
    return all(a.type is FLOAT or a.type == made for a in stmt.args)


def as_array(t: Type) -> ArrayType:
    if not isinstance(t, ArrayType):
        raise TypeError(f"an array is needed here, not a {t}")
    return t


def with_dims(t: Type, dims: str) -> ArrayType:
    return array_of(dtype_of(t), dims)


def normal_axes(axis: int | Sequence[int] | None, rank: int) -> Axes:
    """Axes counted from the front, in order; None means all."""
    if axis is None:
        return tuple(range(rank))
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in given:
        if not -rank <= a < rank:
            raise TypeError(f"axis {a} is out of bounds for an array of {rank} dimensions")
    found = tuple(sorted(a % rank for a in given))
    if len(set(found)) != len(found):
        raise TypeError("an axis is named twice")
    return found


def reduced(dims: str, axes: Axes, keepdims: bool) -> str:
    """The dimensions after a reduction over ``axes``."""
    if keepdims:
        return "".join("1" if k in axes else d for k, d in enumerate(dims))
    return "".join(d for k, d in enumerate(dims) if k not in axes)


def contracted(left: str, right: str) -> str:
    """The dimensions of ``left @ right``."""
    if not left or not right:
        raise TypeError("@ needs arrays, not numbers: write *")
    rows, columns = left[-2:-1], right[-1:] if len(right) > 1 else ""
    batch = broadcast((left[:-2], right[:-2]))
    return batch + rows + columns


def parts(spec: str) -> tuple[list[str], str]:
    """The letters of the operands and of the result of ``ij,jk->ik``."""
    left, _, right = spec.partition("->")
    return left.split(","), right
