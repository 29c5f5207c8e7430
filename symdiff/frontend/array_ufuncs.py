"""Methods of ufuncs: ``np.add.reduce``, ``accumulate``, ``outer`` and ``at``."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import UnsupportedCall
from symdiff.frontend import arrays, storage
from symdiff.frontend.array_calls import (
    FUNCTIONS,
    UFUNC_METHODS,
    ArrayCall,
    bound,
    numpy_scalar,
)
from symdiff.frontend.array_makers import array_of_any
from symdiff.frontend.array_places import written
from symdiff.frontend.context import Lowering
from symdiff.frontend.formulas_numpy import folded, folded_parts, running
from symdiff.frontend.values import NONE_CONST, Abstract, Const
from symdiff.ops.array_shapes import expand
from symdiff.ops.array_types import dims_of

REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
              "logical_and": "all", "logical_or": "any"}
RUNNING = {"add": "cumsum", "multiply": "cumprod"}
_REDUCE = ("a", "axis", "dtype", "out", "keepdims", "initial", "where")


def _fail(lo: Lowering, ufunc: Any, method: str, node: ast.AST, known: list[str]) -> Any:
    lo.fail(UnsupportedCall, node, f"np.{ufunc.__name__}.{method}() is not supported",
            "no row of the table is for it", f"there are {', '.join(f'np.{k}' for k in known)}")


def reduce(
    lo: Lowering, ufunc: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """The reduction of that name, over the first axis unless told otherwise."""
    name = REDUCTIONS.get(ufunc.__name__)
    given = {**dict(zip(_REDUCE, args, strict=False)), **kwargs}
    given["a"] = given.pop("array", given.get("a", NONE_CONST))
    given.setdefault("axis", lo.builder.const(0))
    if name is None:
        if ufunc.nin != 2 or ufunc.nout != 1 or set(given) - {"a", "axis", "keepdims"}:
            return _fail(lo, ufunc, "reduce", node, list(REDUCTIONS))  # type: ignore[no-any-return]
        keep = given.get("keepdims", lo.builder.const(False))
        return lo.call(Const(folded), [Const(ufunc), given["a"], given["axis"], keep], node)
    return bound(lo, FUNCTIONS[f"numpy.{name}"], [given.pop("a")], given, node)


def accumulate(
    lo: Lowering, ufunc: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """Running sums, products and extrema; of other functions a loop."""
    given = {**dict(zip(("array", "axis", "dtype", "out"), args, strict=False)), **kwargs}
    given.setdefault("axis", lo.builder.const(0))
    name = RUNNING.get(ufunc.__name__)
    x = given.pop("array")
    if name is not None:
        return bound(lo, FUNCTIONS[f"numpy.{name}"], [x], given, node)
    if ufunc.__name__ not in ("maximum", "minimum"):
        if ufunc.nin != 2 or ufunc.nout != 1 or set(given) - {"axis"}:
            known = [*RUNNING, "maximum", "minimum"]
            return _fail(lo, ufunc, "accumulate", node, known)  # type: ignore[no-any-return]
        return lo.call(Const(running), [Const(ufunc), x, given["axis"]], node)
    call = ArrayCall(lo, f"np.{ufunc.__name__}.accumulate", node, given)
    value = array_of_any(call, x)
    axis = call.static("axis") % len(dims_of(value.type))
    return call.op("running_extreme", value, axis=axis, best=ufunc.__name__)


def reduceat(
    lo: Lowering, ufunc: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """The reductions between places."""
    given = {**dict(zip(("array", "indices", "axis"), args, strict=False)), **kwargs}
    if ufunc.nin != 2 or ufunc.nout != 1 or set(given) - {"array", "indices", "axis"}:
        return _fail(lo, ufunc, "reduceat", node, ["add"])  # type: ignore[no-any-return]
    axis = given.get("axis", lo.builder.const(0))
    ours = [Const(ufunc), given["array"], given["indices"], axis]
    return lo.call(Const(folded_parts), ours, node)


def outer(
    lo: Lowering, ufunc: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """The function of every pair."""
    call = ArrayCall(lo, f"np.{ufunc.__name__}.outer", node, {})
    x, y = (numpy_scalar(lo, array_of_any(call, a)) for a in args)
    entry = FUNCTIONS.get(f"numpy.{ufunc.__name__}")
    if entry is None or kwargs:
        return _fail(lo, ufunc, "outer", node, ["add", "multiply", "subtract"])  # type: ignore[no-any-return]
    rank, other = len(dims_of(x.type)), len(dims_of(y.type))
    wide = expand(lo.builder, x, range(rank, rank + other)) if other else x
    return bound(lo, entry, [wide, y], {}, node)


def at(
    lo: Lowering, ufunc: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """Every addition counts, where one place is named twice as well."""
    if ufunc.__name__ not in ("add", "subtract"):
        return _fail(lo, ufunc, "at", node, ["add.at", "subtract.at"])  # type: ignore[no-any-return]
    call = ArrayCall(lo, f"np.{ufunc.__name__}.at", node, {"a": args[0]})
    x, b = written(call, "a"), lo.builder
    spec, places = arrays.places_of(lo, x, args[1], node)
    old, new = call.value("a"), array_of_any(call, args[2])
    if ufunc.__name__ == "subtract":
        new = b.neg(new)
    storage.fitted(lo, b.op("index", old, *places, spec=spec), new, node)
    storage.write(lo, x, b.op("add_index", old, new, *places, spec=spec), node)
    return NONE_CONST


UFUNC_METHODS.update(reduce=reduce, accumulate=accumulate, reduceat=reduceat, outer=outer, at=at)

