"""From a primal graph to the graph of what was asked for: gradient, Jacobian, Hessian, products.

Each transformation is a composition of :mod:`reverse` and :mod:`forward` over graphs; second
order is forward over reverse and nothing else. ``wrt`` names parameters by path: ``(k,)`` is
parameter ``k``, ``(k, j)`` element ``j`` of ``*args``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from symdiff.autodiff.forward import Forward
from symdiff.autodiff.residual import CHEAP
from symdiff.autodiff.reverse import Reverse
from symdiff.errors import TypeMismatch
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Stmt, Value
from symdiff.ir.types import (
    FLOAT,
    INT,
    ListType,
    Node,
    Tree,
    TupleType,
    Type,
    is_differentiable,
    leaves,
    map_leaves,
)
from symdiff.ir.walk import Cloner, like, rebuild
from symdiff.source import Origin, Span

Path = tuple[int, ...]


@dataclass(slots=True)
class Derived:
    """The new graph, the domain checks its reverse code carries, and where a pullback's inputs
    begin.
    """

    graph: Graph
    checks: dict[Stmt, list[Stmt]] = field(default_factory=dict)
    split: int | None = None


@dataclass(slots=True)
class Wrt:
    """The differentiated arguments: their names, trees and positions among the graph's inputs."""

    names: list[str]
    trees: list[Tree]
    indices: list[list[int]]
    single: bool

    @property
    def flat(self) -> list[int]:
        return [i for part in self.indices for i in part]

    def tree(self) -> Tree:
        """The structure of one gradient (int argnums) or of a tuple of them."""
        return self.trees[0] if self.single else tuple_node(self.trees)


def tuple_node(trees: Sequence[Tree]) -> Node:
    return Node("tuple", tuple(range(len(trees))), tuple(trees))


def locate(graph: Graph, paths: Sequence[Path], single: bool) -> Wrt:
    """Find the inputs that the paths name."""
    starts, at = [], 0
    for param in graph.params:
        starts.append(at)
        at += len(list(leaves(param.tree)))
    wrt = Wrt([], [], [], single)
    declared = [k for k, p in enumerate(graph.params) if p.kind != "captured"]
    for path in paths:
        which = declared[path[0]]
        param, start = graph.params[which], starts[which]
        tree, name = param.tree, param.name
        if len(path) > 1:
            assert isinstance(tree, Node)
            start += sum(len(list(leaves(c))) for c in tree.children[: path[1]])
            tree, name = tree.children[path[1]], f"{name}_{path[1]}"
        wrt.names.append(name)
        wrt.trees.append(tree)
        wrt.indices.append(list(range(start, start + len(list(leaves(tree))))))
    return wrt


def scalar_output(graph: Graph, what: str) -> Value:
    """The graph's one scalar output; anything else is refused with its structure."""
    tree = graph.result
    if isinstance(tree, Type) and tree in (FLOAT, INT):
        return graph.outputs[0]
    shape = "a tuple" if isinstance(tree, Node) and tree.kind == "tuple" else "a value"
    raise TypeMismatch(
        f"{what} needs a function with one float as its result; "
        f"{graph.name} returns {tree or 'nothing'}",
        f"{shape} of another structure has a Jacobian, not a gradient",
        "return one number, or use jacobian or vjp",
        Span(graph.file, graph.line) if graph.file else None,
    )


def _seed_origin(graph: Graph) -> Origin:
    return Origin(Span(graph.file, graph.line) if graph.file else None, "seed", "", graph.name)


def _copy(graph: Graph) -> tuple[Graph, Builder]:
    """A fresh copy and a builder at its end, relaxed: what follows is adjoint code."""
    new = rebuild(graph)
    b = Builder(new, relaxed=True)
    b.current = _seed_origin(graph)
    return new, b


def gradient(graph: Graph, wrt: Wrt, budget: float = CHEAP, *, value: bool = False) -> Derived:
    """``(inputs) -> gradients``, or ``-> (value, gradients)``."""
    new, b = _copy(graph)
    out = scalar_output(new, "a gradient")
    sources = [new.inputs[i] for i in wrt.flat]
    reverse = Reverse(b, new, sources, [out], budget)
    grads = reverse.run([(out, b.const(1.0))])
    new.body.yields = [out, *grads] if value else grads
    new.result = (
        tuple_node([FLOAT if graph.result == FLOAT else INT, wrt.tree()]) if value else wrt.tree()
    )
    reverse.residuals.trim()
    return Derived(new, reverse.checks)


