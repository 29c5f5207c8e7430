"""Ownership of lists: whose memory a value is, and who reads it after it was written to.

Ownership counts levels: 0 is somebody else's memory, 1 owns the list itself but not the lists in
it, ``ALL`` owns every level.  It is handed on by the last use of a value (an operand, a loop's
start, a yield) and lost by any other use that keeps the memory.  Two branches of an ``if`` do not
follow each other; a value from outside a loop is alive all through it.
"""

from __future__ import annotations

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import FLOAT, ListType, TapeType, TupleType, Type, is_memory
from symdiff.ops.attempt import is_try
from symdiff.passes.regions import carry, collected, inner_statements, value_count

ALL = 99
KEEPS = ("make_list", "make_tuple", "list_fill")
PUTS = ("set_at", "append", "insert_at")  # their second operand becomes an element
KEEPS_ELEMENTS = ("slice", "concat", "repeat")
LISTS = ("make_list", "make_tuple", "list_fill", "getitem", "tuple_get", "slice", "concat",
         "repeat", "set_at", "append", "drop_last", "set_slice", "add_at")
COPIES = (  # hold nothing of their operands
    "zeros_like",
    "list_copy",
    "widen",
    "add_lists",
    "len",
    "count",
    "position",
    "contains",
    "argsort",
    "argsort_down",
    "argmax",
    "argmin",
)


def has_list(t: Type) -> bool:
    """Whether values of the type are, or hold, memory: lists or arrays (a tape may)."""
    if t is FLOAT:  # asked some ten times for every operation
        return False
    if isinstance(t, TupleType):
        return any(map(has_list, t.elems))
    return isinstance(t, (ListType, TapeType)) or is_memory(t)


def _is_array_view(stmt: Stmt) -> bool:
    if not stmt.results or not is_memory(stmt.result.type) or stmt.op.region:
        return False
    return is_view(stmt) and "inplace" not in stmt.op.tags and stmt.op.name not in HANDS_ON


def takes_part(stmt: Stmt) -> bool:
    """Whether it takes an array out of the tuple of a decomposition, where that was made: the array
    is read in one statement only, and so is memory of its own.
    """
    made = stmt.args[0].stmt if stmt.op.name == "tuple_get" else None
    return made is not None and bool(made.op.parts) and made.block is stmt.block


def is_view(stmt: Stmt) -> bool:
    """Whether the result is memory of the first operand: a row of a list, a view of an array."""
    if takes_part(stmt):
        return False
    if not stmt.results or not is_memory(stmt.result.type):
        return stmt.op.name not in COPIES and not (stmt.on_arrays and not stmt.op.region
                                                   and stmt.op.name not in LISTS)
    if stmt.op.name == "index":
        return not any(item[0] in "ma" for item in stmt.attrs["spec"])
    return "view" in stmt.op.tags or "inplace" in stmt.op.tags or stmt.op.name in LISTS


HANDS_ON = ("known", "unbroadcast", "unbroadcast_like")  # their operand, or what is new
INTO = ("set_index", "add_index", "update")  # put copies of numbers into an array


def sharing(stmt: Stmt) -> tuple[Value, ...]:
    """The operands of which a view, or what an operation in place leaves, may be memory: a write
    into an array copies what it writes."""
    array = bool(stmt.results) and is_memory(stmt.result.type)
    return stmt.args[:1] if array else stmt.args


class _Use:
    """One use of a value: the statement or block it is in, and whether the memory is kept there."""

    __slots__ = ("block", "keeps", "owner", "pos", "slot")

    def __init__(self, owner: Stmt | Block, slot: int, pos: int, block: Block, keeps: bool) -> None:
        self.owner = owner
        self.slot = slot
        self.pos = pos
        self.block = block
        self.keeps = keeps


