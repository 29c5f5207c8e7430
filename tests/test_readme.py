"""The README's code gives what it shows, and its tables are those of the code.

``python -m tests.test_readme`` writes the tables and the command line's output again.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from symdiff.frontend.array_calls import FUNCTIONS, METHODS, load
from symdiff.frontend.subset import REFUSED
from symdiff.ops.gates import GATES, REWRITES
from symdiff.ops.table import OPS

load()
ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def operations() -> str:
    """Python's functions by what their derivative is."""
    smooth, flat = [], []
    for spec in OPS:
        names = [n for n in spec.python if not n.startswith("operator.")]
        if not names:
            continue
        zero = bool(spec.partials) and all(p == "0" for p in spec.partials)
        (flat if zero else smooth).extend(f"`{n}`" for n in names)
    given = {*smooth, *flat}
    names = (f"`{n}`" for n in FUNCTIONS if not n.startswith("numpy.ndarray."))
    rows = [
        ("with a derivative", ", ".join(sorted(smooth))),
        ("zero by mathematics, or data", ", ".join(sorted(flat))),
        ("made of these", ", ".join(sorted(n for n in names if n not in given))),
        ("methods of arrays", ", ".join(f"`.{n}`" for n in sorted(METHODS))),
    ]
    return table(("kind", "functions"), rows)


def gates() -> str:
    rows = [
        (name, ", ".join(f"`{form}`" for form in gate.forms))
        for name, gate in sorted(GATES.items())
        if gate.forms and "library" not in OPS[name].tags
    ]
    rows += [(f"as `{r.result}`", f"`{r.form}`") for r in REWRITES if r.gate not in GATES]
    return table(("gate", "forms"), rows)


def refused() -> str:
    rows = {
        (
            entry.what.removesuffix(" is not supported").removesuffix(" are not supported"),
            entry.hint,
        )
        for entry in REFUSED
    }
    return table(("construct", "what to do instead"), sorted(rows))


TABLES: dict[str, Callable[[], str]] = {
    "operations": operations,
    "gates": gates,
    "refused": refused,
}


def run_cli(command: str) -> str:
    name, *words = command.split()
    assert name == "symdiff"
    run = subprocess.run(
        [sys.executable, "-m", "symdiff", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        check=True,
    )
    return run.stdout.rstrip() + "\n"


def filled(text: str) -> str:
    """The README with every table and every command's output made again."""
    for name, make in TABLES.items():
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        text = re.sub(
            pattern, lambda m, make=make: f"{m[1]}{make()}\n{m[2]}", text, flags=re.DOTALL
        )
    pattern = r"(<!-- cli -->\n```console\n\$ (symdiff [^\n]*)\n).*?(```)"
    return re.sub(pattern, lambda m: f"{m[1]}{run_cli(m[2])}{m[3]}", text, flags=re.DOTALL)


def test_tables_and_outputs_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == filled(text), "python -m tests.test_readme"
    assert text.count("<!-- table: ") == len(TABLES)
    assert "`math.tanh`" in text and "sigmoid" in text and "generator" in text


def test_the_code_gives_what_it_shows() -> None:
    found = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert found.attempted >= 8
    assert found.failed == 0


@pytest.mark.parametrize("name", ["run", "test"])
def test_there_is_one_command_for(name: str) -> None:
    commands = re.findall(
        rf"<!-- command: {name} -->\n```sh\n(.*)\n```", README.read_text(encoding="utf-8")
    )
    assert len(commands) == 1
    assert commands[0].startswith("python3 -m venv .venv && ")


def test_ci_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- command: test -->" in script


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
