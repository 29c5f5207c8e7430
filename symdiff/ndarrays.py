"""Array arguments: their types, and values that fit them.

NumPy is never imported here: whoever holds an array has imported it.  A type says the kind of the
dtype, the rank, and which dimensions are 1 (they broadcast); sizes are left open.  Layout, byte
order and writability are no part of it: the generated code takes any.
"""

from __future__ import annotations

import sys
from typing import Any

from symdiff.errors import ArgumentError
from symdiff.ir.types import ArrayType, SizedArray, array_of

_KINDS = {"b": "bool", "i": "int", "u": "int"}


def numpy() -> Any:
    """The module, which is loaded wherever there are arrays."""
    return sys.modules["numpy"]


def is_ndarray(value: Any) -> bool:
    loaded = sys.modules.get("numpy")
    return loaded is not None and isinstance(value, loaded.ndarray)


def array_type(value: Any, where: str) -> ArrayType:
    """The type of an array; ``where`` names it in the refusal."""
    if type(value) is not numpy().ndarray:
        raise ArgumentError(
            f"{where} is a {type(value).__name__}, a subclass of numpy.ndarray with rules of its"
            f" own\n    hint: pass numpy.asarray({where})"
        )
    found = dtype_kind(value.dtype)
    if found is None:
        raise ArgumentError(
            f"{where} is an array of {value.dtype}, which is not supported"
            "\n    hint: pass an array of float64, float32, ints or bools"
        )
    return array_of(found, "".join("1" if n == 1 else "n" for n in value.shape))


def dtype_kind(dtype: Any) -> str | None:
    """The name of a dtype's kind in a type, or None where arrays of it are refused."""
    if dtype.kind == "f":
        return {8: "f64", 4: "f32"}.get(dtype.itemsize)
    return _KINDS.get(dtype.kind)


def fits(t: ArrayType, value: Any) -> bool:
    """Whether a value has exactly this type, so that nothing needs to be converted."""
    if not is_ndarray(value) or type(value) is not numpy().ndarray:
        return False
    if value.ndim != t.rank or dtype_kind(value.dtype) != t.dtype or not value.dtype.isnative:
        return False
    if isinstance(t, SizedArray) and not _has_sizes(t, value):
        return False
    return all((n == 1) == (d == "1") for n, d in zip(value.shape, t.dims, strict=True))


def _has_sizes(t: SizedArray, value: Any) -> bool:
    return all(known in (None, n) for n, known in zip(value.shape, t.sizes, strict=True))


LARGEST = 64  # a size that a program may be compiled for


def sized(t: ArrayType, value: Any) -> SizedArray:
    """The type with the sizes of a value, the small ones."""
    sizes = tuple(n if n <= LARGEST else None for n in value.shape)
    return SizedArray("array", t.dtype, t.dims, sizes)


def converted(value: Any, t: ArrayType) -> Any:
    """An array in the dtype of the type: ints become float64."""
    if fits(t, value):
        return value
    return value.astype({"f64": "f8", "f32": "f4", "int": "i8", "bool": "?"}[t.dtype])


def overlap(x: Any, y: Any) -> bool:
    """Whether two arrays have an element in common (exactly: two columns have none)."""
    np = numpy()
    return bool(np.may_share_memory(x, y) and np.shares_memory(x, y))
