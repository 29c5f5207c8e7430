"""Cotangents of arrays: broadcasting undone, thin ones made dense, two added up.

A cotangent may be *thin*: of fewer dimensions than its primal, or of size 1 where that is longer;
it stands for what it broadcasts to. So the adjoint of a sum is the number ``g``, and what follows
is written as one would by hand. Rules never see broadcasting: what an elementwise operation
stretched is summed up again here, once, along the axes that are known to be stretched. Where that
is known only at run time the small function ``unbroadcast`` is emitted. A thin cotangent is made
dense where memory is needed: as a result, as what a loop carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import (
    FLOAT,
    REAL,
    ArrayType,
    ListType,
    TapeType,
    TupleType,
    Type,
    array_of,
    is_array,
)
from symdiff.ops.array_shapes import full, same_shape_as
from symdiff.ops.array_types import dims_of, dtype_of

Size = Callable[[Value, int], Value]  # the size of a forward value along an axis


def undo(
    b: Builder,
    term: Value,
    stmt: Stmt,
    k: int,
    size: Size,
    read: Mapping[Value, Value] = MappingProxyType({}),
) -> Value:
    """``term``, in the shape of the result of ``stmt``, summed to the shape of operand ``k``.

    ``read`` are forward values that are at hand where the term is: their shapes cost nothing.
    """
    x, out = stmt.args[k], stmt.results[0]
    if not is_array(out.type) or not dims_of(out.type):
        return term
    stretched = _stretched(stmt, k, size)
    if stretched is None:
        like = read.get(x)
        if like is not None and like.type == x.type:
            return b.op("unbroadcast_like", dense(b, term, out, None, size), like)
        return _unknown(b, term, x, out, size)
    return summed(b, term, x, out, stretched, size)


def _stretched(stmt: Stmt, k: int, size: Size) -> list[int] | None:
    """Axes of the result, from the end, along which operand ``k`` was stretched; None: unknown."""
    x, out = dims_of(stmt.args[k].type), dims_of(stmt.results[0].type)
    found = []
    for axis in range(-len(out), 0):
        mine = x[axis] if -axis <= len(x) else "1"
        if mine == "1":
            if out[axis] != "1":
                found.append(axis)
        elif mine == "?" and not _equal(stmt, k, axis, size):
            return None
    return found


def _equal(stmt: Stmt, k: int, axis: int, size: Size) -> bool:
    """Whether no other operand is longer along an axis than operand ``k``."""
    sizes = []
    for other in (*stmt.args[:k], *stmt.args[k + 1 :]):
        dims = dims_of(other.type)
        if -axis <= len(dims) and dims[axis] != "1" and other is not stmt.args[k]:
            sizes.append(size(other, len(dims) + axis))
    if not sizes:
        return True
    x = stmt.args[k]
    mine = size(x, len(dims_of(x.type)) + axis)
    return all(s is mine for s in sizes)


def summed(
    b: Builder, term: Value, x: Value, out: Value, stretched: Sequence[int], size: Size
) -> Value:
    """The sum over stretched axes, which stay with size 1 where ``x`` has them.

    Where the term itself is thin all summands are equal: it is multiplied by their number.
    """
    dims, rank = dims_of(term.type), len(dims_of(x.type))
    out_dims = dims_of(out.type)
    keep: list[int] = []
    drop: list[int] = []
    for axis in stretched:
        if -axis <= len(dims) and dims[axis] != "1":
            (keep if -axis <= rank else drop).append(len(dims) + axis)
        else:
            term = b.mul(term, size(out, len(out_dims) + axis))
    if keep:
        term = b.op("sum", term, axes=tuple(keep), keepdims=True)
    if drop:
        term = b.op("sum", term, axes=tuple(drop), keepdims=False)
    extra = len(dims_of(term.type)) - rank
    if extra > 0:
        term = b.op("squeeze", term, axes=tuple(range(extra)))
    return term


def _unknown(b: Builder, term: Value, x: Value, out: Value, size: Size) -> Value:
    """The sum along axes that are known at run time only."""
    whole = dense(b, term, out, None, size)
    sizes = [size(x, axis) for axis in range(len(dims_of(x.type)))]
    return b.op("unbroadcast", whole, *sizes, dims=dims_of(x.type))


def undo_batch(b: Builder, term: Value, x: Value, size: Size) -> Value:
    """The sum over leading axes that a product with several matrices added to ``x``."""
    dims, mine = dims_of(term.type), dims_of(x.type)
    extra = len(dims) - len(mine)
    if extra > 0:
        term = b.op("sum", term, axes=tuple(range(extra)), keepdims=False)
        dims = dims_of(term.type)
    batch = range(max(len(mine) - 2, 0))
    if any(mine[k] == "?" and dims[k] != "1" for k in batch):
        sizes = [size(x, axis) for axis in range(len(mine))]
        return b.op("unbroadcast", term, *sizes, dims=mine)
    stretched = tuple(k for k in batch if mine[k] == "1" and dims[k] != "1")
    return b.op("sum", term, axes=stretched, keepdims=True) if stretched else term


def undo_write(
    b: Builder, part: Value, v: Value, size: Size, fills: Callable[[int, int], bool]
) -> Value:
    """The cotangent of ``v``, which was written into ``part`` of an array and broadcast there.

    ``fills`` says whether ``v`` is surely as long along an axis as the place is along another.
    """
    dims, mine = dims_of(part.type), dims_of(v.type)
    extra = len(dims) - len(mine)
    if extra > 0:
        part = b.op("sum", part, axes=tuple(range(extra)), keepdims=False)
    dims = dims_of(part.type)
    unsure = [
        k
        for k, (p, q) in enumerate(zip(mine, dims, strict=True))
        if p == "?"
        and q != "1"
        and not fills(k, max(extra, 0) + k)
        and size(v, k) is not b.op("shape_of", part, axis=k)
    ]
    if unsure:
        return b.op("unbroadcast", part, *[size(v, k) for k in range(len(mine))], dims=mine)
    stretched = tuple(k for k, d in enumerate(mine) if d == "1" and dims[k] != "1")
    return b.op("sum", part, axes=stretched, keepdims=True) if stretched else part


def total(b: Builder, g: Value, v: Value, size: Size) -> Value:
    """The sum of all elements that the cotangent ``g`` of ``v`` stands for."""
    rank = len(dims_of(v.type))
    number = (
        b.op("sum", g, axes=tuple(range(len(dims_of(g.type)))), keepdims=False)
        if dims_of(g.type)
        else g
    )
    dims = dims_of(g.type)
    for axis in range(-rank, 0):
        if -axis > len(dims) or dims[axis] == "1":
            number = b.mul(number, size(v, rank + axis))
    return number


def is_thin(g: Type, v: Type) -> bool:
    """Whether a cotangent of this type may have to be stretched to have the primal's shape."""
    mine, wanted = dims_of(g), dims_of(v)
    if len(mine) < len(wanted):
        return True
    return any(p == "1" and q != "1" for p, q in zip(mine, wanted, strict=True))


