"""The sound derivative of a primal graph: interval arithmetic, with as many digits as it takes.

A fixed number of digits proves nothing: the derivative of ``(e^x - e^-x)/(e^x + e^-x)`` at 200 is
wrong by a factor of two at 50, 100 and 150 digits alike, and agrees with itself.  Here every number
is an interval that holds the real value; the precision doubles until the derivative's interval is
narrower than 1e-20 of its size (or both its ends are the same double), or the oracle says
"unresolved".  The graph is the user's own arithmetic, before any gate is recognised; derivatives
come from :mod:`enclosures`, not from the table of operations.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.interp import PrimalError, catches
from symdiff.ir.types import FLOAT, INT, ListType, TupleType, Type
from symdiff.ops.attempt import errors_of, is_try, protected
from symdiff.report.enclosures import RULES
from symdiff.report.interval import Num, OutOfDomain, Purse, Tape, Undecided, Unresolved
from symdiff.report.unlisted import by_image
from symdiff.report.values import weight

START = 106
MOST = 8192
STEPS = 150_000  # a few seconds
NARROW = 10**20  # the size of an enclosure in units of its width

ENCLOSED = "enclosed"
AGREED = (
    "not enclosed"  # an operation without interval version: two precisions and two steps agreed
)
UNRESOLVED = "unresolved"
INFINITE = "infinite"


@dataclass(frozen=True, slots=True)
class Partial:
    """One derivative: the nearest double, how it is known, and the sum of the sizes of the terms it
    consists of."""

    value: float
    status: str
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """The value, and the derivative for each float of the differentiated inputs, in order."""

    value: float
    partials: tuple[Partial, ...]
    bits: int


def reference(
    graph: Graph, leaves: Sequence[Any], wrt: Sequence[int], *, most: int = MOST, steps: int = STEPS
) -> Reference:
    """The derivative of the graph's output at ``leaves`` (flattened inputs); several numbers are
    one by their weights (``values.weight``).

    Raises :class:`OutOfDomain` where the program has no value, :class:`Unresolved` where no
    precision decides what it does.
    """
    contexts = _contexts()  # of this call alone: a context's precision is its own
    purse = Purse(steps)
    bits = START
    best: Reference | None = None
    while bits <= most:
        tape = Tape(bits, RULES, contexts, purse)
        try:
            best = _attempt(tape, graph, leaves, wrt)
        except Undecided:
            best = None
        except Unresolved:
            if best is not None:
                return best
            raise
        if best is not None and all(p.status != UNRESOLVED for p in best.partials):
            return best
        bits *= 2
    if best is None:
        raise Unresolved(f"{most} bits do not tell which way the program goes")
    return best


def _contexts() -> tuple[Any, Any]:
    import mpmath

    return mpmath.ctx_iv.MPIntervalContext(), mpmath.ctx_mp.MPContext()


def _attempt(tape: Tape, graph: Graph, leaves: Sequence[Any], wrt: Sequence[int]) -> Reference:
    def numbered(x: Any, make: Callable[[float], Num]) -> Any:
        if isinstance(x, (list, tuple)):
            return type(x)(numbered(e, make) for e in x)
        return make(x) if isinstance(x, float) else x

    sources: list[int] = []

    def source(x: float) -> Num:
        made = tape.source(x)
        sources.append(made.at)
        return made

    args = [numbered(x, tape.lift) for x in leaves]
    for k in wrt:  # in this order, which is that of the partials
        args[k] = numbered(leaves[k], source)
    out = _combined(tape, _Machine(tape, graph).block(graph.body, args))
    cots, sizes = tape.reverse(out)
    low, high = tape.ends(out.v)
    partials = tuple(_partial(tape, cots[at], sizes[at]) for at in sources)
    return Reference(_double((low + high) / 2), partials, tape.bits)


def _combined(tape: Tape, results: Sequence[Any]) -> Num:
    numbers = list(_numbers(results))
    if len(numbers) == 1:
        return tape.lift(numbers[0])
    terms = [tape.call("mul", tape.lift(x), weight(k)) for k, x in enumerate(numbers)]
    return tape.lift(_total(tape, terms))


def _numbers(x: Any) -> Iterator[Any]:
    if isinstance(x, (list, tuple)):
        for e in x:
            yield from _numbers(e)
    elif x is not None and not isinstance(x, str):
        yield x


def _partial(tape: Tape, cot: Any, size: float) -> Partial:
    if cot is None:
        return Partial(math.nan, INFINITE, size)
    low, high = tape.ends(cot if not isinstance(cot, int) else tape.iv.mpf(cot))
    status = ENCLOSED if tape.enclosed else AGREED
    if _double(low) == _double(high):
        return Partial(_double(low) + 0.0, status, size)  # no negative zero
    if not (tape.mp.isfinite(low) and tape.mp.isfinite(high)):
        return Partial(math.nan, UNRESOLVED, size)
    if (low > 0 or high < 0) and (high - low) * NARROW < min(abs(low), abs(high)):
        return Partial(_double((low + high) / 2), status, size)
    return Partial(_double((low + high) / 2), UNRESOLVED, size)


def _double(x: Any) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, float(x > 0) - 0.5)


# -- running a graph over enclosed numbers ---


class _Machine:
    """As :mod:`symdiff.ir.interp`, with numbers of a tape for floats; ints, flags and text stay
    Python's."""

    def __init__(self, tape: Tape, graph: Graph) -> None:
        self.tape = tape
        self.graph = graph
        self.env: dict[Value, Any] = {}
        self.watched = 0  # how many handlers watch what runs
        self.caught: list[Exception] = []

    def get(self, values: Sequence[Value]) -> list[Any]:
        return [self._one(v) for v in values]

    def _one(self, v: Value) -> Any:
        if v.stmt is not None and v.op == "const":
            x = v.stmt.attrs["value"]
            return self.tape.lift(x) if isinstance(x, float) and math.isfinite(x) else x
        return self.env[v]

    def block(self, block: Block, args: Sequence[Any] = ()) -> list[Any]:
        self.env.update(zip(block.params, args, strict=True))
        self.all(block.stmts)
        return self.get(block.yields)

    def all(self, stmts: Sequence[Stmt]) -> None:
        for stmt in stmts:
            if stmt.op.name not in ("const", "attempt", "settled"):
                self.env.update(zip(stmt.results, self.stmt(stmt), strict=False))

    def attempt(self, stmt: Stmt) -> list[Any]:
        """A ``try``: which branch runs is decided as the program decides it, in floats."""
        (cond,) = stmt.args
        yes, no = stmt.blocks
        watched = protected(stmt)
        assert cond.stmt is not None
        failure: Exception | None = None
        self.watched += 1
        try:
            self.all(watched)
        except (OutOfDomain, Undecided, Unresolved):
            raise
        except Exception as err:
            failure = err
        finally:
            self.watched -= 1
        if failure is not None and not catches(failure, cond.stmt.attrs["kinds"]):
            if self.watched:
                raise failure
            raise OutOfDomain(str(failure)) from failure
        self.env[cond] = failure is None
        if failure is None:
            self.all(yes.stmts[len(watched) :])
            return self.get(yes.yields)
        self.caught.append(failure)
        results = self.block(no)
        self.caught.pop()
        return results

    def failing(self, stmt: Stmt, args: list[Any]) -> None:
        """Raise as the program would, where a handler may be for it."""
        if stmt.op.name == "raise":
            raise PrimalError(stmt.attrs["template"])
        floats = [_in_floats(a) for a in args]
        if errors_of(stmt) and stmt.op.evaluate is not None and None not in floats:
            stmt.op.evaluate(*floats, **stmt.attrs)

    def stmt(self, stmt: Stmt) -> list[Any]:
        if is_try(stmt):
            return self.attempt(stmt)
        name = stmt.op.name
        if name == "caught":
            return [catches(self.caught[-1], stmt.attrs["kinds"])]
        if name == "raise" and not stmt.attrs["template"]:
            if self.watched:
                raise self.caught[-1]
            raise OutOfDomain(f"the function raises {self.caught[-1]!r}")
        args = self.get(stmt.args)
        if self.watched:
            self.failing(stmt, args)
        if name == "if":
            return self.block(stmt.blocks[0 if args[0] else 1])
        if name in ("for", "while"):
            return self.loop(stmt, args)
        if name == "call":
            return self.call(stmt.attrs["callee"], args)
        if name in ("raise", "assert"):
            if name == "raise" or not args[0]:
                raise OutOfDomain(f"the function raises {stmt.attrs['template']}")
            return []
        return [self.plain(stmt, args)]

    def call(self, name: str, args: list[Any]) -> list[Any]:
        """A callee in a frame of its own."""
        self.tape.purse.spend(self.tape.bits)
        saved, self.env = self.env, {}
        try:
            return self.block(self.graph.callees[name].body, args)
        finally:
            self.env = saved

    def loop(self, stmt: Stmt, args: list[Any]) -> list[Any]:
        count, collects, exits = (stmt.attrs[k] for k in ("carries", "collects", "exits"))
        indices = iter(range(*args[:3])) if stmt.op.name == "for" else None
        carry = args[3:] if indices is not None else args
        tapes: list[list[Any]] = [[] for _ in range(collects)]
        trip, stopped = 0, False
        while not stopped:
            index = next(indices, None) if indices is not None else None
            if indices is not None:
                if index is None:
                    break
                yields = self.block(stmt.blocks[0], [index, *carry])
            else:
                if not self.block(stmt.blocks[0], carry)[0]:
                    break
                yields = self.block(stmt.blocks[1], carry)
            trip += 1
            self.tape.purse.spend(self.tape.bits)
            if exits:
                stopped, *yields = yields
            carry = yields[:count]
            for tape, item in zip(tapes, yields[count:], strict=True):
                tape.append(item)
        return [*carry, *tapes, trip, stopped]

    def plain(self, stmt: Stmt, args: list[Any]) -> Any:
        name = stmt.op.name
        special = SPECIAL.get(name)
        if special is not None:
            return special(self.tape, args, stmt)
        real = stmt.results[0].type == FLOAT if stmt.results else False
        if real and all(isinstance(a, (int, float, Num)) for a in args):
            if name in RULES:
                return self.tape.call(name, *args)
            return by_image(self.tape, stmt.op, [self.tape.lift(a) for a in args])
        if stmt.op.evaluate is None:
            raise Unresolved(f"{name} has no evaluation")
        if any(isinstance(a, Num) for a in args) and "data" in stmt.op.tags:
            raise Unresolved(f"{name} has no interval version")
        try:
            return _conform(self.tape, stmt.op.evaluate(*args, **stmt.attrs), stmt.results[0].type)
        except (IndexError, ZeroDivisionError, ValueError, OverflowError) as err:
            raise OutOfDomain(str(err)) from None
        except TypeError as err:  # what is for floats only
            raise Unresolved(f"{name} has no interval version: {err}") from None


