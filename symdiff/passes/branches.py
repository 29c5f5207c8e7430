"""Two ``if`` statements on one condition become one, where nothing between needs them apart.

Reverse mode leaves a forward ``if`` and a reverse ``if`` on the same condition.  Joined, a branch
holds its computation and its derivative together, as one would write it, and what the first
handed to the second need not be handed out at all.  A few operations that lead from one to the
other (``dz = 2*z``) are written into both branches.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import Cloner, blocks, has_effect, rebuild, substitute
from symdiff.ops.attempt import is_try, known_behind, protected_statements
from symdiff.passes.edit import move, reads, renumber

Outcomes = tuple[Value, Value]
NEARBY = 64  # statements between two: what is farther apart depends on what is between anyway
BRIDGE = 4  # statements between two that may be written twice


def merge_branches(graph: Graph) -> Graph:
    """A copy of the graph in which mergeable pairs of ``if`` are merged."""
    if not _finds_any(graph):
        return graph
    new = rebuild(graph)
    watched = protected_statements(new)  # stays in its order
    b = Builder(new)
    outcomes = (b.const(True), b.const(False))  # now, as constants move what is in the root block
    for block in list(blocks(new.body)):
        while _merge_one(block, watched, outcomes):
            pass
    # what both branches computed is shared again (I3), and what is constant in one is folded
    return rebuild(new, _folded)


def _finds_any(graph: Graph) -> bool:
    """Whether there is a mergeable pair."""
    watched: set[Stmt] | None = None
    for block in blocks(graph.body):
        for at, later in _candidates(block):
            watched = protected_statements(graph) if watched is None else watched
            if block.stmts[at] not in watched and _parted(block, at, later) is not None:
                return True
    return False


def _folded(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
    """Derivative code of which an operand became a constant."""
    if stmt.op.region or stmt.op.fold is None or stmt.origin.role not in ("adjoint", "tangent"):
        return None
    args = cloner.all(stmt.args)
    if not any(a.is_const() for a in args):
        return None
    b = cloner.builder
    strict, b.relaxed = b.relaxed, True
    result = b.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
    b.relaxed = strict
    return (result,)


def _is_choice(stmt: Stmt) -> bool:
    """Whether it only picks a value, so that it prints as ``a if c else b``."""
    inner = (s for b in stmt.blocks for s in b.stmts)
    return len(stmt.results) == 1 and all(s.op.name == "neg" for s in inner)


def _candidates(block: Block) -> list[tuple[int, int]]:
    """Positions of (earlier, later) statements ``if`` on the same condition, next of their kind."""
    last: dict[Value, int] = {}
    pairs = []
    for at, stmt in enumerate(block.stmts):
        if stmt.op.name == "if":
            cond = stmt.args[0]
            near = cond in last and at - last[cond] <= NEARBY
            if near and not (_is_choice(stmt) and _is_choice(block.stmts[last[cond]])):
                pairs.append((last[cond], at))
            last[cond] = at
    return pairs


def _merge_one(block: Block, watched: set[Stmt], outcomes: Outcomes) -> bool:
    return any(
        _merge(block, first, second, outcomes)
        for first, second in _candidates(block)
        if block.stmts[first] not in watched
    )


def _merge(block: Block, at: int, later: int, outcomes: Outcomes) -> bool:
    found = _parted(block, at, later)
    if found is None:
        return False
    free, bridge, after = found
    first, second = block.stmts[at], block.stmts[later]
    _join(first, bridge, second, outcomes)
    block.stmts[at : later + 1] = [*free, first, *after]
    return True


def _parted(
    block: Block, at: int, later: int
) -> tuple[list[Stmt], list[Stmt], list[Stmt]] | None:
    """What stands between two statements ``if``: what comes before the merged one, into it, and
    behind it; None where they cannot be merged."""
    first, second = block.stmts[at], block.stmts[later]
    between = block.stmts[at + 1 : later]
    if any(has_effect(s) for s in between):
        return None
    behind = known_behind(first)
    tainted = set(behind)
    dependent: list[Stmt] = []
    for stmt in between:
        if any(v in tainted for v in reads(stmt)):
            tainted.update(stmt.results)
            dependent.append(stmt)
    bridge = _bridge(dependent, second)
    if len(bridge) > BRIDGE or any(s.op.region for s in bridge) or (bridge and is_try(first)):
        return None
    free = [s for s in between if s not in dependent]
    return free, bridge, [s for s in dependent if s not in bridge]


def _bridge(dependent: Sequence[Stmt], second: Stmt) -> list[Stmt]:
    """What ``second`` needs of the statements that depend on the first, in order."""
    wanted = set(reads(second))
    found = []
    for stmt in reversed(dependent):
        if not wanted.isdisjoint(stmt.results):
            wanted.update(reads(stmt))
            found.append(stmt)
    return found[::-1]


def _join(first: Stmt, bridge: Sequence[Stmt], second: Stmt, outcomes: Outcomes) -> None:
    """Put the branches of ``second`` at the end of those of ``first``, ``bridge`` before them."""
    for mine, other, outcome in zip(first.blocks, second.blocks, outcomes, strict=True):
        table = dict(zip(first.results, mine.yields, strict=True))
        if is_try(first):  # the outcome itself is known behind the statement only
            table[first.args[0]] = outcome
        for stmt in bridge:
            _copy(stmt, mine, table)
        substitute(other.stmts, table)
        other.yields = [table.get(v, v) for v in other.yields]
        move(other, mine)
        mine.yields = [*mine.yields, *(table[s.result] for s in bridge), *other.yields]
    renumber(first, (*first.results, *(s.result for s in bridge), *second.results))
    if second.attrs.get("style") == "stmt" and not is_try(first):
        first.attrs = {**first.attrs, "style": "stmt"}


def _copy(stmt: Stmt, block: Block, table: dict[Value, Value]) -> None:
    """Append a copy of a plain statement on the operands that the table has for it."""
    new = Stmt(stmt.op, tuple([table.get(a, a) for a in stmt.args]), stmt.attrs, (), stmt.origin,
               block)
    new.results = (Value(stmt.result.type, stmt.result.hint, block, new),)
    block.stmts.append(new)
    table[stmt.result] = new.result
