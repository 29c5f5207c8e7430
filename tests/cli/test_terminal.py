"""Piped output is plain; a terminal gets colours unless NO_COLOR; sixty columns are enough."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

Shell = Callable[..., subprocess.CompletedProcess[str]]
POINT = "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
ESCAPE = "\x1b"


def on_terminal(folder: Path, *args: str, **environment: str) -> tuple[int, str]:
    """Run on a pseudo-terminal; the exit code and everything written to it."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of Unix")
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    env |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "60", **environment}
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "symdiff", *args],
        cwd=folder,
        env=env,
        stdout=secondary,
        stderr=subprocess.DEVNULL,
    )
    os.close(secondary)
    chunks = []
    while True:
        try:
            chunk = os.read(primary, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(primary)
    return process.wait(), b"".join(chunks).decode().replace("\r\n", "\n")


def test_piped_code_is_pure(shell: Shell) -> None:
    done = shell("grad", "model.py:neuron")
    assert done.returncode == 0
    assert ESCAPE not in done.stdout
    compile(done.stdout, "out.py", "exec")
    assert done.stderr == "imported\n"


@pytest.mark.parametrize(
    "args",
    [
        ("check", "model.py:neuron", "--at", POINT),
        ("compare", "model.py:neuron", "--at", POINT, "--points", "2", "--no-source"),
        ("explain", "model.py:neuron"),
        ("--help",),
    ],
    ids=lambda args: args[0],
)
def test_reports_fit_sixty_columns_and_are_plain(shell: Shell, args: tuple[str, ...]) -> None:
    done = shell(*args, COLUMNS="60")
    assert done.returncode == 0, done.stderr
    assert ESCAPE not in done.stdout
    assert done.stdout.isascii()
    assert all(line == line.rstrip() for line in done.stdout.splitlines())
    fixed = [line for line in done.stdout.splitlines() if not line.startswith("neuron")]
    assert max(map(len, fixed)) <= 60 or args == ("--help",)


def test_exit_codes_of_a_process(shell: Shell) -> None:
    assert shell("grad", "model.py:square").returncode == 0
    failed = shell("grad", "model.py:unknown")
    assert failed.returncode == 1
    assert "model.py:56: 'missing' is not defined" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert shell("grad", "model.py:square", "--nonsense").returncode == 2


def test_terminal_is_highlighted(model: Path) -> None:
    code, text = on_terminal(model.parent, "grad", "model.py:square")
    assert code == 0
    assert ESCAPE in text
    assert "square_grad" in text


def test_no_color_is_honoured(model: Path) -> None:
    code, text = on_terminal(model.parent, "grad", "model.py:square", NO_COLOR="1")
    assert code == 0
    assert ESCAPE not in text
    compile(text, "out.py", "exec")


def test_a_narrow_terminal_loses_no_code(model: Path) -> None:
    _, plain = on_terminal(model.parent, "grad", "model.py:neuron", NO_COLOR="1")
    _, coloured = on_terminal(model.parent, "grad", "model.py:neuron")

    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [x.rstrip() for x in stripped.splitlines()] == [x.rstrip() for x in plain.splitlines()]


@pytest.mark.parametrize("width", ["60", "80"])
def test_a_comparison_on_a_terminal_breaks_no_label(model: Path, width: str) -> None:
    args = ("compare", "model.py:neuron", "--at", POINT, "--points", "2", "--no-source")
    code, text = on_terminal(model.parent, *args, NO_COLOR="1", COLUMNS=width)
    assert code == 0
    assert max(map(len, text.splitlines())) <= int(width)
    for label in ("backward operations", "largest rel. error", "gates found in ms"):
        assert re.search(rf"^ *{label}( +[\d.e+-]+){{4}} *$", text, re.M), text


def test_tables_on_a_narrow_terminal(model: Path) -> None:
    code, text = on_terminal(model.parent, "check", "model.py:neuron", "--at", POINT, NO_COLOR="1")
    assert code == 0
    assert max(map(len, text.splitlines())) <= 60
