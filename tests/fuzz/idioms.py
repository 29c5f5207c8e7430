"""Random programs of the idioms that people write, beside all that :mod:`language` writes.

An idiom is a template (see :mod:`tests.fuzz.idiom_texts`).  In it, ``%name`` is a name that is new
in each use, ``<<a|b>>`` one of the alternatives, ``@E`` an expression, ``@e`` a small one, ``@C`` a
condition, ``@N`` a variable that holds a float, and a line ``@S`` one or two statements.  The last
line, ``=> ...``, lists the floats that the program may use from there on."""

from __future__ import annotations

import re

from tests.fuzz.idiom_texts import IDIOMS, PARTS
from tests.fuzz.language import Language
from tests.fuzz.programs import Pick, Scope

_CHOICE = re.compile(r"<<((?:(?!<<|>>).)*)>>", re.DOTALL)
_FRESH = re.compile(r"%([a-z]+)")
_HOLE = re.compile(r"@([EeCN])")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Idioms(Language):
    """The generator of :mod:`language` with further statements."""

    def statement(self, s: Scope) -> None:
        if self.pick(5) < 2 or s.loops >= 2:
            return super().statement(s)
        self.idiom(s)

    def settled(self, template: str) -> str:
        """A template with its alternatives chosen, innermost first, and its names made."""
        while "<<" in template:
            template = _CHOICE.sub(lambda m: self.choose(m[1].split("|")), template, count=1)
        names: dict[str, str] = {}

        def fresh(m: re.Match[str]) -> str:
            if m[1] not in names:
                names[m[1]] = self.fresh(m[1])
            return names[m[1]]

        return _FRESH.sub(fresh, template)

    def filled(self, text: str, s: Scope) -> str:
        """A line with its holes filled."""

        def expression(m: re.Match[str]) -> str:
            if m[1] == "E":
                return self.bounded(s)
            if m[1] == "e":
                return self.expr(s, 1)
            return self.cond(s, 1) if m[1] == "C" else self.variable(s)

        return _HOLE.sub(expression, text)

    def variable(self, s: Scope) -> str:
        return self.choose([n for n in s.floats if n.isidentifier()])

    def idiom(self, s: Scope) -> None:
        template = IDIOMS[self.pick(len(IDIOMS))]
        *lines, last = self.settled(template.strip("\n")).split("\n")
        depth, scopes, loops = 0, [s], 0
        for line in lines:
            text = line.lstrip()
            level = (len(line) - len(text)) // 4
            while depth < level:  # a block begins: what it binds is not for certain outside
                depth += 1
                scopes.append(scopes[-1].inner(loops=scopes[-1].loops + loops, growing=False))
            depth, scopes = level, scopes[: level + 1]
            self.indent += level
            if text == "@S":
                self.budget = max(self.budget, 1)
                self.statements(scopes[-1], 2)
            else:
                self.line(self.filled(text, scopes[-1]))
            self.indent -= level
            loops = int(text.startswith(("for ", "while ")))
        s.floats += [n for n in last.removeprefix("=>").replace(" ", "").split(";") if n]

    def module(self) -> str:
        text = super().module()
        used = {m.group() for m in _WORD.finditer(text)}
        parts: list[str] = []
        for name, part in reversed(PARTS.items()):  # a part may use those before it
            if name in used:
                settled = self.settled(part.strip("\n"))
                used |= {m.group() for m in _WORD.finditer(settled)}
                parts.insert(0, settled)
        imports = [p for p in parts if p.startswith(("import", "from"))]
        rest = [p for p in parts if p not in imports]
        head = "\n".join(["import math", *imports])
        return text.replace("import math\n", head + "\n\n\n" + "\n\n\n".join(rest) + "\n", 1)


def program(pick: Pick, size: int = 6) -> tuple[str, tuple[float, float, float]]:
    """A module's text and a point to differentiate ``f`` at."""
    text = Idioms(pick, size).module()
    point = tuple((pick(33) - 16) / 8.0 + offset for offset in (0.0371, -0.0213, 0.0107))
    return text, point  # type: ignore[return-value]
