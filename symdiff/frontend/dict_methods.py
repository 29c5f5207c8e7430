"""Dicts with known keys: their methods, their operators, and what makes them."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import iterate, objects
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering
from symdiff.frontend.dict_contents import like, made_of, pairs
from symdiff.frontend.displays import no_item, present_or, static_key
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Maybe,
    Obj,
    Struct,
    View,
    pack,
)
from symdiff.ir.core import Value

Method = Callable[[Lowering, Obj, Call], Abstract]
METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    def register(handler: Method) -> Method:
        for name in names:
            METHODS[name] = handler
        return handler

    return register


@method("keys", "values", "items")
def view(lo: Lowering, d: Obj, call: Call) -> Abstract:
    """A view, which shows what the dict holds when it is looked at."""
    call.only(lo, 0, 0)
    return View(d, call.name)


@method("get")
def get(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    default = call.args[1] if len(call.args) > 1 else NONE_CONST
    item = objects.contents(lo, d).get(static_key(lo, call.args[0], call.node))
    if isinstance(item, Maybe):
        return present_or(lo, item, default, call.node)
    return default if item is None else objects.usable(lo, item, call.node)


@method("setdefault")
def set_default(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    key = static_key(lo, call.args[0], call.node)
    found = get(lo, d, call)
    objects.store(lo, d, key, found, call.node)
    return found


@method("pop")
def pop(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    key = static_key(lo, call.args[0], call.node)
    if len(call.args) > 1:
        found = get(lo, d, call)
        objects.replace(lo, d, objects.contents(lo, d).without(key), call.node)
        return found
    item = objects.load(lo, d, key, call.node)
    if item is None:
        no_item(lo, d, key, call.node)
    objects.delete(lo, d, key, call.node)
    return item


@method("popitem")
def pop_item(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 0, 1, "last")
    held = objects.known(lo, d, call.node)
    if not held.keys:
        lo.fail(TypeMismatch, call.node, "popitem() of an empty dict", "", "test its length first")
    first = _flag(call) is False
    key, item = (held.keys[0], held.items[0]) if first else (held.keys[-1], held.items[-1])
    objects.replace(lo, d, held.without(key), call.node)
    return pack([iterate.constant(lo, key), item])


@method("move_to_end")
def move_to_end(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 1, 2, "last")
    last = _flag(Call(call.args[1:], call.kwargs, call.node, call.name)) is not False
    key = static_key(lo, call.args[0], call.node)
    held = objects.known(lo, d, call.node)
    item = held.get(key)
    if item is None:
        no_item(lo, d, key, call.node)
    rest = held.without(key)
    made = Struct(held.kind, (key, *rest.keys), (item, *rest.items), held.cls)
    objects.replace(lo, d, rest.put(key, item) if last else made, call.node)
    return NONE_CONST


@method("update")
def update(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 0, 1, *call.kwargs)
    for key, item in [*(pairs(lo, call.args[0], call.node) if call.args else []), *_words(call)]:
        objects.store(lo, d, key, item, call.node)
    return NONE_CONST


@method("clear")
def clear(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    held = objects.contents(lo, d)
    objects.replace(lo, d, Struct(held.kind, (), (), held.cls), call.node)
    return NONE_CONST


@method("copy")
def copy(lo: Lowering, d: Obj, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    return like(lo, d, objects.contents(lo, d))


def _flag(call: Call) -> bool | None:
    """``last=`` where it is given, as a literal."""
    given = call.args[0] if call.args else call.kwargs.get("last")
    return bool(given.constant) if isinstance(given, Value) and given.is_const() else None


def _words(call: Call) -> list[tuple[Any, Abstract]]:
    return list(call.kwargs.items())


@builtin(dict, collections.OrderedDict)
def made(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 0, 1, *call.kwargs)
    given = pairs(lo, call.args[0], call.node) if call.args else []
    return lo.new_object(made_of([*given, *_words(call)]))


@builtin(collections.defaultdict)
def with_default(lo: Lowering, call: Call) -> Abstract:
    """A dict that makes a missing item when it is read."""
    factory, *rest = call.args or [NONE_CONST]
    inner = Call(rest, call.kwargs, call.node, "dict")
    found = made(lo, inner)
    assert isinstance(found, Obj)
    return found if factory == NONE_CONST else Obj(found.cell, found.kind, found.cls, factory)


@builtin(collections.Counter)
def counted(lo: Lowering, call: Call) -> Abstract:
    """How often each known element occurs; a missing one counts as zero."""
    call.only(lo, 0, 1, *call.kwargs)
    held = Struct("dict", (), ())
    x = objects.structure(lo, call.args[0], call.node) if call.args else pack([])
    if isinstance(x, Struct) and x.kind == "dict":
        held = x
    elif not iterate.is_known(lo, x, call.node):
        lo.fail(
            UnsupportedCall,
            call.node,
            "Counter() of data is not supported",
            "its keys would be values, which are not known",
            "count with sum(x == v for x in xs), or use a list indexed by an int",
        )
    else:
        for item in iterate.static_items(lo, x, call.node):
            key = static_key(lo, item, call.node)
            known = held.get(key)
            one = lo.builder.const(1)
            held = held.put(key, one if known is None else lo.builder.op("add", known, one))  # type: ignore[arg-type]
    for key, item in _words(call):
        held = held.put(key, item)
    obj = lo.new_object(held)
    return Obj(obj.cell, obj.kind, obj.cls, lo.builder.const(0))


@builtin(dict.fromkeys)
def from_keys(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    value = call.args[1] if len(call.args) > 1 else NONE_CONST
    keys = iterate.static_items(lo, call.args[0], call.node)
    return lo.new_object(made_of([(static_key(lo, k, call.node), value) for k in keys]))
