"""NumPy functions of dtypes: they ask what kind of numbers arrays hold, and are answered at once.

A dtype is part of a signature, so that nothing here is left to the generated code; what changes how
NumPy warns is left out of it.
"""

from __future__ import annotations

import sys
from typing import Any

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import UNKNOWN, ArrayCall, function, static_value
from symdiff.frontend.array_functions import dtype_named
from symdiff.frontend.array_makers import array_of_any
from symdiff.frontend.effects import leave_out
from symdiff.frontend.values import Abstract, Const, Struct
from symdiff.ir.types import Type, array_of, result_dtype
from symdiff.ops.array_types import dtype_of


def _named_dtype(call: ArrayCall, x: Abstract) -> Any:
    """The dtype that an argument names or has."""
    if isinstance(x, Const):
        return x.value
    return arrays.dtype(dtype_of(array_of_any(call, x).type)).value


@function("dtype", "dtype")
def dtype(call: ArrayCall) -> Abstract:
    return Const(sys.modules["numpy"].dtype(_named_dtype(call, call["dtype"])))


@function("finfo iinfo", "dtype")
def limits(call: ArrayCall) -> Abstract:
    """The object itself: its attributes are numbers."""
    numpy = sys.modules["numpy"]
    return Const(getattr(numpy, call.name)(numpy.dtype(_named_dtype(call, call["dtype"]))))


@function("result_type", "*xs")
def result_type(call: ArrayCall) -> Abstract:
    """The dtype of a sum of these."""
    kinds: list[Type] = []
    for x in call.rest:
        made = array_of(dtype_named(call, x), "") if isinstance(x, Const) else None
        kinds.append(array_of_any(call, x).type if made is None else made)
    return arrays.dtype(result_dtype(kinds))


@function("issubdtype", "arg1 arg2")
def issubdtype(call: ArrayCall) -> Abstract:
    pair = [_named_dtype(call, call[key]) for key in ("arg1", "arg2")]
    return call.lo.builder.const(bool(sys.modules["numpy"].issubdtype(*pair)))


@function("isrealobj", "x")
def isrealobj(call: ArrayCall) -> Abstract:
    return call.lo.builder.const(True)


@function("iscomplexobj", "x")
def iscomplexobj(call: ArrayCall) -> Abstract:
    return call.lo.builder.const(False)


@function("promote_types", "type1 type2")
def promote_types(call: ArrayCall) -> Abstract:
    """The smallest dtype that both can be cast to."""
    pair = [_named_dtype(call, call[key]) for key in ("type1", "type2")]
    return Const(sys.modules["numpy"].promote_types(*pair))


@function("isdtype", "dtype kind")
def isdtype(call: ArrayCall) -> Abstract:
    """Whether a dtype is of a kind that the array API standard names."""
    kind = static_value(call["kind"], call.lo)
    if kind is UNKNOWN:
        call.fail("np.isdtype() of a kind that is not known", "", "write it as a literal")
    named = _named_dtype(call, call["dtype"])
    return call.lo.builder.const(bool(sys.modules["numpy"].isdtype(named, kind)))


@function("can_cast", "from_ to | casting")
def can_cast(call: ArrayCall) -> Abstract:
    """Whether a dtype, or that of an array, can be cast to another."""
    pair = [_named_dtype(call, call[key]) for key in ("from_", "to")]
    numpy = sys.modules["numpy"]
    return call.lo.builder.const(bool(numpy.can_cast(*pair, call.static("casting", "safe"))))


# -- how NumPy warns -------------------------------------------------------------------------------


@function("seterr", "| all divide over under invalid")
def seterr(call: ArrayCall) -> Abstract:
    """It changes no number unless it raises; the settings before are those that hold now."""
    if any(call.static(key) in ("raise", "call") for key in call.given):
        call.fail("np.seterr() that raises is not supported", "it makes exceptions of numbers",
                  "set it outside the differentiated function")
    leave_out(call.lo, "np.seterr", call.node)
    return geterr(call)


@function("geterr", "|")
def geterr(call: ArrayCall) -> Abstract:
    found = sys.modules["numpy"].geterr()
    return call.lo.new_object(Struct("dict", tuple(found), tuple(map(Const, found.values()))))
