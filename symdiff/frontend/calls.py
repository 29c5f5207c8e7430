"""Calls: builtins, rows of the table, list methods, and helper functions, which are inlined."""

from __future__ import annotations

import ast
import copy
import enum
import functools
import math
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from symdiff.errors import (
    CaptureError,
    SourceError,
    TypeMismatch,
    UnsupportedCall,
    UnsupportedSyntax,
)
from symdiff.frontend import (
    array_calls,
    attempts,
    classes,
    container_methods,
    derivatives,
    frames,
    functions,
    generated,
    generators,
    iterate,
    library,
    names,
    namespaces,
    objects,
    operators,
    recursion,
    reflection,
    sets,
)
from symdiff.frontend.assign import joined
from symdiff.frontend.branches import branch
from symdiff.frontend.builtin_calls import BUILTINS, Call, Handler, call_row, row_of
from symdiff.frontend.capture import capture
from symdiff.frontend.context import (
    APPLY,
    RETURN,
    Lowering,
    NoValue,
    Recursive,
    Scope,
    Stopped,
    expression,
)
from symdiff.frontend.desugar import prepared
from symdiff.frontend.displays import elements, static_key
from symdiff.frontend.optional import present
from symdiff.frontend.spreads import spread_out
from symdiff.frontend.statements import detached
from symdiff.frontend.subset import check
from symdiff.frontend.suite import suite
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    BoundMethod,
    Choice,
    Clash,
    Closure,
    Const,
    Maybe,
    Method,
    Obj,
    Optional,
    Partial,
    Pullback,
    Ref,
    Spread,
    Struct,
    Transform,
    describe,
    pack,
)
from symdiff.ir.core import Value

UNORDERED = (sum, max, min, any, all, len, sorted, math.prod, math.fsum)  # of a set
TAKE_NONE = {BUILTINS[f] for f in (isinstance, callable, functools.partial, copy.deepcopy)}
NUMERIC = {BUILTINS[f] for f in (float, round, max, pow, divmod)}  # members of an IntEnum count
NESTED = 8  # calls of one lambda inside each other, each made by a factory
_UNBOUND = (types.MethodDescriptorType, types.WrapperDescriptorType)  # str.lower, float.__add__
UNROLLED = 30  # calls of a function inside each other, each with another structure


@expression(ast.Call)
def call(lo: Lowering, node: ast.Call) -> Abstract:
    target = lo.expr(node.func)
    args = elements(lo, node.args, spread=True)
    kwargs: dict[str, Abstract] = {}
    for k in node.keywords:
        x = lo.expr(k.value)
        if k.arg is not None:
            kwargs[k.arg] = x
            continue
        x = objects.structure(lo, x, k.value)
        if not isinstance(x, Struct) or x.kind != "dict":
            lo.fail(
                UnsupportedSyntax,
                node,
                "** of something that is not a known dict",
                "",
                "pass the keyword arguments by name",
            )
        kwargs.update(zip(map(str, x.keys), x.items, strict=True))
    return apply(lo, target, args, kwargs, node)