def _conform(tape: Tape, x: Any, type_: Type) -> Any:
    """Floats that an evaluation made (``[0.0]*n``) as numbers of the tape."""
    if isinstance(type_, ListType):
        return [_conform(tape, e, type_.elem) for e in x]
    if isinstance(type_, TupleType):
        return tuple(_conform(tape, e, t) for e, t in zip(x, type_.elems, strict=True))
    return tape.lift(x) if type_ == FLOAT and not isinstance(x, Num) and x is not None else x


def _in_floats(x: Any) -> Any:
    """The number or list as the program has it; None where that is not known."""
    if isinstance(x, (list, tuple)):
        parts = [_in_floats(e) for e in x]
        return None if None in parts else type(x)(parts)
    return x.f if isinstance(x, Num) else x


# -- operations that decide, or work on structures ---

Special = Callable[[Tape, list[Any], Stmt], Any]


def _comparison(decide: Callable[[int, int], bool]) -> Special:
    def applied(tape: Tape, args: list[Any], stmt: Stmt) -> bool:
        x, y = args
        if isinstance(x, (str, type(None))) or isinstance(y, (str, type(None))):
            return decide(0 if x == y else 1, 0)
        return decide(tape.sign(x, y), 0)

    return applied


def _whole(rounding: Callable[[Any], int]) -> Special:
    def applied(tape: Tape, args: list[Any], stmt: Stmt) -> int:
        x = args[0]
        return tape.whole(x, rounding) if isinstance(x, Num) else rounding(x)

    return applied


