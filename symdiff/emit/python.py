"""A graph to the text of a Python module with one function: the whole of the way, in order.

Fold, name, build the tree, print.  The text stands alone: it imports what it uses, and writes out
the small functions that no module has.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.emit.comments import Comments
from symdiff.emit.expressions import Expressions, caught_name
from symdiff.emit.folding import Plan
from symdiff.emit.joins import Suite
from symdiff.emit.layout import Layout
from symdiff.emit.naming import Names
from symdiff.emit.printer import render
from symdiff.emit.shadow import import_of, needed_names
from symdiff.emit.signature import INSTANCE, INSTANCE_TEXT, Signature
from symdiff.emit.statements import Statements, leaves
from symdiff.ir.core import Graph, Value
from symdiff.ir.walk import operations
from symdiff.ops.array_functions import IMPORTED
from symdiff.ops.polygamma import INLINE_FUNCTIONS
from symdiff.records import dataclass, field, replace
from symdiff.syntax import nodes

TARGET = "math"


@dataclass(slots=True)
class Emitted:
    """The text of a module, the name of its function, and the user's line that each generated
    line stems from.
    """

    text: str
    name: str
    line_map: dict[int, int] = field(default_factory=dict)


class _Writer(Statements):
    """Statements that know how the function returns."""

    signature: Signature

    def result(self, layout: Layout) -> Suite:
        values = self.outputs(layout)
        top = layout
        while top.kind not in ("root", "pullback"):
            assert top.parent is not None
            top = top.parent
        return [ast.Return(self.signature.pack(top.kind, values))]


def emit(
    graph: Graph,
    *,
    name: str,
    header: str = "",
    doc: str = "",
    split: int | None = None,
    captured: Mapping[str, Any] | None = None,
    target: str = TARGET,
) -> Emitted:
    """Write ``graph`` as a function ``name``.

    ``header`` is put above as comments.  ``split`` counts the inputs of the value: those after it
    are cotangents, and the
    function returns ``(value, pullback)``.  ``captured`` gives the values of captured parameters
    (module-level constants).
    In-place operations are written destructively: the graph has been through ``passes.inplace``
    (with the same ``split``).
    """
    signature = Signature(graph, split, target)
    name = signature.function(name)
    functions = _function_names(graph, {name, *signature.names(), *signature.globals})
    callees = [_callee(graph, callee, functions, target) for callee in graph.callees.values()]
    body = _body(graph, graph, signature, {name: name, **functions}, target)
    if doc:
        body.insert(0, ast.Expr(ast.Constant(doc)))
    function = ast.FunctionDef(name, signature.arguments("root"), body, [], None, None)
    tree = _module(function, callees, signature, captured or {})
    printed = render(tree)
    return _with_header(printed.text, printed.line_map, header, name)


def _function_names(graph: Graph, taken: set[str]) -> dict[str, str]:
    """What the callees are called in the text: ``_power_fwd``."""
    found: dict[str, str] = {}
    for callee in graph.callees:
        name = "_" + callee.lstrip("_")
        while name in taken:
            name += "_"
        taken.add(name)
        found[callee] = name
    return found


def _callee(
    graph: Graph, callee: Graph, functions: dict[str, str], target: str
) -> ast.FunctionDef:
    """A function of the module that others call; its parameters give way to what the text needs."""
    needed = needed_names(callee, target) | {*INLINE_FUNCTIONS, *IMPORTED, *keyword.kwlist}
    needed |= {*functions.values(), *graph.imports.values()}
    params = []
    for param in callee.params:
        name = param.name
        while name in needed:
            name += "_"
        needed.add(name)
        params.append(replace(param, name=name))
    callee = replace(callee, params=params, imports=graph.imports)
    signature = Signature(callee, None, target)
    body = _body(graph, callee, signature, functions, target)
    if callee.doc:
        body.insert(0, ast.Expr(ast.Constant(callee.doc)))
    return ast.FunctionDef(
        functions[callee.name], signature.arguments("root"), body, [], None, None
    )


def _body(
    root: Graph, graph: Graph, signature: Signature, functions: dict[str, str], target: str
) -> Suite:
    """The statements of one function."""
    plan = Plan(graph, signature.split, signature.access)
    reserved = {*_reserved(signature), *functions.values()}
    if any(op.name == "attempt" for op in operations(graph)):
        reserved.add(caught_name(graph))
    names = Names(plan, signature.fixed, reserved)
    expressions = Expressions(plan, names, target, signature.access)
    expressions.functions = functions
    writer = _Writer(plan, names, expressions, Comments(graph))
    writer.signature = signature
    writer.tapes = root.tapes
    return _function(writer, plan)


def _function(writer: _Writer, plan: Plan) -> Suite:
    """The body of the function: its lines, the pullback, the return."""
    root = plan.root
    body = writer.suite(root)
    last = root.lines[-1] if root.lines else None
    if last is None or last.kind != "pullback":
        return body if leaves(body) else body + writer.result(root)
    inner = last.layouts[0]
    name = writer.signature.pullback
    suite = writer.suite(inner)
    if not leaves(suite):
        suite += writer.result(inner)
    body.append(
        ast.FunctionDef(name, writer.signature.arguments("pullback"), suite, [], None, None)
    )
    value = writer.signature.pack("root", writer.outputs(root))
    body.append(ast.Return(ast.Tuple([value, ast.Name(name, ast.Load())], ast.Load())))
    return body


def _reserved(signature: Signature) -> set[str]:
    """Names that no local may have: keywords, captured names, what the text mentions."""
    return {
        signature.pullback,
        *keyword.kwlist,
        *keyword.softkwlist,
        *signature.globals,
        *signature.hidden.alias.values(),
        *signature.reserved,
    }


def _module(
    function: ast.FunctionDef,
    callees: Sequence[ast.FunctionDef],
    signature: Signature,
    captured: Mapping[str, Any],
) -> ast.Module:
    constants = list(signature.constants(captured))
    used = {n for part in (function, *callees, *constants) for n in _names(part)}
    inner = _inner_functions(used)
    for part in inner:
        used |= _names(part)
    known = {"math": "math", "np": "numpy", **IMPORTED, **signature.imports}
    tree = ast.Module([*constants, *inner, *callees, function], [])
    moved = signature.hidden.settle(tree)
    named = sorted((used - moved) & known.keys(), key=_math_first)
    imports = [import_of(known[n], n) for n in named]
    tree.body[:0] = [*imports, *signature.hidden.imports(moved, known)]
    return tree


def _math_first(name: str) -> tuple[bool, str]:
    return name != "math", name


def _inner_functions(used: set[str]) -> list[ast.stmt]:
    """Functions that ``math`` lacks, with those that they call, and the maker of instances."""
    found: dict[str, ast.stmt] = {}
    known = {**INLINE_FUNCTIONS, INSTANCE: INSTANCE_TEXT}
    todo = sorted(used & known.keys())
    while todo:
        name = todo.pop(0)
        if name not in found:
            tree = ast.parse(known[name]).body[0]
            found[name] = tree
            todo += sorted(_names(tree) & known.keys())
    return [found[name] for name in sorted(found)]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in nodes(tree) if node.__class__ is ast.Name}


def _with_header(text: str, line_map: dict[int, int], header: str, name: str) -> Emitted:
    if not header:
        return Emitted(text, name, line_map)
    lines = [
        f"# {line}".rstrip() if not line.startswith("#") else line
        for line in header.strip("\n").split("\n")
    ]
    shift = len(lines) + 1
    return Emitted(
        "\n".join(lines) + "\n\n" + text, name, {k + shift: v for k, v in line_map.items()}
    )


def value_name(names: Names, value: Value) -> str:
    """The printed name of a value (for reports)."""
    return names.names.get(value, "")
