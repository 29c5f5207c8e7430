"""Dicts with known keys: their methods, their operators, and what makes them."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

from symdiff.errors import TypeMismatch
from symdiff.frontend import iterate, objects
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering
from symdiff.frontend.dict_contents import made_of, pairs
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
    return objects.like(lo, d, objects.contents(lo, d))


def _flag(call: Call) -> bool | None:
    """``last=`` where it is given, as a literal."""
    given = call.args[0] if call.args else call.kwargs.get("last")
    return bool(given.constant) if isinstance(given, Value) and given.is_const() else None


def _words(call: Call) -> list[tuple[Any, Abstract]]:
    return list(call.kwargs.items())


def _made(lo: Lowering, call: Call) -> Obj:
    call.only(lo, 0, 1, *call.kwargs)
    given = pairs(lo, call.args[0], call.node) if call.args else []
    return lo.new_object(made_of([*given, *_words(call)]))


@builtin(dict)
def plain(lo: Lowering, call: Call) -> Abstract:
    return _made(lo, call)


@builtin(collections.OrderedDict)
def ordered(lo: Lowering, call: Call) -> Abstract:
    """A dict that is equal to another one of its kind only in the same order."""
    found = _made(lo, call)
    found.cell.cls = collections.OrderedDict
    return found


@builtin(collections.defaultdict)
def with_default(lo: Lowering, call: Call) -> Abstract:
    """A dict that makes a missing item when it is read."""
    factory, *rest = call.args or [NONE_CONST]
    inner = Call(rest, call.kwargs, call.node, "dict")
    found = _made(lo, inner)
    found.cell.cls = collections.defaultdict
    return found if factory == NONE_CONST else Obj(found.cell, found.kind, found.cls, factory)


@builtin(dict.fromkeys)
def from_keys(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    value = call.args[1] if len(call.args) > 1 else NONE_CONST
    keys = iterate.static_items(lo, call.args[0], call.node)
    return lo.new_object(made_of([(static_key(lo, k, call.node), value) for k in keys]))
