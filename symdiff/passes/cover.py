"""Cover parts of the primal with gates of the library: whole shapes that ``fuse`` has no row for.

A part is covered where its canonical shape (``library.shapes``) is that of an entry and nothing
inside of it is read outside, the largest first.  ``auto`` takes what is no worse in anything and
better in something, by the measures that the entry holds; ``whole`` takes every shape.  The gate
that is put there is a row like any other: its partials are differentiated, its value is expanded by
the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import Cloner, blocks, rebuild, statements
from symdiff.library.entries import Entry, declared
from symdiff.library.shapes import (
    ONE,
    Binding,
    Multiple,
    Pattern,
    Shapes,
    heads,
    is_smooth,
    outline,
)
from symdiff.library.shelf import SHELF, Book, Index
from symdiff.ops.attempt import protected_statements
from symdiff.ops.calibrated import machine
from symdiff.records import dataclass

WAYS = 8  # of binding a shape's variables that are tried
Operand = tuple[float, Value | None]  # a multiple, or a number


@dataclass(frozen=True, slots=True)
class Covered:
    """A gate, and the old graph's values that are its operands; no gate in the place of what
    nothing but the gate that covers it reads."""

    entry: Entry | None = None
    operands: tuple[Operand, ...] = ()


def cover(graph: Graph, level: str) -> Graph:
    """The graph with shapes of the library as gates; the graph itself where there are none."""
    index = SHELF.candidates({s.op.name for s in statements(graph.body)})
    if not index:
        return graph
    found: dict[Stmt, Covered] = {}
    readers: dict[Value, set[Stmt | Block]] = {}
    for block in blocks(graph.body):
        found.update(_of_block(graph, block, index, level, readers))
    return rebuild(graph, partial(_place, found)) if found else graph


def _of_block(
    graph: Graph, block: Block, index: Index, level: str, readers: dict[Value, set[Stmt | Block]]
) -> Iterator[tuple[Stmt, Covered]]:
    shapes = Shapes(block)
    smooth = [s for s in block.stmts if is_smooth(s)]
    for stmt in smooth:
        shapes.of(stmt.result)
    taken: set[Stmt] = set()
    for stmt in reversed(smooth):
        if stmt in taken:
            continue
        shape = shapes.of(stmt.result)
        found = index.get(outline(shape[1]))
        if found is None:
            continue
        parts = heads(shape[1])
        likely = [(p, book) for p, book in found if p.heads <= parts]
        best: tuple[Covered, set[Stmt]] | None = None
        for made in (m for p, book in likely for m in _matches(p, book, level, stmt, shapes)):
            if not readers:
                readers.update(_readers(graph))
            inner = _inside(stmt, made, readers, graph)
            if inner is not None and (best is None or _size(made, inner) > _size(*best)):
                best = made, inner
        if best is not None:
            taken.update(best[1])
            yield stmt, best[0]
            ends = {v for _, v in best[0].operands if v is not None}
            yield from ((s, Covered()) for s in best[1] if not _leads_in(s, ends, stmt))


def _size(made: Covered, inner: set[Stmt]) -> tuple[int, int]:
    """The larger part is the better one; of two that cover the same, that of fewer numbers."""
    return len(inner), -len(made.operands)


def _matches(
    pattern: Pattern, book: Book, level: str, stmt: Stmt, shapes: Shapes
) -> list[Covered]:
    """The ways in which an entry may be put in the place of a value, the plainest first.

    ``whole`` takes what is dearer for numbers: it shows the gate.  For arrays, whose elements each
    pay for it, it does so only where there is a gain.
    """
    bindings = list(islice(pattern.match(shapes.of(stmt.result)), WAYS))
    entry = book.opened() if bindings else None
    if entry is None:
        return []
    judged = level == "auto" or (stmt.on_arrays and entry.dearer)
    if judged and not gain(entry, stmt.on_arrays):
        return []
    made = [c for b in bindings if (c := _covered(entry, b, shapes)) is not None]
    if level == "auto":  # a sign that is not there yet would cost what was not measured
        made = [c for c in made if all(f == 1 or v is None for f, v in c.operands)]
    return sorted(made, key=lambda c: sum(factor != 1 for factor, _ in c.operands))


def gain(entry: Entry, on_arrays: bool = False) -> str:
    """Why ``auto`` takes an entry, by this machine's costs where they were measured."""
    found = machine().gate(entry.digest, on_arrays)
    if found is None or not found[0].keys() >= entry.measures.keys():
        return entry.gain
    return entry.gain_by(*found)


