"""A row of a given size as a function of numbers: what an oracle that knows no arrays can judge."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from symdiff.discovery.array_candidates import Row
from symdiff.discovery.array_rows import Node, order, size_name
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Value, new_graph
from symdiff.ir.types import FLOAT

_REDUCED = {"sum": "add", "amax": "max", "amin": "min"}
_ARRAYS = ("where", "safe_div", "safe_ratio")


class NotUnrolled(Exception):
    """An operation has no meaning for Python's numbers."""


def unrolled(row: Row, inputs: Sequence[Node], size: int, sizes: Mapping[str, int]) -> Graph:
    """``(x_0, ..., others, cotangents) -> sum of cotangent times value`` for one row of ``size``
    elements, a parameter for each element of each input.

    Its derivative by the entry's parameters is the vector-Jacobian product.  ``sizes`` are those of
    the axes, by their names."""
    graph = new_graph("unrolled")
    b = Builder(graph)
    found: dict[Node, list[Value]] = {}
    for node in inputs:
        found[node] = [_param(graph) for _ in range(size if node.varies else 1)]
    value = row.pool.op("mul", row.value, row.cotangent)
    for node in order([value]):
        if node not in found:
            found[node] = _elements(b, node, [found[a] for a in node.args], size, sizes)
    graph.body.yields = [functools.reduce(b.add, found[value])]
    graph.result = FLOAT
    return graph


def _param(graph: Graph) -> Value:
    name = f"v{len(graph.params)}"
    graph.params.append(Param(name, FLOAT))
    return graph.body.add_param(FLOAT, name)


def _elements(
    b: Builder, node: Node, operands: Sequence[list[Value]], size: int, sizes: Mapping[str, int]
) -> list[Value]:
    if node.op == "const":
        return [b.const(float(node.data))]
    if node.op == "size":
        return [b.const(float(sizes[size_name(node.data)]))]
    if node.op in _REDUCED:
        pair = _REDUCED[node.op]
        return [functools.reduce(lambda x, y: b.op(pair, x, y), operands[0])]
    if node.op in _ARRAYS or node.op == "input":
        raise NotUnrolled(node.op)
    return [
        b.op(node.op, *(x[i if len(x) > 1 else 0] for x in operands))
        for i in range(size if node.varies else 1)
    ]
