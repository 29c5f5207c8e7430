"""Transformations inside a function: ``grad(f)(x)`` becomes the statements of the derivative.

The inner function is lowered as at any call, but into a block of its own and with fresh values in
place of what is differentiated. That block is then a graph whose further inputs are the values
that it uses from around it, so that whatever differentiates the outer function goes through what
the inner one captured. The driver derives the graph as it does a whole function's, and the result
is copied to where the call stands: ordinary statements from then on. Perturbations cannot be
confused, since each transformation differentiates its own graph with respect to its own inputs."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from symdiff.errors import ArgumentError, TypeMismatch, UnsupportedCall
from symdiff.frontend import heap, library
from symdiff.frontend.context import Lowering
from symdiff.frontend.results import flatten, private, put_together, structured
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Closure,
    Const,
    Pullback,
    Struct,
    Transform,
    describe,
    pack,
)
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Value
from symdiff.ir.types import ListType, Node, Static, Tree, leaves
from symdiff.ir.walk import Cloner, blocks, statements
from symdiff.records import dataclass
from symdiff.signature import differentiable

Apply = Callable[
    [Lowering, Abstract, list[Abstract], dict[str, Abstract], ast.AST],
    Abstract,
]
# what the API registers: its functions by name, and how a Gradient object says what it is
TRANSFORMS: dict[Any, str] = {}
OBJECTS: dict[type, Callable[[Any], Transform]] = {}
_OPTIONS = ("granularity", "strict", "target")  # those of the function around hold


def known(
    lo: Lowering,
    f: Any,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
    apply: Apply,
) -> Abstract | None:
    """The call of a transformation or of what one returned; None for anything else."""
    made = OBJECTS.get(type(f))
    if made is not None:
        return called(lo, made(f), args, kwargs, node, apply)
    mode = TRANSFORMS.get(f) if isinstance(f, types.FunctionType) else None
    return None if mode is None else applied(lo, mode, args, kwargs, node, apply)


# -- making one ------------------------------------------------------------------------------------


def applied(
    lo: Lowering,
    mode: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
    apply: Apply,
) -> Abstract:
    """``grad(f, ...)`` and its like; ``jvp`` and ``vjp`` are called at once."""
    kwargs = {k: x for k, x in kwargs.items() if k not in _OPTIONS}
    if mode == "jvp":
        return _jvp(lo, args, kwargs, node, apply)
    if mode == "vjp":
        if not args or kwargs:
            _wrong(lo, node, "vjp() takes a function and its arguments")
        nums = tuple(range(len(args) - 1))
        return _vjp(lo, Transform("vjp", args[0], nums, (), False), args[1:], node, apply)
    given = dict(zip(("f", "argnums"), args, strict=False)) | kwargs
    if len(args) > 2 or given.keys() - {"f", "argnums", "argnames"}:
        _wrong(lo, node, f"{mode}() takes a function, argnums and argnames")
    func = given.pop("f", None)
    plain = {k: _static(lo, x, node) for k, x in given.items()}
    if func is None or func == NONE_CONST:
        return Const(functools.partial(_by_mode(mode), **plain))
    nums, names = plain.get("argnums", 0), plain.get("argnames")
    if names is not None:
        named = (names,) if isinstance(names, str) else tuple(names)
        return Transform(mode, func, (), named, isinstance(names, str))
    single = isinstance(nums, int)
    return Transform(mode, func, (nums,) if single else tuple(nums), (), single)


def _by_mode(mode: str) -> Any:
    return next(f for f, name in TRANSFORMS.items() if name == mode)


def _static(lo: Lowering, x: Abstract, node: ast.AST) -> Any:
    """``argnums`` and ``argnames``: known while lowering."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    if isinstance(x, Struct) and x.kind == "tuple":
        return tuple(_static(lo, i, node) for i in x.items)
    lo.fail(
        UnsupportedCall,
        node,
        f"argnums or argnames is a {describe(x)}",
        "which arguments are differentiated must be known",
        "write the number or the name as a literal",
    )


def _wrong(lo: Lowering, node: ast.AST, what: str) -> None:
    lo.fail(TypeMismatch, node, what, "it is called with others", "call it as its docstring shows")


