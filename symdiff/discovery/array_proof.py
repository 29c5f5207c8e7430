"""Proofs about rows: a normal form in which a sum over the index is a linear functional.

Values at the generic index are forms of the field of ``field``; generators of it vary with the
index (``x``, ``exp(x)``) or not (``n``, a maximum, a sum).  A sum is brought to terms: what does
not vary is taken out of it, the sum of 1 is the number of indices, and what is left is a generator
``sum(m)`` for each ``m`` in lowest terms.  Equal generators are equal numbers at every size, so a
difference that reduces to 0 is 0 for all sizes and all data.  Distinct generators may be equal
(nothing is known of a sum but that it is linear): a proof that is found holds, not every one is
found.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from symdiff.discovery.array_rows import Node, order
from symdiff.discovery.budget import clock
from symdiff.discovery.field import Form, OutOfBudget, Poly, Refine
from symdiff.discovery.functions import Lattice, is_positive
from symdiff.discovery.normal import Evaluation, known_constant

SECONDS = 2.0
GENERATORS = 48
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
FACTORED = 24  # terms of a denominator that is taken apart


@dataclass(frozen=True, slots=True)
class Proof:
    """That two rows are equal wherever these are not 0 (beside where either is not defined)."""

    nonzero: tuple[Node, ...] = ()


def proof(wanted: Node, found: Node, seconds: float = SECONDS) -> Proof | None:
    """The proof that two rows are equal at every index, for every size and all data; None where
    none is found.

    >>> from symdiff.discovery.array_rows import Pool
    >>> p = Pool()
    >>> x, y = p.input("x", True), p.input("y", True)
    >>> a = p.total(p.op("mul", p.op("sub", x, p.mean(x)), y))
    >>> b = p.total(p.op("mul", x, p.op("sub", y, p.mean(y))))
    >>> proof(a, b) is not None        # centring is symmetric
    True
    >>> proof(a, p.total(p.op("mul", x, y))) is None
    True
    """
    import sympy.polys.rings  # noqa: F401  its import is no part of the budget

    grains = {"exp": 1, "angle": 1}
    deadline = clock() + seconds
    while True:
        try:
            rows = Rows(RowField(GENERATORS, deadline, grains), (wanted, found))
            left, right = rows.forms[wanted], rows.forms[found]
            equal = rows.field.is_zero(rows.field.sub(left, right))
            return Proof(tuple(rows.nonzero)) if equal else None
        except Refine as refine:
            grains = {**grains, refine.kind: refine.grain}
        except (OutOfBudget, ZeroDivisionError, OverflowError):
            return None


class RowField(Lattice):
    """The field, with what is known of its generators: whether they vary with the index."""

    def __init__(self, size: int, deadline: float, grains: dict[str, int]) -> None:
        super().__init__(size, deadline, grains)
        self.varying: list[bool] = []

    def generator(self, key: tuple[Any, ...], positive: bool = False) -> int:
        number = super().generator(key, positive)
        if number == len(self.varying):
            self.varying.append(self._varies(key))
        return number

    def _varies(self, key: Hashable) -> bool:
        """Whether a generator with this meaning varies: inputs say it, sums do not, functions vary
        with what they are of."""
        match key:
            case ("reduced", *_):
                return False
            case ("row", Node(varies=varies)):
                return varies
            case Form(num, den):
                return self._has_index(num) or self._has_index(den)
            case tuple():
                return any(map(self._varies, key))
        return False

    def _has_index(self, p: Poly) -> bool:
        return any(e and self.varying[k] for m in p.monoms() for k, e in enumerate(m))

    def varies(self, a: Form) -> bool:
        return self._has_index(a.num) or self._has_index(a.den)

    # -- sums --------------------------------------------------------------------------------------

    def total(self, a: Form, count: Form) -> Form:
        """The sum over the index, by linearity."""
        a = self.canonical(a)
        outer, inner = self._parted(a.den)
        groups: dict[tuple[int, ...], Poly] = {}
        for monomial, coefficient in a.num.terms():
            mine = tuple(e if self._moves(k) else 0 for k, e in enumerate(monomial))
            rest = tuple(0 if self._moves(k) else e for k, e in enumerate(monomial))
            groups[mine] = groups.get(mine, self.ring.zero) + self.ring({rest: coefficient})
        result = self.zero
        for monomial, factor in groups.items():
            summed = self._summed(self.canonical(Form(self.ring({monomial: 1}), inner)), count)
            result = self.add(result, self.mul(Form(factor, outer), summed))
        return result

    def _moves(self, k: int) -> bool:
        return k < len(self.varying) and self.varying[k]

    def _summed(self, a: Form, count: Form) -> Form:
        """The sum of a form of which nothing can be taken out."""
        if not self.varies(a):
            return self.mul(count, a)
        positive = is_positive(self, a.num) and is_positive(self, a.den)
        return self.of(self.generator(("reduced", "sum", a), positive))

    def _parted(self, p: Poly) -> tuple[Poly, Poly]:
        """A denominator as what does not vary times what does."""
        if not self._has_index(p):
            return p, self.one
        if len(p) > FACTORED:
            return self.one, p
        content, factors = p.factor_list()
        outer, inner = self.ring(content), self.one
        for factor, times in factors:
            if self._has_index(factor):
                inner *= factor**times
            else:
                outer *= factor**times
        return outer, inner

    def extremum(self, name: str, a: Form) -> Form:
        a = self.canonical(a)
        return self.of(self.generator(("reduced", name, a))) if self.varies(a) else a


class Rows:
    """The forms of rows, and what was taken to be different from 0."""

    def __init__(self, field: RowField, roots: Iterable[Node]) -> None:
        self.field = field
        self.functions = Evaluation(field)
        self.forms: dict[Node, Form] = {}
        self.nonzero: dict[Node, None] = {}
        nodes = order(roots)
        self.positive = {
            a for n in nodes if n.op in ("log", "sqrt") for a in n.args if a.op == "input"
        }
        for node in nodes:
            self.forms[node] = self._form(node)

    def _form(self, node: Node) -> Form:
        f = self.field
        operands = [self.forms[a] for a in node.args]
        match node.op:
            case "const":
                if not math.isfinite(node.data):
                    raise OutOfBudget("not a finite number")
                return known_constant(f, node.data)
            case "input":
                return f.of(f.generator(("row", node), positive=node in self.positive))
            case "size":
                return self._size(node.data)
            case "sum":
                return f.total(operands[0], self._count(node.data))
            case "amax" | "amin":
                return f.extremum(node.op, operands[0])
            case "picked":
                key = ("reduced", "picked", *map(f.canonical, operands))
                return f.of(f.generator(key))
            case "where":
                return self._where(node, operands)
            case "safe_div" | "safe_ratio":
                self.nonzero.setdefault(node.args[1])
                return f.div(*operands)
            case _ if node.op in COMPARISONS:
                return self._truth(node.op, operands)
        return self.functions.applied(node.op, operands)

    def _size(self, axis: int) -> Form:
        return self.field.of(self.field.generator(("size", axis), positive=True))

    def _count(self, axes: tuple[int, ...]) -> Form:
        return functools.reduce(self.field.mul, map(self._size, axes))

    def _truth(self, op: str, operands: list[Form]) -> Form:
        """A comparison as a number that is its own square."""
        f = self.field
        key = ("call", op, tuple(map(f.canonical, operands)))
        new = not f.known(key)
        number = f.generator(key)
        if new:
            f.relate(number, 2, f.of(number))
        return f.of(number)

    def _where(self, node: Node, operands: list[Form]) -> Form:
        f = self.field
        condition, yes, no = operands
        test = node.args[0]
        if test.op == "ne" and test.args[1].op == "const" and test.args[1].data == 0:
            self.nonzero.setdefault(test.args[0])
            return yes
        if f.is_zero(f.sub(yes, no)):
            return yes
        return f.add(no, f.mul(condition, f.sub(yes, no)))
