"""A graph as it ran: loops iteration by iteration, of a branch what was taken, calls inside.

The statements that were executed are a straight-line graph of their own, without a value twice, so
that what differentiates graphs gives the gradient at every statement of every iteration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.interp import catches
from symdiff.ir.walk import free_values, like
from symdiff.ops.attempt import is_try
from symdiff.report.evaluate import evaluate

LONGEST = 1500  # statements that may be executed


class TooLong(Exception):
    """More was executed than can be shown."""


@dataclass(slots=True)
class Run:
    """One execution of a block: what each value was, and which value of the straight-line graph it
    is; ``label`` says which iteration, ``outer`` in which run of which block it was."""

    label: str
    outer: tuple[Block, int] | None
    data: dict[Value, Any] = field(default_factory=dict)
    names: dict[Value, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Ran:
    """The straight-line graph, the runs of each block, and what was executed where, in order."""

    graph: Graph
    runs: dict[Block, list[Run]] = field(default_factory=dict)
    executed: list[tuple[Stmt, Block, int]] = field(default_factory=list)
    seen: dict[Value, Any] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)


def ran(graph: Graph, inputs: Sequence[Any]) -> Ran:
    """Run a graph on flattened inputs and keep what was executed.

    Raises TooLong, and what the function raises.
    """
    machine = _Machine(graph)
    made = machine.made
    pairs = zip(inputs, made.graph.inputs, strict=True)
    found = machine.block(graph.body, [*pairs], "", None)
    made.results = [data for data, _ in found]
    made.graph.body.yields = [name for _, name in found]
    return made


_Known = tuple[Any, Value]  # the data, and its value in the straight-line graph


class _Machine:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.made = Ran(like(graph))
        self.builder = Builder(self.made.graph)
        self.env: dict[Value, _Known] = {}
        self.caught: list[BaseException] = []

    def get(self, v: Value) -> _Known:
        if v.is_const():
            return v.constant, self.builder.const(v.constant)
        if v.op == "undef":
            return None, self.builder.undef(v.type)
        return self.env[v]

    def set(self, run: Run, v: Value, known: _Known) -> None:
        self.env[v] = known
        run.data[v], run.names[v] = known
        self.made.seen[known[1]] = known[0]

    def block(
        self, block: Block, args: Sequence[_Known], label: str, outer: tuple[Block, int] | None
    ) -> list[_Known]:
        run = Run(label, outer)
        runs = self.made.runs.setdefault(block, [])
        runs.append(run)
        at = len(runs) - 1
        for param, known in zip(block.params, args, strict=True):
            self.set(run, param, known)
        self.all(block, run, at, block.stmts)
        return self.ended(block, run)

    def ended(self, block: Block, run: Run) -> list[_Known]:
        """What a block yields; what it read from outside belongs to the picture of its run."""
        read = [a for s in block.stmts for a in free_values(s)]
        for v in (*read, *block.yields):
            if v in self.env and v not in run.data:
                run.data[v], run.names[v] = self.env[v]
        return [self.get(v) for v in block.yields]

    def all(self, block: Block, run: Run, at: int, stmts: Sequence[Stmt]) -> None:
        for stmt in stmts:
            self.stmt(block, run, at, stmt)

    def stmt(self, block: Block, run: Run, at: int, stmt: Stmt) -> None:
        name = stmt.op.name
        if name in ("const", "undef", "attempt", "settled"):
            return
        if is_try(stmt):
            found = self.attempt(run, stmt, (block, at))
        elif name == "caught":
            held = catches(self.caught[-1], stmt.attrs["kinds"])
            found = [(held, self.builder.const(held))]
        elif name == "raise" and not stmt.attrs["template"]:
            raise self.caught[-1]
        elif name == "if":
            taken = bool(self.get(stmt.args[0])[0])
            found = self.block(stmt.blocks[0 if taken else 1], [], run.label, (block, at))
        elif name in ("for", "while"):
            found = self.loop(run, stmt, (block, at))
        elif name == "call":
            saved, self.env = self.env, {}
            body = self.graph.callees[stmt.attrs["callee"]].body
            known = [saved[a] if a in saved else self.get(a) for a in stmt.args]
            depth = len(self.made.runs.get(body, ())) + 1
            found = self.block(body, known, f"call {depth}", (block, at))
            self.env = saved
        else:
            found = [self.plain(stmt)]
            self.made.executed.append((stmt, block, at))
            if len(self.made.executed) > LONGEST:
                raise TooLong
        for v, known_ in zip(stmt.results, found, strict=False):
            self.set(run, v, known_)

    def plain(self, stmt: Stmt) -> _Known:
        known = [self.get(a) for a in stmt.args]
        data = evaluate(stmt, [d for d, _ in known])
        builder = self.builder
        builder.block.table.clear()  # every execution is a value of its own
        saved, builder.current = builder.current, stmt.origin
        made = builder.again(stmt, tuple(n for _, n in known))
        builder.current = saved
        return data, made

    def attempt(self, run: Run, stmt: Stmt, outer: tuple[Block, int]) -> list[_Known]:
        """A ``try``: its body as far as it came, and the handler where it failed."""
        (cond,) = stmt.args
        yes, no = stmt.blocks
        assert cond.stmt is not None
        at = next(k for k, s in enumerate(yes.stmts) if s.op.name == "settled")
        inner = Run(run.label, outer)
        runs = self.made.runs.setdefault(yes, [])
        runs.append(inner)
        try:
            self.all(yes, inner, len(runs) - 1, yes.stmts[:at])
        except TooLong:
            raise
        except Exception as err:
            if not catches(err, cond.stmt.attrs["kinds"]):
                raise
            self.env[cond] = False, self.builder.const(False)
            self.caught.append(err)
            found = self.block(no, [], run.label, outer)
            self.caught.pop()
            return found
        self.env[cond] = True, self.builder.const(True)
        self.all(yes, inner, len(runs) - 1, yes.stmts[at:])
        return self.ended(yes, inner)

    def loop(self, run: Run, stmt: Stmt, outer: tuple[Block, int]) -> list[_Known]:
        count, collects, exits = (stmt.attrs[k] for k in ("carries", "collects", "exits"))
        known = [self.get(a) for a in stmt.args]
        counted = stmt.op.name == "for"
        indices = iter(range(*(d for d, _ in known[:3]))) if counted else None
        carry = known[3:] if counted else known
        tapes: list[list[_Known]] = [[] for _ in range(collects)]
        trip, stopped = 0, False
        while not stopped:
            label = f"{run.label}, iteration {trip + 1}".removeprefix(", ")
            if indices is not None:
                index = next(indices, None)
                if index is None:
                    break
                args = [(index, self.builder.const(index)), *carry]
                yields = self.block(stmt.blocks[0], args, label, outer)
            else:
                if not self.block(stmt.blocks[0], carry, label, outer)[0][0]:
                    break
                yields = self.block(stmt.blocks[1], carry, label, outer)
            trip += 1
            if exits:
                stopped, yields = bool(yields[0][0]), yields[1:]
            carry = yields[:count]
            for tape, item in zip(tapes, yields[count:], strict=True):
                tape.append(item)
        lists = [([d for d, _ in t], self.builder.op("make_list", *(n for _, n in t)))
                 if t else ([], self.builder.undef(r.type))
                 for t, r in zip(tapes, stmt.results[count:], strict=False)]  # fmt: skip
        ends = [(trip, self.builder.const(trip)), (stopped, self.builder.const(stopped))]
        return [*carry, *lists, *ends]
