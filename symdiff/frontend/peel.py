"""The first iteration of a loop, written out in front of it.

``s = 0.0`` and then ``s = s + row`` in a loop over the rows of a matrix: the name has its type from
the first iteration on.  Where a loop is refused as it stands, its first iteration is lowered by
itself, and the loop goes on with the types that it leaves.  What a name would be had the loop not
run at all is another type, so that this raises."""

from __future__ import annotations

import ast
from collections.abc import Callable

from symdiff.errors import TypeMismatch
from symdiff.frontend import iterate
from symdiff.frontend.assign import assign
from symdiff.frontend.context import Lowering
from symdiff.frontend.expressions import test
from symdiff.frontend.suite import live_after, live_head, suite
from symdiff.frontend.values import Abstract
from symdiff.syntax import nodes


def _message(lo: Lowering, node: ast.AST) -> str:
    line = getattr(node, "lineno", 0)
    return f"the loop in line {line} of '{lo.scope.name}' has to run: names change their type in it"


def _plain(lo: Lowering, node: ast.For | ast.While) -> None:
    """Refuse what leaves the loop in the middle."""
    if node.orelse or any(isinstance(n, (ast.Break, ast.Return)) for n in nodes(*node.body)):
        lo.fail(TypeMismatch, node, "a loop with exits is not peeled")


def _once(lo: Lowering, node: ast.For | ast.While) -> None:
    suite(lo, node.body, live_head(lo, node) | live_after(lo, node))
    lo.state.continued = False
    if lo.exited() is not False:
        lo.fail(TypeMismatch, node, "a loop with exits is not peeled")


def for_loop(
    lo: Lowering, node: ast.For, iterable: Abstract, rest: Callable[[Abstract], None]
) -> None:
    """``rest`` lowers the loop over the elements that are left."""
    _plain(lo, node)
    if iterate.is_static(iterable):  # it was written out, and what holds it may change meanwhile
        lo.fail(TypeMismatch, node, "a loop that is written out is not peeled")
    first, others = iterate.split(lo, iterable, node.iter, _message(lo, node))
    assign(lo, node.target, first, node)
    _once(lo, node)
    rest(others)


def while_loop(lo: Lowering, node: ast.While, rest: Callable[[], None], sure: bool) -> None:
    """``rest`` lowers the loop as it stands, after the first iteration; ``sure``: only where there
    is one in any case."""
    _plain(lo, node)
    cond = test(lo, node.test)
    if sure and not cond.is_const(True):
        lo.fail(TypeMismatch, node, "whether the loop runs depends on data")
    iterate.require(lo, cond, f"TypeError({_message(lo, node)!r})")
    _once(lo, node)
    rest()
