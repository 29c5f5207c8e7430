"""What may raise, and which statements an ``except`` protects.

A ``try`` is an ``if`` in the style "try" on the result of ``attempt``: what stands before
``settled`` in its then-branch is protected.  There, a statement that may raise decides which branch
runs, so it is never dropped, moved, fused or recomputed in another form.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.walk import statements

ANY = ("Exception",)  # nothing is known of how it fails
_OPEN = ("call", "draw", "text")  # what runs there is not known
# how NumPy fails on arrays of known types: shapes that do not fit, an index out of bounds, what
# np.errstate and a filter of warnings make of a nan, no memory; types and attributes are right
OF_ARRAYS = ("ValueError", "IndexError", "ArithmeticError", "Warning", "MemoryError")


def is_try(stmt: Stmt | None) -> bool:
    """Whether the statement is the conditional of a ``try``."""
    return stmt is not None and stmt.op.name == "if" and stmt.attrs.get("style") == "try"


def known_behind(stmt: Stmt) -> tuple[Value, ...]:
    """What is known once a statement has run: its results, and the outcome of its attempt."""
    return (*stmt.results, *stmt.args) if is_try(stmt) else stmt.results


def protected(stmt: Stmt) -> list[Stmt]:
    """The statements of a try's then-branch that its handlers watch."""
    stmts = stmt.blocks[0].stmts
    end = next(k for k, s in enumerate(stmts) if s.op.name == "settled")
    return stmts[:end]


def protected_statements(graph: Graph) -> set[Stmt]:
    """Every statement that some handler watches, at any depth."""
    return set(_watched(graph.body))


def _watched(block: Block) -> Iterator[Stmt]:
    for stmt in block.stmts:
        if not stmt.blocks:
            continue
        if is_try(stmt):
            for inner in protected(stmt):
                yield inner
                for child in inner.blocks:
                    yield from statements(child)
        for child in stmt.blocks:
            yield from _watched(child)


def errors_of(stmt: Stmt) -> tuple[str, ...]:
    """Names of the exceptions with which a plain statement may fail; empty: it never raises."""
    spec = stmt.op
    if spec.name == "raise":
        template: str = stmt.attrs["template"]
        return (template.partition("(")[0],) if template else ANY
    if spec.name == "assert":
        return ("AssertionError",)
    if spec.region or spec.name in ("attempt", "settled", "caught"):
        return ()
    if stmt.on_arrays:
        return ANY if spec.name in _OPEN else OF_ARRAYS
    if not spec.raises and not spec.errors:
        return () if spec.total else ANY
    found = [error for condition, error, _ in spec.raises if _may_hold(condition, stmt)]
    return (*found, *spec.errors.split())


def _may_hold(condition: str, stmt: Stmt) -> bool:
    """Whether a condition of a row's ``raises`` is open, its constant operands considered."""
    parts = condition.split(" and ") if " or " not in condition else [condition]
    consts = {
        name: arg.constant
        for name, arg in zip(stmt.op.params, stmt.args, strict=False)
        if arg.is_const()
    }
    for part in parts:
        name, _, test = part.partition(" ")
        if name in consts and not eval(f"{consts[name]!r} {test}", {"__builtins__": {}}):
            return False
    return True


def may_raise(stmt: Stmt) -> bool:
    """Whether running the statement, with all under it, may raise."""
    return bool(errors_of(stmt)) or any(may_raise(s) for b in stmt.blocks for s in b.stmts)


def may_catch(kinds: tuple[str, ...], error: str) -> bool:
    """Whether an ``except`` for ``kinds`` may catch an exception of the class named ``error``, or
    of one derived from it."""
    cls = getattr(builtins, error, None)
    for kind in kinds:
        other = getattr(builtins, kind, None)
        if cls is None or other is None:  # the user's own class: its bases are not known here
            return True
        if issubclass(cls, other) or issubclass(other, cls):
            return True
    return False
