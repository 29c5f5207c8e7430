"""Regions that may become one gate: parts of a block with one active input and one output.

In a block each active value is dominated by the values that every path from the block's active
inputs to it passes through; those dominators form a chain, so that the regions that end at a value
are nested.  A region is closed if nothing inside of it is read outside: only then does one local
derivative say all that the reverse sweep needs.  Inactive values enter by their definition, as far
as it is short, so that the ``1 - t`` of a cross entropy is seen.

Dominators of a graph without cycles are the nearest common ancestors in the tree so far (K. D.
Cooper, T. J. Harvey, K. Kennedy, *A simple, fast dominance algorithm*, 2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Stmt, Value, new_graph
from symdiff.ir.types import FLOAT, Type, is_number
from symdiff.ir.walk import Cloner, blocks

DEFINITIONS = 8  # inactive statements taken along


@dataclass(frozen=True, slots=True)
class Region:
    """From ``entry`` (the one active input) to ``exit``; ``stmts`` in order, ``outside`` the
    inactive inputs."""

    entry: Value
    exit: Value
    stmts: tuple[Stmt, ...]
    outside: tuple[Value, ...]

    def graph(self, name: str = "gate") -> Graph:
        """The region as a function of its entry and its inactive inputs."""
        origin = self.stmts[-1].origin
        made = new_graph(name, origin)
        builder = Builder(made)
        cloner = Cloner(builder)
        for k, value in enumerate((self.entry, *self.outside)):
            hint = value.hint or ("x" if k == 0 else f"c{k}")
            made.params.append(Param(_free(hint, made), value.type))
            cloner.env[value] = made.body.add_param(value.type, made.params[-1].name)
        for stmt in self.stmts:
            cloner.stmt(stmt)
        made.body.yields = [cloner[self.exit]]
        made.result = self.exit.type
        return made


def _free(hint: str, graph: Graph) -> str:
    taken = {p.name for p in graph.params}
    name, number = hint, 1
    while name in taken:
        number += 1
        name = f"{hint}{number}"
    return name


@dataclass(frozen=True, slots=True)
class Kind:
    """What regions are made of: the types of their values, those of their results, and the
    statements, of which inactive ones are taken along if they are ``short``."""

    values: Callable[[Type], bool]
    results: Callable[[Type], bool]
    reads: Callable[[Stmt], bool]
    short: Callable[[Stmt], bool]

    def plain(self, stmt: Stmt | None, active: Set[Value]) -> bool:
        """A statement that a gate can take in: one active result."""
        return (
            stmt is not None
            and not stmt.op.region
            and not stmt.op.effect
            and len(stmt.results) == 1
            and stmt.result in active
            and self.results(stmt.result.type)
            and all(self.values(a.type) for a in stmt.args)
            and self.reads(stmt)
        )

    def definition(self, stmt: Stmt | None) -> bool:
        """An inactive statement that is taken along."""
        return (
            stmt is not None
            and not stmt.op.region
            and not stmt.op.effect
            and len(stmt.results) == 1
            and all(self.values(a.type) for a in (*stmt.args, stmt.result))
            and self.short(stmt)
        )


NUMBERS = Kind(is_number, lambda t: t is FLOAT, lambda stmt: True, lambda stmt: True)


def regions(graph: Graph, active: Set[Value], kind: Kind = NUMBERS) -> list[Region]:
    """The largest closed regions of every block, in program order; none overlaps another."""
    readers = _readers(graph)
    return [r for block in blocks(graph.body) for r in _of_block(block, active, readers, kind)]


def _readers(graph: Graph) -> dict[Value, set[Stmt | Block]]:
    found: dict[Value, set[Stmt | Block]] = {}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for arg in stmt.args:
                found.setdefault(arg, set()).add(stmt)
        for value in block.yields:
            found.setdefault(value, set()).add(block)
    return found


def _of_block(
    block: Block, active: Set[Value], readers: dict[Value, set[Stmt | Block]], kind: Kind
) -> Iterator[Region]:
    parent: dict[Value, Value | None] = {}
    depth: dict[Value, int] = {}
    for stmt in block.stmts:
        if not kind.plain(stmt, active):
            continue
        nearest = _dominator([a for a in stmt.args if a in active], parent, depth)
        parent[stmt.result] = nearest
        depth[stmt.result] = 0 if nearest is None else depth.get(nearest, 0) + 1
    taken: set[Value] = set()
    found = []
    for stmt in reversed(block.stmts):
        if not kind.plain(stmt, active) or stmt.result in taken:
            continue
        region = _largest(block, stmt.result, parent, active, readers, kind)
        if region is not None:
            found.append(region)
            taken.update(s.result for s in region.stmts)
    yield from reversed(found)


def _dominator(
    args: list[Value], parent: dict[Value, Value | None], depth: dict[Value, int]
) -> Value | None:
    """The nearest value that all paths pass through; None: there is none in this block."""
    first: Value | None = args[0]
    for other in args[1:]:
        second: Value | None = other
        while first is not second and first is not None and second is not None:
            if depth.get(first, 0) >= depth.get(second, 0):
                first = parent.get(first)
            else:
                second = parent.get(second)
        if first is None or second is None:
            return None
    return first


def _largest(
    block: Block,
    exit_: Value,
    parent: dict[Value, Value | None],
    active: Set[Value],
    readers: dict[Value, set[Stmt | Block]],
    kind: Kind,
) -> Region | None:
    best: Region | None = None
    entry = parent.get(exit_)
    while entry is not None:
        inner = _between(entry, exit_, active, kind)
        if inner is None:
            break
        own = {s for s in inner if s.result is not exit_}
        if len(inner) >= 2 and all(readers[s.result] <= set(inner) for s in own):
            best = _region(block, entry, exit_, inner, kind)
        entry = parent.get(entry)
    return best


def _between(entry: Value, exit_: Value, active: Set[Value], kind: Kind) -> set[Stmt] | None:
    """The active statements on the paths; None where one of them can be no part of a gate."""
    found: set[Stmt] = set()
    work = [exit_]
    while work:
        value = work.pop()
        if value is entry or (value.stmt is not None and value.stmt in found):
            continue
        if value.stmt is None or not kind.plain(value.stmt, active):
            return None
        found.add(value.stmt)
        work.extend(a for a in value.stmt.args if a in active)
    return found


def _region(block: Block, entry: Value, exit_: Value, inner: set[Stmt], kind: Kind) -> Region:
    known = set(inner)
    outside: list[Value] = []
    work = [a for s in inner for a in s.args]
    taken = 0
    seen: set[Value] = {entry}
    while work:
        value = work.pop()
        if value in seen or (value.stmt is not None and value.stmt in inner):
            continue
        seen.add(value)
        stmt = value.stmt
        if value.is_const():
            continue
        if (
            stmt is not None
            and kind.definition(stmt)
            and stmt.block is block
            and taken < DEFINITIONS
        ):
            taken += 1
            known.add(stmt)
            work.extend(stmt.args)
        else:
            outside.append(value)
    order = tuple(s for s in block.stmts if s in known)
    outside.sort(key=lambda v: (v.stmt is not None, v.index))
    return Region(entry, exit_, order, tuple(outside))
