"""Patterns of ``match``: whether a value has a form, and the names that it binds then.

The form of most subjects is known while lowering, so that most patterns are decided here and leave
nothing in the graph; what remains are comparisons of numbers and lengths of lists. An element is
read only where the tests before it hold."""

from __future__ import annotations

import ast
import collections.abc
from collections.abc import Callable

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend import classes, heap, mixed_lists, names, objects
from symdiff.frontend.branches import branch, branch_stmt, every, some
from symdiff.frontend.context import Lowering, expression, statement
from symdiff.frontend.displays import static_key
from symdiff.frontend.expressions import relation, truth
from symdiff.frontend.match_cases import Captures, Matches, Subject, pattern_names
from symdiff.frontend.reflection import class_of
from symdiff.frontend.values import Abstract, Const, Obj, Optional, Ref, Struct, describe
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL

Get = Callable[[], Abstract]
# classes whose one positional pattern is the subject itself
_ITSELF = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


@statement(Subject)
def subject(lo: Lowering, node: Subject) -> None:
    lo.vars[node.target.id] = lo.expr(node.value)


@expression(Matches)
def matches(lo: Lowering, node: Matches) -> Abstract:
    """A guard sees the names of its pattern, and they stay bound where it fails."""

    def get() -> Abstract:
        return names.read(lo, node.subject.id, node)

    found = fits(lo, get, node.pattern)
    guard = node.guard
    if guard is None or found.is_const(False):
        return found

    def guarded() -> Abstract:
        bind(lo, get, node.pattern)
        return truth(lo, lo.expr(guard), guard)

    if found.is_const(True):
        return guarded()
    return branch(lo, found, guarded, lambda: lo.builder.const(False), node)


@statement(Captures)
def captures(lo: Lowering, node: Captures) -> None:
    bind(lo, lambda: names.read(lo, node.subject.id, node), node.pattern)


# -- whether ---------------------------------------------------------------------------------------


def fits(lo: Lowering, get: Get, pattern: ast.pattern) -> Value:
    """Whether what ``get`` reads has the pattern's form."""
    b = lo.builder
    if isinstance(pattern, ast.MatchValue):
        return relation(lo, ast.Eq(), get(), lo.expr(pattern.value), pattern)
    if isinstance(pattern, ast.MatchSingleton):
        return _is(lo, get(), pattern)
    if isinstance(pattern, ast.MatchAs):
        return b.const(True) if pattern.pattern is None else fits(lo, get, pattern.pattern)
    if isinstance(pattern, ast.MatchOr):
        return some(lo, [_test(lo, get, p) for p in pattern.patterns], pattern)
    if isinstance(pattern, ast.MatchSequence):
        return _sequence_fits(lo, get(), pattern)
    parts = _parts(lo, get(), pattern)
    if parts is None:
        return b.const(False)
    return every(lo, [_test(lo, g, p) for g, p in parts], pattern)


def _test(lo: Lowering, get: Get, pattern: ast.pattern) -> Callable[[], Value]:
    return lambda: fits(lo, get, pattern)


def _is(lo: Lowering, x: Abstract, pattern: ast.MatchSingleton) -> Value:
    b = lo.builder
    if isinstance(x, Optional) and pattern.value is None:
        return b.op("not", x.there)
    if isinstance(x, Value) and pattern.value is not None and x.type == BOOL:
        return x if pattern.value else b.op("not", x)
    return b.const(isinstance(x, Const) and x.value is pattern.value)


# -- parts -----------------------------------------------------------------------------------------


def _sequence_fits(lo: Lowering, x: Abstract, pattern: ast.MatchSequence) -> Value:
    b = lo.builder
    length = _length(lo, x, pattern)
    if length is None:
        return b.const(False)
    star = any(isinstance(p, ast.MatchStar) for p in pattern.patterns)
    need = b.const(len(pattern.patterns) - star)
    enough = b.op("ge" if star else "eq", length, need)
    tests = [_test(lo, g, p) for g, p in _elements(lo, x, pattern)]
    return every(lo, [lambda: enough, *tests], pattern)


