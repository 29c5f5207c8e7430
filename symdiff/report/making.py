"""Entries of the gate library made from forms: searched, proved, judged, measured.

A form is what a user writes.  Candidates are the derivative by rules of what is recognised in it
already, a shorter one over the forward values, the stable one by half-lines, and the power series
at a removable singularity.  Each is proved before it is judged, by the sound oracle, at points of
the core, of the tails and near 0; the best by bad points, by lost digits and by cost becomes the
entry.
"""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.discovery import candidates
from symdiff.discovery.certify import shape_of
from symdiff.discovery.domain import SPECIAL, Domain, extends
from symdiff.discovery.halves import halves
from symdiff.discovery.proof import proved
from symdiff.discovery.reversal import reversed_outside
from symdiff.discovery.rules import as_written, by_rules, lowered
from symdiff.discovery.saturation import saturated
from symdiff.discovery.series import patched
from symdiff.discovery.spelling import Formulas, NoFormula, formulas, inlined, substituted
from symdiff.ir.core import Graph, Value
from symdiff.ir.interp import run
from symdiff.library.catalogue import Shape
from symdiff.library.entries import LONGEST, Entry, Measure, computing, digest, form_graph
from symdiff.ops.cost import executed, graph_cost
from symdiff.passes.dce import dce
from symdiff.passes.facts import decide
from symdiff.passes.fuse import fuse
from symdiff.records import replace
from symdiff.report.accuracy import Judge
from symdiff.report.discover import score_half, scored
from symdiff.report.interval import OutOfDomain, Unresolved

STEPS = 6000
CORE = 14
TAILS = (0.0, 1e-3, -1e-3, 1e-7, -1e-7, 1e-12, 9.0, -9.0, 36.0, -36.0, 120.0, -120.0, 709.5, -709.5,
         746.0, -746.0, 1e5, -1e5)  # fmt: skip
SPREAD = (1e-9, 1e-4, 1e-2, 30.0, 1e3, 1e6, 1e9, 1e100, 1e150, 1e200)
BELOW = (-1e-9, -1e-4, -1e-2, -0.7, -2.5, -40.0)  # where the form has a value there, too
NEAR_ONE = (1e-9, 1e-5, 1e-3, 0.999, 1 - 1e-6, 1 - 1e-12)
OUTSIDE = (-0.5, 1.5, -30.0, 40.0, -1e5, 1e8)

