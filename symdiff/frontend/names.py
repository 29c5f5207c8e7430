"""Names: local variables, closures, captured numbers, modules and functions."""

from __future__ import annotations

import ast
import builtins
import enum
import math
import re
import types
from typing import Any

from symdiff.errors import Diagnostic, TypeMismatch, UnresolvedName, UnsupportedCall
from symdiff.frontend import array_calls, frames, heap, objects, restored, storage
from symdiff.frontend.capture import Capture
from symdiff.frontend.context import Lowering, Scope
from symdiff.frontend.optional import narrowed
from symdiff.frontend.values import (
    UNBOUND,
    Abstract,
    Array,
    BoundMethod,
    Clash,
    Closure,
    Const,
    Held,
    Maybe,
    Obj,
    Struct,
    Unbound,
    Yielded,
    describe,
    pack,
)
from symdiff.instances import attributes, is_frozen, kind_of
from symdiff.ir.core import Param, Value
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    UNKNOWN,
    ArrayType,
    ListType,
    Node,
    Static,
    Tree,
    Type,
    is_memory,
    join,
    list_of,
    tuple_of,
)
from symdiff.ndarrays import array_type, is_ndarray
from symdiff.signature import OF_ATTRIBUTES, is_key


def bind(lo: Lowering, name: str, x: Abstract) -> None:
    """``name = x`` in the current scope."""
    if isinstance(x, Yielded):
        raise UnsupportedCall(
            [
                Diagnostic(
                    f"the values of the generator '{x.scope.name}' are kept",
                    "when it runs would depend on who asks for its values",
                    "write list(...) around the call",
                    lo.builder.current.span,
                )
            ]
        )
    objects.label(name, x, lo.state.heap)
    if name in lo.scope.rebinds:
        _rebind(lo, name, x)
        return
    box = _box(lo, lo.scope, name)
    if box is None:
        lo.vars[name] = x
    else:
        lo.state.heap.objects[box.cell] = objects.contents(lo, box).put(name, x)


def share(lo: Lowering) -> None:
    """Put what nested functions may rebind on the heap, at the start of a function."""
    scope = lo.scope
    if not scope.shared:
        return
    given = {n: lo.vars.pop(n) for n in scope.shared if n in lo.vars}
    names = tuple(sorted(given))
    scope.box = lo.new_object(Struct("scope", names, tuple(given[n] for n in names)))


def _check_frame(lo: Lowering, scope: Scope, name: str) -> None:
    """A callee has a heap of its own: what it rebinds outside would be lost."""
    if scope.level != len(lo.making):
        what = f"'{name}' is rebound by nested functions, and a function that calls itself uses it"
        why = "a callee cannot see or make such a change"
        hint = "pass it as an argument and return it"
        raise UnsupportedCall([Diagnostic(what, why, hint, lo.builder.current.span)])


def _box(lo: Lowering, scope: Scope, name: str) -> Obj | None:
    """The object that a name lives in, where nested functions rebind it."""
    if name in scope.shared:
        return scope.box
    if name not in scope.outer:
        return None
    parent = scope.parent
    while parent is not None:
        if name in parent.shared:
            _check_frame(lo, parent, name)
            return parent.box
        parent = parent.parent
    return None


def unbind(lo: Lowering, name: str, why: str) -> None:
    """``del name``."""
    box = _box(lo, lo.scope, name)
    if name in lo.scope.rebinds:
        _rebind(lo, name, Unbound(why))
    elif box is None:
        lo.vars[name] = Unbound(why)
    else:
        lo.state.heap.objects[box.cell] = objects.contents(lo, box).without(name)


def _shared(lo: Lowering, box: Obj, name: str, node: ast.AST) -> Abstract:
    """A name that lives on the heap, where it is read."""
    if box.cell not in lo.state.heap.objects:
        lo.fail(
            UnresolvedName,
            node,
            f"'{name}' is rebound by a nested function that has left the branch it was made in",
            "what the name holds now is not known",
            "make the function before the branch",
        )
    found = objects.contents(lo, box).get(name)
    if isinstance(found, Maybe):
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        found = objects.certain(lo, found, f"UnboundLocalError({message!r})")
        lo.state.heap.objects[box.cell] = objects.contents(lo, box).put(name, found)
    return usable(lo, name, UNBOUND if found is None else found, node)


def read(lo: Lowering, name: str, node: ast.AST) -> Abstract:
    """The value of a name where it is read."""
    scope = lo.scope
    box = _box(lo, scope, name) if scope.shared or scope.outer else None
    if box is not None:
        return _shared(lo, box, name, node)
    found = lo.state.vars.get(name)
    if isinstance(found, Value):
        return found
    if found is None:
        if name in lo.scope.bound:
            found = UNBOUND
        else:
            return outer(lo, lo.scope, name, node)
    if isinstance(found, Maybe):
        found = _checked(lo, name, found)
    return usable(lo, name, found, node)