# -- calling one -----------------------------------------------------------------------------------


def called(
    lo: Lowering,
    t: Transform,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
    apply: Apply,
) -> Abstract:
    """``grad(f)(x)``."""
    vectors: list[Abstract] = []
    if t.mode == "hvp":
        if "v" in kwargs and "v" not in (_parameters(t.func) or ()):
            kwargs = dict(kwargs)
            vectors = [kwargs.pop("v")]
        elif args:
            args, vectors = args[:-1], args[-1:]
        else:
            _wrong(lo, node, "an hvp takes the function's arguments and a vector")
        if not t.single:
            vectors = list(_members(lo, vectors[0], node))
    made = _record(lo, t, args, kwargs, node, apply)
    if made is None:
        return NONE_CONST
    if t.mode == "hvp":
        made.inputs += _vectors(lo, vectors, made.trees, made.inputs, node)
    return _copied(lo, made.derive(lo, t.mode), made.inputs)


def _jvp(
    lo: Lowering,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
    apply: Apply,
) -> Abstract:
    given = dict(zip(("f", "primals", "tangents"), args, strict=False)) | kwargs
    if len(args) > 3 or given.keys() != {"f", "primals", "tangents"}:
        _wrong(lo, node, "jvp() takes a function, primals and tangents")
    primals, tangents = (_members(lo, given[k], node) for k in ("primals", "tangents"))
    t = Transform("jvp", given["f"], tuple(range(len(primals))), (), False)
    made = _record(lo, t, list(primals), {}, node, apply)
    if made is None:
        return NONE_CONST
    made.inputs += _vectors(lo, list(tangents), made.trees, made.inputs, node)
    return _copied(lo, made.derive(lo, "jvp"), made.inputs)


def _vjp(lo: Lowering, t: Transform, args: list[Abstract], node: ast.AST, apply: Apply) -> Abstract:
    """The value now, and what gives the gradients for a cotangent."""
    made = _record(lo, t, args, {}, node, apply)
    if made is None:
        return NONE_CONST
    assert made.graph.result is not None
    out = _copied(lo, made.graph, made.inputs)
    shapes: list[Value] = []
    flatten(lo, out, shapes, node, "the function returns")
    inputs = tuple(made.inputs)
    return pack([out, Pullback(made.derive(lo, "vjp"), inputs, made.graph.result, tuple(shapes))])


def pulled(lo: Lowering, back: Pullback, args: list[Abstract], node: ast.AST) -> Abstract:
    """``pullback(ct)``: the gradients, without the value that comes before them."""
    if len(args) != 1:
        _wrong(lo, node, "a pullback takes one cotangent")
    inputs = [*back.inputs, *_vectors(lo, args, [back.tree], back.outputs, node)]
    both = _copied(lo, back.graph, inputs)
    assert isinstance(both, Struct)
    return both.items[1]


def _members(lo: Lowering, x: Abstract, node: ast.AST) -> tuple[Abstract, ...]:
    if isinstance(x, Struct) and x.kind == "tuple":
        return x.items
    lo.fail(
        TypeMismatch,
        node,
        f"a tuple is needed here, not a {describe(x)}",
        "there is one entry per differentiated argument",
        "write (x,), also for one",
    )


# -- the inner function as a graph -----------------------------------------------------------------


@dataclass(slots=True)
class _Inner:
    """A graph, what its inputs are here, and the structures of what is differentiated."""

    graph: Graph
    inputs: list[Value]
    trees: list[Tree]
    single: bool

    def derive(self, lo: Lowering, mode: str) -> Graph:
        assert lo.derive is not None
        return lo.derive(self.graph, len(self.trees), self.single, mode)


