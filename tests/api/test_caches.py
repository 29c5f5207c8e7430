"""What a gradient and the package remember is bounded, and forgetting changes no result."""

from __future__ import annotations

import gc
import inspect
import linecache

import pytest

import symdiff
from symdiff.recent import Recent


def powered(x: float, n: str) -> float:
    return x ** len(n)


def test_a_gradient_forgets_its_oldest_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    g = symdiff.grad(powered, granularity="fused")
    monkeypatch.setattr(g._dispatch.linked, "most", 3)
    for n in range(1, 8):
        assert g(2.0, "x" * n) == n * 2.0 ** (n - 1)
    assert len(g._dispatch.linked) == 3
    assert g(2.0, "x") == 1.0  # forgotten, and made again
    assert [tree[1].value for tree in g._dispatch.linked] == ["x" * 6, "x" * 7, "x"]


def test_the_latest_stay() -> None:
    kept: Recent[str, int] = Recent(2)
    for k, word in enumerate(("a", "b", "a", "c")):
        kept[word] = k
    assert kept == {"b": 1, "c": 3}



def test_a_text_goes_with_its_function() -> None:
    from symdiff.emit.link import link

    function = link('def f(x):\n    """Doc."""\n    return x*x\n', "f")
    name = function.__code__.co_filename
    assert "return x*x" in inspect.getsource(function) and name in linecache.cache
    del function
    gc.collect()
    assert name not in linecache.cache
