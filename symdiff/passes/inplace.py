"""The last pass: where an operation on a list may write into its operand, and copies where it may
not.

``set_at``, ``append`` and their like are values; after this pass each may be emitted
destructively, because its first operand is memory
that the function owns and that nobody reads afterwards.  Where that cannot be shown a
``list_copy`` stands before it; where a loop
writes to what it carries, the copy stands before the loop.

Ownership counts levels: 0 is somebody else's memory, 1 owns the list itself but not the lists in
it, ``ALL`` owns every level.
It is handed on by the last use of a value (an operand, a loop's start, a yield) and lost by any
other use that keeps the memory.
Two branches of an ``if`` do not follow each other; a value from outside a loop is alive all
through it.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import ListType, Node, TupleType, Type, leaves
from symdiff.ir.walk import Cloner, free_values, like

ALL = 99
KEEPS = ("make_list", "make_tuple", "list_fill")
KEEPS_ELEMENTS = ("slice", "concat", "repeat")
AGAIN = ("make_list", "list_fill")  # cheaper to make anew than to copy

Site = tuple[int, Block]  # where something happens: a position in program order, and its block


def inplace(graph: Graph, split: int | None = None, *, copy_all: bool = False) -> Graph:
    """The graph with copies where in-place operations need them.

    ``split`` counts the inputs of the value: statements that depend on later ones form a pullback
    that may run many times and writes
    to nothing made outside it.  ``copy_all`` copies before every in-place operation (the plain
    meaning, for tests).
    """
    analysis = _Analysis(graph, split)
    if not analysis.writes:
        return graph
    if copy_all:
        copies = {(stmt, 0) for stmt in analysis.writes}
    else:
        analysis.solve()
        copies = analysis.copies()
    return _rewritten(graph, copies) if copies else graph


def has_list(t: Type) -> bool:
    """Whether values of the type are, or hold, lists."""
    if isinstance(t, TupleType):
        return any(map(has_list, t.elems))
    return isinstance(t, ListType)


def inner_statements(graph: Graph, split: int) -> set[Stmt]:
    """The root statements that depend on ``inputs[split:]``, and fresh lists that only those use.
    """
    moved: set[Value] = set(graph.inputs[split:])
    inner: set[Stmt] = set()
    needs: dict[Value, list[Stmt]] = {}
    for stmt in graph.body.stmts:
        for value in free_values(stmt):
            needs.setdefault(value, []).append(stmt)
            if value in moved:
                inner.add(stmt)
        if stmt in inner:
            moved.update(stmt.results)
    kept = set(graph.outputs[: value_count(graph)])
    for stmt in reversed(graph.body.stmts):
        if stmt.op.fresh and stmt not in inner and stmt.result not in kept:
            if all(s in inner for s in needs.get(stmt.result, ())):
                inner.add(stmt)
    return inner


def value_count(graph: Graph) -> int:
    """How many outputs belong to the value (the first part) of a ``(value, gradients)`` result."""
    tree = graph.result
    if not isinstance(tree, Node) or len(tree.children) != 2:
        raise ValueError("a pullback needs a result of two parts: the value and the gradients")
    return sum(1 for _ in leaves(tree.children[0]))


class _Use:
    """One use of a value: the statement or the block that yields it, and whether the memory is
    kept there.
    """

    __slots__ = ("block", "keeps", "owner", "pos", "slot")

    def __init__(self, owner: Stmt | Block, slot: int, pos: int, block: Block, keeps: bool) -> None:
        self.owner = owner
        self.slot = slot
        self.pos = pos
        self.block = block
        self.keeps = keeps


class _Analysis:
    def __init__(self, graph: Graph, split: int | None) -> None:
        self.graph = graph
        self.writes: list[Stmt] = []
        self.order: list[Stmt] = []
        self.loops: list[Stmt] = []
        self.pos: dict[Stmt, int] = {}
        self.uses: dict[Value, list[_Use]] = {}
        self.at: dict[tuple[Stmt | Block, int], _Use] = {}
        self.own: dict[Value, int] = {}
        self.assumed: dict[Value, int] = {}
        self.parent: dict[Value, Value] = {}
        self.views: dict[Value, list[Value]] = {}
        self.inner: set[Stmt] | None = None
        self.value_outputs = len(graph.outputs)
        if split is not None:
            self.inner = inner_statements(graph, split)
            self.value_outputs = value_count(graph)
        self.clock = 0
        self._visit(graph.body)
        for value in list(self.uses):
            if value.op in ("getitem", "tuple_get") and has_list(value.type):
                self.views.setdefault(self._find(value), []).append(value)

    # -- uses, positions, classes of memory
    # --------------------------------------------------------------

    def _visit(self, block: Block) -> None:
        for stmt in block.stmts:
            self.clock += 1
            self.pos[stmt] = self.clock
            self.order.append(stmt)
            if "inplace" in stmt.op.tags:
                self.writes.append(stmt)
            for slot, arg in enumerate(stmt.args):
                if has_list(arg.type):
                    self._use(arg, stmt, slot, self.clock, block, _keeps(stmt, slot))
            for child in stmt.blocks:
                self._visit(child)
            if stmt.op.name in ("for", "while"):
                self.loops.append(stmt)
            self._join_all(stmt)
        self.clock += 1
        for slot, value in enumerate(block.yields):
            if has_list(value.type):
                self._use(value, block, slot, self.clock, block, True)

    def _use(
        self, value: Value, owner: Stmt | Block, slot: int, pos: int, block: Block, keeps: bool
    ) -> None:
        use = _Use(owner, slot, pos, block, keeps)
        self.uses.setdefault(value, []).append(use)
        self.at[owner, slot] = use

    def _find(self, value: Value) -> Value:
        root = value
        while root in self.parent:
            root = self.parent[root]
        while value is not root:
            self.parent[value], value = root, self.parent[value]
        return root

    def _join(self, *values: Value) -> None:
        first: Value | None = None
        for value in values:
            if has_list(value.type):
                root = self._find(value)
                if first is None:
                    first = root
                elif root is not first:
                    self.parent[root] = first

    def _join_all(self, stmt: Stmt) -> None:
        if stmt.op.name == "if":
            for k, result in enumerate(stmt.results):
                self._join(result, *(b.yields[k] for b in stmt.blocks))
        elif stmt.op.region:
            for k in range(stmt.attrs["carries"]):
                init, params, again, result = carry(stmt, k)
                self._join(init, *params, again, result)
            for tape, value in collected(stmt):
                self._join(tape, value)
        else:
            self._join(*stmt.results, *stmt.args)

    # -- what can happen after what
    # ----------------------------------------------------------------------

    def follows(self, use: _Use, other: _Use, value: Value) -> bool:
        """Whether ``other`` may happen after ``use`` on the same ``value`` (defined once per
        pass).
        """
        if self._is_inner(other) != self._is_inner(use):
            return self._is_inner(other)
        mine = self._path(use.block, value.block)
        theirs = self._path(other.block, value.block)
        for a, b in zip(mine, theirs, strict=False):
            if _is_loop(a.owner) and a.owner is b.owner:
                return True
            if a is not b:
                return a.owner is not b.owner and other.pos > use.pos
        return other.pos > use.pos

    @staticmethod
    def _path(block: Block, top: Block) -> list[Block]:
        """The blocks from below ``top`` down to ``block``."""
        found: list[Block] = []
        at: Block | None = block
        while at is not None and at is not top:
            found.append(at)
            at = at.parent
        return found[::-1]

    def _is_inner(self, use: _Use) -> bool:
        """Whether a use is part of the pullback."""
        if self.inner is None:
            return False
        block, owner = use.block, use.owner
        if isinstance(owner, Block) and owner.parent is None:
            return use.slot >= self.value_outputs
        stmt = owner if isinstance(owner, Stmt) else None
        while block.parent is not None:
            assert block.owner is not None
            stmt, block = block.owner, block.parent
        return stmt in self.inner

    def _is_outer_value(self, value: Value) -> bool:
        if self.inner is None or value.block is not self.graph.body:
            return False
        if value.stmt is None:
            return True
        return value.stmt not in self.inner

    def handed_on(self, value: Value, use: _Use) -> int:
        """The levels that ``use`` receives: those owned, if this is the last use and no earlier
        one kept the memory.
        """
        if value.op == "undef":
            return ALL
        levels = self.own.get(value, 0)
        if not levels or any(_is_loop(b.owner) for b in self._path(use.block, value.block)):
            return 0
        if self.inner is not None and self._is_inner(use) and self._is_outer_value(value):
            return 0
        for other in self.uses.get(value, ()):
            if other is use:
                continue
            if other.owner is use.owner or self.follows(use, other, value):
                return 0
            if other.keeps and self.follows(other, use, value):
                return 0
        return levels

    # -- ownership
    # ---------------------------------------------------------------------------------------

    def solve(self) -> None:
        """An optimistic fixpoint over what loops carry; starts are taken as owned, since they can
        be copied.
        """
        for loop in self.loops:
            for k in range(loop.attrs["carries"]):
                for param in carry(loop, k)[1][-1:]:
                    self.assumed[param] = ALL
        changed = True
        while changed:
            self.own = dict(self.assumed)
            for stmt in self._inner_first(self.graph.body):
                self._own(stmt)
            changed = False
            for loop in self.loops:
                for k in range(loop.attrs["carries"]):
                    _, params, again, _ = carry(loop, k)
                    levels = self._yielded(loop.blocks[-1], again, self._slot(loop, k))
                    if levels < self.assumed[params[-1]]:
                        self.assumed[params[-1]] = levels
                        changed = True

    def _inner_first(self, block: Block) -> list[Stmt]:
        """Statements in the order in which their results are known."""
        found: list[Stmt] = []
        for stmt in block.stmts:
            for child in stmt.blocks:
                found += self._inner_first(child)
            found.append(stmt)
        return found

    @staticmethod
    def _slot(loop: Stmt, k: int) -> int:
        return k + (1 if loop.attrs["exits"] else 0)

    def _yielded(self, block: Block, value: Value, slot: int) -> int:
        if not has_list(value.type):
            return ALL
        if value.op == "undef":
            return ALL
        return self.handed_on(value, self.at[block, slot])

    def _own(self, stmt: Stmt) -> None:
        name = stmt.op.name
        if name == "if":
            for k, result in enumerate(stmt.results):
                self.own[result] = min(self._yielded(b, b.yields[k], k) for b in stmt.blocks)
        elif name in ("for", "while"):
            self._own_loop(stmt)
        elif not stmt.results or not has_list(stmt.result.type):
            return
        elif "inplace" in stmt.op.tags:
            self.own[stmt.result] = self._own_written(stmt)
        elif name in KEEPS:
            stored = [
                self._stored(stmt, k) for k in range(len(stmt.args)) if has_list(stmt.args[k].type)
            ]
            if name == "list_fill":
                stored = [0 for _ in stored]  # the same list in every place
            inner = min(stored, default=ALL)
            self.own[stmt.result] = inner if name == "make_tuple" else min(ALL, 1 + inner)
        elif name in KEEPS_ELEMENTS:
            self.own[stmt.result] = 1 if _nested(stmt.result.type) else ALL
        else:
            self.own[stmt.result] = ALL if stmt.op.fresh else 0

    def _own_loop(self, stmt: Stmt) -> None:
        for k in range(stmt.attrs["carries"]):
            _, params, again, result = carry(stmt, k)
            if has_list(result.type):
                self.own[result] = self._yielded(stmt.blocks[-1], again, self._slot(stmt, k))
        first = len(stmt.blocks[-1].yields) - stmt.attrs["collects"]
        for k, (tape, value) in enumerate(collected(stmt)):
            self.own[tape] = min(ALL, 1 + self._yielded(stmt.blocks[-1], value, first + k))

    def _stored(self, stmt: Stmt, slot: int) -> int:
        return self.handed_on(stmt.args[slot], self.at[stmt, slot])

    def _own_written(self, stmt: Stmt) -> int:
        """What is owned of the result of an in-place operation; its operand is copied where it is
        not owned.
        """
        levels = self._stored(stmt, 0)
        if levels < needed(stmt):
            levels = ALL
        depth = needed(stmt)
        if stmt.op.name in ("set_at", "append") and has_list(stmt.args[1].type):
            return min(levels, depth + self._stored(stmt, 1))
        if stmt.op.name == "set_slice" and _nested(stmt.args[1].type):
            return 1
        return levels

    # -- where to copy
    # -----------------------------------------------------------------------------------

    def copies(self) -> set[tuple[Stmt, int]]:
        """Operands to copy: the first of an in-place operation, or the start of a loop's carry."""
        found: set[tuple[Stmt, int]] = set()
        wanted: dict[Value, int] = {}
        for stmt in self.writes:
            depth = needed(stmt)
            if self._stored(stmt, 0) < depth or (depth > 1 and self._viewed(stmt)):
                found.add((stmt, 0))
            else:
                self._want(stmt.args[0], depth, wanted)
        for loop in self.loops:
            skip = 3 if loop.op.name == "for" else 0
            for k in range(loop.attrs["carries"]):
                init, params, _, result = carry(loop, k)
                depth = max(wanted.get(v, 0) for v in (*params, result))
                if (
                    depth
                    and init.op != "undef"
                    and self.handed_on(init, self.at[loop, skip + k]) < depth
                ):
                    found.add((loop, skip + k))
        return found

    def _want(self, value: Value, depth: int, wanted: dict[Value, int]) -> None:
        """Memory of ``value`` will be written: so will all that it was handed on from."""
        todo = [(value, depth)]
        while todo:
            value, depth = todo.pop()
            if wanted.get(value, 0) >= depth:
                continue
            wanted[value] = depth
            todo += [(source, d) for source, d in self._sources(value, depth) if d > 0]

    def _sources(self, value: Value, depth: int) -> list[tuple[Value, int]]:
        stmt = value.stmt
        if stmt is None:
            loop = value.block.owner
            if loop is None:
                return []
            init, _, again, _ = carry(loop, value.index - (1 if loop.op.name == "for" else 0))
            return [(init, depth), (again, depth)]
        if stmt.op.name == "if":
            return [(b.yields[value.index], depth) for b in stmt.blocks]
        if stmt.op.region:
            return self._loop_sources(stmt, value, depth)
        if "inplace" in stmt.op.tags:
            stored = (
                [(stmt.args[1], depth - needed(stmt))]
                if stmt.op.name in ("set_at", "append")
                else []
            )
            return [(stmt.args[0], depth), *stored]
        if stmt.op.name in KEEPS:
            return [
                (a, depth - (stmt.op.name != "make_tuple")) for a in stmt.args if has_list(a.type)
            ]
        return []

    def _loop_sources(self, stmt: Stmt, value: Value, depth: int) -> list[tuple[Value, int]]:
        if value.index < stmt.attrs["carries"]:
            init, params, again, _ = carry(stmt, value.index)
            return [(init, depth), (again, depth), (params[-1], depth)]
        return [(v, depth - 1) for tape, v in collected(stmt) if tape is value]

    def _viewed(self, stmt: Stmt) -> bool:
        """Whether a row that was read out of this memory may still be read after the write."""
        here = self.at[stmt, 0]
        for view in self.views.get(self._find(stmt.args[0]), ()):
            for use in self.uses.get(view, ()):
                if (
                    use.keeps
                    or not isinstance(use.owner, Stmt)
                    or self._after_write(here, use, view)
                ):
                    return True
        return False

    def _after_write(self, write: _Use, use: _Use, view: Value) -> bool:
        if not any(b is view.block for b in write.block.ancestors()):
            return False  # the view does not outlive its block, and the write is not in it
        return self.follows(write, use, view)


