"""The statements that are neither assignments nor control flow, and the exits."""

from __future__ import annotations

import ast
import importlib

from symdiff.errors import UnsupportedCall
from symdiff.frontend import heap, names, objects
from symdiff.frontend.context import RETURN, Lowering, statement
from symdiff.frontend.effects import is_print, leave_out
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Ref, Struct


@statement(ast.Return)
def returning(lo: Lowering, node: ast.Return) -> None:
    x = NONE_CONST if node.value is None else lo.expr(node.value)
    if not lo.suspended:
        x = detached(lo, x, node)
    lo.state.vars[RETURN] = x
    lo.state.returned = True


def detached(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """The result of the outermost function: lists and objects are values from here on."""
    x = objects.structure(lo, x, node)
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        return lo.new_cell(value)
    if isinstance(x, Struct):
        return Struct(x.kind, x.keys, tuple(detached(lo, i, node) for i in x.items), x.cls)
    return x


@statement(ast.Break)
def breaking(lo: Lowering, node: ast.Break) -> None:
    lo.state.broke = True


@statement(ast.Continue)
def continuing(lo: Lowering, node: ast.Continue) -> None:
    lo.state.continued = True


@statement(ast.Pass, ast.Global, ast.Nonlocal)
def nothing(lo: Lowering, node: ast.stmt) -> None:
    """``global x`` is harmless where x is only read; writes are refused by the fence."""


@statement(ast.Expr)
def discarded(lo: Lowering, node: ast.Expr) -> None:
    """An expression for its effect: a list method, a helper that checks; print is left out."""
    if isinstance(node.value, ast.Constant):
        return
    if is_print(lo, node.value):
        leave_out(lo, "print", node)
        return
    lo.expr(node.value)


@statement(ast.FunctionDef)
def nested(lo: Lowering, node: ast.FunctionDef) -> None:
    if node.decorator_list:
        lo.fail(
            UnsupportedCall,
            node.decorator_list[0],
            "a decorated nested function is not supported",
            "what the decorator makes of it is not known",
            "leave the decorator out, or apply it outside",
        )
    names.bind(lo, node.name, names.make_closure(lo, node, node.name))


@statement(ast.Import)
def imports(lo: Lowering, node: ast.Import) -> None:
    for alias in node.names:
        module = importlib.import_module(alias.name)
        if alias.asname is None:
            module = importlib.import_module(alias.name.partition(".")[0])
        names.bind(lo, alias.asname or alias.name.partition(".")[0], Const(module))


@statement(ast.ImportFrom)
def imports_from(lo: Lowering, node: ast.ImportFrom) -> None:
    package = lo.scope.globals.get("__package__")
    module = importlib.import_module("." * node.level + (node.module or ""), package)
    for alias in node.names:
        x = names.attribute(lo, Const(module), alias.name, node)
        names.bind(lo, alias.asname or alias.name, x)
