"""Lists on the abstract heap: reading, writing, storing, and the rules that keep aliases honest.

A list is a value in the graph and a cell here. Where two names may be the same memory and it is not
known which write hits whom, the cell is frozen (no writes) or stale (no reads): refusing is the
only right answer there."""

from __future__ import annotations

import ast
import itertools

from symdiff.errors import AliasError, TypeMismatch
from symdiff.frontend import storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.optional import present
from symdiff.frontend.values import (
    Abstract,
    Array,
    Cell,
    Const,
    Maybe,
    Ref,
    Struct,
    builtin_class,
    describe,
)
from symdiff.ir.builder import Builder
from symdiff.ir.core import Value
from symdiff.ir.types import (
    INT,
    NONE,
    UNKNOWN,
    ListType,
    TupleType,
    Type,
    is_memory,
    is_number,
    join,
    list_of,
)

_VERSIONS = itertools.count(1)
COPY_HINT = "write .copy() (or [row[:] for row in x]) where a list of its own is meant"


def named(cell: Cell) -> str:
    return f"'{cell.name}'" if cell.name else "this list"


def check_readable(lo: Lowering, ref: Ref, node: ast.AST) -> None:
    heap = lo.state.heap
    why = heap.stale.get(ref.cell)
    if why is not None:
        lo.fail(AliasError, node, f"{named(ref.cell)} may have changed", why, COPY_HINT)
    if ref.path and heap.version.get(ref.cell, 0) != ref.version:
        lo.fail(
            AliasError,
            node,
            f"a row of {named(ref.cell)} may not be the same row any more",
            "the list was appended to, or a row was replaced, since it was read",
            COPY_HINT,
        )


def read(lo: Lowering, ref: Ref, node: ast.AST) -> Value:
    """The list as a graph value."""
    check_readable(lo, ref, node)
    value = lo.state.heap.values[ref.cell]
    return lo.builder.getitem(value, *ref.path) if ref.path else value


def list_type(lo: Lowering, ref: Ref) -> ListType:
    """The type of the list, without reading it."""
    t: Type = lo.state.heap.values[ref.cell].type
    for _ in ref.path:
        assert isinstance(t, ListType)
        t = t.elem
    assert isinstance(t, ListType)
    return t


def holds_numbers(lo: Lowering, ref: Ref) -> bool:
    """Whether the elements are numbers; an empty list's may be."""
    elem = list_type(lo, ref).elem
    return is_number(elem) or elem == UNKNOWN


def unbox(lo: Lowering, value: Value, name: str = "") -> Abstract:
    """A graph value as what Python sees: tuples become tuples, lists cells."""
    if isinstance(value.type, TupleType):
        parts = [
            unbox(lo, lo.builder.op("tuple_get", value, index=k), name)
            for k in range(len(value.type.elems))
        ]
        return Struct("tuple", tuple(range(len(parts))), tuple(parts))
    if is_memory(value.type):
        return storage.element(lo, value)
    if isinstance(value.type, ListType):
        ref = lo.new_cell(value, name)
        lo.state.heap.frozen[ref.cell] = "it is kept in another list or tuple"
        return ref
    if value.type == NONE:
        return Const(None)
    return value


def item(lo: Lowering, ref: Ref, index: Value, node: ast.AST) -> Abstract:
    """``ref[index]``: a number, or a view of a row."""
    check_readable(lo, ref, node)
    elem = list_type(lo, ref).elem
    heap = lo.state.heap
    if isinstance(elem, ListType):
        return Ref(ref.cell, (*ref.path, index), heap.version.get(ref.cell, 0))
    return unbox(lo, lo.builder.getitem(heap.values[ref.cell], *ref.path, index), ref.cell.name)


def retype(b: Builder, value: Value, type_: Type) -> Value:
    """The value in a wider type; literals are made anew instead of converted."""
    if value.type == type_:
        return value
    stmt = value.stmt
    if isinstance(type_, ListType) and stmt is not None:
        if stmt.op.name == "make_list":
            parts = [retype(b, x, type_.elem) for x in stmt.args]
            return b.op("make_list", *parts) if parts else b.op("make_list", elem=type_.elem)
        if stmt.op.name == "list_fill":
            return b.op("list_fill", stmt.args[0], retype(b, stmt.args[1], type_.elem))
    return b.coerce(value, type_)


