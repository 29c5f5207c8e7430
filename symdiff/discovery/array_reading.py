"""From a graph to rows: which axes the index runs over, and what each value is at one index.

Every dimension of a value is labelled by the axis of the entry that it runs along (counted from the
end), or by 1.  Elementwise operations align labels as broadcasting aligns sizes, a reduction takes
away those that the index runs over.  What does not fit (a sum over some of these axes, or over
others) is :class:`NotARow`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symdiff.discovery.array_rows import Node, Pool
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.types import ArrayType, Type, is_number
from symdiff.ops.gates import GATES
from symdiff.ops.table import OPS

ONE = 0  # the label of a dimension of size 1; axes are -1, -2, ...
Labels = tuple[int, ...]
SAME = {"known", "scalar", "float", "bool", "astype"}  # what converts a number
PLAIN = {"eq", "ne", "lt", "le", "gt", "ge", "where", "inf_times", "safe_div", "safe_ratio"}
REDUCED = {"sum", "mean", "amax", "amin", "norm", "var", "std"}


class NotARow(Exception):
    """A statement does something that one generic index cannot say; ``at`` is its number among the
    statements of the graph that are no constants, where it is one of them."""

    at: int | None = None


def reads(stmt: Stmt) -> bool:
    """Whether the operation is one that rows know (its shapes may still not fit)."""
    return stmt.op.name in _READ or elementwise(stmt.op.name)


def elementwise(name: str) -> bool:
    """Whether an operation works index by index, with a meaning that a proof can use."""
    spec = OPS.get(name)
    if spec is None or spec.region or spec.effect:
        return False
    return name in PLAIN or (spec.evaluate is not None and bool(spec.image or name in GATES))


def reduces(stmt: Stmt) -> bool:
    return stmt.op.name in REDUCED or stmt.op.name == "matmul"


def axes_of(graph: Graph) -> tuple[int, ...]:
    """The axes (from the end) that the first reduction of the entry's rank goes over."""
    rank = rank_of(graph.inputs[0].type)
    for stmt in graph.body.stmts:
        if reduces(stmt) and any(rank_of(a.type) == rank for a in stmt.args):
            axes = stmt.attrs.get("axes", (0,))
            return tuple(sorted(k - rank for k in axes))
    raise NotARow("nothing is reduced")


def rank_of(t: Type) -> int:
    return t.rank if isinstance(t, ArrayType) else 0


