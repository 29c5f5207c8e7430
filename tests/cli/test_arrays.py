"""The command line on array functions: types by ``--arg`` or annotations, values by ``--at``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from symdiff.cli import main

SOURCE = '''\
from typing import Annotated

import numpy as np


def loss(w, X, y):
    p = 1/(1 + np.exp(-(X @ w)))
    return -np.mean(y*np.log(p) + (1 - y)*np.log(1 - p))


def noted(w: "f64[d]", X: Annotated[np.ndarray, "f64[n,d]"], y: "f64[n]"):
    return loss(w, X, y)


def layers(params, x):
    for W, b in params:
        x = np.tanh(W @ x + b)
    return x.sum()


def chain(Ws, x):
    for W in Ws:
        x = W @ x
    return x.sum()


def vague(w: np.ndarray):
    return np.sum(w*w)


def wrong_at_one(x):
    y = x.copy()
    y[0] = np.floor(y[0]) + x[1]**2
    return y.sum()


def pick(X, labels):
    s = 0.0
    for i in range(len(labels)):
        s += X[i, labels[i]]**2
    return s


def by_hand(X, labels):
    g = np.zeros_like(X)
    for i in range(len(labels)):
        g[i, labels[i]] = 2*X[i, labels[i]] + (i == 2)
    return g


def outputs(W, x):
    return np.tanh(W @ x)
'''
LOSS = ("--arg", "w=f64[d]", "--arg", "X=f64[n,d]", "--arg", "y=f64[n]")
PICK = ("--arg", "X=f64[n,m]", "--arg", "labels=int[n]")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    path = tmp_path / "arrays.py"
    path.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def call(command: str, function: str, *options: str) -> Result:
        monkeypatch.delitem(sys.modules, "arrays", raising=False)
        return CliRunner().invoke(main, [command, f"{path}:{function}", *options])

    return call


def gradient(text: str, name: str) -> Callable[..., object]:
    space: dict[str, object] = {}
    exec(text, space)
    made = space[name]
    assert callable(made)
    return made


def test_types_of_arrays_are_given(run: Run) -> None:
    found = run("grad", "loss", *LOSS, "--wrt", "w")
    assert found.exit_code == 0, found.output
    rng = np.random.default_rng(0)
    w, X, y = rng.normal(size=3), rng.normal(size=(5, 3)), np.array([0.0, 1, 1, 0, 1])
    p = 1 / (1 + np.exp(-(X @ w)))
    made = gradient(found.output, "loss_grad")(w, X, y)
    assert np.allclose(made, X.T @ (p - y) / 5)  # type: ignore[arg-type]


def test_annotations_do_it_too(run: Run) -> None:
    noted = run("grad", "noted")
    assert noted.exit_code == 0, noted.output
    assert "X.T @" in noted.output


def test_lists_by_position_and_of_any_length(run: Run) -> None:
    found = run("grad", "layers", "--arg", "params=[(f64[n,m], f64[n])]*2", "--arg", "x=f64[m]")
    assert found.exit_code == 0 and "params[1][0]" in found.output
    found = run("grad", "chain", "--arg", "Ws=list[f64[n,n]]", "--arg", "x=f64[n]")
    assert found.exit_code == 0 and "for W in Ws" in found.output


def test_what_arrays_need_is_said(run: Run) -> None:
    found = run("grad", "vague")
    assert found.exit_code == 1 and "--arg w=f64[n,m]" in found.output
    found = run("grad", "loss")
    assert found.exit_code == 1
    assert "assumed, as no type was given: w=float, X=float, y=float" in found.output
    found = run("grad", "loss", "--arg", "w=f64[n+1]")
    assert found.exit_code == 2 and "f64[n,1]" in found.output


def test_check_makes_arrays_that_fit_together(run: Run) -> None:
    found = run("check", "loss", *LOSS)
    assert found.exit_code == 0, found.output
    assert "X[0, 0]" in found.output and "all partials agree" in found.output


def test_check_finds_a_wrong_partial(run: Run) -> None:
    place = f"{Path('arrays.py').resolve()}:by_hand"
    found = run("check", "pick", *PICK, "--at", "X=[[1, 2], [3, 4], [5, 6]],labels=[0, 1, 0]",
                "--derivative", place)
    assert found.exit_code == 1, found.output
    assert "wrong: d/dX[2, 0]" in found.output


def test_many_numbers_are_checked_along_a_direction(run: Run) -> None:
    np.save("X.npy", np.random.default_rng(1).normal(size=(20, 5)))
    found = run("check", "pick", *PICK, "--at", f"X=@X.npy,labels={[k % 5 for k in range(20)]}")
    assert found.exit_code == 0, found.output
    assert "all, along a random direction" in found.output
    assert found.output.count("X[") < 10


def test_values_from_files_and_literals(run: Run) -> None:
    np.save("X.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    Path("labels.json").write_text("[1, 0]")
    found = run("trace", "pick", *PICK, "--at", "X=@X.npy, labels=@labels.json")
    assert found.exit_code == 0, found.output
    assert "X = [1, 2, 3, ...] of shape (2, 2), grad [0, 4, 6, ...] of shape (2, 2)" in found.output
    found = run("trace", "pick", *PICK, "--at", "X=[[1, 2], [3]],labels=[0]")
    assert found.exit_code == 2 and "rows differ in length" in found.output
    found = run("trace", "pick", *PICK, "--at", "X=[1, 2],labels=[0]")
    assert found.exit_code == 2 and "not a f64[n,n]" in found.output
    found = run("trace", "pick", "--at", "X=@nothing.npy,labels=[0]")
    assert found.exit_code == 2 and "nothing.npy cannot be read" in found.output


def test_a_given_array_says_which_sizes_are_one(run: Run) -> None:
    found = run("check", "loss", *LOSS, "--at", "w=[0.3],X=[[1.0], [2.0]],y=[0.0, 1.0]")
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("compare", "errors are against differences with 60 digits"),
        ("explain", "X: active"),
        ("ir", "f64[n,n]"),
    ],
)
def test_reports(run: Run, command: str, said: str) -> None:
    found = run(command, "pick", *PICK)
    assert found.exit_code == 0, found.output
    assert said in found.output


def test_what_is_kept_is_written_as_in_the_source(run: Run) -> None:
    found = run("explain", "pick", *PICK)
    assert "labels[i]" in found.output and "index(" not in found.output, found.output


def test_pages_and_drawings(run: Run) -> None:
    for command, option in (("compare", "--html"), ("graph", "-o")):
        name = "page.html" if command == "compare" else "graph.svg"
        found = run(command, "pick", *PICK, option, name)
        assert found.exit_code == 0, found.output
        assert "(4, 3)" in Path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["jacobian", "jvp", "vjp"])
def test_derivatives_of_array_results(run: Run, command: str) -> None:
    found = run(command, "outputs", "--arg", "W=f64[m,n]", "--arg", "x=f64[n]")
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("command", ["hvp", "hessian"])
def test_second_order(run: Run, command: str) -> None:
    found = run(command, "loss", *LOSS, "--wrt", "w")
    assert found.exit_code == 0, found.output
