"""A file of functions to point the command line at, and the ways to run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symdiff.cli import main

ROOT = Path(__file__).parent.parent.parent
SOURCE = """\
import math

print("imported")

A = 3.0


class Models:
    @staticmethod
    def square(x):
        return x*x


def neuron(w0, x0, w1, x1, w2):
    z = w0*x0 + w1*x1 + w2
    return 1/(1 + math.exp(-z))


def neuron_by_hand(w0, x0, w1, x1, w2):
    a = neuron(w0, x0, w1, x1, w2)
    dz = a*(1 - a)
    return dz*x0, dz*w0, dz*x1, dz*x1, dz


def square(x):
    return x*x


def loss(ws, xs, y):
    return (sum(w*x for w, x in zip(ws, xs)) - y)**2


def trace_of(m, n):
    s = 0.0
    for i in range(n):
        s += m[i][i]
    return s*A


def log(x):
    return math.log(x)


def switch(x, mode):
    if mode == "double":
        return 2*x
    return x


def generator(x):
    with open("f") as f:
        yield x


def unknown(x):
    y = missing(x)
    return y


def pair(x, y):
    return x*y, x + y


def two_mistakes(x):
    async def later():
        return x
    return x + b'2'


if __name__ == "__main__":
    raise SystemExit("this must not run")
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture
def run(model: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``run("grad", "square")``: in this process, the function's file put in front."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def call(command: str, function: str, *options: str) -> Result:
        monkeypatch.delitem(sys.modules, "model", raising=False)
        return CliRunner().invoke(main, [command, f"{model}:{function}", *options])

    return call


@pytest.fixture
def shell(model: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``shell("grad", "model.py:square")``: a process of its own, in the file's folder, piped."""

    def call(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {
            k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
        }
        env |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment}
        return subprocess.run(
            [sys.executable, "-m", "symdiff", *args],
            cwd=model.parent,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return call
