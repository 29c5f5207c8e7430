"""NumPy functions made of others: averages, sums over named axes, sums of exponentials."""

from __future__ import annotations

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import ArrayCall, apply_row, function, numpy_scalar
from symdiff.frontend.values import Abstract, Const
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import expand
from symdiff.ops.array_types import Axes, dims_of, parts

# -- averages --------------------------------------------------------------------------------------


@function("average", "a | axis weights")
def average(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("a")
    axes = call.axes(len(dims_of(x.type)))
    if not call.has("weights"):
        return call.op("mean", x, axes=axes, keepdims=False)
    w = call.value("weights")
    if len(dims_of(w.type)) != len(dims_of(x.type)):
        rank = len(dims_of(x.type))
        w = expand(b, w, [k for k in range(rank) if k not in axes])
    total = b.op("sum", b.mul(x, w), axes=axes, keepdims=False)
    return call.fresh(b.div(total, b.op("sum", w, axes=axes, keepdims=False)))


# -- sums over named axes --------------------------------------------------------------------------


@function("einsum", "*xs | optimize")
def einsum(call: ArrayCall) -> Abstract:
    first, *items = call.rest
    spec = first.value if isinstance(first, Const) else None
    if not isinstance(spec, str) or "." in spec:
        return call.fail("np.einsum() without a literal text of letters", "",  # type: ignore[no-any-return]
                         "write 'ij,jk->ik'; no ellipsis")
    spec = spec.replace(" ", "")
    if "->" not in spec:
        letters = [c for c in spec if c != ","]
        spec += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    terms, _ = parts(spec)
    if any(len(set(t)) != len(t) for t in terms):
        return call.fail("np.einsum() with a letter twice in one operand", "",  # type: ignore[no-any-return]
                         "take np.diagonal first")
    values = [arrays.value_of(call.lo, i, call.node) for i in items]
    return call.op("einsum", *values, spec=spec)


@function("tensordot", "a b | axes")
def tensordot(call: ArrayCall) -> Abstract:
    x, y = call.value("a"), call.value("b")
    left, right = len(dims_of(x.type)), len(dims_of(y.type))
    axes = call.static("axes", 2)
    if isinstance(axes, int):
        mine, others = list(range(left - axes, left)), list(range(axes))
    else:
        mine, others = ([a] if isinstance(a, int) else list(a) for a in axes)
    names = "abcdefghijklmnopqrstuvwxyz"
    first = list(names[:left])
    second = list(names[left : left + right])
    for p, q in zip(mine, others, strict=True):
        second[q % right] = first[p % left]
    gone = {first[p % left] for p in mine}
    out = [c for c in (*first, *second) if c not in gone]
    return call.op("einsum", x, y, spec=f"{''.join(first)},{''.join(second)}->{''.join(out)}")


# -- stable sums of exponentials -------------------------------------------------------------------


def _shifted(call: ArrayCall, key: str) -> tuple[Value, Value, Value, Axes]:
    """(shift, exponentials, their sum, the axes), which are kept: nothing overflows."""
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value(key))
    axes = call.axes(len(dims_of(x.type)))
    best = b.op("held", b.op("amax", x, axes=axes, keepdims=True))
    shift = b.op("where", b.op("isfinite", best), best, b.const(0.0))
    terms = b.op("exp", b.sub(x, shift))
    total = b.op("sum", terms, axes=axes, keepdims=True)
    return shift, terms, total, axes


@function("scipy.special.logsumexp", "a | axis b keepdims")
def logsumexp(call: ArrayCall) -> Abstract:
    if call.has("b"):
        return call.fail("logsumexp() with weights is not supported", "", "multiply by exp")  # type: ignore[no-any-return]
    b = call.lo.builder
    shift, _, total, axes = _shifted(call, "a")
    result = b.add(shift, b.op("log", total))
    if not call.static("keepdims", False):
        result = b.op("squeeze", result, axes=axes)
    return call.fresh(result)


@function("scipy.special.softmax", "x | axis")
def softmax(call: ArrayCall) -> Abstract:
    _, terms, total, _ = _shifted(call, "x")
    return call.fresh(call.lo.builder.div(terms, total))


@function("scipy.special.log_softmax", "x | axis")
def log_softmax(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    shift, _, total, _ = _shifted(call, "x")
    return call.fresh(b.sub(b.sub(call.value("x"), shift), b.op("log", total)))


@function("scipy.special.expit", "x")
def expit(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "sigmoid", [call.value("x")]))


@function("scipy.special.log_expit", "x")
def log_expit(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "log_sigmoid", [call.value("x")]))


@function("scipy.special.logit", "x")
def logit(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("x"))
    return call.fresh(b.sub(b.op("log", x), b.op("log1p", b.neg(x))))


@function("logaddexp", "x1 x2")
def logaddexp(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "logaddexp", [call.value("x1"), call.value("x2")]))