def box(lo: Lowering, x: Abstract, node: ast.AST, container: Cell | None = None) -> Value:
    """A graph value that can be an element of a list; a list that is stored is shared from now
    on."""
    if isinstance(x, Maybe):
        x = x.value
    x = present(lo, x, "None would be an element of a list of values")
    if isinstance(x, Value):
        return x
    if isinstance(x, Array):
        value = storage.read(lo, x, node)
        lo.state.heap.frozen[x.cell] = "it was stored in a list, where the array has another name"
        return value
    if isinstance(x, Ref) and builtin_class(x) is None:
        value = read(lo, x, node)
        store(lo, x, container)
        return value
    if isinstance(x, Struct) and x.kind == "tuple":
        return lo.builder.op("make_tuple", *[box(lo, i, node, container) for i in x.items])
    if isinstance(x, Const) and (x.value is None or isinstance(x.value, str)):
        return lo.builder.const(x.value)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(x)} cannot be an element of this list",
        "its length is not known here, so that it holds numbers, lists or tuples of one type",
        "keep one list per field, or loop over what has a known length",
    )


def store(lo: Lowering, ref: Ref, container: Cell | None) -> None:
    """``ref`` is now also an element of ``container``."""
    heap = lo.state.heap
    holders = heap.held.get(ref.cell, frozenset())
    into = named(container) if container is not None else "another list"
    if container is not None and ref.cell in lo.given:
        lo.given.add(container)
    if ref.path:
        heap.inner[ref.cell] = f"one of its rows is also in {into}"
        if container is not None:
            heap.inner[container] = f"one of its rows is a row of {named(ref.cell)}"
        return
    if ref.cell in heap.frozen:
        for other in (*holders, *([container] if container is not None else [])):
            heap.inner[other] = f"{named(ref.cell)} is in it and elsewhere"
    heap.frozen[ref.cell] = f"it was stored in {into}, where the same list has another name"
    if container is not None:
        heap.held[ref.cell] = holders | {container}


def check_writable(lo: Lowering, ref: Ref, node: ast.AST, *, resize: bool = False) -> None:
    check_readable(lo, ref, node)
    lo.writes = lo.writes or ref.cell in lo.given
    heap = lo.state.heap
    why = heap.frozen.get(ref.cell)
    if why is None and ref.path:
        why = heap.inner.get(ref.cell)
    if why is not None:
        lo.fail(
            AliasError,
            node,
            f"{named(ref.cell)} is written to, but it may be shared",
            why,
            COPY_HINT,
        )
    if resize:
        for other in lo.iterating:
            if other.cell is ref.cell and len(ref.path) <= len(other.path):
                lo.fail(
                    AliasError,
                    node,
                    f"{named(ref.cell)} changes its length while a loop runs over it",
                    "the loop would see the change",
                    "loop over a copy, x[:]",
                )


def _wrote_rows(lo: Lowering, cell: Cell) -> None:
    """A row of ``cell`` was written to: lists stored in it under a name of their own are out of
    date."""
    heap = lo.state.heap
    for other, holders in heap.held.items():
        if cell in holders:
            heap.stale[other] = f"it is stored in {named(cell)}, and that was written to"


def _replace(t: Type, depth: int, elem: Type) -> Type:
    if depth == 0:
        return elem
    assert isinstance(t, ListType)
    return list_of(_replace(t.elem, depth - 1, elem))


def _room(lo: Lowering, ref: Ref, value: Value, node: ast.AST) -> Value:
    """Widen the list so that it can hold ``value``; the value in the element type."""
    heap = lo.state.heap
    elem = list_type(lo, ref).elem
    wide = join(elem, value.type)
    if wide is None:
        lo.fail(
            TypeMismatch,
            node,
            f"a {value.type} is put into a list of {elem}",
            "elements of a list share one type",
            "use two lists, or a list of tuples",
        )
    if wide != elem:
        whole = heap.values[ref.cell]
        heap.values[ref.cell] = retype(
            lo.builder, whole, _replace(whole.type, len(ref.path) + 1, wide)
        )
    return retype(lo.builder, value, wide)


def set_item(lo: Lowering, ref: Ref, index: Value, x: Abstract, node: ast.AST) -> None:
    """``ref[index] = x``."""
    check_writable(lo, ref, node)
    heap = lo.state.heap
    value = _room(lo, ref, box(lo, x, node, ref.cell), node)
    hint = ref.cell.name
    heap.values[ref.cell] = lo.builder.op(
        "set_at", heap.values[ref.cell], value, *ref.path, index, hint=hint
    )
    if isinstance(value.type, ListType):
        heap.version[ref.cell] = next(_VERSIONS)
    if ref.path:
        _wrote_rows(lo, ref.cell)


