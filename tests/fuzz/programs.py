"""Random programs of the subset, as source text.

One generator serves Hypothesis (which shrinks) and plain `random` (which is quick): it only ever
asks ``pick(n)`` for an int below n, and 0 is always the simplest choice.  Values stay bounded: what
is assigned inside a loop is squashed, divisions are by 1 + b*b, and every loop has a literal bound
on its trips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Pick = Callable[[int], int]

FUNCTION = """import math


{helpers}def f(x, y, z):
{body}
"""


@dataclass
class Scope:
    """Names that are bound for certain at a point of a function."""

    floats: list[str]
    ints: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    loops: int = 0  # loops around this point
    growing: bool = True  # lists may be appended to here

    def inner(self, **more: object) -> Scope:
        new = Scope(list(self.floats), list(self.ints), list(self.lists), self.loops, self.growing)
        for key, value in more.items():
            setattr(new, key, value)
        return new


class Generator:
    """Writes one module: helper functions and ``f(x, y, z)``."""

    def __init__(self, pick: Pick, size: int = 12) -> None:
        self.pick = pick
        self.budget = size
        self.lines: list[str] = []
        self.indent = 1
        self.names = 0
        self.helpers: list[tuple[str, int]] = []

    # -- text --------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    @contextmanager
    def block(self) -> Iterator[None]:
        self.indent += 1
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.line("pass")
        self.indent -= 1

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def choose(self, items: list[str]) -> str:
        return items[self.pick(len(items))]

    # -- expressions -------------------------------------------------------------------------------

    def atom(self, s: Scope) -> str:
        kind = self.pick(6)
        if kind == 3:
            return self.choose(["0.5", "2.0", "-1.5", "3", "0.125"])
        if kind == 4 and s.ints:
            return self.choose(s.ints)
        if kind == 5 and s.lists:
            return self.element(s)
        return self.choose(s.floats)

    def element(self, s: Scope) -> str:
        v = self.choose(s.lists)
        index = self.choose(
            [
                "0",
                "1",
                "-1",
                "2",
                "-2",
                *(f"({i} + 1) % 3" for i in s.ints),
                *(f"{i} % 3" for i in s.ints),
            ]
        )
        return f"{v}[{index}]"

    def expr(self, s: Scope, depth: int = 2) -> str:
        if depth == 0:
            return self.atom(s)
        kind = self.pick(18)
        if kind <= 1:
            return self.atom(s)
        a = self.expr(s, depth - 1)
        if kind <= 5:
            return f"({a} {'+-**'[kind - 2]} {self.expr(s, depth - 1)})"
        if kind <= 9:
            return f"math.{('sin', 'cos', 'tanh', 'atan')[kind - 6]}({a})"
        if kind == 17 and self.helpers:
            name, arity = self.helpers[self.pick(len(self.helpers))]
            return f"{name}({', '.join(self.expr(s, depth - 1) for _ in range(arity))})"
        b = self.expr(s, depth - 1)
        if kind == 14:
            return f"({a} if {self.cond(s, depth - 1)} else {b})"
        if kind == 15:
            return f"{('max', 'min')[self.pick(2)]}({a}, {b})"
        if kind == 16:
            return (f"abs({a})", f"math.log(1.0 + {a} * {a})")[self.pick(2)]
        return {
            10: f"{a} / (1.0 + {b} * {b})",
            11: f"math.exp(-math.fabs(math.sin({a})))",
            12: f"math.sqrt(1.0 + {a} * {a})",
            13: f"1 / (1 + math.exp(-math.sin({a})))",
            17: f"(-{a}) ** 2",
        }[kind]

    def bounded(self, s: Scope) -> str:
        """What may be assigned again and again without growing."""
        e = self.expr(s)
        if not s.loops:
            return e
        return (f"math.sin({e})", f"math.tanh({e})", f"0.5 * math.cos({e})")[self.pick(3)]

    def cond(self, s: Scope, depth: int = 2) -> str:
        kind = self.pick(8)
        low = min(depth, 1)
        if kind >= 5 and depth > 0:
            a, b = self.cond(s, depth - 1), self.cond(s, depth - 1)
            return (f"({a} and {b})", f"({a} or {b})", f"not ({a})")[kind - 5]
        if kind == 4 and s.ints:
            i = self.choose(s.ints)
            return (f"{i} % 2 == 0", f"{i} > 1", f"{i} != 2")[self.pick(3)]
        if kind == 3:
            return f"-0.7 < {self.expr(s, low)} < {self.expr(s, low)}"
        return f"{self.expr(s, low)} {'<>'[self.pick(2)]} {self.expr(s, low)}"

    # -- statements --------------------------------------------------------------------------------

    def statements(self, s: Scope, most: int) -> None:
        for _ in range(1 + self.pick(most)):
            if self.budget <= 0:
                return
            self.budget -= 1
            self.statement(s)

    def statement(self, s: Scope) -> None:
        makers = (
            self.assign, self.augment, self.swap, self.conditional, self.for_loop, self.while_loop,
            self.leave, self.list_statement, self.list_statement, self.conditional, self.over_list,
            self.unpack,
        )  # fmt: skip
        makers[self.pick(len(makers))](s)

    def assign(self, s: Scope) -> None:
        value = self.bounded(s)
        name = self.fresh("t") if self.pick(2) else self.choose(s.floats)
        self.line(f"{name} = {value}")
        if name not in s.floats:
            s.floats.append(name)

    def augment(self, s: Scope) -> None:
        name = self.choose(s.floats)
        kind = self.pick(4)
        value = self.bounded(s)
        text = ("{} += {}", "{} -= {}", "{} *= math.cos({})", "{} /= 1.5 + math.sin({})")[kind]
        self.line(text.format(name, value))

    def swap(self, s: Scope) -> None:
        a, b = self.choose(s.floats), self.choose(s.floats)
        if a == b:
            return self.assign(s)
        other = a if self.pick(2) == 0 else self.bounded(s)
        self.line(f"{a}, {b} = {b}, {other}")

    def unpack(self, s: Scope) -> None:
        a, b, c = self.fresh("p"), self.choose(s.floats), self.fresh("q")
        if self.pick(2):
            self.line(
                f"({a}, {b}), {c} = ({self.bounded(s)}, {self.bounded(s)}), {self.bounded(s)}"
            )
        else:
            self.line(f"{a} = {c} = {self.bounded(s)}")
        s.floats += [a, c]

    def conditional(self, s: Scope) -> None:
        self.line(f"if {self.cond(s)}:")
        with self.block():
            self.statements(s.inner(), 3)
        kind = self.pick(3)
        if kind == 2:
            self.line(f"elif {self.cond(s)}:")
            with self.block():
                self.statements(s.inner(), 2)
        if kind:
            self.line("else:")
            with self.block():
                self.statements(s.inner(), 2)

    def loop_body(self, inner: Scope, outer: Scope) -> None:
        with self.block():
            self.statements(inner, 4)
        if self.pick(5) == 4:
            self.line("else:")
            with self.block():
                self.statements(outer.inner(), 2)

    def for_loop(self, s: Scope) -> None:
        if s.loops >= 3:
            return self.assign(s)
        old = [
            n for n in s.ints if n.startswith("i")
        ]  # a while's counter is not reused: it would never end
        i = self.choose(old) if old and self.pick(4) == 3 else self.fresh("i")
        bounds = ["3", "2", "4", "0, 5, 2", "3, 0, -1", "1", "0"]
        if s.ints:
            bounds += [self.choose(s.ints), f"1, {self.choose(s.ints)} + 1"]
        self.line(f"for {i} in range({self.choose(bounds)}):")
        inner = s.inner(loops=s.loops + 1)
        if i not in inner.ints:
            inner.ints.append(i)
        self.loop_body(inner, s)

    def over_list(self, s: Scope) -> None:
        if s.loops >= 2 or not s.lists:
            return self.for_loop(s)
        v = self.choose(s.lists)
        e = self.fresh("e")
        inner = s.inner(loops=s.loops + 1, growing=False)
        inner.floats.append(e)
        kind = self.pick(4)
        inner.lists = []  # a list is neither read nor written while it is gone through
        if kind == 0:
            self.line(f"for {e} in {v}:")
        elif kind == 1:
            i = self.fresh("i")
            inner.ints.append(i)
            self.line(f"for {i}, {e} in enumerate({v}):")
        elif kind == 2:
            self.line(f"for {e} in reversed({v}):")
        else:
            other = self.fresh("e")
            inner.floats.append(other)
            self.line(f"for {e}, {other} in zip({v}, {self.choose(s.lists)}):")
        self.loop_body(inner, s)

    def while_loop(self, s: Scope) -> None:
        if s.loops >= 2:
            return self.assign(s)
        k = self.fresh("k")
        self.line(f"{k} = 0")
        test = f"{k} < {2 + self.pick(4)}"
        if self.pick(2):
            test += f" and {self.cond(s, 1)}"
        self.line(f"while {test}:")
        inner = s.inner(loops=s.loops + 1)
        inner.ints.append(k)
        self.indent += 1
        self.line(f"{k} += 1")
        self.indent -= 1
        self.loop_body(inner, s)

    def leave(self, s: Scope) -> None:
        """break, continue or return, under a condition."""
        kind = self.pick(3) if s.loops else 2
        self.line(f"if {self.cond(s)}:")
        with self.block():
            if self.pick(2):
                self.statements(s.inner(), 1)
            self.line(("break", "continue", f"return {self.expr(s)}")[kind])

    def list_statement(self, s: Scope) -> None:
        if not s.lists or (not s.loops and self.pick(4) == 3):
            v = self.fresh("v")
            parts = [self.bounded(s) for _ in range(3)]
            self.line((f"{v} = [{', '.join(parts)}]", f"{v} = [{parts[0]}] * 3")[self.pick(2)])
            s.lists.append(v)
            return
        kind = self.pick(5)
        if kind == 4 and s.growing:
            self.line(f"{self.choose(s.lists)}.append({self.bounded(s)})")
        elif kind == 3:
            self.line(
                f"{self.element(s)}, {self.element(s)} = {self.bounded(s)}, {self.element(s)}"
            )
        else:
            mark = ("=", "=", "+=", "-=", "=")[kind]
            self.line(f"{self.element(s)} {mark} {self.bounded(s)}")

    # -- modules -----------------------------------------------------------------------------------

    def function(self, params: list[str]) -> str:
        self.lines = []
        s = Scope(list(params))
        self.statements(s, 6)
        tail = [self.expr(s)]
        tail += [f"{self.element(s)}"] if s.lists else []
        self.line(f"return {' + '.join(tail)}")
        return "\n".join(self.lines)

    def module(self) -> str:
        texts = []
        whole = self.budget
        for k in range(self.pick(3)):
            self.budget = 3 + self.pick(3)
            params = ["a", "b"][: 1 + self.pick(2)]
            body = self.function(params)
            texts.append(f"def h{k}({', '.join(params)}):\n{body}\n\n\n")
            self.helpers.append((f"h{k}", len(params)))
        self.budget = whole
        return FUNCTION.format(helpers="".join(texts), body=self.function(["x", "y", "z"]))


def program(pick: Pick, size: int = 12) -> tuple[str, tuple[float, float, float]]:
    """A module's text and a point to differentiate ``f`` at (off the round numbers, where ties
    would sit).
    """
    text = Generator(pick, size).module()
    point = tuple((pick(33) - 16) / 8.0 + offset for offset in (0.0371, -0.0213, 0.0107))
    return text, point  # type: ignore[return-value]
