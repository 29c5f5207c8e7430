"""Each invariant is broken on purpose and must be named in the message."""

from __future__ import annotations

import pytest

import symdiff.ops.table  # noqa: F401
from symdiff.errors import VerifyError
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.parse import parse
from symdiff.ir.types import FLOAT, INT
from symdiff.ir.verify import verify
from symdiff.ir.walk import statements

BRANCH = """graph f(%x: float):
  %c: bool = gt(%x, 0.0)
  %y: float = if(%c)
    then:
      %a: float = exp(%x)
      yield %a
    else:
      yield %x
  return %y
"""
LOOP = """graph f(%x: float):
  %s: float, %n: int, %b: bool = for(0, 3, 1, %x) {carries=1, collects=0, exits=False}
    body(%i: int, %p: float):
      %q: float = mul(%p, %x)
      yield %q
  return %s
"""


def broken(graph: Graph, number: str) -> None:
    with pytest.raises(VerifyError, match=rf"^{number} after test: "):
        verify(graph, "test")


def find(graph: Graph, name: str) -> Stmt:
    return next(s for s in statements(graph.body) if s.op.name == name)


def test_sound_graphs_pass() -> None:
    for text in (BRANCH, LOOP):
        verify(parse(text))


def test_i1_value_from_a_sibling_block() -> None:
    graph = parse(BRANCH)
    then, orelse = find(graph, "if").blocks
    orelse.yields = list(then.yields)
    broken(graph, "I1")


def test_i1_use_before_definition() -> None:
    graph = parse(BRANCH)
    graph.body.stmts.reverse()
    broken(graph, "I1")


def test_i1_defined_twice() -> None:
    graph = parse(LOOP)
    find(graph, "mul").results = (find(graph, "for").blocks[0].params[1],)
    broken(graph, "I1")


def test_i2_result_type() -> None:
    graph = parse(LOOP)
    stmt = find(graph, "mul")
    stmt.results[0].type = INT
    broken(graph, "I2")


def test_i2_condition_is_a_bool() -> None:
    graph = parse(BRANCH)
    find(graph, "if").args = (graph.inputs[0],)
    broken(graph, "I2")


def test_i2_loop_arity() -> None:
    graph = parse(LOOP)
    find(graph, "for").blocks[0].yields.append(graph.inputs[0])
    broken(graph, "I2")


def test_i2_carry_types() -> None:
    graph = parse(LOOP)
    loop = find(graph, "for")
    loop.blocks[0].yields = [loop.blocks[0].params[0]]
    broken(graph, "I2")


def test_i3_equal_statements() -> None:
    graph = parse(BRANCH)
    then = find(graph, "if").blocks[0]
    twin = Stmt(OPS["exp"], (graph.inputs[0],), {}, (), then.stmts[0].origin, then)
    twin.results = (Value(FLOAT, "", then, twin),)
    then.stmts.append(twin)
    broken(graph, "I3")


def test_i4_origin() -> None:
    graph = parse(BRANCH)
    find(graph, "exp").origin = None  # type: ignore[assignment]
    broken(graph, "I4")


def test_builder_shares_and_folds() -> None:
    graph = parse("graph f(%x: float):\n  return %x\n")
    b = Builder(graph)
    x = graph.inputs[0]
    assert b.mul(x, x) is b.mul(x, x)
    assert b.const(0.0) is not b.const(-0.0)
    assert b.const(1) is not b.const(1.0) and b.const(1) is not b.const(True)
    assert b.add(x, b.const(0.0)) is not x  # the user's -0.0 + 0.0 is 0.0
    b.relaxed = True
    assert b.add(x, b.const(0.0)) is x
    assert b.mul(b.const(1.0), x) is x
