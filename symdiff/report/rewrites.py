"""Why a granularity is better: each rewrite with what was written, what stands there now, what that
gains, and how it is proved.

What the table's rows recognise is proved here and now, form by form; a gate of the library was
proved when it was made (and one of the user's file again when it was read).
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from symdiff.discovery.proof import equal, proved
from symdiff.discovery.rules import as_written
from symdiff.ir.core import Graph, Stmt
from symdiff.ir.opspec import OPS
from symdiff.ir.walk import statements
from symdiff.library.entries import Measure, declared, form_graph
from symdiff.library.shelf import SHELF, Book
from symdiff.ops.cost import executed
from symdiff.ops.gates import GATES, REWRITES, Gate
from symdiff.passes.dce import dce
from symdiff.report.expressions import expression
from symdiff.source import Span

ROWS = "row of the table"
PACKAGE = "library of the package"
OWN = "your library"
UNPROVED = "held to the function by the tests of its row"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A gate that was recognised, and the line it was written on."""

    name: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``before`` became the gate ``after`` with a value and partials; ``found`` says where the gate
    is from."""

    gate: str
    line: int | None
    before: str
    after: str
    value: str
    partials: tuple[str, ...]
    gain: str
    proof: str
    found: str


def recognised(stages: Mapping[str, Graph]) -> tuple[Recognised, ...]:
    """The gates of the fused primal, each with its line."""
    found: dict[tuple[int, str], Recognised] = {}
    for name, stmt in _gates(stages):
        span = stmt.origin.span
        line = None if span is None else span.line
        found.setdefault((line or 0, name), Recognised(name, line))
    return tuple(found[key] for key in sorted(found))


def rewrites(stages: Mapping[str, Graph]) -> tuple[Rewrite, ...]:
    """The same with everything there is to say of each."""
    found: dict[tuple[Span | None, str], Rewrite] = {}
    for name, stmt in _gates(stages):
        key = stmt.origin.span, name
        known = found.get(key)
        if known is None or stmt.op.name == name:  # of several statements that of the gate
            found[key] = _rewrite(name, stmt)
    return tuple(sorted(found.values(), key=lambda r: (r.line or 0, r.gate)))


def _gates(stages: Mapping[str, Graph]) -> Iterator[tuple[str, Stmt]]:
    if "fuse" not in stages:
        return
    graph = stages["fuse"]
    for g in (graph, *graph.callees.values()):
        for stmt in statements(dce(g).body):
            gate = "gate" in stmt.op.tags
            name = stmt.origin.rule or (stmt.op.name if gate else "")
            if stmt.origin.role == "primal" and name and (gate or name in OPS):
                yield name, stmt


def _rewrite(name: str, stmt: Stmt) -> Rewrite:
    span = stmt.origin.span
    after = f"{stmt.op.name}({', '.join(expression(a) for a in stmt.args)})"
    line = None if span is None else span.line
    before = _written(span)
    book = _book(stmt.op.name)
    if book is not None and book.entry is not None:
        entry = book.entry
        found = OWN if book.foreign else PACKAGE
        return Rewrite(name, line, before, after, _inline(entry.lets, entry.value),
                       tuple(_inline(entry.lets, p) for p in entry.partials),
                       _gain(entry.changes, entry.measures), entry.proof, found)  # fmt: skip
    gate = GATES.get(name)
    value = _inline(gate.lets, gate.value) if gate is not None and gate.value else after
    words = tuple(w for w in stmt.op.words if w) or tuple(
        p for p in stmt.op.partials_of(stmt) if p
    )
    gain, proof = _of_rows(name)
    return Rewrite(name, line, before, after, value, words, gain, proof, ROWS)


def _written(span: Span | None) -> str:
    """What the user wrote there, in one line."""
    if span is None:
        return ""
    last = span.end_line or span.line
    lines = [linecache.getline(span.file, k).rstrip("\n") for k in range(span.line, last + 1)]
    if not any(lines):
        return ""
    if span.end_col is not None:  # columns are bytes of UTF-8
        lines[-1] = lines[-1].encode()[: span.end_col].decode(errors="ignore")
    lines[0] = lines[0].encode()[span.col :].decode(errors="ignore")
    return " ".join(" ".join(lines).split())


def _inline(lets: Mapping[str, str], formula: str) -> str:
    """A formula, and after it the lets that it reads."""
    needed = set(re.findall(r"[A-Za-z_]\w*", formula))
    told = []
    for name, text in reversed(list(lets.items())):
        if name in needed:
            told.append(f"{name} = {text}")
            needed |= set(re.findall(r"[A-Za-z_]\w*", text))
    return f"{formula} where {', '.join(reversed(told))}" if told else formula


def _book(name: str) -> Book | None:
    """The line of the library that the row of this name was declared from."""
    for book in SHELF.books:
        if book.entry is not None and declared(book.entry).name == name:
            return book
    return None


# -- gain and proof of the table's rows ------------------------------------------------------------


@cache
def _of_rows(name: str) -> tuple[str, str]:
    """The gain and the proof of what the table recognises as this gate."""
    gate = GATES.get(name)
    rules = [r for r in REWRITES if r.gate == name]
    changes = gate.changes if gate is not None else rules[0].changes if rules else "rounding"
    proofs = [_identity(r.form, r.result) for r in rules]
    if gate is not None:
        proofs.append(_partials(gate))
    how = list(dict.fromkeys(proofs))
    proof = "; ".join(how) if how and all(how) else UNPROVED
    return _gain(changes, _operations(gate) if gate is not None else {}), proof


def _identity(form: str, result: str) -> str:
    names = [n for n in dict.fromkeys(re.findall(r"\b[a-z]\b", form)) if n != "e"]
    return equal([form], [result], names) if names and "e**" not in form else ""


def _partials(gate: Gate) -> str:
    if not gate.forms or not gate.value:
        return ""
    outputs = [gate.value, *(p or "0" for p in OPS[gate.name].partials)]
    return proved(gate.forms[0], gate.params, gate.lets, outputs)


def _operations(gate: Gate) -> dict[str, Measure]:
    """The operations of value and partials by rules, and those of the gate."""
    if not gate.forms or not gate.value:
        return {}
    graph = form_graph(gate.forms[0], gate.params)
    wrt = range(len(gate.params))
    counts = {g: executed(as_written(graph, wrt, level)) for g, level in _LEVELS}
    return {g: Measure(n, 0.0, 0, 0.0) for g, n in counts.items()}


_LEVELS = (("fine", "fine"), ("gate", "fused"))


def _gain(changes: str, measures: Mapping[str, Measure]) -> str:
    """In words and, where it was measured, in numbers."""
    parts = [changes]
    fine, gate = measures.get("fine"), measures.get("gate")
    if fine is not None and gate is not None:
        parts.append(f"{fine.operations} operations are {gate.operations}")
        if fine.bad != gate.bad:
            parts.append(f"{fine.bad} bad points are {gate.bad}")
        if fine.worst > 10 * gate.worst:
            parts.append(f"largest error {fine.worst:.0e} is {gate.worst:.0e}")
    return "; ".join(parts)


