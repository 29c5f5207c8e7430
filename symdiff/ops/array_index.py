"""Rows that read and write parts of arrays: ``index``, ``set_index``, ``add_index``.

The attribute ``spec`` has a text per position: ``i`` an int, ``:`` a whole axis, ``s`` and three
flags a slice with those bounds (``s110``: start and stop), ``n`` a new axis, ``m`` a mask, ``a`` an
array of ints; ints, bounds, masks and arrays are operands, in order.

The cotangent of a read is sparse: ``dx[i] += g`` in place, never an array of zeros with one entry.
A write needs neither the old array nor the new one in reverse, only where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import INT, Type, array_of
from symdiff.ops.array_shapes import letter, operand_size, size_along
from symdiff.ops.array_types import as_array, broadcast, dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Spec = tuple[str, ...]
Tangents = Sequence[Value | None]


def operands(item: str) -> int:
    """How many operands a position has."""
    if item[0] == "s":
        return item.count("1")
    return 1 if item[0] in "ima" else 0


def is_basic(spec: Spec) -> bool:
    """Whether a read gives a view (or a number), not a copy."""
    return not any(item[0] in "ma" for item in spec)


def never_twice(spec: Spec, at: Sequence[Value]) -> bool:
    """Whether an index surely means no element twice, so that ``x[at] += v`` adds every ``v``.

    So slices, masks, and ``x[np.arange(len(j)), j]``.
    """
    operand, picks = 0, []
    for item in spec:
        if item == "a":
            picks.append(at[operand])
        operand += operands(item)
    if not picks:
        return True
    if _one_table(picks):
        return True
    return not any(item[0] == "m" for item in spec) and any(_counts(v, picks) for v in picks)


def _one_table(picks: Sequence[Value]) -> bool:
    """Whether these are all the index arrays of what holds, or of a triangle: places differ."""
    stmts = [v.stmt for v in picks if v.op in ("nonzero", "triangle_places") and v.stmt is not None]
    if len(stmts) != len(picks):
        return False
    rank = 2 if stmts[0].op.name == "triangle_places" else len(dims_of(stmts[0].args[0].type))
    rest = [{k: a for k, a in s.attrs.items() if k != "axis"} for s in stmts]
    alike = all(s.op is stmts[0].op and s.args == stmts[0].args and r == rest[0]
                for s, r in zip(stmts, rest, strict=True))
    return alike and {s.attrs["axis"] for s in stmts} == set(range(rank))


def _counts(v: Value, picks: Sequence[Value]) -> bool:
    """Whether ``v`` counts 0, 1, ... through the places that index arrays pick together."""
    if v.op != "arange" or v.stmt is None:
        return False
    start, end, step = v.stmt.args
    stop = end.stmt
    if not (start.is_const(0) and step.is_const(1)):
        return False
    for other in picks:
        if other is v:
            continue
        as_long = stop is not None and stop.op.name == "shape_of" and stop.args[0] is other
        if not as_long or len(dims_of(other.type)) != 1:
            return False
    return True


def _positions(spec: Spec, dims: str, types: Types) -> Iterator[tuple[str, str, Types]]:
    """(item, dimensions that it takes, types of its operands)."""
    at, arg = 0, 0
    for item in spec:
        given = types[arg : arg + operands(item)]
        arg += operands(item)
        taken = 0 if item == "n" else len(dims_of(given[0])) if item == "m" else 1
        yield item, dims[at : at + taken], given
        at += taken
    for d in dims[at:]:
        yield ":", d, ()


def indexed(t: Type, spec: Spec, types: Types) -> str:
    """The dimensions of ``x[...]``."""
    dims = as_array(t).dims
    rank = sum(len(dims_of(k[0])) if i == "m" else 1 for i, k in _split(spec, types) if i != "n")
    if rank > len(dims):
        raise TypeError(f"too many indices for an array of {len(dims)} dimensions")
    parts: list[str] = []
    picked: list[str] = []  # of arrays and, beside them, ints
    places: list[int] = []
    mixed = not is_basic(spec)
    for k, (item, taken, given) in enumerate(_positions(spec, dims, types)):
        if item[0] == "a" and dtype_of(given[0]) != "int":
            raise TypeError(f"an index is an array of ints, not a {given[0]}")
        if item[0] in "ma" or (item == "i" and mixed):
            picked.append("?" if item == "m" else dims_of(given[0]))
            places.append(k)
            parts.append("")
        elif item == "n":
            parts.append("1")
        elif item != "i":
            parts.append(taken if item in (":", "s000") else "?")
    if not picked:
        return "".join(parts)
    together = places == list(range(places[0], places[-1] + 1))
    new = broadcast(picked)
    at = places[0] if together else 0
    return "".join(parts[:at]) + new + "".join(parts[at:])


def _split(spec: Spec, types: Types) -> Iterator[tuple[str, Types]]:
    arg = 0
    for item in spec:
        yield item, types[arg : arg + operands(item)]
        arg += operands(item)


def _infer_index(types: Types, attrs: Attrs) -> Types:
    t = as_array(types[0])
    return (array_of(t.dtype, indexed(t, attrs["spec"], types[1:])),)


def _infer_set(types: Types, attrs: Attrs) -> Types:
    as_array(types[0])
    return (types[0],)


def _fold_index(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    if all(item == ":" for item in attrs["spec"]):
        return args[0]
    return None


def _kept(spec: Spec, rank: int) -> list[tuple[str, int, int]]:
    """(item, axis of the operand, first operand) per dimension of a basic read's result."""
    found, axis, arg = [], 0, 0
    for item in (*spec, *[":"] * rank):
        if item != "n" and axis >= rank:
            break
        if item != "i":
            found.append((item, axis, arg))
        arg += operands(item)
        axis += item != "n"
    return found


