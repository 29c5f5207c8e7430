"""``raise``, ``assert``, text and print: kept as guards, or kept out of the derivative with a
note."""

from __future__ import annotations

import ast
import builtins
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall, UnsupportedSyntax
from symdiff.frontend import heap
from symdiff.frontend.branches import branch_stmt, negate
from symdiff.frontend.context import Lowering, expression, statement
from symdiff.frontend.expressions import test
from symdiff.frontend.values import Abstract, Const, Ref, Struct, describe
from symdiff.ir.core import Value

CAUGHT = "error"  # how generated text names the exception that a handler is for
THE_EXCEPTION = object()  # ... and the value that ``except ... as`` binds


class Template:
    """An expression in which values of the graph stand as ``_0``, ``_1``, ..."""

    def __init__(self, lo: Lowering) -> None:
        self.lo = lo
        self.args: list[Value] = []

    def value(self, value: Value) -> ast.expr:
        if value.is_const() and not value.stmt.attrs["spelling"]:  # type: ignore[union-attr]
            return ast.Constant(value.constant)
        for k, known in enumerate(self.args):
            if known is value:
                return ast.Name(f"_{k}", ast.Load())
        self.args.append(value)
        return ast.Name(f"_{len(self.args) - 1}", ast.Load())

    def abstract(self, x: Abstract, node: ast.expr) -> ast.expr:
        if isinstance(x, Value):
            return self.value(x)
        if isinstance(x, Ref):
            return self.value(heap.read(self.lo, x, node))
        if isinstance(x, Const) and (x.value is None or isinstance(x.value, (str, bytes))):
            return ast.Constant(x.value)
        if isinstance(x, Const) and isinstance(x.value, type):
            return ast.Constant(x.value.__name__)
        if isinstance(x, Const) and x.value is THE_EXCEPTION:
            return ast.Name(CAUGHT, ast.Load())
        if isinstance(x, Struct) and x.kind == "tuple":
            return ast.Tuple([self.abstract(i, node) for i in x.items], ast.Load())
        self.lo.fail(
            TypeMismatch,
            node,
            f"a {describe(x)} cannot be put into a message",
            "",
            "put numbers and text into messages",
        )

    def expr(self, node: ast.expr) -> ast.expr:
        """The expression with everything but text replaced by operands."""
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.JoinedStr):
            return ast.JoinedStr([self._part(v) for v in node.values])
        return self.abstract(self.lo.expr(node), node)

    def _part(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.FormattedValue):
            spec = None if node.format_spec is None else self.expr(node.format_spec)
            return ast.FormattedValue(self.expr(node.value), node.conversion, spec)
        return node


@expression(ast.JoinedStr)
def f_string(lo: Lowering, node: ast.JoinedStr) -> Abstract:
    template = Template(lo)
    tree = template.expr(node)
    return lo.builder.op("text", *template.args, template=ast.unparse(tree))


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
        text = ""
        if not lo.handling:
            lo.fail(
                UnsupportedSyntax,
                node,
                "this exception cannot be raised again here",
                "statements of the try body are watched one by one, and it has gone by now",
                "raise an exception by its name",
            )
    else:
        text = _exception(lo, node.exc, template)
    cause = {}
    if isinstance(node.cause, ast.Constant) and node.cause.value is None:
        cause = {"cause": "None"}
    elif node.cause is not None and _is_caught(lo, node.cause) and text:
        cause = {"cause": CAUGHT}
    lo.builder.op("raise", *template.args, template=text, **cause)
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


def is_print(lo: Lowering, node: Any) -> bool:
    """Whether an expression is a call of the builtin ``print``."""
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ):
        return False
    found = lo.expr(node.func)
    return isinstance(found, Const) and found.value is print
