"""Rows as text: the shape of a region, under which its derivative is kept, and that derivative.

In a shape the entry is ``x``, other inputs are ``v0, v1, ...`` where they vary with the index and
``s0, ...`` where they do not, as are constants that are no whole numbers (an ``eps``); the number
of indices is ``n``, the cotangent ``g``.  Operands of sums and products stand in the order of their
text, so that a shape is that of every way to write it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symdiff.discovery.array_candidates import Row
from symdiff.discovery.array_reading import elementwise
from symdiff.discovery.array_regions import is_whole
from symdiff.discovery.array_rows import REDUCTIONS, Node, Pool, order
from symdiff.ops.table import OPS

COMMUTATIVE = ("add", "mul", "max", "min")
LONGEST = 4000  # characters of a row


class NoText(Exception):
    """A row is too long, or is of sizes that are not its own; a text is no row."""


@dataclass
class Naming:
    """The names of one row's inputs and constants, in the order in which its shape has them.

    Whole numbers are part of the shape, or constants like others (not ``literal``)."""

    row: Row
    literal: bool = True
    names: dict[Node, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names[self.row.entry] = "x"
        self.names[self.row.cotangent] = "g"
        self.names[self.row.pool.count()] = "n"
        self.plain: dict[Node, str] = {}
        self.shape = self.text(self.row.value)
        if len(self.shape) > LONGEST:
            raise NoText("a long row")

    def text(self, node: Node) -> str:
        """A node of the row in these names; inputs that have none get the next one."""
        if node in self.names:
            return self.names[node]
        match node.op:
            case "const" if self.literal and is_whole(node.data):
                return str(int(node.data))
            case "const" | "input":
                return self._named(node)
            case "size":
                raise NoText("a size of another axis")
            case "pow" if node.args[1].op == "const" and node.args[1].data == 2:
                return f"mul({', '.join([self.text(node.args[0])] * 2)})"
        operands = list(node.args)
        if node.op in COMMUTATIVE:
            operands.sort(key=self._anonymous)
        return f"{node.op}({', '.join(map(self.text, operands))})"

    def _named(self, node: Node) -> str:
        kind = "v" if node.varies else "s"
        self.names[node] = f"{kind}{sum(n[0] == kind for n in self.names.values())}"
        return self.names[node]

    def _anonymous(self, node: Node) -> tuple[int, str]:
        """The text with all names of a kind alike, by which operands are sorted."""
        for one in order([node]):
            if one not in self.plain:
                self.plain[one] = self._plain(one)
        return len(self.plain[node]), self.plain[node]

    def _plain(self, node: Node) -> str:
        if node in (self.row.entry, self.row.cotangent) or node is self.row.pool.count():
            return self.names[node]
        if not node.args:
            whole = self.literal and node.op == "const" and is_whole(node.data)
            return str(int(node.data)) if whole else "v" if node.varies else "s"
        parts = [self.plain[a] for a in node.args]
        if node.op in COMMUTATIVE:
            parts.sort(key=lambda t: (len(t), t))
        text = f"{node.op}({', '.join(parts)})"
        if len(text) > LONGEST:
            raise NoText("a long row")
        return text

    # -- back to a row -----------------------------------------------------------------------------

    def node(self, text: str) -> Node:
        """A derivative as a node, made of the row's own forward values where it has them."""
        forward = {self.text(v): v for v in self.row.forward}
        nodes = {name: node for node, name in self.names.items()}
        if len(text) > LONGEST:
            raise NoText("a long derivative")
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as err:
            raise NoText(str(err)) from err
        return self._built(tree, nodes, forward)

    def _built(
        self, tree: ast.expr, nodes: Mapping[str, Node], forward: Mapping[str, Node]
    ) -> Node:
        match tree:
            case ast.Name(id=name) if name in nodes:
                return nodes[name]
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                return self.row.pool.const(float(value))
            case ast.UnaryOp(ast.USub(), ast.Constant(value=int() as value)):
                return self.row.pool.const(float(-value))
            case ast.Call(ast.Name(id=name), args, []):
                known = forward.get(ast.unparse(tree))
                if known is not None:
                    return known
                return made(self.row.pool, name, [self._built(a, nodes, forward) for a in args])
        raise NoText(f"{ast.unparse(tree):.40} is no row")


def made(pool: Pool, name: str, args: Sequence[Node]) -> Node:
    """An operation by its name, if rows have it."""
    if name not in REDUCTIONS and not elementwise(name):
        raise NoText(f"{name} is no operation of rows")
    arity = 2 if name == "picked" else 1 if name in REDUCTIONS else len(OPS[name].params)
    if len(args) != arity:
        raise NoText(f"{name} of {len(args)}")
    return pool.made(name, args)