def usable(lo: Lowering, name: str, x: Abstract, node: ast.AST) -> Abstract:
    if isinstance(x, Unbound):
        lo.fail(
            UnresolvedName,
            node,
            f"'{name}' may be unbound",
            x.why,
            f"give '{name}' a value before the branches"
            if x.why != UNBOUND.why
            else f"set '{name}' first",
        )
    if isinstance(x, Clash):
        lo.fail(TypeMismatch, node, x.why, "the paths join before it is read here", "use two names")
    return narrowed(lo.state.facts, x)


def _checked(lo: Lowering, name: str, x: Maybe) -> Abstract:
    """Raise as Python does where the loop that binds the name never ran."""
    message = f"cannot access local variable '{name}' where it is not associated with a value"
    lo.vars[name] = objects.certain(lo, x, f"UnboundLocalError({message!r})")
    return x.value


# -- names from outside ----------------------------------------------------------------------------


def outer(lo: Lowering, scope: Scope, name: str, node: ast.AST) -> Abstract:
    """A name that the function does not bind: an enclosing scope, a closure cell, a global, a
    builtin."""
    parent = scope.parent
    while parent is not None:
        if name in parent.shared and parent.box is not None:
            _check_frame(lo, parent, name)
            return _shared(lo, parent.box, name, node)
        found = parent.vars.get(name)
        if found is not None:
            if isinstance(found, Maybe):
                found = UNBOUND
            return _enclosing(lo, parent, name, usable(lo, name, found, node))
        if name in parent.bound:
            return usable(lo, name, UNBOUND, node)
        scope, parent = parent, parent.parent
    if name in scope.cells:
        cell = scope.cells[name]
        try:
            value = cell.cell_contents
        except ValueError:
            lo.fail(
                UnresolvedName,
                node,
                f"'{name}' has no value yet",
                "the enclosing function has not bound it",
                "bind it before the function is called",
            )
        return captured(lo, Capture(name, cell, name, "cell"), value, node)
    found = restored.find(lo, scope.globals, name, node) if lo.rebound else None
    if found is not None:
        return usable(lo, name, found, node)
    found = _global(lo, scope, name, node)
    if found is not None:
        return found
    if hasattr(builtins, name):
        return Const(getattr(builtins, name))
    lo.fail(
        UnresolvedName,
        node,
        f"'{name}' is not defined",
        "it is no local, enclosing or global name",
        "define or import it before the function is differentiated",
    )


def _rebind(lo: Lowering, name: str, x: Abstract) -> None:
    """A global gets another value."""
    node = restored.place(lo)
    restored.rebind(lo, lo.scope.globals, name, x, _global(lo, lo.scope, name, node), node)


def _global(lo: Lowering, scope: Scope, name: str, node: ast.AST) -> Abstract | None:
    """What a global held when the function began, if there is one."""
    if name not in scope.globals:
        return None
    return captured(lo, Capture(name, scope.globals, name, "global"), scope.globals[name], node)


def _enclosing(lo: Lowering, scope: Scope, name: str, x: Abstract) -> Abstract:
    """A variable of an enclosing function; a callee gets it as a parameter."""
    if scope.level == len(lo.making):
        return x

    def read() -> Abstract:
        return (lo.state.vars if scope is lo.scope else scope.vars)[name]

    return frames.imported(lo, ("name", id(scope), name), name, scope.level, read)  # type: ignore[no-any-return]


def captured(lo: Lowering, where: Capture, value: Any, node: ast.AST) -> Abstract:
    """Numbers and lists become hidden inputs, read at every call; anything else is known by
    identity."""
    if isinstance(value, enum.Enum):  # one of a fixed few, whatever number it may be
        lo.statics.append((where, value))
        return Const(value)
    if _decides(value):
        lo.open_still = True
        if lo.known_ints:
            lo.statics.append((where, value))
            return constant_of(lo, value, node)
    key = (id(where.holder), where.key)
    if lo.making and _is_input(value):

        def read() -> Abstract:
            return captured(lo, where, value, node)

        return frames.imported(lo, ("captured", *key), where.name, 0, read)  # type: ignore[no-any-return]
    found: Abstract | None = lo.hidden.get(key)
    if found is None:
        tree = tree_of(value)
        if tree is None and type(value) in (dict, list, tuple):
            found = _container(lo, where, value, node)
        elif tree is None or isinstance(tree, Static):
            lo.statics.append((where, value))
            if isinstance(value, types.FunctionType):  # autoreload replaces the code in its place
                code = Capture("__code__", value, "__code__", "attr")
                lo.statics.append((code, value.__code__))
            found = Const(value)
            lo.owners.setdefault(id(value), _owned(lo, where))
        else:
            name = _free_name(lo, _owned(lo, where))
            lo.captures.append(Capture(name, where.holder, where.key, where.how))
            lo.hidden_params.append(Param(name, tree, "captured"))
            found = inputs(lo, tree, name)
            heap = lo.state.heap
            for x in objects.reachable([found], heap.objects):
                held = heap.objects[x.cell] if isinstance(x, Obj) else heap.values[x.cell]
                lo.locked[x.cell] = held
        lo.hidden[key] = found
    frames.lock(lo, found, where.name)
    return found


