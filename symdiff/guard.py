"""The test that a linked function makes before it runs: do the arguments still have the types it
was made for?

The test is one expression over the arguments' names, put in front of the generated code, because a
function of our own around it would cost more than the derivative of a small formula.  Types of
scalars are compared in one chain (``a.__class__ is b.__class__ is float``), the elements of lists
are counted by type at C speed; only nested structures need a call.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

from symdiff import ndarrays
from symdiff.instances import attributes, is_frozen, is_object
from symdiff.ir.types import (
    ArrayType,
    ListType,
    Node,
    SizedArray,
    Static,
    Tree,
    TupleType,
    Type,
)
from symdiff.signature import members

_PLAIN: dict[str, type] = {"float": float, "int": int, "bool": bool}
_KINDS: dict[str, type] = {"tuple": tuple, "list": list, "dict": dict}


def fits(tree: Tree, value: Any) -> bool:
    """Whether a value has exactly the types of a tree, so that nothing needs to be converted."""
    if isinstance(tree, Static):
        known = tree.value
        return value is known or (
            type(value) in (str, int) and type(value) is type(known) and bool(value == known)
        )
    cls = type(value)
    if isinstance(tree, Node):
        if cls is not (tree.cls or _KINDS[tree.kind]):
            return False
        if tree.kind == "dict" and value.keys() != set(tree.keys):
            return False
        if tree.kind in _KINDS and len(value) != len(tree.keys):
            return False
        if tree.kind == "object" and attributes(value) != tree.keys:
            return False
        return all(map(fits, tree.children, members(tree, value)))
    if isinstance(tree, ListType):
        plain = _PLAIN.get(tree.elem.name)
        if plain is not None and cls is list:
            return operator.countOf(map(type, value), plain) == len(value)
        return cls is list and all(map(functools.partial(fits, tree.elem), value))
    if isinstance(tree, TupleType):
        return cls is tuple and len(value) == len(tree.elems) and all(map(fits, tree.elems, value))
    if isinstance(tree, ArrayType):
        return ndarrays.fits(tree, value)
    return cls is _PLAIN[tree.name]


def alike(x: Any, y: Any) -> bool:
    """Whether two values of one tree agree in the length of every list."""
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and (all(map(alike, x, y)))
    if isinstance(x, dict):
        return all(alike(v, y[k]) for k, v in x.items())
    if ndarrays.is_ndarray(x):
        return bool(x.shape == y.shape)
    if is_object(x):
        return all(alike(getattr(x, n), getattr(y, n)) for n in attributes(x))
    return True


def apart(*values: Any) -> bool:
    """Whether no list and no object occurs twice in the values, and no arrays overlap, so that a
    write to one changes no other.
    """
    seen: set[int] = set()
    arrays: list[Any] = []
    rest = list(values)
    while rest:
        x = rest.pop()
        record = is_object(x) and not isinstance(x, tuple)
        if type(x) is list or type(x) is dict or (record and not is_frozen(type(x))):
            if id(x) in seen:
                return False
            seen.add(id(x))
        if ndarrays.is_ndarray(x):
            if any(ndarrays.overlap(x, y) for y in arrays):
                return False
            arrays.append(x)
        elif type(x) is list:
            if x and type(x[0]) not in _PLAIN.values():
                rest.extend(x)
        elif isinstance(x, tuple):
            rest.extend(x)
        elif type(x) is dict:
            rest.extend(x.values())
        elif record:
            rest.extend(getattr(x, n) for n in attributes(x))
    return True


class Guard:
    """Collects conditions; ``names`` is what they need in the linked function's namespace."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.names: dict[str, Any] = {}
        self._parts: list[str] = []
        self._chains: dict[type, list[str]] = {}
        self._taken = set(taken)

    def text(self) -> str:
        """The whole condition as one expression."""
        return " and ".join(self.parts()) or "True"

    def parts(self) -> list[str]:
        """The conditions, in the order in which they are to be tested."""
        # `x.__class__` costs less than `type(x)`; what lies about its class computes as it
        chains = [
            " is ".join([*(f"{t}.__class__" for t in texts), self.name(cls.__name__, cls)])
            for cls, texts in self._chains.items()
        ]
        return chains + self._parts

    def name(self, stem: str, value: Any) -> str:
        """A name in the namespace that holds ``value`` and hides none of the function's own."""
        for known, held in self.names.items():
            if held is value:
                return known
        name, k = f"_{stem}", 0
        while name in self._taken or name in self.names:
            k += 1
            name = f"_{stem}_{k}"
        self.names[name] = value
        return name

    def same(self, text: str, other: str) -> None:
        """Two expressions are the same object."""
        self._parts.append(f"{text} is {other}")

    def counts(self, text: str, size: int) -> None:
        """A container has as many items as it had."""
        self._parts.append(f"{self.name('len', len)}({text}) == {size}")

    def alike(self, text: str, other: str) -> None:
        """The lists in two arguments of one tree have the same lengths."""
        self._parts.append(f"{self.name('alike', alike)}({text}, {other})")

    def apart(self, texts: Iterable[str]) -> None:
        """No list occurs twice in the arguments."""
        self._parts.append(f"{self.name('apart', apart)}({', '.join(texts)})")

    def add(self, tree: Tree, text: str) -> None:
        """``text`` has this tree."""
        if isinstance(tree, Static):
            self._static(tree.value, text)
        elif isinstance(tree, Node):
            self._parts.append(self._node(tree, text))
        elif isinstance(tree, ListType):
            self._parts.append(self._list(tree, text))
        elif isinstance(tree, TupleType):
            self._parts.append(self._call(tree, text))
        elif isinstance(tree, ArrayType):
            self._parts.append(self._array(tree, text))
        else:
            self._chains.setdefault(_PLAIN[tree.name], []).append(text)

    def _static(self, value: Any, text: str) -> None:
        if type(value) in (str, int):
            self._chains.setdefault(type(value), []).append(text)
            self._parts.append(f"{text} == {value!r}")
        elif value is None:
            self._parts.append(f"{text} is None")
        else:
            self._parts.append(f"{text} is {self.name('static', value)}")

    def _node(self, tree: Node, text: str) -> str:
        if tree.kind not in ("tuple", "namedtuple") or not all(
            type(c) is Type for c in tree.children
        ):
            return self._call(tree, text)
        type_, cls = self.name("type", type), tree.cls or tuple
        head = f"{type_}({text}) is {self.name(cls.__name__, cls)}"
        if tree.cls is None:
            head += f" and {self.name('len', len)}({text}) == {len(tree.keys)}"
        inner = Guard(self._taken)
        inner.names = self.names
        for k, child in enumerate(tree.children):
            inner.add(child, f"{text}[{k}]")
        return f"{head} and {inner.text()}" if tree.children else head

    def _list(self, tree: ListType, text: str) -> str:
        plain = _PLAIN.get(tree.elem.name)
        if plain is None:
            return self._call(tree, text)
        type_, list_, elem = (
            self.name("type", type),
            self.name("list", list),
            self.name(plain.__name__, plain),
        )
        kinds = f"{self.name('map', map)}({type_}, {text})"
        count = f"{self.name('countOf', operator.countOf)}({kinds}, {elem})"
        return f"{type_}({text}) is {list_} and {count} == {self.name('len', len)}({text})"

    def _array(self, tree: ArrayType, text: str) -> str:
        """Class, dtype, rank, and which dimensions are 1."""
        np = ndarrays.numpy()
        head = f"{self.name('type', type)}({text}) is {self.name('ndarray', np.ndarray)}"
        if tree.dtype in ("int", "bool") or isinstance(tree, SizedArray):
            return f"{head} and {self._call(tree, text)}"
        dtype = np.dtype("f8" if tree.dtype == "f64" else "f4")
        same = f"{text}.dtype is {self.name(dtype.name, dtype)}"
        parts = [head, same, f"{text}.ndim == {tree.rank}"]
        if "1" not in tree.dims:
            parts += [f"1 not in {text}.shape"] if tree.dims else []
        else:
            parts += [
                f"{text}.shape[{k}] {'==' if d == '1' else '!='} 1" for k, d in enumerate(tree.dims)
            ]
        return " and ".join(parts)

    def _call(self, tree: Tree, text: str) -> str:
        return f"{self.name('fits', functools.partial(fits, tree))}({text})"
