"""What is simpler to lower in another shape, and the per-function facts that lowering asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symdiff.frontend import match_cases, with_blocks
from symdiff.frontend.context import Scope
from symdiff.frontend.liveness import Liveness, stored_names
from symdiff.records import dataclass
from symdiff.syntax import children, nodes


@dataclass(slots=True)
class Prepared:
    """Facts about a function: liveness and the names that it binds."""

    liveness: Liveness
    bound: frozenset[str]
    shared: frozenset[str]  # of these, what nested functions may rebind
    outer: frozenset[str]  # names of an enclosing function that this one rebinds
    rebinds: frozenset[str]  # globals that it rebinds
    generator: bool
    body: list[ast.stmt]

    def into(self, scope: Scope) -> None:
        """Tell the scope of the function."""
        scope.liveness = self.liveness
        scope.bound, scope.shared = self.bound, self.shared
        scope.outer, scope.rebinds, scope.body = self.outer, self.rebinds, self.body


_NESTED = (ast.FunctionDef, ast.Lambda, ast.ClassDef)
_YIELDS = (ast.Yield, ast.YieldFrom)
_CACHE: dict[int, tuple[ast.AST, list[ast.stmt], Prepared]] = {}


def prepared(tree: ast.FunctionDef | ast.Lambda) -> tuple[list[ast.stmt], Prepared]:
    """The statements to lower, with what is known about them; computed once per tree."""
    found = _CACHE.get(id(tree))
    if found is not None and found[0] is tree:
        return found[1], found[2]
    body = [] if isinstance(tree, ast.Lambda) else tree.body
    inner = nodes(*body)
    kinds = set(map(type, inner))
    if ast.Match in kinds or ast.With in kinds:
        match_cases.rewrite(tree)
        with_blocks.rewrite(tree)
        inner = nodes(*body)
    if ast.While in kinds or ast.Compare in kinds:
        for node in inner:
            if isinstance(node, ast.While):
                _leading_exit(node)
            elif isinstance(node, ast.Compare):
                pairs = zip(node.ops, node.comparators, strict=True)
                node.comparators = [_display(c) if isinstance(op, TESTS) else c for op, c in pairs]
    a = tree.args
    params = {x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)}
    params |= {x.arg for x in (a.vararg, a.kwarg) if x is not None}
    own = inner if kinds.isdisjoint(_NESTED) else list(_own(body))
    outer = rebound = outside = frozenset[str]()
    if ast.Nonlocal in kinds or ast.Global in kinds:
        outer = frozenset(n for g in own if isinstance(g, ast.Nonlocal) for n in g.names)
        outside = frozenset(n for g in own if isinstance(g, ast.Global) for n in g.names)
        rebound = frozenset(n for g in inner if isinstance(g, ast.Nonlocal) for n in g.names)
    stored = stored_names(body)
    bound = frozenset((stored | params) - outside - outer)
    makes = not kinds.isdisjoint(_YIELDS) and any(isinstance(n, _YIELDS) for n in own)
    facts = Prepared(
        Liveness(body), bound, bound & rebound, outer, frozenset(stored & outside), makes, body
    )
    _CACHE[id(tree)] = (tree, body, facts)
    return body, facts


def yields(body: list[ast.stmt]) -> list[ast.Yield | ast.YieldFrom]:
    """The yields of a function itself, without those of what is nested in it."""
    return [n for n in _own(body) if isinstance(n, (ast.Yield, ast.YieldFrom))]


def returns_early(body: list[ast.stmt]) -> bool:
    """Whether a function itself returns anywhere but at its end."""
    return any(isinstance(n, ast.Return) and n is not body[-1] for n in _own(body))


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of a function itself, without what is nested in it."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _NESTED):
            stack += children(node)


def _leading_exit(node: ast.While) -> None:
    """``while (x := f()) > 0:`` is ``while True: if not (x := f()) > 0: break``, with what ``else``
    says in front of that ``break``; done on the node itself."""
    if not any(isinstance(n, ast.NamedExpr) for n in nodes(node.test)):
        return
    test = node.test
    leave = ast.copy_location(ast.Break(), test)
    negated = ast.copy_location(ast.UnaryOp(ast.Not(), test), test)
    left = ast.copy_location(ast.If(negated, [*node.orelse, leave], []), test)
    node.body.insert(0, left)
    node.orelse = []
    node.test = ast.copy_location(ast.Constant(True), test)


TESTS = (ast.In, ast.NotIn)


def _display(node: ast.expr) -> ast.expr:
    """``x in {a, b}`` asks what ``x in (a, b)`` asks."""
    if isinstance(node, ast.Set):
        return ast.copy_location(ast.Tuple(node.elts, ast.Load()), node)
    return node
