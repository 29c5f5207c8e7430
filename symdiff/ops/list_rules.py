"""Rules of lists and tuples: types, evaluation, reverse and forward mode; the rows are in
``lists``.

Each reverse rule sees the context of ``autodiff.reverse``: ``ctx.b`` builds, ``ctx.value(v)`` is
the forward value of an operand (taped or recomputed as need be), ``ctx.add(v, g)`` adds to an
operand's cotangent, ``ctx.add_at(v, path, g)`` adds to one element of a list's.  Cotangents of
element reads stay sparse that way: ``dx[i] += g``.  A forward rule gets the operands' tangents
(None: zero) and returns the result's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    UNKNOWN,
    ListType,
    TupleType,
    Type,
    holds_list,
    is_array,
    is_memory,
    is_number,
    join,
    list_of,
)

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


# -- type rules --------------------------------------------------------


def as_list(t: Type) -> ListType:
    if not isinstance(t, ListType):
        raise TypeError(f"a list is needed here, not a {t}")
    return t


def element_type(t: Type, path: Types) -> Type:
    for index in path:
        if index not in (INT, BOOL):
            raise TypeError(f"an index is an int, not a {index}")
        t = as_list(t).elem
    return t


def infer_make_list(types: Types, attrs: Attrs) -> Types:
    elem = attrs.get("elem")
    for t in types:
        joined = t if elem is None else join(elem, t)
        if joined is None:
            raise TypeError(f"list elements {elem} and {t} have no common type")
        elem = joined
    return (list_of(elem if elem is not None else UNKNOWN),)


def infer_same(types: Types, attrs: Attrs) -> Types:
    if is_array(types[0]):
        return (types[0],)
    return (as_list(types[0]),)


def infer_set_at(types: Types, attrs: Attrs) -> Types:
    elem = element_type(types[0], types[2:])
    if elem != types[1]:
        raise TypeError(f"a {types[1]} is written into a list of {elem}")
    return (types[0],)


def infer_append(types: Types, attrs: Attrs) -> Types:
    if as_list(types[0]).elem != types[1]:
        raise TypeError(f"a {types[1]} is appended to a {types[0]}")
    return (types[0],)


def infer_contains(types: Types, attrs: Attrs) -> Types:
    as_list(types[0])
    return (BOOL,)


def infer_binary(types: Types, attrs: Attrs) -> Types:
    joined = join(as_list(types[0]), as_list(types[1]))
    if joined is None:
        raise TypeError(f"{types[0]} and {types[1]} have no common type")
    return (joined,)


def infer_reduce(types: Types, attrs: Attrs) -> Types:
    elem = as_list(types[0]).elem
    if not is_number(elem):
        raise TypeError(f"a list of numbers is needed here, not a {types[0]}")
    return (INT if elem == BOOL else elem,)


def infer_reduce_float(types: Types, attrs: Attrs) -> Types:
    for t in types:
        if not is_number(as_list(t).elem):
            raise TypeError(f"a list of numbers is needed here, not a {t}")
    return (FLOAT,)


def infer_tuple_get(types: Types, attrs: Attrs) -> Types:
    if not isinstance(types[0], TupleType):
        raise TypeError(f"a tuple is needed here, not a {types[0]}")
    return (types[0].elems[attrs["index"]],)


# -- evaluation (pure; the emitted code may do the same in place)


def eval_set_at(xs: Any, v: Any, *path: int) -> Any:
    """Only the lists on the path are new: a row that stands in two places changes in one."""
    new = row = list(xs)
    for index in path[:-1]:
        inner = list(row[index])
        row[index] = inner
        row = inner
    row[path[-1]] = v
    return new


def eval_getitem(xs: Any, *path: int) -> Any:
    for index in path:
        xs = xs[index]
    return xs


def eval_add_at(xs: Any, g: Any, *path: int) -> Any:
    return eval_set_at(xs, eval_add(eval_getitem(xs, *path), g), *path)


def eval_add(a: Any, b: Any) -> Any:
    if isinstance(a, (list, tuple)):
        return type(a)(eval_add(p, q) for p, q in zip(a, b, strict=True))
    return None if a is None else a if isinstance(a, str) else a + b


def eval_zeros(xs: Any) -> Any:
    if isinstance(xs, (list, tuple)):
        return type(xs)(map(eval_zeros, xs))
    return (
        0.0 if isinstance(xs, float) else xs if isinstance(xs, str) or xs is None else type(xs)(0)
    )


def eval_slice(xs: Any, *bounds: int, present: str) -> Any:
    given = iter(bounds)
    start, stop, step = (next(given) if p == "1" else None for p in present)
    return xs[slice(start, stop, step)]


# -- reverse rules --------------------------------------------------------


def vjp_make(ctx: Any, stmt: Stmt, g: Value) -> None:
    for k, x in enumerate(stmt.args):
        if ctx.wants(x):
            ctx.add(x, ctx.b.getitem(g, ctx.b.const(k)))


def vjp_fill(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[1], ctx.b.op("sum_list", g))


def vjp_getitem(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, *path = stmt.args
    if is_array(stmt.result.type):
        g = ctx.dense(g, stmt.result)
    ctx.add_at(xs, [ctx.value(i) for i in path], g)


def vjp_set_at(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, v, *path = stmt.args
    at = [ctx.value(i) for i in path]
    if ctx.wants(v):
        ctx.add(v, ctx.b.getitem(g, *at))
    if ctx.wants(xs):
        ctx.add(xs, ctx.b.op("set_at", g, _zero_element(ctx, stmt, xs, path), *at))


def _zero_element(ctx: Any, stmt: Stmt, xs: Value, path: list[Value]) -> Value:
    """A zero in the form of the element that was overwritten: a row may have had another length."""
    elem = element_type(xs.type, tuple(i.type for i in path))
    if not holds_list(elem):
        return ctx.b.zero(elem)  # type: ignore[no-any-return]
    row = ctx.before(stmt, "getitem", xs, *path)
    if elem == list_of(FLOAT):
        size = ctx.value(ctx.before(stmt, "len", row))
        return ctx.b.op("list_fill", size, ctx.b.const(0.0))  # type: ignore[no-any-return]
    return ctx.b.zero(elem, ctx.value(row))  # type: ignore[no-any-return]


def vjp_add_at(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, v, *path = stmt.args
    if ctx.wants(v):
        ctx.add(v, ctx.b.getitem(g, *[ctx.value(i) for i in path]))
    if ctx.wants(xs):
        ctx.add(xs, g)


def vjp_append(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, v = stmt.args
    if ctx.wants(v):
        ctx.add(v, ctx.b.getitem(g, ctx.b.const(-1)))
    if ctx.wants(xs):
        ctx.add(xs, ctx.b.op("drop_last", g))


def vjp_drop_last(ctx: Any, stmt: Stmt, g: Value) -> None:
    elem = stmt.args[0].type.elem  # type: ignore[attr-defined]
    like = None
    if elem != FLOAT:
        like = ctx.b.getitem(ctx.value(stmt.args[0]), ctx.b.const(-1))
    ctx.add(stmt.args[0], ctx.b.op("append", g, ctx.b.zero(elem, like)))


def vjp_same(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], g)


def vjp_nothing(ctx: Any, stmt: Stmt, g: Value) -> None:
    """The result does not depend on the operand's values (zeros of the same shape)."""


