"""Several tapes of one loop become one tape of tuples: one append and one read per iteration.

Tapes are packed when the reverse code reads them at the same place: each is used exactly once,
through the same chain of enclosing loops and branches, and ends in ``getitem`` at the same
position of the same block.  Innermost loops go first; their packed tape is then one value for the
loop around them.
"""

from __future__ import annotations

from symdiff.ir.builder import Builder
from symdiff.ir.core import NO_ATTRS, Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import ListType, Type, list_of, tuple_of
from symdiff.ir.walk import rebuild, statements
from symdiff.ops.attempt import known_behind
from symdiff.passes.edit import Use, Uses, renumber

Key = tuple[object, ...]


def pack_tapes(graph: Graph) -> Graph:
    """A copy of the graph with parallel tapes packed."""
    if not any([_loops(s) for s in statements(graph.body) if s.op.region]):
        return graph
    if not _Packer(graph).finds_any():
        return graph
    new = rebuild(graph)
    packer = _Packer(new)
    for stmt in reversed(
        list(statements(new.body))
    ):  # inner loops come after the loops around them
        if _loops(stmt):
            packer.loop(stmt)
    return rebuild(new)  # two loops may tape equal tuples (I3)


def _loops(stmt: Stmt) -> bool:
    return stmt.op.name in ("for", "while") and stmt.attrs["collects"] > 1


