"""Comprehensions and generator expressions: loops that collect or accumulate."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend import heap, iterate, loop_statements, loops, operators
from symdiff.frontend.assign import assign
from symdiff.frontend.branches import branch_stmt
from symdiff.frontend.context import Lowering, expression
from symdiff.frontend.displays import static_key
from symdiff.frontend.expressions import test
from symdiff.frontend.liveness import stored_names
from symdiff.frontend.values import Abstract, Cell, Generator, Ref, Struct
from symdiff.ir.core import Value
from symdiff.ir.types import UNKNOWN
from symdiff.syntax import nodes

Comp = ast.ListComp | ast.GeneratorExp


@contextmanager
def _own_names(lo: Lowering, node: Comp | ast.DictComp) -> Iterator[None]:
    """The targets of a comprehension are its own: names of the function come back behind it."""
    targets = stored_names([g.target for g in node.generators])
    saved = {n: lo.vars[n] for n in targets if n in lo.vars}
    yield
    for n in targets:
        lo.vars.pop(n, None)
    lo.vars.update(saved)


def walrus_names(node: ast.AST) -> frozenset[str]:
    """Names that the comprehension binds in the function around it."""
    return frozenset(n.target.id for n in nodes(node) if isinstance(n, ast.NamedExpr))


def over(
    lo: Lowering,
    node: Comp,
    emit: Callable[[], None],
    names: frozenset[str] = frozenset(),
    cells: frozenset[Cell] = frozenset(),
) -> None:
    """Run ``emit`` for every element; ``names`` and ``cells`` are what it changes."""
    changed = names | walrus_names(node)

    def level(k: int) -> None:
        if k == len(node.generators):
            emit()
            return
        _level(lo, node, k, lo.expr(node.generators[k].iter), lambda: level(k + 1), changed, cells)

    with _own_names(lo, node):
        level(0)


def _level(
    lo: Lowering,
    node: Comp,
    k: int,
    iterable: Abstract,
    inner: Callable[[], None],
    changed: frozenset[str],
    cells: frozenset[Cell],
) -> None:
    gen = node.generators[k]
    iterable = operators.iterated(lo, iterable, gen.iter)

    def element(x: Abstract) -> None:
        assign(lo, gen.target, x, node)
        _filtered(lo, gen.ifs, inner, node)

    if iterate.is_static(iterable):
        for x in iterate.static_items(lo, iterable, gen.iter):
            element(x)
        return
    plan = iterate.plan(lo, iterable, gen.iter)

    def body(index: Value | None) -> None:
        assert index is not None
        element(plan.element(index))

    loop = loops.Loop(
        node,
        body,
        (plan.start, plan.stop, plan.step),
        index=loop_statements.index_hint(iterable, gen.target),
        names=changed,
        cells=cells,
        head=changed,
        after=changed,
        ran=plan.ran,
        watched=iterate.sources(iterable),
        expression=True,
    )
    loops.run(lo, loop)


def _filtered(lo: Lowering, ifs: list[ast.expr], inner: Callable[[], None], node: ast.AST) -> None:
    if not ifs:
        inner()
        return
    cond = test(lo, ifs[0])
    live = frozenset(lo.vars)
    branch_stmt(lo, cond, lambda: _filtered(lo, ifs[1:], inner, node), lambda: None, node, live)


@expression(ast.ListComp)
def list_comp(lo: Lowering, node: ast.ListComp) -> Abstract:
    return collect(lo, node, node.elt)


def collect(lo: Lowering, node: Comp, elt: ast.expr) -> Ref:
    """The list of a comprehension: collected directly if it is one loop without conditions."""
    gen = node.generators[0]
    if len(node.generators) == 1 and not gen.ifs and not walrus_names(node):
        with _own_names(lo, node):
            iterable = operators.iterated(lo, lo.expr(gen.iter), gen.iter)
            if iterate.is_static(iterable):
                items: list[Abstract] = []
                for x in iterate.static_items(lo, iterable, gen.iter):
                    assign(lo, gen.target, x, node)
                    items.append(lo.expr(elt))
                return heap.make_list(lo, items, node)

            def element(x: Abstract) -> Abstract:
                assign(lo, gen.target, x, node)
                return lo.expr(elt)

            return loop_statements.collect_plan(
                lo, iterable, node, element, loop_statements.index_hint(iterable, gen.target)
            )
    made = lo.new_cell(lo.builder.op("make_list", elem=UNKNOWN))
    over(lo, node, lambda: heap.append(lo, made, lo.expr(elt), node), cells=frozenset([made.cell]))
    return made


def fold(
    lo: Lowering, gen: Generator, start: Abstract, step: Callable[[Abstract, Abstract], Abstract]
) -> Abstract:
    """An accumulation over a generator: the loop that ``sum(... for ...)`` is."""
    name = f"<fold {id(gen.node)}>"
    lo.vars[name] = start

    def emit() -> None:
        x = lo.expr(gen.node.elt)
        lo.vars[name] = step(lo.vars[name], x)

    over(lo, gen.node, emit, frozenset([name]))
    return lo.vars.pop(name)


@expression(ast.DictComp)
def dict_comp(lo: Lowering, node: ast.DictComp) -> Abstract:
    """A dict whose keys are known: its one loop unrolls."""
    gen = node.generators[0]
    if len(node.generators) != 1 or gen.ifs:
        lo.fail(
            UnsupportedSyntax,
            node,
            "this dict comprehension is not supported",
            "",
            "use one plain for",
        )
    keys: list[object] = []
    items: list[Abstract] = []
    with _own_names(lo, node):
        for x in iterate.static_items(lo, iterate.taken(lo.expr(gen.iter)), gen.iter):
            assign(lo, gen.target, x, node)
            keys.append(static_key(lo, lo.expr(node.key), node.key))
            items.append(lo.expr(node.value))
    return lo.new_object(Struct("dict", tuple(keys), tuple(items)))


@expression(ast.SetComp, ast.Set)
def set_display(lo: Lowering, node: ast.expr) -> Abstract:
    lo.fail(
        UnsupportedSyntax,
        node,
        "sets are not supported",
        "their order is not defined",
        "use a list or a tuple",
    )


iterate.COLLECT.append(collect)
