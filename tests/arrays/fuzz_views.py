"""Random programs about views, aliases and writes in place; run as a script for a long search.

``python -m tests.arrays.fuzz_views SEEDS [START]``. A program may be refused (what a write hits is
not proved); what is taken must have the gradient that differences give."""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import symdiff
from symdiff.errors import SymdiffError
from tests.arrays import differences

SIZE = 4


class Writer:
    """Writes one program over vectors of one size and matrices of two."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.lines: list[str] = []
        self.vectors = ["x", "y"]
        self.parts: list[str] = []  # vectors of other sizes
        self.matrices = ["M"]
        self.indent = "    "
        self.fresh = 0
        self.depth = 0

    def name(self, stem: str) -> str:
        self.fresh += 1
        return f"{stem}{self.fresh}"

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def number(self) -> str:
        v = self.pick.choice(self.vectors)
        at = self.pick.choice(["0", "1", "-1", "i", "2"] if self.depth else ["0", "1", "-1", "2"])
        return self.pick.choice([f"{v}[{at}]", f"{v}.sum()", "0.5", f"M[{at}, 1]", "s"])

    def vector(self) -> str:
        v, w = self.pick.choice(self.vectors), self.pick.choice(self.vectors)
        m = self.pick.choice(self.matrices)
        return self.pick.choice(
            [f"{v}*{w}", f"{v} + 0.3*{w}", f"np.sin({v})", f"{m} @ {v}", f"{v}[::-1] - {w}",
             f"{m}[0]*{v}", f"0.5*{v}", f"np.where({v} > 0, {w}, 0.2*{v})", f"{v}*{self.number()}",
             f"np.concatenate([{v}[1:], {w}[:1]])", f"{m}[:, 1]", f"np.roll({v}, 1)",
             f"1/(1 + np.exp(-{v}))", f"np.log(1 + np.exp({w}))", f"{m}.T @ {v}",
             f"np.concatenate([{v}[:k], {w}[k:]])", f"np.einsum('ij,j->i', {m}, {v})"]
        )

    def bind(self) -> None:
        """A new name: fresh, an alias, or a view."""
        v, m = self.pick.choice(self.vectors), self.pick.choice(self.matrices)
        kind = self.pick.randrange(7)
        if kind < 2:
            new, text = self.name("v"), self.vector()
        elif kind == 2:
            new, text = self.name("v"), v
        elif kind == 3:
            new, text = self.name("v"), self.pick.choice([f"{v}[::-1]", f"{m}[1]", f"{m}[:, 2]",
                                                          f"{m}.T[0]", f"{v}[:]"])
        elif kind == 4:
            new = self.name("p")
            self.line(f"{new} = {self.pick.choice([f'{v}[1:3]', f'{v}[::2]', f'{m}[2, :2]'])}")
            self.parts.append(new)
            return
        elif kind == 5:
            new = self.name("m")
            self.line(f"{new} = {self.pick.choice([m, f'{m}.T', f'0.5*{m}', f'{m}[::-1]'])}")
            self.matrices.append(new)
            return
        else:
            new, text = self.pick.choice(self.vectors), self.vector()
        self.line(f"{new} = {text}")
        if new not in self.vectors:
            self.vectors.append(new)

    def write(self) -> None:
        """A write in place."""
        v, m = self.pick.choice(self.vectors), self.pick.choice(self.matrices)
        at = self.pick.choice(["i", "0", "-1"] if self.depth else ["0", "2", "-1"])
        options = [
            f"{v}[{at}] = {self.number()}", f"{v}[{at}] += {self.number()}",
            f"{v}[1:3] = {self.number()}", f"{v}[1:] *= 0.7", f"{v} *= 0.8",
            f"{v} += {self.vector()}",
            f"{v}[:] = {self.vector()}", f"{v}[{v} > 0.5] = 0.1*{self.number()}",
            f"{m}[{at}] = {self.vector()}", f"{m}[:, 1] += {self.vector()}", f"{m}[0, {at}] *= 0.5",
            f"{m}.T[1] = {self.vector()}", f"{v}[::2] -= {self.number()}",
            f"{v}[::-1][1] = {self.number()}", f"{m}[1][{at}] = {self.number()}",
        ]
        if self.parts:
            p = self.pick.choice(self.parts)
            options += [f"{p}[0] = {self.number()}", f"{p} *= 1.1", f"{p}[:] += {self.number()}",
                        f"{p} += {v}[:len({p})]", f"{p} -= 0.5*{p}[::-1]"]
        options += [f"s += {self.number()}", f"s = 0.9*s + {v}[:k].sum()",
                    f"{v}[:k] += {m}[0, :k]", f"{v}[k:] -= {self.number()}"]
        if len(self.vectors) > 2:
            w = self.pick.choice(self.vectors)
            options.append(f"{v}, {w} = {w}, {v}")
        self.line(self.pick.choice(options))

    def scoped(self, head: str) -> None:
        """A loop or a branch; names made inside are forgotten behind it."""
        saved = (list(self.vectors), list(self.parts), list(self.matrices))
        self.line(head)
        self.indent += "    "
        loop = head.startswith("for")
        self.depth += loop
        for _ in range(self.pick.randrange(1, 4)):
            self.statement()
        self.depth -= loop
        self.indent = self.indent[:-4]
        self.vectors, self.parts, self.matrices = saved

    def statement(self) -> None:
        kind = self.pick.randrange(10)
        if kind < 4:
            self.bind()
        elif kind < 8 or len(self.indent) > 8:
            self.write()
        elif kind == 8:
            self.scoped("for i in range(3):")
        else:
            self.scoped(f"if {self.pick.choice(self.vectors)}[0] > 0.1:")

    def program(self) -> str:
        for _ in range(self.pick.randrange(3, 9)):
            self.statement()
        parts = [f"{k + 1}*np.sum({v}*{v})" for k, v in enumerate(self.vectors)]
        parts += [f"np.sum({m}[1]*{m}[2])" for m in self.matrices]
        parts += [f"0.5*np.sum({p})" for p in self.parts]
        parts.append("s*s")
        body = "\n".join(["    s = 0.3", "    k = len(x)//2", *self.lines])
        total = "\n            + ".join(parts)
        return f"import numpy as np\n\n\ndef f(x, y, M):\n{body}\n    return ({total})\n"


def load(text: str, seed: int, folder: Path) -> Any:
    path = folder / f"views_{seed}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def check(seed: int, folder: Path) -> str:
    """``refused``, ``skipped`` (not smooth there), ``ok``, or what is wrong."""
    text = Writer(seed).program()
    f = load(text, seed, folder)
    rng = np.random.default_rng(seed)
    args = (rng.normal(size=SIZE), rng.normal(size=SIZE), rng.normal(size=(SIZE, SIZE)))
    with np.errstate(all="ignore"):
        try:
            expected = differences.jacobian(f, args, (0, 1, 2)).ravel()
        except AssertionError:
            return "skipped"
        except UnboundLocalError:
            return "skipped"
        if not np.isfinite(expected).all() or np.abs(expected).max() > 1e6:
            return "skipped"
        try:
            g = symdiff.grad(f, (0, 1, 2))
            before = [a.copy() for a in args]
            found = differences.flat(g(*args))
        except SymdiffError as err:
            return f"refused {type(err).__name__}"
    scale = 1e-6 * (1 + np.abs(expected).max())
    if any(not np.array_equal(a, b) for a, b in zip(args, before, strict=True)):
        return f"an argument was changed\n{text}"
    if np.abs(found - expected).max() > scale:
        return f"WRONG\n{text}\n{g.source}\nfound {found}\nexpected {expected}"
    return "ok"


def main(count: int, start: int = 0) -> int:
    totals: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(start, start + count):
            try:
                outcome = check(seed, Path(folder))
            except Exception as err:
                outcome = f"CRASH {type(err).__name__}: {err}\n{Writer(seed).program()}"
            key = outcome.partition("\n")[0][:60]
            totals[key] = totals.get(key, 0) + 1
            if key not in ("ok", "skipped") and not key.startswith("refused"):
                print(f"-- seed {seed}: {outcome}\n")
    print(totals)
    return sum(n for k, n in totals.items() if k.startswith(("WRONG", "CRASH", "an arg")))


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