def _is_loop(stmt: Stmt | None) -> bool:
    return stmt is not None and stmt.op.name in ("for", "while")


def _nested(t: Type) -> bool:
    return isinstance(t, ListType) and has_list(t.elem)


def _keeps(stmt: Stmt, slot: int) -> bool:
    """Whether a statement's result (or what it runs) holds on to the memory of an operand."""
    if stmt.op.region or stmt.op.name in KEEPS:
        return True
    if "inplace" in stmt.op.tags:
        return (
            slot == 1
            and (stmt.op.name != "set_slice" or _nested(stmt.args[1].type))
            and stmt.op.name != "add_at"
        )
    return stmt.op.name in KEEPS_ELEMENTS and _nested(stmt.args[slot].type)


def needed(stmt: Stmt) -> int:
    """How many levels an in-place operation must own: it writes the list at the end of its path."""
    return len(stmt.args) - 2 if stmt.op.name in ("set_at", "add_at") else 1


def carry(loop: Stmt, k: int) -> tuple[Value, list[Value], Value, Value]:
    """(start, parameters, yield, result) of a loop's carry; the last parameter is the body's."""
    skip, first = (3, 1) if loop.op.name == "for" else (0, 0)
    stop = 1 if loop.attrs["exits"] else 0
    params = [b.params[first + k] for b in loop.blocks]
    return loop.args[skip + k], params, loop.blocks[-1].yields[stop + k], loop.results[k]


