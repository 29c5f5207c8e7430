"""Type checkers see the parameters of the differentiated function."""

from pathlib import Path

import pytest

mypy = pytest.importorskip("mypy.api")

TEXT = """
from symdiff import grad, value_and_grad

def f(x: float, n: int = 2) -> float:
    return x*n

g = grad(f)
g(1.0)
g(1.0, n=3)
g("a")
g(1.0, q=3)

@grad(argnums=1)
def k(x: float, y: float) -> float:
    return x*y

k(1.0)
value: str = value_and_grad(f)(1.0)[0]
"""


@pytest.mark.slow
def test_the_parameters_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "use.py"
    file.write_text(TEXT)
    monkeypatch.setenv("MYPYPATH", str(Path(__file__).parents[2]))
    options = ["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}"]
    report, _, _ = mypy.run([str(file), *options])
    lines = [line for line in report.splitlines() if "use.py" in line and "error" in line]
    assert [line.split(": ")[0].rpartition(":")[2] for line in lines] == ["10", "11", "17", "18"]
