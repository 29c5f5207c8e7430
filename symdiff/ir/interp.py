"""The reference semantics: a direct interpreter of graphs over Python values.

Slow and plain; tests hold passes and emitted code against it, and ``symdiff trace`` watches
values through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OpSpec

Watch = Callable[[Value, Any], None]


class _Machine:
    def __init__(self, watch: Watch | None) -> None:
        self.env: dict[Value, Any] = {}
        self.watch = watch

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
        for stmt in block.stmts:
            self.stmt(stmt)
        return self.get(block.yields)

    def stmt(self, stmt: Stmt) -> None:
        name = stmt.op.name
        if name == "const":
            return
        args = self.get(stmt.args)
        if name == "if":
            results = self.block(stmt.blocks[0 if args[0] else 1])
        elif name in ("for", "while"):
            results = self.loop(stmt, args)
        else:
            results = [call(stmt.op, args, stmt.attrs)]
        for value, data in zip(stmt.results, results, strict=False):
            self.set(value, data)

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


def call(spec: OpSpec, args: Sequence[Any], attrs: Any) -> Any:
    """Evaluate one pure operation on Python values."""
    if spec.evaluate is None:
        raise NotImplementedError(f"{spec.name} has no evaluation")
    return spec.evaluate(*args, **attrs)


def run(graph: Graph, *leaves: Any, watch: Watch | None = None) -> list[Any]:
    """The outputs of a graph for flattened inputs; ``watch`` sees every value as it is computed."""
    return _Machine(watch).block(graph.body, leaves)