def _known_float(tape: Tape, args: list[Any], stmt: Stmt) -> Any:
    """A flat or a deciding function of floats, as the program computes it."""
    floats = [a.f if isinstance(a, Num) else a for a in args]
    if any(f is None for f in floats):
        raise Unresolved(f"{stmt.op.name} of a number beyond the floats")
    assert stmt.op.evaluate is not None
    out = stmt.op.evaluate(*floats)
    return tape.lift(out) if isinstance(out, float) else out


def _extremum(name: str) -> Special:
    side = 1 if name == "max" else -1

    def applied(tape: Tape, args: list[Any], stmt: Stmt) -> Any:
        xs = args[0] if len(args) == 1 and isinstance(args[0], list) else args
        if not xs:
            raise OutOfDomain(f"{name}() of nothing")
        if stmt.results[0].type == INT:
            return (max if name == "max" else min)(xs)
        nums = [tape.lift(x) for x in xs]
        best = nums[0]
        for x in nums[1:]:
            best = x if side * tape.sign(x, best) > 0 else best
        tied = [x for x in nums if tape.sign(x, best) == 0]
        return tape.step(
            best.f, best.v, tied, [1 / tape.iv.mpf(len(tied))] * len(tied) if len(tied) > 1 else [1]
        )

    return applied


