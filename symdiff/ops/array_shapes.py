"""Rows about shapes: sizes as ints, arrays of one value, transposition, reshaping, new axes.

A size is an int of the graph, ``shape_of(x, k)``. It folds to a size of the earliest array that has
it (``shape_of(x + 1, 0)`` is ``shape_of(x, 0)``), so a shape is never a reason to keep an array,
and two sizes are provably equal where they are the same value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import INT, ArrayType, Type, array_of
from symdiff.ops.array_types import as_array, broadcast, dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Args = Sequence[Value]
Tangents = Sequence[Value | None]


# -- sizes -----------------------------------------------------------------------------------------


def size_along(b: Builder, x: Value, axis: int) -> Value:
    """The size of ``x`` along an axis, as an int."""
    return b.op("shape_of", x, axis=axis)


def fold_shape(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    dims, axis = dims_of(x.type), attrs["axis"]
    if dims[axis] == "1":
        return b.const(1)
    if x in b.sizes:
        known = b.sizes[x][axis]
        return None if known is None else b.const(known)
    stmt = x.stmt
    if stmt is None or stmt.op.region:
        return None
    if stmt.op.sizes is not None:
        return stmt.op.sizes(b, stmt, axis)
    if stmt.op.vjp is None and stmt.op.partials:
        return elementwise_size(b, stmt, axis - len(dims))
    return None


def elementwise_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    """Of the operand that is not broadcast along ``axis`` (counted from the end)."""
    found = [a for a in stmt.args if len(dims_of(a.type)) >= -axis and dims_of(a.type)[axis] != "1"]
    sure = [a for a in found if dims_of(a.type)[axis] == "n"] or (found if len(found) == 1 else [])
    if sure:
        return size_along(b, sure[0], len(dims_of(sure[0].type)) + axis)
    sizes = [size_along(b, a, len(dims_of(a.type)) + axis) for a in found]
    return sizes[0] if sizes and all(s is sizes[0] for s in sizes) else None


def operand_size(which: int) -> Any:
    """``sizes`` of a row whose result has the shape of one operand."""

    def sizes(b: Builder, stmt: Stmt, axis: int) -> Value | None:
        return size_along(b, stmt.args[which], axis)

    return sizes


def letter(size: Value) -> str:
    """What is known of a dimension of this size."""
    if size.is_const():
        return "1" if size.constant == 1 else "n" if size.constant >= 0 else "?"
    if size.op == "shape_of" and size.stmt is not None:
        return dims_of(size.stmt.args[0].type)[size.stmt.attrs["axis"]]
    return "?"


def letters(sizes: Sequence[Value]) -> str:
    return "".join(map(letter, sizes))


def whole_shape(names: Sequence[str], sizes: Sequence[Value]) -> str:
    """A shape as text: ``x.shape`` has no name here, so that of the sizes: ``(_1, _2)``."""
    return f"({', '.join(names)}{',' if len(sizes) == 1 else ''})"


def same_shape_as(sizes: Sequence[Value]) -> Value | None:
    """The array whose whole shape these sizes are."""
    found: Value | None = None
    for k, size in enumerate(sizes):
        stmt = size.stmt
        if stmt is None or stmt.op.name != "shape_of" or stmt.attrs["axis"] != k:
            return None
        if found is not None and found is not stmt.args[0]:
            return None
        found = stmt.args[0]
    return found if found is not None and len(dims_of(found.type)) == len(sizes) else None


op("shape_of", "x", infer=lambda t, a: (INT,), fold=fold_shape, tags="data", partials=("0",),
   spell=lambda s: f"x.shape[{s.attrs['axis']}]" if s.attrs["axis"] else "len(x)", cost=40,
   evaluate=lambda x, axis: x.shape[axis])
op("size", "x", infer=lambda t, a: (INT,), tags="data", partials=("0",), numpy="x.size", cost=30,
   evaluate=lambda x: x.size)


# -- arrays of one value ---------------------------------------------------------------------------


def _full_like(types: Types, attrs: Attrs) -> Types:
    return (as_array(types[0]),)


def _spell_full_like(stmt: Stmt) -> str:
    """Not filled at all where ``filled`` says so: whoever asks for that writes every element."""
    g = stmt.args[1]
    if not stmt.attrs.get("filled", True):
        return "np.empty_like(x)"
    if g.is_const(1):
        return "np.ones_like(x)"
    return "np.zeros_like(x)" if g.is_const(0) else "np.full_like(x, g)"


def _vjp_full_like(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[1], ctx.total(g, stmt.result))


def _jvp_full_like(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    return tangents[1]


op("full_like", "x g", infer=_full_like, spell=_spell_full_like, sizes=operand_size(0), fresh=True,
   vjp=_vjp_full_like, jvp=_jvp_full_like, shape_uses="x", cost=800)


def _full(types: Types, attrs: Attrs) -> Types:
    return (array_of(attrs["dtype"], attrs["dims"]),)


def _spell_full(stmt: Stmt) -> str:
    g, *sizes = stmt.args
    dtypes = {"f64": "", "f32": ", np.float32", "int": ", int", "bool": ", bool"}
    dtype = dtypes[stmt.attrs["dtype"]]
    shape = whole_shape([f"_{k + 1}" for k in range(len(sizes))], sizes)
    if len(sizes) == 1:
        shape = "_1"
    if g.is_const(0):
        return f"np.zeros({shape}{dtype})"
    return f"np.ones({shape}{dtype})" if g.is_const(1) else f"np.full({shape}, g{dtype})"


def _full_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return stmt.args[axis + 1]


def _vjp_full(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.total(g, stmt.result))


def _jvp_first(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    """The tangent of an array of one value is a number as well: it broadcasts."""
    return tangents[0]


op("full", "g *sizes", infer=_full, spell=_spell_full, sizes=_full_size, fresh=True,
   vjp=_vjp_full, jvp=_jvp_first, cost=800)


def full(b: Builder, value: Value, sizes: Sequence[Value], dtype: str) -> Value:
    return b.op("full", value, *sizes, dtype=dtype, dims=letters(sizes))


def _broadcast_like(types: Types, attrs: Attrs) -> Types:
    return (array_of(dtype_of(types[0]), attrs["dims"]),)


def _spell_broadcast(stmt: Stmt) -> str:
    sizes = stmt.args[1:]
    return f"np.broadcast_to(x, {whole_shape([f'_{k + 1}' for k in range(len(sizes))], sizes)})"


def _vjp_broadcast(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.undo(stmt, 0, g))


op("broadcast_to", "x *sizes", infer=_broadcast_like, spell=_spell_broadcast, sizes=_full_size,
   vjp=_vjp_broadcast, jvp=_jvp_first, cost=3000, tags="view")


def broadcast_to(b: Builder, x: Value, sizes: Sequence[Value]) -> Value:
    return b.op("broadcast_to", x, *sizes, dims=broadcast((dims_of(x.type), letters(sizes))))


def has_shape(b: Builder, new: Value, like: Value) -> bool:
    """Whether ``new`` is sure to have the shape of ``like``, and need not be broadcast to it."""
    dims, wanted = dims_of(new.type), dims_of(like.type)
    return len(dims) == len(wanted) and all(
        p == q != "?" or size_along(b, new, k) is size_along(b, like, k)
        for k, (p, q) in enumerate(zip(dims, wanted, strict=True))
    )


def as_shape(b: Builder, new: Value, like: Value) -> Value:
    """``new``, which broadcasts to the shape of ``like``, in that shape and dtype."""
    t = as_array(like.type)
    sizes = [size_along(b, like, k) for k in range(t.rank)]
    if not dims_of(new.type):
        return full(b, new, sizes, t.dtype)
    if dtype_of(new.type) != t.dtype:
        new = b.op("astype", new, dtype=t.dtype)
    if not has_shape(b, new, like):
        return b.op("broadcast_to", new, *sizes, dims=t.dims)
    return new if new.type == t else b.op("known", new, type=t)


# -- rows of a Jacobian ----------------------------------------------------------------------------


def _shape_text(stmt: Stmt) -> str:
    return whole_shape([f"_{k}" for k in range(1, len(stmt.args))], stmt.args[1:])


def _spell_one_hot(stmt: Stmt) -> str:
    dtype = ", np.float32" if stmt.attrs["dtype"] == "f32" else ""
    return f"one_hot(i, {_shape_text(stmt)}{dtype})"


op("one_hot", "i *sizes", infer=_full, spell=_spell_one_hot, sizes=_full_size, fresh=True,
   partials=("0",), cost=2000)
op("stack_rows", "rows *sizes", infer=_full, sizes=_full_size, fresh=True, cost=9000,
   spell=lambda s: f"np.array(rows).reshape({_shape_text(s)})")


# -- transposition ---------------------------------------------------------------------------------


def _transposed(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    return (array_of(t.dtype, "".join(t.dims[k] for k in attrs["axes"])),)


def _fold_transpose(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,), axes = args, attrs["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if x.op == "transpose" and x.stmt is not None:
        inner = x.stmt.attrs["axes"]
        return b.op("transpose", x.stmt.args[0], axes=tuple(inner[k] for k in axes))
    if b.relaxed and axes == (1, 0) and x.stmt is not None:
        if x.op == "neg":
            return b.neg(b.op("transpose", x.stmt.args[0], axes=axes))
        if x.op == "matmul" and any(v.op == "transpose" for v in x.stmt.args):
            turned = [b.op("transpose", v, axes=axes) for v in x.stmt.args]
            return b.op("matmul", turned[1], turned[0])  # (X.T @ Y).T is Y.T @ X
    return None


def _spell_transpose(stmt: Stmt) -> str:
    axes = stmt.attrs["axes"]
    if axes == tuple(range(len(axes)))[::-1]:
        return "x.T"
    moved = [k for k, a in enumerate(axes) if k != a]
    if len(moved) == 2:
        return f"x.swapaxes({moved[0]}, {moved[1]})"
    return f"x.transpose({', '.join(map(str, axes))})"


def inverse(axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def transpose(b: Builder, x: Value, axes: Sequence[int]) -> Value:
    return b.op("transpose", x, axes=tuple(axes))


def _vjp_transpose(ctx: Any, stmt: Stmt, g: Value) -> None:
    if dims_of(g.type):
        g = transpose(ctx.b, full_rank(ctx.b, g, len(stmt.attrs["axes"])),
                      inverse(stmt.attrs["axes"]))
    ctx.add(stmt.args[0], g)


def _jvp_transpose(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None or not dims_of(t.type):
        return t
    b = ctx.b
    return transpose(b, full_rank(b, t, len(stmt.attrs["axes"])), stmt.attrs["axes"])


def _transposed_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return size_along(b, stmt.args[0], stmt.attrs["axes"][axis])


op("transpose", "x", infer=_transposed, fold=_fold_transpose, spell=_spell_transpose,
   sizes=_transposed_size, vjp=_vjp_transpose, jvp=_jvp_transpose, cost=150, tags="view")


# -- new axes --------------------------------------------------------------------------------------


def _expanded(types: Types, attrs: Attrs) -> Types:
    t, axes = as_array(types[0]), attrs["axes"]
    old = iter(t.dims)
    rank = t.rank + len(axes)
    return (array_of(t.dtype, "".join("1" if k in axes else next(old) for k in range(rank))),)


def _fold_expand(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    return args[0] if not attrs["axes"] else None


def _spell_expand(stmt: Stmt) -> str:
    rank = len(dims_of(stmt.result.type))
    axes = stmt.attrs["axes"]
    if not dims_of(stmt.args[0].type):  # perhaps a Python float
        return f"np.array({'[' * rank}x{']' * rank})"
    parts = ["None" if k in axes else ":" for k in range(rank)]
    while parts and parts[-1] == ":":
        parts.pop()
    return f"x[{', '.join(parts)}]"


def _expand_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    kept = [k for k in range(len(dims_of(stmt.result.type))) if k not in stmt.attrs["axes"]]
    return size_along(b, stmt.args[0], kept.index(axis))


def expand(b: Builder, x: Value, axes: Sequence[int]) -> Value:
    """``x`` with axes of size 1 at these places of the result."""
    if not isinstance(x.type, ArrayType):
        return x
    return b.op("expand_dims", x, axes=tuple(axes))


def full_rank(b: Builder, x: Value, rank: int) -> Value:
    """``x`` with leading axes of size 1, as broadcasting adds them."""
    missing = rank - len(dims_of(x.type))
    return expand(b, x, range(missing)) if missing > 0 else x


def _vjp_expand(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], drop_axes(ctx, stmt, g))


def drop_axes(ctx: Any, stmt: Stmt, g: Value) -> Value:
    """The cotangent of what got new axes: without them."""
    b, rank = ctx.b, len(dims_of(stmt.result.type))
    shift = rank - len(dims_of(g.type))
    gone = tuple(k - shift for k in stmt.attrs["axes"] if k >= shift)
    return b.op("squeeze", g, axes=gone) if gone else g


def _jvp_expand(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None or not dims_of(t.type):
        return t
    rank = len(dims_of(stmt.args[0].type))
    return expand(ctx.b, full_rank(ctx.b, t, rank), stmt.attrs["axes"])


op("expand_dims", "x", infer=_expanded, fold=_fold_expand, spell=_spell_expand, sizes=_expand_size,
   vjp=_vjp_expand, jvp=_jvp_expand, cost=150, tags="view")


def _squeezed(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    return (array_of(t.dtype, "".join(d for k, d in enumerate(t.dims) if k not in attrs["axes"])),)


def _fold_squeeze(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,), axes = args, attrs["axes"]
    if not axes:
        return x
    if x.op == "expand_dims" and x.stmt is not None and x.stmt.attrs["axes"] == axes:
        return x.stmt.args[0]
    if x.op == "sum" and x.stmt is not None:
        kept = x.stmt.attrs["keepdims"] and x.stmt.attrs["axes"] == axes
        return b.op("sum", *x.stmt.args, axes=axes, keepdims=False) if kept else None
    if x.op == "neg" and b.relaxed and x.stmt is not None:
        return b.neg(b.op("squeeze", *x.stmt.args, axes=axes))
    return None


def _spell_squeeze(stmt: Stmt) -> str:
    axes = stmt.attrs["axes"]
    rank = len(dims_of(stmt.args[0].type))
    parts = ["0" if k in axes else ":" for k in range(rank)]
    while parts and parts[-1] == ":":
        parts.pop()
    return f"x[{', '.join(parts)}]"


def _squeeze_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    kept = [k for k in range(len(dims_of(stmt.args[0].type))) if k not in stmt.attrs["axes"]]
    return size_along(b, stmt.args[0], kept[axis])


def _vjp_squeeze(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], spread(ctx.b, g, len(dims_of(stmt.args[0].type)), stmt.attrs["axes"]))


def _jvp_squeeze(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None or not dims_of(t.type):
        return t
    b = ctx.b
    return b.op("squeeze", full_rank(b, t, len(dims_of(stmt.args[0].type))), **stmt.attrs)  # type: ignore[no-any-return]


def spread(b: Builder, g: Value, rank: int, axes: Sequence[int]) -> Value:
    """A cotangent of a result that lost ``axes`` of ``rank``, so that it broadcasts to the operand.

    Leading axes that broadcasting adds by itself are left out: ``g`` rather than ``g[None, :]``.
    """
    have = len(dims_of(g.type))
    if not have:
        return g
    left = [k for k in range(rank) if k not in axes]
    first = left[len(left) - have]
    return expand(b, g, [k - first for k in axes if k > first])


op("squeeze", "x", infer=_squeezed, fold=_fold_squeeze, spell=_spell_squeeze, sizes=_squeeze_size,
   vjp=_vjp_squeeze, jvp=_jvp_squeeze, cost=150, tags="view")


# -- reshaping -------------------------------------------------------------------------------------


def _reshaped(types: Types, attrs: Attrs) -> Types:
    return (array_of(dtype_of(types[0]), attrs["dims"]),)


def _spell_reshape(stmt: Stmt) -> str:
    sizes = stmt.args[1:]
    names = [f"_{k + 1}" for k in range(len(sizes))]
    if not dims_of(stmt.args[0].type) and all(s.is_const(1) or s.is_const(-1) for s in sizes):
        return f"np.array({'[' * len(sizes)}x{']' * len(sizes)})"  # perhaps a Python float
    if len(sizes) == 1 and sizes[0].is_const(-1):
        return "x.ravel()"
    return f"x.reshape({', '.join(names)})" if sizes else "x.reshape(())"


def reshape(b: Builder, x: Value, sizes: Sequence[Value]) -> Value:
    """``x.reshape(sizes)``, of which one may be -1."""
    if not sizes and not dims_of(x.type):
        return x
    dims = letters(sizes)
    if len(sizes) == 1 and sizes[0].is_const(-1):
        if len(dims_of(x.type)) == 1:
            return x
        dims = flat_letter(dims_of(x.type))
    return b.op("reshape", x, *sizes, dims=dims)


def flat_letter(dims: str) -> str:
    """What is known of the number of elements: with one dimension that is not 1 it is not 1."""
    return "n" if "n" in dims else "?" if "?" in dims else "1"


def _reshape_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    size = stmt.args[axis + 1]
    return None if size.is_const() and size.constant < 0 else size


def _vjp_reshape(ctx: Any, stmt: Stmt, g: Value) -> None:
    x = stmt.args[0]
    if dims_of(g.type):
        g = ctx.dense(g, stmt.result)
        sizes = stmt.args[1:]
        if not dims_of(x.type) and sizes:  # one number
            place = [ctx.b.const(0)] * len(sizes)
            ctx.add(x, ctx.b.op("index", g, *place, spec=("i",) * len(sizes)))
            return
        g = reshape(ctx.b, g, [ctx.size(x, k) for k in range(len(dims_of(x.type)))])
    ctx.add(x, g)


def _jvp_reshape(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t, *_) = tangents
    if t is None or not dims_of(t.type):
        return t
    x, *sizes = stmt.args
    return reshape(ctx.b, ctx.dense(x, t), [ctx.value(s) for s in sizes])


op("reshape", "x *sizes", infer=_reshaped, spell=_spell_reshape, sizes=_reshape_size,
   vjp=_vjp_reshape, jvp=_jvp_reshape, cost=250, tags="view")

