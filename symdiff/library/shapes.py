"""Canonical shapes: what a formula is, whichever way its sums and products are written.

A value is ``coefficient * tree``; a tree is a call of operations, a sum of multiples of trees, or a
product of powers of trees.  Signs, constant factors, the order and the grouping of sums and
products, ``x*x`` and ``x**2``, ``x/sqrt(2)`` and ``0.7071067811865476*x`` are the same shape.  Only
what one of these is made of decides; nothing here knows an identity between functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Stmt, Value, new_graph
from symdiff.ir.types import FLOAT, ArrayType
from symdiff.ir.walk import free_values
from symdiff.ops.formula import build, names_in
from symdiff.records import dataclass

MOST = 12  # terms of a sum, factors of a product
LARGEST = 32  # operations of a shape; what is larger is a leaf of what it is part of
EXACT = 4e-16  # between two spellings of one constant


class Tree(tuple[Any, ...]):
    """One part of a shape; there is one object of each, so that they are equal if they are it."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


Multiple = tuple[float, Tree]
ONE = Tree(("prod", ()))
Make = Callable[..., Tree]
Binding = Mapping[str, Multiple]


class Shapes:
    """The canonical shapes of the values of one block (and of what they read from outside)."""

    def __init__(self, block: Block, variables: Mapping[Value, str] | None = None) -> None:
        self.block = block
        self.variables = variables or {}
        self.known: dict[Value, Multiple] = {}
        self.size: dict[Value, int] = {}
        self.home: dict[Multiple, Value] = {}  # the first value of each shape
        self.trees: dict[tuple[Any, ...], Tree] = {}
        self.reads = _reads(block)

    def of(self, value: Value) -> Multiple:
        """A value's shape; what it is made of must have been asked for before."""
        found = self.known.get(value)
        if found is None:
            found = self.known[value] = self._made(value)
            self.home.setdefault(found, value)
        return found

    def tree(self, *parts: Any) -> Tree:
        """The tree of these parts, there being one."""
        found = self.trees.get(parts)
        if found is None:
            found = self.trees[parts] = Tree(parts)
        return found

    def _made(self, value: Value) -> Multiple:
        stmt = value.stmt
        if value in self.variables:
            return 1.0, self.tree("var", self.variables[value])
        if stmt is None:
            return 1.0, self.tree("leaf", value)
        if stmt.op.name == "const":
            return self._number(value)
        if stmt.block is not self.block or not is_smooth(stmt):
            return 1.0, self.tree("leaf", value)
        size = self.size[value] = 1 + sum([self.size.get(a, 0) for a in stmt.args])
        if size > LARGEST:
            self.size[value] = 0
            return 1.0, self.tree("leaf", value)
        rule = _RULES.get(stmt.op.name)
        parts = [self._part(a) for a in stmt.args]
        found = rule(self.tree, parts) if rule is not None else None
        return found if found is not None else self._call(stmt, parts)

    def _part(self, value: Value) -> Multiple:
        """The shape of an operand: what is read more than once is one thing and not taken apart, so
        that a variable can stand for it."""
        shape = self.of(value)
        kind = shape[1][0]
        compound = kind == "sum" or (kind == "prod" and len(shape[1][1]) > 1)
        if not compound or self.reads.get(value, 0) < 2:
            return shape
        found = shape[0], self.tree("one", shape[1])
        self.home.setdefault(found, value)
        return found

    def _number(self, value: Value) -> Multiple:
        number = value.constant
        if isinstance(number, (int, float)) and not isinstance(number, bool) and number == number:
            return float(number), ONE
        return 1.0, self.tree("leaf", value)

    def _call(self, stmt: Stmt, parts: Sequence[Multiple]) -> Multiple:
        evaluate = stmt.op.evaluate
        if evaluate is not None and all(t is ONE for _, t in parts):
            try:
                return float(evaluate(*[c for c, _ in parts])), ONE
            except (ArithmeticError, ValueError):
                pass  # the error is the program's, where it runs
        return 1.0, self.tree("call", stmt.op.name, tuple(parts))


