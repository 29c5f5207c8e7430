"""The only way to make statements: origins, hash-consing, type rules and folding in one place.

A builder has a current block and a current origin.  ``op`` looks an equal statement up in the
block and its ancestors before it makes one, which is what turns a tree of expressions into a DAG
(I3); siblings are never searched, so nothing moves out of its branch.  In ``relaxed`` mode
(adjoint and tangent code, which is ours to define) algebraic identities that may change a
rounding or the sign of a zero are folded as well; the user's own arithmetic is never touched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from symdiff.errors import TypeMismatch
from symdiff.ir.core import NO_ATTRS, Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS, OpSpec
from symdiff.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    ArrayType,
    TapeType,
    Type,
    holds_list,
    is_differentiable,
    join,
    list_of,
)
from symdiff.source import NOWHERE, Origin

Values = Sequence[Value]
_ROWS = OPS.rows  # a look-up for every statement that is made
T = TypeVar("T")


def const_type(value: object) -> Type:
    """The IR type of a Python constant."""
    if value.__class__ is float:
        return FLOAT
    for cls, type_ in ((bool, BOOL), (int, INT), (float, FLOAT), (str, STR), (type(None), NONE)):
        if isinstance(value, cls):
            return type_
    raise TypeError(f"{value!r} is not a constant of the graph")


def _key(spec: OpSpec, args: tuple[Value, ...], attrs: Mapping[str, Any]) -> Any:
    """What makes two statements equal (I3); hints and origins do not (I8)."""
    if spec.commutative and len(args) == 2 and id(args[0]) > id(args[1]):
        args = args[::-1]
    return (spec.name, args, tuple(sorted(attrs.items()))) if attrs else (spec.name, args)


def const_key(value: object) -> tuple[str, str]:
    """Bit-exact identity: -0.0 is not 0.0, 1 is not 1.0 and not True."""
    return type(value).__name__, repr(value)


class _While(Generic[T]):
    """A builder's attribute has another value for a while; entered once for every statement, which
    is why it is no generator.
    """

    __slots__ = ("builder", "name", "saved", "value")

    def __init__(self, builder: Builder, name: str, value: T) -> None:
        self.builder, self.name, self.value = builder, name, value

    def __enter__(self) -> T:
        self.saved = getattr(self.builder, self.name)
        setattr(self.builder, self.name, self.value)
        return self.value

    def __exit__(self, *_: object) -> None:
        setattr(self.builder, self.name, self.saved)


class Builder:
    """Appends statements to ``block`` under the current origin."""

    def __init__(self, graph: Graph, block: Block | None = None, *, relaxed: bool = False) -> None:
        self.graph = graph
        self.block = block if block is not None else graph.body
        self.current = NOWHERE
        self.relaxed = relaxed
        # sizes of inputs that the signature fixes; a pass that does not know them is no less right
        self.sizes: dict[Value, tuple[int | None, ...]] = {}
        self.watch: Callable[[Stmt], None] | None = None  # told of every plain statement made

    # -- where and why ---------------------------------------------------------------------------

    def origin(self, origin: Origin) -> _While[Origin]:
        """Statements made inside carry ``origin``."""
        return _While(self, "current", origin)

    def into(self, block: Block) -> _While[Block]:
        """Statements made inside go to the end of ``block``."""
        return _While(self, "block", block)

    def new_block(self) -> Block:
        """A child of the current block, attached once a region statement takes it."""
        return Block(self.block)

    def take_back(self, block: Block, last: Stmt | None) -> None:
        """Drop the statements of ``block`` behind ``last`` (None: all), but for constants."""
        stmts = block.stmts
        at = 0 if last is None else len(stmts) - stmts[::-1].index(last)
        kept = [s for s in stmts[at:] if s.op.name in ("const", "undef")]
        gone = set(stmts[at:]) - set(kept)
        block.stmts = stmts[:at] + kept
        block.table = {key: s for key, s in block.table.items() if s not in gone}

    # -- statements ------------------------------------------------------------------------------

    def op(self, name: str, *args: Value, hint: str = "", **attrs: Any) -> Value:
        """The single result of an operation: an equal earlier one, a folded one, or a new one."""
        spec = _ROWS[name]
        if spec.fold is not None:
            folded = spec.fold(self, args, attrs)
            if folded is not None:
                return folded
        key: Any = None
        if not spec.effect:
            key = _key(spec, args, attrs) if attrs or spec.commutative else (spec.name, args)
            block: Block | None = self.block
            while block is not None:
                found = block.table.get(key)
                if found is not None:
                    if hint and not found.results[0].hint:
                        found.results[0].hint = hint
                    return found.results[0]
                block = block.parent
        stmt = self._append(spec, args, attrs or NO_ATTRS, ())
        if self.watch is not None:
            self.watch(stmt)
        if key is not None:
            self.block.table[key] = stmt
        if not stmt.results:
            return None  # type: ignore[return-value]
        stmt.results[0].hint = hint
        return stmt.results[0]

    def again(self, stmt: Stmt, args: tuple[Value, ...]) -> Value:
        """A plain statement of another graph on copies of its operands.

        The same as ``op``, but exact copies neither fold nor change their type, which makes
        copying a graph cheap.  Where an operand is not a copy, ``op`` must be asked.
        """
        spec = stmt.op
        key: Any = None
        if not spec.effect:
            attrs = stmt.attrs
            key = _key(spec, args, attrs) if attrs or spec.commutative else (spec.name, args)
            outer: Block | None = self.block
            while outer is not None:
                found = outer.table.get(key)
                if found is not None:
                    if not found.results[0].hint:
                        found.results[0].hint = stmt.results[0].hint
                    return found.results[0]
                outer = outer.parent
        block = self.block
        new = Stmt(spec, args, stmt.attrs, (), self.current, block)
        block.stmts.append(new)
        if key is not None:
            block.table[key] = new
        if not stmt.results:
            return None  # type: ignore[return-value]
        (old,) = stmt.results
        result = Value(old.type, old.hint, block, new)
        new.results = (result,)
        return result

    def before(
        self, place: Stmt | None, block: Block, name: str, *args: Value, **attrs: Any
    ) -> Value:
        """An operation put into a finished block, in front of ``place`` (None: at its end).

        Statements made later may be equal, so that the tables alone do not say what is visible.
        """
        stmts = block.stmts
        key = _key(OPS[name], args, attrs)
        inner = block
        while inner.parent is not None and inner.owner is not None:
            outer = inner.parent.stmts
            found = inner.parent.table.get(key)
            if found in outer and outer.index(found) < outer.index(inner.owner):
                return found.result
            inner = inner.parent
        found = block.table.get(key)
        if found is None or found not in stmts:
            with self.into(block):
                found = self._append(OPS[name], args, attrs or NO_ATTRS, ())
            block.table[key] = found
        if place is not None and stmts.index(found) > stmts.index(place):
            stmts.remove(found)
            stmts.insert(stmts.index(place), found)
        return found.result

    def _lookup(self, key: Any) -> Stmt | None:
        block: Block | None = self.block
        while block is not None:
            found = block.table.get(key)
            if found is not None:
                return found
            block = block.parent
        return None

    def _append(
        self,
        spec: OpSpec,
        args: tuple[Value, ...],
        attrs: Mapping[str, Any],
        blocks: tuple[Block, ...],
    ) -> Stmt:
        stmt = Stmt(spec, args, attrs, blocks, self.current, self.block)
        if not spec.region:
            given = (args[0].type, args[1].type) if len(args) == 2 else [a.type for a in args]
            try:
                types = spec.infer(tuple(given), attrs)
            except TypeError as err:
                raise TypeMismatch(
                    str(err), "the operation is not defined on these types", "", self.current.span
                ) from None
            stmt.results = (Value(types[0], "", self.block, stmt),) if types else ()
        self.block.stmts.append(stmt)
        return stmt

    def const(self, value: Any, spelling: str = "") -> Value:
        """A constant, shared bit-exactly."""
        key = ("const", const_key(value), spelling)
        found = self.graph.body.table.get(key)
        if found is not None:
            return found.results[0]
        return self._leaf(key, "const", {"value": value, "spelling": spelling}, const_type(value))

    def undef(self, type_: Type) -> Value:
        """What a name holds where it was never bound."""
        return self._leaf(("undef", type_), "undef", {"type": type_}, type_)

    def _leaf(self, key: Any, name: str, attrs: Mapping[str, Any], type_: Type) -> Value:
        """A statement without operands, in front of the root block so that every block sees it."""
        root = self.graph.body
        found = root.table.get(key)
        if found is None:
            found = Stmt(OPS[name], (), attrs, (), self.current, root)
            found.results = (Value(type_, "", root, found),)
            root.table[key] = found
            root.stmts.insert(0, found)
        return found.result

    def zero(self, type_: Type, like: Value | None = None) -> Value:
        """The zero cotangent of a type (a list's needs ``like`` for its length)."""
        if type_ == FLOAT:
            return self.const(0.0)
        if isinstance(type_, ArrayType):
            if not type_.dims:
                return self.op("scalar", self.const(0.0), dtype=type_.dtype)
            assert like is not None
            return self.op("zeros_like", like)
        if isinstance(type_, TapeType):
            return self.undef(type_)
        elems = getattr(type_, "elems", None)
        if elems is not None:
            parts = []
            for k, elem in enumerate(elems):
                part = None if like is None else self.op("tuple_get", like, index=k)
                parts.append(self.zero(elem, part))
            return self.op("make_tuple", *parts)
        if getattr(type_, "elem", None) is not None:
            if like is None:
                return self.op("make_list", elem=type_.elem)  # type: ignore[attr-defined]
            return self.op("zeros_like", like)
        return (
            self.const(None)
            if type_ == NONE
            else self.const({"int": 0, "bool": False, "str": ""}[type_.name])
        )

    # -- regions ---------------------------------------------------------------------------------

    def region(
        self,
        name: str,
        args: Sequence[Value],
        attrs: Mapping[str, Any],
        blocks: Sequence[Block],
        types: Sequence[Type],
        hints: Sequence[str] = (),
    ) -> Stmt:
        """Append a region statement that takes ``blocks``; the caller gives the result types."""
        stmt = self._append(OPS[name], tuple(args), dict(attrs), tuple(blocks))
        padded = [*hints, *[""] * (len(types) - len(hints))]
        stmt.results = tuple(
            Value(t, h, self.block, stmt, i)
            for i, (t, h) in enumerate(zip(types, padded, strict=True))
        )
        for block in blocks:
            block.owner = stmt
            block.parent = self.block
        return stmt

    def if_(
        self,
        cond: Value,
        then: Callable[[], Values] | Block,
        orelse: Callable[[], Values] | Block,
        hints: Sequence[str] = (),
        **attrs: Any,
    ) -> tuple[Value, ...]:
        """A conditional; branches are functions that build and return their yields, or finished
        blocks.
        """
        blocks = []
        for branch in (then, orelse):
            if isinstance(branch, Block):
                blocks.append(branch)
                continue
            with self.into(self.new_block()) as block:
                block.yields = list(branch())
            blocks.append(block)
        yes, no = blocks
        if cond.is_const():
            raise AssertionError("a constant condition is decided by the caller")
        types = [v.type for v in yes.yields]
        return self.region("if", (cond,), attrs, (yes, no), types, hints).results

    def select(
        self, cond: Value, then: Callable[[], Value], orelse: Callable[[], Value], hint: str = ""
    ) -> Value:
        """A one-valued conditional (printed as ``a if c else b``); shared if an equal one
        dominates.
        """
        if cond.is_const():
            return then() if cond.constant else orelse()
        if isinstance(cond.type, ArrayType):
            if cond.type.dims:
                return self.op("where", cond, then(), orelse(), hint=hint)
            cond = self.op("bool", cond)
        with self.into(self.new_block()) as yes:
            yes.yields = [then()]
        with self.into(self.new_block()) as no:
            no.yields = [orelse()]
        return self._share_select(self._chosen(cond, yes, no, hint))

    def _chosen(self, cond: Value, yes: Block, no: Block, hint: str) -> Value:
        """One of two values; a number beside an array without dimensions becomes one too, and what
        differs in its dimensions is chosen element by element.
        """
        one, two = yes.yields[0], no.yields[0]
        if one.type != two.type and any(isinstance(v.type, ArrayType) for v in (one, two)):
            wide = join(one.type, two.type)
            if wide is None or holds_list(wide):
                one, two = self._inline(yes), self._inline(no)
                return self.op("where", cond, one, two, hint=hint)
            for branch in (yes, no):
                with self.into(branch):
                    branch.yields = [self.coerce(branch.yields[0], wide)]
        (value,) = self.if_(cond, yes, no, (hint,), style="expr")
        return value

    def _inline(self, branch: Block) -> Value:
        """What a branch computes is computed here, and only once if both branches do."""
        (value,) = branch.yields
        if not any(stmt.op.region or stmt.op.effect for stmt in branch.stmts):
            env: dict[Value, Value] = {}
            for stmt in branch.stmts:
                with self.origin(stmt.origin):
                    env[stmt.result] = self.again(stmt, tuple([env.get(a, a) for a in stmt.args]))
            return env.get(value, value)
        for stmt in branch.stmts:
            stmt.block = self.block
            for result in stmt.results:
                result.block = self.block
            for child in stmt.blocks:
                child.parent = self.block
            self.block.stmts.append(stmt)
            if not stmt.op.region and not stmt.op.effect:
                self.block.table[_key(stmt.op, stmt.args, stmt.attrs)] = stmt
        return value

    def _share_select(self, value: Value) -> Value:
        stmt = value.stmt
        if stmt is not None and stmt.op.name == "where":
            return value
        assert stmt is not None and self.block.stmts[-1] is stmt
        yes, no = stmt.blocks
        if yes.yields[0] is no.yields[0]:
            self.block.stmts.pop()
            return yes.yields[0]
        key = ("select", id(stmt.args[0]), block_key(yes), block_key(no))
        found = self._lookup(key)
        if found is not None:
            self.block.stmts.pop()
            return found.result
        self.block.table[key] = stmt
        return value

    def for_stmt(
        self,
        bounds: tuple[Value, Value, Value],
        inits: Values,
        body: Block,
        *,
        collects: int = 0,
        exits: bool = False,
        hints: Sequence[str] = (),
        **attrs: Any,
    ) -> Stmt:
        """A ``for`` over a finished body (params: index, carries)."""
        return self._loop(
            "for", (*bounds, *inits), len(inits), (body,), collects, exits, hints, attrs
        )

    def while_stmt(
        self,
        inits: Values,
        cond: Block,
        body: Block,
        *,
        collects: int = 0,
        exits: bool = False,
        hints: Sequence[str] = (),
        **attrs: Any,
    ) -> Stmt:
        """A ``while`` over finished blocks (params of both: carries)."""
        return self._loop(
            "while", tuple(inits), len(inits), (cond, body), collects, exits, hints, attrs
        )

    def _loop(
        self,
        name: str,
        args: tuple[Value, ...],
        carries: int,
        blocks: tuple[Block, ...],
        collects: int,
        exits: bool,
        hints: Sequence[str],
        extra: Mapping[str, Any],
    ) -> Stmt:
        body = blocks[-1]
        first = 1 if exits else 0
        carried = body.yields[first : first + carries]
        collected = body.yields[first + carries :]
        assert len(collected) == collects, "a loop body yields [stop], carries, collected"
        types = [v.type for v in carried] + [list_of(v.type) for v in collected] + [INT, BOOL]
        attrs = {"carries": carries, "collects": collects, "exits": exits, **extra}
        return self.region(name, args, attrs, blocks, types, hints)

    # -- shorthands ------------------------------------------------------------------------------

    def add(self, x: Value, y: Value) -> Value:
        return self.op("add", x, y)

    def sub(self, x: Value, y: Value) -> Value:
        return self.op("sub", x, y)

    def mul(self, x: Value, y: Value) -> Value:
        return self.op("mul", x, y)

    def div(self, x: Value, y: Value) -> Value:
        return self.op("div", x, y)

    def neg(self, x: Value) -> Value:
        return self.op("neg", x)

    def getitem(self, xs: Value, *path: Value) -> Value:
        return self.op("getitem", xs, *path)

    def to_float(self, x: Value) -> Value:
        """The value as a float: itself, an exact float constant, or ``float(x)``."""
        if x.type == FLOAT:
            return x
        if isinstance(x.type, ArrayType):
            return x if is_differentiable(x.type) else self.op("astype", x, dtype="f64")
        if x.is_const() and not x.stmt.attrs["spelling"] and abs(x.constant) <= 2**53:  # type: ignore[union-attr]
            return self.const(float(x.constant))
        return self.op("float", x)

    def coerce(self, x: Value, type_: Type) -> Value:
        """``x`` as a value of a wider type (int to float, also inside lists and tuples)."""
        if x.type == type_:
            return x
        if x.op == "undef":
            return self.undef(type_)
        if isinstance(type_, ArrayType):
            return self._as_array(x, type_)
        if type_ == FLOAT:
            return self.op("float", x) if isinstance(x.type, ArrayType) else self.to_float(x)
        if type_ == INT:
            return self.op("int", x)
        return self.op("widen", x, type=type_)


    def _as_array(self, x: Value, type_: ArrayType) -> Value:
        """An array or a number as an array of the same rank, of which less is known."""
        if not isinstance(x.type, ArrayType):
            x = self.op("scalar", x, dtype=type_.dtype)
        elif x.type.dtype != type_.dtype:
            x = self.op("astype", x, dtype=type_.dtype)
        return x if x.type == type_ else self.op("known", x, type=type_)


def block_key(block: Block) -> Any:
    """A key under which two pure branches that compute the same from the same are equal."""
    names: dict[int, Any] = {}

    def name(value: Value) -> Any:
        return names.get(id(value), id(value))

    parts: list[Any] = []
    for number, stmt in enumerate(block.stmts):
        inner = tuple(block_key(b) for b in stmt.blocks)
        attrs = tuple(sorted((k, str(v)) for k, v in stmt.attrs.items()))
        parts.append((stmt.op.name, tuple(name(a) for a in stmt.args), attrs, inner))
        for result in stmt.results:
            names[id(result)] = ("local", number, result.index)
    return tuple(parts), tuple(name(y) for y in block.yields)


def is_finite_const(value: Value) -> bool:
    if value.op != "const":
        return False
    number = value.stmt.attrs["value"]  # type: ignore[union-attr]
    return isinstance(number, (int, float)) and math.isfinite(number)
