"""Displays of tuples, lists and dicts, subscripts, attributes, and functions as values."""

from __future__ import annotations

import ast
import importlib
import sys
from typing import NoReturn

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import (
    array_calls,
    arrays,
    builtin_parts,
    classes,
    complexes,
    heap,
    iterate,
    list_parts,
    mixed_lists,
    names,
    objects,
    operators,
    optional,
    slices,
    zero_dimensional,
)
from symdiff.frontend.branches import branch
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.expressions import add_sequences, both, either
from symdiff.frontend.library import STATISTICS
from symdiff.frontend.values import (
    Abstract,
    Array,
    BoundMethod,
    Choice,
    Const,
    Generator,
    Maybe,
    Obj,
    Partial,
    Ref,
    Spread,
    Struct,
    Super,
    describe,
    is_complex,
    is_function,
    is_slice,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import STR


@expression(ast.Tuple)
def tuple_display(lo: Lowering, node: ast.Tuple) -> Abstract:
    return pack(elements(lo, node.elts))


@expression(ast.List)
def list_display(lo: Lowering, node: ast.List) -> Abstract:
    if any(isinstance(e, ast.Starred) for e in node.elts):
        return _starred_list(lo, node)
    return mixed_lists.make(lo, [lo.expr(e) for e in node.elts], node)


def _starred_list(lo: Lowering, node: ast.List) -> Abstract:
    """``[a, *xs, b]``: pieces that are joined."""
    parts: list[Ref] = []
    run: list[Abstract] = []
    for e in node.elts:
        if not isinstance(e, ast.Starred):
            run.append(lo.expr(e))
            continue
        x = lo.expr(e.value)
        if iterate.is_static(x):
            run.extend(iterate.static_items(lo, x, e))
            continue
        if run:
            parts.append(heap.make_list(lo, run, node))
            run = []
        parts.append(iterate.to_list(lo, x, e))
    if not parts:
        return mixed_lists.make(lo, run, node)
    if run:
        parts.append(heap.make_list(lo, run, node))
    made = heap.shallow(lo, heap.read(lo, parts[0], node), parts[0])
    for part in parts[1:]:
        joined = add_sequences(lo, made, part, node)
        assert isinstance(joined, Ref)
        made = joined
    return made


def elements(lo: Lowering, nodes: list[ast.expr], *, spread: bool = False) -> list[Abstract]:
    """Evaluate expressions, of which starred ones give several values; with ``spread`` the last may
    be a list of any length."""
    found: list[Abstract] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(lo.expr(node))
            continue
        x = iterate.settled(lo, lo.expr(node.value), node)
        if spread and node is nodes[-1] and not _counted(lo, x, node):
            found.append(Spread(iterate.to_list(lo, x, node)))
        else:
            found.extend(iterate.static_items(lo, x, node))
    return found


def _counted(lo: Lowering, x: Abstract, node: ast.AST) -> bool:
    """Whether the elements of what is starred are known one by one."""
    if isinstance(x, Ref) and list_parts.parts(lo.builder, heap.read(lo, x, node)) is not None:
        return True
    if isinstance(x, Array) and arrays.length(lo, x, node).is_const():
        lo.open_still = True
        return lo.known_ints
    return iterate.is_known(lo, x, node)


@expression(ast.Dict)
def dict_display(lo: Lowering, node: ast.Dict) -> Abstract:
    keys: list[object] = []
    items: list[Abstract] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            inner = objects.structure(lo, lo.expr(value_node), value_node)
            if not isinstance(inner, Struct) or inner.kind != "dict":
                lo.fail(
                    UnsupportedSyntax,
                    value_node,
                    "** of something that is not a known dict",
                    "",
                    "pass the keyword arguments by name",
                )
            new = list(zip(inner.keys, inner.items, strict=True))
        else:
            new = [(static_key(lo, lo.expr(key_node), key_node), lo.expr(value_node))]
        for key, item in new:
            if key in keys:
                items[keys.index(key)] = item
            else:
                keys.append(key)
                items.append(item)
    return lo.new_object(Struct("dict", tuple(keys), tuple(items)))


def static_key(
    lo: Lowering, x: Abstract, node: ast.AST, hint: str = "use a list indexed by an int"
) -> object:
    """A dict key: text or a number known while compiling."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    if isinstance(x, Struct) and x.kind == "tuple":
        return tuple(static_key(lo, i, node, hint) for i in x.items)
    lo.fail(
        UnsupportedSyntax,
        node,
        "a key that depends on data is not supported",
        "which entry is meant is not known",
        hint,
    )


@expression(ast.Subscript)
def subscript(lo: Lowering, node: ast.Subscript) -> Abstract:
    return get(lo, lo.expr(node.value), node.slice, node)


def get(lo: Lowering, owner: Abstract, index: ast.expr, node: ast.AST) -> Abstract:
    """``owner[index]``."""
    owner = optional.present(lo, owner, "'NoneType' object is not subscriptable")
    if isinstance(owner, Const) and type(owner.value).__module__.partition(".")[0] == "numpy":
        made = array_calls.subscripted(lo, owner.value, index, node)
        if made is not None:
            return made
    if is_complex(owner):
        return complexes.subscript(lo, owner, index, node)
    if arrays.is_array(owner):
        if isinstance(owner, Value) and not isinstance(index, (ast.Slice, ast.Tuple)):
            mask = lo.expr(index)
            if zero_dimensional.is_mask(mask):
                assert isinstance(mask, Value)
                return zero_dimensional.masked(lo, owner, mask)
        return arrays.subscript(lo, owner, index, node)
    if isinstance(owner, Const) and isinstance(owner.value, str):
        return _get_text(lo, owner.value, index, node)
    x = lo.expr(index)
    if is_slice(x):
        part = _sliced(lo, owner, x, node)
        if part is not None:
            return part
    return element(lo, owner, x, index, node)


def _sliced(lo: Lowering, owner: Abstract, x: Struct, node: ast.AST) -> Abstract | None:
    """``owner[a:b]`` of a list or a tuple; None of what is neither."""
    if isinstance(owner, Ref):
        bounds, present = slices.bounds(lo, x, node)
        value = lo.builder.op("slice", heap.read(lo, owner, node), *bounds, present=present)
        return heap.shallow(lo, value, owner)
    if isinstance(owner, Obj) and owner.kind == "list":
        part = _slice_struct(lo, objects.known(lo, owner, node), x, node)
        return lo.new_object(mixed_lists.contents(list(part.items)))
    if isinstance(owner, Struct) and classes.function(owner, "__getitem__") is None:
        return _slice_struct(lo, owner, x, node)
    return None


def element(
    lo: Lowering, owner: Abstract, x: Abstract, index: ast.AST, node: ast.AST
) -> Abstract:
    """``owner[x]``, where ``x`` is no slice; ``index`` is the place that errors about it name."""
    if isinstance(owner, Const) and isinstance(owner.value, type):
        return builtin_parts.of_class(lo, owner.value, x, node)
    x = operators.number(lo, x)
    if isinstance(owner, Ref):
        return heap.item(lo, owner, heap.as_index(lo, x, index), node)
    own = classes.call_special(lo, owner, "__getitem__", [x], node)
    if own is not None:
        return own
    if isinstance(owner, Obj):
        if owner.kind == "list":
            return _get_mixed(lo, owner, x, node)
        return read_item(lo, owner, x, index, node)
    if isinstance(owner, Struct):
        return _get_struct(lo, owner, x, index, node)
    lo.none_used("it cannot be indexed", owner)
    lo.fail(
        TypeMismatch,
        node,
        f"a {describe(owner)} cannot be indexed",
        "",
        "only lists, tuples and dicts have elements",
        raises="TypeError" if isinstance(owner, Value) else "",
    )


def read_item(
    lo: Lowering, owner: Obj, x: Abstract, index: ast.AST, node: ast.AST
) -> Abstract:
    """``owner[x]`` of a dict; a ``defaultdict`` makes what is missing."""
    if _is_data(x):
        return _looked_up(lo, owner, x, node)
    key = static_key(lo, x, index)
    item = objects.contents(lo, owner).get(key)
    factory = owner.factory
    if factory is None or (item is not None and not isinstance(item, Maybe)):
        found = objects.load(lo, owner, key, node)
        return found if found is not None else no_item(lo, owner, key, node)
    fresh = factory if isinstance(factory, Value) else lo.call(factory, [], node)
    if isinstance(item, Maybe):
        fresh = present_or(lo, item, fresh, node)
    if not isinstance(factory, Value):  # a Counter does not keep its zeros
        objects.store(lo, owner, key, fresh, node)
    return fresh


def present_or(lo: Lowering, item: Maybe, default: Abstract, node: ast.AST) -> Abstract:
    """An item, or what stands for it on a path that left it out."""
    if item.bound.is_const():
        return item.value if item.bound.constant else default
    return branch(lo, item.bound, lambda: item.value, lambda: default, node)


def _is_data(x: Abstract) -> bool:
    """Whether a key is a number that is not known, or a tuple with one in it."""
    if isinstance(x, Struct) and x.kind == "tuple":
        return any(map(_is_data, x.items))
    return isinstance(x, Value) and not x.is_const()


def _looked_up(lo: Lowering, owner: Obj, x: Abstract, node: ast.AST) -> Abstract:
    """An item by a key that is data: a chain of conditions over the keys there are."""
    held = objects.known(lo, owner, node)
    tests = [_same_key(lo, x, k) for k in held.keys]
    items = [i for i, same in zip(held.items, tests, strict=True) if same is not None]
    same = [t for t in tests if t is not None]
    alike = all(isinstance(i, Obj) for i in items) or mixed_lists.common_type(lo, items) is not None
    plain = owner.kind == "dict" and owner.factory is None
    if not plain or not items or not (alike or all(map(is_function, items))):
        static_key(lo, x, node)
    there = same[0]
    for other in same[1:]:
        there = either(lo, there, other)
    numbers = [i for i in (x.items if isinstance(x, Struct) else (x,)) if isinstance(i, Value)]
    shown = ", ".join(f"_{k}" for k in range(len(numbers)))
    iterate.require(lo, there, f"KeyError({shown})", *numbers)
    found = items[-1]
    for cond, item in reversed(list(zip(same[:-1], items[:-1], strict=True))):
        found = _by(lo, cond, item, found, node)
    return found


def _same_key(lo: Lowering, x: Abstract, key: object) -> Value | None:
    """Whether a key that is data is this one; None where it cannot be."""
    b = lo.builder
    if isinstance(x, Struct):
        if not isinstance(key, tuple) or len(key) != len(x.items):
            return None
        parts = [_same_key(lo, i, k) for i, k in zip(x.items, key, strict=True)]
        found: Value | None = b.const(True)
        for part in parts:
            found = None if found is None or part is None else both(lo, found, part)
        return found
    if isinstance(x, Value) and x.type != STR and isinstance(key, (bool, int, float)):
        return b.op("eq", x, b.const(key))
    return b.const(True) if isinstance(x, Const) and x.value == key else None


def _by(lo: Lowering, cond: Value, yes: Abstract, no: Abstract, node: ast.AST) -> Abstract:
    if cond.is_const():
        return yes if cond.constant else no
    if is_function(yes):
        return Choice(cond, yes, no)
    return branch(lo, cond, lambda: yes, lambda: no, node)


def _get_mixed(lo: Lowering, owner: Obj, x: Abstract, node: ast.AST) -> Abstract:
    """``owner[x]`` of a list that is typed per position."""
    items = mixed_lists.items_of(lo, owner, node)
    if isinstance(x, Value) and not x.is_const() and items and all(map(is_function, items)):
        return chosen(lo, items, heap.as_index(lo, x, node), node)
    return items[mixed_lists.place(lo, owner, x, node)]


def _slice_struct(lo: Lowering, owner: Struct, index: Struct, node: ast.AST) -> Struct:
    bounds, present = slices.bounds(lo, index, node)
    if not all(b.is_const() for b in bounds):
        lo.fail(
            TypeMismatch,
            node,
            "a slice of a tuple needs constant bounds",
            "its length would not be known",
            "write the bounds as literals, or use a list",
        )
    given = iter(bounds)
    start, stop, step = (next(given).constant if p == "1" else None for p in present)
    return pack(owner.items[slice(start, stop, step)])


def _get_struct(
    lo: Lowering, owner: Struct, x: Abstract, index: ast.AST, node: ast.AST
) -> Abstract:
    if owner.kind in ("tuple", "namedtuple"):
        at = heap.as_index(lo, x, index)
        if at.is_const():
            if not -len(owner.items) <= at.constant < len(owner.items):
                lo.fail(
                    TypeMismatch,
                    node,
                    f"the tuple has {len(owner.items)} elements",
                    f"[{at.constant}] is not one",
                    "use an index that exists",
                    raises="IndexError",
                )
            position: int = at.constant
            return owner.items[position]
        if any(map(is_function, owner.items)):
            return chosen(lo, list(owner.items), at, node)
        return heap.item(lo, heap.make_list(lo, list(owner.items), node), at, node)
    key = static_key(lo, x, index)
    found = owner.get(key)
    return found if found is not None else no_item(lo, owner, key, node)


def no_item(lo: Lowering, owner: Abstract, key: object, node: ast.AST) -> NoReturn:
    lo.fail(
        TypeMismatch,
        node,
        f"the {describe(owner)} has no key {key!r}",
        "",
        "use one of its keys; they are fixed by the argument's structure",
        raises="KeyError",
    )


def _get_text(lo: Lowering, owner: str, index: ast.expr, node: ast.AST) -> Abstract:
    """A character, or a part, of text that is known."""
    x = lo.expr(index)
    if is_slice(x):
        bounds, present = slices.bounds(lo, x, index)
    else:
        bounds, present = [heap.as_index(lo, x, index)], ""
    if not all(b.is_const() for b in bounds):
        lo.fail(
            TypeMismatch,
            node,
            "which part of the text is meant depends on values",
            "text is computed while the function is compiled",
            "use a list of numbers",
        )
    given = iter(b.constant for b in bounds)
    if present:
        return Const(owner[slice(*(next(given) if p == "1" else None for p in present))])
    k = next(given)
    if not -len(owner) <= k < len(owner):
        lo.fail(
            TypeMismatch,
            node,
            f"{owner!r:.40} has {len(owner)} characters",
            f"[{k}] is not one",
            "use an index that exists",
        )
    return Const(owner[k])


def chosen(lo: Lowering, items: list[Abstract], at: Value, node: ast.AST) -> Abstract:
    """One of several functions by an index that is data; an index that does not exist raises."""
    b = lo.builder
    size = len(items)
    wrong = b.op("not", both(lo, b.op("ge", at, b.const(-size)), b.op("lt", at, b.const(size))))

    def fails() -> list[Value]:
        b.op("raise", template="IndexError('tuple index out of range')")
        return []

    b.if_(wrong, fails, lambda: [], style="stmt")
    found = items[-1]
    for k, item in reversed(list(enumerate(items[:-1]))):
        here = either(lo, b.op("eq", at, b.const(k)), b.op("eq", at, b.const(k - size)))
        found = Choice(here, item, found)
    return found


@expression(ast.Attribute)
def attribute(lo: Lowering, node: ast.Attribute) -> Abstract:
    return attribute_of(lo, lo.expr(node.value), node.attr, node)


def attribute_of(lo: Lowering, owner: Abstract, attr: str, node: ast.AST) -> Abstract:
    """``owner.attr``."""
    text = f"'NoneType' object has no attribute {attr!r}"
    owner = optional.present(lo, owner, text, "AttributeError")
    if is_complex(owner):
        return complexes.attribute(lo, owner, attr, node)
    if arrays.is_array(owner):
        return arrays.attribute(lo, owner, attr, node)
    attr = classes.mangled(lo, attr)
    plain = isinstance(owner, Struct) and owner.kind == "namedtuple"
    if plain and attr in ("_replace", "_asdict", "count", "index"):
        return BoundMethod(owner, attr)
    if isinstance(owner, Const) and _is_limits(owner.value):
        return names.attribute(lo, owner, attr, node)
    on_class = isinstance(owner, Const) and isinstance(owner.value, type)
    if on_class or isinstance(owner, Super) or classes.class_of(owner) is not None:
        return classes.attribute(lo, owner, attr, node)
    if isinstance(owner, Struct) and owner.kind in ("slice", "flags") and attr in owner.keys:
        return owner.items[owner.keys.index(attr)]
    if isinstance(owner, Const):
        return names.attribute(lo, owner, attr, node)
    own = builtin_parts.attribute(lo, owner, attr)
    if own is not None:
        return own
    if isinstance(owner, (Obj, Struct, Ref, Value)):
        return BoundMethod(owner, attr)
    if isinstance(owner, Partial) and "scipy.stats" in sys.modules:  # norm(mu, sigma).logpdf
        found = importlib.import_module(STATISTICS).method(owner, attr)
        if found is not None:
            return found  # type: ignore[no-any-return]
    lo.fail(
        UnsupportedSyntax,
        node,
        f"attribute '{attr}' of a {describe(owner)} is not supported",
        "",
        "read the attribute before the function is called",
    )


def _is_limits(x: object) -> bool:
    """Whether it is what ``np.finfo`` and ``np.iinfo`` give."""
    return type(x).__module__.startswith("numpy") and type(x).__name__ in ("finfo", "iinfo")


@expression(ast.NamedExpr)
def walrus(lo: Lowering, node: ast.NamedExpr) -> Abstract:
    value = lo.expr(node.value)
    names.bind(lo, node.target.id, value)
    return value


@expression(ast.Lambda)
def closure(lo: Lowering, node: ast.Lambda) -> Abstract:
    return names.make_closure(lo, node, "<lambda>")


@expression(ast.GeneratorExp)
def generator(lo: Lowering, node: ast.GeneratorExp) -> Abstract:
    return iterate.stream(lo, Generator(node, lo.scope, lo.expr(node.generators[0].iter)))


@expression(ast.Starred)
def starred(lo: Lowering, node: ast.Starred) -> Abstract:
    lo.fail(
        UnsupportedSyntax,
        node,
        "a starred expression is not supported here",
        "",
        "write the elements out",
    )
