"""The statements that are neither assignments nor control flow, and the exits."""

from __future__ import annotations

import ast
import importlib
from types import ModuleType

from symdiff.frontend import frames, heap, names, objects
from symdiff.frontend.attempts import kinds_of, refusing
from symdiff.frontend.context import RETURN, Lowering, statement
from symdiff.frontend.effects import leave_out, shown_by
from symdiff.frontend.optional import present
from symdiff.frontend.suite import suite
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Optional, Ref, Struct


@statement(ast.Return)
def returning(lo: Lowering, node: ast.Return) -> None:
    x = NONE_CONST if node.value is None else lo.expr(node.value)
    if not lo.suspended:
        if lo.making:
            frames.notice(lo, x)
        x = detached(lo, x, node)
    lo.state.vars[RETURN] = x
    _endings(lo, 0)
    if not lo.state.dead:
        lo.state.returned = True


def detached(lo: Lowering, x: Abstract, node: ast.AST) -> Abstract:
    """The result of the outermost function: lists and objects are values from here on."""
    if isinstance(x, Optional):
        x = present(lo, x, f"'{lo.scope.name}' returns None here, which has no derivative")
    x = objects.structure(lo, x, node)
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        return lo.new_cell(value)
    if isinstance(x, Struct):
        return Struct(x.kind, x.keys, tuple(detached(lo, i, node) for i in x.items), x.cls)
    return x


@statement(ast.Break)
def breaking(lo: Lowering, node: ast.Break) -> None:
    _endings(lo, len(lo.exits))
    if not lo.state.dead:
        lo.state.broke = True


@statement(ast.Continue)
def continuing(lo: Lowering, node: ast.Continue) -> None:
    _endings(lo, len(lo.exits))
    if not lo.state.dead:
        lo.state.continued = True


def _endings(lo: Lowering, loops: int) -> None:
    """The ``finally`` clauses that control leaves, innermost first; only those inside of so many
    loops."""
    endings = lo.scope.endings
    left = [e for e in endings if e.loops >= loops]
    for ending in reversed(left):
        lo.scope.endings = endings[: endings.index(ending)]
        if not lo.state.dead:
            inner = lo.awaiting[len(ending.awaiting) :]
            frames, lo.frames = lo.frames, lo.frames[: ending.frames]
            kinds = (*inner, *kinds_of(c for f in frames[ending.frames :] for c in f.clauses))
            with refusing(lo, kinds, ending.body[0], "this finally"):
                suite(lo, ending.body, frozenset(lo.vars))
            lo.frames = frames
    lo.scope.endings = endings


@statement(ast.Pass, ast.Global, ast.Nonlocal)
def nothing(lo: Lowering, node: ast.stmt) -> None:
    """``global x`` is harmless where x is only read; writes are refused by the fence."""


@statement(ast.Expr)
def discarded(lo: Lowering, node: ast.Expr) -> None:
    """An expression for its effect: a list method, a helper that checks; what only shows something
    is left out."""
    if isinstance(node.value, ast.Constant):
        return
    shown = shown_by(lo, node.value)
    if shown:
        leave_out(lo, shown, node)
        return
    lo.expr(node.value)


@statement(ast.FunctionDef)
def nested(lo: Lowering, node: ast.FunctionDef) -> None:
    decorators = [lo.expr(d) for d in node.decorator_list]
    made: Abstract = names.make_closure(lo, node, node.name)
    for decorator in reversed(decorators):
        made = lo.call(decorator, [made], node)
    names.bind(lo, node.name, made)


@statement(ast.Import)
def imports(lo: Lowering, node: ast.Import) -> None:
    for alias in node.names:
        module = _module(lo, alias.name)
        if alias.asname is None:
            module = _module(lo, alias.name.partition(".")[0])
        names.bind(lo, alias.asname or alias.name.partition(".")[0], Const(module))


@statement(ast.ImportFrom)
def imports_from(lo: Lowering, node: ast.ImportFrom) -> None:
    package = lo.scope.globals.get("__package__")
    module = _module(lo, "." * node.level + (node.module or ""), package)
    for alias in node.names:
        if not hasattr(module, alias.name):
            lo.raises("ImportError")
        x = names.attribute(lo, Const(module), alias.name, node)
        names.bind(lo, alias.asname or alias.name, x)


def _module(lo: Lowering, name: str, package: str | None = None) -> ModuleType:
    """An import, as it goes when the function is compiled."""
    try:
        return importlib.import_module(name, package)
    except ImportError as error:
        lo.raises(type(error).__name__)
        raise
