"""Temporaries written to where they end: the same bits as without, and no argument changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import driver
from symdiff.passes.inplace import inplace
from symdiff.report.subject import subject_of_call


def silu(x, y):
    return np.sum(x/(1 + np.exp(-x))*y)


def gelu(x, y):
    return np.sum(0.5*x*(1 + np.tanh(0.7978845608028654*(x + 0.044715*x**3)))*y)


def mish(x, y):
    return np.sum(x*np.tanh(np.log(1 + np.exp(y*x))))


def cross_entropy(x, y):
    p = 1/(1 + np.exp(-x))
    return -np.mean(y*np.log(p) + (1 - y)*np.log(1 - p))


def quotient(x, y):
    e = np.exp(x)
    return np.sum(e/(e + y*y))


def view_of_a_temporary(x, y):
    e = np.exp(x)*y
    tail = e[1:]
    return np.sum(e/(1 + e*e)) + np.sum(tail*tail)


def both_halves(x, y):
    e = np.exp(x) + y
    return np.sum(e[:-1]*e[1:]/(e[0] + e.sum()))


def turned(x, y):
    m = np.exp(x[:, None]*y)
    return np.sum(m.T @ m/(1 + m*m))


def broadcast_up(x, y):
    e = np.exp(x)
    return np.sum((e[:, None] + y)/(1 + e[:, None]*y*y))


def one_element(x, y):
    s = np.exp(x[:1])
    return np.sum(s*y + s*s/(1 + y*y))


def reduced(x, y):
    e = np.exp(x - x.max())
    return np.sum(e/e.sum()*y)


def branching(x, y):
    e = np.exp(x)
    if e.sum() > 1e3:
        return np.sum(e*e*y)
    e2 = e/(1 + e)
    return np.sum(e2*y + e2*e2)


def looped(x, y):
    s = 0.0
    for k in range(3):
        e = np.exp(-x*k)
        s = s + np.sum(e/(1 + e)*y)
        y = y*e + e/(1 + e*e)
    return s + np.sum(y)


def carried(x, y):
    e = np.exp(x)
    for _ in range(3):
        e = e/(1 + e*e) + e*y
    return np.sum(e)


def written(x, y):
    z = x*y
    z[1:] += np.tanh(z[:-1])
    e = np.exp(z)
    z *= e/(1 + e)
    return np.sum(z*e)


def kept_in_a_list(x, y):
    parts = []
    for k in range(3):
        e = np.exp(x*(k + 1))
        parts.append(e)
        y = y*e/(1 + e)
    return np.sum(y) + sum(np.sum(p*p) for p in parts)


def chosen(x, y):
    e = np.exp(-np.abs(x))
    return np.sum(np.where(x > 0, 1/(1 + e), e/(1 + e))*y)


def rows(x, y):
    m = np.outer(x, y)
    e = np.exp(m - m.max(axis=1, keepdims=True))
    return np.sum(np.log(e/e.sum(axis=1, keepdims=True) + 1e-3)*m)


def normal(x, y):
    z = (x - y.mean())/y.std()
    d = np.exp(-0.5*z*z)
    return np.sum(d*(1 - z*z)/(1 + d))


def handed_back(x, y):
    e = np.exp(x)
    return e, e/(1 + e)*y, e.sum()


SCALARS = [silu, gelu, mish, cross_entropy, quotient, view_of_a_temporary, both_halves, turned,
           broadcast_up, one_element, reduced, branching, looped, carried, written, kept_in_a_list,
           chosen, rows, normal]


def arguments(n: int = 7) -> tuple[Any, ...]:
    rng = np.random.default_rng(8)
    return rng.normal(size=n), rng.uniform(0.1, 0.9, size=n)


def results(f: Any, args: tuple[Any, ...], mode: str) -> list[np.ndarray]:
    made, _ = subject_of_call(f, args)
    derivative = made.compile(mode).link()
    kept = [a.copy() for a in args]
    found = derivative(*args)
    for a, b in zip(args, kept, strict=True):
        assert np.array_equal(a, b), "an argument has changed"
    return flat(found)


def flat(found: Any) -> list[np.ndarray]:
    if isinstance(found, tuple):
        return [x for part in found for x in flat(part)]
    return [np.asarray(found)]


@pytest.mark.parametrize("mode", ["grad", "value_and_grad", "hessian"])
@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
def test_no_bit_depends_on_it(f, mode, monkeypatch) -> None:
    args = arguments()
    found = results(f, args, mode)
    monkeypatch.setattr(driver, "accumulate", lambda graph, split=None: graph)
    plain = results(f, args, mode)
    monkeypatch.setattr(driver, "inplace", lambda g, s=None, **k: inplace(g, s, copy_all=True, **k))
    copied = results(f, args, mode)
    for a, b, c in zip(found, plain, copied, strict=True):
        assert np.array_equal(a, b) and np.array_equal(b, c)


@pytest.mark.parametrize("f", [*SCALARS, handed_back], ids=lambda f: f.__name__)
def test_a_pullback_may_be_called_again(f) -> None:
    args = arguments()
    out, pullback = symdiff.vjp(f, *args)
    ct = (np.ones(7), np.ones(7), 1.0) if f is handed_back else 1.0
    first = flat(pullback(ct))
    values = [o.copy() for o in flat(out)]
    for a, b in zip(first, flat(pullback(ct)), strict=True):
        assert np.array_equal(a, b)
    assert all(np.array_equal(a, b) for a, b in zip(values, flat(out), strict=True))


def test_a_chain_is_written_to_one_array() -> None:
    derivative = symdiff.grad(lambda x: np.sum(x/(1 + np.exp(-x))))
    derivative(np.ones(3))
    assert "t *= x" in derivative.source and "t /= t2\n    return t\n" in derivative.source
