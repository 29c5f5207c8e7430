"""Pickles hold text, captured data and options: they can be called where the function is not."""

import copy
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symdiff import CaptureError, grad, hvp, value_and_grad

K = 2.0


def f(x, y=3.0, *, k=1.0):  # type: ignore[no-untyped-def]
    return K * x * y * y * k


def cubed(x):  # type: ignore[no-untyped-def]
    return x * x * x


@grad
def decorated(x):  # type: ignore[no-untyped-def]
    return x * x


def factory(k: float) -> Callable[[float], float]:
    def inner(x):  # type: ignore[no-untyped-def]
        return k * x * x

    return inner


def test_a_round_trip() -> None:
    g = grad(f, (0, 1))
    assert g(1.0) == (18.0, 12.0)
    twin = pickle.loads(pickle.dumps(g))
    assert twin(1.0) == (18.0, 12.0) and twin(1.0, k=2.0) == (36.0, 24.0)
    assert twin.source == g.source and repr(twin) == repr(g) and twin.__doc__ == g.__doc__
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        twin()


def test_captured_values_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f)
    g(1.0)
    monkeypatch.setitem(globals(), "K", 10.0)
    data = pickle.dumps(g)
    monkeypatch.setitem(globals(), "K", 1000.0)
    assert pickle.loads(data)(1.0) == 90.0
    assert g(1.0) == 9000.0


def test_a_closure_needs_no_function() -> None:
    g = grad(factory(5.0))
    assert g(1.0) == 10.0
    twin = pickle.loads(pickle.dumps(g))
    assert twin(2.0) == 20.0 and twin(2) == 20.0
    with pytest.raises(CaptureError) as caught:
        twin([1.0])
    assert "grad of inner has no code for these types" in str(caught.value)
    assert "hint: call it with such types before it is pickled" in str(caught.value)
    assert not hasattr(twin, "__wrapped__")


@pytest.mark.parametrize("transformation", [grad, value_and_grad, hvp])
def test_other_transformations(transformation: Any) -> None:
    g = transformation(cubed)
    args = (2.0, 1.0) if transformation is hvp else (2.0,)
    expected = g(*args)
    twin = pickle.loads(pickle.dumps(g))
    assert twin(*args) == expected
    again = pickle.loads(pickle.dumps(twin))
    assert again(*args) == expected


def test_a_gradient_of_a_gradient() -> None:
    g = grad(grad(cubed))
    assert g(2.0) == 12.0
    assert pickle.loads(pickle.dumps(g))(2.0) == 12.0


def test_copies_are_the_thing_itself() -> None:
    g = grad(cubed)
    assert copy.copy(g) is g and copy.deepcopy(g) is g
    assert copy.deepcopy({"g": g})["g"] is g


MODULE = """
import sys
from symdiff import grad

SCALE = 4.0

def g(x):
    return SCALE*x*x

def vector(xs):
    total = 0.0
    for x in xs:
        total = total + x*x
    return total

@grad
def decorated(x):
    return SCALE*x*x*x
"""

SCRIPT = """
import pickle, sys
with open("data", "rb") as file:
    one, other, third = pickle.load(file)
print(one(3.0), other([3.0]), third(1.0))
try:
    print(other((3.0, 1.0)))
except Exception as err:
    print(type(err).__name__, err)
print("mod" in sys.modules)
"""


def test_a_process_of_its_own_with_and_without_the_module(tmp_path: Path) -> None:
    (tmp_path / "mod.py").write_text(MODULE)
    (tmp_path / "read.py").write_text(SCRIPT)
    write = (
        "import pickle, mod\n"
        "from symdiff import grad\n"
        "gs = grad(mod.g), grad(mod.vector), mod.decorated\n"
        "gs[0](1.0), gs[1]([1.0]), gs[2](1.0)\n"
        "pickle.dump(gs, open('data', 'wb'))\n"
    )
    env = {"PYTHONPATH": str(Path(__file__).parents[2])}

    def run(*args: str) -> list[str]:
        command = [sys.executable, *args]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    run("-c", write)
    first = run("read.py")
    assert first[0] == "24.0 [6.0] 12.0"
    assert first[1].startswith("(6.0, 2.0)")
    assert first[2] == "True"  # imported for the new signature only
    (tmp_path / "mod.py").write_text(MODULE.replace("total + x*x", "total + x*x*x"))
    changed = run("read.py")
    assert changed[0] == "24.0 [6.0] 12.0"
    assert "vector changed after it was pickled" in changed[1]
    (tmp_path / "mod.py").unlink()
    gone = run("read.py")
    assert gone[0] == "24.0 [6.0] 12.0"
    assert gone[1].startswith("CaptureError") and "vector of mod cannot be imported" in gone[1]


def test_spawned_workers() -> None:
    gradients = [grad(factory(2.0)), grad(cubed)]
    for g in gradients:
        g(1.0)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        results = [pool.map(g, [1.0, 2.0, 3.0]) for g in gradients]
    assert results == [[4.0, 8.0, 12.0], [3.0, 12.0, 27.0]]