def _index_size(b: Builder, stmt: Stmt, axis: int) -> Value | None:
    spec, x = stmt.attrs["spec"], stmt.args[0]
    if spec[:1] == ("m",) and axis == 0:
        return b.op("mask_count", stmt.args[1])
    if spec[:1] == ("a",) and axis == 0:
        return _picked_size(b, spec, stmt.args[1:])
    if not is_basic(spec):
        return None
    item, old, arg = _kept(spec, len(dims_of(x.type)))[axis]
    whole = size_along(b, x, old)
    if item in (":", "s000"):
        return whole
    bounds = iter(stmt.args[1 + arg :])
    start, stop, step = (next(bounds) if p == "1" else None for p in item[1:])
    return _slice_size(b, whole, start, stop, step)


def _picked_size(b: Builder, spec: Spec, at: Sequence[Value]) -> Value | None:
    """How many elements index arrays of one dimension pick, where one of them says it."""
    if any(item[0] not in "a:" for item in spec) or any(len(dims_of(v.type)) != 1 for v in at):
        return None
    others = [v for v in at if not _counts(v, at)]
    if len(at) > 1 and len(others) != 1:
        return None
    return size_along(b, (others or at)[0], 0)


def _slice_size(
    b: Builder, whole: Value, start: Value | None, stop: Value | None, step: Value | None
) -> Value | None:
    """The length of a slice that leaves out constant numbers of elements at the ends."""
    if step is not None and step.is_const(-1) and start is None and stop is None:
        return whole
    given = [v for v in (whole, start, stop, step) if v is not None]
    if all(v.is_const() for v in given) and (step is None or step.constant != 0):
        ends = (None if v is None else v.constant for v in (start, stop, step))
        return b.const(len(range(whole.constant)[slice(*ends)]))
    cut = _cut(start, stop, step)
    if cut is not None:
        return b.op("max", b.sub(whole, b.const(cut)), b.const(0)) if cut else whole
    bounds = (start, stop, step)
    flags = "".join("0" if v is None else "1" for v in bounds)
    return b.op("slice_size", whole, *[v for v in bounds if v is not None], present=flags)


def _cut(start: Value | None, stop: Value | None, step: Value | None) -> int | None:
    """How many elements a slice leaves out at the two ends, where that does not depend on n."""
    if step is not None and not step.is_const(1):
        return None
    cut = 0
    for bound, sign in ((start, 1), (stop, -1)):
        if bound is None:
            continue
        if not bound.is_const() or bound.constant * sign < 0 or (sign < 0 and bound.constant == 0):
            return None
        cut += bound.constant * sign
    return cut


def _spell_slice_size(stmt: Stmt) -> str:
    names = iter(f"_{k}" for k in range(1, len(stmt.args)))
    start, stop, step = (next(names) if p == "1" else "" for p in stmt.attrs["present"])
    return f"len(range(n)[{start}:{stop}{':' + step if step else ''}])"


op("mask_count", "mask", infer=lambda t, a: (INT,), partials=("0",), tags="data array", cost=700,
   spell=lambda s: "np.count_nonzero(mask)")
op("slice_size", "n *bounds", infer=lambda t, a: (INT,), partials=("0",), tags="data", cost=250,
   spell=_spell_slice_size)


def subscript(stmt: Stmt, first: int) -> str:
    """The index as text; operands are ``_1``, ``_2``, ... from ``first`` on."""
    arg, parts = first, []
    for item in stmt.attrs["spec"]:
        if item[0] == "s":
            texts = []
            for flag in item[1:]:
                texts.append(f"_{arg}" if flag == "1" else "")
                arg += flag == "1"
            parts.append(":".join(texts if texts[2] else texts[:2]))
        elif item[0] in "ima":
            parts.append(f"_{arg}")
            arg += 1
        else:
            parts.append("None" if item == "n" else ":")
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts) or (":" if dims_of(stmt.args[0].type) else "()")


