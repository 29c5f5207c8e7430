"""The computational graph with numbers: the forward value and the gradient at every node.

The gradient at a node is d out/d node: every node is given an input of its own that is added to it
and is zero (negative zero, which changes no bit), and the result is differentiated with respect to
those inputs.  A node inside a loop shows the value of the last iteration, and a gradient that is
the sum over the iterations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.autodiff.activity import varied
from symdiff.autodiff.callees import Callees
from symdiff.autodiff.reverse import Reverse
from symdiff.autodiff.transform import is_number_array
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.interp import run
from symdiff.ir.text import to_text
from symdiff.ir.types import FLOAT, INT, ArrayType, ListType
from symdiff.ir.walk import Cloner, like
from symdiff.ndarrays import is_ndarray, numpy
from symdiff.passes.dce import dce
from symdiff.report.evaluate import evaluate
from symdiff.report.subject import Subject
from symdiff.report.values import cotangent, shown


@dataclass(frozen=True, slots=True)
class Node:
    """What one value of the graph was: its last value, how often it was computed, d out/d node
    (None: not a float)."""

    value: Any
    times: int
    gradient: Any


@dataclass(frozen=True, slots=True)
class Trace:
    """The graph and its numbers; ``str()`` is the IR text with a remark per node."""

    graph: Graph
    nodes: dict[Value, Node]
    result: Any

    def __str__(self) -> str:
        lines = []
        for value in self.graph.inputs:
            lines.append(f"  {value.hint} = {_shown(self.nodes.get(value))}")
        text = to_text(self.graph, lambda v: f"| {_shown(self.nodes.get(v))}")
        return "\n".join(["inputs:", *lines, text.rstrip(), f"  = {_number(self.result)}"]) + "\n"


def trace(subject: Subject, values: Sequence[Any], granularity: str = "fine") -> Trace:
    """Run the primal of a subject and its adjoint at bound values."""
    compiled = subject.compiled(granularity)
    stages = compiled.stages
    graph = dce(stages["fuse"]) if "fuse" in stages else stages["simplify"]
    inputs = subject.inputs(compiled, values)
    seen: dict[Value, Any] = {}
    times: dict[Value, int] = {}
    ragged: set[Value] = set()  # lists that change their length, names that were not bound yet

    def watch(value: Value, data: Any) -> None:
        if not _floats_in(data) or (value in seen and _form(seen[value]) != _form(data)):
            ragged.add(value)
        seen[value] = data
        times[value] = times.get(value, 0) + 1

    results = run(graph, *inputs, watch=watch, evaluate=evaluate)
    regular = {v: data for v, data in seen.items() if v not in ragged}
    slopes = gradients(graph, inputs, regular, subject.input_positions(), results)
    nodes = {v: Node(data, times[v], slopes.get(v)) for v, data in seen.items()}
    return Trace(graph, nodes, results[0] if len(results) == 1 else tuple(results))


def gradients(
    graph: Graph,
    inputs: Sequence[Any],
    seen: Mapping[Value, Any],
    wrt: Sequence[int],
    results: Sequence[Any],
) -> dict[Value, Any]:
    """d out/d node for every float or list of floats that depends on a differentiated input; of
    several numbers that are the result, weighted (``values.weight``)."""
    differentiated = [graph.inputs[k] for k in wrt]
    known = {v for v, data in seen.items() if _floats_in(data)}
    nodes = varied(graph, differentiated) & known
    new = like(graph)
    shifts: dict[Value, Value] = {}
    builder = Builder(new)

    def shifted(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        made = list(cloner.copy(stmt))
        for k, old in enumerate(stmt.results):
            if old in nodes and _floats(old.type):
                shift = new.body.add_param(old.type, f"{old.hint}_shift")
                shifts[old] = shift
                row = "add_lists" if isinstance(old.type, ListType) else "add"
                made[k] = builder.op(row, made[k], shift)
        return made

    cloner = Cloner(builder, shifted)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=False))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    own = {v: new.inputs[k] for k, v in zip(wrt, differentiated, strict=True)}
    sources = {**own, **shifts}
    builder.relaxed = True
    builder.current = builder.current.with_role("seed")
    seeds, extra = [], []
    for out, ct in zip(new.outputs, cotangent(list(results)), strict=True):
        if out.type in (FLOAT, INT) or is_number_array(out.type):
            seeds.append((out, builder.const(float(ct))))
        elif _floats(out.type):
            seeds.append((out, new.body.add_param(out.type, "seed")))
            extra.append(ct)
    reverse = Reverse(builder, new, list(sources.values()), [o for o, _ in seeds], Callees(new))
    new.body.yields = reverse.run(seeds)
    zeros = [_negative_zeros(seen[old]) for old in shifts]
    found = run(new, *inputs, *zeros, *extra, evaluate=evaluate)
    return dict(zip(sources, found, strict=True))


def is_array(data: Any) -> bool:
    """Whether a value is an array or a NumPy scalar."""
    return is_ndarray(data) or (type(data).__module__ == "numpy" and hasattr(data, "dtype"))


def _floats(type_: Any) -> bool:
    if isinstance(type_, ArrayType):
        return type_.dtype in ("f64", "f32")
    return bool(type_ == FLOAT or (isinstance(type_, ListType) and _floats(type_.elem)))


def _floats_in(data: Any) -> bool:
    if isinstance(data, list):
        return all(map(_floats_in, data))
    if is_array(data):
        return bool(data.dtype.kind == "f")
    return isinstance(data, (int, float))


def _form(data: Any) -> Any:
    """The lengths of nested lists, the shapes of arrays."""
    if is_array(data):
        return data.shape
    return [_form(e) for e in data] if isinstance(data, list) else None


def _negative_zeros(data: Any) -> Any:
    if is_array(data):
        return numpy().full_like(data, -0.0)
    return [_negative_zeros(e) for e in data] if isinstance(data, list) else -0.0


def _shown(node: Node | None) -> str:
    if node is None:
        return "not reached"
    text = _number(node.value)
    if node.times > 1:
        text += f" (last of {node.times})"
    if node.gradient is not None:
        text += f", grad {_number(node.gradient)}"
        if node.times > 1:
            text += " (sum)"
    return text


def _number(data: Any) -> str:
    if isinstance(data, float):
        return f"{data:.6g}"
    if is_array(data):
        return shown(numpy().asarray(data))
    if isinstance(data, (list, tuple)):
        items = ", ".join(map(_number, data[:6])) + (", ..." if len(data) > 6 else "")
        return f"[{items}]" if isinstance(data, list) else f"({items})"
    return repr(data)
