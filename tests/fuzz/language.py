"""Random programs of more of the language: objects that change, dicts, records collected in loops,
``try`` in every form, beside all that :mod:`programs` writes.

What an object or a dict holds is a name like any other here: ``p1.u`` and ``d2["a"]`` are read,
assigned, swapped and added to wherever a number is."""

from __future__ import annotations

from tests.fuzz.programs import Generator, Pick, Scope

CLASSES = '''class Pair:
    def __init__(self, u, w=0.5):
        self.u = u
        self.w = w

    def step(self, d):
        self.u = (self.u + d) / (1.0 + (self.u + d) ** 2)
        self.w *= 0.5

    def norm(self):
        return 1.0 / (1.0 + self.u * self.u + self.w * self.w)

    @property
    def gap(self):
        return self.u - self.w

    def __add__(self, other):
        return Pair(0.5 * (self.u + other.u), 0.5 * (self.w - other.w))

    def __mul__(self, factor):
        return Pair(self.u * factor / (1.0 + factor * factor), self.w)


'''


class Language(Generator):
    """The generator of :mod:`programs` with further statements."""

    def statement(self, s: Scope) -> None:
        makers = (
            super().statement, super().statement, self.new_object, self.change, self.new_dict,
            self.over_dict, self.attempt, self.attempt, self.records, self.nested_exit,
        )  # fmt: skip
        makers[self.pick(len(makers))](s)

    def objects(self, s: Scope) -> list[str]:
        return [n[:-2] for n in s.floats if n.endswith(".u")]

    def dicts(self, s: Scope) -> list[str]:
        return [n[: -len('["a"]')] for n in s.floats if n.endswith('["a"]')]

    # -- objects and dicts -------------------------------------------------------------------------

    def new_object(self, s: Scope) -> None:
        known = self.objects(s)
        p = self.fresh("p")
        if known and self.pick(2):
            a, b = self.choose(known), self.choose(known)
            made = (f"{a} + {b}", f"{a} * ({self.bounded(s)})", a)[self.pick(3)]
        else:
            made = f"Pair({self.bounded(s)}, w={self.bounded(s)})"
        self.line(f"{p} = {made}")
        s.floats += [f"{p}.u", f"{p}.w"]

    def change(self, s: Scope) -> None:
        known = self.objects(s)
        if not known:
            return self.new_object(s)
        p = self.choose(known)
        kind = self.pick(3)
        if kind == 0:
            self.line(f"{p}.step({self.bounded(s)})")
        elif kind == 1:
            t = self.fresh("t")
            self.line(f"{t} = math.tanh({p}.norm() * {p}.gap)")
            s.floats.append(t)
        else:
            self.line(f"{p} = {p} + {self.choose(known)}")

    def new_dict(self, s: Scope) -> None:
        known = self.dicts(s)
        if known and self.pick(2):
            d = self.choose(known)
            key = self.choose(["a", "b", "c"])
            text = ('{0}["{1}"] = {2}', '{0}.update({1}={2})', '{0}["{1}"] = {0}.get("c", {2})')
            self.line(text[self.pick(3)].format(d, key, self.bounded(s)))
            return
        d = self.fresh("d")
        self.line(f'{d} = {{"a": {self.bounded(s)}, "b": {self.bounded(s)}}}')
        s.floats += [f'{d}["a"]', f'{d}["b"]']

    def over_dict(self, s: Scope) -> None:
        known = self.dicts(s)
        if not known or s.loops >= 2:
            return self.new_dict(s)
        d, key, value = self.choose(known), self.fresh("key"), self.fresh("e")
        inner = s.inner(loops=s.loops + 1)
        kind = self.pick(3)
        if kind == 0:
            self.line(f"for {key}, {value} in {d}.items():")
            inner.floats.append(value)
        elif kind == 1:
            self.line(f"for {value} in {d}.values():")
            inner.floats.append(value)
        else:
            self.line(f"for {key} in {d}:")
            inner.floats.append(f"{d}[{key}]")
        inner.floats = [n for n in inner.floats if not n.startswith(f"{d}[\"")]
        self.loop_body(inner, s)

    def records(self, s: Scope) -> None:
        """A list of dicts or tuples, collected in a loop, then run over."""
        if s.loops >= 2:
            return self.assign(s)
        rs, k, r = self.fresh("rs"), self.fresh("k"), self.fresh("r")
        self.line(f"{rs} = []")
        self.line(f"{k} = 0")
        self.line(f"while {k} < {1 + self.pick(3)}:")
        inner = s.inner(loops=s.loops + 1, growing=False)
        inner.ints.append(k)
        a, b = self.bounded(inner), self.bounded(inner)
        keyed = self.pick(2)
        with self.block():
            self.line(f"{k} += 1")
            record = f'{{"a": {a}, "b": {b}}}' if keyed else f"({a}, {b})"
            self.line(f"{rs}.append({record})")
        self.line(f"for {r} in {rs}:")
        body = s.inner(loops=s.loops + 1, growing=False)
        body.floats += [f'{r}["a"]', f'{r}["b"]'] if keyed else [f"{r}[0]", f"{r}[1]"]
        t = self.choose([n for n in s.floats if n.isidentifier()])
        with self.block():
            self.line(f"{t} = math.tanh({t} + {self.expr(body, 1)} * {body.floats[-1]})")

    # -- control flow ------------------------------------------------------------------------------

    def attempt(self, s: Scope) -> None:
        """``try`` around what may raise, with ``else`` and ``finally`` now and then."""
        t = self.choose([n for n in s.floats if n.isidentifier()])
        self.line("try:")
        inner = s.inner()
        with self.block():
            if self.pick(2):
                self.statements(inner, 2)
            e = self.expr(inner, 1)
            kind = self.pick(4)
            if kind == 0:
                self.line(f"{t} = math.sin(math.sqrt({e} + 0.0137))")
            elif kind == 1:
                self.line(f"{t} = math.tanh(math.log({e} + 0.0137) / 3.0)")
            elif kind == 2:
                self.line(f"if {self.cond(inner)}:")
                self.line("    raise ValueError('no')")
                self.line(f"{t} = math.cos({e})")
            else:
                self.line(f"{t} = math.atan(1.0 / {self.choose(['0.0', e])})")
            if self.pick(3) == 2:
                self.statements(inner, 1)
        caught = self.choose(["ValueError", "(ValueError, ArithmeticError)", "Exception"])
        self.line(f"except {caught}:")
        with self.block():
            self.statements(s.inner(), 2)
        tail = self.pick(4)
        if tail == 2:
            self.line("else:")
            with self.block():
                self.statements(s.inner(), 1)
        elif tail == 3:
            self.line("finally:")
            with self.block():
                self.line(f"{t} = math.sin({t})")

    def nested_exit(self, s: Scope) -> None:
        """Two loops, an exit from the inner one, and an ``else`` that leads out of both."""
        if s.loops >= 2:
            return self.assign(s)
        i, j = self.fresh("i"), self.fresh("i")
        t = self.choose([n for n in s.floats if n.isidentifier()])
        self.line(f"for {i} in range(3):")
        outer = s.inner(loops=s.loops + 1)
        outer.ints.append(i)
        with self.block():
            self.line(f"for {j} in range({self.choose(['2', '3', i])}):")
            inner = outer.inner(loops=s.loops + 2)
            inner.ints.append(j)
            with self.block():
                self.statements(inner, 2)
                self.line(f"if {self.cond(inner)}:")
                self.line(f"    {self.choose(['break', 'continue', f'return {t}', 'break'])}")
                self.line(f"{t} = math.sin({t} + {self.expr(inner, 1)})")
            self.line("else:")
            with self.block():
                self.statements(outer.inner(), 1)
                self.line(self.choose(["continue", "pass"]))
            self.line(f"if {self.cond(outer)}:")
            self.line("    break")

    def module(self) -> str:
        return super().module().replace("import math\n\n\n", f"import math\n\n\n{CLASSES}", 1)


def program(pick: Pick, size: int = 8) -> tuple[str, tuple[float, float, float]]:
    """A module's text and a point to differentiate ``f`` at."""
    text = Language(pick, size).module()
    point = tuple((pick(33) - 16) / 8.0 + offset for offset in (0.0371, -0.0213, 0.0107))
    return text, point  # type: ignore[return-value]
