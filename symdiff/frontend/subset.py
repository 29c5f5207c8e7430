"""The fence: which syntax is refused, as a table.

Everything that a function contains outside the subset is found in one walk and reported together,
before any types are known. What depends on types or values (an unknown call, a dict key made of
data) is refused by the lowering, at its line."""

from __future__ import annotations

import ast
from collections.abc import Callable

from symdiff.errors import Diagnostic, UnsupportedSyntax
from symdiff.frontend.capture import Captured
from symdiff.records import dataclass
from symdiff.source import Span
from symdiff.syntax import BELOW, children, fields, nodes

When = Callable[[ast.AST, "Facts"], bool]


@dataclass(slots=True)
class Facts:
    """What an entry may ask of the whole function."""

    parents: dict[ast.AST, ast.AST]
    called: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """One entry: the nodes it is about, when it holds, and the three parts of the message."""

    nodes: tuple[type[ast.AST], ...]
    what: str
    why: str
    hint: str
    when: When | None = None


def _always(node: ast.AST, facts: Facts) -> bool:
    return True


def _async_comprehension(node: ast.AST, facts: Facts) -> bool:
    return isinstance(node, ast.comprehension) and bool(node.is_async)


def _bytes(node: ast.AST, facts: Facts) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, bytes)
        and not (isinstance(facts.parents.get(node), ast.Expr))
    )


def _outlives(node: ast.AST, facts: Facts) -> bool:
    """A ``nonlocal`` of the outermost function: of those nested in it the names are its own."""
    depth = 0
    while node in facts.parents:
        node = facts.parents[node]
        depth += isinstance(node, ast.FunctionDef)
    return depth < 2


def _not_nested(node: ast.AST, facts: Facts) -> bool:
    """A ``yield`` that is not one of a nested function."""
    depth = 0
    while node in facts.parents:
        node = facts.parents[node]
        if isinstance(node, ast.Lambda):
            return True
        depth += isinstance(node, ast.FunctionDef)
    return depth < 2 - facts.called


def _star_import(node: ast.AST, facts: Facts) -> bool:
    return isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)


def _walrus_with_else(node: ast.AST, facts: Facts) -> bool:
    return (
        isinstance(node, ast.While)
        and any(isinstance(n, ast.NamedExpr) for n in nodes(node.test))
        and any(map(_jumps, node.orelse))
    )


def _jumps(node: ast.AST) -> bool:
    """Whether a statement breaks or continues a loop around it."""
    if isinstance(node, (ast.Break, ast.Continue)):
        return True
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
        return False
    inner = isinstance(node, (ast.For, ast.While))
    return any(map(_jumps, node.orelse if inner else children(node)))  # type: ignore[attr-defined]


def _raised_again(node: ast.AST, facts: Facts) -> bool:
    """A bare ``raise`` that no ``except`` of the same function is around."""
    if not isinstance(node, ast.Raise) or node.exc is not None:
        return False
    at: ast.AST | None = node
    while at is not None and not isinstance(at, (ast.ExceptHandler, ast.FunctionDef)):
        at = facts.parents.get(at)
    return not isinstance(at, ast.ExceptHandler)


def _leaving_finally(node: ast.AST, facts: Facts) -> bool:
    return isinstance(node, ast.Try) and _leaves(node.finalbody, False)


def _leaves(body: list[ast.stmt], in_loop: bool) -> bool:
    """Whether statements return, or leave a loop that is not among them."""
    for stmt in body:
        if isinstance(stmt, ast.Return) or (
            isinstance(stmt, (ast.Break, ast.Continue)) and not in_loop
        ):
            return True
        inner = in_loop or isinstance(stmt, (ast.For, ast.While))
        parts = [getattr(stmt, name, []) for name in ("body", "finalbody")]
        parts += [h.body for h in getattr(stmt, "handlers", [])]
        if any(_leaves(p, inner) for p in parts if isinstance(p, list)):
            return True
        if _leaves(getattr(stmt, "orelse", []), in_loop):
            return True
    return False


def _types(*names: str) -> tuple[type[ast.AST], ...]:
    """Node types by name; those that this Python does not have are left out."""
    return tuple(getattr(ast, n) for n in names if hasattr(ast, n))


