"""What a report is about: a function, the types of its parameters, and which of them are
differentiated.

A subject compiles the function as often as a report needs it (per mode, per granularity) and knows
how the arguments of a call become the inputs of a graph and the arguments of the generated
functions.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff import driver
from symdiff.annotations import is_fixed, is_open_array, of_parameter, open_array
from symdiff.driver import Compiled, Request
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontend.capture import Captured, capture
from symdiff.frontend.subset import check
from symdiff.instances import attributes, is_object
from symdiff.ir.core import Graph
from symdiff.ir.types import BOOL, FLOAT, ArrayType, Node, Static, Tree, is_differentiable, leaves
from symdiff.ir.walk import statements
from symdiff.ndarrays import is_ndarray, numpy
from symdiff.options import Options
from symdiff.signature import convert, describe, differentiable, members, tree_of

Path = tuple[int, ...]


@dataclass(slots=True)
class Subject:
    """A function with one signature: a tree per parameter, the paths of the differentiated."""

    function: Callable[..., Any]
    captured: Captured
    params: tuple[tuple[str, Tree], ...]
    wrt: tuple[Path, ...]
    single: bool
    assumed: tuple[str, ...] = ()  # parameters of whose type nothing was said
    sizes: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # as written, per array
    _compiled: dict[Options, Compiled] = field(default_factory=dict)

    def compile(
        self, mode: str = "value_and_grad", granularity: str = "auto", strict: bool = False
    ) -> Compiled:
        """The derivative at a granularity, with every stage; made once."""
        options = Options(mode, granularity, strict)
        found = self._compiled.get(options)
        if found is None:
            request = Request(self.params, self.wrt, self.single, options)
            try:
                found = self._compiled[options] = driver.compile(self.captured, request)
            except SymdiffError as err:
                if self.assumed:
                    err.add_note(self._assumption())
                raise
        return found

    def _assumption(self) -> str:
        """What was assumed of the types, for whoever meant arrays."""
        trees = dict(self.params)
        said = ", ".join(f"{n}={describe(trees[n])}" for n in self.assumed)
        return f"assumed, as no type was given: {said}; arrays need one, as in --arg X=f64[n,m]"

    def on_arrays(self) -> bool:
        """Whether the function computes with arrays, of which the oracle has no intervals."""
        graph = self.primal()
        return any(isinstance(v.type, ArrayType) for v in graph.inputs) or any(
            isinstance(r.type, ArrayType) for s in statements(graph.body) for r in s.results
        )

    def primal(self) -> Graph:
        """The function's own arithmetic, before any gate is recognised."""
        return self.compile("value_and_grad", "fine").stages["simplify"]

    # -- arguments ---------------------------------------------------------------------------------

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None) -> list[Any]:
        """One value per parameter, converted to its type."""
        values = bound(self.captured, args, kwargs or {})
        return [convert(v, t, n) for v, (n, t) in zip(values, self.params, strict=True)]

    def inputs(self, compiled: Compiled, values: Sequence[Any]) -> list[Any]:
        """The inputs of a stage's graph for bound values: flattened, then what is captured."""
        flat = [x for v, (_, t) in zip(values, self.params, strict=True) for x in flatten(t, v)]
        graph = compiled.stages["simplify"]
        hidden = [p for p in graph.params if p.kind == "captured"]
        by_name = {c.name: c for c in compiled.captures}
        for param in hidden:
            value = by_name[param.name].read()
            flat += flatten(param.tree, convert(value, param.tree, param.name))
        return flat

    def call(self, function: Callable[..., Any], values: Sequence[Any], *vectors: Any) -> Any:
        """Call the user's function, or a generated one, on bound values; prints are dropped."""
        args, kwargs = self.spread(copied(values))
        with silence():
            return function(*args, *vectors, **kwargs)

    def spread(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Bound values as positional and keyword arguments."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for parameter, value in zip(self.captured.parameters, values, strict=True):
            if parameter.kind == "varargs":
                args.extend(value)
            elif parameter.kind == "keyword":
                kwargs[parameter.name] = value
            elif parameter.kind == "varkeywords":
                kwargs.update(value)
            else:
                args.append(value)
        return args, kwargs

    # -- what is differentiated ---

    def selected(self, values: Sequence[Any]) -> list[tuple[str, Tree, Any]]:
        """Name, tree and value of each differentiated argument."""
        found = []
        for k, *rest in self.wrt:
            name, tree = self.params[k]
            value = values[k]
            for j in rest:
                assert isinstance(tree, Node)
                tree, value, name = tree.children[j], value[j], f"{name}[{j}]"
            found.append((name, tree, value))
        return found

    def elements(self, values: Sequence[Any]) -> list[tuple[str, float]]:
        """Every number that is differentiated: how it is written (``xs[2]``) and its value."""
        return [
            item for name, tree, value in self.selected(values) for item in named(tree, value, name)
        ]

    def input_positions(self) -> list[int]:
        """Positions of the differentiated leaves among the graph's inputs."""
        starts, at = [], 0
        for _, tree in self.params:
            starts.append(at)
            at += len(list(leaves(tree)))
        found: list[int] = []
        for k, *rest in self.wrt:
            tree, start = self.params[k][1], starts[k]
            for j in rest:
                assert isinstance(tree, Node)
                start += sum(len(list(leaves(c))) for c in tree.children[:j])
                tree = tree.children[j]
            found += range(start, start + len(list(leaves(tree))))
        return found


def subject(
    function: Callable[..., Any],
    types: Mapping[str, Tree] | None = None,
    wrt: Sequence[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Subject:
    """A subject from types: those given, those of ``values``, annotations, defaults, and float for
    the rest.

    Without ``wrt`` every argument that holds a float is differentiated.  Every construct that the
    fence refuses is reported at once, as at decoration.
    """
    function = undecorated(function)
    captured = capture(function)
    check(captured)
    names = [p.name for p in captured.parameters]
    for name in {**(types or {}), **(values or {})}:
        if name not in names:
            raise ArgumentError(
                f"{name!r} is not a parameter of {captured.name}({', '.join(names)})"
            )
    trees = [_tree(captured, k, types or {}, values or {}) for k in range(len(names))]
    paths = _paths(captured, trees, wrt)
    for k, *rest in paths:
        if not rest:
            trees[k] = differentiable(trees[k], None, names[k])
    single = len(paths) == 1
    return Subject(function, captured, tuple(zip(names, trees, strict=True)), tuple(paths), single)


def subject_of_call(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    argnums: int | Sequence[int] | None = None,
) -> tuple[Subject, list[Any]]:
    """A subject with the types of a call, and the bound values; ``argnums`` None is every argument
    that holds a float."""
    function = undecorated(function)
    captured = capture(function)
    values = bound(captured, args, kwargs or {})
    names = [p.name for p in captured.parameters]
    nums = None if argnums is None else [argnums] if isinstance(argnums, int) else list(argnums)
    wrt = None if nums is None else [names[n] for n in nums]
    made = subject(function, wrt=wrt, values=dict(zip(names, values, strict=True)))
    made.single = isinstance(argnums, int) or (argnums is None and len(made.wrt) == 1)
    return made, [convert(v, t, n) for v, (n, t) in zip(values, made.params, strict=True)]


def undecorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind a ``Gradient`` (which has ``__wrapped__`` and a generated ``source``)."""
    while hasattr(function, "__wrapped__") and hasattr(function, "source"):
        function = function.__wrapped__
    return function


def bound(captured: Captured, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """One value per parameter; mistakes are Python's own ``TypeError``."""
    given = {**captured.fixed_kwargs, **kwargs}
    signature = inspect.signature(captured.func).bind(*captured.fixed_args, *args, **given)
    signature.apply_defaults()
    return [signature.arguments[p.name] for p in captured.parameters]


def _tree(captured: Captured, k: int, types: Mapping[str, Tree], values: Mapping[str, Any]) -> Tree:
    parameter = captured.parameters[k]
    name = parameter.name
    if name in types:
        return types[name]
    declared = of_parameter(parameter.annotation, captured.func)
    if declared is not None and (is_fixed(declared) or name not in values):
        return declared
    if name in values:
        return tree_of(values[name], name)
    if is_open_array(parameter.annotation):
        raise ArgumentError(open_array(name, f"give its type: --arg {name}=f64[n,m]"))
    if k < len(captured.fixed_args):
        return tree_of(captured.fixed_args[k], name)
    if name in captured.fixed_kwargs or name in captured.defaults:
        return tree_of(captured.fixed_kwargs.get(name, captured.defaults.get(name)), name)
    if parameter.kind in ("varargs", "varkeywords"):
        return Node("tuple" if parameter.kind == "varargs" else "dict", (), ())
    return FLOAT


def _paths(captured: Captured, trees: Sequence[Tree], wrt: Sequence[str] | None) -> list[Path]:
    names = [p.name for p in captured.parameters]
    if wrt is not None:
        for name in wrt:
            if name not in names:
                raise ArgumentError(
                    f"{name!r} is not a parameter of {captured.name}({', '.join(names)})"
                )
        return [(names.index(n),) for n in wrt]
    found: list[Path] = []
    for k, tree in enumerate(trees):
        if k < len(captured.fixed_args) or names[k] in captured.fixed_kwargs:
            continue
        if captured.parameters[k].kind == "varargs" and isinstance(tree, Node):
            found += [(k, j) for j, child in enumerate(tree.children) if _holds_float(child)]
        elif _holds_float(tree):
            found.append((k,))
    if not found:
        raise ArgumentError(
            f"{captured.name}({', '.join(names)}) has no float argument to differentiate"
        )
    return found


def _holds_float(tree: Tree) -> bool:
    """Whether there is a float among the leaves, and nothing but numbers."""
    found = list(leaves(tree))
    return not _holds_static(tree) and BOOL not in found and any(map(is_differentiable, found))


def _holds_static(tree: Tree) -> bool:
    if isinstance(tree, Node):
        return any(map(_holds_static, tree.children))
    return isinstance(tree, Static)


# -- values and trees ---


def silence() -> contextlib.redirect_stdout[io.StringIO]:
    """A context in which what the user's function prints is dropped."""
    return contextlib.redirect_stdout(io.StringIO())


def copied(value: Any) -> Any:
    """The lists of a value copied, so that a function that writes to its arguments keeps them."""
    if type(value) is list:
        return [copied(v) for v in value]
    if type(value) is tuple:
        return tuple(copied(v) for v in value)
    if is_ndarray(value):
        return value.copy()
    return {k: copied(v) for k, v in value.items()} if type(value) is dict else value


def flatten(tree: Tree, value: Any) -> list[Any]:
    """The graph inputs of a value: one per leaf of its tree (a list is one leaf)."""
    if isinstance(tree, Static):
        return []
    if isinstance(tree, Node):
        return [
            x
            for c, v in zip(tree.children, members(tree, value), strict=True)
            for x in flatten(c, v)
        ]
    return [value]


def named(tree: Tree, value: Any, where: str) -> list[tuple[str, float]]:
    """Each number of a value with the expression that reads it."""
    if isinstance(tree, Node):
        found = []
        for key, child, member in zip(tree.keys, tree.children, members(tree, value), strict=True):
            dotted = tree.cls is not None
            found += named(child, member, f"{where}.{key}" if dotted else f"{where}[{key!r}]")
        return found
    return list(_numbers(value, where))


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, (list, tuple)):
        for k, x in enumerate(value):
            yield from _numbers(x, f"{where}[{k}]")
    elif is_ndarray(value):
        if value.dtype.kind == "f":
            for at in numpy().ndindex(value.shape):
                yield f"{where}[{', '.join(map(str, at))}]" if at else where, float(value[at])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield where, value


def shown(value: Any) -> str:
    """A value for a report: a large array by its shape and its first numbers, in one line."""
    if is_ndarray(value):
        first = ", ".join(f"{x:.6g}" for x in value.ravel()[:3])
        if value.size <= 3 and value.ndim <= 1:
            return f"[{first}]" if value.ndim else first
        return f"[{first}, ...] of shape {value.shape}"
    if type(value) in (list, tuple) and any(is_ndarray(v) for v in _parts(value)):
        inner = ", ".join(map(shown, value))
        return f"[{inner}]" if type(value) is list else f"({inner})"
    if type(value) is dict:
        return "{" + ", ".join(f"{k!r}: {shown(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _parts(value: Any) -> Iterator[Any]:
    """What nested lists, tuples and dicts hold."""
    if type(value) in (list, tuple):
        for v in value:
            yield from _parts(v)
    elif type(value) is dict:
        yield from _parts(list(value.values()))
    else:
        yield value


def numbers(value: Any) -> list[float]:
    """The numbers of any structure of lists, tuples, dicts and records, in order."""
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in numbers(v)]
    if isinstance(value, dict):
        return [x for v in value.values() for x in numbers(v)]
    if is_ndarray(value):
        return [float(x) for x in value.ravel()] if value.dtype.kind == "f" else []
    if is_object(value):
        return [x for n in attributes(value) for x in numbers(getattr(value, n))]
    return [float(value)] if isinstance(value, (int, float)) else []
