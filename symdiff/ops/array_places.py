"""Rows of index arrays: where something holds, triangles and borders of matrices, repetitions; and
which places of a write at an index array keep what is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of
from symdiff.ops.array_index import indexed, subscript
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _line(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", "?"),)


def _spell_nonzero(stmt: Stmt) -> str:
    if len(dims_of(stmt.args[0].type)) == 1:
        return "np.flatnonzero(mask)"
    return f"np.nonzero(mask)[{stmt.attrs['axis']}]"


def _nonzero_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return b.op("mask_count", stmt.args[0])


op("nonzero", "mask", infer=_line, spell=_spell_nonzero, partials=("0",), tags="data", fresh=True,
   sizes=_nonzero_size, cost=3000)


def _spell_triangle(stmt: Stmt) -> str:
    n, m = stmt.args
    k = stmt.attrs["k"]
    words = f"{f', {k}' if k else ''}{'' if n is m else ', m=m'}"
    return f"np.{stmt.attrs['side']}_indices(n{words})[{stmt.attrs['axis']}]"


op("triangle_places", "n m", infer=_line, spell=_spell_triangle, partials=("0", "0"), tags="data",
   fresh=True, cost=5000)
op("padded_places", "n before after", infer=_line, partials=("0", "0", "0"), tags="data",
   spell=lambda s: f"np.pad(np.arange(n), (before, after), {s.attrs['mode']!r})", fresh=True,
   sizes=lambda b, s, k: b.add(s.args[0], b.add(s.args[1], s.args[2])), cost=9000)
def _repeated(types: Types, attrs: Attrs) -> Types:
    if dtype_of(types[1]) not in ("int", "bool"):
        raise TypeError(f"how often is told by ints, not by a {types[1]}")
    return _line(types, attrs)


op("repeated", "x times", infer=_repeated, partials=("0", "0"), tags="data", fresh=True, cost=3000,
   numpy="np.repeat(x, times)")


# -- writes that meet a place twice ----------------------------------------------------------------

def _kept(types: Types, attrs: Attrs) -> Types:
    rank = attrs["rank"]
    whole = array_of("bool", "?" * rank)
    return (array_of("bool", indexed(whole, attrs["spec"], types[rank:])),)


def _spell_last(stmt: Stmt) -> str:
    rank = stmt.attrs["rank"]
    shape = f"({', '.join(f'_{k}' for k in range(rank))}{',' if rank == 1 else ''})"
    places = subscript(stmt, rank)
    spec = stmt.attrs["spec"]
    if any(item[0] in ":s" for item in spec):
        places = f"np.s_[{places}]"
    elif len(spec) > 1:
        places = f"({places})"
    return f"last_writes({shape}, {places})"


op("last_writes", "*sizes", infer=_kept, spell=_spell_last, partials=("0",), tags="data",
   fresh=True, cost=9000)
