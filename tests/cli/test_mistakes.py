"""What a new user does wrong: each mistake is told with what it is and what to write instead, by
its exit code, and never by a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symdiff.cli import main, reports

Run = Callable[..., Result]
SOURCE = """\
import math
from dataclasses import dataclass
from typing import NamedTuple


class Vector(NamedTuple):
    x: float
    y: float


@dataclass
class Point:
    x: float
    y: float


class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x, y):
        return self.k*(x - y)**2

    @classmethod
    def cube(cls, x):
        return x**3


model = Model(2.5)


def square(x):
    return x*x


def total(*xs):
    return sum(x*x for x in xs)


def options(x, **given):
    return x*given["a"] + math.sin(given["b"])


def norm(p: Point):
    return math.sqrt(p.x**2 + p.y**2)


def dot(a: Vector, b: Vector):
    return a.x*b.x + a.y*b.y


class Odd(Exception):
    pass


def picky(x):
    if x > 1:
        raise Odd("too large")
    return x*x


def cube_of(x):
    return x**3


def whole(n: int):
    return n*2


def nothing():
    return 1.0
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("grad", "square")`` in the file's folder, in this process."""
    (tmp_path / "novice.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def call(command: str, function: str, *options: str) -> Result:
        monkeypatch.delitem(sys.modules, "novice", raising=False)
        place = function if ".py" in function else f"novice.py:{function}"
        return CliRunner().invoke(main, [command, place, *options])

    return call


MISTAKES = [
    (2, "there is no file 'novic.py'", "did you mean novice.py?", ["grad", "novic.py:square"]),
    (2, "there is no file 'q.py'", "the path is taken from", ["grad", "q.py:square"]),
    (2, "'novice.py' is not FILE.py:FUNC", "novice.py:FUNC", ["grad", "novice.py"]),
    (2, "has no 'squar'", "did you mean square?", ["grad", "squar"]),
    (2, "is a class", "novice.py:Model.METHOD", ["grad", "Model"]),
    (2, "is a Model", "name one of", ["grad", "model"]),
    (2, "--at 'x'", "quote it", ["check", "square", "--at", "x"]),
    (2, "no value for y", "add y=...", ["check", "model.loss", "--at", "x=1"]),
    (2, "not NAME=TYPE", "--arg x=float", ["check", "square", "--arg", "x"]),
    (2, "'xx' is not a parameter of square(x)", "mean x?", ["check", "square", "--at", "xx=1"]),
    (2, "no.npy cannot be read: No such", "numpy.save", ["check", "square", "--at", "x=@no.npy"]),
    (2, "Point has 2 parts", "in this order: x, y", ["check", "norm", "--at", "p=(1,)"]),
    (2, "Point has 2 parts", "x, y", ["check", "norm", "--at", "p={'x': 1.0, 'z': 2.0}"]),
    (2, "given is 3, no dict", "given={...}", ["check", "options", "--at", "x=1,given=3"]),
    (2, "xs is 3, no list", "xs=[1.0, 2.0]", ["check", "total", "--at", "xs=3"]),
    (2, "ends in neither", "graph.svg", ["graph", "square", "-o", "graph.png"]),
    (1, "no float argument to differentiate: n is int", "a float", ["compare", "whole"]),
    (1, "it has no parameters", "a float", ["compare", "nothing"]),
    (1, "xs is empty", "give values for xs", ["compare", "total"]),
    (1, "picky raises Odd here: too large", "choose a point", ["trace", "picky", "--at", "x=2"]),
    (1, "has no value at x=2.0: too large", "raises Odd", ["check", "picky", "--at", "x=2"]),
    (1, "cannot be written: No such file", "a folder that exists",
     ["graph", "square", "-o", "nowhere/graph.svg"]),
    (1, "cannot be written: No such file", "a folder that exists",
     ["compare", "square", "--points", "1", "--html", "nowhere/page.html"]),
    (1, "1 partials for 2 differentiated numbers (p.x, p.y)", "one gradient per",
     ["check", "norm", "--at", "p=(3,4)", "--derivative", "novice.py:norm"]),
    (1, "taken as written: x=list[float]", "--arg x=f64[n]",
     ["check", "square", "--at", "x=[1,2]"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "what", "hint", "args"), MISTAKES, ids=lambda x: str(x)[:40])
def test_a_mistake_is_told(run: Run, code: int, what: str, hint: str, args: list[str]) -> None:
    result = run(*args)
    text = " ".join(result.stderr.split())
    assert result.exit_code == code, result.output
    assert what in text and hint in text, text
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output and "bug" not in result.output


FITTING = [
    ("model.loss", "x=1,y=2", "loss at x=1.0, y=2.0"),
    ("Model.cube", "x=2", "cube at x=2.0"),
    ("total", "xs=[1, 2]", "total at xs=(1.0, 2.0)"),
    ("options", "x=1,a=2,b=3", "options at x=1.0, given={'a': 2.0, 'b': 3.0}"),
    ("options", "x=1,given={'a': 2, 'b': 3.0}", "given={'a': 2.0, 'b': 3.0}"),
    ("norm", "p=(3, 4)", "norm at p=Point(x=3.0, y=4.0)"),
    ("norm", "p={'y': 3, 'x': 4}", "norm at p=Point(x=4.0, y=3.0)"),
    ("dot", "a=[1, 2],b=(3, 4)", "Vector(x=3.0, y=4.0)"),
]


@pytest.mark.parametrize(("function", "at", "said"), FITTING)
def test_values_of_every_kind(run: Run, function: str, at: str, said: str) -> None:
    result = run("check", function, "--at", at)
    assert result.exit_code == 0, result.output
    assert said in result.stdout and "all partials agree" in result.stdout


def test_a_hand_written_derivative_that_raises_fails_the_check(run: Run) -> None:
    result = run("check", "square", "--at", "x=1", "--derivative", "novice.py:norm")
    assert result.exit_code == 1
    assert "AttributeError" in result.stdout


def test_a_method_is_checked_against_a_derivative_of_its_open_arguments(run: Run) -> None:
    result = run("check", "Model.cube", "--at", "x=1", "--derivative", "novice.py:cube_of")
    assert result.exit_code == 1
    assert "wrong: d/dx" in result.stdout


def test_a_bug_of_symdiff_is_called_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(reports, "check", broken)
    result = run("check", "square", "--at", "x=1")
    assert result.exit_code == 1
    assert "this is a bug in symdiff: KeyError: 'lost'" in result.stderr
    assert "test_mistakes.py:" in result.stderr and "hint: report it" in result.stderr
    monkeypatch.setenv("SYMDIFF_TRACEBACK", "1")
    assert isinstance(run("check", "square", "--at", "x=1").exception, KeyError)
