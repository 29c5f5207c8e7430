"""From a primal graph to the graph of what was asked for: gradient, Jacobian, Hessian, products.

Each transformation is a composition of :mod:`reverse` and :mod:`forward` over graphs; second
order is forward over reverse and nothing else. ``wrt`` names parameters by path: ``(k,)`` is
parameter ``k``, ``(k, j)`` element ``j`` of ``*args``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.autodiff.callees import Callees
from symdiff.autodiff.forward import Forward
from symdiff.autodiff.residual import CHEAP
from symdiff.autodiff.reverse import Reverse
from symdiff.errors import TypeMismatch
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Stmt, Value
from symdiff.ir.types import (
    FLOAT,
    INT,
    ArrayType,
    Kept,
    Node,
    Static,
    Tree,
    Type,
    is_array,
    is_differentiable,
    leaves,
    map_leaves,
)
from symdiff.ir.walk import Cloner, like, rebuild
from symdiff.records import dataclass, field
from symdiff.source import Origin, Span

Path = tuple[int, ...]


@dataclass(slots=True)
class Derived:
    """The new graph, the domain checks its reverse code carries, where a pullback's inputs begin,
    and whether a larger budget for recomputation would give another graph.
    """

    graph: Graph
    checks: dict[Stmt, list[Stmt]] = field(default_factory=dict)
    split: int | None = None
    has_choice: bool = False


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
        keys = ((False, j) for j in path[1:])
        wrt.trees.append(_gradient_tree(tree, (param.name, *keys)))
        wrt.indices.append(
            [start + k for k, t in enumerate(leaves(tree)) if is_differentiable(t)]
        )
    return wrt


def _gradient_tree(tree: Tree, path: tuple[Any, ...]) -> Tree:
    """The structure of a gradient: what has no derivative in it is the argument's own."""
    if isinstance(tree, Node):
        children = [
            _gradient_tree(child, (*path, (tree.cls is not None, key)))
            for key, child in zip(tree.keys, tree.children, strict=True)
        ]
        return Node(tree.kind, tree.keys, tuple(children), tree.cls)
    if isinstance(tree, Static) or not is_differentiable(tree):
        return Kept(path)
    return tree


def scalar_output(graph: Graph, what: str) -> Value:
    """The graph's one scalar output; anything else is refused with its structure."""
    tree = graph.result
    if isinstance(tree, Type) and (tree in (FLOAT, INT) or is_number_array(tree)):
        return graph.outputs[0]
    shape = "a tuple" if isinstance(tree, Node) and tree.kind == "tuple" else "a value"
    raise TypeMismatch(
        f"{what} needs a function with one float as its result; "
        f"{graph.name} returns {tree or 'nothing'}",
        f"{shape} of another structure has a Jacobian, not a gradient",
        "return one number, or use jacobian or vjp",
        Span(graph.file, graph.line) if graph.file else None,
    )


def is_number_array(t: Type) -> bool:
    """Whether a result is one real number of NumPy's."""
    return isinstance(t, ArrayType) and not t.dims and t.dtype != "bool"


def seed_origin(graph: Graph) -> Origin:
    return Origin(Span(graph.file, graph.line) if graph.file else None, "seed", "", graph.name)


def copied(graph: Graph) -> tuple[Graph, Builder]:
    """A fresh copy and a builder at its end, relaxed: what follows is adjoint code."""
    new = rebuild(graph)
    b = Builder(new, relaxed=True)
    b.current = seed_origin(graph)
    return new, b


def gradient(graph: Graph, wrt: Wrt, budget: float = CHEAP, *, value: bool = False) -> Derived:
    """``(inputs) -> gradients``, or ``-> (value, gradients)``."""
    new, b = copied(graph)
    out = scalar_output(new, "a gradient")
    sources = [new.inputs[i] for i in wrt.flat]
    forms = Callees(new, budget)
    reverse = Reverse(b, new, sources, [out], forms, budget)
    grads = reverse.run([(out, b.const(1.0))])
    new.body.yields = [out, *grads] if value else grads
    new.result = (
        tuple_node([graph.result, wrt.tree()])
        if value and graph.result is not None
        else wrt.tree()
    )
    reverse.residuals.trim()
    return Derived(new, reverse.checks, has_choice=reverse.residuals.has_choice or forms.has_choice)


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
    b.current = seed_origin(graph)
    n = len(graph.inputs)
    seed = dict(zip([graph.inputs[i] for i in wrt.flat], new.inputs[n:], strict=True))
    forward = Forward(b, graph, new.inputs[:n], [seed], Callees(new))
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
        forward.filled(v, t)
        if t is not None and is_array(v.type)
        else t
        if t is not None
        else b.zero(float_leaf(v.type), forward.env[v] if v.type != FLOAT else None)
        for v, t in zip(graph.outputs, tangents, strict=True)
    ]
    new.body.yields = [*outputs, *dots]
    assert graph.result is not None
    new.result = tuple_node([graph.result, _float_tree(graph.result)])
    return Derived(new)


def float_leaf(t: Type) -> Type:
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
    b.relaxed, b.current = True, seed_origin(graph)
    sources = [new.inputs[i] for i in wrt.flat]
    forms = Callees(new, budget)
    reverse = Reverse(b, new, sources, outputs, forms, budget)
    grads = reverse.run(list(zip(outputs, new.inputs[split:], strict=True)))
    new.body.yields = [*outputs, *grads]
    new.result = tuple_node([graph.result, tuple_node(wrt.trees)])
    reverse.residuals.trim()
    return Derived(new, reverse.checks, split, reverse.residuals.has_choice or forms.has_choice)


def hvp(grad_graph: Graph, wrt: Wrt) -> Derived:
    """``(inputs, v) -> H v`` from the gradient's graph."""
    names = ["v"] if wrt.single or len(wrt.names) == 1 else [f"v_{n}" for n in wrt.names]
    new, _, forward, _, tangents = _forward(grad_graph, wrt, names)
    new.body.yields = [
        forward.filled(v, t) for v, t in zip(grad_graph.outputs, tangents, strict=True)
    ]
    new.result = wrt.tree()
    return Derived(new)