REFUSED: tuple[Refused, ...] = (
    Refused(
        _types("Yield", "YieldFrom"),
        "a generator is not supported",
        "it hands out values one by one",
        "collect the values in a list and return it",
        _not_nested,
    ),
    Refused(
        _types("AsyncFunctionDef", "AsyncFor", "AsyncWith", "Await"),
        "asynchronous code is not supported",
        "what runs in between is not known",
        "differentiate a plain function and call it from there",
    ),
    Refused(
        _types("comprehension"),
        "asynchronous code is not supported",
        "what runs in between is not known",
        "differentiate a plain function and call it from there",
        _async_comprehension,
    ),
    Refused(
        _types("TryStar"),
        "except* is not supported",
        "numeric code raises one exception at a time",
        "write except",
    ),
    Refused(
        _types("Nonlocal"),
        "a write to a name of the surroundings is not supported",
        "it would outlive the call",
        "return the new value instead",
        _outlives,
    ),
    Refused(
        _types("Constant"),
        "bytes are not supported",
        "they are no numbers",
        "use floats",
        _bytes,
    ),
    Refused(
        _types("ImportFrom"),
        "import * is not supported here",
        "which names it binds is not known",
        "name what is imported",
        _star_import,
    ),
    Refused(
        _types("While"),
        "an else that leaves the loop around is not supported after while and :=",
        "the condition binds a name, and is tested inside the loop",
        "assign inside the loop and leave it with break",
        _walrus_with_else,
    ),
    Refused(
        _types("Raise"),
        "a bare raise outside of an except clause is not supported",
        "there is no exception to raise again",
        "name the exception",
        _raised_again,
    ),
    Refused(
        _types("Try"),
        "a finally that leaves with return, break or continue is not supported",
        "it would swallow an exception in flight",
        "leave behind the try statement",
        _leaving_finally,
    ),
    Refused(
        _types("TypeAlias"),
        "a type alias is not supported inside a function",
        "it is not a value",
        "define it at the top of the module",
    ),
    Refused(
        _types("TemplateStr"),
        "t-strings are not supported",
        "text carries no derivative",
        "use an f-string",
    ),
)


def _index() -> dict[type[ast.AST], list[Refused]]:
    index: dict[type[ast.AST], list[Refused]] = {}
    for entry in REFUSED:
        for node_type in entry.nodes:
            index.setdefault(node_type, []).append(entry)
    return index


_BY_TYPE = _index()
_SKIPPED = {
    "decorator_list",
    "annotation",
    "returns",
    "type_params",
}  # evaluated at definition, or never


def _nodes(root: ast.AST, parents: dict[ast.AST, ast.AST]) -> list[ast.AST]:
    """Every node of a function's body, with parents filled in; hints and decorators are no code of
    its own."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        found.append(node)
        below = BELOW.get(type(node))
        if below is not None:
            inner = below(node)
            stack += inner
            parents.update(dict.fromkeys(inner, node))
            continue
        for name in fields(type(node)):
            if name in _SKIPPED:
                continue
            value = getattr(node, name, None)
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.AST):
                    parents[child] = node
                    stack.append(child)
    return found


# trees that have passed, kept so that their ids stay theirs
_PASSED: dict[tuple[int, bool], ast.AST] = {}


def check(captured: Captured, *, called: bool = False) -> None:
    """Raise :class:`UnsupportedSyntax` with every unsupported construct of the function.

    What is only ``called`` may be a generator, whose caller consumes it.
    """
    tree = captured.tree
    key = (id(tree), called)
    if _PASSED.get(key) is tree:
        return
    parents: dict[ast.AST, ast.AST] = {}
    found_nodes = _nodes(tree, parents)
    facts = Facts(parents, called)
    found: list[Diagnostic] = []
    for node in found_nodes:
        for entry in _BY_TYPE.get(type(node), ()):
            if (entry.when or _always)(node, facts):
                found.append(
                    Diagnostic(entry.what, entry.why, entry.hint, _span(captured, node, parents))
                )
    if found:
        found.sort(key=lambda d: (d.span.line, d.span.col) if d.span is not None else (0, 0))
        raise UnsupportedSyntax(found)
    _PASSED[key] = tree


def _span(captured: Captured, node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Span:
    while not hasattr(node, "lineno"):
        node = parents[node]
    line, col = node.lineno, node.col_offset  # type: ignore[attr-defined]
    return Span(captured.file, line, col, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