def _covered(entry: Entry, binding: Binding, shapes: Shapes) -> Covered | None:
    operands = []
    for name in entry.params:
        found = _operand(binding[name], shapes) if name in binding else None
        if found is None:
            return None
        operands.append(found)
    values = [v for _, v in operands if v is not None]
    if len(set(values)) < len(values) or operands[0][1] is None:
        return None  # what was measured is another function
    return Covered(entry, tuple(operands))


def _operand(shape: Multiple, shapes: Shapes) -> Operand | None:
    """A value of that shape, or of another multiple of it."""
    if shape[1] is ONE:
        return shape[0], None
    if shape[1][0] == "leaf":
        return shape[0], shape[1][1]
    found = shapes.home.get(shape)
    if found is not None:
        return 1.0, found
    for factor in (-1.0, 2.0, 0.5, -2.0, -0.5):
        found = shapes.home.get((shape[0] / factor, shape[1]))
        if found is not None:
            return factor, found
    return None


def _inside(
    root: Stmt, made: Covered, readers: dict[Value, set[Stmt | Block]], graph: Graph
) -> set[Stmt] | None:
    """The statements from the operands to the root; None where one is read outside, or where there
    is more to it than the operands."""
    ends = {v for _, v in made.operands if v is not None}
    found = {root}
    work = list(root.args)
    while work:
        value = work.pop()
        if value in ends or value.is_const() or value.stmt in found:
            continue
        if value.stmt is None or value.stmt.block is not root.block or not is_smooth(value.stmt):
            return None
        found.add(value.stmt)
        work.extend(value.stmt.args)
    watched = protected_statements(graph)  # a gate raises elsewhere than its parts
    if any(s in watched for s in found):
        return None
    inner = [s for s in found if not _leads_in(s, ends, root)]
    if any(not readers.get(s.result, set()) <= found for s in inner):
        return None
    return found


def _leads_in(stmt: Stmt, ends: set[Value], root: Stmt) -> bool:
    """A sign or a factor of an operand: it may be read by others too."""
    if stmt is root:
        return True
    if stmt.op.name == "neg":
        return stmt.args[0] in ends
    numbers = [a.is_const() for a in stmt.args]
    return stmt.op.name in ("mul", "div") and any(numbers) and all(
        number or a in ends for number, a in zip(numbers, stmt.args, strict=True)
    )


def _readers(graph: Graph) -> dict[Value, set[Stmt | Block]]:
    """Who reads a value. What ``fuse`` has left behind reads nothing; what may raise does, for it
    stays as a check where its value is not needed."""
    found: dict[Value, set[Stmt | Block]] = {}
    work: list[Stmt] = []
    for block in blocks(graph.body):
        for value in block.yields:
            found.setdefault(value, set()).add(block)
        work += [v.stmt for v in block.yields if v.stmt is not None]
        work += [s for s in block.stmts if s.op.region or s.op.effect or not s.results or s.raises]
    seen: set[Stmt] = set()
    while work:
        stmt = work.pop()
        if stmt in seen:
            continue
        seen.add(stmt)
        for arg in stmt.args:
            found.setdefault(arg, set()).add(stmt)
            if arg.stmt is not None:
                work.append(arg.stmt)
    return found


def _place(found: dict[Stmt, Covered], cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    made = found.get(stmt)
    if made is None:
        return None
    b = cloner.builder
    if made.entry is None:
        return (b.undef(stmt.result.type),)
    gate = declared(made.entry)
    with b.origin(stmt.origin.with_role(stmt.origin.role, made.entry.name)):
        args = []
        for factor, value in made.operands:
            operand = b.const(factor) if value is None else cloner[value]
            if value is None or factor == 1:
                pass
            elif factor == -1:
                operand = b.neg(operand)
            else:
                operand = b.mul(b.const(factor), operand)
            args.append(operand)
        value = b.op(gate.name, *args, hint=stmt.result.hint)
    return (value,)