class _Packer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.uses = Uses(graph)

    def finds_any(self) -> bool:
        """Whether there is a loop with parallel tapes."""
        return any(self.groups(s) for s in statements(self.graph.body) if _loops(s))

    def groups(self, stmt: Stmt) -> list[list[Value]]:
        """The tapes of a loop that are read together."""
        count = stmt.attrs["carries"]
        groups: dict[Key, list[Value]] = {}
        for tape in stmt.results[count : count + stmt.attrs["collects"]]:
            key = self.key(tape)
            if key is not None:
                groups.setdefault(key, []).append(tape)
        return [group for group in groups.values() if len(group) > 1]

    def loop(self, stmt: Stmt) -> None:
        for group in self.groups(stmt):
            self.pack(stmt, group)

    def key(self, handle: Value) -> Key | None:
        """Where the list's elements are read, through which loops and branches; None if not
        packable.
        """
        found = self.uses[handle]
        if len(found) != 1:
            return None
        use = found[0]
        if use.stmt is not None:
            if use.stmt.op.name != "getitem" or len(use.stmt.args) != 2 or use.index != 0:
                return None
            return "read", id(use.block), id(use.stmt.args[1])
        further = self.through(use)
        if further is None:
            return None
        owner = use.block.owner
        inner = (
            self.key_of_rows(further)
            if owner is not None and owner.op.name != "if"
            else self.key(further)
        )
        return None if inner is None else ("yield", id(use.block), *inner)

    def key_of_rows(self, lists: Value) -> Key | None:
        """As :meth:`key`, for a list of such lists: its one read gives the list."""
        found = self.uses[lists]
        if len(found) != 1:
            return None
        use = found[0]
        if use.stmt is not None:
            if use.stmt.op.name != "getitem" or len(use.stmt.args) != 2 or use.index != 0:
                return None
            inner = self.key(use.stmt.results[0])
            return None if inner is None else ("row", id(use.block), id(use.stmt.args[1]), *inner)
        further = self.through(use)
        if further is None or use.block.owner is None or use.block.owner.op.name != "if":
            return None  # three loops deep: left as they are
        inner = self.key_of_rows(further)
        return None if inner is None else ("yield", id(use.block), *inner)

    def through(self, use: Use) -> Value | None:
        """The region result that a yield feeds: an ``if``'s (unbound on the other side) or a
        tape.
        """
        owner = use.block.owner
        if owner is None:
            return None
        if owner.op.name == "if":
            other = owner.blocks[1] if owner.blocks[0] is use.block else owner.blocks[0]
            return owner.results[use.index] if other.yields[use.index].op == "undef" else None
        first = owner.attrs["carries"] + (1 if owner.attrs["exits"] else 0)
        if use.block is not owner.blocks[-1] or use.index < first:
            return None
        return owner.results[use.index - (1 if owner.attrs["exits"] else 0)]

    # -- rewriting ---------------------------------------------------------------------------------

    def pack(self, stmt: Stmt, group: list[Value]) -> None:
        body = stmt.blocks[-1]
        shift = 1 if stmt.attrs["exits"] else 0
        parts = [body.yields[v.index + shift] for v in group]
        entry = self.tuple_at(body, parts)
        packed = Value(list_of(entry.type), "tape", stmt.block)
        self.merge_results(stmt, group, packed, {body: entry}, shift)
        self.follow(group, packed, [v.type for v in parts], rows=0)

    def merge_results(
        self, stmt: Stmt, group: list[Value], new: Value, entries: dict[Block, Value], shift: int
    ) -> None:
        """Results ``group`` of a region become the one result ``new``, yielded as ``entries``."""
        places = [v.index for v in group]
        keep = [k for k in range(len(stmt.results)) if k not in places[1:]]
        for block, entry in entries.items():
            yields = list(block.yields)
            yields[places[0] + shift] = entry
            yields = [y for k, y in enumerate(yields) if k - shift not in places[1:]]
            self.uses.set_yields(block, yields)
        results = [new if k == places[0] else stmt.results[k] for k in keep]
        renumber(stmt, tuple(results))
        if stmt.op.name != "if":
            stmt.attrs = {**stmt.attrs, "collects": stmt.attrs["collects"] - len(group) + 1}

    def follow(self, group: list[Value], packed: Value, parts: list[Type], rows: int) -> None:
        """Redirect the reads of the old lists to the packed one; ``rows`` counts lists around the
        tape.
        """
        use = self.uses[group[0]][0]
        if use.stmt is not None:
            reads = [self.uses[v][0].stmt for v in group]
            self.read([r for r in reads if r is not None], packed, parts, rows)
            return
        owner = use.block.owner
        assert owner is not None
        further = [self.through(self.uses[v][0]) for v in group]
        lists = [v for v in further if v is not None]
        if owner.op.name == "if":
            new = Value(packed.type, "tape", owner.block)
            other = owner.blocks[1] if owner.blocks[0] is use.block else owner.blocks[0]
            unbound = Builder(self.graph).undef(packed.type)
            self.merge_results(owner, lists, new, {use.block: packed, other: unbound}, 0)
            self.follow(lists, new, parts, rows)
        else:
            new = Value(list_of(packed.type), "tapes", owner.block)
            self.merge_results(
                owner, lists, new, {use.block: packed}, 1 if owner.attrs["exits"] else 0
            )
            self.follow(lists, new, parts, rows + 1)

    def read(self, reads: list[Stmt], packed: Value, parts: list[Type], rows: int) -> None:
        first = reads[0]
        block = first.block
        at = min(map(block.stmts.index, reads))
        assert isinstance(packed.type, ListType)
        got = self.insert(
            block, at, "getitem", (packed, first.args[1]), {}, packed.type.elem, first
        )
        if rows:
            got.hint = "tape"
            self.follow([r.results[0] for r in reads], got, parts, rows - 1)
        else:
            for k, r in enumerate(reads):
                index: dict[str, object] = {"index": k}
                hint = r.results[0].hint
                part = self.insert(block, at + 1 + k, "tuple_get", (got,), index, parts[k], r, hint)
                self.uses.replace(r.results[0], part)
        for old in reads:
            block.stmts.remove(old)
            self.uses.remove(old)

    def insert(
        self,
        block: Block,
        at: int,
        name: str,
        args: tuple[Value, ...],
        attrs: dict[str, object],
        type_: Type,
        like: Stmt,
        hint: str = "",
    ) -> Value:
        stmt = Stmt(OPS[name], args, attrs or NO_ATTRS, (), like.origin.with_role("tape"), block)
        stmt.results = (Value(type_, hint, block, stmt),)
        block.stmts.insert(at, stmt)
        self.uses.add(stmt)
        return stmt.results[0]

    def tuple_at(self, body: Block, parts: list[Value]) -> Value:
        """A tuple of the parts, made as soon as the last of them is known."""
        at = 0
        for k, stmt in enumerate(body.stmts):
            if any(p in known_behind(stmt) for p in parts):
                at = k + 1
        owner = body.owner
        assert owner is not None
        return self.insert(
            body, at, "make_tuple", tuple(parts), {}, tuple_of(*(p.type for p in parts)), owner
        )
