"""What libraries ask of arrays before they compute: which module is theirs, which device.

SciPy, scikit-learn and others are written for any array library, by the array API standard.  Here
every array is NumPy's own, so that the answers are known: such a function is called while lowering,
with empty arrays in the place of arrays.  The module that it gives, a copy of NumPy with the
standard's names, is NumPy.
"""

from __future__ import annotations

import importlib
import re
import sys
import types
from typing import Any

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import UNKNOWN, static_value
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Array, Const, Ref, Struct, pack
from symdiff.ir.core import Value
from symdiff.ir.types import ArrayType
from symdiff.ops.array_types import dims_of, dtype_of

_ASKED = re.compile(
    r"_?(get_namespace(_and_device)?|array_namespace|device|is_[a-z_]+?(_array|_namespace)"
    r"|is_array_api_(strict|obj)|is_(numpy|torch|cupy|jax|dask|array_api_strict|marray|lazy_array)"
    r"|is_torch_array|xp_default_dtype|xp_device)"
)


def _asks(f: Any) -> bool:
    """Whether a function asks which library an array is of."""
    module = getattr(f, "__module__", None) or ""
    if "array_api" not in module and not module.endswith("_array_api"):
        return False
    plain = isinstance(f, types.FunctionType) or hasattr(f, "cache_info")
    return plain and _ASKED.fullmatch(f.__name__) is not None


PLACES = "symdiff.frontend.formulas_places"


def stand_in(f: Any) -> Any:
    """What is called in the place of ``array_api_extra.at``; None of anything else."""
    module = getattr(f, "__module__", None) or ""
    known = isinstance(f, type) and f.__name__ == "at" and "array_api_extra" in module
    return importlib.import_module(PLACES).At if known else None


def answer(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract]
) -> Abstract | None:
    """What a function says that asks for the library of arrays; None of any other function, and
    where it is not known."""
    if not _asks(f):
        return None
    given = [_stand_in(lo, x) for x in args]
    named = {k: _stand_in(lo, x) for k, x in kwargs.items()}
    if any(x is UNKNOWN for x in (*given, *named.values())):
        return None
    try:
        return _known(lo, f(*given, **named))
    except (TypeError, ValueError, AttributeError):
        return None  # the function is followed then, and raises where it does


def _stand_in(lo: Lowering, x: Abstract) -> Any:
    """A value of the same kind."""
    numpy = sys.modules["numpy"]
    if isinstance(x, Array) or (isinstance(x, Value) and isinstance(x.type, ArrayType)):
        value = arrays.value_of(lo, x, lo.captured.tree)
        dtype = numpy.dtype(arrays.NUMPY[dtype_of(value.type)])
        return numpy.zeros((1,) * len(dims_of(value.type)), dtype)
    if isinstance(x, Value) and not x.is_const():
        return {"float": 1.0, "int": 1, "bool": True}.get(x.type.name, UNKNOWN)
    if isinstance(x, Ref):
        return []
    if isinstance(x, Struct) and x.kind == "tuple":
        parts = tuple(_stand_in(lo, i) for i in x.items)
        return UNKNOWN if any(p is UNKNOWN for p in parts) else parts
    return static_value(x, lo)


def _known(lo: Lowering, found: Any) -> Abstract | None:
    if isinstance(found, types.ModuleType):
        numpy = sys.modules["numpy"]
        whole = found.__name__.endswith("array_api_compat.numpy") and hasattr(numpy, "astype")
        return Const(numpy if whole else found)
    if isinstance(found, bool):
        return lo.builder.const(found)
    if found is None or isinstance(found, (str, type(sys.modules["numpy"].dtype("f8")))):
        return Const(found)
    if isinstance(found, tuple):
        items = [_known(lo, i) for i in found]
        return None if any(i is None for i in items) else pack([i for i in items if i is not None])
    return None
