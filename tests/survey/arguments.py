"""Arguments for which a function returns real numbers: from its doctests, defaults, annotations,
its body's use of the parameters, and a small search over types and magnitudes."""

from __future__ import annotations

import ast
import copy
import doctest
import inspect
import math
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from tests.survey.collect import syntax

Attempt = Callable[["Call"], Any]

# One magnitude per attempt: the k-th parameter gets a value of its own, so that nothing cancels.
_SPREADS: tuple[Callable[[int], float], ...] = (
    lambda k: 0.6180339 + 0.0937 * k,
    lambda k: 1.3127 + 0.417 * k,
    lambda k: 0.0813 + 0.0371 * k,
    lambda k: 12.37 + 3.19 * k,
    lambda k: 301.7 + 17.3 * k,
    lambda k: 0.93 / (1.7 + k),
    lambda k: 2450.7 / (1 + k),
    lambda k: 101325.3 / (1 + 3 * k),
    lambda k: 0.00271 * (1 + k),
    lambda k: -0.413 - 0.117 * k,
)
_LISTS = re.compile(
    r"coeffs?|coefs?|_?[a-zA-Z]?coeffs|xs|ys|zs|ws|Ks|fs|[TPV][a-z]*s|MWs|vec\w*|values"
)
_LIST = (0.2137, 0.3391, 0.4472)
_USUAL = {  # what a name says in physical code
    "T": 298.71,
    "Tc": 507.6,
    "Tb": 341.9,
    "P": 101325.3,
    "Pc": 3.025e6,
    "omega": 0.2975,
    "rho": 998.2,
    "mu": 1.0016e-3,
    "lat": 47.31,
    "lon": 8.517,
    "latitude": 47.31,
    "longitude": 8.517,
    "n": 3,
    "k": 0.61,
}


