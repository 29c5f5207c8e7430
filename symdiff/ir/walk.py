"""Walking and rebuilding graphs: iteration, substitution, and the clone that every pass is made
of.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Stmt, Value
from symdiff.ir.opspec import OpSpec

Env = dict[Value, Value]


def statements(block: Block) -> list[Stmt]:
    """Every statement under a block, outer before inner, in order."""
    found: list[Stmt] = []
    for stmt in block.stmts:
        found.append(stmt)
        if stmt.blocks:
            for child in stmt.blocks:
                found += statements(child)
    return found


def operations(graph: Graph) -> set[OpSpec]:
    """The rows of which a graph has statements: what a pass asks first, whether it is of use."""
    return {stmt.op for stmt in statements(graph.body)}


def blocks(block: Block) -> Iterator[Block]:
    """The block and every block under it."""
    yield block
    for stmt in block.stmts:
        for child in stmt.blocks:
            yield from blocks(child)


def free_values(stmt: Stmt) -> Iterator[Value]:
    """Arguments of a statement and all values its blocks use from outside, with repeats."""
    yield from stmt.args
    for child in stmt.blocks:
        inner = set(map(id, blocks(child)))
        for value in _uses(child):
            if id(value.block) not in inner:
                yield value


def _uses(block: Block) -> Iterator[Value]:
    for stmt in block.stmts:
        yield from stmt.args
        for child in stmt.blocks:
            yield from _uses(child)
    yield from block.yields


def callees_of(graph: Graph) -> Iterator[str]:
    """The names that the graph's own statements call, with repeats."""
    for stmt in statements(graph.body):
        if stmt.op.name == "call":
            yield stmt.attrs["callee"]


def reachable(graph: Graph) -> list[str]:
    """The callees that a graph calls, directly or through others, in the order of first mention."""
    found: dict[str, None] = {}
    todo = [graph]
    while todo:
        for name in callees_of(todo.pop()):
            if name not in found:
                found[name] = None
                todo.append(graph.callees[name])
    return list(found)


def use_counts(graph: Graph) -> dict[Value, int]:
    """How often each value is used as an argument or a yield."""
    counts: dict[Value, int] = {}

    def count(block: Block) -> None:
        for stmt in block.stmts:
            for value in stmt.args:
                counts[value] = counts.get(value, 0) + 1
            for child in stmt.blocks:
                count(child)
        for value in block.yields:
            counts[value] = counts.get(value, 0) + 1

    count(graph.body)
    return counts


def substitute(scope: Iterable[Stmt], table: Mapping[Value, Value]) -> None:
    """Replace values in the arguments and yields of statements and of what is under them."""
    for stmt in scope:
        if any(a in table for a in stmt.args):
            stmt.args = tuple(table.get(a, a) for a in stmt.args)
        for child in stmt.blocks:
            substitute(child.stmts, table)
            child.yields = [table.get(v, v) for v in child.yields]


def has_effect(stmt: Stmt) -> bool:
    """Whether the statement, or one under it, has a side effect."""
    return stmt.op.effect or any(has_effect(s) for b in stmt.blocks for s in b.stmts)


Rewrite = Callable[["Cloner", Stmt], Sequence[Value] | None]


class Cloner:
    """Copies statements through a builder, so that folding and hash-consing apply again.

    ``rewrite(cloner, stmt)`` may return replacement results (already in the new graph) or None
    for a plain copy.
    """

    def __init__(
        self,
        builder: Builder,
        rewrite: Rewrite | None = None,
        only: Container[Stmt] | None = None,
    ) -> None:
        self.builder = builder
        self.only = only  # the statements that ``rewrite`` is asked about, if not all
        self.env: Env = {}
        self.changed: set[Value] = set()  # old values whose new ones are not mere copies
        self.rewrite = rewrite

    def __getitem__(self, value: Value) -> Value:
        """The new graph's value; constants come along by themselves."""
        found = self.env.get(value)
        if found is None:
            stmt = value.stmt
            if stmt is not None and stmt.op.name in ("const", "undef"):
                found = self._leaf(stmt)
                self.env[value] = found
            else:
                raise KeyError(f"{value!r} is not cloned yet")
        return found

    def _leaf(self, stmt: Stmt) -> Value:
        if stmt.op.name == "undef":
            return self.builder.undef(stmt.attrs["type"])
        return self.builder.const(stmt.attrs["value"], stmt.attrs["spelling"])

    def all(self, values: Iterable[Value]) -> list[Value]:
        env = self.env
        return [env.get(v) or self[v] for v in values]

    def stmt(self, stmt: Stmt) -> None:
        """Copy one statement into the builder's current block."""
        builder, env, op = self.builder, self.env, stmt.op
        if op.name == "const" or op.name == "undef":
            return
        saved, builder.current = builder.current, stmt.origin
        results = None
        if self.rewrite is not None and (self.only is None or stmt in self.only):
            results = self.rewrite(self, stmt)
        if results is not None:
            self.changed.update(stmt.results)
            env.update(zip(stmt.results, results, strict=True))
        elif op.region or not stmt.results:
            env.update(zip(stmt.results, self.copy(stmt), strict=True))
        else:
            args = []
            for a in stmt.args:
                args.append(env.get(a) or self[a])
            if not self.changed or self.changed.isdisjoint(stmt.args):
                env[stmt.results[0]] = builder.again(stmt, tuple(args))
            else:
                env[stmt.results[0]] = self.plain(stmt, args)
        builder.current = saved

    def copy(self, stmt: Stmt) -> Sequence[Value]:
        builder = self.builder
        args = self.all(stmt.args)
        if not stmt.op.region:
            result = self.plain(stmt, args)
            return (result,) if stmt.results else ()
        children = [self.block(child) for child in stmt.blocks]
        return builder.region(
            stmt.op.name,
            args,
            stmt.attrs,
            children,
            [r.type for r in stmt.results],
            [r.hint for r in stmt.results],
        ).results

    def plain(self, stmt: Stmt, args: Sequence[Value]) -> Value:
        """A plain statement on new operands: a copy, or built anew where an operand changed."""
        if self.changed.isdisjoint(stmt.args):
            return self.builder.again(stmt, tuple(args))
        self.changed.update(stmt.results)
        hint = stmt.results[0].hint if stmt.results else ""
        return self.builder.op(stmt.op.name, *args, hint=hint, **stmt.attrs)

    def block(self, old: Block) -> Block:
        """A copy of a child block, not attached yet."""
        builder = self.builder
        with builder.into(builder.new_block()) as new:
            for param in old.params:
                self.env[param] = new.add_param(param.type, param.hint)
            for stmt in old.stmts:
                self.stmt(stmt)
            new.yields = self.all(old.yields)
        return new


def like(graph: Graph, name: str = "") -> Graph:
    """An empty graph with the same signature (inputs made), to be filled by a cloner."""
    new = Graph(
        name or graph.name,
        Block(None),
        [Param(p.name, p.tree, p.kind, p.default) for p in graph.params],
        graph.result,
        graph.file,
        graph.line,
        graph.doc,
        list(graph.notes),
        dict(graph.imports),
        dict(graph.callees),
        dict(graph.tapes),
    )
    for value in graph.inputs:
        new.body.add_param(value.type, value.hint)
    return new


def rebuild(
    graph: Graph,
    rewrite: Rewrite | None = None,
    *,
    only: Container[Stmt] | None = None,
    relaxed: bool = False,
) -> Graph:
    """Clone a whole graph through a rewrite (of all statements, or of some ``only``)."""
    new = like(graph)
    cloner = Cloner(Builder(new, relaxed=relaxed), rewrite, only)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new
