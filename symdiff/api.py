"""The transformations: ``grad``, ``value_and_grad``, ``jacobian``, ``hessian``, ``hvp``, ``jvp``,
``vjp``.

Each reads the function's source and refuses what is outside the subset when it is applied; it
lowers at the first call with each signature.  Names and conventions are JAX's.  Transformations of
the same function are remembered, so that ``grad(f)`` in a loop costs a look-up.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from symdiff.annotations import of_parameter
from symdiff.argnums import Shape, select
from symdiff.data import apart_from, filled, without_tangent
from symdiff.dispatch import Dispatcher, Plan, Trees, form
from symdiff.errors import ArgumentError
from symdiff.frontend import derivatives
from symdiff.frontend.capture import Captured, Parameter, capture
from symdiff.frontend.subset import check
from symdiff.gradient import About, Gradient
from symdiff.ir.types import Node, Tree, map_leaves
from symdiff.options import Options
from symdiff.recent import Recent
from symdiff.signature import promoted, tree_of
from symdiff.specialise import LOCK, Linked

P = ParamSpec("P")
R = TypeVar("R")
Argnums = int | Sequence[int]
Argnames = str | Sequence[str] | None

_REMEMBERED = 128


class Transformation(Protocol):
    """``grad`` to a type checker: what it returns takes the function's parameters."""

    @overload
    def __call__(
        self,
        f: Callable[P, Any],
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> Gradient[P, Any]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> Transformation: ...


class ValueTransformation(Protocol):
    """The same for ``value_and_grad``, whose result begins with the function's own."""

    @overload
    def __call__(
        self,
        f: Callable[P, R],
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> Gradient[P, tuple[R, Any]]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> ValueTransformation: ...


class VectorTransformation(Protocol):
    """The same for ``hvp``, which takes one argument more."""

    @overload
    def __call__(
        self,
        f: Callable[..., Any],
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> Gradient[..., Any]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> VectorTransformation: ...


def _transformation(mode: str, doc: str) -> Any:
    def transform(
        f: Callable[..., Any] | None = None,
        argnums: Argnums = 0,
        *,
        argnames: Argnames = None,
        granularity: str = "auto",
        strict: bool = False,
        target: str | None = None,
    ) -> Any:
        if f is None:
            return functools.partial(
                transform,
                argnums=argnums,
                argnames=argnames,
                granularity=granularity,
                strict=strict,
                target=target,
            )
        return transformed(f, mode, argnums, argnames, granularity, target, strict)

    transform.__name__ = transform.__qualname__ = mode
    transform.__doc__ = doc
    transform.__symdiff__ = mode  # type: ignore[attr-defined]  # the front end evaluates such calls
    return transform


_COMMON = """

    ``argnums`` is a position (one result) or a tuple of positions (a tuple of results); negative
    numbers count from the end. ``argnames`` selects parameters by name instead.  ``granularity`` is
    "fine", "fused" (forms such as the sigmoid), "whole" (every shape of the gate library) or
    "auto" (what of these is better): how much becomes one gate. ``strict=True`` recognises nothing
    and reassociates nothing: values are those of the function to the bit.  ``target`` is what the
    generated code is written in; "python" (the default) is the only one.

    Raises :class:`symdiff.SymdiffError` (its subclasses) for source outside the subset, with file,
    line and a hint, and :class:`symdiff.ArgumentError` for arguments that cannot be differentiated.
    """

grad: Transformation = _transformation(
    "grad", "The gradient of a function whose result is a number." + _COMMON
)
value_and_grad: ValueTransformation = _transformation(
    "value_and_grad", "A function that returns ``(value, gradient)``." + _COMMON
)
jacobian: Transformation = _transformation(
    "jacobian",
    "The Jacobian: the structure of the result, with that of the argument inside." + _COMMON,
)
hessian: Transformation = _transformation(
    "hessian", "The second derivatives of a function whose result is a number." + _COMMON
)
hvp: VectorTransformation = _transformation(
    "hvp",
    "The product of the Hessian with a vector, which the call takes as its last argument."
    + _COMMON,
)


def jvp(
    f: Callable[..., R],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    granularity: str = "auto",
    strict: bool = False,
) -> tuple[R, Any]:
    """``(f(*primals), its derivative along tangents)``, by forward mode.

    ``primals`` and ``tangents`` are tuples of the same length; each tangent has its primal's
    structure.
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(f"jvp: {name} must be a tuple, not {type(given).__name__}")
    if len(primals) != len(tangents):
        raise ArgumentError(f"jvp: there are {len(primals)} primals but {len(tangents)} tangents")

    def differentiate(active: Sequence[int]) -> Any:
        for k in set(range(len(primals))) - {*active}:
            without_tangent(primals[k], tangents[k], f"primals[{k}]")
        dispatch, values = _along(f, "jvp", active, primals, granularity, strict)
        return dispatch.run(values, [tangents[k] for k in active])

    return apart_from(primals, "jvp", differentiate)  # type: ignore[no-any-return]


def vjp(
    f: Callable[..., R], *primals: Any, granularity: str = "auto", strict: bool = False
) -> tuple[R, Callable[[Any], tuple[Any, ...]]]:
    """``(f(*primals), pullback)``; ``pullback(cotangent)`` returns a tuple, one gradient per
    primal.

    The cotangent has the structure of the result.  The pullback may be called any number of times.
    Arrays of bools, and arrays of ints where the function takes no floats, are data: their
    gradients are zeros.
    """

    def differentiate(active: Sequence[int]) -> Any:
        dispatch, values = _along(f, "vjp", active, primals, granularity, strict)
        return dispatch, active, *dispatch.run(values)

    dispatch, active, out, pull = apart_from(primals, "vjp", differentiate)
    title, tree = dispatch.plan.title, map_leaves(tree_of(out, "the result"), promoted)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        try:
            cotangent = form(cotangent, tree, out, "the cotangent", "the result")
        except ArgumentError as err:
            raise ArgumentError(f"{title}: {err}") from None
        return filled(pull(cotangent), active, primals)  # type: ignore[no-any-return]

    pullback.__doc__ = f"From a cotangent of {dispatch.plan.name} to one gradient per argument."
    return out, pullback


def _along(
    f: Callable[..., Any],
    mode: str,
    active: Sequence[int],
    primals: Sequence[Any],
    granularity: str,
    strict: bool,
) -> tuple[Dispatcher, tuple[Any, ...]]:
    """What differentiates by the active primals, and one value per parameter."""
    if not active:
        raise ArgumentError(f"{mode}: no argument to differentiate is given")
    made = transformed(f, mode, tuple(active), None, granularity, None, strict)._dispatch
    return made, made.bind(*made.plan.fixed, *primals, **made.plan.fixed_kwargs)


derivatives.TRANSFORMS.update(
    {
        grad: "grad",
        value_and_grad: "value_and_grad",
        jacobian: "jacobian",
        hessian: "hessian",
        hvp: "hvp",
        jvp: "jvp",
        vjp: "vjp",
    }
)


# -- making a Gradient -----------------------------------------------------------------------------

_recent: Recent[Any, Gradient[..., Any]] = Recent(_REMEMBERED)
_fenced: set[tuple[Any, str]] = set()


def transformed(
    f: Callable[..., Any],
    mode: str,
    argnums: Argnums,
    argnames: Argnames,
    granularity: str,
    target: str | None,
    strict: bool = False,
) -> Gradient[..., Any]:
    """The Gradient of ``f``: the one made before for the same object and options, or a new one."""
    if not callable(f):
        raise ArgumentError(
            f"{mode} needs a function, not {f!r}\n    hint: write @{mode}(argnums={f!r})"
        )
    # the type of argnums too: True is not 1
    key = (
        id(f),
        getattr(f, "__code__", None),
        mode,
        repr(argnums),
        repr(argnames),
        granularity,
        strict,
        target,
    )
    known = _recent.get(key)
    if known is not None:
        return known
    made = _made(f, mode, argnums, argnames, _options(mode, granularity, target, strict))
    with LOCK:
        # the gradient keeps f alive, so that its id stays its own
        _recent[key] = made
    return made


def _options(mode: str, granularity: str, target: str | None, strict: bool) -> Options:
    if target not in (None, "python"):
        raise ArgumentError(
            f"target={target!r} is not known\n    hint: the only target is 'python'"
        )
    try:
        return Options(mode, granularity, strict)
    except ValueError as err:
        raise ArgumentError(str(err)) from None


def _made(
    f: Callable[..., Any], mode: str, argnums: Argnums, argnames: Argnames, options: Options
) -> Gradient[..., Any]:
    if isinstance(f, Gradient):
        return _of_gradient(f, argnums, argnames, options)
    captured = capture(f)
    code = captured.func.__code__
    if (code, code.co_filename) not in _fenced:
        check(captured)
        _fenced.add((code, code.co_filename))

    def supply(trees: Trees) -> tuple[Captured, Linked | None]:
        return captured, None

    func: Any = captured.func
    name = "f" if captured.name == "<lambda>" else captured.name
    shape = _shape(name, captured.parameters, captured.fixed_args, captured.fixed_kwargs)
    plan = Plan(
        name,
        options,
        select(argnums, argnames, shape),
        shape,
        tuple(captured.parameters),
        code.co_posonlyargcount,
        func.__defaults__ or (),
        func.__kwdefaults__ or {},
        tuple(_declared(p, func) for p in captured.parameters),
        captured.fixed_args,
        captured.fixed_kwargs,
    )
    about = About(
        func.__module__,
        func.__qualname__,
        captured.file,
        captured.line,
        captured.doc,
        captured.hash,
    )
    return Gradient(plan, about, supply, f)  # type: ignore[no-any-return]


def _of_gradient(
    f: Gradient[..., Any], argnums: Argnums, argnames: Argnames, options: Options
) -> Gradient[..., Any]:
    """A transformation of a transformation: of the code generated for the signature at hand."""
    inner, about = f._plan, f._about
    parameters = list(inner.parameters)
    declared = list(inner.declared)
    if inner.options.mode == "hvp":
        if not inner.plain or not inner.selection.single:
            raise ArgumentError(
                f"{options.mode}: an hvp with defaults, keyword-only or several differentiated"
                " arguments cannot be differentiated again"
                "\n    hint: wrap the function in one of plain arguments"
            )
        taken = {p.name for p in parameters}
        parameters.append(Parameter("v" if "v" not in taken else "v_", "positional", False))
        declared.append(None)
    name = f"{inner.name}_{inner.options.mode}"
    shape = _shape(name, parameters, inner.fixed, inner.fixed_kwargs)
    plan = Plan(
        name,
        options,
        select(argnums, argnames, shape),
        shape,
        tuple(parameters),
        inner.positional_only,
        inner.defaults,
        inner.kwdefaults,
        tuple(declared),
        inner.fixed,
        inner.fixed_kwargs,
    )
    outer = About(about.module, f.__name__, about.file, about.line, about.doc, about.hash)
    return Gradient(plan, outer, f._dispatch.inner, f)  # type: ignore[no-any-return]


def _shape(
    name: str, parameters: Sequence[Parameter], fixed: tuple[Any, ...], fixed_kwargs: dict[str, Any]
) -> Shape:
    positional = 0
    for p in parameters:
        if p.kind != "positional" or p.name in fixed_kwargs:
            break
        positional += 1
    star = next((k for k, p in enumerate(parameters) if p.kind == "varargs"), None)
    return Shape(name, tuple(p.name for p in parameters), len(fixed), positional, star)


def _declared(p: Parameter, func: Callable[..., Any]) -> Tree | None:
    """The type that a parameter's annotation fixes; that of ``*args`` fixes no number."""
    if p.annotation is None or p.kind not in ("positional", "keyword"):
        return None
    tree = of_parameter(p.annotation, func)
    return None if isinstance(tree, Node) and not tree.children else tree