def _reads(block: Block) -> dict[Value, int]:
    """How often each value is read, by what is not dead itself."""
    found = dict.fromkeys(block.yields, 1)
    for stmt in reversed(block.stmts):
        if stmt.op.region or stmt.op.effect or not found.keys().isdisjoint(stmt.results):
            for arg in free_values(stmt) if stmt.op.region else stmt.args:
                found[arg] = found.get(arg, 0) + 1
    return found


def is_smooth(stmt: Stmt) -> bool:
    """A statement that shapes see through: numbers, or arrays element by element, to one."""
    return (
        len(stmt.results) == 1
        and not stmt.op.region
        and not stmt.op.effect
        and not stmt.attrs
        and (stmt.results[0].type is FLOAT or isinstance(stmt.results[0].type, ArrayType))
    )


def _mul(make: Make, parts: Sequence[Multiple]) -> Multiple | None:
    (c, x), (d, y) = parts
    return _product(make, c * d, x, y, 1)


def _div(make: Make, parts: Sequence[Multiple]) -> Multiple | None:
    (c, x), (d, y) = parts
    return None if d == 0 else _product(make, c / d, x, y, -1)


def _product(make: Make, coefficient: float, x: Tree, y: Tree, sign: int) -> Multiple | None:
    """Sums that are multiplied by a number alone keep it; factors of two trees are merged."""
    if y is ONE:
        return coefficient, x
    powers = dict(_factors(x))
    for tree, exponent in _factors(y):
        powers[tree] = powers.get(tree, 0) + sign * exponent
    kept = tuple((t, e) for t, e in powers.items() if e)
    if len(kept) > MOST or len(kept) < len(powers):  # x/x stays what it is
        return None
    return coefficient, kept[0][0] if len(kept) == 1 and kept[0][1] == 1 else make("prod", kept)


def _factors(tree: Tree) -> Sequence[tuple[Tree, int]]:
    return tree[1] if tree[0] == "prod" else ((tree, 1),)


def _add(make: Make, parts: Sequence[Multiple], sign: float = 1.0) -> Multiple | None:
    (c, x), (d, y) = parts
    const, terms = _terms(c, x)
    more, others = _terms(sign * d, y)
    for tree, coefficient in others.items():
        if tree in terms:
            return None  # x - x stays what it is
        terms[tree] = coefficient
    const += more
    if len(terms) > MOST:
        return None
    if not terms:
        return const, ONE
    if len(terms) == 1 and const == 0:
        ((tree, coefficient),) = terms.items()
        return coefficient, tree
    return 1.0, make("sum", const, tuple(terms.items()))


def _terms(c: float, tree: Tree) -> tuple[float, dict[Tree, float]]:
    if tree is ONE:
        return c, {}
    if tree[0] == "sum":
        return c * tree[1], {t: c * k for t, k in tree[2]}
    return 0.0, {tree: c}


def _sub(make: Make, parts: Sequence[Multiple]) -> Multiple | None:
    return _add(make, parts, -1.0)


def _neg(make: Make, parts: Sequence[Multiple]) -> Multiple:
    ((c, x),) = parts
    return -c, x


def _pow(make: Make, parts: Sequence[Multiple]) -> Multiple | None:
    (c, x), (n, exponent) = parts
    if exponent is not ONE or n != int(n) or not 0 < abs(n) <= 8 or (c == 0 and n < 0):
        return None
    if x is ONE:
        return c**n, ONE
    return c**n, x if n == 1 else make("prod", ((x, int(n)),))


