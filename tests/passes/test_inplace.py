"""Where copies go: nowhere that ownership is shown, before the loop rather than in it, and always
on arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.ir.types import BOOL, FLOAT, INT
from symdiff.ir.verify import verify
from symdiff.ir.walk import statements
from symdiff.passes.inplace import inplace
from tests.emit.programs import FLOATS, ROWS, empty


def copied(graph: Graph, *args: Any) -> list[int]:
    """Depths (number of enclosing regions) at which the pass puts copies; the text is run and
    compared.
    """
    verify(graph)
    ready = inplace(graph)
    verify(ready, "inplace")
    want = run(graph, *args)
    for version in (ready, inplace(graph, copy_all=True)):
        text = emit(version, name="f").text
        got = link(text, "f")(*args)
        assert (list(got) if isinstance(got, tuple) else [got]) == want, text
    found = [s for s in statements(ready.body) if s.op.name == "list_copy"]
    return [sum(1 for _ in s.block.ancestors()) - 1 for s in found]


def loop(
    b: Builder, n: Value, inits: list[Value], step: Callable[..., list[Value]], **more: Any
) -> Any:
    body = b.new_block()
    with b.into(body):
        i = body.add_param(INT, "i")
        params = [body.add_param(v.type, f"c{k}") for k, v in enumerate(inits)]
        body.yields = step(i, *params)
    return b.for_stmt((b.const(0), n, b.const(1)), inits, body, **more)


def fresh(b: Builder) -> Value:
    return b.op("list_fill", b.const(3), b.const(0.0))


def test_fresh_memory_is_written() -> None:
    g, b = empty("f", x=FLOAT)
    ys = b.op("set_at", fresh(b), g.inputs[0], b.const(0))
    g.body.yields = [b.op("add_at", ys, g.inputs[0], b.const(1))]
    assert copied(g, 2.0) == []


def test_an_argument_is_copied() -> None:
    g, b = empty("f", xs=FLOATS, x=FLOAT)
    xs, x = g.inputs
    g.body.yields = [b.op("set_at", xs, x, b.const(0))]
    assert copied(g, [1.0, 2.0], 3.0) == [0]


def test_the_old_version_is_read_later() -> None:
    g, b = empty("f", x=FLOAT)
    old = fresh(b)
    new = b.op("set_at", old, g.inputs[0], b.const(0))
    g.body.yields = [new, b.op("getitem", old, b.const(0))]
    # a list made of scalars is made again, which is cheaper than a copy
    assert copied(g, 2.0) == []
    assert sum(s.op.name == "list_fill" for s in statements(inplace(g).body)) == 2


def test_a_loop_writes_to_what_it_carries() -> None:
    g, b = empty("f", n=INT, x=FLOAT)
    n, x = g.inputs
    done = loop(b, n, [fresh(b)], lambda i, ys: [b.op("add_at", ys, x, i)])
    g.body.yields = [done.results[0]]
    assert copied(g, 3, 2.0) == []


def test_a_carry_that_starts_from_an_argument_is_copied_once() -> None:
    g, b = empty("f", xs=FLOATS, n=INT, x=FLOAT)
    xs, n, x = g.inputs
    done = loop(b, n, [xs], lambda i, ys: [b.op("add_at", ys, x, i)])
    g.body.yields = [done.results[0]]
    assert copied(g, [1.0, 2.0, 3.0], 3, 2.0) == [0]


def test_double_buffering_needs_no_copy() -> None:
    g, b = empty("f", n=INT, x=FLOAT)
    n, x = g.inputs
    first = b.op("make_list", x, x)
    second = b.op("make_list", x, b.const(0.0))

    def step(i: Value, new: Value, old: Value) -> list[Value]:
        value = b.add(b.op("getitem", old, b.const(0)), x)
        return [old, b.op("set_at", new, value, b.const(1))]

    done = loop(b, n, [first, second], step)
    g.body.yields = list(done.results[:2])
    assert copied(g, 5, 2.0) == []


def test_the_same_list_twice_is_two() -> None:
    g, b = empty("f", n=INT, x=FLOAT)
    n, x = g.inputs
    mine = b.op("make_list", x, x)

    def step(i: Value, p: Value, q: Value) -> list[Value]:
        return [b.op("set_at", p, x, b.const(0)), b.op("add_at", q, x, b.const(1))]

    done = loop(b, n, [mine, mine], step)
    g.body.yields = list(done.results[:2])
    assert copied(g, 2, 2.0) == []
    assert sum(s.op.name == "make_list" for s in statements(inplace(g).body)) == 3


def test_what_goes_to_a_tape_is_not_written_again() -> None:
    g, b = empty("f", n=INT, x=FLOAT)
    n, x = g.inputs

    def step(i: Value, ys: Value) -> list[Value]:
        new = b.op("add_at", ys, x, b.const(0))
        return [new, new]

    done = loop(b, n, [fresh(b)], step, collects=1)
    g.body.yields = [done.results[0], done.results[1]]
    assert copied(g, 3, 2.0) == [1, 0]  # the last carry is also the last row of the tape


def test_a_list_stored_in_a_list_is_not_written_through_its_name() -> None:
    g, b = empty("f", x=FLOAT)
    (x,) = g.inputs
    row = b.op("make_list", x, x)
    rows = b.op("make_list", row, row)
    g.body.yields = [rows, b.op("set_at", row, b.const(9.0), b.const(0))]
    copied(g, 2.0)
    assert link(emit(inplace(g), name="f").text, "f")(2.0) == ([[2.0, 2.0], [2.0, 2.0]], [9.0, 2.0])


def test_shared_rows_are_not_written_in_place() -> None:
    g, b = empty("f", x=FLOAT)
    (x,) = g.inputs
    row = b.op("make_list", x, x)
    rows = b.op("make_list", row, row)
    g.body.yields = [b.op("set_at", rows, b.const(9.0), b.const(0), b.const(0))]
    assert copied(g, 2.0) == [0]


def test_a_row_that_is_read_later_is_kept() -> None:
    g, b = empty("f", w=ROWS, x=FLOAT)
    w, x = g.inputs
    mine = b.op("list_copy", w)
    row = b.op("getitem", mine, b.const(0))
    new = b.op("set_at", mine, x, b.const(0), b.const(1))
    g.body.yields = [b.op("sum_list", row), new]
    assert copied(g, [[1.0, 2.0], [3.0]], 9.0) == [0, 0]


def test_branches_do_not_follow_each_other() -> None:
    g, b = empty("f", c=BOOL, x=FLOAT)
    c, x = g.inputs
    ys = fresh(b)
    (out,) = b.if_(
        c, lambda: [b.op("set_at", ys, x, b.const(0))], lambda: [b.op("add_at", ys, x, b.const(1))]
    )
    g.body.yields = [out]
    assert copied(g, True, 2.0) == []
    assert copied(g, False, 2.0) == []


def test_a_value_from_outside_is_alive_throughout_a_loop() -> None:
    g, b = empty("f", xs=FLOATS, n=INT, x=FLOAT)
    xs, n, x = g.inputs
    ys = b.op("list_copy", xs)

    def step(i: Value, s: Value) -> list[Value]:
        new = b.op("add_at", ys, s, b.const(0))
        return [b.add(s, b.op("sum_list", new))]

    done = loop(b, n, [x], step)
    g.body.yields = [done.results[0]]
    assert copied(g, [1.0, 2.0], 3, 2.0) == [0, 1]


@pytest.mark.parametrize("flag", [True, False])
def test_one_branch_brings_an_argument(flag: bool) -> None:
    g, b = empty("f", c=BOOL, xs=FLOATS, x=FLOAT)
    c, xs, x = g.inputs
    (ys,) = b.if_(c, lambda: [xs], lambda: [b.op("make_list", x, x)])
    g.body.yields = [b.op("set_at", ys, x, b.const(0))]
    assert copied(g, flag, [1.0, 2.0], 5.0) == [0]
