"""Arrays where Python's syntax meets them: operators, comparisons, attributes, subscripts."""

from __future__ import annotations

import ast
import importlib
import math
import sys
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedSyntax
from symdiff.frontend import heap, storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Array,
    BoundMethod,
    Const,
    Obj,
    Ref,
    Struct,
    describe,
    is_slice,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import INT, ArrayType, Type, is_number, list_of
from symdiff.ops.array_index import is_basic
from symdiff.ops.array_shapes import flat_letter, has_shape, reshape, size_along
from symdiff.ops.array_types import dims_of

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}
LOGIC: dict[type[ast.operator], str] = {ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor"}
BITS: dict[type[ast.operator], str] = {
    ast.BitAnd: "bit_and",
    ast.BitOr: "bit_or",
    ast.BitXor: "bit_xor",
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


def is_array(x: Abstract) -> bool:
    """Whether it is an array or a NumPy scalar."""
    return isinstance(x, Array) or (isinstance(x, Value) and isinstance(x.type, ArrayType))


def value_of(lo: Lowering, x: Abstract, node: ast.AST, what: str = "") -> Value:
    """The graph value of an array or a number."""
    if isinstance(x, Array):
        return storage.read(lo, x, node)
    if isinstance(x, Value) and (isinstance(x.type, ArrayType) or is_number(x.type)):
        return x
    if isinstance(x, Const) and type(x.value).__name__ == "float32":  # of np.finfo(np.float32)
        return lo.builder.op("scalar", lo.builder.const(float(x.value)), dtype="f32")
    if is_listed(x):
        return _listed(lo, x, node)
    lo.none_used(f"{what or 'this operation'} needs a number", x)
    lo.fail(
        TypeMismatch,
        node,
        f"{what or 'this operation'} needs an array or a number here",
        f"this is a {describe(x)}",
        "pass an array or a number",
    )


def is_listed(x: Abstract) -> bool:
    """Whether it is a list or a tuple, which NumPy makes an array of."""
    if isinstance(x, (Struct, Obj)):
        return x.kind in ("tuple", "list", "namedtuple")
    return isinstance(x, Ref)


def _listed(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """The array of a list or a tuple beside one; its module is built on this one."""
    makers = importlib.import_module("symdiff.frontend.array_makers")
    return makers.of_list(lo, x, node)  # type: ignore[no-any-return]


def number(lo: Lowering, x: Value) -> Value:
    """A NumPy scalar as a Python number."""
    assert isinstance(x.type, ArrayType)
    row = {"f64": "float", "f32": "float", "int": "int", "bool": "bool"}[x.type.dtype]
    return lo.builder.op(row, x)


def type_of(lo: Lowering, x: Abstract, node: ast.AST) -> Type:
    return value_of(lo, x, node).type


# -- operators -------------------------------------------------------------------------------------


def operate(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """``left op right`` where one is an array."""
    x, y = value_of(lo, left, node), value_of(lo, right, node)
    return storage.fresh(lo, lo.builder.op(_row(lo, op, x, y, node), x, y))


def _row(lo: Lowering, op: ast.operator, x: Value, y: Value, node: ast.AST) -> str:
    """The row of an operator: of ints the bits are meant, of bools the truth."""
    if type(op) in OPERATORS:
        return OPERATORS[type(op)]
    kinds = [getattr(v.type, "dtype", v.type.name) for v in (x, y)]
    if type(op) in LOGIC and kinds == ["bool", "bool"]:
        return LOGIC[type(op)]
    for v, kind in zip((x, y), kinds, strict=True):
        if kind not in ("int", "bool"):
            lo.fail(
                TypeMismatch,
                node,
                "bit operations are supported on arrays of ints and bools only",
                f"this is a {v.type}",
                "compare first: (x > 0) & (y > 0)",
            )
    return BITS[type(op)]


def unary(lo: Lowering, op: ast.unaryop, x: Abstract, node: ast.AST) -> Abstract:
    """``-x``, ``+x``, ``~x``."""
    value = value_of(lo, x, node)
    if isinstance(op, ast.Invert):
        if getattr(value.type, "dtype", "") == "int":
            return storage.fresh(lo, lo.builder.op("bit_not", value))
        if getattr(value.type, "dtype", "") != "bool":
            lo.fail(
                TypeMismatch,
                node,
                "~ is supported on arrays of ints and bools only",
                "the bits of a number have no derivative",
                "write ~(x > 0)",
            )
        return storage.fresh(lo, lo.builder.op("not", value))
    return storage.fresh(lo, lo.builder.op("neg" if isinstance(op, ast.USub) else "pos", value))


def compare(
    lo: Lowering, op: ast.cmpop, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """An elementwise comparison."""
    row = COMPARE.get(type(op))
    if row is None:
        lo.fail(
            UnsupportedSyntax,
            node,
            "'in' and 'is' of arrays are not supported",
            "",
            "write np.any(x == y)",
        )
    x, y = value_of(lo, left, node), value_of(lo, right, node)
    return storage.fresh(lo, lo.builder.op(row, x, y))


AMBIGUOUS = "The truth value of an array with more than one element is ambiguous"


def truth(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """The truth of a NumPy scalar; that of an array is ambiguous."""
    value = value_of(lo, x, node)
    t = value.type
    assert isinstance(t, ArrayType)
    if t.dims.strip("1"):
        if lo.handling and "n" in t.dims:  # reached only where a handler runs: raises, as NumPy
            lo.builder.op("raise", template=f"ValueError({AMBIGUOUS!r})")
            return lo.builder.const(False)
        lo.fail(
            TypeMismatch,
            node,
            "the truth of an array is ambiguous",
            f"this is a {t}",
            "write np.any(...) or np.all(...), or np.where for a choice per element",
            raises="ValueError" if "n" in t.dims else "",
        )
    if t.dims:
        value = lo.builder.op("squeeze", value, axes=tuple(range(t.rank)))
    if t.dtype != "bool":
        value = lo.builder.op("ne", value, lo.builder.const(0))
    return lo.builder.op("bool", value)


# -- attributes ------------------------------------------------------------------------------------


def shape(lo: Lowering, x: Abstract, node: ast.AST) -> list[Value]:
    """The sizes along all axes."""
    value = value_of(lo, x, node)
    return [size_along(lo.builder, value, k) for k in range(len(dims_of(value.type)))]


def attribute(lo: Lowering, x: Abstract, name: str, node: ast.AST) -> Abstract:
    """``x.T``, ``x.shape``, ...; methods are bound."""
    rank = len(dims_of(type_of(lo, x, node)))
    match name:
        case "T" | "mT":
            axes = tuple(range(rank))[::-1] if name == "T" else _last_two(rank)
            return transposed(lo, x, axes)
        case "shape":
            return pack(list(shape(lo, x, node)))
        case "ndim":
            return lo.builder.const(rank)
        case "size":
            return size(lo, x, node)
        case "dtype":
            return dtype(getattr(type_of(lo, x, node), "dtype", "f64"))
        case "nbytes" | "itemsize":
            return _bytes(lo, x, name, node)
        case "real":
            return x
        case "imag":
            return storage.fresh(lo, lo.builder.op("mul", value_of(lo, x, node),
                                                   lo.builder.const(0)))
        case "flags":
            return Struct("flags", ("writeable",), (lo.builder.const(True),))
        case "flat":
            return _flat(lo, x, node)
    return _method(lo, x, name, node)


def _method(lo: Lowering, x: Abstract, name: str, node: ast.AST) -> Abstract:
    """``x.sum`` before it is called."""
    if not hasattr(sys.modules["numpy"].ndarray, name):
        lo.fail(
            UnsupportedSyntax,
            node,
            f"an array has no attribute '{name}'",
            "",
            "see the spelling",
            raises="AttributeError",
        )
    return BoundMethod(x, name)


def _bytes(lo: Lowering, x: Abstract, name: str, node: ast.AST) -> Abstract:
    """The memory of one element, or of all."""
    kind = getattr(type_of(lo, x, node), "dtype", "f64")
    width = lo.builder.const({"f32": 4, "bool": 1}.get(kind, 8))
    if name == "itemsize":
        return width
    return lo.builder.mul(lo.number(size(lo, x, node), node, "a size"), width)


def _flat(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """``x.flat``: however the array lies in memory, a write goes through to it."""
    dims = dims_of(type_of(lo, x, node))
    if isinstance(x, Array):
        if len(dims) == 1:
            return x
        return storage.view(x, "reshape", (lo.builder.const(-1),), dims=flat_letter(dims))
    return storage.fresh(lo, reshape(lo.builder, value_of(lo, x, node), [lo.builder.const(-1)]))


NUMPY = {"f64": "float64", "f32": "float32", "int": "int64", "bool": "bool",
         "c128": "complex128", "c64": "complex64"}


def dtype(kind: str) -> Const:
    """NumPy's own object: what a program asks of it is what it says."""
    return Const(sys.modules["numpy"].dtype(NUMPY[kind]))


def size(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """How many elements."""
    b = lo.builder
    sizes = shape(lo, x, node)
    if len(sizes) == 1:
        return sizes[0]
    if all(n.is_const() for n in sizes):
        return b.const(math.prod(n.constant for n in sizes))
    return b.op("size", value_of(lo, x, node)) if sizes else b.const(1)


def length(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    """``len(x)``."""
    sizes = shape(lo, x, node)
    if not sizes:
        lo.fail(TypeMismatch, node, "a NumPy scalar has no length", "", "len() is for arrays")
    return sizes[0]


def _last_two(rank: int) -> tuple[int, ...]:
    return (*range(rank - 2), rank - 1, rank - 2)


def transposed(lo: Lowering, x: Abstract, axes: tuple[int, ...]) -> Abstract:
    return viewed(lo, x, "transpose", axes=axes) if len(axes) > 1 else x


def viewed(
    lo: Lowering, x: Abstract, op: str, args: tuple[Value, ...] = (), **attrs: Any
) -> Abstract:
    """A view of an array; of a NumPy scalar a fresh array."""
    if isinstance(x, Array):
        return storage.view(x, op, args, **attrs)
    assert isinstance(x, Value)
    return storage.fresh(lo, lo.builder.op(op, x, *args, **attrs))


# -- subscripts ------------------------------------------------------------------------------------


def subscript(lo: Lowering, x: Abstract, index: ast.expr, node: ast.AST) -> Abstract:
    """``x[index]``: a view, a number, or a copy."""
    spec, args = places(lo, x, index, node)
    if spec[:1] == ("b",):
        x, spec, args = _whole_or_nothing(lo, x, spec, args)
    if is_basic(spec) and "n" in spec:
        return _with_new_axes(lo, x, spec, args)
    if isinstance(x, Array) and is_basic(spec) and not _is_element(lo, x, spec, node):
        return storage.view(x, "index", args, spec=spec)
    value = value_of(lo, x, node)
    return storage.fresh(lo, lo.builder.op("index", value, *args, spec=spec))


def _with_new_axes(
    lo: Lowering, x: Abstract, spec: tuple[str, ...], args: tuple[Value, ...]
) -> Abstract:
    """``x[:, None]``: the rest of the index, then the new axes."""
    shown = [item for item in spec if item != "i"]
    axes = tuple(k for k, item in enumerate(shown) if item == "n")
    rest = tuple(item for item in spec if item != "n")
    while rest and rest[-1] == ":":
        rest = rest[:-1]
    if rest:
        x = viewed(lo, x, "index", args, spec=rest)
    return viewed(lo, x, "expand_dims", axes=axes)


def _whole_or_nothing(
    lo: Lowering, x: Abstract, spec: tuple[str, ...], args: tuple[Value, ...]
) -> tuple[Abstract, tuple[str, ...], tuple[Value, ...]]:
    """``x[True]`` is ``x`` under a new axis, ``x[False]`` nothing there: a mask of one place, also
    before further indices."""
    flag, *rest = args
    mask = reshape(lo.builder, lo.builder.op("scalar", flag, dtype="bool"), [lo.builder.const(1)])
    return viewed(lo, x, "expand_dims", axes=(0,)), ("m", *spec[1:]), (mask, *rest)


def _is_element(lo: Lowering, x: Array, spec: tuple[str, ...], node: ast.AST) -> bool:
    return len(spec) == len(dims_of(type_of(lo, x, node))) and all(i == "i" for i in spec)


def item(lo: Lowering, x: Abstract, index: Value, node: ast.AST) -> Abstract:
    """``x[index]`` for an int."""
    if len(dims_of(type_of(lo, x, node))) > 1:
        return viewed(lo, x, "index", (index,), spec=("i",))
    return lo.builder.op("index", value_of(lo, x, node), index, spec=("i",))


def set_item(
    lo: Lowering, x: Abstract, index: ast.expr, new: Abstract, node: ast.AST
) -> None:
    """``x[index] = new``."""
    if not isinstance(x, Array):
        lo.fail(
            TypeMismatch,
            node,
            "a NumPy scalar has no elements to write to",
            "it cannot change",
            "make it an array of one dimension",
        )
    part = written_part(lo, x, index, node)
    storage.write(lo, part, value_of(lo, new, node, "a write"), node)


def written_part(lo: Lowering, x: Array, index: ast.expr, node: ast.AST) -> Array:
    """``x[index]`` as what is written to."""
    spec, args = places(lo, x, index, node)
    if spec[:1] == ("b",):
        whole, spec, args = _whole_or_nothing(lo, x, spec, args)
        assert isinstance(whole, Array)
        x = whole
    return storage.view(x, "index", args, spec=spec)


def places(
    lo: Lowering, x: Abstract, index: ast.expr, node: ast.AST
) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """An index as the rows state it: what stands at each position, and its operands."""
    rank = len(dims_of(type_of(lo, x, node)))
    nodes = index.elts if isinstance(index, ast.Tuple) else [index]
    items: list[tuple[str, list[Value]]] = []
    for part in nodes:
        items.extend(_placed(lo, _index_of(lo, part), part, node))
    used = sum(_taken(spec, args) for spec, args in items)
    gaps = [k for k, (spec, _) in enumerate(items) if spec == "e"]
    if used > rank:
        lo.fail(
            TypeMismatch,
            node,
            f"too many indices for an array of {rank} dimensions",
            "",
            "give at most one per dimension",
        )
    fill: list[tuple[str, list[Value]]] = [(":", []) for _ in range(rank - used)]
    if any(spec == "b" for spec, _ in items[1:]) or [s for s, _ in items][:2] == ["b", "n"]:
        lo.fail(TypeMismatch, node, "a bool is no index behind others",
                "NumPy takes it for a mask of no dimension", "write an if, or int(...)")
    if gaps:
        items[gaps[0] : gaps[0] + 1] = fill
    while items and items[-1][0] == ":":
        items.pop()
    return tuple(spec for spec, _ in items), tuple(v for _, args in items for v in args)


def places_of(
    lo: Lowering, x: Abstract, index: Abstract, node: ast.AST
) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """The same for an index that is a value: an int, an array, or a tuple of these."""
    items = _placed(lo, index, node, node)
    if any(spec == "b" for spec, _ in items):
        lo.fail(TypeMismatch, node, "a bool is no place to write to", "", "write an if")
    rank = len(dims_of(type_of(lo, x, node)))
    if sum(_taken(spec, args) for spec, args in items) > rank:
        lo.fail(TypeMismatch, node, f"too many indices for an array of {rank} dimensions", "",
                "give at most one per dimension")
    return tuple(spec for spec, _ in items), tuple(v for _, args in items for v in args)


def _taken(spec: str, args: list[Value]) -> int:
    if spec in ("n", "e", "b"):
        return 0
    return len(dims_of(args[0].type)) if spec == "m" else 1


def _index_of(lo: Lowering, part: ast.expr) -> Abstract:
    """An index as a value; ``...`` is a literal."""
    ellipsis = isinstance(part, ast.Constant) and part.value is Ellipsis
    return Const(Ellipsis) if ellipsis else lo.expr(part)


def _placed(
    lo: Lowering, x: Abstract, part: ast.AST, node: ast.AST
) -> list[tuple[str, list[Value]]]:
    if isinstance(x, Const) and x.value is None:
        return [("n", [])]
    if isinstance(x, Const) and x.value is Ellipsis:
        return [("e", [])]
    if is_slice(x):
        bounds = [None if p == NONE_CONST else _bound(lo, p, part) for p in x.items]
        flags = "".join("0" if v is None else "1" for v in bounds)
        return [(f"s{flags}" if "1" in flags else ":", [v for v in bounds if v is not None])]
    if isinstance(x, Struct) and x.kind == "tuple":
        return [p for i in x.items for p in _placed(lo, i, part, node)]
    if isinstance(x, Array):
        value = storage.read(lo, x, node)
        dtype = getattr(value.type, "dtype", "")
        if dtype == "bool":
            return [("m", [value])]
        if dtype == "int":
            return [("a", [value])]
    elif isinstance(x, Ref):
        listed = heap.read(lo, x, node)
        if listed.type == list_of(INT):
            return [("a", [lo.builder.op("from_list", listed, dtype=None)])]
    elif isinstance(x, Value) and getattr(x.type, "dtype", x.type.name) == "bool":
        return [("b", [x])]
    elif isinstance(x, Value) and not _is_float(x.type):
        return [("i", [as_int(lo, x)])]
    lo.fail(
        TypeMismatch,
        part,
        f"a {describe(x)} is no index",
        "an index is an int, a slice, None, an array of ints or a mask",
        "convert it with int(...) or astype(int)",
    )


def _is_float(t: Type) -> bool:
    return t.name == "float" or getattr(t, "dtype", "") in ("f64", "f32")


def as_int(lo: Lowering, x: Value) -> Value:
    """An index as a Python int."""
    return number(lo, x) if isinstance(x.type, ArrayType) else x


def _bound(lo: Lowering, x: Abstract, node: ast.AST) -> Value:
    value = lo.number(x, node, "a bound of a slice must be an int")
    if value.type.name == "float":
        lo.fail(TypeMismatch, node, "a bound of a slice must be an int", "this is a float",
                "write int(...)")
    return value


# -- augmented assignment --------------------------------------------------------------------------


def augment(
    lo: Lowering, op: ast.operator, x: Array, right: Abstract, node: ast.AST
) -> None:
    """``x += y`` changes the array itself, under all its names."""
    old, term = storage.read(lo, x, node), value_of(lo, right, node)
    row = _row(lo, op, old, term, node)
    new = lo.builder.op(row, old, term)
    if row in ("add", "sub") and not x.views and not has_shape(lo.builder, new, old):
        new = lo.builder.op("update", old, storage.fitted(lo, old, term, node), how=row)
    storage.write(lo, x, new, node)
