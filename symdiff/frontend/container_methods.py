"""Methods of what Python has built in: which module lowers a method, by the kind of its owner."""

from __future__ import annotations

import ast
import collections
import importlib
import operator

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import (
    array_calls,
    arrays,
    complexes,
    counters,
    dict_methods,
    heap,
    iterate,
    list_methods,
    mixed_lists,
    set_methods,
    text,
)
from symdiff.frontend.array_calls import DRAWS
from symdiff.frontend.builtin_calls import BUILTINS, Call, builtin
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import relation
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    BoundMethod,
    Const,
    Obj,
    Ref,
    Struct,
    describe,
    is_complex,
)
from symdiff.ir.core import Value
from symdiff.ir.types import GENERATOR

# methods that operators and builtins stand for, beside those that ``operator`` has by their names
_SPECIAL = {"__len__": len, "__float__": float, "__int__": int, "__bool__": bool, "__iter__": iter}


def called(lo: Lowering, m: BoundMethod, call: Call) -> Abstract:
    """A method of a list, a dict, a set, a tuple, an array or a number."""
    if is_complex(m.owner):
        return complexes.method(lo, m.owner, m.name, call.args, call.kwargs, call.node)
    if arrays.is_array(m.owner):
        return array_calls.method(lo, m.owner, m.name, call.args, call.kwargs, call.node)
    found = _found(lo, m.owner, m.name, call)
    if found is not None:
        return found
    lo.fail(
        UnsupportedCall,
        call.node,
        f"the method .{m.name}() of a {describe(m.owner)} is not supported",
        "it has no rule",
        "use indexing, slices, a loop, or a new container",
    )


def _found(lo: Lowering, owner: Abstract, name: str, call: Call) -> Abstract | None:
    special = _SPECIAL.get(name) or getattr(operator, name, None) if name[:2] == "__" else None
    if special is not None and special in BUILTINS:
        return lo.call(Const(special), [owner, *call.args], call.node, **call.kwargs)
    if isinstance(owner, Ref):
        on_list = list_methods.METHODS.get(name)
        return None if on_list is None else on_list(lo, owner, call)
    if isinstance(owner, Obj):
        return _of_object(lo, owner, name, call)
    if isinstance(owner, Struct):
        return _of_tuple(lo, owner, name, call)
    if isinstance(owner, Value) and owner.is_const() and isinstance(owner.constant, str):
        owner = Const(owner.constant)
    if isinstance(owner, Const):
        return text.method(lo, owner.value, name, call.args, call.kwargs, call.node)
    if isinstance(owner, Value) and owner.type == GENERATOR:
        draws = importlib.import_module(DRAWS)
        return draws.method(lo, owner, name, call.args, call.kwargs, call.node)  # type: ignore[no-any-return]
    if isinstance(owner, Value) and name == "is_integer":
        return lo.builder.op("eq", owner, lo.builder.op("int", owner))
    return None


def _of_object(lo: Lowering, owner: Obj, name: str, call: Call) -> Abstract | None:
    if counters.is_counter(owner):
        own = counters.method(lo, owner, name, call)
        if own is not None:
            return own
    if owner.kind == "dict":
        on_dict = dict_methods.METHODS.get(name)
        return None if on_dict is None else on_dict(lo, owner, call)
    if owner.kind == "set":
        return set_methods.method(lo, owner, name, call)
    if owner.kind != "list":
        return None
    if name == "extend":
        call.only(lo, 1, 1)
        more = iterate.static_items(lo, call.args[0], call.node)
        held = mixed_lists.items_of(lo, owner, call.node)
        mixed_lists.change(lo, owner, [*held, *more], call.node)
        return NONE_CONST
    if name not in mixed_lists.METHODS:
        return None
    on_mixed, least, most = mixed_lists.METHODS[name]
    call.only(lo, least, most)
    return on_mixed(lo, owner, call.args, call.node)


def _of_tuple(lo: Lowering, owner: Struct, name: str, call: Call) -> Abstract | None:
    """``_replace`` and ``_asdict`` of a named tuple, ``count`` and ``index`` of any."""
    if name == "_replace":
        call.only(lo, 0, 0, *owner.keys)
        made = owner
        for key, item in call.kwargs.items():
            made = made.put(key, item)
        return made
    if name == "_asdict":
        call.only(lo, 0, 0)
        return lo.new_object(Struct("dict", owner.keys, owner.items))
    if name not in ("count", "index"):
        return None
    call.only(lo, 1, 1)
    b = lo.builder
    same = [relation(lo, ast.Eq(), x, call.args[0], call.node) for x in owner.items]
    if name == "count":
        total = b.const(0)
        for hit in same:
            total = b.op("add", total, hit)
        return total
    if not all(hit.is_const() for hit in same):
        as_list = heap.make_list(lo, list(owner.items), call.node)
        return list_methods.METHODS["index"](lo, as_list, call)
    at = next((k for k, hit in enumerate(same) if hit.constant), None)
    if at is None:
        lo.fail(
            TypeMismatch,
            call.node,
            "index() of what is not in the tuple",
            "it always raises ValueError here",
            "test it with 'in' first",
        )
    return b.const(at)


@builtin(collections.deque)
def deque(lo: Lowering, call: Call) -> Abstract:
    """A list that is also changed at its front; ``maxlen`` is a literal."""
    call.only(lo, 0, 2, "maxlen")
    given = call.args[1] if len(call.args) > 1 else call.kwargs.get("maxlen", NONE_CONST)
    made = (
        iterate.to_list(lo, call.args[0], call.node)
        if call.args
        else heap.make_list(lo, [], call.node)
    )
    made.cell.cls = collections.deque
    if given == NONE_CONST:
        return made
    limit = heap.as_index(lo, given, call.node)
    if not limit.is_const() or limit.constant < 1:
        lo.fail(
            UnsupportedCall,
            call.node,
            "a deque whose maxlen is not a positive literal is not supported",
            "how many elements it keeps must be known",
            "write maxlen as a literal",
        )
    made.cell.limit = int(limit.constant)
    if call.args:
        value = heap.read(lo, made, call.node)
        tail = lo.builder.op("slice", value, lo.builder.const(-made.cell.limit), present="100")
        heap.replace_list(lo, made, tail, call.node)
    return made
