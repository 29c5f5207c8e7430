"""Parameters that hide what the text needs: ``def f(math, len): ...``.

The user's parameters keep their names, so it is the text's own ``math`` and ``len`` that give way:
they are imported as ``_math`` and ``_len``, in such a function only.  While the tree is built a
hiding parameter carries a mark in its name, which tells the two apart; ``settle`` takes it off.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping

from symdiff.emit.templates import bound_names, name_counts, spelling, text_of
from symdiff.ir.core import Graph
from symdiff.ir.opspec import OpSpec
from symdiff.ir.types import is_array, leaves
from symdiff.ir.walk import statements
from symdiff.ops.array_functions import IMPORTED
from symdiff.syntax import nodes

MARK = "\u00b7"  # may stand in an identifier, and nobody's does
BUILTINS = frozenset(dir(builtins))
EXCEPTIONS = frozenset(n for n in BUILTINS if n[0].isupper())
# what loops, lists and conversions are written with, whatever the rows say
WRITTEN = frozenset(("len", "range", "reversed", "zip", "enumerate", "float", "int", "sum", "_",
                     "slice"))


def needed_names(graph: Graph, target: str) -> set[str]:
    """The modules and builtins that the text of a graph may mention, and what rows' texts bind."""
    found: set[str] = set()
    bound: set[str] = set()
    texts: set[str] = set()
    plain: set[OpSpec] = set()  # without arrays these have one text
    arrays = any(is_array(leaf) for p in graph.params for leaf in leaves(p.tree))
    for stmt in statements(graph.body):
        if stmt.on_arrays:
            arrays = True
            texts.add(text_of(stmt, target))
        elif stmt.op.spell is not None:
            texts.add(stmt.op.spell(stmt))
        else:
            plain.add(stmt.op)
        if stmt.attrs:
            template = stmt.attrs.get("template") or stmt.attrs.get("spelling")
            if template:
                found |= name_counts(template).keys()
    texts.update([spelling(op, target) for op in plain])
    for template in texts:
        if template:
            found |= name_counts(template).keys()
            bound |= bound_names(template)
    found &= BUILTINS | IMPORTED.keys()
    if any(op.name == "caught" for op in plain):
        found.add("isinstance")
    modules = {"math", "np"} if arrays else {"math"}
    return {*modules, *WRITTEN, *EXCEPTIONS, *found, *bound}


class Hidden:
    """``names``: what parameters hide; ``alias``: what the text calls it instead."""

    def __init__(self, parameters: Iterable[str], needed: Iterable[str]) -> None:
        taken = set(parameters)
        self.names = taken & set(needed)
        self.alias: dict[str, str] = {}
        for name in sorted(self.names):
            other = f"_{name}"
            while other in taken:
                other = f"_{other}"
            self.alias[name] = other

    def parameter(self, name: str) -> str:
        """A parameter's name while the tree is built."""
        return name + MARK if name in self.names else name

    def settle(self, tree: ast.AST) -> set[str]:
        """Give parameters and what they hide their final names; the hidden names that were
        needed.
        """
        needed: set[str] = set()
        if not self.names:
            return needed
        for node in nodes(tree):
            field = "arg" if isinstance(node, ast.arg) else "id"
            name = getattr(node, field, None)
            if isinstance(node, ast.FunctionDef) and node.name in self.names:
                node.name = self.alias[node.name]
            if not isinstance(node, (ast.Name, ast.arg)) or name is None:
                continue
            if name.endswith(MARK):
                setattr(node, field, name[: -len(MARK)])
            elif name in self.names:
                needed.add(name)
                setattr(node, field, self.alias[name])
        return needed

    def imports(self, needed: Iterable[str], modules: Mapping[str, str]) -> list[ast.stmt]:
        """``import math as _math``, ``from builtins import len as _len``."""
        found: list[ast.stmt] = []
        for name in sorted(needed):
            other = self.alias[name]
            if name in modules:
                found.append(import_of(modules[name], name, other))
            elif name in BUILTINS:
                found.append(import_of(f"builtins:{name}", name, other))
        return found


def import_of(source: str, name: str, alias: str = "") -> ast.stmt:
    """The import of ``module`` or ``module:attribute`` under a name."""
    module, _, attribute = source.partition(":")
    alias = alias or name
    if not attribute and "." in module:
        module, _, attribute = module.rpartition(".")
    if attribute:
        named = ast.alias(attribute, None if attribute == alias else alias)
        return ast.ImportFrom(module, [named], 0)
    return ast.Import([ast.alias(module, None if module == alias else alias)])
