"""Rows of elementwise NumPy functions that Python's numbers do not have, and of conversions.

Most elementwise functions are rows of ``scalar`` and ``special``: ``np.exp`` is ``exp`` on another
type. Their formulas hold for arrays as they stand: a conditional becomes ``np.where``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import Type, array_of, is_array
from symdiff.ops.array_shapes import operand_size
from symdiff.ops.array_types import as_array, dims_of, dtype_of, elementwise
from symdiff.ops.declare import arithmetic, compare, logic, op, real

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]

_SCALARS = {"f64": "float64", "f32": "float32", "int": "int64", "bool": "bool_"}
DTYPES = {"f64": "float", "f32": "np.float32", "int": "int", "bool": "bool"}


# -- conversions -----------------------------------------------------------------------------------


def _scalar(types: Types, attrs: Attrs) -> Types:
    return (array_of(attrs["dtype"], ""),)


def _fold_scalar(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    (x,) = args
    if is_array(x.type):
        return b.coerce(x, array_of(attrs["dtype"], ""))
    return None


def _astype(types: Types, attrs: Attrs) -> Types:
    return (array_of(attrs["dtype"], dims_of(types[0])),)


def _same_dtype(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    return args[0] if dtype_of(args[0].type) == attrs["dtype"] else None


def _cast(ctx: Any, stmt: Stmt, g: Value) -> None:
    ctx.add(stmt.args[0], g)


def _cast_tangent(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    return None if t is None else ctx.b.op(stmt.op.name, t, **_attrs_for(stmt, t))


def _attrs_for(stmt: Stmt, t: Value) -> dict[str, Any]:
    if stmt.op.name != "known":
        return dict(stmt.attrs)
    return {"type": array_of(dtype_of(t.type), stmt.attrs["type"].dims)}


def _known(types: Types, attrs: Attrs) -> Types:
    t, wanted = as_array(types[0]), attrs["type"]
    if t.rank != wanted.rank or t.dtype != wanted.dtype:
        raise TypeError(f"a {t} is not a {wanted}")
    return (wanted,)


def _known_tangent(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    return tangents[0]


# What is known of an array's dimensions is forgotten, or asserted where it is proved otherwise.
op("known", "x", numpy="x", infer=_known, vjp=_cast, jvp=_known_tangent, cost=0,
   sizes=operand_size(0), evaluate=lambda x, type: x, tags="view")
op("scalar", "x", emit="x", numpy="x", infer=_scalar, fold=_fold_scalar, vjp=_cast,
   jvp=_known_tangent, cost=0, evaluate=lambda x, dtype: x, tags="array")
op("astype", "x", infer=_astype, fold=_same_dtype, vjp=_cast, jvp=_cast_tangent, cost=300,
   sizes=operand_size(0),
   spell=lambda s: f"x.astype({DTYPES[s.attrs['dtype']]})" if dims_of(s.args[0].type)
   else f"np.{_SCALARS[s.attrs['dtype']]}(x)")


# -- choices ---------------------------------------------------------------------------------------


def _where(types: Types, attrs: Attrs) -> Types:
    found = elementwise(types[1:])
    return (array_of(found.dtype, elementwise(types).dims),)


def fold_where(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    """Choices that NumPy has a name for: the stable forms of gates need no ``np.where``.

    ``where(z > 0, -z, z)`` is ``-abs(z)`` and ``where(z > 0, z, 0)`` is ``maximum(z, 0)``; in code
    of ours only, since a nan comes through these where the choice would drop it. One or else
    ``exp(-abs(z))`` is left a choice, with the one first, and spelled as a maximum.
    """
    cond, x, y = args
    if x is y and dims_of(x.type) == dims_of(cond.type):
        return x
    if not b.relaxed or cond.op not in ("gt", "lt") or cond.stmt is None:
        return None
    z, zero = cond.stmt.args
    if not zero.is_const(0):
        return None
    if cond.op == "lt":
        x, y = y, x  # at 0 both are equal in the forms below
    if _negates(x, y) and _base(y) is _base(z):
        base, scale = _scaled(y)  # -2.0*abs(u) for -abs(2.0*u): a pass over the array less
        return b.mul(b.const(-scale), b.op("abs", base)) if base is not y else (
            b.neg(b.op("abs", y))
        )
    if x is z and y.is_const(0):
        return b.op("max", z, zero)
    if y is z and x.is_const(0):
        return b.op("min", z, zero)
    one, sign = b.const(1.0), _base(z)  # where that underflows, the other is one as well
    if x.is_const(1) and _is_tail(y, z) and (cond.op, x, sign) != ("gt", one, z):
        return b.op("where", b.op("gt", sign, zero), one, y)
    if y.is_const(1) and _is_tail(x, z):
        return b.op("where", b.op("le", sign, zero), one, x)
    return _common_ratio(b, cond, x, y) if cond is args[0] and cond.op == "gt" else None


def _common_ratio(b: Builder, cond: Value, x: Value, y: Value) -> Value | None:
    """``where(c, 2/d, 2*(t/d))`` as ``2*(where(c, 1, t)/d)``: divided once, and the choice is one
    that is spelled as a maximum."""
    (p, top, below), (q, other, divisor) = _ratio(x), _ratio(y)
    if below is not divisor or p != q or (below is None and p == 1):
        return None
    one = b.const(1.0)
    chosen = b.op("where", cond, one if top is None else top, one if other is None else other)
    if below is not None:
        chosen = b.div(chosen, below)
    return chosen if p == 1 else b.mul(b.const(p), chosen)


def _ratio(v: Value) -> tuple[float, Value | None, Value | None]:
    """A number, what it is multiplied by (None: 1), and by what that is divided (None: by 1)."""
    stmt = v.stmt
    if v.is_const() and isinstance(v.constant, float):
        return v.constant, None, None
    if stmt is not None and v.op == "mul" and is_finite_const(stmt.args[0]):
        number, top, below = _ratio(stmt.args[1])
        return float(stmt.args[0].constant) * number, top, below
    if stmt is not None and v.op == "div":
        number, top, below = _ratio(stmt.args[0])
        if below is None:
            return number, top, stmt.args[1]
    return 1.0, v, None


def _is_tail(v: Value, z: Value) -> bool:
    """Whether it is ``exp(-abs(z))``, or with a multiple of z, which is at most one."""
    if v.op != "exp" or v.stmt is None:
        return False
    at, sign = v.stmt.args[0], 1.0
    while at.stmt is not None and at.op in ("neg", "mul"):
        factor, at = at.stmt.args[0], at.stmt.args[-1]
        if at is not factor and not is_finite_const(factor):
            return False
        sign *= -1.0 if at is factor else factor.constant
    return sign < 0 and at.op == "abs" and _base(at.stmt.args[0]) is _base(z)  # type: ignore[union-attr]


def _base(v: Value) -> Value:
    """What has the same sign: a positive constant times it is ``v``."""
    return _scaled(v)[0]


def _scaled(v: Value) -> tuple[Value, float]:
    """What a value is a positive multiple of, and the multiple."""
    scale = 1.0
    while v.op == "mul" and v.stmt is not None:
        factor, rest = v.stmt.args
        if not factor.is_const() or not isinstance(factor.constant, float) or factor.constant <= 0:
            break
        v, scale = rest, scale * factor.constant
    return v, scale


def _spell_where(stmt: Stmt) -> str:
    """``np.maximum(t, z > 0)`` for one or else a ``t`` that is at most one: three times as fast."""
    cond, x, y = stmt.args
    if cond.stmt is not None and cond.op in ("gt", "le") and x.is_const(1):
        z, zero = cond.stmt.args
        if zero.is_const(0) and y.type == stmt.result.type and _is_tail(y, z):
            return "np.maximum(y, c)"
    return "np.where(c, x, y)"


def _negates(x: Value, z: Value) -> bool:
    return x.op == "neg" and x.stmt is not None and x.stmt.args[0] is z


op("where", "c x y", spell=_spell_where, infer=_where, fold=fold_where,
   partials=(None, "1 if c else 0", "0 if c else 1"), cost=4000, python=("numpy.where",))


# -- division where a numerator of zero gives zero -------------------------------------------------


def _safe_spelling(stmt: Stmt) -> str:
    """``np.divide`` with ``where=``: what is not divided raises no warning either."""
    g, y = (a.type for a in stmt.args)
    if dims_of(g) and len(dims_of(g)) >= len(dims_of(y)) and elementwise((g, y)) == g:
        return "np.divide(g, y, out=np.zeros_like(g), where=g != 0)"
    return "np.where(g == 0, 0.0, g/y)"


def _vjp_safe(ctx: Any, stmt: Stmt, c: Value) -> None:
    g, y = stmt.args
    b, below = ctx.b, ctx.value(y)
    if ctx.wants(g):
        ctx.add(g, ctx.undo(stmt, 0, b.op("safe_div", c, below)))
    if ctx.wants(y):
        out = ctx.value(stmt.result)
        ctx.add(y, ctx.undo(stmt, 1, b.neg(b.op("safe_div", b.mul(c, out), below))))


def _jvp_safe(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    b, below, result = ctx.b, ctx.value(stmt.args[1]), None
    dg, dy = tangents
    if dg is not None:
        result = b.op("safe_div", dg, below)
    if dy is not None:
        term = b.op("safe_div", b.mul(dy, ctx.value(stmt.result)), below)
        result = b.neg(term) if result is None else b.sub(result, term)
    return result


def _fold_safe(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    g, y = args
    if g.is_const() and g.constant != 0:
        return b.div(g, y)
    return None


op("safe_div", "g y", infer=real, spell=_safe_spelling, fold=_fold_safe, vjp=_vjp_safe,
   jvp=_jvp_safe, cost=3000)


def _ratio_spelling(stmt: Stmt) -> str:
    g, y = (a.type for a in stmt.args)
    if not dims_of(g) and not dims_of(y):
        return "g/y if y != 0 else 0.0"
    if elementwise((g, y)) == y:
        return "np.divide(g, y, out=np.zeros_like(y), where=y != 0)"
    if dims_of(g) and elementwise((g, y)) == g:
        return "np.divide(g, y, out=np.zeros_like(g), where=y != 0)"
    return "np.where(y != 0, g/y, 0.0)"


# A quotient that is 0 where it would be 0/0: unit vectors, standard deviations of equal numbers.
op("safe_ratio", "g y", infer=real, spell=_ratio_spelling, cost=3000,
   partials=("1/y if y != 0 else 0", "-out/y if y != 0 else 0"))


# -- functions -------------------------------------------------------------------------------------

_STEPS = "piecewise constant: derivative 0 by mathematics"

op("sign", "x", numpy="np.sign(x)", infer=arithmetic, partials=("0",), image="sign(x)",
   note=_STEPS, python=("numpy.sign",), cost=600)
op("rint", "x", numpy="np.rint(x)", infer=real, partials=("0",), note=_STEPS, cost=600,
   python=("numpy.rint",))
op("heaviside", "x y", numpy="np.heaviside(x, y)", infer=real, note=_STEPS,
   partials=("0", "1 if x == 0 else 0"), python=("numpy.heaviside",), cost=800)
op("sinc", "x", numpy="np.sinc(x)", infer=real, image="sin(pi*x)/(pi*x)",
   partials=("(cos(pi*x) - out)/x if x != 0 else 0",), python=("numpy.sinc",), cost=9000)
op("logaddexp2", "x y", numpy="np.logaddexp2(x, y)", infer=real, cost=20000,
   partials=("exp2(x - out)", "exp2(y - out)"), image="log(2**x + 2**y)/log(2)",
   python=("numpy.logaddexp2",))
op("fmax", "x y", numpy="np.fmax(x, y)", infer=arithmetic, cost=1000, python=("numpy.fmax",),
   partials=("0 if y > x else (0.5 if x == y else (1 if x == x else 0))",
             "1 if y > x else (0.5 if x == y else (0 if x == x else 1))"),
   note="at a tie the weights are even")
op("fmin", "x y", numpy="np.fmin(x, y)", infer=arithmetic, cost=1000, python=("numpy.fmin",),
   partials=("0 if y < x else (0.5 if x == y else (1 if x == x else 0))",
             "1 if y < x else (0.5 if x == y else (0 if x == x else 1))"),
   note="at a tie the weights are even")
op("nan_to_num", "x", numpy="np.nan_to_num(x)", infer=arithmetic, cost=3000,
   partials=("1 if isfinite(x) else 0",))

for _name, _sign, _ufunc in (("and_", "&", "logical_and"), ("or_", "|", "logical_or"),
                             ("xor", "^", "logical_xor")):
    op(_name, "x y", numpy=f"x {_sign} y", infer=logic, partials=("0", "0"), cost=500,
       commutative=True, tags="data", python=(f"numpy.{_ufunc}",))
op("signbit", "x", numpy="np.signbit(x)", infer=compare, partials=("0",), tags="data", cost=500,
   python=("numpy.signbit",))
op("isclose_arrays", "x y", numpy="np.isclose(x, y)", infer=compare, partials=("0", "0"),
   tags="data", cost=9000)

