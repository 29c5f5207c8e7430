"""Text: computed while lowering where it is known, made by the derivative where numbers are in it.

Text carries no derivative. What is known serves as keys, modes and names; the rest ends up in
messages."""

from __future__ import annotations

import ast
from typing import Any

from symdiff.errors import TypeMismatch, UnsupportedCall
from symdiff.frontend import heap, storage
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Array, Const, Ref, Struct, describe, pack
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

    def abstract(self, x: Abstract, node: ast.AST) -> ast.expr:
        if isinstance(x, Value):
            return self.value(x)
        if isinstance(x, Array):
            return self.value(storage.read(self.lo, x, node))
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


def made(lo: Lowering, tree: ast.expr, template: Template) -> Abstract:
    """The text of an expression: known at once where nothing in it depends on values."""
    caught = any(isinstance(n, ast.Name) and n.id == CAUGHT for n in ast.walk(tree))
    if template.args or caught:
        return lo.builder.op("text", *template.args, template=ast.unparse(tree))
    found: Any = eval(compile(ast.Expression(ast.fix_missing_locations(tree)), "<text>", "eval"))
    return Const(found)


def percent(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> Abstract:
    """``"..." % values``."""
    template = Template(lo)
    tree = ast.BinOp(template.abstract(left, node), ast.Mod(), template.abstract(right, node))
    return made(lo, tree, template)


def called(lo: Lowering, name: str, args: list[Abstract], node: ast.AST) -> Abstract:
    """``str(x)``, ``repr(x)`` and ``format(x, spec)``."""
    template = Template(lo)
    parts = [template.abstract(x, node) for x in args]
    return made(lo, ast.Call(ast.Name(name, ast.Load()), parts, []), template)


# -- methods ---------------------------------------------------------------------------------------


def method(
    lo: Lowering,
    owner: str,
    name: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """A method of text that is known; only ``format`` may be given numbers that are not."""
    if name == "format":
        template = Template(lo)
        parts = [template.abstract(x, node) for x in args]
        named = [ast.keyword(k, template.abstract(x, node)) for k, x in kwargs.items()]
        function = ast.Attribute(ast.Constant(owner), "format", ast.Load())
        return made(lo, ast.Call(function, parts, named), template)
    try:
        found = getattr(owner, name)(
            *(_plain(lo, x, node) for x in args),
            **{k: _plain(lo, x, node) for k, x in kwargs.items()},
        )
    except (TypeError, ValueError, LookupError) as err:
        lo.fail(
            TypeMismatch,
            node,
            f"{owner!r:.40}.{name}() fails: {err}",
            "text is computed while the function is compiled",
            "see the arguments",
        )
    return known(lo, found)


def _plain(lo: Lowering, x: Abstract, node: ast.AST) -> Any:
    """The Python value of what is known."""
    if isinstance(x, Const):
        return x.value
    if isinstance(x, Value) and x.is_const():
        return x.constant
    if isinstance(x, Struct) and x.kind == "tuple":
        return tuple(_plain(lo, i, node) for i in x.items)
    if isinstance(x, Ref):
        value = heap.read(lo, x, node)
        if value.op == "make_list" and value.stmt is not None:
            return [_plain(lo, i, node) for i in value.stmt.args]
    lo.fail(
        UnsupportedCall,
        node,
        f"a method of text is given a {describe(x)} that is not known",
        "text is computed while the function is compiled",
        "use an f-string where text is made from numbers",
    )


def known(lo: Lowering, value: Any) -> Abstract:
    """What a method of text returns; a list of words is taken as a tuple, which unrolls."""
    if isinstance(value, (bool, int, float)):
        return lo.builder.const(value)
    if isinstance(value, (list, tuple)):
        return pack([known(lo, v) for v in value])
    return Const(value)