def _vjp_index(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, *at = stmt.args
    if not never_twice(stmt.attrs["spec"], at):
        g = ctx.dense(g, stmt.result)
    ctx.add_index(x, g, [ctx.value(v) for v in at], stmt.attrs["spec"])


def _jvp_index(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t = tangents[0]
    if t is None or not dims_of(t.type):
        return t
    x, *at = stmt.args
    return ctx.b.op("index", ctx.dense(x, t), *map(ctx.value, at), **stmt.attrs)  # type: ignore[no-any-return]


op("index", "x *at", infer=_infer_index, fold=_fold_index, sizes=_index_size, cost=150,
   spell=lambda s: f"x[{subscript(s, 1)}]", vjp=_vjp_index, jvp=_jvp_index, total=False)


def _undo_write(ctx: Any, stmt: Stmt, part: Value) -> Value:
    """The cotangent of what was written, of that of the place where it was written."""
    x, _, *at = stmt.args
    spec = stmt.attrs["spec"]

    def slot(axis: int) -> Value | None:
        if spec[:1] == ("m",) and axis == 0:
            return ctx.b.op("mask_count", at[0])  # type: ignore[no-any-return]
        if not is_basic(spec):
            return None
        item, old, first = _kept(spec, len(dims_of(x.type)))[axis]
        whole = size_along(ctx.b, x, old)
        if item in (":", "s000"):
            return whole
        bounds = iter(at[first:])
        start, stop, step = (next(bounds) if p == "1" else None for p in item[1:])
        return _slice_size(ctx.b, whole, start, stop, step)

    return ctx.undo_write(stmt, part, slot)  # type: ignore[no-any-return]


def _vjp_set(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, v, *at = stmt.args
    b, places, spec = ctx.b, [ctx.value(i) for i in at], stmt.attrs["spec"]
    g = ctx.dense(g, stmt.result)
    if ctx.wants(v):
        part = b.op("index", g, *places, spec=spec)
        if not never_twice(spec, at):
            sizes = [ctx.size(x, k) for k in range(len(dims_of(x.type)))]
            kept = b.op("last_writes", *sizes, *places, spec=spec, rank=len(sizes))
            part = b.op("where", kept, part, b.const(0.0))
        ctx.add(v, _undo_write(ctx, stmt, part))
    if ctx.wants(x) and any(item != ":" for item in spec):
        ctx.add(x, b.op("set_index", g, b.const(0.0), *places, spec=spec))


def _jvp_set(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    x, _, *at = stmt.args
    dx, dv = tangents[:2]
    if dx is None and dv is None:
        return None
    b = ctx.b
    part = b.const(0.0) if dv is None else dv
    return b.op(stmt.op.name, ctx.dense(x, dx), part, *map(ctx.value, at), **stmt.attrs)  # type: ignore[no-any-return]


def _vjp_add(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, v, *at = stmt.args
    if ctx.wants(v):
        dense = ctx.dense(g, stmt.result)
        part = ctx.b.op("index", dense, *[ctx.value(i) for i in at], spec=stmt.attrs["spec"])
        ctx.add(v, _undo_write(ctx, stmt, part))
    if ctx.wants(x):
        ctx.add(x, g)


def _fold_add(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    """Into zeros nothing need be added: the first contribution is written."""
    x = args[0]
    if not b.relaxed:  # 0.0 + -0.0 is not -0.0
        return None
    if x.op == "set_index" and x.stmt is not None and never_twice(attrs["spec"], args[2:]):
        old, value, *at = x.stmt.args  # the place was just made zero
        if value.is_const(0) and at == [*args[2:]] and x.stmt.attrs == attrs:
            return b.op("set_index", old, *args[1:], **attrs)
    zeros = x.op in ("full", "full_like") and x.stmt is not None
    if zeros and never_twice(attrs["spec"], args[2:]):
        value = x.stmt.args[0 if x.op == "full" else 1]  # type: ignore[union-attr]
        if value.is_const(0):
            return b.op("set_index", *args, **attrs)
    return None


for _name, _fold, _rule in (("set_index", None, _vjp_set), ("add_index", _fold_add, _vjp_add)):
    op(_name, "x v *at", infer=_infer_set, fold=_fold, cost=200, tags="array inplace", total=False,
       sizes=lambda b, s, k: size_along(b, s.args[0], k), vjp=_rule, jvp=_jvp_set)

# -- all of an array ------------------------------------------------------------------------------


def _vjp_update(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, v = stmt.args
    if ctx.wants(v):
        term = g if stmt.attrs["how"] == "add" else ctx.b.neg(g)
        dense = ctx.dense(term, stmt.result)
        ctx.add(v, ctx.undo_write(stmt, dense, lambda axis: size_along(ctx.b, x, axis)))
    if ctx.wants(x):
        ctx.add(x, g)


def _jvp_update(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    dx, dv = tangents
    if dv is None:
        return dx
    b, x = ctx.b, stmt.args[0]
    if dx is None:
        dx = b.zero(x.type, ctx.value(x))
    return b.op("update", ctx.dense(x, dx), dv, **stmt.attrs)  # type: ignore[no-any-return]


SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}

# ``x += v``: v broadcasts to the shape of x. The user's own add and subtract only; the last pass
# makes others of operations whose first operand is not needed any more.
op("update", "x v", infer=_infer_set, cost=600, tags="array inplace", total=False,
   spell=lambda s: f"x {SIGNS[s.attrs['how']]} v", sizes=operand_size(0),
   vjp=_vjp_update, jvp=_jvp_update)

__all__ = ["SIGNS", "indexed", "is_basic", "letter", "operands", "subscript"]
