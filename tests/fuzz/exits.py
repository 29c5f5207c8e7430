"""Random programs about the ways out: loops, ``try``, ``with`` and functions inside one another,
left by ``break``, ``continue``, ``return`` and exceptions.

Every statement changes a variable in a way of its own, so that one which runs twice, or in another
order, or not at all, changes the result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fuzz.programs import Pick

HEAD = """import math
from contextlib import contextmanager, suppress


class Low(ValueError):
    pass


class Held:
    def __init__(self, log, v):
        self.log = log
        self.v = v

    def __enter__(self):
        self.log[0] = 0.5 * self.log[0] + self.v
        return self.v

    def __exit__(self, kind, value, trace):
        self.log[0] = math.sin(self.log[0] + 0.25 * self.v)


@contextmanager
def held(log, v):
    log[0] = 0.75 * log[0] - v
    try:
        yield 2.0 * v
    finally:
        log[0] = math.cos(log[0])


"""
ERRORS = ("ValueError", "ZeroDivisionError", "IndexError", "Low")
CAUGHT = (
    "ValueError", "(ValueError, ZeroDivisionError)", "Exception", "ArithmeticError", "LookupError",
    "Low", "IndexError as error",
)  # fmt: skip


class Writer:
    """Writes one module."""

    def __init__(self, pick: Pick, size: int) -> None:
        self.pick = pick
        self.budget = size
        self.lines: list[str] = []
        self.indent = 1
        self.names = 0
        self.loops: list[str] = []  # counters of the loops around this point
        self.helpers: list[str] = []
        self.final = 0  # how many ``finally`` are around this point: no exits there

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

    def number(self) -> str:
        """A factor that no other statement has."""
        self.names += 1
        return f"{0.3 + 0.07 * (self.names % 11):.2f}"

    def value(self) -> str:
        return self.choose("x", "y", "t", "u", *self.loops[-2:], "log[0]")

    def cond(self) -> str:
        kind = self.pick(3)
        if kind == 0 and self.loops:
            return f"{self.loops[-1]} {self.choose('==', '>', '!=')} {self.pick(3)}"
        return f"{self.choose('t', 'u', 'x', 'log[0]')} {self.choose('<', '>')} " + self.choose(
            "0.3", "-0.2", "0.7", "y", "u"
        )

    # -- statements --------------------------------------------------------------------------------

    def statements(self, most: int) -> None:
        for _ in range(1 + self.pick(most)):
            if self.budget <= 0:
                return
            self.budget -= 1
            makers = (
                self.change, self.risk, self.branch, self.loop, self.attempt, self.attempt,
                self.leave, self.leave, self.manage, self.call, self.while_loop,
            )  # fmt: skip
            makers[self.pick(len(makers))]()

    def change(self) -> None:
        if not self.final and self.pick(4) == 3:
            self.line(f"log[0] = math.sin(log[0] + {self.number()} * {self.value()})")
            return
        name = self.choose("t", "u", "t")
        value = self.choose("x", "y", "t", "u") if self.final else self.value()
        self.line(f"{name} = math.sin({self.number()} * {name} + {value})")

    def risk(self) -> None:
        """What may raise."""
        name, c = self.choose("t", "u"), self.number()
        i = self.loops[-1] if self.loops else "1"
        self.line(
            self.choose(
                f"{name} = {c} * math.sqrt({self.value()} + 0.9)",
                f"{name} = {c} + 0.1 * math.log({self.value()} + 0.9)",
                f"{name} = {c} * {name} + 1.0 / ({i} - {self.pick(4)})",
                f"{name} = {c} * [t, u][{i} + {self.pick(2)}]",
            )
        )

    def branch(self) -> None:
        self.line(f"if {self.cond()}:")
        with self.block():
            self.statements(2)
        if self.pick(2):
            self.line("else:")
            with self.block():
                self.statements(2)

    def loop(self) -> None:
        if len(self.loops) >= 2:
            return self.change()
        self.names += 1
        k = f"k{self.names}"
        self.line(f"for {k} in {self.choose('range(3)', 'range(2)', '(0, 2, 1)', 'range(1, 4)')}:")
        self._body(k)

    def while_loop(self) -> None:
        if len(self.loops) >= 2:
            return self.risk()
        self.names += 1
        k = f"k{self.names}"
        self.line(f"{k} = 0")
        self.line(f"while {k} < 3{self.choose('', f' and {self.cond()}')}:")
        with self.block():
            self.line(f"{k} += 1")
        self._body(k)

    def _body(self, k: str) -> None:
        self.loops.append(k)
        outside, self.final = self.final, 0
        with self.block():
            self.statements(3)
            self.change()
        self.loops.pop()
        self.final = outside
        if self.pick(3) == 2:
            self.line("else:")
            with self.block():
                self.statements(2)

    def leave(self) -> None:
        if self.final:
            return self.change()
        sure = self.pick(5) == 4
        if not sure:
            self.line(f"if {self.cond()}:")
        kind = self.pick(6 if self.loops else 2)
        if kind == 1 and self.pick(2) and not sure:
            kind = 0
        text = (
            f"return {self.number()} * t + {self.value()}",
            f"raise {ERRORS[self.pick(4)]}('no')",
            "break",
            "continue",
            "break",
            "continue",
        )[kind]
        self.line(text if sure else f"    {text}")

    def attempt(self) -> None:
        self.line("try:")
        with self.block():
            self.statements(2)
            if self.pick(2):
                self.risk()
        handlers = self.pick(3)
        for _ in range(handlers):
            self.line(f"except {self.choose(*CAUGHT)}:")
            with self.block():
                self.statements(2)
                if self.pick(12) == 11:
                    self.line("raise")
        if handlers and self.pick(3) == 2:
            self.line("else:")
            with self.block():
                self.statements(2)
        if not handlers or self.pick(3) == 2:
            self.line("finally:")
            self.final += 1
            with self.block():
                self.change()
                self.statements(1)
            self.final -= 1

    def manage(self) -> None:
        v = f"{self.number()} * {self.value()}"
        what = self.choose(f"Held(log, {v}) as w", f"held(log, {v}) as w", "suppress(ValueError)")
        self.line(f"with {what}:")
        with self.block():
            if " as w" in what:
                self.line(f"u = math.sin(u + {self.number()} * w)")
            self.statements(2)

    def call(self) -> None:
        if not self.helpers:
            return self.risk()
        name = self.helpers[self.pick(len(self.helpers))]
        self.line(f"t = 0.5 * t + {name}({self.value()}, {self.value()}, log)")

    # -- modules -----------------------------------------------------------------------------------

    def function(self, head: str, most: int) -> str:
        self.lines = [head]
        self.statements(most)
        self.line(f"return t + {self.number()} * u + {self.number()} * log[0]")
        return "\n".join(self.lines)

    def module(self) -> str:
        texts = []
        whole = self.budget
        for k in range(self.pick(2)):
            self.budget = 4
            start = f"def h{k}(x, y, log):\n    t, u = x, 0.5 * y"
            texts.append(self.function(start, 2) + "\n\n\n")
            self.helpers.append(f"h{k}")
        self.budget = whole
        texts.append(self.function("def f(x, y, z):\n    t, u, log = z, x, [y]", 4))
        return HEAD + "".join(texts) + "\n"


def program(pick: Pick, size: int = 8) -> tuple[str, tuple[float, float, float]]:
    """A module's text and a point to differentiate ``f`` at."""
    text = Writer(pick, size + 4).module()
    point = tuple((pick(33) - 16) / 8.0 + offset for offset in (0.0371, -0.0213, 0.0107))
    return text, point  # type: ignore[return-value]
