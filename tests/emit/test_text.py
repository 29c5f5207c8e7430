"""Exact text of small graphs: what a person reads."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from symdiff.emit.link import link
from symdiff.emit.python import emit
from symdiff.ir.core import Graph, Param
from symdiff.ir.interp import run
from symdiff.ir.types import BOOL, FLOAT, INT, Node, tuple_of
from symdiff.ir.verify import verify
from symdiff.passes.inplace import inplace
from tests.emit.programs import FLOATS, ROWS, empty, line


def shown(graph: Graph, *args: Any, **options: Any) -> str:
    """The text without imports and blank lines; run, and compared with the interpreter, where
    arguments are given.
    """
    verify(graph)
    graph = inplace(graph)
    text = emit(graph, name="f", **options).text
    if args:
        got = link(text, "f")(*args)
        assert (list(got) if isinstance(got, tuple) else [got]) == run(graph, *args)
    return text[text.index("def f") :]


def same(graph: Graph, want: str, *args: Any) -> None:
    assert shown(graph, *args) == dedent(want).lstrip("\n")


def test_straight_line() -> None:
    g, b = empty("neuron", w=FLOAT, x=FLOAT, c=FLOAT)
    w, x, c = g.inputs
    b.current = line(5)
    z = b.op("add", b.mul(w, x), c, hint="z")
    b.current = line(6)
    a = b.op("div", b.const(1.0), b.add(b.const(1.0), b.op("exp", b.neg(z))), hint="a")
    b.current = line(6, "adjoint", "da/dz = a*(1 - a)")
    dz = b.op("mul", a, b.sub(b.const(1.0), a), hint="dz")
    g.body.yields = [b.mul(dz, x), b.mul(dz, w), dz]
    same(
        g,
        """
        def f(w, x, c):
            z = w*x + c                   # L5
            a = 1.0/(1.0 + math.exp(-z))  # L6
            dz = a*(1.0 - a)              # da/dz = a*(1 - a)
            return dz*x, dz*w, dz
        """,
        0.5,
        2.0,
        -0.25,
    )


def test_fibonacci_swaps_at_once() -> None:
    g, b = empty("fib", n=INT)
    body = b.new_block()
    with b.into(body):
        body.add_param(INT, "i")
        x, y = body.add_param(FLOAT, "a"), body.add_param(FLOAT, "b")
        body.yields = [y, b.add(x, y)]
    loop = b.for_stmt(
        (b.const(0), g.inputs[0], b.const(1)), [b.const(0.0), b.const(1.0)], body, hints=["a", "b"]
    )
    g.body.yields = [loop.results[0]]
    same(
        g,
        """
        def f(n):
            a = 0.0
            b = 1.0
            for _ in range(n):
                a, b = b, a + b
            return a
        """,
        10,
    )


def test_a_pure_swap_is_a_tuple() -> None:
    g, b = empty("swap", x=FLOAT, y=FLOAT, n=INT)
    body = b.new_block()
    with b.into(body):
        body.add_param(INT, "i")
        p, q = body.add_param(FLOAT, "x"), body.add_param(FLOAT, "y")
        body.yields = [q, p]
    x, y, n = g.inputs
    loop = b.for_stmt((b.const(0), n, b.const(1)), [x, y], body, hints=["x", "y"])
    g.body.yields = list(loop.results[:2])
    same(
        g,
        """
        def f(x, y, n):
            for _ in range(n):
                x, y = y, x
            return x, y
        """,
        1.0,
        2.0,
        3,
    )


def accumulate(step: Callable[..., Any], **params: Any) -> tuple[Graph, Any, Any]:
    """``s = 0.0; for x in xs: s = step(...)`` as a graph."""
    g, b = empty("f", xs=FLOATS, **params)
    xs = g.inputs[0]
    body = b.new_block()
    with b.into(body):
        i, s = body.add_param(INT, "i"), body.add_param(FLOAT, "s")
        b.current = line(3)
        x = b.op("getitem", xs, i, hint="x")
        b.current = line(4)
        body.yields = step(b, i, s, x)
    return g, b, body


def test_for_over_elements_and_a_tape_read_backwards() -> None:
    g, b, body = accumulate(
        lambda b, i, s, x: [b.op("mul", s, x, hint="s"), b.op("make_tuple", s, x)]
    )
    xs = g.inputs[0]
    b.current = line(3)
    loop = b.for_stmt(
        (b.const(0), b.op("len", xs), b.const(1)),
        [b.const(1.0)],
        body,
        collects=1,
        hints=["s", "s_tape"],
    )
    back = b.new_block()
    b.current = line(4, "adjoint")
    with b.into(back):
        k, ds, dx = (
            back.add_param(INT, "k"),
            back.add_param(FLOAT, "ds"),
            back.add_param(FLOATS, "dx"),
        )
        entry = b.op("getitem", loop.results[1], k)
        s, x = (
            b.op("tuple_get", entry, index=0, hint="s"),
            b.op("tuple_get", entry, index=1, hint="x"),
        )
        new = b.op("append", dx, b.mul(ds, s))
        back.yields = [b.op("mul", ds, x, hint="ds"), new]
    down = (b.sub(b.op("len", xs), b.const(1)), b.const(-1), b.const(-1))
    result = b.for_stmt(
        down, [b.const(1.0), b.op("make_list", elem=FLOAT)], back, hints=["ds", "dx"]
    )
    g.body.yields = [loop.results[0], result.results[1]]
    same(
        g,
        """
        def f(xs):
            s = 1.0
            s_tape = []
            for x in xs:  # L3
                s_tape.append((s, x))
                s *= x    # L4
            ds = 1.0
            dx = []
            for s1, x in reversed(s_tape):
                dx.append(ds*s1)
                ds *= x
            return s, dx
        """,
        [1.0, 2.0, 4.0],
    )


def test_enumerate_where_the_index_is_read_too() -> None:
    g, b, body = accumulate(lambda b, i, s, x: [b.op("add", s, b.mul(b.to_float(i), x), hint="s")])
    loop = b.for_stmt(
        (b.const(0), b.op("len", g.inputs[0]), b.const(1)), [b.const(0.0)], body, hints=["s"]
    )
    g.body.yields = [loop.results[0]]
    same(
        g,
        """
        def f(xs):
            s = 0.0
            for i, x in enumerate(xs):  # L4
                s += float(i)*x
            return s
        """,
        [1.0, 2.0, 4.0],
    )


def test_comprehension() -> None:
    g, b = empty("f", xs=FLOATS)
    xs = g.inputs[0]
    body = b.new_block()
    with b.into(body):
        i = body.add_param(INT, "i")
        x = b.op("getitem", xs, i)
        body.yields = [b.mul(x, x)]
    loop = b.for_stmt((b.const(0), b.op("len", xs), b.const(1)), [], body, collects=1)
    g.body.yields = [b.op("sum_list", loop.results[0])]
    same(g, "def f(xs):\n    return sum([x*x for x in xs])\n", [1.0, 2.0])


def test_break_is_recovered() -> None:
    g, b = empty("f", a=FLOAT)
    cond, body = b.new_block(), b.new_block()
    with b.into(cond):
        cond.add_param(FLOAT, "x")
        k = cond.add_param(INT, "k")
        cond.yields = [b.op("lt", k, b.const(50))]
    with b.into(body):
        x, k = body.add_param(FLOAT, "x"), body.add_param(INT, "k")
        d = b.op("sub", b.mul(x, x), g.inputs[0], hint="d")

        def rest() -> list[Any]:
            new = b.op("sub", x, b.div(d, b.mul(b.const(2.0), x)), hint="x")
            return [b.const(False), new, b.op("add", k, b.const(1), hint="k")]

        found = b.op("lt", b.op("abs", d), b.const(1e-9))
        body.yields = list(b.if_(found, lambda: [b.const(True), x, k], rest, ["", "x", "k"]))
    loop = b.while_stmt([g.inputs[0], b.const(0)], cond, body, exits=True, hints=["x", "k"])
    g.body.yields = [loop.results[0], loop.results[-1]]
    same(
        g,
        """
        def f(a):
            x = a
            k = 0
            stopped = False
            while k < 50:
                d = x*x - a
                if abs(d) < 1e-09:
                    stopped = True
                    break
                x -= d/(2.0*x)
                k += 1
            return x, stopped
        """,
        2.0,
    )


def test_final_branches_return() -> None:
    g, b = empty("f", x=FLOAT, y=FLOAT)
    x, y = g.inputs

    def first() -> list[Any]:
        t = b.op("mul", x, y, hint="t")
        return [b.add(t, b.mul(t, t)), y]

    g.body.yields = list(b.if_(b.op("lt", x, y), first, lambda: [y, x]))
    same(
        g,
        """
        def f(x, y):
            if x < y:
                t = x*y
                return t + t*t, y
            return y, x
        """,
        1.0,
        2.0,
    )


def test_and_or_not_are_recovered() -> None:
    g, b = empty("f", x=FLOAT, y=FLOAT)
    x, y = g.inputs
    c, d = b.op("lt", x, y), b.op("gt", x, b.const(0.0))
    both = b.select(c, lambda: b.op("ne", y, b.const(1.0)), lambda: b.const(False))
    some = b.select(d, lambda: b.const(True), lambda: b.op("ge", y, b.const(2.0)))
    g.body.yields = [both, some, b.op("not", b.op("le", x, b.const(3.0)))]
    same(
        g,
        """
        def f(x, y):
            return x < y and y != 1.0, x > 0.0 or y >= 2.0, not x <= 3.0
        """,
        1.0,
        2.0,
    )


def test_lists_are_written_in_place_and_arguments_are_not() -> None:
    g, b = empty("f", xs=FLOATS, g=FLOAT)
    xs, v = g.inputs
    mine = b.op("list_fill", b.op("len", xs), b.const(0.0), hint="dx")
    dx = b.op("add_at", mine, v, b.const(0), hint="dx")
    dx = b.op("set_at", dx, b.mul(v, v), b.const(1), hint="dx")
    ys = b.op("set_at", xs, v, b.const(0), hint="ys")
    g.body.yields = [dx, ys]
    same(
        g,
        """
        def f(xs, g):
            dx = [0.0]*len(xs)
            dx[0] += g
            dx[1] = g*g
            ys = xs.copy()
            ys[0] = g
            return dx, ys
        """,
        [1.0, 2.0],
        3.0,
    )


def test_structures_by_type() -> None:
    g, b = empty("f", w=ROWS)
    (w,) = g.inputs
    g.body.yields = [b.op("zeros_like", w), b.op("add_lists", w, w), b.op("list_copy", w)]
    same(
        g,
        """
        def f(w):
            return (
                [[0.0]*len(e) for e in w],
                [[p1 + q1 for p1, q1 in zip(p, q)] for p, q in zip(w, w)],
                [e.copy() for e in w],
            )
        """,
        [[1.0], [2.0, 3.0]],
    )


def test_structured_parameters_and_results() -> None:
    g, b = empty("f")
    tree = Node("dict", ("w", "b"), (FLOAT, Node("tuple", (0, 1), (FLOAT, FLOAT))))
    g.params.append(Param("p", tree))
    g.params.append(Param("scale", FLOAT, "keyword", (2.0,)))
    w, first, second, scale = (g.body.add_param(FLOAT, h) for h in ("w", "b0", "b1", "scale"))
    top = b.op("mul", w, scale, hint="top")
    g.body.yields = [b.add(top, w), b.mul(top, first), second]
    g.result = tree
    text = shown(g)
    assert text == dedent(
        """
        def f(p, *, scale=2.0):
            w = p["w"]
            top = w*scale
            return {"w": top + w, "b": (top*p["b"][0], p["b"][1])}
        """
    ).lstrip("\n").replace('"', "'")
    f = link(emit(g, name="f").text, "f")
    assert f({"w": 1.0, "b": (3.0, 4.0)}) == {"w": 3.0, "b": (6.0, 4.0)}


def test_pullback() -> None:
    g, b = empty("f", x=FLOAT, y=FLOAT, dout=FLOAT)
    x, y, dout = g.inputs
    e = b.op("exp", x, hint="e")
    g.body.yields = [b.mul(e, y), b.mul(b.mul(dout, e), y), b.mul(dout, e)]
    g.result = Node("tuple", (0, 1), (FLOAT, Node("tuple", (0, 1), (FLOAT, FLOAT))))
    text = shown(g, split=2)
    assert text == dedent(
        """
        def f(x, y):
            e = math.exp(x)

            def pullback(dout):
                t = dout*e
                return t*y, t
            return e*y, pullback
        """
    ).lstrip("\n")


def test_exceptions_and_assertions() -> None:
    g, b = empty("f", x=FLOAT)
    (x,) = g.inputs
    b.op("assert", b.op("gt", x, b.const(0.0)), x, template="f'{_0} is not positive'")

    def fail() -> list[Any]:
        b.op("raise", x, template="ValueError(f'too large: {_0}')")
        return [b.undef(FLOAT)]

    (y,) = b.if_(b.op("gt", x, b.const(9.0)), fail, lambda: [b.mul(x, x)], ["y"])
    g.body.yields = [b.add(y, b.const(1.0))]
    same(
        g,
        """
        def f(x):
            assert x > 0.0, f'{x} is not positive'
            if x > 9.0:
                raise ValueError(f'too large: {x}')
            y = x*x
            return y + 1.0
        """,
        2.0,
    )


def test_powers() -> None:
    g, b = empty("f", x=FLOAT, p=FLOAT)
    x, p = g.inputs
    g.body.yields = [b.op("pow", x, b.const(3)), b.op("pow", x, b.const(0.5)), b.op("pow", x, p)]
    assert "return x**3, math.pow(x, 0.5), math.pow(x, p)" in shown(g, 2.0, 3.0)
    with pytest.raises(ValueError):
        link(emit(g, name="f").text, "f")(-2.0, 3.0)


def test_negation_goes_to_the_first_factor() -> None:
    g, b = empty("f", x=FLOAT, y=FLOAT)
    x, y = g.inputs
    g.body.yields = [b.neg(b.mul(x, y)), b.neg(b.add(x, y)), b.mul(x, b.const(-2.0))]
    assert "return -x*y, -(x + y), x*-2.0" in shown(g, 2.0, 3.0)


def test_constants_are_exact() -> None:
    g, b = empty("f", x=FLOAT)
    values = [0.1, 1e308, 5e-324, float("inf"), float("-inf"), -0.0, 12345678901234567890]
    g.body.yields = [b.const(v) for v in values]
    got = link(emit(g, name="f").text, "f")(1.0)
    assert [repr(v) for v in got] == [repr(v) for v in values]


def test_names_avoid_keywords_builtins_and_the_function() -> None:
    g, b = empty("f", x=FLOAT)
    (x,) = g.inputs
    values = []
    for hint in ("lambda", "len", "math", "f", "pullback"):
        x = b.op("sin", x, hint=hint)
        values.append(x)
    g.body.yields = [*values, *(b.mul(v, v) for v in values)]
    text = shown(g, 1.0)
    for name in ("lambda", "len", "math", "f", "pullback"):
        assert f" {name} = " not in text


def test_a_tape_of_unbound_values_holds_something() -> None:
    g, b = empty("f", x=FLOAT, c=BOOL, n=INT)
    x, c, n = g.inputs
    body = b.new_block()
    with b.into(body):
        i = body.add_param(INT, "i")
        (z,) = b.if_(
            b.op("gt", i, b.const(1)), lambda: [b.op("sin", x)], lambda: [b.undef(FLOAT)], ["z"]
        )
        body.yields = [b.op("make_tuple", z, x)]
    loop = b.for_stmt((b.const(0), n, b.const(1)), [], body, collects=1)
    g.body.yields = [loop.results[0], b.op("not", c)]
    assert loop.results[0].type.elem == tuple_of(FLOAT, FLOAT)  # type: ignore[attr-defined]
    f = link(emit(g, name="f").text, "f")
    assert len(f(1.0, True, 4)[0]) == 4


def test_line_map() -> None:
    g, b = empty("f", x=FLOAT)
    b.current = line(12)
    a = b.op("sin", g.inputs[0], hint="a")
    b.current = line(15)
    c = b.op("mul", a, a, hint="c")
    g.body.yields = [b.mul(c, a), c]
    emitted = emit(g, name="f", header="made from f\n(user.py)", doc="The doc.")
    lines = emitted.text.split("\n")
    assert lines[:2] == ["# made from f", "# (user.py)"]
    at = {lines[k - 1].strip().split("#")[0].strip(): v for k, v in emitted.line_map.items()}
    assert at["a = math.sin(x)"] == 12
    assert at["c = a*a"] == 15