@dataclass
class Call:
    """Arguments of one call, and what they came from."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    origin: str

    def fresh(self) -> Call:
        """A call of its own objects, so that what a function writes is not seen again."""
        return copy.deepcopy(self)


def candidates(f: types.FunctionType) -> Iterator[Call]:
    """Calls worth trying, the most telling first."""
    yield from from_doctests(f)
    kinds = parameter_kinds(f)
    if kinds is None:
        return
    for k in range(len(_SPREADS)):
        yield _call(kinds, _SPREADS[k], usual=False)
        if k == 0 and any(name in _USUAL for name in kinds):
            yield _call(kinds, _SPREADS[k], usual=True)
    yield from _with_lists(kinds)
    if "list" in kinds.values():
        kinds = {n: "float" if kind == "list" else kind for n, kind in kinds.items()}
        yield from (_call(kinds, spread, usual=True) for spread in _SPREADS[:3])


# -- doctests --------------------------------------------------------------------------------------


def from_doctests(f: types.FunctionType) -> Iterator[Call]:
    """The calls of ``f`` in its docstring's examples, evaluated in its module."""
    try:
        examples = doctest.DocTestParser().get_examples(f.__doc__ or "")
    except ValueError:
        return
    space = dict(f.__globals__)
    for example in examples:
        try:
            tree = ast.parse(example.source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == f.__name__:
                try:
                    yield _evaluated(node, space)
                except Exception:
                    continue
        try:
            exec(compile(tree, "<example>", "exec"), space)
        except Exception:
            continue


def _called(node: ast.Call) -> str:
    f = node.func
    return f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""


def _evaluated(node: ast.Call, space: dict[str, Any]) -> Call:
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            args += _value(arg.value, space)
        else:
            args.append(_value(arg, space))
    for word in node.keywords:
        value = _value(word.value, space)
        kwargs.update(value if word.arg is None else {word.arg: value})
    return Call(tuple(args), kwargs, "doctest")


def _value(node: ast.expr, space: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<example>", "eval"), space)


# -- a search --------------------------------------------------------------------------------------


def parameter_kinds(f: types.FunctionType) -> dict[str, str] | None:
    """float, int or list for each parameter that needs a value, from its annotation or its use; a
    parameter that is used as an object makes it None: there is nothing to search."""
    tree = syntax(f)
    kinds: dict[str, str] = {}
    defaulted: list[str] = []
    for p in inspect.signature(f, follow_wrapped=False).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.default is not p.empty:
            if type(p.default) is float:
                defaulted.append(p.name)
            continue
        plain_class = isinstance(p.annotation, type) and not get_args(p.annotation)
        note = p.annotation.__name__ if plain_class else str(p.annotation)
        kind = _noted(note) or (_used(tree, p.name) if tree is not None else "float")
        if kind == "float" and not _noted(note) and _LISTS.fullmatch(p.name):
            kind = "list"  # a helper uses it; calls with numbers are tried after these
        if kind == "object":
            return None
        kinds[p.name] = kind
    return kinds or {name: "default" for name in defaulted}


def _noted(note: str) -> str:
    note = note.lower().removeprefix("typing.").replace(" ", "")
    if re.fullmatch(r"tuple\[float(,float)*\]", note):
        return f"tuple{note.count('float')}"
    if note in ("float", "int"):
        return note
    if note in ("str", "bool"):
        return "object"
    return "list" if note.startswith(("list[float", "sequence[float")) else ""


def _used(tree: ast.FunctionDef, name: str) -> str:
    """How the body uses a parameter: what is iterated or subscripted is a list, what counts is an
    int, what has attributes or is called is an object."""
    kinds = {_use(node, name) for node in ast.walk(tree)}
    return next((k for k in ("object", "list", "int") if k in kinds), "float")


def _use(node: ast.AST, name: str) -> str:
    def is_it(n: ast.AST | None) -> bool:
        return isinstance(n, ast.Name) and n.id == name

    if isinstance(node, ast.Attribute) and is_it(node.value):
        return "object"
    if isinstance(node, ast.Subscript):
        return "list" if is_it(node.value) else "int" if is_it(node.slice) else ""
    if isinstance(node, (ast.For, ast.comprehension)) and is_it(node.iter):
        return "list"
    if isinstance(node, ast.Call):
        if is_it(node.func):
            return "object"
        if any(map(is_it, node.args)):
            called = _called(node)
            if called in ("len", "sum", "zip", "enumerate", "sorted"):
                return "list"
            return "int" if called in ("range", "factorial", "comb") else ""
    return ""


def _call(kinds: dict[str, str], spread: Callable[[int], float], usual: bool) -> Call:
    values: dict[str, Any] = {}
    for k, (name, kind) in enumerate(kinds.items()):
        x = spread(k)
        if usual and name in _USUAL:
            x = _USUAL[name]
        if kind == "list":
            values[name] = [y + 0.013 * k for y in _LIST]
        elif kind.startswith("tuple"):
            values[name] = tuple(x + 0.0211 * j for j in range(int(kind[5:])))
        elif kind == "int":
            values[name] = 2 + k % 3
        else:
            values[name] = x
    return Call((), values, "search")


def _with_lists(kinds: dict[str, str]) -> Iterator[Call]:
    """The first spread with all, then with one at a time of the numbers a list or an int."""
    base = _call(kinds, _SPREADS[0], usual=True).kwargs
    plain = [n for n, kind in kinds.items() if kind == "float"]
    for kind, value in (("list", list(_LIST)), ("int", 3)):
        if len(plain) > 1:
            yield Call((), {**base, **{n: copy.copy(value) for n in plain}}, f"search: {kind}s")
        for n in plain[:6]:
            yield Call((), {**base, n: copy.copy(value)}, f"search: one {kind}")


# -- what is differentiated ------------------------------------------------------------------------


def float_leaves(value: Any) -> bool:
    """Whether a value is a float or a plain structure with one in it."""
    if type(value) is float:
        return True
    if type(value) in (list, tuple):
        return any(map(float_leaves, value))
    return type(value) is dict and any(map(float_leaves, value.values()))


def plain(value: Any) -> bool:
    """Whether a value is made of what needs no import to write down."""
    if type(value) in (list, tuple):
        return all(map(plain, value))
    if type(value) is dict:
        return all(map(plain, value.values()))
    return value is None or type(value) in (float, int, bool, str)


def real(value: Any) -> bool:
    """Whether a result is a float, or a tuple, list or dict of numbers with a float in it."""
    found = list(_numbers(value))
    return (
        bool(found)
        and all(n is not None for n in found)
        and any(isinstance(n, float) for n in found)
        and all(math.isfinite(n) for n in found)
    )


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for x in value:
            yield from _numbers(x)
    elif isinstance(value, dict):
        for x in value.values():
            yield from _numbers(x)
    else:
        number = isinstance(value, (float, int)) and not isinstance(value, bool)
        yield value if number else None


def floated(call: Call, f: types.FunctionType) -> Call:
    """The same call with floats for ints: who writes an example may leave out the point; where the
    annotation says int, it is meant."""
    parameters = inspect.signature(f, follow_wrapped=False).parameters
    meant = {n for n, p in parameters.items() if re.search(r"\bint\b", _text(p.annotation))}
    names = [*parameters, *[""] * len(call.args)]  # what lands in *args has no name

    def move(x: Any) -> Any:
        if type(x) in (list, tuple):
            return type(x)(map(move, x))
        return float(x) if type(x) is int else x

    return Call(
        tuple(x if n in meant else move(x) for n, x in zip(names, call.args, strict=False)),
        {n: x if n in meant else move(x) for n, x in call.kwargs.items()},
        call.origin,
    )


def _text(note: Any) -> str:
    """An annotation as it is written; int | float, or int beside float, means no int."""
    text = note.__name__ if isinstance(note, type) and not get_args(note) else str(note)
    return "" if re.search(r"\b(int *\| *float|float *\| *int|Union)\b", text) else text


def moved(call: Call, factor: float) -> Call:
    """The same call at a nearby point: each float a little further from zero."""

    def move(x: Any) -> Any:
        if type(x) is float:
            return x * factor
        if type(x) in (list, tuple):
            return type(x)(map(move, x))
        return {k: move(v) for k, v in x.items()} if type(x) is dict else x

    return Call(
        tuple(map(move, call.args)),
        {k: move(v) for k, v in call.kwargs.items()},
        f"{call.origin}, moved",
    )
