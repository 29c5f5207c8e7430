"""The reference semantics: a direct interpreter of graphs over Python values.

Slow and plain; tests hold passes and emitted code against it, and ``symdiff trace`` watches
values through it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OpSpec

Watch = Callable[[Value, Any], None]
Evaluate = Callable[[Stmt, Sequence[Any]], Any]


class _Machine:
    def __init__(self, graph: Graph, watch: Watch | None, evaluate: Evaluate | None) -> None:
        self.graph = graph
        self.evaluate = evaluate or (lambda stmt, args: call(stmt.op, args, stmt.attrs))
        self.env: dict[Value, Any] = {}
        self.watch = watch
        self.caught: list[BaseException] = []  # what the handlers around are for, innermost last

    def set(self, value: Value, data: Any) -> None:
        self.env[value] = data
        if self.watch is not None:
            self.watch(value, data)

    def get(self, values: Sequence[Value]) -> list[Any]:
        return [
            v.stmt.attrs["value"] if v.op == "const" and v.stmt else self.env[v] for v in values
        ]

    def block(self, block: Block, args: Sequence[Any] = ()) -> list[Any]:
        for param, data in zip(block.params, args, strict=True):
            self.set(param, data)
        self.all(block.stmts)
        return self.get(block.yields)

    def all(self, stmts: Sequence[Stmt]) -> None:
        for stmt in stmts:
            self.stmt(stmt)

    def stmt(self, stmt: Stmt) -> None:
        name = stmt.op.name
        if name in ("const", "attempt", "settled"):
            return
        if name == "if" and stmt.attrs.get("style") == "try":
            results = self.attempt(stmt)
        elif name == "caught":
            results = [catches(self.caught[-1], stmt.attrs["kinds"])]
        elif name == "raise" and not stmt.attrs["template"]:
            raise self.caught[-1]
        else:
            results = self.plain(stmt, self.get(stmt.args))
        for value, data in zip(stmt.results, results, strict=False):
            self.set(value, data)

    def plain(self, stmt: Stmt, args: list[Any]) -> list[Any]:
        if stmt.op.name == "if":
            return self.block(stmt.blocks[0 if args[0] else 1])
        if stmt.op.name in ("for", "while"):
            return self.loop(stmt, args)
        if stmt.op.name == "call":
            return self.call(stmt.attrs["callee"], args)
        return [self.evaluate(stmt, args)]

    def attempt(self, stmt: Stmt) -> list[Any]:
        """A ``try``: what is before ``settled`` under the protection of the other branch."""
        (cond,) = stmt.args
        yes, no = stmt.blocks
        assert cond.stmt is not None
        at = next(k for k, s in enumerate(yes.stmts) if s.op.name == "settled")
        try:
            self.all(yes.stmts[:at])
        except Exception as err:
            if not catches(err, cond.stmt.attrs["kinds"]):
                raise
            self.set(cond, False)
            self.caught.append(err)
            results = self.block(no)
            self.caught.pop()
            return results
        self.set(cond, True)
        self.all(yes.stmts[at:])
        return self.get(yes.yields)

    def call(self, name: str, args: list[Any]) -> list[Any]:
        """A callee in a frame of its own."""
        saved, self.env = self.env, {}
        try:
            return self.block(self.graph.callees[name].body, args)
        finally:
            self.env = saved

    def loop(self, stmt: Stmt, args: list[Any]) -> list[Any]:
        count, collects, exits = (stmt.attrs[k] for k in ("carries", "collects", "exits"))
        indices = iter(range(*args[:3])) if stmt.op.name == "for" else None
        carry = args[3:] if indices is not None else args
        tapes: list[list[Any]] = [[] for _ in range(collects)]
        trip, stopped = 0, False
        while not stopped:
            if indices is not None:
                index = next(indices, None)
                if index is None:
                    break
                yields = self.block(stmt.blocks[0], [index, *carry])
            else:
                if not self.block(stmt.blocks[0], carry)[0]:
                    break
                yields = self.block(stmt.blocks[1], carry)
            trip += 1
            if exits:
                stopped, *yields = yields
            carry = yields[:count]
            for tape, item in zip(tapes, yields[count:], strict=True):
                tape.append(item)
        return [*carry, *tapes, trip, stopped]


class PrimalError(RuntimeError):
    """An exception that the user's function raises by name; ``kind`` is how the graph names it."""

    def __init__(self, template: str) -> None:
        super().__init__(f"the primal raises {template}")
        self.kind = template.partition("(")[0]


def catches(err: BaseException, kinds: Sequence[str]) -> bool:
    """Whether an ``except`` for ``kinds`` catches the exception."""
    if isinstance(err, PrimalError):
        cls = getattr(builtins, err.kind, Exception)
        if err.kind in kinds:
            return True
    else:
        cls = type(err)
    return any(issubclass(cls, getattr(builtins, k)) for k in kinds if hasattr(builtins, k))


def call(spec: OpSpec, args: Sequence[Any], attrs: Any) -> Any:
    """Evaluate one pure operation on Python values."""
    if spec.evaluate is None:
        raise NotImplementedError(f"{spec.name} has no evaluation")
    return spec.evaluate(*args, **attrs)


def run(
    graph: Graph, *leaves: Any, watch: Watch | None = None, evaluate: Evaluate | None = None
) -> list[Any]:
    """The outputs of a graph for flattened inputs; ``watch`` sees every value as it is computed,
    ``evaluate`` computes pure operations if their rows' own evaluations are not to.
    """
    return _Machine(graph, watch, evaluate).block(graph.body, leaves)
