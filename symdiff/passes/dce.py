"""Dead code, dead carries and carries that never change: valid IR in, valid IR out.

Liveness is marked from the outputs and the effects; a loop carry is live if its result or its
parameter is.  What is dead is left out, with one exception: where the user's own operation would
have raised a *domain* error (``math.log(-1)``), the check stays as an explicit guard, because a
gradient must not be quieter than its function.  What may raise under the protection of a handler
decides which branch runs, and is live.  ``checks`` maps primal statements to the guard
that reverse code carries for them (or None where the adjoint itself raises); such a guard goes if
the primal statement is alive, and stays if it is dead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import Cloner, has_effect, like, statements
from symdiff.ir.walk import blocks as all_blocks
from symdiff.ops.attempt import errors_of, may_raise, protected_statements
from symdiff.ops.guard import emit_guard

LEAVES = ("const", "undef")  # come along with what reads them
Checks = Mapping[Stmt, Sequence[Stmt]]


def taken(stmt: Stmt) -> Sequence[Block]:
    """The blocks of a statement that can run: of an ``if`` on a constant, one."""
    if stmt.op.name == "if" and stmt.args[0].is_const():
        return stmt.blocks[:1] if stmt.args[0].constant else stmt.blocks[1:]
    return stmt.blocks


def loop_offset(stmt: Stmt) -> int:
    """Number of bounds before the inits of a loop (3 for ``for``, 0 for ``while``)."""
    return 3 if stmt.op.name == "for" else 0


class Forwarding:
    """Sees through what changes nothing: ``if`` results equal on both sides, carries yielded as
    they came.
    """

    def __init__(self) -> None:
        self.known: dict[Value, Value] = {}

    def __getitem__(self, v: Value) -> Value:
        if v.stmt is not None and not v.stmt.op.region:
            return v
        found = self.known.get(v)
        if found is None:
            found = self._find(v)
            self.known[v] = found
        while True:  # what it led to may have been seen through since
            further = self.known.get(found, found)
            if further is found:
                return found
            found = further

    def _find(self, v: Value) -> Value:
        stmt = v.stmt
        if stmt is None:
            return self._param(v)
        if not stmt.op.region:
            return v
        if stmt.op.name == "if":
            first, *others = (self[b.yields[v.index]] for b in taken(stmt))
            return v if any(x is not first for x in others) else first
        if v.index < stmt.attrs["carries"] and self._invariant(stmt, v.index):
            return self[stmt.args[loop_offset(stmt) + v.index]]
        return v

    def _param(self, v: Value) -> Value:
        owner = v.block.owner
        if owner is None:
            return v
        index = v.index - (1 if owner.op.name == "for" else 0)
        if index >= 0 and self._invariant(owner, index):
            return self[owner.args[loop_offset(owner) + index]]
        return v

    def _invariant(self, stmt: Stmt, index: int) -> bool:
        body = stmt.blocks[-1]
        param = body.params[index + (1 if stmt.op.name == "for" else 0)]
        self.known[param] = param  # while looking: a carry may be what it was
        final = self[body.yields[index + (1 if stmt.attrs["exits"] else 0)]]
        init = self[stmt.args[loop_offset(stmt) + index]]
        same = final is param or final is init
        if same:
            self.known[param] = init
        return same


class Liveness:
    """Marks values; ``live`` holds them, ``kept`` the regions and effects that stay."""

    def __init__(self, graph: Graph, checks: Checks) -> None:
        self.forward = Forwarding()
        for block in all_blocks(graph.body):  # all that can be seen through, before any mark
            for param in block.params:
                self.forward[param]
            for stmt in block.stmts:
                for result in stmt.results if stmt.op.region else ():
                    self.forward[result]
        self.live: set[Value] = set()
        self.kept: set[Stmt] = set()
        self.guards: set[Stmt] = set()
        self.work: list[Value] = []
        replaced = {g for guards in checks.values() for g in guards}
        self._effects(graph.body, replaced)
        self.watched = protected_statements(graph)
        for stmt in self.watched:
            if stmt.results and errors_of(stmt):
                self.mark(stmt.result)
        for v in graph.outputs:
            self.mark(v)
        self.drain()
        self._domain_checks(graph.body, checks)

    def mark(self, v: Value) -> None:
        if v.stmt is None or v.stmt.op.region:
            v = self.forward[v]
        if v not in self.live:
            self.live.add(v)
            self.work.append(v)

    def drain(self) -> None:
        live, work, forward = self.live, self.work, self.forward
        while work:
            v = work.pop()
            stmt = v.stmt
            if stmt is None:
                owner = v.block.owner
                if owner is not None:
                    self._carry(owner, v.index - (1 if owner.op.name == "for" else 0))
            elif not stmt.op.region:
                owner = stmt.block.owner  # a live statement keeps the regions around it
                if owner is not None:
                    self.keep(owner)
                for arg in stmt.args:
                    if arg.stmt is None or arg.stmt.op.region:
                        arg = forward[arg]
                    if arg not in live:
                        live.add(arg)
                        work.append(arg)
            else:
                self._result(stmt, v.index)

    def _reach(self, block: Block) -> None:
        """A live statement keeps the regions around it."""
        owner = block.owner
        if owner is not None:
            self.keep(owner)

    def keep(self, stmt: Stmt) -> None:
        """The region runs: its condition or bounds are needed."""
        if stmt in self.kept:
            return
        self.kept.add(stmt)
        self._reach(stmt.block)
        for arg in stmt.args[: 1 if stmt.op.name == "if" else loop_offset(stmt)]:
            self.mark(arg)
        if stmt.op.name == "while":
            self.mark(stmt.blocks[0].yields[0])
        if stmt.op.name != "if" and stmt.attrs["exits"]:
            self.mark(stmt.blocks[-1].yields[0])

    def _carry(self, stmt: Stmt, index: int) -> None:
        if index < 0:
            self.keep(stmt)
            return
        self.keep(stmt)
        self.mark(stmt.args[loop_offset(stmt) + index])
        body = stmt.blocks[-1]
        self.mark(body.yields[index + (1 if stmt.attrs["exits"] else 0)])
        shift = 1 if stmt.op.name == "for" else 0
        self.mark(body.params[index + shift])
        self.mark(stmt.results[index])
        if stmt.op.name == "while":
            self.mark(stmt.blocks[0].params[index])

    def _result(self, stmt: Stmt, index: int) -> None:
        self.keep(stmt)
        if stmt.op.name == "if":
            for block in stmt.blocks:
                self.mark(block.yields[index])
        elif index < stmt.attrs["carries"]:
            self._carry(stmt, index)
        elif index < stmt.attrs["carries"] + stmt.attrs["collects"]:
            self.mark(stmt.blocks[-1].yields[index + (1 if stmt.attrs["exits"] else 0)])

    def _effects(self, block: Block, replaced: set[Stmt]) -> None:
        raised = False
        for stmt in block.stmts:
            if stmt in replaced or (raised and stmt.op.name == "raise"):
                continue  # what is behind a raise does not happen
            raised = raised or stmt.op.name == "raise"
            if stmt.op.effect:
                self.kept.add(stmt)
                self._reach(block)
                for arg in stmt.args:
                    self.mark(arg)
            if stmt.blocks:
                for child in taken(stmt):
                    self._effects(child, replaced)

    def _domain_checks(self, block: Block, checks: Checks) -> None:
        for stmt in block.stmts:
            if (
                stmt.op.raises
                and stmt.origin.role == "primal"
                and stmt.results[0] not in self.live
                and stmt.raises
            ):
                if stmt in checks:
                    self._carried_checks(checks[stmt])
                elif not _never_raises(stmt):
                    self.guards.add(stmt)
                    self._reach(block)
                    for arg in stmt.args:
                        self.mark(arg)
                self.drain()
            if stmt.blocks:
                for child in taken(stmt):
                    self._domain_checks(child, checks)

    def _carried_checks(self, guards: Sequence[Stmt]) -> None:
        for guard in guards:
            self.keep(guard)
            for block in guard.blocks:
                self._effects(block, set())


    def all_of(self, graph: Graph) -> bool:
        """Whether everything is needed as it is, so that there is nothing to leave out."""
        if self.guards or any(seen is not v for v, seen in self.forward.known.items()):
            return False
        live, kept = self.live, self.kept
        for stmt in statements(graph.body):
            if stmt.op.region:
                if not self._whole(stmt):
                    return False
            elif live.isdisjoint(stmt.results) and not (stmt in kept or stmt.op.name in LEAVES):
                return False
        return True

    def _whole(self, stmt: Stmt) -> bool:
        if stmt not in self.kept:
            return False
        if stmt.op.name == "if":
            cond = stmt.args[0].op
            return cond not in ("const", "not") and self.live.issuperset(stmt.results)
        return self.live.issuperset(stmt.results[:-2])


def _never_raises(stmt: Stmt) -> bool:
    """A division by a constant other than zero and the like."""
    consts = [a for a in stmt.args[1:] if a.is_const()]
    return (
        bool(consts)
        and len(consts) == len(stmt.args) - 1
        and all(isinstance(a.constant, (int, float)) and a.constant > 0 for a in consts)
    )


class Sweeper:
    """Rebuilds the graph with only what is live."""

    def __init__(self, graph: Graph, marks: Liveness) -> None:
        self.old = graph
        self.marks = marks
        self.new = like(graph)
        self.b = Builder(self.new)
        self.cloner = Cloner(self.b)
        self.cloner.env.update(zip(graph.inputs, self.new.inputs, strict=True))

    def get(self, v: Value) -> Value:
        seen = self.marks.forward[v]
        if seen is not v:
            self.cloner.changed.add(v)
        return self.cloner[seen]

    def plain(self, stmt: Stmt) -> Value:
        cloner = self.cloner
        env = cloner.env
        args = []
        for a in stmt.args:
            seen = a.stmt is not None and not a.stmt.op.region  # nothing to see through
            args.append((env.get(a) or cloner[a]) if seen else self.get(a))
        return cloner.plain(stmt, args)

    def run(self) -> Graph:
        self.statements(self.old.body)
        self.new.body.yields = [self.get(v) for v in self.old.outputs]
        return self.new

    def statements(self, block: Block) -> None:
        b, live, kept = self.b, self.marks.live, self.marks.kept
        for stmt in block.stmts:
            if stmt.op.name == "const" or stmt.op.name == "undef":
                continue
            b.current = stmt.origin
            b.relaxed = stmt.origin.role != "primal"
            if stmt in kept:
                if stmt.op.effect:
                    found = self.plain(stmt)
                    self.cloner.env.update((r, found) for r in stmt.results)
                elif stmt.op.name == "if":
                    self.if_(stmt)
                else:
                    self.loop(stmt)
            elif not stmt.op.region and stmt.results and stmt.results[0] in live:
                self.cloner.env[stmt.results[0]] = self.plain(stmt)
            elif stmt in self.marks.guards:
                emit_guard(b, stmt, self.get)

    def child(self, old: Block, params: list[Value]) -> Block:
        with self.b.into(self.b.new_block()) as new:
            for param in params:
                self.cloner.env[param] = new.add_param(param.type, param.hint)
            self.statements(old)
        return new

    def if_(self, stmt: Stmt) -> None:
        live = [r.index for r in stmt.results if r in self.marks.live]
        cond = self.get(stmt.args[0])
        if cond.is_const():
            self.splice(stmt, 0 if cond.constant else 1, live)
            return
        blocks = []
        for old in stmt.blocks:
            new = self.child(old, [])
            new.yields = [self.get(old.yields[k]) for k in live]
            blocks.append(new)
        if cond.op == "not" and cond.stmt is not None:  # one condition for both senses
            cond = cond.stmt.args[0]
            blocks.reverse()
        noticed = may_raise if stmt in self.marks.watched else has_effect
        if not live and not any(noticed(s) for block in blocks for s in block.stmts):
            return
        self.b.current = stmt.origin
        hints = [stmt.results[k].hint for k in live]
        types = [stmt.results[k].type for k in live]
        new_results = self.b.region("if", (cond,), stmt.attrs, blocks, types, hints).results
        self.cloner.env.update(zip([stmt.results[k] for k in live], new_results, strict=True))

    def splice(self, stmt: Stmt, which: int, live: list[int]) -> None:
        """A decided condition: the branch becomes part of the surrounding block."""
        block = stmt.blocks[which]
        self.statements(block)
        for k in live:
            self.cloner.env[stmt.results[k]] = self.get(block.yields[k])

    def loop(self, stmt: Stmt) -> None:
        marks, offset = self.marks, loop_offset(stmt)
        shift = 1 if stmt.op.name == "for" else 0
        body = stmt.blocks[-1]
        first = 1 if stmt.attrs["exits"] else 0
        count = stmt.attrs["carries"]
        carries = [
            j
            for j in range(count)
            if body.params[j + shift] in marks.live or stmt.results[j] in marks.live
        ]
        lists = [k for k in range(stmt.attrs["collects"]) if stmt.results[count + k] in marks.live]
        args = [self.get(a) for a in stmt.args[:offset]]
        args += [self.get(stmt.args[offset + j]) for j in carries]
        blocks = []
        for old in stmt.blocks:
            index = [old.params[0]] if shift else []
            new = self.child(old, index + [old.params[j + shift] for j in carries])
            if old is body:
                picked = [
                    *range(first),
                    *(first + j for j in carries),
                    *(first + count + k for k in lists),
                ]
                new.yields = [self.get(old.yields[k]) for k in picked]
            else:
                new.yields = [self.get(old.yields[0])]
            blocks.append(new)
        picked = [
            *carries,
            *(count + k for k in lists),
            len(stmt.results) - 2,
            len(stmt.results) - 1,
        ]
        attrs = {**stmt.attrs, "carries": len(carries), "collects": len(lists)}
        self.b.current = stmt.origin
        old_results = [stmt.results[k] for k in picked]
        new_results = self.b.region(
            stmt.op.name,
            args,
            attrs,
            blocks,
            [r.type for r in old_results],
            [r.hint for r in old_results],
        ).results
        self.cloner.env.update(zip(old_results, new_results, strict=True))


def dce(graph: Graph, checks: Checks | None = None) -> Graph:
    """The graph without what nobody needs (see the module's docstring for what is kept)."""
    marks = Liveness(graph, checks or {})
    return graph if marks.all_of(graph) else Sweeper(graph, marks).run()
