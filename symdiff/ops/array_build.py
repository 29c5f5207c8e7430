"""Rows that make arrays: from numbers, from other arrays side by side, and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    ArrayType,
    ListType,
    Type,
    array_of,
    is_number,
    list_of,
    result_dtype,
)
from symdiff.ops.array_shapes import letters, operand_size, size_along
from symdiff.ops.array_types import as_array, dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Args = Sequence[Value]
Tangents = Sequence[Value | None]


# -- numbers side by side --------------------------------------------------------------------------


def _array(types: Types, attrs: Attrs) -> Types:
    for t in types:
        if not is_number(t) and dims_of(t):
            raise TypeError(f"a number is needed here, not a {t}")
    dtype = attrs["dtype"] or result_dtype(types)
    return (array_of(dtype, "".join("1" if n == 1 else "n" for n in attrs["shape"])),)


def _spell_array(stmt: Stmt) -> str:
    names = iter(f"_{k}" for k in range(len(stmt.args)))

    def level(shape: tuple[int, ...]) -> str:
        if not shape:
            return next(names)
        return f"[{', '.join(level(shape[1:]) for _ in range(shape[0]))}]"

    dtype = {"f32": ", np.float32", "f64": ", float"}.get(stmt.attrs["dtype"] or "", "")
    return f"np.array({level(stmt.attrs['shape'])}{dtype})"


def _place(b: Builder, shape: tuple[int, ...], k: int) -> list[Value]:
    found: list[int] = []
    for n in reversed(shape):
        found.append(k % n)
        k //= n
    return [b.const(i) for i in reversed(found)]


def _vjp_array(ctx: Any, stmt: Stmt, g: Value) -> None:
    shape = stmt.attrs["shape"]
    if not dims_of(g.type):
        for x in stmt.args:
            ctx.add(x, g)
        return
    g = ctx.dense(g, stmt.result)
    for k, x in enumerate(stmt.args):
        if ctx.wants(x):
            place = _place(ctx.b, shape, k)
            ctx.add(x, ctx.b.op("index", g, *place, spec=("i",) * len(shape)))


def _jvp_array(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    if all(t is None for t in tangents):
        return None
    zero = ctx.b.const(0.0)
    attrs = {**stmt.attrs, "dtype": dtype_of(stmt.result.type)}
    return ctx.b.op("array", *[zero if t is None else t for t in tangents], **attrs)  # type: ignore[no-any-return]


op("array", "*xs", infer=_array, spell=_spell_array, vjp=_vjp_array, jvp=_jvp_array, fresh=True,
   sizes=lambda b, s, k: b.const(s.attrs["shape"][k]), cost=600)


# -- lists -----------------------------------------------------------------------------------------


def _from_list(types: Types, attrs: Attrs) -> Types:
    t, depth = types[0], 0
    while isinstance(t, ListType):
        t, depth = t.elem, depth + 1
    if not is_number(t) and not (isinstance(t, ArrayType) and depth in (1, 2)):
        raise TypeError(f"a list of numbers or arrays is needed here, not a {types[0]}")
    return (array_of(attrs["dtype"] or result_dtype((t,)), "?" * depth + dims_of(t)),)


def _rows(types: Types, attrs: Attrs) -> Types:
    t, depth = as_array(types[0]), attrs.get("depth", 1)
    found = list_of(array_of(t.dtype, t.dims[depth:]))
    return (list_of(found) if depth == 2 else found,)


def _to_list(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    kinds: dict[str, Type] = {"f64": FLOAT, "f32": FLOAT, "int": INT, "bool": BOOL}
    found = kinds[t.dtype]
    for _ in t.dims:
        found = list_of(found)
    return (found,)


def _depth_of_arrays(t: Type) -> int:
    """How many lists there are around arrays; 0 around numbers."""
    depth = 0
    while isinstance(t, ListType):
        t, depth = t.elem, depth + 1
    return depth if isinstance(t, ArrayType) else 0


def _vjp_from_list(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, g = stmt.args[0], ctx.dense(g, stmt.result)
    depth = _depth_of_arrays(xs.type)
    if depth == 2:
        ctx.add(xs, ctx.b.op("array_rows", g, depth=2))
    else:
        ctx.add(xs, ctx.b.op("array_rows" if depth else "to_list", g))


def _vjp_rows(ctx: Any, stmt: Stmt, g: Value) -> None:
    x = stmt.args[0]
    ctx.add(x, ctx.b.coerce(ctx.b.op("from_list", g, dtype=dtype_of(x.type)), x.type))


def _jvp_rows(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    return ctx.b.op("array_rows", ctx.dense(stmt.args[0], t), **stmt.attrs)  # type: ignore[no-any-return]


def _jvp_from_list(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    return None if t is None else ctx.b.op("from_list", t, **stmt.attrs)


def _vjp_to_list(ctx: Any, stmt: Stmt, g: Value) -> None:
    x = stmt.args[0]
    made = ctx.b.op("from_list", g, dtype=dtype_of(x.type))
    ctx.add(x, ctx.b.coerce(made, x.type))


def _jvp_to_list(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    return None if t is None else ctx.b.op("to_list", ctx.dense(stmt.args[0], t))


op("from_list", "xs", infer=_from_list, vjp=_vjp_from_list, jvp=_jvp_from_list, fresh=True,
   spell=lambda s: "np.array(xs, float)" if s.attrs["dtype"] == "f64" else "np.array(xs)",
   cost=2000)
op("array_rows", "x", infer=_rows, vjp=_vjp_rows, jvp=_jvp_rows, cost=500,
   spell=lambda s: "list(x)" if s.attrs.get("depth", 1) == 1 else "[list(row) for row in x]")
op("to_list", "x", infer=_to_list, numpy="x.tolist()", vjp=_vjp_to_list, jvp=_jvp_to_list,
   fresh=True, cost=1000)


# -- arrays side by side ---------------------------------------------------------------------------


def _joined(types: Types, attrs: Attrs) -> Types:
    arrays = [as_array(t) for t in types]
    axis = attrs["axis"]
    if len({t.rank for t in arrays}) > 1:
        raise TypeError("arrays that are joined have the same number of dimensions")
    dims = []
    for k in range(arrays[0].rank):
        found = {t.dims[k] for t in arrays}
        if k == axis:
            dims.append("n" if len(arrays) > 1 and found <= {"1"} else "?" if len(arrays) > 1
                        else arrays[0].dims[k])
        else:
            dims.append("1" if "1" in found else "n" if "n" in found else "?")
    return (array_of(result_dtype(types), "".join(dims)),)


def _spell_concatenate(stmt: Stmt) -> str:
    names = ", ".join(f"_{k}" for k in range(len(stmt.args)))
    axis = f", axis={stmt.attrs['axis']}" if stmt.attrs["axis"] else ""
    return f"np.concatenate([{names}]{axis})"


def _concatenate_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    if axis != stmt.attrs["axis"]:
        return size_along(b, stmt.args[0], axis)
    total = size_along(b, stmt.args[0], axis)
    for x in stmt.args[1:]:
        total = b.add(total, size_along(b, x, axis))
    return total


def _vjp_concatenate(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, axis = ctx.b, stmt.attrs["axis"]
    if not dims_of(g.type):
        for x in stmt.args:
            ctx.add(x, g)
        return
    g = ctx.dense(g, stmt.result)
    start: Value | None = None
    for k, x in enumerate(stmt.args):
        size = ctx.size(x, axis)
        stop = size if start is None else b.add(start, size)
        last = k == len(stmt.args) - 1
        if ctx.wants(x):
            flags = f"s{int(start is not None)}{int(not last)}0"
            bounds = [v for v, used in ((start, start is not None), (stop, not last)) if used]
            spec = (*[":"] * axis, flags if bounds else ":")
            part = b.op("index", g, *bounds, spec=spec)
            ctx.add(x, b.coerce(part, array_of(dtype_of(part.type), dims_of(x.type))))
        start = stop


def _jvp_all(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    if all(t is None for t in tangents):
        return None
    dense = [ctx.dense(x, t) for x, t in zip(stmt.args, tangents, strict=True)]
    return ctx.b.op(stmt.op.name, *dense, **stmt.attrs)  # type: ignore[no-any-return]


op("concatenate", "*xs", infer=_joined, spell=_spell_concatenate, sizes=_concatenate_size,
   vjp=_vjp_concatenate, jvp=_jvp_all, cost=1500)


# -- arrays of a list side by side -----------------------------------------------------------------


def _joined_list(types: Types, attrs: Attrs) -> Types:
    t = types[0]
    if not isinstance(t, ListType) or not isinstance(t.elem, ArrayType):
        raise TypeError(f"a list of arrays is needed here, not a {t}")
    dims = t.elem.dims
    return (array_of(t.elem.dtype, dims[: attrs["axis"]] + "?" + dims[attrs["axis"] + 1 :]),)


def _axis_words(stmt: Stmt) -> str:
    return f", axis={stmt.attrs['axis']}" if stmt.attrs["axis"] else ""


def _spell_split(stmt: Stmt) -> str:
    axis = stmt.attrs["axis"]
    size = f"x.shape[{axis}]" if axis else "len(x)"
    return f"np.split(g, np.cumsum([{size} for x in xs])[:-1]{_axis_words(stmt)})"


def _vjp_joined_list(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs = stmt.args[0]
    ctx.add(xs, ctx.b.op("split_like", ctx.dense(g, stmt.result), ctx.value(xs), **stmt.attrs))


def _jvp_joined_list(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    return None if t is None else ctx.b.op("concatenate_list", t, **stmt.attrs)


def _vjp_split(ctx: Any, stmt: Stmt, g: Value) -> None:
    x = stmt.args[0]
    made = ctx.b.op("concatenate_list", g, **stmt.attrs)
    ctx.add(x, ctx.b.coerce(made, x.type))


def _jvp_split(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, xs = tangents[0], ctx.value(stmt.args[1])
    if t is None:
        return None
    return ctx.b.op("split_like", ctx.dense(stmt.args[0], t), xs, **stmt.attrs)  # type: ignore[no-any-return]


op("concatenate_list", "xs", infer=_joined_list, vjp=_vjp_joined_list, jvp=_jvp_joined_list,
   spell=lambda s: f"np.concatenate(xs{_axis_words(s)})", cost=2000, fresh=True)
op("split_like", "g xs", infer=lambda types, attrs: (types[1],), spell=_spell_split,
   vjp=_vjp_split, jvp=_jvp_split, shape_uses="xs", cost=5000)


def _stacked(types: Types, attrs: Attrs) -> Types:
    arrays = [as_array(t) for t in types]
    if len({t.rank for t in arrays}) > 1:
        raise TypeError("arrays that are stacked have the same number of dimensions")
    columns = [{t.dims[k] for t in arrays} for k in range(arrays[0].rank)]
    dims = ["1" if "1" in c else "n" if "n" in c else "?" for c in columns]
    dims.insert(attrs["axis"], "1" if len(types) == 1 else "n")
    return (array_of(result_dtype(types), "".join(dims)),)


def _spell_stack(stmt: Stmt) -> str:
    names = ", ".join(f"_{k}" for k in range(len(stmt.args)))
    axis = f", axis={stmt.attrs['axis']}" if stmt.attrs["axis"] else ""
    return f"np.stack([{names}]{axis})"


def _stack_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    at = stmt.attrs["axis"]
    if axis == at:
        return b.const(len(stmt.args))
    return size_along(b, stmt.args[0], axis - (axis > at))


def _vjp_stack(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, axis = ctx.b, stmt.attrs["axis"]
    dense = ctx.dense(g, stmt.result) if dims_of(g.type) else g
    for k, x in enumerate(stmt.args):
        if ctx.wants(x):
            spec = (*[":"] * axis, "i")
            part = b.op("index", dense, b.const(k), spec=spec) if dims_of(g.type) else g
            if dims_of(part.type) and dims_of(part.type) != dims_of(x.type):
                part = b.coerce(part, array_of(dtype_of(part.type), dims_of(x.type)))
            ctx.add(x, part)


op("stack", "*xs", infer=_stacked, spell=_spell_stack, sizes=_stack_size, vjp=_vjp_stack,
   jvp=_jvp_all, cost=2500)


# -- diagonals and triangles -----------------------------------------------------------------------


def _diag(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    if t.rank != 1:
        raise TypeError("a diagonal is an array of one dimension")
    letter = "?" if attrs["k"] else t.dims
    return (array_of(t.dtype, 2 * letter),)


def _spell_k(name: str) -> Any:
    def spell(stmt: Stmt) -> str:
        k = stmt.attrs["k"]
        return f"np.{name}(x{f', {k}' if k else ''})"

    return spell


def _diag_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    size, k = size_along(b, stmt.args[0], 0), abs(stmt.attrs["k"])
    return b.add(size, b.const(k)) if k else size


def _vjp_diag(ctx: Any, stmt: Stmt, g: Value) -> None:
    if dims_of(g.type):
        g = ctx.b.op("diagonal", ctx.dense(g, stmt.result), **stmt.attrs)
    ctx.add(stmt.args[0], g)


def _diagonal(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    if t.rank != 2:
        raise TypeError("the diagonal of a matrix is meant, of two dimensions")
    return (array_of(t.dtype, t.dims[0] if t.dims[0] == t.dims[1] and not attrs["k"] else "?"),)


def _vjp_diagonal(ctx: Any, stmt: Stmt, g: Value) -> None:
    """Into zeros: ``dx[r, r + k] = g``."""
    b, x, k = ctx.b, stmt.args[0], stmt.attrs["k"]
    g = ctx.dense(g, stmt.result) if dims_of(g.type) else g
    count = ctx.size(stmt.result, 0)
    place = b.op("arange", b.const(0), count, b.const(1))
    rows = b.add(place, b.const(-k)) if k < 0 else place
    columns = b.add(place, b.const(k)) if k > 0 else place
    zeros = ctx.dense(b.const(0.0), x)
    ctx.add(x, b.op("set_index", zeros, g, rows, columns, spec=("a", "a")))


def _jvp_linear(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None:
        return None
    x, *rest = stmt.args
    return ctx.b.op(stmt.op.name, ctx.dense(x, t), *map(ctx.value, rest), **stmt.attrs)  # type: ignore[no-any-return]


op("diag", "x", infer=_diag, spell=_spell_k("diag"), sizes=_diag_size, vjp=_vjp_diag,
   jvp=_jvp_linear, cost=2000, fresh=True)
op("diagonal", "x", infer=_diagonal, spell=_spell_k("diagonal"), vjp=_vjp_diagonal,
   jvp=_jvp_linear, cost=500, tags="view")


def _same(types: Types, attrs: Attrs) -> Types:
    return (as_array(types[0]),)


def _vjp_triangle(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], ctx.b.op(stmt.op.name, ctx.dense(g, stmt.result), **stmt.attrs))


for _name in ("triu", "tril"):
    op(_name, "x", infer=_same, spell=_spell_k(_name), sizes=operand_size(0), vjp=_vjp_triangle,
       jvp=_jvp_linear, cost=4000)


# -- running sums, rolling -------------------------------------------------------------------------


def _spell_axis(name: str) -> Any:
    def spell(stmt: Stmt) -> str:
        axis = stmt.attrs["axis"]
        one = len(dims_of(stmt.args[0].type)) == 1
        return f"x.{name}({'' if one else f'axis={axis}'})"

    return spell


def flipped_along(b: Builder, x: Value, axis: int) -> Value:
    return b.op("index", x, b.const(-1), spec=(*[":"] * axis, "s001"))


def _vjp_cumsum(ctx: Any, stmt: Stmt, g: Value) -> None:
    b, axis = ctx.b, stmt.attrs["axis"]
    g = flipped_along(b, ctx.dense(g, stmt.result), axis)
    back = flipped_along(b, b.op("cumsum", g, axis=axis), axis)
    ctx.add(stmt.args[0], b.coerce(back, array_of(dtype_of(back.type), dims_of(stmt.args[0].type))))


def _summed(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    return (array_of("int" if t.dtype == "bool" else t.dtype, t.dims),)


op("cumsum", "x", infer=_summed, spell=_spell_axis("cumsum"), sizes=operand_size(0),
   vjp=_vjp_cumsum, jvp=_jvp_linear, cost=1500)


def _spell_roll(stmt: Stmt) -> str:
    one = len(dims_of(stmt.args[0].type)) == 1
    return f"np.roll(x, _1{'' if one else ', axis=' + str(stmt.attrs['axis'])})"


def _vjp_roll(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, shift = stmt.args
    if dims_of(g.type):
        back = ctx.b.neg(ctx.value(shift))
        g = ctx.b.op("roll", ctx.dense(g, stmt.result), back, **stmt.attrs)
    ctx.add(x, g)


op("roll", "x *shift", infer=_same, spell=_spell_roll, sizes=operand_size(0), vjp=_vjp_roll,
   jvp=_jvp_linear, cost=9000)


# -- data ------------------------------------------------------------------------------------------


def _counted(types: Types, attrs: Attrs) -> Types:
    return (array_of(result_dtype(types), "?"),)


def _arange_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    start, stop, step = stmt.args
    if start.is_const(0) and step.is_const(1) and stop.op in ("shape_of", "const"):
        return stop if stop.type == INT else None
    return None


def _spell_arange(stmt: Stmt) -> str:
    start, _, step = stmt.args
    if step.is_const(1):
        return "np.arange(stop)" if start.is_const(0) else "np.arange(start, stop)"
    return "np.arange(start, stop, step)"


op("arange", "start stop step", infer=_counted, spell=_spell_arange, sizes=_arange_size,
   partials=("0", "0", "0"), fresh=True, tags="data", cost=500)


def _linspace(types: Types, attrs: Attrs) -> Types:
    return (array_of("f64", attrs["dims"]),)


op("linspace", "start stop num", infer=_linspace, fresh=True, tags="data", cost=9000,
   partials=(None, None, "0"), sizes=lambda b, s, k: s.args[2],
   spell=lambda s: "np.linspace(start, stop, num)")


def _eye(types: Types, attrs: Attrs) -> Types:
    return (array_of(attrs["dtype"], attrs["dims"]),)


def _spell_eye(stmt: Stmt) -> str:
    n, m = stmt.args
    k = stmt.attrs["k"]
    dtype = {"f64": "", "f32": ", dtype=np.float32", "int": ", dtype=int", "bool": ", dtype=bool"}
    words = f"{f', k={k}' if k else ''}{dtype[stmt.attrs['dtype']]}"
    return f"np.eye(n{'' if n is m else ', m'}{words})"


op("eye", "n m", infer=_eye, spell=_spell_eye, partials=("0", "0"), fresh=True, tags="data",
   cost=2000, sizes=lambda b, s, k: s.args[k])


def eye(b: Builder, n: Value, m: Value, k: int = 0, dtype: str = "f64") -> Value:
    return b.op("eye", n, m, k=k, dims=letters([n, m]), dtype=dtype)
