"""Functions that make or wrap functions: ``functools``, ``operator``, and their objects.

A partial application, an item getter or a cached function is followed for what it does: nothing
of them is left in the graph."""

from __future__ import annotations

import ast
import functools
import operator
import types
from collections.abc import Callable, Iterable
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import heap, iterate, library, names, operators
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.capture import CACHED
from symdiff.frontend.comprehension import each
from symdiff.frontend.context import Lowering
from symdiff.frontend.displays import attribute_of, element
from symdiff.frontend.expressions import operate, relation, truth
from symdiff.frontend.reflection import class_of
from symdiff.frontend.values import Abstract, Const, Partial, Ref, Struct, is_function, pack

GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


def unfolded(lo: Lowering, f: Any, args: list[Abstract], node: ast.AST) -> Abstract | None:
    """What a callable object stands for: the function that a cache or a partial wraps, a getter
    with its keys, the implementation for the first argument's class, Python for what is in C."""
    if isinstance(f, CACHED):
        return Const(f.__wrapped__)
    written = library.spelled(f)
    if written is not None:
        return Const(written)
    if isinstance(f, functools.partial):
        fixed = iterate.static_items(lo, names.attribute(lo, Const(f), "args", node), node)
        return Partial(Const(f.func), tuple(fixed), _keywords(lo, f, node))
    if isinstance(f, GETTERS):
        kind, keys, named = _reduced(f)
        return Partial(
            Const(GETS[kind]),
            tuple(iterate.constant(lo, k) for k in keys),
            tuple((k, iterate.constant(lo, v)) for k, v in named),
        )
    if isinstance(f, types.FunctionType) and hasattr(f, "dispatch") and hasattr(f, "registry"):
        found = class_of(args[0]) if args else None
        return None if found is None else Const(f.dispatch(found))
    return None


def _reduced(f: Any) -> tuple[Any, tuple[Any, ...], Iterable[tuple[str, Any]]]:
    """The class, keys and keywords of a getter, by the pickle protocol."""
    kind, keys = f.__reduce__()
    if isinstance(kind, functools.partial):  # a methodcaller with keywords
        return kind.func, (*kind.args, *keys), kind.keywords.items()
    return kind, keys, ()


def _keywords(
    lo: Lowering, f: functools.partial[Any], node: ast.AST
) -> tuple[tuple[str, Abstract], ...]:
    if not f.keywords:
        return ()
    found = names.attribute(lo, Const(f), "keywords", node)
    if isinstance(found, Struct):
        return tuple(zip(found.keys, found.items, strict=True))
    return tuple((k, names.constant_of(lo, v, node)) for k, v in f.keywords.items())


# -- functools -------------------------------------------------------------------------------------


@builtin(functools.partial)
def partial(lo: Lowering, call: Call) -> Abstract:
    if not call.args or not is_function(call.args[0]):
        lo.fail(
            TypeMismatch,
            call.node,
            "functools.partial() needs a function first",
            "",
            "pass the function, then what is fixed of its arguments",
        )
    return Partial(call.args[0], tuple(call.args[1:]), tuple(call.kwargs.items()))


@builtin(functools.cache, functools.lru_cache)
def cached(lo: Lowering, call: Call) -> Abstract:
    """A cache changes no value: the function itself."""
    if call.args and is_function(call.args[0]):
        return call.args[0]
    return Const(functools.cache)


@builtin(functools.wraps)
def wraps(lo: Lowering, call: Call) -> Abstract:
    """``wraps(f)`` copies names and text, and returns the wrapper it is given."""
    return Const(functools.update_wrapper)


@builtin(functools.update_wrapper)
def wrapper(lo: Lowering, call: Call) -> Abstract:
    return call.args[0]


@builtin(functools.reduce)
def reduced(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 3)
    func, x = call.args[:2]

    def step(a: Abstract, item: Abstract) -> Abstract:
        return lo.call(func, [a, item], call.node)

    if len(call.args) == 3:
        return each(lo, x, call.node, call.args[2], step)
    message = "reduce() of empty iterable with no initial value"
    first, rest = iterate.split(lo, x, call.node, message)
    return each(lo, rest, call.node, first, step)


# -- operator --------------------------------------------------------------------------------------

