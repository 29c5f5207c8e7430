"""The methods of lists, one function each, and what else changes or searches a list."""

from __future__ import annotations

import ast
from collections.abc import Callable

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import deques, heap, iterate, mixed_lists, slices
from symdiff.frontend.assign import extend
from symdiff.frontend.branches import branch_stmt
from symdiff.frontend.builtin_calls import Call
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import add_sequences
from symdiff.frontend.ordering import sort
from symdiff.frontend.values import NONE_CONST, Abstract, Ref, is_slice, pack
from symdiff.ir.core import Value

Method = Callable[[Lowering, Ref, Call], Abstract]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    def register(handler: Method) -> Method:
        METHODS[name] = handler
        return handler

    return register


@method("append")
def append(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return _added(lo, xs, "append", [call.args[0]], call)


def _added(lo: Lowering, xs: Ref, how: str, args: list[Abstract], call: Call) -> Abstract:
    """An element more: where it is of another type the list is typed per position from now on."""
    if not mixed_lists.fits(lo, xs, args[-1]):
        loose = mixed_lists.loosened(lo, xs, call.node)
        if loose is not None:
            return mixed_lists.METHODS[how][0](lo, loose, args, call.node)
    if how == "append":
        heap.append(lo, xs, args[0], call.node)
        deques.keep_to_limit(lo, xs, lo.builder.const(0), call.node)
    else:
        heap.insert(lo, xs, heap.as_index(lo, args[0], call.node), args[1], call.node)
        deques.keep_to_limit(lo, xs, lo.builder.const(-1), call.node)
    return NONE_CONST


@method("extend")
def extended(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = iterate.settled(lo, call.args[0], call.node)
    if iterate.is_static(x) and not iterate.stages(x)[1]:
        items = iterate.static_items(lo, x, call.node)
        if not all(mixed_lists.fits(lo, xs, item) for item in items):
            loose = mixed_lists.loosened(lo, xs, call.node)
            if loose is not None:
                held = mixed_lists.items_of(lo, loose, call.node)
                mixed_lists.change(lo, loose, [*held, *items], call.node)
                return NONE_CONST
        x = pack(items)
    extend(lo, xs, x, call.node)
    return NONE_CONST


@method("extendleft")
def extended_left(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    """Each element goes in front of the one before."""
    call.only(lo, 1, 1)
    b = lo.builder
    more = heap.read(lo, iterate.to_list(lo, call.args[0], call.node), call.node)
    front = lo.new_cell(b.op("slice", more, b.const(-1), present="001"))
    if xs.cell.limit is not None:
        lo.fail(
            UnsupportedSyntax,
            call.node,
            "extendleft() of a deque with maxlen is not supported",
            "elements leave it on the other side",
            "write a loop of appendleft()",
        )
    made = add_sequences(lo, front, xs, call.node)
    if not isinstance(made, Ref):
        lo.fail(TypeMismatch, call.node, "the elements share no type", "", "use two deques")
    heap.replace_list(lo, xs, heap.read(lo, made, call.node), call.node)
    return NONE_CONST


@method("pop")
def pop(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 0, 1)
    if not call.args:
        return heap.pop_last(lo, xs, call.node)
    index = heap.as_index(lo, call.args[0], call.node)
    if index.is_const(-1):
        return heap.pop_last(lo, xs, call.node)
    return heap.pop_at(lo, xs, index, call.node)


@method("insert")
def insert(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return _added(lo, xs, "insert", call.args, call)


@method("appendleft")
def append_left(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return _added(lo, xs, "insert", [lo.builder.const(0), call.args[0]], call)


@method("popleft")
def pop_left(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    return heap.pop_at(lo, xs, lo.builder.const(0), call.node)


@method("rotate")
def rotate(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    """``rotate(n)``: the last n elements come first."""
    call.only(lo, 0, 1)
    b = lo.builder
    n = heap.as_index(lo, call.args[0], call.node) if call.args else b.const(1)
    value = heap.read(lo, xs, call.node)
    size = b.op("len", value)

    def turned() -> None:
        at = b.op("mod", b.op("neg", n), b.op("len", heap.read(lo, xs, call.node)))
        whole = heap.read(lo, xs, call.node)
        tail = b.op("slice", whole, at, present="100")
        heap.replace_list(
            lo, xs, b.op("concat", tail, b.op("slice", whole, at, present="010")), call.node
        )

    some = b.op("ne", size, b.const(0))
    branch_stmt(lo, some, turned, lambda: None, call.node, frozenset(lo.vars))
    return NONE_CONST


@method("remove")
def remove(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    heap.delete(lo, xs, _position(lo, xs, call.args[0], call.node), call.node)
    return NONE_CONST


@method("index")
def index(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 2)
    if len(call.args) == 1:
        return _position(lo, xs, call.args[0], call.node)
    start = heap.as_index(lo, call.args[1], call.node)
    if not start.is_const() or start.constant < 0:
        lo.fail(
            UnsupportedSyntax,
            call.node,
            "index() from a place that is not known is not supported",
            "it may count from the end",
            "search a slice of the list",
        )
    b = lo.builder
    rest = b.op("slice", heap.read(lo, xs, call.node), start, present="100")
    return b.op("add", start, b.op("position", rest, heap.box(lo, call.args[0], call.node)))


def _position(lo: Lowering, xs: Ref, x: Abstract, node: ast.AST) -> Value:
    return lo.builder.op("position", heap.read(lo, xs, node), heap.box(lo, x, node))


@method("count")
def count(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    value = heap.read(lo, xs, call.node)
    return lo.builder.op("count", value, heap.box(lo, call.args[0], call.node))


@method("sort")
def sorted_in_place(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    return sort(lo, xs, call.kwargs, call.node)


@method("reverse")
def reverse(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    b = lo.builder
    value = b.op("slice", heap.read(lo, xs, call.node), b.const(-1), present="001")
    heap.replace_list(lo, xs, value, call.node)
    return NONE_CONST


@method("copy")
def copy(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    return deques.like(iterate.to_list(lo, xs, call.node), xs)


@method("clear")
def clear(lo: Lowering, xs: Ref, call: Call) -> Abstract:
    call.only(lo, 0, 0)
    elem = heap.list_type(lo, xs).elem
    heap.replace_list(lo, xs, lo.builder.op("make_list", elem=elem), call.node)
    return NONE_CONST


def delete(lo: Lowering, owner: Abstract, index: ast.expr, node: ast.AST) -> None:
    """``del owner[index]``."""
    if not isinstance(owner, Ref):
        lo.fail(
            TypeMismatch,
            node,
            "only elements of lists and dicts are deleted",
            "",
            "build a new one without it",
        )
    x = lo.expr(index)
    if not is_slice(x):
        heap.delete(lo, owner, heap.as_index(lo, x, index), node)
        return
    bounds, present = slices.bounds(lo, x, index)
    if present[2] == "1" and not bounds[-1].is_const(1):
        lo.fail(
            UnsupportedSyntax,
            node,
            "del of a slice with a step is not supported",
            "what is left is no slice",
            "build a new list of the elements that stay",
        )
    if present[2] == "1":
        bounds, present = bounds[:-1], present[:2] + "0"
    whole = heap.read(lo, owner, node)
    nothing = lo.builder.op("make_list", elem=heap.list_type(lo, owner).elem)
    value = lo.builder.op("set_slice", whole, nothing, *bounds, present=present)
    heap.replace_list(lo, owner, value, node)
