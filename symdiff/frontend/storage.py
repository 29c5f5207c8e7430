"""Arrays on the abstract heap: cells and views of them, and what a write changes.

An array is a value of the graph and a cell here. ``b = a`` is the same cell, ``r = x[1:]`` the
cell of ``x`` seen through a view; a read applies the views to the cell's value, a write puts the
new part back through them. So each name sees what it would see in NumPy. What shares memory on
one path only, or only perhaps, is frozen: a write to it is refused.
"""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import AliasError, TypeMismatch
from symdiff.frontend.context import Heap, Lowering
from symdiff.frontend.values import Abstract, Array, ArrayView, Cell
from symdiff.ir.core import Value
from symdiff.ir.types import ArrayType, Type, is_memory, join
from symdiff.ops.array_index import is_basic
from symdiff.ops.array_shapes import as_shape, inverse
from symdiff.ops.array_types import dims_of

COPY_HINT = "write .copy() where an array of its own is meant"


def fresh(lo: Lowering, value: Value, name: str = "") -> Abstract:
    """A new array; a NumPy scalar is a plain value, as it cannot change."""
    if not is_memory(value.type):
        return value
    cell = Cell(name)
    lo.state.heap.values[cell] = value
    return Array(cell)


def element(lo: Lowering, value: Value) -> Abstract:
    """A member of a list or tuple; an array there has another name."""
    found = fresh(lo, value)
    if isinstance(found, Array):
        lo.state.heap.frozen[found.cell] = "it is kept in a list or tuple"
    return found


def named(cell: Cell) -> str:
    return f"'{cell.name}'" if cell.name else "this array"


def check_readable(lo: Lowering, cell: Cell, node: ast.AST) -> None:
    why = lo.state.heap.stale.get(cell)
    if why is not None:
        lo.fail(AliasError, node, f"{named(cell)} may have changed", why, COPY_HINT)


def read(lo: Lowering, x: Array, node: ast.AST) -> Value:
    """The array as a graph value."""
    check_readable(lo, x.cell, node)
    return _seen(lo, lo.state.heap.values[x.cell], x.views)


def _seen(lo: Lowering, value: Value, views: tuple[ArrayView, ...]) -> Value:
    for view in views:
        value = lo.builder.op(view.op, value, *view.args, **dict(view.attrs))
    return value


def type_of(lo: Lowering, x: Array) -> Type:
    """The type of the array."""
    return _seen(lo, lo.state.heap.values[x.cell], x.views).type


def array_type_in(heap: Heap, x: Array) -> str:
    """The type of an array in words, for messages."""
    found = heap.values.get(x.cell)
    return f"{found.type} array" if found is not None and not x.views else "array"


def view(x: Array, op: str, args: tuple[Value, ...] = (), **attrs: Any) -> Array:
    """A view of an array."""
    return Array(x.cell, (*x.views, ArrayView(op, args, tuple(sorted(attrs.items())))))


def check_writable(lo: Lowering, x: Array, node: ast.AST) -> None:
    check_readable(lo, x.cell, node)
    lo.writes = lo.writes or x.cell in lo.given
    why = lo.state.heap.frozen.get(x.cell)
    if why is not None:
        lo.fail(
            AliasError,
            node,
            f"{named(x.cell)} is written to, but it may be shared",
            why,
            COPY_HINT,
        )


def write(lo: Lowering, x: Array, new: Value, node: ast.AST) -> None:
    """All elements of ``x`` become those of ``new``, which broadcasts to its shape."""
    check_writable(lo, x, node)
    heap = lo.state.heap
    old = heap.values[x.cell]
    changed = _put(lo, old, x.views, new, node)
    if not changed.hint and changed is not new:
        changed.hint = x.cell.name
    heap.values[x.cell] = changed


def is_place(x: Array) -> bool:
    """Whether a part is one that ``x[...] += v`` can add to: every element is there once."""
    if len(x.views) != 1 or x.views[0].op != "index":
        return False
    return is_basic(dict(x.views[0].attrs)["spec"])


def add(lo: Lowering, x: Array, term: Value, node: ast.AST) -> None:
    """``x[...] += term`` for a part that ``is_place``."""
    check_writable(lo, x, node)
    heap, b = lo.state.heap, lo.builder
    old = heap.values[x.cell]
    (place,) = x.views
    attrs = dict(place.attrs)
    fitted(lo, b.op("index", old, *place.args, **attrs), term, node)
    changed = b.op("add_index", old, term, *place.args, **attrs)
    changed.hint = changed.hint or x.cell.name
    heap.values[x.cell] = changed


def fitted(lo: Lowering, old: Value, new: Value, node: ast.AST) -> Value:
    """``new`` in the dtype of the array that it is written into; it may not be longer."""
    target = old.type
    assert isinstance(target, ArrayType)
    source = new.type
    wide = join(ArrayType("array", target.dtype, ""), _scalar_of(source))
    if wide is None or (target.dtype in ("int", "bool") and wide.name == "array"
                        and getattr(wide, "dtype", "") != target.dtype):
        lo.fail(
            TypeMismatch,
            node,
            f"a {source} is written into an array of {target.dtype}",
            "NumPy would cut the numbers off, which has no derivative",
            "make the array of floats",
        )
    if len(dims_of(source)) > target.rank and dims_of(source).strip("1"):
        lo.fail(
            TypeMismatch,
            node,
            f"a {source} does not fit into a {target}",
            "it has more dimensions",
            "write into an array of its shape",
        )
    return new


def _scalar_of(t: Any) -> Any:
    return ArrayType("array", t.dtype, "") if isinstance(t, ArrayType) else t


def _put(
    lo: Lowering, value: Value, views: tuple[ArrayView, ...], new: Value, node: ast.AST
) -> Value:
    """``value`` with what the views show of it replaced."""
    b = lo.builder
    if not views:
        return as_shape(b, fitted(lo, value, new, node), value)
    first, *rest = views
    attrs = dict(first.attrs)
    if first.op == "index":
        if rest:
            inner = b.op("index", value, *first.args, **attrs)
            new = _put(lo, inner, tuple(rest), new, node)
        else:
            fitted(lo, b.op("index", value, *first.args, **attrs), new, node)
        return b.op("set_index", value, new, *first.args, **attrs)
    inner = b.op(first.op, value, *first.args, **attrs)
    changed = _put(lo, inner, tuple(rest), new, node)
    return _back(lo, first, value, changed)


def _back(lo: Lowering, step: ArrayView, whole: Value, part: Value) -> Value:
    """The whole of which ``part`` is a view that shows every element."""
    b, attrs = lo.builder, dict(step.attrs)
    match step.op:
        case "transpose":
            return b.op("transpose", part, axes=inverse(attrs["axes"]))
        case "expand_dims":
            return b.op("squeeze", part, axes=attrs["axes"])
        case "squeeze":
            return b.op("expand_dims", part, axes=attrs["axes"])
        case "reshape":
            sizes = [b.op("shape_of", whole, axis=k) for k in range(len(dims_of(whole.type)))]
            return b.op("reshape", part, *sizes, dims=dims_of(whole.type))
    raise AssertionError(f"{step.op} is no view that can be written through")