def _length(lo: Lowering, x: Abstract, pattern: ast.pattern) -> Value | None:
    """The length of a list or tuple; None where the subject is no sequence."""
    if isinstance(x, Ref):
        return lo.builder.op("len", heap.read(lo, x, pattern))
    if isinstance(x, Struct) and x.kind in ("tuple", "namedtuple"):
        return lo.builder.const(len(x.items))
    if mixed_lists.is_mixed(x):
        return lo.builder.const(len(mixed_lists.items_of(lo, x, pattern)))
    known = class_of(x)
    if isinstance(x, Value) or known in (str, bytes, bytearray):
        return None
    if known is not None and not issubclass(known, collections.abc.Sequence):
        return None
    lo.fail(
        UnsupportedSyntax,
        pattern,
        f"a {describe(x)} is matched as a sequence",
        "only tuples and lists are followed here",
        "match tuple(...) or list(...) of it",
    )


def _elements(
    lo: Lowering, x: Abstract, pattern: ast.MatchSequence
) -> list[tuple[Get, ast.pattern]]:
    """The pattern of every element with the way to read it; that of a star is left out."""
    patterns = pattern.patterns
    star = next((k for k, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), None)
    return [
        (_element(lo, x, k if star is None or k < star else k - len(patterns), p), p)
        for k, p in enumerate(patterns)
        if k != star
    ]


def _element(lo: Lowering, x: Abstract, k: int, node: ast.AST) -> Get:
    if isinstance(x, Struct):
        return lambda: x.items[k]
    if mixed_lists.is_mixed(x):
        return lambda: mixed_lists.items_of(lo, x, node)[k]
    assert isinstance(x, Ref)
    return lambda: heap.item(lo, x, lo.builder.const(k), node)


def _starred(lo: Lowering, x: Abstract, before: int, behind: int, node: ast.AST) -> Abstract:
    """What ``*rest`` stands for: a list, also of a tuple."""
    if mixed_lists.is_mixed(x):
        held = mixed_lists.items_of(lo, x, node)
        return mixed_lists.make(lo, held[before : len(held) - behind], node)
    if isinstance(x, Struct):
        return mixed_lists.make(lo, list(x.items[before : len(x.items) - behind]), node)
    assert isinstance(x, Ref)
    b = lo.builder
    bounds = [b.const(before), *([b.const(-behind)] if behind else [])]
    present = "110" if behind else "100"
    return heap.shallow(lo, b.op("slice", heap.read(lo, x, node), *bounds, present=present), x)


def _parts(lo: Lowering, x: Abstract, pattern: ast.pattern) -> list[tuple[Get, ast.pattern]] | None:
    """The parts of a mapping or an object with their patterns; None where it has another form."""
    if isinstance(pattern, ast.MatchMapping):
        return _entries(lo, x, pattern)
    assert isinstance(pattern, ast.MatchClass)
    return _fields(lo, x, pattern)


def _entries(
    lo: Lowering, x: Abstract, pattern: ast.MatchMapping
) -> list[tuple[Get, ast.pattern]] | None:
    x = objects.structure(lo, x, pattern)
    if not isinstance(x, Struct) or x.kind != "dict":
        known = class_of(x)
        if known is not None and issubclass(known, collections.abc.Mapping):
            lo.fail(
                UnsupportedSyntax,
                pattern,
                f"a {describe(x)} is matched as a mapping",
                "only dicts are followed here",
                "match dict(...) of it",
            )
        return None
    parts: list[tuple[Get, ast.pattern]] = []
    for key, p in zip(pattern.keys, pattern.patterns, strict=True):
        item = x.get(static_key(lo, lo.expr(key), key))
        if item is None:
            return None
        parts.append((_given(item), p))
    return parts


def _given(x: Abstract) -> Get:
    return lambda: x


