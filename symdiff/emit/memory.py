"""Which lists may share memory, and where that memory is written: what an expression that reads a
list must not move across.
"""

from __future__ import annotations

from bisect import bisect_right

from symdiff.emit.layout import Layout, Line, carries
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type
from symdiff.passes.ownership import has_list, is_view, sharing
from symdiff.passes.regions import collected


class Memory:
    """Classes of lists (union-find) and the sorted positions of writes to each."""

    def __init__(self, root: Layout) -> None:
        self.parent: dict[Value, Value] = {}
        self.writes: dict[Value, list[int]] = {}
        found: list[tuple[Value, int]] = []
        self._layout(root, found)
        for value, pos in found:
            self.writes.setdefault(self.find(value), []).append(pos)
        for positions in self.writes.values():
            positions.sort()

    def find(self, value: Value) -> Value:
        root = value
        while root in self.parent:
            root = self.parent[root]
        while value is not root:
            self.parent[value], value = root, self.parent[value]
        return root

    def written(self, value: Value, after: int, before: int) -> bool:
        """Whether memory of ``value`` is written strictly between two positions."""
        positions = self.writes.get(self.find(value))
        if not positions:
            return False
        at = bisect_right(positions, after)
        return at < len(positions) and positions[at] < before

    def _join(self, *values: Value) -> None:
        lists = [v for v in values if has_list(v.type)]
        for other in lists[1:]:
            a, b = self.find(lists[0]), self.find(other)
            if a is not b:
                self.parent[a] = b

    def _layout(self, layout: Layout, found: list[tuple[Value, int]]) -> None:
        for line in layout.lines:
            if line.stmt is not None and (line.stmt.op.region or not _is_scalar(line.stmt)):
                self._stmt(line.stmt, line, found)
            for child in line.layouts:
                self._layout(child, found)

    def _stmt(self, stmt: Stmt, line: Line, found: list[tuple[Value, int]]) -> None:
        if stmt.op.name == "if":
            for k, result in enumerate(stmt.results):
                self._join(result, *(b.yields[k] for b in stmt.blocks))
        elif stmt.op.region:
            for k, group in enumerate(carries(stmt)):
                self._join(*group)
                if stmt.op.name == "while":
                    self._join(group[0], stmt.blocks[0].params[k])
            for tape, value in collected(stmt):
                self._join(tape, value)
        elif not is_view(stmt):
            return
        else:
            self._join(*stmt.results, *sharing(stmt))
            if "inplace" in stmt.op.tags:
                found.append((stmt.args[0], line.pos))


def _is_scalar(stmt: Stmt) -> bool:
    """Whether no list or array is read or made."""
    for v in stmt.args:
        if v.type.__class__ is not Type:
            return False
    for v in stmt.results:  # noqa: SIM110 - asked of every statement; a generator would be felt
        if v.type.__class__ is not Type:
            return False
    return True