class Arrays:
    """Which arrays surely have no memory in common, though they may stand in one tuple.

    Classes of the arrays that views, writes, joins and loops make of each other; a class with an
    array that was taken out of a list or came from a call is open: it may be any other.
    """

    def __init__(self) -> None:
        self.parent: dict[Value, Value] = {}
        self.open: list[Value] = []
        self.opened: set[Value] | None = None  # the classes of those, once all is joined

    def see(self, stmt: Stmt) -> None:
        """Join what a statement makes one memory."""
        if stmt.op.name == "if":
            for k, result in enumerate(stmt.results):
                self._join(result, *(b.yields[k] for b in stmt.blocks))
        elif stmt.op.region:
            for k in range(stmt.attrs["carries"]):
                init, params, again, result = carry(stmt, k)
                self._join(init, *params, again, result)
        elif stmt.results and is_memory(stmt.result.type) and not takes_part(stmt):
            if stmt.op.name == "call" or (stmt.args and not is_memory(stmt.args[0].type)):
                self.open.append(stmt.result)
            elif is_view(stmt) or stmt.op.name in HANDS_ON:
                self._join(stmt.result, stmt.args[0])

    def _find(self, value: Value) -> Value:
        while value in self.parent:
            value = self.parent[value]
        return value

    def _join(self, *values: Value) -> None:
        found = [v for v in values if is_memory(v.type)]
        for value in found[1:]:
            one, other = self._find(found[0]), self._find(value)
            if one is not other:
                self.parent[other] = one

    def apart(self, x: Value, y: Value) -> bool:
        """Whether two arrays are surely not the same memory."""
        if not (is_memory(x.type) and is_memory(y.type)):
            return False
        if self.opened is None:
            self.opened = {self._find(v) for v in self.open}
        return self._find(x) is not self._find(y) and self.opened.isdisjoint(
            (self._find(x), self._find(y))
        )