Judges = Sequence[tuple[list[float], Judge]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Formulas of value and partials, how they were proved, and what they cost and lose."""

    title: str
    made: Formulas
    proof: str
    seen: Measure
    raises: tuple[tuple[str, str, str], ...] = ()

    def rank(self) -> tuple[Any, ...]:
        return self.seen.bad, decade(self.seen.worst), self.seen.cost


def decade(error: float) -> int:
    """The decade of an error above rounding."""
    return max(0, math.ceil(math.log10(max(error, 2e-15) / 2e-15)))


def make(shape: Shape) -> tuple[str, Entry] | None:
    """The entry of a shape under its key; None where it is a row already, or has no formulas."""
    keys = [k for k in map(shape_of, (shape.form, *shape.others), (shape.params,) * 9) if k]
    if not keys:
        return None
    graph = form_graph(shape.form, shape.params, shape.name)
    wrt = range(len(shape.params))
    judges = _judges(graph, shape)
    levels = {g: measured(as_written(graph, wrt, g), judges) for g in ("fine", "fused")}
    found = list(_candidates(graph, shape, judges))
    if not found:
        return None
    best = min(found, key=Candidate.rank)
    entry = Entry(
        name=shape.name,
        params=shape.params,
        forms=(shape.form, *shape.others),
        lets=best.made.lets,
        value=best.made.outputs[0],
        partials=tuple(best.made.outputs[1:]),
        changes=_changes(best, levels["fine"]),
        raises=_domain_errors(graph, shape.params, best),
        proof=best.proof,
        measures={**levels, "gate": best.seen},
        points=len(judges),
        domain=_range(judges),
    )
    return " | ".join(dict.fromkeys(keys)), replace(entry, digest=digest(entry))


def make_from(graph: Graph, name: str) -> tuple[str, Entry] | None:
    """The entry of a region of a program; None where it has no formulas, or no points were met."""
    letters = tuple("xabcdfghkmnpqrsuvwyz"[: len(graph.inputs)])
    try:
        made = formulas(graph, letters)
    except NoFormula:
        return None
    form = inlined(made.outputs[0], made.lets)
    if len(letters) < len(graph.inputs) or len(form) > LONGEST:
        return None
    for domain in ("real", "positive", "unit"):
        shape = Shape(name, form, letters, domain)
        if len(_judges(graph, shape)) >= CORE:
            return make(shape)
    return None


def _domain_errors(
    graph: Graph, params: Sequence[str], best: Candidate
) -> tuple[tuple[str, str, str], ...]:
    own = _raises(graph, params, best.made) if _is_partial(graph, best.title) else ()
    return *own, *(e for e in best.raises if _may_hold(e[0], params))


def _is_partial(graph: Graph, title: str) -> bool:
    """Whether the form has no value somewhere that the gate has to keep.

    A pole that the series fills is none; and a form by halves is for what overflows on the way,
    where the errors of the operations alone say nothing: the oracle is asked."""
    if title != "by halves":
        return title != "by series"
    others = [0.5] * (len(graph.params) - 1)
    for x in SPECIAL:
        try:
            if math.isfinite(x):
                Judge(graph, [x, *others], [0], STEPS)
        except OutOfDomain:
            return True
        except (Unresolved, ArithmeticError, ValueError):
            continue
    return False


def _raises(
    graph: Graph, params: Sequence[str], made: Formulas
) -> tuple[tuple[str, str, str], ...]:
    """The domain errors of the form that may come, and that not every partial raises by itself."""
    own = [
        {c for condition, *_ in _errors(dce(computing(params, made.lets, [p])), params)
         for c in _implied(condition)}
        for p in made.outputs[1:]
    ]  # fmt: skip
    return tuple(
        dict.fromkeys(
            error
            for error in _errors(graph, params)
            if not all(error[0] in one for one in own) and _may_hold(error[0], params)
        )
    )


def _errors(graph: Graph, params: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """The conditions over the parameters under which operations of a graph raise, and what."""
    for stmt in graph.body.stmts:
        if stmt.results and stmt.raises:
            names = dict(zip(stmt.op.params, _texts(graph, params, stmt.args), strict=True))
            for condition, exception, message in stmt.raises:
                yield substituted(condition, names), exception, message


def _implied(condition: str) -> Iterator[str]:
    """A condition, and those under which it holds: a product is 0 where a factor is."""
    yield condition
    match ast.parse(condition, mode="eval").body:
        case ast.Compare(ast.BinOp(x, ast.Mult(), y), [ast.Eq()], [ast.Constant(value=0)]):
            for factor in (x, y):
                yield from _implied(f"{ast.unparse(factor)} == 0")


def _texts(graph: Graph, params: Sequence[str], values: Sequence[Value]) -> list[str]:
    """Values as formulas over the parameters alone."""
    found = []
    for value in values:
        made = formulas(graph, params, [value])
        found.append(inlined(made.outputs[0], made.lets))
    return found


def _may_hold(condition: str, params: Sequence[str]) -> bool:
    """Whether bounds leave a condition open."""
    graph = dce(decide(computing(params, {}, [f"1 if {condition} else 0"])))
    return not graph.outputs[0].is_const(0)


def _changes(best: Candidate, fine: Measure) -> str:
    if best.seen.bad < fine.bad:
        return "rounding; has a value where the form overflows or divides by 0"
    return "rounding" if best.seen.worst > fine.worst / 10 else "rounding; keeps lost digits"


def _range(judges: Judges) -> tuple[float, float]:
    firsts = [point[0] for point, _ in judges]
    return (min(firsts), max(firsts)) if firsts else (0.0, 0.0)


# -- candidates ------------------------------------------------------------------------------------


def _candidates(graph: Graph, shape: Shape, judges: Judges) -> Iterator[Candidate]:
    wrt, params = range(len(shape.params)), shape.params

    rules = by_rules(graph, wrt)
    domain = Domain(rules, len(params))

    def score(g: Graph, k: int) -> tuple[float, ...]:
        bad, *rest = scored(g, k, judges)
        return bad + domain.lost(g, slice(k, k + 1)), *rest

    def found() -> Graph | None:
        return candidates.shorter(graph, score, wrt)

    searches: list[tuple[str, Callable[[], Formulas | None]]] = [
        ("as written", lambda: formulas(rules, params)),
        ("by rules", lambda: formulas(by_rules(dce(fuse(graph)), wrt), params)),
        ("shorter", lambda: formulas(g, params) if (g := found()) is not None else None),
        ("by halves", lambda: halves(rules, lambda h: score_half(h, judges))),
        ("by reversal", lambda: reversed_outside(rules, params)),
    ]
    outside: list[Candidate] = []
    for title, search in searches:
        try:
            made = search()
        except NoFormula:
            continue
        proof = made and proved(shape.form, params, made.lets, made.outputs)
        if made and proof:
            outside += _candidate(title, made, proof, shape, judges)
    yield from outside
    if len(params) == 1:
        yield from _by_series(shape, sorted(outside, key=Candidate.rank)[:2], judges)
    for made, proof, raised in saturated(shape.form, params):
        yield from _candidate("by saturation", made, proof, shape, judges, raised)


def _by_series(
    shape: Shape, outside: Sequence[Candidate], judges: Judges
) -> Iterator[Candidate]:
    """The series within, and each of the best outside."""
    made_of = [None, *(c.made for c in outside)]
    for made, proof in (m for o in made_of for m in patched(shape.form, shape.params[0], o)):
        yield from _candidate("by series", made, proof, shape, judges)


def _candidate(
    title: str, made: Formulas, proof: str, shape: Shape, judges: Judges,
    raised: tuple[tuple[str, str, str], ...] = (),
) -> Iterator[Candidate]:  # fmt: skip
    """What is proved, if it also has a value wherever the form has one, and NaN for NaN."""
    folded = formulas(computing(shape.params, made.lets, made.outputs), shape.params)
    graph = computing(shape.params, folded.lets, folded.outputs)
    if title == "as written" or extends(graph, shape.form, shape.params):
        yield Candidate(title, folded, proof, measured(lowered(graph), judges), raised)


# -- judging ---------------------------------------------------------------------------------------


def _judges(graph: Graph, shape: Shape) -> list[tuple[list[float], Judge]]:
    wrt = list(range(len(shape.params)))
    made = []
    for point in points(shape):
        try:
            made.append((point, Judge(graph, point, wrt, STEPS)))
        except (OutOfDomain, Unresolved, ArithmeticError, ValueError):
            continue
    return made


def points(shape: Shape) -> list[list[float]]:
    """Core and tails of the first parameter; the others at random in their ranges."""
    rng = random.Random(11)
    first: list[float] = {
        "real": lambda: [rng.uniform(-3, 3) for _ in range(CORE)] + list(TAILS),
        "positive": lambda: [rng.uniform(0.05, 4) for _ in range(CORE)] + list(SPREAD + BELOW),
        "unit": lambda: [rng.uniform(0.02, 0.98) for _ in range(CORE)] + list(NEAR_ONE + OUTSIDE),
    }[shape.domain]()
    return [
        [round(x, 3) if 0.02 < abs(x) < 0.98 else x,
         *(round(rng.uniform(*shape.ranges.get(p, (0.3, 2.0))), 3) for p in shape.params[1:])]
        for x in first
    ]  # fmt: skip


def measured(graph: Graph, judges: Judges) -> Measure:
    """Operations, cost, and what the oracle says of value and partials."""
    bad, worst = 0, 0.0
    for point, judge in judges:
        errors = [math.inf]
        try:
            found = run(graph, *point)
            errors = [judge.error(k, y) for k, y in enumerate(found)]
        except (ArithmeticError, ValueError):
            pass
        if math.inf in errors:
            bad += 1
        else:
            worst = max(worst, *(e for e in errors if e == e))
    return Measure(executed(graph), round(graph_cost(graph), 1), bad, float(f"{worst:.2g}"))
