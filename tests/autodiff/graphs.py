"""Hand-built primal graphs, one per shape of control flow, for tests of differentiation without a
front end.
"""

from __future__ import annotations

from collections.abc import Callable

import symdiff.ops.table  # noqa: F401  (fills the table)
from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, Value, new_graph
from symdiff.ir.types import BOOL, FLOAT, INT, Type, list_of
from symdiff.source import Origin, Span

HERE = Origin(Span("graphs.py", 1), "primal")


def graph(types: dict[str, Type], build: Callable[..., Value]) -> Graph:
    g = new_graph("f", HERE)
    values = [g.body.add_param(t, n) for n, t in types.items()]
    g.params = [Param(n, t) for n, t in types.items()]
    b = Builder(g)
    b.current = HERE
    out = build(b, *values)
    g.body.yields = [out]
    g.result = out.type
    return g


def straight() -> Graph:
    def build(b: Builder, x: Value, y: Value) -> Value:
        t = b.mul(x, b.op("exp", y))
        return b.add(b.mul(t, t), b.div(b.op("sin", x), y))

    return graph({"x": FLOAT, "y": FLOAT}, build)


def branch() -> Graph:
    def build(b: Builder, x: Value, y: Value) -> Value:
        c = b.op("gt", x, y)
        (v, w) = b.if_(
            c,
            lambda: (b.mul(x, b.op("exp", y)), y),
            lambda: (b.sub(y, x), b.op("sin", x)),
            ["v", "w"],
            style="stmt",
        )
        return b.mul(v, w)

    return graph({"x": FLOAT, "y": FLOAT}, build)


def horner() -> Graph:
    """s = 0; for i in range(n): s = s*x + c[i]"""

    def build(b: Builder, x: Value, c: Value) -> Value:
        n = b.op("len", c)
        with b.into(b.new_block()) as body:
            i = body.add_param(INT, "i")
            s = body.add_param(FLOAT, "s")
            body.yields = [b.add(b.mul(s, x), b.getitem(c, i))]
        loop = b.for_stmt((b.const(0), n, b.const(1)), [b.const(0.0)], body, hints=["s"])
        return loop.results[0]

    return graph({"x": FLOAT, "c": list_of(FLOAT)}, build)


def newton() -> Graph:
    """x = a; while abs(x*x - a) > 1e-12: x = (x + a/x)/2, with a stop after an exit test."""

    def build(b: Builder, a: Value) -> Value:
        cond, body = b.new_block(), b.new_block()
        with b.into(cond):
            x = cond.add_param(FLOAT, "x")
            cond.yields = [b.op("gt", b.op("abs", b.sub(b.mul(x, x), a)), b.const(1e-12))]
        with b.into(body):
            x = body.add_param(FLOAT, "x")
            new = b.mul(b.const(0.5), b.add(x, b.div(a, x)))
            new.hint = "x"
            stop = b.op("gt", new, b.const(1e9))
            body.yields = [stop, new]
        loop = b.while_stmt([a], cond, body, exits=True, hints=["x"])
        return b.mul(loop.results[0], a)

    return graph({"a": FLOAT}, build)


def nested() -> Graph:
    """for i in range(3): for j in range(i, 4): s = s + sin(s*x)*w[j] if s < 2 else s*0.5 - x ;
    w[i] = s
    """

    def build(b: Builder, x: Value, w: Value) -> Value:
        one = b.const(1)
        outer = b.new_block()
        with b.into(outer):
            i = outer.add_param(INT, "i")
            s0 = outer.add_param(FLOAT, "s")
            w0 = outer.add_param(list_of(FLOAT), "w")
            inner = b.new_block()
            with b.into(inner):
                j = inner.add_param(INT, "j")
                s = inner.add_param(FLOAT, "s")
                (new,) = b.if_(
                    b.op("lt", s, b.const(2.0)),
                    lambda: (b.add(s, b.mul(b.op("sin", b.mul(s, x)), b.getitem(w0, j))),),
                    lambda: (b.sub(b.mul(s, b.const(0.5)), x),),
                    ["s"],
                    style="stmt",
                )
                inner.yields = [new]
            loop = b.for_stmt((i, b.const(4), one), [s0], inner, hints=["s"])
            s1 = loop.results[0]
            outer.yields = [s1, b.op("set_at", w0, s1, i)]
        loop = b.for_stmt((b.const(0), b.const(3), one), [b.const(0.7), w], outer, hints=["s", "w"])
        s, w2 = loop.results[:2]
        return b.add(s, b.mul(b.getitem(w2, b.const(1)), b.getitem(w2, b.const(3))))

    return graph({"x": FLOAT, "w": list_of(FLOAT)}, build)


def collected() -> Graph:
    """ys = [exp(x*v) for v in xs]; ys.append(x); sum(ys) * ys[0]"""

    def build(b: Builder, x: Value, xs: Value) -> Value:
        with b.into(b.new_block()) as body:
            i = body.add_param(INT, "i")
            body.yields = [b.op("exp", b.mul(x, b.getitem(xs, i)))]
        loop = b.for_stmt(
            (b.const(0), b.op("len", xs), b.const(1)), [], body, collects=1, hints=["ys"]
        )
        ys = b.op("append", loop.results[0], x, hint="ys")
        return b.mul(b.op("sum_list", ys), b.getitem(ys, b.const(0)))

    return graph({"x": FLOAT, "xs": list_of(FLOAT)}, build)


CASES = [
    (straight, (0.7, 1.3)),
    (branch, (0.7, 1.3)),
    (branch, (1.7, 1.3)),
    (horner, (0.7, [1.0, -2.0, 3.0])),
    (horner, (0.7, [])),
    (newton, (2.7,)),
    (nested, (0.6, [1.0, 2.5, 0.3, 1.1])),
    (nested, (1.6, [1.0, 2.5, 0.3, 1.1])),
    (collected, (0.4, [0.5, 1.5])),
]

__all__ = ["BOOL", "CASES", "graph"]
