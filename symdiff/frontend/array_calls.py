"""Calls of NumPy's functions and methods of arrays: one entry per name, bound by NumPy's own
signature.

A function is found by identity (``from numpy import exp as e`` works); a method ``x.sum(axis=0)``
is the function ``sum`` with ``x`` as its first argument. A ufunc whose row is elementwise needs no
entry here.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import array_outputs, arrays, heap, list_parts, objects, storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.library import FORMULAS, STATISTICS
from symdiff.frontend.values import (
    NONE_CONST,
    Abstract,
    Array,
    Const,
    Obj,
    Ref,
    Struct,
    describe,
    is_complex,
)
from symdiff.ir.core import Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import ArrayType, is_number
from symdiff.ops.array_types import Axes, dims_of, normal_axes
from symdiff.records import dataclass, field

DRAWS = "symdiff.frontend.draws"  # loaded for who draws random numbers
EACH = "numpy.vectorize.__call__"
IGNORED = ("out", "dtype", "order", "where", "subok", "casting", "initial", "like", "device")
MODULES = ("numpy", "numpy.linalg", "scipy.special", "numpy.random", "scipy.linalg")


@dataclass(slots=True)
class ArrayCall:
    """A call with its arguments by parameter name; absent ones have NumPy's defaults."""

    lo: Lowering
    name: str
    node: ast.AST
    given: dict[str, Abstract]
    rest: list[Abstract] = field(default_factory=list)  # of a *parameter

    def __getitem__(self, key: str) -> Abstract:
        return self.given[key]

    def has(self, key: str) -> bool:
        """Whether it was passed, and is not None."""
        return self.given.get(key, NONE_CONST) != NONE_CONST

    def value(self, key: str) -> Value:
        """An array or number as a graph value; a list is made an array, as NumPy does."""
        x = self.given[key]
        if isinstance(x, (Ref, Struct)):
            x = bound(self.lo, FUNCTIONS["numpy.array"], [x], {}, self.node)
        return arrays.value_of(self.lo, x, self.node, f"{self.name}()")

    def fail(self, what: str, why: str = "", hint: str = "") -> Any:
        self.lo.fail(UnsupportedCall, self.node, what, why, hint)

    def static(self, key: str, default: Any = None) -> Any:
        """An argument that is known while compiling: a number, a flag, text, a tuple of ints."""
        if key not in self.given:
            return default
        found = static_value(self.given[key], self.lo)
        if found is UNKNOWN:
            self.fail(
                f"{self.name}() with a {key} that depends on data",
                "the rank of the result would not be known",
                f"write {key} as a literal",
            )
        return found

    def axes(self, rank: int, key: str = "axis") -> Axes:
        """The axes meant, from the front; None is all."""
        try:
            return normal_axes(self.static(key), rank)
        except TypeError as err:
            return self.fail(f"{self.name}(): {err}")  # type: ignore[no-any-return]

    def fresh(self, value: Value) -> Abstract:
        return storage.fresh(self.lo, value)

    def static_true(self, x: Abstract | None) -> bool:
        """Whether it is ``True``, known while compiling."""
        return isinstance(x, Value) and x.is_const(True)

    def op(self, row: str, *args: Value, **attrs: Any) -> Abstract:
        return self.fresh(self.lo.builder.op(row, *args, **attrs))


class _Unknown:
    """The marker of what is not known while compiling."""


UNKNOWN = _Unknown()


def static_value(x: Abstract, lo: Lowering | None = None) -> Any:
    """The Python value of an argument, or ``UNKNOWN``; a list of constants counts as a tuple."""
    if isinstance(x, Ref) and lo is not None and not x.path:
        known = list_parts.parts(lo.builder, lo.state.heap.values[x.cell])
        if known is None:
            return UNKNOWN
        found = [static_value(v) for v in known]
        return UNKNOWN if any(i is UNKNOWN for i in found) else tuple(found)
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    if isinstance(x, Value) and x.op == "neg" and x.stmt is not None:  # -np.inf keeps its name
        inner = static_value(x.stmt.args[0])
        return inner if inner is UNKNOWN else -inner
    if isinstance(x, Value) and x.op == "make_list" and x.stmt is not None:
        items = [static_value(i) for i in x.stmt.args]
        return UNKNOWN if any(i is UNKNOWN for i in items) else tuple(items)
    if isinstance(x, Obj) and x.kind == "list" and lo is not None:
        x = objects.contents(lo, x)
    if isinstance(x, Struct) and x.kind in ("tuple", "list"):
        items = [static_value(i, lo) for i in x.items]
        return UNKNOWN if any(i is UNKNOWN for i in items) else tuple(items)
    return UNKNOWN


