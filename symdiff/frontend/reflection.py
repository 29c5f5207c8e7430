"""Builtins about classes and objects: ``isinstance``, ``type``, ``getattr``, ``super``, copies."""

from __future__ import annotations

import abc
import ast
import copy
import dataclasses
import enum
import inspect
import sys
import types
import typing

from symdiff.errors import AliasError, TypeMismatch, UnsupportedCall
from symdiff.frontend import classes, deques, heap, iterate, objects, storage
from symdiff.frontend.builtin_calls import Call, builtin
from symdiff.frontend.context import Lowering, Undecided
from symdiff.frontend.displays import attribute_of
from symdiff.frontend.optional import narrowed
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Array,
    BoundMethod,
    Cell,
    Closure,
    Const,
    Generator,
    Method,
    Obj,
    Optional,
    Range,
    Ref,
    Struct,
    Super,
    builtin_class,
    describe,
    pack,
)
from symdiff.instances import kind_of
from symdiff.ir.core import Value
from symdiff.ir.types import ArrayType

CONTAINERS = {"tuple": tuple, "dict": dict, "list": list, "set": set, "slice": slice}
PROTOCOL = {
    abs: "__abs__",
    len: "__len__",
    float: "__float__",
    int: "__int__",
    round: "__round__",
    reversed: "__reversed__",
    divmod: "__divmod__",
}


def by_protocol(lo: Lowering, f: object, args: list[Abstract], node: ast.AST) -> Abstract | None:
    """``abs(x)`` and its like, where the class of ``x`` defines them."""
    if not args or classes.class_of(args[0]) is None:
        return None
    for known, name in PROTOCOL.items():
        if known is f:
            return classes.call_special(lo, args[0], name, args[1:], node)
    return None


# -- classes ---------------------------------------------------------------------------------------