def vjp_add_lists(ctx: Any, stmt: Stmt, g: Value) -> None:
    for x in stmt.args:
        if ctx.wants(x):
            ctx.add(x, g)


def infer_insert(types: Types, attrs: Attrs) -> Types:
    element_type(types[0], types[2:])
    return infer_append(types, attrs)


def infer_delete(types: Types, attrs: Attrs) -> Types:
    element_type(types[0], types[1:])
    return (types[0],)


def vjp_insert_at(ctx: Any, stmt: Stmt, g: Value) -> None:
    """``insert`` takes any int: where the element went is seen from the length of the cotangent."""
    xs, v, i = stmt.args
    b = ctx.b
    at, last = ctx.value(i), b.sub(b.op("len", g), b.const(1))
    if at.is_const() and at.constant < 0:
        at = b.op("max", b.op("add", last, at), b.const(0))
    elif not at.is_const(0):
        at = b.op("min", at, last)
        if not i.is_const():
            below = b.op("max", b.op("add", last, ctx.value(i)), b.const(0))
            at = b.select(b.op("lt", ctx.value(i), b.const(0)), lambda: below, lambda: at)
    if ctx.wants(v):
        ctx.add(v, b.getitem(g, at))
    if ctx.wants(xs):
        ctx.add(xs, b.op("delete_at", g, at))


