"""IR text round-trips: what is printed parses to a graph that prints and runs the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symdiff.autodiff import transform
from symdiff.ir.core import Graph
from symdiff.ir.interp import run
from symdiff.ir.parse import parse
from symdiff.ir.text import to_text
from symdiff.ir.verify import verify
from tests.autodiff.graphs import CASES


def same(graph: Graph, args: tuple[Any, ...]) -> None:
    text = to_text(graph)
    again = parse(text)
    verify(again, "parse")
    assert strip(to_text(again)) == strip(text)
    assert run(again, *args) == run(graph, *args)


def strip(text: str) -> str:
    """Origins are not part of what is read back (I8)."""
    return "\n".join(line.split("  #")[0] for line in text.splitlines())


@pytest.mark.parametrize(("make", "args"), CASES)
def test_primal(make: Callable[[], Graph], args: tuple[Any, ...]) -> None:
    same(make(), args)


@pytest.mark.parametrize(("make", "args"), CASES)
def test_gradient(make: Callable[[], Graph], args: tuple[Any, ...]) -> None:
    primal = make()
    wrt = transform.locate(primal, [(k,) for k in range(len(primal.params))], False)
    same(transform.gradient(primal, wrt).graph, args)


def test_text_is_readable() -> None:
    text = to_text(parse("graph f(%x: float):\n  %y: float = exp(%x)\n  return %y\n"))
    assert text == "graph f(%x: float):\n  %y: float = exp(%x)\n  return %y\n"