def _decides(value: Any) -> bool:
    """Whether it is an int, a truth value, or a tuple of these."""
    if type(value) is tuple:
        return bool(value) and all(map(_decides, value))
    return type(value) in (int, bool)


def _container(lo: Lowering, where: Capture, value: Any, node: ast.AST) -> Abstract:
    """A captured dict, list or tuple that holds functions: its items are captured one by one."""
    keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
    lo.statics.append((Capture(where.name, value, "", "size"), len(value)))
    items = tuple(
        captured(lo, Capture(objects.part(where.name, k), value, k, "global"), value[k], node)
        for k in keys
    )
    held = Struct(type(value).__name__, keys, items)
    if not can_change(held.kind, None):
        return held
    made = lo.new_object(held)
    lo.locked[made.cell] = held
    return made


def opened(lo: Lowering, obj: Any, node: ast.AST) -> Abstract:
    """A captured object as what it holds, where it meets another one at a join."""
    key = (id(obj), "<object>")
    found: Abstract | None = lo.hidden.get(key)
    cls = type(obj)
    if found is None:
        keys = attributes(obj)
        items = tuple(attribute(lo, Const(obj), k, node) for k in keys)
        kind = kind_of(cls)
        held = Struct(kind, keys, items, cls)
        found = held
        if can_change(kind, cls):
            found = lo.new_object(held)
            lo.locked[found.cell] = held
        lo.hidden[key] = found
    frames.lock(lo, found, f"the {cls.__name__}")
    return found


def _is_input(value: Any) -> bool:
    tree = tree_of(value)
    return tree is not None and not isinstance(tree, Static)


def _owned(lo: Lowering, where: Capture) -> str:
    """``layer_bias`` for ``layer.bias`` of a captured object or of a class."""
    if where.how != "attr" or isinstance(where.holder, types.ModuleType):
        return where.name
    holder = where.holder
    owner = holder.__name__ if isinstance(holder, type) else lo.owners.get(id(holder), "")
    return objects.part(owner, where.key) or where.name


def _free_name(lo: Lowering, name: str) -> str:
    """A name that no other input has (a helper's module may have a global of the same name)."""
    taken = {p.name for p in (*lo.graph.params, *lo.hidden_params)}
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def tree_of(value: Any) -> Tree | None:
    """The structure of a Python value; a Static where it is no number, None where it cannot be an
    input."""
    for cls, t in ((bool, BOOL), (int, INT), (float, FLOAT)):
        if isinstance(value, cls):
            return t
    if value is None or isinstance(value, str):
        return Static(value)
    if is_ndarray(value):
        return array_type(value, "it")
    if isinstance(value, list):
        elem = _element_type(value)
        return None if elem is None else list_of(elem)
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        keys = tuple(range(len(value))) if fields is None else tuple(fields)
        return _node(
            "tuple" if fields is None else "namedtuple",
            keys,
            value,
            None if fields is None else type(value),
        )
    if type(value) is dict:
        if not all(map(is_key, value)):
            return None  # an entry by a class, say: they are captured one by one
        return _node("dict", tuple(value), tuple(value.values()), None)
    return None


def _node(
    kind: str, keys: tuple[Any, ...], values: tuple[Any, ...], cls: type | None
) -> Node | None:
    children = [tree_of(v) for v in values]
    if any(c is None for c in children):
        return None
    return Node(kind, keys, tuple(children), cls)  # type: ignore[arg-type]


def _element_type(values: list[Any]) -> Type | None:
    elem: Type | None = UNKNOWN
    for v in values:
        t = _leaf_type(v)
        elem = None if t is None or elem is None else join(elem, t)
        if elem is None:
            return None
    return FLOAT if elem == UNKNOWN else elem


def _leaf_type(v: Any) -> Type | None:
    return _as_type(tree_of(v))


