"""Jacobians and Hessians: derivatives with more than one row.

A Jacobian runs reverse mode once per output, or forward mode once per input where those are
fewer; a Hessian runs forward mode over the gradient.  For a list there is a loop over its
elements with a one-hot seed, so one function serves all lengths.  Structures nest as in JAX: for
each number of the output, a gradient in the form of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from symdiff.autodiff.callees import Callees
from symdiff.autodiff.forward import Forward
from symdiff.autodiff.residual import CHEAP
from symdiff.autodiff.reverse import Reverse
from symdiff.autodiff.transform import (
    Derived,
    Wrt,
    copied,
    float_leaf,
    scalar_output,
    seed_origin,
)
from symdiff.errors import TypeMismatch
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value
from symdiff.ir.types import (
    FLOAT,
    INT,
    ArrayType,
    ListType,
    Node,
    Tree,
    TupleType,
    Type,
    holds_list,
    is_array,
    is_differentiable,
    is_memory,
    leaves,
    map_leaves,
    result_dtype,
)
from symdiff.ir.walk import like
from symdiff.ops.array_shapes import letters, size_along
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.source import Span

Step = Value | int  # into a list by a value, into a tuple by a number


def _over_elements(b: Builder, xs: Value, f: Callable[[list[Step]], Value]) -> Value:
    """Lists and tuples, nested as ``xs`` is, of what ``f`` gives for the path to each number."""

    def level(xs: Value, path: list[Step]) -> Value:
        if isinstance(xs.type, TupleType):
            parts = [
                level(b.op("tuple_get", xs, index=k), [*path, k]) for k in range(len(xs.type.elems))
            ]
            return b.op("make_tuple", *parts)
        if not isinstance(xs.type, ListType):
            return f(path)
        with b.into(b.new_block()) as body:
            i = body.add_param(INT, "ijklmn"[min(len(path), 5)])
            body.yields = [level(b.getitem(xs, i), [*path, i])]
        bounds = (b.const(0), b.op("len", xs), b.const(1))
        loop = b.for_stmt(bounds, [], body, collects=1)
        return loop.results[0]

    return level(xs, [])


def _one_hot(b: Builder, xs: Value, path: Sequence[Step]) -> Value:
    """A value shaped like ``xs`` that is 1.0 at ``path`` and zero elsewhere."""
    steps = [s for s in path if isinstance(s, Value)]
    if len(steps) == len(path) and path:
        elem = xs.type
        for _ in steps:
            elem = elem.elem  # type: ignore[attr-defined]
        one = b.const(1.0)
        if isinstance(elem, ArrayType):  # one of NumPy's own numbers
            one = b.op("scalar", one, dtype=elem.dtype)
        return b.op("set_at", b.op("zeros_like", xs), one, *steps)
    if not path:
        return b.const(1.0)
    first, *rest = path
    if isinstance(first, Value):
        inner = _one_hot(b, b.getitem(xs, first), rest)
        return b.op("set_at", b.op("zeros_like", xs), inner, first)
    assert isinstance(xs.type, TupleType)
    parts = []
    for k, t in enumerate(xs.type.elems):
        part = b.op("tuple_get", xs, index=k)
        parts.append(_one_hot(b, part, rest) if k == first else b.zero(t, part))
    return b.op("make_tuple", *parts)


def _element(b: Builder, xs: Value, path: Sequence[Step]) -> Value:
    for step in path:
        xs = b.getitem(xs, step) if isinstance(step, Value) else b.op("tuple_get", xs, index=step)
    return xs


def _structured(b: Builder, tree: Tree, leaf: Iterator[Value]) -> Value:
    """One graph value with the structure of ``tree``."""
    if not isinstance(tree, Node):
        return next(leaf)
    parts = [_structured(b, child, leaf) for child in tree.children]
    if tree.kind in ("tuple", "list"):
        return b.op("make_tuple" if tree.kind == "tuple" else "make_list", *parts)
    if tree.kind == "dict":
        return b.op("make_dict", *parts, keys=tree.keys)
    raise TypeMismatch(
        f"rows for a list cannot have the structure of a {tree.kind}",
        "one row per element of the list would each be one",
        "differentiate with respect to numbers, lists, tuples or dicts, or use vjp row by row",
    )


def _rows(b: Builder, wrt: Wrt, xs: Value, row: Callable[[list[Step]], list[Value]]) -> Value:
    """For a list: the list, nested as ``xs`` is, of rows in the structure of the arguments."""
    tree = wrt.tree()
    return _over_elements(b, xs, lambda path: _structured(b, tree, iter(row(path))))


def _assemble(derived: Derived, outer: Tree, wrt: Wrt, rows: Sequence[Sequence[Value]]) -> Derived:
    """Outputs and their structure: that of ``outer`` with a row's for each number in it.

    A row of a list is one value already; that of a number or an array has a leaf per leaf of the
    arguments.
    """
    each = iter(rows)
    derived.graph.body.yields = [v for row in rows for v in row]

    def inner(t: Type) -> Tree:
        row = iter(next(each))
        return next(row).type if isinstance(t, ListType) else map_leaves(
            wrt.tree(), lambda _: next(row).type
        )

    derived.graph.result = map_leaves(outer, inner)
    return derived


# -- arrays ----------------------------------------------------------------------------------------


def _sizes(b: Builder, x: Value) -> list[Value]:
    return [size_along(b, x, k) for k in range(len(dims_of(x.type)))]


def _array_rows(
    b: Builder, out: Value, likes: Sequence[Value], row: Callable[[Value], list[Value]]
) -> list[Value]:
    """For each argument (``likes``) the array of ``out.shape + in.shape`` whose rows are made by
    ``row`` from a one-hot array.
    """
    sizes = _sizes(b, out)
    count = sizes[0]
    for size in sizes[1:]:
        count = b.mul(count, size)
    with b.into(b.new_block()) as body:
        i = body.add_param(INT, "i")
        seed = b.op("one_hot", i, *sizes, dtype=dtype_of(out.type), dims=letters(sizes))
        body.yields = row(seed)
    bounds = (b.const(0), count, b.const(1))
    loop = b.for_stmt(bounds, [], body, collects=len(body.yields))
    found = []
    for rows, given in zip(loop.results, likes, strict=False):
        if not (given.type == FLOAT or is_array(given.type)):
            raise TypeMismatch(
                f"the rows of an array cannot be {given.type}s",
                "a Jacobian of an array is an array by each argument",
                "differentiate with respect to numbers and arrays, or use vjp row by row",
            )
        shape = [*sizes, *(_sizes(b, given) if is_array(given.type) else [])]
        dtype = result_dtype((out.type, given.type))
        found.append(b.op("stack_rows", rows, *shape, dtype=dtype, dims=letters(shape)))
    return found


def _prefer_forward(graph: Graph, sources: Sequence[Value]) -> bool:
    """Forward mode when there are fewer scalar inputs than outputs (a list counts as many)."""
    if any(v.type != FLOAT for v in sources):
        return False
    outputs = sum(1000 if holds_list(v.type) else 1 for v in graph.outputs)
    return len(sources) < outputs


def jacobian(graph: Graph, wrt: Wrt, budget: float = CHEAP) -> Derived:
    """``(inputs) -> J`` with the structure of the output outside and that of the inputs inside."""
    assert graph.result is not None
    for t in leaves(graph.result):
        if t not in (FLOAT, INT) and not isinstance(t, ListType) and not is_differentiable(t):
            raise scalar_error(graph, t)
    sources = [graph.inputs[i] for i in wrt.flat]
    if _prefer_forward(graph, sources):
        derived, table = _jacobian_forward(graph, wrt)
    else:
        derived, table = _jacobian_reverse(graph, wrt, budget)
    return _assemble(derived, graph.result, wrt, table)


def gradient_forward(graph: Graph, wrt: Wrt) -> Derived | None:
    """A gradient by forward mode, one direction per input; None if an input is no single number.

    For a derivative that carries tapes of recursive calls: a second reversal would need tapes of
    cotangents of tapes.
    """
    out = scalar_output(graph, "a gradient")
    if any(graph.inputs[i].type != FLOAT for i in wrt.flat) or out.type != FLOAT:
        return None
    derived, table = _jacobian_forward(graph, wrt)
    assert graph.result is not None
    return _assemble(derived, graph.result, wrt, table)


def scalar_error(graph: Graph, t: Type) -> TypeMismatch:
    return TypeMismatch(
        f"{graph.name} returns a {t}, which has no Jacobian",
        "only floats and lists of floats have one",
        "return numbers",
        Span(graph.file, graph.line) if graph.file else None,
    )


def _jacobian_forward(graph: Graph, wrt: Wrt) -> tuple[Derived, list[list[Value]]]:
    new = like(graph)
    b = Builder(new)
    b.current = seed_origin(graph)
    one = b.const(1.0)
    seeds = [{graph.inputs[i]: one} for i in wrt.flat]
    forward = Forward(b, graph, new.inputs, seeds, Callees(new))
    _, tangents = forward.run()
    table = []
    b.relaxed = True
    for k, out in enumerate(graph.outputs):
        dots = [_dense(b, forward, out, t[k]) for t in tangents]
        if isinstance(out.type, ListType):
            rows = dots[0]
            if not wrt.single or len(dots) > 1:
                rows = _rows(b, wrt, forward.env[out], _transposed(b, dots))
            table.append([rows])
        else:
            table.append(dots)
    return Derived(new), table


def _transposed(b: Builder, dots: list[Value]) -> Callable[[list[Step]], list[Value]]:
    """For a path into the output, its derivative by each input."""
    return lambda path: [_element(b, t, path) for t in dots]


def _dense(b: Builder, forward: Forward, out: Value, tangent: Value | None) -> Value:
    if tangent is not None and is_array(tangent.type) and not is_memory(out.type):
        return b.op("float", tangent)  # by a number, as a gradient is one
    if tangent is not None:
        return forward.filled(out, tangent) if is_array(out.type) else tangent
    return b.zero(float_leaf(out.type), forward.env[out] if out.type != FLOAT else None)


def _jacobian_reverse(graph: Graph, wrt: Wrt, budget: float) -> tuple[Derived, list[list[Value]]]:
    new, b = copied(graph)
    sources = [new.inputs[i] for i in wrt.flat]
    outputs = list(new.outputs)
    forms = Callees(new, budget)
    reverse = Reverse(b, new, sources, outputs, forms, budget)
    table = []
    for out in outputs:
        if isinstance(out.type, ListType):

            def row(path: list[Step], out: Value = out) -> list[Value]:
                return reverse.run([(out, _one_hot(b, out, path))])

            table.append([_rows(b, wrt, out, row)])
        elif is_memory(out.type):

            def pulled(seed: Value, out: Value = out) -> list[Value]:
                return reverse.run([(out, seed)])

            table.append(_array_rows(b, out, sources, pulled))
        else:
            table.append(reverse.run([(out, b.const(1.0))]))
    reverse.residuals.trim()
    has_choice = reverse.residuals.has_choice or forms.has_choice
    return Derived(new, reverse.checks, has_choice=has_choice), table


def hessian(grad_graph: Graph, wrt: Wrt) -> Derived:
    """``(inputs) -> H`` from the gradient's graph: ``in.shape + in.shape``, the lower triangle
    mirrored.
    """
    new = like(grad_graph)
    b = Builder(new)
    b.current = seed_origin(grad_graph)
    sources = [grad_graph.inputs[i] for i in wrt.flat]
    scalars = [s for s in sources if s.type == FLOAT]
    one = b.const(1.0)
    forms = Callees(new)
    forward = Forward(b, grad_graph, new.inputs, [{s: one} for s in scalars], forms)
    _, tangents = forward.run()
    b.relaxed = True
    outputs = grad_graph.outputs
    rows: list[list[Value]] = []
    for i, source in enumerate(sources):
        if source.type == FLOAT:
            mine = tangents[scalars.index(source)]
            rows.append(
                [forward.filled(out, t) for t, out in zip(mine, outputs, strict=True)]
            )
        elif is_memory(source.type):
            xs = new.inputs[wrt.flat[i]]
            likes = [new.inputs[j] for j in wrt.flat]
            rows.append(_array_rows(b, xs, likes, _direction(b, grad_graph, new, source)))
        else:
            xs = new.inputs[wrt.flat[i]]
            rows.append([_hessian_rows(b, wrt, grad_graph, forms, source, xs)])
    for i, source in enumerate(sources):
        for j in range(i):
            if source.type == FLOAT and sources[j].type == FLOAT:
                rows[j][i] = rows[i][j]
    return _assemble(Derived(new), wrt.tree(), wrt, rows)


def _direction(
    b: Builder, graph: Graph, new: Graph, source: Value
) -> Callable[[Value], list[Value]]:
    """The derivative of the gradient in a direction."""

    def row(seed: Value) -> list[Value]:
        forward = Forward(b, graph, new.inputs, [{source: seed}], Callees(new))
        _, tangents = forward.run()
        b.relaxed = True
        return [
            forward.filled(out, t) for t, out in zip(tangents[0], graph.outputs, strict=True)
        ]

    return row


def _hessian_rows(
    b: Builder, wrt: Wrt, graph: Graph, forms: Callees, source: Value, xs: Value
) -> Value:
    """Rows for a list argument: a loop over its elements, one direction at a time."""

    def direction(path: list[Step]) -> list[Value]:
        seed = {source: _one_hot(b, xs, path)}
        forward = Forward(b, graph, forms.graph.inputs, [seed], forms)
        _, tangents = forward.run()
        b.relaxed = True
        return [
            t if t is not None else forward.zero(out)
            for t, out in zip(tangents[0], graph.outputs, strict=True)
        ]

    return _rows(b, wrt, xs, direction)
