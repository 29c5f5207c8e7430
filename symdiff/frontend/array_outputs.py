"""``out=``, ``where=`` and ``initial=`` of NumPy's functions: what is left out, what a reduction
begins with, and the array that the result is written into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symdiff.frontend import arrays, storage
from symdiff.frontend.values import NONE_CONST, Abstract, Array, Const, Struct
from symdiff.ops.array_types import dims_of

if TYPE_CHECKING:
    from symdiff.frontend.array_calls import ArrayCall, Handler

NEUTRAL = {"sum": 0, "nansum": 0, "prod": 1, "any": False, "all": True, "count_nonzero": 0}
EXTREMA = {"max": "max", "amax": "max", "min": "min", "amin": "min"}
_BEGIN = {"sum": "add", "prod": "mul", **EXTREMA}
OPTIONS = ("out", "where", "initial")


def lowered(call: ArrayCall, handler: Handler) -> Abstract:
    """The call without these options, then what they ask for."""
    given = call.given
    found = {key: given[key] for key in OPTIONS if given.get(key, NONE_CONST) != NONE_CONST}
    if isinstance(found.get("where"), Const) or call.static_true(found.get("where")):
        found.pop("where", None)
    call.given = {k: v for k, v in given.items() if k not in OPTIONS}
    name = call.name.removeprefix(".")
    if name in ("var", "std") and "where" in found:
        call.given["where"] = found.pop("where")
    if not found:
        return handler(call)
    reduces = name in NEUTRAL or name in EXTREMA or name == "mean"
    if "where" in found and reduces:
        return _into(call, found, _masked(call, name, handler, found))
    result = handler(call)
    if "initial" in found:
        result = _begun(call, name, result, found["initial"])
    if "where" in found:
        result = _kept(call, result, found)
    return _into(call, found, result)


def _into(call: ArrayCall, found: dict[str, Abstract], result: Abstract) -> Abstract:
    """Written into ``out``, which is the result then."""
    if "out" not in found:
        return result
    out = _out(call, found)
    value = arrays.value_of(call.lo, result, call.node)
    storage.write(call.lo, out, value, call.node)
    return out


def _out(call: ArrayCall, found: dict[str, Abstract]) -> Array:
    out = found["out"]
    if isinstance(out, Struct) and len(out.items) == 1:
        out = out.items[0]
    if not isinstance(out, Array):
        call.fail(f"{call.name}() with an out= that is no array", "", "pass an array")
    assert isinstance(out, Array)
    return out


def _kept(call: ArrayCall, result: Abstract, found: dict[str, Abstract]) -> Abstract:
    """Where the mask does not hold, what ``out`` had."""
    if "out" not in found:
        return call.fail(f"{call.name}() with where= and without out= is not supported",  # type: ignore[no-any-return]
                         "the elements left out are whatever was in memory", "pass out=")
    old = arrays.value_of(call.lo, _out(call, found), call.node)
    mask = arrays.value_of(call.lo, found["where"], call.node)
    return call.op("where", mask, arrays.value_of(call.lo, result, call.node), old)


def _masked(
    call: ArrayCall, name: str, handler: Handler, found: dict[str, Abstract]
) -> Abstract:
    """A reduction of some elements: the others become what changes nothing."""
    b, x = call.lo.builder, call.value("a")
    mask = arrays.value_of(call.lo, found["where"], call.node)
    if name in EXTREMA:
        if "initial" not in found:
            return call.fail(f"{call.name}() with where= needs initial=", "NumPy refuses it too",  # type: ignore[no-any-return]
                             "pass initial=")
        neutral = arrays.value_of(call.lo, found["initial"], call.node)
    else:
        neutral = b.const(NEUTRAL.get(name, 0))
    call.given["a"] = call.fresh(b.op("where", mask, x, neutral))
    if name == "mean":
        total = call.lo.builder.op("sum", call.value("a"), axes=call.axes(len(dims_of(x.type))),
                                   keepdims=bool(call.static("keepdims", False)))
        whole = b.op("where", mask, b.op("full_like", x, b.const(1.0)), b.const(0.0))
        count = b.op("sum", whole, axes=call.axes(len(dims_of(x.type))),
                     keepdims=bool(call.static("keepdims", False)))
        return call.fresh(b.div(total, count))
    result = handler(call)
    return _begun(call, name, result, found["initial"]) if "initial" in found else result


def _begun(call: ArrayCall, name: str, result: Abstract, initial: Abstract) -> Abstract:
    """A reduction that begins with a value of its own."""
    row = _BEGIN.get(name)
    if row is None:
        return call.fail(f"{call.name}() with initial= is not supported", "", "leave it out")  # type: ignore[no-any-return]
    first = arrays.value_of(call.lo, initial, call.node)
    return call.op(row, arrays.value_of(call.lo, result, call.node), first)