_RULES = {"add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "pow": _pow}


def outline(tree: Tree) -> tuple[Any, ...]:
    """What two shapes that match have in common at the top."""
    kind = tree[0]
    if kind == "call":
        return kind, tree[1]
    if kind == "prod":
        return kind, *sorted([e for _, e in tree[1]])
    return (kind, len(tree[2]), tree[1] == 0) if kind == "sum" else (kind,)


def outlines(tree: Tree) -> Iterator[tuple[Any, ...]]:
    """The outlines of what may match a pattern: one of its variables may be a number."""
    yield outline(tree)
    if tree[0] == "sum" and any(t[0] == "var" for t, _ in tree[2]):
        yield "sum", len(tree[2]) - 1, False
    if tree[0] == "prod":
        exponents = sorted([e for _, e in tree[1]])
        for e in {e for t, e in tree[1] if t[0] == "var"}:
            k = exponents.index(e)
            yield "prod", *exponents[:k], *exponents[k + 1 :]


def heads(tree: Tree) -> frozenset[Any]:
    """What the parts of a sum or a product begin with, variables left out: a cheap necessary
    condition, since only a variable matches anything."""
    kind = tree[0]
    if kind == "call" or tree is ONE:
        parts = [p for _, p in tree[2]] if kind == "call" else []
    else:
        parts = [p for p, _ in tree[2 if kind == "sum" else 1]] if kind in ("sum", "prod") else []
    told = [p for p in parts if p[0] != "var" and not (p[0] == "prod" and _is_scaled(p))]
    return frozenset([p[1] if p[0] == "call" else p[0] for p in told])


# -- matching --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape with variables."""

    coefficient: float
    tree: Tree
    heads: frozenset[Any]

    def match(self, shape: Multiple) -> Iterator[Binding]:
        yield from _match(self.coefficient, self.tree, shape[0], shape[1], {})


def pattern(formula: str) -> Pattern:
    """The shape of a formula in its one-letter names."""
    graph = new_graph("shape")
    names = {n: graph.body.add_param(FLOAT, n) for n in names_in(formula)}
    value = build(Builder(graph), formula, names)
    graph.body.yields = [value]
    shapes = Shapes(graph.body, {v: n for n, v in names.items()})
    for stmt in graph.body.stmts:
        if stmt.results:
            shapes.of(stmt.result)
    coefficient, tree = shapes.of(value)
    return Pattern(coefficient, tree, heads(tree))


def _match(pc: float, p: Tree, vc: float, v: Tree, binding: Binding) -> Iterator[Binding]:
    if p[0] == "var":
        yield from _variable(pc, p[1], vc, v, binding)
    elif p[0] == "prod" and _is_scaled(p) and v[0] not in ("prod", "var", "leaf"):
        yield from _products(pc, p[1], vc, ((v, 1),), binding)
    elif p[0] != v[0]:
        return
    elif p[0] == "one":
        yield from _match(pc, p[1], vc, v[1], binding)
    elif p[0] == "sum":
        yield from _sums(pc, p, vc, v, binding)
    elif p[0] == "prod":
        yield from _products(pc, p[1], vc, v[1], binding)
    elif p[1] == v[1] and len(p[2]) == len(v[2]) and _close(pc, vc):
        yield from _arguments(p[2], v[2], binding)


def _is_scaled(tree: Tree) -> bool:
    """A variable times one factor: of a number and that factor no product is left."""
    return len(tree[1]) == 2 and any(t[0] == "var" for t, _ in tree[1])


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= EXACT * abs(a)


def _variable(pc: float, name: str, vc: float, v: Tree, binding: Binding) -> Iterator[Binding]:
    known = binding.get(name)
    if known is not None:
        if known[1] == v and _close(pc * known[0], vc):
            yield binding
        return
    factor = vc / pc
    if pc != 1 and not _is_power_of_two(pc):
        # a constant that only rounds to the pattern's: what is left over has to be exact
        if factor == 0 or not math.isfinite(factor):
            return
        mantissa, exponent = math.frexp(abs(factor))
        nearest = math.copysign(math.ldexp(0.5 if mantissa < 0.75 else 1.0, exponent), factor)
        if not _close(nearest, factor):
            return
        factor = nearest
    yield {**binding, name: (factor, v)}


def _is_power_of_two(c: float) -> bool:
    return math.frexp(abs(c))[0] == 0.5


def _arguments(ps: Sequence[Any], vs: Sequence[Any], binding: Binding) -> Iterator[Binding]:
    if not ps:
        yield binding
        return
    (pc, p), (vc, v) = ps[0], vs[0]
    for one in _match(pc, p, vc, v, binding):
        yield from _arguments(ps[1:], vs[1:], one)


def _sums(pc: float, p: Tree, vc: float, v: Tree, binding: Binding) -> Iterator[Binding]:
    ps = sorted([(pc * c, t) for t, c in p[2]], key=lambda t: t[1][0] == "var")
    vs = [(vc * c, t) for t, c in v[2]]  # what is no variable says more
    if len(ps) == len(vs) + 1 and ps[-1][1][0] == "var":  # the number of a variable
        vs.append((vc * v[1] - pc * p[1], ONE))
    elif len(ps) != len(vs) or not _close(pc * p[1], vc * v[1]):
        return
    yield from _paired(ps, vs, binding)


def _paired(ps: Sequence[Multiple], vs: Sequence[Multiple], binding: Binding) -> Iterator[Binding]:
    if not ps:
        yield binding
        return
    for k, candidate in enumerate(vs):
        for one in _match(*ps[0], candidate[0], candidate[1], binding):
            yield from _paired(ps[1:], [*vs[:k], *vs[k + 1 :]], one)


def _products(
    pc: float, p: Sequence[Any], vc: float, v: Sequence[Any], binding: Binding
) -> Iterator[Binding]:
    ps = sorted(p, key=lambda t: t[0][0] == "var")
    if len(ps) == len(v):
        for ratio, found in _factored(vc / pc, ps, v, binding):
            if _close(ratio, 1.0):
                yield found
    elif len(ps) == len(v) + 1:
        for k, (tree, exponent) in enumerate(ps):  # the number of a variable
            if tree[0] == "var" and tree[1] not in binding and abs(exponent) == 1:
                for ratio, found in _factored(vc / pc, [*ps[:k], *ps[k + 1 :]], v, binding):
                    if tree[1] not in found:
                        yield {**found, tree[1]: (ratio**exponent, ONE)}


def _factored(
    ratio: float, ps: Sequence[Any], vs: Sequence[Any], binding: Binding
) -> Iterator[tuple[float, Binding]]:
    """One factor after the other; ``ratio`` is what the coefficients differ by so far.

    That of ``sin(2*x)/(2*x)`` is what a variable that stands for ``2*x`` brings; a sign may be that
    of a difference."""
    if not ps:
        yield ratio, binding
        return
    tree, exponent = ps[0]
    for k, (candidate, e) in enumerate(vs):
        if e != exponent:
            continue
        rest = [*vs[:k], *vs[k + 1 :]]
        known = binding.get(tree[1]) if tree[0] == "var" else None
        if known is not None:
            if known[1] is candidate:
                yield from _factored(ratio / known[0] ** e, ps[1:], rest, binding)
            continue
        for one in _match(1.0, tree, 1.0, candidate, binding):
            yield from _factored(ratio, ps[1:], rest, one)
        if ratio < 0 and exponent % 2 and tree[0] == candidate[0] == "sum":
            for one in _match(1.0, tree, -1.0, candidate, binding):
                yield from _factored(-ratio, ps[1:], rest, one)


# -- text ------------------------------------------------------------------------------------------


def text(shape: Multiple) -> str:
    """A shape as a formula, the same for every way of writing it."""
    c, tree = shape
    if tree is ONE:
        return _digits(c)
    body = _text(tree)
    if c == 1:
        return body
    if c == -1:
        return f"-{_tight(body, tree)}"
    return f"{_digits(c)}*{_tight(body, tree)}"


def _digits(c: float) -> str:
    return str(int(c)) if c == int(c) and abs(c) < 2**53 else repr(c)


def _tight(body: str, tree: Tree) -> str:
    return f"({body})" if tree[0] in ("sum", "prod", "one") else body


def _text(tree: Tree) -> str:
    match tree[0]:
        case "var":
            return str(tree[1])
        case "one":
            return _text(tree[1])
        case "call":
            return f"{tree[1]}({', '.join(map(text, tree[2]))})"
        case "sum":
            terms = sorted(text((c, t)) for t, c in tree[2])
            return " + ".join([*([_digits(tree[1])] if tree[1] else []), *terms])
        case "prod":
            up = sorted(_power(t, e) for t, e in tree[1] if e > 0)
            down = sorted(_power(t, -e) for t, e in tree[1] if e < 0)
            over = "*".join(up) or "1"
            return f"{over}/({'*'.join(down)})" if down else over
    raise ValueError(f"a shape with {tree[0]} has no text")


def _power(tree: Tree, exponent: int) -> str:
    body = _tight(_text(tree), tree)
    return body if exponent == 1 else f"{body}**{exponent}"
