"""Rows of lists and tuples: values all of them; the last pass decides what may happen in place."""

from __future__ import annotations

import copy
import math

from symdiff.ir.types import INT, list_of, tuple_of
from symdiff.ops import bounds, fold_lists
from symdiff.ops.declare import op
from symdiff.ops.list_rules import (
    as_list,
    element_type,
    eval_add,
    eval_add_at,
    eval_delete,
    eval_getitem,
    eval_insert,
    eval_set_at,
    eval_set_slice,
    eval_slice,
    eval_widen,
    eval_zeros,
    infer_append,
    infer_binary,
    infer_contains,
    infer_delete,
    infer_insert,
    infer_make_list,
    infer_reduce,
    infer_reduce_float,
    infer_same,
    infer_set_at,
    infer_tuple_get,
    jvp_linear,
    jvp_zero,
    vjp_add_at,
    vjp_add_lists,
    vjp_append,
    vjp_concat,
    vjp_delete_at,
    vjp_drop_last,
    vjp_fill,
    vjp_fold_repeat,
    vjp_getitem,
    vjp_insert_at,
    vjp_make,
    vjp_nothing,
    vjp_repeat,
    vjp_same,
    vjp_set_at,
    vjp_set_slice,
    vjp_slice,
    vjp_sum,
    vjp_tuple,
    vjp_tuple_get,
)

op(
    "make_list",
    "*xs",
    infer=infer_make_list,
    fresh=True,
    vjp=vjp_make,
    jvp=jvp_linear,
    cost=20,
    evaluate=lambda *xs, elem=None: list(xs),
)
op(
    "list_fill",
    "n v",
    infer=lambda t, a: (list_of(t[1]),),
    fresh=True,
    vjp=vjp_fill,
    jvp=jvp_linear,
    cost=60,
    emit="[v]*n",
    partials=(None, None),
)
op(
    "getitem",
    "xs *path",
    infer=lambda t, a: (element_type(t[0], t[1:]),),
    total=False,
    errors="IndexError",
    vjp=vjp_getitem,
    jvp=jvp_linear,
    fold=fold_lists.getitem,
    evaluate=eval_getitem,
    cost=9,
)
op(
    "contains",
    "xs x",
    infer=infer_contains,
    emit="x in xs",
    partials=("0", "0"),
    cost=40,
    tags="data",
)
op(
    "set_at",
    "xs v *path",
    infer=infer_set_at,
    total=False,
    errors="IndexError",
    vjp=vjp_set_at,
    jvp=jvp_linear,
    evaluate=eval_set_at,
    cost=15,
    tags="inplace",
)
op(
    "add_at",
    "xs g *path",
    infer=infer_set_at,
    total=False,
    errors="IndexError",
    vjp=vjp_add_at,
    jvp=jvp_linear,
    evaluate=eval_add_at,
    cost=25,
    tags="inplace",
)
op(
    "append",
    "xs v",
    infer=infer_append,
    vjp=vjp_append,
    jvp=jvp_linear,
    cost=20,
    tags="inplace",
    evaluate=lambda xs, v: [*xs, v],
)
op(
    "drop_last",
    "xs",
    infer=infer_same,
    total=False,
    errors="IndexError",
    vjp=vjp_drop_last,
    jvp=jvp_linear,
    cost=20,
    tags="inplace",
    evaluate=lambda xs: xs[:-1],
)
op(
    "insert_at",
    "xs v i",
    infer=infer_insert,
    vjp=vjp_insert_at,
    jvp=jvp_linear,
    cost=40,
    tags="inplace",
    evaluate=eval_insert,
)
op(
    "delete_at",
    "xs i",
    infer=infer_delete,
    total=False,
    vjp=vjp_delete_at,
    jvp=jvp_linear,
    cost=40,
    tags="inplace",
    evaluate=eval_delete,
)
op(
    "set_slice",
    "xs ys *bounds",
    infer=lambda t, a: (as_list(t[0]),),
    total=False,
    vjp=vjp_set_slice,
    jvp=jvp_linear,
    cost=60,
    tags="inplace",
    evaluate=lambda xs, ys, *bounds, present: eval_set_slice(xs, ys, bounds, present),
)
op("len", "xs", infer=lambda t, a: (INT,), fold=fold_lists.length, emit="len(xs)", cost=15,
   bounds=bounds.within(0, math.inf))
op(
    "list_copy",
    "xs",
    infer=infer_same,
    fresh=True,
    vjp=vjp_same,
    jvp=jvp_linear,
    cost=60,
    evaluate=copy.deepcopy,
)
op(
    "zeros_like",
    "xs",
    infer=infer_same,
    fresh=True,
    vjp=vjp_nothing,
    jvp=jvp_zero,
    cost=60,
    evaluate=eval_zeros,
)
op(
    "add_lists",
    "xs ys",
    infer=infer_binary,
    fresh=True,
    vjp=vjp_add_lists,
    jvp=jvp_linear,
    fold=fold_lists.add_lists,
    cost=100,
    evaluate=eval_add,
)
op(
    "concat",
    "xs ys",
    infer=infer_binary,
    fresh=True,
    vjp=vjp_concat,
    jvp=jvp_linear,
    emit="xs + ys",
    cost=60,
)
op(
    "slice",
    "xs *bounds",
    infer=infer_same,
    fresh=True,
    vjp=vjp_slice,
    jvp=jvp_linear,
    cost=60,
    evaluate=eval_slice,
)
op(
    "repeat",
    "xs n",
    infer=infer_same,
    fresh=True,
    vjp=vjp_repeat,
    jvp=jvp_linear,
    emit="xs*n",
    cost=60,
)
op(
    "fold_repeat",
    "xs n",
    infer=infer_same,
    fresh=True,
    vjp=vjp_fold_repeat,
    jvp=jvp_linear,
    cost=100,
    emit="[sum(xs[i::n]) for i in range(n)]",
)
op(
    "sum_list",
    "xs",
    infer=infer_reduce,
    vjp=vjp_sum,
    jvp=jvp_linear,
    emit="sum(xs)",
    cost=60,
    python=("sum",),
)
op(
    "fsum",
    "xs",
    infer=infer_reduce_float,
    vjp=vjp_sum,
    jvp=jvp_linear,
    emit="math.fsum(xs)",
    cost=100,
    total=False,
    python=("math.fsum",),
)
op(
    "make_tuple",
    "*xs",
    infer=lambda t, a: (tuple_of(*t),),
    vjp=vjp_tuple,
    jvp=jvp_linear,
    cost=15,
    evaluate=lambda *xs: tuple(xs),
)
op(
    "tuple_get",
    "t",
    infer=infer_tuple_get,
    vjp=vjp_tuple_get,
    jvp=jvp_linear,
    fold=fold_lists.tuple_get,
    cost=8,
    evaluate=lambda t, index: t[index],
)
op(
    "widen",
    "x",
    infer=lambda t, a: (a["type"],),
    fresh=True,
    vjp=vjp_nothing,
    jvp=jvp_zero,
    cost=60,
    evaluate=lambda x, type: eval_widen(x, type),
)
op(
    "make_dict",
    "*xs",
    infer=lambda t, a: (tuple_of(*t),),
    cost=40,
    evaluate=lambda *xs, keys: dict(zip(keys, xs, strict=True)),
)
