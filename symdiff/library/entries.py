"""One gate of the library: what it is a gate for, how it is computed, and what that was held to.

An entry is data.  Its formulas are in the language of the rows (``ops.formula``), are read by its
parser and become a row of the table like any that is written in ``ops/gates.py``; nothing of an
entry is ever executed as Python.  Entries that come from outside of the package are checked first:
the formulas may hold arithmetic and operations of the table only, the digest of what was proved
must be that of what is there, and ``shelf`` has them proved again: anybody can write a digest.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Graph, Param, new_graph
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT, Node
from symdiff.ops.formula import build, names_in, parse
from symdiff.ops.gates import GATES, Gate, row
from symdiff.ops.table import OPS
from symdiff.records import dataclass, field

PROOFS = 1  # counts the changes of what a proof rests on
LONGEST = 4000
WORDS = 40  # letters of a partial that a comment can hold
COST = 1.03  # times, which a measurement may miss
ERROR = 1.1
PRODUCT = 7.0
ROUNDING = 4e-15  # errors up to here are the same class


class NotAnEntry(ValueError):
    """Data that is no entry of the library, or not the one that was proved."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Value and derivative in numbers: operations, nanoseconds, bad points, largest error."""

    operations: int
    cost: float
    bad: int
    worst: float


@dataclass(frozen=True, slots=True)
class Entry:
    """``params`` in the order of the operands; ``lets`` are computed first, the partials read them.

    ``measures``: of the derivative by rules at "fine" and "fused" and of the "gate" at ``points``
    sampled points, the first parameter's range being ``domain``.
    """

    name: str
    params: tuple[str, ...]
    forms: tuple[str, ...]
    value: str
    partials: tuple[str, ...]
    lets: Mapping[str, str] = field(default_factory=dict)
    changes: str = "rounding"
    raises: tuple[tuple[str, str, str], ...] = ()
    proof: str = ""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    points: int = 0
    domain: tuple[float, float] = (0.0, 0.0)
    digest: str = ""

    @property
    def gain(self) -> str:
        """Why ``auto`` takes it: "digits" where it has fewer bad points or another class of error,
        "operations" where it is no worse in anything and shorter; "" where it does not."""
        return self.gain_by({level: m.cost for level, m in self.measures.items()}, PRODUCT)

    def gain_by(self, costs: Mapping[str, float], product: float) -> str:
        """The same by other costs of the levels, and of one product."""
        gate = self.measures["gate"]
        others = {level: m for level, m in self.measures.items() if level != "gate"}
        if any(gate.bad > m.bad or _larger(gate.worst, m.worst) for m in others.values()):
            return ""
        if all(gate.bad < m.bad or gate.worst < m.worst / 10 for m in others.values()):
            first = next(iter(others.values()))
            return "digits" if first.worst > ROUNDING or first.bad else ""
        shorter = all(
            gate.operations <= m.operations and costs["gate"] <= COST * costs[level]
            for level, m in others.items()
        )
        if self.raises:  # checks of the domain cost more than is gained
            return ""
        # where the cotangent goes into a sum and not into a factor, it costs one more product
        saved = costs[list(others)[-1]] - costs["gate"]
        return "operations" if shorter and saved >= product else ""

    @property
    def dearer(self) -> bool:
        """Whether it costs more than what it is put in the place of."""
        others = [m.cost for level, m in self.measures.items() if level != "gate"]
        return self.measures["gate"].cost > COST * min(others)


def _larger(error: float, other: float) -> bool:
    return error > max(ERROR * other, ROUNDING)


def digest(entry: Entry) -> str:
    """Of all that a proof is about."""
    told = (PROOFS, entry.params, entry.forms, sorted(entry.lets.items()), entry.value,
            entry.partials, entry.raises, entry.proof)  # fmt: skip
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


# -- to and from data ------------------------------------------------------------------------------


def to_data(entry: Entry) -> dict[str, Any]:
    """What JSON holds."""
    names = ("params", "forms", "lets", "value", "partials", "changes", "raises", "proof", "points",
             "domain")  # fmt: skip
    made: dict[str, Any] = {"name": entry.name, **{n: getattr(entry, n) for n in names}}
    made["measures"] = {k: dict(_fields(m)) for k, m in entry.measures.items()}
    return {**made, "digest": digest(entry)}


def _fields(measure: Measure) -> list[tuple[str, Any]]:
    return [(n, getattr(measure, n)) for n in ("operations", "cost", "bad", "worst")]