def _record(
    lo: Lowering,
    t: Transform,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
    apply: Apply,
) -> _Inner | None:
    """The inner function as a graph; None where it always raises, which then happens here."""
    before = lo.state
    block = lo.builder.new_block()
    args = [private(lo, x, node) for x in args]
    kwargs = {k: private(lo, x, node) for k, x in kwargs.items()}
    inputs: list[Value] = []
    trees: list[Tree] = []
    heads: list[str] = []
    lo.state = before.copy()  # what stands for the arguments is nobody's outside
    for key in _places(lo, t, args, kwargs, node):
        bag: Any = args if isinstance(key, int) else kwargs
        names = _parameters(t.func) or ()
        name = key if isinstance(key, str) else names[key] if key < len(names) else f"x{key}"
        tree, values = _promoted(lo, bag[key], name, node)
        bag[key] = structured(lo, tree, block.add_param, name)
        inputs += values
        trees.append(tree)
        heads.append(name)
    with lo.builder.into(block):
        result = apply(lo, t.func, list(args), dict(kwargs), node)
        outputs: list[Value] = []
        dead = lo.state.dead
        shape = "the differentiated function returns"
        tree = Static(None) if dead else flatten(lo, result, outputs, node, shape)
    _unchanged(lo, before, node)
    lo.state = before
    if dead:
        apply(lo, t.func, args, kwargs, node)
        return None
    graph, outside = _extracted(lo, block, heads, trees, outputs)
    graph.name, graph.result = _name(t.func), tree
    graph.file, graph.line = lo.scope.file, getattr(node, "lineno", 0)
    return _Inner(graph, inputs + outside, trees, t.single)


def _promoted(lo: Lowering, x: Abstract, name: str, node: ast.AST) -> tuple[Tree, list[Value]]:
    """A differentiated argument: ints count as floats."""
    values: list[Value] = []
    tree = flatten(lo, x, values, node, f"'{name}' is")
    try:
        tree = differentiable(tree, None, name)
    except ArgumentError as err:
        what = str(err).partition("\n")[0]
        lo.fail(TypeMismatch, node, what, "it is no number", "differentiate with respect to others")
    pairs = zip(values, leaves(tree), strict=True)
    return tree, [heap.retype(lo.builder, v, t) for v, t in pairs]


def _unchanged(lo: Lowering, before: Any, node: ast.AST) -> None:
    """What is differentiated may be computed once or several times, or not at all."""
    old, new = before.heap, lo.state.heap
    changed = [c for c, v in old.values.items() if new.values.get(c, v) is not v]
    changed += [c for c, v in old.objects.items() if new.objects.get(c, v) is not v]
    if changed:
        lo.fail(
            UnsupportedCall,
            node,
            f"the differentiated function changes {heap.named(changed[0])}",
            "how often a derivative runs its function is not defined",
            "return the new value instead",
        )


def _extracted(
    lo: Lowering, block: Block, names: list[str], trees: list[Tree], outputs: list[Value]
) -> tuple[Graph, list[Value]]:
    """The block as a graph, and the values from outside that are its further inputs."""
    graph = Graph("", Block(None))
    cloner = Cloner(Builder(graph))
    for param in block.params:
        cloner.env[param] = graph.body.add_param(param.type, param.hint)
    graph.params = [Param(n, t) for n, t in zip(names, trees, strict=True)]
    taken = set(names)
    outside: list[Value] = []
    for value in _outside(block, outputs):
        cloner.env[value] = graph.body.add_param(value.type, value.hint)
        outside.append(value)
        name = value.hint or "c"
        while name in taken:
            name += "_"
        taken.add(name)
        graph.params.append(Param(name, value.type, "captured"))
    for stmt in block.stmts:
        cloner.stmt(stmt)
    graph.body.yields = cloner.all(outputs)
    graph.imports = lo.graph.imports
    return graph, outside


def _outside(block: Block, outputs: Sequence[Value]) -> Iterator[Value]:
    """Values that a block uses and does not define, each once, in order; constants come along."""
    inside = set(map(id, blocks(block)))
    seen: set[Value] = set()
    for value in (*_used(block), *outputs):
        if id(value.block) in inside or value in seen or value.op in ("const", "undef"):
            continue
        seen.add(value)
        yield value


def _used(block: Block) -> Iterator[Value]:
    for stmt in statements(block):
        yield from stmt.args
        for child in stmt.blocks:
            yield from child.yields


def _copied(lo: Lowering, graph: Graph, inputs: Sequence[Value]) -> Abstract:
    """The graph's statements here, on these inputs, and its result."""
    cloner = Cloner(lo.builder)
    cloner.env.update(zip(graph.inputs, inputs, strict=True))
    cloner.changed.update(p for p, x in zip(graph.inputs, inputs, strict=True) if x.is_const())
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    assert graph.result is not None
    return put_together(lo, graph.result, iter(cloner.all(graph.outputs)))


