"""Operations on arrays evaluated as they are spelled: the template of a row, run by NumPy.

The reference interpreter of graphs knows Python's own values; a row of arrays has a spelling
instead of an evaluation of its own, and that is what the generated code runs.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from symdiff.emit import templates as t
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, new_graph
from symdiff.ir.interp import run
from symdiff.ir.types import ArrayType, ListType, TupleType, Type
from symdiff.ndarrays import numpy
from symdiff.ops.array_index import is_basic, subscript
from symdiff.ops.gates import GATES
from symdiff.ops.polygamma import INLINE_FUNCTIONS
from symdiff.passes.expand import expand


def evaluate(
    stmt: Stmt, args: Sequence[Any], space: Mapping[str, Any] | None = None
) -> Any:
    """The result of a statement without blocks for the values of its operands; ``space`` may put
    other modules in the place of those that spellings mention."""
    name = stmt.op.name
    if name in ("set_index", "add_index"):
        return _written(stmt, args)
    if name in GATES and stmt.on_arrays:
        return run(_expanded(stmt), *args, evaluate=partial(evaluate, space=space))[0]
    by_type = _BY_TYPE.get(name)
    if by_type is not None and any(map(_has_array, (a.type for a in stmt.args))):
        names: list[ast.expr] = [t.name(f"_{k}") for k in range(len(args))]
        given = {f"_{k}": a for k, a in enumerate(args)}
        return _run(ast.unparse(by_type(stmt, names)), {**given, **(space or {})})
    spelled = stmt.on_arrays and (stmt.op.spell is not None or "numpy" in stmt.op.emit)
    text = t.text_of(stmt) if spelled or space or stmt.op.evaluate is None else ""
    if stmt.op.evaluate is not None and not text:
        return stmt.op.evaluate(*args, **stmt.attrs)
    if not text:
        raise NotImplementedError(f"{name} has no evaluation")
    params = stmt.op.params
    given = dict(zip(params, args, strict=False))
    if stmt.op.starred:
        given[params[-1][1:]] = list(args[len(params) - 1 :])
        given.update((f"_{k}", a) for k, a in enumerate(args))
    return _run(text, {**(space or {}), **given})


def _expanded(stmt: Stmt) -> Graph:
    """What a gate computes, for operands of these types."""
    graph = new_graph(stmt.op.name)
    params = [graph.body.add_param(a.type, p) for a, p in zip(stmt.args, GATES[stmt.op.name].params,
                                                              strict=True)]  # fmt: skip
    graph.body.yields = [GATES[stmt.op.name].build(Builder(graph), params)]
    return expand(graph)


_BY_TYPE: dict[str, Callable[[Stmt, list[ast.expr]], ast.expr]] = {
    "zeros_like": lambda stmt, args: t.zeros_of(stmt.args[0].type, args[0]),
    "list_copy": lambda stmt, args: t.copy_of(stmt.args[0].type, args[0]),
    "add_lists": lambda stmt, args: t.sum_of(stmt.result.type, args[0], args[1]),
}


def _has_array(type_: Type) -> bool:
    if isinstance(type_, ListType):
        return _has_array(type_.elem)
    if isinstance(type_, TupleType):
        return any(map(_has_array, type_.elems))
    return isinstance(type_, ArrayType)


def _written(stmt: Stmt, args: Sequence[Any]) -> Any:
    """The first operand with a part of it written to, in memory of its own."""
    made = args[0].copy()
    given = {f"_{k}": a for k, a in enumerate(args)} | {"x": made}
    at = f"x[{subscript(stmt, 2)}]"
    if stmt.op.name == "set_index":
        exec(f"{at} = _1", _space(), given)
    elif is_basic(stmt.attrs["spec"]):
        exec(f"{at} += _1", _space(), given)
    else:
        exec(f"np.add.at(x, ({subscript(stmt, 2)},), _1)", _space(), given)
    return made


def _run(text: str, given: dict[str, Any]) -> Any:
    # one namespace: what stands in a comprehension sees it too
    space = {**_space(), **given}
    if "special." in text:
        space["special"] = _special()
    return eval(text, space)


@cache
def _special() -> Any:
    """SciPy's functions: only functions that use them need SciPy."""
    return importlib.import_module("scipy.special")


@cache
def _space() -> dict[str, Any]:
    """What spellings mention: modules, and the functions that no module has."""
    space: dict[str, Any] = {"np": numpy()}
    exec("import math", space)
    for text in INLINE_FUNCTIONS.values():
        exec(text, space)
    return space