def _fields(
    lo: Lowering, x: Abstract, pattern: ast.MatchClass
) -> list[tuple[Get, ast.pattern]] | None:
    found = lo.expr(pattern.cls)
    cls, known = found.value if isinstance(found, Const) else None, class_of(x)
    if not isinstance(cls, type) or known is None:
        lo.fail(
            UnsupportedSyntax,
            pattern,
            f"a {describe(x)} is matched with a class",
            "whether it is one is not known",
            "match numbers, tuples, lists and records with their classes",
        )
    if not issubclass(known, cls):
        return None
    positional = list(pattern.patterns)
    if cls in _ITSELF and len(positional) == 1:
        return [(_given(x), positional[0])]
    attrs = [*getattr(cls, "__match_args__", ())[: len(positional)], *pattern.kwd_attrs]
    if len(attrs) < len(positional) + len(pattern.kwd_attrs):
        lo.fail(
            UnsupportedSyntax,
            pattern,
            f"{cls.__name__}() is matched with {len(positional)} positional patterns",
            "its __match_args__ name fewer fields",
            "name the fields, as in Point(x=0.0)",
        )
    parts: list[tuple[Get, ast.pattern]] = []
    for attr, p in zip(attrs, [*positional, *pattern.kwd_patterns], strict=True):
        item = _field(lo, x, attr, pattern)
        if item is None:
            return None
        parts.append((_given(item), p))
    return parts


def _field(lo: Lowering, x: Abstract, attr: str, node: ast.pattern) -> Abstract | None:
    if isinstance(x, (Obj, Struct)) and x.cls is not None:
        held = objects.structure(lo, x, node)
        there = isinstance(held, Struct) and held.get(attr) is not None
        if there or classes.find(x.cls, attr) is not None:
            return classes.attribute(lo, x, attr, node)
        return None
    if isinstance(x, Const):
        return names.attribute(lo, x, attr, node) if hasattr(x.value, attr) else None
    lo.fail(
        UnsupportedSyntax,
        node,
        f"the attribute '{attr}' of a {describe(x)} is matched",
        "only fields of records are followed here",
        "test it in a guard",
    )


# -- names -----------------------------------------------------------------------------------------


def bind(lo: Lowering, get: Get, pattern: ast.pattern) -> None:
    """Bind the pattern's names, where it matches."""
    if not any(pattern_names([pattern])):
        return
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            bind(lo, get, pattern.pattern)
        if pattern.name is not None:
            names.bind(lo, pattern.name, get())
    elif isinstance(pattern, ast.MatchOr):
        _bind_alternative(lo, get, pattern.patterns, pattern)
    elif isinstance(pattern, ast.MatchSequence):
        _bind_sequence(lo, get(), pattern)
    else:
        x = get()
        for part, p in _parts(lo, x, pattern) or ():
            bind(lo, part, p)
        if isinstance(pattern, ast.MatchMapping) and pattern.rest is not None:
            x = objects.structure(lo, x, pattern)
            assert isinstance(x, Struct)
            taken = [static_key(lo, lo.expr(k), k) for k in pattern.keys]
            left = [(k, v) for k, v in zip(x.keys, x.items, strict=True) if k not in taken]
            rest = Struct("dict", tuple(k for k, _ in left), tuple(v for _, v in left))
            names.bind(lo, pattern.rest, lo.new_object(rest))


def _bind_alternative(
    lo: Lowering, get: Get, patterns: list[ast.pattern], node: ast.MatchOr
) -> None:
    first, *rest = patterns
    if not rest:
        bind(lo, get, first)
        return
    live = frozenset({*lo.vars, *pattern_names([first])})
    branch_stmt(
        lo,
        fits(lo, get, first),
        lambda: bind(lo, get, first),
        lambda: _bind_alternative(lo, get, rest, node),
        node,
        live,
    )


def _bind_sequence(lo: Lowering, x: Abstract, pattern: ast.MatchSequence) -> None:
    for part, p in _elements(lo, x, pattern):
        bind(lo, part, p)
    for k, p in enumerate(pattern.patterns):
        if isinstance(p, ast.MatchStar) and p.name is not None:
            behind = len(pattern.patterns) - k - 1
            names.bind(lo, p.name, _starred(lo, x, k, behind, p))
