"""Context managers: those that do nothing to numbers are left out, a user's own are inlined."""

from __future__ import annotations

import ast
import contextlib
import sys
from typing import Any

from symdiff.errors import UnsupportedCall
from symdiff.frontend import classes, halves
from symdiff.frontend.assign import assign
from symdiff.frontend.capture import capture
from symdiff.frontend.context import Lowering, statement
from symdiff.frontend.effects import leave_out
from symdiff.frontend.suite import TRANSPARENT
from symdiff.frontend.tries import trying
from symdiff.frontend.values import NONE_CONST, Abstract, Const, Partial, describe
from symdiff.frontend.with_blocks import Block, Enter, Leave, Suppresses
from symdiff.syntax import nodes

NOTHING = object()  # what stands for a manager that is left out
# by module and name, so that none is imported for this
_LEFT_OUT = (
    ("warnings", "catch_warnings"),
    ("numpy", "errstate"),
    ("numpy", "printoptions"),
    ("decimal", "localcontext"),
)
_RAISING = ("raise", "call", "error")  # options that make an exception of what was a warning


@statement(Enter)
def entering(lo: Lowering, node: Enter) -> None:
    name = node.target.id
    call = node.manager if isinstance(node.manager, ast.Call) else None
    func = lo.expr(call.func) if call is not None else None
    if call is not None and isinstance(func, Const):
        if func.value is contextlib.nullcontext:
            held = [lo.expr(a) for a in (*call.args, *(k.value for k in call.keywords))]
            lo.vars[name] = Const(NOTHING)
            if node.bound is not None:
                assign(lo, node.bound, held[0] if held else NONE_CONST, node)
            return
        if any(func.value is _found(*where) for where in _LEFT_OUT):
            _left_out(lo, node, call)
            lo.vars[name] = Const(NOTHING)
            return
    manager = lo.expr(node.manager)
    if halves.is_manager(manager):
        assert isinstance(manager, Partial)
        lo.vars[name], value = halves.enter(lo, manager, node)
        if node.bound is not None:
            assign(lo, node.bound, value, node)
        return
    _ignores_exceptions(lo, manager, node)
    lo.vars[name] = manager
    entered = classes.call_special(lo, manager, "__enter__", [], node)
    assert entered is not None
    if node.bound is not None:
        assign(lo, node.bound, entered, node)


def _found(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, NOTHING)


def _left_out(lo: Lowering, node: Enter, call: ast.Call) -> None:
    """What changes only how warnings are shown."""
    shown = ast.unparse(call.func)
    given = (*call.args, *(k.value for k in call.keywords))
    raising = any(isinstance(a, ast.Constant) and a.value in _RAISING for a in given)
    if node.bound is not None or raising:
        lo.fail(
            UnsupportedCall,
            call,
            f"with {shown}() is not supported in this form",
            "it turns warnings into values or exceptions" if raising else "its value is used",
            "enter it outside the differentiated function",
        )
    leave_out(lo, f"with {shown}", node)


def _ignores_exceptions(lo: Lowering, manager: Abstract, node: Enter) -> None:
    """Only then is ``__exit__`` the same on every way out of the block."""
    leaves = classes.function(manager, "__exit__")
    if leaves is None or classes.function(manager, "__enter__") is None:
        lo.fail(
            UnsupportedCall,
            node,
            f"with a {describe(manager)} is not supported",
            "what it does at both ends of the block is not known",
            "enter it outside the differentiated function",
        )
    known = lo.stand_ins.get(leaves)
    tree = capture(leaves).tree if known is None else known.node
    a = tree.args
    params = {x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)[1:]}
    params |= {x.arg for x in (a.vararg, a.kwarg) if x is not None}
    for inner in nodes(*(tree.body if isinstance(tree, ast.FunctionDef) else [tree.body])):
        reads = isinstance(inner, ast.Name) and inner.id in params
        if reads or (isinstance(inner, ast.Return) and not _falsy(inner.value)):
            lo.fail(
                UnsupportedCall,
                node,
                f"the __exit__ of a {describe(manager)} looks at the exception",
                "which one it is given is known only when it is raised",
                "use try and except, and a manager that cleans up without looking",
            )


def _falsy(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def is_left_out(lo: Lowering, node: ast.stmt) -> bool:
    """Whether this is the body of a ``with`` that does nothing."""
    if not isinstance(node, Block):
        return False
    found = lo.vars.get(node.manager)
    return isinstance(found, Const) and found.value is NOTHING


@statement(Block)
def block(lo: Lowering, node: Block) -> None:
    trying(lo, node)


@statement(Leave)
def leaving(lo: Lowering, node: Leave) -> None:
    manager = lo.expr(node.manager)
    if isinstance(manager, Const) and isinstance(manager.value, halves.Paused):
        halves.leave(lo, manager.value)
    elif manager != Const(NOTHING):
        classes.call_special(lo, manager, "__exit__", [NONE_CONST] * 3, node)


@statement(Suppresses)
def suppressing(lo: Lowering, node: Suppresses) -> None:
    found = lo.expr(node.func)
    if not (isinstance(found, Const) and found.value is contextlib.suppress):
        lo.fail(
            UnsupportedCall,
            node,
            f"{ast.unparse(node.func)}() is not contextlib.suppress",
            "what this manager does with exceptions is not known",
            "use contextlib.suppress, or try and except",
        )


TRANSPARENT.append(is_left_out)