def _extend(
    graph: Graph, params: Sequence[Param], types: Sequence[Sequence[tuple[Type, str]]]
) -> Graph:
    """An empty graph with more parameters after the existing ones (before captured ones in text
    only).
    """
    new = like(graph)
    for param, inputs in zip(params, types, strict=True):
        new.params.append(param)
        for type_, hint in inputs:
            new.body.add_param(type_, hint)
    return new


def _unused(graph: Graph, name: str) -> str:
    taken = {p.name for p in graph.params}
    while name in taken:
        name += "_"
    return name


def _tangent_params(graph: Graph, wrt: Wrt, names: Sequence[str]) -> Graph:
    params, types = [], []
    for name, tree in zip(names, wrt.trees, strict=True):
        fresh = _unused(graph, name)
        params.append(Param(fresh, tree))
        many = isinstance(tree, Node)
        types.append([(t, "" if many else fresh) for t in leaves(tree)])
    return _extend(graph, params, types)


def _forward(
    graph: Graph, wrt: Wrt, names: Sequence[str]
) -> tuple[Graph, Builder, Forward, list[Value], list[Value | None]]:
    new = _tangent_params(graph, wrt, names)
    b = Builder(new)
    b.current = _seed_origin(graph)
    n = len(graph.inputs)
    seed = dict(zip([graph.inputs[i] for i in wrt.flat], new.inputs[n:], strict=True))
    forward = Forward(b, graph, new.inputs[:n], [seed])
    outputs, tangents = forward.run()
    b.relaxed = True
    return new, b, forward, outputs, tangents[0]


def _float_tree(tree: Tree) -> Tree:
    """The structure of a tangent or cotangent: an int in the result has a float's."""
    return map_leaves(tree, lambda t: t if is_differentiable(t) else FLOAT)


def jvp(graph: Graph, wrt: Wrt) -> Derived:
    """``(inputs, tangents) -> (value, tangent of the value)``."""
    names = [f"{n}_dot" for n in wrt.names]
    new, b, forward, outputs, tangents = _forward(graph, wrt, names)
    dots = [
        t
        if t is not None
        else b.zero(_float_leaf(v.type), forward.env[v] if v.type != FLOAT else None)
        for v, t in zip(graph.outputs, tangents, strict=True)
    ]
    new.body.yields = [*outputs, *dots]
    assert graph.result is not None
    new.result = tuple_node([graph.result, _float_tree(graph.result)])
    return Derived(new)


def _float_leaf(t: Type) -> Type:
    return t if is_differentiable(t) else FLOAT


def vjp(graph: Graph, wrt: Wrt, budget: float = CHEAP) -> Derived:
    """``(inputs, cotangent) -> (value, gradients)``; the emitter splits off the pullback."""
    assert graph.result is not None
    tree = _float_tree(graph.result)
    name = _unused(graph, "ct")
    many = isinstance(tree, Node)
    inputs = [(t, "" if many else name) for t in leaves(tree)]
    new = _extend(graph, [Param(name, tree)], [inputs])
    split = len(graph.inputs)
    b = Builder(new)
    cloner = Cloner(b)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=False))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    outputs = cloner.all(graph.outputs)
    new.body.yields = outputs
    b.relaxed, b.current = True, _seed_origin(graph)
    sources = [new.inputs[i] for i in wrt.flat]
    reverse = Reverse(b, new, sources, outputs, budget)
    grads = reverse.run(list(zip(outputs, new.inputs[split:], strict=True)))
    new.body.yields = [*outputs, *grads]
    new.result = tuple_node([graph.result, tuple_node(wrt.trees)])
    reverse.residuals.trim()
    return Derived(new, reverse.checks, split)


def hvp(grad_graph: Graph, wrt: Wrt) -> Derived:
    """``(inputs, v) -> H v`` from the gradient's graph."""
    names = ["v"] if wrt.single or len(wrt.names) == 1 else [f"v_{n}" for n in wrt.names]
    new, _, forward, _, tangents = _forward(grad_graph, wrt, names)
    new.body.yields = [
        t if t is not None else forward.zero(v)
        for v, t in zip(grad_graph.outputs, tangents, strict=True)
    ]
    new.result = wrt.tree()
    return Derived(new)