class Ownership:
    """Who owns the memory of each list, and where copies are needed."""

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
        self.arrays = Arrays()
        self.views: dict[Value, list[Value]] = {}
        self.inner: set[Stmt] | None = None
        self.value_outputs = len(graph.outputs)
        if split is not None:
            self.inner = inner_statements(graph, split)
            self.value_outputs = value_count(graph)
        self.parts: set[Stmt] = set()  # parts of arrays that are copied before a write
        self.clock = 0
        self._visit(graph.body)
        for value in list(self.uses):
            stmt = value.stmt
            row = value.op in ("getitem", "tuple_get", "tape_get", "call") and has_list(value.type)
            if stmt is not None and takes_part(stmt):
                continue
            if row or (stmt is not None and _is_array_view(stmt)):
                self.views.setdefault(self._find(value), []).append(value)

    # -- uses, positions, classes of memory ------------------------------------------------------

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
        self.arrays.see(stmt)
        if stmt.op.name == "if":
            for k, result in enumerate(stmt.results):
                self._join(result, *(b.yields[k] for b in stmt.blocks))
        elif stmt.op.region:
            for k in range(stmt.attrs["carries"]):
                init, params, again, result = carry(stmt, k)
                self._join(init, *params, again, result)
            for tape, value in collected(stmt):
                self._join(tape, value)
        elif is_view(stmt):
            self._join(*stmt.results, *sharing(stmt))

    # -- what can happen after what --------------------------------------------------------------

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
            if a is not b:  # a handler runs after part of what it watches
                return (a.owner is not b.owner or is_try(a.owner)) and other.pos > use.pos
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

    # -- ownership -------------------------------------------------------------------------------

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
        elif name in HANDS_ON:
            self.own[stmt.result] = self._stored(stmt, 0)
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
            fresh = stmt.op.fresh or not is_view(stmt)
            self.own[stmt.result] = ALL if fresh else 0

    def _own_loop(self, stmt: Stmt) -> None:
        for k in range(stmt.attrs["carries"]):
            _, _, again, result = carry(stmt, k)
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
        if stmt.op.name in PUTS and has_list(stmt.args[1].type):
            return min(levels, depth + self._stored(stmt, 1))
        if stmt.op.name == "set_slice" and _nested(stmt.args[1].type):
            return 1
        return levels

    # -- where to copy ---------------------------------------------------------------------------

    def copies(self) -> set[tuple[Stmt, int]]:
        """Operands to copy: the first of an in-place operation, or the start of a loop's carry."""
        found: set[tuple[Stmt, int]] = set()
        wanted: dict[Value, int] = {}
        for stmt in self.writes:
            depth = needed(stmt)
            views = []
            if self._stored(stmt, 0) >= depth and (depth > 1 or is_memory(stmt.args[0].type)):
                views = self._viewed(stmt, found)
            if self._stored(stmt, 0) < depth or len(views) > 2 or not all(map(_is_part, views)):
                found.add((stmt, 0))
            else:
                self.parts.update(v.stmt for v in views if v.stmt is not None)
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
                if stmt.op.name in PUTS
                else []
            )
            return [(stmt.args[0], depth), *stored]
        if stmt.op.name in HANDS_ON:
            return [(stmt.args[0], depth)]
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

    def _viewed(self, stmt: Stmt, copied: set[tuple[Stmt, int]]) -> list[Value]:
        """What was read out of this memory and may still be read after the write."""
        here = self.at[stmt, 0]
        born = self._born(stmt.args[0], copied)
        found = []
        for view in self.views.get(self._find(stmt.args[0]), ()):
            if not self._taken_before(view, here) or (born and self._precedes(view, born)):
                continue
            if self.arrays.apart(view, stmt.args[0]):
                continue
            assert view.stmt is not None
            later = self.inner is None and self.pos[view.stmt] > here.pos  # in the same iteration
            for use in self.uses.get(view, ()):
                if (
                    use.keeps
                    or not isinstance(use.owner, Stmt)
                    or (not later and self._after_write(here, use, view))
                ):
                    found.append(view)
                    break
        return found

    def _born(self, value: Value, copied: set[tuple[Stmt, int]]) -> Stmt | None:
        """The statement that makes the memory of an array anew, copies of before included."""
        stmt = value.stmt
        while stmt is not None and "inplace" in stmt.op.tags and (stmt, 0) not in copied:
            stmt = stmt.args[0].stmt
        if stmt is None or stmt.op.region or stmt.op.name == "known" or not is_memory(value.type):
            return None
        return stmt if "inplace" in stmt.op.tags or not is_view(stmt) else None

    def _precedes(self, view: Value, born: Stmt) -> bool:
        """Whether a view was taken, in the same run of the same block, before memory was made."""
        assert view.stmt is not None
        return view.block is born.block and self.pos[view.stmt] < self.pos[born]

    def _taken_before(self, view: Value, write: _Use) -> bool:
        """Whether a row may have been read out before the write; one read out later is of the new
        contents.
        """
        assert view.stmt is not None
        if self.inner is not None or self.pos[view.stmt] < write.pos:
            return True
        shared = set(map(id, view.block.ancestors()))
        return any(_is_loop(b.owner) and id(b) in shared for b in write.block.ancestors())

    def _after_write(self, write: _Use, use: _Use, view: Value) -> bool:
        if not any(b is view.block for b in write.block.ancestors()):
            return False  # the view does not outlive its block, and the write is not in it
        return self.follows(write, use, view)


def _is_part(view: Value) -> bool:
    """Whether it is a part of an array that may be copied by itself: cheaper than the whole."""
    return view.op == "index" and is_memory(view.type)


def _is_loop(stmt: Stmt | None) -> bool:
    return stmt is not None and stmt.op.name in ("for", "while")


def _nested(t: Type) -> bool:
    return isinstance(t, ListType) and has_list(t.elem)


def _keeps(stmt: Stmt, slot: int) -> bool:
    """Whether a statement's result (or what it runs) holds on to the memory of an operand."""
    if stmt.op.region or stmt.op.name in (*KEEPS, "call", "pack_tape"):
        return True
    if stmt.op.name in HANDS_ON:
        return slot == 0
    if "inplace" in stmt.op.tags:
        return (
            slot == 1
            and stmt.op.name not in INTO
            and (stmt.op.name != "set_slice" or _nested(stmt.args[1].type))
            and stmt.op.name != "add_at"
        )
    return stmt.op.name in KEEPS_ELEMENTS and _nested(stmt.args[slot].type)


def needed(stmt: Stmt) -> int:
    """How many levels an in-place operation must own: it writes the list at the end of its path."""
    return len(stmt.args) - 2 if stmt.op.name in ("set_at", "add_at") else 1
