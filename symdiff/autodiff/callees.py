"""The forms of a callee: forward with a tape, reverse from the tape, tangent.

A callee is reversed as any function is, value and cotangents in one graph; then that graph is cut
in two.  What the reverse part reads of the forward part is the tape of one call, and the tape of
a recursive call inside it is one of its entries.  A call of the callee in its own body becomes a
call of the same form, so that a form is made once, however deep it recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from symdiff.autodiff.activity import active, varied
from symdiff.autodiff.forms import Forms, Pair, Tangent
from symdiff.autodiff.forward import Forward
from symdiff.autodiff.residual import CHEAP, TAPE_ENTRY
from symdiff.autodiff.reverse import Reverse
from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Param, Stmt, Value
from symdiff.ir.types import TupleType, is_number, tape_of
from symdiff.ir.walk import Cloner, like, rebuild, statements
from symdiff.source import Origin, Span

Key = tuple[str, frozenset[int]]


class Callees(Forms):
    """Makes forms and puts them into the table of the graph."""

    def __init__(self, graph: Graph, budget: float = CHEAP) -> None:
        super().__init__(graph)
        self.budget = budget
        self.has_choice = False
        self.pairs: dict[Key, Pair] = {}
        self.tangents: dict[Key, Tangent] = {}
        self.open: set[Key] = set()  # forms that are being made

    def pair(self, name: str, wrt: Iterable[int]) -> Pair:
        """The forward and the reverse form with respect to arguments."""
        asked = frozenset(wrt)
        for key in self.open:
            if key[0] == name and asked <= key[1] and key in self.pairs:
                return self.pairs[key]
        key = name, self._settled(name, asked, reverse=True)
        found = self.pairs.get(key)
        if found is None:
            order = tuple(sorted(key[1]))
            found = Pair(self._unused(f"{name}_fwd"), self._unused(f"{name}_rev"), order)
            self.graph.callees[found.forward] = self.graph.callees[found.reverse] = self.graph
            self.pairs[key] = found
            self.open.add(key)
            self._reversed(self.graph.callees[name], found)
            self.open.discard(key)
        return found

    def tangent(self, name: str, wrt: Iterable[int]) -> Tangent:
        """The tangent form with respect to arguments."""
        asked = frozenset(wrt)
        for key in self.open:
            if key[0] == name and asked <= key[1] and key in self.tangents:
                return self.tangents[key]
        key = name, self._settled(name, asked, reverse=False)
        found = self.tangents.get(key)
        if found is None:
            found = Tangent(self._unused(f"{name}_dot"), tuple(sorted(key[1])))
            self.graph.callees[found.name] = self.graph
            self.tangents[key] = found
            self.open.add(key)
            self._tangent(self.graph.callees[name], found)
            self.open.discard(key)
        return found

    def _unused(self, name: str) -> str:
        free, number = name, 1
        while free in self.graph.callees:
            number += 1
            free = f"{name}_{number}"
        return free

    def _settled(self, name: str, wrt: frozenset[int], *, reverse: bool) -> frozenset[int]:
        """The arguments that matter once those of recursive calls are counted in."""
        callee = self.graph.callees[name]
        calls = [
            s for s in statements(callee.body) if s.op.name == "call" and s.attrs["callee"] == name
        ]
        while True:
            sources = [callee.inputs[k] for k in wrt]
            found = varied(callee, sources)
            if reverse:
                found = active(callee, sources, callee.outputs)
            more = {
                k
                for s in calls
                for k, a in enumerate(s.args)
                if a in found and (s.result in found or not reverse)
            }
            if more <= wrt:
                return wrt
            wrt |= more

    # -- reverse mode ------------------------------------------------------------------------------

    def _reversed(self, callee: Graph, pair: Pair) -> None:
        whole = rebuild(callee)
        whole.tapes = self.graph.tapes
        (out,) = whole.outputs
        dout = whole.body.add_param(out.type, "dout")
        b = Builder(whole, relaxed=True)
        b.current = _origin(callee)
        reverse = Reverse(b, whole, [whole.inputs[k] for k in pair.wrt], [out], self, self.budget)
        first = set(whole.body.stmts)
        grads = reverse.run([(out, dout)])
        first |= reverse.unpacked
        reverse.residuals.trim()
        self.has_choice = self.has_choice or reverse.residuals.has_choice
        end = max((k + 1 for k, s in enumerate(whole.body.stmts) if s in first), default=0)
        cut = _Cut(whole, end, dout, {g for guards in reverse.checks.values() for g in guards})
        self.graph.tapes[pair.forward] = tuple(v.type for v in cut.tape(grads))
        self.graph.callees[pair.forward] = cut.forward(pair.forward, out)
        self.graph.callees[pair.reverse] = cut.reverse(pair, grads)

    # -- forward mode ------------------------------------------------------------------------------

    def _tangent(self, callee: Graph, form: Tangent) -> None:
        new = like(callee, form.name)
        new.tapes = self.graph.tapes
        new.doc = f"{_title(callee)}: its value and its tangent."
        seed = {}
        taken = {p.name for p in new.params}
        for k in form.wrt:
            v = callee.inputs[k]
            name = f"{v.hint}_dot"
            while name in taken:
                name += "_"
            taken.add(name)
            new.params.append(Param(name, v.type))
            seed[v] = new.body.add_param(v.type, name)
        b = Builder(new)
        b.current = _origin(callee)
        forward = Forward(b, callee, new.inputs[: len(callee.inputs)], [seed], self)
        (out,), ((tangent,),) = forward.run()
        b.relaxed = True
        dot = tangent if tangent is not None else forward.zero(callee.outputs[0])
        new.body.yields = [b.op("make_tuple", *_parts(b, out), *_parts(b, dot))]
        new.tapes = {}
        self.graph.callees[form.name] = new


def _parts(b: Builder, v: Value) -> list[Value]:
    """The elements of a tuple, or the value itself."""
    if not isinstance(v.type, TupleType):
        return [v]
    return [b.op("tuple_get", v, index=k) for k in range(len(v.type.elems))]


def _title(callee: Graph) -> str:
    return callee.doc.partition(":")[0] or callee.name


def _origin(callee: Graph) -> Origin:
    span = Span(callee.file, callee.line) if callee.file else None
    return Origin(span, "seed", "", callee.name)


class _Cut:
    """A callee's value and cotangents in one graph, cut behind statement ``end``."""

    def __init__(self, whole: Graph, end: int, dout: Value, guards: set[Stmt]) -> None:
        self.whole = whole
        self.early = whole.body.stmts[:end]
        self.late = [s for s in whole.body.stmts[end:] if s not in guards]
        self.dout = dout
        self.guards = guards  # of domain errors; the forward part raises them
        self.kept: list[Value] = []
        self.again: list[Stmt] = []

    def tape(self, outputs: Sequence[Value]) -> list[Value]:
        """What the late part reads of the early one, less what is one cheap operation away from
        the rest.
        """
        early = {s for s in self.early if s.op.name not in ("const", "undef")}
        found: dict[Value, None] = {}

        def read(v: Value) -> None:
            given = v.stmt is None and v.block is self.whole.body and v is not self.dout
            if given or v.stmt in early:
                found[v] = None

        for stmt in self.late:
            self._reads(stmt, read)
        for v in outputs:
            read(v)
        for stmt in reversed(self.early):
            if len(stmt.results) != 1 or stmt.result not in found or not _is_cheap(stmt):
                continue
            if all(a in found or a.is_const() for a in stmt.args):
                del found[stmt.result]
                self.again.insert(0, stmt)
        place = {s: k for k, s in enumerate(self.early)}
        self.kept = sorted(
            found, key=lambda v: (-1, v.index) if v.stmt is None else (place[v.stmt], v.index)
        )
        return self.kept

    def _reads(self, stmt: Stmt, read: Callable[[Value], None]) -> None:
        if stmt in self.guards:
            return
        for v in stmt.args:
            read(v)
        for child in stmt.blocks:
            for inner in child.stmts:
                self._reads(inner, read)
            for v in child.yields:
                read(v)

    def forward(self, name: str, out: Value) -> Graph:
        """The early part: the value and the tape."""
        new = like(self.whole, name)
        new.body.params.pop()
        new.tapes = {}
        new.doc = f"{_title(self.whole)}: its value, and the tape that its reverse form reads."
        cloner = Cloner(Builder(new))
        cloner.env.update(zip(self.whole.inputs, new.inputs, strict=False))
        for stmt in self.early:
            cloner.stmt(stmt)
        b = cloner.builder
        tape = b.op("pack_tape", *cloner.all(self.kept), of=name, hint="tape")
        new.body.yields = [b.op("make_tuple", cloner[out], tape)]
        return new

    def reverse(self, pair: Pair, grads: Sequence[Value]) -> Graph:
        """The late part: cotangents from the tape."""
        whole = self.whole
        new = Graph(pair.reverse, Block(None), file=whole.file, line=whole.line)
        new.imports, new.notes = whole.imports, whole.notes
        names = ", ".join(whole.inputs[k].hint or "?" for k in pair.wrt)
        new.doc = f"{_title(whole)}, reversed: the cotangents of {names}."
        types = (("tape", tape_of(pair.forward)), ("dout", self.dout.type))
        new.params = [Param(name, t) for name, t in types]
        tape, dout = (new.body.add_param(t, name) for name, t in types)
        b = Builder(new)
        b.current = _origin(whole).with_role("tape")
        cloner = Cloner(b, lambda _, stmt: () if stmt in self.guards else None)
        cloner.env[self.dout] = dout
        for k, v in enumerate(self.kept):
            cloner.env[v] = b.op("tape_get", tape, index=k, type=v.type, hint=v.hint)
        for stmt in (*self.again, *self.late):
            cloner.stmt(stmt)
        found = cloner.all(grads)
        new.body.yields = [found[0] if len(found) == 1 else b.op("make_tuple", *found)]
        return new


def _is_cheap(stmt: Stmt) -> bool:
    op = stmt.op
    if op.region or op.effect or op.fresh or not op.total or "inplace" in op.tags:
        return False
    return op.cost <= TAPE_ENTRY and is_number(stmt.result.type)