# -- arguments -------------------------------------------------------------------------------------


def _places(
    lo: Lowering,
    t: Transform,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> list[int | str]:
    """Where the differentiated arguments are: positions and keywords."""
    names = _parameters(t.func)
    found: list[int | str] = []
    for given in t.names or t.nums:
        key: int | str = given
        if isinstance(key, int):
            key += len(names or args) if key < 0 else 0
            if names is not None and len(args) <= key < len(names):
                key = names[key]
        elif key not in kwargs and names is not None and key in names:
            key = names.index(key)
        there = 0 <= key < len(args) if isinstance(key, int) else key in kwargs
        if not there or key in found:
            what = "twice" if key in found else "no argument of this call"
            lo.fail(
                TypeMismatch,
                node,
                f"{t.mode} is with respect to {given!r}, which is {what}",
                "each argument that is differentiated must be passed, once",
                "see argnums and argnames",
            )
        found.append(key)
    return found


def _parameters(f: Abstract) -> tuple[str, ...] | None:
    """The names of the positional parameters, where they are known; None with ``*args``."""
    if isinstance(f, Transform):
        return _parameters(f.func) if f.mode != "hvp" else None
    if isinstance(f, Closure):
        a = f.node.args
        return None if a.vararg is not None else tuple(x.arg for x in (*a.posonlyargs, *a.args))
    if isinstance(f, Const) and isinstance(f.value, types.FunctionType):
        code = f.value.__code__
        return None if code.co_flags & 4 else code.co_varnames[: code.co_argcount]
    return None


def _name(f: Abstract) -> str:
    if isinstance(f, Transform):
        return f"{_name(f.func)}_{f.mode}"
    if isinstance(f, Closure):
        return f.name
    return str(getattr(f.value, "__name__", "f")) if isinstance(f, Const) else "f"


def _vectors(
    lo: Lowering,
    vectors: list[Abstract],
    trees: Sequence[Tree],
    like: Sequence[Value],
    node: ast.AST,
) -> list[Value]:
    """Tangents and cotangents in the structure of what they belong to, the values ``like``."""
    given = iter(like)
    if len(vectors) != len(trees):
        _wrong(lo, node, f"{len(trees)} vectors are needed, not {len(vectors)}")
    found: list[Value] = []
    for vector, tree in zip(vectors, trees, strict=True):
        values: list[Value] = []
        shape = flatten(lo, vector, values, node, "a vector is")
        wanted = list(leaves(tree))
        if _form(shape) != _form(tree) or len(values) != len(wanted):
            lo.fail(
                TypeMismatch,
                node,
                f"a vector is a {describe(vector)} of another structure than its argument",
                "each number of the argument has one of the vector's",
                "give it the argument's structure",
            )
        for v, t in zip(values, wanted, strict=True):
            found.append(_as_long(lo, heap.retype(lo.builder, v, t), next(given), node))
    return found


def _as_long(lo: Lowering, vector: Value, like: Value, node: ast.AST) -> Value:
    """A list with as many elements as the one that it belongs to; raises where it has not."""
    if not isinstance(vector.type, ListType) or not isinstance(like.type, ListType):
        return vector
    sizes = [lo.builder.op("len", x) for x in (vector, like)]
    if all(n.is_const() for n in sizes) and sizes[0] is not sizes[1]:
        lo.fail(
            TypeMismatch,
            node,
            f"a vector has {sizes[0].constant} elements, its argument {sizes[1].constant}",
            "each number of the argument has one of the vector's",
            "give it the argument's length",
        )
    check = library.of_one_form
    if isinstance(vector.type.elem, ListType):
        check = library.of_one_form_by_rows
    library.follow(lo, check, [lo.new_cell(like), lo.new_cell(vector)], node)
    return vector


def _form(tree: Tree) -> Any:
    """What must agree between an argument and its vector."""
    if isinstance(tree, Node):
        return tree.kind, tree.keys, tuple(map(_form, tree.children))
    if isinstance(tree, ListType):
        return "list", _form(tree.elem)
    return "number"
