"""Which names are read later: one backward walk over a function's statements.

Joins and loop heads merge only live names, so a temporary of a loop's body never becomes a carry,
and two unrelated uses of one name never have to agree on a type."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from symdiff.frontend.match_cases import bound_name
from symdiff.syntax import BELOW, children, nodes

Names = set[str]
COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


class Liveness:
    """``after[id(stmt)]``: names live behind an ``if``, a loop or a ``try``; ``head[id(loop)]``:
    names live at its head; ``caught[id(try)]``, ``ended[id(try)]`` and ``ending[id(try)]``: names
    live at the start of its handlers, of its ``else``, and of its ``finally``."""

    def __init__(self, body: list[ast.stmt]) -> None:
        self.after: dict[int, frozenset[str]] = {}
        self.head: dict[int, frozenset[str]] = {}
        self.caught: dict[int, frozenset[str]] = {}
        self.ended: dict[int, frozenset[str]] = {}
        self.ending: dict[int, frozenset[str]] = {}
        self.always = closure_reads(body)
        self._watched: frozenset[str] = frozenset()  # live wherever a statement may raise
        self._ending: frozenset[str] = frozenset()  # live wherever control leaves
        self._loops: list[tuple[frozenset[str], frozenset[str]]] = []
        self._suite(body, set(self.always))

    def _suite(self, body: list[ast.stmt], live: Names) -> Names:
        for stmt in reversed(body):
            live = self._stmt(stmt, live | self._watched) | self._watched
        return live

    def _stmt(self, stmt: ast.stmt, live: Names) -> Names:
        if isinstance(stmt, ast.If):
            self.after[id(stmt)] = frozenset(live)
            live = self._suite(stmt.body, set(live)) | self._suite(stmt.orelse, set(live))
            return _apply(stmt.test, live)
        if isinstance(stmt, (ast.For, ast.While)):
            return self._loop(stmt, live)
        if isinstance(stmt, ast.Try):
            return self._try(stmt, live)
        if isinstance(stmt, (ast.Return, ast.Raise)):
            return _apply(stmt, set(self.always | self._ending))
        if isinstance(stmt, ast.Break):
            return set(self._loops[-1][1] | self._ending)
        if isinstance(stmt, ast.Continue):
            return set(self._loops[-1][0] | self._ending)
        return _apply(stmt, live)

    def _try(self, stmt: ast.Try, live: Names) -> Names:
        """What the handlers read is live wherever the body may raise."""
        watched, ending = self._watched, self._ending
        final = self._suite(stmt.finalbody, set(live))
        self.ending[id(stmt)] = frozenset(final)
        self.after[id(stmt)] = frozenset(final | live)
        if stmt.finalbody:
            self._ending = ending | final
            self._watched = watched | final
        ended = self._suite(stmt.orelse, set(final))
        self.ended[id(stmt)] = frozenset(ended)
        caught: Names = set(self._watched)
        for handler in stmt.handlers:
            inner = self._suite(handler.body, set(final))
            inner -= {handler.name}
            caught |= inner if handler.type is None else _apply(handler.type, inner)
        self.caught[id(stmt)] = frozenset(caught)
        self._watched = frozenset(caught)
        found = self._suite(stmt.body, ended)
        self._watched, self._ending = watched, ending
        return found

    def _loop(self, stmt: ast.For | ast.While, live: Names) -> Names:
        self.after[id(stmt)] = frozenset(live)
        ended = self._suite(stmt.orelse, set(live))
        head = live | ended
        while True:
            self._loops.append((frozenset(head), frozenset(live)))
            inner = self._suite(stmt.body, set(head))
            self._loops.pop()
            inner = (
                _apply_target(stmt.target, inner)
                if isinstance(stmt, ast.For)
                else _apply(stmt.test, inner)
            )
            if inner <= head:
                break
            head = head | inner
        self.head[id(stmt)] = frozenset(head)
        return _apply(stmt.iter, set(head)) if isinstance(stmt, ast.For) else set(head)


def _apply(node: ast.AST, live: Names) -> Names:
    """Live names before a simple statement or expression."""
    loads: Names = set()
    stores: Names = set()
    _uses(node, loads, stores)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        loads.add(node.target.id)
    elif isinstance(node, ast.expr):
        stores = set()  # a walrus may be skipped by a short circuit
    live -= stores
    live |= loads
    return live


def _uses(node: ast.AST, loads: Names, stores: Names) -> None:
    """Names of this scope that a node reads and binds."""
    stack = [node]
    while stack:
        child = stack.pop()
        below = BELOW.get(type(child))
        if below is not None:
            stack += below(child)
        elif isinstance(child, ast.Name):
            (loads if isinstance(child.ctx, ast.Load) else stores).add(child.id)
        elif isinstance(child, COMPREHENSIONS):
            loads |= _comprehension_reads(child)
        elif isinstance(child, (ast.FunctionDef, ast.Lambda)):
            loads |= function_reads(child)
            if isinstance(child, ast.FunctionDef):
                stores.add(child.name)
        elif isinstance(child, ast.ClassDef):
            for part in children(child):
                _uses(part, loads, set())
            stores.add(child.name)
        else:
            if isinstance(child, ast.pattern):
                stores |= _bound(child)
            stack += children(child)


def _bound(pattern: ast.pattern) -> Names:
    name = bound_name(pattern)
    return set() if name is None else {name}


def _comprehension_reads(node: ast.AST) -> Names:
    loads: Names = set()
    targets: Names = set()
    for child in children(node):
        _uses(child, loads, targets)
    first = node.generators[0].iter  # type: ignore[attr-defined]
    outer: Names = set()
    _uses(first, outer, set())
    walrus = {n.target.id for n in nodes(node) if isinstance(n, ast.NamedExpr)}
    return (loads - (targets - walrus)) | outer


def _apply_target(target: ast.expr, live: Names) -> Names:
    live = live - stored_names([target])
    return live | {
        n.id for n in nodes(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }


def stored_names(roots: Iterable[ast.AST]) -> Names:
    """Names that the statements bind in their own scope."""
    found: Names = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        below = BELOW.get(type(node))
        if below is not None:
            stack += below(node)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.ExceptHandler):
            found.update([node.name] if node.name else [])
            stack += node.body
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((a.asname or a.name).partition(".")[0] for a in node.names)
        elif isinstance(node, COMPREHENSIONS):
            found |= {w.target.id for w in nodes(node) if isinstance(w, ast.NamedExpr)}
        elif not isinstance(node, ast.Lambda):
            if isinstance(node, ast.pattern):
                found |= _bound(node)
            stack += children(node)
    return found


def function_reads(node: ast.FunctionDef | ast.Lambda) -> Names:
    """Names that a nested function reads from outside, its defaults included."""
    a = node.args
    loads: Names = set()
    stores = {x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)}
    stores |= {x.arg for x in (a.vararg, a.kwarg) if x is not None}
    for stmt in node.body if isinstance(node, ast.FunctionDef) else [node.body]:
        _uses(stmt, loads, stores)
    loads -= stores
    for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        _uses(decorator, loads, set())
    for default in (*a.defaults, *a.kw_defaults):
        if default is not None:
            _uses(default, loads, set())
    return loads


def closure_reads(body: Iterable[ast.AST]) -> frozenset[str]:
    """Names read inside nested functions, and in generators that are kept: live as long as the
    function may be called."""
    found: Names = set()
    used_up: set[ast.AST] = set()  # arguments of the call that runs them
    inner = nodes(*body)
    if not {ast.FunctionDef, ast.Lambda, ast.GeneratorExp}.intersection(map(type, inner)):
        return frozenset()
    for node in inner:
        if isinstance(node, ast.Call) and not _keeps(node):
            used_up.update(node.args)
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            found |= function_reads(node)
        elif isinstance(node, ast.GeneratorExp) and node not in used_up:
            found |= _comprehension_reads(node)
    return frozenset(found)


def _keeps(call: ast.Call) -> bool:
    """Whether a call may hand its argument on, in an iterator that is run over later."""
    return not isinstance(call.func, ast.Name) or call.func.id not in (
        "sum", "any", "all", "max", "min", "list", "tuple", "sorted", "set", "dict", "next"
    )