# -- Jacobians and Hessians --------------------------------------------------------


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
        return b.op("set_at", b.op("zeros_like", xs), b.const(1.0), *steps)
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

    A row of a list is one value already; that of a number has a leaf per leaf of the arguments.
    """
    each = iter(rows)
    derived.graph.body.yields = [v for row in rows for v in row]
    derived.graph.result = map_leaves(
        outer, lambda t: next(each)[0].type if isinstance(t, ListType) else _skip(each, wrt.tree())
    )
    return derived


def _skip(rows: Iterator[object], tree: Tree) -> Tree:
    next(rows)
    return tree


def _prefer_forward(graph: Graph, sources: Sequence[Value]) -> bool:
    """Forward mode when there are fewer scalar inputs than outputs (a list counts as many)."""
    if any(v.type != FLOAT for v in sources):
        return False
    outputs = sum(1 if v.type == FLOAT else 1000 for v in graph.outputs)
    return len(sources) < outputs


def jacobian(graph: Graph, wrt: Wrt, budget: float = CHEAP) -> Derived:
    """``(inputs) -> J`` with the structure of the output outside and that of the inputs inside."""
    assert graph.result is not None
    for t in leaves(graph.result):
        if t not in (FLOAT, INT) and not isinstance(t, ListType):
            raise scalar_error(graph, t)
    sources = [graph.inputs[i] for i in wrt.flat]
    if _prefer_forward(graph, sources):
        derived, table = _jacobian_forward(graph, wrt)
    else:
        derived, table = _jacobian_reverse(graph, wrt, budget)
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
    b.current = _seed_origin(graph)
    one = b.const(1.0)
    seeds = [{graph.inputs[i]: one} for i in wrt.flat]
    forward = Forward(b, graph, new.inputs, seeds)
    _, tangents = forward.run()
    table = []
    b.relaxed = True
    for k, out in enumerate(graph.outputs):
        dots = [t[k] or _zero_like(b, forward, out) for t in tangents]
        if isinstance(out.type, ListType):
            rows = _rows(
                b, wrt, forward.env[out], lambda path, dots=dots: [_element(b, t, path) for t in dots]  # type: ignore[misc]
            )
            table.append([dots[0] if wrt.single and len(dots) == 1 else rows])
        else:
            table.append(dots)
    return Derived(new), table


def _zero_like(b: Builder, forward: Forward, out: Value) -> Value:
    return b.zero(_float_leaf(out.type), forward.env[out] if out.type != FLOAT else None)


def _jacobian_reverse(graph: Graph, wrt: Wrt, budget: float) -> tuple[Derived, list[list[Value]]]:
    new, b = _copy(graph)
    sources = [new.inputs[i] for i in wrt.flat]
    outputs = list(new.outputs)
    reverse = Reverse(b, new, sources, outputs, budget)
    table = []
    for out in outputs:
        if isinstance(out.type, ListType):

            def row(path: list[Step], out: Value = out) -> list[Value]:
                return reverse.run([(out, _one_hot(b, out, path))])

            table.append([_rows(b, wrt, out, row)])
        else:
            table.append(reverse.run([(out, b.const(1.0))]))
    reverse.residuals.trim()
    return Derived(new, reverse.checks), table


def hessian(grad_graph: Graph, wrt: Wrt) -> Derived:
    """``(inputs) -> H`` from the gradient's graph: ``in.shape + in.shape``, the lower triangle
    mirrored.
    """
    new = like(grad_graph)
    b = Builder(new)
    b.current = _seed_origin(grad_graph)
    sources = [grad_graph.inputs[i] for i in wrt.flat]
    scalars = [s for s in sources if s.type == FLOAT]
    one = b.const(1.0)
    forward = Forward(b, grad_graph, new.inputs, [{s: one} for s in scalars])
    _, tangents = forward.run()
    b.relaxed = True
    outputs = grad_graph.outputs
    rows: list[list[Value]] = []
    for i, source in enumerate(sources):
        if source.type == FLOAT:
            mine = tangents[scalars.index(source)]
            rows.append(
                [
                    t if t is not None else forward.zero(out)
                    for t, out in zip(mine, outputs, strict=True)
                ]
            )
        else:
            xs = new.inputs[wrt.flat[i]]
            rows.append([_hessian_rows(b, wrt, grad_graph, new, source, xs)])
    for i, source in enumerate(sources):
        for j in range(i):
            if source.type == FLOAT and sources[j].type == FLOAT:
                rows[j][i] = rows[i][j]
    return _assemble(Derived(new), wrt.tree(), wrt, rows)


def _hessian_rows(
    b: Builder, wrt: Wrt, graph: Graph, new: Graph, source: Value, xs: Value
) -> Value:
    """Rows for a list argument: a loop over its elements, one direction at a time."""

    def direction(path: list[Step]) -> list[Value]:
        forward = Forward(b, graph, new.inputs, [{source: _one_hot(b, xs, path)}])
        _, tangents = forward.run()
        b.relaxed = True
        return [
            t if t is not None else forward.zero(out)
            for t, out in zip(tangents[0], graph.outputs, strict=True)
        ]

    return _rows(b, wrt, xs, direction)