@builtin(isinstance)
def is_instance(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    wanted = _classes(lo, call.args[1], call)
    x = narrowed(lo.state.facts, call.args[0])
    if isinstance(x, Optional):
        answer = is_instance(lo, Call([x.value, call.args[1]], {}, call.node, call.name))
        assert isinstance(answer, Value)
        of_none = issubclass(type(None), wanted)
        if not answer.is_const() or answer.constant == of_none:
            return answer
        return lo.builder.op("not", x.there) if of_none else x.there
    answers = {issubclass(cls, wanted) for cls in _may_be(x)}
    if len(answers) != 1:
        lo.fail(
            Undecided,
            call.node,
            f"isinstance() of a {describe(call.args[0])} is not decided",
            "",
            "test a number, list, tuple, object or None",
        )
    return lo.builder.const(answers.pop())


def _may_be(x: Abstract) -> tuple[type, ...]:
    """The classes that a value may have: what is no array in the graph may be one of no dimensions
    in NumPy, unless an operation made it, whose result is a scalar then."""
    if isinstance(x, Array):
        import numpy as np

        return (np.ndarray,)
    if isinstance(x, Value) and isinstance(x.type, ArrayType):
        import numpy as np

        scalars = {"f64": np.float64, "f32": np.float32, "int": np.int64, "bool": np.bool_}
        scalar = scalars[x.type.dtype]
        made = x.stmt.op if x.stmt is not None else None
        computed = made is not None and bool(made.partials) and made.vjp is None
        return (scalar,) if computed else (scalar, np.ndarray)
    found = class_of(x)
    return () if found is None else (found,)


@builtin(issubclass)
def is_subclass(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    (found,) = _classes(lo, call.args[0], call)
    return lo.builder.const(issubclass(found, _classes(lo, call.args[1], call)))


@builtin(inspect.signature)
def signature(lo: Lowering, call: Call) -> Abstract:
    """The parameters of a known function, as the object that ``inspect`` makes of them."""
    call.only(lo, 1, 1)
    (f,) = call.args
    if not isinstance(f, Const) or not isinstance(f.value, types.FunctionType):
        lo.fail(
            UnsupportedCall,
            call.node,
            f"inspect.signature() of a {describe(f)} is not supported",
            "which parameters it has is not known",
            "pass a function that is defined in a module",
        )
    found = inspect.signature(f.value).parameters
    held = Struct("dict", tuple(found), tuple(map(Const, found.values())))
    cls = inspect.Signature
    return lo.new_object(Struct(kind_of(cls), ("_parameters",), (lo.new_object(held),), cls))


@builtin(types.MappingProxyType)
def read_only(lo: Lowering, call: Call) -> Abstract:
    """A view of a dict through which nothing is written; to a reader it is the dict."""
    call.only(lo, 1, 1)
    (x,) = call.args
    if not isinstance(x, Obj) or x.kind != "dict":
        lo.fail(TypeMismatch, call.node, f"a MappingProxyType of a {describe(x)}", "", "use a dict")
    return x


def _classes(lo: Lowering, x: Abstract, call: Call) -> tuple[type, ...]:
    if isinstance(x, Struct):
        return tuple(c for item in x.items for c in _classes(lo, item, call))
    if isinstance(x, Const) and isinstance(x.value, type):
        _answers_plainly(lo, x.value, call)
        return (x.value,)
    if isinstance(x, Const) and isinstance(x.value, tuple):
        return tuple(c for part in x.value for c in _classes(lo, Const(part), call))
    origin = typing.get_origin(x.value) if isinstance(x, Const) else None
    if isinstance(x, Const) and origin in (typing.Union, types.UnionType):
        return tuple(c for part in x.value.__args__ for c in _classes(lo, Const(part), call))
    if isinstance(origin, type):  # typing.Sequence, which stands for the class
        return (origin,)
    lo.fail(
        UnsupportedCall,
        call.node,
        f"the class of {call.name}() is not known",
        "",
        "name the class itself, as in isinstance(x, float)",
    )


def _answers_plainly(lo: Lowering, cls: type, call: Call) -> None:
    """Refuse a class that answers ``isinstance`` in its own way."""
    for name in ("__instancecheck__", "__subclasscheck__"):
        found = classes.find(type(cls), name)
        if found is not None and found[0] not in (type, abc.ABCMeta, enum.EnumMeta):
            lo.fail(
                Undecided,
                call.node,
                f"{call.name}() of {cls.__name__} is not decided",
                f"its metaclass has a {name} of its own",
                "test for another class",
            )


def class_of(x: Abstract) -> type | None:
    """The Python class of an abstract value."""
    if isinstance(x, Array):
        return sys.modules["numpy"].ndarray  # type: ignore[no-any-return]
    if isinstance(x, Value):
        return {"float": float, "int": int, "bool": bool, "str": str}.get(x.type.name)
    if isinstance(x, Const):
        return type(x.value)
    if isinstance(x, (Ref, Obj)) and builtin_class(x) is not None:
        found = builtin_class(x)
        return None if found is object else found
    if isinstance(x, (Struct, Obj)):
        return x.cls or CONTAINERS.get(x.kind)
    others: dict[type, type] = {
        Ref: list,
        Closure: types.FunctionType,
        Range: range,
        Method: types.MethodType,
        Generator: types.GeneratorType,
    }
    return others.get(type(x))


@builtin(type)
def type_of(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    found = class_of(call.args[0])
    if found is None:
        lo.fail(
            UnsupportedCall,
            call.node,
            f"type() of a {describe(call.args[0])} is not decided",
            "",
            "use isinstance() of a number, list, tuple or object",
        )
    return Const(found)


@builtin(callable)
def is_callable(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    if isinstance(x, Const):
        return lo.builder.const(callable(x.value))
    known = isinstance(x, (Closure, Method, BoundMethod))
    return lo.builder.const(known or classes.function(x, "__call__") is not None)


@builtin(super)
def supered(lo: Lowering, call: Call) -> Abstract:
    """``super()`` of the method that is being lowered, or ``super(Class, x)``."""
    call.only(lo, 0, 2)
    if len(call.args) == 2:
        (cls,) = _classes(lo, call.args[0], call)
        return Super(cls, call.args[1])
    cell = lo.scope.cells.get("__class__")
    if cell is None or lo.scope.first not in lo.vars:
        lo.fail(
            UnsupportedCall,
            call.node,
            "super() is only known in a method",
            "it needs the class and the first argument",
            "write super(Class, self)",
        )
    return Super(cell.cell_contents, lo.vars[lo.scope.first])


# -- attributes by name ----------------------------------------------------------------------------


def _name(lo: Lowering, call: Call) -> str:
    x = call.args[1]
    if isinstance(x, Const) and isinstance(x.value, str):
        return x.value
    lo.fail(
        UnsupportedCall,
        call.node,
        f"{call.name}() with a name that is not known",
        "which attribute is meant depends on data",
        "write the name as a literal",
    )


@builtin(getattr)
def get_attribute(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 3)
    owner, name = call.args[0], _name(lo, call)
    if len(call.args) == 3 and not _has(lo, owner, name, call):
        return call.args[2]
    return attribute_of(lo, owner, name, call.node)


@builtin(hasattr)
def has_attribute(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 2, 2)
    return lo.builder.const(_has(lo, call.args[0], _name(lo, call), call))


def _has(lo: Lowering, owner: Abstract, name: str, call: Call) -> bool:
    if isinstance(owner, Const):
        return hasattr(owner.value, name)
    cls = class_of(owner)
    if cls is None:
        lo.fail(
            UnsupportedCall,
            call.node,
            f"{call.name}() of a {describe(owner)} is not decided",
            "",
            "test an object or a number",
        )
    if isinstance(owner, (Obj, Struct)) and owner.cls is not None:
        held = objects.structure(lo, owner, call.node)
        if isinstance(held, Struct) and held.get(name) is not None:
            return True
        found = classes.find(cls, name)
        if found is None and classes.function(owner, "__getattr__") is not None:
            lo.fail(
                Undecided,
                call.node,
                f"{call.name}() of a {describe(owner)} is not decided",
                "its __getattr__ may have an answer, or raise AttributeError",
                "read the attribute in a try, or test something else",
            )
        return found is not None and not isinstance(found[1], types.MemberDescriptorType)
    return hasattr(cls, name)


@builtin(setattr)
def put_attribute(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 3, 3)
    classes.set_attribute(lo, call.args[0], _name(lo, call), call.args[2], call.node)
    return NONE_CONST


@builtin(object.__setattr__)
def put_plainly(lo: Lowering, call: Call) -> Abstract:
    """What a frozen dataclass uses in its ``__post_init__``."""
    call.only(lo, 3, 3)
    owner = call.args[0]
    if not isinstance(owner, Obj) or owner.cls is None:
        lo.fail(
            TypeMismatch,
            call.node,
            f"a {describe(owner)} is written to behind its class's back",
            "it is a value by now",
            "make a new one",
        )
    classes.plain_set(lo, owner, _name(lo, call), call.args[2], call.node)
    return NONE_CONST


@builtin(object.__init__)
def initialised(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return NONE_CONST



# -- copies ----------------------------------------------------------------------------------------


@builtin(copy.copy)
def shallow_copy(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    x = call.args[0]
    own = classes.call_special(lo, x, "__copy__", [], call.node)
    if own is not None:
        return own
    if isinstance(x, Ref):
        return deques.like(iterate.to_list(lo, x, call.node), x)
    if isinstance(x, Array):
        return storage.fresh(lo, storage.read(lo, x, call.node))
    return objects.like(lo, x, objects.contents(lo, x)) if isinstance(x, Obj) else x


@builtin(copy.deepcopy)
def deep_copy(lo: Lowering, call: Call) -> Abstract:
    call.only(lo, 1, 1)
    return _deep(lo, call.args[0], call, {})


def _deep_array(
    lo: Lowering, x: Array, call: Call, made: dict[Cell | Array, Abstract]
) -> Abstract:
    """An array of its own. Two views of one part may be one array object or two, and so may their
    copies."""
    if x not in made:
        made[x] = storage.fresh(lo, storage.read(lo, x, call.node))
    elif x.views:
        lo.fail(
            AliasError,
            call.node,
            "a view of an array is found twice in what is copied",
            "whether the copies share their memory is not known",
            "copy the array first",
        )
    return made[x]


def _deep(
    lo: Lowering, x: Abstract, call: Call, made: dict[Cell | Array, Abstract]
) -> Abstract:
    if isinstance(x, Ref):
        if x.cell not in made or x.path:
            made[x.cell] = deques.like(lo.new_cell(heap.read(lo, x, call.node)), x)
        return made[x.cell]
    if isinstance(x, Optional):
        return Optional(_deep(lo, x.value, call, made), x.there, x.why)
    if isinstance(x, Array):
        return _deep_array(lo, x, call, made)
    if isinstance(x, Obj):
        if x.cell in made:
            return made[x.cell]
        if classes.function(x, "__deepcopy__") is not None:
            lo.fail(
                UnsupportedCall,
                call.node,
                f"{describe(x)} has a __deepcopy__ of its own",
                "how it uses its memo is not known",
                "copy what it holds",
            )
        held = objects.known(lo, x, call.node)
        new = made[x.cell] = objects.like(lo, x, held)
        items = tuple(_deep(lo, i, call, made) for i in held.items)
        lo.state.heap.objects[new.cell] = Struct(held.kind, held.keys, items, held.cls)
        return new
    if isinstance(x, Struct):
        return Struct(x.kind, x.keys, tuple(_deep(lo, i, call, made) for i in x.items), x.cls)
    return x


@builtin(dataclasses.fields)
def fields_of(lo: Lowering, call: Call) -> Abstract:
    """The fields of a dataclass or of an instance of one: they are fixed by the class."""
    call.only(lo, 1, 1)
    x = call.args[0]
    cls = x.value if isinstance(x, Const) and isinstance(x.value, type) else class_of(x)
    if cls is None or not dataclasses.is_dataclass(cls):
        lo.fail(TypeMismatch, call.node, f"fields() of a {describe(x)}", "", "pass a dataclass",
                raises="TypeError")
    return pack(list(map(Const, dataclasses.fields(cls))))


@builtin(dataclasses.replace)
def replaced(lo: Lowering, call: Call) -> Abstract:
    """A new one through the constructor, with some fields changed."""
    x = call.args[0]
    cls = class_of(x)
    if len(call.args) != 1 or cls is None or not dataclasses.is_dataclass(cls):
        lo.fail(TypeMismatch, call.node, f"replace() of a {describe(x)}", "", "pass a dataclass")
    kwargs = {
        f.name: attribute_of(lo, x, f.name, call.node) for f in dataclasses.fields(cls) if f.init
    }
    return lo.call(Const(cls), [], call.node, **{**kwargs, **call.kwargs})
