"""The slow path of a call: bind, read the types, find or make the function for them, put it in
front, call it.

A ``Gradient`` is a ``functools.partial`` whose function is replaced: at first by the slow path
here, then by the generated function of the latest signature with a guard in front, which falls back
on that of the signature before, and so on.  Binding is done by a Python function with the
parameters of the differentiated one, so that mistakes are Python's own errors at C speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from symdiff.annotations import is_fixed, is_open_array, open_array
from symdiff.argnums import Path, Selection, Shape
from symdiff.driver import Request
from symdiff.emit.link import SLOW
from symdiff.errors import ArgumentError, SourceError
from symdiff.frontend.capture import Captured, Parameter, capture
from symdiff.guard import alike, apart
from symdiff.ir.types import BOOL, FLOAT, INT, Node, Static, Tree, Type
from symdiff.ndarrays import is_ndarray
from symdiff.options import Options
from symdiff.recent import Recent
from symdiff.signature import (
    agrees,
    checked,
    convert,
    describe,
    differentiable,
    members,
    tree_of,
    with_sizes,
)
from symdiff.specialise import LOCK, Linked, linked
from symdiff.warn import MANY, warn_of_many

Trees = tuple[Tree, ...]
SIGNATURES = 256  # that one gradient remembers
_CHAINED = 4  # signatures that are tried one after the other before the slow path
_EMPTY = {"varargs": "tuple", "varkeywords": "dict"}


class Plan(NamedTuple):
    """What is asked of a function, without the function: it can be pickled."""

    name: str  # of the function
    options: Options
    selection: Selection
    shape: Shape
    parameters: tuple[Parameter, ...]
    positional_only: int
    defaults: tuple[Any, ...]
    kwdefaults: dict[str, Any]
    declared: tuple[Tree | None, ...]  # what annotations fix
    fixed: tuple[Any, ...]  # what a functools.partial fixed
    fixed_kwargs: dict[str, Any]

    @property
    def title(self) -> str:
        return f"{self.options.mode} of {self.name}"

    @property
    def plain(self) -> bool:
        """Whether there are only positional parameters without defaults: a vector can follow."""
        simple = all(p.kind == "positional" and not p.has_default for p in self.parameters)
        return simple and not self.fixed_kwargs


# gives the function to lower for the types at hand, and what made it if it is generated itself
Supply = Callable[[Trees], tuple[Captured, Linked | None]]


class Dispatcher:
    """Chooses the generated function for a call, and has it made by what ``supply`` gives."""

    def __init__(self, plan: Plan, supply: Supply) -> None:
        self.plan = plan
        self.supply = supply
        self.install: Callable[[Callable[..., Any]], None] = lambda function: None
        self.by_value = False  # whether ints and flags are part of the signature by their values
        self.by_size = False  # ... and arrays with their sizes
        self.linked: Recent[Trees, Linked] = Recent(SIGNATURES)
        self._chain: list[Linked] = []
        self._by_classes: Recent[tuple[type, ...], Linked] = Recent(SIGNATURES)
        self._bind: Callable[..., tuple[Any, ...]] | None = None

    # -- a call ----------------------------------------------------------------------------------

    def call(self, /, *args: Any, **kwargs: Any) -> Any:
        """The slow path: any arguments at all."""
        vectors: tuple[Any, ...] = ()
        if self.plan.options.mode == "hvp":
            args, vectors = self._split(args, kwargs)
        return self.run(self.bind(*args, **kwargs), vectors)

    def run(self, values: Sequence[Any], vectors: Sequence[Any] = ()) -> Any:
        """The derivative for one value per parameter and one vector per differentiated one."""
        classes = tuple(map(type, values))
        found = self._by_classes.get(classes)
        try:
            if found is None or vectors or not found.refresh():
                paths = self.paths(values)
                trees = self.trees(values, paths)
                vectors = self._vectors(values, vectors, trees, paths)
                found, trees = self._settled(trees, values, paths)
                if all(type(t) is Type for t in trees):  # the classes of numbers say it all
                    self._by_classes[classes] = found
            if found.writes and not apart(*values):
                raise ArgumentError(
                    f"{self.plan.name} writes to its arguments, and one list is in two places "
                    "there: a write would change both\n    hint: pass copies, xs[:]"
                )
            values = [
                convert(v, t, n) for v, (n, t) in zip(values, found.request.params, strict=True)
            ]
        except ArgumentError as err:
            raise ArgumentError(f"{self.plan.title}: {err}") from None
        if not any(c is found for c in self._chain):
            self._put_in_front(found)
        return self._invoke(found, values, vectors)

    def _settled(
        self, trees: Trees, values: Sequence[Any], paths: Sequence[Path]
    ) -> tuple[Linked, Trees]:
        """The function for a signature; where it is refused and ints or flags are among the
        arguments, these decide by their values (an axis, an order, a count) from then on, and where
        it is refused for those, the sizes of arrays do."""
        known = self._by_value(trees, values, paths)
        sized = tuple(map(with_sizes, known, values))
        if self.by_size:
            return self.specialised(sized, paths), sized
        if self.by_value:
            return self.specialised(known, paths), known
        refused: SourceError | None = None
        for wanted in dict.fromkeys((trees, known, sized)):
            try:
                found = self.specialised(wanted, paths)
            except SourceError as err:
                refused = refused or err
            else:
                self.by_value, self.by_size = wanted != trees, wanted not in (trees, known)
                return found, wanted
        assert refused is not None
        raise refused

    def _by_value(self, trees: Trees, values: Sequence[Any], paths: Sequence[Path]) -> Trees:
        active = {k for k, *_ in paths}
        return tuple(
            Static(v) if k not in active and t in (INT, BOOL) and type(v) in (int, bool) else t
            for k, (t, v) in enumerate(zip(trees, values, strict=True))
        )

    def bind(self, /, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """One value per parameter; mistakes are Python's own ``TypeError``."""
        if self._bind is None:
            self._bind = _binder(self.plan)
        return self._bind(*args, **kwargs)

    def paths(self, values: Sequence[Any]) -> tuple[Path, ...]:
        """The differentiated arguments of this call."""
        shape = self.plan.shape
        extra = len(values[shape.varargs]) if shape.varargs is not None else 0
        return self.plan.selection.resolve(shape, extra)

    def trees(self, values: Sequence[Any], paths: Sequence[Path]) -> Trees:
        """The types of bound values; ints count as floats where they are differentiated."""
        plan = self.plan
        trees = [
            checked(value, declared, p.name)
            if declared is not None and is_fixed(declared)
            else tree_of(value, p.name)
            for value, declared, p in zip(values, plan.declared, plan.parameters, strict=True)
        ]
        return self._promoted(trees, paths, values)

    def _promoted(
        self, trees: list[Tree], paths: Sequence[Path], values: Sequence[Any] | None
    ) -> Trees:
        for k, *rest in paths:
            name = self.plan.parameters[k].name
            tree, value = trees[k], None if values is None else values[k]
            if not rest:
                trees[k] = differentiable(tree, value, name)
                continue
            (j,) = rest
            assert isinstance(tree, Node)
            children = list(tree.children)
            children[j] = differentiable(
                children[j], None if value is None else value[j], f"{name}[{j}]"
            )
            trees[k] = Node(tree.kind, tree.keys, tuple(children), tree.cls)
        return tuple(trees)

    # -- generated functions -----------------------------------------------------------------------

    def specialised(self, trees: Trees, paths: Sequence[Path]) -> Linked:
        """The function for a signature, with the captured names as they are now."""
        found = self.linked.get(trees)
        if found is not None and found.refresh():
            return found
        made = False
        with LOCK:
            found = self.linked.get(trees)
            if found is None or not found.refresh():
                found = self.linked[trees] = self._made(trees, paths)
                made = True
        if made and len(self.linked) == MANY + 1:
            warn_of_many(self.plan.title, [p.name for p in self.plan.parameters], self.linked)
        return found

    def _made(self, trees: Trees, paths: Sequence[Path]) -> Linked:
        plan = self.plan
        captured, inner = self.supply(trees)
        params = tuple(zip((p.name for p in plan.parameters), trees, strict=True))
        if inner is not None:  # generated itself: its types hold, and its captured names
            own = inner.request
            vectors = (own.params[k][1] for k, *_ in own.wrt)
            names = (n for n, _ in params[len(own.params) :])
            params = own.params + tuple(zip(names, vectors, strict=False))
        made = linked(captured, Request(params, tuple(paths), plan.selection.single, plan.options))
        if inner is not None:
            made.follow(inner)
        self._guard(made)
        made.refresh()  # the text may be that of another closure of the same code
        return made

    def for_types(self, trees: Trees) -> Linked:
        """The function for a signature that no call has shown yet."""
        plan = self.plan
        extra = 0
        if plan.shape.varargs is not None:
            extra = len(getattr(trees[plan.shape.varargs], "keys", ()))
        paths = plan.selection.resolve(plan.shape, extra)
        return self.specialised(self._promoted(list(trees), paths, None), paths)

    def inner(self, trees: Trees) -> tuple[Captured, Linked]:
        """The generated function for some types, captured to be differentiated again."""
        made = self.for_types(trees[: len(self.plan.parameters)])
        made.recalled()
        return capture(made.plain()), made

    def assumed(self) -> Trees:
        """The signature without a call: annotations, the types of defaults, floats."""
        plan = self.plan
        known = dict(zip((p.name for p in plan.parameters), plan.fixed, strict=False))
        positional = [p.name for p in plan.parameters if p.kind == "positional"]
        known.update(
            zip(positional[len(positional) - len(plan.defaults) :], plan.defaults, strict=True)
        )
        known.update({**plan.kwdefaults, **plan.fixed_kwargs})
        trees: list[Tree] = []
        for p, declared in zip(plan.parameters, plan.declared, strict=True):
            if declared is not None:
                trees.append(declared)
            elif p.name in known:
                trees.append(tree_of(known[p.name], p.name))
            elif is_open_array(p.annotation):
                raise ArgumentError(open_array(p.name))
            else:
                trees.append(
                    FLOAT if p.kind in ("positional", "keyword") else Node(_EMPTY[p.kind], (), ())
                )
        return tuple(trees)

    def adopt(self, trees: Trees, made: Linked) -> None:
        """Take a function that was linked from kept text."""
        self.linked[trees] = made
        self._guard(made)

    def _guard(self, made: Linked) -> None:
        plan = self.plan
        made.finish = self._finish
        params = made.request.params
        if plan.options.mode in ("jvp", "vjp"):
            return  # they are called once, through ``run``
        if plan.options.mode == "hvp":
            if not plan.plain or not plan.selection.single:
                return
            (k,) = made.request.wrt[0]
            like, tree = params[k]
            made.guard(self.call, [(made.parameters()[len(params)], like, tree)])
        else:
            made.guard(self.call)

    def _finish(self, function: FunctionType) -> None:
        """The user's own default objects, and ``/``, which the text does not show."""
        plan = self.plan
        vectors = plan.options.mode in ("hvp", "jvp")  # they follow the parameters and have none
        function.__defaults__ = None if vectors else plan.defaults or None
        function.__kwdefaults__ = plan.kwdefaults or None
        if plan.positional_only:
            code = function.__code__
            function.__code__ = code.replace(co_posonlyargcount=plan.positional_only)

    def _put_in_front(self, found: Linked) -> None:
        """Make the next calls go to ``found``, where its guard fails to the ones before it."""
        if found.guarded is None:
            return
        with LOCK:
            live = {id(made) for made in self.linked.values()}
            older = [made for made in self._chain if id(made) in live and made is not found]
            self._chain = [found, *older][:_CHAINED]
            slow: Callable[..., Any] = self.call
            for made in reversed(self._chain):
                assert made.guarded is not None
                made.guarded.__globals__[SLOW] = slow
                slow = made.guarded
            self.install(slow)

    def _invoke(self, found: Linked, values: Sequence[Any], vectors: Sequence[Any]) -> Any:
        args: list[Any] = []
        star: Sequence[Any] = ()
        kwargs: dict[str, Any] = {}
        for parameter, value in zip(self.plan.parameters, values, strict=True):
            if parameter.kind == "varargs":
                star = value
            elif parameter.kind == "keyword":
                kwargs[parameter.name] = value
            elif parameter.kind == "varkeywords":
                kwargs.update(value)
            else:
                args.append(value)
        function = found.guarded if not vectors and found.runs(values) else None
        return (function or found.plain())(*args, *vectors, *star, **kwargs)

    # -- vectors -----------------------------------------------------------------------------------

    def _split(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The call of an ``hvp``: the vector comes last."""
        if "v" in kwargs and all(p.name != "v" for p in self.plan.parameters):
            vector = kwargs.pop("v")
        elif len(args) > len(self.plan.fixed):
            args, vector = args[:-1], args[-1]
        else:
            raise TypeError(
                f"{self.plan.name}_hvp() missing the vector, its last positional argument"
            )
        return args, ((vector,) if self.plan.selection.single else vector)

    def _vectors(
        self, values: Sequence[Any], vectors: Sequence[Any], trees: Trees, paths: Sequence[Path]
    ) -> list[Any]:
        if self.plan.options.mode not in ("hvp", "jvp"):
            return []
        if not isinstance(vectors, (tuple, list)) or len(vectors) != len(paths):
            given = len(vectors) if isinstance(vectors, (tuple, list)) else type(vectors).__name__
            raise ArgumentError(
                f"{len(paths)} vectors are needed, one per differentiated argument, not {given}"
            )
        checked_ones = []
        for vector, (k, *rest) in zip(vectors, paths, strict=True):
            tree, value, name = trees[k], values[k], self.plan.parameters[k].name
            for j in rest:
                assert isinstance(tree, Node)
                tree, value, name = tree.children[j], value[j], f"{name}[{j}]"
            checked_ones.append(form(vector, tree, value, f"the vector for {name}", name))
        return checked_ones


def form(vector: Any, tree: Tree, like: Any, what: str, whose: str) -> Any:
    """A tangent or a cotangent, converted; it must have the structure and lengths of ``like``."""
    found = tree_of(vector, what)
    if not agrees(found, tree):
        raise ArgumentError(f"{what} is {describe(found)} where {whose} is {describe(tree)}")
    vector = convert(vector, tree, what)
    if not alike(vector, like):
        raise ArgumentError(f"{what} and {whose} {_difference(vector, like, tree)}")
    return vector


def _difference(x: Any, y: Any, tree: Tree, at: str = "") -> str:
    """Where two values of one tree differ in length, in words."""
    if isinstance(tree, Node):
        for key, p, q, child in zip(
            tree.keys, members(tree, x), members(tree, y), tree.children, strict=True
        ):
            if not alike(p, q):
                return _difference(p, q, child, f"{at}[{key!r}]")
    if is_ndarray(x):
        return f"differ in shape{' at ' + at if at else ''}: {x.shape} and {y.shape}"
    if len(x) == len(y):
        k = next(k for k in range(len(x)) if not alike(x[k], y[k]))
        return _difference(x[k], y[k], FLOAT, f"{at}[{k}]")
    return f"differ in length{' at ' + at if at else ''}: {len(x)} and {len(y)}"


def _binder(plan: Plan) -> Callable[..., tuple[Any, ...]]:
    """A function of the same parameters that returns their values."""
    parts: list[str] = []
    starred = False
    count = sum(p.kind == "positional" for p in plan.parameters)
    known = len(plan.defaults)
    for k, p in enumerate(plan.parameters):
        if p.kind == "positional":
            parts.append(f"{p.name}=None" if k >= count - known else p.name)
            if k + 1 == plan.positional_only:
                parts.append("/")
        elif p.kind == "varargs":
            parts.append(f"*{p.name}")
            starred = True
        elif p.kind == "keyword":
            if not starred:
                parts.append("*")
                starred = True
            parts.append(f"{p.name}=None" if p.name in plan.kwdefaults else p.name)
        else:
            parts.append(f"**{p.name}")
    name = f"{plan.name if plan.name.isidentifier() else 'f'}_{plan.options.mode}"
    values = "".join(f"{p.name}, " for p in plan.parameters)
    space: dict[str, Any] = {}
    exec(f"def {name}({', '.join(parts)}):\n    return ({values})", space)
    bind: Any = space[name]
    bind.__defaults__ = plan.defaults or None
    bind.__kwdefaults__ = plan.kwdefaults or None
    return bind  # type: ignore[no-any-return]
