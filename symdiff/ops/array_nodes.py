"""Rows of data that NumPy computes: nodes of quadrature, orders by several keys, first places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symdiff.ir.types import Type, array_of, tuple_of
from symdiff.ops.array_decompositions import part_row, parts_row
from symdiff.ops.array_shapes import operand_size
from symdiff.ops.array_types import as_array, dims_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _pair(types: Types, attrs: Attrs) -> Types:
    line = array_of("f64", "?")
    return (tuple_of(line, line),)


# points and weights of the rule that the attribute names
parts_row("quadrature", "n", "points weights",
          lambda s: f"np.polynomial.{s.attrs['rule']}(n)", _pair)
part_row("quadrature_points", "n", 0, partials=("0", "0"), tags="data")
part_row("quadrature_weights", "n", 1, partials=("0", "0"), tags="data")


def _order(types: Types, attrs: Attrs) -> Types:
    return (array_of("int", dims_of(types[-1])),)


op("lexsort", "*keys", infer=_order, sizes=operand_size(0), tags="data", cost=20000,
   partials=("0",),
   spell=lambda s: f"np.lexsort([{', '.join(f'_{k}' for k in range(len(s.args)))}])")


def _ints(types: Types, attrs: Attrs) -> Types:
    as_array(types[0])
    return (array_of("int", "?"),)


# where np.unique(x) stood first, which of them each element is, and how many there are of each
op("unique_places", "x", infer=_ints, partials=("0",), tags="data", cost=20000,
   spell=lambda s: f"np.unique(x, return_{s.attrs['what']}=True)[1]")
