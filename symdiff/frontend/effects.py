"""``raise``, ``assert``, text and print: kept as guards, or kept out of the derivative with a
note."""

from __future__ import annotations

import ast
import builtins
import sys
import warnings
from typing import Any

from symdiff.errors import UnsupportedCall, UnsupportedSyntax
from symdiff.frontend import text
from symdiff.frontend.branches import branch_stmt, negate
from symdiff.frontend.context import Lowering, expression, statement
from symdiff.frontend.expressions import test
from symdiff.frontend.text import CAUGHT, THE_EXCEPTION, Template
from symdiff.frontend.values import Abstract, Const


@expression(ast.JoinedStr)
def f_string(lo: Lowering, node: ast.JoinedStr) -> Abstract:
    template = Template(lo)
    tree = template.expr(node)
    return text.made(lo, tree, template)


@statement(ast.Assert)
def assertion(lo: Lowering, node: ast.Assert) -> None:
    cond = test(lo, node.test)
    if cond.is_const(True):
        return
    if node.msg is None:
        lo.builder.op("assert", cond, template="")
        return
    if isinstance(node.msg, ast.Constant):
        lo.builder.op("assert", cond, template=repr(node.msg.value))
        return
    msg = node.msg

    def fails() -> None:
        template = Template(lo)
        tree = template.expr(msg)
        lo.builder.op("raise", *template.args, template=f"AssertionError({ast.unparse(tree)})")
        lo.state.dead = True

    branch_stmt(lo, negate(lo, cond), fails, lambda: None, node, frozenset(lo.vars))


@statement(ast.Raise)
def raising(lo: Lowering, node: ast.Raise) -> None:
    template = Template(lo)
    if node.exc is None or _is_caught(lo, node.exc):
        thrown = ""
        if not lo.handling:
            lo.fail(
                UnsupportedSyntax,
                node,
                "this exception cannot be raised again here",
                "statements of the try body are watched one by one, and it has gone by now",
                "raise an exception by its name",
            )
    else:
        thrown = _exception(lo, node.exc, template)
    cause = {}
    if isinstance(node.cause, ast.Constant) and node.cause.value is None:
        cause = {"cause": "None"}
    elif node.cause is not None and _is_caught(lo, node.cause) and thrown:
        cause = {"cause": CAUGHT}
    lo.builder.op("raise", *template.args, template=thrown, **cause)
    lo.state.dead = True


def _is_caught(lo: Lowering, node: ast.expr) -> bool:
    """Whether an expression is the name that an ``except ... as`` binds."""
    found = lo.vars.get(node.id) if isinstance(node, ast.Name) else None
    return isinstance(found, Const) and found.value is THE_EXCEPTION


def _exception(lo: Lowering, node: ast.expr, template: Template) -> str:
    call = node if isinstance(node, ast.Call) else None
    found = lo.expr(call.func if call is not None else node)
    cls = found.value if isinstance(found, Const) else None
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        lo.fail(
            UnsupportedCall, node, "this is not an exception class", "", "raise ValueError('...')"
        )
    name = exception_name(lo, cls, node)
    if call is None:
        return name
    args = [ast.unparse(template.expr(a)) for a in call.args]
    args += [f"{k.arg}={ast.unparse(template.expr(k.value))}" for k in call.keywords]
    return f"{name}({', '.join(args)})"


def exception_name(lo: Lowering, cls: type, node: ast.AST) -> str:
    """How the derivative names an exception class; its module is imported there."""
    name: str = cls.__name__
    if getattr(builtins, name, None) is cls:
        return name
    if "<locals>" in cls.__qualname__:
        lo.fail(
            UnsupportedCall,
            node,
            f"the exception '{cls.__name__}' is defined inside a function",
            "the derivative could not import it",
            "define it at the top of a module",
        )
    imports = lo.graph.imports  # module -> the name that it has in the derivative
    if cls.__module__ not in imports:
        alias = cls.__module__.rpartition(".")[2]
        while alias in imports.values() or alias == "math" or hasattr(builtins, alias):
            alias += "_"
        imports[cls.__module__] = alias
    return f"{imports[cls.__module__]}.{cls.__qualname__}"


def leave_out(lo: Lowering, what: str, node: ast.AST) -> None:
    """Note once that a call is not part of the derivative."""
    if id(node) not in lo.noted:
        lo.noted.add(id(node))
        lo.graph.notes.append(f"{what} (L{getattr(node, 'lineno', 0)}) is left out")


_WARNED = frozenset(("warn", "simplefilter", "filterwarnings", "resetwarnings"))
_LOGGED = frozenset(("debug", "info", "warning", "error", "exception", "critical", "log"))


def shown_by(lo: Lowering, node: Any) -> str:
    """The name of what only shows something (``print``, a warning, a log record), or ""."""
    if not isinstance(node, ast.Call):
        return ""
    func = node.func
    if isinstance(func, ast.Name):
        if func.id not in ("print", "warn"):
            return ""
        found = lo.expr(func)
        shows = isinstance(found, Const) and found.value in (print, warnings.warn)
        return func.id if shows else ""
    if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)):
        return ""
    if func.attr not in _LOGGED | _WARNED:
        return ""
    owner = lo.expr(func.value)
    held = owner.value if isinstance(owner, Const) else None
    if func.attr in _WARNED:
        return ast.unparse(func) if held is warnings else ""
    logging = sys.modules.get("logging")  # not imported for a look: only its users have it
    logs = logging is not None and (held is logging or isinstance(held, logging.Logger))
    return ast.unparse(func) if logs else ""
