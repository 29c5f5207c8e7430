"""The checker of the invariants I1 to I8; a failure is a bug in symdiff and shows the IR around
it.
"""

from __future__ import annotations

from symdiff.errors import VerifyError
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.text import around
from symdiff.ir.types import BOOL, INT, ListType
from symdiff.source import NOWHERE


def verify(graph: Graph, after: str = "") -> None:
    """Raise :class:`VerifyError` naming the invariant, the pass (``after``) and the statements
    around.
    """
    _Verifier(after).graph(graph)


class _Verifier:
    def __init__(self, after: str) -> None:
        self.after = after
        self.seen: set[Value] = set()
        self.visible: set[Value] = set()  # of these, what is not of a block that has ended

    def fail(self, number: str, message: str, stmt: Stmt | None) -> None:
        where = f" after {self.after}" if self.after else ""
        text = f"{number}{where}: {message}; this is a bug in symdiff"
        raise VerifyError(text + ("\n" + around(stmt) if stmt is not None else ""))

    def graph(self, graph: Graph) -> None:
        self.root = graph
        self.block(graph.body, None)
        for name, callee in graph.callees.items():
            if name != callee.name or len(callee.outputs) != 1:
                self.fail("I2", f"the callee {name} is {callee.name}, or has not one output", None)
            self.block(callee.body, None)

    def block(self, block: Block, owner: Stmt | None) -> None:
        if block.owner is not owner:
            self.fail("I1", "a block does not know its statement", owner)
        for param in block.params:
            self.define(param, block, owner)
        keys: set[object] = set()
        visible = self.visible
        for stmt in block.stmts:
            if stmt.block is not block or stmt.origin is None:
                self.misplaced(stmt, block)
            if stmt.op.region:
                self.region(stmt, block)
            else:
                for arg in stmt.args:
                    if arg not in visible:
                        self.unseen(arg, stmt)
                self.types(stmt)
                self.distinct(stmt, keys)
            for result in stmt.results if stmt.op.name != "attempt" else ():
                self.define(result, block, stmt)
        for value in block.yields:
            if value not in visible:
                self.unseen(value, owner)
        visible.difference_update(block.params)
        for stmt in block.stmts:
            visible.difference_update(stmt.results)

    def misplaced(self, stmt: Stmt, block: Block) -> None:
        if stmt.block is not block:
            self.fail("I1", "a statement does not know its block", stmt)
        self.fail("I4", "a statement has no origin", stmt)

    def region(self, stmt: Stmt, block: Block) -> None:
        """A statement with blocks, and all that is in them."""
        tried = stmt.op.name == "if" and stmt.attrs.get("style") == "try"
        for arg in () if tried else stmt.args:
            if arg not in self.visible:
                self.unseen(arg, stmt)
        self.arities(stmt)
        for child in stmt.blocks:
            if child.parent is not block:
                self.fail("I1", "a child block does not know its parent", stmt)
            self.block(child, stmt)
        if tried:
            self.attempt(stmt)

    def attempt(self, stmt: Stmt) -> None:
        """The outcome of an attempt is known behind the conditional that it belongs to."""
        (cond,) = stmt.args
        if cond.op != "attempt" or cond.stmt is None or cond.stmt not in stmt.block.stmts:
            self.fail("I2", "a try is a conditional on an attempt in its block", stmt)
        if [s.op.name for s in stmt.blocks[0].stmts].count("settled") != 1:
            self.fail("I2", "what a try watches ends in one place", stmt)
        self.define(cond, stmt.block, stmt)

    def distinct(self, stmt: Stmt, keys: set[object]) -> None:
        if stmt.op.effect or stmt.op.fresh:  # two fresh lists are two
            return
        attrs = tuple([(k, repr(v)) for k, v in sorted(stmt.attrs.items())]) if stmt.attrs else ()
        key = (stmt.op.name, stmt.args, attrs)
        if key in keys:
            self.fail("I3", f"two equal statements {stmt.op.name}", stmt)
        keys.add(key)

    def define(self, value: Value, block: Block, stmt: Stmt | None) -> None:
        if value in self.seen:
            self.fail("I1", f"{value!r} is defined twice", stmt)
        if value.block is not block:
            self.fail("I1", f"{value!r} does not know its block", stmt)
        self.seen.add(value)
        self.visible.add(value)

    def unseen(self, value: Value, stmt: Stmt | None) -> None:
        if value not in self.seen:
            self.fail("I1", f"{value!r} is used before it is defined", stmt)
        self.fail("I1", f"{value!r} belongs to a sibling or child block", stmt)

    def types(self, stmt: Stmt) -> None:
        args = stmt.args
        given = (args[0].type, args[1].type) if len(args) == 2 else [a.type for a in args]
        try:
            expected = stmt.op.infer(tuple(given), stmt.attrs)
        except TypeError as err:
            self.fail("I2", str(err), stmt)
            return
        if expected != ((stmt.results[0].type,) if stmt.results else ()):
            self.fail("I2", f"{stmt.op.name} gives {expected}", stmt)
        if stmt.op.name == "call":
            self.call(stmt)
        elif stmt.op.name == "pack_tape":
            if tuple(a.type for a in stmt.args) != self.root.tapes.get(stmt.attrs["of"]):
                self.fail("I2", f"these are not the entries of tape[{stmt.attrs['of']}]", stmt)
        elif stmt.op.name == "tape_get":
            entries = self.root.tapes.get(getattr(stmt.args[0].type, "of", ""), ())
            if stmt.attrs["type"] not in entries[stmt.attrs["index"] :][:1]:
                self.fail("I2", "the tape has another entry there", stmt)

    def call(self, stmt: Stmt) -> None:
        """A call fits the signature of its callee."""
        callee = self.root.callees.get(stmt.attrs["callee"])
        if callee is None:
            self.fail("I2", f"there is no callee {stmt.attrs['callee']}", stmt)
            return
        if [a.type for a in stmt.args] != [p.type for p in callee.inputs]:
            self.fail("I2", "the arguments of a call are not those of its callee", stmt)
        if stmt.result.type != callee.outputs[0].type:
            self.fail("I2", f"the callee returns {callee.outputs[0].type}", stmt)

    def arities(self, stmt: Stmt) -> None:
        results = [r.type for r in stmt.results]
        if stmt.op.name == "if":
            if stmt.args[0].type != BOOL:
                self.fail("I2", "a condition is not a bool", stmt)
            for block in stmt.blocks:
                if [v.type for v in block.yields] != results:
                    self.fail("I2", f"a branch yields {[str(v.type) for v in block.yields]}", stmt)
            return
        carries, collects = stmt.attrs["carries"], stmt.attrs["collects"]
        body = stmt.blocks[-1]
        first = 1 if stmt.attrs["exits"] else 0
        inits = stmt.args[3:] if stmt.op.name == "for" else stmt.args
        params = body.params[1:] if stmt.op.name == "for" else body.params
        if not (
            len(inits) == len(params) == carries and len(body.yields) == first + carries + collects
        ):
            self.fail("I2", "arities of a loop do not match", stmt)
        yields = [v.type for v in body.yields]
        if first and yields[0] != BOOL:
            self.fail("I2", "a stop flag is not a bool", stmt)
        lists = [t.elem for t in results[carries : carries + collects] if isinstance(t, ListType)]
        columns = (
            [v.type for v in inits],
            [p.type for p in params],
            yields[first : first + carries],
            results[:carries],
        )
        if any(c != columns[0] for c in columns) or yields[first + carries :] != lists:
            self.fail(
                "I2", f"types around a loop differ: {[[str(t) for t in c] for c in columns]}", stmt
            )
        if results[carries + collects :] != [INT, BOOL]:
            self.fail("I2", "a loop ends in (trip, stopped)", stmt)
        if stmt.op.name == "while":
            cond = stmt.blocks[0]
            if [v.type for v in cond.yields] != [BOOL] or [p.type for p in cond.params] != columns[
                0
            ]:
                self.fail("I2", "a while condition yields one bool over the carries", stmt)
        if stmt.op.name == "for" and any(a.type not in (INT, BOOL) for a in stmt.args[:3]):
            self.fail("I2", "bounds of a for are ints", stmt)


def check_origin(stmt: Stmt) -> bool:
    """Whether the statement's origin says where it is from (constants need not)."""
    return stmt.origin is not NOWHERE or stmt.op.name == "const"