Handler = Callable[[ArrayCall], Abstract]


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of NumPy's: its parameters in order, those that must be passed, the lowering."""

    name: str
    parameters: tuple[str, ...]
    required: int
    handler: Handler
    starred: bool = False
    formula: Any = None  # a function in Python that is followed in its place

    @property
    def options(self) -> tuple[str, ...]:
        """What a reduction takes beside its parameters."""
        known = self.name.removeprefix(".")
        reduces = known in array_outputs.NEUTRAL or known in (*array_outputs.EXTREMA, "mean")
        return array_outputs.OPTIONS if reduces else ()


COMPLEX: list[Callable[[ArrayCall, Entry], Abstract]] = []  # filled by the module of complexes
FUNCTIONS: dict[str, Entry] = {}  # by dotted name
METHODS: dict[str, Entry] = {}  # by method name; the array is the first parameter
_BY_ID: dict[int, tuple[Any, Entry]] = {}
_seen: set[str] = set()


def function(names: str, parameters: str, *, method: str = "") -> Callable[[Handler], Handler]:
    """Register a lowering: dotted names (``numpy`` is understood), parameters as NumPy has them.

    Parameters after ``|`` may be left out; a last ``*name`` takes any number.
    """
    needed, _, optional = parameters.partition("|")
    starred = needed.strip().startswith("*")
    params = (*needed.replace("*", "").split(), *optional.split())

    def register(handler: Handler) -> Handler:
        for name in names.split():
            dotted = name if "." in name else f"numpy.{name}"
            short = dotted.removeprefix("numpy.")
            entry = Entry(short, params, len(needed.split()), handler, starred)
            FUNCTIONS[dotted] = entry
        for name in method.split():
            METHODS[name] = Entry(f".{name}", params, len(needed.split()), handler, starred)
        return handler

    return register


def formula(names: str, *, method: str = "") -> Callable[[Any], Any]:
    """Register a function in Python as what functions of NumPy's or SciPy's do.

    Its parameters are theirs; those that it lacks are refused at the call.
    """

    def register(f: Any) -> Any:
        params = tuple(inspect.signature(f).parameters)
        for name in names.split():
            dotted = name if "." in name else f"numpy.{name}"
            short = dotted.removeprefix("numpy.")
            FUNCTIONS[dotted] = Entry(short, params, 0, _followed, formula=f)
        for name in method.split():
            METHODS[name] = Entry(f".{name}", params, 0, _followed, formula=f)
        return f

    return register


def _followed(call: ArrayCall) -> Abstract:
    raise AssertionError(f"{call.name}() has a formula")


HANDLERS = ("array_functions", "array_makers", "array_moves", "array_algebra",
            "array_linalg", "array_norms", "array_sorting", "array_calculus", "array_fourier",
            "array_pieces", "array_places", "array_choices", "array_ufuncs", "array_special",
            "array_grids", "array_dtypes", *FORMULAS)


@functools.cache
def load() -> None:
    """Import the modules that register lowerings; a program without arrays needs none of them."""
    for name in HANDLERS:
        importlib.import_module(f"symdiff.frontend.{name}")
    _rows()


def entry_of(f: Any) -> Entry | None:
    """The entry that a callable stands for, by identity."""
    if "numpy" not in sys.modules:
        return None
    found = _BY_ID.get(id(f))
    if found is None and _refresh():
        found = _BY_ID.get(id(f))
    return found[1] if found is not None else None


def _refresh() -> bool:
    """Resolve the names whose modules are loaded by now."""
    added = False
    load()
    for dotted, entry in FUNCTIONS.items():
        if dotted in _seen:
            continue
        module_name, _, name = dotted.rpartition(".")
        module = sys.modules.get(module_name)
        if module is None and dotted.endswith(".__call__"):
            above, _, cls = module_name.rpartition(".")
            module = getattr(sys.modules.get(above), cls, None)
        owner = getattr(module, name, None) if module is not None else None
        if owner is not None:
            _seen.add(dotted)
            _BY_ID[id(owner)] = (owner, entry)
            added = True
    return added