def apply(
    lo: Lowering,
    target: Abstract,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """Call an abstract value."""
    if isinstance(target, Closure):
        return _closure(lo, target, args, kwargs, node)
    if isinstance(target, BoundMethod):
        return container_methods.called(lo, target, Call(args, kwargs, node, target.name))
    if isinstance(target, Method):
        return _bound(lo, target, args, kwargs, node)
    own = classes.function(target, "__call__")
    if own is not None:
        return _bound(lo, Method(target, own), args, kwargs, node)
    if isinstance(target, Transform):
        return derivatives.called(lo, target, args, kwargs, node, apply)
    if isinstance(target, Pullback):
        return derivatives.pulled(lo, target, args, node)
    if isinstance(target, Partial):
        fixed = {**dict(target.kwargs), **kwargs}
        return apply(lo, target.func, [*target.args, *args], fixed, node)
    if isinstance(target, Choice):
        return _chosen(lo, target, args, kwargs, node)
    if isinstance(target, Optional):
        target = present(lo, target, "'NoneType' object is not callable")
        return apply(lo, target, args, kwargs, node)
    if not isinstance(target, Const):
        lo.fail(
            TypeMismatch,
            node,
            f"a {describe(target)} is called",
            "",
            "only functions and classes are called; a product needs its *",
        )
    if isinstance(target.value, types.FunctionType) and target.value in lo.stand_ins:
        return _closure(lo, lo.stand_ins[target.value], args, kwargs, node)
    return _known(lo, target.value, args, kwargs, node)


def _known(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """Call a Python object: by its rule, or by what its source says."""
    args = _present(lo, f, args, node)
    f = namespaces.stand_in(f) or f
    of_arrays = _of_arrays(lo, f, args, kwargs, node)
    if of_arrays is not None:
        return of_arrays
    own = derivatives.known(lo, f, args, kwargs, node, apply)
    if own is None:
        own = reflection.by_protocol(lo, f, args, node)
    if own is not None:
        return own
    handler = _handler(f)
    row = None if handler is not None else row_of(f)
    if handler is not None and f in UNORDERED:
        args = [sets.in_any_order(lo, x, node) for x in args]
    if handler is not None or row is not None:
        args = [iterate.taken(x) for x in args]
        numbers = [operators.number(lo, x) for x in args] if handler in NUMERIC or row else args
        made = Call(numbers, kwargs, node, getattr(f, "__name__", str(f)))
        return handler(lo, made) if handler is not None else call_row(lo, str(row), made)
    known = functions.unfolded(lo, f, args, node)
    if known is not None:
        return apply(lo, known, args, kwargs, node)
    if isinstance(f, types.FunctionType):
        return _function(lo, f, args, kwargs, node)
    if isinstance(f, types.MethodType) and not _draws(f.__self__):
        return apply(lo, Const(f.__func__), [Const(f.__self__), *args], kwargs, node)
    if isinstance(f, type):
        return _class(lo, f, args, kwargs, node)
    if isinstance(f, _UNBOUND) and args and reflection.class_of(args[0]) is f.__objclass__:
        return apply(lo, BoundMethod(args[0], f.__name__), args[1:], kwargs, node)
    lo.fail(
        UnsupportedCall,
        node,
        f"{_shown(f, node)}() is not supported",
        "it has no rule and no Python source",
        "write the formula out, or keep the call outside the differentiated function",
    )


def _present(lo: Lowering, f: Any, args: list[Abstract], node: ast.AST) -> list[Abstract]:
    """The arguments, of which what is built in takes None for no number."""
    handler = _handler(f)
    if handler in TAKE_NONE or (handler is None and isinstance(f, (types.FunctionType, type))):
        return args
    return [
        present(lo, x, f"{_shown(f, node)}() of None") if isinstance(x, Optional) else x
        for x in args
    ]


def _of_arrays(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract | None:
    """Call what works on arrays; None where that is not it."""
    told = namespaces.answer(lo, f, args, kwargs)
    if told is not None:
        return told
    if array_calls.is_numpy(f) and not _of_scipy(lo, f):
        return _numpy(lo, f, args, kwargs, node)
    return array_calls.python_builtin(lo, f, args, kwargs, node)


def _numpy(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """Call a function of NumPy's or SciPy's: by its rule; without one by its source, if all that it
    calls in turn has rules."""
    source = getattr(f, "__wrapped__", f)
    if array_calls.entry_of(f) is not None or not isinstance(source, types.FunctionType):
        return array_calls.call(lo, f, args, kwargs, node)
    try:
        with attempts.undone(lo, SourceError):
            return array_calls.call(lo, f, args, kwargs, node)
    except UnsupportedCall as refused:
        try:
            with attempts.undone(lo, SourceError):
                return _function(lo, source, args, kwargs, node)
        except SourceError:
            raise refused from None


def _of_scipy(lo: Lowering, f: Any) -> bool:
    """Whether a function of SciPy's without a row is called by another one of SciPy's: it is
    followed as any is."""
    if not isinstance(f, types.FunctionType) or array_calls.entry_of(f) is not None:
        return False
    modules = (f.__module__ or "", str(lo.scope.globals.get("__name__", "")))
    return all(m.partition(".")[0] == "scipy" for m in modules)


def _draws(owner: Any) -> bool:
    """Whether an object is one of ``random``'s generators, which only who uses them has loaded."""
    random = sys.modules.get("random")
    return random is not None and isinstance(owner, random.Random)


def _shown(f: Any, node: ast.AST) -> str:
    """A callable as the call writes it."""
    if isinstance(node, ast.Call) and not isinstance(node.func, (ast.Lambda, ast.Call)):
        return ast.unparse(node.func)
    return str(getattr(f, "__qualname__", f))


def _chosen(
    lo: Lowering,
    f: Choice,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """A call of one of two functions: an ``if`` with a call on each side."""

    def side(target: Abstract) -> Callable[[], Abstract]:
        return lambda: apply(lo, target, args, kwargs, node)

    cond = f.cond
    assert isinstance(cond, Value)
    if cond.is_const():
        return side(f.yes if cond.constant else f.no)()
    return branch(lo, cond, side(f.yes), side(f.no), node)


def _handler(f: Any) -> Handler | None:
    return BUILTINS.get(f) if _hashable(f) else None


def _hashable(f: Any) -> bool:
    return getattr(type(f), "__hash__", None) is not None


# -- inlining --------------------------------------------------------------------------------------


def _function(
    lo: Lowering,
    f: types.FunctionType,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    base = generated.dataclass_of(classes.class_of(args[0]), f) if args else None
    if base is not None:
        return _generated(lo, base, f, args, kwargs, node)
    tree, scope, defaults = text_and_scope(lo, Const(f), node)
    return inline(lo, tree, scope, defaults, args, kwargs, node)


def text_and_scope(
    lo: Lowering, target: Closure | Const, node: ast.AST
) -> tuple[ast.FunctionDef | ast.Lambda, Scope, dict[str, Abstract]]:
    """The text of a function, a new scope for a call of it, and its defaults."""
    if isinstance(target, Closure):
        home = target.scope
        scope = Scope(target.name, home.file, home.globals, home.cells, home)
        return target.node, scope, target.defaults
    f: types.FunctionType = target.value
    try:
        found = capture(f)
    except CaptureError as err:
        lo.fail(
            UnsupportedCall,
            node,
            f"{f.__name__}() cannot be followed",
            str(err).partition("\n")[0],
            err.hint,
        )
    check(found, called=True)
    defaults = {k: names.constant_of(lo, v, node) for k, v in found.defaults.items()}
    scope = Scope(found.name, found.file, found.globals, found.cells, private=_private(f))
    if library.belongs(f):
        scope.stands_for = lo.origin(node)
    return found.tree, scope, defaults


def _private(f: types.FunctionType) -> str:
    """The class that a function is written in."""
    owner = f.__qualname__.rpartition(".")[0].rpartition(".")[2]
    return "" if owner == "<locals>" else owner


def _generated(
    lo: Lowering,
    base: type,
    f: types.FunctionType,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """A function that ``dataclass`` wrote."""
    if f.__name__ == "__init__" and isinstance(args[0], Obj):
        return generated.initialise(lo, base, args[0], args[1:], kwargs, node)
    if f.__name__ in ("__eq__", *generated.ORDER) and len(args) == 2:
        return operators.fields_in_order(lo, base, f.__name__, args[0], args[1], node)
    lo.fail(
        UnsupportedCall,
        node,
        f"{f.__name__}() of a dataclass is not supported",
        "it has no rule",
        "use its fields",
    )


def _closure(
    lo: Lowering, f: Closure, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    tree, scope, defaults = text_and_scope(lo, f, node)
    return inline(lo, tree, scope, defaults, args, kwargs, node)


def inline(
    lo: Lowering,
    tree: ast.FunctionDef | ast.Lambda,
    scope: Scope,
    defaults: dict[str, Abstract],
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """The body of a function in place of a call."""
    bound = bind_arguments(lo, tree.args, scope.name, defaults, args, kwargs, node)
    code = code_of(scope, tree)
    if code in lo.recursive:
        return recursion.call(lo, scope, tree, bound, node, text_of(tree))
    # one lambda may be made twice, by two calls of a factory; a method is that of one instance
    key = (id(tree), id(scope.parent) if scope.parent is not None else _instance(scope, args))
    _guard(lo, key, code, scope, bound, node)
    body, live = prepared(tree)
    live.into(scope)
    first = [x.arg for x in (*tree.args.posonlyargs, *tree.args.args)]
    scope.first = first[0] if first else ""
    with entered(lo, scope, bound, key):
        names.share(lo)
        if isinstance(tree, ast.Lambda):
            result = lo.expr(tree.body)
        elif live.generator:
            result = generators.collected(lo, tree, live.liveness.always, node)
        else:
            suite(lo, body, frozenset(live.liveness.always))
            result = outcome(lo, node)
    if lo.state.dead and lo.unknown:
        raise NoValue
    lo.state.returned = False
    if lo.state.dead and lo.builder.block is lo.simple:
        raise Stopped
    return result


@contextmanager
def entered(
    lo: Lowering, scope: Scope, bound: dict[str, Abstract], key: tuple[int, int]
) -> Iterator[None]:
    """Work in the scope of a function that is called; it keeps its names behind that."""
    caller = lo.scope
    caller.vars = lo.state.vars
    lo.suspended.append(caller)
    lo.active.append((key, dict(bound)))
    scope.level = len(lo.making)
    lo.scope, lo.state.vars = scope, bound
    try:
        yield
    finally:
        scope.vars = lo.state.vars
        lo.active.pop()
        lo.suspended.pop()
        lo.scope, lo.state.vars = caller, caller.vars


def _instance(scope: Scope, args: list[Abstract]) -> int:
    """What tells one instance's method from another's, and a function that was made by one call of
    a factory (a decorator) from what another call made."""
    if scope.cells:
        return hash(tuple(map(id, scope.cells.values())))
    if not args or classes.class_of(args[0]) is None:
        return id(None)
    return id(args[0].cell) if isinstance(args[0], Obj) else id(args[0])


def code_of(scope: Scope, tree: ast.FunctionDef | ast.Lambda) -> tuple[str, int, int]:
    """Which function it is, also when the lowering begins again."""
    return scope.file, tree.lineno, tree.col_offset


def _guard(
    lo: Lowering,
    key: tuple[int, int],
    code: tuple[str, int, int],
    scope: Scope,
    bound: dict[str, Abstract],
    node: ast.AST,
) -> None:
    """A function inside itself: with arguments of another structure it is inlined once more (a
    recursion over a tuple ends), with the same it is a recursion."""
    same = [(k, given) for k, given in lo.active if k[0] == key[0]]
    if not same:
        return
    wanted = [frames.shape(lo, x) for x in bound.values()]
    alike = [k for k, g in same if wanted == [frames.shape(lo, x) for x in g.values()]]
    if key in alike or len(alike) >= NESTED:
        raise Recursive(code)
    if len(same) >= (NESTED if all(k != key for k, _ in same) else UNROLLED):
        lo.fail(
            UnsupportedCall,
            node,
            f"'{scope.name}' calls itself with ever new structures",
            "each call is inlined, and there is no end of them",
            "let the arguments have the same form in each call",
        )


def text_of(tree: ast.FunctionDef | ast.Lambda) -> recursion.Body:
    """The lowering of a function's text, for a callee."""

    def run(lo: Lowering, bound: dict[str, Abstract]) -> Abstract:
        body, live = prepared(tree)
        live.into(lo.scope)
        names.share(lo)
        lo.active.append(((id(tree), id(lo.scope.parent)), dict(bound)))
        if isinstance(tree, ast.Lambda):
            return detached(lo, lo.expr(tree.body), tree.body)
        suite(lo, body, frozenset(live.liveness.always))
        return settled(lo, tree)

    return run


def outcome(lo: Lowering, node: ast.AST) -> Abstract:
    """What the current function returns."""
    state = lo.state
    if state.dead:
        return NONE_CONST
    found = state.vars.get(RETURN)
    if state.returned is False or found is None:
        return NONE_CONST
    if isinstance(found, Maybe):
        found = _valued(lo, found)
    found = names.usable(lo, "the result", found, node)
    if state.returned is True or found == NONE_CONST:
        return found
    why = f"'{lo.scope.name}' ends without a return here: None has no derivative"
    return Optional(found, state.returned, why)


def settled(lo: Lowering, node: ast.AST) -> Abstract:
    """The same for a function whose caller is not lowered with it, so that None is no result."""
    return present(lo, outcome(lo, node))


def _valued(lo: Lowering, found: Maybe) -> Abstract:
    """The result where there is one on every path that does not raise; raise on the others."""
    what = "None or fewer values" if isinstance(found.value, Struct) else "None"
    if lo.awaited("TypeError"):
        return Clash(f"the result is {what} on one path")
    text = f"'{lo.scope.name}' returns {what} here, which has no derivative"
    return objects.certain(lo, found, f"TypeError({text!r})")


def bind_arguments(
    lo: Lowering,
    a: ast.arguments,
    name: str,
    defaults: dict[str, Abstract],
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> dict[str, Abstract]:
    """Arguments to parameters, by Python's rules."""
    ordinary = [x.arg for x in (*a.posonlyargs, *a.args)]
    spread = args[-1].items if args and isinstance(args[-1], Spread) else None
    if spread is not None and (a.vararg is None or len(args) - 1 < len(ordinary)):
        open_ended = a.vararg is not None
        args = spread_out(lo, args, ordinary, kwargs, defaults, name, node, open_ended)
        spread = None
    bound: dict[str, Abstract] = dict(zip(ordinary, args, strict=False))
    if a.vararg is not None:
        bound[a.vararg.arg] = _collected(lo, args[len(ordinary) :], spread, node)
    elif len(args) > len(ordinary):
        lo.fail(
            TypeMismatch,
            node,
            f"{name}() takes {len(ordinary)} positional arguments but {len(args)} were given",
            "",
            "pass as many as the function takes",
        )
    only = [x.arg for x in a.kwonlyargs]
    extra: dict[str, Abstract] = {}
    keywordable = {*only, *(x.arg for x in a.args)}
    for key, x in kwargs.items():
        if key in keywordable and key not in bound:
            bound[key] = x
        elif a.kwarg is not None and key not in keywordable:
            extra[key] = x
        else:
            lo.fail(
                TypeMismatch,
                node,
                f"{name}() got an unexpected or repeated argument '{key}'",
                "",
                "pass each parameter once, by its name",
            )
    if a.kwarg is not None:
        given = Struct("dict", tuple(extra), tuple(extra.values()))
        bound[a.kwarg.arg] = lo.new_object(given, a.kwarg.arg)
    for key in (*ordinary, *only):
        if key not in bound:
            if key not in defaults:
                lo.fail(
                    TypeMismatch,
                    node,
                    f"{name}() is called without '{key}'",
                    "",
                    "pass it, or give the parameter a default",
                )
            bound[key] = defaults[key]
    return bound


def _collected(
    lo: Lowering, rest: list[Abstract], spread: Ref | None, node: ast.AST
) -> Abstract:
    """What a ``*args`` parameter holds: a tuple, or a list that nothing may write to."""
    if spread is None:
        return pack(rest)
    made = joined(lo, [*([pack(rest[:-1])] if rest[1:] else []), spread], node)
    lo.state.heap.frozen[made.cell] = "it holds the arguments of a call, which are a tuple"
    return made


def _named_tuple(
    lo: Lowering, cls: type, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """A named tuple, or a subclass of one with methods of its own."""
    fields: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]
    defaults: dict[str, Any] = cls._field_defaults  # type: ignore[attr-defined]
    new = getattr(cls.__new__, "__code__", None)  # written by namedtuple(), unless overridden
    if new is None or "<string" not in new.co_filename:
        lo.fail(
            UnsupportedCall,
            node,
            f"{cls.__name__} computes in its __new__",
            "it is not a plain named tuple",
            "compute in a function that makes one",
        )
    args = spread_out(lo, args, fields, kwargs, defaults, cls.__name__, node)
    values: dict[str, Abstract] = {**dict(zip(fields, args, strict=False)), **kwargs}
    for name in fields:
        if name not in values:
            if name not in defaults:
                lo.fail(
                    TypeMismatch,
                    node,
                    f"{cls.__name__}() is called without '{name}'",
                    "",
                    "pass it, or give the field a default",
                )
            values[name] = names.constant_of(lo, defaults[name], node)
    if len(values) != len(fields) or len(args) > len(fields):
        lo.fail(
            TypeMismatch,
            node,
            f"{cls.__name__}() takes {len(fields)} arguments",
            "",
            "pass one value per field",
        )
    return Struct("namedtuple", fields, tuple(values[n] for n in fields), cls)


def _class(
    lo: Lowering, cls: type, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """A class that is called."""
    if isinstance(cls, enum.EnumMeta):
        if len(args) == 1 and not kwargs:
            value = static_key(lo, args[0], node)
            try:
                return Const(cls(value))
            except ValueError:
                pass
        lo.fail(
            TypeMismatch,
            node,
            f"{cls.__name__}() of this is no member",
            "",
            "pass the value of a member",
        )
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _named_tuple(lo, cls, args, kwargs, node)
    return classes.construct(lo, cls, args, kwargs, node)


# -- methods ---------------------------------------------------------------------------------------


def _bound(
    lo: Lowering, m: Method, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """A function of the user's with its first argument."""
    cls = m.owner.value if isinstance(m.owner, Const) else None
    if isinstance(cls, type) and hasattr(cls, "_fields") and m.func.__name__ == "_make":
        return _named_tuple(lo, cls, iterate.static_items(lo, args[0], node), kwargs, node)
    return apply(lo, Const(m.func), [m.owner, *args], kwargs, node)


APPLY.append(apply)