class Reading:
    """The values of a graph as nodes.

    ``labels`` of an input may be given; else it is aligned with the entry as broadcasting would."""

    def __init__(self, pool: Pool, graph: Graph, labels: dict[Value, Labels] | None = None) -> None:
        self.pool = pool
        self.rank = rank_of(graph.inputs[0].type)
        self.labels: dict[Value, Labels] = dict(labels or {})
        self.nodes: dict[Value, Node] = {}
        names = {value: input_name(k) for k, value in enumerate(graph.inputs)}
        for value in graph.inputs[:1]:
            self._input(value, names.pop(value))
        stmts = [s for s in graph.body.stmts if s.op.name != "const"]
        for k, stmt in enumerate(stmts):
            try:
                for value in names.keys() & set(stmt.args):
                    self._input(value, names.pop(value))
                self._stmt(stmt)
            except NotARow as err:
                err.at = k
                raise
        for value, name in names.items():
            self._input(value, name)

    # -- inputs ------------------------------------------------------------------------------------

    def _input(self, value: Value, name: str) -> None:
        dims = value.type.dims if isinstance(value.type, ArrayType) else ""
        if len(dims) > self.rank or "?" in dims:
            raise NotARow(f"{name} has a shape of its own")
        if value not in self.labels:
            axes = range(-len(dims), 0)
            self.labels[value] = tuple(
                ONE if d == "1" else k for d, k in zip(dims, axes, strict=True)
            )
        self.nodes[value] = self.pool.input(name, self._has_index(self.labels[value]))

    def _has_index(self, labels: Labels) -> bool:
        return any(k in self.pool.axes for k in labels)

    def _whole(self, labels: Labels) -> bool:
        return all(k in labels for k in self.pool.axes)

    # -- statements --------------------------------------------------------------------------------

    def _stmt(self, stmt: Stmt) -> None:
        name = stmt.op.name
        if name == "const":
            return
        if name == "if":
            self._choice(stmt)
            return
        rule = _READ.get(name)
        if rule is not None:
            node, labels = rule(self, stmt)
        elif elementwise(name) and not stmt.attrs and len(stmt.results) == 1:
            node = self.pool.op(name, *map(self.node, stmt.args))
            labels = self.aligned(stmt.args)
        else:
            raise NotARow(f"{name} is no operation of rows")
        self.nodes[stmt.result], self.labels[stmt.result] = node, labels

    def node(self, value: Value) -> Node:
        if value.is_const():
            number = value.constant
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise NotARow("a constant that is no number")
            return self.pool.const(number)
        return self.nodes[value]

    def label(self, value: Value) -> Labels:
        return () if value.is_const() else self.labels[value]

    def aligned(self, values: Sequence[Value]) -> Labels:
        """The labels of a broadcast of values."""
        parts = [self.label(v) for v in values]
        found = []
        for k in range(-max(map(len, parts), default=0), 0):
            here = {p[k] for p in parts if len(p) >= -k} - {ONE}
            if len(here) > 1:
                raise NotARow("shapes are broadcast across the axes")
            found.append(here.pop() if here else ONE)
        return tuple(found)

    def _choice(self, stmt: Stmt) -> None:
        """An ``if`` on a number: both branches, and which of them holds."""
        for block in stmt.blocks:
            if block.params:
                raise NotARow("a branch with parameters")
            for inner in block.stmts:
                self._stmt(inner)
        for k, result in enumerate(stmt.results):
            branches = [block.yields[k] for block in stmt.blocks]
            chosen = [self.node(stmt.args[0]), *map(self.node, branches)]
            self.nodes[result] = self.pool.op("where", *chosen)
            self.labels[result] = self.aligned(branches)

    # -- reductions --------------------------------------------------------------------------------

    def reduced(self, stmt: Stmt) -> tuple[Node, Labels]:
        (x,) = stmt.args
        labels, axes = self.label(x), stmt.attrs["axes"]
        gone = {labels[k] for k in axes} - {ONE}
        if gone and gone != set(self.pool.axes):
            raise NotARow("other axes are reduced")
        keeps = stmt.attrs["keepdims"]
        left = tuple(
            ONE if k in axes else label for k, label in enumerate(labels) if keeps or k not in axes
        )
        node = self.node(x)
        return (self._reduction(stmt, node) if gone else self._of_one(stmt, node)), left

    def _of_one(self, stmt: Stmt, node: Node) -> Node:
        """A reduction over axes of size 1."""
        if stmt.op.name in ("var", "std", "norm"):
            raise NotARow(f"{stmt.op.name} of single numbers")
        return node

    def _reduction(self, stmt: Stmt, x: Node) -> Node:
        pool, name = self.pool, stmt.op.name
        match name:
            case "sum":
                return pool.total(x)
            case "mean":
                return pool.mean(x)
            case "norm":
                return pool.op("sqrt", pool.total(pool.op("mul", x, x)))
            case "var" | "std":
                d = pool.op("sub", x, pool.mean(x))
                less = pool.op("sub", pool.count(), pool.const(stmt.attrs["ddof"]))
                freedom = less if stmt.attrs["ddof"] else pool.count()
                square = pool.op("div", pool.total(pool.op("mul", d, d)), freedom)
                return square if name == "var" else pool.op("sqrt", square)
        return pool.extremum(name, x)

    def product(self, stmt: Stmt) -> tuple[Node, Labels]:
        """``x @ y`` of two vectors."""
        x, y = stmt.args
        if not (self.label(x) == self.label(y) == self.pool.axes == (-1,)):
            raise NotARow("a product of matrices")
        return self.pool.total(self.pool.op("mul", self.node(x), self.node(y))), ()

    # -- shapes ------------------------------------------------------------------------------------

    def same(self, stmt: Stmt) -> tuple[Node, Labels]:
        """A conversion that leaves the number what it is."""
        (x,) = stmt.args
        to, of = (_dtype(v.type) for v in (stmt.result, x))
        if to != of and to not in ("float", "f64"):
            raise NotARow(f"a conversion of {of} to {to}")
        return self.node(x), self.label(x)

    def size(self, stmt: Stmt) -> tuple[Node, Labels]:
        label = self.label(stmt.args[0])[stmt.attrs["axis"]]
        return (self.pool.const(1) if label == ONE else self.pool.size(label)), ()

    def expanded(self, stmt: Stmt) -> tuple[Node, Labels]:
        (x,) = stmt.args
        axes, old = stmt.attrs["axes"], iter(self.label(x))
        rank = len(self.label(x)) + len(axes)
        return self.node(x), tuple(ONE if k in axes else next(old) for k in range(rank))

    def squeezed(self, stmt: Stmt) -> tuple[Node, Labels]:
        (x,) = stmt.args
        kept = [label for k, label in enumerate(self.label(x)) if k not in stmt.attrs["axes"]]
        return self.node(x), tuple(kept)

    def filled(self, stmt: Stmt) -> tuple[Node, Labels]:
        """``full_like(x, g)``."""
        x, g = stmt.args
        return self.node(g), self.label(x)


def _dtype(t: Type) -> str:
    return t.dtype if isinstance(t, ArrayType) else t.name


_READ: dict[str, Callable[[Reading, Stmt], tuple[Node, Labels]]] = {
    **dict.fromkeys(REDUCED, Reading.reduced),
    **dict.fromkeys(SAME, Reading.same),
    "matmul": Reading.product,
    "shape_of": Reading.size,
    "expand_dims": Reading.expanded,
    "squeeze": Reading.squeezed,
    "full_like": Reading.filled,
}


def is_plain(t: Type) -> bool:
    """A type of values that rows can have."""
    return is_number(t) or (isinstance(t, ArrayType) and t.dtype in ("f64", "bool", "int"))


def input_name(position: int) -> str:
    """What the reading calls an input of the graph."""
    return f"{position}"