def _rows() -> None:
    """Elementwise rows are functions by themselves."""
    for spec in OPS:
        for dotted in spec.python:
            if dotted.startswith(("numpy.", "scipy.")) and dotted not in FUNCTIONS:
                name = dotted.removeprefix("numpy.")
                params = ("x1", "x2") if spec.starred else spec.params
                FUNCTIONS[dotted] = Entry(
                    name, (*params, *IGNORED[:4]), len(params), _elementwise(spec.name),
                )


def _elementwise(row: str) -> Handler:
    def lower(call: ArrayCall) -> Abstract:
        spec = OPS[row]
        params = ("x1", "x2") if spec.starred else spec.params  # np.hypot takes two
        return call.fresh(apply_row(call.lo, row, [call.value(p) for p in params]))

    return lower


def apply_row(lo: Lowering, row: str, args: list[Value]) -> Value:
    """An elementwise function as NumPy has it: a Python number becomes a NumPy scalar first."""
    b = lo.builder
    # ~ of a Python bool, which a NumPy scalar may be in the text, counts bits: not does not
    if row != "not" and not any(isinstance(a.type, ArrayType) for a in args):
        args = [numpy_scalar(lo, a) for a in args]
    return b.op(row, *args)


def numpy_scalar(lo: Lowering, x: Value) -> Value:
    """A number as NumPy's own scalar, with NumPy's rules for infinities and nan."""
    if isinstance(x.type, ArrayType):
        return x
    dtype = {"float": "f64", "int": "int", "bool": "bool"}[x.type.name]
    return lo.builder.op("scalar", x, dtype=dtype)


# -- calling ---------------------------------------------------------------------------------------


def is_numpy(f: Any) -> bool:
    """Whether a callable belongs to NumPy or SciPy."""
    if type(getattr(f, "__self__", None)).__name__ == "ufunc":
        return True
    module = getattr(f, "__module__", None) or getattr(type(f), "__module__", "") or ""
    return module.partition(".")[0] in ("numpy", "scipy")