def _as_type(t: Tree | None) -> Type | None:
    """An element of a list as a graph type: tuples nest, text is data."""
    if isinstance(t, Type):
        return None if isinstance(t, ArrayType) else t
    if isinstance(t, Static):
        return STR if isinstance(t.value, str) else None
    if not isinstance(t, Node) or t.kind != "tuple":
        return None
    elems = [_as_type(c) for c in t.children]
    return None if None in elems else tuple_of(*elems)  # type: ignore[arg-type]


def inputs(lo: Lowering, tree: Tree, name: str) -> Abstract:
    """New graph inputs for the leaves of a tree."""
    if isinstance(tree, Static):
        number = type(tree.value) in (int, bool)
        return lo.builder.const(tree.value) if number else Const(tree.value)
    if isinstance(tree, Node):
        parts = tuple(
            inputs(lo, c, re.sub(r"\W+", "_", f"{name}_{k}"))  # a key may be any text
            for k, c in zip(tree.keys, tree.children, strict=True)
        )
        struct = Struct(tree.kind, tree.keys, parts, tree.cls)
        if not can_change(tree.kind, tree.cls):
            return struct
        obj = lo.new_object(struct, name)
        lo.given.add(obj.cell)
        return obj
    value = lo.graph.body.add_param(tree, name)
    if isinstance(tree, ListType):
        ref = lo.new_cell(value, name)
        lo.given.add(ref.cell)
        return ref
    if is_memory(tree):
        found = storage.fresh(lo, value, name)
        assert isinstance(found, Array)
        lo.given.add(found.cell)
        return found
    return value


def constant_of(lo: Lowering, value: Any, node: ast.AST) -> Abstract:
    """A Python value as constants (a default, what a partial fixed)."""
    if isinstance(value, Held):
        return value.value
    if isinstance(value, (bool, int, float)):
        return lo.builder.const(value)
    if isinstance(value, list) and tree_of(value) is not None:
        made = heap.make_list(lo, [constant_of(lo, v, node) for v in value], node)
        lo.state.heap.frozen[made.cell] = "it is a default value, shared by all calls"
        return made
    if type(value) is tuple:
        return pack([constant_of(lo, v, node) for v in value])
    if type(value) is dict and tree_of(value) is not None:
        items = tuple(constant_of(lo, v, node) for v in value.values())
        held = lo.new_object(Struct("dict", tuple(value), items))
        lo.state.heap.frozen[held.cell] = "it is a default value, shared by all calls"
        return held
    return Const(value)


def attribute(lo: Lowering, owner: Const, attr: str, node: ast.AST) -> Abstract:
    """``owner.attr`` of a module, a class or a captured object."""
    obj = owner.value
    if isinstance(obj, str) and callable(getattr(obj, attr, None)):
        return BoundMethod(owner, attr)
    try:
        value = getattr(obj, attr)
    except AttributeError:
        lo.fail(
            UnresolvedName,
            node,
            f"{describe(owner)} has no attribute '{attr}'",
            "",
            "see the spelling",
            raises="AttributeError",
        )
    if isinstance(obj, types.ModuleType):
        rebound = restored.find(lo, vars(obj), attr, node) if lo.rebound else None
        if rebound is not None:
            return usable(lo, attr, rebound, node)
        if obj.__name__.partition(".")[0] in ("numpy", "scipy"):
            found = array_calls.module_attribute(lo, obj, attr)
            if found is not None:
                return found
        if obj is math and isinstance(value, float):
            return lo.builder.const(value, f"math.{attr}")
        if isinstance(value, (types.BuiltinFunctionType, types.ModuleType)):
            return Const(value)
    if type(obj).__name__ == "iinfo" and isinstance(value, int):
        return lo.builder.const(value)  # it never changes
    if isinstance(obj, enum.Enum) and attr in ("name", "value") and _is_plain(value):
        return constant_of(lo, value, node)
    return captured(lo, Capture(attr, obj, attr, "attr"), value, node)


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return value is None or type(value) in (bool, int, float, str)


# -- closures --------------------------------------------------------------------------------------


def make_closure(lo: Lowering, node: ast.FunctionDef | ast.Lambda, name: str) -> Closure:
    """A nested function: defaults are evaluated now, names when it is called."""
    a = node.args
    ordinary = [*a.posonlyargs, *a.args]
    defaults: dict[str, Abstract] = {}
    for arg, default in zip(ordinary[len(ordinary) - len(a.defaults) :], a.defaults, strict=True):
        defaults[arg.arg] = lo.expr(default)
    for arg, only in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        if only is not None:
            defaults[arg.arg] = lo.expr(only)
    return Closure(node, lo.scope, name, defaults)


def can_change(kind: str, cls: type | None) -> bool:
    """Whether a structure is an object with an identity, whose items can be written to."""
    return kind in ("dict", "list", "set") or (kind in OF_ATTRIBUTES and not is_frozen(cls))