def dense(b: Builder, g: Value, v: Value, like: Value | None, size: Size) -> Value:
    """The cotangent in the shape and dtype of ``v``; ``like`` is a visible array of that shape."""
    type_ = _like_part(v.type, g.type)
    if not isinstance(type_, ArrayType):
        return b.op("float", g) if type_ == FLOAT and is_array(g.type) else g
    if g.type == type_:
        return g
    if not type_.dims:
        return b.coerce(g, type_)
    if is_thin(g.type, type_):
        g = _stretch(b, g, v, type_, like, size)
    elif dtype_of(g.type) != type_.dtype:
        g = b.op("astype", g, dtype=type_.dtype)
    return g if g.type == type_ else b.op("known", g, type=type_)


def _like_part(v: Type, g: Type) -> Type:
    """The type of a complex value's real part, for what is one of its parts."""
    if isinstance(v, ArrayType) and v.dtype in REAL and dtype_of(g) not in REAL:
        return array_of(REAL[v.dtype], v.dims)
    return v


def _stretch(
    b: Builder, g: Value, v: Value, type_: ArrayType, like: Value | None, size: Size
) -> Value:
    if not dims_of(g.type):
        if like is not None and like.type == type_:
            return b.op("full_like", like, g)
        return full(b, g, _sizes(v, size), type_.dtype)
    if dtype_of(g.type) != type_.dtype:
        g = b.op("astype", g, dtype=type_.dtype)
    return b.op("broadcast_to", g, *_sizes(v, size), dims=type_.dims)


def _sizes(v: Value, size: Size) -> list[Value]:
    return [size(v, axis) for axis in range(len(dims_of(v.type)))]


def like_of(v: Value, sizes: Sequence[Value]) -> Value | None:
    """The array that has exactly these sizes and the dtype of ``v``, if one is known."""
    found = same_shape_as(sizes)
    if found is None or dtype_of(found.type) != dtype_of(v.type):
        return None
    return found


def added(b: Builder, type_: Type, old: Value, new: Value) -> Value:
    """The sum of two cotangents of one array; it has the primal's dtype."""
    if dtype_of(type_) in REAL:
        return complex_sum(b, old, new)
    return typed(b, b.add(old, new), type_)


def complex_sum(b: Builder, x: Value, y: Value) -> Value:
    """The sum of two complex cotangents, part by part: one of a real part has no imaginary one."""
    parts = []
    for k, row in enumerate(("real_of", "imag_of")):
        p, q = (
            v.stmt.args[k] if v.op == "complex" and v.stmt is not None else b.op(row, v)
            for v in (x, y)
        )
        parts.append(q if p.is_const(0) else p if q.is_const(0) else b.add(p, q))
    return b.op("complex", *parts)


def typed(b: Builder, g: Value, type_: Type) -> Value:
    """A cotangent in the dtype of its primal: float32 stays float32."""
    both = isinstance(type_, ArrayType) and isinstance(g.type, ArrayType)
    return (
        b.op("astype", g, dtype=dtype_of(type_))
        if both and dtype_of(g.type) != dtype_of(type_)
        else g
    )


def accumulated(b: Builder, type_: Type, old: Value, new: Value) -> Value:
    """The sum of two cotangents of a type; what cannot be differentiated stays as it is."""
    if type_ == FLOAT:
        return b.add(old, new)
    if is_array(type_):
        return added(b, type_, old, new)
    if isinstance(type_, TupleType):
        parts = [
            accumulated(b, t, b.op("tuple_get", old, index=k), b.op("tuple_get", new, index=k))
            for k, t in enumerate(type_.elems)
        ]
        return b.op("make_tuple", *parts)
    if isinstance(type_, TapeType):
        return _accumulate_tapes(b, type_, old, new)
    return b.op("add_lists", old, new) if isinstance(type_, ListType) else old


def _accumulate_tapes(b: Builder, type_: TapeType, old: Value, new: Value) -> Value:
    """The sum of two tapes of cotangents, entry by entry; unbound is zero."""
    if "undef" in (old.op, new.op):
        return new if old.op == "undef" else old
    parts = []
    for k, t in enumerate(b.graph.tapes[type_.of]):
        x, y = (b.op("tape_get", tape, index=k, type=t) for tape in (old, new))
        parts.append(accumulated(b, t, x, y))
    return b.op("pack_tape", *parts, of=type_.of)