def call(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """A call of a function of NumPy's or SciPy's."""
    entry = entry_of(f)
    ufunc = getattr(f, "__self__", None)
    if type(ufunc).__name__ == "ufunc" and f.__name__ in UFUNC_METHODS:
        return UFUNC_METHODS[f.__name__](lo, ufunc, args, kwargs, node)
    if entry is None and type(f) is getattr(sys.modules["numpy"], "vectorize", None):
        return bound(lo, FUNCTIONS[EACH], [Const(f.pyfunc), *args], kwargs, node)
    if entry is None and "scipy.stats" in sys.modules:
        followed = importlib.import_module(STATISTICS).call(lo, f, args, kwargs, node)
        if followed is not None:
            return followed  # type: ignore[no-any-return]
    if entry is None:
        drawn = importlib.import_module(DRAWS).call(lo, f, args, kwargs, node)
        if drawn is not None:
            return drawn  # type: ignore[no-any-return]
        shown = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        near = nearest(getattr(f, "__name__", shown))
        lo.fail(
            UnsupportedCall,
            node,
            f"{shown}() is not supported",
            "no row of the table is for it",
            f"the nearest that has one is {near}" if near else "write it by other functions",
        )
    return bound(lo, entry, args, kwargs, node)


def _alike(name: str, known: Iterable[str]) -> list[str]:
    import difflib  # only for a refusal

    return difflib.get_close_matches(name, known, 1, 0.6)


def nearest(name: str) -> str:
    """The supported function with the most similar name."""
    load()
    short = {dotted.rpartition(".")[2]: dotted for dotted in FUNCTIONS}
    found = _alike(name, short)
    return short[found[0]].replace("numpy.", "np.", 1) if found else ""


def method(
    lo: Lowering,
    owner: Abstract,
    name: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """``owner.name(...)`` of an array."""
    load()
    entry = METHODS.get(name)
    if entry is None:
        near = _alike(name, METHODS)
        lo.fail(
            UnsupportedCall,
            node,
            f"the method .{name}() of an array is not supported",
            "no row of the table is for it",
            f"the nearest that has one is .{near[0]}()" if near else "use a function",
        )
    return bound(lo, entry, [owner, *args], kwargs, node)


def bound(
    lo: Lowering, entry: Entry, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract:
    """Arguments to parameters, then the entry's lowering."""
    if entry.formula is not None:
        return lo.call(Const(entry.formula), args, node, **kwargs)
    made = ArrayCall(lo, entry.name, node, {})
    named = list(entry.parameters)
    if entry.starred:
        named = named[1:]
        if entry.parameters[0] == "xs":
            made.rest = args
        args = []
    if len(args) > len(named):
        made.fail(f"{entry.name}() takes at most {len(named)} arguments here")
    given = dict(zip(named, args, strict=False))
    for key, x in kwargs.items():
        known = key in named or key in entry.options or (key in IGNORED and _absent(x))
        if key in given or not known:
            made.fail(
                f"{entry.name}() with {key}= is not supported",
                "",
                "leave it out, or write it by other functions",
            )
        given[key] = x
    for key in named[: entry.required - entry.starred]:
        if key not in given:
            lo.fail(TypeMismatch, node, f"{entry.name}() is called without {key!r}", "",
                    "pass it")
    made.given = given
    if any(map(is_complex, (*given.values(), *made.rest))):
        return COMPLEX[0](made, entry)
    if "where" in named and "out" not in named:  # np.copyto
        return entry.handler(made)
    return array_outputs.lowered(made, entry.handler)


def _absent(x: Abstract) -> bool:
    return x == NONE_CONST


UFUNC_METHODS: dict[str, Callable[..., Abstract]] = {}  # filled by their module
GRIDS: dict[str, Callable[[Lowering, list[ast.expr], ast.AST], Abstract]] = {}


def subscripted(lo: Lowering, owner: Any, index: ast.expr, node: ast.AST) -> Abstract | None:
    """``np.r_[...]``, ``np.mgrid[...]`` and the like: what is written in the brackets is a call."""
    load()
    module = sys.modules["numpy"]
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for name, made in GRIDS.items():
        if owner is getattr(module, name):
            return made(lo, list(parts), node)
    return None


PYTHON = {sum: "numpy.sum", max: "numpy.max", min: "numpy.min", abs: "numpy.abs"}


def python_builtin(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract | None:
    """Python's own ``sum``, ``max``, ``min`` and ``abs`` of one array."""
    if f is abs and args and is_complex(args[0]):
        load()
        return bound(lo, FUNCTIONS["numpy.abs"], args, kwargs, node)
    if not any(map(arrays.is_array, args[:2])) or getattr(f, "__module__", "") != "builtins":
        return None
    if f is divmod and len(args) == 2:
        load()
        return bound(lo, FUNCTIONS["numpy.divmod"], args, kwargs, node)
    name = PYTHON.get(f)
    if f is sum and len(args) == 2 and isinstance(args[1], Value) and args[1].is_const(0):
        args = args[:1]
    if name is None or len(args) > 1 or kwargs:
        return None
    rank = len(dims_of(arrays.type_of(lo, args[0], node)))
    if f is sum and rank:
        kwargs = {"axis": lo.builder.const(0)}
    elif f is not abs and rank != 1:
        return None
    load()
    return bound(lo, FUNCTIONS[name], args, kwargs, node)


# -- module attributes -----------------------------------------------------------------------------

CONSTANTS = {"pi": "math.pi", "e": "math.e", "inf": "math.inf", "nan": "math.nan"}


def module_attribute(lo: Lowering, module: Any, name: str) -> Abstract | None:
    """``np.pi``, ``np.exp``, ``np.linalg``: fixed, and not read again at every call."""
    value = getattr(module, name, None)
    # scipy.constants.e is the charge of an electron
    if isinstance(value, float) and name in CONSTANTS and repr(value) == repr(getattr(math, name)):
        return lo.builder.const(value, CONSTANTS[name])
    if inspect.ismodule(value) or callable(value) or value is None:
        return Const(value)
    return None


def sequence(lo: Lowering, x: Abstract, node: ast.AST, what: str) -> list[Abstract]:
    """The members of a tuple or a list whose number is known."""
    if isinstance(x, Obj) and x.kind == "list":
        return list(objects.known(lo, x, node).items)
    if isinstance(x, Struct) and x.kind in ("tuple", "list", "namedtuple"):
        return list(x.items)
    if isinstance(x, Ref):
        known = None if x.path else list_parts.parts(lo.builder, heap.read(lo, x, node))
        if known is not None:
            return [heap.unbox(lo, v) for v in known]
    lo.fail(
        TypeMismatch,
        node,
        f"{what} needs a tuple or list of known length",
        f"this is a {describe(x)}",
        "write the members out",
    )


def is_scalar(x: Abstract) -> bool:
    return isinstance(x, Value) and (is_number(x.type) or not dims_of(x.type))


def rank_of(call_: ArrayCall, key: str) -> int:
    return len(dims_of(call_.value(key).type))


__all__ = ["Array", "ArrayCall", "call", "function", "method", "rank_of", "sequence"]
