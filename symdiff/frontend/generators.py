"""Generator functions that are consumed where they are called: their values are collected first.

Between the values of a generator Python runs its consumer. Collecting them all before is the same
where neither changes what the other reads and the consumer takes every value; where that is not
plain, the generator is refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from symdiff.errors import UnsupportedCall
from symdiff.frontend import heap, iterate, objects
from symdiff.frontend.assign import extend
from symdiff.frontend.context import Heap, Lowering, expression
from symdiff.frontend.desugar import returns_early, yields
from symdiff.frontend.liveness import function_reads, stored_names
from symdiff.frontend.suite import suite
from symdiff.frontend.values import NONE_CONST, Abstract, Ref, Yielded, pack
from symdiff.ir.types import UNKNOWN
from symdiff.syntax import children

HINT = "collect the values in a list first, or write the loop in place of the generator"


def collected(lo: Lowering, tree: ast.FunctionDef, live: frozenset[str], node: ast.AST) -> Abstract:
    """The values of a generator whose scope is the current one."""
    body, scope = tree.body, lo.scope
    plain = {id(s.value) for s in body if isinstance(s, ast.Expr)}
    straight = not returns_early(body) and all(id(y) in plain for y in yields(body))
    scope.yields = [] if straight else lo.new_cell(lo.builder.op("make_list", elem=UNKNOWN))
    before = lo.state.heap.copy()
    suite(lo, body, live)
    _keeps(lo, before, scope.name, node)
    items = scope.yields
    return Yielded(items if isinstance(items, Ref) else pack(items), tree, scope)


def _keeps(lo: Lowering, before: Heap, name: str, node: ast.AST) -> None:
    now = lo.state.heap
    changed = [c for c, v in before.values.items() if now.values.get(c) is not v]
    changed += [c for c, v in before.objects.items() if now.objects.get(c) is not v]
    own = lo.scope.yields
    if any(not isinstance(own, Ref) or c is not own.cell for c in changed):
        lo.fail(
            UnsupportedCall,
            node,
            f"the generator '{name}' changes what lives outside of it",
            "its values are collected before they are used, which would show",
            HINT,
        )


@expression(ast.Yield)
def yielding(lo: Lowering, node: ast.Yield) -> Abstract:
    x = NONE_CONST if node.value is None else lo.expr(node.value)
    into = lo.scope.yields
    if isinstance(into, Ref):
        heap.append(lo, into, x, node)
    else:
        into.append(x)
    return NONE_CONST


@expression(ast.YieldFrom)
def yielding_all(lo: Lowering, node: ast.YieldFrom) -> Abstract:
    source = iterate.settled(lo, lo.expr(node.value), node)
    into = lo.scope.yields
    if not isinstance(into, Ref) and _counted(lo, source, node):
        into += iterate.static_items(lo, source, node)
        return NONE_CONST
    if not isinstance(into, Ref):
        into = lo.scope.yields = heap.make_list(lo, into, node)
    extend(lo, into, iterate.to_list(lo, source, node), node)
    return NONE_CONST


def _counted(lo: Lowering, x: Abstract, node: ast.AST) -> bool:
    """Whether the number of values is known."""
    if isinstance(x, Ref):
        return heap.read(lo, x, node).op == "make_list"
    return iterate.is_static(x)


# -- consumers -------------------------------------------------------------------------------------


@contextmanager
def apart(lo: Lowering, x: Abstract, node: ast.For) -> Iterator[None]:
    """The body of a loop over a generator's values may not change what the generator reads."""
    if not isinstance(x, Yielded):
        yield
        return
    reads = function_reads(x.tree)
    written = stored_names([*node.body, node.target]) if x.scope.parent is lo.scope else set()
    changed = sorted(reads & (written | _rebound(x)))
    if changed:
        _refuse(lo, node, x, f"'{changed[0]}' changes while the loop runs, and it reads that")
    if _leaves(node.body):
        _refuse(lo, node, x, "the loop is left before it is at its end")
    frozen = lo.state.heap.frozen
    parent = x.scope.parent
    outside = parent.vars if parent is not None and parent is not lo.scope else lo.vars
    roots = [*x.scope.vars.values(), *(outside[n] for n in reads if n in outside)]
    mine = {o.cell for o in objects.reachable(roots, lo.state.heap.objects)} - frozen.keys()
    mine -= {x.items.cell} if isinstance(x.items, Ref) else set()
    frozen.update(dict.fromkeys(mine, f"a loop runs over '{x.scope.name}', which reads it"))
    yield
    for cell in mine:
        lo.state.heap.frozen.pop(cell, None)


def _rebound(x: Yielded) -> set[str]:
    found: set[str] = set()
    scope = x.scope.parent
    while scope is not None:
        found |= scope.shared
        scope = scope.parent
    return found


def _leaves(body: Sequence[ast.AST], inner: bool = False) -> bool:
    """Whether statements return, or break the loop that they are the body of."""
    for stmt in body:
        if isinstance(stmt, ast.Return) or (isinstance(stmt, ast.Break) and not inner):
            return True
        if isinstance(stmt, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        deeper = inner or isinstance(stmt, (ast.For, ast.While))
        if _leaves(children(stmt), deeper):
            return True
    return False


def _refuse(lo: Lowering, node: ast.For, x: Yielded, why: str) -> None:
    what = f"the generator '{x.scope.name}' is not followed here"
    lo.fail(UnsupportedCall, node.iter, what, why, HINT)