ARITHMETIC: dict[Any, ast.operator] = {
    operator.add: ast.Add(),
    operator.sub: ast.Sub(),
    operator.mul: ast.Mult(),
    operator.truediv: ast.Div(),
    operator.floordiv: ast.FloorDiv(),
    operator.mod: ast.Mod(),
    operator.pow: ast.Pow(),
    operator.concat: ast.Add(),
}
RELATIONS: dict[Any, ast.cmpop] = {
    operator.lt: ast.Lt(),
    operator.le: ast.LtE(),
    operator.gt: ast.Gt(),
    operator.ge: ast.GtE(),
    operator.eq: ast.Eq(),
    operator.ne: ast.NotEq(),
    operator.is_: ast.Is(),
    operator.is_not: ast.IsNot(),
}


def _arithmetic(op: ast.operator) -> Callable[[Lowering, Call], Abstract]:
    def lower(lo: Lowering, call: Call) -> Abstract:
        call.only(lo, 2, 2)
        return operate(lo, op, call.args[0], call.args[1], call.node)

    return lower


def _relation(op: ast.cmpop) -> Callable[[Lowering, Call], Abstract]:
    def lower(lo: Lowering, call: Call) -> Abstract:
        call.only(lo, 2, 2)
        return relation(lo, op, call.args[0], call.args[1], call.node)

    return lower


for _function, _op in ARITHMETIC.items():
    builtin(_function)(_arithmetic(_op))
for _function, _cmp in RELATIONS.items():
    builtin(_function)(_relation(_cmp))


@builtin(operator.contains)
def contains(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return relation(lo, ast.In(), call.args[1], call.args[0], call.node)


@builtin(operator.not_, operator.truth)
def truth_of(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    found = truth(lo, call.args[0], call.node)
    return lo.builder.op("not", found) if call.name == "not_" else found


@builtin(operator.index)
def whole(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return heap.as_index(lo, operators.number(lo, call.args[0]), call.node)


@builtin(operator.call)
def called(lo: Lowering, call: Call) -> Abstract:
    return lo.call(call.args[0], call.args[1:], call.node, **call.kwargs)


@builtin(operator.getitem)
def get_item(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return element(lo, call.args[0], call.args[1], call.node, call.node)


@builtin(operator.setitem)
def set_item(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 3, 3)
    xs, index, x = call.args
    if not isinstance(xs, Ref):
        lo.fail(TypeMismatch, call.node, "operator.setitem() needs a list", "", "write xs[i] = v")
    heap.set_item(lo, xs, heap.as_index(lo, index, call.node), x, call.node)
    return Const(None)


def _maker(kind: Any) -> Callable[[Lowering, Call], Abstract]:
    """``itemgetter(1)``: the getter's own handler with its keys fixed."""

    def make(lo: Lowering, call: Call) -> Abstract:
        return Partial(Const(GETS[kind]), tuple(call.args), tuple(call.kwargs.items()))

    return make


def items_of(*keys: Any) -> None:
    """What an ``itemgetter`` does when it is called; known by identity, never run."""


def attributes_of(*names: Any) -> None:
    """What an ``attrgetter`` does."""


def method_of(*names: Any) -> None:
    """What a ``methodcaller`` does."""


GETS: dict[Any, Any] = dict(zip(GETTERS, (items_of, attributes_of, method_of), strict=True))
for _kind in GETTERS:
    builtin(_kind)(_maker(_kind))


@builtin(items_of)
def _items(lo: Lowering, call: Call) -> Abstract:
    *keys, owner = call.args
    found = [element(lo, owner, k, call.node, call.node) for k in keys]
    return found[0] if len(found) == 1 else pack(found)


@builtin(attributes_of)
def _attributes(lo: Lowering, call: Call) -> Abstract:
    *paths, owner = call.args
    found: list[Abstract] = []
    for path in paths:
        x = owner
        for part in _text(lo, path, call).split("."):
            x = attribute_of(lo, x, part, call.node)
        found.append(x)
    return found[0] if len(found) == 1 else pack(found)


@builtin(method_of)
def _method(lo: Lowering, call: Call) -> Abstract:
    name, *args, owner = call.args
    method = attribute_of(lo, owner, _text(lo, name, call), call.node)
    return lo.call(method, args, call.node, **call.kwargs)


def _text(lo: Lowering, x: Abstract, call: Call) -> str:
    if isinstance(x, Const) and isinstance(x.value, str):
        return x.value
    lo.fail(
        TypeMismatch,
        call.node,
        "the name of the attribute is not known",
        "",
        "write it as a literal",
    )