def collected(loop: Stmt) -> list[tuple[Value, Value]]:
    """(list, value) of what a loop collects."""
    start = loop.attrs["carries"]
    stop = 1 if loop.attrs["exits"] else 0
    lists = loop.results[start : start + loop.attrs["collects"]]
    return list(zip(lists, loop.blocks[-1].yields[stop + start :], strict=True))


# -- the new graph
# -------------------------------------------------------------------------------------


def _rewritten(graph: Graph, copies: set[tuple[Stmt, int]]) -> Graph:
    new = like(graph)
    places: dict[Stmt, list[int]] = {}
    for stmt, slot in copies:
        places.setdefault(stmt, []).append(slot)
    for slots in places.values():
        slots.sort()

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        slots = places.get(stmt)
        if slots is None:
            return None
        for slot in slots:
            original = cloner[stmt.args[slot]]
            copied[stmt, slot] = _copied(cloner.builder, original, stmt)
        args = [copied.get((stmt, k)) or cloner[a] for k, a in enumerate(stmt.args)]
        builder = cloner.builder
        if not stmt.op.region:
            result = builder.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
            return (result,)
        children = [cloner.block(child) for child in stmt.blocks]
        types, hints = [r.type for r in stmt.results], [r.hint for r in stmt.results]
        return builder.region(stmt.op.name, args, stmt.attrs, children, types, hints).results

    copied: dict[tuple[Stmt, int], Value] = {}
    cloner = Cloner(Builder(new), rewrite)
    cloner.env.update(zip(graph.inputs, new.inputs, strict=True))
    for stmt in graph.body.stmts:
        cloner.stmt(stmt)
    new.body.yields = cloner.all(graph.outputs)
    return new


def _copied(builder: Builder, value: Value, user: Stmt) -> Value:
    """A copy that is never shared with another: each is memory of its own."""
    made = value.stmt
    if made is not None and made.op.name in AGAIN and not any(has_list(a.type) for a in made.args):
        again = builder._append(made.op, made.args, made.attrs, ())
    else:
        again = builder._append(OPS["list_copy"], (value,), {}, ())
    again.result.hint = user.results[0].hint if not user.op.region else value.hint
    return again.result
