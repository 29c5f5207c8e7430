"""Random programs about lists: shared names, rows, slices, growth, exits and helpers that write.

What a write hits is what such programs are about.  symdiff may refuse one (a write whose target
depends on the path), but what it takes must be right.  Where ``programs`` bounds its values by
squashing them, these stay small by being short; steep ones are skipped by the check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.fuzz.programs import Pick

MODULE = """def first_above(t, zs):
    for z in zs:
        if z > t:
            return z
    return t * 2


def write(zs, t):
    if t > 1:
        zs[0] = t
        return zs[-1]
    zs.append(t * 0.5)
    return t


def f(x, y, z):
    xs = [x, y, z]
    m = [[x, 2.0], [y, z, 0.5]]
    a = x
    b = 1
    p = [x, 2]
    q = xs
{body}
    return (a + b * 2 + x * 3 + y * 5 + p[0] + 7 * q[-1] + 11 * sum(xs) + 13 * sum(p) + len(q)
            + m[0][0] * 3 + sum(m[1]) * m[-1][0])
"""


class Generator:
    """Writes one ``f(x, y, z)``."""

    def __init__(self, pick: Pick, size: int) -> None:
        self.pick = pick
        self.budget = size
        self.lines: list[str] = []
        self.indent = 1
        self.loops = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def choose(self, *items: str) -> str:
        return items[self.pick(len(items))]

    @contextmanager
    def block(self) -> Iterator[None]:
        self.indent += 1
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.line("pass")
        self.indent -= 1

    # -- expressions -------------------------------------------------------------------------------

    def name(self) -> str:
        return self.choose("x", "y", "a", "b")

    def list_(self) -> str:
        return self.choose("xs", "p", "q", "m[0]", "m[1]", "m[-1]")

    def bare_list(self) -> str:
        return self.choose("xs", "p", "q")

    def index(self) -> str:
        return self.choose("0", "-1", "1")

    def num(self, depth: int = 2) -> str:
        kind = self.pick(9 if depth else 4)
        if kind < 3:
            return self.name()
        if kind == 3:
            return self.choose("1", "2.0", "0.5", "-3", "1.25")
        if kind == 7:
            return f"{self.list_()}[{self.index()}]"
        left, right = self.num(depth - 1), self.num(depth - 1)
        if kind == 8:
            return f"({left} if {self.cond(depth - 1)} else {right})"
        return (f"({left} + {right})", f"({left} * 0.5 * {right})", f"({left} - {right})")[kind - 4]

    def cond(self, depth: int = 1) -> str:
        test = f"{self.num(0)} {self.choose('<', '>', '<=', '!=')} {self.num(max(depth - 1, 0))}"
        if depth and self.pick(5) == 4:
            return f"({test} {self.choose('and', 'or')} {self.cond(0)})"
        return test

    # -- statements --------------------------------------------------------------------------------

    def statements(self, most: int) -> None:
        for _ in range(1 + self.pick(most)):
            if self.budget <= 0:
                return
            self.budget -= 1
            makers: tuple[Callable[[], None], ...] = (
                self.assign, self.write, self.grow, self.rebind, self.conditional, self.loop,
                self.while_loop, self.leave, self.call, self.slice_, self.row, self.assign,
                self.conditional, self.loop,
            )  # fmt: skip
            makers[self.pick(len(makers))]()

    def assign(self) -> None:
        mark = self.choose("=", "=", "+=")
        self.line(f"{self.choose('a', 'b', 'x', 'y')} {mark} {self.num()}")

    def write(self) -> None:
        mark = self.choose("=", "=", "+=", "*=")
        self.line(f"{self.list_()}[{self.index()}] {mark} {self.num()}")

    def grow(self) -> None:
        kind = self.pick(5)
        xs = self.list_()
        if kind == 4:
            self.line(f"{self.choose('a', 'b')} = {xs}.pop()")
        elif kind == 3:
            self.line(f"{xs} += [{self.num()}, {self.num()}]")
        elif kind == 2:
            self.line(f"{xs}.extend({self.bare_list()})")
        else:
            self.line(f"{xs}.append({self.num()})")

    def rebind(self) -> None:
        xs, ys = self.bare_list(), self.bare_list()
        kind = self.pick(5)
        if kind == 4:
            i, j = self.index(), self.index()
            self.line(f"{xs}[{i}], {xs}[{j}] = {xs}[{j}], {xs}[{i}]")
        elif kind == 3:
            self.line(f"{xs} = [{self.num()}, {self.num()}]")
        elif kind == 2:
            self.line(f"{xs}, {ys} = {ys}, {xs}")
        else:
            self.line(f"{xs} = {self.list_()}{('', '[:]')[kind]}")

    def slice_(self) -> None:
        bounds = self.choose(":1", "1:", ":-1", "-1:", "1:2", ":", "5:", "2:1", "::2", "::-1")
        if self.pick(2):
            self.line(f"{self.bare_list()} = {self.list_()}[{bounds}]")
        elif "::" in bounds:
            self.line(f"{self.bare_list()}[:2] = {self.list_()}[{bounds}]")
        else:
            new = self.choose(f"[{self.num()}]", f"[{self.num()}, {self.num()}]", self.list_())
            self.line(f"{self.list_()}[{bounds}] = {new}")

    def row(self) -> None:
        kind = self.pick(7)
        if kind == 0:
            self.line(f"m[{self.index()}] = [{self.num()}, {self.num()}]")
        elif kind == 1:
            self.line(f"m.append([{self.num()}])")
        elif kind == 2:
            self.line(f"m[{self.index()}] = {self.list_()}{self.choose('[:]', '')}")
        elif kind == 3:
            self.line(f"m = [[e * {self.num(0)} for e in r] for r in m]")
        elif kind == 4:
            self.line(f"m = {self.choose('m[:]', '[r for r in m]', 'm[::-1]', 'm * 2')}")
        elif kind == 5:
            self.line("m[0], m[1] = m[1], m[0]")
        else:
            self.line("for r in m:")
            with self.block():
                self.line(
                    self.choose(
                        f"r[{self.index()}] = {self.num()}",
                        f"r.append({self.num()})",
                        f"r = [{self.num()}]",
                        "a += r[-1]",
                    )
                )

    def conditional(self) -> None:
        if self.indent > 3:
            return self.assign()
        self.line(f"if {self.cond()}:")
        with self.block():
            self.statements(3)
        if self.pick(2):
            self.line("else:")
            with self.block():
                self.statements(3)

    def loop(self) -> None:
        if self.indent > 3:
            return self.write()
        v = self.choose("i", "j", "k")
        iterable = self.choose(
            f"range({self.pick(4)})",
            self.list_(),
            f"(1.0, x, {self.num(1)})",
            f"reversed(range(1, {1 + self.pick(3)}))",
            f"{self.bare_list()}[:]",
        )
        self.line(f"for {v} in {iterable}:")
        self.loops += 1
        with self.block():
            self.line(f"{self.name()} += {v} * 0.5")
            self.statements(3)
        self.loops -= 1
        if self.pick(4) == 3:
            self.line("else:")
            with self.block():
                self.statements(1)

    def while_loop(self) -> None:
        if self.indent > 2:
            return self.grow()
        self.line("n = 0")
        self.line(f"while n < {self.pick(4)} and {self.cond()}:")
        self.loops += 1
        with self.block():
            self.line("n += 1")
            self.statements(3)
        self.loops -= 1

    def leave(self) -> None:
        self.line(f"if {self.cond()}:")
        kind = self.pick(3) if self.loops else 2
        with self.block():
            self.line(("break", "continue", f"return {self.num()}")[kind])

    def call(self) -> None:
        target = self.choose("a", "b", "x", "y")
        kind = self.pick(3)
        if kind == 0:
            self.line(f"{target} = first_above({self.num()}, {self.list_()})")
        elif kind == 1:
            self.line(f"{target} = write({self.list_()}, {self.num()})")
        else:
            self.line(f"{target} = sum(v * {self.num()} for v in {self.list_()})")


def program(pick: Pick, size: int = 12) -> tuple[str, tuple[float, float, float]]:
    """A module's text and a point to differentiate ``f`` at."""
    generator = Generator(pick, size)
    generator.statements(size)
    point = tuple((pick(17) - 8) / 4.0 + offset for offset in (0.0371, -0.0213, 0.0107))
    return MODULE.format(body="\n".join(generator.lines)), point  # type: ignore[return-value]