def vjp_delete_at(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, i = stmt.args
    b = ctx.b
    at = ctx.value(i)
    elem = as_list(xs.type).elem
    like = None if elem == FLOAT else b.getitem(ctx.value(xs), at)
    if not (at.is_const() and at.constant >= 0):
        below = b.add(b.op("len", g), b.add(at, b.const(1)))
        at = b.select(b.op("lt", at, b.const(0)), lambda: below, lambda: ctx.value(i))
    ctx.add(xs, b.op("insert_at", g, b.zero(elem, like), at))


def eval_insert(xs: Any, v: Any, i: int) -> Any:
    new = list(xs)
    new.insert(i, v)
    return new


def eval_delete(xs: Any, i: int) -> Any:
    new = list(xs)
    del new[i]
    return new


def vjp_concat(ctx: Any, stmt: Stmt, g: Value) -> None:
    left, right = stmt.args
    split = ctx.b.op("len", ctx.value(left))
    if ctx.wants(left):
        ctx.add(left, ctx.b.op("slice", g, split, present="010"))
    if ctx.wants(right):
        ctx.add(right, ctx.b.op("slice", g, split, present="100"))


def vjp_slice(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, *bounds = stmt.args
    zeros = ctx.b.op("zeros_like", ctx.value(xs))
    at = [ctx.value(i) for i in bounds]
    ctx.add(xs, ctx.b.op("set_slice", zeros, g, *at, present=stmt.attrs["present"]))


def vjp_set_slice(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, ys, *bounds = stmt.args
    b, present = ctx.b, stmt.attrs["present"]
    at = [ctx.value(i) for i in bounds]
    if present == "000":
        ctx.add(ys, g)
        return
    if present[2] == "0" and not _keeps_length(stmt):
        _resized(ctx, stmt, g, at)
        return
    part = b.op("slice", g, *at, present=present)
    if ctx.wants(ys):
        ctx.add(ys, part)
    if ctx.wants(xs):
        flat = xs.type == list_of(FLOAT)
        like = part if flat else b.op("slice", ctx.value(xs), *at, present=present)
        ctx.add(xs, b.op("set_slice", g, b.op("zeros_like", like), *at, present=present))


def _keeps_length(stmt: Stmt) -> bool:
    """Whether literal bounds show that as many elements come as go."""
    xs, ys, *bounds = stmt.args
    known = [v.stmt for v in (xs, ys)]
    if stmt.attrs["present"] != "110" or not all(i.is_const() for i in bounds):
        return False
    if not all(s is not None and s.op.name == "make_list" for s in known):
        return False
    size, new = (len(s.args) for s in known if s is not None)
    return len(range(*slice(*(i.constant for i in bounds)).indices(size))) == new


def _resized(ctx: Any, stmt: Stmt, g: Value, at: list[Value]) -> None:
    """The elements behind the slice have moved by as many places as it grew."""
    xs, ys, *_ = stmt.args
    b, present = ctx.b, stmt.attrs["present"]
    old = ctx.value(xs)
    start = b.const(0)
    if present[0] == "1":  # what the bound means for this length, negative or too large
        start = b.op("len", b.op("slice", old, at[0], present="010"))
    stop = b.op("add", start, b.op("len", ctx.value(ys)))
    if ctx.wants(ys):
        ctx.add(ys, b.op("slice", g, start, stop, present="110"))
    if ctx.wants(xs):
        gone = b.op("zeros_like", b.op("slice", old, *at, present=present))
        left = b.op("concat", b.op("slice", g, start, present="010"), gone)
        ctx.add(xs, b.op("concat", left, b.op("slice", g, stop, present="100")))


def vjp_repeat(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, times = stmt.args
    b = ctx.b
    size = b.op("len", ctx.value(xs))
    if xs.type == list_of(FLOAT):
        ctx.add(xs, b.op("fold_repeat", g, size))
        return
    body = b.new_block()
    with b.into(body):
        k, total = body.add_param(INT, ""), body.add_param(xs.type, "")
        start = b.op("mul", k, size)
        part = b.op("slice", g, start, b.op("add", start, size), present="110")
        body.yields = [b.op("add_lists", total, part)]
    bounds = (b.const(0), ctx.value(times), b.const(1))
    ctx.add(xs, b.for_stmt(bounds, [b.op("zeros_like", ctx.value(xs))], body).results[0])


def vjp_fold_repeat(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs, size = stmt.args
    count = ctx.b.op("floordiv", ctx.b.op("len", ctx.value(xs)), ctx.value(size))
    ctx.add(xs, ctx.b.op("repeat", g, count))


def vjp_sum(ctx: Any, stmt: Stmt, g: Value) -> None:
    xs = stmt.args[0]
    ctx.add(xs, ctx.b.op("list_fill", ctx.b.op("len", ctx.value(xs)), g))


def vjp_tuple(ctx: Any, stmt: Stmt, g: Value) -> None:
    for k, x in enumerate(stmt.args):
        if ctx.wants(x):
            ctx.add(x, ctx.b.op("tuple_get", g, index=k))


def vjp_tuple_get(ctx: Any, stmt: Stmt, g: Value) -> None:
    (t,) = stmt.args
    b = ctx.b
    if is_array(stmt.result.type):
        g = ctx.dense(g, stmt.result)
    elems = t.type.elems  # type: ignore[attr-defined]
    parts = []
    for k, elem in enumerate(elems):
        like = (
            b.op("tuple_get", ctx.value(t), index=k)
            if isinstance(elem, (ListType, TupleType)) or is_memory(elem)
            else None
        )
        parts.append(g if k == stmt.attrs["index"] else b.zero(elem, like))
    ctx.add(t, b.op("make_tuple", *parts))


# -- forward rules: (ctx, stmt, tangents) -> tangent of the result


def jvp_linear(ctx: Any, stmt: Stmt, tangents: list[Value | None]) -> Value:
    """The same operation on tangents: operands that carry one are replaced, missing ones are
    zeros.
    """
    names = stmt.op.params
    args = [
        ctx.dense(x, t)
        if ctx.carries(x)
        else _held_constant(ctx, stmt, x, names[min(k, len(names) - 1)])
        for k, (x, t) in enumerate(zip(stmt.args, tangents, strict=True))
    ]
    return ctx.b.op(stmt.op.name, *args, **stmt.attrs)  # type: ignore[no-any-return]


def _held_constant(ctx: Any, stmt: Stmt, x: Value, name: str) -> Value:
    """An operand without a tangent: a place or a size stays, ints that become elements of a list of
    floats (``xs + [2]``) are constants, whose tangent is zero."""
    value: Value = ctx.value(x)
    if name not in ("xs", "ys", "v", "*xs") or not isinstance(stmt.result.type, ListType):
        return value
    if isinstance(x.type, ListType):
        return ctx.b.op("zeros_like", value)  # type: ignore[no-any-return]
    return ctx.b.const(0.0) if is_number(x.type) else value


def jvp_zero(ctx: Any, stmt: Stmt, tangents: list[Value | None]) -> None:
    return None


def eval_set_slice(xs: Any, ys: Any, bounds: tuple[int, ...], present: str) -> Any:
    new = list(xs)
    given = iter(bounds)
    start, stop, step = (next(given) if p == "1" else None for p in present)
    new[slice(start, stop, step)] = ys
    return new


def eval_widen(x: Any, type_: Type) -> Any:
    """Ints to floats at any depth."""
    if isinstance(type_, ListType):
        return [eval_widen(e, type_.elem) for e in x]
    if isinstance(type_, TupleType):
        return tuple(eval_widen(e, t) for e, t in zip(x, type_.elems, strict=True))
    return float(x) if type_ == FLOAT else x
