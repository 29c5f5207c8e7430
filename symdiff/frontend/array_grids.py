"""``np.r_``, ``np.c_``, ``np.mgrid`` and ``np.ogrid``: arrays written as slices in brackets; and
``np.s_``, which gives the slices themselves."""

from __future__ import annotations

import ast

from symdiff.errors import UnsupportedCall
from symdiff.frontend import arrays
from symdiff.frontend.array_calls import FUNCTIONS, GRIDS, ArrayCall
from symdiff.frontend.array_makers import array_of_any
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Const, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import broadcast_to, expand, size_along
from symdiff.ops.array_types import dims_of


def _counted(lo: Lowering, part: ast.expr, node: ast.AST) -> Value:
    """``start:stop:step`` as the numbers that it names."""
    b = lo.builder
    if not isinstance(part, ast.Slice) or part.upper is None:
        lo.fail(UnsupportedCall, node, "a slice with an end is needed here", "",
                "write start:stop or start:stop:step")
    bounds = []
    for k, bound in enumerate((part.lower, part.upper, part.step)):
        given: Abstract = b.const(int(k == 2)) if bound is None else lo.expr(bound)
        bounds.append(arrays.value_of(lo, given, node, "a bound"))
    made = FUNCTIONS["numpy.arange"].handler(
        ArrayCall(lo, "arange", node, dict(zip(("start", "stop", "step"), bounds, strict=True)))
    )
    return arrays.value_of(lo, made, node)


def _members(lo: Lowering, parts: list[ast.expr], node: ast.AST, name: str) -> list[Value]:
    call = ArrayCall(lo, name, node, {})
    found = []
    for part in parts:
        if isinstance(part, ast.Slice):
            found.append(_counted(lo, part, node))
            continue
        x = lo.expr(part)
        if isinstance(x, Const):
            lo.fail(UnsupportedCall, part, f"{name}[] with text is not supported",
                    "the text says along which axis", "use np.concatenate")
        found.append(array_of_any(call, x))
    return found


def _row(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    call, b = ArrayCall(lo, "np.r_", node, {}), lo.builder
    values = _members(lo, parts, node, "np.r_")
    rank = max(1, *(len(dims_of(v.type)) for v in values))
    values = [expand(b, v, [0]) if not dims_of(v.type) and rank == 1 else v for v in values]
    return call.op("concatenate", *values, axis=0)


def _columns(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    call, b = ArrayCall(lo, "np.c_", node, {}), lo.builder
    values = []
    for v in _members(lo, parts, node, "np.c_"):
        rank = len(dims_of(v.type))
        axes: tuple[int, ...] = {0: (0, 1), 1: (1,)}.get(rank, ())
        values.append(expand(b, v, axes) if axes else v)
    return call.op("concatenate", *values, axis=len(dims_of(values[0].type)) - 1)


def _lines(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> list[Value]:
    rank = len(parts)
    lines = [_counted(lo, p, node) for p in parts]
    return [expand(lo.builder, v, [a for a in range(rank) if a != k]) for k, v in enumerate(lines)]


def _open_grid(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    call, lines = ArrayCall(lo, "np.ogrid", node, {}), _lines(lo, parts, node)
    return pack([call.fresh(v) for v in lines]) if len(lines) > 1 else call.fresh(lines[0])


def _grid(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    call, lines, b = ArrayCall(lo, "np.mgrid", node, {}), _lines(lo, parts, node), lo.builder
    if len(lines) == 1:
        return call.fresh(lines[0])
    sizes = [size_along(b, v, k) for k, v in enumerate(lines)]
    return call.op("stack", *[broadcast_to(b, v, sizes) for v in lines], axis=0)


def _slices(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    found = [lo.expr(p) for p in parts]
    assert isinstance(node, ast.Subscript)
    return pack(found) if isinstance(node.slice, ast.Tuple) else found[0]


def _indices(lo: Lowering, parts: list[ast.expr], node: ast.AST) -> Abstract:
    return pack([lo.expr(p) for p in parts])


GRIDS.update(r_=_row, c_=_columns, mgrid=_grid, ogrid=_open_grid, s_=_slices, index_exp=_indices)
