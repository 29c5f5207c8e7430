"""Random programs around the shapes of the gate library: ``python -m tests.fuzz.library_gates 60``.

A form of the catalogue, its parameters replaced by random expressions, inside of a random program;
``auto`` and ``whole`` have to give the numbers of ``fine``.
"""

from __future__ import annotations

import ast
import math
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symdiff
from symdiff.library.catalogue import SHAPES

OPERANDS = (
    "a",
    "b",
    "a*b",
    "a - b",
    "-a",
    "2*a",
    "a/b",
    "a + 1",
    "3*b - a",
    "a*a",
    "(a - b)/2",
    "1.7",
)
PROGRAMS = ("return {}", "return ({})*b + a", "return math.sin({})", "w = {}\n    return w*w - a*w")
POINTS = ((0.7, 0.4), (0.31, 1.3), (-0.6, 0.8), (2.2, -1.4))
_FUNCTION = re.compile(r"\b(?!abs)([a-z]\w+)(?=\()|\bpi\b")


class _Operands(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self.names.get(node.id)
        return node if found is None else ast.parse(found, mode="eval").body


def program(rng: random.Random) -> str:
    shape = rng.choice(SHAPES)
    form = rng.choice((shape.form, *shape.others))
    names = {p: rng.choice(OPERANDS) for p in shape.params}
    text = ast.unparse(_Operands(names).visit(ast.parse(form, mode="eval")))
    text = _FUNCTION.sub(lambda m: f"math.{m.group()}", text)
    return "import math\n\n\ndef f(a, b):\n    " + rng.choice(PROGRAMS).format(text) + "\n"


def differs(f: Callable[..., Any]) -> str:
    """Where another granularity gives another number than ``fine``, or none."""
    made = {g: symdiff.value_and_grad(f, (0, 1), granularity=g) for g in ("fine", "auto", "whole")}
    for point in POINTS:
        try:
            value, partials = made["fine"](*point)
        except (ArithmeticError, ValueError):
            continue
        for level in ("auto", "whole"):
            found, others = made[level](*point)
            for x, y in zip((value, *partials), (found, *others), strict=True):
                if math.isfinite(x) and not math.isclose(x, y, rel_tol=1e-8, abs_tol=1e-9):
                    return f"{level} at {point}: {y!r} is not {x!r}"
    return ""


def run(seconds: float, seed: int) -> int:
    """The number of programs that agree; AssertionError with the first that does not."""
    rng, until, count = random.Random(seed), time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until:
            text = program(rng)
            path = Path(folder) / f"program_{count}.py"
            path.write_text(text, encoding="utf-8")
            space: dict[str, Any] = {}
            exec(compile(text, str(path), "exec"), space)
            wrong = differs(space["f"])
            assert not wrong, f"{wrong}\n{text}"
            count += 1
    return count


@pytest.mark.fuzz
def test_programs_around_gates() -> None:
    assert run(60.0, seed=3) > 100


if __name__ == "__main__":
    print(run(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0, seed=int(time.time())), "agree")
