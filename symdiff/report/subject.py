"""What a report is about: a function, the types of its parameters, and which of them are
differentiated.

A subject compiles the function as often as a report needs it (per mode, per granularity) and knows
how the arguments of a call become the inputs of a graph and the arguments of the generated
functions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff import driver
from symdiff.annotations import is_fixed, is_open_array, of_parameter, open_array
from symdiff.driver import Compiled, Request
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontend.capture import Captured, capture
from symdiff.frontend.subset import check
from symdiff.ir.core import Graph
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    ArrayType,
    Node,
    Static,
    Tree,
    is_differentiable,
    leaves,
)
from symdiff.ir.walk import statements
from symdiff.options import Options
from symdiff.report.values import copied, cotangent, flatten, named, shown, silence
from symdiff.signature import convert, describe, differentiable, tree_of

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
    listed: tuple[str, ...] = ()  # those that were given as lists, and may be meant as arrays
    sizes: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # as written, per array
    _compiled: dict[Options, Compiled] = field(default_factory=dict)
    _mode: str = ""

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
                for note in self._assumptions():
                    err.add_note(note)
                raise
        return found

    def _assumptions(self) -> Iterator[str]:
        """What was assumed of the types, for whoever meant arrays."""
        trees = dict(self.params)
        if self.assumed:
            said = ", ".join(f"{n}={describe(trees[n])}" for n in self.assumed)
            yield f"assumed, as no type was given: {said}; arrays need one, as in --arg X=f64[n,m]"
        if self.listed:
            said = ", ".join(f"{n}={describe(trees[n])}" for n in self.listed)
            how = f"--arg {self.listed[0]}=f64[n]"
            yield f"taken as written: {said}; for an array say so, as in {how}"

    @property
    def mode(self) -> str:
        """``value_and_grad``, or ``vjp`` where the result is no number: that has a pullback."""
        if not self._mode:
            self._mode = "value_and_grad"
            try:
                self.compile(self._mode, "fine")
            except SymdiffError:
                self._mode = "vjp"
                try:
                    self.compile(self._mode, "fine")
                except SymdiffError:
                    self._mode = "value_and_grad"
        return self._mode

    def compiled(self, granularity: str) -> Compiled:
        """The derivative that reports are about."""
        return self.compile(self.mode, granularity)

    def derivative(self, granularity: str) -> Callable[..., Any]:
        """``(value, gradients)`` at a granularity; of a result that is no number, the gradients of
        its numbers weighted by ``values.weight``."""
        function: Callable[..., Any] = self.compiled(granularity).link()
        if self.mode == "value_and_grad":
            return function

        def pulled(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
            out, pullback = function(*args, **kwargs)
            return out, pullback(cotangent(out))

        return pulled

    def on_arrays(self) -> bool:
        """Whether the function computes with arrays, of which the oracle has no intervals."""
        graph = self.primal()
        return any(isinstance(v.type, ArrayType) for v in graph.inputs) or any(
            isinstance(r.type, ArrayType) for s in statements(graph.body) for r in s.results
        )

    def primal(self) -> Graph:
        """The function's own arithmetic, before any gate is recognised."""
        return self.compiled("fine").stages["simplify"]

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

    @property
    def primal_function(self) -> Callable[..., Any]:
        """The user's function with every parameter open: ``self`` and what a partial fixed too, as
        in the generated functions."""
        return self.captured.func

    def call(
        self, function: Callable[..., Any], values: Sequence[Any], *, fixed: bool = True
    ) -> Any:
        """Call ``primal_function`` or a generated one on bound values; ``fixed=False`` leaves out
        what a partial or a bound method fixed.  Prints are dropped."""
        args, kwargs = self.spread([copied(v) for v in values], fixed=fixed)
        with silence():
            return function(*args, **kwargs)

    def outcome(
        self, function: Callable[..., Any], values: Sequence[Any]
    ) -> tuple[Any, Exception | None]:
        """What a call returns, or what it raises: a user's function may raise anything."""
        try:
            return self.call(function, values), None
        except Exception as err:
            return None, err

    def spread(
        self, values: Sequence[Any], *, fixed: bool = True
    ) -> tuple[list[Any], dict[str, Any]]:
        """Bound values as positional and keyword arguments."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        names = {} if fixed else self.captured.fixed_kwargs
        for k, (parameter, value) in enumerate(zip(self.captured.parameters, values, strict=True)):
            if parameter.name in names or (not fixed and k < len(self.captured.fixed_args)):
                continue
            if parameter.kind == "varargs":
                args.extend(value)
            elif parameter.kind == "keyword":
                kwargs[parameter.name] = value
            elif parameter.kind == "varkeywords":
                kwargs.update(value)
            else:
                args.append(value)
        return args, kwargs

    def open_values(self, values: Sequence[Any]) -> dict[str, Any]:
        """The values by name, without what a partial or a bound method fixed."""
        captured = self.captured
        return {
            name: v
            for k, ((name, _), v) in enumerate(zip(self.params, values, strict=True))
            if k >= len(captured.fixed_args) and name not in captured.fixed_kwargs
        }

    def place(self, values: Sequence[Any]) -> str:
        """A point as it is written: ``x=1.0, y=2.0``."""
        return ", ".join(f"{n}={shown(v)}" for n, v in self.open_values(values).items())

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
    if not found:  # an int that nobody has declared one may be meant as a float
        found = [
            (k,)
            for k, (p, tree) in enumerate(zip(captured.parameters, trees, strict=True))
            if p.annotation is None and _is_int(tree) and k >= len(captured.fixed_args)
        ]
    if not found:
        raise ArgumentError(_nothing(captured, trees))
    return found


def _nothing(captured: Captured, trees: Sequence[Tree]) -> str:
    """That there is nothing to differentiate, and what would be needed."""
    names = ", ".join(p.name for p in captured.parameters)
    what = f"{captured.name}({names}) has no float argument to differentiate"
    empty = [
        p.name
        for p, t in zip(captured.parameters, trees, strict=True)
        if p.kind in ("varargs", "varkeywords") and isinstance(t, Node) and not t.children
    ]
    if empty:
        return f"{what}: {empty[0]} is empty\n    hint: give values for {empty[0]}"
    pairs = zip(captured.parameters, trees, strict=True)
    kinds = ", ".join(f"{p.name} is {describe(t)}" for p, t in pairs)
    return f"{what}: {kinds or 'it has no parameters'}\n    hint: make one of them a float"


def _holds_float(tree: Tree) -> bool:
    """Whether there is a float among the leaves, and nothing but numbers."""
    found = list(leaves(tree))
    return not _holds_static(tree) and BOOL not in found and any(map(is_differentiable, found))


def _is_int(tree: Tree) -> bool:
    return tree == INT or (isinstance(tree, ArrayType) and tree.dtype == "int")


def _holds_static(tree: Tree) -> bool:
    if isinstance(tree, Node):
        return any(map(_holds_static, tree.children))
    return isinstance(tree, Static)
