"""``with`` as a ``try`` whose ``finally`` leaves the manager: the two ways out are known there.

``with A as x: body`` becomes ENTER A, bind x, then ``try: body; finally: LEAVE``; ``suppress``
becomes ``except: pass``. What a manager does is known when it is lowered, in :mod:`managers`."""

from __future__ import annotations

import ast

from symdiff.syntax import nodes


class Enter(ast.stmt):
    """``target = manager``, entered; ``bound`` is what ``as`` names."""

    _fields = ("manager", "target", "bound")

    def __init__(self, manager: ast.expr, target: ast.Name, bound: ast.expr | None) -> None:
        super().__init__()
        self.manager, self.target, self.bound = manager, target, bound


class Leave(ast.stmt):
    """The end of a block, reached on every way out."""

    _fields = ("manager",)

    def __init__(self, manager: ast.Name) -> None:
        super().__init__()
        self.manager = manager


class Block(ast.Try):
    """The body of a ``with``; the manager's name is that of its :class:`Leave`."""

    @property
    def manager(self) -> str:
        (leave,) = self.finalbody
        assert isinstance(leave, Leave)
        return leave.manager.id


class Suppresses(ast.stmt):
    """A check that what is called ``suppress`` is ``contextlib.suppress``."""

    _fields = ("func",)

    def __init__(self, func: ast.expr) -> None:
        super().__init__()
        self.func = func


def rewrite(tree: ast.AST) -> None:
    """Replace every ``with`` below a node, on the node itself; inner ones first."""
    for node in reversed(nodes(tree)):
        for name in node._fields:
            body = getattr(node, name, None)
            if isinstance(body, list) and any(isinstance(s, ast.With) for s in body):
                found = [_opened(s) if isinstance(s, ast.With) else [s] for s in body]
                body[:] = [s for part in found for s in part]


def _opened(node: ast.With) -> list[ast.stmt]:
    body = node.body
    for k, item in reversed(list(enumerate(node.items))):
        at, value = item.context_expr, item.context_expr
        if _is_suppress(item):
            assert isinstance(value, ast.Call)
            kinds = ast.copy_location(ast.Tuple(value.args, ast.Load()), at)
            handler = ast.ExceptHandler(kinds, None, [ast.copy_location(ast.Pass(), at)])
            caught = ast.Try(body, [ast.copy_location(handler, at)], [], [])
            body = [_at(Suppresses(value.func), at), _at(caught, at)]
            continue
        name = f"<manager {node.lineno}:{node.col_offset}:{k}>"
        store = ast.copy_location(ast.Name(name, ast.Store()), at)
        load = ast.copy_location(ast.Name(name, ast.Load()), at)
        block = Block(body, [], [], [_at(Leave(load), at)])
        body = [_at(Enter(value, store, item.optional_vars), at), _at(block, at)]
    return body


def _at(node: ast.stmt, place: ast.AST) -> ast.stmt:
    return ast.copy_location(node, place)


def _is_suppress(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call) or item.optional_vars is not None or call.keywords:
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "suppress" and not any(isinstance(a, ast.Starred) for a in call.args)