def from_data(data: Any) -> Entry:
    """The entry of what JSON holds; NotAnEntry where it is none, or changed since its proof."""
    try:
        made = Entry(
            name=_text(data["name"]),
            params=_texts(data["params"]),
            forms=_texts(data["forms"]),
            lets={_text(k): _text(v) for k, v in data["lets"].items()},
            value=_text(data["value"]),
            partials=_texts(data["partials"]),
            changes=_text(data["changes"]),
            raises=tuple(_raised(r) for r in data["raises"]),
            proof=_text(data["proof"]),
            measures={
                _text(k): Measure(int(m["operations"]), float(m["cost"]), int(m["bad"]),
                                  float(m["worst"]))
                for k, m in data["measures"].items()
            },
            points=int(data["points"]),
            domain=(float(data["domain"][0]), float(data["domain"][1])),
            digest=_text(data["digest"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as err:
        raise NotAnEntry(f"a part of it is missing or of another kind ({err!r})") from None
    if made.digest != digest(made):
        raise NotAnEntry("its formulas are not those that were proved")
    _check(made)
    return made


def _text(x: Any) -> str:
    if not isinstance(x, str) or len(x) > LONGEST:
        raise TypeError(f"{x!r:.40} is no short text")
    return x


def _texts(xs: Any) -> tuple[str, ...]:
    if not isinstance(xs, list):
        raise TypeError(f"{xs!r:.40} is no list")
    return tuple(map(_text, xs))


def _raised(x: Any) -> tuple[str, str, str]:
    condition, exception, message = _texts(x)
    if exception not in ("ValueError", "ZeroDivisionError", "OverflowError"):
        raise TypeError(f"{exception!r:.40} is no domain error")
    return condition, exception, message


def _check(entry: Entry) -> None:
    """Only arithmetic and operations of the table, over parameters and what was let before."""
    if not entry.name.isidentifier() or not all(n.isidentifier() for n in entry.params):
        raise NotAnEntry("a name is none")
    if not entry.forms or len(entry.partials) != len(entry.params) or "gate" not in entry.measures:
        raise NotAnEntry("it is not whole")
    known = set(entry.params)
    for name, formula in entry.lets.items():
        check_formula(formula, known)
        known.add(name)
    for formula in (entry.value, *entry.partials):
        check_formula(formula, known)
    for formula in (*entry.forms, *(condition for condition, *_ in entry.raises)):
        check_formula(formula, set(entry.params))


_ALLOWED = (
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Load),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)


def check_formula(formula: str, names: set[str]) -> None:
    """NotAnEntry where a formula holds anything but numbers, names, and operations on them."""
    try:
        tree = parse(formula)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotAnEntry("a formula does not parse") from None
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=bool()):
                fine = False
            case ast.Constant(value=int() | float()):
                fine = True
            case ast.Name(id=name):
                fine = id(node) in called or name in names or name in ("pi", "inf", "nan")
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                fine = _is_function(name)
            case _:
                fine = isinstance(node, _ALLOWED)
        if not fine:
            raise NotAnEntry(f"a formula holds {ast.unparse(node)!r:.40}")


def _is_function(name: str) -> bool:
    spec = OPS.get(name)
    return spec is not None and not spec.region and not spec.effect and spec.evaluate is not None


# -- as a row --------------------------------------------------------------------------------------


def graph_of(entry: Entry) -> Graph:
    """``(params) -> (value, partials...)`` as the entry computes them."""
    return computing(entry.params, entry.lets, (entry.value, *entry.partials), entry.name)


def computing(
    params: Sequence[str], lets: Mapping[str, str], outputs: Sequence[str], name: str = "gate"
) -> Graph:
    """A graph of floats that computes formulas."""
    graph = new_graph(name)
    names = {}
    for n in params:
        graph.params.append(Param(n, FLOAT))
        names[n] = graph.body.add_param(FLOAT, n)
    b = Builder(graph, relaxed=True)
    for let, formula in lets.items():
        names[let] = build(b, formula, names)
        if not names[let].is_const():
            names[let].hint = names[let].hint or let
    graph.body.yields = [build(b, f, names) for f in outputs]
    floats = (FLOAT,) * len(outputs)
    graph.result = Node("tuple", tuple(range(len(outputs))), floats)
    return graph


def form_graph(formula: str, params: Sequence[str], name: str = "gate") -> Graph:
    """``(params) -> formula`` as a user would have written it."""
    graph = new_graph(name)
    names = {}
    for n in params:
        graph.params.append(Param(n, FLOAT))
        names[n] = graph.body.add_param(FLOAT, n)
    graph.body.yields = [build(Builder(graph), formula, names)]
    graph.result = FLOAT
    return graph


def declared(entry: Entry) -> Gate:
    """The row of an entry, made at its first use."""
    name = f"gate_{entry.name}" if entry.name in OPS and entry.name not in GATES else entry.name
    known = GATES.get(name)
    if known is not None and known.forms == entry.forms and known.value == entry.value:
        return known
    if name in OPS:
        name = f"{name}_{digest(entry)[:8]}"
        if name in GATES:
            return GATES[name]
    words = tuple(_words(p, entry) for p in entry.partials)
    return row(
        name, " ".join(entry.params), forms=entry.forms, value=entry.value, lets=entry.lets,
        partials=entry.partials, words=words, changes=entry.changes, evaluate=_evaluator(entry),
        cost=entry.measures["gate"].cost, raises=entry.raises, total=not entry.raises,
        tags="gate library",
    )  # fmt: skip


def _words(partial: str, entry: Entry) -> str:
    """A partial for a comment, if it says something by itself."""
    told = set(names_in(partial)) <= {*entry.params, "out"} and len(partial) <= WORDS
    return partial if told else entry.name


def _evaluator(entry: Entry) -> Callable[..., Any]:
    graphs: list[Graph] = []

    def evaluate(*args: Any) -> Any:
        if not graphs:
            graph = graph_of(entry)
            graph.body.yields = graph.body.yields[:1]
            graphs.append(graph)
        return run(graphs[0], *map(float, args))[0]

    return evaluate
