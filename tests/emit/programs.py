"""Random structured graphs: nested branches and loops whose carries swap, alias, overwrite lists
and leave early.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import symdiff.ops.control
import symdiff.ops.lists
import symdiff.ops.scalar
import symdiff.ops.special  # noqa: F401
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Value, new_graph
from symdiff.ir.types import BOOL, FLOAT, INT, ListType, Type, list_of
from symdiff.source import Origin, Span

FLOATS = list_of(FLOAT)
ROWS = list_of(FLOATS)
HINTS = ("a", "b", "x", "y", "s", "t", "", "", "", "x", "s", "i", "len", "xs")
TYPES = (FLOAT, FLOAT, FLOAT, INT, BOOL, FLOATS, FLOATS, ROWS)


def empty(name: str, **params: Type) -> tuple[Graph, Builder]:
    """A graph with plain parameters, and a builder at its body."""
    graph = new_graph(name)
    for key, type_ in params.items():
        graph.params.append(Param(key, type_))
        graph.body.add_param(type_, key)
    return graph, Builder(graph)


def line(number: int, role: str = "primal", rule: str = "") -> Origin:
    return Origin(Span("user.py", number), role, rule)


class Programs:
    """One random program; every list has at least two elements, every row too, so that indices 0
    and 1 are good.
    """

    def __init__(self, seed: int, *, size: int = 14, depth: int = 3) -> None:
        self.rng = random.Random(seed)
        self.graph, self.b = empty("f", x=FLOAT, y=FLOAT, n=INT, xs=FLOATS, w=ROWS)
        self.number = 1
        self.scope: list[list[Value]] = [list(self.graph.inputs)]
        self.statements(size, depth)
        outputs = [self.pick(t) for t in (FLOAT, FLOAT, FLOATS, INT, ROWS)]
        self.rng.shuffle(outputs)
        self.graph.body.yields = outputs

    # -- choosing
    # --------------------------------------------------------------------------------------

    def pick(self, type_: Type) -> Value:
        """A value in sight, the newest most often, or a new one."""
        found = [v for level in self.scope for v in level if v.type == type_]
        if found and self.rng.random() < 0.93:
            return found[-1 - min(int(self.rng.expovariate(0.45)), len(found) - 1)]
        return self.fresh(type_)

    def fresh(self, type_: Type) -> Value:
        b = self.b
        if type_ == FLOAT:
            return b.const(self.rng.choice([0.5, -1.25, 2.0, 3.0]))
        if type_ == INT:
            return b.const(self.rng.choice([0, 1, 2]))
        if type_ == BOOL:
            return b.op(self.rng.choice(["lt", "ge"]), self.pick(FLOAT), self.pick(FLOAT))
        if type_ == FLOATS:
            kind = self.rng.random()
            if kind < 0.5:
                return b.op("make_list", self.pick(FLOAT), self.pick(FLOAT), hint=self.hint())
            return b.op("list_fill", b.const(2), self.pick(FLOAT), hint=self.hint())
        return b.op("make_list", self.pick(FLOATS), self.pick(FLOATS), hint=self.hint())

    def hint(self) -> str:
        return self.rng.choice(HINTS)

    def index(self) -> Value:
        return self.b.const(self.rng.choice([0, 1, -1]))

    def keep(self, value: Value) -> None:
        self.scope[-1].append(value)

    # -- statements
    # ------------------------------------------------------------------------------------

    def statements(self, count: int, depth: int) -> None:
        for _ in range(count):
            self.number += 1
            self.b.current = line(self.number, self.rng.choice(["primal", "primal", "adjoint"]))
            kinds: list[Callable[[int], None]] = [
                self.arithmetic,
                self.arithmetic,
                self.listwork,
                self.listwork,
            ]
            if depth > 0:
                kinds += [self.branch, self.loop, self.loop, self.whiles]
            self.rng.choice(kinds)(depth)

    def arithmetic(self, depth: int) -> None:
        b, kind = self.b, self.rng.random()
        x, y = self.pick(FLOAT), self.pick(FLOAT)
        if kind < 0.6:
            value = b.op(self.rng.choice(["add", "sub", "mul"]), x, y, hint=self.hint())
        elif kind < 0.7:
            value = b.op(self.rng.choice(["max", "min"]), x, y, hint=self.hint())
        elif kind < 0.8:
            value = b.op(self.rng.choice(["neg", "tanh", "abs", "cos"]), x, hint=self.hint())
        elif kind < 0.9:
            value = b.op("add", self.pick(INT), b.const(1), hint=self.hint())
            if not value.is_const():
                value = b.op("mod", value, b.const(5), hint=self.hint())
        else:
            value = b.op(self.rng.choice(["lt", "le", "ne"]), x, y, hint=self.hint())
            if self.rng.random() < 0.3:
                value = b.op("not", value)
        self.keep(value)

    def listwork(self, depth: int) -> None:
        b, rng = self.b, self.rng
        xs, rows, g = self.pick(FLOATS), self.pick(ROWS), self.pick(FLOAT)
        choices: Sequence[Callable[[], Value]] = (
            lambda: b.op("set_at", xs, g, self.index(), hint=self.hint()),
            lambda: b.op("add_at", xs, g, self.index(), hint=self.hint()),
            lambda: b.op("append", xs, g, hint=self.hint()),
            lambda: b.op("drop_last", b.op("append", xs, g), hint=self.hint()),
            lambda: b.op("set_at", rows, xs, self.index(), hint=self.hint()),
            lambda: b.op("set_at", rows, g, self.index(), self.index(), hint=self.hint()),
            lambda: b.op("add_at", rows, g, self.index(), self.index(), hint=self.hint()),
            lambda: b.op("append", rows, xs, hint=self.hint()),
            lambda: b.op("getitem", rows, self.index(), hint=self.hint()),
            lambda: b.op("getitem", xs, self.index(), hint=self.hint()),
            lambda: b.op("getitem", rows, self.index(), self.index(), hint=self.hint()),
            lambda: b.op("sum_list", xs, hint=self.hint()),
            lambda: b.op("zeros_like", rng.choice([xs, rows]), hint=self.hint()),
            lambda: b.op("list_copy", rng.choice([xs, rows]), hint=self.hint()),
            lambda: b.op("add_lists", xs, xs, hint=self.hint()),
            lambda: b.op("concat", xs, self.pick(FLOATS), hint=self.hint()),
            lambda: b.op("concat", rows, self.pick(ROWS), hint=self.hint()),
            lambda: b.op("len", xs),
            lambda: b.op(
                "set_slice",
                xs,
                b.op("make_list", g, g),
                b.const(0),
                b.const(2),
                present="110",
                hint=self.hint(),
            ),
            lambda: b.op("tuple_get", b.op("make_tuple", xs, g), index=0),
            lambda: self.fresh(rng.choice([FLOATS, ROWS])),
        )
        value = rng.choice(choices)()
        if value.type == INT and not value.is_const():
            value = b.op("mod", value, b.const(4))
        self.keep(value)

    def block(self, depth: int, count: int) -> Block:
        """A child block filled with statements, not yet yielding."""
        block = self.b.new_block()
        return block

    def branch(self, depth: int) -> None:
        b, rng = self.b, self.rng
        cond = self.pick(BOOL)
        if cond.is_const():
            return
        types = [rng.choice(TYPES) for _ in range(rng.randint(1, 3))]
        blocks = []
        for _ in range(2):
            with b.into(b.new_block()) as block:
                self.scope.append([])
                self.statements(rng.randint(0, 3), depth - 1)
                block.yields = [self.some(t) for t in types]
                self.scope.pop()
            blocks.append(block)
        style = {"style": "expr"} if len(types) == 1 and rng.random() < 0.3 else {}
        for result in b.if_(cond, blocks[0], blocks[1], [self.hint() for _ in types], **style):
            self.keep(result)

    def some(self, type_: Type) -> Value:
        return self.pick(type_)

    def carried(self) -> list[Value]:
        return [self.pick(self.rng.choice(TYPES)) for _ in range(self.rng.randint(0, 4))]

    def loop(self, depth: int) -> None:
        b, rng = self.b, self.rng
        inits = self.carried()
        bounds, source = self.bounds()
        body = b.new_block()
        with b.into(body):
            index = body.add_param(INT, rng.choice(["i", "k", ""]))
            params = self.params(body, inits)
            self.scope.append([*params])
            if source is not None:
                self.keep(b.getitem(source, index))
                if rng.random() < 0.4:
                    self.keep(b.op("float", index))
            elif rng.random() < 0.5:
                self.keep(index)
            exits, collects = self.fill(body, inits, params, depth)
            self.scope.pop()
        stmt = b.for_stmt(
            bounds, inits, body, collects=collects, exits=exits, hints=[p.hint for p in params]
        )
        self.results(stmt.results)

    def bounds(self) -> tuple[tuple[Value, Value, Value], Value | None]:
        b, rng = self.b, self.rng
        kind = rng.random()
        if kind < 0.3:
            xs = self.pick(FLOATS)
            return (b.const(0), b.op("len", xs), b.const(1)), xs
        if kind < 0.5:
            xs = self.pick(FLOATS)
            return (b.sub(b.op("len", xs), b.const(1)), b.const(-1), b.const(-1)), xs
        if kind < 0.8:
            return (b.const(0), rng.choice([self.graph.inputs[2], b.const(2)]), b.const(1)), None
        return (
            b.const(rng.choice([0, 1, 3])),
            b.const(rng.choice([0, 4, 5])),
            b.const(rng.choice([1, 2, -1])),
        ), None

    def params(self, block: Block, inits: Sequence[Value]) -> list[Value]:
        hints = [init.hint if self.rng.random() < 0.6 else self.hint() for init in inits]
        return [block.add_param(init.type, hint) for init, hint in zip(inits, hints, strict=True)]

    def fill(
        self, body: Block, inits: Sequence[Value], params: Sequence[Value], depth: int
    ) -> tuple[bool, int]:
        """Statements and yields of a loop's body: carries may be permuted, kept, or new; some
        things are collected.
        """
        b, rng = self.b, self.rng
        self.statements(rng.randint(0, 4), depth - 1)
        if rng.random() < 0.35:
            carried = list(params)
            rng.shuffle(carried)
            carried = [
                c if c.type == p.type else self.pick(p.type)
                for c, p in zip(carried, params, strict=True)
            ]
        else:
            carried = [self.small(self.pick(p.type)) for p in params]
        collected = [self.pick(rng.choice(TYPES)) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
        if collected and rng.random() < 0.3:
            collected[0] = b.op("make_tuple", collected[0], self.pick(FLOAT))
        exits = rng.random() < 0.4
        stop = []
        if exits and rng.random() < 0.6:
            stop, carried = self.leave(carried)
        elif exits:
            stop = [self.pick(BOOL)]
        body.yields = [*stop, *carried, *collected]
        return exits, len(collected)

    def small(self, value: Value) -> Value:
        """Lists that grow in nested loops grow without bound; sums that square do too."""
        if value.type == FLOAT and self.rng.random() < 0.5 and not value.is_const():
            return self.b.op("tanh", value, hint=value.hint)
        return value

    def leave(self, carried: Sequence[Value]) -> tuple[list[Value], list[Value]]:
        """A final ``if`` that says whether the loop ends."""
        b, rng = self.b, self.rng
        cond = self.pick(BOOL)
        if cond.is_const():
            return [cond], list(carried)
        blocks = []
        for k in range(2):
            with b.into(b.new_block()) as block:
                self.scope.append([])
                self.statements(rng.randint(0, 2), 0)
                kept = [c if rng.random() < 0.5 else self.pick(c.type) for c in carried]
                stop = b.const(k == 0) if rng.random() < 0.8 else self.pick(BOOL)
                block.yields = [stop, *kept]
                self.scope.pop()
            blocks.append(block)
        stop, *new = b.if_(cond, blocks[0], blocks[1], ["", *(c.hint for c in carried)])
        return [stop], new

    def whiles(self, depth: int) -> None:
        b, rng = self.b, self.rng
        inits = [b.const(0), *self.carried()]
        cond, body = b.new_block(), b.new_block()
        counter = rng.choice(["k", "n", ""])
        with b.into(body):
            count = body.add_param(INT, counter)
            params = self.params(body, inits[1:])
        with b.into(cond):
            own = [cond.add_param(p.type, p.hint) for p in [count, *params]]
            self.scope.append([v for v in own[1:] if v.type != INT])
            self.statements(rng.choice([0, 0, 0, 1]), 0)
            test = b.op("lt", own[0], b.const(rng.choice([0, 1, 3])))
            if rng.random() < 0.5:
                test = b.select(test, lambda: self.fresh(BOOL), lambda: b.const(False))
            cond.yields = [test]
            self.scope.pop()
        with b.into(body):
            self.scope.append([count, *params])
            exits, collects = self.fill(body, inits[1:], params, depth)
            first = 1 if exits else 0
            body.yields.insert(first, b.op("add", count, b.const(1), hint=counter))
            self.scope.pop()
        stmt = b.while_stmt(
            inits,
            cond,
            body,
            collects=collects,
            exits=exits,
            hints=[counter, *(p.hint for p in params)],
        )
        self.results(stmt.results)

    def results(self, results: Sequence[Value]) -> None:
        for value in results:
            if value.type in TYPES and self.rng.random() < 0.8:
                self.keep(self.b.op("mod", value, self.b.const(5)) if value.type == INT else value)
            elif isinstance(value.type, ListType) and value.type.elem in (INT, BOOL):
                self.keep(self.b.op("mod", self.b.op("len", value), self.b.const(3)))


ARGUMENTS = (
    (0.75, -1.5, 3, [1.0, -2.0, 0.5], [[1.0, 2.0], [3.0, -4.0]]),
    (-2.0, 0.25, 0, [0.5, 4.0], [[-1.0, 0.5, 2.0], [0.25, 1.0]]),
)
