"""Where arrays are written in place, copied or kept: the numbers, and what they cost."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import driver
from symdiff.passes.inplace import inplace
from symdiff.report.subject import subject_of_call
from tests.arrays import differences
from tests.arrays.programs import PROGRAMS, Program
from tests.bench import array_subjects as subjects


def gradient(program: Program) -> Any:
    """vjp of one, so that results of any structure serve."""
    made, values = subject_of_call(program.f, program.args)
    compiled = made.compile("vjp")
    function = compiled.link()
    given = [np.copy(v) if isinstance(v, np.ndarray) else v for v in values]
    value, pullback = made.call(function, given)
    return differences.flat(pullback(ones(value)))


def ones(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(ones, value))
    if isinstance(value, dict):
        return {k: ones(v) for k, v in value.items()}
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0



@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_marks_change_no_number(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = gradient(program)
    monkeypatch.setattr(driver, "inplace", partial(inplace, copy_all=True))
    monkeypatch.setattr(driver, "accumulate", lambda graph, split=None: graph)
    assert np.array_equal(gradient(program), marked, equal_nan=True)


def whole(x: np.ndarray, k: int) -> Any:
    """Sizes are not known to be equal: ``y += ...`` changes y and never its shape."""
    y = x[:k] * 1.0
    y += x[1 : k + 1] * x[0]
    y -= np.sin(x[2 : k + 2])
    return np.sum(y * y)


def stencil(u: np.ndarray, c: float, n: int) -> Any:
    u = u.copy()
    for _ in range(n):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def swept(x: np.ndarray) -> Any:
    for i in range(1, len(x)):
        x[i] = 0.9 * x[i - 1] + np.sin(x[i])
    return np.sum(x * x)


def gated(x: np.ndarray, n: int) -> Any:
    """Gates in a loop: what their values are made of is kept for their derivatives."""
    h = np.zeros_like(x)
    k = len(x) // 2
    for _ in range(n):
        z = x * h + 0.5 * x
        a = 1 / (1 + np.exp(-z[:k]))
        b = np.log(1 + np.exp(z[k:]))
        s = z / (1 + np.exp(-z))
        h = 0.3 * s + 0.1 * np.concatenate((a * b[:k], b[: len(x) - k]))
    return np.sum(h * h)


def rows(x: np.ndarray) -> Any:
    """A row that is read is overwritten before it is used."""
    y = x * 2.0
    r = y[0]
    y[1] -= r * r
    s = y[1] * 1.0
    y[0] = 0.5 * s
    return np.sum(y * y) + np.sum(s * r)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (whole, (np.linspace(0.2, 1.0, 7), 3)),
        (whole, (np.linspace(0.2, 1.0, 7), 1)),
        (stencil, (np.linspace(0.2, 1.0, 6), 0.3, 4)),
        (stencil, (np.array([0.2, 0.5, 0.9]), 0.3, 2)),  # the part has one element
        (swept, (np.linspace(-0.5, 1.0, 6),)),
        (gated, (np.linspace(-1.0, 2.0, 6), 3)),
        (gated, (np.linspace(-1.0, 2.0, 2), 3)),  # parts of one element
        (rows, (np.linspace(0.2, 1.0, 8).reshape(2, 4),)),
    ],
)
def test_writes(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    found = symdiff.grad(f)(*args)
    expected = differences.jacobian(f, args, (0,)).reshape(found.shape)
    assert np.allclose(found, expected, atol=1e-8)
    second = symdiff.hessian(f)(*args).reshape(found.size, -1)
    assert np.allclose(second, second.T, atol=1e-9)
    expected = differences.jacobian(lambda x: symdiff.grad(f)(x, *args[1:]), args[:1], (0,))
    assert np.allclose(second, expected, atol=1e-6)


@pytest.mark.parametrize("f", [subjects.prefix, swept, partial(stencil, c=0.3, n=3)])
def test_no_copy_of_the_whole_in_a_loop(f: Callable[..., Any]) -> None:
    x = np.linspace(0.1, 1.0, 9)
    g = symdiff.grad(f)
    g(x)
    text = g.source
    loops = text[text.index("for ") :]
    assert ".copy()" not in loops.replace("[1:-1].copy()", ""), text


def test_an_element_loop_with_writes_is_linear() -> None:
    g = symdiff.grad(subjects.prefix)

    def seconds(n: int) -> float:
        x = np.linspace(-1.0, 1.0, n)
        found = []
        for _ in range(5):
            start = time.process_time()
            g(x)
            found.append(time.process_time() - start)
        return min(found)

    g(np.ones(3))
    small, large = seconds(1_000), seconds(10_000)
    assert large < 40 * small, (small, large)  # quadratic: a hundred times


def peak(f: Callable[..., Any], args: tuple[Any, ...]) -> int:
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


@pytest.mark.parametrize(
    ("f", "args", "tape"),
    [
        (subjects.chain, (np.linspace(-3.0, 3.0, 100_000),), 0),
        (subjects.gelu, (np.linspace(-3.0, 3.0, 100_000),), 0),
        (subjects.silu, (np.linspace(-3.0, 3.0, 100_000),), 0),
        (subjects.prefix, (np.linspace(-1.0, 1.0, 5_000),), 5_000 * 64),
        (subjects.lennard_jones, subjects.particles(), 0),
        (subjects.gmm, subjects.gmm_args(), 0),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_peak_memory(f: Callable[..., Any], args: tuple[Any, ...], tape: int) -> None:
    argnums = tuple(range(len(args) - 1)) if len(args) > 1 else 0
    assert peak(symdiff.grad(f, argnums), args) <= 3 * peak(f, args) + tape