def _total(tape: Tape, terms: Sequence[Any]) -> Any:
    out: Any = tape.lift(0.0)
    for term in terms:
        out = out + term
    return out


def _distance(tape: Tape, args: list[Any], stmt: Stmt) -> Num:
    gaps = [tape.call("sub", p, q) for p, q in zip(*args, strict=True)]
    return tape.call("hypot", *gaps)


def _dot(tape: Tape, args: list[Any], stmt: Stmt) -> Any:
    return _total(tape, [tape.call("mul", p, q) for p, q in zip(*args, strict=True)])


def _modf(tape: Tape, args: list[Any], stmt: Stmt) -> Any:
    x = tape.lift(args[0])
    whole = tape.lift(float(tape.whole(x, math.trunc)))
    return tape.call("sub", x, whole), whole


def _frexp(tape: Tape, args: list[Any], stmt: Stmt) -> Any:
    x = tape.lift(args[0])
    if x.f is None:
        raise Unresolved("frexp of a number beyond the floats")
    power = math.frexp(x.f)[1]
    return _scaled(tape, x, -power), power


def _scaled(tape: Tape, x: Any, n: int) -> Num:
    x = tape.lift(x)
    scale = tape.iv.mpf(2) ** n
    f = None if x.f is None or abs(n) > 5000 else x.f * 2.0 ** max(-1000, min(1000, n))
    return tape.step(f if f else None, x.v * scale, [x], [scale])


def _zeros(x: Any, tape: Tape) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(_zeros(e, tape) for e in x)
    return (
        tape.lift(0.0)
        if isinstance(x, Num)
        else x
        if isinstance(x, str) or x is None
        else type(x)(0)
    )


def _truth(tape: Tape, args: list[Any], stmt: Stmt) -> bool:
    x = args[0]
    return tape.sign(x, 0.0) != 0 if isinstance(x, Num) else bool(x)


def _text(tape: Tape, args: list[Any], stmt: Stmt) -> str:
    assert stmt.op.evaluate is not None
    return str(stmt.op.evaluate(*(a.f if isinstance(a, Num) else a for a in args), **stmt.attrs))


SPECIAL: dict[str, Special] = {
    "lt": _comparison(operator.lt),
    "le": _comparison(operator.le),
    "gt": _comparison(operator.gt),
    "ge": _comparison(operator.ge),
    "eq": _comparison(operator.eq),
    "ne": _comparison(operator.ne),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "trunc": _whole(math.trunc),
    "int": _whole(math.trunc),
    "round": _whole(round),
    "round_n": _known_float,
    "floordiv": _known_float,
    "isnan": _known_float,
    "isinf": _known_float,
    "isfinite": _known_float,
    "isclose": _known_float,
    "isclose_tol": _known_float,
    "bool": _truth,
    "text": _text,
    "max_n": _extremum("max"),
    "min_n": _extremum("min"),
    "max_list": _extremum("max"),
    "min_list": _extremum("min"),
    "fsum": lambda tape, args, stmt: _total(tape, args[0]),
    "dist": _distance,
    "sumprod": _dot,
    "modf": _modf,
    "frexp": _frexp,
    "ldexp": lambda tape, args, stmt: _scaled(tape, *args),
    "undef": lambda tape, args, stmt: None,
    "widen": lambda tape, args, stmt: _conform(tape, args[0], stmt.results[0].type),
    "zeros_like": lambda tape, args, stmt: _zeros(args[0], tape),
}
