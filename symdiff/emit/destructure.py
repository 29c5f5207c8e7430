"""``a = p[0]; b = p[1]`` behind a check that there are two is ``a, b = p``, which checks it too."""

from __future__ import annotations

import ast

from symdiff.emit.printer import is_note

UNPACKS = "values to unpack expected"  # how the check says what it is for


def destructured(suite: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a suite, with reads of all elements one after the other as one."""
    if ast.If not in map(type, suite):
        return suite
    out: list[ast.stmt] = []
    k = 0
    while k < len(suite):
        found = _unpacking(suite, k) if type(suite[k]) is ast.If else None
        if found is None:
            out.append(suite[k])
            k += 1
        else:
            unpacked, k = found
            out.append(unpacked)
    return out


def _unpacking(suite: list[ast.stmt], at: int) -> tuple[ast.stmt, int] | None:
    """The statement that stands for a check and the reads behind it, and where it ends."""
    checked = _check(suite[at])
    if checked is None:
        return None
    name, count = checked
    targets: list[ast.expr] = []
    at += 1
    while len(targets) < count:
        if at == len(suite):
            return None
        if not is_note(suite[at]):
            target = _read(suite[at], name, len(targets))
            if target is None:
                return None
            targets.append(target)
        at += 1
    if any(isinstance(t, ast.Name) and t.id == name for t in targets):
        return None
    return ast.Assign([ast.Tuple(targets, ast.Store())], ast.Name(name, ast.Load())), at


def _check(stmt: ast.stmt) -> tuple[str, int] | None:
    """What is unpacked and into how many, of ``if len(p) != 2: raise ValueError(...)``."""
    if not isinstance(stmt, ast.If) or stmt.orelse:
        return None
    body = [s for s in stmt.body if not is_note(s)]
    match stmt.test, body:
        case (
            ast.Compare(
                ast.Call(ast.Name("len"), [ast.Name(name)]),
                [ast.NotEq()],
                [ast.Constant(int(count))],
            ),
            [ast.Raise(ast.Call(ast.Name("ValueError"), [ast.Constant(str(text))]))],
        ) if count > 1 and text == f"{count} {UNPACKS}":
            return name, count
    return None


def _read(stmt: ast.stmt, name: str, place: int) -> ast.expr | None:
    """The target of ``a = p[place]``."""
    match stmt:
        case ast.Assign(
            [ast.Name() as target], ast.Subscript(ast.Name(owner), ast.Constant(found))
        ) if owner == name and found == place:
            return target
    return None