def replace_list(lo: Lowering, ref: Ref, value: Value, node: ast.AST) -> None:
    """The list's whole contents change (``append``, ``pop``, slice assignment)."""
    check_writable(lo, ref, node, resize=True)
    heap = lo.state.heap
    if ref.path:
        value = lo.builder.op("set_at", heap.values[ref.cell], value, *ref.path, hint=ref.cell.name)
        _wrote_rows(lo, ref.cell)
    elif not value.hint and not value.is_const():
        value.hint = ref.cell.name
    if isinstance(list_type(lo, ref).elem, ListType):  # its rows may have moved
        heap.version[ref.cell] = next(_VERSIONS)
    heap.values[ref.cell] = value


def append(lo: Lowering, ref: Ref, x: Abstract, node: ast.AST) -> None:
    """``ref.append(x)``."""
    check_writable(lo, ref, node, resize=True)
    value = _room(lo, ref, box(lo, x, node, ref.cell), node)
    replace_list(lo, ref, lo.builder.op("append", read(lo, ref, node), value), node)


def pop_last(lo: Lowering, ref: Ref, node: ast.AST) -> Abstract:
    """``ref.pop()``."""
    check_writable(lo, ref, node, resize=True)
    whole = read(lo, ref, node)
    last = unbox(lo, lo.builder.getitem(whole, lo.builder.const(-1)))
    replace_list(lo, ref, lo.builder.op("drop_last", whole), node)
    if isinstance(last, Ref):
        lo.state.heap.frozen.pop(last.cell, None)
    return last


def pop_at(lo: Lowering, ref: Ref, index: Value, node: ast.AST) -> Abstract:
    """``ref.pop(index)``."""
    check_writable(lo, ref, node, resize=True)
    whole = read(lo, ref, node)
    gone = unbox(lo, lo.builder.getitem(whole, index))
    replace_list(lo, ref, lo.builder.op("delete_at", whole, index), node)
    if isinstance(gone, Ref):
        lo.state.heap.frozen.pop(gone.cell, None)
    return gone


def delete(lo: Lowering, ref: Ref, index: Value, node: ast.AST) -> None:
    """``del ref[index]``."""
    check_writable(lo, ref, node, resize=True)
    last = index.is_const(-1)
    whole = read(lo, ref, node)
    made = lo.builder.op("drop_last", whole) if last else lo.builder.op("delete_at", whole, index)
    replace_list(lo, ref, made, node)


def insert(lo: Lowering, ref: Ref, index: Value, x: Abstract, node: ast.AST) -> None:
    """``ref.insert(index, x)``."""
    check_writable(lo, ref, node, resize=True)
    value = _room(lo, ref, box(lo, x, node, ref.cell), node)
    replace_list(lo, ref, lo.builder.op("insert_at", read(lo, ref, node), value, index), node)


def make_list(lo: Lowering, items: list[Abstract], node: ast.AST) -> Ref:
    """A new list of these elements."""
    ref = lo.new_cell(lo.builder.const(None))
    values = [box(lo, x, node, ref.cell) for x in items]
    elem: Type = UNKNOWN
    for value in values:
        wide = join(elem, value.type)
        if wide is None:
            lo.fail(
                TypeMismatch,
                node,
                f"a list holds a {elem} and a {value.type}",
                "elements of a list share one type",
                "use a tuple",
            )
        elem = wide
    values = [retype(lo.builder, v, elem) for v in values]
    made = (
        lo.builder.op("make_list", *values) if values else lo.builder.op("make_list", elem=UNKNOWN)
    )
    lo.state.heap.values[ref.cell] = made
    return ref


def shares_rows(lo: Lowering, ref: Ref, why: str) -> None:
    """Rows of this list are also found elsewhere (a shallow copy, ``[row]*3``)."""
    if isinstance(list_type(lo, ref).elem, ListType):
        lo.state.heap.inner[ref.cell] = why


def shallow(lo: Lowering, value: Value, *sources: Ref) -> Ref:
    """A new list whose rows, if it has any, are those of ``sources``."""
    made = lo.new_cell(value)
    shares_rows(lo, made, "a slice or a copy shares its rows with the original")
    for source in sources:
        shares_rows(lo, source, "a slice or a copy shares its rows with the original")
    return made


def as_index(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """A list index: an int."""
    value = lo.number(x, node, "an index must be an int")
    if value.type.name == "float":
        lo.fail(TypeMismatch, node, "an index must be an int", "this is a float", "write int(...)")
    return value


def is_int(value: Value) -> bool:
    return value.type == INT or (is_number(value.type) and value.type.name == "bool")


def fresh_version() -> int:
    """A version number that no list had before."""
    return next(_VERSIONS)
