"""The row of the operation table: one :class:`OpSpec` says all there is to know of an operation.

From a row come evaluation, reverse and forward rules, the SymPy image, its proof, the cost, the
type rule, the spelling in generated code, the comment there, and the tests.  Partials are
*formulas*: text over the operands' names, ``out`` (the result) and other operations.  The states
of a partial are explicit:

* a formula, such as ``"out*(1 - out)"``;
* ``"0"``: zero by mathematics (floor, comparisons), said so in the output;
* ``None``: the operand is not differentiable (an index, a flag) or its derivative is not known; an
active value there raises ``NoDerivative`` at the user's line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from symdiff.ir.types import Type, is_memory
from symdiff.records import dataclass, field

if TYPE_CHECKING:
    from symdiff.ir.builder import Builder
    from symdiff.ir.core import Stmt, Value

Infer = Callable[[tuple[Type, ...], Mapping[str, Any]], tuple[Type, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class OpSpec:
    """One operation.

    name      the operation's name in IR text.
    params    operand names as the formulas use them; a last ``"*xs"`` takes any number.
    infer     type rule: operand types and attributes to result types; raises TypeError with a
    reason. partials  one formula, "0" or None per operand (one for all of a ``*xs``, where ``x``
    is the operand).
    image     SymPy expression over the operand names; "" where there is none.
    emit      target name -> Python expression template over the operand names.
    python    dotted names of the callables that this operation stands for.
    cost      nanoseconds in CPython, calibrated; used by residual and granularity choices.
    total     never raises on finite operands.
    raises    conditions over the operands under which Python raises a *domain* error:
              (formula, exception name, message).
    errors    names of the exceptions that a failure may have, beside those in ``raises``; without
              them a row that is not total may fail in any way.
    domain    where tests sample each operand: (low, high) per operand name; default (-3, 3).
    effect    has a side effect (raise, assert): ordered, never merged, dropped or recomputed.
    region    owns blocks.
    fresh     the result is new memory that nobody else holds (lists only).
    choose    for rows whose formulas depend on the statement (its constants, its operand types):
    stmt -> one formula per operand, instead of ``partials``. vjp       for structured operations:
    (builder, stmt, out cotangents, want) -> operand cotangents.
    jvp       for structured operations: (builder, stmt, operand tangents) -> result tangents.
    bounds    bounds of the operands -> bounds of the result (``ops.bounds``); None: unknown.
    words     one short reading of each partial for comments, where the formula itself is long.
    array_partials  formulas for arrays, where another form serves them better than the scalar one.
    spell     for rows whose spelling depends on the statement's attributes or types: statement ->
    template, instead of ``emit``.
    sizes     (builder, stmt, axis) -> the size of the result along an axis in terms of the
    operands, or None where it is only known from the result itself.
    shape_uses  operands of which only the shape is used: no derivative flows through them.
    tags      marks: array (on NumPy only), view (the result is memory of the first operand),
    inplace (may be destructive), data (no derivative), gate, guarded (the adjoint itself raises
    where the operation would, so that no separate domain check is needed).
    parts     of a decomposition, which makes a tuple of new arrays: what its elements are called.
    part      of a row that takes one of them: which.
    note      what the output's docstring says about it (kinks, derivative zero by mathematics).
    """

    name: str
    params: tuple[str, ...]
    infer: Infer
    partials: tuple[str | None, ...] = ()
    image: str = ""
    emit: Mapping[str, str] = field(default_factory=dict)
    python: tuple[str, ...] = ()
    cost: float = 10.0
    total: bool = True
    raises: tuple[tuple[str, str, str], ...] = ()
    errors: str = ""
    domain: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    commutative: bool = False
    effect: bool = False
    region: bool = False
    fresh: bool = False
    choose: Callable[[Stmt], tuple[str | None, ...]] | None = None
    array_partials: tuple[str | None, ...] = ()
    vjp: Callable[..., Any] | None = None
    jvp: Callable[..., Any] | None = None
    fold: Callable[[Builder, tuple[Value, ...], Mapping[str, Any]], Value | None] | None = None
    evaluate: Callable[..., Any] | None = None
    bounds: Callable[..., Any] | None = None
    spell: Callable[[Stmt], str] | None = None
    sizes: Callable[[Builder, Stmt, int], Value | None] | None = None
    shape_uses: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    note: str = ""
    tags: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    part: int | None = None

    def partial(self, index: int) -> str | None:
        """The formula for operand ``index`` (the starred row's serves all operands from there
        on).
        """
        if not self.partials:
            return None
        return self.partials[min(index, len(self.partials) - 1)]

    def partials_of(self, stmt: Stmt) -> tuple[str | None, ...]:
        """The formulas for this statement, one per operand."""
        if self.array_partials and is_memory(stmt.results[0].type):
            return self.array_partials
        if self.choose is not None:
            return self.choose(stmt)
        if len(self.partials) == len(stmt.args):
            return self.partials
        return tuple(self.partial(k) for k in range(len(stmt.args)))

    @property
    def starred(self) -> bool:
        return bool(self.params) and self.params[-1].startswith("*")

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class _Rows(dict[str, OpSpec]):
    """Rows by name; a name that is not there is looked for in the families not yet loaded."""

    def __init__(self) -> None:
        self.later: Callable[[], None] | None = None

    def __missing__(self, name: str) -> OpSpec:
        if not self.load():
            raise KeyError(name)
        return self[name]

    def load(self) -> bool:
        """Load what is left to load; whether there was anything."""
        later, self.later = self.later, None
        if later is None:
            return False
        later()
        return True


class Registry:
    """Name -> OpSpec, filled by the modules of ``symdiff.ops`` on import.

    Families that few programs use are loaded when a name is asked for that no other family has, or
    when somebody goes through all the rows.
    """

    def __init__(self) -> None:
        self.rows = _Rows()

    def add(self, spec: OpSpec) -> OpSpec:
        if spec.name in self.rows:
            raise ValueError(f"operation {spec.name!r} is declared twice")
        self.rows[spec.name] = spec
        return spec

    def __getitem__(self, name: str) -> OpSpec:
        return self.rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self.rows or (self.rows.load() and name in self.rows)

    def __iter__(self) -> Any:
        self.rows.load()
        return iter(self.rows.values())

    def get(self, name: str) -> OpSpec | None:
        return self.rows[name] if name in self else None

    def loaded(self) -> Iterable[OpSpec]:
        """The rows that are there already."""
        return self.rows.values()


OPS = Registry()


def describe(stmt: Stmt) -> str:
    """A short name of a statement for messages."""
    return stmt.op.name
