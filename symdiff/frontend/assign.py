"""Assignment in every form: names, elements, unpacking."""

from __future__ import annotations

import ast
from collections import Counter
from typing import NoReturn

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import (
    arrays,
    classes,
    complexes,
    deques,
    dict_contents,
    heap,
    iterate,
    mixed_lists,
    names,
    objects,
    operators,
    optional,
    slices,
    storage,
    zero_dimensional,
)
from symdiff.frontend.context import Lowering, statement
from symdiff.frontend.displays import attribute_of, no_item, read_item, static_key
from symdiff.frontend.expressions import combined, operate
from symdiff.frontend.values import (
    Abstract,
    Array,
    Obj,
    Ref,
    describe,
    is_complex,
    is_slice,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import join


def assign(lo: Lowering, target: ast.expr, x: Abstract, node: ast.AST) -> None:
    """``target = x``."""
    if isinstance(target, ast.Name):
        names.bind(lo, target.id, x)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(lo, target.elts, x, node)
    elif isinstance(target, ast.Subscript):
        _set_element(lo, target, lo.expr(target.value), x)
    elif isinstance(target, ast.Attribute):
        attr = classes.mangled(lo, target.attr)
        text = f"'NoneType' object has no attribute {attr!r}"
        owner = optional.present(lo, lo.expr(target.value), text, "AttributeError")
        classes.set_attribute(lo, owner, attr, x, target)
    else:
        lo.fail(
            UnsupportedSyntax,
            target,
            f"{ast.unparse(target)} is not assigned to",
            "",
            "assign to a name, an element or an attribute",
        )


def _set_element(lo: Lowering, target: ast.Subscript, owner: Abstract, x: Abstract) -> None:
    owner = optional.present(lo, owner, "'NoneType' object does not support item assignment")
    if is_complex(owner):
        complexes.set_item(lo, owner, target.slice, x, target)
        return
    if isinstance(owner, Value) and arrays.is_array(owner):
        zero_dimensional.write(lo, target, owner, x)
        return
    if arrays.is_array(owner):
        arrays.set_item(lo, owner, target.slice, x, target)
        return
    if classes.function(owner, "__setitem__") is not None:
        classes.call_special(lo, owner, "__setitem__", [lo.expr(target.slice), x], target)
        return
    if isinstance(owner, Obj) and owner.kind in ("dict", "list"):
        objects.store(lo, owner, _key(lo, owner, target), x, target)
        return
    if not isinstance(owner, Ref):
        lo.fail(
            TypeMismatch,
            target,
            f"an element of a {describe(owner)} is written to",
            "only lists and dicts can change",
            "use a list or a dict",
        )
    at = lo.expr(target.slice)
    if is_slice(at):
        bounds, present = slices.bounds(lo, at, target.slice)
        if present[2] == "1" and bounds[-1].is_const(1):
            bounds, present = bounds[:-1], present[:2] + "0"
        elif present[2] == "1" and not bounds[-1].is_const():
            lo.fail(
                UnsupportedSyntax,
                target,
                "the step of a slice that is assigned to is not known",
                "with a step of 1 the list may change its length, with others it may not",
                "write the step as a literal",
            )
        new = heap.read(lo, iterate.to_list(lo, x, target), target)
        whole = heap.read(lo, owner, target)
        if new.type != whole.type:
            wide = join(whole.type, new.type)
            if wide is None:
                lo.fail(
                    TypeMismatch,
                    target,
                    f"a {new.type} is put into a {whole.type}",
                    "",
                    "keep one type of element per list",
                )
            new, whole = heap.retype(lo.builder, new, wide), heap.retype(lo.builder, whole, wide)
        value = lo.builder.op("set_slice", whole, new, *bounds, present=present)
        heap.replace_list(lo, owner, value, target)
        heap.shares_rows(lo, owner, "a slice was assigned to it")
        return
    _set_one(lo, target, owner, heap.as_index(lo, operators.number(lo, at), target.slice), x)


def _set_one(lo: Lowering, target: ast.Subscript, owner: Ref, at: Value, x: Abstract) -> None:
    """``xs[at] = x``: what is of another type than the rest makes a list typed per position."""
    loose = None
    if at.is_const() and not mixed_lists.fits(lo, owner, x):
        loose = mixed_lists.loosened(lo, owner, target)
    if loose is None:
        heap.set_item(lo, owner, at, x, target)
    else:
        objects.store(lo, loose, mixed_lists.place(lo, loose, at, target), x, target)


def _unpack(lo: Lowering, targets: list[ast.expr], x: Abstract, node: ast.AST) -> None:
    x = operators.iterated(lo, x, node)
    stars = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
    if (isinstance(x, Ref) and not _known_length(lo, x, node)) or arrays.is_array(x):
        _unpack_list(lo, targets, x, stars, node)
        return
    items = iterate.static_items(lo, x, node)
    need = len(targets) - len(stars)
    if len(items) < need or (not stars and len(items) != need):
        _wrong_count(lo, len(items), targets, node)
    if stars:
        k = stars[0]
        tail = len(targets) - k - 1
        star = targets[k]
        assert isinstance(star, ast.Starred)
        middle = mixed_lists.make(lo, items[k : len(items) - tail], node)
        items = [*items[:k], middle, *items[len(items) - tail :]]
        targets = [*targets[:k], star.value, *targets[k + 1 :]]
    for target, item in zip(targets, items, strict=True):
        assign(lo, target, item, node)


def _wrong_count(lo: Lowering, found: int, targets: list[ast.expr], node: ast.AST) -> NoReturn:
    lo.fail(
        TypeMismatch,
        node,
        f"{found} values are unpacked into {len(targets)} targets",
        "",
        "unpack into as many names as there are values",
    )


def _known_length(lo: Lowering, x: Ref, node: ast.AST) -> bool:
    return heap.read(lo, x, node).op == "make_list"


def _unpack_list(
    lo: Lowering, targets: list[ast.expr], x: Abstract, stars: list[int], node: ast.AST
) -> None:
    """A list or array of any length: Python raises if the number of elements is another, and so
    does the graph."""
    b = lo.builder
    need = len(targets) - len(stars)
    if isinstance(x, Ref):
        length = b.op("len", heap.read(lo, x, node))
    else:
        length = arrays.length(lo, x, node)
    wrong = b.op("lt" if stars else "ne", length, b.const(need))

    def fails() -> list[Value]:
        b.op("raise", template=f"ValueError('{need} values to unpack expected')")
        return []

    if not wrong.is_const():
        b.if_(wrong, fails, lambda: [], style="stmt")
    elif wrong.constant:
        _wrong_count(lo, length.constant, targets, node)
    parts: list[tuple[ast.expr, Abstract]] = []
    k = stars[0] if stars else len(targets)
    for i, target in enumerate(targets):
        if i < k:
            parts.append((target, _element(lo, x, i, node)))
        elif i > k:
            parts.append((target, _element(lo, x, i - len(targets), node)))
        else:
            tail = len(targets) - k - 1
            bounds = [b.const(k), *([b.const(-tail)] if tail else [])]
            xs = iterate.to_list(lo, x, node)  # also of an array: *rest is a list
            whole = heap.read(lo, xs, node)
            piece = b.op("slice", whole, *bounds, present="110" if tail else "100")
            assert isinstance(target, ast.Starred)
            parts.append((target.value, heap.shallow(lo, piece, xs)))
    for target, part in parts:
        assign(lo, target, part, node)


def _element(lo: Lowering, x: Abstract, at: int, node: ast.AST) -> Abstract:
    place = lo.builder.const(at)
    return heap.item(lo, x, place, node) if isinstance(x, Ref) else arrays.item(lo, x, place, node)


@statement(ast.Assign)
def assignment(lo: Lowering, node: ast.Assign) -> None:
    if _swaps(node):
        _swap(lo, node)
        return
    x = lo.expr(node.value)
    for target in node.targets:
        assign(lo, target, x, node)


def _swaps(node: ast.Assign) -> bool:
    """``a[i], a[j] = a[j], a[i]``: the rows keep one place each."""
    if (
        len(node.targets) != 1
        or not isinstance(node.targets[0], ast.Tuple)
        or not isinstance(node.value, ast.Tuple)
    ):
        return False
    left, right = node.targets[0].elts, node.value.elts
    if (
        len(left) != 2
        or len(right) != 2
        or not all(isinstance(e, ast.Subscript) for e in (*left, *right))
    ):
        return False
    return [ast.unparse(e) for e in left] == [ast.unparse(e) for e in right[::-1]]


def _swap(lo: Lowering, node: ast.Assign) -> None:
    assert isinstance(node.value, ast.Tuple) and isinstance(node.targets[0], ast.Tuple)
    found = [lo.expr(e) for e in node.value.elts]
    if not any(isinstance(x, Ref) for x in found):
        for target, x in zip(node.targets[0].elts, found, strict=True):
            assign(lo, target, x, node)
        return
    values = [heap.read(lo, x, node) if isinstance(x, Ref) else x for x in found]
    for target, value in zip(node.targets[0].elts, values, strict=True):
        assert isinstance(target, ast.Subscript)
        owner = lo.expr(target.value)
        if not isinstance(owner, Ref) or not isinstance(value, Value):
            lo.fail(
                TypeMismatch,
                target,
                "these elements cannot be swapped",
                "",
                "swap through a third name",
            )
        index = heap.as_index(lo, lo.expr(target.slice), target.slice)
        heap.set_item(lo, owner, index, value, target)


@statement(ast.AnnAssign)
def annotated(lo: Lowering, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(lo, node.target, lo.expr(node.value), node)


@statement(ast.AugAssign)
def augmented(lo: Lowering, node: ast.AugAssign) -> None:
    target = node.target
    if isinstance(target, ast.Name):
        names.bind(lo, target.id, updated(lo, node, names.read(lo, target.id, target)))
    elif isinstance(target, ast.Attribute):
        owner = lo.expr(target.value)
        old = attribute_of(lo, owner, target.attr, target)
        attr = classes.mangled(lo, target.attr)
        classes.set_attribute(lo, owner, attr, updated(lo, node, old), target)
    elif isinstance(target, ast.Subscript):
        owner = lo.expr(target.value)
        if is_complex(owner):
            old = complexes.subscript(lo, owner, target.slice, target)
            new = complexes.operate(lo, node.op, old, lo.expr(node.value), node)
            complexes.set_item(lo, owner, target.slice, new, target)
            return
        if arrays.is_array(owner):
            _augment_part(lo, owner, target, node)
            return
        if isinstance(owner, Obj) or classes.function(owner, "__setitem__") is not None:
            _update_item(lo, owner, node)
            return
        if not isinstance(owner, Ref) or isinstance(target.slice, ast.Slice):
            lo.fail(
                UnsupportedSyntax,
                target,
                "this is not updated in place",
                "only elements of lists are",
                "write x = x + ... with a name of its own",
            )
        index = heap.as_index(lo, lo.expr(target.slice), target.slice)
        old = heap.item(lo, owner, index, target)
        x = lo.expr(node.value)
        if isinstance(old, Ref):
            in_place(lo, node.op, old, x, node)
            return
        heap.set_item(lo, owner, index, operate(lo, node.op, old, x, node), target)


def _update_item(lo: Lowering, owner: Abstract, node: ast.AugAssign) -> None:
    """``d[key] += x`` of a dict or by the methods of a class."""
    target = node.target
    assert isinstance(target, ast.Subscript)
    if classes.class_of(owner) is not None:
        at = lo.expr(target.slice)
        held = classes.call_special(lo, owner, "__getitem__", [at], target)
        if held is None:
            no_item(lo, owner, ast.unparse(target.slice), target)
        new = updated(lo, node, held)
        if classes.call_special(lo, owner, "__setitem__", [at, new], target) is None:
            no_item(lo, owner, ast.unparse(target.slice), target)
        return
    assert isinstance(owner, Obj)
    key = _key(lo, owner, target)
    old = read_item(lo, owner, iterate.constant(lo, key), target.slice, target)
    objects.store(lo, owner, key, updated(lo, node, old), target)


def _key(lo: Lowering, owner: Obj, target: ast.Subscript) -> object:
    """Which item of a dict, or of a list typed per position, is written to."""
    if owner.kind == "list":
        return mixed_lists.place(lo, owner, lo.expr(target.slice), target)
    hint = "use a list indexed by an int; to keep results, put functools.cache on the function"
    return static_key(lo, lo.expr(target.slice), target.slice, hint)


def updated(lo: Lowering, node: ast.AugAssign, old: Abstract) -> Abstract:
    """``old op= value``: a list or an array changes itself, anything else is a new value."""
    x = lo.expr(node.value)
    old, x = operators.both_present(lo, "an assignment", old, x)
    if is_complex(old) and any(isinstance(p, Array) for p in old.items):
        return complexes.augment(lo, node.op, old, x, node)
    if isinstance(old, Array):
        arrays.augment(lo, node.op, old, x, node)
        return old
    if isinstance(old, Ref):
        return in_place(lo, node.op, old, x, node)
    if isinstance(old, Obj) and changed(lo, node.op, old, x, node):
        return old
    own = operators.in_place(lo, node.op, old, x, node)
    return own if own is not None else operate(lo, node.op, old, x, node)


def changed(lo: Lowering, op: ast.operator, old: Obj, x: Abstract, node: ast.AST) -> bool:
    """``old op= x`` of a container that changes itself; False where it does not."""
    if old.kind == "dict" and isinstance(op, ast.BitOr) and old.cell.cls is not Counter:
        for key, item in dict_contents.pairs(lo, x, node):
            objects.store(lo, old, key, item, node)
        return True
    if old.kind == "list" and isinstance(op, ast.Add):
        more = iterate.static_items(lo, x, node)
        mixed_lists.change(lo, old, [*mixed_lists.items_of(lo, old, node), *more], node)
        return True
    if old.cell.cls is frozenset:
        return False
    made = combined(lo, op, old, x, node)
    if not isinstance(made, Obj):
        return False
    objects.replace(lo, old, objects.contents(lo, made), node)
    return True


def _augment_part(
    lo: Lowering, owner: Abstract, target: ast.Subscript, node: ast.AugAssign
) -> None:
    """``x[i] += y`` of an array: the part is read, and written back."""
    if not isinstance(owner, Array):
        assert isinstance(owner, Value)
        mask = lo.expr(target.slice)
        new: Abstract = owner
        if isinstance(mask, Value) and zero_dimensional.is_mask(mask):
            part_of = zero_dimensional.masked(lo, owner, mask)
            new = arrays.operate(lo, node.op, part_of, lo.expr(node.value), node)
        zero_dimensional.write(lo, target, owner, new)
        return
    part = arrays.written_part(lo, owner, target.slice, target)
    if isinstance(node.op, (ast.Add, ast.Sub)) and storage.is_place(part):
        term = arrays.value_of(lo, lo.expr(node.value), node)
        arrays.operate(lo, node.op, arrays.value_of(lo, part, target), term, node)  # its types
        less = isinstance(node.op, ast.Sub)
        storage.add(lo, part, lo.builder.neg(term) if less else term, target)
        return
    old = arrays.value_of(lo, part, target)
    new = arrays.operate(lo, node.op, old, lo.expr(node.value), node)
    value = arrays.value_of(lo, new, node)
    storage.write(lo, part, value, target)


def in_place(lo: Lowering, op: ast.operator, old: Ref, x: Abstract, node: ast.AST) -> Ref:
    """``xs += ys`` changes the list itself."""
    if not isinstance(op, ast.Add):
        if isinstance(op, ast.Mult) and isinstance(x, Value):
            heap.replace_list(lo, old, lo.builder.op("repeat", heap.read(lo, old, node), x), node)
            heap.shares_rows(lo, old, "'*=' puts the same rows there several times")
            deques.trim(lo, old, node)
            return old
        lo.fail(
            TypeMismatch,
            node,
            f"a list and a {describe(x)} are combined by an operator",
            "",
            "use a loop or a comprehension over the elements",
        )
    extend(lo, old, x, node)
    return old


def joined(lo: Lowering, parts: list[Abstract], node: ast.AST) -> Ref:
    """A new list of the elements of iterables, one after another."""
    first, *rest = parts or [pack([])]
    made = iterate.to_list(lo, first, node)
    for part in rest:
        extend(lo, made, part, node)
    return made


def extend(lo: Lowering, xs: Ref, x: Abstract, node: ast.AST) -> None:
    """``xs.extend(x)``."""
    more = iterate.to_list(lo, x, node)
    a, b = heap.read(lo, xs, node), heap.read(lo, more, node)
    wide = join(a.type, b.type)
    if wide is None:
        lo.fail(
            TypeMismatch,
            node,
            f"a {b.type} is added to a {a.type}",
            "elements of a list share one type",
            "keep one type of element per list",
        )
    value = lo.builder.op(
        "concat", heap.retype(lo.builder, a, wide), heap.retype(lo.builder, b, wide)
    )
    if xs.path and wide != a.type:
        lo.fail(
            TypeMismatch,
            node,
            f"a {b.type} is added to a {a.type}",
            "the rows of a list share one type",
            "keep one type of element per list",
        )
    heap.replace_list(lo, xs, value, node)
    heap.shares_rows(lo, xs, "its rows are also in the list that was added")
    deques.trim(lo, xs, node)


iterate.JOINED.append(joined)
