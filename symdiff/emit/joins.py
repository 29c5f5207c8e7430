"""Copies at joins: what branches assign to results, and a loop's end to its carries, all at once.

A value that is not bound on some path prints as nothing, unless something copies or stores it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from symdiff.emit.expressions import Expressions
from symdiff.emit.folding import Plan
from symdiff.emit.naming import Names
from symdiff.ir.core import Block, Stmt, Value

Suite = list[ast.stmt]
Pair = tuple[str, Value]
STORES = (
    "make_tuple",
    "make_list",
    "append",
    "insert_at",
    "set_at",
    "list_fill",
    "widen",
    "list_copy",
)
HANDS_ON = ("pack_tape", "call")


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


class Joins:
    """Writes copies between names."""

    def __init__(self, plan: Plan, names: Names, expressions: Expressions) -> None:
        self.plan = plan
        self.names = names
        self.expr = expressions
        self._reads_value: dict[Value, bool] = {}

    def copies(self, pairs: Sequence[Pair]) -> Suite:
        """Assignments that happen at once: one after another where that is the same, as a tuple
        where it is not.
        """
        todo = []
        for name, value in pairs:
            value = self.plan.resolve(value)
            if (
                value in self.plan.inline
                or value.op in ("const", "undef")
                or self.names.names.get(value) != name
                or self.plan.is_derived(value)  # a trip count that nothing assigns
            ):
                todo.append((name, value, {self.names[v] for v in self.plan.leaves(value)}))
        out: Suite = []
        while todo:
            ready = next(
                (
                    k
                    for k, (name, _, _) in enumerate(todo)
                    if not any(name in r for j, (_, _, r) in enumerate(todo) if j != k)
                ),
                None,
            )
            if ready is None:
                targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name, _, _ in todo]
                values = [self.expr(value) for _, value, _ in todo]
                out.append(
                    ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load()))
                )
                break
            name, value, _ = todo.pop(ready)
            out.append(assign(name, self.expr(value)))
        return out

    def reads_value(self, value: Value) -> bool:
        """Whether something copies or stores ``value`` even where it is unbound, so that it must
        hold something.
        """
        known = self._reads_value.get(value)
        if known is None:
            self._reads_value[value] = False  # on a cycle the others decide
            known = any(self._copies(value, user) for user in self.plan.users.get(value, ()))
            self._reads_value[value] = known
        return known

    def _copies(self, value: Value, user: Stmt | Block) -> bool:
        if isinstance(user, Stmt):
            if user.op.name in ("for", "while"):
                return (
                    any(
                        init is value
                        and (
                            self._differs(value, result)
                            or self.reads_value(param)
                            or self.reads_value(result)
                        )
                        for init, param, _, result in self.plan.live_carries(user)
                    )
                    or value in user.args[:3]
                )
            return user.op.name in STORES or user.op.name in HANDS_ON
        owner = user.owner
        if owner is None:
            return True
        if owner.op.name == "if":
            targets = [r for r, y in zip(owner.results, user.yields, strict=True) if y is value]
            return any(
                self._differs(value, r) or self.reads_value(r)
                for r in targets
                if self.plan.users.get(r)
            )
        groups = [g for g in self.plan.live_carries(owner) if g[2] is value]
        first = len(user.yields) - owner.attrs["collects"]
        if value in user.yields[first:] or (owner.attrs["exits"] and user.yields[0] is value):
            return True
        return any(
            self._differs(value, g[3]) or self.reads_value(g[1]) or self.reads_value(g[3])
            for g in groups
        )

    def _differs(self, value: Value, target: Value) -> bool:
        return self.names.names.get(value) != self.names.names.get(target)
