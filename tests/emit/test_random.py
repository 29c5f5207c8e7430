"""Random structured graphs: the emitted text computes what the interpreter does, and changes no
argument.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT, Node
from symdiff.ir.verify import verify
from symdiff.ir.walk import free_values
from symdiff.passes.inplace import inplace
from tests.emit.programs import ARGUMENTS, Programs

BATCH = 60


def expected(graph: Graph) -> list[str] | None:
    """What the interpreter gives, or None where the program itself fails or overflows."""
    try:
        return [repr(run(graph, *copy.deepcopy(a))) for a in ARGUMENTS]
    except (IndexError, OverflowError, ValueError):
        return None


def call(function: Any, args: tuple[Any, ...]) -> Any:
    """The result; the arguments must come back as they went in."""
    given = copy.deepcopy(args)
    result = function(*given)
    assert repr(given) == repr(args), "an argument was written to"
    return result


@pytest.mark.parametrize("first", range(0, 360, BATCH))
@pytest.mark.parametrize("size", [5, 8])
def test_text_computes_what_the_graph_says(first: int, size: int) -> None:
    checked = 0
    for seed in range(first + 1000 * size, first + 1000 * size + BATCH):
        graph = Programs(seed, size=size, depth=2).graph
        verify(graph)
        wanted = expected(graph)
        if wanted is None:
            continue
        checked += 1
        for copy_all in (False, True):
            ready = inplace(graph, copy_all=copy_all)
            verify(ready, "inplace")
            text = emit(ready, name="f").text
            function = link(text, "f")
            for args, want in zip(ARGUMENTS, wanted, strict=True):
                got = call(function, args)
                assert repr(list(got)) == want, f"seed {seed}, copy_all={copy_all}\n{text}"
    assert checked > BATCH // 2


def split_outputs(graph: Graph, split: int) -> bool:
    """Make the graph one of a value and gradients; False where nothing is left that could be the
    value.
    """
    moved: set[Value] = set(graph.inputs[split:])
    for stmt in graph.body.stmts:
        if any(v in moved for v in free_values(stmt)):
            moved.update(stmt.results)
    roots = [r for s in graph.body.stmts for r in s.results if r.type == FLOAT and r not in moved]
    value = roots[-1] if roots else graph.inputs[0]
    gradients = [v for v in graph.body.yields if v is not value]
    if not any(v in moved for v in gradients):
        return False
    graph.body.yields = [value, *gradients]
    parts = tuple(v.type for v in gradients)
    inner = Node("tuple", tuple(range(len(parts))), parts)
    graph.result = Node("tuple", (0, 1), (FLOAT, inner))
    return True


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_a_pullback_can_be_called_again(first: int) -> None:
    checked = 0
    for seed in range(first, first + BATCH):
        graph = Programs(seed + 70_000, size=7, depth=2).graph
        wanted = expected(graph) if split_outputs(graph, 3) else None
        if wanted is None:
            continue
        checked += 1
        ready = inplace(graph, split=3)
        verify(ready, "inplace")
        text = emit(ready, name="f", split=3).text
        function = link(text, "f")
        for args, want in zip(ARGUMENTS, wanted, strict=True):
            value, pullback = call(function, args[:3])
            for _ in range(2):
                got = call(pullback, args[3:])
                assert repr([value, *got]) == want, f"seed {seed}\n{text}"
    assert checked > 10


def test_the_text_is_the_same_every_time() -> None:
    texts = {emit(inplace(Programs(7).graph), name="f").text for _ in range(3)}
    assert len(texts) == 1
